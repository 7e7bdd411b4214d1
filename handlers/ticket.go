package handlers

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"partnerdesk/bot"
	"partnerdesk/bot/lang"
	"partnerdesk/faq"
	"partnerdesk/handlers/ticket"
)

// tickets is /ticket: a request for help, from the form to the answer, if need
// be through a Huawei case. Who may triage is decided at the click.
func tickets(d *Deps) bot.Command {
	t := ticketer{d: d, forms: &caseForms{d: d}}
	triage := func(h bot.Handler) bot.Action { return bot.Action{Needs: bot.RightTriage, Run: h} }
	opens := func(h bot.Handler) bot.Action { return bot.Action{Needs: bot.RightTriage, Run: h, Opens: true} }
	return bot.Command{
		Name: "ticket", Needs: bot.RightAsk, Run: t.run,
		Calls: []string{
			"case-categories", "case-problems", "case-severities", "case-regions", "case-extras", "case-quota", "case-agreement",
			"case-create", "cases", "case-status", "case-messages", "case-reply", "case-action",
		},
		Subs: map[string]bot.Action{
			"new":   {Needs: bot.RightRequest, Run: t.write, Opens: true},
			"list":  {Run: t.list},
			"show":  {Run: t.showTyped},
			"reply": {Run: t.replyTyped},
			"urge":  {Run: t.urge},
			"close": {Run: t.close},
		},
		Actions: map[string]bot.Action{
			"new":     {Needs: bot.RightRequest, Run: t.write, Opens: true},
			"list":    {Run: t.list},
			"show":    {Run: t.show},
			"solved":  {Run: t.solved},
			"open":    {Run: t.openUp},
			"reply":   {Run: t.replyForm, Opens: true},
			"urge":    {Run: t.urge},
			"close":   {Run: t.close},
			"claim":   triage(t.claim(false)),
			"assign":  triage(t.claim(true)),
			"answer":  opens(t.answerForm),
			"send":    opens(t.productForm),
			"problem": opens(t.problemForm),
			"case":    opens(t.caseForm),
			"release": triage(t.release),
		},
		Forms: map[string]bot.Submission{
			"new":     {Needs: bot.RightRequest, Check: t.checkNew, Run: t.submitNew},
			"reply":   {Check: t.checkReply, Run: t.submitReply},
			"answer":  {Needs: bot.RightTriage, Check: t.checkAnswer, Run: t.submitAnswer},
			"product": {Needs: bot.RightTriage, Run: t.submitProduct},
			"problem": {Needs: bot.RightTriage, Run: t.submitProblem},
			"case":    {Needs: bot.RightTriage, Check: t.checkCase, Run: t.submitCase},
		},
	}
}

type ticketer struct {
	d     *Deps
	forms *caseForms
}

// run is /ticket without a subcommand: the list, or a new ticket about what was
// written.
func (t ticketer) run(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	if oneLine(r.Text) == "" {
		return t.list(ctx, r)
	}
	if err := t.may(ctx, r, bot.RightRequest); err != nil {
		return bot.Outcome{}, err
	}
	return t.offer(r), nil
}

// may checks a right of the person beyond what the command needs.
func (t ticketer) may(ctx context.Context, r bot.Request, right bot.Right) error {
	_, err := t.d.Access.Authorize(ctx, r.Actor.Person, right, bot.AreaDesk)
	return err
}

// team is whose rows a request is about: the workspace's, also for people of
// other ones who come in through a shared channel.
func team(r bot.Request) string { return cmp.Or(r.Place.Team, r.Person.Team) }

// find loads a ticket that the person may see: one of their own account, or any
// for support. What they may not see does not exist for them.
func (t ticketer) find(ctx context.Context, r bot.Request, id string) (ticket.Ticket, error) {
	id = strings.ToUpper(strings.TrimSpace(id))
	if id == "" {
		return ticket.Ticket{}, bot.User("ticket.which")
	}
	none := bot.User("ticket.none", "id", clip(id, 20))
	row, found, err := t.d.Tickets.FindTicket(ctx, team(r), id)
	if err != nil {
		return row, err
	}
	if !found || !t.sees(ctx, r, row) {
		return row, none
	}
	return row, nil
}

func (t ticketer) sees(ctx context.Context, r bot.Request, row ticket.Ticket) bool {
	if row.Requester == r.Person {
		return true
	}
	if row.State == ticket.Draft || r.Actor.Huawei {
		return false
	}
	if t.may(ctx, r, bot.RightTriage) == nil {
		return true
	}
	return row.Account == r.Actor.Account && t.may(ctx, r, bot.RightRead) == nil
}

// offer is the way to the form where none can be opened at once: a message with
// a button.
func (t ticketer) offer(r bot.Request) bot.Outcome {
	w := t.d.words(r)
	text, _ := ticket.Secrets(oneLine(r.Text))
	return bot.Outcome{Reply: bot.Reply{Private: true, Blocks: []bot.Block{
		bot.Paragraph{Inlines: []bot.Inline{bot.Text(w.T("ticket.offer"))}},
		bot.Buttons{Items: []bot.Button{{Action: "ticket.new", Text: w.T("ticket.new"), Value: clip(text, ticket.MaxWhat-1), Style: bot.StylePrimary}}},
	}}}
}

// write shows the form, filled in as far as is known.
func (t ticketer) write(_ context.Context, r bot.Request) (bot.Outcome, error) {
	if r.Kind != bot.KindCommand && r.Kind != bot.KindClick {
		return t.offer(r), nil
	}
	w := t.d.words(r)
	what, hidden := ticket.Secrets(clip(oneLine(cmp.Or(r.Text, r.Value)), ticket.MaxWhat-1))
	form := t.newForm(w, what)
	if hidden > 0 {
		form.Intro = []bot.Block{bot.Paragraph{Inlines: []bot.Inline{bot.Text("⚠️ " + w.T("ticket.secret"))}}}
	}
	return bot.Outcome{Reply: bot.Reply{Form: &form}}, nil
}

func (t ticketer) newForm(w lang.Words, what string) bot.Form {
	var urgencies []bot.Option
	for _, u := range ticket.Urgencies() {
		urgencies = append(urgencies, bot.Option{Value: string(u), Text: w.T("ticket.urgency." + string(u))})
	}
	return bot.Form{
		Name: "ticket.new", Title: w.T("ticket.new"), Submit: w.T("button.send"), Close: w.T("form.close"),
		Fields: []bot.FormField{
			{Name: "what", Kind: bot.FieldLine, Label: w.T("ticket.field.what"), Placeholder: w.T("ticket.field.what.example"), Initial: what, Max: ticket.MaxWhat},
			{Name: "customer", Kind: bot.FieldLine, Label: w.T("ticket.field.customer"), Hint: w.T("ticket.field.customer.hint"), Optional: true, Max: ticket.MaxCustomer},
			{Name: "urgency", Kind: bot.FieldChoice, Label: w.T("ticket.field.urgency"), Options: urgencies, Initial: string(ticket.Normal)},
			{Name: "details", Kind: bot.FieldText, Label: w.T("ticket.field.details"), Hint: w.T("ticket.field.details.hint"), Optional: true, Max: ticket.MaxDetails},
		},
	}
}

func (t ticketer) checkNew(_ context.Context, r bot.Request) (map[string]string, error) {
	faults := map[string]string{}
	if len([]rune(strings.TrimSpace(r.Values["what"]))) < 4 {
		faults["what"] = "ticket.fault.what"
	}
	if u := r.Values["urgency"]; u != "" && !slices.Contains(ticket.Urgencies(), ticket.Urgency(u)) {
		faults["urgency"] = "ticket.fault.urgency"
	}
	return faults, nil
}

// submitNew keeps the ticket. The closest answers come first: only when there
// are none does it go to support at once, else when the person still wants it to.
func (t ticketer) submitNew(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	v, now := r.Values, t.d.Now()
	row, hidden := ticket.New(ticket.Ticket{
		Team: team(r), Account: r.Actor.Account, Requester: r.Person, Lang: r.Lang, Seed: questionID(r),
		What: clip(oneLine(v["what"]), ticket.MaxWhat), Customer: clip(oneLine(v["customer"]), ticket.MaxCustomer),
		Details: clip(strings.TrimSpace(v["details"]), ticket.MaxDetails), Urgency: ticket.Urgency(v["urgency"]),
	}, now)
	row.Place = answerPlace(r.Place)
	closest, err := t.closest(ctx, r, row)
	if err != nil {
		return bot.Outcome{}, err
	}
	return bot.Outcome{Apply: func(tx bot.Tx) (bot.Reply, error) {
		after, again, err := t.place(tx, row)
		if err != nil {
			return bot.Reply{}, err
		}
		if again && after.State != ticket.Draft {
			return t.said(r, "ticket.open_already", "id", after.ID), nil
		}
		if len(closest) > 0 {
			return t.suggestion(r, after, closest, hidden), t.d.Tickets.PutTicket(tx, after)
		}
		return t.openIn(tx, r, after, hidden)
	}}, nil
}

// handOver opens a ticket for a question that the desk could not answer. The
// closest answers have been shown by then; a second click finds the same ticket.
func (t ticketer) handOver(tx bot.Tx, r bot.Request, question, text string) (bot.Reply, error) {
	what := clip(oneLine(text), ticket.MaxWhat-1)
	row, hidden := ticket.New(ticket.Ticket{
		Team: team(r), Account: r.Actor.Account, Requester: r.Person, Lang: r.Lang, Seed: "question/" + question, Place: answerPlace(r.Place), What: what,
	}, t.d.Now())
	if oneLine(text) != what {
		row.Details, _ = ticket.Secrets(text)
	}
	row, again, err := t.place(tx, row)
	if err != nil {
		return bot.Reply{}, err
	}
	if !again {
		if _, err := t.openIn(tx, r, row, 0); err != nil {
			return bot.Reply{}, err
		}
	}
	return t.withSecret(r, t.said(r, "ask.handover.ticket", "id", row.ID), hidden), nil
}

// place finds the ticket its id. again says that the same delivery or question
// has opened it before; then the kept row is returned unless it is a draft.
func (t ticketer) place(tx bot.Tx, row ticket.Ticket) (after ticket.Ticket, again bool, err error) {
	for try := range 100 {
		id := ticket.ID("PD", row.Seed, try)
		old, found, err := t.d.Tickets.TicketIn(tx, row.Team, id)
		switch {
		case err != nil:
			return row, false, err
		case found && old.Seed == row.Seed && old.State != ticket.Draft:
			return old, true, nil
		case !found || old.Seed == row.Seed:
			row.ID = id
			return row, found, nil
		}
	}
	return row, false, errNoID
}

// answerPlace is where answers to a ticket go: into the thread it came from when
// others could read it there too, else to the person.
func answerPlace(p bot.Place) bot.Place {
	if p.Direct || p.Private || p.Thread == "" {
		return bot.Place{}
	}
	return bot.Place{Team: p.Team, Channel: p.Channel, Thread: p.Thread}
}

// closest are the answers of the corpus that may make the ticket unnecessary.
func (t ticketer) closest(ctx context.Context, r bot.Request, row ticket.Ticket) ([]*faq.Entry, error) {
	answer, err := t.d.Knowledge.Ask(ctx, faq.Question{Text: row.What, Lang: textLang(r.Lang), Profile: faq.Profile{Kind: r.Actor.Kind}})
	if err != nil {
		return nil, err
	}
	var list []*faq.Entry
	if answer.Entry != nil {
		list = append(list, answer.Entry)
	}
	for _, c := range answer.Choices {
		list = append(list, c.Entry)
	}
	list = slices.DeleteFunc(list, func(e *faq.Entry) bool { return e.Kind == faq.Unknown })
	return list[:min(3, len(list))], nil
}

// openIn puts a draft in front of support, within the transaction.
func (t ticketer) openIn(tx bot.Tx, r bot.Request, row ticket.Ticket, hidden int) (bot.Reply, error) {
	row, err := row.OpenUp(t.d.Now())
	if err != nil {
		return t.worded(r, err)
	}
	if err := t.keep(tx, row); err != nil {
		return bot.Reply{}, err
	}
	if err := tx.Audit(t.entry(r, row, "ticket.open", "ok")); err != nil {
		return bot.Reply{}, err
	}
	return t.opened(r, row, hidden), nil
}

// keep writes a ticket and brings its card up to date.
func (t ticketer) keep(tx bot.Tx, row ticket.Ticket) error {
	if err := t.d.Tickets.PutTicket(tx, row); err != nil {
		return err
	}
	return t.d.postCard(tx, row)
}

func (t ticketer) entry(r bot.Request, row ticket.Ticket, action, outcome string) bot.Entry {
	return ticketEntry(row, r.Person, action, outcome, t.d.Now())
}

func ticketEntry(row ticket.Ticket, who bot.PersonID, action, outcome string, now time.Time) bot.Entry {
	facts := map[string]string{"state": string(row.State)}
	if row.Case != "" {
		facts["case"] = row.Case
	}
	return bot.Entry{Stream: "ticket/" + row.ID, Person: who, Account: row.Account, Action: action, Object: row.ID, Outcome: outcome, At: now, Facts: facts}
}

// openUp is "still open a ticket"; solved is "this solves it".
func (t ticketer) openUp(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	if _, err := t.find(ctx, r, r.Value); err != nil {
		return bot.Outcome{}, err
	}
	return bot.Outcome{Apply: func(tx bot.Tx) (bot.Reply, error) {
		row, found, err := t.d.Tickets.TicketIn(tx, team(r), r.Value)
		if err != nil {
			return bot.Reply{}, err
		}
		if !found {
			return t.said(r, "ticket.none", "id", r.Value), nil
		}
		reply, err := t.openIn(tx, r, row, 0)
		reply.Replace = r.Place.Private || r.Place.Direct
		return reply, err
	}}, nil
}

func (t ticketer) solved(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	row, err := t.find(ctx, r, r.Value)
	if err != nil {
		return bot.Outcome{}, err
	}
	return t.change(r, row.ID, "ticket.solved", func(row ticket.Ticket, now time.Time) (ticket.Ticket, []ticket.Work, error) {
		if row.State != ticket.Draft {
			return row, nil, bot.User("ticket.open_already", "id", row.ID)
		}
		row.State, row.Changed = ticket.Closed, now
		return row, nil, nil
	}, func(_ bot.Tx, _, _ ticket.Ticket) (bot.Reply, error) {
		reply := t.said(r, "ticket.solved.done")
		reply.Replace = r.Place.Private || r.Place.Direct
		return reply, nil
	}), nil
}
