package handlers_test

import (
	"strings"
	"testing"

	"partnerdesk/bot"
	"partnerdesk/data/store"
	"partnerdesk/handlers/money"
)

// People of other workspaces ask by mention in the channel bound to them, in the
// language they write; the answer offers a button that opens the form.
func TestRequest_ExternalPeople(t *testing.T) {
	for _, c := range []struct{ text, understood, done string }{
		{"申请拨款 3万 双十一", "请核对", "已到账"}, {"你好，我们想申请拨款三万元，双十一", "请核对", "已到账"},
		{"request funds of CNY 30,000 for the launch", "Please check", "Done:"}, {"Could we request funds 30000 launch", "Please check", "Done:"}, {"funds request 30000 launch", "请核对", "已到账"},
	} {
		t.Run(c.text, func(t *testing.T) {
			a := newAcross(t, money.Policy{})
			a.mentions(t, eve, "CONE", c.text)
			read := a.reads(t)[eve]
			if s := words(read); !strings.Contains(s, "30,000.00") || !strings.Contains(s, c.understood) {
				t.Fatalf("eve reads %q", s)
			}
			a.presses(t, eve, "CONE", button(t, read, "funds.request_send"))
			a.round(t)
			a.clicks(t, boris, button(t, a.reads(t)[boris], "funds.request_approve"))
			a.round(t)
			a.round(t)
			if s := words(a.reads(t)[eve]); !strings.Contains(s, c.done) {
				t.Errorf("eve reads %q", s)
			}
			req := a.requests(t)[0]
			if seen := a.steps(t, "operation/"+req.Operation); !subset([]string{"money.submit:ok", "money.approve:ok", "money.settle:ok"}, seen) {
				t.Errorf("the log of the operation says %v", seen)
			}
			if req.State != money.Done || req.Place.Channel != "CONE" || req.Requester != eve || req.Account != bot.Reseller(string(a.resellers[0].ID)) {
				t.Errorf("got %+v", req)
			}
		})
	}
}

func TestRequest_ExternalForm(t *testing.T) {
	a := newAcross(t, money.Policy{})
	if form := a.mentions(t, eve, "CONE", "request funds"); form != nil {
		t.Fatal("a mention opened a form")
	}
	offer := a.reads(t)[eve]
	form := a.presses(t, eve, "CONE", button(t, offer, "funds.request"))
	if form == nil || form.Fields[0].Label != "Amount (CNY)" {
		t.Fatalf("got %+v after %q", form, words(offer))
	}
	a.sendIn(t, "CONE", bot.Request{Kind: bot.KindSubmission, Person: eve, Command: "funds", Action: "request", State: form.State, Lang: form.Lang, Values: map[string]string{"amount": "1,234.50", "reason": "launch"}})
	if s := words(a.reads(t)[eve]); !strings.Contains(s, "Please check. You wrote “1,234.50”") {
		t.Errorf("eve reads %q", s)
	}
	if faults, err := a.bot.Check(t.Context(), bot.Request{Kind: bot.KindSubmission, Person: eve, Command: "funds", Action: "request", Lang: form.Lang, Place: bot.Place{Team: "T1", Channel: "CONE"},
		Values: map[string]string{"amount": "1e9"}}); err != nil || !strings.Contains(faults["amount"], "1e9") || strings.Contains(faults["amount"], "科学") {
		t.Errorf("beside the field: %v, %v", faults, err)
	}
	a.mentions(t, eve, "CONE", "申请拨款怎么操作？") // a question stays one
	if len(a.requests(t)) != 1 {
		t.Errorf("got %+v", a.requests(t))
	}
}

// Outside the channel bound to them they get a polite refusal, which is audited:
// no channel, somebody else's channel, a direct message, and what they click or
// fill in there.
func TestRequest_UnboundChannel(t *testing.T) {
	a := newAcross(t, money.Policy{})
	a.mentions(t, eve, "CONE", "申请拨款 300")
	send := button(t, a.reads(t)[eve], "funds.request_send")
	for _, channel := range []string{"CELSE", "CTWO", "DEVE", ""} {
		a.mentions(t, eve, channel, "申请拨款 400")
		a.presses(t, eve, channel, send)
		a.sendIn(t, channel, bot.Request{Kind: bot.KindSubmission, Person: eve, Command: "funds", Action: "request", Values: map[string]string{"amount": "500"}})
		for _, r := range a.reads(t)[eve] {
			if s := r.Plain(); !strings.Contains(s, "共享频道") || !r.Private {
				t.Errorf("in %q eve reads %q, private %v", channel, s, r.Private)
			}
		}
	}
	if list := a.requests(t); len(list) != 1 || list[0].State != money.Draft {
		t.Errorf("got %+v", list)
	}
	aliases, err := a.Aliases(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	refusals := 0
	for alias, who := range aliases {
		if err := a.AuditLines(t.Context(), who.Team, "refusal/"+alias+"/2026-11-20", func(l store.AuditLine) {
			if who == eve && l.Outcome == "refused" && l.Facts["reason"] == "place" {
				refusals++
			}
		}); err != nil {
			t.Fatal(err)
		}
	}
	if refusals != 12 {
		t.Errorf("%d refusals in the audit log", refusals)
	}
	// A stranger in the bound channel, and the distributor's own staff.
	a.mentions(t, bot.PersonID{Team: "T2", User: "UNEW"}, "CONE", "申请拨款 300")
	a.says(t, anna, "funds", "request 300")
	read := a.reads(t)
	if s := words(read[anna]); !strings.Contains(s, "/funds grant") {
		t.Errorf("anna reads %q", s)
	}
	if len(a.requests(t)) != 1 {
		t.Error("somebody who may not asked for something")
	}
}

// Two resellers' people do everything they can with each other's requests, and
// find not one byte of them, nor of the distributor.
func TestRequest_OtherAccounts(t *testing.T) {
	a := newAcross(t, money.Policy{})
	secret := a.own(t)
	all := map[bot.PersonID][]bot.Reply{}
	note := func() map[bot.PersonID][]bot.Reply {
		got := a.reads(t)
		for who, replies := range got {
			all[who] = append(all[who], replies...)
		}
		return got
	}
	for command, amount := range map[string]string{"funds": "7,771", "voucher": "773"} {
		a.says(t, rita, command, "request "+amount+" 甲方机密")
		send := button(t, note()[rita], command+".request_send")
		a.clicks(t, zoe, send)
		a.presses(t, gus, "CTWO", send)
		a.clicks(t, rita, send)
		a.round(t)
		read := note()
		card := button(t, read[boris], command+".request_approve")
		id, _, _ := strings.Cut(card.Value, "|")
		for _, who := range []bot.PersonID{zoe, gus} {
			for _, text := range []string{"request_show " + id, "requests", "approvals", "history", "show " + id, "request " + a.resellers[0].Name} {
				if who == gus {
					a.mentions(t, gus, "CTWO", "/"+command+" "+text)
					a.mentions(t, gus, "CONE", "/"+command+" "+text)
					continue
				}
				a.says(t, who, command, text)
			}
			for _, action := range []string{"request_show", "request_withdraw", "request_send", "request_approve", "request_decline", "show", "approve", "withdraw", "again"} {
				b := bot.Button{Action: command + "." + action, Value: card.Value}
				a.presses(t, who, "CTWO", b)
			}
			for _, form := range []string{"request_decline", "request_approve"} {
				a.sendIn(t, "CTWO", bot.Request{Kind: bot.KindSubmission, Person: who, Command: command, Action: form, State: card.Value, Values: map[string]string{"reason": "不给", "quota": a.quota(t).ID}})
			}
		}
		note()
		form := a.clicks(t, boris, card)
		if form != nil {
			a.fills(t, boris, form, map[string]string{"quota": form.Fields[0].Initial})
		}
		a.round(t)
		a.round(t)
		note()
	}
	for _, req := range a.requests(t) {
		if req.State != money.Done && req.Account == bot.Reseller(string(a.resellers[0].ID)) {
			t.Errorf("got %s: %s", req.State, req.Fault)
		}
	}
	for _, who := range []bot.PersonID{zoe, gus} {
		got := words(all[who])
		for _, hidden := range []string{"7,771", "773.00", "甲方机密", a.resellers[0].Name, a.resellers[0].Account, "URITA", "UBORIS", secret} {
			if strings.Contains(got, hidden) {
				t.Errorf("%s reads %q in %q", who, hidden, got)
			}
		}
		if got == "" {
			t.Errorf("%s got no answer at all", who)
		}
	}
	for _, hidden := range []string{secret, "UBORIS", "UCHEN", a.resellers[1].Name} {
		if strings.Contains(words(all[rita]), hidden) {
			t.Errorf("rita reads %q", hidden)
		}
	}
	if b, err := a.center.Balance(t.Context(), a.resellers[0].ID); err != nil || len(b.Rows) == 0 {
		t.Error(err)
	}
}

// The lists are a reseller's own, and all that wait for the distributor's
// approvers; staff of the distributor without that office have none.
func TestRequest_Lists(t *testing.T) {
	a := newAcross(t, money.Policy{})
	a.asked(t, rita, "funds", "7771")
	a.asked(t, zoe, "funds", "7772")
	for _, c := range []struct {
		who    bot.PersonID
		has    []string
		hasNot []string
	}{
		{rita, []string{"7,771.00", "等总经销商决定"}, []string{"7,772.00"}},
		{zoe, []string{"7,772.00"}, []string{"7,771.00"}},
		{boris, []string{"7,771.00", "7,772.00", a.resellers[0].Name, a.resellers[1].Name}, nil},
		{chen, []string{"waiting for the distributor", "7,771.00"}, nil},
		{anna, []string{"审批人"}, []string{"7,77"}},
	} {
		a.says(t, c.who, "funds", "requests")
		s := words(a.reads(t)[c.who])
		for _, part := range c.has {
			if !strings.Contains(s, part) {
				t.Errorf("%s misses %q: %q", c.who, part, s)
			}
		}
		for _, part := range c.hasNot {
			if strings.Contains(s, part) {
				t.Errorf("%s reads %q: %q", c.who, part, s)
			}
		}
	}
	a.says(t, rita, "voucher", "requests")
	if s := words(a.reads(t)[rita]); s != "还没有申请。" {
		t.Errorf("got %q", s)
	}
}

// A reseller whom the distributor has no more can ask for nothing.
func TestRequest_NoReseller(t *testing.T) {
	a := newAcross(t, money.Policy{})
	for i := range a.grants {
		if a.grants[i].Who == rita.User {
			a.grants[i].Employer = "reseller:GONE"
		}
	}
	a.says(t, rita, "funds", "request 300")
	if s := words(a.reads(t)[rita]); !strings.Contains(s, "查不到你们公司") || strings.Contains(s, a.resellers[0].Name) {
		t.Errorf("got %q", s)
	}
}
