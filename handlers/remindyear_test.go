package handlers_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"partnerdesk/bot"
	"partnerdesk/data"
	"partnerdesk/faq"
	"partnerdesk/handlers"
	"partnerdesk/handlers/access"
	"partnerdesk/handlers/benefit"
	"partnerdesk/handlers/money"
	"partnerdesk/handlers/opportunity"
	"partnerdesk/handlers/partner/rest"
	"partnerdesk/handlers/partner/sandbox"
	"partnerdesk/handlers/remind"
	"partnerdesk/handlers/ticket"
	"partnerdesk/handlers/worktime"
)

// TestRemind_AYear lets 2026 pass against the sandbox world, with a store on
// disk and a restart every month, and compares who got what when, and why, with
// a reviewed file. Anna does what is hers on the day before, but for the window
// that closes on 31 December, which nobody touches.
func TestRemind_AYear(t *testing.T) {
	if testing.Short() {
		t.Skip("a whole year")
	}
	t.Parallel()
	w := newWard(t)
	w.now = time.Date(2025, 12, 31, 4, 0, 0, 0, time.UTC)
	world, err := sandbox.New(sandbox.Options{Seed: 1, Kind: string(access.SolutionProvider), AK: "AK", SK: "SK", Now: w.deps.Now})
	must(t, err)
	center, err := rest.New(rest.Options{Endpoint: "http://center.test", CaseEndpoint: "http://center.test", AK: "AK", SK: "SK", Transport: world, Now: w.deps.Now,
		Sleep: func(context.Context, time.Duration) error { return nil }})
	must(t, err)
	policy, err := data.OpportunityPolicy()
	must(t, err)
	w.deps.Remind.Center = center
	w.deps.Tickets, w.deps.Opportunities, w.deps.Policy, w.deps.Money = w.Store, w.Store, policy, &handlers.Money{Book: w.Store}
	w.deps.Knowledge = &shelfOf{list: []*faq.Entry{{ID: "coupon-terms-2026", ValidUntil: time.Date(2026, 8, 31, 0, 0, 0, 0, time.UTC)}}}
	w.withRegister(t)
	w.add(t, remind.Deadline{ID: "DL-YEAR", Title: "用完测试券额度", Due: worktime.On(2026, 12, 31), Owner: anna, Deputy: dora})
	w.add(t, remind.Deadline{ID: "DL-MONTH", Title: "对账", Due: worktime.On(2026, 1, 30), Repeats: "month-last-workday", Owner: anna})
	w.add(t, remind.Deadline{ID: "DL-QUARTER", Title: "复核能力标签", Due: worktime.On(2026, 3, 31), Repeats: "quarter-end", Owner: dora, Deputy: anna})
	w.add(t, remind.Deadline{ID: "DL-FEST", Title: "国庆前交方案", Due: worktime.On(2026, 10, 5), Owner: dora})

	var story strings.Builder
	told := map[string]int{} // notices written down, by deadline
	for day := worktime.On(2026, 1, 1); day.Year == 2026 || day.Before(worktime.On(2027, 1, 6)); day = day.Add(1) {
		for _, clock := range []string{"09:00", "13:00", "16:00"} {
			w.now = day.At(0, shanghai).UTC()
			if clock == "09:00" && day.Weekday() == time.Monday {
				must(t, w.read(t, "quotas", "coupons", "subscriptions"))
			}
			if clock == "09:00" {
				w.happens(t, day.String())
				must(t, w.read(t, "tickets", "opportunities", "approvals", "entries", "benefits"))
			}
			must(t, w.at(t, day.String()+" "+clock))
			w.tell(t, &story, told)
		}
		if row, _, err := w.FindDeadline(t.Context(), "T1", bot.Operator(), "DL-MONTH"); err == nil && row.Due.Sub(day) <= 1 {
			w.act(t, anna, "done", "DL-MONTH")
			delete(told, "DL-MONTH")
		}
		if day.Day == 1 {
			must(t, w.Recover(t.Context()))
		}
	}
	const golden = "testdata/year.txt"
	if *update {
		must(t, os.WriteFile(golden, []byte(story.String()), 0o644))
		return
	}
	want, err := os.ReadFile(golden)
	must(t, err)
	if story.String() != string(want) {
		t.Errorf("the year changed; run with -update and review\n%s", firstDifference(string(want), story.String()))
	}
}

// happens is what else goes on at the desk in that year.
func (w *ward) happens(t testing.TB, day string) {
	t.Helper()
	ticketOf := ticket.Ticket{Team: "T1", ID: "PD-1", Account: bot.Operator(), Owner: dora, Urgency: ticket.Normal, State: ticket.Claimed, Opened: w.now, Changed: w.now}
	shared := opportunity.Opportunity{Team: "T1", ID: "OP-1", Account: bot.Operator(), Owner: anna, Number: "N1", State: "passed", Opened: w.now, Since: w.now, Changed: w.now}
	wish := money.Operation{Team: "T1", ID: "MO-1", Kind: money.IssueCoupon, Account: bot.Operator(), State: money.Awaiting, Requester: anna, Expires: w.now.Add(48 * time.Hour), Parties: []money.Party{{Name: "ACME"}}}
	row := func(kind benefit.Kind, id, state string, owner bot.PersonID, values ...string) benefit.Benefit {
		b := benefit.Benefit{Team: "T1", ID: id, Account: bot.Operator(), Kind: kind, Owner: owner, State: state, Opened: w.now, Since: w.now, Changed: w.now, Values: map[string]string{}}
		for i := 0; i < len(values); i += 2 {
			b.Values[values[i]] = values[i+1]
		}
		return b
	}
	must(t, w.Store.Update(t.Context(), func(tx bot.Tx) error {
		switch day {
		case "2026-02-24": // a label, and nobody applies for what comes with it
			return w.PutBenefit(tx, row(benefit.Label, "BF-LABEL", "open", dora, "name", "大数据", "obtained", "2026-02-24"))
		case "2026-03-10": // the next step of an NRE, which is taken in time
			return w.PutBenefit(tx, row(benefit.NRE, "BF-NRE", "filed", anna, "name", "订单协同方案", "next", "2026-05-20"))
		case "2026-05-14":
			return w.PutBenefit(tx, row(benefit.NRE, "BF-NRE", "received", anna, "name", "订单协同方案", "next", "2026-05-20"))
		case "2026-04-10": // a registration, fifteen days
			return w.PutBenefit(tx, row(benefit.Registration, "BF-REG", "registered", anna, "name", "艾克美", "registered", "2026-04-10"))
		case "2026-06-01": // a certificate that is renewed before it expires, and has a new day
			return w.PutBenefit(tx, row(benefit.Certificate, "BF-CERT", "valid", dora, "name", "HCIE", "holder", "dora", "expires", "2026-07-10"))
		case "2026-07-02":
			return w.PutBenefit(tx, row(benefit.Certificate, "BF-CERT", "valid", dora, "name", "HCIE", "holder", "dora", "expires", "2026-11-09"))
		case "2026-11-05":
			return w.PutBenefit(tx, row(benefit.Certificate, "BF-CERT", "renewed", dora, "name", "HCIE", "holder", "dora", "expires", "2026-11-09"))
		case "2026-06-08": // somebody takes a ticket and lets it lie for a week
			return w.PutTicket(tx, ticketOf)
		case "2026-06-15":
			ticketOf.State = ticket.Closed
			return w.PutTicket(tx, ticketOf)
		case "2026-07-06": // an opportunity passes its review; nobody writes about it
			return w.PutOpportunity(tx, shared)
		case "2026-08-12":
			shared.State = "delivered"
			return w.PutOpportunity(tx, shared)
		case "2026-08-18": // an operation nobody decides about
			return w.PutOperation(tx, wish)
		case "2026-08-20":
			wish.State = money.Expired
			return w.PutOperation(tx, wish)
		}
		return nil
	}))
}

// tell writes down what is new: when, to whom, which rung of what, and whether
// the reader was the owner or stood in.
func (w *ward) tell(t testing.TB, story *strings.Builder, told map[string]int) {
	t.Helper()
	rows, err := w.Deadlines(t.Context(), "T1", bot.Operator())
	must(t, err)
	slices.SortFunc(rows, func(a, b remind.Deadline) int { return strings.Compare(a.ID, b.ID) })
	for _, d := range rows {
		if len(d.Sent) < told[d.ID] {
			delete(told, d.ID) // its ladder began anew
		}
		for _, s := range d.Sent[told[d.ID]:] {
			var readers []string
			for _, l := range d.Listed {
				as := map[bool]remind.Audience{true: remind.ToOwner, false: remind.ToClass}[l.Person == d.Owner]
				if l.Person == d.Deputy {
					as = remind.ToDeputy
				}
				if l.Day == worktime.DateIn(s.At, shanghai) && s.To == as {
					readers = append(readers, l.Person.User)
				}
			}
			if len(readers) == 0 {
				readers = []string{"nobody"}
			}
			fmt.Fprintf(story, "%s %-3s %-6s %-6s %4d %-9s  due %s  %s %s\n", s.At.In(shanghai).Format("2006-01-02 15:04"), s.At.In(shanghai).Weekday().String()[:3],
				s.To, strings.Join(readers, ","), s.Rung, s.Reason, d.Due, d.ID, d.Title)
		}
		told[d.ID] = len(d.Sent)
	}
}
