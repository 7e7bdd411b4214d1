package handlers_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"partnerdesk/bot"
	"partnerdesk/handlers"
	"partnerdesk/handlers/remind"
	"partnerdesk/handlers/worktime"
)

// ask does what a subcommand, a button or a form does, and gives what was said.
func (w *ward) ask(t testing.TB, r bot.Request) (bot.Reply, error) {
	t.Helper()
	r.Place.Team, r.Actor = "T1", bot.Actor{Person: bot.Person{ID: r.Person}, Account: bot.Operator()}
	for _, c := range handlers.Commands(w.deps) {
		if c.Name != "deadline" {
			continue
		}
		run := c.Subs[r.Action].Run
		switch r.Kind {
		case bot.KindClick:
			run = c.Actions[r.Action].Run
		case bot.KindSubmission:
			if faults, err := c.Forms[r.Action].Check(t.Context(), r); err != nil || len(faults) > 0 {
				t.Logf("faults %v, %v", faults, err)
				return bot.Reply{}, errors.Join(err, errFaults)
			}
			run = c.Forms[r.Action].Run
		}
		out, err := run(t.Context(), r)
		if err != nil || out.Apply == nil {
			return out.Reply, err
		}
		reply := out.Reply
		must(t, w.Store.Update(t.Context(), func(tx bot.Tx) (err error) {
			reply, err = out.Apply(tx)
			return err
		}))
		w.deliver(t)
		return reply, nil
	}
	return bot.Reply{}, nil
}

var errFaults = errors.New("the form has faults")

func pressed(t testing.TB, reply bot.Reply, action string) string {
	t.Helper()
	for _, b := range reply.Blocks {
		if row, is := b.(bot.Buttons); is {
			for _, x := range row.Items {
				if x.Action == "deadline."+action {
					return x.Value
				}
			}
		}
	}
	t.Fatalf("no button %s in %s", action, reply.Plain())
	return ""
}

func (w *ward) row(t testing.TB, id string) remind.Deadline {
	t.Helper()
	d, _, err := w.FindDeadline(t.Context(), "T1", bot.Operator(), id)
	must(t, err)
	return d
}

// TestDeadline_ADifferenceIsShownFirst: by form and by words; nothing changes
// before the button.
func TestDeadline_ADifferenceIsShownFirst(t *testing.T) {
	w := newWard(t)
	w.add(t, remind.Deadline{ID: "DL-01", Title: "对账", Due: worktime.On(2026, 12, 30), Owner: anna})
	form := func(due string) (bot.Reply, error) {
		return w.ask(t, bot.Request{Kind: bot.KindSubmission, Person: anna, Action: "edit", State: "DL-01", Values: map[string]string{"due": due, "what": "对账和开票"}, Lang: "zh-CN"})
	}
	for _, bad := range []string{"2月30日", "2026-11-19", "尽快", "", "2099-01-01"} {
		if _, err := form(bad); !errors.Is(err, errFaults) {
			t.Errorf("%q passes the form", bad)
		}
	}
	reply, err := form("每月最后一个工作日")
	must(t, err)
	for _, want := range []string{"2026-12-30 周三 → 2026-11-30 周一", "不重复 → 每月最后一个工作日", "对账 → 对账和开票", "原来会提醒: 2026-11-30 提前 30 天", "改后会提醒: 2026-11-23 提前 7 天"} {
		if !strings.Contains(reply.Plain(), want) {
			t.Errorf("no %q in\n%s", want, reply.Plain())
		}
	}
	if got := w.row(t, "DL-01"); got.Due != worktime.On(2026, 12, 30) || got.Title != "对账" {
		t.Fatalf("changed before it was agreed to: %+v", got)
	}
	value := pressed(t, reply, "moved")
	if _, err := w.ask(t, bot.Request{Kind: bot.KindClick, Person: boris, Action: "moved", Value: value}); err == nil {
		t.Error("somebody without the right changes it")
	}
	_, err = w.ask(t, bot.Request{Kind: bot.KindClick, Person: anna, Action: "moved", Value: value, Lang: "zh-CN"})
	must(t, err)
	if got := w.row(t, "DL-01"); got.Due != worktime.On(2026, 11, 30) || got.Title != "对账和开票" || got.Repeats != "month-last-workday" {
		t.Errorf("got %+v", got)
	}
	if _, err := w.ask(t, bot.Request{Kind: bot.KindClick, Person: anna, Action: "moved", Value: value}); err == nil {
		t.Error("the same button counts again")
	}
}

// TestDeadline_WhatIsOnesOwn: who may not read the account's deadlines sees to
// their own all the same, and to no other.
func TestDeadline_WhatIsOnesOwn(t *testing.T) {
	w := newWard(t)
	w.add(t, remind.Deadline{ID: "DL-01", Title: "entry", Due: worktime.On(2026, 11, 27), Owner: boris}) // asks only
	w.add(t, remind.Deadline{ID: "DL-02", Title: "secret", Due: worktime.On(2026, 11, 27), Owner: anna})
	must(t, w.at(t, "2026-11-27 09:00"))
	w.act(t, boris, "ack", "2026-11-27")
	has(t, w.to(boris)[0], "已确认看到")
	for _, c := range []struct {
		action, text string
		ok           bool
	}{{"show", "DL-01", true}, {"why", "DL-01", true}, {"show", "DL-02", false}, {"why", "DL-02", false}, {"done", "DL-02", false}, {"ics", "DL-02", false}, {"done", "DL-01 看过了", true}} {
		if _, err := w.ask(t, bot.Request{Kind: bot.KindCommand, Person: boris, Action: c.action, Text: c.text}); (err == nil) != c.ok && c.action != "ics" {
			t.Errorf("%s %s: %v", c.action, c.text, err)
		}
	}
	reply, err := w.ask(t, bot.Request{Kind: bot.KindCommand, Person: boris, Action: "list", Text: "all"})
	if must(t, err); strings.Contains(reply.Plain(), "secret") {
		t.Error("the list of all shows what is not theirs")
	}
	if got := w.row(t, "DL-01"); got.State != remind.Done || got.Note != "看过了" {
		t.Errorf("got %+v", got)
	}
}

// TestDeadline_WhyMe names the rule, the rung and the reason, to each of those
// who are told.
func TestDeadline_WhyMe(t *testing.T) {
	w := newWard(t)
	w.add(t, remind.Deadline{ID: "DL-01", Title: "ACME 的测试券", Due: worktime.On(2026, 12, 31), Owner: anna, Deputy: dora})
	for _, when := range []string{"2026-12-31 09:00", "2026-12-31 13:00", "2026-12-31 16:00"} {
		must(t, w.at(t, when))
	}
	for _, c := range []struct {
		who  bot.PersonID
		want []string
	}{
		{anna, []string{"负责人，所以每一次都先提醒你", "2026-12-31 09:00 最后提醒：到时间了", "现在: 这一次已经提醒过", "提前 60 天、提前 45 天"}},
		{dora, []string{"代理人，负责人没有确认时提醒你", "2026-12-31 13:00 最后提醒：没有人确认"}},
		{chen, []string{"后面的人", "2026-12-31 16:00 最后提醒：没有人确认"}},
		{boris, []string{"12 月 31 日截止的权益，最后提醒，负责人和代理人都没有确认"}},
	} {
		t.Run(c.who.User, func(t *testing.T) {
			reply, err := w.ask(t, bot.Request{Kind: bot.KindClick, Person: c.who, Action: "why", Value: "2026-12-31", Lang: "zh-CN"})
			must(t, err)
			for _, want := range c.want {
				if !strings.Contains(reply.Plain(), want) {
					t.Errorf("no %q in\n%s", want, reply.Plain())
				}
			}
			if c.who == boris && strings.Contains(reply.Plain(), "ACME") {
				t.Error("the ecosystem manager sees a customer")
			}
		})
	}
}

// written keeps the events it is given.
type written struct{ events []bot.Event }

func (c *written) ICS(name string, events ...bot.Event) ([]byte, error) {
	c.events = events
	return []byte(name), nil
}

func TestDeadline_CalendarFile(t *testing.T) {
	w := newWard(t)
	c := &written{}
	w.deps.Calendars = c
	w.add(t, remind.Deadline{ID: "DL-01", Title: "一", Due: worktime.On(2026, 12, 31), Owner: anna})
	w.add(t, remind.Deadline{ID: "DL-02", Title: "二", Due: worktime.On(2026, 11, 30), Repeats: "month-last-workday", Owner: anna})
	w.add(t, remind.Deadline{ID: "DL-03", Title: "三", Due: worktime.On(2026, 11, 30), Owner: dora})
	for text, want := range map[string][]string{"DL-01": {"2026-12-31"}, "": {"2026-11-30", "2026-12-31"}, "30": {"2026-11-30"}, "all 30": {"2026-11-30", "2026-11-30"}} {
		reply, err := w.ask(t, bot.Request{Kind: bot.KindCommand, Person: anna, Action: "ics", Text: text, Lang: "zh-CN"})
		must(t, err)
		var got []string
		for _, e := range c.events {
			got = append(got, e.Day.Format("2006-01-02"))
		}
		if strings.Join(got, " ") != strings.Join(want, " ") || len(reply.Files) != 1 || !reply.Private || !bytes.Contains([]byte(reply.Files[0].Name), []byte(".ics")) {
			t.Errorf("%q: got %v and %v", text, got, reply.Files)
		}
	}
}

func TestDeadline_FormAdds(t *testing.T) {
	w := newWard(t)
	reply, err := w.ask(t, bot.Request{Kind: bot.KindClick, Person: anna, Action: "form", Lang: "zh-CN"})
	if must(t, err); reply.Form == nil || reply.Form.Name != "deadline.add" {
		t.Fatalf("got %+v", reply)
	}
	reply, err = w.ask(t, bot.Request{ID: "T1/v1", Kind: bot.KindSubmission, Person: anna, Action: "add", State: "https://xinghe.slack.com/archives/C1/p17", Values: map[string]string{"due": "下季度末", "what": "复核标签"}, Lang: "zh-CN"})
	must(t, err)
	if row := w.row(t, pressed(t, reply, "remove")); row.Due != worktime.On(2027, 3, 31) || row.Link == "" || row.Owner != anna {
		t.Errorf("got %+v", row)
	}
	reply, err = w.ask(t, bot.Request{ID: "T1/v2", Kind: bot.KindSubmission, Person: anna, Action: "add", State: "javascript:alert(1)", Values: map[string]string{"due": "12月1日", "what": "x"}, Lang: "zh-CN"})
	must(t, err)
	if row := w.row(t, pressed(t, reply, "remove")); row.Link != "" {
		t.Errorf("a link of another kind is kept: %s", row.Link)
	}
}
