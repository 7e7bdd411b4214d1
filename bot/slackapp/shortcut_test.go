package slackapp_test

import (
	"context"
	"strings"
	"testing"

	"partnerdesk/bot"
	"partnerdesk/bot/slacksim"
)

// keep is a command in the menus: the one of a message keeps it, after a form; the
// one that is everywhere says so.
func keep() bot.Command {
	say := func(text string) bot.Outcome {
		reply := bot.Say(bot.Text(text))
		reply.Private = true
		return bot.Outcome{Reply: reply}
	}
	return bot.Command{Name: "keep", Needs: bot.RightAsk,
		Run: func(context.Context, bot.Request) (bot.Outcome, error) { return say("nothing"), nil },
		Shortcuts: map[string]bot.Shortcut{
			"message": {OnMessage: true, Opens: true, Run: func(_ context.Context, r bot.Request) (bot.Outcome, error) {
				m := r.About
				return bot.Outcome{Reply: bot.Reply{Form: &bot.Form{Name: "keep.form", Title: "Keep", Submit: "Keep it", Close: "No",
					State:  strings.Join([]string{m.Author.User, m.Place.Channel, m.Place.Message, m.Link, r.Text}, "|"),
					Fields: []bot.FormField{{Name: "why", Label: "Why", Kind: bot.FieldLine, Initial: r.Text}}}}}, nil
			}},
			"new": {Run: func(_ context.Context, r bot.Request) (bot.Outcome, error) {
				return say("new, from nowhere" + r.Place.Channel), nil
			}},
			"denied": {Needs: bot.RightApprove, OnMessage: true, Run: func(context.Context, bot.Request) (bot.Outcome, error) { return say("leaked"), nil }},
		},
		Forms: map[string]bot.Submission{"form": {Run: func(_ context.Context, r bot.Request) (bot.Outcome, error) {
			return say("kept " + r.Values["why"] + " of " + r.State), nil
		}}},
	}
}

func keepShortcuts() []slacksim.Shortcut {
	return []slacksim.Shortcut{{Name: "Keep this", CallbackID: "keep.message", OnMessage: true}, {Name: "Keep something", CallbackID: "keep.new"},
		{Name: "Forbidden", CallbackID: "keep.denied", OnMessage: true}, {Name: "Gone", CallbackID: "keep.gone", OnMessage: true}, {Name: "Nobody's", CallbackID: "x", OnMessage: true}}
}

func messageShortcut(t *testing.T, d *desk) {
	lilei, alice := d.ws.Person("U0LILEI").Test(t), d.ws.Person("U0ALICE").Test(t).In("#sales")
	ts, _ := lilei.Say("#sales", "发票月底到期 <@U0ALICE> & more")
	alice.Shortcut("Keep this", ts)
	alice.SeesModal("Keep", "Why")
	alice.Submit("Keep", map[string]string{"Why": "important"})
	got, _ := alice.Sees("kept important of U0LILEI|C0SALES|" + ts + "|http")
	if !strings.Contains(got.Text, "/archives/C0SALES/p"+strings.ReplaceAll(ts, ".", "")) || !strings.Contains(got.Text, "发票月底到期 @U0ALICE & more") {
		t.Errorf("kept %q", got.Text)
	}
	if !got.Ephemeral {
		t.Error("a private answer is seen by everybody")
	}
	if strings.Contains(d.log.String(), "发票") {
		t.Error("the message is in the log")
	}
}

// In a channel the desk is not in, what somebody points at is known all the same.
func messageShortcutElsewhere(t *testing.T, d *desk) {
	lilei, alice := d.ws.Person("U0LILEI").Test(t), d.ws.Person("U0ALICE").Test(t).In("#quiet")
	root, _ := lilei.Say("#quiet", "a root")
	ts, _ := lilei.Reply(root, "in a thread of a quiet place")
	alice.Shortcut("Keep this", ts)
	alice.SeesModal("Keep")
	alice.Submit("Keep", map[string]string{"Why": "so"})
	got, _ := d.ws.Person("U0ALICE").Test(t).In("").Sees("kept so of U0LILEI|C0QUIET|" + ts + "|http")
	if !strings.Contains(got.Text, "in a thread of a quiet place") {
		t.Errorf("kept %q", got.Text)
	}
}

func shortcutRefused(t *testing.T, d *desk) {
	lilei, alice := d.ws.Person("U0LILEI").Test(t), d.ws.Person("U0ALICE").Test(t).In("#sales")
	ts, _ := lilei.Say("#sales", "something")
	alice.Shortcut("Forbidden", ts)
	got, _ := alice.Sees("not here")
	if !got.Ephemeral {
		t.Error("a refusal is seen by everybody")
	}
	alice.Shortcut("Gone", ts)
	alice.Sees("out of date")
	alice.Shortcut("Nobody's", ts) // acknowledged, nothing to say
	if err := d.ws.Idle(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func globalShortcut(t *testing.T, d *desk) {
	alice := d.ws.Person("U0ALICE").Test(t)
	alice.Shortcut("Keep something", "")
	alice.Sees("new, from nowhere")
	if err := d.ws.Redeliver(); err != nil {
		t.Fatal(err)
	}
	if n := d.meter.of("deliveries interactive duplicate"); n != 1 {
		t.Errorf("%d duplicates counted, want 1: the same press is one", n)
	}
}
