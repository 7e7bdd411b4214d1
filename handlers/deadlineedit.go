package handlers

import (
	"cmp"
	"context"
	"errors"
	"net/url"
	"strings"

	"partnerdesk/bot"
	"partnerdesk/handlers/input"
	"partnerdesk/handlers/remind"
	"partnerdesk/handlers/ticket"
	"partnerdesk/handlers/worktime"
)

// A change of the day is shown before it counts: what would be told so far and
// what then. The button that makes it carries what was shown.

func asDateError(err error) (*input.DateError, bool) { return errors.AsType[*input.DateError](err) }

// changeable loads a deadline whose day people decide.
func (o reminder) changeable(ctx context.Context, r bot.Request, id string) (remind.Deadline, error) {
	row, err := o.reach(ctx, r, id, bot.RightRequest)
	if err == nil && row.Source != remind.People {
		err = bot.User("deadline.move.source", "id", row.ID, "source", o.d.words(r).T("deadline.source."+row.Source))
	}
	return row, err
}

// move shows what another day would change; the button does it.
func (o reminder) move(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	id, text := which(r)
	row, err := o.changeable(ctx, r, id)
	if err != nil {
		return bot.Outcome{}, err
	}
	when, _, err := input.FindDay(cmp.Or(text, "-"), o.today(), o.d.Remind.Calendar)
	if err != nil {
		return bot.Outcome{}, o.fault(r, err)
	}
	when.Repeats = cmp.Or(when.Repeats, row.Repeats) // only this time moves
	return o.difference(ctx, r, row, when, row.Title)
}

// edit is move and another title in one line. Without words it offers the form.
func (o reminder) edit(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	id, text := which(r)
	row, err := o.changeable(ctx, r, id)
	if err != nil {
		return bot.Outcome{}, err
	}
	if text == "" {
		reply := o.say(r, "deadline.edit.how", "id", row.ID)
		reply.Blocks = append(reply.Blocks, bot.Buttons{Items: []bot.Button{{Action: "deadline.edit", Text: o.d.words(r).T("deadline.form.open"), Value: row.ID, Style: bot.StylePrimary}}})
		return bot.Outcome{Reply: reply}, nil
	}
	when, rest, err := input.FindDay(oneLine(text), o.today(), o.d.Remind.Calendar)
	if f, is := asDateError(err); is && f.Reason == input.NoDate {
		return o.retitle(r, row, text)
	}
	if err != nil {
		return bot.Outcome{}, o.fault(r, err)
	}
	return o.difference(ctx, r, row, when, cmp.Or(rest, row.Title))
}

func (o reminder) editForm(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	row, err := o.changeable(ctx, r, r.Value)
	if err != nil {
		return bot.Outcome{}, err
	}
	return bot.Outcome{Reply: o.form(r, "edit", row.ID, o.dueText(r, row), row.Title)}, nil
}

func (o reminder) submitEdit(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	row, err := o.changeable(ctx, r, r.State)
	if err != nil {
		return bot.Outcome{}, err
	}
	title := oneLine(r.Values[fieldWhat])
	if strings.TrimSpace(r.Values[fieldDue]) == o.dueText(r, row) {
		return o.retitle(r, row, title)
	}
	when, err := o.formDay(r)
	if err != nil {
		return bot.Outcome{}, o.fault(r, err)
	}
	return o.difference(ctx, r, row, when, title)
}

// retitle changes the words alone, which changes no reminder.
func (o reminder) retitle(r bot.Request, row remind.Deadline, title string) (bot.Outcome, error) {
	title, _ = ticket.Secrets(oneLine(title))
	if title == "" || len([]rune(title)) > remind.MaxTitle {
		return bot.Outcome{}, bot.User("deadline.fault.long")
	}
	if title == row.Title {
		return bot.Outcome{Reply: o.say(r, "deadline.edit.same", "id", row.ID)}, nil
	}
	return o.change(r, row, "deadline.edit", func(row remind.Deadline) (remind.Deadline, bot.Reply, error) {
		row.Title = title
		return row, o.say(r, "deadline.edited", "id", row.ID, "title", title), nil
	}), nil
}

// difference shows what another day would change.
func (o reminder) difference(ctx context.Context, r bot.Request, row remind.Deadline, when input.When, title string) (bot.Outcome, error) {
	w := o.d.words(r)
	title, _ = ticket.Secrets(title)
	if len([]rune(title)) > remind.MaxTitle {
		return bot.Outcome{}, bot.User("deadline.fault.long")
	}
	f, err := o.ladder(ctx, row)
	if err != nil {
		return bot.Outcome{}, err
	}
	after := o.after(row, when.Day, when.Repeats, title)
	if after.Due == row.Due && after.Repeats == row.Repeats {
		return o.retitle(r, row, title)
	}
	before, _ := o.plan(w, row, f)
	then, days := o.plan(w, after, f)
	understood := w.T("deadline.understood", "words", when.Words)
	fields := []bot.Field{{Label: w.T("deadline.field.due"), Value: []bot.Inline{bot.Text(date(w, row.Due) + " → "), bot.Bold(date(w, after.Due)), bot.Text(" " + understood)}}}
	if after.Repeats != row.Repeats {
		fields = append(fields, bot.Field{Label: w.T("deadline.field.repeats"), Value: []bot.Inline{bot.Text(o.rhythm(r, row) + " → "), bot.Bold(o.rhythm(r, after))}})
	}
	if title != row.Title {
		fields = append(fields, bot.Field{Label: w.T("deadline.col.title"), Value: []bot.Inline{bot.Text(row.Title + " → "), bot.Bold(title)}})
	}
	fields = append(fields, bot.Field{Label: w.T("deadline.field.plan.before"), Value: []bot.Inline{bot.Text(before)}},
		bot.Field{Label: w.T("deadline.field.plan.after"), Value: []bot.Inline{bot.Text(then)}})
	blocks := append([]bot.Block{bot.Paragraph{Inlines: []bot.Inline{bot.Bold(row.ID + " "), bot.Text(row.Title)}}, bot.Fields{Items: fields}}, o.unknownYears(w, days...)...)
	shown := url.Values{"id": {row.ID}, "was": {row.Due.String()}, "day": {after.Due.String()}, "rule": {after.Repeats}, "title": {title}}
	return bot.Outcome{Reply: bot.Reply{Private: true, Blocks: append(blocks, bot.Buttons{Items: []bot.Button{
		{Action: "deadline.moved", Text: w.T("deadline.move.button"), Value: shown.Encode(), Style: bot.StylePrimary},
	}})}}, nil
}

func (o reminder) rhythm(r bot.Request, row remind.Deadline) string {
	if row.Repeats == "" {
		return o.d.words(r).T("deadline.repeats.once")
	}
	return repeats(o.d.words(r), row.Repeats)
}

// after is a deadline on another day.
func (o reminder) after(row remind.Deadline, day worktime.Date, rule, title string) remind.Deadline {
	row.Repeats, row.Title = rule, title
	return row.Move(day, o.d.Now(), o.d.deskZone())
}

// moved makes the change that was shown.
func (o reminder) moved(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	shown, err := url.ParseQuery(r.Value)
	if err != nil || shown.Get("id") == "" {
		return bot.Outcome{}, bot.User("error.stale_button")
	}
	row, err := o.changeable(ctx, r, shown.Get("id"))
	if err != nil {
		return bot.Outcome{}, err
	}
	to, err := worktime.ParseDate(shown.Get("day"))
	_, fault := worktime.ParseRule(shown.Get("rule"))
	title := shown.Get("title")
	if err != nil || fault != nil && shown.Get("rule") != "" || row.Due.String() != shown.Get("was") || to.Before(o.today()) || title == "" || len([]rune(title)) > remind.MaxTitle {
		return bot.Outcome{}, bot.User("error.stale_button")
	}
	w := o.d.words(r)
	return o.change(r, row, "deadline.move", func(row remind.Deadline) (remind.Deadline, bot.Reply, error) {
		reply := o.say(r, "deadline.moved", "id", row.ID, "title", title, "due", date(w, to))
		reply.Replace = true
		return o.after(row, to, shown.Get("rule"), title), reply, nil
	}), nil
}

// doneForm asks for a note to go with what is done.
func (o reminder) doneForm(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	row, err := o.reach(ctx, r, r.Value, bot.RightRequest)
	if err != nil {
		return bot.Outcome{}, err
	}
	w := o.d.words(r)
	return bot.Outcome{Reply: bot.Reply{Form: &bot.Form{
		Name: "deadline.finish", Title: w.T("deadline.form.finish"), Submit: w.T("deadline.done.button"), Close: w.T("form.close"), State: row.ID,
		Intro:  []bot.Block{bot.Paragraph{Inlines: []bot.Inline{bot.Bold(row.ID + " "), bot.Text(row.Title)}}},
		Fields: []bot.FormField{{Name: fieldNote, Kind: bot.FieldText, Label: w.T("deadline.form.note"), Optional: true, Max: remind.MaxNote}},
	}}}, nil
}
