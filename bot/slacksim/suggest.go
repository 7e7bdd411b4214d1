package slacksim

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// offers are the options an app suggests: flat, or in groups.
type offers struct {
	Options []option
	Groups  []optionGroup
}

// all are the options, groups flattened.
func (o offers) all() []option {
	e := element{Options: o.Options, OptionGroups: o.Groups}
	return e.choices()
}

// suggest asks the app for the options of an external select. Like Slack it asks only once enough is typed, shows
// none when the app fails, and refuses an answer that is not made of options.
func (w *Workspace) suggest(user string, at place, blockID, actionID, typed string) (offers, error) {
	w.mu.Lock()
	b, e := at.findElement(blockID, actionID)
	if e == nil || !strings.HasSuffix(e.Type, "external_select") {
		w.mu.Unlock()
		return offers{}, errors.New("slacksim: nothing to type into")
	}
	least := minQuery
	if e.MinQueryLength != nil {
		least = *e.MinQueryLength
	}
	if utf8.RuneCountInString(typed) < least {
		w.mu.Unlock()
		return offers{}, nil
	}
	payload := w.suggestionPayload(w.users[user], at, b, e, typed)
	w.mu.Unlock()
	raw, err := w.deliver(&delivery{kind: kindInteraction, payload: payload, answers: true})
	if err != nil {
		return offers{}, err
	}
	sel, err := readOffers(raw)
	if err != nil {
		w.log.Warn("suggestions refused", "error", err)
		return offers{}, err
	}
	w.mu.Lock()
	w.offered[actionID] = append(w.offered[actionID], sel.rawOptions()...)
	if n := len(w.offered[actionID]) - keptOffers; n > 0 {
		w.offered[actionID] = slices.Delete(w.offered[actionID], 0, n)
	}
	w.mu.Unlock()
	return offers{Options: sel.Options, Groups: sel.OptionGroups}, nil
}

// minQuery is how much must be typed where an element does not say (Slack's documentation of external selects,
// checked 2026-11-20).
const minQuery = 3

// keptOffers is how many options of a select are remembered for somebody to choose from.
const keptOffers = 1000

// readOffers checks the answer to a keystroke.
func readOffers(raw json.RawMessage) (sel element, err error) {
	var o obj
	if len(raw) == 0 {
		return sel, refusal{code: codeArguments, messages: []string{"[ERROR] the answer holds no options"}}
	}
	if err := json.Unmarshal(raw, &o); err != nil {
		return sel, refusal{code: codeArguments, messages: []string{"[ERROR] the answer is not JSON"}}
	}
	if l, ok := o["options"].([]any); ok && len(l) == 0 && len(o) == 1 {
		return sel, nil
	}
	k := &checker{}
	k.only(o, "", "options option_groups")
	k.selection(o, "")
	if len(k.faults) > 0 {
		return sel, refusal{code: codeArguments, messages: k.faults}
	}
	o["type"] = "static_select"
	return sel, recode(o, &sel)
}

// Suggest types into an external select and returns the texts of the options the app offers.
func (p *Person) Suggest(what, typed string) ([]string, error) {
	var at place
	var b block
	var e *element
	err := p.await(func() bool {
		at, b, e = p.find(what, "")
		return e != nil
	})
	if err != nil {
		return nil, p.fail(fmt.Errorf("nothing called %q to type into", what))
	}
	opts, err := p.w.suggest(p.id, at, b.BlockID, e.ActionID, typed)
	out := []string{}
	for _, o := range opts.all() {
		out = append(out, o.Text.Text)
	}
	return out, p.fail(err)
}

// pick does what a person does who wants an entry of an external select: types it, looks at what is offered, and
// takes the entry of that very name or value, or the only one there is.
func (w *Workspace) pick(user string, at place, b block, e *element, wanted string) (string, error) {
	var list []string
	for one := range strings.SplitSeq(wanted, "\n") {
		if one = strings.TrimSpace(one); one == "" {
			continue
		}
		w.mu.Lock()
		state := e.initial()
		if at.view != nil {
			state = at.view.values[b.BlockID][e.ActionID]
		}
		known := slices.Contains(chosenValues(state[slot(e.Type)]), one) || offeredAs(w.offered[e.ActionID], one) != nil
		w.mu.Unlock()
		if known {
			list = append(list, one)
			continue
		}
		got, err := w.suggest(user, at, b.BlockID, e.ActionID, one)
		if err != nil {
			return "", err
		}
		all := got.all()
		i := slices.IndexFunc(all, func(o option) bool { return o.Value == one || o.Text.Text == one })
		if i < 0 && len(all) == 1 {
			i = 0
		}
		if i < 0 {
			var texts []string
			for _, o := range all {
				texts = append(texts, o.Text.Text)
			}
			return "", fmt.Errorf("slacksim: %q typed into %s offers %q, which is not one entry", one, b.BlockID, texts)
		}
		list = append(list, all[i].Value)
	}
	return strings.Join(list, "\n"), nil
}

// pageOffers are the options of an external select as the page draws them: the heading goes with the first of its
// group. An app that fails offers nothing, and the page says so.
func (w *Workspace) pageOffers(g gesture, at place) (any, error) {
	got, err := w.suggest(g.Who, at, g.Block, g.Action, g.Pattern)
	out := []obj{}
	add := func(label string, list []option) {
		for _, o := range list {
			out = append(out, obj{"text": o.Text.Text, "value": o.Value, "group": label})
		}
	}
	add("", got.Options)
	for _, one := range got.Groups {
		add(one.Label.Text, one.Options)
	}
	return obj{"options": out, "failed": err != nil}, nil
}

// offeredAs is the option of this value or text, nil for none.
func offeredAs(list []obj, wanted string) obj {
	for _, o := range list {
		if t, _ := o["text"].(obj); text(o, "value") == wanted || text(t, "text") == wanted {
			return o
		}
	}
	return nil
}
