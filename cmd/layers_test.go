// Package cmd_test holds the import rules of the whole module, as a table and a
// test. Words (package roots and the folders with rules) import the standard
// library and words below them; skills import words; adapters implement what
// words declare and import words only; cmd wires.
package cmd_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"
)

const module = "partnerdesk"

// kind is what a package is for, and with it what it may import.
type kind int

const (
	words   kind = iota + 1 // vocabulary and rules: standard library and words
	skill                   // handlers: words
	adapter                 // library, disk or net: words, never skills, never other adapters
	carried                 // data: embedded files and the one library that reads them
	wiring                  // cmd: everything
)

// rooms says what each package of ours is. A folder below a named one is what
// the nearest named one is.
var rooms = map[string]kind{
	"bot":                      words,
	"bot/blockkit":             adapter,
	"bot/console":              adapter,
	"bot/cron":                 adapter,
	"bot/lang":                 words,
	"bot/mail":                 adapter,
	"bot/mailsim":              adapter,
	"bot/metrics":              adapter,
	"bot/outbox":               adapter,
	"bot/slackapp":             adapter,
	"bot/slacksim":             adapter,
	"bot/web":                  adapter,
	"cmd":                      wiring,
	"data":                     carried,
	"data/backup":              adapter,
	"data/kv":                  words,
	"data/kv/bolt":             adapter,
	"data/kv/kvtest":           adapter,
	"data/sheet":               adapter,
	"data/store":               adapter,
	"data/witness":             adapter,
	"faq":                      words,
	"faq/importer":             adapter,
	"faq/sound":                adapter,
	"faq/source":               adapter,
	"faq/text":                 words,
	"handlers":                 skill,
	"handlers/access":          words,
	"handlers/alert":           words,
	"handlers/benefit":         words,
	"handlers/input":           words,
	"handlers/money":           words,
	"handlers/opportunity":     words,
	"handlers/partner":         words,
	"handlers/partner/aksk":    adapter,
	"handlers/partner/rest":    adapter,
	"handlers/partner/sandbox": adapter,
	"handlers/question":        words,
	"handlers/remind":          words,
	"handlers/rota":            words,
	"handlers/ticket":          words,
	"handlers/worktime":        words,
	"index":                    adapter,
}

// exceptions are the imports between adapters that are meant.
var exceptions = map[string][]string{
	"bot/slackapp":             {"bot/blockkit"},
	"data/store":               {"data/kv"},
	"faq/importer":             {"data/sheet"},
	"handlers/partner/rest":    {"handlers/partner/aksk"},
	"handlers/partner/sandbox": {"handlers/partner/aksk"},
}

// libraries says which directories may import a third-party module. One
// directory wraps one library; every further one is an exception on purpose.
var libraries = map[string][]string{
	"github.com/slack-go/slack":           {"bot/slackapp", "bot/blockkit"},
	"github.com/blevesearch/bleve":        {"index"},
	"go.etcd.io/bbolt":                    {"data/kv/bolt"},
	"filippo.io/age":                      {"data/backup"},
	"github.com/wneessen/go-mail":         {"bot/mail"},
	"github.com/arran4/golang-ical":       {"bot/mail"},
	"github.com/go-co-op/gocron":          {"bot/cron"},
	"github.com/go-resty/resty":           {"handlers/partner/rest"},
	"github.com/gorilla/websocket":        {"bot/slacksim", "bot/slackapp"}, // the door hands slack-go a dialer, to see whether a socket is alive
	"github.com/goccy/go-yaml":            {"cmd/desk", "faq/source", "data"},
	"github.com/prometheus/client_golang": {"bot/metrics"},
	"github.com/mozillazg/go-pinyin":      {"faq/sound"},
	"github.com/PuerkitoBio/goquery":      {"faq/importer"},
	"github.com/yuin/goldmark":            {"faq/importer"},
	"github.com/xuri/excelize":            {"data/sheet"},
	"github.com/spf13/cobra":              {"cmd/partnerdesk"},
	"github.com/spf13/pflag":              {"cmd/partnerdesk"},
	"github.com/schollz/progressbar":      {"cmd/partnerdesk"},
	"golang.org/x/text":                   {"faq/text", "faq/importer", "data/sheet", "faq/sound"},
	"pgregory.net/rapid":                  {"data/kv/kvtest"},
	"github.com/anishathalye/porcupine":   {"data/kv/kvtest"},
}

// pkg is what go list says of a package.
type pkg struct {
	ImportPath string
	Imports    []string
	Standard   bool
}

func TestLayers_TheTreeKeepsTheLaws(t *testing.T) {
	var faults []string
	for _, p := range list(t) {
		faults = append(faults, check(p)...)
	}
	if len(faults) > 0 {
		t.Errorf("import rules broken:\n%s", strings.Join(faults, "\n"))
	}
}

// TestLayers_ABrokenLawIsSeen breaks each law once, on paper.
func TestLayers_ABrokenLawIsSeen(t *testing.T) {
	cases := map[string]struct {
		from, imports string
	}{
		"words import a library":               {"faq", "github.com/blevesearch/bleve/v2"},
		"words import an adapter":              {"bot", "data/store"},
		"words import a skill":                 {"handlers/access", "handlers"},
		"a skill imports an adapter":           {"handlers", "handlers/partner/rest"},
		"a skill imports a library":            {"handlers", "github.com/slack-go/slack"},
		"an adapter imports a skill":           {"bot/slackapp", "handlers"},
		"an adapter imports another adapter":   {"bot/slackapp", "data/store"},
		"the simulator imports the door":       {"bot/slacksim", "bot/slackapp"},
		"the sandbox imports the client":       {"handlers/partner/sandbox", "handlers/partner/rest"},
		"a second directory imports a library": {"bot/outbox", "go.etcd.io/bbolt"},
		"a library nobody wrapped":             {"index", "example.com/new/library"},
		"a package outside every room":         {"helpers", "fmt"},
		"anybody imports cmd":                  {"handlers", "cmd/desk"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			imported := c.imports
			if !strings.Contains(imported, ".") && imported != "fmt" {
				imported = module + "/" + imported
			}
			if faults := check(pkg{ImportPath: module + "/" + c.from, Imports: []string{imported}}); len(faults) == 0 {
				t.Errorf("%s importing %s passed", c.from, c.imports)
			}
		})
	}
}

func check(p pkg) (faults []string) {
	from := strings.TrimPrefix(p.ImportPath, module+"/")
	room, is := roomOf(from)
	if is == 0 {
		return []string{fmt.Sprintf("%s belongs to no room: add it to the table or move it", from)}
	}
	for _, imported := range p.Imports {
		switch to, ours := strings.CutPrefix(imported, module+"/"); {
		case ours:
			toRoom, what := roomOf(to)
			if !allowed(is, what) && !slices.Contains(exceptions[room], toRoom) && room != toRoom {
				faults = append(faults, fmt.Sprintf("%s must not import %s", from, to))
			}
		case strings.Contains(strings.Split(imported, "/")[0], "."):
			if !wraps(from, imported) {
				faults = append(faults, fmt.Sprintf("%s must not import %s: another directory wraps it, or none does", from, imported))
			}
		}
	}
	return faults
}

func allowed(from, to kind) bool {
	switch from {
	case wiring:
		return true
	case words, adapter, skill, carried:
		return to == words
	}
	return false
}

func wraps(dir, imported string) bool {
	for library, dirs := range libraries {
		if imported == library || strings.HasPrefix(imported, library+"/") {
			return slices.Contains(dirs, dir)
		}
	}
	return false
}

// roomOf finds the nearest named room above a directory.
func roomOf(dir string) (string, kind) {
	for d := dir; d != "."; d = path.Dir(d) {
		if k, ok := rooms[d]; ok {
			return d, k
		}
	}
	return "", 0
}

func list(t *testing.T) []pkg {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports,Standard", module+"/...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []pkg
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}
