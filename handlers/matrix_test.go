package handlers_test

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"partnerdesk/bot"
	"partnerdesk/bot/console"
	"partnerdesk/bot/lang"
	"partnerdesk/handlers"
	"partnerdesk/handlers/access"
)

// deed is one thing that can be done with a command.
type deed struct {
	name    string // command, command word, command.button, command:form, command!shortcut or command?search
	needs   bot.Right
	area    bot.Area
	request bot.Request
}

// deeds lists everything in the table of commands, and puts stub in the place of
// every handler.
func deeds(commands []bot.Command, stub bot.Handler) (all []deed) {
	for i := range commands {
		c := &commands[i]
		c.Run = stub
		add := func(name string, needs bot.Right, area bot.Area, r bot.Request) {
			r.Command = c.Name
			all = append(all, deed{name, cmp.Or(needs, c.Needs), cmp.Or(area, c.Area), r})
		}
		add(c.Name, "", "", bot.Request{Kind: bot.KindCommand})
		for _, name := range slices.Sorted(maps.Keys(c.Subs)) {
			a := c.Subs[name]
			a.Run, a.Opens = stub, false
			c.Subs[name] = a
			add(c.Name+" "+name, a.Needs, a.Area, bot.Request{Kind: bot.KindCommand, Text: name})
		}
		for _, name := range slices.Sorted(maps.Keys(c.Actions)) {
			a := c.Actions[name]
			a.Run, a.Opens = stub, false
			c.Actions[name] = a
			add(c.Name+"."+name, a.Needs, a.Area, bot.Request{Kind: bot.KindClick, Action: name})
		}
		for _, name := range slices.Sorted(maps.Keys(c.Forms)) {
			f := c.Forms[name]
			f.Run, f.Check = stub, nil
			c.Forms[name] = f
			add(c.Name+":"+name, f.Needs, f.Area, bot.Request{Kind: bot.KindSubmission, Action: name})
		}
		for _, name := range slices.Sorted(maps.Keys(c.Shortcuts)) {
			s := c.Shortcuts[name]
			s.Run, s.Opens = stub, false
			c.Shortcuts[name] = s
			add(c.Name+"!"+name, s.Needs, "", bot.Request{Kind: bot.KindShortcut, Action: name})
		}
		for _, name := range slices.Sorted(maps.Keys(c.Suggests)) {
			s := c.Suggests[name]
			s.Run = func(ctx context.Context, r bot.Request) ([]bot.Option, error) {
				_, err := stub(ctx, r)
				return nil, err
			}
			c.Suggests[name] = s
			add(c.Name+"?"+name, s.Needs, "", bot.Request{Kind: bot.KindSuggestion, Action: name})
		}
	}
	return all
}

// tester is somebody with one role, one relation and one employer.
type tester struct {
	role     bot.Role // empty: nobody listed them
	relation string   // member, guest, external, bot, deactivated
	employer string
}

func (p tester) id() bot.PersonID {
	team := "T1"
	if p.relation == "external" {
		team = "T2"
	}
	return bot.PersonID{Team: team, User: strings.ToUpper("U-" + string(p.role) + "-" + p.relation + "-" + p.employer)}
}

// channel is the one shared with the person's company.
func (p tester) channel() string { return "C-" + strings.ToUpper(p.employer) }

func testers(kind access.OperatorKind) (all []tester) {
	employers := []string{access.EmployerOperator, access.EmployerHuawei}
	if kind == access.Distributor {
		employers = append(employers, "reseller:R1")
	}
	for _, role := range append(bot.Roles(), "") {
		for _, relation := range []string{"member", "guest", "external", "bot", "deactivated"} {
			for _, employer := range employers {
				all = append(all, tester{role, relation, employer})
			}
		}
	}
	return all
}

// everyTester is the directory of the testers.
type everyTester []tester

func (c everyTester) Find(_ context.Context, id bot.PersonID) (bot.Person, error) {
	for _, p := range c {
		if p.id() == id {
			return bot.Person{ID: id, Guest: p.relation == "guest", External: p.relation == "external", Bot: p.relation == "bot", Deactivated: p.relation == "deactivated"}, nil
		}
	}
	return bot.Person{}, bot.ErrNoPerson
}

// mayAtMost is what the design allows a role at most, written down apart from
// the rules that decide (design: people, roles and relations).
var mayAtMost = map[bot.Role]string{
	bot.RoleStaff: "ask read request", bot.RoleApprover: "ask read request approve", bot.RoleLead: "ask read request approve export audit", bot.RoleTriager: "ask triage",
	bot.RoleEditor: "ask edit", bot.RoleAuditor: "ask read audit", bot.RoleAdmin: "ask configure audit", bot.RoleManager: "ask", "": "",
}

// allowed is the law for one person and one deed.
func allowed(kind access.OperatorKind, p tester, d deed) bool {
	has := func(list string) bool { return slices.Contains(strings.Fields(list), string(d.needs)) }
	moneyed := kind == access.SolutionProvider || kind == access.Distributor
	switch {
	case p.role == "" || p.relation == "bot" || p.relation == "deactivated",
		d.area == bot.AreaMoney && !moneyed, (d.area == bot.AreaReseller || d.area == bot.AreaRequests) && kind != access.Distributor,
		d.area == bot.AreaRequests && !strings.HasPrefix(p.employer, "reseller:"),
		p.employer == access.EmployerHuawei && d.area != bot.AreaDesk,
		(p.relation != "member" || p.employer != access.EmployerOperator) && !has("ask read request"):
		return false
	}
	return has(mayAtMost[p.role])
}

// TestAccess_EveryCommandRoleAndRelation has everybody do everything. Who may is
// compared with the law, and with testdata/access.txt, so that a right that moves
// is read by somebody. What moves value, decides or takes tables away is never in
// reach of a guest, of an external person or of one who only reads.
func TestAccess_EveryCommandRoleAndRelation(t *testing.T) {
	catalog := messages(t)
	var golden strings.Builder
	kinds := access.OperatorKinds()
	if testing.Short() {
		kinds = []access.OperatorKind{access.Distributor}
	}
	for _, kind := range kinds {
		people := testers(kind)
		var grants []access.Grant
		for _, p := range people {
			if p.role != "" {
				grants = append(grants, access.Grant{Who: p.id().User, Team: p.id().Team, Roles: []bot.Role{p.role}, Employer: p.employer, Channel: p.channel()})
			}
		}
		rules, err := access.New(access.Options{Kind: kind, Team: "T1", Grants: grants})
		if err != nil {
			t.Fatal(err)
		}
		ran := false
		commands := handlers.Commands(&handlers.Deps{Catalog: catalog, Access: rules})
		all := deeds(commands, func(context.Context, bot.Request) (bot.Outcome, error) {
			ran = true
			return bot.Outcome{Reply: bot.Say(bot.Text("x"))}, nil
		})
		door := console.New(io.Discard, catalog.In(lang.English))
		b, err := bot.New(bot.Options{Commands: commands, Default: "ask", People: everyTester(people), Access: rules, Store: door, Catalog: catalog, Now: func() time.Time { return noon }})
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range all {
			may := map[string][]string{}
			for _, p := range people {
				r := d.request
				r.Person, ran = p.id(), false
				r.Place = bot.Place{Team: "T1", Channel: p.channel()}
				if r.Kind == bot.KindSuggestion {
					_, _ = b.Suggest(t.Context(), r) // a refusal is an empty list
				} else if _, err := b.Handle(t.Context(), r); err != nil {
					t.Fatal(err)
				}
				if want := allowed(kind, p, d); ran != want {
					t.Errorf("%s: %+v does %s: %v, want %v", kind, p, d.name, ran, want)
				}
				if ran && p.employer == access.EmployerOperator {
					may[p.relation] = append(may[p.relation], string(p.role))
				} else if ran && p.employer != access.EmployerHuawei && p.relation == "member" {
					may["reseller"] = append(may["reseller"], string(p.role))
				}
				if ran = false; p.relation != "external" || d.area == bot.AreaDesk || r.Kind == bot.KindSuggestion {
					continue
				}
				for _, elsewhere := range []string{"", "C-ELSEWHERE", tester{employer: "reseller:R2"}.channel()} {
					r.Place.Channel = elsewhere
					if _, err := b.Handle(t.Context(), r); err != nil || ran {
						t.Errorf("%s: %+v does %s in %q: %v, %v", kind, p, d.name, elsewhere, ran, err)
					}
				}
			}
			if kind == access.Distributor {
				fmt.Fprintf(&golden, "%-28s %-9s member: %s | guest, external: %s", d.name, d.needs, listed(may["member"]), listed(may["guest"]))
				if theirs := listed(may["reseller"]); theirs != listed(may["guest"]) {
					fmt.Fprintf(&golden, " | a reseller's: %s", theirs)
				}
				golden.WriteString("\n")
			}
		}
	}
	const file = "testdata/access.txt"
	if *update {
		if err := os.WriteFile(file, []byte(golden.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if golden.String() != string(want) {
		t.Errorf("who may do what has changed; run with -update and review\n%s", firstDifference(string(want), golden.String()))
	}
}

func listed(names []string) string {
	switch len(names) {
	case 0:
		return "-"
	case len(bot.Roles()):
		return "all"
	}
	return strings.Join(names, " ")
}
