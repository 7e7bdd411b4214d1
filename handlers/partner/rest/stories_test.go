package rest_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"partnerdesk/handlers/partner"
	"partnerdesk/handlers/partner/aksk"
	"partnerdesk/handlers/partner/rest"
	"partnerdesk/handlers/partner/sandbox"
)

// cash adds up all the cash there is: the operator's, the resellers', the customers'.
func cash(t *testing.T, c *rest.Client) (total partner.Fen) {
	t.Helper()
	accounts := []partner.Account{partner.Operator}
	for _, r := range list(t, c.Resellers(t.Context(), partner.ResellerQuery{})) {
		accounts = append(accounts, r.ID)
	}
	for _, a := range accounts {
		b, err := c.Balance(t.Context(), a)
		if err != nil {
			t.Fatal(err)
		}
		row, _ := b.Row(partner.Cash)
		total += row.Amount
		var ids []string
		for _, cu := range list(t, c.Customers(t.Context(), a, partner.CustomerQuery{Association: partner.Resale})) {
			ids = append(ids, cu.ID)
		}
		found, err := c.CustomerBalances(t.Context(), a, ids)
		if err != nil || len(found.Dropped) > 0 {
			t.Fatalf("balances: %v, dropped %v", err, found.Dropped)
		}
		for _, f := range found.Found {
			total += f.Spendable
		}
	}
	return total
}

func TestFunds_MoveAndStay(t *testing.T) {
	b := newBench(t, sandbox.Options{Lag: time.Minute})
	f, ctx := learn(t, b.Client), t.Context()
	before := cash(t, b.Client)
	var receipts []partner.Receipt
	for _, do := range []func() (partner.Receipt, error){
		func() (partner.Receipt, error) { return b.GrantCustomer(ctx, "", f.acme, 123456) },
		func() (partner.Receipt, error) { return b.ReclaimCustomer(ctx, "", f.acme, 23456) },
		func() (partner.Receipt, error) { return b.GrantReseller(ctx, f.reseller, 5005) },
		func() (partner.Receipt, error) { return b.GrantCustomer(ctx, f.reseller, f.foreign, 1) },
		func() (partner.Receipt, error) { return b.ReclaimReseller(ctx, f.reseller, 5) },
	} {
		r, err := do()
		if err != nil || r.ID == "" || !r.SignedAt.Equal(noon) {
			t.Fatalf("receipt = %+v, %v", r, err)
		}
		receipts = append(receipts, r)
	}
	if after := cash(t, b.Client); after != before {
		t.Errorf("cash was %s, is %s", before, after)
	}
	q := partner.AdjustmentQuery{From: noon}
	if early := list(t, b.Adjustments(ctx, "", q)); len(early) != 0 {
		t.Errorf("records show before their lag: %+v", early)
	}
	b.world.Advance(2 * time.Minute)
	got := list(t, b.Adjustments(ctx, "", q))
	if len(got) != 4 { // the grant of the reseller is in the reseller's own records
		t.Fatalf("got %d records, want 4: %+v", len(got), got)
	}
	last := got[0]
	if last.TransID != receipts[4].ID || last.Kind != partner.Reclaimed || last.Amount != 5 || !last.At.Equal(noon) || last.CustomerID != string(f.reseller) {
		t.Errorf("last = %+v", last)
	}
	if own := list(t, b.Adjustments(ctx, "", partner.AdjustmentQuery{TransID: receipts[0].ID})); len(own) != 1 || own[0].Amount != 123456 {
		t.Errorf("by transaction: %+v", own)
	}
	if rs := list(t, b.Adjustments(ctx, f.reseller, q)); len(rs) != 1 || rs[0].CustomerID != f.foreign {
		t.Errorf("the reseller's records: %+v", rs)
	}
	rows := list(t, b.Statement(ctx, "", partner.StatementQuery{Side: partner.CashSide, Trade: "BEADJUST", From: noon, To: noon}))
	if len(rows) != 2 || rows[0].Income || rows[0].Change != 5005 || rows[1].TradeID != receipts[0].ID || rows[1].CustomerID != f.acme {
		t.Errorf("statement = %+v", rows)
	}
}

func TestFunds_EmptySuccessIsUnknown(t *testing.T) {
	b := newBench(t, sandbox.Options{})
	f, ctx := learn(t, b.Client), t.Context()
	writes := map[string]func() error{
		"customer-grant": func() error { return first(b.GrantCustomer(ctx, "", f.acme, 1)) },
		"coupon-issue": func() error {
			return first(b.Issue(ctx, "", partner.Issue{QuotaID: f.quota, CustomerIDs: []string{f.acme}, FaceValue: 100}))
		},
		"quota-give": func() error {
			return first(b.GiveQuota(ctx, partner.QuotaGift{QuotaID: f.quota, Resellers: []partner.Account{f.reseller}, Amount: 100}))
		},
		"quota-reclaim": func() error { return first(b.ReclaimQuotas(ctx, []string{f.child}, "")) },
		"case-create": func() error {
			return first(b.CreateCase(ctx, partner.CaseRequest{ProblemID: consult, ProductID: ecs, Description: "x"}))
		},
		"case-attach": func() error { return first(b.Attach(ctx, "a.txt", []byte("x"), true)) },
	}
	for op, do := range writes {
		t.Run(op, func(t *testing.T) {
			if err := b.world.Inject(sandbox.Fault{Op: op, Kind: sandbox.Empty200}); err != nil {
				t.Fatal(err)
			}
			err := do()
			wantFault(t, err, partner.Ambiguous, partner.CodeDecode, partner.EffectUnknown)
			if e, _ := errors.AsType[*partner.Error](err); !e.SignedAt.Equal(noon) {
				t.Errorf("signed at %s", e.SignedAt)
			}
		})
	}
}

func TestCoupons_PartialSuccessAndLife(t *testing.T) {
	b := newBench(t, sandbox.Options{})
	f, ctx := learn(t, b.Client), t.Context()
	quota := func() partner.Quota { return list(t, b.Quotas(ctx, "", partner.QuotaQuery{IDs: []string{f.quota}}))[0] }
	before := quota()
	got, err := b.Issue(ctx, "", partner.Issue{
		QuotaID: f.quota, CustomerIDs: []string{f.acme, f.referral, f.foreign}, FaceValue: 10050, Memo: "PD-7F3K", To: noon.AddDate(0, 0, 30),
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Coupons) != 1 || got.Coupons[0].CustomerID != f.acme || len(got.Failed) != 2 || len(got.Missing) != 0 {
		t.Fatalf("issued = %+v", got)
	}
	if fail := got.Failed[0]; fail.ID != f.referral || fail.Code != "CBC.99000014" || fail.Class != partner.NotAllowed || fail.Key() != "partner.err.referral" {
		t.Errorf("failed = %+v", fail)
	}
	if after := quota(); before.Balance-after.Balance != 10050 {
		t.Errorf("quota went from %s to %s", before.Balance, after.Balance)
	}
	id := got.Coupons[0].CouponID
	log := list(t, b.CouponLog(ctx, "", partner.CouponLogQuery{CouponIDs: []string{id}, Operations: []partner.CouponOperation{partner.CouponIssue, partner.CouponReclaim}}))
	if len(log) != 1 || log[0].Remark != "PD-7F3K" || log[0].Amount != 10050 || !log[0].Succeeded || log[0].Operation != partner.CouponIssue {
		t.Errorf("log = %+v", log)
	}
	cp := list(t, b.Coupons(ctx, "", partner.CouponQuery{ID: id}))
	if len(cp) != 1 || cp[0].Status != partner.CouponUsable || cp[0].Type != partner.Voucher || cp[0].Balance != 10050 || !cp[0].To.Equal(noon.AddDate(0, 0, 30)) || cp[0].Frozen {
		t.Errorf("coupon = %+v", cp)
	}
	b.world.Advance(31 * 24 * time.Hour)
	opt := options("http://sandbox.test")
	opt.Transport, opt.Now = b.world, func() time.Time { return noon.AddDate(0, 0, 31) }
	later, err := rest.New(opt)
	if err != nil {
		t.Fatal(err)
	}
	cp = list(t, later.Coupons(ctx, "", partner.CouponQuery{ID: id}))
	if len(cp) != 1 || cp[0].Status != partner.CouponExpired || cp[0].Balance != 0 {
		t.Errorf("expired coupon = %+v", cp)
	}
	_, err = later.ReclaimCoupon(ctx, "", id)
	wantFault(t, err, partner.NotAllowed, "CBC.99000048", partner.EffectNone)
}

func TestCoupons_CapsOfACustomer(t *testing.T) {
	b := newBench(t, sandbox.Options{})
	ctx := t.Context()
	quotas := list(t, b.Quotas(ctx, "", partner.QuotaQuery{}))
	id := func(account string) string {
		return list(t, b.Customers(ctx, "", partner.CustomerQuery{Account: account}))[0].ID
	}
	issue := func(q int, account string, face partner.Fen) string {
		got, err := b.Issue(ctx, "", partner.Issue{QuotaID: quotas[q].ID, CustomerIDs: []string{id(account)}, FaceValue: face})
		if err != nil {
			t.Fatal(err)
		}
		if len(got.Failed) == 0 {
			return ""
		}
		return got.Failed[0].Code
	}
	steps := []struct {
		name, account string
		quota         int
		face          partner.Fen
		want          string
	}{
		{"the first", "acme", 2, 100, ""},
		{"one too many", "acme", 2, 100, "CBC.99000020"},
		{"somebody else's first", "coastline", 2, 100, ""},
		{"under the sum", "qinchuan", 6, 100000, ""},
		{"over the sum", "qinchuan", 6, 50001, "CBC.99000021"},
		{"just the sum", "qinchuan", 6, 50000, ""},
	}
	for _, s := range steps {
		if got := issue(s.quota, s.account, s.face); got != s.want {
			t.Errorf("%s: %q, want %q", s.name, got, s.want)
		}
	}
}

// value adds up a distributor's vouchers: quotas, given quotas, live coupons and
// what was spent.
func value(t *testing.T, c *rest.Client) (total partner.Fen) {
	t.Helper()
	accounts := []partner.Account{partner.Operator}
	for _, r := range list(t, c.Resellers(t.Context(), partner.ResellerQuery{})) {
		accounts = append(accounts, r.ID)
	}
	for _, a := range accounts {
		for _, q := range list(t, c.Quotas(t.Context(), a, partner.QuotaQuery{})) {
			total += q.Balance
		}
		for _, cp := range list(t, c.Coupons(t.Context(), a, partner.CouponQuery{})) {
			total += cp.Balance
			if cp.Status == partner.CouponUsed || cp.Status == partner.CouponUsable {
				total += cp.FaceValue - cp.Balance
			}
		}
	}
	return total
}

func TestQuotas_ConserveValue(t *testing.T) {
	b := newBench(t, sandbox.Options{})
	f, ctx := learn(t, b.Client), t.Context()
	before := value(t, b.Client)
	given, err := b.GiveQuota(ctx, partner.QuotaGift{QuotaID: f.quota, Resellers: []partner.Account{f.reseller, "nobody"}, Amount: 7000})
	if err != nil || len(given.Done) != 1 || len(given.Failed) != 1 || given.Failed[0].ID != "nobody" {
		t.Fatalf("given = %+v, %v", given, err)
	}
	child := given.Done[0].ID
	if _, err := b.Issue(ctx, f.reseller, partner.Issue{QuotaID: child, CustomerIDs: []string{f.foreign}, FaceValue: 3000}); err != nil {
		t.Fatal(err)
	}
	if _, err := b.ReclaimCoupon(ctx, "", f.coupon); err != nil {
		t.Fatal(err)
	}
	if got := value(t, b.Client); got != before {
		t.Errorf("value was %s, is %s", before, got)
	}
	back, err := b.ReclaimQuotas(ctx, []string{child, "q"}, "PD-8")
	if err != nil || len(back.Done) != 1 || back.Done[0].ID != child || len(back.Failed) != 1 {
		t.Fatalf("reclaimed = %+v, %v", back, err)
	}
	if got := value(t, b.Client); got != before {
		t.Errorf("after the reclaim value was %s, is %s", before, got)
	}
	rows := list(t, b.GivenQuotas(ctx, partner.GivenQuery{QuotaID: child}))
	if len(rows) != 1 || rows[0].Status != partner.QuotaReclaimed || rows[0].Reseller != f.reseller || rows[0].ParentID != f.quota || rows[0].ResellerName == "" {
		t.Errorf("given quotas = %+v", rows)
	}
	log := list(t, b.QuotaLog(ctx, partner.QuotaLogQuery{QuotaID: child}))
	if len(log) != 2 || log[0].Give || log[0].Remark != "PD-8" || log[0].Amount != 4000 || !log[1].Give || log[1].Amount != 7000 {
		t.Errorf("log = %+v", log)
	}
}

func TestCase_LifeWithAnEngineer(t *testing.T) {
	b := newBench(t, sandbox.Options{Work: time.Minute})
	ctx := t.Context()
	file, err := b.Attach(ctx, "screen.png", []byte("png"), false)
	if err != nil {
		t.Fatal(err)
	}
	r, err := b.CreateCase(ctx, partner.CaseRequest{
		ProblemID: fault, ProductID: ecs, RegionID: "cn-north-4", SeverityID: "s2major", Description: "登录不上 [PD-7F3K]", Attachments: []string{file.ID},
	})
	if err != nil {
		t.Fatal(err)
	}
	found := list(t, b.Cases(ctx, partner.CaseQuery{Words: []string{"PD-7F3K"}, From: noon.Add(-time.Minute), To: noon.Add(time.Minute)}))
	if len(found) != 1 || found[0].ID != r.ID || found[0].Status != partner.CaseWaiting || !found[0].Created.Equal(noon) || found[0].Region != "华北-北京四" {
		t.Fatalf("by reference: %+v", found)
	}
	if _, err := b.ActOnCase(ctx, r.ID, partner.UrgeCase, "急"); err != nil {
		t.Fatal(err)
	}
	_, err = b.ActOnCase(ctx, r.ID, partner.UrgeCase, "")
	wantFault(t, err, partner.NotAllowed, "OSM.01010004", partner.EffectNone)
	state := func() partner.CaseStatus {
		s, err := b.CaseStatus(ctx, r.ID)
		return must(t, s, err)
	}
	b.world.Advance(time.Minute)
	if got := state(); got != partner.CaseInProgress {
		t.Errorf("after a minute: %d", got)
	}
	b.world.Advance(time.Minute)
	if got := state(); got != partner.CaseFeedback {
		t.Errorf("after two: %d", got)
	}
	if _, err := b.ReplyCase(ctx, r.ID, "昨天 10 点，资源 abc。", nil); err != nil {
		t.Fatal(err)
	}
	b.world.Advance(time.Minute)
	if got := state(); got != partner.CaseConfirm || !partner.CloseCase.Allowed(got) {
		t.Errorf("after the reply: %d", got)
	}
	d, err := b.Case(ctx, r.ID)
	if err != nil {
		t.Fatal(err)
	}
	var who []bool
	for _, m := range d.Messages {
		who = append(who, m.FromHuawei)
	}
	if want := []bool{false, true, true, false, true}; !slices.Equal(who, want) {
		t.Errorf("messages from Huawei: %v, want %v", who, want)
	}
	if m := d.Messages[0]; !m.First || !m.At.Equal(noon) || len(m.Attachments) != 1 || m.Attachments[0].Name != "screen.png" {
		t.Errorf("first message = %+v", m)
	}
	if d.Severity != "重要" || d.Resolution == "" || d.Product != "弹性云服务器" {
		t.Errorf("detail = %+v", d)
	}
	if polled := list(t, b.CaseMessages(ctx, r.ID)); len(polled) != 5 || !polled[4].At.Equal(d.Messages[4].At) {
		t.Errorf("polled %d messages", len(polled))
	}
	if _, err := b.ActOnCase(ctx, r.ID, partner.CloseCase, "谢谢"); err != nil || !state().Final() {
		t.Errorf("close: %v, state %d", err, state())
	}
}

func TestCaseForms(t *testing.T) {
	b := newBench(t, sandbox.Options{}, func(o *rest.Options) { o.English = true })
	ctx := t.Context()
	cats, err := b.CaseCategories(ctx)
	if err != nil || len(cats) != 2 || cats[0].Products[0].Name != "Elastic Cloud Server" {
		t.Errorf("categories = %+v, %v", cats, err)
	}
	problems, err := b.CaseProblems(ctx, ecs)
	if err != nil || len(problems) != 3 || problems[0].Type != partner.FaultCase {
		t.Errorf("problems = %+v, %v", problems, err)
	}
	sev, err := b.CaseSeverities(ctx, ecs, fault)
	if err != nil || !sev.Show || len(sev.List) != 3 {
		t.Errorf("severities = %+v, %v", sev, err)
	}
	lim, err := b.AttachmentLimits(ctx)
	if err != nil || lim.Count != 5 || lim.Bytes != 4<<20 || !slices.Contains(lim.Types, "pdf") {
		t.Errorf("limits = %+v, %v", lim, err)
	}
	quota, err := b.CaseQuota(ctx, fault, ecs)
	if err != nil || quota.Total != 50 || quota.Unused != 49 {
		t.Errorf("quota = %+v, %v", quota, err)
	}
	if ok, err := b.MayProcessCustomerCases(ctx); !ok || err != nil {
		t.Errorf("privilege = %t, %v", ok, err)
	}
	if ok, err := b.MayCreateCases(ctx); !ok || err != nil {
		t.Errorf("privilege = %t, %v", ok, err)
	}
}

func TestBillsAndSubscriptions(t *testing.T) {
	b := newBench(t, sandbox.Options{})
	f, ctx := learn(t, b.Client), t.Context()
	month := partner.Month{Year: 2026, Month: 10}
	ids := list(t, b.Consumers(ctx, month))
	if !slices.Contains(ids, f.acme) {
		t.Errorf("consumers = %v", ids)
	}
	rows := list(t, b.Consumption(ctx, "", partner.ConsumptionQuery{Cycle: month, CustomerID: f.acme}))
	if len(rows) == 0 || rows[0].Service != "弹性云服务器" || len(rows[0].Payment) < 6 || rows[0].TradeTime.IsZero() {
		t.Errorf("consumption = %+v", rows)
	}
	sums := list(t, b.Monthly(ctx, "", partner.MonthlyQuery{Cycle: month, CustomerID: f.acme}))
	if len(sums) != 2 || sums[0].Mode != 1 || sums[1].Mode != 3 || sums[0].Parts[0].Amount != sums[0].Amount {
		t.Errorf("monthly = %+v", sums)
	}
	subs := list(t, b.Subscriptions(ctx, partner.SubscriptionQuery{
		CustomerID: f.acme, OnlyMain: true, Status: []partner.ResourceStatus{partner.ResourceInUse}, ExpireFrom: noon, ExpireTo: noon.AddDate(0, 0, 30),
	}))
	if len(subs) != 2 || !subs[0].Expires.Equal(noon.AddDate(0, 0, 3)) || subs[0].Policy != partner.ExpireGrace || !subs[0].Main {
		t.Errorf("subscriptions = %+v", subs)
	}
	types := list(t, b.ResourceTypes(ctx))
	if len(types) != 6 || types[0].Name != "云主机" {
		t.Errorf("types = %+v", types)
	}
	for account, want := range map[string]partner.RealNameResult{
		"acme": {Filed: true, State: partner.Verified}, "taihu-bio": {Filed: true, State: partner.UnderReview}, "newcomer-2026": {},
	} {
		cu := list(t, b.Customers(ctx, "", partner.CustomerQuery{Account: account}))[0]
		if got, err := b.RealName(ctx, cu.ID); err != nil || got != want {
			t.Errorf("%s: %+v, %v", account, got, err)
		}
	}
}

func TestSkewedClock(t *testing.T) {
	b := newBench(t, sandbox.Options{})
	b.world.Advance(16 * time.Minute)
	_, err := b.Balance(t.Context(), "")
	wantFault(t, err, partner.NotAllowed, "APIGW.0301", partner.EffectNone)
	if h := b.Hosts()[0]; !h.SkewSet || h.Skew != 16*time.Minute {
		t.Errorf("skew = %+v", h)
	}
}

func TestCapabilities_LearnFromCalls(t *testing.T) {
	b := newBench(t, sandbox.Options{})
	f := learn(t, b.Client)
	b.world.Deny("SUBCUSTSERV_010103")
	if _, err := b.GrantCustomer(t.Context(), "", f.acme, 1); err == nil {
		t.Fatal("the grant must be refused")
	}
	if got := b.Capabilities().Can("customer-grant"); got != partner.MissingItems {
		t.Errorf("grant: %s", got)
	}
	if got := b.Capabilities().Can("customers"); got != partner.Able {
		t.Errorf("customers: %s", got)
	}
}

func TestMoneyKey_IsNeeded(t *testing.T) {
	b := newBench(t, sandbox.Options{}, func(o *rest.Options) { o.Money = nil })
	f := learn(t, b.Client)
	before := len(b.world.Calls())
	_, err := b.GrantCustomer(t.Context(), "", f.acme, 1)
	wantFault(t, err, partner.NotAllowed, partner.CodeNoMoneyKey, partner.EffectNone)
	if len(b.world.Calls()) != before {
		t.Error("a write without the money key was sent")
	}
	c := newBench(t, sandbox.Options{}, func(o *rest.Options) { o.Money = []aksk.Key{{AK: "AKMONEY", SK: "wrong"}} })
	if _, err := c.Balance(t.Context(), ""); err != nil {
		t.Errorf("a bad money key must not stop reads: %v", err)
	}
}

func TestKind_RefusesBeforeSending(t *testing.T) {
	b := newBench(t, sandbox.Options{Kind: sandbox.SolutionProvider}, func(o *rest.Options) { o.Kind = partner.SolutionProvider })
	_, err := take(b.Resellers(t.Context(), partner.ResellerQuery{}))
	wantFault(t, err, partner.NotAllowed, partner.CodeKind, partner.EffectNone)
	if len(b.world.Calls()) != 0 {
		t.Error("a reseller call of a solution provider was sent")
	}
}
