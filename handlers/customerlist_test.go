package handlers_test

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"sync"
	"testing"
	"time"

	"partnerdesk/bot"
	"partnerdesk/handlers/access"
	"partnerdesk/handlers/opportunity"
	"partnerdesk/handlers/partner"
	"partnerdesk/handlers/partner/rest"
	"partnerdesk/handlers/partner/sandbox"
)

// crowd is a partner center with many customers. Its search is as the real one's:
// a part of the name, exactly as written.
type crowd struct {
	*rest.Client
	list  []partner.Customer
	bills []partner.MonthlySum

	mu    sync.Mutex // guards the field below
	calls map[string]int
}

func (c *crowd) called(op string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.calls == nil {
		c.calls = map[string]int{}
	}
	c.calls[op]++
}

func (c *crowd) Customers(_ context.Context, _ partner.Account, q partner.CustomerQuery) iter.Seq2[partner.Customer, error] {
	c.called("customers")
	return func(yield func(partner.Customer, error) bool) {
		n := 0
		for _, one := range c.list[min(q.Skip, len(c.list)):] {
			if q.ID != "" && one.ID != q.ID || !strings.Contains(one.Name, q.Name) || !strings.Contains(one.Account, q.Account) {
				continue
			}
			if n++; q.Most > 0 && n > q.Most || !yield(one, nil) {
				return
			}
		}
	}
}

func (c *crowd) CustomerBalances(_ context.Context, _ partner.Account, ids []string) (b partner.CustomerBalances, err error) {
	c.called("balances")
	for i, id := range ids {
		b.Found = append(b.Found, partner.CustomerBalance{CustomerID: id, Spendable: 100, Debt: partner.Fen(i % 2), HasSpendable: true, HasDebt: true})
	}
	return b, nil
}

func (c *crowd) Subscriptions(_ context.Context, q partner.SubscriptionQuery) iter.Seq2[partner.Subscription, error] {
	c.called("subscriptions")
	return func(yield func(partner.Subscription, error) bool) {
		yield(partner.Subscription{ID: "s" + q.CustomerID, Name: "ecs-" + q.CustomerID, Expires: noon.Add(72 * time.Hour)}, nil)
	}
}

func (c *crowd) Coupons(context.Context, partner.Account, partner.CouponQuery) iter.Seq2[partner.Coupon, error] {
	return func(func(partner.Coupon, error) bool) {}
}

func (c *crowd) Monthly(context.Context, partner.Account, partner.MonthlyQuery) iter.Seq2[partner.MonthlySum, error] {
	return func(yield func(partner.MonthlySum, error) bool) {
		for _, b := range c.bills {
			if !yield(b, nil) {
				return
			}
		}
	}
}

func (p *portfolio) among(c *crowd) *crowd {
	c.Client = p.center
	p.deps.Center = c
	return c
}

func TestCustomer_FindsByName(t *testing.T) {
	people := []partner.Customer{
		{ID: "a1", Name: "深圳市艾克美科技有限公司", Account: "acme"},
		{ID: "a2", Name: "深圳市艾克美科技有限公司", Account: "acme_02"},
		{ID: "b1", Name: "Harbour Light (Shanghai) Co., Ltd.", Account: "HarbourLight"},
		{ID: "c1", Name: "武汉江城有限公司", Account: "jc"},
		{ID: "c2", Name: "武汉江城物联科技有限公司", Account: "jc-iot"},
		{ID: "d1", Name: "北京星野集团", Account: "xy"},
		{ID: "0123456789abcdef0123456789abcdef", Name: "", Account: "newcomer"},
	}
	for i := range people {
		people[i].Association = partner.Resale
	}
	cases := []struct {
		name, typed string
		want        string // logins, of the page or of the choice
	}{
		{"a login", "acme", "acme"},
		{"a login in capitals", "ACME_02", "acme_02"},
		{"an id", "0123456789abcdef0123456789abcdef", "newcomer"},
		{"one name of two accounts is a choice", "深圳市艾克美科技有限公司", "acme acme_02"},
		{"the exact name wins over longer ones", "武汉江城有限公司", "jc"},
		{"a part of two", "武汉江城", "jc jc-iot"},
		{"another legal form", "北京星野有限公司", "xy"},
		{"spaces within", "北 京 星 野", "xy"},
		{"full-width and lower case", "ｈａｒｂｏｕｒ　ｌｉｇｈｔ（shanghai）", "HarbourLight"},
		{"without the form of company", "harbour light shanghai", "HarbourLight"},
		{"nobody", "海市蜃楼", ""},
		{"only signs", "（）", ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			p := newPortfolio(t, access.SolutionProvider)
			p.among(&crowd{list: people})
			reply, _ := p.do(t, p.bot(t), typed(anna, "customer "+c.typed))
			var got []string
			for _, b := range buttonsOf(reply) {
				if b.Action == "customer.show" {
					for _, one := range people {
						if one.ID == b.Value {
							got = append(got, one.Account)
						}
					}
				}
			}
			if strings.Join(got, " ") != c.want {
				t.Errorf("%q means %q, want %q:\n%s", c.typed, got, c.want, reply.Plain())
			}
		})
	}
}

func many(n int) (list []partner.Customer) {
	for i := range n {
		list = append(list, partner.Customer{ID: fmt.Sprintf("id%04d", i), Name: fmt.Sprintf("客户%04d有限公司", i), Account: fmt.Sprintf("login%04d", i), Association: partner.Resale, Verification: partner.Verified})
	}
	return list
}

func TestCustomerList_TurnsPagesFromTheShelf(t *testing.T) {
	p := newPortfolio(t, access.SolutionProvider)
	c := p.among(&crowd{list: many(205)})
	desk := p.bot(t)
	reply, _ := p.do(t, desk, typed(anna, "customer"))
	pages, seen := 1, map[string]bool{}
	for {
		next := ""
		for _, b := range buttonsOf(reply) {
			switch {
			case b.Action == "customer.show":
				seen[b.Value] = true
			case strings.HasPrefix(b.Text, "下一页"):
				next = b.Value
			}
		}
		if next == "" || pages > 30 {
			break
		}
		reply, _ = p.do(t, desk, clicked(anna, "customer.list", next))
		pages++
	}
	if pages != 21 || len(seen) != 205 {
		t.Errorf("%d pages with %d customers", pages, len(seen))
	}
	if c.calls["customers"] != 1 || c.calls["balances"] != 21 {
		t.Errorf("calls: %v", c.calls)
	}
	if p.do(t, desk, clicked(anna, "customer.anew", "|0")); c.calls["customers"] != 2 {
		t.Errorf("refreshing read the customers %d times in all", c.calls["customers"])
	}
}

func TestCustomerList_SaysWhatItLeavesOut(t *testing.T) {
	p := newPortfolio(t, access.SolutionProvider)
	c := p.among(&crowd{list: many(1200)})
	desk := p.bot(t)
	reply, _ := p.do(t, desk, typed(anna, "customer list expiring"))
	if got := reply.Plain(); !strings.Contains(got, "只看了前 1000 个客户") || !strings.Contains(got, "还有 900 个客户的资源没有来得及看") || c.calls["subscriptions"] != 100 {
		t.Errorf("%v\n%s", c.calls, got)
	}
	reply, _ = p.do(t, desk, typed(anna, "customer list 欠费"))
	if got := reply.Plain(); !strings.Contains(got, "欠费的客户（共 500 个）") || c.calls["balances"] != 1 {
		t.Errorf("%v\n%s", c.calls, got)
	}
}

func TestCustomer_AddsBillsExactly(t *testing.T) {
	p := newPortfolio(t, access.SolutionProvider)
	c := p.among(&crowd{list: many(1)})
	for range 1000 {
		c.bills = append(c.bills, partner.MonthlySum{Mode: 3, Amount: "0.005"})
	}
	c.bills = append(c.bills, partner.MonthlySum{Mode: 1, Amount: "1234567.10"}, partner.MonthlySum{Mode: 11, Amount: ""}, partner.MonthlySum{Mode: 1, BillType: 1, Amount: "-67.1"},
		partner.MonthlySum{CustomerID: "of somebody else", Mode: 1, Amount: "1000000"})
	desk := p.bot(t)
	reply, _ := p.do(t, desk, typed(anna, "customer login0000"))
	for _, want := range []string{"2026-11 共 ¥1,234,505.00", "包年/包月 ¥1,234,567.10", "按需 ¥5.00", "退订与核销 ¥-67.10", "最多到 2026-11-19"} {
		if got := reply.Plain(); !strings.Contains(got, want) {
			t.Errorf("%s is missing:\n%s", want, got)
		}
	}
	c.bills = append(c.bills, partner.MonthlySum{Mode: 1, Amount: "much"})
	if reply, _ := p.do(t, desk, typed(anna, "customer login0000")); !strings.Contains(reply.Plain(), "本月消费：暂时取不到") {
		t.Errorf("an unreadable bill:\n%s", reply.Plain())
	}
}

// TestReseller_ShowsGrants grants cash and looks whether the page says so.
func TestReseller_ShowsGrants(t *testing.T) {
	p := newPortfolio(t, access.Distributor)
	desk := p.bot(t)
	for one, err := range p.center.Resellers(t.Context(), partner.ResellerQuery{Account: "huiyun"}) {
		if err != nil {
			t.Fatal(err)
		}
		for i := range 4 {
			if _, err := p.center.GrantReseller(t.Context(), one.ID, partner.Yuan(int64(100+i))); err != nil {
				t.Fatal(err)
			}
		}
	}
	reply, _ := p.do(t, desk, typed(anna, "reseller huiyun"))
	if got := reply.Plain(); !strings.Contains(got, "最近拨款：一年内 4 次") || strings.Count(got, "2026-11-20 12:00 ¥10") != 3 {
		t.Errorf("the page after four grants:\n%s", got)
	}
	var actions []string
	for _, b := range buttonsOf(reply) {
		actions = append(actions, b.Action)
	}
	if got := strings.Join(actions, " "); got != "reseller.show funds.grant voucher.give reseller.list" {
		t.Errorf("buttons: %s", got)
	}
	for _, b := range buttonsOf(reply) {
		if _, form := p.do(t, desk, clicked(anna, b.Action, b.Value)); (strings.HasPrefix(b.Action, "funds") || b.Action == "voucher.give") && (form == nil || !strings.Contains(fmt.Sprint(*form), "huiyun")) {
			t.Errorf("%s is not prefilled: %+v", b.Action, form)
		}
	}
}

func TestCustomer_ListsItsOpportunities(t *testing.T) {
	p := newPortfolio(t, access.SolutionProvider)
	desk := p.bot(t)
	put := func(id, company, state string, of bot.Account) {
		t.Helper()
		err := p.deps.Opportunities.PutOpportunity(nil, opportunity.Opportunity{
			Team: "T1", ID: id, Account: of, Owner: anna, State: state, Changed: noon, Values: map[string]string{opportunity.FieldCompany: company, "contact_name": "张三"},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	put("OP-MINE", "艾克美科技", "submitted", bot.Operator())
	put("OP-OVER", "艾克美科技", "delivered", bot.Operator())
	put("OP-ELSE", "青禾智能", "submitted", bot.Operator())
	put("OP-THEM", "艾克美科技", "submitted", bot.Reseller("R1"))
	reply, form := p.do(t, desk, typed(anna, "customer acme"))
	got := everything(reply, form)
	if !strings.Contains(got, "OP-MINE") || strings.Contains(got, "OP-OVER") || strings.Contains(got, "OP-ELSE") || strings.Contains(got, "OP-THEM") || strings.Contains(got, "张三") {
		t.Errorf("the page:\n%s", got)
	}
}

// TestResellerList_TwoHundred: the list of a large distributor reads the resellers
// once, and balances for the page that shows.
func TestResellerList_TwoHundred(t *testing.T) {
	p := newPortfolio(t, access.Distributor)
	now := func() time.Time { return noon }
	world, err := sandbox.New(sandbox.Options{Seed: 1, Resellers: 200, AK: "AK", SK: "SK", Now: now})
	if err != nil {
		t.Fatal(err)
	}
	client, err := rest.New(rest.Options{Endpoint: "http://center.test", AK: "AK", SK: "SK", Kind: partner.Distributor, Transport: world, Now: now, Attempts: 1, Sleep: func(context.Context, time.Duration) error { return nil }})
	if err != nil {
		t.Fatal(err)
	}
	p.deps.Center = client
	desk := p.bot(t)
	reply, _ := p.do(t, desk, typed(anna, "reseller"))
	seen, pages := map[string]bool{}, 0
	for {
		pages++
		next := ""
		for _, b := range buttonsOf(reply) {
			switch {
			case b.Action == "reseller.show":
				seen[b.Value] = true
			case strings.HasPrefix(b.Text, "下一页"):
				next = b.Value
			}
		}
		if next == "" || pages > 30 {
			break
		}
		reply, _ = p.do(t, desk, clicked(anna, "reseller.list", next))
	}
	p.do(t, desk, clicked(anna, "reseller.list", "0"))
	calls := map[string]int{}
	for _, c := range world.Calls() {
		calls[c.Op]++
	}
	if pages != 20 || len(seen) != 200 || calls["resellers"] != 2 || calls["balance"] != 200 {
		t.Errorf("%d pages, %d resellers, calls %v", pages, len(seen), calls)
	}
	if reply, _ := p.do(t, desk, typed(anna, "reseller 云计算")); !strings.Contains(reply.Plain(), "家云经销商的名称含") {
		t.Errorf("by name:\n%s", reply.Plain())
	}
}
