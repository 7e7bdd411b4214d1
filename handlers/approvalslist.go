package handlers

import (
	"context"
	"slices"

	"partnerdesk/bot"
	"partnerdesk/bot/lang"
	"partnerdesk/handlers/money"
)

// approvals lists what waits for somebody or is unknown.
func (m moneyer) approvals(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	return m.listing(ctx, r, "money.open", func(o money.Operation) bool { return !o.State.Final() && o.State != money.Draft })
}

// historyOf lists the operations of this command that are no drafts: with one
// party, or all when it is empty.
func (m moneyer) historyOf(ctx context.Context, r bot.Request, party string) (bot.Outcome, error) {
	return m.listing(ctx, r, "money.history", func(o money.Operation) bool {
		return commandOf(o.Kind) == m.command && o.State != money.Draft && (party == "" || slices.ContainsFunc(o.Parties, func(p money.Party) bool { return p.ID == party }))
	})
}

// mostOperations is how many operations one list shows, the newest first.
const mostOperations = 15

func (m moneyer) listing(ctx context.Context, r bot.Request, key string, is func(money.Operation) bool) (bot.Outcome, error) {
	if err := m.ready(r); err != nil {
		return bot.Outcome{}, err
	}
	read := func() ([]money.Operation, error) { return m.d.Money.Book.Operations(ctx, team(r), r.Actor.Account) }
	if r.Actor.Account == bot.Operator() {
		read = func() ([]money.Operation, error) { return m.d.Money.Book.EveryOperation(ctx, team(r)) }
	}
	list, err := read()
	if err != nil {
		return bot.Outcome{}, err
	}
	// What a list carries out is shown with its list, but for what a person has to judge.
	list = slices.DeleteFunc(list, func(o money.Operation) bool { return !is(o) || quiet(o) })
	slices.Reverse(list)
	w := m.d.words(r)
	sheets, err := lister{m}.among(ctx, r, w, key == "money.open")
	if err != nil {
		return bot.Outcome{}, err
	}
	if key == "money.open" {
		waiting, err := requester{moneyer: m}.waitingBlocks(ctx, r)
		if err != nil {
			return bot.Outcome{}, err
		}
		sheets = append(sheets, waiting...)
	}
	if len(list) == 0 && len(sheets) > 0 {
		return bot.Outcome{Reply: bot.Reply{Private: true, Blocks: append([]bot.Block{bot.Heading{Text: w.T(key)}}, sheets...)}}, nil
	}
	if len(list) == 0 {
		return bot.Outcome{Reply: private(bot.Text(w.T(key + ".none")))}, nil
	}
	more := len(list) > mostOperations
	list = list[:min(len(list), mostOperations)]
	blocks := []bot.Block{bot.Heading{Text: w.T(key)}, m.table(w, list)}
	if more {
		blocks = append(blocks, bot.Note{Inlines: []bot.Inline{bot.Text(w.T("money.more", "count", count(mostOperations)))}})
	}
	return bot.Outcome{Reply: bot.Reply{Private: true, Blocks: append(append(blocks, m.showButtons(w, list)), sheets...)}}, nil
}

func (m moneyer) table(w lang.Words, list []money.Operation) bot.Table {
	table := bot.Table{Columns: []bot.Column{{Title: w.T("money.col.id")}, {Title: w.T("money.col.kind")}, {Title: w.T("money.col.to")},
		{Title: w.T("money.col.total"), Numeric: true}, {Title: w.T("money.col.state")}, {Title: w.T("money.col.time")}}}
	for _, o := range list {
		name := o.Parties[0].Name
		if n := len(o.Parties); n > 1 {
			name = w.T("money.several", "first", name, "count", count(n))
		}
		table.Rows = append(table.Rows, []string{o.ID, w.T("money.kind." + string(o.Kind)), name, yuan(o.Total()), w.T("money.state." + string(o.State)), m.d.clock(o.Changed)})
	}
	return table
}

func (m moneyer) showButtons(w lang.Words, list []money.Operation) bot.Buttons {
	var b bot.Buttons
	for _, o := range list[:min(len(list), 5)] {
		b.Items = append(b.Items, bot.Button{Action: commandOf(o.Kind) + ".show", Text: o.ID, Value: handle(o)})
	}
	return b
}
