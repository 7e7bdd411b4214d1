package handlers

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"partnerdesk/bot"
	"partnerdesk/bot/lang"
	"partnerdesk/handlers/alert"
	"partnerdesk/handlers/remind"
	"partnerdesk/handlers/worktime"
)

// Weekly is what the external ecosystem manager gets every Monday: dates of class
// shared, without customers and amounts, in one fixed layout, so that the mails of
// forty partners can be put one under the other.
type Weekly struct {
	Book      WeeklyBook
	Addresses []string // of the manager; none, and no channel: the lead gets a text to forward
	Channel   string   // shared with the manager's workspace; empty: none
	Lang      lang.Tag // of the mail and in the channel
	Partner   string   // the operator's name, as the manager knows it
	CSV       func(Sheet) ([]byte, error)
}

// WeeklyBook keeps which weeks were sent.
type WeeklyBook interface {
	// WeekIn says when a week was sent, e.g. 2026-W48; zero: not yet.
	WeekIn(tx bot.Tx, team, week string) (time.Time, error)
	PutWeek(tx bot.Tx, team, week string, at time.Time, count int) error
	// Week is WeekIn outside a transaction.
	Week(ctx context.Context, team, week string) (time.Time, error)
}

// What is part of the layout and does not change, whatever the language.
const (
	weeklyPrefix = "[partnerdesk-weekly]"
	weeklyAhead  = 90 // days
	mostWeekly   = 80 // rows, so that the mail fits a row of the outbox
)

// weeklyColumns is the head of the CSV file.
func weeklyColumns() []string {
	return []string{"week", "partner", "type", "type_text", "ref", "due", "days_left"}
}

// weeklyRow is a line of it. No field is anything a person wrote, but for the
// partner's own name.
type weeklyRow struct {
	kind remind.Kind
	ref  string // our own id
	due  worktime.Date
}

// sendWeekly is the job.
type sendWeekly struct{ o JobOptions }

func (j *sendWeekly) run(ctx context.Context, now time.Time) error {
	d := j.o.Deps
	if d.Remind == nil || d.Alerts == nil {
		return nil
	}
	team, err := d.Alerts.Team(ctx)
	if err != nil || team == "" {
		return err
	}
	week, due := d.weekOf(now)
	if now.Before(due) || !worktime.Office().Open(now, d.Remind.Calendar, d.deskZone()) {
		return nil
	}
	if sent, err := d.Weekly.Book.Week(ctx, team, week); err != nil || !sent.IsZero() {
		return err
	}
	if looked, err := j.looked(ctx, team); err != nil || !looked {
		return err
	}
	rows, err := d.weeklyRows(ctx, now)
	if err != nil {
		return fmt.Errorf("weekly mail: %w", err)
	}
	posts, err := j.posts(ctx, team, week, rows, now)
	if err != nil {
		return fmt.Errorf("weekly mail: %w", err)
	}
	err = j.o.Store.Update(ctx, func(tx bot.Tx) error {
		sent, err := d.Weekly.Book.WeekIn(tx, team, week)
		if err != nil || !sent.IsZero() {
			return err
		}
		for _, p := range posts {
			if err := tx.Post(p); err != nil {
				return err
			}
		}
		return d.Weekly.Book.PutWeek(tx, team, week, now, len(rows))
	})
	if err != nil {
		return fmt.Errorf("weekly mail: %w", err)
	}
	j.o.Log.Info("weekly mail queued", "week", week, "rows", len(rows), "mails", len(posts))
	j.o.Posted()
	return nil
}

// looked says that every source of deadlines was read, or failed to be, at least
// once: a desk that has just been set up knows of nothing yet.
func (j *sendWeekly) looked(ctx context.Context, team string) (bool, error) {
	for _, s := range (&dates{j.o}).sources() {
		_, found, err := j.o.Deps.Remind.Book.FindSource(ctx, team, s.name)
		if err != nil || !found {
			return false, err
		}
	}
	return true, nil
}

// posts are the mails; or, when there is nobody to write to and something to say,
// a text for the lead to forward.
func (j *sendWeekly) posts(ctx context.Context, team, week string, rows []weeklyRow, now time.Time) ([]bot.Post, error) {
	d := j.o.Deps
	var posts []bot.Post
	for _, address := range d.Weekly.Addresses {
		reply, err := d.weeklyReply(d.Catalog.In(cmp.Or(d.Weekly.Lang, lang.Chinese)), week, rows, now, false)
		if err != nil {
			return nil, err
		}
		posts = append(posts, bot.Post{To: bot.Target{Kind: bot.TargetMail, Person: bot.PersonID{Team: team}, Address: address}, Lane: bot.LaneMail, Created: now, Reply: reply})
	}
	if d.Weekly.Channel != "" && len(rows) > 0 { // an empty week leaves the channel quiet
		posts = append(posts, bot.Post{To: bot.Target{Kind: bot.TargetPlace, Place: bot.Place{Team: team, Channel: d.Weekly.Channel}}, Lane: bot.LaneDigest, Created: now,
			Reply: d.weeklyShown(d.Catalog.In(cmp.Or(d.Weekly.Lang, lang.Chinese)), week, rows, now)})
	}
	if len(posts) > 0 || len(rows) == 0 {
		return posts, nil
	}
	readers, err := d.alertReaders(ctx, alert.WindowUnused)
	if err != nil || len(readers) == 0 {
		return nil, err
	}
	reply, err := d.weeklyReply(readers[0].words(d), week, rows, now, true)
	return []bot.Post{{To: bot.Target{Kind: bot.TargetPerson, Person: readers[0].who.ID}, Lane: bot.LaneDigest, Created: now, Reply: reply}}, err
}

// weekOf names the week of an instant and says when its mail is due: when work
// begins on Monday, or on the first working day after it.
func (d *Deps) weekOf(now time.Time) (name string, due time.Time) {
	today := worktime.DateIn(now, d.deskZone())
	monday := today.Add(-(int(today.Weekday()) + 6) % 7)
	year, week := time.Date(monday.Year, monday.Month, monday.Day, 12, 0, 0, 0, time.UTC).ISOWeek()
	return fmt.Sprintf("%d-W%02d", year, week), worktime.Office().Next(monday.At(0, d.deskZone()), d.Remind.Calendar, d.deskZone())
}

// weeklyRows collects what is shared, in an order that depends on nothing else.
func (d *Deps) weeklyRows(ctx context.Context, now time.Time) ([]weeklyRow, error) {
	var rows []weeklyRow
	dates, err := d.sharedDates(ctx, now, weeklyAhead)
	if err != nil {
		return nil, err
	}
	for _, r := range dates {
		rows = append(rows, weeklyRow{r.Kind, r.ID, r.Due})
	}
	slices.SortFunc(rows, func(a, b weeklyRow) int {
		return cmp.Or(a.due.Compare(b.due), cmp.Compare(a.kind, b.kind), strings.Compare(a.ref, b.ref))
	})
	return rows[:min(len(rows), mostWeekly)], nil
}

// text is what a row is about, in words that are ours.
func (r weeklyRow) text(w lang.Words) string { return w.T("deadline.kind." + string(r.kind)) }

// weeklyShown words the week for a channel that several companies read, with the
// way to look again.
func (d *Deps) weeklyShown(w lang.Words, week string, rows []weeklyRow, now time.Time) bot.Reply {
	text := func(s string) []bot.Inline { return []bot.Inline{bot.Text(s)} }
	return bot.Reply{Blocks: []bot.Block{
		bot.Heading{Text: w.T("mail.weekly.channel", "week", week, "partner", d.Weekly.Partner)},
		bot.Paragraph{Inlines: text(w.T("mail.weekly.intro", "partner", d.Weekly.Partner, "count", strconv.Itoa(len(rows)), "days", strconv.Itoa(weeklyAhead)))},
		d.weeklyTable(w, rows, worktime.DateIn(now, d.deskZone())),
		bot.Note{Inlines: text(w.T("mail.weekly.channel.note"))},
		bot.Buttons{Items: []bot.Button{{Action: "deadline.list", Text: w.T("deadline.list.button")}, {Action: "benefit.list", Text: w.T("benefit.list.button")}}},
	}}
}

// weeklyTable shows the rows without anything a person wrote.
func (d *Deps) weeklyTable(w lang.Words, rows []weeklyRow, today worktime.Date) bot.Table {
	table := bot.Table{Columns: []bot.Column{{Title: w.T("mail.weekly.col.type")}, {Title: w.T("mail.weekly.col.ref")}, {Title: w.T("mail.weekly.col.due")}, {Title: w.T("mail.weekly.col.left"), Numeric: true}}}
	for _, r := range rows {
		table.Rows = append(table.Rows, []string{r.text(w), r.ref, r.due.String(), strconv.Itoa(r.due.Sub(today))})
	}
	return table
}

// weeklyReply words the mail, or the text to forward, with its files.
func (d *Deps) weeklyReply(w lang.Words, week string, rows []weeklyRow, now time.Time, forward bool) (bot.Reply, error) {
	today := worktime.DateIn(now, d.deskZone())
	text := func(s string) []bot.Inline { return []bot.Inline{bot.Text(s)} }
	blocks := []bot.Block{bot.Heading{Text: weeklyPrefix + " " + week + " " + d.Weekly.Partner}}
	intro := w.T("mail.weekly.intro", "partner", d.Weekly.Partner, "count", strconv.Itoa(len(rows)), "days", strconv.Itoa(weeklyAhead))
	if len(rows) == 0 {
		intro = w.T("mail.weekly.none", "partner", d.Weekly.Partner, "days", strconv.Itoa(weeklyAhead))
	}
	table := d.weeklyTable(w, rows, today)
	sheet := Sheet{Name: week, Header: weeklyColumns()}
	var events []bot.Event
	sum := sha256.Sum256([]byte(d.Weekly.Partner))
	mark := hex.EncodeToString(sum[:4]) // the ids of two partners may be the same
	copied := []string{weeklyPrefix + " " + week + " " + d.Weekly.Partner}
	for _, r := range rows {
		left := strconv.Itoa(r.due.Sub(today))
		sheet.Rows = append(sheet.Rows, []string{week, d.Weekly.Partner, string(r.kind), r.text(w), r.ref, r.due.String(), left})
		events = append(events, bot.Event{ID: r.ref + "." + mark, Title: r.text(w) + " " + r.ref, Day: time.Date(r.due.Year, r.due.Month, r.due.Day, 0, 0, 0, 0, time.UTC), Made: now})
		copied = append(copied, w.T("remind.forward.line", "kind", r.text(w)+" "+r.ref, "date", r.due.String(), "left", w.T("deadline.left", "days", left)))
	}
	if forward {
		blocks = append(blocks, bot.Paragraph{Inlines: text(w.T("mail.weekly.forward"))}, bot.Paragraph{Inlines: []bot.Inline{bot.Code(strings.Join(copied, "\n"))}})
	} else {
		blocks = append(blocks, bot.Paragraph{Inlines: text(intro)})
		if len(rows) > 0 {
			blocks = append(blocks, table)
		}
		blocks = append(blocks, bot.Note{Inlines: text(w.T("mail.weekly.note", "columns", strings.Join(weeklyColumns(), ", ")))})
	}
	reply := bot.Reply{Blocks: blocks}
	data, err := d.Weekly.CSV(sheet)
	if err != nil {
		return reply, err
	}
	reply.Files = []bot.File{{Name: "partnerdesk-weekly-" + week + ".csv", Title: week + ".csv", Kind: "text/csv; charset=utf-8", Data: data}}
	if d.Calendars != nil && len(events) > 0 {
		if data, err = d.Calendars.ICS(weeklyPrefix+" "+d.Weekly.Partner, events...); err != nil {
			return reply, err
		}
		reply.Files = append(reply.Files, bot.File{Name: "partnerdesk-weekly-" + week + ".ics", Title: week + ".ics", Kind: bot.CalendarKind, Data: data})
	}
	return reply, nil
}

// weekly shows what the manager gets, as a text to forward.
func (a alerter) weekly(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	if a.d.Weekly == nil || a.d.Alerts == nil || a.d.Remind == nil {
		return bot.Outcome{}, bot.User("alert.unset", "admin", a.d.words(r).T("person.admin"))
	}
	if a.sight(ctx, r.Actor, alert.Shared) == sightNone {
		return bot.Outcome{}, &bot.Refusal{Reason: "role", Key: "refusal.right.approve"}
	}
	now := a.d.Now()
	rows, err := a.d.weeklyRows(ctx, now)
	if err != nil {
		return bot.Outcome{}, err
	}
	week, _ := a.d.weekOf(now)
	w := a.d.words(r)
	if len(rows) == 0 {
		return bot.Outcome{Reply: private(bot.Text(w.T("mail.weekly.none", "partner", a.d.Weekly.Partner, "days", strconv.Itoa(weeklyAhead))))}, nil
	}
	reply, err := a.d.weeklyReply(w, week, rows, now, true)
	reply.Private = true
	return bot.Outcome{Reply: reply}, err
}
