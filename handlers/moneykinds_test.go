package handlers_test

import (
	"errors"
	"testing"
	"time"

	"partnerdesk/bot"
	"partnerdesk/data/store"
	"partnerdesk/handlers/access"
	"partnerdesk/handlers/money"
	"partnerdesk/handlers/partner"
	"partnerdesk/handlers/partner/sandbox"
)

// everyKind makes one operation of each kind that can work in a distributor's
// world, with the name of its call.
func everyKind(t *testing.T, w *moneyWorld) map[money.Kind]money.Operation {
	t.Helper()
	var reseller partner.Reseller
	for r, err := range w.center.Resellers(t.Context(), partner.ResellerQuery{}) {
		if err != nil {
			t.Fatal(err)
		}
		reseller = r
	}
	side := []money.Party{{ID: string(reseller.ID), Name: reseller.Name}}
	customers := w.customers(t)
	list := map[money.Kind]money.Operation{
		money.IssueCoupon:   w.issue(t, 100, customers[:2]...),
		money.GrantCustomer: grant(120, customers[0]),
		money.GrantReseller: {Kind: money.GrantReseller, Amount: partner.Yuan(130), Parties: side},
		money.GiveQuota:     {Kind: money.GiveQuota, Quota: w.quota(t).ID, Amount: partner.Yuan(140), Parties: side},
	}
	back := grant(110, customers[0])
	back.Kind = money.ReclaimCustomer
	list[money.ReclaimCustomer] = back
	list[money.ReclaimReseller] = money.Operation{Kind: money.ReclaimReseller, Amount: partner.Yuan(150), Parties: side}
	for c, err := range w.center.Coupons(t.Context(), partner.Operator, partner.CouponQuery{Status: partner.CouponUsable}) {
		if err != nil {
			t.Fatal(err)
		}
		list[money.ReclaimCoupon] = money.Operation{Kind: money.ReclaimCoupon, Coupon: c.ID, Amount: c.Balance, Parties: []money.Party{{ID: c.CustomerID, Name: "x"}}}
	}
	for q, err := range w.center.GivenQuotas(t.Context(), partner.GivenQuery{Reseller: reseller.ID}) {
		if err != nil {
			t.Fatal(err)
		}
		list[money.ReclaimQuota] = money.Operation{Kind: money.ReclaimQuota, Quota: q.ID, Amount: q.Balance, Parties: side}
	}
	return list
}

// Each kind of operation is done, and each one whose answer was lost is found
// again in the partner center's records, once they show it, without a second
// call.
func TestMoneyWorker_EveryKind(t *testing.T) {
	for _, fault := range []string{"", sandbox.DropAfter, sandbox.DropBefore} {
		for _, kind := range money.Kinds() {
			t.Run(string(kind)+" "+fault, func(t *testing.T) {
				w := newMoneyWorld(t, access.Distributor, money.Policy{})
				o, is := everyKind(t, w)[kind]
				if !is {
					t.Fatal("the world has nothing to do it with")
				}
				o = w.reserved(t, o)
				w.advance(time.Hour) // so that older records are behind the window in which one may be ours
				if fault != "" {
					w.world.SetLag(4 * time.Minute)
					if err := w.world.Inject(sandbox.Fault{Op: string(kind), Kind: fault}); err != nil {
						t.Fatal(err)
					}
				}
				w.round(t)
				if got := w.operation(t, o.ID); fault != "" && got.State != money.Unknown {
					t.Fatalf("got %s, %s", got.State, got.Fault)
				}
				for range 12 {
					w.advance(4 * time.Minute)
					w.round(t)
				}
				want := money.Done
				if fault == sandbox.DropBefore {
					want = money.Unknown
				}
				if got := w.operation(t, o.ID); got.State != want {
					t.Errorf("got %s, %s, candidates %v", got.State, got.Fault, got.Candidates)
				}
				calls := 0
				for _, c := range w.world.Calls() {
					if c.Op == string(kind) && c.Effect {
						calls++
					}
				}
				if want := map[bool]int{true: 0, false: 1}[fault == sandbox.DropBefore]; calls != want {
					t.Errorf("%d calls had an effect, want %d", calls, want)
				}
			})
		}
	}
}

// What is known of value does not wait for a message to be delivered: a person
// whose conversation is full gets no receipt, and the result is kept all the
// same.
func TestMoneyWorker_AFullConversation(t *testing.T) {
	w := newMoneyWorld(t, access.SolutionProvider, money.Policy{})
	for full := false; !full; {
		err := w.Store.Update(t.Context(), func(tx bot.Tx) error {
			return tx.Post(bot.Post{To: bot.Target{Kind: bot.TargetPerson, Person: anna}, Reply: bot.Say(bot.Text("x")), Created: noon})
		})
		if full = errors.Is(err, store.ErrBacklog); err != nil && !full {
			t.Fatal(err)
		}
	}
	o := w.reserved(t, grant(300, w.customers(t)[0]))
	w.round(t)
	if got := w.operation(t, o.ID); got.State != money.Done || got.Shown != got.Rev {
		t.Errorf("got %s, shown %d of %d", got.State, got.Shown, got.Rev)
	}
}
