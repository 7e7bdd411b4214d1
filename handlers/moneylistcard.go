package handlers

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"partnerdesk/bot"
	"partnerdesk/bot/lang"
	"partnerdesk/handlers/money"
)

// mostShownRows is how many rows of a list a message shows; the file has them all.
const mostShownRows = 20

func listCommand(k money.Kind) string { return commandOf(k) }

// listWill says in words what happens when a list is carried out.
func listWill(w lang.Words, l money.List) string {
	return w.T("sheet.will."+string(l.Kind), "count", count(len(l.Good())), "total", yuan(l.Total()), "quota", l.Quota)
}

// listBlocks show a list: what it does, the sums, and its rows, those with a fault
// first. ops may be nil where nothing was handed over yet.
func (d *Deps) listBlocks(w lang.Words, l money.List, ops map[string]money.Operation) []bot.Block {
	text := func(s string) []bot.Inline { return []bot.Inline{bot.Text(s)} }
	fields := []bot.Field{
		{Label: w.T("money.field.state"), Value: text(d.listState(w, l, ops))},
		{Label: w.T("sheet.field.rows"), Value: text(w.T("sheet.rows.count", "good", count(len(l.Good())), "bad", count(len(l.Bad())), "all", count(len(l.Rows))))},
	}
	if l.Seen.Known {
		key := "money.remains"
		if l.Seen.Available < l.Total() {
			key = "sheet.remains.short"
		}
		fields = append(fields, bot.Field{Label: w.T("money.field.remains"), Value: text(w.T(key, "before", yuan(l.Seen.Available), "after", yuan(l.Seen.Available-l.Total()), "short", yuan(l.Total()-l.Seen.Available)))})
	}
	if l.Kind == money.IssueCoupon {
		end := l.To
		if end.IsZero() {
			end = l.Seen.Ends
		}
		if !l.From.IsZero() {
			fields = append(fields, bot.Field{Label: w.T("money.field.from"), Value: text(d.clock(l.From))})
		}
		fields = append(fields, bot.Field{Label: w.T("money.field.until"), Value: text(d.clock(end))})
	}
	fields = append(fields, bot.Field{Label: w.T("money.field.requester"), Value: []bot.Inline{bot.Mention{Person: l.Requester}}})
	switch {
	case l.Approver != bot.PersonID{} && l.State == money.ListDeclined || l.Reason != "":
		fields = append(fields, bot.Field{Label: w.T("money.field.reason"), Value: []bot.Inline{bot.Mention{Person: l.Approver}, bot.Text(" " + clip(l.Reason, 300))}})
	case l.Approver != bot.PersonID{}:
		fields = append(fields, bot.Field{Label: w.T("money.field.approver"), Value: []bot.Inline{bot.Mention{Person: l.Approver}, bot.Text(" " + d.clock(l.Approved))}})
	case l.State == money.ListAwaiting:
		fields = append(fields, bot.Field{Label: w.T("money.field.expires"), Value: text(d.clock(l.Expires))})
	}
	blocks := []bot.Block{
		bot.Heading{Text: l.ID + " · " + w.T("money.kind."+string(l.Kind))},
		bot.Paragraph{Inlines: []bot.Inline{bot.Bold(listWill(w, l))}},
		bot.Fields{Items: fields},
	}
	if l.Same != "" && l.State != money.ListDraft {
		blocks = append(blocks, bot.Paragraph{Inlines: text("⚠️ " + w.T("sheet.same", "id", l.Same))})
	}
	blocks = append(blocks, d.listTable(w, l, ops))
	note := w.T("sheet.note", "file", clip(l.File, 60), "rev", strconv.Itoa(l.Rev))
	if len(l.Rows) > mostShownRows {
		note = w.T("sheet.note.more", "shown", count(mostShownRows), "count", count(len(l.Rows))) + " " + note
	}
	return append(blocks, bot.Note{Inlines: text(note)})
}

// listState is where a list stands, and once it is over what came of it.
func (d *Deps) listState(w lang.Words, l money.List, ops map[string]money.Operation) string {
	if l.State != money.ListOver && l.State != money.ListApproved {
		return w.T("sheet.state." + string(l.State))
	}
	n, moved := l.Tally(ops)
	if l.Reason != "" && n[money.RowOK]+n[money.RowUnknown] == 0 {
		return w.T("sheet.state.refused")
	}
	if len(l.Operations()) == 0 && n[money.RowFailed] == 0 {
		return w.T("sheet.state.dropped")
	}
	return w.T("sheet.state."+string(l.State), "ok", count(n[money.RowOK]), "failed", count(n[money.RowFailed]+n[money.RowReleased]), "unknown", count(n[money.RowUnknown]),
		"waits", count(n[money.RowWaits]), "moved", yuan(moved))
}

// listTable are the rows, those that need somebody first.
func (d *Deps) listTable(w lang.Words, l money.List, ops map[string]money.Operation) bot.Table {
	table := bot.Table{Columns: []bot.Column{{Title: w.T("sheet.col.line"), Numeric: true}, {Title: w.T("sheet.col.party")}, {Title: w.T("sheet.col.amount"), Numeric: true}, {Title: w.T("sheet.col.result")}}}
	rank := map[money.RowResult]int{money.RowUnknown: 0, money.RowFailed: 1, money.RowReleased: 1, money.RowFault: 2, money.RowWaits: 3, money.RowOK: 4}
	rows := slices.Clone(l.Rows)
	slices.SortStableFunc(rows, func(a, b money.Row) int {
		x, _, _ := l.Outcome(a, ops[a.Operation])
		y, _, _ := l.Outcome(b, ops[b.Operation])
		return cmp.Compare(rank[x], rank[y])
	})
	for _, r := range rows[:min(len(rows), mostShownRows)] {
		table.Rows = append(table.Rows, []string{count(r.Line), partyOf(r), amountOf(r), d.rowResult(w, l, r, ops)})
	}
	return table
}

// partyOf is who a row is for: found, and as it was written where that differs.
func partyOf(r money.Row) string {
	switch {
	case r.Party.ID == "":
		return cmp.Or(clip(r.Typed, 40), "—")
	case r.Party.Name == r.Typed || r.Party.ID == r.Typed:
		return r.Party.Name
	}
	return r.Party.Name + " ← " + clip(r.Typed, 30)
}

func amountOf(r money.Row) string {
	if r.Amount == 0 {
		return cmp.Or(clip(r.Said, 20), "—")
	}
	return yuan(r.Amount)
}

// rowResult says in words what came of a row, or will.
func (d *Deps) rowResult(w lang.Words, l money.List, r money.Row, ops map[string]money.Operation) string {
	result, fault, record := l.Outcome(r, ops[r.Operation])
	switch result {
	case money.RowFault:
		if l.State != money.ListDraft { // it stayed behind
			return w.T("sheet.result.left", "field", w.T("sheet.part."+r.Field), "reason", strings.TrimRight(rowFault(w, r, fault), "。."))
		}
		return w.T("sheet.result.fault", "field", w.T("sheet.part."+r.Field), "reason", strings.TrimRight(rowFault(w, r, fault), "。."))
	case money.RowOK:
		return w.T("sheet.result.ok", "record", recordID(record))
	case money.RowFailed, money.RowReleased:
		return w.T("sheet.result.failed", "reason", strings.TrimRight(rowFault(w, r, fault), "。."))
	case money.RowUnknown:
		return w.T("sheet.result.unknown", "id", r.Operation)
	}
	if l.State == money.ListDraft {
		return w.T("sheet.result.good")
	}
	return w.T("sheet.result.waits")
}

func rowFault(w lang.Words, r money.Row, fault string) string {
	if fault == "" {
		fault = "sheet.fault.never"
	}
	if fault == r.Fault { // its blanks were kept with it
		return w.T(fault, r.Args...)
	}
	return faultText(w, fault)
}

// listButtons are what the reader may do next; whether they really may is decided
// at the click.
func (d *Deps) listButtons(w lang.Words, l money.List, ops map[string]money.Operation, own, approves bool) []bot.Block {
	at := listCommand(l.Kind) + ".sheet-"
	button := func(action string, style bot.Style) bot.Button {
		return bot.Button{Action: at + action, Text: w.T("money.button." + action), Value: listHandle(l), Style: style}
	}
	var items []bot.Button
	switch l.State {
	case money.ListDraft:
		if own && len(l.Good()) > 0 && (!l.Seen.Known || l.Seen.Available >= l.Total()) {
			submit := button("submit", bot.StylePrimary)
			submit.Text = w.T("sheet.button.submit", "count", count(len(l.Good())))
			if bad := len(l.Bad()); bad > 0 {
				submit.Style = bot.StylePlain
				submit.Confirm = &bot.Confirm{Title: w.T("sheet.confirm.title"), Text: w.T("sheet.confirm.some", "count", count(len(l.Good())), "bad", count(bad)), Yes: w.T("money.button.submit"), No: w.T("form.close")}
			}
			items = append(items, submit)
		}
		if own {
			again := bot.Button{Action: listCommand(l.Kind) + ".upload", Text: w.T("sheet.button.another")}
			items = append(items, again, button("withdraw", bot.StylePlain))
		}
	case money.ListAwaiting:
		if approves {
			approve := button("approve", bot.StylePrimary)
			approve.Confirm = &bot.Confirm{Title: w.T("sheet.confirm.approve"), Text: clip(listWill(w, l), 280), Yes: w.T("money.button.approve"), No: w.T("form.close")}
			items = append(items, approve, button("decline", bot.StyleDanger))
		}
		if own {
			items = append(items, button("withdraw", bot.StylePlain))
		}
	case money.ListApproved:
		items = append(items, button("show", bot.StylePlain))
	case money.ListOver:
		if n, _ := l.Tally(ops); own && n[money.RowFailed]+n[money.RowReleased] > 0 && l.Again == "" {
			items = append(items, button("again", bot.StylePlain))
		}
	}
	if len(items) == 0 {
		return nil
	}
	return []bot.Block{bot.Buttons{Items: items}}
}

// preview is what somebody sees who has just uploaded a file.
func (l lister) preview(r bot.Request, list money.List, before *money.List) bot.Reply {
	w := l.d.words(r)
	reply := bot.Reply{Private: true, Blocks: l.d.listBlocks(w, list, nil)}
	say := func(s string) {
		reply.Blocks = append(reply.Blocks, bot.Paragraph{Inlines: []bot.Inline{bot.Text(s)}})
	}
	if before != nil && list.State == money.ListDraft {
		say("⚠️ " + w.T("sheet.before", "id", before.ID, "time", l.d.clock(before.Created), "state", w.T("sheet.before."+string(before.State))))
	}
	switch {
	case len(list.Good()) == 0:
		say(w.T("sheet.next.none"))
	case list.Seen.Known && list.Seen.Available < list.Total():
		say(w.T("sheet.next.short", "short", yuan(list.Total()-list.Seen.Available)))
	case list.CouldApprove < money.MinApprovers:
		say(w.T("money.second.none", "count", count(list.CouldApprove)))
	default:
		say(w.T("sheet.next", "count", count(list.CouldApprove)))
	}
	buttons := l.d.listButtons(w, list, nil, list.Requester == r.Person, false)
	if l.d.Knowledge != nil && len(buttons) > 0 && l.d.Knowledge.Entry(policyOf(list.Kind)) != nil {
		row := buttons[0].(bot.Buttons)
		row.Items = append(row.Items, bot.Button{Action: "ask.entry", Text: w.T("money.button.policy"), Value: policyOf(list.Kind)})
		buttons[0] = row
	}
	reply.Blocks = append(reply.Blocks, buttons...)
	if data, err := l.d.listFile(w, list, nil); err == nil {
		reply.Files = []bot.File{listFileOf(w, list, data)}
	}
	return reply
}

// listFile is the whole list as a table, row by row. What was not carried out comes
// first, to be put right and uploaded again; a row that was carries the id of its
// operation, by which it is refused when it comes a second time.
func (d *Deps) listFile(w lang.Words, l money.List, ops map[string]money.Operation) ([]byte, error) {
	if d.Sheets == nil {
		return nil, ErrSheetFormat
	}
	first := func(key string) string { title, _, _ := strings.Cut(w.T(key), "|"); return title }
	header := []string{first("sheet.header.party"), first("sheet.header.id"), first("sheet.header.amount"), first("sheet.header.remark"),
		w.T("sheet.col.line"), w.T("sheet.col.result"), first("sheet.header.operation")}
	all, open := Sheet{Name: w.T("sheet.rows"), Header: header}, Sheet{Name: w.T("sheet.open"), Header: header}
	for _, r := range l.Rows {
		amount := r.Amount.String()
		if r.Amount == 0 {
			amount = r.Said
		}
		row := []string{cmp.Or(r.Party.Name, r.Typed), r.Party.ID, amount, r.Remark, count(r.Line), d.rowResult(w, l, r, ops), r.Operation}
		if result, _, _ := l.Outcome(r, ops[r.Operation]); result == money.RowFault || result == money.RowFailed || result == money.RowReleased {
			row[len(row)-1] = ""
			open.Rows = append(open.Rows, row)
		}
		all.Rows = append(all.Rows, row)
	}
	if l.State == money.ListDraft || len(open.Rows) == 0 {
		return d.Sheets.XLSX(all)
	}
	return d.Sheets.XLSX(open, all)
}

func listFileOf(w lang.Words, l money.List, data []byte) bot.File {
	return bot.File{Name: l.ID + "-" + strconv.Itoa(l.Rev) + ".xlsx", Title: w.T("sheet.file.title", "id", l.ID), Kind: xlsxKind, Data: data}
}
