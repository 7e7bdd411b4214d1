package handlers_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"partnerdesk/bot"
	"partnerdesk/data"
	"partnerdesk/handlers"
	"partnerdesk/handlers/benefit"
	"partnerdesk/handlers/remind"
	"partnerdesk/handlers/worktime"
)

// withRegister lets the ward keep a register with a few rows, put there as an
// import does: without their deadlines.
func (w *ward) withRegister(t *testing.T, rows ...benefit.Benefit) *ward {
	t.Helper()
	policy, err := data.BenefitPolicy()
	must(t, err)
	w.deps.Register = &handlers.Register{Book: w.Store, Policy: policy, Calendar: w.deps.Remind.Calendar}
	must(t, w.Store.Update(t.Context(), func(tx bot.Tx) error {
		for _, b := range rows {
			b.Team, b.Account, b.Opened, b.Since, b.Changed = "T1", bot.Operator(), w.now, w.now, w.now
			if err := w.PutBenefit(tx, b); err != nil {
				return err
			}
		}
		return nil
	}))
	return w
}

var aLabel = benefit.Benefit{ID: "BF-1", Kind: benefit.Label, Owner: dora, State: "open", Values: map[string]string{"name": "大数据", "obtained": "2026-03-05"}}

func TestBenefitSource(t *testing.T) {
	w := newWard(t)
	w.withRegister(t, aLabel,
		benefit.Benefit{ID: "BF-2", Kind: benefit.Registration, Owner: anna, State: "registered", Values: map[string]string{"name": "艾克美", "registered": "2026-11-18"}},
		benefit.Benefit{ID: "BF-3", Kind: benefit.Label, Owner: dora, State: "granted", Values: map[string]string{"name": "数据库", "obtained": "2026-03-05"}},
		benefit.Benefit{ID: "BF-4", Kind: benefit.MDF, Owner: dora, State: "approved", Values: map[string]string{"name": "峰会"}},
	)
	must(t, w.read(t, "benefits"))
	named := w.named(t, "benefits")
	if len(named) != 2 {
		t.Errorf("%d dates, want two: %v", len(named), named)
	}
	if d := named["BF-1/apply"]; d.Due != worktime.On(2026, 12, 31) || d.Kind != remind.YearEnd || d.Owner != dora || d.Source != remind.Benefits {
		t.Errorf("got %+v", d)
	}
	if d := named["BF-2/expires"]; d.Due != worktime.On(2026, 12, 2) || d.Kind != remind.Registration || d.Owner != anna {
		t.Errorf("got %+v", d)
	}
	must(t, w.read(t, "benefits")) // nothing new
	moved := aLabel
	moved.Owner, moved.Values = anna, map[string]string{"name": "大数据", "obtained": "2025-03-05"}
	w.now = w.now.Add(time.Hour)
	w.withRegister(t, moved)
	must(t, w.read(t, "benefits"))
	if d := w.named(t, "benefits")["BF-1/apply"]; d.Due != worktime.On(2025, 12, 31) || d.Owner != anna {
		t.Errorf("moved and handed over: %+v", d)
	}
}

// noBenefits is a register that cannot be read.
type noBenefits struct{ benefit.Book }

func (noBenefits) Benefits(context.Context, string, bot.Account) ([]benefit.Benefit, error) {
	return nil, errDown
}

func TestBenefitSource_AFailureKeepsMarksAndTellsOnce(t *testing.T) {
	w := newWard(t).withRegister(t, aLabel)
	must(t, w.read(t, "benefits"))
	whole := w.deps.Register.Book
	w.deps.Register.Book = noBenefits{}
	for range 3 {
		w.now = w.now.Add(time.Hour)
		if err := w.read(t, "benefits"); !errors.Is(err, errDown) {
			t.Errorf("the job says %v", err)
		}
	}
	w.deliver(t)
	if d := w.named(t, "benefits")["BF-1/apply"]; !d.Stale || d.Due != worktime.On(2026, 12, 31) {
		t.Errorf("got %+v", d)
	}
	told := w.to(chen)
	if len(told) != 1 {
		t.Fatalf("told %d times", len(told))
	}
	has(t, told[0], "benefit register", "2026-11-20 12:00")
	w.deps.Register.Book = whole
	must(t, w.read(t, "benefits"))
	if d := w.named(t, "benefits")["BF-1/apply"]; d.Stale {
		t.Error("still stale")
	}
}

// TestBenefitSource_ALabelNobodyTouches walks from November into January: the
// owner hears on every rung, the last call comes on the last working day, and
// the ecosystem manager hears of it without its name.
func TestBenefitSource_ALabelNobodyTouches(t *testing.T) {
	w := newWard(t).withRegister(t, aLabel)
	must(t, w.read(t, "benefits"))
	for day := worktime.On(2026, 11, 20); day.Before(worktime.On(2027, 1, 6)); day = day.Add(1) {
		for _, clock := range []string{"09:00", "13:00", "17:30"} {
			must(t, w.at(t, day.String()+" "+clock))
		}
	}
	d, found := w.deadline(t, "BF-1/apply")
	if !found {
		t.Fatal("no deadline")
	}
	var rungs []remind.Rung
	for _, s := range d.Sent {
		if s.To == remind.ToOwner {
			rungs = append(rungs, s.Rung)
			if s.Rung == remind.LastCall && worktime.DateIn(s.At, shanghai) != w.deps.Remind.Calendar.LastOf(2026, time.December) {
				t.Errorf("last call at %s", s.At)
			}
		}
	}
	if len(rungs) != 7 || rungs[5] != remind.LastCall || rungs[6] != remind.Overdue { // 30 14 7 3 1 0, overdue; 60 and 45 lie before
		t.Errorf("rungs %v", rungs)
	}
	heard := false
	for _, m := range w.to(boris) {
		heard = true
		if strings.Contains(m.text, "大数据") {
			t.Errorf("the manager reads the name: %s", m.text)
		}
	}
	if !heard {
		t.Error("the manager heard nothing of a shared benefit")
	}
	for _, m := range w.to(dora) {
		has(t, m, "大数据")
	}
}

func (w *ward) deadline(t *testing.T, about string) (remind.Deadline, bool) {
	t.Helper()
	rows, err := w.Deadlines(t.Context(), "T1", bot.Operator())
	must(t, err)
	for _, d := range rows {
		if d.Seed == "benefits/"+about {
			return d, true
		}
	}
	return remind.Deadline{}, false
}
