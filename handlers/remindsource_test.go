package handlers_test

import (
	"context"
	"errors"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"partnerdesk/bot"
	"partnerdesk/data"
	"partnerdesk/faq"
	"partnerdesk/handlers"
	"partnerdesk/handlers/money"
	"partnerdesk/handlers/opportunity"
	"partnerdesk/handlers/partner"
	"partnerdesk/handlers/remind"
	"partnerdesk/handlers/ticket"
	"partnerdesk/handlers/worktime"
)

var errDown = errors.New("down")

// caseList is a partner center that lists cases, or cannot.
type caseList struct {
	handlers.CaseCenter
	list []partner.CaseSummary
	down bool
}

func (c *caseList) Cases(context.Context, partner.CaseQuery) iter.Seq2[partner.CaseSummary, error] {
	return func(yield func(partner.CaseSummary, error) bool) {
		if c.down {
			yield(partner.CaseSummary{}, errDown)
			return
		}
		for _, one := range c.list {
			if !yield(one, nil) {
				return
			}
		}
	}
}

// shelfOf is a corpus of a few entries.
type shelfOf struct {
	handlers.Knowledge
	list []*faq.Entry
}

func (s *shelfOf) Entries() []*faq.Entry { return s.list }

// The books of a desk whose rows cannot be read.
type (
	noTickets       struct{ ticket.Book }
	noOpportunities struct{ opportunity.Book }
	noOperations    struct{ money.Book }
)

func (noTickets) EveryTicket(context.Context, string) ([]ticket.Ticket, error) { return nil, errDown }
func (noOpportunities) Opportunities(context.Context, string, bot.Account) ([]opportunity.Opportunity, error) {
	return nil, errDown
}
func (noOperations) LiveOperations(context.Context) ([]money.Operation, error) { return nil, errDown }

// busy is a ward with something waiting in every corner of the desk.
func busy(t *testing.T) (*ward, *caseList, *shelfOf) {
	t.Helper()
	w := newWard(t)
	policy, err := data.OpportunityPolicy()
	must(t, err)
	cases := &caseList{list: []partner.CaseSummary{{ID: "HC1", Status: partner.CaseFeedback}, {ID: "HC2", Status: partner.CaseConfirm}, {ID: "HC3", Status: partner.CaseInProgress}}}
	shelf := &shelfOf{list: []*faq.Entry{
		{ID: "ends-soon", ValidUntil: time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)}, {ID: "verified-long-ago", Verified: faq.Verified{Date: time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)}},
		{ID: "never-verified"}, {ID: "ends-later", ValidUntil: time.Date(2027, 12, 1, 0, 0, 0, 0, time.UTC)},
	}}
	w.deps.Tickets, w.deps.Opportunities, w.deps.Policy, w.deps.Money, w.deps.Cases, w.deps.Knowledge = w.Store, w.Store, policy, &handlers.Money{Book: w.Store}, cases, shelf
	must(t, w.Store.Update(t.Context(), func(tx bot.Tx) error {
		return errors.Join(
			w.PutTicket(tx, ticket.Ticket{Team: "T1", ID: "PD-1", Account: bot.Operator(), State: ticket.Open, Urgency: ticket.Low, Opened: w.now, Changed: w.now, Due: w.now.Add(72 * time.Hour)}),
			w.PutTicket(tx, ticket.Ticket{Team: "T1", ID: "PD-2", Account: bot.Reseller("r1"), State: ticket.AtHuawei, Owner: dora, Case: "HC1", Opened: w.now, Changed: w.now}),
			w.PutTicket(tx, ticket.Ticket{Team: "T1", ID: "PD-3", Account: bot.Operator(), State: ticket.Claimed, Owner: dora, Opened: w.now, Changed: w.now}),
			w.PutOpportunity(tx, opportunity.Opportunity{Team: "T1", ID: "OP-1", Account: bot.Operator(), Owner: anna, State: "passed", Number: "N1", Opened: w.now, Since: w.now, Changed: w.now}),
			w.PutOpportunity(tx, opportunity.Opportunity{Team: "T1", ID: "OP-2", Account: bot.Operator(), Owner: anna, State: "delivered", Opened: w.now, Since: w.now, Changed: w.now}),
			w.PutOperation(tx, money.Operation{Team: "T1", ID: "MO-1", Kind: money.IssueCoupon, Account: bot.Operator(), State: money.Awaiting, Requester: anna, Expires: w.now.Add(48 * time.Hour), Parties: []money.Party{{Name: "ACME"}}}),
			w.PutOperation(tx, money.Operation{Team: "T1", ID: "MO-2", Kind: money.IssueCoupon, Account: bot.Operator(), State: money.Awaiting, Requester: chen, Expires: w.now.Add(48 * time.Hour), Parties: []money.Party{{Name: "ACME"}}}),
		)
	}))
	return w, cases, shelf
}

// named are the open deadlines of a source, by what they are about.
func (w *ward) named(t *testing.T, source string) map[string]remind.Deadline {
	t.Helper()
	rows, err := w.Deadlines(t.Context(), "T1", bot.Operator())
	must(t, err)
	found := map[string]remind.Deadline{}
	for _, d := range rows {
		if about, is := strings.CutPrefix(d.Seed, source+"/"); is && d.State == remind.Open {
			found[about] = d
		}
	}
	return found
}

func TestSources_WhatWaitsOnTheDesk(t *testing.T) {
	w, _, _ := busy(t)
	must(t, w.read(t, "cases", "tickets", "opportunities", "entries"))
	for _, c := range []struct {
		source, about, due string
		owner              bot.PersonID
		kind               remind.Kind
	}{
		{"cases", "HC1", "2026-11-24", dora, remind.HuaweiCase}, {"cases", "HC2", "2026-11-24", chen, remind.HuaweiCase},
		{"tickets", "PD-1", "2026-11-23", chen, remind.Ticket}, {"tickets", "PD-3", "2026-11-24", dora, remind.Ticket},
		{"opportunities", "OP-1", "2026-12-20", anna, remind.Progress}, {"opportunities", "OP-1/verification", "2026-12-04", anna, remind.Verification},
		{"entries", "ends-soon", "2026-12-01", chen, remind.Entry}, {"entries", "verified-long-ago", "2026-11-28", chen, remind.Entry},
	} {
		t.Run(c.source+" "+c.about, func(t *testing.T) {
			d, is := w.named(t, c.source)[c.about]
			if !is || d.Due.String() != c.due || d.Owner != c.owner || d.Kind != c.kind {
				t.Errorf("got %v %s %s %s, want %s %s", is, d.Due, d.Owner, d.Kind, c.due, c.owner)
			}
			if strings.Contains(d.Title, "ACME") {
				t.Errorf("the title tells too much: %s", d.Title)
			}
		})
	}
	for source, want := range map[string]int{"cases": 2, "tickets": 2, "opportunities": 2, "entries": 2} {
		if got := w.named(t, source); len(got) != want {
			t.Errorf("%s: %d dates, want %d: %v", source, len(got), want, got)
		}
	}
}

// TestSources_AnApprovalIsNeverTheRequesters: who asked is not reminded to
// approve; that nobody else can is told elsewhere.
func TestSources_AnApprovalIsNeverTheRequesters(t *testing.T) {
	w, _, _ := busy(t)
	must(t, w.read(t, "approvals"))
	got := w.named(t, "approvals")
	if _, is := got["MO-2"]; is {
		t.Error("the lead is to approve what the lead asked for")
	}
	if d := got["MO-1"]; d.Owner != chen || d.Kind != remind.Approval || d.Due != worktime.On(2026, 11, 22) || strings.Contains(d.Title, "ACME") {
		t.Errorf("got %+v", d)
	}
}

func TestSources_AnsweredIsOver(t *testing.T) {
	w, cases, _ := busy(t)
	must(t, w.read(t, "cases", "tickets"))
	case1 := w.named(t, "cases")["HC1"]
	w.now = w.now.Add(24 * time.Hour)
	must(t, w.read(t, "cases"))
	if again := w.named(t, "cases")["HC1"]; again.Due != case1.Due {
		t.Errorf("a second look moved the day from %s to %s", case1.Due, again.Due)
	}
	w.act(t, dora, "done", case1.ID)
	must(t, w.read(t, "cases"))
	if _, is := w.named(t, "cases")["HC1"]; is {
		t.Error("what a person has seen to is open again")
	}
	all := cases.list
	cases.list = nil
	w.now = w.now.Add(10 * 24 * time.Hour) // past every day
	must(t, w.read(t, "cases"))
	if left := w.named(t, "cases"); len(left) > 0 {
		t.Errorf("still open: %v", left)
	}
	cases.list = all
	must(t, w.read(t, "cases"))
	if back := w.named(t, "cases"); len(back) != 2 || !back["HC1"].End.After(w.now) {
		t.Errorf("they wait again, and there is %v", back)
	}
}

// TestSources_AFailureKeepsMarksAndTellsOnce: of each source.
func TestSources_AFailureKeepsMarksAndTellsOnce(t *testing.T) {
	for _, c := range []struct {
		source, label string
		fail          func(w *ward, c *caseList)
	}{
		{"cases", "Huawei cases", func(_ *ward, c *caseList) { c.down = true }},
		{"tickets", "tickets", func(w *ward, _ *caseList) { w.deps.Tickets = noTickets{w.Store} }},
		{"opportunities", "opportunities", func(w *ward, _ *caseList) { w.deps.Opportunities = noOpportunities{w.Store} }},
		{"approvals", "approvals", func(w *ward, _ *caseList) { w.deps.Money = &handlers.Money{Book: noOperations{w.Store}} }},
	} {
		t.Run(c.source, func(t *testing.T) {
			w, cases, _ := busy(t)
			must(t, w.read(t, c.source))
			before := w.named(t, c.source)
			kept := *w.deps
			c.fail(w, cases)
			for range 3 {
				w.now = w.now.Add(time.Hour)
				if err := w.read(t, c.source); !errors.Is(err, errDown) {
					t.Errorf("the job says %v", err)
				}
			}
			w.deliver(t)
			after := w.named(t, c.source)
			for about, d := range after {
				if !d.Stale || d.Due != before[about].Due {
					t.Errorf("%s: stale %v, due %s", about, d.Stale, d.Due)
				}
			}
			if len(after) != len(before) || len(before) == 0 {
				t.Errorf("%d dates before, %d after", len(before), len(after))
			}
			told := w.to(chen)
			if len(told) != 1 {
				t.Fatalf("told %d times", len(told))
			}
			has(t, told[0], c.label, "cannot be read", "2026-11-20 12:00")
			*w.deps, cases.down = kept, false
			w.deps.Now = func() time.Time { return w.now }
			must(t, w.read(t, c.source))
			for about, d := range w.named(t, c.source) {
				if d.Stale {
					t.Errorf("%s is stale after it could be read again", about)
				}
			}
			if src, _, err := w.FindSource(t.Context(), "T1", c.source); err != nil || !src.Fail.IsZero() || src.Kept != len(before) {
				t.Errorf("got %+v, %v", src, err)
			}
		})
	}
}

func TestSources_EachHasAJobOfItsOwn(t *testing.T) {
	w, _, _ := busy(t)
	var names []string
	for _, j := range handlers.Jobs(handlers.JobOptions{Deps: w.deps, Store: w}) {
		names = append(names, j.Name)
	}
	want := []string{"remind", "deadlines-cases", "deadlines-approvals", "deadlines-tickets", "deadlines-opportunities", "deadlines-entries"}
	for _, name := range want {
		if !slices.Contains(names, name) {
			t.Errorf("no job %s among %v", name, names)
		}
	}
}
