package handlers

import (
	"strconv"
	"time"

	"partnerdesk/bot"
	"partnerdesk/bot/lang"
	"partnerdesk/handlers/alert"
)

// shownAlerts is how many lines of a card are shown.
const shownAlerts = 15

// What the buttons of a card do, for how long.
const (
	ackFor  = 24 * time.Hour
	muteFor = 8 * time.Hour
)

func alertObject(k alert.Kind, part int) string {
	return "alert/" + string(k) + "/" + strconv.Itoa(part)
}

// postAlert brings the card of a group to its readers.
func (d *Deps) postAlert(tx bot.Tx, g alert.Group, to []alertReader, now time.Time) error {
	for _, r := range to {
		err := tx.Post(bot.Post{To: bot.Target{Kind: bot.TargetPerson, Person: r.who.ID}, Lane: bot.LaneReminder, Created: now,
			Object: alertObject(g.Kind, g.Part), Reply: bot.Reply{Blocks: d.alertCard(r.words(d), g, r.blind, true)}})
		if err != nil {
			return err
		}
	}
	return nil
}

// postBelow lets an old card point to the new one.
func (d *Deps) postBelow(tx bot.Tx, k alert.Kind, part int, to []alertReader, now time.Time) error {
	for _, r := range to {
		w := r.words(d)
		err := tx.Post(bot.Post{To: bot.Target{Kind: bot.TargetPerson, Person: r.who.ID}, Lane: bot.LaneReminder, Created: now,
			Object: alertObject(k, part), Reply: bot.Say(bot.Text(w.T("alert.below", "title", alertTitle(w, k))))})
		if err != nil {
			return err
		}
	}
	return nil
}

// mailAlert sends what admins are told by mail too, except that mail does not go.
func (d *Deps) mailAlert(tx bot.Tx, g alert.Group, now time.Time) error {
	if classOf(g.Kind) != alert.Ops || g.Kind == alert.MailDown {
		return nil
	}
	w := d.together()
	blocks := append([]bot.Block{bot.Heading{Text: w.T("mail.alert", "title", alertTitle(w, g.Kind), "count", strconv.Itoa(g.Count()))}}, d.alertCard(w, g, false, false)[1:]...)
	for _, address := range d.Alerts.Mail {
		to := bot.Target{Kind: bot.TargetMail, Person: bot.PersonID{Team: g.Team}, Address: address}
		if err := tx.Post(bot.Post{To: to, Lane: bot.LaneMail, Created: now, Reply: bot.Reply{Blocks: blocks}}); err != nil {
			return err
		}
	}
	return nil
}

func alertTitle(w lang.Words, k alert.Kind) string { return w.T("alert." + string(k)) }

// alertCard words a group. buttons is false where nobody could press one.
func (d *Deps) alertCard(w lang.Words, g alert.Group, blind, buttons bool) []bot.Block {
	if !g.Firing {
		at := g.Noticed
		if n := len(g.Log); n > 0 {
			at = g.Log[n-1].At
		}
		return []bot.Block{bot.Paragraph{Inlines: []bot.Inline{bot.Text("✅ "), bot.Bold(alertTitle(w, g.Kind)), bot.Text(w.T("alert.resolved", "time", d.clock(at)))}}}
	}
	blocks := []bot.Block{
		bot.Heading{Text: "🔔 " + w.T("alert.title", "title", alertTitle(w, g.Kind), "count", strconv.Itoa(g.Count()))},
		d.alertItems(w, g, blind),
	}
	if more := g.Count() - shownAlerts; more > 0 {
		blocks = append(blocks, bot.Note{Inlines: []bot.Inline{bot.Text(w.T("alert.more", "count", strconv.Itoa(more)))}})
	}
	blocks = append(blocks, bot.Paragraph{Inlines: []bot.Inline{bot.Text(w.T("alert." + string(g.Kind) + ".fix"))}})
	blocks = append(blocks, d.alertHands(w, g, blind)...)
	if buttons && !blind {
		blocks = append(blocks, bot.Buttons{Items: d.alertButtons(w, g)})
	}
	return append(blocks, bot.Note{Inlines: []bot.Inline{bot.Text(w.T("alert.note."+string(classOf(g.Kind)), "time", d.clock(g.Since)))}})
}

func (d *Deps) alertItems(w lang.Words, g alert.Group, blind bool) bot.List {
	key := "alert." + string(g.Kind) + ".item"
	if blind {
		key = "alert." + string(g.Kind) + ".blind"
	}
	var list bot.List
	for _, i := range g.Items {
		if len(list.Items) == shownAlerts {
			break
		}
		args := i.Args
		if g.Kind == alert.SourceStale && len(args) > 1 { // the one whose name is a message
			args = append([]string{"source", w.T("alert.source." + args[1])}, args[2:]...)
		}
		list.Items = append(list.Items, []bot.Inline{bot.Text(w.T(key, args...))})
	}
	return list
}

// alertHands says who does what about a group.
func (d *Deps) alertHands(w lang.Words, g alert.Group, blind bool) []bot.Block {
	if blind {
		return nil
	}
	var blocks []bot.Block
	say := func(mark, key string, who bot.PersonID, args ...string) {
		line := []bot.Inline{bot.Text(mark + w.T(key, args...))}
		if who.User != "" {
			line = append(line, bot.Mention{Person: who})
		}
		blocks = append(blocks, bot.Paragraph{Inlines: line})
	}
	now := d.Now()
	if g.Owner.User != "" {
		say("🙋 ", "alert.taken", g.Owner)
	} else if g.Acked.On(now) {
		say("👀 ", "alert.acked", g.Acked.By, "until", d.clock(g.Acked.Until))
	}
	if g.Muted.On(now) {
		say("🔕 ", "alert.muted", g.Muted.By, "until", d.clock(g.Muted.Until))
	}
	return blocks
}

func (d *Deps) alertButtons(w lang.Words, g alert.Group) []bot.Button {
	now := d.Now()
	var list []bot.Button
	if !g.Acked.On(now) {
		list = append(list, bot.Button{Action: "desk.alert-ack", Text: w.T("alert.button.ack"), Value: string(g.Kind), Style: bot.StylePrimary})
	}
	if g.Owner.User == "" {
		list = append(list, bot.Button{Action: "desk.alert-take", Text: w.T("alert.button.take"), Value: string(g.Kind)})
	}
	if g.Muted.On(now) {
		return append(list, bot.Button{Action: "desk.alert-unmute", Text: w.T("alert.button.unmute"), Value: string(g.Kind)})
	}
	return append(list, bot.Button{Action: "desk.alert-mute", Text: w.T("alert.button.mute"), Value: string(g.Kind)})
}
