package handlers_test

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"partnerdesk/bot"
	"partnerdesk/bot/lang"
	"partnerdesk/data"
	"partnerdesk/handlers"
	"partnerdesk/handlers/access"
	"partnerdesk/handlers/benefit"
	"partnerdesk/handlers/money"
	"partnerdesk/handlers/opportunity"
	"partnerdesk/handlers/partner"
	"partnerdesk/handlers/partner/aksk"
	"partnerdesk/handlers/partner/rest"
	"partnerdesk/handlers/partner/sandbox"
	"partnerdesk/handlers/remind"
	"partnerdesk/handlers/ticket"
)

// said keeps what the desk posts.
type said struct {
	mu      sync.Mutex // guards the field below
	replies []bot.Reply
}

func (s *said) Update(_ context.Context, fn func(bot.Tx) error) error {
	t := &saidTx{}
	if err := fn(t); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.replies = append(s.replies, t.replies...)
	return nil
}

type saidTx struct{ replies []bot.Reply }

func (t *saidTx) Post(p bot.Post) error      { t.replies = append(t.replies, p.Reply); return nil }
func (*saidTx) Audit(bot.Entry) error        { return nil }
func (*saidTx) Done(string, time.Time) error { return nil }

// portfolio is a desk with a partner center in memory, to look around in.
type portfolio struct {
	*said
	world  *sandbox.Sandbox
	center *rest.Client
	grants []access.Grant
	deps   *handlers.Deps
	kind   access.OperatorKind
}

func newPortfolio(t testing.TB, kind access.OperatorKind) *portfolio {
	t.Helper()
	p := &portfolio{said: &said{}, kind: kind, grants: []access.Grant{{Who: anna.User, Roles: []bot.Role{bot.RoleStaff}}}}
	now := func() time.Time { return noon }
	var err error
	p.world, err = sandbox.New(sandbox.Options{Seed: 1, Kind: string(kind), AK: "AK", SK: "SK", Now: now})
	if err != nil {
		t.Fatal(err)
	}
	p.center, err = rest.New(rest.Options{
		Endpoint: "http://center.test", CaseEndpoint: "http://center.test", AK: "AK", SK: "SK", Money: []aksk.Key{{AK: "AK", SK: "SK"}},
		Kind: partner.Kind(kind), Transport: p.world, Now: now, Attempts: 1, Sleep: func(context.Context, time.Duration) error { return nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	policy, err := data.OpportunityPolicy()
	if err != nil {
		t.Fatal(err)
	}
	register, err := data.BenefitPolicy()
	if err != nil {
		t.Fatal(err)
	}
	p.deps = &handlers.Deps{
		Register: &handlers.Register{Book: &benefit.Memory{}, Policy: register},
		Catalog:  messages(t), Knowledge: silent{}, Questions: &questions{}, Center: p.center, Tickets: &ticket.Memory{}, Opportunities: &opportunity.Memory{}, Policy: policy,
		Remind: &handlers.Reminders{Book: &remind.Memory{}}, Zone: time.FixedZone("Asia/Shanghai", 8*3600), Now: now,
		Money: &handlers.Money{Book: &money.Memory{}, Center: p.center, People: town{}, Listed: func(context.Context) ([]bot.PersonID, error) { return []bot.PersonID{anna, rita}, nil }},
	}
	return p
}

func (p *portfolio) bot(t testing.TB) *bot.Bot {
	t.Helper()
	rules, err := access.New(access.Options{Kind: p.kind, Team: "T1", Grants: p.grants})
	if err != nil {
		t.Fatal(err)
	}
	p.deps.Access = rules
	b, err := bot.New(bot.Options{Commands: handlers.Commands(p.deps), Default: "ask", People: town{}, Access: rules, Store: p.said, Catalog: p.deps.Catalog, Now: p.deps.Now})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// do has a person do something and returns what came of it.
func (p *portfolio) do(t testing.TB, b *bot.Bot, r bot.Request) (bot.Reply, *bot.Form) {
	t.Helper()
	p.replies = nil
	r.Door, r.Lang = "test", lang.Chinese
	r.Place = bot.Place{Team: "T1", Channel: "D1", Direct: true}
	form, err := b.Handle(t.Context(), r)
	if err != nil {
		t.Fatalf("%s.%s %q: %v", r.Command, r.Action, r.Text+r.Value, err)
	}
	var all bot.Reply
	for _, reply := range p.replies {
		all.Blocks = append(all.Blocks, reply.Blocks...)
	}
	return all, form
}

func typed(who bot.PersonID, line string) bot.Request {
	name, rest, _ := strings.Cut(line, " ")
	return bot.Request{Kind: bot.KindCommand, Person: who, Command: name, Text: rest}
}

func clicked(who bot.PersonID, action, value string) bot.Request {
	command, name, _ := strings.Cut(action, ".")
	return bot.Request{Kind: bot.KindClick, Person: who, Command: command, Action: name, Value: value}
}

// everything is all a reply and a form hold: words, button texts and values.
func everything(r bot.Reply, form *bot.Form) string {
	var s strings.Builder
	s.WriteString(r.Plain() + "\n")
	for _, b := range r.Blocks {
		if buttons, ok := b.(bot.Buttons); ok {
			for _, i := range buttons.Items {
				fmt.Fprintf(&s, "%s %s %s %s\n", i.Action, i.Text, i.Value, i.URL)
			}
		}
	}
	if form != nil {
		fmt.Fprintf(&s, "%+v\n", *form)
	}
	return s.String()
}

func buttonsOf(r bot.Reply) (list []bot.Button) {
	for _, b := range r.Blocks {
		if buttons, ok := b.(bot.Buttons); ok {
			list = append(list, buttons.Items...)
		}
	}
	return list
}

// owned is all that the partner center knows of an account: what nobody else may
// see a byte of, and what one might type to get at it.
func (p *portfolio) owned(t testing.TB, of partner.Account) (secrets, handles []string) {
	t.Helper()
	note := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	for c, err := range p.center.Customers(t.Context(), of, partner.CustomerQuery{}) {
		note(err)
		handles = append(handles, c.ID, c.Account)
		secrets = append(secrets, c.ID, c.Account)
		if c.Name != "" {
			handles, secrets = append(handles, c.Name), append(secrets, c.Name)
		}
		for s, err := range p.center.Subscriptions(t.Context(), partner.SubscriptionQuery{CustomerID: c.ID}) {
			note(err)
			secrets = append(secrets, s.ResourceID)
		}
	}
	for c, err := range p.center.Coupons(t.Context(), of, partner.CouponQuery{}) {
		note(err)
		secrets, handles = append(secrets, c.ID), append(handles, c.ID)
	}
	for q, err := range p.center.Quotas(t.Context(), of, partner.QuotaQuery{}) {
		note(err)
		secrets, handles = append(secrets, q.ID), append(handles, q.ID)
	}
	return secrets, handles
}

// TestReseller_SeesNoByteOfAnother plays the staff of one reseller who try every
// new command, and every button with every value, for anything of another
// reseller or of the distributor.
func TestReseller_SeesNoByteOfAnother(t *testing.T) {
	p := newPortfolio(t, access.Distributor)
	var all []partner.Reseller
	for one, err := range p.center.Resellers(t.Context(), partner.ResellerQuery{}) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, one)
	}
	a, b := all[0], all[1]
	p.grants = append(p.grants, access.Grant{Who: rita.User, Roles: []bot.Role{bot.RoleStaff, bot.RoleApprover}, Employer: "reseller:" + string(a.ID)})
	desk := p.bot(t)
	secrets, handles := p.owned(t, b.ID)
	more, moreHandles := p.owned(t, partner.Operator)
	secrets, handles = append(secrets, more...), append(handles, moreHandles...)
	secrets = append(secrets, string(b.ID), b.Name, b.Account)
	handles = append(handles, string(b.ID), b.Name, b.Account, "", "|", "arrears|0", "expiring|0", "unverified|10", "|-1", "|99999999999999999999", "operator", "reseller:"+string(b.ID), strings.Repeat("9", 64), string(a.ID))

	look := func(r bot.Request) bot.Reply {
		t.Helper()
		reply, form := p.do(t, desk, r)
		got := everything(reply, form)
		for _, word := range []string{r.Text, r.Value} { // one's own words may come back
			if word != "" {
				_, object, _ := strings.Cut(word, " ")
				for _, own := range []string{word, object, word[:min(len(word), 40)], strings.TrimSuffix(word, "公司")} {
					if len(own) > 3 {
						got = strings.ReplaceAll(got, own, "")
					}
				}
			}
		}
		for _, s := range secrets {
			if strings.Contains(got, s) {
				t.Fatalf("%s %s.%s %q%q shows %q of another account:\n%s", r.Kind, r.Command, r.Action, r.Text, r.Value, s, got)
			}
		}
		if strings.Contains(got, "1300000") || strings.Contains(got, "example.com") {
			t.Fatalf("%s.%s shows a contact:\n%s", r.Command, r.Action, got)
		}
		return reply
	}
	for _, h := range handles {
		for _, command := range []string{"customer", "customer list", "reseller", "reseller list", "balance"} {
			look(typed(rita, command+" "+h))
		}
		for _, action := range []string{"customer.show", "customer.list", "customer.anew", "customer.ticket", "customer.opportunity", "reseller.show", "reseller.list", "reseller.anew", "balance.customer"} {
			look(clicked(rita, action, h))
		}
	}
	for _, line := range []string{"customer", "customer list arrears", "customer list expiring", "customer list unverified", "customer 有限公司", "customer 公司", "customer a", "reseller", "reseller list", "desk help"} {
		reply := look(typed(rita, line))
		for _, button := range buttonsOf(reply) {
			look(clicked(rita, button.Action, button.Value))
		}
	}

	// Her own customers she does see, and nothing the desk keeps for others.
	if got := everything(p.do(t, desk, typed(rita, "customer 庐阳"))); !strings.Contains(got, "luyang-edu") {
		t.Errorf("a reseller's own customer is not shown:\n%s", got)
	}
	if reply, _ := p.do(t, desk, typed(anna, "customer list")); !strings.Contains(everything(reply, nil), "艾克美") {
		t.Error("the distributor's list does not show its customers")
	}
	look(typed(rita, "customer list")) // after the distributor has filled the shelf
}

func TestCustomer_ShowsNoContacts(t *testing.T) {
	p := newPortfolio(t, access.Distributor)
	desk := p.bot(t)
	for _, line := range []string{"customer acme", "customer xingye-games", "customer list", "customer list expiring", "reseller", "reseller huiyun"} {
		reply, _ := p.do(t, desk, typed(anna, line))
		for _, b := range append([]bot.Button{{}}, buttonsOf(reply)...) {
			got := everything(reply, nil)
			if b.Action != "" {
				got = everything(p.do(t, desk, clicked(anna, b.Action, b.Value)))
			}
			if strings.Contains(got, "1300000") || strings.Contains(got, "example.com") {
				t.Errorf("%s, %s: a contact shows:\n%s", line, b.Action, got)
			}
		}
	}
}

func TestCustomer_ReferralAsksForNoMoney(t *testing.T) {
	p := newPortfolio(t, access.SolutionProvider)
	reply, _ := p.do(t, p.bot(t), typed(anna, "customer xingye-games"))
	for _, c := range p.world.Calls() {
		if c.Op != "customers" && c.Op != "subscriptions" {
			t.Errorf("a referral customer's page asked for %s", c.Op)
		}
	}
	for _, b := range buttonsOf(reply) {
		if strings.HasPrefix(b.Action, "voucher.") || strings.HasPrefix(b.Action, "funds.") || strings.HasPrefix(b.Action, "balance.") {
			t.Errorf("a referral customer's page offers %s", b.Action)
		}
	}
}

func TestCustomer_ButtonsArePrefilled(t *testing.T) {
	p := newPortfolio(t, access.SolutionProvider)
	desk := p.bot(t)
	reply, _ := p.do(t, desk, typed(anna, "customer acme"))
	want := map[string]string{"voucher.issue": "acme", "funds.grant": "acme", "customer.ticket": "深圳市艾克美科技有限公司 (acme)", "customer.opportunity": "深圳市艾克美科技有限公司"}
	for _, b := range buttonsOf(reply) {
		initial, ok := want[b.Action]
		if !ok {
			continue
		}
		delete(want, b.Action)
		_, form := p.do(t, desk, clicked(anna, b.Action, b.Value))
		found := false
		if form != nil {
			for _, f := range form.Fields {
				found = found || f.Initial == initial || len(f.Chosen) == 1 && f.Chosen[0].Value == initial
			}
		}
		if !found {
			t.Errorf("%s opens no form with %q: %+v", b.Action, initial, form)
		}
	}
	if len(want) > 0 {
		t.Errorf("buttons missing: %v", want)
	}
}

// TestCustomer_PartsFailAlone breaks one call after the other; the page comes
// each time, with the other parts.
func TestCustomer_PartsFailAlone(t *testing.T) {
	for op, title := range map[string]string{"customer-balances": "余额", "monthly": "本月消费", "coupons": "可用的优惠券", "subscriptions": "包年/包月资源"} {
		t.Run(op, func(t *testing.T) {
			p := newPortfolio(t, access.SolutionProvider)
			if err := p.world.Inject(sandbox.Fault{Op: op, Kind: sandbox.ErrorBefore, Times: 10}); err != nil {
				t.Fatal(err)
			}
			reply, _ := p.do(t, p.bot(t), typed(anna, "customer acme"))
			got := reply.Plain()
			if !strings.Contains(got, title+"：暂时取不到") || strings.Count(got, "暂时取不到") != 1 || !strings.Contains(got, "深圳市艾克美科技有限公司") {
				t.Errorf("the page without %s:\n%s", op, got)
			}
		})
	}
}

// slow answers coupons never, that is, when nobody waits any more.
type slow struct{ *rest.Client }

func (slow) Coupons(ctx context.Context, _ partner.Account, _ partner.CouponQuery) iter.Seq2[partner.Coupon, error] {
	return func(yield func(partner.Coupon, error) bool) {
		<-ctx.Done()
		yield(partner.Coupon{}, ctx.Err())
	}
}

func TestCustomer_DoesNotWaitForASlowPart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPortfolio(t, access.SolutionProvider)
		p.deps.Center = slow{p.center}
		started := time.Now()
		reply, _ := p.do(t, p.bot(t), typed(anna, "customer acme"))
		if took := time.Since(started); took > 5*time.Second {
			t.Errorf("the page took %v", took)
		}
		if got := reply.Plain(); !strings.Contains(got, "可用的优惠券：暂时取不到") || !strings.Contains(got, "本月消费：2026-11") {
			t.Errorf("the page with a slow part:\n%s", got)
		}
	})
}
