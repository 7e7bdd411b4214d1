package handlers_test

import (
	"strings"
	"testing"

	"partnerdesk/bot"
	"partnerdesk/handlers/access"
	"partnerdesk/handlers/money"
)

// A freeze of one reseller is told by its name; a freeze of nobody is no freeze.
func TestFreeze_Names(t *testing.T) {
	a := newAcross(t, money.Policy{})
	one := a.resellers[0]
	steps := []struct {
		name string
		who  bot.PersonID
		text string
		says string
		set  int
	}{
		{"a name nobody has", dora, "freeze 没有这家", "没有叫", 0},
		{"an id nobody has", dora, "freeze reseller:nobody", "没有叫", 0},
		{"nothing but signs", dora, "freeze ???", "operator", 0},
		{"its login", dora, "freeze " + one.Account, "已冻结：" + one.Name, 1},
		{"again by its id", dora, "freeze " + string(one.ID), "已经是冻结", 1},
		{"again by its name", dora, "freeze " + one.Name, "已经是冻结", 1},
		{"thawed by name", dora, "thaw " + one.Name, "还要另一个人", 1},
		{"thawed by account", boris, "thaw reseller:" + string(one.ID), "已解冻", 0},
		{"all", dora, "freeze", "全部账号", 1},
	}
	for _, s := range steps {
		a.says(t, s.who, "desk", s.text)
		got := words(a.reads(t)[s.who])
		if !strings.Contains(got, s.says) {
			t.Errorf("%s: reads %q", s.name, got)
		}
		list, err := a.Freezes(t.Context(), "T1")
		if err != nil {
			t.Fatal(err)
		}
		if len(list) != s.set {
			t.Errorf("%s: got %+v", s.name, list)
		}
		if s.set == 1 && s.name != "all" && list[0].Scope != "reseller:"+string(one.ID) {
			t.Errorf("%s: got %+v", s.name, list)
		}
	}
}

// A frozen reseller gets nothing and gives nothing back, whoever asks for it.
func TestFreeze_HoldsWhatAResellerGets(t *testing.T) {
	a := newAcross(t, money.Policy{})
	one, other := a.resellers[0], a.resellers[1]
	a.says(t, dora, "desk", "freeze "+one.Account)
	a.reads(t)
	for to, want := range map[string]string{one.Account: "已被冻结", other.Account: ""} {
		form := a.says(t, anna, "funds", "grant")
		if form == nil {
			t.Fatal("no form")
		}
		a.fills(t, anna, form, map[string]string{"to": "reseller", "name": to, "amount": "300", "remark": ""})
		a.clicks(t, anna, button(t, a.reads(t)[anna], "funds.submit"))
		got := words(a.reads(t)[anna])
		if refused := strings.Contains(got, "已被冻结"); refused != (want != "") {
			t.Errorf("%s: reads %q", to, got)
		}
	}
}

// Who thaws what is not frozen reads what is; who may not freeze reads who may.
func TestFreeze_WhatElse(t *testing.T) {
	a := newAcross(t, money.Policy{})
	one := a.resellers[0]
	for _, s := range []struct {
		who       bot.PersonID
		line, say string
	}{
		{dora, "freeze " + one.Account, "已冻结"},
		{dora, "thaw", "/desk thaw reseller:" + string(one.ID)},
		{dora, "freeze 全部", "已冻结：全部账号"},
		{anna, "freeze", "审批人和管理员"},
	} {
		a.says(t, s.who, "desk", s.line)
		if got := words(a.reads(t)[s.who]); !strings.Contains(got, s.say) {
			t.Errorf("%s: reads %q", s.line, got)
		}
	}
}

// TestLimits_AreForThoseTheyHold: a refusal sends staff to /desk limits, so they
// can read them; of freezes only what concerns their account.
func TestLimits_AreForThoseTheyHold(t *testing.T) {
	a := newAcross(t, money.Policy{})
	a.says(t, dora, "desk", "freeze "+string(a.resellers[1].ID))
	a.reads(t)
	for _, c := range []struct {
		name           string
		who            bot.PersonID
		wants, nowhere string
	}{
		{"staff", anna, "单笔", "第 -"},
		{"a reseller's staff", rita, "单笔", string(a.resellers[1].ID)},
		{"the reseller that is frozen", zoe, string(a.resellers[1].ID), "第 -"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a.says(t, c.who, "desk", "limits")
			if got := words(a.reads(t)[c.who]); !strings.Contains(got, c.wants) || strings.Contains(got, c.nowhere) {
				t.Errorf("reads %q", got)
			}
		})
	}
}

// TestCard_OfWhatIsOver: what an account had at the preview is not what it has.
func TestCard_OfWhatIsOver(t *testing.T) {
	o := newFront(t, access.SolutionProvider, money.Policy{})
	o.clicks(t, boris, button(t, o.asks(t, anna, "300")[boris], "funds.approve"))
	o.round(t)
	if got := words(o.reads(t)[anna]); !strings.Contains(got, "已完成") || strings.Contains(got, "现有") || !strings.Contains(got, "预览时有 ¥") {
		t.Errorf("anna reads %q", got)
	}
}
