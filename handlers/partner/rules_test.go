package partner_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"partnerdesk/handlers/partner"
)

var noon = time.Date(2026, 11, 20, 4, 0, 0, 0, time.UTC)

func codeOf(err error) string {
	if e, ok := errors.AsType[*partner.Error](err); ok {
		return e.Code
	}
	return fmt.Sprint(err)
}

func TestChecks(t *testing.T) {
	resale, referral := partner.Customer{Association: partner.Resale}, partner.Customer{Association: partner.Referral}
	has := partner.Balance{Rows: []partner.BalanceRow{{Type: partner.Cash, Amount: 500, Designated: 100}}}
	quota := partner.Quota{Balance: 1000, From: noon.AddDate(0, 0, -1), To: noon.AddDate(0, 0, 1)}
	with := func(change func(*partner.Quota)) partner.Quota { q := quota; change(&q); return q }
	one := partner.Issue{FaceValue: 500, CustomerIDs: []string{"a", "b"}}
	gift := partner.QuotaGift{Amount: 500, Resellers: []partner.Account{"a", "b"}}
	tests := []struct {
		name string
		err  error
		want string // "" means allowed
	}{
		{"grant of all there is", partner.CheckGrants([]partner.Customer{resale}, has, 400), ""},
		{"grant of ear-marked money", partner.CheckGrants([]partner.Customer{resale}, has, 401), "CBC.99005003"},
		{"grants that do not fit together", partner.CheckGrants([]partner.Customer{resale, resale}, has, 201), "CBC.99005003"},
		{"grants that would overflow", partner.CheckGrants([]partner.Customer{resale, resale}, has, 1<<62), "CBC.99005003"},
		{"grant to a referral customer", partner.CheckGrants([]partner.Customer{referral}, has, 1), partner.CodeReferral},
		{"grant of nothing", partner.CheckGrants([]partner.Customer{resale}, has, 0), partner.CodeAmount},
		{"grant with an unknown balance", partner.CheckGrants([]partner.Customer{resale}, partner.Balance{}, 1), ""},
		{"issue", partner.CheckIssue(one, quota, []partner.Customer{resale}, noon), ""},
		{"issue over the quota", partner.CheckIssue(one, with(func(q *partner.Quota) { q.Balance = 999 }), nil, noon), "CBC.99000013"},
		{"issue from a frozen quota", partner.CheckIssue(one, with(func(q *partner.Quota) { q.Status = partner.QuotaFrozen }), nil, noon), "CBC.99000015"},
		{"issue from an expired quota", partner.CheckIssue(one, quota, nil, quota.To), "CBC.99000017"},
		{"issue too early", partner.CheckIssue(one, quota, nil, quota.From.Add(-1)), "CBC.99000017"},
		{"issue to a referral customer", partner.CheckIssue(one, quota, []partner.Customer{resale, referral}, noon), "CBC.99000014"},
		{"issue beyond the quota's end", partner.CheckIssue(partner.Issue{FaceValue: 1, CustomerIDs: []string{"a"}, To: quota.To.Add(1)}, quota, nil, noon), partner.CodeField},
		{"issue to nobody", partner.CheckIssue(partner.Issue{FaceValue: 1}, quota, nil, noon), partner.CodeField},
		{"issue to too many", partner.CheckIssue(partner.Issue{FaceValue: 1, CustomerIDs: make([]string, 101)}, quota, nil, noon), partner.CodeTooMany},
		{"gift", partner.CheckGift(gift, quota, noon), ""},
		{"gift over the quota", partner.CheckGift(gift, with(func(q *partner.Quota) { q.Balance = 999 }), noon), "CBC.99000013"},
		{"gift from an expired quota", partner.CheckGift(gift, quota, quota.To), "CBC.99000017"},
		{"reclaim", partner.CheckReclaim(partner.Coupon{Status: partner.CouponUsable}, resale), ""},
		{"reclaim of a used coupon", partner.CheckReclaim(partner.Coupon{Status: partner.CouponUsed}, resale), "CBC.99000048"},
		{"reclaim from a referral customer", partner.CheckReclaim(partner.Coupon{Status: partner.CouponUsable}, referral), "CBC.99000045"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.err == nil {
				if tt.want != "" {
					t.Errorf("allowed, want %s", tt.want)
				}
				return
			}
			if got := codeOf(tt.err); got != tt.want || partner.ClassOf(tt.err) == "" || partner.EffectOf(tt.err) != partner.EffectNone {
				t.Errorf("err = %v, want %s", tt.err, tt.want)
			}
		})
	}
}

func TestCapabilities(t *testing.T) {
	denied := &partner.Error{Class: partner.NotAllowed, Code: "CBC.0151"}
	tests := []struct {
		name string
		kind partner.Kind
		do   func(*partner.Capabilities)
		op   string
		want partner.Ability
	}{
		{"a software partner and money", partner.Software, nil, "balance", partner.NoRights},
		{"a software partner and cases", partner.Software, nil, "cases", partner.Untried},
		{"a solution provider and resellers", partner.SolutionProvider, nil, "resellers", partner.NoResellers},
		{"a distributor and resellers", partner.Distributor, nil, "resellers", partner.Untried},
		{"nothing known", partner.Distributor, nil, "customer-grant", partner.Untried},
		{"a read that worked", partner.Distributor, func(c *partner.Capabilities) { c.Learn("balance", nil) }, "balance", partner.Able},
		{"a read with several items teaches nothing of a write", partner.Distributor, func(c *partner.Capabilities) { c.Learn("balance", nil) }, "customer-grant", partner.Untried},
		{"a read that was denied teaches a write", partner.Distributor, func(c *partner.Capabilities) { c.Learn("customer-balances", denied) }, "customer-grant", partner.MissingItems},
		{"a read with one item teaches another", partner.Distributor, func(c *partner.Capabilities) { c.Learn("coupon-log", nil) }, "coupon-issue", partner.Able},
		{"a write that was denied", partner.Distributor, func(c *partner.Capabilities) { c.Learn("coupon-reclaim", denied) }, "coupon-reclaim", partner.MissingItems},
		{"an item granted later", partner.Distributor, func(c *partner.Capabilities) { c.Learn("coupons", denied); c.Learn("coupons", nil) }, "coupons", partner.Able},
		{"another refusal", partner.Distributor, func(c *partner.Capabilities) { c.Learn("balance", &partner.Error{Class: partner.Broken}) }, "balance", partner.Untried},
		{"no such call", partner.Distributor, nil, "nothing", partner.NoRights},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := partner.NewCapabilities(tt.kind)
			if tt.do != nil {
				tt.do(c)
			}
			if got := c.Can(tt.op); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
	if got := partner.NewCapabilities("").Needs("coupon-log"); len(got) != 1 || got[0] != "BPC_ITEM_SUBCUSTSERV_030102" {
		t.Errorf("needs = %v", got)
	}
}

func TestCaseAction_Allowed(t *testing.T) {
	states := []partner.CaseStatus{partner.CaseWaiting, partner.CaseInProgress, partner.CaseConfirm, partner.CaseFinished, partner.CaseCancelled, partner.CaseFeedback, 99}
	want := map[partner.CaseAction]string{partner.CancelCase: "+------", partner.CloseCase: "-++--+-", partner.UrgeCase: "++-----", "delete": "-------"}
	for action, marks := range want {
		got := ""
		for _, s := range states {
			if action.Allowed(s) {
				got += "+"
			} else {
				got += "-"
			}
		}
		if got != marks {
			t.Errorf("%s: %s, want %s", action, got, marks)
		}
	}
}
