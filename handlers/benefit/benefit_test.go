package benefit_test

import (
	"errors"
	"math/rand/v2"
	"testing"
	"time"
	_ "time/tzdata"

	"partnerdesk/bot"
	"partnerdesk/data"
	"partnerdesk/handlers/benefit"
	"partnerdesk/handlers/partner"
	"partnerdesk/handlers/remind"
	"partnerdesk/handlers/worktime"
)

var (
	noon  = time.Date(2026, 11, 20, 4, 0, 0, 0, time.UTC)
	lilei = bot.PersonID{Team: "T1", User: "U1"}
	alice = bot.PersonID{Team: "T1", User: "U2"}
)

func rule(t testing.TB, k benefit.Kind) benefit.Rule {
	t.Helper()
	p, err := data.BenefitPolicy()
	if err != nil {
		t.Fatal(err)
	}
	r, known := p.Rule(k)
	if !known {
		t.Fatalf("no rule for %s", k)
	}
	return r
}

func calendar(t testing.TB) *worktime.Calendar {
	t.Helper()
	c, err := data.Calendar()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func key(err error) string {
	if no, is := errors.AsType[*bot.UserError](err); is {
		return no.Key
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

// Every kind can be opened, moved along every step, finished from every state
// and reopened; a step the rule does not know is refused everywhere.
func TestRule_Steps(t *testing.T) {
	p, err := data.BenefitPolicy()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range p.Rules {
		for _, from := range r.States {
			b := r.Open(benefit.Benefit{ID: "BF-1", Kind: r.Kind, State: from.ID}, lilei, benefit.Opened, noon)
			allowed := map[string]bool{}
			for _, to := range from.Next {
				allowed[to] = true
			}
			for _, to := range r.States {
				after, err := r.Move(b, to.ID, lilei, noon)
				if (err == nil) != allowed[to.ID] {
					t.Errorf("%s: %s to %s: %v", r.Kind, from.ID, to.ID, err)
				}
				if err == nil && (after.State != to.ID || after.Rev != b.Rev+1 || !after.Since.Equal(noon)) {
					t.Errorf("%s: %s to %s: got %+v", r.Kind, from.ID, to.ID, after)
				}
			}
			done, err := r.Finish(b, "结清", alice, noon)
			if from.End != "" {
				if key(err) != "benefit.already" {
					t.Errorf("%s: finished from %s: %v", r.Kind, from.ID, err)
				}
				continue
			}
			if err != nil || !r.Ended(done) {
				t.Errorf("%s: finish from %s: %v, %s", r.Kind, from.ID, err, done.State)
			}
			back, err := r.Reopen(done, alice, noon)
			if err != nil || back.State != from.ID {
				t.Errorf("%s: reopened into %s, want %s (%v)", r.Kind, back.State, from.ID, err)
			}
		}
	}
}

func TestRule_Edit(t *testing.T) {
	r := rule(t, benefit.Label)
	b := r.Open(benefit.Benefit{ID: "BF-1", Kind: r.Kind, Values: map[string]string{"name": "大数据", "obtained": "2026-03-05"}}, lilei, benefit.Opened, noon)
	same := r.Edit(b, map[string]string{"name": "大数据", "obtained": "2026-03-05"}, alice, noon)
	if same.Rev != b.Rev {
		t.Errorf("nothing changed and the revision is %d", same.Rev)
	}
	after := r.Edit(b, map[string]string{"name": "数据库", "obtained": "2026-04-05"}, alice, noon)
	changes := after.After(b.Rev)
	if len(changes) != 2 || changes[0].Field != "name" || changes[0].From != "大数据" || changes[0].To != "数据库" || changes[1].By != alice {
		t.Errorf("got %+v", changes)
	}
	if b.Values["name"] != "大数据" {
		t.Error("the old row changed too")
	}
}

func TestRule_TickIsWhatItSays(t *testing.T) {
	r := rule(t, benefit.Label)
	b := r.Open(benefit.Benefit{ID: "BF-1", Kind: r.Kind}, lilei, benefit.Opened, noon)
	once, err := r.Tick(b, "training", true, alice, noon)
	if who, is := once.Ticked("training"); err != nil || !is || who.By != alice {
		t.Fatalf("got %+v, %v", once, err)
	}
	if twice, _ := r.Tick(once, "training", true, lilei, noon); twice.Rev != once.Rev {
		t.Error("ticked twice, it changed twice")
	}
	if off, _ := r.Tick(once, "training", false, lilei, noon); len(off.Ticks) != 0 || off.History[len(off.History)-1].What != benefit.Unticked {
		t.Errorf("got %+v", off)
	}
	if _, err := r.Tick(b, "party", true, lilei, noon); key(err) != "benefit.box.none" {
		t.Errorf("got %v", err)
	}
}

func TestBenefit_Evidence(t *testing.T) {
	b := benefit.Benefit{ID: "BF-1"}
	for _, c := range []struct{ name, link, want string }{
		{"a page", "https://docs.example.com/a?b=1", ""},
		{"as a chat writes it", "<https://docs.example.com/x|文件>", ""},
		{"no scheme", "docs.example.com/a", "benefit.evidence.bad"},
		{"a script", "javascript:alert(1)", "benefit.evidence.bad"},
		{"a file", "file:///etc/passwd", "benefit.evidence.bad"},
		{"a password in it", "https://u:p@example.com/", "benefit.evidence.bad"},
		{"words", "见群文件", "benefit.evidence.bad"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := b.Prove(c.link, lilei, noon); key(err) != c.want {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
	once, _ := b.Prove("https://a.example.com/", lilei, noon)
	if _, err := once.Prove("https://a.example.com/", lilei, noon); key(err) != "benefit.evidence.twice" {
		t.Errorf("got %v", err)
	}
}

// Whatever is granted, used and taken back in whatever order: what is left is
// what was granted less what was used, and never below zero.
func TestCount_LeftIsGrantsLessUses(t *testing.T) {
	r := rule(t, benefit.TestCoupon)
	random := rand.New(rand.NewPCG(7, 20261120))
	refused, taken := 0, 0
	for range 400 {
		b := r.Open(benefit.Benefit{ID: "BF-1", Kind: r.Kind}, lilei, benefit.Opened, noon)
		// The book kept a second time, by number.
		type entry struct {
			use    bool
			amount partner.Fen
			gone   bool
		}
		var book []entry
		left := func() (sum partner.Fen) {
			for _, e := range book {
				switch {
				case e.gone:
				case e.use:
					sum -= e.amount
				default:
					sum += e.amount
				}
			}
			return sum
		}
		for step := range 30 {
			var err error
			before := left()
			switch random.IntN(3) {
			case 0, 1:
				e := entry{use: random.IntN(2) == 0, amount: partner.Fen(random.Int64N(3_000_000) - 10_000)}
				b, err = r.Count(b, benefit.Count{Use: e.use, Amount: e.amount, By: lilei, At: noon, Seed: string(rune('a' + step))})
				if wrong := e.amount <= 0 || e.use && e.amount > before; wrong != (err != nil) {
					t.Fatalf("count %+v of %v left: %v", e, before, err)
				}
				if err == nil {
					book = append(book, e)
				}
			default:
				n := random.IntN(len(book)+2) - 1
				b, err = r.Void(b, n+1, alice, noon)
				if err == nil {
					book[n].gone = true
				}
			}
			if err != nil {
				refused++
			} else {
				taken++
			}
			if b.Left() != left() || b.Left() < 0 || b.Left() != b.Granted()-b.Used() {
				t.Fatalf("left %v, the book says %v (granted %v, used %v)", b.Left(), left(), b.Granted(), b.Used())
			}
		}
	}
	if refused < 100 || taken < 100 {
		t.Errorf("%d taken, %d refused: the walk proves little", taken, refused)
	}
}

func TestCount_ByThePublishedSteps(t *testing.T) {
	r := rule(t, benefit.TestCoupon)
	b := r.Open(benefit.Benefit{ID: "BF-1", Kind: r.Kind}, lilei, benefit.Opened, noon)
	claimable := func(want partner.Fen) {
		t.Helper()
		if got, known := r.Claimable(b); !known || got != want {
			t.Errorf("claimable %v, want %v", got, want)
		}
	}
	grant := func(yuan int64, seed string) {
		t.Helper()
		var err error
		if b, err = r.Count(b, benefit.Count{Amount: partner.Yuan(yuan), By: lilei, At: noon, Seed: seed}); err != nil {
			t.Fatal(err)
		}
	}
	claimable(partner.Yuan(20000))
	grant(20000, "a")
	grant(20000, "a") // the same delivery
	claimable(0)
	var err error
	if b, err = r.Move(b, "cloud", lilei, noon); err != nil {
		t.Fatal(err)
	}
	claimable(partner.Yuan(80000)) // the example of the page
	if b, err = r.Move(b, "advanced", lilei, noon); err != nil {
		t.Fatal(err)
	}
	claimable(partner.Yuan(280000))
	grant(300000, "b")
	claimable(0)
	if over := r.Over(b); over != partner.Yuan(20000) {
		t.Errorf("over by %v", over)
	}
	if _, err := rule(t, benefit.NRE).Count(b, benefit.Count{Amount: 1}); key(err) != "benefit.count.none" {
		t.Errorf("got %v", err)
	}
}

func TestDates(t *testing.T) {
	c, zone := calendar(t), time.FixedZone("Asia/Shanghai", 8*3600)
	for _, x := range []struct {
		name   string
		kind   benefit.Kind
		state  string
		values map[string]string
		since  time.Time
		change func(*benefit.Benefit)
		want   string // the next day; empty: none
		ladder remind.Kind
	}{
		{"a label of this year", benefit.Label, "open", map[string]string{"obtained": "2026-03-05"}, noon, nil, "2026-12-31", remind.YearEnd},
		{"a label of the last day", benefit.Label, "open", map[string]string{"obtained": "2026-12-31"}, noon, nil, "2026-12-31", remind.YearEnd},
		{"a label of the year before", benefit.Label, "open", map[string]string{"obtained": "2025-12-31"}, noon, nil, "2025-12-31", remind.YearEnd},
		{"all three applied for", benefit.Label, "open", map[string]string{"obtained": "2026-03-05"}, noon, func(b *benefit.Benefit) {
			b.Ticks = []benefit.Tick{{Box: "training"}, {Box: "exam"}, {Box: "cash"}}
		}, "", ""},
		{"two of three", benefit.Label, "open", map[string]string{"obtained": "2026-03-05"}, noon, func(b *benefit.Benefit) {
			b.Ticks = []benefit.Tick{{Box: "training"}, {Box: "cash"}}
		}, "2026-12-31", remind.YearEnd},
		{"applied for", benefit.Label, "applied", map[string]string{"obtained": "2026-03-05"}, noon, nil, "", ""},
		{"a customer, day 1 of 15", benefit.Registration, "pending", map[string]string{"registered": "2026-11-20"}, noon, nil, "2026-12-04", remind.Registration},
		{"a customer over the new year", benefit.Registration, "registered", map[string]string{"registered": "2026-12-25"}, noon, nil, "2027-01-08", remind.Registration},
		{"a customer who is there", benefit.Registration, "associated", map[string]string{"registered": "2026-11-20"}, noon, nil, "", ""},
		{"coupons with a day, none granted", benefit.TestCoupon, "cloud", map[string]string{"until": "2026-12-31"}, noon, nil, "2026-12-31", remind.Window},
		{"coupons used up", benefit.TestCoupon, "cloud", map[string]string{"until": "2026-12-31"}, noon, func(b *benefit.Benefit) {
			b.Counts = []benefit.Count{{Amount: 5}, {Amount: 5, Use: true}}
		}, "", ""},
		{"coupons, some left", benefit.TestCoupon, "cloud", map[string]string{"until": "2026-12-31"}, noon, func(b *benefit.Benefit) {
			b.Counts = []benefit.Count{{Amount: 5}, {Amount: 4, Use: true}, {Amount: 1, Use: true, Void: true}}
		}, "2026-12-31", remind.Window},
		{"an invoice before the holiday", benefit.Invoice, "pending", map[string]string{"submitted": "2026-09-30", "form": "paper"}, noon, nil, "2026-10-08", remind.FollowUp},
		{"a paper invoice over a worked Saturday", benefit.Invoice, "issuing", map[string]string{"submitted": "2026-09-01", "form": "paper"}, time.Date(2026, 10, 8, 17, 0, 0, 0, time.UTC), nil, "2026-10-13", remind.FollowUp},
		{"an electronic one, the same day there", benefit.Invoice, "issuing", map[string]string{"submitted": "2026-09-01", "form": "electronic"}, time.Date(2026, 10, 8, 17, 0, 0, 0, time.UTC), nil, "2026-10-09", remind.FollowUp},
		{"no day given", benefit.MDF, "approved", nil, noon, nil, "", ""},
	} {
		t.Run(x.name, func(t *testing.T) {
			b := benefit.Benefit{Kind: x.kind, State: x.state, Values: x.values, Since: x.since}
			if x.change != nil {
				x.change(&b)
			}
			d, is := rule(t, x.kind).Next(b, c, zone)
			if d.Day.String() != x.want || is != (x.want != "") || d.Rule.Ladder != x.ladder {
				t.Errorf("got %s %s %v, want %s %s", d.Day, d.Rule.Ladder, is, x.want, x.ladder)
			}
		})
	}
}

// Whenever in a year a label was obtained, the last call comes on the last
// working day of that year, and nothing is told on a day nobody works.
func TestDates_AYearOfLabels(t *testing.T) {
	c, zone := calendar(t), time.FixedZone("Asia/Shanghai", 8*3600)
	r := rule(t, benefit.Label)
	for _, year := range []int{2025, 2026, 2027, 2028, 2033} {
		for day := worktime.On(year, time.January, 1); day.Year == year; day = day.Add(1) {
			b := benefit.Benefit{Kind: benefit.Label, State: "open", Values: map[string]string{"name": "大数据", "obtained": day.String()}}
			next, is := r.Next(b, c, zone)
			if !is || next.Day != worktime.On(year, time.December, 31) {
				t.Fatalf("obtained on %s: got %s", day, next.Day)
			}
			if day.Day != 1 {
				continue // the ladder is the same for all of them
			}
			d := remind.Deadline{State: remind.Open, Source: remind.Benefits, Kind: next.Rule.Ladder, Due: next.Day, End: next.Day.End(zone)}
			f := remind.Facts{Now: day.At(0, zone), Zone: zone, Hours: worktime.Office(), Calendar: c}
			last := worktime.Date{}
			for _, p := range remind.Preview(d, f, d.End.AddDate(0, 1, 0)) {
				on := worktime.DateIn(p.At, zone)
				if !c.Works(on) {
					t.Errorf("%d: rung %d on %s, when nobody works", year, p.Rung, on)
				}
				if p.Rung == remind.LastCall {
					last = on
				}
			}
			if want := c.LastOf(year, time.December); last != want {
				t.Errorf("%d: last call on %s, want %s", year, last, want)
			}
		}
	}
}

func TestRule_OutsideThePublishedWindow(t *testing.T) {
	r := rule(t, benefit.Label)
	for day, want := range map[string]bool{"2024-12-31": true, "2025-01-01": false, "2025-12-31": false, "2026-01-01": true, "": false} {
		if got := r.Outside(benefit.Benefit{Values: map[string]string{"obtained": day}}); got != want {
			t.Errorf("%s: outside is %v", day, got)
		}
	}
}
