package handlers_test

import (
	"context"
	"os"
	"testing"
	"time"

	"partnerdesk/bot"
	"partnerdesk/handlers"
	"partnerdesk/handlers/access"
	"partnerdesk/handlers/money"
	"partnerdesk/handlers/partner"
)

// A backup, then a call, then the loss: the restored desk finds the call's record
// and never makes it a second time; what was made since and is in no row shows.
func TestRestore_NothingTwice(t *testing.T) {
	o := newFront(t, access.SolutionProvider, money.Policy{})
	customers := o.customers(t)
	made, never := o.reserved(t, grant(300, customers[0])), o.reserved(t, o.issue(t, 100, customers[1]))
	draft := o.issue(t, 55, customers[2])
	draft.Team, draft.ID, draft.Requester, draft.Account, draft.Lang = "T1", nextID(), anna, bot.Operator(), "zh-CN"
	draft, err := money.New(draft, o.clock())
	if err != nil {
		t.Fatal(err)
	}
	if err := o.Store.Update(t.Context(), func(tx bot.Tx) error { return o.PutOperation(tx, draft) }); err != nil {
		t.Fatal(err)
	}
	file, err := os.CreateTemp(t.TempDir(), "backup")
	if err != nil {
		t.Fatal(err)
	}
	if err := o.db.Copy(t.Context(), file); err != nil {
		t.Fatal(err)
	}
	backup := o.clock()
	o.advance(time.Minute)
	// After the backup one operation is sent, and another one is made and sent.
	o.freeze(t, "nothing")
	if err := o.Store.Update(t.Context(), func(tx bot.Tx) error {
		_, _, err := money.Change(o.Store, tx, "T1", never.ID, o.clock(), nil, money.Plain(func(op money.Operation, b money.Books) (money.Operation, money.Books, error) {
			return op.Withdraw(anna, op.Rev, b, o.clock())
		}))
		return err
	}); err != nil {
		t.Fatal(err)
	}
	lost := o.reserved(t, grant(71, customers[3]))
	o.round(t)
	o.round(t)
	if o.operation(t, made.ID).State != money.Done || o.operation(t, lost.ID).State != money.Done {
		t.Fatal("nothing was made after the backup")
	}

	// The loss, and the restore.
	if err := o.db.Close(); err != nil {
		t.Fatal(err)
	}
	o.db = nil
	o.path = file.Name()
	o.start(t)
	restored := o.clock()
	live, err := o.LiveOperations(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, op := range live {
		if err := o.Store.Update(t.Context(), func(tx bot.Tx) error {
			_, _, err := money.Change(o.Store, tx, "T1", op.ID, restored, nil, money.Plain(func(op money.Operation, b money.Books) (money.Operation, money.Books, error) {
				op, b, _ = op.FromBackup(backup, restored, b, restored)
				return op, b, nil
			}))
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	held := true
	worker := handlers.NewMoneyWorker(handlers.MoneyWorkerOptions{Deps: o.deps, Store: o.moneyWorld,
		Held:   func(context.Context) (bool, error) { return held, nil },
		Backup: func(context.Context) (time.Time, error) { return backup, nil }})
	round := func() {
		t.Helper()
		for range 10 {
			if err := worker.Round(t.Context()); err != nil {
				t.Fatal(err)
			}
			o.advance(5 * time.Minute)
		}
	}
	round()
	if got := o.operation(t, made.ID); got.State != money.Done || got.Moved() != partner.Yuan(300) {
		t.Errorf("the one that was made is %s with %s", got.State, got.Moved())
	}
	if got := o.operation(t, never.ID); got.State != money.Unknown || !got.Releasable(o.deps.Money.Policy, o.clock()) {
		t.Errorf("the one that was not made is %s", got.State)
	}
	if got := o.operation(t, draft.ID); got.State != money.Refused || !got.Watched() {
		t.Errorf("the preview is %s", got.State)
	}
	n := o.night(t, "2026-11-20")
	if open := n.Open(); len(open) != 1 || open[0].Mark != money.NoLedger || open[0].Found != partner.Yuan(71) {
		t.Errorf("what no row knows: %+v", open)
	}
	held = false
	round()
	o.free(t, never)
	o.round(t)
	for _, op := range []money.Operation{made, lost} {
		if n, sum := o.effects(t, op); n != 1 || sum != op.Total() {
			t.Errorf("%s has %d effects of %s", op.ID, n, sum)
		}
	}
	if n, _ := o.effects(t, never); n != 0 {
		t.Errorf("the one that was withdrawn has %d effects", n)
	}
	if o.operation(t, never.ID).Restored.IsZero() || o.operation(t, made.ID).Restored.IsZero() {
		t.Error("nothing says that they came out of a backup")
	}
}
