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
func (o reminder) plan(r bot.Request, row remind.Deadline) (string, []worktime.Date) {
	w := o.d.words(r)
	f := o.ladder(r.Actor.Person)
	var parts []string
	days := []worktime.Date{row.Due}
	for _, p := range remind.Preview(row, f, row.End.AddDate(0, 1, 0)) {
		day := worktime.DateIn(p.At, f.Zone)
		days = append(days, day)
		parts = append(parts, day.String()+" "+rungLabel(w, p.Rung))
	}
	if len(parts) == 0 {
		return w.T("deadline.plan.none"), days
	}
	return strings.Join(parts, w.T("deadline.plan.and")), days
}

// added shows back how a date was understood.
func (o reminder) added(r bot.Request, row remind.Deadline, when input.When) bot.Reply {
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
	plan, days := o.plan(r, row)
	fields = append(fields, bot.Field{Label: w.T("deadline.field.plan"), Value: []bot.Inline{bot.Text(plan)}})
	blocks := []bot.Block{
		bot.Paragraph{Inlines: []bot.Inline{bot.Text(w.T("deadline.added") + gap(w)), bot.Bold(row.ID + " "), bot.Text(row.Title)}},
		bot.Fields{Items: fields},
	}
	if !o.d.Remind.Calendar.Works(row.Due) {
		blocks = append(blocks, bot.Note{Inlines: []bot.Inline{bot.Text(w.T("deadline.dayoff", "last", date(w, o.d.Remind.Calendar.OnOrBefore(row.Due))))}})
	}
	blocks = append(blocks, o.unknownYears(w, days...)...)
	blocks = append(blocks, bot.Buttons{Items: []bot.Button{
		{Action: "deadline.remove", Text: w.T("deadline.undo"), Value: row.ID}, {Action: "deadline.list", Text: w.T("deadline.list.button")},
	}})
	return bot.Reply{Private: true, Blocks: blocks}
}

// listDays are the words that narrow a list to the next so many days.
var listDays = []string{"7", "30", "90"}

// listedDeadlines is how many lines a list shows.
const listedDeadlines = 40

func (o reminder) list(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	w := o.d.words(r)
	words := strings.Fields(strings.ToLower(r.Text))
	all := slices.ContainsFunc(words, func(s string) bool { return s == "all" || s == "全部" })
	rows, err := o.mine(ctx, r, all)
	if err != nil {
		return bot.Outcome{}, err
	}
	today := o.today()
	for _, word := range words {
		if slices.Contains(listDays, word) {
			n, _ := strconv.Atoi(word)
			rows = slices.DeleteFunc(rows, func(d remind.Deadline) bool { return d.Due.Sub(today) > n })
		}
	}
	if len(rows) == 0 {
		return bot.Outcome{Reply: o.say(r, "deadline.list.empty", "example", w.T("deadline.example"))}, nil
	}
	key := "deadline.list"
	if all {
		key = "deadline.list.all"
	}
	table := bot.Table{Columns: []bot.Column{
		{Title: w.T("deadline.col.id")}, {Title: w.T("deadline.col.due")}, {Title: w.T("deadline.col.left")}, {Title: w.T("deadline.col.title")},
	}}
	var days []worktime.Date
	stale := false
	for _, d := range rows[:min(len(rows), listedDeadlines)] {
		title := d.Title
		if d.Stale {
			title, stale = w.T("deadline.stale.mark")+title, true
		}
		table.Rows = append(table.Rows, []string{d.ID, d.Due.String(), left(w, d.Due, today), title})
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
	blocks = append(blocks, bot.Note{Inlines: []bot.Inline{bot.Text(w.T("deadline.list.hint"))}})
	return bot.Outcome{Reply: bot.Reply{Private: true, Blocks: blocks}}, nil
}

// show is one deadline with what was told to whom, and why.
func (o reminder) show(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	id, _ := which(r)
	row, err := o.find(ctx, r, id)
	if err != nil {
		return bot.Outcome{}, err
	}
	w := o.d.words(r)
	plan, days := o.plan(r, row)
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
	if row.State == remind.Done {
		fields = append(fields, bot.Field{Label: w.T("deadline.field.done"), Value: []bot.Inline{bot.Mention{Person: row.By}, bot.Text(" " + row.Note)}})
	} else {
		fields = append(fields, bot.Field{Label: w.T("deadline.field.plan"), Value: []bot.Inline{bot.Text(plan)}})
	}
	blocks := []bot.Block{bot.Paragraph{Inlines: []bot.Inline{bot.Bold(row.ID + " "), bot.Text(row.Title)}}, bot.Fields{Items: fields}}
	var told bot.List
	for _, s := range row.Sent {
		told.Items = append(told.Items, []bot.Inline{bot.Text(w.T("deadline.told", "time", s.At.In(o.d.deskZone()).Format("2006-01-02 15:04"), "rung", rungLabel(w, s.Rung),
			"to", w.T("deadline.to."+string(s.To))))})
	}
	if len(told.Items) > 0 {
		blocks = append(blocks, told)
	}
	if row.Stale {
		blocks = append(blocks, warning(w.T("deadline.stale")))
	}
	blocks = append(blocks, o.unknownYears(w, days...)...)
	blocks = append(blocks, bot.Note{Inlines: []bot.Inline{bot.Text(w.T("deadline.why." + string(row.Kind.Class())))}})
	if row.State == remind.Open {
		blocks = append(blocks, bot.Buttons{Items: []bot.Button{
			{Action: "deadline.done", Text: w.T("deadline.done.button"), Value: row.ID, Style: bot.StylePrimary},
			{Action: "deadline.later", Text: w.T("deadline.later"), Value: row.ID},
			{Action: "deadline.remove", Text: w.T("deadline.remove"), Value: row.ID, Style: bot.StyleDanger},
		}})
	}
	return bot.Outcome{Reply: bot.Reply{Private: true, Blocks: blocks}}, nil
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
	for _, d := range rows {
		who, err := o.d.owner(ctx, d.Owner)
		if err != nil {
			return bot.Outcome{}, err
		}
		f := o.ladder(who)
		for _, p := range remind.Preview(d, f, f.Now.AddDate(0, 0, previewDays)) {
			days = append(days, worktime.DateIn(p.At, f.Zone))
			lines = append(lines, line{p.At, []string{p.At.In(f.Zone).Format("2006-01-02 15:04"), "@" + d.Owner.User, d.ID, d.Title, rungLabel(w, p.Rung)}})
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
	return bot.Outcome{Reply: bot.Reply{Private: true, Blocks: blocks}}, nil
}

// difference shows what another day would change.
func (o reminder) difference(r bot.Request, row remind.Deadline, when input.When) bot.Reply {
	w := o.d.words(r)
	after := row.Move(when.Day, o.d.Now(), o.d.deskZone())
	before, _ := o.plan(r, row)
	then, days := o.plan(r, after)
	blocks := []bot.Block{
		bot.Paragraph{Inlines: []bot.Inline{bot.Bold(row.ID + " "), bot.Text(row.Title)}},
		bot.Fields{Items: []bot.Field{
			{Label: w.T("deadline.field.due"), Value: []bot.Inline{bot.Text(date(w, row.Due) + " → "), bot.Bold(date(w, after.Due))}},
			{Label: w.T("deadline.field.plan.before"), Value: []bot.Inline{bot.Text(before)}},
			{Label: w.T("deadline.field.plan.after"), Value: []bot.Inline{bot.Text(then)}},
		}},
	}
	blocks = append(blocks, o.unknownYears(w, days...)...)
	blocks = append(blocks, bot.Buttons{Items: []bot.Button{
		{Action: "deadline.moved", Text: w.T("deadline.move.button"), Value: row.ID + "|" + row.Due.String() + "|" + after.Due.String(), Style: bot.StylePrimary},
	}})
	return bot.Reply{Private: true, Blocks: blocks}
}
