package handlers

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"partnerdesk/bot"
	"partnerdesk/bot/lang"
	"partnerdesk/handlers/remind"
	"partnerdesk/handlers/worktime"
)

// digestFor puts lines into somebody's digest of the day. A line that presses opens a
// new message, because an edit is not noticed; the old one points to it.
func (d *Deps) digestFor(tx bot.Tx, who bot.Person, zone *time.Location, items []remind.Item, now time.Time) error {
	if len(items) == 0 {
		return nil
	}
	g, found, err := d.Remind.Book.DigestIn(tx, who.ID, worktime.DateIn(now, zone))
	if err != nil {
		return err
	}
	pressing := slices.ContainsFunc(items, func(i remind.Item) bool { return i.Rung <= 1 })
	switch {
	case !found:
		g = remind.Digest{Person: who.ID, Day: worktime.DateIn(now, zone), Part: 1, Tick: now}
	case pressing && !g.Tick.Equal(now):
		w := d.Catalog.In(g.Lang)
		old := d.digestPost(g, now)
		old.Reply = bot.Say(bot.Text(w.T("remind.below")))
		if err := tx.Post(old); err != nil {
			return err
		}
		g.Part++
		g.Tick = now
	}
	g.Lang = d.langOf(who)
	for _, i := range items {
		g.Put(i)
	}
	if err := d.Remind.Book.PutDigest(tx, g); err != nil {
		return err
	}
	return tx.Post(d.digestPost(g, now))
}

// langOf is what somebody reads.
func (*Deps) langOf(who bot.Person) lang.Tag { return lang.Match(who.Locale) }

// digestPost is the message of a digest as it stands.
func (d *Deps) digestPost(g remind.Digest, now time.Time) bot.Post {
	return bot.Post{
		To: bot.Target{Kind: bot.TargetPerson, Person: g.Person}, Lane: bot.LaneReminder, Created: now, Reply: d.digest(g),
		Object: "digest/" + g.Person.User + "/" + g.Day.String() + "/" + strconv.Itoa(g.Part),
	}
}

// refresh brings the messages that list a deadline up to date.
func (d *Deps) refresh(tx bot.Tx, row remind.Deadline) error {
	now := d.Now()
	for _, l := range row.Listed {
		g, found, err := d.Remind.Book.DigestIn(tx, l.Person, l.Day)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(g.Items, func(i remind.Item) bool { return i.ID == row.ID && i.Account == row.Account })
		if !found || i < 0 {
			continue
		}
		item := g.Items[i]
		if item.Due != row.Due {
			item.State = remind.Done // this time; its next day is another matter
		} else {
			item.State, item.Snoozed = row.State, row.Snoozed
		}
		if item == g.Items[i] {
			continue
		}
		g.Put(item)
		if err := d.Remind.Book.PutDigest(tx, g); err != nil {
			return err
		}
		if err := tx.Post(d.digestPost(g, now)); err != nil {
			return err
		}
	}
	return nil
}

// shownItems is how many lines of a digest are shown, and how many have a button.
const (
	shownItems = 15
	doneItems  = 5
)

// digest words a digest.
func (d *Deps) digest(g remind.Digest) bot.Reply {
	w := d.Catalog.In(g.Lang)
	items := slices.Clone(g.Items)
	slices.SortStableFunc(items, func(a, b remind.Item) int { return cmp.Or(a.Due.Compare(b.Due), cmp.Compare(a.ID, b.ID)) })
	open, unheard := 0, false
	for _, i := range items {
		if i.State == remind.Open && i.Snoozed.IsZero() {
			open++
			unheard = unheard || !g.Heard(i)
		}
	}
	blocks := []bot.Block{bot.Heading{Text: w.T("remind.title", "date", date(w, g.Day), "count", strconv.Itoa(open))}}
	if open == 0 {
		blocks = []bot.Block{bot.Heading{Text: w.T("remind.title.done", "date", date(w, g.Day))}}
	}
	var list bot.List
	var forward []string
	var buttons []bot.Button
	if unheard {
		buttons = append(buttons, bot.Button{Action: "deadline.ack", Text: w.T("remind.ack"), Value: g.Day.String(), Style: bot.StylePrimary})
	}
	buttons = append(buttons, bot.Button{Action: "deadline.why", Text: w.T("deadline.why.button"), Value: g.Day.String()})
	for _, i := range items {
		if len(list.Items) < shownItems {
			list.Items = append(list.Items, d.line(w, g, i))
		}
		if i.State != remind.Open || !i.Snoozed.IsZero() || i.Title == "" {
			continue
		}
		if len(buttons) <= doneItems+1 {
			buttons = append(buttons, bot.Button{Action: "deadline.done", Text: w.T("remind.done", "id", i.ID), Value: i.ID})
		}
		if i.To == remind.ToClass && i.Kind.Class() == remind.Shared {
			forward = append(forward, w.T("remind.forward.line", "kind", w.T("deadline.kind."+string(i.Kind)), "date", i.Due.String(), "left", left(w, i.Due, g.Day)))
		}
	}
	blocks = append(blocks, list)
	if more := len(items) - shownItems + g.More; more > 0 && len(items) >= shownItems {
		blocks = append(blocks, bot.Note{Inlines: []bot.Inline{bot.Text(w.T("remind.more", "count", strconv.Itoa(more)))}})
	}
	if len(forward) > 0 {
		blocks = append(blocks, bot.Paragraph{Inlines: []bot.Inline{bot.Text(w.T("remind.forward"))}})
		for _, f := range forward {
			blocks = append(blocks, bot.Paragraph{Inlines: []bot.Inline{bot.Code(f)}})
		}
	}
	if len(buttons) > 0 {
		blocks = append(blocks, bot.Buttons{Items: buttons})
	}
	if open == 0 {
		return bot.Reply{Blocks: blocks}
	}
	note := w.T("remind.note")
	if !unheard {
		note = w.T("remind.acked")
	}
	return bot.Reply{Blocks: append(blocks, bot.Note{Inlines: []bot.Inline{bot.Text(note)}})}
}

// line is one deadline in a digest.
func (d *Deps) line(w lang.Words, g remind.Digest, i remind.Item) []bot.Inline {
	title := cmp.Or(i.Title, w.T("deadline.kind."+string(i.Kind)))
	switch {
	case i.State != remind.Open:
		return []bot.Inline{bot.Text("✅ "), bot.Text(i.ID + " " + title + w.T("remind.line.done"))}
	case !i.Snoozed.IsZero():
		return []bot.Inline{bot.Text("💤 "), bot.Text(i.ID + " " + title + w.T("remind.line.snoozed", "until", i.Snoozed.String()))}
	}
	mark := "⏰ "
	if i.Rung <= remind.LastCall {
		mark = "🔴 "
	}
	line := []bot.Inline{bot.Text(mark), bot.Bold(i.ID + " "), bot.Text(title + w.T("remind.line", "date", date(w, i.Due), "left", left(w, i.Due, g.Day)))}
	if i.Rung <= remind.LastCall {
		line = append(line, bot.Bold(" "+rungLabel(w, i.Rung)))
	}
	if i.To != remind.ToOwner {
		line = append(line, bot.Text(w.T("remind.behind")), bot.Mention{Person: i.Owner})
	}
	return line
}
