package desk_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"partnerdesk/bot/lang"
	"partnerdesk/cmd/desk"
	"partnerdesk/data"
)

var update = flag.Bool("update", false, "rewrite what is generated")

// TestReadme_SettingsTableIsTheSettingsTable keeps the README true: its table is
// made from the one that parsing and validation use.
func TestReadme_SettingsTableIsTheSettingsTable(t *testing.T) {
	const file = "../../README.md"
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	catalog, err := data.Messages()
	if err != nil {
		t.Fatal(err)
	}
	var table strings.Builder
	table.WriteString("| setting | environment | default | meaning |\n|---|---|---|---|\n")
	for _, d := range desk.Describe(catalog.In(lang.English)) {
		fmt.Fprintf(&table, "| `%s` | `%s` | %s | %s |\n", d.Key, d.Env, d.Default, d.Meaning)
	}
	before, rest, ok := strings.Cut(string(raw), "<!-- settings:")
	comment, rest, ok2 := strings.Cut(rest, "-->\n")
	_, after, ok3 := strings.Cut(rest, "<!-- /settings -->")
	if !ok || !ok2 || !ok3 {
		t.Fatal("README.md has no place for the settings")
	}
	want := before + "<!-- settings:" + comment + "-->\n" + table.String() + "<!-- /settings -->" + after
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if string(raw) != want {
		t.Error("the settings table in README.md is not the program's; run go test ./cmd/desk -run TestReadme -update")
	}
}
