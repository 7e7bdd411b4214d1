package handlers

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"partnerdesk/bot"
	"partnerdesk/bot/lang"
	"partnerdesk/handlers/benefit"
	"partnerdesk/handlers/ticket"
)

// benefitPage words one row for the people of its account.
type benefitPage struct {
	d    *Deps
	w    lang.Words
	rule benefit.Rule
	b    benefit.Benefit
}

func (o registrar) page(r bot.Request, b benefit.Benefit) benefitPage {
	return o.pageIn(o.d.words(r), b)
}

func (o registrar) pageIn(w lang.Words, b benefit.Benefit) benefitPage {
	rule, _ := o.d.Register.Policy.Rule(b.Kind)
	return benefitPage{d: o.d, w: w, rule: rule, b: b}
}

func (p benefitPage) say(t benefit.Text) string { return inLang(p.w, t) }

// state names a state, and says where the name is ours.
func (p benefitPage) state(id string) string {
	s, known := p.rule.State(id)
	if !known {
		return id
	}
	label := p.say(s.Label)
	if s.Sure == benefit.Inferred {
		label += p.w.T("opportunity.inferred")
	}
	return label
}

// value is a field as people read it.
func (p benefitPage) value(f benefit.Field, v string) string {
	switch {
	case v == "":
		return "—"
	case f.Kind == benefit.Amount:
		return yuan(benefit.Fen(v))
	case f.Kind == benefit.Choice:
		for _, o := range f.Options {
			if o.ID == v {
				return p.say(o.Label)
			}
		}
	}
	return ticket.Contacts(v)
}

func (p benefitPage) heading() bot.Block {
	return bot.Heading{Text: p.b.ID + "  " + p.say(p.rule.Name) + p.w.T("benefit.colon") + ticket.Contacts(p.b.Name())}
}

// sums are what was granted and used, what is left and what may be applied for.
func (p benefitPage) sums() bot.Block {
	fields := bot.Fields{Items: []bot.Field{
		{Label: p.w.T("benefit.granted"), Value: []bot.Inline{bot.Text(yuan(p.b.Granted()))}},
		{Label: p.w.T("benefit.used"), Value: []bot.Inline{bot.Text(yuan(p.b.Used()))}},
		{Label: p.w.T("benefit.left"), Value: []bot.Inline{bot.Bold(yuan(p.b.Left()))}},
	}}
	if claim, known := p.rule.Claimable(p.b); known {
		fields.Items = append(fields.Items, bot.Field{Label: p.w.T("benefit.claimable"), Value: []bot.Inline{bot.Text(yuan(claim))}})
	}
	return fields
}

// facts are state, owner, values and the next day.
func (p benefitPage) facts() bot.Block {
	fields := bot.Fields{Items: []bot.Field{
		{Label: p.w.T("benefit.state"), Value: []bot.Inline{bot.Text(p.state(p.b.State))}},
		{Label: p.w.T("benefit.owner"), Value: []bot.Inline{bot.Mention{Person: p.b.Owner}}},
	}}
	for _, f := range p.rule.Fields {
		if v := p.b.Values[f.ID]; v != "" && f.ID != benefit.FieldName {
			fields.Items = append(fields.Items, bot.Field{Label: p.say(f.Label), Value: []bot.Inline{bot.Text(p.value(f, v))}})
		}
	}
	return fields
}

// checklist is the boxes, ticked or not.
func (p benefitPage) checklist() bot.Block {
	var list bot.List
	for _, box := range p.rule.Boxes {
		if tick, is := p.b.Ticked(box.ID); is {
			list.Items = append(list.Items, []bot.Inline{bot.Text("✅ " + p.say(box.Label) + "  "), bot.Mention{Person: tick.By}, bot.Text(" " + p.d.clock(tick.At)[:10])})
			continue
		}
		list.Items = append(list.Items, []bot.Inline{bot.Text("☐ " + p.say(box.Label))})
	}
	return list
}

func (p benefitPage) boxNames() string {
	var names []string
	for i, box := range p.rule.Boxes {
		names = append(names, strconv.Itoa(i+1)+" "+p.say(box.Label))
	}
	return strings.Join(names, p.w.T("benefit.and"))
}

func (p benefitPage) nextNames() string {
	s, _ := p.rule.State(p.b.State)
	var names []string
	for _, next := range s.Next {
		to, _ := p.rule.State(next)
		names = append(names, p.say(to.Label))
	}
	return cmp.Or(strings.Join(names, p.w.T("benefit.and")), "—")
}

// dates are the days that follow from the row, with why.
func (p benefitPage) dates() []bot.Block {
	var list bot.List
	today := registrar{p.d}.today()
	for _, d := range p.rule.Dates(p.b, p.d.Register.Calendar, p.d.deskZone()) {
		if d.Settled {
			list.Items = append(list.Items, []bot.Inline{bot.Text("✅ " + p.say(d.Rule.Subject) + p.w.T("benefit.colon") + date(p.w, d.Day))})
			continue
		}
		why := p.w.T("benefit.date.own")
		if s, known := p.rule.Source(d.Rule.Source); known {
			why = p.w.T("benefit.date.source", "title", p.say(s.Title))
			if d.Rule.Sure == benefit.Inferred {
				why = p.w.T("benefit.date.inferred", "title", p.say(s.Title))
			}
		}
		list.Items = append(list.Items, []bot.Inline{bot.Text("⏳ " + p.say(d.Rule.Subject) + p.w.T("benefit.colon")), bot.Bold(date(p.w, d.Day)),
			bot.Text(p.w.T("benefit.date.left", "left", left(p.w, d.Day, today), "why", why))})
	}
	if len(list.Items) == 0 {
		return nil
	}
	return []bot.Block{list}
}

// warnings are what somebody should look at again.
func (p benefitPage) warnings() []bot.Block {
	var blocks []bot.Block
	if over := p.rule.Over(p.b); over > 0 {
		blocks = append(blocks, warning(p.w.T("benefit.over", "over", yuan(over))))
	}
	if p.rule.Outside(p.b) {
		blocks = append(blocks, warning(p.w.T("benefit.outside", "from", p.rule.Window.From.String(), "to", p.rule.Window.To.String())))
	}
	return blocks
}

// notesShown is how many remarks, links and counts a page shows.
const notesShown = 5

func (p benefitPage) notes() []bot.Block {
	var blocks []bot.Block
	var list bot.List
	for i, c := range p.b.Counts {
		if i < len(p.b.Counts)-notesShown {
			continue
		}
		key := "benefit.count." + countName(c.Use)
		if c.Void {
			key = "benefit.count.void"
		}
		list.Items = append(list.Items, []bot.Inline{bot.Text("#" + strconv.Itoa(i+1) + " " + p.w.T(key, "amount", yuan(c.Amount)) + "  "), bot.Mention{Person: c.By},
			bot.Text(" " + p.d.clock(c.At)[:10] + "  " + ticket.Contacts(c.Note))})
	}
	if len(list.Items) > 0 {
		blocks = append(blocks, list)
	}
	list = bot.List{}
	for _, e := range p.b.Evidence[max(0, len(p.b.Evidence)-notesShown):] {
		list.Items = append(list.Items, []bot.Inline{bot.Text("📎 "), bot.Link{Text: clip(e.URL, 80), URL: e.URL}})
	}
	said := slices.DeleteFunc(slices.Clone(p.b.History), func(c benefit.Change) bool { return c.What != benefit.Noted })
	for _, c := range said[max(0, len(said)-notesShown):] {
		list.Items = append(list.Items, []bot.Inline{bot.Text("📝 " + p.d.clock(c.At) + "  "), bot.Mention{Person: c.By}, bot.Text("  " + ticket.Contacts(c.To))})
	}
	if len(list.Items) > 0 {
		blocks = append(blocks, list)
	}
	return blocks
}

// body is the row without its rule.
func (p benefitPage) body() []bot.Block {
	blocks := []bot.Block{p.heading(), p.facts()}
	if p.rule.Counted {
		blocks = append(blocks, p.sums())
	}
	blocks = append(blocks, p.warnings()...)
	blocks = append(blocks, p.dates()...)
	blocks = append(blocks, p.checklist())
	return append(blocks, p.notes()...)
}

// detail is the whole row with its rule, for whoever asked.
func (p benefitPage) detail() bot.Reply {
	blocks := append(p.body(), bot.Divider{})
	blocks = append(blocks, p.stated()...)
	return bot.Reply{Private: true, Blocks: append(blocks, p.buttons(true)...)}
}

// card is the row for a direct message that is kept up to date.
func (p benefitPage) card() bot.Reply {
	return bot.Reply{Blocks: append(p.body(), p.buttons(false)...)}
}

// stated is what is published about the kind, each statement with its page, and
// what no page says.
func (p benefitPage) stated() []bot.Block {
	var list bot.List
	for _, s := range p.rule.Stated {
		source, _ := p.rule.Source(s.Source)
		from := p.w.T("benefit.from", "title", p.say(source.Title))
		if source.Cut {
			from = p.w.T("benefit.from.cut", "title", p.say(source.Title))
		}
		list.Items = append(list.Items, []bot.Inline{bot.Text(p.say(s.Text)), bot.Italic(from)})
	}
	return []bot.Block{
		bot.Paragraph{Inlines: []bot.Inline{bot.Bold(p.w.T("benefit.rule"))}}, list,
		bot.Paragraph{Inlines: []bot.Inline{bot.Text(p.w.T("benefit.unknown", "what", p.say(p.rule.Unknown)))}},
		bot.Note{Inlines: []bot.Inline{bot.Text(p.w.T("benefit.source", "date", p.rule.Recorded))}},
	}
}

// buttons are what can be done with the row now.
func (p benefitPage) buttons(whole bool) []bot.Block {
	handle := handleOf(p.b)
	button := func(action, text, value string) bot.Button {
		return bot.Button{Action: "benefit." + action, Text: text, Value: value}
	}
	if p.rule.Ended(p.b) {
		return []bot.Block{bot.Buttons{Items: []bot.Button{button("reopen", p.w.T("benefit.reopen"), handle), button("history", p.w.T("benefit.history"), handle)}}}
	}
	var steps []bot.Button
	for _, box := range p.rule.Boxes {
		if _, is := p.b.Ticked(box.ID); !is && len(steps) < 4 {
			steps = append(steps, button("tick", p.w.T("benefit.tick", "box", clip(p.say(box.Label), 40)), handle+"|"+box.ID))
		}
	}
	var moves []bot.Button
	s, _ := p.rule.State(p.b.State)
	for _, next := range s.Next {
		if to, _ := p.rule.State(next); to.End != benefit.Won {
			moves = append(moves, button("move", p.w.T("benefit.move", "state", p.say(to.Label)), handle+"|"+next))
		}
	}
	done := button("done", p.w.T("benefit.done"), handle)
	done.Style = bot.StylePrimary
	moves = append(moves, done)
	var rest []bot.Button
	if p.rule.Counted {
		rest = append(rest, button("grant", p.w.T("benefit.grant"), handle), button("use", p.w.T("benefit.use"), handle))
	}
	rest = append(rest, button("edit", p.w.T("benefit.edit"), handle), button("evidence", p.w.T("benefit.evidence"), handle), button("note", p.w.T("benefit.note"), handle))
	if whole {
		rest = append(rest, button("history", p.w.T("benefit.history"), handle))
	} else {
		rest = append(rest, button("show", p.w.T("benefit.rule.button"), handle))
	}
	var blocks []bot.Block
	for _, row := range [][]bot.Button{steps, moves, rest} {
		if len(row) > 0 {
			blocks = append(blocks, bot.Buttons{Items: row})
		}
	}
	return blocks
}

// added says that a new row is there. open is how many of the kind are open.
func (p benefitPage) added(open int) bot.Reply {
	reply := private(bot.Text(p.w.T("benefit.added", "id", p.b.ID, "name", ticket.Contacts(p.b.Name()))))
	if p.rule.Most > 0 {
		note := p.w.T("benefit.most", "open", strconv.Itoa(open), "most", strconv.Itoa(p.rule.Most))
		if open > p.rule.Most {
			reply.Blocks = append(reply.Blocks, warning(note))
		} else {
			reply.Blocks = append(reply.Blocks, bot.Note{Inlines: []bot.Inline{bot.Text(note)}})
		}
	}
	reply.Blocks = append(reply.Blocks, p.warnings()...)
	reply.Blocks = append(reply.Blocks, p.dates()...)
	reply.Blocks = append(reply.Blocks, p.look())
	return reply
}

// look leads to the whole row.
func (p benefitPage) look() bot.Block {
	return bot.Buttons{Items: []bot.Button{{Action: "benefit.show", Text: p.w.T("benefit.show"), Value: handleOf(p.b)}}}
}

// news says in a few words what a step changed.
func (p benefitPage) news(since int) bot.Reply {
	var changes []string
	var to []bot.Inline
	for _, c := range p.b.After(since) {
		changes = append(changes, p.change(c))
		if c.What == benefit.Assigned {
			to = append(to, bot.Mention{Person: c.Who})
		}
	}
	words := bot.Text(p.w.T("benefit.kept", "id", p.b.ID, "change", strings.Join(changes, p.w.T("deadline.plan.and"))))
	reply := private(append([]bot.Inline{words}, to...)...)
	if p.rule.Counted {
		reply.Blocks = append(reply.Blocks, p.sums())
		reply.Blocks = append(reply.Blocks, p.warnings()...)
	}
	reply.Blocks = append(reply.Blocks, p.look())
	return reply
}
