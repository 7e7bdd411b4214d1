package slackapp

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/slack-go/slack"

	"partnerdesk/bot"
	"partnerdesk/bot/blockkit"
)

// maxQuoted is how much of a message that somebody pointed at is taken, in runes.
const maxQuoted = 3000

// shortcut is an entry of Slack's menus; its callback id is command.shortcut.
func (d *delivery) shortcut(w *wireInteraction, team string) error {
	command, name, ok := blockkit.ParseActionID(w.CallbackID)
	if !ok {
		return nil // a shortcut of nobody's
	}
	if w.TriggerID == "" {
		return malformed("a shortcut without a trigger")
	}
	r := &d.request
	d.class = classWork
	r.ID = join(team, "shortcut", digest(w.TriggerID))
	r.Kind, r.Command, r.Action = bot.KindShortcut, command, name
	if w.Type == "shortcut" {
		return nil
	}
	if w.Channel == nil || w.Channel.ID == "" || w.Message == nil || w.Message.TS == "" {
		return malformed("a message shortcut without its message")
	}
	m := w.Message
	at := bot.Place{Team: team, Channel: w.Channel.ID, Thread: m.ThreadTS, Message: m.TS, Direct: direct(w.Channel.ID)}
	r.Place = at
	r.About = bot.Message{Place: at, Text: quoted(m.Text), At: stamp(m.TS)}
	if m.User != "" && m.BotID == "" {
		r.About.Author = bot.PersonID{Team: cmp.Or(m.Team, team), User: m.User}
	}
	if w.Team != nil && w.Team.Domain != "" {
		r.About.Link = address(w.Team.Domain, at)
	}
	r.Text = r.About.Text
	return nil
}

func quoted(text string) string {
	text = plainText(text)
	if runes := []rune(text); len(runes) > maxQuoted {
		return string(runes[:maxQuoted-1]) + "…"
	}
	return text
}

// address is where Slack shows a message.
func address(domain string, p bot.Place) string {
	for _, r := range domain {
		if r != '-' && (r < '0' || r > '9') && (r < 'a' || r > 'z') {
			return ""
		}
	}
	u := "https://" + domain + ".slack.com/archives/" + p.Channel + "/p" + strings.ReplaceAll(p.Message, ".", "")
	if p.Thread != "" && p.Thread != p.Message {
		u += "?thread_ts=" + p.Thread + "&cid=" + p.Channel
	}
	return u
}

// Link implements [bot.Links]. Slack knows the address only of what the app can
// see.
func (a *App) Link(ctx context.Context, p bot.Place) (string, error) {
	link, err := a.api.GetPermalinkContext(ctx, &slack.PermalinkParameters{Channel: p.Channel, Ts: p.Message})
	if err != nil {
		return "", fmt.Errorf("ask slack for the address of a message: %w", err)
	}
	return link, nil
}

var _ bot.Links = (*App)(nil)
