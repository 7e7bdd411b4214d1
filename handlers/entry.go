package handlers

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"partnerdesk/bot"
	"partnerdesk/bot/lang"
	"partnerdesk/faq"
)

// Overlays keeps what editors change of the corpus.
type Overlays interface {
	// PutOverlay keeps an editor's latest word on an entry, in the transaction.
	PutOverlay(tx bot.Tx, team string, o faq.Overlay) error
	// Overlays lists them, for one team.
	Overlays(ctx context.Context, team string) ([]faq.Overlay, error)
}

// curator is the part of /desk that editors use: /desk entry and /desk why.
type curator struct{ d *Deps }

func (c curator) subs() map[string]bot.Action {
	return map[string]bot.Action{
		"entry": {Needs: bot.RightAsk, Run: c.show},
		"why":   {Needs: bot.RightEdit, Run: c.why},
	}
}

func (c curator) actions() map[string]bot.Action {
	return map[string]bot.Action{
		"edit":   {Needs: bot.RightEdit, Run: c.edit, Opens: true},
		"verify": {Needs: bot.RightEdit, Run: c.verify},
	}
}

func (c curator) forms() map[string]bot.Submission {
	return map[string]bot.Submission{"edit": {Needs: bot.RightEdit, Check: c.checkEdit, Run: c.submitEdit}}
}

// show is /desk entry ID: everything there is about one entry, in both
// languages.
func (c curator) show(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	w := c.d.words(r)
	id := strings.TrimSpace(r.Text)
	if id == "" {
		return bot.Outcome{}, bot.User("entry.which")
	}
	e := c.d.Knowledge.Entry(id)
	if e == nil {
		return bot.Outcome{}, bot.User("entry.unknown", "id", clip(id, 60), "near", c.nearestID(id))
	}
	blocks := []bot.Block{bot.Heading{Text: e.ID}, bot.Note{Inlines: []bot.Inline{
		bot.Text(strings.Join([]string{e.Topic.Name.In(textLang(r.Lang)), string(e.Kind), shortRev(e.Rev)}, " · ")),
	}}}
	for _, tag := range lang.Tags() {
		if body := e.Answer.In(textLang(tag)); body.Fact != "" {
			blocks = append(blocks, c.text(c.d.Catalog.In(tag), e, textLang(tag))...)
		}
	}
	blocks = append(blocks, bot.Note{Inlines: []bot.Inline{bot.Text(w.T("ask.source") + gap(w) + SourceLine(w, e))}})
	conflict, err := c.conflict(ctx, r, e)
	if err != nil {
		return bot.Outcome{}, err
	}
	if conflict {
		blocks = append(blocks, bot.Paragraph{Inlines: []bot.Inline{bot.Text("⚠️ " + w.T("entry.conflict"))}})
	}
	if slices.Contains(r.Actor.Roles, bot.RoleEditor) {
		blocks = append(blocks, bot.Buttons{Items: []bot.Button{
			{Action: "desk.edit", Text: w.T("entry.edit"), Value: e.ID + "|" + e.Rev},
			{Action: "desk.verify", Text: w.T("entry.verify"), Value: e.ID + "|" + e.Rev, Confirm: &bot.Confirm{
				Title: w.T("entry.verify"), Text: w.T("entry.verify.confirm"), Yes: w.T("entry.verify.yes"), No: w.T("form.close"),
			}},
		}})
	}
	return bot.Outcome{Reply: bot.Reply{Private: true, Blocks: blocks}}, nil
}

func (c curator) text(w lang.Words, e *faq.Entry, l faq.Lang) []bot.Block {
	body := e.Answer.In(l)
	blocks := []bot.Block{bot.Paragraph{Inlines: []bot.Inline{bot.Bold(e.Question.In(l)), bot.Text("\n" + body.Fact)}}}
	return append(blocks, provisos(w, body)...)
}

// nearestID is the entry id that shares the most parts with what was typed.
func (c curator) nearestID(id string) string {
	best, most := "", -1
	parts := strings.Split(strings.ToLower(id), "-")
	for _, e := range c.d.Knowledge.Entries() {
		n := 0
		for _, p := range strings.Split(e.ID, "-") {
			if slices.Contains(parts, p) {
				n += 2
			}
		}
		if strings.HasPrefix(e.ID, parts[0]) {
			n++
		}
		if n > most {
			best, most = e.ID, n
		}
	}
	return best
}

// conflict reports whether an editor's text lies over a shipped text that has
// changed since.
func (c curator) conflict(ctx context.Context, r bot.Request, e *faq.Entry) (bool, error) {
	overlays, err := c.d.Overlays.Overlays(ctx, r.Person.Team)
	if err != nil {
		return false, err
	}
	shipped := c.d.Knowledge.Shipped(e.ID)
	for _, o := range overlays {
		if o.ID == e.ID {
			return shipped == nil || o.Base != shipped.Rev, nil
		}
	}
	return false, nil
}

// why is /desk why QUESTION: what faq why prints in the terminal.
func (c curator) why(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	w := c.d.words(r)
	if strings.TrimSpace(r.Text) == "" {
		return bot.Outcome{}, bot.User("why.which")
	}
	why, err := c.d.Knowledge.Why(ctx, faq.Question{Text: r.Text, Lang: textLang(r.Lang), Profile: faq.Profile{Kind: r.Actor.Kind}})
	if err != nil {
		return bot.Outcome{}, err
	}
	reply := WhyReply(w, why)
	reply.Private = true
	return bot.Outcome{Reply: reply}, nil
}

// WhyReply explains a verdict: how the question was read, what was compared on
// which features, and what decided.
func WhyReply(w lang.Words, why faq.Why) bot.Reply {
	line := func(key, value string) []bot.Inline {
		return []bot.Inline{bot.Italic(w.T(key) + " "), bot.Text(value)}
	}
	items := [][]bot.Inline{
		line("why.verdict", fmt.Sprintf("%s (%s)", why.Answer.Verdict, why.Answer.Rule)),
		line("why.confidence", fmt.Sprintf("%.2f", why.Answer.Confidence)),
		line("why.read", strings.Join(why.Read, " ")),
	}
	for key, value := range map[string]string{"why.corrected": why.Corrected, "why.veto": why.Veto, "why.layers": strings.Join(why.Layers, ", ")} {
		if value != "" {
			items = append(items, line(key, value))
		}
	}
	slices.SortStableFunc(items[3:], func(a, b []bot.Inline) int {
		return strings.Compare(bot.PlainInlines(a), bot.PlainInlines(b))
	})
	blocks := []bot.Block{bot.List{Items: items}}
	for i, cand := range why.Candidates[:min(4, len(why.Candidates))] {
		var features []string
		for _, f := range cand.Features {
			if f.Value != 0 {
				features = append(features, fmt.Sprintf("%s %.2f×%.1f", f.Name, f.Value, f.Weight))
			}
		}
		blocks = append(blocks, bot.Paragraph{Inlines: []bot.Inline{
			bot.Bold(fmt.Sprintf("%d. %s", i+1, cand.Entry.ID)), bot.Text(fmt.Sprintf("  %.2f  “%s”\n", cand.Score, clip(cand.Phrasing, 80))), bot.Code(strings.Join(features, "  ")),
		}})
	}
	return bot.Reply{Blocks: blocks}
}

// target finds the entry a button or form was about, in the revision that the
// person had in front of them.
func (c curator) target(value string) (*faq.Entry, error) {
	id, rev, _ := strings.Cut(value, "|")
	e := c.d.Knowledge.Entry(id)
	if e == nil || e.Rev != rev {
		return nil, bot.User("entry.changed")
	}
	return e, nil
}

// fields of the form, in its order.
const (
	fieldZHFact       = "zh_fact"
	fieldZHConditions = "zh_conditions"
	fieldZHNotStated  = "zh_not_stated"
	fieldENFact       = "en_fact"
	fieldENConditions = "en_conditions"
	fieldENNotStated  = "en_not_stated"
)

func (c curator) edit(_ context.Context, r bot.Request) (bot.Outcome, error) {
	w := c.d.words(r)
	e, err := c.target(r.Value)
	if err != nil {
		return bot.Outcome{}, err
	}
	form := bot.Form{Name: "desk.edit", Title: w.T("entry.edit"), Submit: w.T("button.send"), Close: w.T("form.close"), State: r.Value,
		Intro: []bot.Block{bot.Paragraph{Inlines: []bot.Inline{bot.Text(w.T("entry.edit.intro", "id", e.ID))}}}}
	zh, en := e.Answer.ZH, e.Answer.EN
	for _, f := range []struct{ name, initial string }{
		{fieldZHFact, zh.Fact}, {fieldZHConditions, strings.Join(zh.Conditions, "\n")}, {fieldZHNotStated, zh.NotStated},
		{fieldENFact, en.Fact}, {fieldENConditions, strings.Join(en.Conditions, "\n")}, {fieldENNotStated, en.NotStated},
	} {
		form.Fields = append(form.Fields, bot.FormField{
			Name: f.name, Label: w.T("entry.field." + f.name), Kind: bot.FieldText, Initial: f.initial, Optional: f.name != fieldZHFact && f.name != fieldENFact, Max: 900,
		})
	}
	return bot.Outcome{Reply: bot.Reply{Form: &form}}, nil
}

// checkEdit holds an edit to the rules of the corpus: both languages, and the
// same figures in both.
func (c curator) checkEdit(_ context.Context, r bot.Request) (map[string]string, error) {
	faults := map[string]string{}
	for _, f := range []string{fieldZHFact, fieldENFact} {
		if strings.TrimSpace(r.Values[f]) == "" {
			faults[f] = "entry.fault.empty"
		}
	}
	if len(faults) == 0 && lang.Of(r.Values[fieldZHFact]) != lang.Chinese {
		faults[fieldZHFact] = "entry.fault.chinese"
	}
	if len(faults) > 0 {
		return faults, nil
	}
	return nil, nil
}

func (c curator) submitEdit(_ context.Context, r bot.Request) (bot.Outcome, error) {
	e, err := c.target(r.State)
	if err != nil {
		return bot.Outcome{}, err
	}
	lines := func(s string) []string {
		return slices.DeleteFunc(strings.Split(s, "\n"), func(l string) bool { return strings.TrimSpace(l) == "" })
	}
	v := r.Values
	o := c.overlay(r, e)
	o.Edited, o.Question = true, e.Question
	o.Answer = faq.Bodies{
		ZH: faq.Body{Fact: v[fieldZHFact], Conditions: lines(v[fieldZHConditions]), NotStated: v[fieldZHNotStated], Notes: e.Answer.ZH.Notes},
		EN: faq.Body{Fact: v[fieldENFact], Conditions: lines(v[fieldENConditions]), NotStated: v[fieldENNotStated], Notes: e.Answer.EN.Notes},
	}
	return c.keep(r, o, "desk.edit", "entry.edited"), nil
}

func (c curator) verify(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	e, err := c.target(r.Value)
	if err != nil {
		return bot.Outcome{}, err
	}
	o := c.overlay(r, e)
	o.Verified = faq.Verified{Date: c.d.Now().UTC().Truncate(24 * time.Hour), By: r.Actor.Person.Name}
	if err := c.carryEdit(ctx, r, e, &o); err != nil {
		return bot.Outcome{}, err
	}
	return c.keep(r, o, "desk.verify", "entry.verified"), nil
}

// carryEdit keeps an earlier edit when only its verification is new.
func (c curator) carryEdit(ctx context.Context, r bot.Request, e *faq.Entry, o *faq.Overlay) error {
	list, err := c.d.Overlays.Overlays(ctx, r.Person.Team)
	if err != nil {
		return err
	}
	for _, old := range list {
		if old.ID == e.ID && old.Edited {
			o.Edited, o.Question, o.Answer = true, old.Question, old.Answer
		}
	}
	return nil
}

// overlay starts an overlay on the shipped text that lies underneath.
func (c curator) overlay(r bot.Request, e *faq.Entry) faq.Overlay {
	base := e.Rev
	if shipped := c.d.Knowledge.Shipped(e.ID); shipped != nil {
		base = shipped.Rev
	}
	return faq.Overlay{ID: e.ID, Base: base, By: r.Actor.Person.Name, At: c.d.Now()}
}

func (c curator) keep(r bot.Request, o faq.Overlay, action, said string) bot.Outcome {
	reply := bot.Say(bot.Text(c.d.words(r).T(said, "id", o.ID)))
	reply.Private = true
	return bot.Outcome{
		Apply: func(tx bot.Tx) (bot.Reply, error) { return reply, c.d.Overlays.PutOverlay(tx, r.Person.Team, o) },
		Audit: &bot.Entry{
			Stream: "entry/" + o.ID, Person: r.Person, Account: r.Actor.Account, Action: action, Object: o.ID, Outcome: "ok", At: c.d.Now(),
			Facts: map[string]string{"base": shortRev(o.Base)},
		},
	}
}
