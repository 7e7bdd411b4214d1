package handlers_test

import (
	"strings"
	"testing"
	"time"

	"partnerdesk/bot"
	"partnerdesk/data/store"
	"partnerdesk/handlers"
	"partnerdesk/handlers/access"
	"partnerdesk/handlers/money"
	"partnerdesk/handlers/partner"
	"partnerdesk/handlers/partner/sandbox"
)

// job runs one of the desk's jobs once, at the clock's moment.
func (w *moneyWorld) job(t testing.TB, name string) {
	t.Helper()
	for _, j := range handlers.Jobs(handlers.JobOptions{Deps: w.deps, Store: w}) {
		if j.Name == name {
			if err := j.Run(t.Context(), w.clock()); err != nil {
				t.Fatal(err)
			}
			return
		}
	}
	t.Fatalf("no job %s", name)
}

// until moves the clock on to a wall-clock time of Shanghai in November 2026.
func (w *moneyWorld) until(t testing.TB, s string) {
	t.Helper()
	at, err := time.ParseInLocation("2006-01-02 15:04", "2026-"+s, time.FixedZone("Asia/Shanghai", 8*3600))
	if err != nil {
		t.Fatal(err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if at.Before(w.now) {
		t.Fatalf("%s is over", s)
	}
	w.now = at
}

func (w *moneyWorld) night(t testing.TB, day string) money.Night {
	t.Helper()
	rows, err := w.Nights(t.Context(), "T1", bot.Operator())
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range rows {
		if n.Day == day {
			return n
		}
	}
	t.Fatalf("no comparison of %s in %+v", day, rows)
	return money.Night{}
}

// A day on which somebody granted in the console: the lead hears of it once, in
// working hours, and a lead's word ends it.
func TestNight_WhatNeitherExplains(t *testing.T) {
	o := newFront(t, access.SolutionProvider, money.Policy{})
	customers := o.customers(t)
	done := o.reserved(t, grant(300, customers[0]))
	coupons := o.reserved(t, o.issue(t, 100, customers[:2]...))
	o.round(t)
	o.round(t)
	if _, err := o.center.GrantCustomer(t.Context(), partner.Operator, customers[1].ID, partner.Yuan(70)); err != nil {
		t.Fatal(err)
	}
	if _, err := o.center.Issue(t.Context(), partner.Operator, partner.Issue{QuotaID: coupons.Quota, CustomerIDs: []string{customers[2].ID}, FaceValue: partner.Yuan(11), Memo: "by hand"}); err != nil {
		t.Fatal(err)
	}
	o.reads(t)

	o.until(t, "11-21 01:30") // a Saturday
	o.job(t, "money-night")
	n := o.night(t, "2026-11-20")
	if n.Operations != 2 || n.Agreed != partner.Yuan(500) || n.Records != 5 || len(n.Findings) != 2 {
		t.Fatalf("got %+v, after %s and %s", n, done.ID, coupons.ID)
	}
	if read := o.reads(t); len(read) != 0 {
		t.Errorf("at night and at the weekend somebody reads %q", words(read[chen]))
	}
	o.until(t, "11-23 09:05")
	o.job(t, "money-night")
	read := o.reads(t)
	card := words(read[chen])
	if !strings.Contains(card, "70.00") || !strings.Contains(card, "11.00") || strings.Contains(card, "300.00") {
		t.Errorf("the lead reads %q", card)
	}
	if len(read[boris])+len(read[dora]) != 0 {
		t.Errorf("others read %q, %q", words(read[boris]), words(read[dora]))
	}
	o.advance(time.Hour)
	o.job(t, "money-night")
	if read := o.reads(t); len(read) != 0 {
		t.Errorf("the same is told twice: %q", words(read[chen]))
	}

	// Only a lead's word counts, and it needs one.
	press := button(t, read[chen], "desk.night")
	if form := o.clicks(t, boris, press); form != nil {
		t.Error("an approver gets the form")
	}
	if s := words(o.reads(t)[boris]); !strings.Contains(s, "只有运营负责人") {
		t.Errorf("boris reads %q", s)
	}
	form := o.clicks(t, chen, press)
	if form == nil {
		t.Fatalf("no form: %q", words(o.reads(t)[chen]))
	}
	o.fills(t, chen, form, map[string]string{"note": "paid by hand while the desk was down"})
	if s := words(o.reads(t)[chen]); !strings.Contains(s, "Acknowledged") || !strings.Contains(s, customers[1].Name) || !strings.Contains(s, "1 left") {
		t.Errorf("chen reads %q", s)
	}
	o.says(t, boris, "desk", "")
	o.says(t, anna, "desk", "")
	read = o.reads(t)
	if s := words(read[boris]); !strings.Contains(s, "台账与记录待说明 1") {
		t.Errorf("an approver's help: %q", s[:200])
	}
	if s := words(read[anna]); strings.Contains(s, "待说明") {
		t.Errorf("staff's help: %q", s[:200])
	}
	n = o.night(t, "2026-11-20")
	if len(n.Open()) != 1 {
		t.Errorf("open: %+v", n.Open())
	}
	o.until(t, "11-24 02:00")
	o.job(t, "money-night")
	if n := o.night(t, "2026-11-20"); len(n.Open()) != 1 || len(n.Findings) != 2 {
		t.Errorf("another look forgets the word: %+v", n)
	}
	var lines []string
	if err := o.AuditLines(t.Context(), "T1", "reconcile/operator", func(l store.AuditLine) { lines = append(lines, l.Action) }); err != nil {
		t.Fatal(err)
	}
	if s := strings.Join(lines, " "); !strings.Contains(s, "money.night money.night.told money.night.ack") && !strings.Contains(s, "money.night.ack") {
		t.Errorf("audited: %s", s)
	}
}

// When all agrees nobody is written to, and the month has its line.
func TestNight_QuietWhenAllAgrees(t *testing.T) {
	o := newFront(t, access.SolutionProvider, money.Policy{})
	o.reserved(t, grant(300, o.customers(t)[0]))
	o.round(t)
	o.reads(t)
	for range 24 * 16 {
		o.advance(time.Hour)
		o.job(t, "money-night")
	}
	if read := o.reads(t); len(read) != 0 {
		t.Errorf("the lead reads %q", words(read[chen]))
	}
	rows, err := o.Nights(t.Context(), "T1", bot.Operator())
	if err != nil || len(rows) < 14 {
		t.Fatalf("%d days, %v", len(rows), err)
	}
	for _, n := range rows {
		if n.Looks == 0 && n.Day == "2026-11-19" {
			continue // where it began
		}
		if n.Looks == 0 || n.Looks > money.NightBack || len(n.Findings) > 0 {
			t.Errorf("%+v", n)
		}
	}
	months := 0
	if err := o.AuditLines(t.Context(), "T1", "reconcile/operator", func(l store.AuditLine) {
		if l.Action == "money.night.month" {
			months++
		}
	}); err != nil || months != 1 {
		t.Errorf("%d lines for the month, %v", months, err)
	}
	o.says(t, chen, "desk", "reconcile")
	if s := words(o.reads(t)[chen]); !strings.Contains(s, "all agreed") || !strings.Contains(s, "2026-11-20") && !strings.Contains(s, "2026-12") {
		t.Errorf("chen reads %q", s)
	}
}

// A record that shows after somebody released the operation is claimed, and the
// lead is alarmed at once.
func TestLate_TheRecordAppearsAfterTheRelease(t *testing.T) {
	for name, kind := range map[string]money.Kind{"cash": money.GrantCustomer, "coupons": money.IssueCoupon} {
		t.Run(name, func(t *testing.T) {
			o := newFront(t, access.SolutionProvider, money.Policy{})
			customers := o.customers(t)
			op := grant(300, customers[0])
			if kind == money.IssueCoupon {
				op = o.issue(t, 100, customers[:2]...)
			}
			op = o.reserved(t, op)
			o.world.SetLag(30 * time.Hour)
			if err := o.world.Inject(sandbox.Fault{Op: string(kind), Kind: sandbox.DropAfter}); err != nil {
				t.Fatal(err)
			}
			for range 12 {
				_ = o.worker().Round(t.Context())
				o.advance(5 * time.Minute)
				o.world.Forget()
			}
			o.free(t, op)
			// A person grants by hand what was judged not to have happened: not the operation's.
			o.advance(time.Hour)
			o.round(t)
			if kind == money.GrantCustomer {
				if _, err := o.center.GrantCustomer(t.Context(), partner.Operator, customers[0].ID, op.Amount); err != nil {
					t.Fatal(err)
				}
			}
			o.reads(t)
			for range 40 {
				o.round(t)
				o.advance(time.Hour)
			}
			after := o.operation(t, op.ID)
			if after.State != money.Done || after.Moved() != op.Total() || after.Late.IsZero() || after.Watched() {
				t.Fatalf("got %s with %s moved, late %v, watched %v", after.State, after.Moved(), after.Late, after.Watched())
			}
			if s := words(o.reads(t)[chen]); strings.Count(s, "did move") != 1 {
				t.Errorf("the lead reads %q", s)
			}
			o.until(t, "11-23 02:00")
			o.job(t, "money-night")
			n := o.night(t, "2026-11-20")
			if want := map[money.Kind]int{money.GrantCustomer: 1}[kind]; len(n.Findings) != want {
				t.Errorf("the night finds %+v", n.Findings)
			}
		})
	}
}

// The watch ends: who released is right, and nobody looks any more.
func TestLate_TheWatchEnds(t *testing.T) {
	o := newFront(t, access.SolutionProvider, money.Policy{})
	op := o.reserved(t, grant(300, o.customers(t)[0]))
	if err := o.world.Inject(sandbox.Fault{Op: string(op.Kind), Kind: sandbox.DropBefore}); err != nil {
		t.Fatal(err)
	}
	for range 12 {
		_ = o.worker().Round(t.Context())
		o.advance(5 * time.Minute)
		o.world.Forget()
	}
	o.free(t, op)
	if !o.operation(t, op.ID).Watched() {
		t.Fatal("nobody watches")
	}
	for range 9 * 24 {
		o.round(t)
		o.advance(time.Hour)
	}
	after := o.operation(t, op.ID)
	if after.State != money.Refused || after.Watched() {
		t.Errorf("got %s, watched %v", after.State, after.Watched())
	}
	if live, err := o.LiveOperations(t.Context()); err != nil || len(live) != 0 {
		t.Errorf("%d live, %v", len(live), err)
	}
	if after.Looks > 90 {
		t.Errorf("looked %d times", after.Looks)
	}
}
