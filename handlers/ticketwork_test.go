package handlers_test

import (
	"context"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"partnerdesk/bot"
	"partnerdesk/bot/lang"
	"partnerdesk/data"
	"partnerdesk/data/kv/bolt"
	"partnerdesk/data/kv/kvtest"
	"partnerdesk/data/store"
	"partnerdesk/faq"
	"partnerdesk/handlers"
	"partnerdesk/handlers/access"
	"partnerdesk/handlers/partner/rest"
	"partnerdesk/handlers/partner/sandbox"
	"partnerdesk/handlers/ticket"
)

// office is a desk with rows on a disk, a partner center, people, and a clock
// that stands still until it is moved.
type office struct {
	t      *testing.T
	now    time.Time
	bot    *bot.Bot
	store  *store.Store
	world  *sandbox.Sandbox
	worker *handlers.CaseWorker
	deps   *handlers.Deps
	count  int
	sent   []bot.Pending // everything that went out, the oldest first
}

// The people. Two resellers, A and B, with a person each.
const (
	staff   = "UA1" // of reseller A
	rival   = "UB1" // of reseller B
	support = "US1" // of the operator
	other   = "US2" // of the operator
	manager = "UH1" // of Huawei
)

const triageChannel = "CTRIAGE"

type directory struct{}

func (directory) Find(_ context.Context, id bot.PersonID) (bot.Person, error) {
	return bot.Person{ID: id, Name: id.User, Locale: "zh-CN"}, nil
}

// silent knows nothing.
type silent struct{ handlers.Knowledge }

func (silent) Ask(context.Context, faq.Question) (faq.Answer, error) {
	return faq.Answer{Verdict: faq.None}, nil
}

// newOffice makes one; further grants come on top.
func newOffice(t *testing.T, further ...access.Grant) *office {
	t.Helper()
	o := &office{t: t, now: noon}
	now := func() time.Time { return o.now }
	file, err := bolt.Open(filepath.Join(t.TempDir(), "desk.db"), bolt.Options{})
	check(t, err)
	t.Cleanup(func() { _ = file.Close() })
	o.store, err = store.Open(t.Context(), kvtest.Twice(t, file), store.Options{})
	check(t, err)
	o.world, err = sandbox.New(sandbox.Options{Seed: 1, Kind: sandbox.Distributor, AK: "AK", SK: "SK", Now: now})
	check(t, err)
	center, err := rest.New(rest.Options{
		Endpoint: "http://center.example", CaseEndpoint: "http://center.example", AK: "AK", SK: "SK", Now: now, Transport: o.world, Attempts: 1,
		Sleep: func(context.Context, time.Duration) error { return nil },
	})
	check(t, err)
	rules, err := access.New(access.Options{Kind: access.Distributor, Team: "T1", Grants: append([]access.Grant{
		{Who: staff, Roles: []bot.Role{bot.RoleStaff}, Employer: "reseller:A"}, {Who: rival, Roles: []bot.Role{bot.RoleStaff}, Employer: "reseller:B"},
		{Who: support, Roles: []bot.Role{bot.RoleTriager}}, {Who: other, Roles: []bot.Role{bot.RoleTriager}},
		{Who: manager, Roles: []bot.Role{bot.RoleManager, bot.RoleStaff, bot.RoleTriager}, Employer: access.EmployerHuawei},
	}, further...)})
	check(t, err)
	policy, err := data.OpportunityPolicy()
	check(t, err)
	register, err := data.BenefitPolicy()
	check(t, err)
	calendar, err := data.Calendar()
	check(t, err)
	catalog := messages(t)
	o.deps = &handlers.Deps{
		Catalog: catalog, Knowledge: silent{}, Questions: o.store, Center: center, Access: rules, Now: now,
		Tickets: o.store, Cases: center, Triage: triageChannel, Opportunities: o.store, Policy: policy, Sheets: tables{},
		Register: &handlers.Register{Book: o.store, Policy: register, Calendar: calendar},
	}
	o.bot, err = bot.New(bot.Options{
		Commands: handlers.Commands(o.deps), Default: "ask", People: directory{}, Access: rules, Store: o.store, Catalog: catalog, Now: now,
	})
	check(t, err)
	o.worker = handlers.NewCaseWorker(handlers.CaseWorkerOptions{Deps: o.deps, Store: o.store})
	return o
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// ask sends a request and delivers what it caused; it returns what the person
// who asked was told.
func (o *office) ask(r bot.Request) string {
	o.t.Helper()
	o.count++
	r.ID, r.Door, r.At = "T1/d/"+strconv.Itoa(o.count), "test", o.now
	r.Person.Team, r.Place.Team = "T1", "T1"
	_, err := o.bot.Handle(o.t.Context(), r)
	check(o.t, err)
	var said string
	for _, p := range o.deliver() {
		if p.To.Person == r.Person && p.Object == "" {
			said += p.Reply.Plain()
		}
	}
	return said
}

func (o *office) command(who, name, text string) string {
	o.t.Helper()
	return o.ask(bot.Request{Kind: bot.KindCommand, Person: bot.PersonID{User: who}, Command: name, Text: text})
}

func (o *office) click(who, action, value string) string {
	o.t.Helper()
	command, name, _ := strings.Cut(action, ".")
	return o.ask(bot.Request{Kind: bot.KindClick, Person: bot.PersonID{User: who}, Command: command, Action: name, Value: value})
}

func (o *office) submit(who, form, state string, values map[string]string) string {
	o.t.Helper()
	command, name, _ := strings.Cut(form, ".")
	return o.ask(bot.Request{Kind: bot.KindSubmission, Person: bot.PersonID{User: who}, Command: command, Action: name, State: state, Values: values})
}

// deliver sends what waits in the outbox.
func (o *office) deliver() []bot.Pending {
	o.t.Helper()
	first := len(o.sent)
	for {
		due, err := o.store.Due(o.t.Context(), o.now, 50)
		check(o.t, err)
		if len(due) == 0 {
			return o.sent[first:]
		}
		for _, p := range due {
			check(o.t, o.store.Started(o.t.Context(), p.ID, o.now))
			if p.File != nil {
				p.File.Data, err = o.store.Contents(o.t.Context(), p.ID)
				check(o.t, err)
			}
			o.sent = append(o.sent, p)
			check(o.t, o.store.Sent(o.t.Context(), p.ID, bot.Receipt{Channel: "C", Message: "1." + strconv.Itoa(len(o.sent))}, o.now))
		}
	}
}

// round lets the worker work and delivers; it returns what a person was told.
func (o *office) round(who string) string {
	o.t.Helper()
	check(o.t, o.worker.Round(o.t.Context()))
	var said string
	for _, p := range o.deliver() {
		if p.To.Person.User == who && p.Object == "" {
			said += p.Reply.Plain() + "\n"
		}
	}
	return said
}

// pass moves the clock.
func (o *office) pass(d time.Duration) { o.now = o.now.Add(d) }

func (o *office) ticket(id string) ticket.Ticket {
	o.t.Helper()
	row, found, err := o.store.FindTicket(o.t.Context(), "T1", id)
	if err != nil || !found {
		o.t.Fatalf("ticket %s: %v, %v", id, found, err)
	}
	return row
}

// opened opens a ticket for the person of reseller A and returns its id.
func (o *office) opened() string {
	o.t.Helper()
	o.submit(staff, "ticket.new", "", map[string]string{"what": "云服务器连不上", "customer": "acme", "urgency": "high", "details": "电话 13812345678"})
	rows, err := o.store.Tickets(o.t.Context(), "T1", bot.Reseller("A"))
	check(o.t, err)
	return rows[len(rows)-1].ID
}

// sentOff walks support through the three steps to a Huawei case.
func (o *office) sentOff(id string) string {
	o.t.Helper()
	o.submit(support, "ticket.product", id, map[string]string{"product": "弹性云服务器"})
	state := o.lastValue("ticket.problem")
	o.submit(support, "ticket.problem", state, map[string]string{"problem": "无法登录或连接"})
	state = o.lastValue("ticket.case")
	return o.submit(support, "ticket.case", state, map[string]string{"region": "华北-北京四", "severity": "重要", "text": "客户 acme 的云服务器昨天起连不上"})
}

// lastValue is the value of the last button of an action that went out.
func (o *office) lastValue(action string) string {
	o.t.Helper()
	for i := len(o.sent) - 1; i >= 0; i-- {
		for _, b := range o.sent[i].Reply.Blocks {
			if buttons, ok := b.(bot.Buttons); ok {
				for _, item := range buttons.Items {
					if item.Action == action {
						return item.Value
					}
				}
			}
		}
	}
	o.t.Fatalf("no button %s went out", action)
	return ""
}

// card is the latest card that went out.
func (o *office) card() bot.Pending {
	for i := len(o.sent) - 1; i >= 0; i-- {
		if o.sent[i].Object != "" {
			return o.sent[i]
		}
	}
	return bot.Pending{}
}

func (o *office) effects(op string) int {
	n := 0
	for _, c := range o.world.Calls() {
		if c.Op == op && c.Effect {
			n++
		}
	}
	return n
}

func wantSaid(t *testing.T, said, want string) {
	t.Helper()
	if !strings.Contains(said, want) {
		t.Errorf("said %q, want %q in it", said, want)
	}
}

func TestTicket_FromTheFormToTheEngineerAndBack(t *testing.T) {
	o := newOffice(t)
	id := o.opened()
	card := o.card()
	if card.Object != "ticket/"+id || card.To.Place.Channel != triageChannel || strings.Contains(card.Reply.Plain(), "13812345678") {
		t.Errorf("the card: %+v", card)
	}
	wantSaid(t, o.click(support, "ticket.claim", id), "处理中")
	wantSaid(t, o.sentOff(id), "正在为 "+id)
	wantSaid(t, o.round(staff), "已转成华为云工单 TT")
	row := o.ticket(id)
	if row.State != ticket.AtHuawei || row.Case == "" || row.Owner.User != support {
		t.Fatalf("after the case: %+v", row)
	}
	if o.effects("case-create") != 1 {
		t.Errorf("%d cases were created", o.effects("case-create"))
	}
	// The engineer answers twice and asks back; each message comes once.
	o.pass(2 * time.Minute)
	said := o.round(staff)
	wantSaid(t, said, "您的问题已受理")
	wantSaid(t, said, "待反馈")
	o.pass(2 * time.Minute)
	if said = o.round(staff); strings.Contains(said, "您的问题已受理") {
		t.Errorf("the same message came twice: %q", said)
	}
	// The requester replies, the engineer solves it, the requester closes.
	wantSaid(t, o.command(staff, "ticket", "reply "+id+" 资源是 i-123，昨天 10 点开始"), "正在发给华为云工程师")
	wantSaid(t, o.round(staff), "已发给华为云工程师")
	o.pass(3 * time.Minute)
	wantSaid(t, o.round(staff), "请您确认")
	if row = o.ticket(id); row.State != ticket.Answered {
		t.Errorf("state %s after the solution", row.State)
	}
	wantSaid(t, o.click(staff, "ticket.close", id), "正在关闭")
	wantSaid(t, o.round(staff), "已关闭")
	if row = o.ticket(id); row.State != ticket.Closed || row.Live() {
		t.Errorf("after closing: %+v", row)
	}
	wantSaid(t, o.command(staff, "ticket", "reply "+id+" 还有一事"), "已经关闭")
	// Everything on one card.
	cards := map[string]bool{}
	for _, p := range o.sent {
		if p.Object != "" {
			cards[p.Object+p.To.Conversation()] = true
		}
	}
	if len(cards) != 1 {
		t.Errorf("%d cards for one ticket", len(cards))
	}
}

// Whatever breaks after the effect, there is one case, and it is found by its
// reference.
func TestTicket_UnknownOutcomeIsReconciled(t *testing.T) {
	for _, kind := range []string{sandbox.DropAfter, sandbox.ErrorAfter, sandbox.GatewayAfter, sandbox.Truncate} {
		t.Run(kind, func(t *testing.T) {
			o := newOffice(t)
			id := o.opened()
			o.sentOff(id)
			check(t, o.world.Inject(sandbox.Fault{Op: "case-create", Kind: kind}))
			wantSaid(t, o.round(support), "待核对")
			if row := o.ticket(id); row.State != ticket.Unknown {
				t.Fatalf("state %s", row.State)
			}
			wantSaid(t, o.click(support, "ticket.send", id), "还没有核对清楚")
			o.pass(25 * time.Second)
			wantSaid(t, o.round(support), "核对清楚了")
			if row := o.ticket(id); row.State != ticket.AtHuawei || row.Case == "" || row.Doubt != "" {
				t.Errorf("after the look: %+v", row)
			}
			if n := o.effects("case-create"); n != 1 {
				t.Errorf("%d cases", n)
			}
		})
	}
}

// A clock that was ahead and is set right delays neither the look for a case nor the news of one.
func TestTicket_ClockSetBack(t *testing.T) {
	o := newOffice(t)
	id := o.opened()
	o.sentOff(id)
	check(t, o.world.Inject(sandbox.Fault{Op: "case-create", Kind: sandbox.GatewayAfter}))
	wantSaid(t, o.round(support), "待核对")
	asked := func(op string, by time.Duration) int {
		before := len(o.world.Calls())
		o.pass(by)
		o.round(support)
		n := 0
		for _, c := range o.world.Calls()[before:] {
			if c.Op == op {
				n++
			}
		}
		return n
	}
	if n := asked("cases", -5*time.Hour); n != 1 {
		t.Errorf("%d looks for the case, want one", n)
	}
	if asked("cases", 5*time.Hour+time.Minute); o.ticket(id).State != ticket.AtHuawei {
		t.Fatalf("not found: %+v", o.ticket(id))
	}
	o.round(support)
	if n := asked("case-status", -5*time.Hour); n != 1 {
		t.Errorf("%d looks at the case, want one", n)
	}
}

// A call that was dropped before its effect stays in doubt: absence proves
// nothing until the signature is void, and then a person decides.
func TestTicket_AbsenceIsForAPersonToJudge(t *testing.T) {
	o := newOffice(t)
	id := o.opened()
	o.sentOff(id)
	check(t, o.world.Inject(sandbox.Fault{Op: "case-create", Kind: sandbox.DropBefore}))
	o.round(support)
	for range 6 {
		o.pass(4 * time.Minute)
		o.round(support)
		wantSaid(t, o.click(support, "ticket.release", id), "还不能放行")
	}
	if row := o.ticket(id); row.State != ticket.Unknown {
		t.Fatalf("the desk decided by itself: %s", row.State)
	}
	o.pass(20 * time.Minute)
	o.round(support)
	wantSaid(t, o.click(staff, "ticket.release", id), "支持")
	wantSaid(t, o.click(support, "ticket.release", id), "已放行")
	wantSaid(t, o.sentOff(id), "正在为")
	o.round(support)
	if row := o.ticket(id); row.State != ticket.AtHuawei || o.effects("case-create") != 1 {
		t.Errorf("after the second try: %+v, %d cases", row, o.effects("case-create"))
	}
}

// What was under way when the program ended is in doubt, never sent again.
func TestTicket_InterruptedIsNotSentAgain(t *testing.T) {
	o := newOffice(t)
	id := o.opened()
	o.sentOff(id)
	works, err := o.store.CaseWorks(t.Context())
	check(t, err)
	check(t, o.store.Update(t.Context(), func(tx bot.Tx) error { return o.store.PutCaseWork(tx, works[0].Start(o.now)) }))
	check(t, o.worker.Recover(t.Context()))
	o.round(support)
	if row := o.ticket(id); row.State != ticket.Unknown || o.effects("case-create") != 0 {
		t.Errorf("after a restart: %s, %d cases", row.State, o.effects("case-create"))
	}
}

func TestTicket_RefusedAndThrottledAreSaid(t *testing.T) {
	o := newOffice(t)
	id := o.opened()
	o.sentOff(id)
	check(t, o.world.Inject(sandbox.Fault{Op: "case-create", Kind: sandbox.Throttle}))
	wantSaid(t, o.round(support), "什么都没有创建")
	row := o.ticket(id)
	if row.State != ticket.Claimed || row.Fault == "" || row.Sendable() != nil {
		t.Errorf("after being turned away: %+v", row)
	}
	o.sentOff(id)
	o.round(support)
	// Urging twice: the second time the partner center says too often.
	o.command(staff, "ticket", "urge "+id)
	wantSaid(t, o.round(staff), "催单")
	o.pass(time.Minute)
	o.command(staff, "ticket", "urge "+id)
	wantSaid(t, o.round(staff), "太频繁")
}

// Nothing of one reseller reaches another, and triage is decided at the click.
func TestTicket_RightsAtTheClick(t *testing.T) {
	o := newOffice(t)
	id := o.opened()
	for _, c := range []struct{ name, said, want string }{
		{"another reseller's list", o.command(rival, "ticket", "list"), "还没有工单"},
		{"another reseller's show", o.command(rival, "ticket", "show "+id), "没有编号为"},
		{"another reseller's reply", o.command(rival, "ticket", "reply "+id+" x"), "没有编号为"},
		{"another reseller's button", o.click(rival, "ticket.show", id), "没有编号为"},
		{"Huawei's list", o.command(manager, "ticket", "list"), "只对伙伴公司的人开放"},
		{"Huawei's show", o.command(manager, "ticket", "show "+id), "没有编号为"},
		{"staff claims", o.click(staff, "ticket.claim", id), "支持"},
		{"staff answers by form", o.submit(staff, "ticket.answer", id, map[string]string{"text": "x"}), "支持"},
		{"staff sends", o.submit(staff, "ticket.case", id+"|x|y", map[string]string{"text": "x"}), "支持"},
	} {
		if !strings.Contains(c.said, c.want) || strings.Contains(c.said, "云服务器") {
			t.Errorf("%s: %q, want %q", c.name, c.said, c.want)
		}
	}
	o.click(support, "ticket.claim", id)
	wantSaid(t, o.click(other, "ticket.claim", id), "刚被别人认领")
	wantSaid(t, o.click(other, "ticket.assign", id), "处理中")
	if row := o.ticket(id); row.Owner.User != other {
		t.Errorf("owner %s", row.Owner.User)
	}
	// Contacts are clear to the owner and to the requester, and to nobody else.
	wantSaid(t, o.command(other, "ticket", "show "+id), "13812345678")
	wantSaid(t, o.command(staff, "ticket", "show "+id), "13812345678")
	wantSaid(t, o.command(support, "ticket", "show "+id), "138****5678")
	// An answer of support reaches the requester.
	o.submit(other, "ticket.answer", id, map[string]string{"text": "请重启，密码：Abc@12345"})
	var got string
	for _, p := range o.sent {
		if p.To.Person.User == staff {
			got = p.Reply.Plain()
		}
	}
	wantSaid(t, got, "请重启，密码："+ticket.Hidden)
	if o.ticket(id).State != ticket.Answered || o.ticket(id).Lang != lang.Chinese {
		t.Errorf("after the answer: %+v", o.ticket(id))
	}
}

// Nobody claims it: support hears once, with a button, and the card turns red.
func TestTicket_NobodyClaimsIt(t *testing.T) {
	o := newOffice(t)
	id := o.opened()
	o.pass(3 * time.Hour)
	nudges := func() (n int) {
		check(t, o.worker.Round(t.Context()))
		for _, p := range o.deliver() {
			if p.Object == "" && p.To.Place.Channel == triageChannel && strings.Contains(p.Reply.Plain(), "还没有人认领") {
				n++
			}
		}
		return n
	}
	if n := nudges(); n != 1 {
		t.Errorf("%d nudges", n)
	}
	wantSaid(t, o.card().Reply.Plain(), "超时未认领")
	o.pass(3 * time.Hour)
	if n := nudges(); n != 0 {
		t.Errorf("%d nudges more", n)
	}
	o.click(support, "ticket.claim", id)
	if row := o.ticket(id); row.Late(o.now) || row.State != ticket.Claimed {
		t.Errorf("claimed: %+v", row)
	}
}

// A question handed over in a channel is answered in its thread; a second click
// finds the same ticket.
func TestTicket_HandedOverQuestion(t *testing.T) {
	o := newOffice(t)
	place := bot.Place{Channel: "C1", Thread: "9.1", Message: "9.1"}
	o.ask(bot.Request{Kind: bot.KindMention, Person: bot.PersonID{User: staff}, Place: place, Text: "云服务器密码：Abc@12345 登录不上"})
	value := o.lastValue("ask.handover")
	place.Message = "9.2"
	for range 2 {
		o.ask(bot.Request{Kind: bot.KindClick, Person: bot.PersonID{User: staff}, Place: place, Command: "ask", Action: "handover", Value: value})
	}
	rows, err := o.store.Tickets(t.Context(), "T1", bot.Reseller("A"))
	check(t, err)
	if len(rows) != 1 || rows[0].State != ticket.Open || strings.Contains(rows[0].What, "Abc@12345") {
		t.Fatalf("tickets: %+v", rows)
	}
	o.submit(support, "ticket.answer", rows[0].ID, map[string]string{"text": "请走控制台重置，或电话 13812345678"})
	last := o.sent[len(o.sent)-1]
	for _, p := range o.sent {
		if strings.Contains(p.Reply.Plain(), "请走控制台重置") {
			last = p
		}
	}
	if last.To.Place.Channel != "C1" || last.To.Place.Thread != "9.1" || strings.Contains(last.Reply.Plain(), "13812345678") {
		t.Errorf("the answer went to %+v: %s", last.To, last.Reply.Plain())
	}
}
