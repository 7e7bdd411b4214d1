package handlers

import (
	"context"
	"strings"
	"time"

	"partnerdesk/bot"
	"partnerdesk/bot/lang"
	"partnerdesk/handlers/remind"
)

// How much a calendar file takes, and how long before a day a calendar program
// is to speak up: nine in the morning of the day before.
const (
	mostEvents   = 200
	eventReminds = 15 * time.Hour
)

// calendar gives deadlines as a file for calendar programs: one, or what a list
// would show.
func (o reminder) calendar(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	if o.d.Calendars == nil {
		return bot.Outcome{}, bot.User("deadline.ics.unset")
	}
	text := strings.TrimSpace(r.Text)
	if r.Kind == bot.KindClick {
		text = r.Value
	}
	w := o.d.words(r)
	if strings.HasPrefix(strings.ToUpper(text), "DL-") {
		row, err := o.find(ctx, r, text)
		if err != nil {
			return bot.Outcome{}, err
		}
		return o.file(r, row.ID+".ics", row.ID, []remind.Deadline{row})
	}
	r.Text = strings.TrimPrefix(text, "*")
	rows, _, err := o.narrowed(ctx, r)
	if err != nil {
		return bot.Outcome{}, err
	}
	if len(rows) == 0 {
		return bot.Outcome{Reply: o.say(r, "deadline.ics.empty")}, nil
	}
	return o.file(r, "deadlines.ics", w.T("deadline.ics.name"), rows[:min(len(rows), mostEvents)])
}

func (o reminder) file(r bot.Request, file, name string, rows []remind.Deadline) (bot.Outcome, error) {
	w := o.d.words(r)
	var events []bot.Event
	for _, row := range rows {
		events = append(events, o.event(w, row))
	}
	data, err := o.d.Calendars.ICS(name, events...)
	if err != nil {
		return bot.Outcome{}, err
	}
	reply := o.say(r, "deadline.ics.comes", "count", count(len(rows)))
	reply.Files = []bot.File{{Name: file, Title: name, Kind: bot.CalendarKind, Data: data}}
	return bot.Outcome{Reply: reply}, nil
}

// event is a deadline in a calendar: the whole of its last day, which is a day
// where the desk is.
func (o reminder) event(w lang.Words, row remind.Deadline) bot.Event {
	note := []string{w.T("deadline.ics.note", "id", row.ID, "kind", w.T("deadline.kind."+string(row.Kind)))}
	if !row.End.Equal(row.Due.End(o.d.deskZone())) {
		note = append(note, w.T("deadline.ics.until", "time", o.d.clock(row.End)))
	}
	if row.Repeats != "" {
		note = append(note, w.T("deadline.ics.repeats", "rule", repeats(w, row.Repeats)))
	}
	if row.Link != "" {
		note = append(note, row.Link)
	}
	return bot.Event{
		ID: row.ID + "." + row.Team + "." + strings.ReplaceAll(row.Account.String(), ":", "."), Title: row.Title + " (" + row.ID + ")", Note: strings.Join(note, "\n"), Day: row.Due.At(0, time.UTC),
		Made: o.d.Now(), Changed: row.Changed, Before: eventReminds, Gone: row.State != remind.Open,
	}
}
