package handlers

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"partnerdesk/bot"
	"partnerdesk/handlers/benefit"
	"partnerdesk/handlers/ticket"
)

// The words that narrow a list, besides the kinds and 7, 30 and 90.
var (
	mineWords     = []string{"mine", "我的"}
	allWords      = []string{"all", "account", "全部", "公司"}
	expiringWords = []string{"expiring", "到期", "快到期", "即将到期"}
	closedWords   = []string{"closed", "已结束"}
)

// expiringDays is how far "expiring" looks.
const expiringDays = 30

// narrows says that words narrow a list, and are no question.
func (o registrar) narrows(text string) bool {
	if o.d.Register == nil {
		return false
	}
	for word := range strings.FieldsSeq(strings.ToLower(text)) {
		_, kind := o.d.Register.Policy.Named(word)
		if !kind && !slices.Contains(slices.Concat(mineWords, allWords, expiringWords, closedWords, listDays), word) {
			return false
		}
	}
	return true
}

// benefitRow is a row in a list with its rule and next day.
type benefitRow struct {
	benefit.Benefit
	rule benefit.Rule
	next benefit.Date
	has  bool // there is a next day
}

// list shows the open rows of the account: all of them, somebody's own, a kind's,
// those with a day in the next so many days.
func (o registrar) list(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	whole, err := o.sight(ctx, r)
	if err != nil {
		return bot.Outcome{}, err
	}
	rows, err := o.d.Register.Book.Benefits(ctx, team(r), r.Actor.Account)
	if err != nil {
		return bot.Outcome{}, err
	}
	list, unknown := o.narrowed(r, rows)
	if unknown != "" {
		return bot.Outcome{}, bot.User("benefit.list.word", "word", clip(unknown, 20), "kinds", o.kindWords(r))
	}
	if !whole {
		return bot.Outcome{Reply: o.sharedList(r, list)}, nil
	}
	return bot.Outcome{Reply: o.table(r, list)}, nil
}

// narrowed are the rows that the words of a list leave, the nearest day first.
func (o registrar) narrowed(r bot.Request, rows []benefit.Benefit) (list []benefitRow, unknown string) {
	mine, closed, days := false, false, -1
	var kinds []benefit.Kind
	text := r.Text
	if r.Kind == bot.KindClick {
		text = r.Value
	}
	for word := range strings.FieldsSeq(strings.ToLower(text)) {
		rule, kind := o.d.Register.Policy.Named(word)
		switch {
		case kind:
			kinds = append(kinds, rule.Kind)
		case slices.Contains(mineWords, word):
			mine = true
		case slices.Contains(closedWords, word):
			closed = true
		case slices.Contains(expiringWords, word):
			days = expiringDays
		case slices.Contains(listDays, word):
			days, _ = strconv.Atoi(word)
		case !slices.Contains(allWords, word):
			return nil, word
		}
	}
	today := o.today()
	for _, b := range rows {
		rule, known := o.d.Register.Policy.Rule(b.Kind)
		if !known || rule.Ended(b) != closed || mine && b.Owner != r.Person || len(kinds) > 0 && !slices.Contains(kinds, b.Kind) {
			continue
		}
		row := benefitRow{Benefit: b, rule: rule}
		row.next, row.has = rule.Next(b, o.d.Register.Calendar, o.d.deskZone())
		if days >= 0 && (!row.has || row.next.Day.Sub(today) > days) {
			continue
		}
		list = append(list, row)
	}
	slices.SortFunc(list, func(a, b benefitRow) int {
		if a.has != b.has {
			return map[bool]int{true: -1, false: 1}[a.has]
		}
		return cmp.Or(a.next.Day.Compare(b.next.Day), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.ID, b.ID))
	})
	return list, ""
}

// listedBenefits is how many rows a list shows.
const listedBenefits = 30

func (o registrar) table(r bot.Request, rows []benefitRow) bot.Reply {
	w, today := o.d.words(r), o.today()
	add := bot.Button{Action: "benefit.kinds", Text: w.T("benefit.add"), Style: bot.StylePrimary}
	if len(rows) == 0 {
		reply := private(bot.Text(w.T("benefit.list.empty")))
		reply.Blocks = append(reply.Blocks, bot.Buttons{Items: []bot.Button{add}})
		return reply
	}
	table := bot.Table{Columns: []bot.Column{{Title: w.T("benefit.col.id")}, {Title: w.T("benefit.col.kind")}, {Title: w.T("benefit.col.name")}, {Title: w.T("benefit.state")},
		{Title: w.T("benefit.col.next")}, {Title: w.T("benefit.col.left")}}}
	var items []bot.Button
	for i, row := range rows[:min(len(rows), listedBenefits)] {
		p := o.page(r, row.Benefit)
		state := p.state(row.State)
		if row.rule.Counted {
			state += w.T("benefit.list.left", "left", yuan(row.Left()))
		}
		day, rest := "—", ""
		if row.has {
			day, rest = row.next.Day.String(), left(w, row.next.Day, today)
		}
		table.Rows = append(table.Rows, []string{row.ID, shortKind(w.Tag() == "en", row.rule), clip(ticket.Contacts(row.Name()), 24), state, day, rest})
		if i < mostShown {
			items = append(items, bot.Button{Action: "benefit.show", Text: row.ID, Value: handleOf(row.Benefit)})
		}
	}
	blocks := []bot.Block{bot.Heading{Text: w.T("benefit.list", "count", strconv.Itoa(len(rows)))}, table}
	if more := len(rows) - listedBenefits; more > 0 {
		blocks = append(blocks, bot.Note{Inlines: []bot.Inline{bot.Text(w.T("benefit.list.more", "count", strconv.Itoa(more)))}})
	}
	blocks = append(blocks, bot.Note{Inlines: []bot.Inline{bot.Text(w.T("benefit.list.hint"))}}, bot.Buttons{Items: append(items, add)})
	return bot.Reply{Private: true, Blocks: blocks}
}

// shortKind is a kind's name without what stands in brackets behind it.
func shortKind(english bool, rule benefit.Rule) string {
	if !english {
		return rule.Name.ZH
	}
	name, _, _ := strings.Cut(rule.Name.EN, " (")
	return name
}

// sharedList is what an ecosystem manager sees: that there are rows of shared
// kinds, how far they are and by when something must be done. No names, no
// amounts, no people.
func (o registrar) sharedList(r bot.Request, rows []benefitRow) bot.Reply {
	w, today := o.d.words(r), o.today()
	table := bot.Table{Columns: []bot.Column{{Title: w.T("benefit.col.id")}, {Title: w.T("benefit.col.kind")}, {Title: w.T("benefit.state")}, {Title: w.T("benefit.col.boxes")},
		{Title: w.T("benefit.col.next")}, {Title: w.T("benefit.col.left")}}}
	for _, row := range rows {
		if !row.rule.Shared() || !row.has || len(table.Rows) >= listedBenefits {
			continue
		}
		table.Rows = append(table.Rows, []string{row.ID, shortKind(w.Tag() == "en", row.rule), o.page(r, row.Benefit).state(row.State),
			strconv.Itoa(len(row.Ticks)) + "/" + strconv.Itoa(len(row.rule.Boxes)), row.next.Day.String(), left(w, row.next.Day, today)})
	}
	if len(table.Rows) == 0 {
		return private(bot.Text(w.T("benefit.shared.empty")))
	}
	return bot.Reply{Private: true, Blocks: []bot.Block{bot.Heading{Text: w.T("benefit.shared", "count", strconv.Itoa(len(table.Rows)))}, table,
		bot.Note{Inlines: []bot.Inline{bot.Text(w.T("benefit.shared.note"))}}}}
}

func (o registrar) show(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	if err := o.whole(ctx, r); err != nil {
		return bot.Outcome{}, err
	}
	row, _, _, _, err := o.about(ctx, r)
	if err != nil {
		return bot.Outcome{}, err
	}
	return bot.Outcome{Reply: o.page(r, row).detail()}, nil
}

// kinds offers the forms.
func (o registrar) kinds(_ context.Context, r bot.Request) (bot.Outcome, error) {
	w := o.d.words(r)
	var items []bot.Button
	for _, rule := range o.d.Register.Policy.Rules {
		items = append(items, bot.Button{Action: "benefit.add", Text: inLang(w, rule.Name), Value: string(rule.Kind)})
	}
	reply := private(bot.Text(w.T("benefit.kinds")))
	reply.Blocks = append(reply.Blocks, bot.Buttons{Items: items})
	return bot.Outcome{Reply: reply}, nil
}

// rules shows what is published about a kind, or which kinds there are.
func (o registrar) rules(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	if err := o.set(r); err != nil {
		return bot.Outcome{}, err
	}
	if _, err := o.sight(ctx, r); err != nil {
		return bot.Outcome{}, err
	}
	word := oneLine(r.Text)
	if r.Kind == bot.KindClick {
		word = r.Value
	}
	rule, known := o.d.Register.Policy.Named(word)
	if !known {
		return bot.Outcome{}, bot.User("benefit.kind.none", "word", clip(cmp.Or(word, "?"), 20), "kinds", o.kindWords(r))
	}
	p := o.page(r, benefit.Benefit{Kind: rule.Kind})
	blocks := append([]bot.Block{bot.Heading{Text: inLang(p.w, rule.Name)}}, p.stated()...)
	blocks = append(blocks, bot.Paragraph{Inlines: []bot.Inline{bot.Bold(p.w.T("benefit.checklist"))}}, p.checklist())
	return bot.Outcome{Reply: bot.Reply{Private: true, Blocks: blocks}}, nil
}
