package handlers_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"sync"
	"testing"
	"time"

	"partnerdesk/bot"
	"partnerdesk/handlers"
	"partnerdesk/handlers/access"
	"partnerdesk/handlers/partner"
)

// throng is a partner center of many customers and resellers, which counts what it
// is asked and can be made to fail or to wait.
type throng struct {
	handlers.Center
	customers []partner.Customer
	resellers []partner.Reseller

	mu    sync.Mutex // guards what follows
	whole int        // readings of everybody
	fail  error
	gate  chan struct{} // what everybody after the first hundred waits for; nil: nobody waits
}

func (c *throng) asked() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.whole
}

func (c *throng) Customers(ctx context.Context, of partner.Account, q partner.CustomerQuery) iter.Seq2[partner.Customer, error] {
	return func(yield func(partner.Customer, error) bool) {
		c.mu.Lock()
		fail, gate := c.fail, c.gate
		if q.Name == "" && q.Account == "" {
			c.whole++
		}
		c.mu.Unlock()
		if fail != nil {
			yield(partner.Customer{}, fail)
			return
		}
		n := 0
		for i, one := range c.customers {
			if string(of) != "" && !strings.HasPrefix(one.Name, string(of)) || !strings.Contains(one.Name, q.Name) || !strings.Contains(one.Account, q.Account) {
				continue
			}
			if q.Name == "" && q.Account == "" && gate != nil && i == 100 {
				select {
				case <-gate:
				case <-ctx.Done():
					yield(partner.Customer{}, ctx.Err())
					return
				}
			}
			if n++; !yield(one, nil) || n == q.Most {
				return
			}
		}
	}
}

func (c *throng) Resellers(context.Context, partner.ResellerQuery) iter.Seq2[partner.Reseller, error] {
	return func(yield func(partner.Reseller, error) bool) {
		for _, one := range c.resellers {
			if !yield(one, nil) {
				return
			}
		}
	}
}

func newThrong(n int) *throng {
	c := &throng{}
	for i := range n {
		c.customers = append(c.customers, partner.Customer{ID: fmt.Sprintf("id%05d", i), Name: fmt.Sprintf("第%05d号科技有限公司", i), Account: fmt.Sprintf("login%05d", i),
			Association: partner.Resale, Phone: "13800000000", Mail: "a@b.example"})
	}
	return c
}

// suggest types into a command's search as somebody of an account.
func (c *throng) suggest(t *testing.T, now func() time.Time, kind access.OperatorKind) func(command, name, typed string, of bot.Account) []string {
	t.Helper()
	table := handlers.Commands(&handlers.Deps{Catalog: messages(t), Access: rules(t, kind), Center: c, Now: now})
	return func(command, name, typed string, of bot.Account) []string {
		t.Helper()
		for _, cmd := range table {
			if cmd.Name != command {
				continue
			}
			list, err := cmd.Suggests[name].Run(t.Context(), bot.Request{Text: typed, Lang: "zh-CN", Actor: bot.Actor{Account: of}})
			if err != nil {
				t.Fatal(err)
			}
			var out []string
			for _, o := range list {
				out = append(out, strings.TrimPrefix(o.Group+"/", "/")+o.Value+"="+o.Text)
			}
			return out
		}
		t.Fatalf("no command %s", command)
		return nil
	}
}

func standing(at *time.Time) func() time.Time { return func() time.Time { return *at } }

func TestSuggest_Matches(t *testing.T) {
	c := &throng{}
	for _, s := range []string{"艾克美科技有限公司,acme", "云帆科技,yunfan", "云帆科技（上海）有限公司,yunfan-sh", "青禾智能制造,qinghe", "Beijing Star Games Co. Ltd.,stars", ",newcomer"} {
		name, login, _ := strings.Cut(s, ",")
		c.customers = append(c.customers, partner.Customer{ID: "id-" + login, Name: name, Account: login, Association: partner.Resale})
	}
	c.customers = append(c.customers, partner.Customer{ID: "id-ref", Name: "云上顾问", Account: "ref", Association: partner.Referral},
		partner.Customer{ID: "id-ice", Name: "云冰", Account: "ice", Association: partner.Resale, Frozen: 1})
	now := noon
	ask := c.suggest(t, standing(&now), access.SolutionProvider)
	for _, tt := range []struct{ typed, first, not string }{
		{"", "newcomer=newcomer", ""},
		{"云帆科技", "yunfan=云帆科技 · yunfan", "acme"},
		{"云科", "yunfan=", "青禾"},
		{"ＡＣＭＥ", "acme=艾克美科技有限公司 · acme", "云帆"},
		{"id-qinghe", "qinghe=", "acme"},
		{"star", "stars=", "acme"},
		{"newcomer", "newcomer=newcomer", "acme"},
		{"云冰", "ice=云冰 · ice · 已冻结，不能选", ""},
	} {
		got := ask("voucher", "customer", tt.typed, bot.Operator())
		if len(got) == 0 || !strings.HasPrefix(got[0], tt.first) || tt.not != "" && strings.Contains(strings.Join(got, " "), tt.not) {
			t.Errorf("%q offers %q, want %s first and no %q", tt.typed, got, tt.first, tt.not)
		}
	}
	got := strings.Join(ask("voucher", "customer", "云", bot.Operator()), " ")
	if i, j := strings.Index(got, "yunfan="), strings.Index(got, "ref=云上顾问 · ref · 顾问销售，不能选"); i < 0 || j < i {
		t.Errorf("who can be given nothing stands first or unmarked: %s", got)
	}
	if got := ask("customer", "find", "ref", bot.Operator()); len(got) != 1 || got[0] != "id-ref=云上顾问 · ref" {
		t.Errorf("/customer offers %q", got)
	}
	if got := ask("voucher", "customer", "没有这家", bot.Operator()); len(got) != 0 {
		t.Errorf("nobody is %q", got)
	}
}

// Ten thousand customers come a page at a time; what has come is there at once,
// and the partner center's own search finds the others meanwhile.
func TestSuggest_ManyCustomers(t *testing.T) {
	c := newThrong(10_000)
	c.gate = make(chan struct{})
	now := noon
	ask := c.suggest(t, standing(&now), access.SolutionProvider)
	if got := ask("voucher", "customer", "", bot.Operator()); len(got) != bot.MostSuggested {
		t.Errorf("%d are offered before all are read, want the first page", len(got))
	}
	if got := ask("voucher", "customer", "09999", bot.Operator()); len(got) != 1 || !strings.HasPrefix(got[0], "login09999=") {
		t.Errorf("one of the last is not found: %q", got)
	}
	if n := c.asked(); n != 1 {
		t.Errorf("everybody was read %d times at once", n)
	}
	close(c.gate)
}

func TestSuggest_Cache(t *testing.T) {
	c := newThrong(50)
	now := noon
	ask := c.suggest(t, standing(&now), access.SolutionProvider)
	for range 5 {
		for _, command := range []string{"voucher", "customer"} {
			name := map[string]string{"voucher": "customer", "customer": "find"}[command]
			if got := ask(command, name, "第00007号", bot.Operator()); len(got) != 1 {
				t.Fatalf("offered %q", got)
			}
		}
	}
	if n := c.asked(); n != 1 {
		t.Errorf("read %d times for ten keystrokes, want once", n)
	}
	// A later reading that fails leaves what is known.
	now = now.Add(11 * time.Minute)
	c.mu.Lock()
	c.fail = errors.New("out of order")
	c.mu.Unlock()
	if got := ask("customer", "find", "第00007号", bot.Operator()); len(got) != 1 {
		t.Errorf("what was known is gone: %q", got)
	}
}

// The partner center fails: nothing is offered, nothing breaks, and it is not asked
// at every keystroke.
func TestSuggest_CenterFails(t *testing.T) {
	c := newThrong(50)
	c.fail = errors.New("out of order")
	now := noon
	ask := c.suggest(t, standing(&now), access.SolutionProvider)
	for range 5 {
		if got := ask("customer", "find", "第00007号", bot.Operator()); len(got) != 0 {
			t.Errorf("offered %q", got)
		}
	}
	if n := c.asked(); n != 1 {
		t.Errorf("read %d times, want once within ten seconds", n)
	}
	c.mu.Lock()
	c.fail = nil
	c.mu.Unlock()
	now = now.Add(11 * time.Second)
	if got := ask("customer", "find", "第00007号", bot.Operator()); len(got) != 1 {
		t.Errorf("not found once it works again: %q", got)
	}
}

// Resellers compete: one's people are offered its own customers and no reseller.
func TestSuggest_KeepsAccountsApart(t *testing.T) {
	c := &throng{customers: []partner.Customer{{ID: "1", Name: "甲方的客户", Account: "of-a", Association: partner.Resale}, {ID: "2", Name: "乙方的客户", Account: "of-b", Association: partner.Resale}},
		resellers: []partner.Reseller{{ID: "甲", Name: "甲方公司", Account: "reseller-a"}, {ID: "乙", Name: "乙方公司", Account: "reseller-b"}}}
	now := noon
	ask := c.suggest(t, standing(&now), access.Distributor)
	a := bot.Reseller("甲")
	for _, s := range [][2]string{{"voucher", "customer"}, {"funds", "party"}, {"customer", "find"}} {
		if got := strings.Join(ask(s[0], s[1], "", a), " "); !strings.Contains(got, "甲方的客户") || strings.Contains(got, "乙") || strings.Contains(got, "reseller-a") {
			t.Errorf("/%s offers somebody of reseller A %s", s[0], got)
		}
	}
	for _, s := range [][2]string{{"voucher", "reseller"}, {"reseller", "find"}} {
		if got := ask(s[0], s[1], "", a); len(got) != 0 {
			t.Errorf("/%s offers somebody of reseller A the resellers %q", s[0], got)
		}
	}
	got := strings.Join(ask("funds", "party", "方", bot.Operator()), " ")
	if !strings.Contains(got, "客户/of-a=甲方的客户") || !strings.Contains(got, "云经销商/reseller-b=乙方公司") {
		t.Errorf("the distributor is offered %s", got)
	}
}

// A keystroke among ten thousand customers, all read.
func BenchmarkSuggest(b *testing.B) {
	c := newThrong(10_000)
	rules, err := access.New(access.Options{Kind: access.SolutionProvider, Team: "T1"})
	if err != nil {
		b.Fatal(err)
	}
	table := handlers.Commands(&handlers.Deps{Catalog: messages(b), Access: rules, Center: c, Now: time.Now})
	for _, cmd := range table {
		if cmd.Name != "voucher" {
			continue
		}
		ask := func(typed string) int {
			list, err := cmd.Suggests["customer"].Run(b.Context(), bot.Request{Text: typed, Lang: "zh-CN", Actor: bot.Actor{Account: bot.Operator()}})
			if err != nil {
				b.Fatal(err)
			}
			return len(list)
		}
		// All are read once a scattered name of the last page is found, which the
		// partner center's own search would not.
		tick := time.NewTicker(50 * time.Millisecond)
		defer tick.Stop()
		for ask("第9999科") == 0 {
			<-tick.C
		}
		b.ReportAllocs()
		for b.Loop() {
			if ask("0999") == 0 {
				b.Fatal("nobody")
			}
		}
	}
}
