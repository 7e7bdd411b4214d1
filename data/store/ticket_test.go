package store_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"partnerdesk/bot"
	"partnerdesk/bot/lang"
	"partnerdesk/handlers/partner"
	"partnerdesk/handlers/ticket"
)

func aTicket(id string) ticket.Ticket {
	return ticket.Ticket{
		Team: "T1", ID: id, Seed: "ev1", Account: bot.Reseller("r/1"), Requester: bot.PersonID{Team: "T1", User: "U1"}, Lang: lang.Chinese,
		Place: bot.Place{Team: "T1", Channel: "C1", Thread: "9.1"}, What: "云服务器登录不上", Customer: "acme", Details: "昨天开始", Urgency: ticket.High,
		State: ticket.AtHuawei, Owner: bot.PersonID{Team: "T1", User: "U2"}, Opened: noon, Due: noon.Add(day), Changed: noon, Nudged: true, Works: 2, Doubt: ticket.Reply,
		Fault: "partner.err.severity", CaseStatus: partner.CaseFeedback, Polled: true, Seen: []string{"a", "b"}, Urged: noon,
	}
}

func aWork(t ticket.Ticket) ticket.Work {
	return ticket.Work{
		Team: t.Team, Ticket: t.ID, Number: 1, Account: t.Account, Kind: ticket.Create, By: t.Owner, Lang: lang.English, Text: "words", State: ticket.InDoubt,
		Request: partner.CaseRequest{ProblemID: "p", CategoryID: "c", ProductID: "d", RegionID: "r", SeverityID: "s", Description: "[PD-7F3K] x", Extras: map[string]string{"k": "v"}},
		Created: noon, Started: noon, Looks: 3, Looked: noon,
	}
}

func TestTicket_KeepsEveryField(t *testing.T) {
	d := newDesk(t)
	want := aTicket("PD-7F3K")
	want.Case = "TT20261120000001"
	work := aWork(want)
	d.do(t, func(tx bot.Tx) error { return d.PutTicket(tx, want) })
	d.do(t, func(tx bot.Tx) error { return d.PutCaseWork(tx, work) })
	d = d.reopen(t)
	if got, found, err := d.FindTicket(t.Context(), "T1", "PD-7F3K"); err != nil || !found || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v, %v, want %+v", got, found, err, want)
	}
	if got, err := d.CaseWorks(t.Context()); err != nil || len(got) != 1 || !reflect.DeepEqual(got[0], work) {
		t.Errorf("got %+v, %v, want %+v", got, err, work)
	}
	live, err := d.LiveCases(t.Context())
	if err != nil || len(live) != 1 || live[0].ID != want.ID {
		t.Errorf("live: %+v, %v", live, err)
	}
	d.do(t, func(tx bot.Tx) error { return d.DropCaseWork(tx, work) })
	want.CaseStatus = partner.CaseFinished
	d.do(t, func(tx bot.Tx) error { return d.PutTicket(tx, want) })
	if live, err := d.LiveCases(t.Context()); err != nil || len(live) != 0 {
		t.Errorf("a finished case is still watched: %+v, %v", live, err)
	}
	if got, err := d.CaseWorks(t.Context()); err != nil || len(got) != 0 {
		t.Errorf("a decided work is still there: %+v, %v", got, err)
	}
}

// One reseller's list never holds anything of another one's.
func TestTicket_AccountsAreApart(t *testing.T) {
	d := newDesk(t)
	mine, other := aTicket("PD-2222"), aTicket("PD-3333")
	mine.Account, other.Account, other.What = bot.Reseller("a"), bot.Reseller("b"), "secret of b"
	d.do(t, func(tx bot.Tx) error { return d.PutTicket(tx, mine) })
	d.do(t, func(tx bot.Tx) error { return d.PutTicket(tx, other) })
	got, err := d.Tickets(t.Context(), "T1", bot.Reseller("a"))
	if err != nil || len(got) != 1 || got[0].ID != "PD-2222" {
		t.Errorf("got %+v, %v", got, err)
	}
	all, err := d.EveryTicket(t.Context(), "T1")
	if err != nil || len(all) != 2 {
		t.Errorf("support sees %d tickets, %v", len(all), err)
	}
	if got, err := d.Tickets(t.Context(), "T2", bot.Reseller("a")); err != nil || len(got) != 0 {
		t.Errorf("another team sees %+v, %v", got, err)
	}
}

func TestTicket_UnclaimedUntilClaimedOrTold(t *testing.T) {
	d := newDesk(t)
	row := aTicket("PD-8888")
	row.State, row.Nudged = ticket.Open, false
	put := func() { d.do(t, func(tx bot.Tx) error { return d.PutTicket(tx, row) }) }
	unclaimed := func(after int) int {
		list, err := d.UnclaimedTickets(t.Context(), noon.Add(time.Duration(after)*time.Hour))
		ok(t, err)
		return len(list)
	}
	put()
	if a, b := unclaimed(23), unclaimed(25); a != 0 || b != 1 {
		t.Errorf("before its time %d, after it %d", a, b)
	}
	row.Due = noon.Add(2 * day)
	put()
	if a, b := unclaimed(25), unclaimed(49); a != 0 || b != 1 {
		t.Errorf("with a later time: %d and %d", a, b)
	}
	row.Nudged = true
	put()
	if n := unclaimed(49); n != 0 {
		t.Errorf("%d after being told", n)
	}
	if keys := d.rows(t, "ticket-due"); len(keys) != 0 {
		t.Errorf("left behind: %v", keys)
	}
}

func TestTicket_DraftsGoAfterAWeek(t *testing.T) {
	d := newDesk(t)
	draft := aTicket("PD-4444")
	draft.State = ticket.Draft
	d.do(t, func(tx bot.Tx) error { return d.PutTicket(tx, draft) })
	kept := aTicket("PD-5555")
	kept.State = ticket.Draft
	d.do(t, func(tx bot.Tx) error { return d.PutTicket(tx, kept) })
	kept.State = ticket.Open
	d.do(t, func(tx bot.Tx) error { return d.PutTicket(tx, kept) })
	if _, err := d.Sweep(t.Context(), noon.Add(8*day), 100); err != nil {
		t.Fatal(err)
	}
	if _, found, err := d.FindTicket(t.Context(), "T1", "PD-4444"); err != nil || found {
		t.Errorf("the draft is still there: %v, %v", found, err)
	}
	if _, found, err := d.FindTicket(t.Context(), "T1", "PD-5555"); err != nil || !found {
		t.Errorf("the open ticket is gone: %v, %v", found, err)
	}
	for _, k := range d.rows(t, "ticket-id") {
		if strings.Contains(k, "PD-4444") {
			t.Errorf("%s leads nowhere", k)
		}
	}
}

func TestErase_TicketsAndOpportunities(t *testing.T) {
	d := newDesk(t)
	who := bot.PersonID{Team: "T1", User: "U1"}
	mine, owned := aTicket("PD-6666"), aTicket("PD-7777")
	owned.Requester, owned.Owner = bot.PersonID{Team: "T1", User: "U9"}, who
	d.do(t, func(tx bot.Tx) error { return d.PutTicket(tx, mine) })
	d.do(t, func(tx bot.Tx) error { return d.PutTicket(tx, owned) })
	d.do(t, func(tx bot.Tx) error { return d.PutOpportunity(tx, anOpportunity()) })
	n, err := d.Erase(t.Context(), who, bot.PersonID{Team: "T1", User: "UADMIN"}, noon)
	if err != nil || n < 3 {
		t.Fatalf("%d rows, %v", n, err)
	}
	got, _, err := d.FindTicket(t.Context(), "T1", "PD-6666")
	if err != nil || got.What != "" || got.Details != "" || got.Requester.User != "" || got.Owner.User != "U2" {
		t.Errorf("the requester's ticket: %+v, %v", got, err)
	}
	if got, _, err := d.FindTicket(t.Context(), "T1", "PD-7777"); err != nil || got.What == "" || got.Owner.User != "" {
		t.Errorf("the owner's ticket: %+v, %v", got, err)
	}
	o, _, err := d.FindOpportunity(t.Context(), "T1", bot.Reseller("a"), "OP-7F3K")
	if err != nil || o.Owner.User != "" || o.Notes[0].By.User != "" || o.Values["company"] == "" {
		t.Errorf("the opportunity: %+v, %v", o, err)
	}
}
