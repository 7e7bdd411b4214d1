package handlers_test

import (
	"strings"
	"testing"
	"time"

	"partnerdesk/bot"
	"partnerdesk/handlers/access"
	"partnerdesk/handlers/money"
	"partnerdesk/handlers/partner"
	"partnerdesk/handlers/partner/sandbox"
)

// approved takes a list of three grants to its approval.
func approved(t *testing.T, o *front) money.List {
	t.Helper()
	c := o.customers(t)
	read := o.uploads(t, anna, "funds", "a.csv", table(c[0].ID+",11,", c[1].ID+",12,", c[2].ID+",13,"), nil)
	o.clicks(t, anna, button(t, read, "funds.sheet-submit"))
	o.works(t)
	o.clicks(t, boris, button(t, o.reads(t)[boris], "funds.sheet-approve"))
	return o.listsOf(t)[0]
}

// One answer was lost: the row is unknown in the result, a person can judge the
// operation by its own card, and once the records explain it the result is whole.
func TestList_AnUnknownRow(t *testing.T) {
	o := listFront(t, access.SolutionProvider, money.Policy{})
	o.world.SetLag(4 * time.Minute)
	approved(t, o)
	if err := o.world.Inject(sandbox.Fault{Op: "customer-grant", Kind: sandbox.DropAfter}); err != nil {
		t.Fatal(err)
	}
	o.works(t)
	got := o.reads(t)
	wantSaid(t, words(got[anna]), "成功 2，失败 0，待核对 1")
	wantSaid(t, words(got[boris]), "不会重发") // the operation's own card
	if s := words(got[anna]); strings.Contains(s, "已结束") {
		t.Errorf("it is over with a row nobody knows of: %q", s)
	}
	for range 12 {
		o.advance(4 * time.Minute)
		o.works(t)
	}
	wantSaid(t, words(o.reads(t)[anna]), "成功 3 行，没成功 0 行")
	for _, id := range o.listsOf(t)[0].Operations() {
		if n, _ := o.effects(t, o.operation(t, id)); n != 1 {
			t.Errorf("%s has %d effects", id, n)
		}
	}
}

// What waits is taken back; nothing of it is sent, and nothing stays reserved.
func TestList_Withdrawn(t *testing.T) {
	o := listFront(t, access.SolutionProvider, money.Policy{})
	read := o.uploads(t, anna, "funds", "a.csv", table(o.customers(t)[0].ID+",11,"), nil)
	o.clicks(t, anna, button(t, read, "funds.sheet-submit"))
	o.works(t)
	o.clicks(t, anna, button(t, o.reads(t)[anna], "funds.sheet-withdraw"))
	o.works(t)
	o.works(t)
	list := o.listsOf(t)[0]
	if op := o.operation(t, list.Operations()[0]); op.State != money.Cancelled || op.Day != "" || list.State != money.ListOver {
		t.Errorf("operation %s on day %q, list %s", op.State, op.Day, list.State)
	}
	wantSaid(t, words(o.reads(t)[anna]), "申请人撤回了")
}

// Nobody decided in time, or nobody submitted the dry run.
func TestList_Expires(t *testing.T) {
	o := listFront(t, access.SolutionProvider, money.Policy{})
	read := o.uploads(t, anna, "funds", "a.csv", table(o.customers(t)[0].ID+",11,"), nil)
	o.uploads(t, anna, "funds", "b.csv", table(o.customers(t)[1].ID+",11,"), nil)
	o.clicks(t, anna, button(t, read, "funds.sheet-submit"))
	o.works(t)
	approve := button(t, o.reads(t)[boris], "funds.sheet-approve")
	o.advance(49 * time.Hour)
	o.clicks(t, boris, approve)
	wantSaid(t, words(o.reads(t)[boris]), "已过期")
	o.works(t)
	for _, l := range o.listsOf(t) {
		if l.State != money.ListOver || l.Live() {
			t.Errorf("list %s is %s", l.ID, l.State)
		}
	}
	wantSaid(t, words(o.reads(t)[anna]), "没有在时限内审批或执行")
}

// A limit of the day refuses what goes beyond it, row by row; a freeze refuses the
// click and changes nothing.
func TestList_LimitsAndFreeze(t *testing.T) {
	o := listFront(t, access.SolutionProvider, money.Policy{PerPerson: partner.Yuan(25)})
	c := o.customers(t)
	read := o.uploads(t, anna, "funds", "a.csv", table(c[0].ID+",11,", c[1].ID+",12,", c[2].ID+",13,"), nil)
	submit := button(t, read, "funds.sheet-submit")
	freeze := func(f money.Freeze) {
		if err := o.Store.Update(t.Context(), func(tx bot.Tx) error { return o.PutFreeze(tx, "T1", money.Everything, f) }); err != nil {
			t.Fatal(err)
		}
	}
	freeze(money.Freeze{Scope: money.Everything, By: dora, At: noon})
	o.clicks(t, anna, submit)
	wantSaid(t, words(o.reads(t)[anna]), "已被冻结")
	freeze(money.Freeze{})
	o.clicks(t, anna, submit)
	o.works(t)
	got := o.reads(t)
	wantSaid(t, words(got[anna]), "没成功：超过你今天的限额 ¥25.00")
	if n := len(o.listsOf(t)[0].Operations()); n != 2 {
		t.Errorf("%d operations within a limit for two", n)
	}
	approve := button(t, got[boris], "funds.sheet-approve")
	freeze(money.Freeze{Scope: money.Everything, By: dora, At: noon})
	o.clicks(t, boris, approve)
	wantSaid(t, words(o.reads(t)[boris]), "已被冻结")
	freeze(money.Freeze{})
	o.clicks(t, boris, approve)
	o.works(t)
	wantSaid(t, words(o.reads(t)[anna]), "成功 2 行，没成功 1 行")
}

// Whoever approved a list and may not approve any more by the time it is carried
// out moves nothing with it.
func TestList_TheApproverIsGone(t *testing.T) {
	o := listFront(t, access.SolutionProvider, money.Policy{})
	approved(t, o)
	for i := range o.grants {
		if o.grants[i].Who == boris.User {
			o.grants[i].Roles = []bot.Role{bot.RoleStaff}
		}
		if o.grants[i].Who == dora.User { // so that there still are two
			o.grants[i].Roles = []bot.Role{bot.RoleApprover}
		}
	}
	o.works(t)
	wantSaid(t, words(o.reads(t)[anna]), "批准的人已没有审批权限")
	for _, id := range o.listsOf(t)[0].Operations() {
		if op := o.operation(t, id); op.State != money.Refused || op.Works != 0 {
			t.Errorf("%s is %s after %d calls", id, op.State, op.Works)
		}
	}
}
