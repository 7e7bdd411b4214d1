package handlers_test

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"partnerdesk/bot"
	"partnerdesk/handlers/access"
	"partnerdesk/handlers/partner"
)

// slowly is a crowd whose center takes its time for every hundred customers.
type slowly struct {
	*crowd
	every time.Duration
	fails int // of the balances: from that call on
}

func (s *slowly) Customers(ctx context.Context, of partner.Account, q partner.CustomerQuery) iter.Seq2[partner.Customer, error] {
	return func(yield func(partner.Customer, error) bool) {
		n := 0
		for one, err := range s.crowd.Customers(ctx, of, q) {
			if n++; n%100 == 1 {
				select {
				case <-time.After(s.every):
				case <-ctx.Done():
					yield(partner.Customer{}, ctx.Err())
					return
				}
			}
			if !yield(one, err) {
				return
			}
		}
	}
}

func (s *slowly) CustomerBalances(ctx context.Context, of partner.Account, ids []string) (partner.CustomerBalances, error) {
	s.called("asked")
	s.mu.Lock()
	asked := s.calls["asked"]
	s.mu.Unlock()
	if s.fails > 0 && asked >= s.fails {
		return partner.CustomerBalances{}, &partner.Error{Class: partner.Broken}
	}
	select {
	case <-time.After(s.every):
	case <-ctx.Done():
		return partner.CustomerBalances{}, ctx.Err()
	}
	return s.crowd.CustomerBalances(ctx, of, ids)
}

func action(t *testing.T, reply bot.Reply, name string) bot.Button {
	t.Helper()
	for _, b := range buttonsOf(reply) {
		if b.Action == name {
			return b
		}
	}
	t.Fatalf("no button %s in:\n%s", name, everything(reply, nil))
	return bot.Button{}
}

// TestBalanceUnder_TenThousand: as fast as the center lets one ask, ten thousand
// customers take one go, a hundred to a call.
func TestBalanceUnder_TenThousand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPortfolio(t, access.SolutionProvider)
		c := p.among(&crowd{list: many(10_000)})
		p.deps.Center = &slowly{crowd: c, every: 100 * time.Millisecond}
		p.deps.Sheets = tables{}
		p.grants = append(p.grants, access.Grant{Who: anna.User, Roles: []bot.Role{bot.RoleLead}})
		desk := p.bot(t)
		began := time.Now()
		reply, _ := p.do(t, desk, typed(anna, "balance under"))
		if took := time.Since(began); took > 12*time.Second || c.calls["balances"] != 100 {
			t.Errorf("took %s with %d calls", took, c.calls["balances"])
		}
		for _, want := range []string{"10000 个，其中 5000 个欠费", "可用额度合计: ¥10,000.00", "欠款合计: ¥50.00"} {
			if got := reply.Plain(); !strings.Contains(got, want) {
				t.Errorf("%q is missing in:\n%s", want, got)
			}
		}
		next := action(t, reply, "balance.under")
		if reply, _ = p.do(t, desk, clicked(anna, "balance.under", next.Value)); !strings.Contains(reply.Plain(), "客户0021有限公司") || c.calls["balances"] != 100 {
			t.Errorf("the second page, after %d calls:\n%s", c.calls["balances"], reply.Plain())
		}
		p.replies = nil
		r := clicked(anna, "balance.file", action(t, reply, "balance.file").Value)
		r.Door, r.Lang, r.Place = "test", "zh-CN", bot.Place{Team: "T1", Channel: "D1", Direct: true}
		if _, err := desk.Handle(t.Context(), r); err != nil || len(p.replies) != 1 || len(p.replies[0].Files) != 1 {
			t.Fatalf("%v: %+v", err, p.replies)
		}
		file := p.replies[0].Files[0]
		t.Logf("the file has %d bytes", len(file.Data))
		if err := p.replies[0].CheckFiles(); err != nil {
			t.Error(err)
		}
		grids, err := tables{}.Read(file.Name, file.Data, 20_000)
		if err != nil || len(grids) != 1 || len(grids[0].Rows) < 10_001 || fmt.Sprint(grids[0].Rows[0]) != "[客户0001有限公司 login0001 1.00 0.01 ⚠️ 欠费]" || !strings.HasPrefix(fmt.Sprint(grids[0].Rows[10_000]), "[合计  10000.00 50.00") {
			t.Errorf("%v: %v … %v", err, grids[0].Rows[0], grids[0].Rows[10_000])
		}
	})
}

// TestBalanceUnder_ReadsOn: what one request has no time for, the next one reads;
// what is there is not asked for again.
func TestBalanceUnder_ReadsOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPortfolio(t, access.SolutionProvider)
		c := p.among(&crowd{list: many(10_000)})
		p.deps.Center = &slowly{crowd: c, every: 300 * time.Millisecond}
		desk := p.bot(t)
		began := time.Now()
		reply, _ := p.do(t, desk, typed(anna, "balance under"))
		if took := time.Since(began); took > 15*time.Second {
			t.Errorf("took %s", took)
		}
		if got := reply.Plain(); !strings.Contains(got, "一次没有取完") || strings.Contains(got, "没有回应") {
			t.Errorf("the first part:\n%s", got)
		}
		for n := 0; ; n++ {
			if n > 5 {
				t.Fatal("it has no end")
			}
			more := false
			for _, b := range buttonsOf(reply) {
				more = more || b.Action == "balance.more"
			}
			if !more {
				break
			}
			reply, _ = p.do(t, desk, clicked(anna, "balance.more", "|0"))
		}
		if got := reply.Plain(); !strings.Contains(got, "10000 个，其中") || !strings.Contains(got, "可用额度合计: ¥10,000.00") || strings.Contains(got, "继续取") {
			t.Errorf("the whole:\n%s", got)
		}
		if c.calls["balances"] > 105 {
			t.Errorf("%d calls", c.calls["balances"])
		}
	})
}

// TestBalanceUnder_CenterFails: what came before is shown and named a part.
func TestBalanceUnder_CenterFails(t *testing.T) {
	p := newPortfolio(t, access.SolutionProvider)
	c := p.among(&crowd{list: many(250)})
	s := &slowly{crowd: c, fails: 2}
	p.deps.Center = s
	desk := p.bot(t)
	reply, _ := p.do(t, desk, typed(anna, "balance under"))
	// The calls go out at the same time: the one that came through was of a hundred
	// customers, or of the last fifty.
	got := reply.Plain()
	hundred := strings.Contains(got, "250 个，其中 50 个欠费") && strings.Contains(got, "还有 150 个客户的余额没取到")
	fifty := strings.Contains(got, "250 个，其中 25 个欠费") && strings.Contains(got, "还有 200 个客户的余额没取到")
	if !hundred && !fifty || !strings.Contains(got, "有几处没有回应") {
		t.Errorf("a part:\n%s", got)
	}
	s.fails = 0
	reply, _ = p.do(t, desk, clicked(anna, "balance.more", "|0"))
	if got := reply.Plain(); !strings.Contains(got, "250 个，其中 125 个欠费") || strings.Contains(got, "没取到") || c.calls["balances"] != 3 {
		t.Errorf("%v\n%s", c.calls, got)
	}
	s.fails, c.calls = 1, nil
	reply, _ = p.do(t, desk, clicked(anna, "balance.anew", "|0"))
	if got := reply.Plain(); strings.Contains(got, "合计") || !strings.Contains(got, "伙伴中心") {
		t.Errorf("when nothing came:\n%s", got)
	}
}

// TestBalance_ResellerOrCustomer: a distributor's people may name either.
func TestBalance_ResellerOrCustomer(t *testing.T) {
	p := newPortfolio(t, access.Distributor)
	desk := p.bot(t)
	cases := []struct {
		name, line string
		want       []string
		buttons    string
	}{
		{"a reseller's login", "balance huiyun", []string{"徽云", "的余额", "可拨款给客户"}, "balance.reseller balance.under reseller.show"},
		{"a customer's login", "balance acme", []string{"艾克美", "可用额度"}, "balance.customer"},
		{"both kinds", "balance 有限", []string{"客户和云经销商都有"}, ""},
		{"nobody", "balance 没有这家", []string{"名下没有叫"}, ""},
		{"below a reseller", "balance under huiyun", []string{"名下代售客户的余额", "可用额度合计", "只列客户 ID"}, ""},
		{"below nobody", "balance 名下 没有这家", []string{"名下没有叫“没有这家”的云经销商"}, ""},
		{"our own", "balance 名下", []string{"名下代售客户的余额", "艾克美"}, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			reply, _ := p.do(t, desk, typed(anna, c.line))
			for _, want := range c.want {
				if got := reply.Plain(); !strings.Contains(got, want) {
					t.Errorf("%q is missing in:\n%s", want, got)
				}
			}
			var actions []string
			for _, b := range buttonsOf(reply) {
				actions = append(actions, b.Action)
			}
			if got := strings.Join(actions, " "); c.buttons != "" && got != c.buttons {
				t.Errorf("buttons: %s", got)
			}
		})
	}
}

// TestBalanceUnder_HidesWhoTheCustomersAre: a distributor sees the money below a
// reseller, and no name or login of a customer, on no page and in no file.
func TestBalanceUnder_HidesWhoTheCustomersAre(t *testing.T) {
	p := newPortfolio(t, access.Distributor)
	p.deps.Sheets = tables{}
	p.grants = append(p.grants, access.Grant{Who: anna.User, Roles: []bot.Role{bot.RoleLead}})
	desk := p.bot(t)
	reply, _ := p.do(t, desk, typed(anna, "balance under huiyun"))
	file := clicked(anna, "balance.file", action(t, reply, "balance.file").Value)
	file.Door, file.Lang, file.Place = "test", "zh-CN", bot.Place{Team: "T1", Channel: "D1", Direct: true}
	p.replies = nil
	if _, err := desk.Handle(t.Context(), file); err != nil || len(p.replies) != 1 || len(p.replies[0].Files) != 1 {
		t.Fatalf("%v: %+v", err, p.replies)
	}
	grids, err := tables{}.Read("x.xlsx", p.replies[0].Files[0].Data, 1000)
	if err != nil {
		t.Fatal(err)
	}
	seen := everything(reply, nil) + everything(p.replies[0], nil) + fmt.Sprint(grids) + p.replies[0].Files[0].Name
	found := 0
	for one, err := range p.center.Resellers(t.Context(), partner.ResellerQuery{Account: "huiyun"}) {
		if err != nil {
			t.Fatal(err)
		}
		for c, err := range p.center.Customers(t.Context(), one.ID, partner.CustomerQuery{}) {
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(seen, c.Name) || strings.Contains(seen, c.Account) {
				t.Errorf("%s is named", c.Name)
			}
			if c.Association == partner.Resale && strings.Contains(fmt.Sprint(grids), c.ID) {
				found++
			}
		}
	}
	if found == 0 {
		t.Errorf("no customer at all:\n%s", seen)
	}
}

// TestBalanceUnder_AResellersPeople see their own customers, by name, and nobody
// else's, whatever they type or click.
func TestBalanceUnder_AResellersPeople(t *testing.T) {
	p := newPortfolio(t, access.Distributor)
	var ids []partner.Account
	for one, err := range p.center.Resellers(t.Context(), partner.ResellerQuery{}) {
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, one.ID)
	}
	p.grants = append(p.grants, access.Grant{Who: rita.User, Roles: []bot.Role{bot.RoleStaff, bot.RoleLead}, Employer: "reseller:" + string(ids[0])})
	desk := p.bot(t)
	reply, _ := p.do(t, desk, typed(rita, "balance under"))
	var mine string
	for c, err := range p.center.Customers(t.Context(), ids[0], partner.CustomerQuery{}) {
		if err != nil {
			t.Fatal(err)
		}
		if c.Association == partner.Resale {
			mine = c.Name
		}
	}
	if got := reply.Plain(); !strings.Contains(got, mine) || strings.Contains(got, "艾克美") {
		t.Errorf("their own:\n%s", got)
	}
	refused := []bot.Request{typed(rita, "balance under "+string(ids[1])), clicked(rita, "balance.under", string(ids[1])+"|0"), clicked(rita, "balance.reseller", string(ids[1])), clicked(rita, "balance.file", string(ids[1])+"|0"), clicked(rita, "balance.anew", string(ids[1])+"|0"), clicked(rita, "balance.more", string(ids[1])+"|0")}
	for _, r := range refused {
		if reply, _ := p.do(t, desk, r); strings.Contains(reply.Plain(), "¥") || strings.Contains(reply.Plain(), "可用额度") {
			t.Errorf("%s.%s %s: %s", r.Command, r.Action, r.Text+r.Value, reply.Plain())
		}
	}
}
