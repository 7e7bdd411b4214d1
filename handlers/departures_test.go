package handlers_test

import (
	"strings"
	"testing"
	"time"

	"partnerdesk/bot"
	"partnerdesk/data"
	"partnerdesk/handlers/access"
	"partnerdesk/handlers/money"
	"partnerdesk/handlers/opportunity"
	"partnerdesk/handlers/remind"
	"partnerdesk/handlers/ticket"
	"partnerdesk/handlers/worktime"
)

// leaver gives anna a piece of work of every kind.
func (o *front) leaver(t testing.TB) {
	t.Helper()
	o.peopled(t)
	o.deps.Tickets, o.deps.Opportunities = o.Store, o.Store
	policy, err := data.OpportunityPolicy()
	if err != nil {
		t.Fatal(err)
	}
	o.deps.Policy = policy
	now := o.clock()
	due := worktime.On(2026, 12, 31)
	err = o.Store.Update(t.Context(), func(tx bot.Tx) error {
		tk, _ := ticket.New(ticket.Ticket{Team: "T1", ID: "PD-7F3K", Account: bot.Operator(), Requester: chen, What: "x", Urgency: ticket.Normal}, now)
		tk.State, tk.Owner, tk.Opened = ticket.Claimed, anna, now
		if err := o.PutTicket(tx, tk); err != nil {
			return err
		}
		if err := o.PutOpportunity(tx, opportunity.Opportunity{Team: "T1", ID: "OP-7F3K", Account: bot.Operator(), Owner: anna, State: "draft", Changed: now}); err != nil {
			return err
		}
		return o.PutDeadline(tx, remind.Deadline{Team: "T1", Account: bot.Operator(), ID: "DL-7F3K", Source: remind.People, Kind: remind.Plain, Title: "报表", Due: due,
			End: due.End(time.UTC), Owner: anna, State: remind.Open, Look: now, Created: now, Changed: now})
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (o *front) owners(t testing.TB) (tk, dl, op bot.PersonID) {
	t.Helper()
	x, found, err := o.FindTicket(t.Context(), "T1", "PD-7F3K")
	if err != nil || !found {
		t.Fatal(found, err)
	}
	y, found, err := o.FindDeadline(t.Context(), "T1", bot.Operator(), "DL-7F3K")
	if err != nil || !found {
		t.Fatal(found, err)
	}
	z, found, err := o.FindOpportunity(t.Context(), "T1", bot.Operator(), "OP-7F3K")
	if err != nil || !found {
		t.Fatal(found, err)
	}
	return x.Owner, y.Owner, z.Owner
}

func TestDepartures(t *testing.T) {
	cases := map[string]struct {
		deputy string
		boris  []bot.Role
		want   [3]bot.PersonID // ticket, deadline, opportunity
	}{
		"to the deputy":                      {"<@UBORIS>", []bot.Role{bot.RoleApprover, bot.RoleTriager}, [3]bot.PersonID{boris, boris, boris}},
		"a deputy who is not of support":     {"<@UBORIS>", []bot.Role{bot.RoleApprover}, [3]bot.PersonID{{}, boris, boris}},
		"without a deputy the lead":          {"", []bot.Role{bot.RoleApprover}, [3]bot.PersonID{{}, chen, chen}},
		"a deputy who left too: to the lead": {"<@UDORA>", []bot.Role{bot.RoleApprover}, [3]bot.PersonID{{}, chen, chen}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			o := newFront(t, access.SolutionProvider, money.Policy{})
			o.leaver(t)
			o.grants[1].Roles = c.boris
			if c.deputy != "" {
				o.says(t, anna, "desk", "deputy "+c.deputy)
			}
			o.town.gone[dora] = strings.Contains(c.deputy, "DORA")
			o.asks(t, anna, "500")
			o.job(t, "departures")
			if read := o.reads(t); len(read) != 0 {
				t.Fatalf("nobody left and somebody reads %v", read)
			}
			o.town.gone[anna] = true
			o.job(t, "departures")
			if tk, _, _ := o.owners(t); tk != anna {
				t.Fatal("one look moved her work")
			}
			for range 3 {
				o.advance(15 * time.Minute)
				o.job(t, "departures")
			}
			tk, dl, op := o.owners(t)
			if got := [3]bot.PersonID{tk, dl, op}; got != c.want {
				t.Errorf("got %v, want %v", got, c.want)
			}
			read := o.reads(t)
			if s := words(read[chen][len(read[chen])-1:]); !strings.Contains(s, "has been deactivated") || !strings.Contains(s, "PD-7F3K") || !strings.Contains(s, "DL-7F3K") || !strings.Contains(s, "MO-") {
				t.Errorf("the lead reads %q", s)
			}
			if c.want[1] == boris && !strings.Contains(words(read[boris]), "事项移交如下") {
				t.Errorf("the deputy reads %q", words(read[boris]))
			}
			o.advance(15 * time.Minute)
			o.job(t, "departures")
			if read := o.reads(t); len(read) != 0 {
				t.Errorf("told twice: %v", read)
			}
		})
	}
}

// An approver who left: the deputy hears of what waits.
func TestDepartures_Approvals(t *testing.T) {
	o := newFront(t, access.SolutionProvider, money.Policy{})
	o.leaver(t)
	o.says(t, boris, "desk", "deputy <@UCHEN>")
	o.asks(t, anna, "500")
	o.reads(t)
	o.town.gone[boris] = true
	o.job(t, "departures")
	o.advance(15 * time.Minute)
	o.job(t, "departures")
	if s := words(o.reads(t)[chen]); !strings.Contains(s, "approval waiting MO-") {
		t.Errorf("chen reads %q", s)
	}
}
