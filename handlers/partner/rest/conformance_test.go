package rest_test

import (
	"context"
	"flag"
	"fmt"
	"iter"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"partnerdesk/handlers/partner"
	"partnerdesk/handlers/partner/rest"
	"partnerdesk/handlers/partner/sandbox"
)

// facts are the things of the world that the exercises touch.
type facts struct {
	acme, referral, foreign string
	reseller                partner.Account
	quota, child, coupon    string
	open                    string // a case that waits for an answer
}

// take runs a list to its end.
func take[T any](seq iter.Seq2[T, error]) ([]T, error) {
	var all []T
	for v, err := range seq {
		if err != nil {
			return all, err
		}
		all = append(all, v)
	}
	return all, nil
}

func must[T any](t *testing.T, v T, err error) T {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func list[T any](t *testing.T, seq iter.Seq2[T, error]) []T {
	t.Helper()
	v, err := take(seq)
	return must(t, v, err)
}

func learn(t *testing.T, c *rest.Client) facts {
	t.Helper()
	ctx := t.Context()
	var f facts
	for _, cu := range list(t, c.Customers(ctx, partner.Operator, partner.CustomerQuery{})) {
		switch {
		case cu.Account == "acme":
			f.acme = cu.ID
		case cu.Association == partner.Referral:
			f.referral = cu.ID
		}
	}
	f.reseller = list(t, c.Resellers(ctx, partner.ResellerQuery{}))[0].ID
	f.foreign = list(t, c.Customers(ctx, f.reseller, partner.CustomerQuery{}))[0].ID
	f.quota = list(t, c.Quotas(ctx, partner.Operator, partner.QuotaQuery{}))[0].ID
	f.child = list(t, c.GivenQuotas(ctx, partner.GivenQuery{}))[0].ID
	f.coupon = list(t, c.Coupons(ctx, partner.Operator, partner.CouponQuery{Status: partner.CouponUsable}))[0].ID
	f.open = list(t, c.Cases(ctx, partner.CaseQuery{Status: []partner.CaseStatus{partner.CaseFeedback}}))[0].ID
	return f
}

const (
	ecs     = "p1ecs00000000000000000000000ecs1"
	consult = "t1consult000000000000000000cons1"
	fault   = "t1loginfault0000000000000000flt1"
)

// exercises has one call that works for every operation.
func exercises(c *rest.Client, f facts) map[string]func(context.Context) error {
	month := partner.Month{Year: 2026, Month: 11}
	return map[string]func(context.Context) error{
		"balance": func(ctx context.Context) error { _, err := c.Balance(ctx, partner.Operator); return err },
		"customer-balances": func(ctx context.Context) error {
			_, err := c.CustomerBalances(ctx, partner.Operator, []string{f.acme})
			return err
		},
		"reseller-grant":   func(ctx context.Context) error { _, err := c.GrantReseller(ctx, f.reseller, 100); return err },
		"reseller-reclaim": func(ctx context.Context) error { _, err := c.ReclaimReseller(ctx, f.reseller, 100); return err },
		"customer-grant": func(ctx context.Context) error {
			_, err := c.GrantCustomer(ctx, partner.Operator, f.acme, 100)
			return err
		},
		"customer-reclaim": func(ctx context.Context) error {
			_, err := c.ReclaimCustomer(ctx, partner.Operator, f.acme, 100)
			return err
		},
		"adjustments": func(ctx context.Context) error {
			_, err := take(c.Adjustments(ctx, partner.Operator, partner.AdjustmentQuery{}))
			return err
		},
		"statement": func(ctx context.Context) error {
			_, err := take(c.Statement(ctx, partner.Operator, partner.StatementQuery{Side: partner.CashSide}))
			return err
		},
		"coupon-issue": func(ctx context.Context) error {
			_, err := c.Issue(ctx, partner.Operator, partner.Issue{QuotaID: f.quota, CustomerIDs: []string{f.acme}, FaceValue: 1000})
			return err
		},
		"quotas":         func(ctx context.Context) error { _, err := take(c.Quotas(ctx, "", partner.QuotaQuery{})); return err },
		"coupons":        func(ctx context.Context) error { _, err := take(c.Coupons(ctx, "", partner.CouponQuery{})); return err },
		"coupon-reclaim": func(ctx context.Context) error { _, err := c.ReclaimCoupon(ctx, "", f.coupon); return err },
		"coupon-log": func(ctx context.Context) error {
			_, err := take(c.CouponLog(ctx, "", partner.CouponLogQuery{}))
			return err
		},
		"quota-give": func(ctx context.Context) error {
			_, err := c.GiveQuota(ctx, partner.QuotaGift{QuotaID: f.quota, Resellers: []partner.Account{f.reseller}, Amount: 100})
			return err
		},
		"quota-reclaim": func(ctx context.Context) error { _, err := c.ReclaimQuotas(ctx, []string{f.child}, "PD-1"); return err },
		"quotas-given":  func(ctx context.Context) error { _, err := take(c.GivenQuotas(ctx, partner.GivenQuery{})); return err },
		"quota-log":     func(ctx context.Context) error { _, err := take(c.QuotaLog(ctx, partner.QuotaLogQuery{})); return err },
		"resellers":     func(ctx context.Context) error { _, err := take(c.Resellers(ctx, partner.ResellerQuery{})); return err },
		"customers": func(ctx context.Context) error {
			_, err := take(c.Customers(ctx, "", partner.CustomerQuery{}))
			return err
		},
		"consumption": func(ctx context.Context) error {
			_, err := take(c.Consumption(ctx, "", partner.ConsumptionQuery{Cycle: month, CustomerID: f.acme}))
			return err
		},
		"consumers": func(ctx context.Context) error { _, err := take(c.Consumers(ctx, month)); return err },
		"monthly": func(ctx context.Context) error {
			_, err := take(c.Monthly(ctx, "", partner.MonthlyQuery{Cycle: month, Modes: []int{3}}))
			return err
		},
		"resource-types": func(ctx context.Context) error { _, err := take(c.ResourceTypes(ctx)); return err },
		"subscriptions": func(ctx context.Context) error {
			_, err := take(c.Subscriptions(ctx, partner.SubscriptionQuery{CustomerID: f.acme}))
			return err
		},
		"real-name":         func(ctx context.Context) error { _, err := c.RealName(ctx, f.acme); return err },
		"case-categories":   func(ctx context.Context) error { _, err := c.CaseCategories(ctx); return err },
		"case-problems":     func(ctx context.Context) error { _, err := c.CaseProblems(ctx, ecs); return err },
		"case-severities":   func(ctx context.Context) error { _, err := c.CaseSeverities(ctx, ecs, fault); return err },
		"case-regions":      func(ctx context.Context) error { _, err := c.CaseRegions(ctx); return err },
		"case-extras":       func(ctx context.Context) error { _, err := c.CaseExtras(ctx, fault, "", ecs); return err },
		"case-quota":        func(ctx context.Context) error { _, err := c.CaseQuota(ctx, consult, ecs); return err },
		"case-limits":       func(ctx context.Context) error { _, err := c.MaxCopies(ctx); return err },
		"attachment-limits": func(ctx context.Context) error { _, err := c.AttachmentLimits(ctx); return err },
		"case-agreement":    func(ctx context.Context) error { _, err := c.CaseAgreement(ctx); return err },
		"case-privilege":    func(ctx context.Context) error { _, err := c.MayCreateCases(ctx); return err },
		"partner-privilege": func(ctx context.Context) error { _, err := c.MayProcessCustomerCases(ctx); return err },
		"case-create": func(ctx context.Context) error {
			_, err := c.CreateCase(ctx, partner.CaseRequest{ProblemID: consult, ProductID: ecs, Description: "怎么扩容？[PD-7F3K]"})
			return err
		},
		"cases":         func(ctx context.Context) error { _, err := take(c.Cases(ctx, partner.CaseQuery{})); return err },
		"case":          func(ctx context.Context) error { _, err := c.Case(ctx, f.open); return err },
		"case-status":   func(ctx context.Context) error { _, err := c.CaseStatus(ctx, f.open); return err },
		"case-messages": func(ctx context.Context) error { _, err := take(c.CaseMessages(ctx, f.open)); return err },
		"case-reply": func(ctx context.Context) error {
			_, err := c.ReplyCase(ctx, f.open, "资源 ID 是 abc。", nil)
			return err
		},
		"case-action": func(ctx context.Context) error {
			_, err := c.ActOnCase(ctx, f.open, partner.CloseCase, "好")
			return err
		},
		"case-attach": func(ctx context.Context) error { _, err := c.Attach(ctx, "log.txt", []byte("x"), false); return err },
	}
}

// cell is one column of the table: what is done to a call and what must come
// back. Writes must answer with the class in write and leave effects behind.
type cell struct {
	name    string
	fault   string
	memory  bool
	read    partner.Class // "" means success
	write   partner.Class
	effect  partner.Effect // of the write
	effects int            // how often the world changed by the write
}

func cells() []cell {
	return []cell{
		{name: "works over HTTP", effects: 1},
		{name: "works in memory", memory: true, effects: 1},
		{name: "429", fault: sandbox.Throttle, read: partner.Throttled, write: partner.Throttled, effect: partner.EffectThrottled},
		{name: "401", fault: sandbox.Unauthorized, read: partner.NotAllowed, write: partner.NotAllowed},
		{name: "500 before", fault: sandbox.ErrorBefore, read: partner.Broken, write: partner.Ambiguous, effect: partner.EffectUnknown},
		{name: "500 after", fault: sandbox.ErrorAfter, read: partner.Broken, write: partner.Ambiguous, effect: partner.EffectUnknown, effects: 1},
		{name: "502 after", fault: sandbox.GatewayAfter, read: partner.Broken, write: partner.Ambiguous, effect: partner.EffectUnknown, effects: 1},
		{name: "0999 in 200", fault: sandbox.Internal200, read: partner.Broken, write: partner.Ambiguous, effect: partner.EffectUnknown, effects: 1},
		{name: "dropped before", fault: sandbox.DropBefore, read: partner.Broken, write: partner.Ambiguous, effect: partner.EffectUnknown},
		{name: "dropped after", fault: sandbox.DropAfter, read: partner.Broken, write: partner.Ambiguous, effect: partner.EffectUnknown, effects: 1},
		{name: "dropped after, in memory", memory: true, fault: sandbox.DropAfter, read: partner.Broken, write: partner.Ambiguous, effect: partner.EffectUnknown, effects: 1},
		{name: "truncated", fault: sandbox.Truncate, read: partner.Broken, write: partner.Ambiguous, effect: partner.EffectUnknown, effects: 1},
	}
}

func TestConformance(t *testing.T) {
	var table strings.Builder
	table.WriteString("# Operations and cases\n\nWritten by the conformance test; every cell ran.\n\n| Operation | Kind |")
	for _, c := range cells() {
		table.WriteString(" " + c.name + " |")
	}
	table.WriteString(" refused |\n|---|---|" + strings.Repeat("---|", len(cells())+1) + "\n")
	for _, op := range partner.Operations() {
		kind := "read"
		if op.Write {
			kind = "write"
		}
		fmt.Fprintf(&table, "| %s | %s |", op.Name, kind)
		for _, c := range cells() {
			mark := " "
			t.Run(op.Name+"/"+c.name, func(t *testing.T) { mark = conform(t, op, c) })
			fmt.Fprintf(&table, " %s |", mark)
			if mark == " " {
				t.Errorf("empty cell: %s, %s", op.Name, c.name)
			}
		}
		fmt.Fprintf(&table, " %s |\n", refusedMark(t, op))
	}
	golden(t, "conformance.md", table.String())
}

func conform(t *testing.T, op partner.Operation, c cell) string {
	world := newWorld(t, sandbox.Options{})
	opt := options("http://sandbox.test")
	if c.memory {
		opt.Transport = world
	} else {
		srv := httptest.NewServer(world)
		t.Cleanup(srv.Close)
		opt.Endpoint, opt.CaseEndpoint = srv.URL, srv.URL
	}
	client, err := rest.New(opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	call, ok := exercises(client, learn(t, client))[op.Name]
	if !ok {
		return " "
	}
	before := len(world.Calls())
	if c.fault != "" {
		if err := world.Inject(sandbox.Fault{Op: op.Name, Kind: c.fault, Times: 9}); err != nil {
			t.Fatal(err)
		}
	}
	err = call(t.Context())
	class, effect := c.read, map[partner.Class]partner.Effect{partner.Throttled: partner.EffectThrottled}[c.read]
	if op.Write {
		class, effect = c.write, c.effect
	}
	if got := partner.ClassOf(err); got != class || partner.EffectOf(err) != effect {
		t.Errorf("err = %v (class %q, effect %d), want class %q, effect %d", err, got, partner.EffectOf(err), class, effect)
	}
	sent, effects := 0, 0
	for _, seen := range world.Calls()[before:] {
		if seen.Op == op.Name {
			sent++
			if seen.Effect {
				effects++
			}
		}
	}
	dropped := c.fault == sandbox.DropBefore // the world does not see it
	switch {
	case op.Write && effects != c.effects:
		t.Errorf("effects = %d, want %d", effects, c.effects)
	case op.Write && sent != 1 && !dropped, c.fault == sandbox.Unauthorized && sent != 1:
		t.Errorf("sent %d times, want once", sent)
	case !op.Write && c.fault != "" && c.fault != sandbox.Unauthorized && !dropped && sent != 4 && sent != 5:
		// net/http replays a GET once by itself when a kept connection breaks.
		t.Errorf("a read was sent %d times, want 4", sent)
	}
	return "ok"
}

var update = flag.Bool("update", false, "rewrite golden files")

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; run with -update and look at it", name)
	}
}

var _ http.RoundTripper = (*sandbox.Sandbox)(nil)
