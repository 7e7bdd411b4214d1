package handlers

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"partnerdesk/bot"
	"partnerdesk/bot/lang"
	"partnerdesk/handlers/input"
	"partnerdesk/handlers/remind"
	"partnerdesk/handlers/worktime"
)

// date writes a day with its day of the week.
func date(w lang.Words, d worktime.Date) string {
	return d.String() + " " + w.T("deadline.weekday."+strconv.Itoa(int(d.Weekday())))
}

func warning(text string) bot.Block {
	return bot.Paragraph{Inlines: []bot.Inline{bot.Text("⚠️ " + text)}}
}

// left says how many days there are until a day.
func left(w lang.Words, d, today worktime.Date) string {
	switch n := d.Sub(today); {
	case n > 1:
		return w.T("deadline.left", "days", strconv.Itoa(n))
	case n == 1:
		return w.T("deadline.left.tomorrow")
	case n == 0:
		return w.T("deadline.left.today")
	default:
		return w.T("deadline.left.over", "days", strconv.Itoa(-n))
	}
}

func rungLabel(w lang.Words, r remind.Rung) string {
	switch r {
	case remind.LastCall:
		return w.T("deadline.rung.last")
	case remind.Overdue:
		return w.T("deadline.rung.overdue")
	case remind.Again:
		return w.T("deadline.rung.again")
	case 1:
		return w.T("deadline.rung.one")
	}
	return w.T("deadline.rung", "days", strconv.Itoa(int(r)))
}

// repeats words a rule.
func repeats(w lang.Words, rule string) string {
	r, err := worktime.ParseRule(rule)
	if err != nil {
		return rule
	}
	kind, rest := r.Parts()
	if kind == "week" {
		rest = w.T("deadline.weekday." + rest)
	}
	return w.T("deadline.repeats."+kind, "day", rest)
}

// unknownYears warns of years whose working days nobody has published, as far as
// this desk knows.
func (o reminder) unknownYears(w lang.Words, days ...worktime.Date) []bot.Block {
	var blocks []bot.Block
	var said []int
	for _, d := range days {
		if !o.d.Remind.Calendar.Known(d.Year) && !slices.Contains(said, d.Year) {
			said = append(said, d.Year)
			blocks = append(blocks, warning(w.T("deadline.calendar.unknown", "year", strconv.Itoa(d.Year))))
		}
	}
	return blocks
}

// plan is what is still to be told to the owner, as text, and the days of it.
func (o reminder) plan(w lang.Words, row remind.Deadline, f remind.Facts) (string, []worktime.Date) {
	planned := remind.Preview(row, f, row.End.AddDate(0, 1, 0))
	var parts []string
	for _, p := range planned {
		parts = append(parts, worktime.DateIn(p.At, f.Zone).String()+" "+rungLabel(w, p.Rung))
	}
	if len(parts) == 0 {
		parts = []string{w.T("deadline.plan.none")}
	}
	return strings.Join(parts, w.T("deadline.plan.and")), daysOf(row, planned, f)
}

// added shows back how a date was understood.
func (o reminder) added(r bot.Request, row remind.Deadline, when input.When, f remind.Facts) bot.Reply {
	w := o.d.words(r)
	understood := w.T("deadline.understood", "words", when.Words)
	if when.Guessed != input.GuessNone {
		understood = w.T("deadline.guessed."+string(when.Guessed), "words", when.Words)
	}
	fields := []bot.Field{{Label: w.T("deadline.field.due"), Value: []bot.Inline{bot.Bold(date(w, row.Due)), bot.Text(" " + understood)}}}
	if row.Repeats != "" {
		fields = append(fields, bot.Field{Label: w.T("deadline.field.repeats"), Value: []bot.Inline{bot.Text(repeats(w, row.Repeats))}})
	}
	if row.Deputy.User != "" {
		fields = append(fields, bot.Field{Label: w.T("deadline.field.deputy"), Value: []bot.Inline{bot.Mention{Person: row.Deputy}}})
	}
	plan, days := o.plan(w, row, f)
	fields = append(fields, bot.Field{Label: w.T("deadline.field.plan"), Value: []bot.Inline{bot.Text(plan)}})
	if row.Link != "" {
		fields = append(fields, bot.Field{Label: w.T("deadline.field.link"), Value: []bot.Inline{bot.Link{Text: w.T("deadline.link"), URL: row.Link}}})
	}
	blocks := []bot.Block{
		bot.Paragraph{Inlines: []bot.Inline{bot.Text(w.T("deadline.added") + gap(w)), bot.Bold(row.ID + " "), bot.Text(row.Title)}},
		bot.Fields{Items: fields},
	}
	if !o.d.Remind.Calendar.Works(row.Due) {
		blocks = append(blocks, bot.Note{Inlines: []bot.Inline{bot.Text(w.T("deadline.dayoff", "last", date(w, o.d.Remind.Calendar.OnOrBefore(row.Due))))}})
	}
	blocks = append(blocks, o.unknownYears(w, days...)...)
	buttons := []bot.Button{{Action: "deadline.remove", Text: w.T("deadline.undo"), Value: row.ID}, {Action: "deadline.list", Text: w.T("deadline.list.button")}}
	if o.d.Calendars != nil {
		buttons = append(buttons, bot.Button{Action: "deadline.ics", Text: w.T("deadline.ics.button"), Value: row.ID})
	}
	return bot.Reply{Private: true, Blocks: append(blocks, bot.Buttons{Items: buttons})}
}

// listDays are the words that narrow a list to the next so many days.
var listDays = []string{"7", "30", "90"}

// listedDeadlines is how many lines a list shows.
const listedDeadlines = 40

// narrowed are the deadlines that a list's words ask for: one's own or the
// account's, all or those of the next days.
func (o reminder) narrowed(ctx context.Context, r bot.Request) (rows []remind.Deadline, all bool, err error) {
	words := strings.Fields(strings.ToLower(r.Text))
	all = slices.ContainsFunc(words, func(s string) bool { return slices.Contains(allWords, s) })
	if rows, err = o.mine(ctx, r, all); err != nil {
		return nil, all, err
	}
	today := o.today()
	for _, word := range words {
		if slices.Contains(listDays, word) {
			n, _ := strconv.Atoi(word)
			rows = slices.DeleteFunc(rows, func(d remind.Deadline) bool { return d.Due.Sub(today) > n })
		}
	}
	return rows, all, nil
}

func (o reminder) list(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	w := o.d.words(r)
	if id := strings.TrimSpace(r.Text); isDeadlineID(id) {
		return o.show(ctx, r)
	}
	if unread := unread(r); unread != "" {
		return bot.Outcome{}, bot.User("deadline.unread", "words", clip(unread, 40), "example", w.T("deadline.example"))
	}
	rows, all, err := o.narrowed(ctx, r)
	if err != nil {
		return bot.Outcome{}, err
	}
	today := o.today()
	if len(rows) == 0 {
		reply := o.say(r, "deadline.list.empty", "example", w.T("deadline.example"))
		reply.Blocks = append(reply.Blocks, bot.Buttons{Items: o.listButtons(w, "")})
		return bot.Outcome{Reply: reply}, nil
	}
	key := "deadline.list"
	if all {
		key = "deadline.list.all"
	}
	table := bot.Table{Columns: []bot.Column{
		{Title: w.T("deadline.col.id")}, {Title: w.T("deadline.col.due")}, {Title: w.T("deadline.col.left")}, {Title: w.T("deadline.col.title")},
	}}
	names := map[bot.PersonID]string{}
	if all {
		table.Columns = append(table.Columns, bot.Column{Title: w.T("deadline.col.owner")})
	}
	var days []worktime.Date
	stale := false
	for _, d := range rows[:min(len(rows), listedDeadlines)] {
		title := d.Title
		if d.Stale {
			title, stale = w.T("deadline.stale.mark")+title, true
		}
		cells := []string{d.ID, d.Due.String(), left(w, d.Due, today), title}
		if all {
			name, err := o.name(ctx, names, d.Owner)
			if err != nil {
				return bot.Outcome{}, err
			}
			cells = append(cells, name)
		}
		table.Rows = append(table.Rows, cells)
		days = append(days, d.Due)
	}
	blocks := []bot.Block{bot.Heading{Text: w.T(key, "count", strconv.Itoa(len(rows)))}, table}
	if len(rows) > listedDeadlines {
		blocks = append(blocks, bot.Note{Inlines: []bot.Inline{bot.Text(w.T("deadline.list.more", "count", strconv.Itoa(len(rows)-listedDeadlines)))}})
	}
	if stale {
		blocks = append(blocks, warning(w.T("deadline.stale")))
	}
	blocks = append(blocks, o.unknownYears(w, days...)...)
	blocks = append(blocks, bot.Note{Inlines: []bot.Inline{bot.Text(w.T("deadline.list.hint"))}}, bot.Buttons{Items: o.listButtons(w, "*"+r.Text)})
	return bot.Outcome{Reply: bot.Reply{Private: true, Blocks: blocks}}, nil
}

// listButtons are those below a list; file is what the calendar file is of.
func (o reminder) listButtons(w lang.Words, file string) []bot.Button {
	buttons := []bot.Button{{Action: "deadline.form", Text: w.T("deadline.form.new"), Style: bot.StylePrimary}}
	if file != "" && o.d.Calendars != nil {
		buttons = append(buttons, bot.Button{Action: "deadline.ics", Text: w.T("deadline.ics.button"), Value: clip(file, 40)})
	}
	return buttons
}

// show is one deadline with what was told to whom, and why.
func (o reminder) show(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	id, _ := which(r)
	row, err := o.find(ctx, r, id)
	if err != nil {
		return bot.Outcome{}, err
	}
	w := o.d.words(r)
	f, err := o.ladder(ctx, row)
	if err != nil {
		return bot.Outcome{}, err
	}
	plan, days := o.plan(w, row, f)
	fields := []bot.Field{
		{Label: w.T("deadline.field.due"), Value: []bot.Inline{bot.Bold(date(w, row.Due)), bot.Text(" " + left(w, row.Due, o.today()))}},
		{Label: w.T("deadline.field.kind"), Value: []bot.Inline{bot.Text(w.T("deadline.kind." + string(row.Kind)))}},
		{Label: w.T("deadline.field.owner"), Value: []bot.Inline{bot.Mention{Person: row.Owner}}},
	}
	if row.Deputy.User != "" {
		fields = append(fields, bot.Field{Label: w.T("deadline.field.deputy"), Value: []bot.Inline{bot.Mention{Person: row.Deputy}}})
	}
	if row.Repeats != "" {
		fields = append(fields, bot.Field{Label: w.T("deadline.field.repeats"), Value: []bot.Inline{bot.Text(repeats(w, row.Repeats))}})
	}
	if !row.Snoozed.IsZero() && row.Snoozed.After(o.today()) {
		fields = append(fields, bot.Field{Label: w.T("deadline.field.snoozed"), Value: []bot.Inline{bot.Text(date(w, row.Snoozed))}})
	}
	if !row.Lapsed.IsZero() {
		fields = append(fields, bot.Field{Label: w.T("deadline.field.lapsed"), Value: []bot.Inline{bot.Text(date(w, row.Lapsed))}})
	}
	if row.Link != "" {
		fields = append(fields, bot.Field{Label: w.T("deadline.field.link"), Value: []bot.Inline{bot.Link{Text: w.T("deadline.link"), URL: row.Link}}})
	}
	if row.State == remind.Done {
		fields = append(fields, bot.Field{Label: w.T("deadline.field.done"), Value: []bot.Inline{bot.Mention{Person: row.By}, bot.Text(" " + row.Note)}})
	} else {
		fields = append(fields, bot.Field{Label: w.T("deadline.field.plan"), Value: []bot.Inline{bot.Text(plan)}})
	}
	blocks := []bot.Block{bot.Paragraph{Inlines: []bot.Inline{bot.Bold(row.ID + " "), bot.Text(row.Title)}}, bot.Fields{Items: fields}}
	var told bot.List
	for _, s := range row.Sent {
		told.Items = append(told.Items, []bot.Inline{bot.Text(o.told(w, s))})
	}
	if len(told.Items) > 0 {
		blocks = append(blocks, told)
	}
	if row.Stale {
		blocks = append(blocks, warning(w.T("deadline.stale")))
	}
	blocks = append(blocks, o.unknownYears(w, days...)...)
	if row.State == remind.Open {
		buttons := []bot.Button{
			{Action: "deadline.done", Text: w.T("deadline.done.button"), Value: row.ID, Style: bot.StylePrimary},
			{Action: "deadline.finish", Text: w.T("deadline.finish.button"), Value: row.ID},
			{Action: "deadline.later", Text: w.T("deadline.later"), Value: row.ID},
			{Action: "deadline.why", Text: w.T("deadline.why.button"), Value: row.ID},
		}
		if row.Source == remind.People {
			buttons = append(buttons, bot.Button{Action: "deadline.edit", Text: w.T("deadline.edit.button"), Value: row.ID})
		}
		if o.d.Calendars != nil {
			buttons = append(buttons, bot.Button{Action: "deadline.ics", Text: w.T("deadline.ics.button"), Value: row.ID})
		}
		blocks = append(blocks, bot.Buttons{Items: append(buttons, bot.Button{Action: "deadline.remove", Text: w.T("deadline.remove"), Value: row.ID, Style: bot.StyleDanger})})
	}
	return bot.Outcome{Reply: bot.Reply{Private: true, Blocks: blocks}}, nil
}

// told says of a notice when it was given to whom, and why then.
func (o reminder) told(w lang.Words, s remind.Sent) string {
	key := "deadline.told"
	if s.Nobody {
		key = "deadline.told.nobody"
	}
	text := w.T(key, "time", o.d.clock(s.At), "rung", rungLabel(w, s.Rung), "to", w.T("deadline.to."+string(s.To)))
	if s.Reason == remind.CaughtUp {
		text += w.T("deadline.told.late")
	}
	return text
}

// previewDays is how far a preview looks.
const previewDays = 14

// preview lists what will be told to whom when, if nothing changes.
func (o reminder) preview(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	w := o.d.words(r)
	word := strings.ToLower(strings.TrimSpace(r.Text))
	rows, err := o.mine(ctx, r, word == "all" || word == "全部")
	if err != nil {
		return bot.Outcome{}, err
	}
	type line struct {
		at  time.Time
		row []string
	}
	var lines []line
	var days []worktime.Date
	names := map[bot.PersonID]string{}
	for _, d := range rows {
		f, err := o.ladder(ctx, d)
		if err != nil {
			return bot.Outcome{}, err
		}
		name, err := o.name(ctx, names, d.Owner)
		if err != nil {
			return bot.Outcome{}, err
		}
		for _, p := range remind.Preview(d, f, f.Now.AddDate(0, 0, previewDays)) {
			days = append(days, worktime.DateIn(p.At, f.Zone))
			lines = append(lines, line{p.At, []string{p.At.In(f.Zone).Format("2006-01-02 15:04"), name, d.ID, d.Title, rungLabel(w, p.Rung)}})
		}
	}
	if len(lines) == 0 {
		return bot.Outcome{Reply: o.say(r, "deadline.preview.empty", "days", strconv.Itoa(previewDays))}, nil
	}
	slices.SortStableFunc(lines, func(a, b line) int { return a.at.Compare(b.at) })
	table := bot.Table{Columns: []bot.Column{
		{Title: w.T("deadline.col.when")}, {Title: w.T("deadline.col.who")}, {Title: w.T("deadline.col.id")}, {Title: w.T("deadline.col.title")}, {Title: w.T("deadline.col.rung")},
	}}
	for _, l := range lines[:min(len(lines), listedDeadlines)] {
		table.Rows = append(table.Rows, l.row)
	}
	blocks := append([]bot.Block{bot.Heading{Text: w.T("deadline.preview", "days", strconv.Itoa(previewDays))}, table}, o.unknownYears(w, days...)...)
	if more := len(lines) - listedDeadlines; more > 0 {
		blocks = append(blocks, bot.Note{Inlines: []bot.Inline{bot.Text(w.T("deadline.preview.more", "count", strconv.Itoa(more)))}})
	}
	return bot.Outcome{Reply: bot.Reply{Private: true, Blocks: append(blocks, bot.Note{Inlines: []bot.Inline{bot.Text(w.T("deadline.preview.note"))}})}}, nil
}
