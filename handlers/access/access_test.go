package access_test

import (
	"errors"
	"strings"
	"testing"

	"partnerdesk/bot"
	"partnerdesk/handlers/access"
)

func grants() []access.Grant {
	return []access.Grant{
		{Who: access.Everybody, Roles: []bot.Role{bot.RoleStaff}},
		{Who: "S-APPROVERS", Roles: []bot.Role{bot.RoleApprover}},
		{Who: "U-ADMIN", Roles: []bot.Role{bot.RoleAdmin, bot.RoleApprover}},
		{Who: "U-GUEST", Roles: []bot.Role{bot.RoleStaff, bot.RoleApprover, bot.RoleTriager}},
		{Who: "U-HUAWEI", Team: "T2", Roles: []bot.Role{bot.RoleManager, bot.RoleStaff}, Employer: access.EmployerHuawei},
		{Who: "U-EDITOR", Roles: []bot.Role{bot.RoleEditor}},
	}
}

func rules(t *testing.T, kind access.OperatorKind) *access.Rules {
	t.Helper()
	r, err := access.New(access.Options{Kind: kind, Team: "T1", Grants: grants()})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func person(team, user string, change func(*bot.Person)) bot.Person {
	p := bot.Person{ID: bot.PersonID{Team: team, User: user}}
	if change != nil {
		change(&p)
	}
	return p
}

func TestAuthorize(t *testing.T) {
	group := func(p *bot.Person) { p.Groups = []string{"S-APPROVERS"} }
	guest := func(p *bot.Person) { p.Guest = true }
	cases := []struct {
		name   string
		person bot.Person
		needs  bot.Right
		area   bot.Area
		reason string // empty: allowed
	}{
		{"a member asks", person("T1", "U1", nil), bot.RightAsk, bot.AreaDesk, ""},
		{"a member reads balances", person("T1", "U1", nil), bot.RightRead, bot.AreaMoney, ""},
		{"a member does not approve", person("T1", "U1", nil), bot.RightApprove, bot.AreaMoney, "role"},
		{"a group's member approves", person("T1", "U2", group), bot.RightApprove, bot.AreaMoney, ""},
		{"an admin never approves", person("T1", "U-ADMIN", nil), bot.RightApprove, bot.AreaMoney, "role"},
		{"an admin configures", person("T1", "U-ADMIN", nil), bot.RightConfigure, bot.AreaDesk, ""},
		{"an editor edits", person("T1", "U-EDITOR", nil), bot.RightEdit, bot.AreaDesk, ""},
		{"a bot", person("T1", "U1", func(p *bot.Person) { p.Bot = true }), bot.RightAsk, bot.AreaDesk, "bot"},
		{"a deactivated person", person("T1", "U1", func(p *bot.Person) { p.Deactivated = true }), bot.RightAsk, bot.AreaDesk, "deactivated"},
		{"a guest nobody listed", person("T1", "U7", guest), bot.RightAsk, bot.AreaDesk, "unlisted"},
		{"a listed guest reads", person("T1", "U-GUEST", guest), bot.RightRead, bot.AreaMoney, ""},
		{"a listed guest never approves", person("T1", "U-GUEST", guest), bot.RightApprove, bot.AreaMoney, "role"},
		{"a listed guest never triages", person("T1", "U-GUEST", guest), bot.RightTriage, bot.AreaDesk, "role"},
		{"a stranger of another team", person("T2", "U1", nil), bot.RightAsk, bot.AreaDesk, "unlisted"},
		{"another team's person with a listed id of ours", person("T2", "U-EDITOR", nil), bot.RightEdit, bot.AreaDesk, "unlisted"},
		{"another team's person in a group of ours", person("T2", "U2", group), bot.RightApprove, bot.AreaDesk, "unlisted"},
		{"a Huawei manager asks", person("T2", "U-HUAWEI", nil), bot.RightAsk, bot.AreaDesk, ""},
		{"a Huawei manager sees no money", person("T2", "U-HUAWEI", nil), bot.RightRead, bot.AreaMoney, "huawei"},
		{"no resellers for a solution provider", person("T1", "U1", nil), bot.RightRead, bot.AreaReseller, "area"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			actor, err := rules(t, access.SolutionProvider).Authorize(t.Context(), c.person, c.needs, c.area)
			if c.reason == "" {
				if err != nil {
					t.Fatalf("refused: %v", err)
				}
				if actor.Account == (bot.Account{}) {
					t.Error("the actor has no account")
				}
				return
			}
			no, ok := errors.AsType[*bot.Refusal](err)
			if !ok || no.Reason != c.reason {
				t.Errorf("got %v, want reason %q", err, c.reason)
			}
			if actor.Account != (bot.Account{}) {
				t.Error("a refusal came with an account")
			}
		})
	}
}

func TestAuthorize_WithoutMoneyRights(t *testing.T) {
	for _, kind := range []access.OperatorKind{access.Reseller, access.Software, access.Service, access.SI} {
		r := rules(t, kind)
		if r.Offers(bot.AreaMoney) || r.Offers(bot.AreaReseller) {
			t.Errorf("%s is offered money", kind)
		}
		if _, err := r.Authorize(t.Context(), person("T1", "U1", nil), bot.RightRead, bot.AreaMoney); err == nil {
			t.Errorf("%s reads balances", kind)
		}
	}
}

func TestAuthorize_ResellerStaffWorkOnTheirOwnAccount(t *testing.T) {
	r, err := access.New(access.Options{Kind: access.Distributor, Team: "T1", Grants: []access.Grant{
		{Who: access.Everybody, Roles: []bot.Role{bot.RoleStaff}},
		{Who: "U5", Roles: []bot.Role{bot.RoleStaff}, Employer: "reseller:R-9"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	actor, err := r.Authorize(t.Context(), person("T1", "U5", nil), bot.RightRead, bot.AreaMoney)
	if err != nil {
		t.Fatal(err)
	}
	if actor.Account != bot.Reseller("R-9") || actor.Kind != string(access.Reseller) {
		t.Errorf("actor works on %s as %s: the narrower employer must win", actor.Account, actor.Kind)
	}
}

func TestNew_NamesEveryFault(t *testing.T) {
	_, err := access.New(access.Options{Kind: "bank", Team: "T1", Grants: []access.Grant{
		{Who: "U1"},
		{Who: "", Roles: []bot.Role{"king"}},
		{Who: "U2", Roles: []bot.Role{bot.RoleStaff}, Employer: "reseller:R1"},
		{Who: access.Everybody, Team: "T2", Roles: []bot.Role{bot.RoleStaff}},
	}})
	faults, ok := errors.AsType[access.Faults](err)
	if !ok {
		t.Fatalf("got %v, want faults", err)
	}
	for _, f := range faults {
		if !strings.HasPrefix(f.Key, "config.fault.people.") || len(f.Args)%2 != 0 {
			t.Errorf("not a message: %s %q", f.Key, f.Args)
		}
	}
	for _, want := range []string{"people.kind", "people[0]", "people[1]", "king", "people[2]", "people[3]"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%s is not named in: %v", want, err)
		}
	}
}

func TestIn_ATeamLearntLater(t *testing.T) {
	r, err := access.New(access.Options{Kind: access.SolutionProvider, Grants: []access.Grant{
		{Who: access.Everybody, Roles: []bot.Role{bot.RoleStaff}},
		{Who: "U-EDITOR", Roles: []bot.Role{bot.RoleEditor}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	r = r.In("T1")
	if _, err := r.Authorize(t.Context(), person("T1", "U1", nil), bot.RightAsk, bot.AreaDesk); err != nil {
		t.Errorf("our own member is refused: %v", err)
	}
	if _, err := r.Authorize(t.Context(), person("T9", "U-EDITOR", nil), bot.RightAsk, bot.AreaDesk); err == nil {
		t.Error("another team's person is let in by an id of ours")
	}
}

func across(t *testing.T) *access.Rules {
	t.Helper()
	r, err := access.New(access.Options{Kind: access.Distributor, Team: "T1", Grants: []access.Grant{
		{Who: access.Everybody, Roles: []bot.Role{bot.RoleStaff}},
		{Who: "U5", Roles: []bot.Role{bot.RoleStaff}, Employer: "reseller:R-9"},
		{Who: "U6", Team: "T2", Roles: []bot.Role{bot.RoleStaff}, Employer: "reseller:R-9", Channel: "C9"},
		{Who: "U7", Team: "T3", Roles: []bot.Role{bot.RoleStaff}, Employer: "reseller:R-8"},
		{Who: "U8", Team: "T2", Roles: []bot.Role{bot.RoleStaff}, Employer: access.EmployerHuawei},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Only a reseller's people ask across accounts.
func TestAuthorize_Requests(t *testing.T) {
	for _, c := range []struct {
		name   string
		person bot.Person
		reason string
	}{
		{"a reseller's member", person("T1", "U5", nil), ""},
		{"a reseller's guest", person("T1", "U5", func(p *bot.Person) { p.Guest = true }), ""},
		{"a reseller's person elsewhere", person("T2", "U6", nil), ""},
		{"the distributor's own", person("T1", "U1", nil), "account"},
		{"Huawei's", person("T2", "U8", nil), "huawei"},
		{"nobody's", person("T2", "U9", nil), "unlisted"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := across(t).Authorize(t.Context(), c.person, bot.RightRequest, bot.AreaRequests)
			if no, _ := errors.AsType[*bot.Refusal](err); (err == nil) != (c.reason == "") || no != nil && no.Reason != c.reason {
				t.Errorf("got %v, want %q", err, c.reason)
			}
		})
	}
	if rules(t, access.SolutionProvider).Offers(bot.AreaRequests) {
		t.Error("a solution provider has resellers")
	}
}

// People of other teams work with money in their own channel only.
func TestAdmit(t *testing.T) {
	for _, c := range []struct {
		name    string
		person  bot.Person
		area    bot.Area
		channel string
		want    bool
	}{
		{"in the channel bound to them", person("T2", "U6", nil), bot.AreaRequests, "C9", true},
		{"elsewhere", person("T2", "U6", nil), bot.AreaMoney, "C1", false},
		{"in a direct message", person("T2", "U6", nil), bot.AreaMoney, "D6", false},
		{"nowhere", person("T2", "U6", nil), bot.AreaMoney, "", false},
		{"a question anywhere", person("T2", "U6", nil), bot.AreaDesk, "C1", true},
		{"without a channel", person("T3", "U7", nil), bot.AreaMoney, "", false},
		{"in another company's channel", person("T3", "U7", nil), bot.AreaMoney, "C9", false},
		{"their id in another team", person("T3", "U6", nil), bot.AreaMoney, "C9", false},
		{"a member anywhere", person("T1", "U5", nil), bot.AreaRequests, "C1", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := across(t).Admit(bot.Actor{Person: c.person}, c.area, bot.Place{Team: "T1", Channel: c.channel})
			if (err == nil) != c.want {
				t.Errorf("got %v", err)
			}
		})
	}
}

// A channel is bound to one company.
func TestNew_ChannelOfTwo(t *testing.T) {
	_, err := access.New(access.Options{Kind: access.Distributor, Team: "T1", Grants: []access.Grant{
		{Who: "U6", Team: "T2", Roles: []bot.Role{bot.RoleStaff}, Employer: "reseller:R-9", Channel: "C9"},
		{Who: "U7", Team: "T2", Roles: []bot.Role{bot.RoleStaff}, Employer: "reseller:R-9", Channel: "C9"},
		{Who: "U8", Team: "T3", Roles: []bot.Role{bot.RoleStaff}, Employer: "reseller:R-8", Channel: "C9"},
	}})
	faults, _ := errors.AsType[access.Faults](err)
	if len(faults) != 1 || faults[0].Key != "config.fault.people.channel" {
		t.Errorf("got %v", err)
	}
}

func TestLanguage(t *testing.T) {
	r, err := access.New(access.Options{Kind: access.SolutionProvider, Team: "T1", Grants: []access.Grant{
		{Who: access.Everybody, Roles: []bot.Role{bot.RoleStaff}},
		{Who: "U6", Team: "T2", Roles: []bot.Role{bot.RoleManager}, Employer: access.EmployerHuawei},
		{Who: "U6", Team: "T2", Roles: []bot.Role{bot.RoleStaff}, Employer: access.EmployerHuawei, Language: "en"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	for id, want := range map[bot.PersonID]string{{Team: "T2", User: "U6"}: "en", {Team: "T3", User: "U6"}: "", {Team: "T1", User: "U1"}: ""} {
		if got := r.Language(id); got != want {
			t.Errorf("%s: %q, want %q", id, got, want)
		}
	}
	if _, err := access.New(access.Options{Kind: access.SolutionProvider, Grants: []access.Grant{{Who: "U6", Roles: []bot.Role{bot.RoleStaff}, Language: "fr"}}}); err == nil {
		t.Error("a language there is no catalog for")
	}
}
