package handlers_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"partnerdesk/bot"
	"partnerdesk/data/store"
	"partnerdesk/handlers/access"
	"partnerdesk/handlers/money"
	"partnerdesk/handlers/partner"
	"partnerdesk/handlers/partner/sandbox"
)

var (
	zoe = bot.PersonID{Team: "T1", User: "UZOE"} // staff of another reseller
	eve = bot.PersonID{Team: "T2", User: "UEVE"} // of rita's reseller, in a workspace of its own
	gus = bot.PersonID{Team: "T3", User: "UGUS"} // of zoe's reseller, likewise
)

// across is a distributor's desk with two resellers: rita and eve work for the
// first, zoe and gus for the second.
type across struct {
	*front
	resellers []partner.Reseller
}

func newAcross(t testing.TB, policy money.Policy) *across {
	t.Helper()
	a := &across{front: newFront(t, access.Distributor, policy)}
	for r, err := range a.center.Resellers(t.Context(), partner.ResellerQuery{}) {
		if err != nil {
			t.Fatal(err)
		}
		a.resellers = append(a.resellers, r)
	}
	of := func(i int) string { return "reseller:" + string(a.resellers[i].ID) }
	a.grants = append(a.grants,
		access.Grant{Who: rita.User, Roles: []bot.Role{bot.RoleStaff, bot.RoleApprover}, Employer: of(0)},
		access.Grant{Who: eve.User, Team: eve.Team, Roles: []bot.Role{bot.RoleStaff, bot.RoleApprover}, Employer: of(0), Channel: "CONE"},
		access.Grant{Who: zoe.User, Roles: []bot.Role{bot.RoleStaff}, Employer: of(1)},
		access.Grant{Who: gus.User, Team: gus.Team, Roles: []bot.Role{bot.RoleStaff}, Employer: of(1), Channel: "CTWO"})
	return a
}

// mentions writes to the desk in a channel; presses clicks there.
func (a *across) mentions(t testing.TB, who bot.PersonID, channel, text string) *bot.Form {
	return a.sendIn(t, channel, bot.Request{Kind: bot.KindMention, Person: who, Text: text})
}

func (a *across) presses(t testing.TB, who bot.PersonID, channel string, b bot.Button) *bot.Form {
	command, action, _ := strings.Cut(b.Action, ".")
	return a.sendIn(t, channel, bot.Request{Kind: bot.KindClick, Person: who, Command: command, Action: action, Value: b.Value})
}

func (a *across) sendIn(t testing.TB, channel string, r bot.Request) *bot.Form {
	t.Helper()
	a.count++
	r.ID, r.Door, r.At = "T1/"+r.Person.User+"-"+count(a.count), "test", a.clock()
	r.Place = bot.Place{Team: "T1", Channel: channel, Thread: "1.1", Message: "1.2", Private: r.Kind == bot.KindClick}
	form, err := a.bot.Handle(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	return form
}

// asked takes a request up to the distributor's approvers and returns what
// everybody reads then.
func (a *across) asked(t testing.TB, who bot.PersonID, command, text string) map[bot.PersonID][]bot.Reply {
	t.Helper()
	a.says(t, who, command, "request "+text)
	a.clicks(t, who, button(t, a.reads(t)[who], command+".request_send"))
	a.round(t)
	return a.reads(t)
}

func (a *across) requests(t testing.TB) []money.Request {
	t.Helper()
	list, err := a.EveryRequest(t.Context(), "T1")
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// own is what the distributor can grant, as a card would write it.
func (a *across) own(t testing.TB) string {
	t.Helper()
	b, err := a.center.Balance(t.Context(), partner.Operator)
	if err != nil {
		t.Fatal(err)
	}
	free, known := b.Grantable()
	if !known {
		t.Fatal("the world does not say what can be granted")
	}
	s := free.String()
	return s[:len(s)-6] + "," + s[len(s)-6:]
}

func TestRequest_FromTheWishToTheReceipt(t *testing.T) {
	a := newAcross(t, money.Policy{Threshold: partner.Yuan(100_000)})
	a.says(t, rita, "funds", "request 3万 双十一备货")
	read := a.reads(t)
	for _, part := range []string{"¥30,000.00", "“3万”", "双十一备货", "还没发出"} {
		if !strings.Contains(words(read[rita]), part) {
			t.Errorf("%q is not shown back: %q", part, words(read[rita]))
		}
	}
	a.round(t)
	if got := a.reads(t); len(got) > 0 {
		t.Fatalf("somebody hears of what was not sent: %v", got)
	}
	secret := a.own(t)
	a.clicks(t, rita, button(t, read[rita], "funds.request_send"))
	a.round(t)
	read = a.reads(t)
	card := words(read[boris])
	for _, part := range []string{a.resellers[0].Name, "30,000.00", "双十一备货", "URITA", secret, "代金券额度", "最近拨款"} {
		if !strings.Contains(card, part) {
			t.Errorf("%q is not on the approver's card: %q", part, card)
		}
	}
	if !strings.Contains(words(read[chen]), "requests funds of CNY 30,000.00") {
		t.Errorf("the card is not in the reader's language: %q", words(read[chen]))
	}
	mine := words(read[rita])
	a.clicks(t, boris, button(t, read[boris], "funds.request_approve"))
	if s := words(a.reads(t)[rita]); !strings.Contains(s, "总经销商已批准") {
		t.Errorf("rita reads %q", s)
	}
	a.round(t)
	a.round(t)
	read = a.reads(t)
	mine += words(read[rita])
	if !strings.Contains(mine, "已到账：拨款 ¥30,000.00") || !strings.Contains(words(read[boris]), "已完成") {
		t.Errorf("no receipts: %q and %q", mine, words(read[boris]))
	}
	for _, hidden := range []string{secret, "UBORIS", "UCHEN", "规则版本", "来源余额", "MO-"} {
		if strings.Contains(mine, hidden) {
			t.Errorf("rita learns %q: %q", hidden, mine)
		}
	}
	list, _ := a.EveryOperation(t.Context(), "T1")
	req := a.requests(t)[0]
	if len(list) != 1 || list[0].State != money.Done || list[0].Requester != rita || list[0].Approver != boris || list[0].Alone || list[0].Account != bot.Operator() ||
		list[0].Request != req.ID || req.State != money.Done || req.Operation != list[0].ID {
		t.Fatalf("got %+v and %+v", list, req)
	}
	if n, sum := a.effects(t, list[0]); n != 1 || sum != partner.Yuan(30000) {
		t.Errorf("%d effects of %s", n, sum)
	}
	for stream, want := range map[string][]string{
		"operation/" + list[0].ID: {"money.submit:ok", "money.approve:ok", "money.send:ok", "money.settle:ok"},
		"request/" + req.ID:       {"money.request.draft:ok", "money.request.send:ok", "money.request.approve:ok"},
	} {
		if seen := a.steps(t, stream); !subset(want, seen) {
			t.Errorf("%s: got %v, want %v", stream, seen, want)
		}
	}
}

func (a *across) steps(t testing.TB, stream string) (seen []string) {
	t.Helper()
	if err := a.AuditLines(t.Context(), "T1", stream, func(l store.AuditLine) { seen = append(seen, l.Action+":"+l.Outcome) }); err != nil {
		t.Fatal(err)
	}
	return seen
}

func subset(want, seen []string) bool {
	return !slices.ContainsFunc(want, func(s string) bool { return !slices.Contains(seen, s) })
}

// A request for a quota says of which kind; the approver says where it comes
// from, among those that cover it.
func TestRequest_Quota(t *testing.T) {
	for _, c := range []struct {
		text  string
		flexi bool
	}{{"5,000 双十一", false}, {"代金券额度 五千元 双十一", false}, {"现金券 ５０００ 双十一", true}, {"5000 现金券额度，双十一", true}} {
		t.Run(c.text, func(t *testing.T) {
			a := newAcross(t, money.Policy{})
			read := a.asked(t, rita, "voucher", c.text)
			req := a.requests(t)[0]
			if req.Flexi != c.flexi || req.Amount != partner.Yuan(5000) || req.Reason != "双十一" {
				t.Fatalf("understood as %+v", req)
			}
			form := a.clicks(t, boris, button(t, read[boris], "voucher.request_approve"))
			if form == nil {
				if s := words(a.reads(t)[boris]); !c.flexi || !strings.Contains(s, "没有一个额度够发") {
					t.Fatalf("no form: %q", s)
				}
				return
			}
			a.fills(t, boris, form, map[string]string{"quota": form.Fields[0].Initial})
			a.round(t)
			a.round(t)
			list, _ := a.EveryOperation(t.Context(), "T1")
			if len(list) != 1 || list[0].State != money.Done || list[0].Kind != money.GiveQuota || list[0].Quota != form.Fields[0].Initial {
				t.Fatalf("got %+v", list)
			}
			if s := words(a.reads(t)[rita]); !strings.Contains(s, "已到账") {
				t.Errorf("rita reads %q", s)
			}
		})
	}
}

// What is written badly is refused precisely, and nothing typed is lost.
func TestRequest_BadAmounts(t *testing.T) {
	a := newAcross(t, money.Policy{})
	for _, c := range []struct{ text, says string }{
		{"0 备货", "金额要大于 0"}, {"-5 备货", "不能是负数"}, {"1.005 备货", "最多两位小数"}, {"1e9 备货", "科学计数法"}, {"50k 备货", "看不懂"}, {"5万3 备货", "看不懂"},
		{"备货", "看不懂"}, {"$300 备货", "只有人民币"}, {"3亿 备货", "多写零"},
	} {
		t.Run(c.text, func(t *testing.T) {
			a.says(t, rita, "funds", "request "+c.text)
			read := a.reads(t)[rita]
			if s := words(read); !strings.Contains(s, c.says) || strings.Contains(s, "200,000") {
				t.Errorf("rita reads %q", s)
			}
			form := a.clicks(t, rita, button(t, read, "funds.request"))
			amount, reason, _ := strings.Cut(c.text, " ")
			if form == nil || form.Fields[0].Initial != amount || form.Fields[1].Initial != reason {
				t.Fatalf("what was typed is lost: %+v", form)
			}
			faults, err := a.bot.Check(t.Context(), bot.Request{Kind: bot.KindSubmission, Person: rita, Command: "funds", Action: "request", Values: map[string]string{"amount": amount}})
			if err != nil || !strings.Contains(faults["amount"], c.says) {
				t.Errorf("beside the field: %v, %v", faults, err)
			}
		})
	}
	if n := len(a.requests(t)); n != 0 {
		t.Errorf("%d requests came of it", n)
	}
}

func TestRequest_DeclineWithdrawExpire(t *testing.T) {
	a := newAcross(t, money.Policy{})
	card := button(t, a.asked(t, rita, "funds", "300")[boris], "funds.request_decline")
	form := a.clicks(t, boris, card)
	if faults, _ := a.bot.Check(t.Context(), bot.Request{Kind: bot.KindSubmission, Person: boris, Command: "funds", Action: "request_decline", State: form.State, Values: map[string]string{"reason": " "}}); faults["reason"] == "" {
		t.Error("declined without a reason")
	}
	a.fills(t, boris, form, map[string]string{"reason": "先把上月的用完"})
	if s := words(a.reads(t)[rita]); !strings.Contains(s, "先把上月的用完") {
		t.Errorf("rita reads %q", s)
	}

	read := a.asked(t, rita, "funds", "400")
	old := button(t, read[boris], "funds.request_approve")
	a.clicks(t, zoe, button(t, read[rita], "funds.request_withdraw"))
	if s := words(a.reads(t)[zoe]); !strings.Contains(s, "没有编号为") {
		t.Errorf("zoe reads %q", s)
	}
	a.clicks(t, rita, button(t, read[rita], "funds.request_withdraw"))
	a.clicks(t, boris, old)
	if s := words(a.reads(t)[boris]); !strings.Contains(s, "已被申请人撤回") {
		t.Errorf("boris reads %q", s)
	}

	read = a.asked(t, rita, "funds", "500")
	old = button(t, read[boris], "funds.request_approve")
	a.advance(49 * time.Hour)
	a.clicks(t, boris, old)
	if s := words(a.reads(t)[boris]); !strings.Contains(s, "已过期") {
		t.Errorf("boris reads %q", s)
	}
	a.round(t)
	if s := words(a.reads(t)[rita]); !strings.Contains(s, "已过期，没有执行") {
		t.Errorf("rita reads %q", s)
	}
	var states []money.State
	for _, r := range a.requests(t) {
		states = append(states, r.State)
	}
	if !slices.Equal(states, []money.State{money.Refused, money.Cancelled, money.Expired}) {
		t.Errorf("got %v", states)
	}
	if list, _ := a.EveryOperation(t.Context(), "T1"); len(list) != 0 {
		t.Errorf("operations came of it: %+v", list)
	}
}

// A click counts once: a second send, a second approval, an outdated card and the
// same wish again are refused, each with its reason.
func TestRequest_Twice(t *testing.T) {
	a := newAcross(t, money.Policy{})
	a.says(t, rita, "funds", "request 300")
	send := button(t, a.reads(t)[rita], "funds.request_send")
	a.clicks(t, rita, send)
	a.reads(t)
	a.clicks(t, rita, send)
	if s := words(a.reads(t)[rita]); !strings.Contains(s, "已经发出") {
		t.Errorf("a second send: %q", s)
	}
	a.says(t, rita, "funds", "request 300")
	a.clicks(t, rita, button(t, a.reads(t)[rita], "funds.request_send"))
	if s := words(a.reads(t)[rita]); !strings.Contains(s, "一样的申请") {
		t.Errorf("the same once more: %q", s)
	}
	a.round(t)
	read := a.reads(t)
	card := button(t, read[boris], "funds.request_approve")
	id, _, _ := strings.Cut(card.Value, "|")
	a.clicks(t, boris, bot.Button{Action: card.Action, Value: id + "|1"})
	if s := words(a.reads(t)[boris]); !strings.Contains(s, "变过") {
		t.Errorf("an outdated card: %q", s)
	}
	a.clicks(t, boris, card)
	a.clicks(t, chen, button(t, read[chen], "funds.request_approve"))
	if s := words(a.reads(t)[chen]); !strings.Contains(s, "is approved") {
		t.Errorf("a second approval: %q", s)
	}
	a.round(t)
	if list, _ := a.EveryOperation(t.Context(), "T1"); len(list) != 1 {
		t.Errorf("%d operations", len(list))
	}
}

// Nobody approves a request of their own side, nor one they made before they
// changed sides; who left cannot have it carried out.
func TestRequest_OwnSide(t *testing.T) {
	a := newAcross(t, money.Policy{Threshold: partner.Yuan(1e6)})
	card := button(t, a.asked(t, rita, "funds", "300")[boris], "funds.request_approve")
	for _, action := range []string{"request_approve", "approve"} {
		a.clicks(t, rita, bot.Button{Action: "funds." + action, Value: card.Value})
	}
	if s := words(a.reads(t)[rita]); !strings.Contains(s, "只有审批人可以做") {
		t.Errorf("rita reads %q", s)
	}
	a.clicks(t, anna, card)
	a.clicks(t, dora, card)
	a.reads(t)
	for i, g := range a.grants {
		if g.Who == rita.User {
			a.grants[i] = access.Grant{Who: rita.User, Roles: []bot.Role{bot.RoleApprover}}
		}
	}
	a.clicks(t, rita, card)
	if s := words(a.reads(t)[rita]); !strings.Contains(s, "你自己申请的") {
		t.Errorf("rita reads %q", s)
	}
	a.clicks(t, boris, card)
	if s := words(a.reads(t)[boris]); !strings.Contains(s, "已经没有申请的权限") {
		t.Errorf("boris reads %q", s)
	}
	if list, _ := a.EveryOperation(t.Context(), "T1"); len(list) != 0 {
		t.Errorf("got %+v", list)
	}
}

// The distributor's limits, source and freeze hold at the approval; the request
// waits on, and who asked learns nothing of them.
func TestRequest_EveryCheckHolds(t *testing.T) {
	a := newAcross(t, money.Policy{PerOperation: partner.Yuan(10_000), PerParty: partner.Yuan(12_000)})
	read := a.asked(t, rita, "funds", "10001")
	over := button(t, read[boris], "funds.request_approve")
	if !strings.Contains(words(read[boris]), "超过单笔限额") {
		t.Errorf("the card does not warn: %q", words(read[boris]))
	}
	a.clicks(t, boris, over)
	got := a.reads(t)
	if s := words(got[boris]); !strings.Contains(s, "超过单笔限额") || len(got[rita]) > 0 {
		t.Errorf("boris reads %q, rita %q", s, words(got[rita]))
	}
	a.says(t, dora, "desk", "freeze "+string(a.resellers[0].ID))
	card := button(t, a.asked(t, rita, "funds", "9000")[boris], "funds.request_approve")
	a.clicks(t, boris, card)
	if s := words(a.reads(t)[boris]); !strings.Contains(s, "已被冻结") {
		t.Errorf("boris reads %q", s)
	}
	for _, who := range []bot.PersonID{dora, chen} {
		a.says(t, who, "desk", "thaw "+string(a.resellers[0].ID))
	}
	a.clicks(t, boris, card)
	a.round(t)
	second := button(t, a.asked(t, rita, "funds", "9001")[boris], "funds.request_approve")
	a.clicks(t, boris, second)
	if s := words(a.reads(t)[boris]); !strings.Contains(s, "同一对象今天的限额") {
		t.Errorf("boris reads %q", s)
	}
	states := map[money.State]int{}
	for _, r := range a.requests(t) {
		states[r.State]++
	}
	if states[money.Awaiting] != 2 || states[money.Done] != 1 {
		t.Errorf("got %v", states)
	}
}

// With fewer than two who could approve nothing is sent, and lead and admin hear
// of it; who asked does not learn how many there are.
func TestRequest_TooFewApprovers(t *testing.T) {
	a := newAcross(t, money.Policy{})
	a.town.gone[boris] = true
	read := a.asked(t, rita, "funds", "300")
	if s := words(read[rita]); !strings.Contains(s, "没有足够的审批人") || strings.Contains(s, "1") && strings.Contains(s, "只有 1") {
		t.Errorf("rita reads %q", s)
	}
	if !strings.Contains(words(read[chen]), "Only 1 can approve") || a.requests(t)[0].State != money.Draft {
		t.Errorf("chen reads %q", words(read[chen]))
	}
}

// Nobody knows whether it arrived: both sides see that, and the evidence ends it.
func TestRequest_Unknown(t *testing.T) {
	a := newAcross(t, money.Policy{})
	card := button(t, a.asked(t, rita, "funds", "300")[boris], "funds.request_approve")
	if err := a.world.Inject(sandbox.Fault{Op: "reseller-grant", Kind: sandbox.DropBefore}); err != nil {
		t.Fatal(err)
	}
	a.clicks(t, boris, card)
	a.round(t)
	read := a.reads(t)
	if s := words(read[rita]); !strings.Contains(s, "还不知道有没有到账") {
		t.Fatalf("rita reads %q", s)
	}
	for range 8 {
		a.advance(6 * time.Minute)
		a.round(t)
	}
	a.fills(t, boris, a.clicks(t, boris, button(t, read[boris], "funds.release")), map[string]string{"reason": "调账记录里没有"})
	a.round(t)
	if s := words(a.reads(t)[rita]); !strings.Contains(s, "没有执行，没有任何改动") || strings.Contains(s, "调账记录") {
		t.Errorf("rita reads %q", s)
	}
	if got := a.requests(t)[0].State; got != money.Refused {
		t.Errorf("got %s", got)
	}
}

// Approvers are reminded of a request as of any other approval, in working hours;
// before the end so is who asked.
func TestRequest_Reminders(t *testing.T) {
	a := newAcross(t, money.Policy{Decide: 100 * time.Hour})
	a.peopled(t)
	a.asked(t, rita, "funds", "300") // Friday, 12:00
	told := map[string][]string{}
	for range 24 * 5 * 2 {
		a.advance(30 * time.Minute)
		a.job(t, "money-remind")
		for who, list := range a.reads(t) {
			for _, r := range list {
				told[who.User] = append(told[who.User], a.clock().In(time.FixedZone("Asia/Shanghai", 8*3600)).Format("Mon 15"))
				if who == boris {
					button(t, []bot.Reply{r}, "funds.request_show")
				}
				if who == rita && !strings.Contains(r.Plain(), "还没有人处理：拨款 ¥300.00") {
					t.Errorf("rita reads %q", r.Plain())
				}
			}
		}
	}
	for who, when := range map[string]string{"UBORIS": "Fri 14 Tue 14", "UCHEN": "Mon 10 Tue 14", "URITA": "Tue 14"} {
		if got := strings.Join(told[who], " "); !strings.Contains(got, strings.Fields(when)[1]) || !strings.HasSuffix(got, when[len(when)-6:]) {
			t.Errorf("%s is told at %q, want %q", who, got, when)
		}
	}
	if len(told) != 3 {
		t.Errorf("told %v", told)
	}
}

// What waits for an approver is in one list, whoever asked for it.
func TestRequest_InApprovals(t *testing.T) {
	a := newAcross(t, money.Policy{})
	a.asked(t, rita, "funds", "300")
	a.asked(t, zoe, "voucher", "400")
	for who, want := range map[bot.PersonID]int{boris: 2, rita: 0, anna: 0} {
		for _, line := range [][2]string{{"desk", "approvals"}, {"funds", "approvals"}} {
			a.says(t, who, line[0], line[1])
			if got := words(a.reads(t)[who]); strings.Count(got, "RQ-") != want {
				t.Errorf("%s, %s: reads %q", who, line, got)
			}
		}
	}
	a.says(t, boris, "desk", "help")
	if got := words(a.reads(t)[boris]); !strings.Contains(got, "待审批 2") || !strings.Contains(got, "⏳") {
		t.Errorf("reads %q", got)
	}
}
