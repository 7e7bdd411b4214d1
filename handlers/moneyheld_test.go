package handlers_test

import (
	"context"
	"testing"

	"partnerdesk/handlers"
	"partnerdesk/handlers/access"
	"partnerdesk/handlers/money"
)

// While a restored store is in quarantine no money moves; afterwards it does,
// once.
func TestMoneyWorker_Held(t *testing.T) {
	w := newMoneyWorld(t, access.SolutionProvider, money.Policy{})
	o := w.reserved(t, grant(300, w.customers(t)[0]))
	held := true
	m := handlers.NewMoneyWorker(handlers.MoneyWorkerOptions{Deps: w.deps, Store: w, Held: func(context.Context) (bool, error) { return held, nil }})
	for range 2 {
		if err := m.Round(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if n, _ := w.effects(t, o); n != 0 || w.operation(t, o.ID).State != money.Reserved {
		t.Errorf("%d effects while held, %s", n, w.operation(t, o.ID).State)
	}
	held = false
	for range 2 {
		if err := m.Round(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if n, _ := w.effects(t, o); n != 1 || w.operation(t, o.ID).State != money.Done {
		t.Errorf("%d effects afterwards, %s", n, w.operation(t, o.ID).State)
	}
}
