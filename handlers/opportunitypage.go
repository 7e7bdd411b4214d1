package handlers

import (
	"strconv"
	"strings"

	"partnerdesk/bot"
	"partnerdesk/bot/lang"
	"partnerdesk/handlers/opportunity"
	"partnerdesk/handlers/ticket"
)

func (o sharer) text(r bot.Request, t opportunity.Text) string {
	if r.Lang == lang.English {
		return t.EN
	}
	return t.ZH
}

// rules is the published checklist; with values it says which rule is met.
func (o sharer) rules(r bot.Request, v map[string]string) bot.Block {
	var list bot.List
	for _, f := range o.d.Policy.Findings(v) {
		mark := "☐ "
		switch {
		case v == nil:
		case f.OK:
			mark = "✅ "
		default:
			mark = "❌ "
		}
		list.Items = append(list.Items, []bot.Inline{bot.Text(mark + o.text(r, f.Rule.Label))})
	}
	return list
}

func (o sharer) invalid(v map[string]string) bool {
	for _, f := range o.d.Policy.Findings(v) {
		if !f.OK {
			return true
		}
	}
	return false
}

// stateLabel names a state, and says when the name is not the partner center's
// own.
func (o sharer) stateLabel(r bot.Request, id string) string {
	s, known := o.d.Policy.State(id)
	if !known {
		return id
	}
	label := o.text(r, s.Label)
	if s.Sure == opportunity.Inferred {
		label += o.d.words(r).T("opportunity.inferred")
	}
	return label
}

// value is a field as others may read it.
func (o sharer) value(r bot.Request, f opportunity.Field, v string) string {
	switch {
	case v == "":
		return "—"
	case f.Kind == "choice":
		return o.d.words(r).T("opportunity.option." + v)
	case f.Private == "name":
		return ticket.Name(v)
	}
	return ticket.Contacts(v)
}

// detail is an opportunity as everybody of its account reads it: contacts
// masked.
func (o sharer) detail(r bot.Request, row opportunity.Opportunity) bot.Reply {
	w := o.d.words(r)
	fields := bot.Fields{Items: []bot.Field{
		{Label: w.T("opportunity.state"), Value: []bot.Inline{bot.Text(o.stateLabel(r, row.State))}},
		{Label: w.T("opportunity.owner"), Value: []bot.Inline{bot.Mention{Person: row.Owner}}},
		{Label: w.T("opportunity.number"), Value: []bot.Inline{bot.Text(orDash(row.Number))}},
	}}
	for _, f := range o.d.Policy.Fields {
		if row.Values[f.ID] != "" && f.ID != opportunity.FieldConsent {
			fields.Items = append(fields.Items, bot.Field{Label: o.text(r, f.Label), Value: []bot.Inline{bot.Text(o.value(r, f, row.Values[f.ID]))}})
		}
	}
	blocks := []bot.Block{bot.Heading{Text: row.ID + "  " + row.Values[opportunity.FieldCompany]}, fields}
	if limit, ok := o.d.Policy.LimitOf(row.State); ok {
		blocks = append(blocks, bot.Paragraph{Inlines: []bot.Inline{bot.Text("⏳ " + w.T("opportunity.limit", "days", strconv.Itoa(limit.Days), "since", o.d.clock(row.Since), "source", w.T("ask.place."+limit.Source)))}})
	}
	if row.State == o.d.Policy.First().ID {
		blocks = append(blocks, o.rules(r, row.Values))
	}
	if n := len(row.Notes); n > 0 {
		var notes bot.List
		for _, note := range row.Notes[max(0, n-8):] {
			notes.Items = append(notes.Items, []bot.Inline{bot.Text(o.d.clock(note.At) + "  "), bot.Mention{Person: note.By}, bot.Text("  " + ticket.Contacts(note.Text))})
		}
		blocks = append(blocks, notes)
	}
	return bot.Reply{Private: true, Blocks: append(blocks, bot.Buttons{Items: o.buttons(r, row)})}
}

func (o sharer) buttons(r bot.Request, row opportunity.Opportunity) []bot.Button {
	w := o.d.words(r)
	var items []bot.Button
	if row.Owner == r.Person {
		items = append(items, bot.Button{Action: "opportunity.package", Text: w.T("opportunity.package"), Value: row.ID}, bot.Button{Action: "opportunity.edit", Text: w.T("opportunity.edit"), Value: row.ID})
	}
	items = append(items, bot.Button{Action: "opportunity.note", Text: w.T("opportunity.note"), Value: row.ID})
	if row.Number == "" {
		return append(items, bot.Button{Action: "opportunity.entered", Text: w.T("opportunity.entered"), Value: row.ID, Style: bot.StylePrimary})
	}
	state, _ := o.d.Policy.State(row.State)
	for _, next := range state.Next {
		to, _ := o.d.Policy.State(next)
		items = append(items, bot.Button{Action: "opportunity.move", Text: w.T("opportunity.move", "state", o.text(r, to.Label)), Value: row.ID + "|" + next})
	}
	return items
}

// pack is the hand-over package: everything in the order of the partner center's
// form, ready to be copied field by field. It holds the contacts in full.
func (o sharer) pack(r bot.Request, row opportunity.Opportunity) bot.Reply {
	w := o.d.words(r)
	blocks := []bot.Block{
		bot.Heading{Text: w.T("opportunity.package") + " " + row.ID},
		bot.Paragraph{Inlines: []bot.Inline{bot.Text(w.T("opportunity.package.how")), bot.Text(" "), bot.Code(o.text(r, o.d.Policy.Menu))}},
	}
	for _, s := range o.d.Policy.Sections {
		var lines []string
		for _, f := range o.d.Policy.Fields {
			v := row.Values[f.ID]
			if f.Section != s.ID || v == "" {
				continue
			}
			if f.Kind == "choice" {
				v = w.T("opportunity.option." + v)
			}
			lines = append(lines, o.text(r, f.Label)+w.T("opportunity.colon")+v)
		}
		blocks = append(blocks, bot.Paragraph{Inlines: []bot.Inline{bot.Bold(o.text(r, s.Label)), bot.Text("\n" + strings.Join(lines, "\n"))}})
	}
	blocks = append(blocks, bot.Divider{}, bot.Paragraph{Inlines: []bot.Inline{bot.Text(w.T("opportunity.rules"))}}, o.rules(r, row.Values))
	if o.invalid(row.Values) {
		blocks = append(blocks, bot.Paragraph{Inlines: []bot.Inline{bot.Text("⚠️ " + w.T("opportunity.invalid"))}})
	}
	blocks = append(blocks, bot.Note{Inlines: []bot.Inline{bot.Text(w.T("opportunity.source", "date", o.d.Policy.Recorded))}})
	items := []bot.Button{{Action: "opportunity.edit", Text: w.T("opportunity.edit"), Value: row.ID}, {Action: "opportunity.show", Text: w.T("opportunity.show"), Value: row.ID}}
	if row.Number == "" {
		items = append(items, bot.Button{Action: "opportunity.entered", Text: w.T("opportunity.entered"), Value: row.ID, Style: bot.StylePrimary})
	}
	return o.attach(r, row, bot.Reply{Private: true, Blocks: append(blocks, bot.Buttons{Items: items})})
}

func (o sharer) table(r bot.Request, w lang.Words, rows []opportunity.Opportunity) bot.Reply {
	share := bot.Button{Action: "opportunity.share", Text: w.T("opportunity.share"), Style: bot.StylePrimary}
	if len(rows) == 0 {
		return bot.Reply{Private: true, Blocks: []bot.Block{
			bot.Paragraph{Inlines: []bot.Inline{bot.Text(w.T("opportunity.list.empty"))}}, bot.Buttons{Items: []bot.Button{share}},
		}}
	}
	table := bot.Table{Columns: []bot.Column{
		{Title: w.T("ticket.col.id")}, {Title: w.T("opportunity.col.company")}, {Title: w.T("opportunity.state")}, {Title: w.T("opportunity.number")}, {Title: w.T("ticket.col.changed")},
	}}
	var items []bot.Button
	for i, row := range rows[:min(len(rows), mostListed)] {
		table.Rows = append(table.Rows, []string{row.ID, clip(row.Values[opportunity.FieldCompany], 30), o.stateLabel(r, row.State), orDash(row.Number), o.d.clock(row.Changed)})
		if i < mostShown {
			items = append(items, bot.Button{Action: "opportunity.show", Text: row.ID, Value: row.ID})
		}
	}
	return bot.Reply{Private: true, Blocks: []bot.Block{
		bot.Heading{Text: w.T("opportunity.list", "count", strconv.Itoa(len(rows)))}, table, bot.Buttons{Items: append(items, share)},
	}}
}
