package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"partnerdesk/data"
	"partnerdesk/handlers"
	"partnerdesk/handlers/access"
	"partnerdesk/handlers/partner"
)

var update = flag.Bool("update", false, "rewrite what is generated")

// TestPermissions_TheDocumentIsTheProgram keeps docs/permissions.md true: it is
// made from the commands and from the table of calls.
func TestPermissions_TheDocumentIsTheProgram(t *testing.T) {
	const file = "../../docs/permissions.md"
	want := permissions(t)
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s is not what the program needs; run go test ./cmd/partnerdesk -run TestPermissions -update", file)
	}
}

// caller is a command and the calls it makes.
type caller struct {
	name  string
	who   string
	calls []string
}

func callers(t *testing.T) []caller {
	t.Helper()
	catalog, err := data.Messages()
	if err != nil {
		t.Fatal(err)
	}
	var all []caller
	offers := map[access.OperatorKind]*access.Rules{}
	for _, k := range []access.OperatorKind{access.SolutionProvider, access.Distributor, "reseller"} {
		if offers[k], err = access.New(access.Options{Kind: k}); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range handlers.Commands(&handlers.Deps{Catalog: catalog, Access: offers[access.Distributor]}) {
		who := "distributor"
		if offers[access.SolutionProvider].Offers(c.Area) {
			who = "solution provider, distributor"
		}
		if offers["reseller"].Offers(c.Area) {
			who = "everybody"
		}
		if who != "everybody" && len(c.Calls) == 0 {
			t.Errorf("/%s is about the partner center and names no call; set Calls", c.Name)
		}
		all = append(all, caller{"/" + c.Name, who, c.Calls})
	}
	p := &program{getenv: func(string) string { return "" }, out: io.Discard, err: io.Discard, catalog: catalog, words: catalog.In("en")}
	var walk func(c *cobra.Command)
	walk = func(c *cobra.Command) {
		if calls := strings.Fields(c.Annotations[callsNote]); len(calls) > 0 {
			all = append(all, caller{c.CommandPath(), "", calls})
		}
		for _, sub := range c.Commands() {
			walk(sub)
		}
	}
	walk(p.root())
	return all
}

func permissions(t *testing.T) string {
	t.Helper()
	operations := map[string]partner.Operation{}
	for _, o := range partner.Operations() {
		operations[o.Name] = o
	}
	items := func(o partner.Operation) string {
		if len(o.Items) == 0 {
			return "none known"
		}
		return "`" + strings.Join(o.Items, "` or `") + "`"
	}
	kind := func(o partner.Operation) string {
		switch {
		case o.Money:
			return "money key"
		case o.Write:
			return "write"
		}
		return "read"
	}
	var b strings.Builder
	b.WriteString(`# Commands and permission items

Written by ` + "`go test ./cmd/partnerdesk -run TestPermissions -update`" + `; do not edit.

Which permission items (权限项) the IAM users behind ` + "`partner.ak` and `partner.money_ak`" + ` need. The partner's main account grants them in the
partner center. Any one of the items of a call is enough. "none known" means that no item is published for the call.
` + "`partnerdesk check partner`" + ` says which are missing; a write is never tried out, so its items show at its first refusal.

## By command

| Command | For | Call | Key | Permission items |
|---|---|---|---|---|
`)
	used := map[string][]string{}
	for _, c := range callers(t) {
		who := c.who
		if len(c.calls) == 0 {
			fmt.Fprintf(&b, "| %s | %s | – | – | none: it asks nothing of the partner center |\n", c.name, who)
			continue
		}
		for i, call := range c.calls {
			o, ok := operations[call]
			if !ok {
				t.Fatalf("%s names the call %q, which does not exist", c.name, call)
			}
			name := c.name
			if i > 0 {
				name, who = "", ""
			}
			if c.who == "" && (i == 0 || audience(o) != audience(operations[c.calls[i-1]])) {
				who = audience(o) // at a terminal every call is for whom it is for
			}
			fmt.Fprintf(&b, "| %s | %s | %s %s | %s | %s |\n", name, who, o.Title, o.Name, kind(o), items(o))
			used[call] = append(used[call], c.name)
		}
	}
	b.WriteString("\n## By permission item\n\n| Permission item | Calls | Commands |\n|---|---|---|\n")
	byItem := map[string][]string{}
	var order []string
	for _, o := range partner.Operations() {
		for _, i := range o.Items {
			if byItem[i] == nil {
				order = append(order, i)
			}
			byItem[i] = append(byItem[i], o.Name)
		}
	}
	slices.Sort(order)
	for _, i := range order {
		var commands []string
		for _, call := range byItem[i] {
			for _, c := range used[call] {
				if !slices.Contains(commands, c) {
					commands = append(commands, c)
				}
			}
		}
		if len(commands) == 0 {
			commands = []string{"–"}
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", i, strings.Join(byItem[i], ", "), strings.Join(commands, ", "))
	}
	b.WriteString("\n## Calls that no command makes\n\n`partnerdesk check partner` tries the reads among them that need nothing but the account.\n\n| Call | For | Key | Permission items |\n|---|---|---|---|\n")
	for _, o := range partner.Operations() {
		if len(used[o.Name]) == 0 {
			fmt.Fprintf(&b, "| %s %s | %s | %s | %s |\n", o.Title, o.Name, audience(o), kind(o), items(o))
		}
	}
	return b.String()
}

func audience(o partner.Operation) string {
	switch {
	case o.Case:
		return "everybody"
	case o.Reseller:
		return "distributor"
	}
	return "solution provider, distributor"
}
