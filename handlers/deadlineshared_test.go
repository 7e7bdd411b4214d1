package handlers_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"partnerdesk/bot"
	"partnerdesk/bot/lang"
	"partnerdesk/handlers"
	"partnerdesk/handlers/remind"
	"partnerdesk/handlers/worktime"
)

// inChannel are the posts that wait for a channel.
func (w *ward) inChannel(t testing.TB, channel string) (list []bot.Pending) {
	t.Helper()
	posts, err := w.Posts(t.Context(), 1000)
	must(t, err)
	for _, p := range posts {
		if p.To.Kind == bot.TargetPlace && p.To.Place.Channel == channel {
			list = append(list, p.Pending)
		}
	}
	return list
}

func clean(t testing.TB, text string) {
	t.Helper()
	for _, h := range hidden {
		if strings.Contains(text, h) {
			t.Errorf("%q in\n%s", h, text)
		}
	}
}

// TestWeekly_TheSharedChannel gets the week once, beside the mail or without one,
// and nothing when there is nothing.
func TestWeekly_TheSharedChannel(t *testing.T) {
	for _, addresses := range [][]string{nil, {"chen@example.net"}} {
		w := filled(t, lang.English, addresses...)
		w.deps.Weekly.Channel = "CSHARED"
		for _, when := range []string{"2026-11-16 08:50", "2026-11-16 09:00", "2026-11-16 09:10", "2026-11-20 17:00"} {
			w.weekly(t, when)
		}
		posts := w.inChannel(t, "CSHARED")
		if len(posts) != 1 || len(w.mails(t)) != len(addresses) || len(posts[0].Reply.Files) != 0 {
			t.Fatalf("%d posts, %d mails", len(posts), len(w.mails(t)))
		}
		text := posts[0].Reply.Plain()
		has(t, dm{text: text}, "星河云科技: what to watch in 2026-W47", "DL-0001", "2026-12-31")
		clean(t, text)
		w.deliver(t)
		if len(w.to(chen)) != 0 {
			t.Errorf("the lead got a text to forward: %v", w.to(chen))
		}
	}
	w := newPaper(t, lang.English, "chen@example.net")
	w.now = time.Date(2026, 11, 16, 1, 0, 0, 0, time.UTC)
	w.deps.Weekly.Channel = "CSHARED"
	w.weekly(t, "2026-11-16 09:00")
	if len(w.inChannel(t, "CSHARED")) != 0 || len(w.mails(t)) != 1 {
		t.Error("an empty week: the mail says so, the channel stays quiet")
	}
}

// TestDeadline_TheEcosystemManager sees days and kinds of what is shared, and
// nothing else of /deadline.
func TestDeadline_TheEcosystemManager(t *testing.T) {
	w := filled(t, lang.Chinese)
	run := func(sub, action string, roles ...bot.Role) (bot.Reply, error) {
		for _, c := range handlers.Commands(w.deps) {
			if c.Name != "deadline" {
				continue
			}
			h := c.Run
			switch {
			case sub != "":
				h = c.Subs[sub].Run
			case action != "":
				h = c.Actions[action].Run
			}
			out, err := h(t.Context(), bot.Request{Kind: bot.KindMention, Lang: lang.English, Place: bot.Place{Team: "T1"}, Text: "DL-0001",
				Actor: bot.Actor{Account: bot.Operator(), Huawei: true, Roles: roles}})
			return out.Reply, err
		}
		return bot.Reply{}, nil
	}
	for _, way := range [][2]string{{"", ""}, {"list", ""}, {"", "list"}} {
		reply, err := run(way[0], way[1], bot.RoleManager)
		must(t, err)
		text := reply.Plain()
		has(t, dm{text: text}, "Shared deadlines (5)", "DL-0001", "2026-12-31", "DL-0008")
		clean(t, text)
		if !reply.Private || strings.Contains(text, "DL-PRIV") {
			t.Errorf("private %v:\n%s", reply.Private, text)
		}
	}
	for _, sub := range []string{"show", "ics", "preview", "why", "sources", "done"} {
		if _, err := run(sub, "", bot.RoleManager); !refused(err) {
			t.Errorf("%s: %v", sub, err)
		}
	}
	if _, err := run("", "", bot.RoleStaff); !refused(err) {
		t.Errorf("somebody else of Huawei: %v", err)
	}
}

func refused(err error) bool {
	_, is := errors.AsType[*bot.Refusal](err)
	return is
}

// TestDeadline_WordsThatSayNothing: who forgets the add must not believe that
// something was noted.
func TestDeadline_WordsThatSayNothing(t *testing.T) {
	w := newWard(t)
	w.add(t, remind.Deadline{ID: "DL-1", Title: "report", Due: worktime.On(2026, 12, 31), Owner: anna})
	for text, want := range map[string]string{"": "", "7": "", "all 30": "", "我的": "", "DL-1": "", "12月31日 用完测试券额度": "deadline.unread", "nonsense": "deadline.unread"} {
		_, err := w.ask(t, bot.Request{Kind: bot.KindCommand, Person: anna, Action: "list", Text: text})
		if got := keyOf(err); got != want {
			t.Errorf("%q: %v", text, err)
		}
	}
	if err := w.enter(t, anna, "snooze", "DL-1 soon"); keyOf(err) != "deadline.snooze.how" {
		t.Errorf("snooze without a day: %v", err)
	}
	reply, err := w.ask(t, bot.Request{Kind: bot.KindCommand, Person: anna, Action: "list", Lang: lang.English, Text: "all"})
	must(t, err)
	has(t, dm{text: reply.Plain()}, "UANNA")
}

func keyOf(err error) string {
	if u, is := errors.AsType[*bot.UserError](err); is {
		return u.Key
	}
	return ""
}

// TestDeadline_DoneOfTheRegister leads on to the row, which is still open.
func TestDeadline_DoneOfTheRegister(t *testing.T) {
	w := newWard(t)
	w.withRegister(t, aLabel)
	must(t, w.read(t, "benefits"))
	d := w.named(t, "benefits")["BF-1/apply"]
	reply, err := w.ask(t, bot.Request{Kind: bot.KindCommand, Person: dora, Action: "done", Lang: lang.English, Text: d.ID})
	must(t, err)
	has(t, dm{text: reply.Plain()}, "Done: "+d.ID, "BF-1 is still open in the benefit register")
	var leads string
	for _, b := range reply.Blocks {
		if row, is := b.(bot.Buttons); is {
			leads = row.Items[0].Action + " " + row.Items[0].Value
		}
	}
	if leads != "benefit.show BF-1" || w.row(t, d.ID).State != remind.Done {
		t.Errorf("leads to %q, state %s", leads, w.row(t, d.ID).State)
	}
	own := w.add(t, remind.Deadline{ID: "DL-1", Title: "report", Due: worktime.On(2026, 12, 31), Owner: anna})
	if reply, err = w.ask(t, bot.Request{Kind: bot.KindCommand, Person: anna, Action: "done", Text: own.ID}); err != nil || strings.Contains(reply.Plain(), "register") {
		t.Errorf("somebody's own: %s %v", reply.Plain(), err)
	}
}

// TestDeadline_ByMention: people of other workspaces have no slash commands, so
// what they mention may have as many words as it takes. A question stays one.
func TestDeadline_ByMention(t *testing.T) {
	w := newWard(t)
	b, err := bot.New(bot.Options{Commands: handlers.Commands(w.deps), Default: "ask", People: w.town, Access: w.deps.Access, Store: w, Catalog: w.deps.Catalog, Now: w.deps.Now})
	must(t, err)
	for i, text := range []string{"deadline add in 3 weeks hand in the papers", "请记截止日 下季度末 交 三份 材料", "deadline add what is that?"} {
		w.now = w.now.Add(time.Second)
		_, err := b.Handle(t.Context(), bot.Request{ID: "m" + string(rune('a'+i)), Door: "test", Kind: bot.KindMention, Person: anna, Text: text, Place: bot.Place{Team: "T1", Channel: "C1"}})
		if i < 2 {
			must(t, err)
		}
	}
	rows, err := w.Deadlines(t.Context(), "T1", bot.Operator())
	must(t, err)
	if len(rows) != 2 {
		t.Errorf("%d deadlines, want two: %v", len(rows), rows)
	}
}
