package cmd_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"partnerdesk/data"
	"partnerdesk/handlers"
	"partnerdesk/handlers/access"
)

// Every message the code names as a literal is in the catalogs. (A name put
// together from parts is not seen here.)
func TestTexts_EveryNamedMessageExists(t *testing.T) {
	catalog, err := data.Messages()
	if err != nil {
		t.Fatal(err)
	}
	call := regexp.MustCompile(`(?:\b[tT]|\bUser|\bText|\bWrong|\bfault)\((?:lang\.[A-Za-z]+, |[a-z]\.[A-Z][a-z]+, )?"([a-z][a-z0-9_-]*(?:\.[a-zA-Z0-9_-]+)+)"([,)])`)
	found := 0
	err = filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		src, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, c := range call.FindAllStringSubmatch(string(src), -1) {
			found++
			if !catalog.Has(c[1]) {
				t.Errorf("%s names %s, which is not in the catalogs", path, c[1])
			}
		}
		return nil
	})
	if err != nil || found < 300 {
		t.Errorf("%d names found, %v", found, err)
	}
}

// Help has a summary, a usage line, a page and other names for every command.
func TestTexts_EveryCommandHasItsHelp(t *testing.T) {
	catalog, err := data.Messages()
	if err != nil {
		t.Fatal(err)
	}
	rules, err := access.New(access.Options{Kind: access.Distributor, Team: "T1"})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range handlers.Commands(&handlers.Deps{Catalog: catalog, Access: rules}) {
		for _, part := range []string{"summary", "usage", "help", "alias"} {
			if key := "command." + c.Name + "." + part; !catalog.Has(key) {
				t.Errorf("%s is missing", key)
			}
		}
	}
}
