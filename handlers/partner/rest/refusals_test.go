package rest_test

import (
	"context"
	"strings"
	"testing"

	"partnerdesk/handlers/partner"
	"partnerdesk/handlers/partner/rest"
	"partnerdesk/handlers/partner/sandbox"
)

// refusal is one call that must be refused with a class and a code; local means
// before anything is sent.
type refusal struct {
	name  string
	do    func(context.Context) error
	class partner.Class
	code  string
	local bool
}

func first[T any](v T, err error) error { return err }

func refusals(c *rest.Client, f facts) map[string][]refusal {
	long := strings.Repeat("x", 65)
	many := make([]string, 101)
	for i := range many {
		many[i] = strings.Repeat("y", i%60+1) + string(rune('a'+i%26)) + string(rune('a'+i/26))
	}
	issue := func(i partner.Issue) func(context.Context) error {
		return func(ctx context.Context) error { return first(c.Issue(ctx, "", i)) }
	}
	fromQuota := func(n int, face partner.Fen) func(context.Context) error {
		return func(ctx context.Context) error {
			qs, err := take(c.Quotas(ctx, "", partner.QuotaQuery{}))
			if err != nil {
				return err
			}
			return first(c.Issue(ctx, "", partner.Issue{QuotaID: qs[n].ID, CustomerIDs: []string{f.acme}, FaceValue: face}))
		}
	}
	grant := func(customer string, sum partner.Fen) func(context.Context) error {
		return func(ctx context.Context) error { return first(c.GrantCustomer(ctx, "", customer, sum)) }
	}
	reclaim := func(customer string, sum partner.Fen) func(context.Context) error {
		return func(ctx context.Context) error { return first(c.ReclaimCustomer(ctx, "", customer, sum)) }
	}
	foreign := func(of func(context.Context, partner.Account) error) []refusal {
		return []refusal{{"a foreign reseller", func(ctx context.Context) error { return of(ctx, "nobody") }, partner.NotAllowed, "CBC.99000037", false}}
	}
	badInput := func(name string, do func(context.Context) error) refusal {
		return refusal{name, do, partner.BadInput, partner.CodeField, true}
	}
	return map[string][]refusal{
		"balance": foreign(func(ctx context.Context, a partner.Account) error { return first(c.Balance(ctx, a)) }),
		"customer-balances": append(foreign(func(ctx context.Context, a partner.Account) error {
			return first(c.CustomerBalances(ctx, a, []string{"x"}))
		}),
			badInput("a long id", func(ctx context.Context) error { return first(c.CustomerBalances(ctx, "", []string{long})) })),
		"reseller-grant": append(foreign(func(ctx context.Context, a partner.Account) error { return first(c.GrantReseller(ctx, a, 1)) }),
			refusal{"more than there is", func(ctx context.Context) error { return first(c.GrantReseller(ctx, f.reseller, partner.Yuan(1e9))) }, partner.NotEnough, "CBC.99005003", false},
			badInput("nobody", func(ctx context.Context) error { return first(c.GrantReseller(ctx, "", 1)) })),
		"reseller-reclaim": append(foreign(func(ctx context.Context, a partner.Account) error { return first(c.ReclaimReseller(ctx, a, 1)) }),
			refusal{"more than it has", func(ctx context.Context) error { return first(c.ReclaimReseller(ctx, f.reseller, partner.Yuan(1e9))) }, partner.NotEnough, "CBC.99005003", false}),
		"customer-grant": {
			{"more than there is", grant(f.acme, 38652040-1500000+1), partner.NotEnough, "CBC.99005003", false},
			{"a referral customer", grant(f.referral, 1), partner.NotAllowed, "CBC.5021", false},
			{"a reseller's customer", grant(f.foreign, 1), partner.NotAllowed, "CBC.99000000", false},
			{"a stranger", grant("stranger", 1), partner.NotAllowed, "CBC.99000035", false},
			{"zero", grant(f.acme, 0), partner.BadInput, partner.CodeAmount, true},
			{"less than zero", grant(f.acme, -1), partner.BadInput, partner.CodeAmount, true},
			{"absurd", grant(f.acme, 1<<62), partner.BadInput, partner.CodeAmount, true},
		},
		"customer-reclaim": {
			{"more than was granted", reclaim(f.acme, 1200001), partner.NotEnough, "CBC.99005003", false},
			{"a referral customer", reclaim(f.referral, 1), partner.NotAllowed, "CBC.5021", false},
			{"nothing was granted", func(ctx context.Context) error {
				all, err := take(c.Customers(ctx, "", partner.CustomerQuery{Account: "lanshi"}))
				if err != nil {
					return err
				}
				return reclaim(all[0].ID, 1)(ctx)
			}, partner.NotAllowed, "CBC.99000047", false},
		},
		"adjustments": append(foreign(func(ctx context.Context, a partner.Account) error {
			return first(take(c.Adjustments(ctx, a, partner.AdjustmentQuery{})))
		}), refusal{"an unknown kind", func(ctx context.Context) error {
			return first(take(c.Adjustments(ctx, "", partner.AdjustmentQuery{Kind: "X"})))
		}, partner.BadInput, "CBC.0100", false}),
		"statement": {badInput("no side", func(ctx context.Context) error { return first(take(c.Statement(ctx, "", partner.StatementQuery{}))) })},
		"coupon-issue": {
			{"nobody", issue(partner.Issue{QuotaID: f.quota, FaceValue: 1}), partner.BadInput, partner.CodeField, true},
			{"too many", issue(partner.Issue{QuotaID: f.quota, FaceValue: 1, CustomerIDs: many}), partner.BadInput, partner.CodeTooMany, true},
			{"somebody twice", issue(partner.Issue{QuotaID: f.quota, FaceValue: 1, CustomerIDs: []string{"a", "a"}}), partner.BadInput, partner.CodeField, true},
			{"no value", issue(partner.Issue{QuotaID: f.quota, CustomerIDs: []string{"a"}}), partner.BadInput, partner.CodeAmount, true},
			{"a long memo", issue(partner.Issue{QuotaID: f.quota, CustomerIDs: []string{"a"}, FaceValue: 1, Memo: long}), partner.BadInput, partner.CodeField, true},
			{"no such quota", issue(partner.Issue{QuotaID: "q", CustomerIDs: []string{f.acme}, FaceValue: 1}), partner.NotFound, "CBC.99000012", false},
			{"under the minimum", fromQuota(1, 999), partner.BadInput, "CBC.99000018", false},
			{"over the maximum", fromQuota(1, 500001), partner.BadInput, "CBC.99000019", false},
			{"a frozen quota", fromQuota(3, 100), partner.NotFound, "CBC.99000012", false},
			{"an expired quota", fromQuota(4, 100), partner.NotAllowed, "CBC.99000017", false},
			{"a quota of the future", fromQuota(5, 100), partner.NotAllowed, "CBC.99000017", false},
			{"a quota for others", fromQuota(6, 100), partner.NotAllowed, "CBC.50000020", false},
			{"a quota for newcomers", fromQuota(7, 100), partner.NotAllowed, "CBC.99000022", false},
			{"no such service", issue(partner.Issue{QuotaID: f.quota, CustomerIDs: []string{f.acme}, FaceValue: 100, Services: []string{"s"}}), partner.BadInput, "CBC.50000055", false},
			{"a foreign service", func(ctx context.Context) error {
				qs, err := take(c.Quotas(ctx, "", partner.QuotaQuery{}))
				if err != nil {
					return err
				}
				return first(c.Issue(ctx, "", partner.Issue{QuotaID: qs[2].ID, CustomerIDs: []string{f.acme}, FaceValue: 1, Services: []string{"hws.service.type.obs"}}))
			}, partner.BadInput, "CBC.99000023", false},
		},
		"quotas": append(foreign(func(ctx context.Context, a partner.Account) error {
			return first(take(c.Quotas(ctx, a, partner.QuotaQuery{})))
		}),
			refusal{"too many ids", func(ctx context.Context) error { return first(take(c.Quotas(ctx, "", partner.QuotaQuery{IDs: many}))) }, partner.BadInput, partner.CodeTooMany, true}),
		"coupons": foreign(func(ctx context.Context, a partner.Account) error {
			return first(take(c.Coupons(ctx, a, partner.CouponQuery{})))
		}),
		"coupon-reclaim": {
			{"twice", func(ctx context.Context) error {
				if _, err := c.ReclaimCoupon(ctx, "", f.coupon); err != nil {
					return err
				}
				return first(c.ReclaimCoupon(ctx, "", f.coupon))
			}, partner.NotAllowed, "CBC.99000048", false},
			{"a stranger's", func(ctx context.Context) error { return first(c.ReclaimCoupon(ctx, "", "nothing")) }, partner.BadInput, "CBC.0100", false},
		},
		"coupon-log": {{"too many ids", func(ctx context.Context) error {
			return first(take(c.CouponLog(ctx, "", partner.CouponLogQuery{CouponIDs: many})))
		}, partner.BadInput, partner.CodeTooMany, true}},
		"quota-give": {
			{"more than there is", func(ctx context.Context) error {
				return first(c.GiveQuota(ctx, partner.QuotaGift{QuotaID: f.quota, Resellers: []partner.Account{f.reseller}, Amount: partner.Yuan(1e6)}))
			}, partner.NotEnough, "CBC.99000013", false},
			{"no such quota", func(ctx context.Context) error {
				return first(c.GiveQuota(ctx, partner.QuotaGift{QuotaID: "q", Resellers: []partner.Account{f.reseller}, Amount: 1}))
			}, partner.NotFound, "CBC.99000012", false},
		},
		"quota-reclaim": {{"too many", func(ctx context.Context) error { return first(c.ReclaimQuotas(ctx, many[:11], "")) }, partner.BadInput, partner.CodeTooMany, true},
			badInput("a long remark", func(ctx context.Context) error {
				return first(c.ReclaimQuotas(ctx, []string{"q"}, strings.Repeat("x", 257)))
			})},
		"quotas-given": {{"a foreign reseller", func(ctx context.Context) error {
			return first(take(c.GivenQuotas(ctx, partner.GivenQuery{Reseller: "nobody"})))
		}, partner.NotAllowed, "CBC.99000037", false}},
		"quota-log": {{"a foreign reseller", func(ctx context.Context) error {
			return first(take(c.QuotaLog(ctx, partner.QuotaLogQuery{Reseller: "nobody"})))
		}, partner.NotAllowed, "CBC.99000037", false}},
		"resellers": {{"a foreign reseller", func(ctx context.Context) error {
			return first(take(c.Resellers(ctx, partner.ResellerQuery{ID: "nobody"})))
		}, partner.NotAllowed, "CBC.99000037", false}},
		"customers": append(foreign(func(ctx context.Context, a partner.Account) error {
			return first(take(c.Customers(ctx, a, partner.CustomerQuery{})))
		}), badInput("a long name", func(ctx context.Context) error {
			return first(take(c.Customers(ctx, "", partner.CustomerQuery{Name: long})))
		})),
		"consumption": {badInput("no customer", func(ctx context.Context) error {
			return first(take(c.Consumption(ctx, "", partner.ConsumptionQuery{})))
		}), {"one day of two", func(ctx context.Context) error {
			return first(take(c.Consumption(ctx, "", partner.ConsumptionQuery{Cycle: partner.Month{Year: 2026, Month: 11}, CustomerID: "x", FromDay: "2026-11-01"})))
		}, partner.BadInput, "CBC.0100", false}},
		"consumers": {{"no month", func(ctx context.Context) error { return first(take(c.Consumers(ctx, partner.Month{}))) }, partner.BadInput, "CBC.0100", false}},
		"monthly": {{"an unknown mode", func(ctx context.Context) error {
			return first(take(c.Monthly(ctx, "", partner.MonthlyQuery{Cycle: partner.Month{Year: 2026, Month: 11}, Modes: []int{2}})))
		}, partner.BadInput, "CBC.0100", false}},
		"subscriptions": {{"a stranger", func(ctx context.Context) error {
			return first(take(c.Subscriptions(ctx, partner.SubscriptionQuery{CustomerID: "x"})))
		}, partner.NotAllowed, "CBC.99000035", false}, badInput("no customer", func(ctx context.Context) error {
			return first(take(c.Subscriptions(ctx, partner.SubscriptionQuery{})))
		})},
		"real-name":       {{"a stranger", func(ctx context.Context) error { return first(c.RealName(ctx, "x")) }, partner.NotFound, "CBC.5002", false}},
		"case-severities": {badInput("no problem", func(ctx context.Context) error { return first(c.CaseSeverities(ctx, ecs, "")) })},
		"case-extras":     {badInput("no problem", func(ctx context.Context) error { return first(c.CaseExtras(ctx, "", "", "")) })},
		"case-quota":      {badInput("no problem", func(ctx context.Context) error { return first(c.CaseQuota(ctx, "", "")) })},
		"case-create": {
			badInput("no text", func(ctx context.Context) error {
				return first(c.CreateCase(ctx, partner.CaseRequest{ProblemID: consult}))
			}),
			{"no such problem", func(ctx context.Context) error {
				return first(c.CreateCase(ctx, partner.CaseRequest{ProblemID: "x", Description: "x"}))
			}, partner.BadInput, "OSM.01010001", false},
			{"a fault without region", func(ctx context.Context) error {
				return first(c.CreateCase(ctx, partner.CaseRequest{ProblemID: fault, Description: "x"}))
			}, partner.BadInput, "OSM.01010001", false},
			{"a fault without severity", func(ctx context.Context) error {
				return first(c.CreateCase(ctx, partner.CaseRequest{ProblemID: fault, Description: "x", RegionID: "cn-north-4"}))
			}, partner.BadInput, "OSM.01010006", false},
		},
		"cases":         {{"too many words", func(ctx context.Context) error { return first(take(c.Cases(ctx, partner.CaseQuery{Words: many[:4]}))) }, partner.BadInput, partner.CodeTooMany, true}},
		"case":          {{"no such case", func(ctx context.Context) error { return first(c.Case(ctx, "TT1")) }, partner.NotFound, "OSM.01010015", false}, badInput("a path", func(ctx context.Context) error { return first(c.Case(ctx, "../x")) })},
		"case-status":   {{"no such case", func(ctx context.Context) error { return first(c.CaseStatus(ctx, "TT1")) }, partner.NotFound, "OSM.01010015", false}},
		"case-messages": {{"no such case", func(ctx context.Context) error { return first(take(c.CaseMessages(ctx, "TT1"))) }, partner.NotFound, "OSM.01010015", false}},
		"case-reply": {{"no such case", func(ctx context.Context) error { return first(c.ReplyCase(ctx, "TT1", "x", nil)) }, partner.NotFound, "OSM.01010015", false},
			badInput("too long", func(ctx context.Context) error {
				return first(c.ReplyCase(ctx, "TT1", strings.Repeat("长", 401), nil))
			})},
		"case-action": {{"cancelled too late", func(ctx context.Context) error { return first(c.ActOnCase(ctx, f.open, partner.CancelCase, "")) }, partner.NotAllowed, "OSM.01010017", false},
			badInput("an unknown action", func(ctx context.Context) error { return first(c.ActOnCase(ctx, f.open, "delete", "")) })},
		"case-attach": {{"a forbidden type", func(ctx context.Context) error { return first(c.Attach(ctx, "x.exe", []byte("x"), false)) }, partner.BadInput, "OSM.01010001", false}},
	}
}

// argumentless calls have nothing a caller could get wrong.
func argumentless(op string) bool {
	switch op {
	case "resource-types", "case-categories", "case-problems", "case-regions", "case-limits", "attachment-limits", "case-agreement", "case-privilege", "partner-privilege":
		return true
	}
	return false
}

// refusedMark runs the refusals of one operation, each in a fresh world.
func refusedMark(t *testing.T, op partner.Operation) string {
	t.Helper()
	if argumentless(op.Name) {
		return "takes nothing"
	}
	probe := newBench(t, sandbox.Options{})
	names := refusals(probe.Client, facts{})[op.Name]
	for i, r := range names {
		t.Run(op.Name+"/refused: "+r.name, func(t *testing.T) {
			b := newBench(t, sandbox.Options{})
			f := learn(t, b.Client)
			before := len(b.world.Calls())
			want := refusals(b.Client, f)[op.Name][i]
			err := want.do(t.Context())
			wantFault(t, err, want.class, want.code, partner.EffectNone)
			if sent := len(b.world.Calls()) - before; want.local && sent != 0 || !want.local && sent == 0 {
				t.Errorf("%d calls were sent; refused before sending: %t", sent, want.local)
			}
		})
	}
	if len(names) == 0 {
		t.Errorf("empty cell: %s, refused", op.Name)
		return " "
	}
	return "ok"
}

func TestPermissionItems(t *testing.T) {
	for _, op := range partner.Operations() {
		if len(op.Items) == 0 {
			continue
		}
		t.Run(op.Name, func(t *testing.T) {
			b := newBench(t, sandbox.Options{})
			f := learn(t, b.Client)
			var bare []string
			for _, i := range op.Items {
				bare = append(bare, strings.TrimPrefix(i, "BPC_ITEM_"))
			}
			b.world.Deny(bare...)
			err := exercises(b.Client, f)[op.Name](t.Context())
			wantFault(t, err, partner.NotAllowed, "CBC.0151", partner.EffectNone)
			if !strings.Contains(itemOf(err), bare[0]) {
				t.Errorf("item = %q, want it to name %s", itemOf(err), bare[0])
			}
			if len(bare) > 1 {
				b.world.Deny(bare[1:]...)
				if err := exercises(b.Client, f)[op.Name](t.Context()); err != nil {
					t.Errorf("one item of several is enough: %v", err)
				}
			}
		})
	}
}
