package handlers

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"partnerdesk/bot"
	"partnerdesk/bot/lang"
	"partnerdesk/handlers/partner"
)

// /balance under shows what all resale customers of an account have and owe: the
// person's own account or, for the people of a distributor, one of its
// resellers. A distributor sees its resellers' money, not who their customers
// are (resellers compete, and a customer list is theirs): below a reseller every
// customer is its id at the partner center, without name or login, on the page
// and in the file.

// underPage is a page of the table: whose customers, and the row it begins with.
type underPage struct {
	of   string // reseller id; empty for the person's own account
	from int
}

func (p underPage) value() string { return p.of + "|" + count(p.from) }

// underOf reads a button's value; a row that is none is the first.
func underOf(value string) underPage {
	of, from, _ := strings.Cut(value, "|")
	n, err := strconv.Atoi(from)
	if err != nil || n < 0 || n > underMost {
		n = 0
	}
	return underPage{of, n}
}

// whose is an account whose customers are looked at.
type whose struct {
	of     partner.Account
	id     string // of the reseller; empty for the person's own
	name   string // of the reseller
	login  string
	hidden bool // its customers are ids only
}

func (b balancer) underTyped(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	if err := b.d.centerSet(r); err != nil {
		return bot.Outcome{}, err
	}
	name := oneLine(r.Text)
	if name == "" {
		return b.under(ctx, r, whose{of: account(r)}, 0, false)
	}
	if !b.d.distributes(ctx, r) {
		return bot.Outcome{}, bot.User("balance.under.own")
	}
	found, more, err := b.resellersNamed(ctx, r, name)
	switch {
	case err != nil:
		return bot.Outcome{}, err
	case len(found) == 0:
		return bot.Outcome{}, bot.User("reseller.nobody", "name", clip(name, 40))
	case len(found) == 1:
		return b.under(ctx, r, houseOf(found[0]), 0, false)
	}
	w := b.d.words(r)
	var items []bot.Button
	for _, one := range found {
		items = append(items, bot.Button{Action: "balance.under", Text: clip(cmp.Or(one.Name, one.Account), 60), Value: underPage{of: string(one.ID)}.value()})
	}
	reply := private(bot.Text(w.T("reseller.several", "count", count(len(found)), "name", clip(name, 40))))
	reply.Blocks = append(reply.Blocks, bot.Buttons{Items: items})
	if more {
		reply.Blocks = append(reply.Blocks, bot.Note{Inlines: plain(w.T("balance.more"))})
	}
	return bot.Outcome{Reply: reply}, nil
}

func houseOf(one partner.Reseller) whose {
	return whose{of: one.ID, id: string(one.ID), name: cmp.Or(one.Name, one.Account), login: one.Account, hidden: true}
}

// whose reads whom a button's value means; decided at the click.
func (b balancer) whose(ctx context.Context, r bot.Request, p underPage) (whose, error) {
	if err := b.d.centerSet(r); err != nil {
		return whose{}, err
	}
	if p.of == "" {
		return whose{of: account(r)}, nil
	}
	one, err := b.house(ctx, r, p.of)
	return houseOf(one), err
}

func (b balancer) underClicked(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	return b.turn(ctx, r, false)
}

// underMore reads on where the last reading stopped.
func (b balancer) underMore(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	return b.turn(ctx, r, true)
}

// underAnew forgets what was read and reads it again.
func (b balancer) underAnew(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	who, err := b.whose(ctx, r, underOf(r.Value))
	if err != nil {
		return bot.Outcome{}, err
	}
	b.shelf.clear(who.of)
	return b.turn(ctx, r, false)
}

func (b balancer) turn(ctx context.Context, r bot.Request, on bool) (bot.Outcome, error) {
	p := underOf(r.Value)
	who, err := b.whose(ctx, r, p)
	if err != nil {
		return bot.Outcome{}, err
	}
	out, err := b.under(ctx, r, who, p.from, on)
	out.Reply.Replace = true
	return out, err
}

// holdings returns what is known of an account, reading what is not kept; on
// reads on when it is not whole.
func (b balancer) holdings(ctx context.Context, of partner.Account, on bool) (holdings, error) {
	h, _, found := look[holdings](b.shelf, of, "holdings")
	if found && (h.whole() || !on) {
		return h, nil
	}
	h, err := b.d.gather(ctx, of, h)
	if err == nil {
		b.shelf.keep(of, "holdings", h, b.d.Now())
	}
	return h, err
}

// byNeed sorts who needs attention first: the largest debt, then the least to
// spend; who has no balance comes last.
func byNeed(rows []holding) []holding {
	rows = slices.Clone(rows)
	rank := func(h holding) int {
		switch {
		case h.balance.Debt > 0:
			return 0
		case h.balance.HasSpendable:
			return 1
		}
		return 2
	}
	slices.SortStableFunc(rows, func(x, y holding) int {
		return cmp.Or(cmp.Compare(rank(x), rank(y)), cmp.Compare(y.balance.Debt, x.balance.Debt), cmp.Compare(x.balance.Spendable, y.balance.Spendable))
	})
	return rows
}

// totals of the balances that were read.
type totals struct {
	told, owing, silent int // customers with a balance, in arrears, with no balance told
	spendable, debt     partner.Fen
}

func totalsOf(h holdings) (t totals) {
	for _, row := range h.rows {
		b := row.balance
		if b.HasSpendable || b.HasDebt {
			t.told++
		} else if row.read {
			t.silent++
		}
		if b.Debt > 0 {
			t.owing++
		}
		t.spendable, t.debt = t.spendable+b.Spendable, t.debt+b.Debt
	}
	return t
}

// under shows one page of the table.
func (b balancer) under(ctx context.Context, r bot.Request, who whose, from int, on bool) (bot.Outcome, error) {
	h, err := b.holdings(ctx, who.of, on)
	if err != nil {
		return bot.Outcome{}, err
	}
	w := b.d.words(r)
	rows, t := byNeed(h.rows), totalsOf(h)
	if from >= len(rows) {
		from = 0
	}
	blocks := []bot.Block{bot.Heading{Text: b.underTitle(w, who)}}
	if len(rows) == 0 {
		blocks = append(blocks, bot.Paragraph{Inlines: plain(w.T("balance.under.none"))})
	} else {
		blocks = append(blocks, bot.Fields{Items: []bot.Field{
			{Label: w.T("balance.under.count"), Value: plain(w.T("balance.under.counted", "count", count(len(rows)), "owing", count(t.owing)))},
			{Label: w.T("balance.under.spendable"), Value: []bot.Inline{bot.Bold("¥" + yuan(t.spendable))}},
			{Label: w.T("balance.under.debt"), Value: []bot.Inline{bot.Bold("¥" + yuan(t.debt))}},
		}}, underTable(w, who, rows[from:min(from+pageRows, len(rows))]))
	}
	for _, n := range underNotes(w, who, h, t) {
		blocks = append(blocks, bot.Note{Inlines: plain(n)})
	}
	blocks = append(blocks, b.fresh(w, h.at))
	blocks = append(blocks, b.underButtons(ctx, r, who, h, rows, from)...)
	return bot.Outcome{Reply: bot.Reply{Private: true, Blocks: blocks}}, nil
}

func (b balancer) underTitle(w lang.Words, who whose) string {
	if who.hidden {
		return w.T("balance.under.of", "name", who.name)
	}
	return w.T("balance.under.title")
}

// underTable is the part of the table that shows. Below a reseller a customer is
// the end of its id; the file has it whole.
func underTable(w lang.Words, who whose, rows []holding) bot.Table {
	first := w.T("balance.customer")
	if who.hidden {
		first = w.T("balance.under.id")
	}
	table := bot.Table{Columns: []bot.Column{{Title: first}, {Title: w.T("balance.available"), Numeric: true}, {Title: w.T("balance.debt"), Numeric: true}, {Title: w.T("customer.col.state")}}}
	for _, h := range rows {
		name := cmp.Or(h.name, h.login)
		if who.hidden {
			name = "…" + h.id[max(0, len(h.id)-8):]
		}
		table.Rows = append(table.Rows, []string{name, told(h.balance.Spendable, h.balance.HasSpendable, yuan), told(h.balance.Debt, h.balance.HasDebt, yuan), underState(w, h)})
	}
	return table
}

// told writes an amount, or a dash for what the center did not say.
func told(f partner.Fen, known bool, write func(partner.Fen) string) string {
	if !known {
		return "—"
	}
	return write(f)
}

func underState(w lang.Words, h holding) string {
	var state []string
	if h.balance.Debt > 0 {
		state = append(state, "⚠️ "+w.T("balance.under.owes"))
	}
	if h.frozen {
		state = append(state, w.T("balance.frozen"))
	}
	if !h.read {
		state = append(state, w.T("balance.under.unread"))
	}
	return strings.Join(state, w.T("customer.comma"))
}

// underNotes say what is missing in the table, and why.
func underNotes(w lang.Words, who whose, h holdings, t totals) (notes []string) {
	if len(h.rows) > 0 {
		notes = append(notes, w.T("balance.under.order"))
	}
	if who.hidden && len(h.rows) > 0 {
		notes = append(notes, w.T("balance.under.hidden"))
	}
	if t.silent > 0 {
		notes = append(notes, w.T("balance.under.silent", "count", count(t.silent)))
	}
	if h.capped {
		notes = append(notes, w.T("balance.under.capped", "most", count(underMost)))
	}
	switch unread := h.unread(); {
	case h.whole():
	case !h.ended:
		notes = append(notes, "⚠️ "+w.T("balance.under.partial", "told", count(t.told), "listed", count(h.listed)))
	default:
		notes = append(notes, "⚠️ "+w.T("balance.under.waiting", "told", count(t.told), "unread", count(unread)))
	}
	if h.ill && !h.whole() {
		notes = append(notes, w.T("balance.under.ill"))
	}
	return notes
}

func (b balancer) underButtons(ctx context.Context, r bot.Request, who whose, h holdings, rows []holding, from int) []bot.Block {
	w := b.d.words(r)
	value := func(from int) string { return underPage{who.id, from}.value() }
	var open, items []bot.Button
	if !who.hidden {
		for _, h := range rows[from:min(from+pageRows, len(rows))] {
			open = append(open, bot.Button{Action: "customer.show", Text: clip(cmp.Or(h.name, h.login), 30), Value: h.id})
		}
	}
	if !h.whole() {
		items = append(items, bot.Button{Action: "balance.more", Text: w.T("balance.under.more"), Value: value(from), Style: bot.StylePrimary})
	}
	items = append(items, pageTurns(w, "balance.under", from, len(rows), value)...)
	if len(rows) > 0 && b.d.Sheets != nil && b.d.may(ctx, r, bot.RightExport, bot.AreaMoney) {
		items = append(items, bot.Button{Action: "balance.file", Text: w.T("balance.under.file"), Value: value(from)})
	}
	items = append(items, bot.Button{Action: "balance.anew", Text: w.T("balance.refresh"), Value: value(from)})
	if who.hidden {
		items = append(items, bot.Button{Action: "balance.reseller", Text: w.T("balance.under.back"), Value: who.id})
	}
	var blocks []bot.Block
	if len(open) > 0 {
		blocks = append(blocks, bot.Buttons{Items: open})
	}
	return append(blocks, bot.Buttons{Items: items})
}

// underFile makes the table of all customers as a file, from what the page shows.
func (b balancer) underFile(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	if b.d.Sheets == nil {
		return bot.Outcome{}, bot.User("statement.file.failed")
	}
	who, err := b.whose(ctx, r, underOf(r.Value))
	if err != nil {
		return bot.Outcome{}, err
	}
	h, err := b.holdings(ctx, who.of, false)
	if err != nil {
		return bot.Outcome{}, err
	}
	w := b.d.words(r)
	data, err := b.d.Sheets.XLSX(b.underSheet(w, who, h))
	if err != nil {
		return bot.Outcome{}, fmt.Errorf("table of balances: %w", err)
	}
	title := b.underTitle(w, who)
	name := "balances-" + b.d.Now().In(b.d.zone()).Format("2006-01-02")
	if who.login != "" {
		name += "-" + who.login
	}
	reply := private(bot.Text(w.T("balance.under.made", "title", title, "count", count(len(h.rows)))))
	for _, n := range underNotes(w, who, h, totalsOf(h)) {
		reply.Blocks = append(reply.Blocks, bot.Note{Inlines: plain(n)})
	}
	reply.Files = []bot.File{{Name: name + ".xlsx", Title: title, Kind: xlsxKind, Data: data}}
	return bot.Outcome{Reply: reply}, nil
}

// underSheet is the whole table: customers, the sums, and what is missing.
func (b balancer) underSheet(w lang.Words, who whose, h holdings) Sheet {
	amounts := []string{w.T("balance.under.spendable.col"), w.T("balance.under.debt.col"), w.T("customer.col.state")}
	head := []string{w.T("balance.customer"), w.T("balance.login")}
	if who.hidden {
		head = []string{w.T("balance.under.id")}
	}
	sheet := Sheet{Name: w.T("balance.under.sheet"), Header: append(slices.Clone(head), amounts...)}
	row := func(first []string, rest ...string) {
		cells := make([]string, len(head))
		copy(cells, first)
		sheet.Rows = append(sheet.Rows, append(cells, rest...))
	}
	for _, one := range byNeed(h.rows) {
		first := []string{one.name, one.login}
		if who.hidden {
			first = []string{one.id}
		}
		row(first, told(one.balance.Spendable, one.balance.HasSpendable, partner.Fen.String), told(one.balance.Debt, one.balance.HasDebt, partner.Fen.String), underState(w, one))
	}
	t := totalsOf(h)
	row([]string{w.T("balance.under.sum")}, t.spendable.String(), t.debt.String(), "")
	zone := b.d.zone()
	for _, n := range append(underNotes(w, who, h, t), w.T("balance.fresh", "time", h.at.In(zone).Format("2006-01-02 15:04"), "zone", zone.String())) {
		row([]string{n}, "", "", "")
	}
	return sheet
}
