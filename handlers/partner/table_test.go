package partner_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"partnerdesk/handlers/partner"
)

var update = flag.Bool("update", false, "rewrite golden files")

// The table of calls and permission items, for people who grant them.
func TestOperations_Table(t *testing.T) {
	var b strings.Builder
	b.WriteString("# Calls and permission items\n\nWritten by a test. Any one of the items is enough.\n\n| Call | Name at the partner center | Who | Kind | Permission items |\n|---|---|---|---|---|\n")
	var names []string
	for _, o := range partner.Operations() {
		who, kind, items := "solution provider, distributor", "read", strings.Join(o.Items, ", ")
		if o.Reseller {
			who = "distributor"
		}
		if o.Case {
			who = "everybody"
		}
		if o.Write {
			kind = "write"
		}
		if o.Money {
			kind = "money"
		}
		if items == "" {
			items = "none known"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", o.Name, o.Title, who, kind, items)
		if slices.Contains(names, o.Name) || o.PerSecond <= 0 || o.Money && !o.Write || o.Reference && !o.Money {
			t.Errorf("operation %+v contradicts itself", o)
		}
		names = append(names, o.Name)
	}
	const path = "testdata/operations.md"
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if b.String() != string(want) {
		t.Errorf("%s differs; run with -update and look at it", path)
	}
}
