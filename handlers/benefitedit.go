package handlers

import (
	"context"
	"strconv"
	"strings"
	"time"

	"partnerdesk/bot"
	"partnerdesk/handlers/benefit"
	"partnerdesk/handlers/input"
	"partnerdesk/handlers/partner"
	"partnerdesk/handlers/ticket"
)

func countName(use bool) string {
	if use {
		return "use"
	}
	return "grant"
}

// count records a grant or a use as it is typed: ID amount remark.
func (o registrar) count(use bool) bot.Handler {
	return func(ctx context.Context, r bot.Request) (bot.Outcome, error) {
		row, rule, rev, rest, err := o.about(ctx, r)
		if err != nil {
			return bot.Outcome{}, err
		}
		word, note, _ := strings.Cut(rest, " ")
		amount, err := input.Amount(word)
		if err != nil {
			return bot.Outcome{}, bot.User("benefit."+countName(use)+".what", "id", row.ID)
		}
		return o.counted(r, row, rule, rev, use, amount, note), nil
	}
}

func (o registrar) counted(r bot.Request, row benefit.Benefit, rule benefit.Rule, rev int, use bool, amount partner.Fen, note string) bot.Outcome {
	note, _ = ticket.Secrets(clip(oneLine(note), benefit.MaxNote))
	seed := questionID(r)
	return o.change(r, row, rev, "benefit."+countName(use), func(b benefit.Benefit, now time.Time) (benefit.Benefit, error) {
		return rule.Count(b, benefit.Count{Use: use, Amount: amount, Note: note, By: r.Person, At: now, Seed: seed})
	})
}

func (o registrar) countForm(use bool) bot.Handler {
	return func(ctx context.Context, r bot.Request) (bot.Outcome, error) {
		row, rule, _, _, err := o.about(ctx, r)
		if err != nil {
			return bot.Outcome{}, err
		}
		if !rule.Counted {
			return bot.Outcome{}, bot.User("benefit.count.none", "id", row.ID)
		}
		w, key := o.d.words(r), "benefit."+countName(use)
		return bot.Outcome{Reply: bot.Reply{Form: &bot.Form{Name: key, Title: w.T(key), Submit: w.T("benefit.keep"), Close: w.T("form.close"), State: handleOf(row),
			Intro: []bot.Block{bot.Paragraph{Inlines: []bot.Inline{bot.Bold(row.ID + " "), bot.Text(row.Name())}}, o.page(r, row).sums()},
			Fields: []bot.FormField{
				{Name: "amount", Kind: bot.FieldLine, Label: w.T("benefit.amount"), Hint: w.T("benefit.amount.hint"), Max: 40},
				{Name: "text", Kind: bot.FieldLine, Label: w.T("benefit.remark"), Hint: w.T(key + ".hint"), Max: benefit.MaxNote, Optional: true},
			}}}}, nil
	}
}

func (o registrar) checkCount(use bool) func(context.Context, bot.Request) (map[string]string, error) {
	return func(ctx context.Context, r bot.Request) (map[string]string, error) {
		amount, err := input.Amount(r.Values["amount"])
		if err != nil {
			return map[string]string{"amount": string(benefit.FaultAmount)}, nil
		}
		if o.d.Register == nil || r.Actor.Huawei {
			return nil, nil
		}
		row, _, _, _, err := o.about(ctx, r)
		if err == nil && use && amount > row.Left() {
			return map[string]string{"amount": string(benefit.FaultUsed)}, nil
		}
		return nil, err
	}
}

func (o registrar) submitCount(use bool) bot.Handler {
	return func(ctx context.Context, r bot.Request) (bot.Outcome, error) {
		row, rule, _, _, err := o.about(ctx, r)
		if err != nil {
			return bot.Outcome{}, err
		}
		amount, err := input.Amount(r.Values["amount"])
		if err != nil {
			return bot.Outcome{}, bot.User("benefit."+countName(use)+".what", "id", row.ID)
		}
		// What is left is looked at in the transaction, so another's use in
		// between is no reason to refuse.
		return o.counted(r, row, rule, -1, use, amount, r.Values["text"]), nil
	}
}

func (o registrar) void(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	row, rule, rev, word, err := o.about(ctx, r)
	if err != nil {
		return bot.Outcome{}, err
	}
	number, err := strconv.Atoi(strings.TrimPrefix(word, "#"))
	if err != nil {
		return bot.Outcome{}, bot.User("benefit.void.what", "id", row.ID)
	}
	return o.change(r, row, rev, "benefit.void", func(b benefit.Benefit, now time.Time) (benefit.Benefit, error) {
		return rule.Void(b, number, r.Person, now)
	}), nil
}

func (o registrar) doneForm(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	return o.line(ctx, r, "done", bot.FieldText, benefit.MaxNote, true)
}

func (o registrar) lineForm(name string, kind bot.FieldKind, most int) bot.Handler {
	return func(ctx context.Context, r bot.Request) (bot.Outcome, error) {
		return o.line(ctx, r, name, kind, most, false)
	}
}

func (o registrar) line(ctx context.Context, r bot.Request, name string, kind bot.FieldKind, most int, optional bool) (bot.Outcome, error) {
	row, _, _, _, err := o.about(ctx, r)
	if err != nil {
		return bot.Outcome{}, err
	}
	w, key := o.d.words(r), "benefit."+name
	return bot.Outcome{Reply: bot.Reply{Form: &bot.Form{Name: key, Title: w.T(key), Submit: w.T("benefit.keep"), Close: w.T("form.close"), State: handleOf(row),
		Intro:  []bot.Block{bot.Paragraph{Inlines: []bot.Inline{bot.Bold(row.ID + " "), bot.Text(row.Name())}}},
		Fields: []bot.FormField{{Name: "text", Kind: kind, Label: w.T(key + ".label"), Hint: w.T(key + ".hint"), Max: most, Optional: optional}}}}}, nil
}

func (o registrar) submitDone(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	row, rule, rev, _, err := o.about(ctx, r)
	if err != nil {
		return bot.Outcome{}, err
	}
	return o.finish(r, row, rule, rev, r.Values["text"]), nil
}

func (o registrar) checkNote(_ context.Context, r bot.Request) (map[string]string, error) {
	return checkText(r, benefit.MaxNote), nil
}

func (o registrar) submitNote(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	row, _, _, _, err := o.about(ctx, r)
	if err != nil {
		return bot.Outcome{}, err
	}
	return o.noted(r, row, r.Values["text"]), nil
}

func (o registrar) note(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	row, _, _, text, err := o.about(ctx, r)
	if err != nil {
		return bot.Outcome{}, err
	}
	if text == "" {
		return bot.Outcome{}, bot.User("benefit.note.what", "id", row.ID)
	}
	return o.noted(r, row, text), nil
}

func (o registrar) noted(r bot.Request, row benefit.Benefit, text string) bot.Outcome {
	text, hidden := ticket.Secrets(clip(strings.TrimSpace(text), benefit.MaxNote))
	out := o.change(r, row, -1, "benefit.note", func(b benefit.Benefit, now time.Time) (benefit.Benefit, error) {
		return b.Note(text, r.Person, now), nil
	})
	return o.withFacts(r, out, nil, hidden)
}

func (o registrar) checkEvidence(_ context.Context, r bot.Request) (map[string]string, error) {
	if _, err := (benefit.Benefit{}).Prove(r.Values["text"], r.Person, time.Time{}); err != nil {
		return map[string]string{"text": string(benefit.FaultEvidence)}, nil
	}
	return nil, nil
}

func (o registrar) submitEvidence(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	row, _, _, _, err := o.about(ctx, r)
	if err != nil {
		return bot.Outcome{}, err
	}
	return o.proved(r, row, r.Values["text"]), nil
}

func (o registrar) evidence(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	row, _, _, link, err := o.about(ctx, r)
	if err != nil {
		return bot.Outcome{}, err
	}
	return o.proved(r, row, link), nil
}

func (o registrar) proved(r bot.Request, row benefit.Benefit, link string) bot.Outcome {
	return o.change(r, row, -1, "benefit.evidence", func(b benefit.Benefit, now time.Time) (benefit.Benefit, error) {
		return b.Prove(link, r.Person, now)
	})
}

// assign gives a row to a colleague, who gets a card of it.
func (o registrar) assign(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	row, _, rev, text, err := o.about(ctx, r)
	if err != nil {
		return bot.Outcome{}, err
	}
	if o.d.Remind == nil {
		return bot.Outcome{}, bot.User("deadline.unset", "admin", o.d.words(r).T("person.admin"))
	}
	who, err := reminder(o).named(ctx, r, text)
	if err != nil {
		return bot.Outcome{}, err
	}
	return o.change(r, row, rev, "benefit.assign", func(b benefit.Benefit, now time.Time) (benefit.Benefit, error) {
		after, err := b.Assign(who.ID, r.Person, now)
		if err != nil {
			return b, err
		}
		return after.WithCard(benefit.Card{Person: who.ID, Lang: o.d.langOf(who)}), nil
	}), nil
}
