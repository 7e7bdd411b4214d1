package handlers_test

import (
	"testing"
	"time"

	"partnerdesk/handlers/access"
	"partnerdesk/handlers/money"
	"partnerdesk/handlers/partner"
	"partnerdesk/handlers/partner/sandbox"
)

// What somebody does by hand in the partner center's pages, long after a request
// of ours can have had an effect, is not taken for that effect, however much it
// looks like it.
func TestMoneyWorker_ByHandLater(t *testing.T) {
	w := newMoneyWorld(t, access.SolutionProvider, money.Policy{})
	c := w.customers(t)[0]
	o := w.reserved(t, grant(300, c))
	if err := w.world.Inject(sandbox.Fault{Op: "customer-grant", Kind: sandbox.DropBefore}); err != nil {
		t.Fatal(err)
	}
	w.round(t)
	w.world.Forget()
	w.advance(20 * time.Minute)
	if _, err := w.center.GrantCustomer(t.Context(), partner.Operator, c.ID, o.Amount); err != nil {
		t.Fatal(err)
	}
	for range 6 {
		w.advance(5 * time.Minute)
		w.round(t)
	}
	if got := w.operation(t, o.ID); got.State != money.Unknown || len(got.Candidates) != 0 {
		t.Errorf("got %s, candidates %v, want unknown without any", got.State, got.Candidates)
	}
}
