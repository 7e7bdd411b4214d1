package handlers_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"partnerdesk/bot"
	"partnerdesk/bot/lang"
	"partnerdesk/handlers/money"
	"partnerdesk/handlers/partner"
)

// What free words ask for becomes a request; what only sounds like it does not.
func TestRequest_WhatWordsAsk(t *testing.T) {
	for _, c := range []struct {
		text   string
		kind   money.Kind // empty: no request
		amount int64
		flexi  bool
		reason string
	}{
		{"申请拨款 3万", money.GrantReseller, 30000, false, ""},
		{"请帮我申请拨款：3万元，双十一备货", money.GrantReseller, 30000, false, "双十一备货"},
		{"申请拨款3万元", money.GrantReseller, 30000, false, ""},
		{"Please request funds: CNY 1,234.50 for ACME", money.GrantReseller, 1234, false, "for ACME"},
		{"申请额度 5千 双十一", money.GiveQuota, 5000, false, "双十一"},
		{"申请现金券额度 ５０００", money.GiveQuota, 5000, true, ""},
		{"我想申请代金券额度 五千元", money.GiveQuota, 5000, false, ""},
		{"request a voucher quota of 5000 for the launch", money.GiveQuota, 5000, false, "for the launch"},
		{"request flexi quota 5000", money.GiveQuota, 5000, true, ""},
		{"申请拨款怎么操作", "", 0, false, ""},
		{"申请拨款要多久？", "", 0, false, ""},
		{"申请拨款人是谁都可以 3万", "", 0, false, ""},
		{"request fundsX 3000", "", 0, false, ""},
		{"how do I request funds", "", 0, false, ""},
		{"申请额度如何收回", "", 0, false, ""},
	} {
		t.Run(c.text, func(t *testing.T) {
			a := newAcross(t, money.Policy{})
			a.mentions(t, eve, "CONE", c.text)
			list := a.requests(t)
			if c.kind == "" {
				if len(list) != 0 {
					t.Errorf("got %+v", list)
				}
				return
			}
			if len(list) != 1 || list[0].Kind != c.kind || list[0].Amount/100*100 != partner.Yuan(c.amount) || list[0].Flexi != c.flexi || list[0].Reason != c.reason {
				t.Errorf("got %+v after %q", list, words(a.reads(t)[eve]))
			}
		})
	}
}

// TestRequest_Transcript plays a request in both languages and compares what both
// sides read with the reviewed testdata/request.LANG.txt.
func TestRequest_Transcript(t *testing.T) {
	for _, tag := range lang.Tags() {
		t.Run(string(tag), func(t *testing.T) {
			a := newAcross(t, money.Policy{})
			a.town.locale = string(tag)
			var out strings.Builder
			show := func() map[bot.PersonID][]bot.Reply {
				read := a.reads(t)
				for _, who := range []bot.PersonID{rita, boris, chen} {
					for _, r := range read[who] {
						fmt.Fprintf(&out, "--- %s reads\n%s\n", strings.ToLower(who.User[1:]), r.Plain())
						for _, b := range r.Blocks {
							if row, ok := b.(bot.Buttons); ok {
								for _, item := range row.Items {
									fmt.Fprintf(&out, "[%s] ", item.Text)
								}
								out.WriteString("\n")
							}
						}
					}
				}
				return read
			}
			says := func(who bot.PersonID, command, text string) map[bot.PersonID][]bot.Reply {
				fmt.Fprintf(&out, "\n%s: /%s %s\n", strings.ToLower(who.User[1:]), command, text)
				a.says(t, who, command, text)
				return show()
			}
			clicks := func(who bot.PersonID, read map[bot.PersonID][]bot.Reply, action string) (*bot.Form, map[bot.PersonID][]bot.Reply) {
				b := button(t, read[who], action)
				fmt.Fprintf(&out, "\n%s presses %s\n", strings.ToLower(who.User[1:]), b.Text)
				form := a.clicks(t, who, b)
				a.round(t)
				return form, show()
			}
			says(rita, "funds", "request 1e9")
			_, read := clicks(rita, says(rita, "funds", "request 3万 双十一"), "funds.request_send")
			_, _ = clicks(boris, read, "funds.request_approve")
			a.round(t)
			show()
			_, read = clicks(rita, says(rita, "voucher", "request 5000"), "voucher.request_send")
			form, _ := clicks(boris, read, "voucher.request_decline")
			a.fills(t, boris, form, map[string]string{"reason": "先把上个月的用完"})
			a.round(t)
			show()
			says(rita, "funds", "requests")
			says(rita, "voucher", "requests")
			says(boris, "voucher", "requests")
			says(boris, "funds", "request 300")
			golden := filepath.Join("testdata", "request."+string(tag)+".txt")
			if *update {
				if err := os.WriteFile(golden, []byte(out.String()), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if out.String() != string(want) {
				t.Errorf("the transcript changed; run with -update and review\n%s", firstDifference(string(want), out.String()))
			}
		})
	}
}

// Every text that a request can need is there, in both languages, without an open
// blank.
func TestRequest_Texts(t *testing.T) {
	catalog := messages(t)
	for _, tag := range lang.Tags() {
		w := catalog.In(tag)
		for _, s := range []money.State{money.Draft, money.Awaiting, money.Reserved, money.Sending, money.Done, money.Refused, money.Unknown, money.Cancelled, money.Expired} {
			for _, key := range []string{"request.state." + string(s), "request.no.state." + string(s)} {
				if !catalog.Has(key) || strings.Contains(w.T(key, "id", "RQ"), "{") {
					t.Errorf("%s: %s", tag, w.T(key, "id", "RQ"))
				}
			}
			if slices.Contains([]money.State{money.Reserved, money.Done, money.Refused, money.Unknown, money.Expired}, s) && !catalog.Has("request.receipt."+string(s)) {
				t.Errorf("no request.receipt.%s", s)
			}
		}
		for _, key := range []string{"money.request.send.done", "money.request.withdraw.done", "money.request.decline.done", "request.funds.title", "request.voucher.title",
			"request.wish.funds", "request.wish.voucher", "request.wish.flexi", "refusal.area.requests", "refusal.requests.own", "refusal.requests.decide", "refusal.place"} {
			if !catalog.Has(key) {
				t.Errorf("no %s", key)
			}
		}
	}
}
