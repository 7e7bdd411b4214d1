package handlers_test

import (
	"strings"
	"testing"
	"time"

	"partnerdesk/bot"
	"partnerdesk/handlers"
	"partnerdesk/handlers/access"
	"partnerdesk/handlers/benefit"
	"partnerdesk/handlers/partner"
	"partnerdesk/handlers/remind"
)

// withDeadlines lets the office keep deadlines too.
func (o *office) withDeadlines() *office {
	o.deps.Remind = &handlers.Reminders{Book: o.store, Calendar: o.deps.Register.Calendar, People: directory{}}
	o.deps.Zone = time.FixedZone("Asia/Shanghai", 8*3600)
	return o
}

// entered enters a row through its form and returns its id.
func (o *office) entered(who, kind string, values map[string]string) string {
	o.t.Helper()
	said := o.submit(who, "benefit.row", kind, values)
	_, id, is := strings.Cut(said, "BF-")
	if !is {
		o.t.Fatalf("nothing entered: %s", said)
	}
	id, _, _ = strings.Cut(id, " ")
	return "BF-" + id
}

func (o *office) benefit(of bot.Account, id string) benefit.Benefit {
	o.t.Helper()
	b, found, err := o.store.FindBenefit(o.t.Context(), "T1", of, id)
	if err != nil || !found {
		o.t.Fatalf("benefit %s: %v, %v", id, found, err)
	}
	return b
}

// due is the deadline of a row's only day.
func (o *office) due(of bot.Account, id string) (remind.Deadline, bool) {
	o.t.Helper()
	rows, err := o.store.Deadlines(o.t.Context(), "T1", of)
	check(o.t, err)
	for _, d := range rows {
		if strings.Contains(d.Seed, "/"+id+"/") {
			return d, true
		}
	}
	return remind.Deadline{}, false
}

// benefitCard is somebody's card as it last went out.
func (o *office) benefitCard(who, id string) string {
	for i := len(o.sent) - 1; i >= 0; i-- {
		if o.sent[i].Object == "benefit/"+id && o.sent[i].To.Person.User == who {
			return o.sent[i].Reply.Plain()
		}
	}
	return ""
}

var couponOf = map[string]string{"name": "订单方案", "until": "12月31日"}

// Resellers compete: not a byte of a row reaches another account, the
// distributor above or Huawei's people, by any command, button or form.
func TestBenefit_StaysInItsAccount(t *testing.T) {
	o := newOffice(t).withDeadlines()
	id := o.entered(staff, "registration", map[string]string{"name": "艾克美", "registered": "今天"})
	coupon := o.entered(staff, "test-coupon", couponOf)
	o.command(staff, "benefit", "grant "+coupon+" 20000 邮件批的")
	for _, who := range []string{rival, support, manager} {
		for _, c := range []struct{ name, said string }{
			{"list", o.command(who, "benefit", "list all")}, {"closed", o.command(who, "benefit", "list 已结束")}, {"bare", o.command(who, "benefit", "")},
			{"show", o.command(who, "benefit", "show "+id)}, {"typed id", o.command(who, "benefit", id)}, {"history", o.command(who, "benefit", "history "+coupon)},
			{"tick", o.command(who, "benefit", "tick "+id+" 1")}, {"use", o.command(who, "benefit", "use "+coupon+" 100")}, {"void", o.command(who, "benefit", "void "+coupon+" 1")},
			{"done", o.command(who, "benefit", "done "+id)}, {"note", o.command(who, "benefit", "note "+id+" x")}, {"assign", o.command(who, "benefit", "assign "+id+" <@"+who+">")},
			{"evidence", o.command(who, "benefit", "evidence "+id+" https://x.example.com/")}, {"move", o.command(who, "benefit", "move "+id+" 已报备")},
			{"a button's show", o.click(who, "benefit.show", id+"|1")}, {"a button's move", o.click(who, "benefit.move", id+"|1|registered")},
			{"a button's edit", o.click(who, "benefit.edit", id+"|1")}, {"a button's use", o.click(who, "benefit.use", coupon+"|2")},
			{"the form's edit", o.submit(who, "benefit.row", id+"|1", map[string]string{"name": "x", "registered": "今天"})},
			{"the form's use", o.submit(who, "benefit.use", coupon+"|2", map[string]string{"amount": "1"})},
			{"a name that is taken there", o.submit(who, "benefit.row", "registration", map[string]string{"name": "别家", "registered": "今天"})},
		} {
			for _, secret := range []string{"艾克美", "订单方案", "20,000", "邮件批的"} {
				if strings.Contains(c.said, secret) {
					t.Errorf("%s, %s: shows %q: %s", who, c.name, secret, c.said)
				}
			}
			if c.said == "" {
				t.Errorf("%s, %s: no answer", who, c.name)
			}
		}
	}
	if b := o.benefit(bot.Reseller("A"), coupon); b.Rev != 2 || b.Left() != partner.Yuan(20000) || b.Owner.User != staff {
		t.Errorf("changed from outside: %+v", b)
	}
	if b := o.benefit(bot.Reseller("A"), id); b.Rev != 1 {
		t.Errorf("changed from outside: %+v", b)
	}
}

// Huawei's ecosystem manager sees that the operator has rows of shared kinds and
// when they end, and nothing else.
func TestBenefit_TheEcosystemManagerSeesDaysOnly(t *testing.T) {
	o := newOffice(t).withDeadlines()
	put := func(b benefit.Benefit) {
		b.Team, b.Account, b.Owner, b.Opened, b.Since, b.Changed = "T1", bot.Operator(), bot.PersonID{Team: "T1", User: other}, noon, noon, noon
		check(t, o.store.Update(t.Context(), func(tx bot.Tx) error { return o.store.PutBenefit(tx, b) }))
	}
	put(benefit.Benefit{ID: "BF-LABEL", Kind: benefit.Label, State: "open", Values: map[string]string{"name": "大数据", "obtained": "2026-03-05", "amount": "77000.00"}})
	put(benefit.Benefit{ID: "BF-COUP", Kind: benefit.TestCoupon, State: "cloud", Values: map[string]string{"name": "订单方案", "until": "2026-12-20"}, Counts: []benefit.Count{{Amount: 8800000}}})
	put(benefit.Benefit{ID: "BF-CUST", Kind: benefit.Registration, State: "registered", Values: map[string]string{"name": "艾克美", "registered": "2026-11-18"}})
	put(benefit.Benefit{ID: "BF-NRE", Kind: benefit.NRE, State: "preparing", Values: map[string]string{"name": "订单方案", "next": "2026-12-01"}})
	said := o.command(manager, "benefit", "list")
	for _, want := range []string{"BF-LABEL", "2026-12-31", "BF-COUP", "2026-12-20", "0/3"} {
		wantSaid(t, said, want)
	}
	for _, secret := range []string{"大数据", "订单方案", "艾克美", "77,000", "88,000", "BF-CUST", "BF-NRE", other} {
		if strings.Contains(said, secret) {
			t.Errorf("shows %q: %s", secret, said)
		}
	}
	wantSaid(t, o.command(manager, "benefit", "show BF-LABEL"), "名称、金额和详情只对伙伴自己的人开放")
	wantSaid(t, o.command(manager, "benefit", "history BF-LABEL"), "名称、金额和详情只对伙伴自己的人开放")
	for _, try := range []string{"tick BF-LABEL 1", "done BF-LABEL", "note BF-LABEL x"} {
		if said := o.command(manager, "benefit", try); strings.Contains(said, "已更新") {
			t.Errorf("%s was done: %s", try, said)
		}
	}
	if b := o.benefit(bot.Operator(), "BF-LABEL"); b.Rev != 0 {
		t.Errorf("changed by Huawei: %+v", b)
	}
}

func TestBenefit_GrantAndUse(t *testing.T) {
	o := newOffice(t).withDeadlines()
	id := o.entered(staff, "test-coupon", couponOf)
	wantSaid(t, o.command(staff, "benefit", "use "+id+" 1"), "只剩 0.00")
	wantSaid(t, o.command(staff, "benefit", "grant "+id+" 2万 邮件批的"), "记发放 20,000.00")
	wantSaid(t, o.command(staff, "benefit", "use "+id+" 5000 压测"), "剩余: 15,000.00")
	wantSaid(t, o.command(staff, "benefit", "use "+id+" 15000.01"), "只剩 15,000.00，不能记使用 15,000.01")
	wantSaid(t, o.command(staff, "benefit", "use "+id+" 很多"), "用了多少")
	wantSaid(t, o.command(staff, "benefit", "void "+id+" 1"), "不能作废")
	wantSaid(t, o.command(staff, "benefit", "void "+id+" 2"), "作废第 2 笔")
	if b := o.benefit(bot.Reseller("A"), id); b.Left() != partner.Yuan(20000) {
		t.Errorf("left %v", b.Left())
	}
	wantSaid(t, o.click(staff, "benefit.move", id+"|"+itoa(o.benefit(bot.Reseller("A"), id).Rev)+"|cloud"), "已通过云软件认证")
	wantSaid(t, o.command(staff, "benefit", "show "+id), "按公布的档还可申请: 80,000.00")
	wantSaid(t, o.command(staff, "benefit", "grant "+id+" 9万"), "比公布的额度多 10,000.00")
	for _, form := range []string{"benefit.grant", "benefit.use"} {
		faults, err := o.bot.Check(t.Context(), bot.Request{Kind: bot.KindSubmission, Command: "benefit", Action: strings.TrimPrefix(form, "benefit."), State: id + "|1",
			Person: bot.PersonID{Team: "T1", User: staff}, Place: bot.Place{Team: "T1"}, Values: map[string]string{"amount": "99999999"}})
		if want := form == "benefit.use"; err != nil || (faults["amount"] != "") != want {
			t.Errorf("%s: %v, %v", form, faults, err)
		}
	}
}

// Two people have the same form open. The second is told what the first did, and
// nothing of theirs is kept.
func TestBenefit_TwoAtOnce(t *testing.T) {
	o := newOffice(t).withDeadlines()
	id := o.entered(staff, "label", map[string]string{"name": "大数据", "obtained": "2026-03-05"})
	wantSaid(t, o.submit(staff, "benefit.row", id+"|1", map[string]string{"name": "大数据", "obtained": "2026-04-01"}), "修改获得日期")
	said := o.submit(staff, "benefit.row", id+"|1", map[string]string{"name": "数据库", "obtained": "2026-03-05"})
	wantSaid(t, said, "没有做")
	wantSaid(t, said, "修改获得日期：2026-03-05 → 2026-04-01")
	if b := o.benefit(bot.Reseller("A"), id); b.Name() != "大数据" || b.Rev != 2 {
		t.Errorf("got %+v", b)
	}
	wantSaid(t, o.click(staff, "benefit.move", id+"|1|lapsed"), "没有做")
	o.submit(staff, "benefit.done", id+"|1", map[string]string{"text": "x"})
	if b := o.benefit(bot.Reseller("A"), id); b.State != "open" {
		t.Errorf("closed by somebody who saw an older row: %s", b.State)
	}
	wantSaid(t, o.click(staff, "benefit.tick", id+"|1|training"), "勾选“培训激励已申请”") // ticking cannot undo anything
}

func itoa(n int) string { return string(rune('0' + n)) }

// What is done in the register is done among the deadlines, in the same
// transaction; what a person did there stays.
func TestBenefit_Deadlines(t *testing.T) {
	o := newOffice(t).withDeadlines()
	of := bot.Reseller("A")
	id := o.entered(staff, "label", map[string]string{"name": "大数据", "obtained": "2026-03-05"})
	d, is := o.due(of, id)
	if !is || d.Due.String() != "2026-12-31" || d.Kind != remind.YearEnd || d.Source != remind.Benefits || d.Owner.User != staff || d.State != remind.Open {
		t.Fatalf("got %+v", d)
	}
	o.command(staff, "benefit", "tick "+id+" 1")
	o.command(staff, "benefit", "tick "+id+" 2")
	if d, _ := o.due(of, id); d.State != remind.Open {
		t.Error("two of three boxes closed the deadline")
	}
	o.command(staff, "benefit", "tick "+id+" 3")
	if d, _ := o.due(of, id); d.State != remind.Done || d.By.User != staff {
		t.Errorf("all boxes ticked: %+v", d)
	}
	o.command(staff, "benefit", "untick "+id+" 3")
	if d, _ := o.due(of, id); d.State != remind.Open {
		t.Error("a tick was taken away and the deadline stays closed")
	}
	o.command(staff, "deadline", "done "+d.ID)
	o.command(staff, "benefit", "note "+id+" 还没完")
	if d, _ := o.due(of, id); d.State != remind.Done {
		t.Error("a note opened what a person had closed")
	}
	o.submit(staff, "benefit.row", id+"|"+itoa(o.benefit(of, id).Rev), map[string]string{"name": "大数据", "obtained": "2025-03-05"})
	if d, _ := o.due(of, id); d.State != remind.Open || d.Due.String() != "2025-12-31" {
		t.Errorf("another year: %+v", d)
	}
	o.command(staff, "benefit", "done "+id+" 钱到了")
	if d, _ := o.due(of, id); d.State != remind.Done {
		t.Errorf("done: %+v", d)
	}
	o.command(staff, "benefit", "reopen "+id)
	if d, _ := o.due(of, id); d.State != remind.Open {
		t.Errorf("reopened: %+v", d)
	}
}

func TestBenefit_CouponsUsedUpNeedNoReminder(t *testing.T) {
	o := newOffice(t).withDeadlines()
	of := bot.Reseller("A")
	id := o.entered(staff, "test-coupon", couponOf)
	o.command(staff, "benefit", "grant "+id+" 100")
	o.command(staff, "benefit", "use "+id+" 100")
	if d, _ := o.due(of, id); d.State != remind.Done {
		t.Errorf("used up: %+v", d)
	}
	o.command(staff, "benefit", "void "+id+" 2")
	if d, _ := o.due(of, id); d.State != remind.Open || d.Kind.Class() != remind.Shared {
		t.Errorf("taken back: %+v", d)
	}
}

// colleague works for reseller A too.
var colleague = access.Grant{Who: "UA2", Roles: []bot.Role{bot.RoleStaff}, Employer: "reseller:A"}

// The owner's card follows every change; a new owner gets one.
func TestBenefit_TheCardFollows(t *testing.T) {
	o := newOffice(t, colleague).withDeadlines()
	id := o.entered(staff, "nre", map[string]string{"name": "订单方案"})
	wantSaid(t, o.benefitCard(staff, id), "☐ 已提交资格申请")
	o.command(staff, "benefit", "tick "+id+" 资格申请")
	wantSaid(t, o.benefitCard(staff, id), "✅ 已提交资格申请")
	wantSaid(t, o.command(staff, "benefit", "assign "+id+" <@"+rival+">"), "不在") // of another account
	if b := o.benefit(bot.Reseller("A"), id); b.Owner.User != staff {
		t.Errorf("owner %v", b.Owner)
	}
	wantSaid(t, o.command(staff, "benefit", "assign "+id+" <@"+colleague.Who+">"), "负责人改为")
	o.command(colleague.Who, "benefit", "note "+id+" 我来跟进")
	for _, who := range []string{staff, colleague.Who} {
		wantSaid(t, o.benefitCard(who, id), "我来跟进")
		wantSaid(t, o.benefitCard(who, id), "@"+colleague.Who)
	}
	wantSaid(t, o.command(colleague.Who, "benefit", "list 我的"), id)
	wantSaid(t, o.command(staff, "benefit", "list 我的"), "没有符合的权益")
}

func TestBenefit_OneOfAName(t *testing.T) {
	o := newOffice(t).withDeadlines()
	id := o.entered(staff, "label", map[string]string{"name": "大数据", "obtained": "2026-03-05"})
	wantSaid(t, o.submit(staff, "benefit.row", "label", map[string]string{"name": " 大数据 ", "obtained": "2026-04-05"}), id)
	o.entered(rival, "label", map[string]string{"name": "大数据", "obtained": "2026-03-05"}) // another account's is another
}

// Words that narrow nothing are a question about benefits.
func TestBenefit_OtherWordsAreAQuestion(t *testing.T) {
	o := newOffice(t).withDeadlines()
	if said := o.command(staff, "benefit", "NRE 什么时候到账"); strings.Contains(said, "看不懂") {
		t.Errorf("taken for a list: %s", said)
	}
	wantSaid(t, o.command(staff, "benefit", "list 昨天"), "看不懂“昨天”")
}
