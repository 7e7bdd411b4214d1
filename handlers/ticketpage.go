package handlers

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"time"

	"partnerdesk/bot"
	"partnerdesk/bot/lang"
	"partnerdesk/faq"
	"partnerdesk/handlers/partner"
	"partnerdesk/handlers/ticket"
)

// mostListed is how many tickets a list shows, mostShown how many of them get a
// button.
const (
	mostListed = 15
	mostShown  = 5
)

// suggestion shows the closest answers before anybody is asked.
func (t ticketer) suggestion(r bot.Request, row ticket.Ticket, closest []*faq.Entry, hidden int) bot.Reply {
	w := t.d.words(r)
	p := page{w: w, lang: textLang(r.Lang), now: t.d.Now()}
	blocks := []bot.Block{bot.Paragraph{Inlines: []bot.Inline{bot.Text(w.T("ticket.closest"))}}}
	var items []bot.Button
	for _, e := range closest {
		blocks = append(blocks, bot.Paragraph{Inlines: []bot.Inline{bot.Bold(p.title(e)), bot.Text("\n" + clip(e.Answer.In(p.lang).Fact, 300))}}, p.source(e))
		items = append(items, bot.Button{Action: "ask.entry", Text: w.T("ticket.read", "title", clip(p.title(e), 40)), Value: buttonValue("", e.ID)})
	}
	items = append(items,
		bot.Button{Action: "ticket.solved", Text: w.T("ticket.solved"), Value: row.ID},
		bot.Button{Action: "ticket.open", Text: w.T("ticket.open"), Value: row.ID, Style: bot.StylePrimary},
	)
	return t.withSecret(r, bot.Reply{Private: true, Blocks: append(blocks, bot.Buttons{Items: items})}, hidden)
}

// opened tells the requester what happens now.
func (t ticketer) opened(r bot.Request, row ticket.Ticket, hidden int) bot.Reply {
	w := t.d.words(r)
	key := "ticket.opened"
	if t.d.Triage == "" {
		key = "ticket.opened.unseen"
	}
	blocks := []bot.Block{
		bot.Paragraph{Inlines: []bot.Inline{bot.Bold(row.ID), bot.Text("  " + w.T(key, "due", t.d.clock(row.Due)))}},
		bot.Buttons{Items: []bot.Button{
			{Action: "ticket.show", Text: w.T("ticket.show"), Value: row.ID},
			{Action: "ticket.urge", Text: w.T("ticket.urge"), Value: row.ID},
		}},
	}
	return t.withSecret(r, bot.Reply{Private: true, Blocks: blocks}, hidden)
}

func (d *Deps) clock(at time.Time) string {
	zone := d.Zone
	if zone == nil {
		zone = time.UTC
	}
	return at.In(zone).Format("2006-01-02 15:04")
}

// list shows the tickets of the person's account, or all of them to support.
func (t ticketer) list(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	w := t.d.words(r)
	if r.Actor.Huawei {
		return bot.Outcome{}, &bot.Refusal{Reason: "huawei", Key: "refusal.huawei"}
	}
	triages := t.may(ctx, r, bot.RightTriage) == nil
	var rows []ticket.Ticket
	var err error
	if triages {
		rows, err = t.d.Tickets.EveryTicket(ctx, team(r))
	} else {
		rows, err = t.d.Tickets.Tickets(ctx, team(r), r.Actor.Account)
	}
	if err != nil {
		return bot.Outcome{}, err
	}
	mayNew := t.may(ctx, r, bot.RightRequest) == nil
	rows = slices.DeleteFunc(rows, func(row ticket.Ticket) bool { return row.State == ticket.Draft || !t.sees(ctx, r, row) })
	now := t.d.Now()
	slices.SortFunc(rows, func(a, b ticket.Ticket) int {
		return cmp.Or(cmp.Compare(rank(a, now), rank(b, now)), b.Changed.Compare(a.Changed), cmp.Compare(a.ID, b.ID))
	})
	var blocks []bot.Block
	var items []bot.Button
	if len(rows) == 0 {
		blocks = append(blocks, bot.Paragraph{Inlines: []bot.Inline{bot.Text(w.T("ticket.list.empty"))}})
	} else {
		table := bot.Table{Columns: []bot.Column{
			{Title: w.T("ticket.col.id")}, {Title: w.T("ticket.col.state")}, {Title: w.T("ticket.col.what")}, {Title: w.T("ticket.col.changed")},
		}}
		for i, row := range rows[:min(len(rows), mostListed)] {
			table.Rows = append(table.Rows, []string{row.ID, t.d.stateWords(w, row, now), clip(ticket.Contacts(row.What), 40), t.d.clock(row.Changed)})
			if i < mostShown {
				items = append(items, bot.Button{Action: "ticket.show", Text: row.ID, Value: row.ID})
			}
		}
		title := "ticket.list.mine"
		if triages {
			title = "ticket.list.all"
		}
		blocks = append(blocks, bot.Heading{Text: w.T(title, "count", strconv.Itoa(len(rows)))}, table)
	}
	if more := len(rows) - mostListed; more > 0 {
		blocks = append(blocks, bot.Note{Inlines: []bot.Inline{bot.Text(w.T("ticket.list.more", "count", strconv.Itoa(more)))}})
	}
	if mayNew {
		items = append(items, bot.Button{Action: "ticket.new", Text: w.T("ticket.new"), Style: bot.StylePrimary})
	}
	if triages && t.d.Triage == "" {
		blocks = append(blocks, bot.Note{Inlines: []bot.Inline{bot.Text(w.T("ticket.no_channel"))}})
	}
	if len(items) > 0 {
		blocks = append(blocks, bot.Buttons{Items: items})
	}
	return bot.Outcome{Reply: bot.Reply{Private: true, Blocks: blocks}}, nil
}

// rank puts first what waits for us: late, open, in doubt, then the rest, and
// closed tickets last.
func rank(row ticket.Ticket, now time.Time) int {
	switch {
	case row.Late(now):
		return 0
	case row.State == ticket.Open:
		return 1
	case row.State == ticket.Unknown || row.Doubt != "":
		return 2
	case row.State == ticket.Closed:
		return 4
	}
	return 3
}

// stateWords words a ticket's state, with the case's own while there is one.
func (d *Deps) stateWords(w lang.Words, row ticket.Ticket, now time.Time) string {
	s := w.T("ticket.state." + string(row.State))
	if row.Late(now) {
		s = "🔴 " + w.T("ticket.state.late")
	}
	if row.Case != "" && row.Polled && row.State != ticket.Closed {
		s += w.T("ticket.state.case", "status", caseStatus(w, row.CaseStatus))
	}
	if row.Doubt != "" && row.State != ticket.Unknown {
		s += w.T("ticket.state.doubt", "what", w.T("ticket.kind."+string(row.Doubt)))
	}
	return s
}

// caseStatus words the state of a Huawei case; unknown numbers are shown.
func caseStatus(w lang.Words, s partner.CaseStatus) string {
	if key := "case.status." + strconv.Itoa(int(s)); w.Has(key) {
		return w.T(key)
	}
	return w.T("case.status.unknown", "code", strconv.Itoa(int(s)))
}

func (t ticketer) showTyped(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	r.Value, _ = which(r)
	return t.show(ctx, r)
}

func (t ticketer) show(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	row, err := t.find(ctx, r, r.Value)
	if err != nil {
		return bot.Outcome{}, err
	}
	out := bot.Outcome{Reply: t.detail(r, row, t.may(ctx, r, bot.RightTriage) == nil)}
	if row.Owner == r.Person && row.Requester != r.Person && ticket.Contacts(row.Details+row.Customer+row.What) != row.Details+row.Customer+row.What {
		entry := t.entry(r, row, "ticket.contacts", "ok")
		out.Audit = &entry
	}
	return out, nil
}

// detail is a ticket in full, with the buttons of who reads it.
func (t ticketer) detail(r bot.Request, row ticket.Ticket, triages bool) bot.Reply {
	w := t.d.words(r)
	blocks := t.d.facts(w, row, r.Person == row.Owner || r.Person == row.Requester)
	var items []bot.Button
	if triages {
		items = slices.DeleteFunc(triageButtons(w, row), func(b bot.Button) bool { return b.Action == "ticket.assign" && row.Owner == r.Person })
	}
	if row.State != ticket.Closed && row.State != ticket.Draft {
		items = append(items, bot.Button{Action: "ticket.reply", Text: w.T("ticket.reply"), Value: row.ID}, bot.Button{Action: "ticket.urge", Text: w.T("ticket.urge"), Value: row.ID})
		if !triages {
			items = append(items, closeButton(w, row))
		}
	}
	if len(items) > 0 {
		blocks = append(blocks, bot.Buttons{Items: items})
	}
	return bot.Reply{Private: true, Blocks: blocks}
}

func closeButton(w lang.Words, row ticket.Ticket) bot.Button {
	return bot.Button{Action: "ticket.close", Text: w.T("ticket.close"), Value: row.ID, Confirm: &bot.Confirm{
		Title: w.T("ticket.close"), Text: w.T("ticket.close.confirm", "id", row.ID), Yes: w.T("ticket.close"), No: w.T("form.close"),
	}}
}

func triageButtons(w lang.Words, row ticket.Ticket) []bot.Button {
	if row.State == ticket.Closed || row.State == ticket.Draft {
		return nil
	}
	items := []bot.Button{{Action: "ticket.claim", Text: w.T("ticket.claim"), Value: row.ID, Style: bot.StylePrimary}}
	if row.Owned() {
		items[0] = bot.Button{Action: "ticket.assign", Text: w.T("ticket.assign"), Value: row.ID}
	}
	if row.Sendable() == nil {
		items = append(items, bot.Button{Action: "ticket.send", Text: w.T("ticket.send"), Value: row.ID})
	}
	if row.Doubt != "" {
		items = append(items, bot.Button{Action: "ticket.release", Text: w.T("ticket.release"), Value: row.ID, Style: bot.StyleDanger, Confirm: &bot.Confirm{
			Title: w.T("ticket.release"), Text: w.T("ticket.release.confirm"), Yes: w.T("ticket.release"), No: w.T("form.close"),
		}})
	}
	return append(items, bot.Button{Action: "ticket.answer", Text: w.T("ticket.answer"), Value: row.ID}, closeButton(w, row))
}

// facts are what a ticket says. Phone numbers and mail addresses are masked
// unless they are clear to the one reader there is: the requester or the owner.
func (d *Deps) facts(w lang.Words, row ticket.Ticket, clear bool) []bot.Block {
	now := d.Now()
	mask := ticket.Contacts
	if clear {
		mask = func(s string) string { return s }
	}
	nobody := []bot.Inline{bot.Text(w.T("ticket.nobody"))}
	owner := nobody
	if row.Owned() {
		owner = []bot.Inline{bot.Mention{Person: row.Owner}}
	}
	fields := bot.Fields{Items: []bot.Field{
		{Label: w.T("ticket.col.state"), Value: []bot.Inline{bot.Text(d.stateWords(w, row, now))}},
		{Label: w.T("ticket.field.urgency"), Value: []bot.Inline{bot.Text(w.T("ticket.urgency." + string(row.Urgency)))}},
		{Label: w.T("ticket.requester"), Value: []bot.Inline{bot.Mention{Person: row.Requester}}},
		{Label: w.T("ticket.owner"), Value: owner},
		{Label: w.T("ticket.opened_at"), Value: []bot.Inline{bot.Text(d.clock(row.Opened))}},
	}}
	if row.State == ticket.Open {
		fields.Items = append(fields.Items, bot.Field{Label: w.T("ticket.due"), Value: []bot.Inline{bot.Text(d.clock(row.Due))}})
	}
	if row.Customer != "" {
		fields.Items = append(fields.Items, bot.Field{Label: w.T("ticket.field.customer"), Value: []bot.Inline{bot.Text(mask(row.Customer))}})
	}
	if id := row.Account.ResellerID(); id != "" {
		fields.Items = append(fields.Items, bot.Field{Label: w.T("ticket.account"), Value: []bot.Inline{bot.Text(id)}})
	}
	if row.Case != "" {
		fields.Items = append(fields.Items, bot.Field{Label: w.T("ticket.case"), Value: []bot.Inline{bot.Code(row.Case)}})
	}
	blocks := []bot.Block{bot.Heading{Text: row.ID + "  " + clip(mask(row.What), 100)}, fields}
	if row.Details != "" {
		blocks = append(blocks, bot.Paragraph{Inlines: []bot.Inline{bot.Text(clip(mask(row.Details), 1500))}})
	}
	if row.State == ticket.Unknown {
		blocks = append(blocks, bot.Paragraph{Inlines: []bot.Inline{bot.Text("⚠️ " + w.T("ticket.unknown"))}})
	}
	if row.Fault != "" {
		blocks = append(blocks, bot.Paragraph{Inlines: []bot.Inline{bot.Text("⚠️ " + w.T("ticket.fault.case", "reason", w.T(row.Fault)))}})
	}
	return blocks
}

// postCard brings the one card of a ticket in the channel of support up to date.
// Several people read it, so it speaks the language the operator chose for that.
func (d *Deps) postCard(tx bot.Tx, row ticket.Ticket) error {
	if d.Triage == "" {
		return nil
	}
	w := d.together()
	blocks := d.facts(w, row, false)
	if items := triageButtons(w, row); len(items) > 0 {
		blocks = append(blocks, bot.Buttons{Items: items})
	}
	return tx.Post(bot.Post{
		To:    bot.Target{Kind: bot.TargetPlace, Place: bot.Place{Team: row.Team, Channel: d.Triage}},
		Reply: bot.Reply{Blocks: blocks}, Lane: bot.LaneTicket, Object: "ticket/" + row.ID, Created: d.Now(),
	})
}

// toRequester brings a message to who opened the ticket: into the thread it came
// from, else directly.
func (d *Deps) toRequester(tx bot.Tx, row ticket.Ticket, reply bot.Reply) error {
	to := bot.Target{Kind: bot.TargetPerson, Person: row.Requester}
	if row.Place.Channel != "" {
		to.Kind, to.Place = bot.TargetPlace, row.Place
	}
	return tx.Post(bot.Post{To: to, Reply: reply, Lane: bot.LaneTicket, Created: d.Now()})
}

// toSupport brings a message to the owner, or into the channel of support while
// there is none; ok is false when there is neither.
func (d *Deps) toSupport(tx bot.Tx, row ticket.Ticket, reply bot.Reply) error {
	to := bot.Target{Kind: bot.TargetPerson, Person: row.Owner}
	switch {
	case row.Owned():
	case d.Triage != "":
		to = bot.Target{Kind: bot.TargetPlace, Place: bot.Place{Team: row.Team, Channel: d.Triage}}
	default:
		return nil // nobody to tell; the list of support shows the ticket
	}
	return tx.Post(bot.Post{To: to, Reply: reply, Lane: bot.LaneTicket, Created: d.Now()})
}

// passOn brings words to the other side of a ticket that has no case.
func (d *Deps) passOn(tx bot.Tx, from bot.PersonID, row ticket.Ticket, text string) error {
	if from != row.Requester {
		return d.toRequester(tx, row, answerReply(d.Catalog.In(row.Lang), row, from, text))
	}
	w := d.together()
	return d.toSupport(tx, row, bot.Reply{Blocks: []bot.Block{
		bot.Paragraph{Inlines: []bot.Inline{bot.Bold(row.ID + " "), bot.Mention{Person: from}, bot.Text(" " + w.T("ticket.reply.from"))}},
		bot.Paragraph{Inlines: []bot.Inline{bot.Text(ticket.Contacts(text))}},
	}})
}

func (d *Deps) nudgeSupport(tx bot.Tx, row ticket.Ticket) error {
	w := d.together()
	return d.toSupport(tx, row, bot.Reply{Blocks: []bot.Block{
		bot.Paragraph{Inlines: []bot.Inline{bot.Bold(row.ID + " "), bot.Mention{Person: row.Requester}, bot.Text(" " + w.T("ticket.urge.from"))}},
		bot.Buttons{Items: []bot.Button{{Action: "ticket.show", Text: w.T("ticket.show"), Value: row.ID}}},
	}})
}

// answerReply is an answer of support as the requester reads it.
func answerReply(w lang.Words, row ticket.Ticket, from bot.PersonID, text string) bot.Reply {
	return bot.Reply{Blocks: []bot.Block{
		bot.Paragraph{Inlines: []bot.Inline{bot.Bold(row.ID + " "), bot.Mention{Person: from}, bot.Text(" " + w.T("ticket.answer.from"))}},
		bot.Paragraph{Inlines: []bot.Inline{bot.Text(ticket.Contacts(text))}},
		requesterButtons(w, row),
	}}
}

func requesterButtons(w lang.Words, row ticket.Ticket) bot.Block {
	return bot.Buttons{Items: []bot.Button{
		{Action: "ticket.reply", Text: w.T("ticket.reply"), Value: row.ID}, {Action: "ticket.show", Text: w.T("ticket.show"), Value: row.ID}, closeButton(w, row),
	}}
}
