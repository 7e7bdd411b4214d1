package handlers

import (
	"context"
	"maps"
	"strconv"
	"strings"
	"time"

	"partnerdesk/bot"
	"partnerdesk/handlers/benefit"
	"partnerdesk/handlers/input"
	"partnerdesk/handlers/ticket"
)

// add shows the form of a kind, or asks which kind.
func (o registrar) add(_ context.Context, r bot.Request) (bot.Outcome, error) {
	word := r.Value
	if r.Kind != bot.KindClick {
		word = oneLine(r.Text)
	}
	w := o.d.words(r)
	rule, known := o.d.Register.Policy.Named(word)
	switch {
	case word == "":
		field := bot.FormField{Name: "kind", Label: w.T("benefit.col.kind"), Kind: bot.FieldChoice}
		for _, rule := range o.d.Register.Policy.Rules {
			field.Options = append(field.Options, bot.Option{Value: string(rule.Kind), Text: inLang(w, rule.Name)})
		}
		return bot.Outcome{Reply: bot.Reply{Form: &bot.Form{Name: "benefit.pick", Title: w.T("benefit.add"), Submit: w.T("benefit.pick"), Close: w.T("form.close"), Fields: []bot.FormField{field}}}}, nil
	case !known:
		return bot.Outcome{}, bot.User("benefit.kind.none", "word", clip(word, 20), "kinds", o.kindWords(r))
	case r.Kind != bot.KindCommand && r.Kind != bot.KindClick: // only these can open a form
		return bot.Outcome{Reply: o.offer(r, rule)}, nil
	}
	return bot.Outcome{Reply: bot.Reply{Form: o.form(r, rule, string(rule.Kind), nil)}}, nil
}

// offer leads to the form where none can be opened.
func (o registrar) offer(r bot.Request, rule benefit.Rule) bot.Reply {
	w := o.d.words(r)
	reply := private(bot.Text(w.T("benefit.offer", "kind", inLang(w, rule.Name))))
	reply.Blocks = append(reply.Blocks, bot.Buttons{Items: []bot.Button{{Action: "benefit.add", Text: w.T("benefit.fill"), Value: string(rule.Kind), Style: bot.StylePrimary}}})
	return reply
}

func (o registrar) picked(_ context.Context, r bot.Request) (bot.Outcome, error) {
	rule, known := o.d.Register.Policy.Named(r.Values["kind"])
	if !known {
		return bot.Outcome{}, bot.User("error.stale_button")
	}
	return bot.Outcome{Reply: o.offer(r, rule)}, nil
}

func (o registrar) kindWords(r bot.Request) string {
	w := o.d.words(r)
	var words []string
	for _, rule := range o.d.Register.Policy.Rules {
		words = append(words, string(rule.Kind))
	}
	return strings.Join(words, w.T("benefit.and"))
}

// form is the form of a kind with its checklist and what is not stated above it.
// state is the kind of a new row, or the handle of one that is edited.
func (o registrar) form(r bot.Request, rule benefit.Rule, state string, values map[string]string) *bot.Form {
	w := o.d.words(r)
	form := &bot.Form{Name: "benefit.row", Title: w.T("benefit.add"), Submit: w.T("benefit.keep"), Close: w.T("form.close"), State: state,
		Intro: []bot.Block{
			bot.Paragraph{Inlines: []bot.Inline{bot.Bold(inLang(w, rule.Name)), bot.Text("\n" + inLang(w, rule.Stated[0].Text))}},
			bot.Note{Inlines: []bot.Inline{bot.Text(w.T("benefit.unknown", "what", inLang(w, rule.Unknown)))}},
		}}
	for _, f := range rule.Fields {
		field := bot.FormField{Name: f.ID, Label: inLang(w, f.Label), Hint: inLang(w, f.Hint), Kind: bot.FieldLine, Optional: !f.Required, Max: max(f.Max, 60), Initial: values[f.ID]}
		if f.Kind == benefit.Choice {
			field.Kind = bot.FieldChoice
			for _, option := range f.Options {
				field.Options = append(field.Options, bot.Option{Value: option.ID, Text: inLang(w, option.Label)})
			}
		}
		form.Fields = append(form.Fields, field)
	}
	return form
}

func (o registrar) edit(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	row, rule, _, _, err := o.about(ctx, r)
	if err != nil {
		return bot.Outcome{}, err
	}
	if r.Kind != bot.KindCommand && r.Kind != bot.KindClick {
		reply := private(bot.Text(o.d.words(r).T("benefit.edit.offer", "id", row.ID)))
		reply.Blocks = append(reply.Blocks, bot.Buttons{Items: []bot.Button{{Action: "benefit.edit", Text: o.d.words(r).T("benefit.edit"), Value: handleOf(row)}}})
		return bot.Outcome{Reply: reply}, nil
	}
	return bot.Outcome{Reply: bot.Reply{Form: o.form(r, rule, handleOf(row), row.Values)}}, nil
}

// filled is the kind or row a form is about.
func (o registrar) filled(ctx context.Context, r bot.Request) (row benefit.Benefit, rule benefit.Rule, rev int, err error) {
	if rule, known := o.d.Register.Policy.Rule(benefit.Kind(r.State)); known {
		return benefit.Benefit{Kind: rule.Kind}, rule, -1, nil
	}
	row, rule, rev, _, err = o.about(ctx, r)
	return row, rule, rev, err
}

func (o registrar) checkRow(ctx context.Context, r bot.Request) (map[string]string, error) {
	if o.d.Register == nil || r.Actor.Huawei {
		return nil, nil // refused when it runs
	}
	row, rule, _, err := o.filled(ctx, r)
	if err != nil {
		return nil, err
	}
	_, _, faults := o.reader().Read(rule, r.Values, row.Values)
	return keysOf(faults), nil
}

func keysOf(faults map[string]benefit.Fault) map[string]string {
	keys := map[string]string{}
	for field, fault := range faults {
		keys[field] = string(fault)
	}
	return keys
}

// submitRow keeps a new row, or the values of one that was edited. A form that
// was never checked is checked here.
func (o registrar) submitRow(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	row, rule, rev, err := o.filled(ctx, r)
	if err != nil {
		return bot.Outcome{}, err
	}
	written, hidden := maps.Clone(r.Values), 0
	for field, text := range written {
		masked, n := ticket.Secrets(text)
		written[field], hidden = masked, hidden+n
	}
	values, read, faults := o.reader().Read(rule, written, row.Values)
	if len(faults) > 0 {
		return bot.Outcome{}, bot.User("benefit.incomplete")
	}
	var out bot.Outcome
	if row.ID != "" {
		out = o.change(r, row, rev, "benefit.edit", func(b benefit.Benefit, now time.Time) (benefit.Benefit, error) {
			return rule.Edit(b, values, r.Person, now), nil
		})
	} else if out, err = o.open(ctx, r, rule, values); err != nil {
		return bot.Outcome{}, err
	}
	return o.withFacts(r, out, read, hidden), nil
}

// open makes a new row. There may be none of the same name already.
func (o registrar) open(ctx context.Context, r bot.Request, rule benefit.Rule, values map[string]string) (bot.Outcome, error) {
	row := benefit.Benefit{Team: team(r), Account: r.Actor.Account, Seed: questionID(r), Kind: rule.Kind, Owner: r.Person, Values: values, State: rule.First()}
	there, err := o.d.Register.Book.Benefits(ctx, row.Team, row.Account)
	if err != nil {
		return bot.Outcome{}, err
	}
	if twin, is := rule.Twin(row, there); is && twin.Seed != row.Seed {
		return bot.Outcome{}, bot.User("benefit.twin", "id", twin.ID, "kind", inLang(o.d.words(r), rule.Name), "name", clip(twin.Name(), 40))
	}
	open := 1
	for _, b := range there {
		if b.Kind == rule.Kind && !rule.Ended(b) {
			open++
		}
	}
	now := o.d.Now()
	return bot.Outcome{Apply: func(tx bot.Tx) (bot.Reply, error) {
		kept, err := o.place(tx, row)
		if err != nil {
			return bot.Reply{}, err
		}
		if kept.Rev == 0 {
			kept = rule.Open(kept, r.Person, benefit.Opened, now).WithCard(benefit.Card{Person: r.Person, Lang: r.Lang})
			if err := o.keep(tx, r, benefit.Benefit{}, kept, "benefit.add"); err != nil {
				return bot.Reply{}, err
			}
		}
		return o.page(r, kept).added(open), nil
	}}, nil
}

// withFacts shows below an answer how days were understood, and warns of secrets.
func (o registrar) withFacts(r bot.Request, out bot.Outcome, read []benefit.Understood, hidden int) bot.Outcome {
	w := o.d.words(r)
	var blocks []bot.Block
	for _, u := range read {
		key := "deadline.understood"
		if u.Guessed != input.GuessNone {
			key = "deadline.guessed." + string(u.Guessed)
		}
		blocks = append(blocks, bot.Note{Inlines: []bot.Inline{bot.Text(w.T("benefit.understood", "field", inLang(w, u.Field.Label), "date", date(w, u.Day), "how", w.T(key, "words", clip(u.Words, 40))))}})
	}
	if hidden > 0 {
		blocks = append(blocks, warning(w.T("ticket.secret")))
	}
	apply := out.Apply
	out.Apply = func(tx bot.Tx) (bot.Reply, error) {
		reply, err := apply(tx)
		if len(reply.Blocks) > 0 && len(blocks) > 0 {
			reply.Blocks = append(append(append([]bot.Block{}, reply.Blocks[:1]...), blocks...), reply.Blocks[1:]...)
		}
		return reply, err
	}
	return out
}

// tick ticks a box or takes the tick away. Typed, the box is its id, its number
// or words of its label.
func (o registrar) tick(on bool) bot.Handler {
	action := "benefit.untick"
	if on {
		action = "benefit.tick"
	}
	return func(ctx context.Context, r bot.Request) (bot.Outcome, error) {
		row, rule, _, word, err := o.about(ctx, r)
		if err != nil {
			return bot.Outcome{}, err
		}
		box, found := boxNamed(rule, word)
		if !found {
			return bot.Outcome{}, bot.User("benefit.box.which", "id", row.ID, "boxes", o.page(r, row).boxNames())
		}
		return o.change(r, row, -1, action, func(b benefit.Benefit, now time.Time) (benefit.Benefit, error) {
			return rule.Tick(b, box, on, r.Person, now)
		}), nil
	}
}

func boxNamed(rule benefit.Rule, word string) (string, bool) {
	word = strings.ToLower(strings.TrimSpace(word))
	found := ""
	for i, b := range rule.Boxes {
		if word == b.ID || word == strconv.Itoa(i+1) {
			return b.ID, true
		}
		if word != "" && (strings.Contains(b.Label.ZH, word) || strings.Contains(strings.ToLower(b.Label.EN), word)) {
			if found != "" {
				return "", false
			}
			found = b.ID
		}
	}
	return found, found != ""
}

// move records the state that somebody found the matter in, by its id or name.
func (o registrar) move(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	row, rule, rev, to, err := o.about(ctx, r)
	if err != nil {
		return bot.Outcome{}, err
	}
	for _, s := range rule.States {
		if to == s.Label.ZH || strings.EqualFold(to, s.Label.EN) {
			to = s.ID
		}
	}
	if _, known := rule.State(to); !known {
		return bot.Outcome{}, bot.User("benefit.state.which", "id", row.ID, "states", o.page(r, row).nextNames())
	}
	return o.change(r, row, rev, "benefit.move", func(b benefit.Benefit, now time.Time) (benefit.Benefit, error) {
		return rule.Move(b, to, r.Person, now)
	}), nil
}

func (o registrar) reopen(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	row, rule, rev, _, err := o.about(ctx, r)
	if err != nil {
		return bot.Outcome{}, err
	}
	return o.change(r, row, rev, "benefit.reopen", func(b benefit.Benefit, now time.Time) (benefit.Benefit, error) {
		return rule.Reopen(b, r.Person, now)
	}), nil
}

// done closes a row, as typed: with a remark behind the id.
func (o registrar) done(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	row, rule, rev, note, err := o.about(ctx, r)
	if err != nil {
		return bot.Outcome{}, err
	}
	return o.finish(r, row, rule, rev, note), nil
}

func (o registrar) finish(r bot.Request, row benefit.Benefit, rule benefit.Rule, rev int, note string) bot.Outcome {
	note, _ = ticket.Secrets(clip(oneLine(note), benefit.MaxNote))
	return o.change(r, row, rev, "benefit.done", func(b benefit.Benefit, now time.Time) (benefit.Benefit, error) {
		return rule.Finish(b, note, r.Person, now)
	})
}
