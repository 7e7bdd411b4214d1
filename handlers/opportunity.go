package handlers

import (
	"context"
	"slices"
	"strings"
	"time"

	"partnerdesk/bot"
	"partnerdesk/handlers/opportunity"
	"partnerdesk/handlers/ticket"
)

// opportunities is /opportunity: prepare, check and follow what is shared with
// Huawei Cloud. No API takes it; a person enters it in the partner center and
// comes back with its number.
func opportunities(d *Deps) bot.Command {
	o := sharer{d}
	request := func(h bot.Handler) bot.Action { return bot.Action{Needs: bot.RightRequest, Run: h} }
	opens := func(h bot.Handler) bot.Action { return bot.Action{Needs: bot.RightRequest, Run: h, Opens: true} }
	return bot.Command{
		Name: "opportunity", Needs: bot.RightRead, Run: o.run,
		Subs: map[string]bot.Action{
			"share":    opens(o.share),
			"list":     {Run: o.list},
			"show":     {Run: o.show},
			"update":   request(o.update),
			"number":   request(o.number),
			"received": request(o.received),
		},
		Actions: map[string]bot.Action{
			"share":   opens(o.share),
			"edit":    opens(o.edit),
			"show":    {Run: o.show},
			"package": request(o.handOver),
			"note":    opens(o.noteForm),
			"entered": opens(o.numberForm),
			"move":    request(o.move),
		},
		Forms: map[string]bot.Submission{
			"share":   {Needs: bot.RightRequest, Check: o.check, Run: o.submit},
			"note":    {Needs: bot.RightRequest, Check: o.checkNote, Run: o.submitNote},
			"entered": {Needs: bot.RightRequest, Check: o.checkNumber, Run: o.submitNumber},
		},
	}
}

type sharer struct{ d *Deps }

// run is /opportunity without a subcommand: the list. Other words are a question
// about opportunities, of which there are many.
func (o sharer) run(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	if oneLine(r.Text) == "" {
		return o.list(ctx, r)
	}
	r.Text = o.d.words(r).T("opportunity.topic") + " " + r.Text
	return asker(o).run(ctx, r)
}

// find loads an opportunity of the person's own account; there is no way to
// another one's. Huawei's people see an opportunity once it has been shared,
// in the partner center, and never here.
func (o sharer) find(ctx context.Context, r bot.Request, id string) (opportunity.Opportunity, error) {
	id = strings.ToUpper(strings.TrimSpace(id))
	if r.Actor.Huawei {
		return opportunity.Opportunity{}, &bot.Refusal{Reason: "huawei", Key: "refusal.huawei"}
	}
	if id == "" {
		return opportunity.Opportunity{}, bot.User("opportunity.which")
	}
	row, found, err := o.d.Opportunities.FindOpportunity(ctx, team(r), r.Actor.Account, id)
	if err == nil && !found {
		err = bot.User("opportunity.none", "id", clip(id, 20))
	}
	return row, err
}

// share shows the form with the rules of validity above it.
func (o sharer) share(_ context.Context, r bot.Request) (bot.Outcome, error) {
	if r.Actor.Huawei {
		return bot.Outcome{}, &bot.Refusal{Reason: "huawei", Key: "refusal.huawei"}
	}
	w := o.d.words(r)
	if r.Kind != bot.KindCommand && r.Kind != bot.KindClick {
		return bot.Outcome{Reply: bot.Reply{Private: true, Blocks: []bot.Block{
			bot.Paragraph{Inlines: []bot.Inline{bot.Text(w.T("opportunity.offer"))}},
			bot.Buttons{Items: []bot.Button{{Action: "opportunity.share", Text: w.T("opportunity.share"), Style: bot.StylePrimary}}},
		}}}, nil
	}
	return bot.Outcome{Reply: bot.Reply{Form: o.form(r, "", nil)}}, nil
}

// edit opens the form again with what is known. It holds the contacts, so it is
// for the owner.
func (o sharer) edit(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	row, err := o.find(ctx, r, r.Value)
	if err != nil {
		return bot.Outcome{}, err
	}
	if row.Owner != r.Person {
		return bot.Outcome{}, bot.User("opportunity.owner_only", "id", row.ID)
	}
	return bot.Outcome{Reply: bot.Reply{Form: o.form(r, row.ID, row.Values)}}, nil
}

func (o sharer) form(r bot.Request, state string, v map[string]string) *bot.Form {
	w := o.d.words(r)
	form := &bot.Form{
		Name: "opportunity.share", Title: w.T("opportunity.share"), Submit: w.T("opportunity.submit"), Close: w.T("form.close"), State: state,
		Intro: []bot.Block{bot.Paragraph{Inlines: []bot.Inline{bot.Text(w.T("opportunity.intro"))}}, o.rules(r, nil)},
	}
	for _, f := range o.d.Policy.Fields {
		field := bot.FormField{Name: f.ID, Label: o.text(r, f.Label), Hint: o.text(r, f.Hint), Kind: bot.FieldKind(f.Kind), Optional: !f.Required, Max: f.Max, Initial: v[f.ID]}
		if f.Sure == opportunity.Inferred {
			field.Label += w.T("opportunity.inferred")
		}
		for _, option := range f.Options {
			field.Options = append(field.Options, bot.Option{Value: option, Text: w.T("opportunity.option." + option)})
		}
		form.Fields = append(form.Fields, field)
	}
	return form
}

// values are the form's fields as they are kept: trimmed, cut, without secrets.
func (o sharer) values(r bot.Request) (v map[string]string, hidden int) {
	v = map[string]string{}
	for _, f := range o.d.Policy.Fields {
		text, n := ticket.Secrets(strings.TrimSpace(r.Values[f.ID]))
		hidden += n
		if text != "" {
			v[f.ID] = text
		}
	}
	return v, hidden
}

func (o sharer) check(_ context.Context, r bot.Request) (map[string]string, error) {
	return o.d.Policy.Faults(r.Values), nil
}

// submit keeps the opportunity as a draft and answers with the hand-over
// package. A form that was never checked is checked here: without the customer's
// consent nothing is kept.
func (o sharer) submit(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	v, hidden := o.values(r)
	if faults := o.d.Policy.Faults(v); len(faults) > 0 {
		return bot.Outcome{}, bot.User("opportunity.incomplete")
	}
	now := o.d.Now()
	row := opportunity.Opportunity{
		Team: team(r), Seed: questionID(r), Account: r.Actor.Account, Owner: r.Person, State: o.d.Policy.First().ID, Opened: now, Since: now, Changed: now,
	}
	if r.State != "" {
		old, err := o.find(ctx, r, r.State)
		if err != nil {
			return bot.Outcome{}, err
		}
		if old.Owner != r.Person {
			return bot.Outcome{}, bot.User("opportunity.owner_only", "id", old.ID)
		}
		row = old
	}
	return bot.Outcome{Apply: func(tx bot.Tx) (bot.Reply, error) {
		kept, err := o.place(tx, row)
		if err != nil {
			return bot.Reply{}, err
		}
		kept = kept.WithValues(v)
		kept.Changed = now
		if err := o.keep(tx, r, kept, "opportunity.share"); err != nil {
			return bot.Reply{}, err
		}
		reply := o.pack(r, kept)
		if hidden > 0 {
			reply.Blocks = append(reply.Blocks, bot.Paragraph{Inlines: []bot.Inline{bot.Text("⚠️ " + o.d.words(r).T("ticket.secret"))}})
		}
		return reply, nil
	}}, nil
}

// place finds a new opportunity its id; the same delivery finds its own again.
func (o sharer) place(tx bot.Tx, row opportunity.Opportunity) (opportunity.Opportunity, error) {
	if row.ID != "" {
		kept, found, err := o.d.Opportunities.OpportunityIn(tx, row.Team, row.Account, row.ID)
		if found {
			return kept, err
		}
		return row, err
	}
	for try := range 100 {
		id := ticket.ID("OP", row.Account.String()+row.Seed, try)
		old, found, err := o.d.Opportunities.OpportunityIn(tx, row.Team, row.Account, id)
		if err != nil || found && old.Seed == row.Seed {
			return old, err
		}
		if !found {
			row.ID = id
			return row, nil
		}
	}
	return row, errNoID
}

func (o sharer) keep(tx bot.Tx, r bot.Request, row opportunity.Opportunity, action string) error {
	if err := o.d.Opportunities.PutOpportunity(tx, row); err != nil {
		return err
	}
	return tx.Audit(o.entry(r, row, action))
}

func (o sharer) entry(r bot.Request, row opportunity.Opportunity, action string) bot.Entry {
	return bot.Entry{Stream: "opportunity/" + row.ID, Person: r.Person, Account: row.Account, Action: action, Object: row.ID, Outcome: "ok", At: o.d.Now(),
		Facts: map[string]string{"state": row.State}}
}

// change runs a step in one transaction and answers with the opportunity.
func (o sharer) change(r bot.Request, row opportunity.Opportunity, action string, do func(opportunity.Opportunity, time.Time) (opportunity.Opportunity, error)) bot.Outcome {
	now := o.d.Now()
	return bot.Outcome{Apply: func(tx bot.Tx) (bot.Reply, error) {
		fresh, found, err := o.d.Opportunities.OpportunityIn(tx, row.Team, row.Account, row.ID)
		if err != nil {
			return bot.Reply{}, err
		}
		if !found {
			return o.said(r, "opportunity.none", "id", row.ID), nil
		}
		after, err := do(fresh, now)
		if no, ok := userError(err); ok {
			return o.said(r, no.Key, no.Args...), nil
		}
		if err != nil {
			return bot.Reply{}, err
		}
		return o.detail(r, after), o.keep(tx, r, after, action)
	}}
}

func (o sharer) said(r bot.Request, key string, args ...string) bot.Reply {
	reply := bot.Say(bot.Text(o.d.words(r).T(key, args...)))
	reply.Private = true
	return reply
}

// handOver shows the package with the contacts in full: to the owner only, and
// recorded.
func (o sharer) handOver(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	row, err := o.find(ctx, r, r.Value)
	if err != nil {
		return bot.Outcome{}, err
	}
	if row.Owner != r.Person {
		return bot.Outcome{}, bot.User("opportunity.owner_only", "id", row.ID)
	}
	entry := o.entry(r, row, "opportunity.package")
	return bot.Outcome{Reply: o.pack(r, row), Audit: &entry}, nil
}

func (o sharer) update(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	id, text := which(r)
	row, err := o.find(ctx, r, id)
	if err != nil {
		return bot.Outcome{}, err
	}
	if text == "" {
		return bot.Outcome{}, bot.User("opportunity.update.what", "id", row.ID)
	}
	return o.note(r, row, text), nil
}

func (o sharer) note(r bot.Request, row opportunity.Opportunity, text string) bot.Outcome {
	text, _ = ticket.Secrets(clip(text, opportunity.MaxNote-1))
	return o.change(r, row, "opportunity.update", func(row opportunity.Opportunity, now time.Time) (opportunity.Opportunity, error) {
		return row.Update(r.Person, text, now), nil
	})
}

func (o sharer) noteForm(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	return o.lineForm(ctx, r, "note", bot.FieldText, opportunity.MaxNote)
}

func (o sharer) numberForm(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	return o.lineForm(ctx, r, "entered", bot.FieldLine, opportunity.MaxNumber)
}

func (o sharer) lineForm(ctx context.Context, r bot.Request, name string, kind bot.FieldKind, most int) (bot.Outcome, error) {
	row, err := o.find(ctx, r, r.Value)
	if err != nil {
		return bot.Outcome{}, err
	}
	w := o.d.words(r)
	return bot.Outcome{Reply: bot.Reply{Form: &bot.Form{
		Name: "opportunity." + name, Title: w.T("opportunity." + name), Submit: w.T("button.send"), Close: w.T("form.close"), State: row.ID,
		Fields: []bot.FormField{{Name: "text", Kind: kind, Label: w.T("opportunity." + name + ".label"), Hint: w.T("opportunity." + name + ".hint"), Max: most}},
	}}}, nil
}

func (o sharer) checkNote(_ context.Context, r bot.Request) (map[string]string, error) {
	return checkText(r, opportunity.MaxNote), nil
}

func (o sharer) submitNote(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	row, err := o.find(ctx, r, r.State)
	if err != nil {
		return bot.Outcome{}, err
	}
	return o.note(r, row, strings.TrimSpace(r.Values["text"])), nil
}

func (o sharer) checkNumber(_ context.Context, r bot.Request) (map[string]string, error) {
	if !isNumber(r.Values["text"]) {
		return map[string]string{"text": "opportunity.fault.number"}, nil
	}
	return nil, nil
}

// isNumber: the form of these numbers is not published, so anything of one word
// with a digit in it is taken.
func isNumber(s string) bool {
	s = strings.TrimSpace(s)
	return s != "" && len([]rune(s)) <= opportunity.MaxNumber && !strings.ContainsAny(s, " \t\n") && strings.ContainsAny(s, "0123456789")
}

func (o sharer) submitNumber(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	row, err := o.find(ctx, r, r.State)
	if err != nil {
		return bot.Outcome{}, err
	}
	return o.enter(r, row, r.Values["text"])
}

func (o sharer) number(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	id, number := which(r)
	row, err := o.find(ctx, r, id)
	if err != nil {
		return bot.Outcome{}, err
	}
	return o.enter(r, row, number)
}

func (o sharer) enter(r bot.Request, row opportunity.Opportunity, number string) (bot.Outcome, error) {
	number = strings.TrimSpace(number)
	if !isNumber(number) {
		return bot.Outcome{}, bot.User("opportunity.number.what", "id", row.ID)
	}
	return o.change(r, row, "opportunity.number", func(row opportunity.Opportunity, now time.Time) (opportunity.Opportunity, error) {
		return row.Numbered(number, o.d.Policy, now)
	}), nil
}

// move records the state that a person read in the partner center, as ID|state.
func (o sharer) move(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	id, state, _ := strings.Cut(r.Value, "|")
	row, err := o.find(ctx, r, id)
	if err != nil {
		return bot.Outcome{}, err
	}
	return o.change(r, row, "opportunity.move", func(row opportunity.Opportunity, now time.Time) (opportunity.Opportunity, error) {
		return row.Move(state, o.d.Policy, now)
	}), nil
}

func (o sharer) list(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	w := o.d.words(r)
	if r.Actor.Huawei {
		return bot.Outcome{}, &bot.Refusal{Reason: "huawei", Key: "refusal.huawei"}
	}
	rows, err := o.d.Opportunities.Opportunities(ctx, team(r), r.Actor.Account)
	if err != nil {
		return bot.Outcome{}, err
	}
	slices.SortFunc(rows, func(a, b opportunity.Opportunity) int { return b.Changed.Compare(a.Changed) })
	return bot.Outcome{Reply: o.table(r, w, rows)}, nil
}

func (o sharer) show(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	id, _ := which(r)
	row, err := o.find(ctx, r, id)
	if err != nil {
		return bot.Outcome{}, err
	}
	return bot.Outcome{Reply: o.detail(r, row)}, nil
}
