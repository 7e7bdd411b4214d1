package bot_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"partnerdesk/bot"
	"partnerdesk/bot/lang"
)

// addresses are links to messages; one that fails knows none.
type addresses struct{ err error }

func (a addresses) Link(_ context.Context, p bot.Place) (string, error) {
	return "https://chat.example/" + p.Message, a.err
}

func TestShortcut(t *testing.T) {
	texts := catalogWith(t, "command.ask.shortcut.take", "command.ask.shortcut.take.about", "command.ask.shortcut.decide", "command.ask.shortcut.decide.about")
	for _, c := range []struct {
		name, action, want string
		links              bot.Links
	}{
		{"of a message", "take", "take words https://chat.example/1.1", addresses{}},
		{"whose address nobody knows", "take", "take words https://guess.example", addresses{errors.New("not there")}},
		{"where nobody is asked", "take", "take words https://guess.example", nil},
		{"without the right", "decide", "en:refused", addresses{}},
		{"of an older version", "gone", "en:error.stale_button", addresses{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			kept := &memory{}
			take := func(_ context.Context, r bot.Request) (bot.Outcome, error) {
				return bot.Outcome{Reply: bot.Say(bot.Text(r.Action + " " + r.Text + " " + r.About.Link))}, nil
			}
			b, err := bot.New(bot.Options{Default: "ask", People: town{"U1": {Locale: "en-US"}}, Access: gate{}, Store: kept, Catalog: texts, Now: time.Now, Links: c.links,
				Commands: []bot.Command{{Name: "ask", Needs: bot.RightAsk, Run: take, Shortcuts: map[string]bot.Shortcut{"take": {OnMessage: true, Run: take}, "decide": {Needs: bot.RightApprove, OnMessage: true, Run: take}}}}})
			if err != nil {
				t.Fatal(err)
			}
			r := request(bot.KindShortcut, "U1", "words")
			r.Command, r.Action, r.About = "ask", c.action, bot.Message{Place: r.Place, Text: "words", Link: "https://guess.example"}
			if _, err := b.Handle(t.Context(), r); err != nil {
				t.Fatal(err)
			}
			if got := kept.posts[0]; got.Reply.Plain() != c.want || got.To.Kind != bot.TargetReturn {
				t.Errorf("got %q by %s, want %q by the return address", got.Reply.Plain(), got.To.Kind, c.want)
			}
		})
	}
}

func TestShortcut_NeedsItsTexts(t *testing.T) {
	run := func(context.Context, bot.Request) (bot.Outcome, error) { return bot.Outcome{}, nil }
	_, err := bot.New(bot.Options{Default: "ask", People: town{}, Access: gate{}, Store: &memory{}, Catalog: catalog(t), Now: time.Now,
		Commands: []bot.Command{{Name: "ask", Needs: bot.RightAsk, Run: run, Shortcuts: map[string]bot.Shortcut{"take": {Run: run}}}}})
	if err == nil || !strings.Contains(err.Error(), "command.ask.shortcut.take") || !strings.Contains(err.Error(), "command.ask.shortcut.take.about") {
		t.Errorf("got %v, want both messages named", err)
	}
}

func catalogWith(t *testing.T, keys ...string) *lang.Catalog {
	t.Helper()
	zh, en := map[string]string{}, map[string]string{}
	for _, key := range append(keys, "refused", "error.stale_button", "command.ask.summary", "command.ask.usage", "command.ask.help", "command.ask.alias", "person.admin") {
		zh[key], en[key] = "中:"+key, "en:"+key
	}
	c, err := lang.New(map[lang.Tag]map[string]string{lang.Chinese: zh, lang.English: en})
	if err != nil {
		t.Fatal(err)
	}
	return c
}
