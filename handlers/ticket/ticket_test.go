package ticket_test

import (
	"errors"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"partnerdesk/bot"
	"partnerdesk/handlers/partner"
	"partnerdesk/handlers/ticket"
)

var (
	noon  = time.Date(2026, 11, 20, 4, 0, 0, 0, time.UTC)
	me    = bot.PersonID{Team: "T1", User: "U1"}
	other = bot.PersonID{Team: "T1", User: "U2"}
)

func TestID(t *testing.T) {
	shape := regexp.MustCompile(`^PD-[2-9A-HJKMNP-TV-Z]{4}$`)
	seen := map[string]bool{}
	for i := range 500 {
		id := ticket.ID("PD", strconv.Itoa(i), 0)
		if !shape.MatchString(id) {
			t.Fatalf("id %s", id)
		}
		if id != ticket.ID("PD", strconv.Itoa(i), 0) {
			t.Fatal("the same seed gives another id")
		}
		seen[id] = true
	}
	if len(seen) < 495 {
		t.Errorf("only %d different ids of 500", len(seen))
	}
	if a, b := ticket.ID("PD", "x", 0), ticket.ID("PD", "x", 1); a == b {
		t.Error("a second try gives the same id")
	}
	if id := ticket.ID("PD", "x", 8); len(id) != len("PD-")+5 {
		t.Errorf("the ninth try is no longer: %s", id)
	}
}

func TestSteps(t *testing.T) {
	at := func(s ticket.State, change ...func(*ticket.Ticket)) ticket.Ticket {
		row := ticket.Ticket{Team: "T1", ID: "PD-7F3K", Requester: me, State: s}
		for _, c := range change {
			c(&row)
		}
		return row
	}
	withCase := func(r *ticket.Ticket) { r.Case = "TT1" }
	owned := func(r *ticket.Ticket) { r.Owner = other }
	done := func(r *ticket.Ticket) { r.Polled, r.CaseStatus = true, partner.CaseFinished }
	claim := func(r ticket.Ticket) (ticket.Ticket, error) { return r.Claim(me, false, noon) }
	over := func(r ticket.Ticket) (ticket.Ticket, error) { return r.Claim(me, true, noon) }
	send := func(r ticket.Ticket) (ticket.Ticket, error) {
		r, _, err := r.Send(ticket.Work{By: other}, noon)
		return r, err
	}
	reply := func(r ticket.Ticket) (ticket.Ticket, error) {
		r, _, _, err := r.Reply(ticket.Work{By: me}, noon)
		return r, err
	}
	shut := func(r ticket.Ticket) (ticket.Ticket, error) {
		r, _, _, err := r.Close(ticket.Work{By: me}, noon)
		return r, err
	}
	for _, c := range []struct {
		name string
		from ticket.Ticket
		do   func(ticket.Ticket) (ticket.Ticket, error)
		want ticket.State // empty: refused
	}{
		{"claim an open one", at(ticket.Open), claim, ticket.Claimed},
		{"claim somebody else's", at(ticket.Claimed, owned), claim, ""},
		{"take over somebody else's", at(ticket.Claimed, owned), over, ticket.Claimed},
		{"claim a closed one", at(ticket.Closed), claim, ""},
		{"claim one that Huawei has", at(ticket.AtHuawei, withCase), claim, ticket.AtHuawei},
		{"send an open one", at(ticket.Open), send, ticket.Sending},
		{"send twice", at(ticket.Sending), send, ""},
		{"send while in doubt", at(ticket.Unknown), send, ""},
		{"send one with a case", at(ticket.AtHuawei, withCase), send, ""},
		{"send a draft", at(ticket.Draft), send, ""},
		{"reply to an answer opens it again", at(ticket.Answered), reply, ticket.Open},
		{"reply to an answer, owned", at(ticket.Answered, owned), reply, ticket.Claimed},
		{"reply through the case", at(ticket.AtHuawei, withCase), reply, ticket.AtHuawei},
		{"reply while sending", at(ticket.Sending), reply, ""},
		{"reply to a closed one", at(ticket.Closed), reply, ""},
		{"close an open one", at(ticket.Open), shut, ticket.Closed},
		{"close with a living case waits for the worker", at(ticket.AtHuawei, withCase), shut, ticket.AtHuawei},
		{"close with a finished case", at(ticket.Answered, withCase, done), shut, ticket.Closed},
		{"close while in doubt", at(ticket.Unknown), shut, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := c.do(c.from)
			if _, told := errors.AsType[*bot.UserError](err); told != (c.want == "") || !told && err != nil {
				t.Fatalf("error %v, want refusal: %v", err, c.want == "")
			}
			if err == nil && got.State != c.want {
				t.Errorf("state %s, want %s", got.State, c.want)
			}
		})
	}
}

func TestDescribe(t *testing.T) {
	got := ticket.Describe("PD-7F3K", strings.Repeat("字", 2000)+"密码：Abc@12345")
	if n := len([]rune(got)); n != partner.MaxDescription || !strings.HasPrefix(got, "[PD-7F3K] 字") {
		t.Errorf("%d runes: %.40s", n, got)
	}
	if got := ticket.Describe("PD-7F3K", " 密码：Abc@12345 "); got != "[PD-7F3K] 密码："+ticket.Hidden {
		t.Errorf("got %q", got)
	}
}

func TestFollow_EachMessageOnce(t *testing.T) {
	row := ticket.Ticket{ID: "PD-7F3K", Case: "TT1", State: ticket.AtHuawei}
	at := noon
	message := func(text string, huawei bool) partner.CaseMessage {
		at = at.Add(time.Minute)
		return partner.CaseMessage{Content: text, FromHuawei: huawei, At: at}
	}
	all := []partner.CaseMessage{message("ours", false)}
	for i := range 6 {
		all = append(all, message("answer "+strconv.Itoa(i), true))
	}
	var got []string
	for range 4 {
		var news []partner.CaseMessage
		row, news, _ = ticket.Follow(row, partner.CaseFeedback, all, noon)
		for _, m := range news {
			got = append(got, m.Content)
		}
	}
	if want := "answer 0,answer 1,answer 2,answer 3,answer 4,answer 5"; strings.Join(got, ",") != want {
		t.Errorf("got %s", strings.Join(got, ","))
	}
	if _, _, changed := ticket.Follow(row, partner.CaseFeedback, all, noon); changed {
		t.Error("nothing new, and yet changed")
	}
	if after, _, changed := ticket.Follow(row, partner.CaseConfirm, all, noon); !changed || after.State != ticket.Answered {
		t.Errorf("a result: %v, %s", changed, after.State)
	}
}

func TestRelease_OnlyAfterALateLook(t *testing.T) {
	w := ticket.Work{State: ticket.InDoubt, Kind: ticket.Create, Started: noon}
	for _, c := range []struct {
		name   string
		looked time.Duration
		now    time.Duration
		want   bool
	}{
		{"at once", 0, 0, false},
		{"late, but never looked since", 10 * time.Minute, time.Hour, false},
		{"looked late", 31 * time.Minute, 32 * time.Minute, true},
		{"the signature may still live", 14 * time.Minute, 16 * time.Minute, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			w.Looked = noon.Add(c.looked)
			if got := w.Releasable(noon.Add(c.now)); got != c.want {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

// An older case with the same reference, from another year's ticket, is not it.
func TestReconcile_NotAnOlderCase(t *testing.T) {
	w := ticket.Work{State: ticket.InDoubt, Kind: ticket.Create, Started: noon}
	row := ticket.Ticket{ID: "PD-7F3K", State: ticket.Unknown, Doubt: ticket.Create}
	old := partner.CaseSummary{ID: "TT0", Description: "[PD-7F3K] x", Created: noon.Add(-24 * time.Hour)}
	if s := ticket.Reconcile(row, w, ticket.Evidence{Cases: []partner.CaseSummary{old}}, noon); s.Done || s.Work.Looks != 1 {
		t.Errorf("an old case was taken: %+v", s)
	}
	fresh := partner.CaseSummary{ID: "TT1", Description: "[PD-7F3K] x", Created: noon.Add(time.Second)}
	if s := ticket.Reconcile(row, w, ticket.Evidence{Cases: []partner.CaseSummary{old, fresh}}, noon); !s.Done || s.Ticket.Case != "TT1" || s.Ticket.State != ticket.AtHuawei {
		t.Errorf("the case was not taken: %+v", s)
	}
}
