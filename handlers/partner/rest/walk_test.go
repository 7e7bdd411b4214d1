package rest_test

import (
	"math/rand/v2"
	"testing"

	"partnerdesk/handlers/partner"
	"partnerdesk/handlers/partner/sandbox"
)

// A random walk of money through the world, with trouble on the way: nothing is
// lost, nothing is made, nothing happens twice.
func TestWalk_ConservesMoneyUnderFaults(t *testing.T) {
	b := newBench(t, sandbox.Options{})
	f, ctx := learn(t, b.Client), t.Context()
	money, vouchers := cash(t, b.Client), value(t, b.Client)
	dice := rand.New(rand.NewPCG(7, 7))
	faults := []string{"", "", "", sandbox.Throttle, sandbox.ErrorBefore, sandbox.ErrorAfter, sandbox.DropBefore, sandbox.DropAfter, sandbox.Truncate, sandbox.Empty200}
	var coupons, children []string
	sum := func() partner.Fen { return partner.Fen(dice.IntN(40000) - 500) }
	writes := []func() error{
		func() error { return first(b.GrantCustomer(ctx, "", f.acme, sum())) },
		func() error { return first(b.ReclaimCustomer(ctx, "", f.acme, sum())) },
		func() error { return first(b.GrantReseller(ctx, f.reseller, sum())) },
		func() error { return first(b.ReclaimReseller(ctx, f.reseller, sum())) },
		func() error { return first(b.GrantCustomer(ctx, f.reseller, f.foreign, sum())) },
		func() error {
			got, err := b.Issue(ctx, "", partner.Issue{QuotaID: f.quota, CustomerIDs: []string{f.acme, f.referral}, FaceValue: sum()})
			for _, c := range got.Coupons {
				coupons = append(coupons, c.CouponID)
			}
			return err
		},
		func() error { return first(b.ReclaimCoupon(ctx, "", pick(dice, coupons))) },
		func() error {
			got, err := b.GiveQuota(ctx, partner.QuotaGift{QuotaID: f.quota, Resellers: []partner.Account{f.reseller}, Amount: sum()})
			for _, d := range got.Done {
				children = append(children, d.ID)
			}
			return err
		},
		func() error { return first(b.ReclaimQuotas(ctx, []string{pick(dice, children)}, "")) },
	}
	for range 300 {
		if kind := faults[dice.IntN(len(faults))]; kind != "" {
			if err := b.world.Inject(sandbox.Fault{Kind: kind}); err != nil {
				t.Fatal(err)
			}
		}
		before := len(b.world.Calls())
		err := writes[dice.IntN(len(writes))]()
		effects := 0
		for _, c := range b.world.Calls()[before:] {
			if c.Effect {
				effects++
			}
		}
		if effects > 1 || effects == 1 && err != nil && partner.EffectOf(err) != partner.EffectUnknown || effects == 0 && err == nil {
			t.Fatalf("%d effects with %v", effects, err)
		}
		b.Client = newClient(t, b) // circuits are not under test here
	}
	b.world.Forget()
	total := 0
	for _, c := range b.world.Calls() {
		if c.Effect {
			total++
		}
	}
	if total < 50 {
		t.Errorf("only %d of 300 writes did anything", total)
	}
	if got := cash(t, b.Client); got != money {
		t.Errorf("cash was %s, is %s", money, got)
	}
	if got := value(t, b.Client); got != vouchers {
		t.Errorf("vouchers were %s, are %s", vouchers, got)
	}
}

func pick(dice *rand.Rand, ids []string) string {
	if len(ids) == 0 {
		return "nothing"
	}
	return ids[dice.IntN(len(ids))]
}
