package handlers_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"partnerdesk/bot"
	"partnerdesk/data"
	"partnerdesk/handlers"
	"partnerdesk/handlers/access"
	"partnerdesk/handlers/money"
)

// peopled gives the desk what reminders need: a calendar and people who can leave.
func (o *front) peopled(t testing.TB) {
	t.Helper()
	calendar, err := data.Calendar()
	if err != nil {
		t.Fatal(err)
	}
	o.deps.Remind = &handlers.Reminders{Book: o.Store, Calendar: calendar, People: o.town, Listed: o.deps.Money.Listed}
}

var edda = bot.PersonID{Team: "T1", User: "UEDDA"} // a second approver

// Every step is told once, to the right people, in working hours.
func TestNudge_Ladder(t *testing.T) {
	o := newFront(t, access.SolutionProvider, money.Policy{Decide: 100 * time.Hour})
	o.peopled(t)
	o.grants = append(o.grants, access.Grant{Who: edda.User, Roles: []bot.Role{bot.RoleApprover}})
	listed := o.deps.Money.Listed
	o.deps.Money.Listed = func(ctx context.Context) ([]bot.PersonID, error) {
		list, err := listed(ctx)
		return append(list, edda), err
	}
	o.says(t, boris, "desk", "deputy <@UEDDA>")
	if s := words(o.reads(t)[boris]); !strings.Contains(s, "代理 @UBORIS（长期）") {
		t.Fatalf("boris reads %q", s)
	}
	o.asks(t, anna, "500") // Friday, 12:00
	told := map[string][]string{}
	for range 24 * 8 * 2 {
		o.advance(30 * time.Minute)
		o.job(t, "money-remind")
		for who, list := range o.reads(t) {
			at := o.clock().In(time.FixedZone("Asia/Shanghai", 8*3600))
			if h := at.Hour(); h < 9 || h >= 18 || at.Weekday() == time.Saturday || at.Weekday() == time.Sunday {
				t.Errorf("%s is reminded on %s", who, at)
			}
			for range list {
				told[who.User] = append(told[who.User], at.Format("Mon 15"))
			}
		}
	}
	// After two hours the approvers, after four the deputy, after seven the lead,
	// before the end everybody who can, and anna.
	want := map[string]string{"UBORIS": "Fri 14 Tue 14", "UEDDA": "Fri 14 Fri 16 Tue 14", "UCHEN": "Mon 10 Tue 14", "UANNA": "Tue 14"}
	for who, when := range want {
		if got := strings.Join(told[who], " "); got != when {
			t.Errorf("%s is told %q, want %q", who, got, when)
		}
	}
	if len(told["UDORA"]) != 0 {
		t.Errorf("the admin is told %v", told["UDORA"])
	}
}

// While somebody is away their deputy is asked; a deputy without the right is
// never named, and a right that was lost since counts for nothing.
func TestNudge_Away(t *testing.T) {
	o := newFront(t, access.SolutionProvider, money.Policy{})
	o.peopled(t)
	o.says(t, boris, "desk", "deputy <@UANNA> 2026-11-20 2026-11-27")
	if s := words(o.reads(t)[boris]); !strings.Contains(s, "也必须有审批权") {
		t.Errorf("a deputy without the right: %q", s)
	}
	o.says(t, anna, "desk", "deputy <@UBORIS> <@UCHEN>")
	if s := words(o.reads(t)[anna]); !strings.Contains(s, "替别人设定") {
		t.Errorf("staff names somebody else's deputy: %q", s)
	}
	o.says(t, boris, "desk", "deputy <@UCHEN> 2026-11-20 2026-11-27")
	read := o.reads(t)
	if s := words(read[chen]); !strings.Contains(s, "you stand in for @UBORIS") {
		t.Errorf("chen reads %q", s)
	}
	o.asks(t, anna, "500")
	o.advance(130 * time.Minute)
	o.job(t, "money-remind")
	read = o.reads(t)
	if len(read[boris]) != 0 || !strings.Contains(words(read[chen]), "You stand in for") {
		t.Errorf("boris reads %q, chen %q", words(read[boris]), words(read[chen]))
	}
	o.says(t, chen, "desk", "deputy")
	if s := words(o.reads(t)[chen]); !strings.Contains(s, "@UBORIS → @UCHEN (from 2026-11-20 to 2026-11-27)") {
		t.Errorf("the list: %q", s)
	}
	o.says(t, boris, "desk", "deputy off")
	o.reads(t)
	if stands, err := o.Stands(t.Context(), "T1"); err != nil || len(stands) != 0 {
		t.Errorf("got %+v, %v", stands, err)
	}
}

// Nobody decides: both sides hear of it, and what was reserved is free.
func TestNudge_Expired(t *testing.T) {
	o := newFront(t, access.SolutionProvider, money.Policy{})
	o.peopled(t)
	o.asks(t, anna, "500")
	o.advance(49 * time.Hour)
	o.round(t)
	read := o.reads(t)
	for who, want := range map[bot.PersonID]string{anna: "已过期", boris: "没有人处理，已失效", chen: "expired without a decision"} {
		if s := words(read[who]); !strings.Contains(s, want) {
			t.Errorf("%s reads %q", who, s)
		}
	}
}

// Withdrawn after the approval and before it was sent: the approver hears of it.
func TestNudge_Withdrawn(t *testing.T) {
	o := newFront(t, access.SolutionProvider, money.Policy{})
	read := o.asks(t, anna, "500")
	o.clicks(t, boris, button(t, read[boris], "funds.approve"))
	o.clicks(t, anna, button(t, o.asksAgain(t), "funds.withdraw"))
	if s := words(o.reads(t)[boris]); !strings.Contains(s, "发起人撤回了") {
		t.Errorf("boris reads %q", s)
	}
}

// asksAgain shows anna the one operation there is.
func (o *front) asksAgain(t testing.TB) []bot.Reply {
	t.Helper()
	list, err := o.EveryOperation(t.Context(), "T1")
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	o.reads(t)
	o.clicks(t, anna, bot.Button{Action: "funds.show", Value: list[0].ID + "|0"})
	return o.reads(t)[anna]
}

// A list of many operations is one decision, so it is one reminder.
func TestNudge_ListOnce(t *testing.T) {
	o := newFront(t, access.SolutionProvider, money.Policy{})
	o.peopled(t)
	for _, c := range o.customers(t)[:3] {
		op := grant(10, c)
		op.Team, op.ID, op.Requester, op.Account, op.Lang, op.List = "T1", nextID(), anna, bot.Operator(), "zh-CN", "ML-1"
		op, err := money.New(op, o.clock())
		if err != nil {
			t.Fatal(err)
		}
		if err := o.Store.Update(t.Context(), func(tx bot.Tx) error {
			if err := o.PutOperation(tx, op); err != nil {
				return err
			}
			_, _, err := money.Change(o.Store, tx, "T1", op.ID, o.clock(), nil, money.Plain(func(op money.Operation, b money.Books) (money.Operation, money.Books, error) {
				return op.Submit(anna, op.Rev, b, money.Facts{Approvers: []bot.PersonID{boris, chen}, Requests: true}, money.Policy{}, o.clock())
			}))
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	o.advance(130 * time.Minute)
	o.job(t, "money-remind")
	if read := o.reads(t); len(read[boris]) != 1 {
		t.Errorf("boris reads %d messages: %q", len(read[boris]), words(read[boris]))
	}
}
