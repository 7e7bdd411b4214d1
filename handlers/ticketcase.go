package handlers

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"sync"
	"time"

	"partnerdesk/bot"
	"partnerdesk/bot/lang"
	"partnerdesk/handlers/partner"
	"partnerdesk/handlers/ticket"
)

// A Huawei case is filled in by steps, since each list depends on the choice
// before: product, problem type, and then what these ask for. A choice travels
// by a short fingerprint of its id: ids may be longer than a choice can carry.

// caseForms remembers the lists for a day (partner API sheet, section 6.4,
// 2026-11-20).
type caseForms struct {
	d *Deps

	mu    sync.Mutex // guards the fields below
	kept  map[string]any
	since time.Time
}

const keepCaseForms = 24 * time.Hour

func fingerprint(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:6])
}

// remember returns a list from memory or reads it. Two people at once may both
// read it; that does no harm.
func remember[T any](f *caseForms, key string, read func() (T, error)) (T, error) {
	now := f.d.Now()
	f.mu.Lock()
	if f.kept == nil || now.Sub(f.since) > keepCaseForms {
		f.kept, f.since = map[string]any{}, now
	}
	old, found := f.kept[key].(T)
	f.mu.Unlock()
	if found {
		return old, nil
	}
	list, err := read()
	if err != nil {
		return list, center(err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.kept[key] = list
	return list, nil
}

// pick is a product with its category.
type pick struct {
	category partner.CaseCategory
	product  partner.CaseProduct
}

func (p pick) key() string { return fingerprint(p.category.ID, p.product.ID) }

func (f *caseForms) products(ctx context.Context) ([]pick, error) {
	categories, err := remember(f, "categories", func() ([]partner.CaseCategory, error) { return f.d.Cases.CaseCategories(ctx) })
	var list []pick
	for _, c := range categories {
		for _, p := range c.Products {
			list = append(list, pick{c, p})
		}
	}
	return list, err
}

func (f *caseForms) problems(ctx context.Context, product string) ([]partner.CaseProblem, error) {
	return remember(f, "problems/"+product, func() ([]partner.CaseProblem, error) { return f.d.Cases.CaseProblems(ctx, product) })
}

// choice is what has been chosen so far, as ticket|product|problem.
type choice struct {
	id string
	pick
	problem partner.CaseProblem
}

func (c choice) String() string {
	parts := []string{c.id}
	if c.product.ID != "" || c.category.ID != "" {
		parts = append(parts, c.key())
	}
	if c.problem.ID != "" {
		parts = append(parts, fingerprint(c.problem.ID))
	}
	return strings.Join(parts, "|")
}

// parse reads a choice back and resolves it. Lists change: what is not there any
// more sends the person back to the start.
func (f *caseForms) parse(ctx context.Context, s string) (choice, error) {
	parts := strings.Split(s, "|")
	c := choice{id: parts[0]}
	gone := bot.User("ticket.case.gone", "id", c.id)
	if len(parts) > 1 {
		list, err := f.products(ctx)
		if err != nil {
			return c, err
		}
		i := slices.IndexFunc(list, func(p pick) bool { return p.key() == parts[1] })
		if i < 0 {
			return c, gone
		}
		c.pick = list[i]
	}
	if len(parts) > 2 {
		list, err := f.problems(ctx, c.product.ID)
		if err != nil {
			return c, err
		}
		i := slices.IndexFunc(list, func(p partner.CaseProblem) bool { return fingerprint(p.ID) == parts[2] || p.Name == parts[2] })
		if i < 0 {
			return c, gone
		}
		c.problem = list[i]
	}
	return c, nil
}

// ready checks everything that can be known before the first step.
func (t ticketer) ready(ctx context.Context, r bot.Request, id string) (ticket.Ticket, error) {
	row, err := t.find(ctx, r, id)
	if err != nil {
		return row, err
	}
	if t.d.Cases == nil {
		return row, bot.User("ticket.no_center", "admin", t.d.words(r).T("person.admin"))
	}
	return row, row.Sendable()
}

// mostOptions is how many entries a choice can have (Slack platform sheet,
// section B, 2026-11-20).
const mostOptions = 100

// productForm is step 1 of 3.
func (t ticketer) productForm(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	row, err := t.ready(ctx, r, r.Value)
	if err != nil {
		return bot.Outcome{}, err
	}
	signed, err := t.d.Cases.CaseAgreement(ctx)
	if err != nil {
		return bot.Outcome{}, center(err)
	}
	if !signed {
		return bot.Outcome{}, bot.User("ticket.agreement")
	}
	list, err := t.forms.products(ctx)
	if err != nil {
		return bot.Outcome{}, err
	}
	w := t.d.words(r)
	field := bot.FormField{Name: "product", Kind: bot.FieldChoice, Label: w.T("ticket.case.product")}
	for _, p := range list {
		field.Options = append(field.Options, bot.Option{Value: p.key(), Text: p.category.Name + " / " + p.product.Name})
	}
	if len(field.Options) > mostOptions {
		field.Kind, field.Options, field.Hint = bot.FieldLine, nil, w.T("ticket.case.product.hint")
	}
	return bot.Outcome{Reply: bot.Reply{Form: &bot.Form{
		Name: "ticket.product", Title: w.T("ticket.case.step1"), Submit: w.T("button.next"), Close: w.T("form.close"), State: choice{id: row.ID}.String(),
		Intro: caseIntro(w, row), Fields: []bot.FormField{field},
	}}}, nil
}

func caseIntro(w lang.Words, row ticket.Ticket) []bot.Block {
	return []bot.Block{bot.Paragraph{Inlines: []bot.Inline{bot.Bold(row.ID), bot.Text(" " + ticket.Contacts(row.What))}},
		bot.Note{Inlines: []bot.Inline{bot.Text(w.T("ticket.case.intro"))}}}
}

// next is the message between two forms: what was chosen, and the button on.
func (t ticketer) next(r bot.Request, c choice, action, label string, chosen ...string) bot.Outcome {
	w := t.d.words(r)
	return bot.Outcome{Reply: bot.Reply{Private: true, Replace: r.Place.Private, Blocks: []bot.Block{
		bot.Paragraph{Inlines: []bot.Inline{bot.Bold(c.id + " "), bot.Text(strings.Join(chosen, " → "))}},
		bot.Buttons{Items: []bot.Button{
			{Action: action, Text: w.T(label), Value: c.String(), Style: bot.StylePrimary},
			{Action: "ticket.send", Text: w.T("ticket.case.restart"), Value: c.id},
		}},
	}}}
}

func (t ticketer) submitProduct(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	row, err := t.ready(ctx, r, r.State)
	if err != nil {
		return bot.Outcome{}, err
	}
	list, err := t.forms.products(ctx)
	if err != nil {
		return bot.Outcome{}, err
	}
	typed := strings.ToLower(oneLine(r.Values["product"]))
	found := matchProduct(list, typed)
	w := t.d.words(r)
	switch {
	case len(found) == 0:
		return bot.Outcome{}, bot.User("ticket.case.no_product", "name", clip(typed, 40))
	case len(found) == 1:
		c := choice{id: row.ID, pick: found[0]}
		return t.next(r, c, "ticket.problem", "ticket.case.step2", c.category.Name, c.product.Name), nil
	}
	var items []bot.Button
	for _, p := range found[:min(len(found), 10)] {
		items = append(items, bot.Button{Action: "ticket.problem", Text: p.category.Name + " / " + p.product.Name, Value: choice{id: row.ID, pick: p}.String()})
	}
	return bot.Outcome{Reply: bot.Reply{Private: true, Blocks: []bot.Block{
		bot.Paragraph{Inlines: []bot.Inline{bot.Bold(row.ID + " "), bot.Text(w.T("ticket.case.which_product"))}}, bot.Buttons{Items: items},
	}}}, nil
}

// matchProduct finds a product by its fingerprint or its whole name, else all
// whose name holds what was typed.
func matchProduct(list []pick, typed string) []pick {
	var found []pick
	for _, p := range list {
		if p.key() == typed || strings.ToLower(p.product.Name) == typed {
			return []pick{p}
		}
		if typed != "" && strings.Contains(strings.ToLower(p.category.Name+" / "+p.product.Name), typed) {
			found = append(found, p)
		}
	}
	return found
}

// problemForm is step 2 of 3.
func (t ticketer) problemForm(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	row, c, err := t.chosen(ctx, r, r.Value)
	if err != nil {
		return bot.Outcome{}, err
	}
	list, err := t.forms.problems(ctx, c.product.ID)
	if err != nil {
		return bot.Outcome{}, err
	}
	if len(list) == 0 {
		return bot.Outcome{}, bot.User("ticket.case.no_problem", "name", c.product.Name)
	}
	w := t.d.words(r)
	field := bot.FormField{Name: "problem", Kind: bot.FieldChoice, Label: w.T("ticket.case.problem")}
	for _, p := range list[:min(len(list), mostOptions)] {
		text := p.Name
		if p.Type == partner.FaultCase {
			text += w.T("ticket.case.is_fault")
		}
		field.Options = append(field.Options, bot.Option{Value: fingerprint(p.ID), Text: text})
	}
	return bot.Outcome{Reply: bot.Reply{Form: &bot.Form{
		Name: "ticket.problem", Title: w.T("ticket.case.step2"), Submit: w.T("button.next"), Close: w.T("form.close"), State: c.String(),
		Intro: caseIntro(w, row), Fields: []bot.FormField{field},
	}}}, nil
}

// chosen loads the ticket and the choice so far.
func (t ticketer) chosen(ctx context.Context, r bot.Request, state string) (ticket.Ticket, choice, error) {
	id, _, _ := strings.Cut(state, "|")
	row, err := t.ready(ctx, r, id)
	if err != nil {
		return row, choice{}, err
	}
	c, err := t.forms.parse(ctx, state)
	return row, c, err
}

func (t ticketer) submitProblem(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	_, c, err := t.chosen(ctx, r, r.State+"|"+r.Values["problem"])
	if err != nil {
		return bot.Outcome{}, err
	}
	return t.next(r, c, "ticket.case", "ticket.case.step3", c.product.Name, c.problem.Name), nil
}
