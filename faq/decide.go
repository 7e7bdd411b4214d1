package faq

import (
	"context"
	"slices"
	"strings"

	"partnerdesk/faq/text"
)

// mixed is the share of the ranking below which an honest unknown does not silence the entries beside it.
const mixed = 0.6

// decide turns a ranking and its confidence into a verdict. The rules are tried from the top.
func (d *Desk) decide(ctx context.Context, t *thought, q Question) error {
	an := &t.answer
	r := &t.query.reading
	if r.Ordered && !asks(r) {
		an.Rule = RuleCommand
		return nil
	}
	d.preferOwn(t, q.Profile)
	several, err := d.friends(ctx, t)
	if err != nil {
		return err
	}
	top := d.corpus.Entries[t.list[0].entry]
	t.veto = d.veto(t)
	sure, maybe := d.thresholds(top)
	switch {
	case several:
		an.Verdict, an.Rule = Maybe, RuleFriend
		return nil
	case top.Kind == Unknown && an.Confidence >= maybe && (t.list[0].p >= mixed || len(r.Foreign) > 0 || d.real(t) == nil):
		an.Gap, an.Rule = top, RuleGap
		d.near(t)
		return nil
	case top.Kind == Unknown && an.Confidence >= maybe:
		an.Gap, an.Verdict, an.Rule = top, Maybe, RuleDoubtful
	case t.veto == vetoSubject && idle(r) && an.Confidence < sure:
		an.Rule = RuleVeto
		return nil
	case strings.HasPrefix(t.veto, vetoForeign) && an.Confidence < (sure+maybe)/2 && !top.Draft:
		an.Rule = RuleVeto
		d.near(t)
		return nil
	case t.veto != "" && an.Confidence >= sure:
		an.Verdict, an.Rule = Maybe, RuleVeto
	case an.Confidence >= sure:
		forks, even := d.forks(t, top, q.Profile)
		if even {
			an.Verdict, an.Rule = Maybe, RuleRole
			break
		}
		an.Verdict, an.Entry, an.Rev, an.Rule, an.Forks = Sure, top, top.Rev, RuleConfident, forks
		an.Audience = top.Audience.Fits(q.Profile)
		return nil
	case an.Confidence >= maybe:
		an.Verdict, an.Rule = Maybe, RuleDoubtful
	default:
		an.Rule = RuleUnlikely
		d.near(t)
		return nil
	}
	for _, c := range t.list {
		if e := d.corpus.Entries[c.entry]; e.Kind != Unknown && len(an.Choices) < most {
			an.Choices = append(an.Choices, Choice{e, c.p})
		}
	}
	if len(an.Choices) == 0 {
		an.Verdict = None
	}
	return nil
}

// most is the number of choices a person is offered.
const most = 3

// near lists the nearest entries that state a fact, to show when nothing is answered.
func (d *Desk) near(t *thought) {
	for _, c := range t.list {
		if e := d.corpus.Entries[c.entry]; e.Kind != Unknown && len(t.answer.Near) < most {
			t.answer.Near = append(t.answer.Near, e)
		}
	}
}

// real returns the best candidate that states a fact, or nil.
func (d *Desk) real(t *thought) *candidate {
	for i := range t.list {
		if d.corpus.Entries[t.list[i].entry].Kind != Unknown {
			return &t.list[i]
		}
	}
	return nil
}

// asks says whether a question word is there.
func asks(r *text.Reading) bool {
	for _, t := range r.Types {
		if t != "something" && t != "difference" {
			return true
		}
	}
	return false
}

// vetoForeign starts the veto of a word the corpus does not deal with: a doubtful match is then not even offered.
const vetoForeign = "foreign "

// vetoSubject is the veto of a question that names no thing.
const vetoSubject = "no subject"

// idle says whether a text has no action, number or telling way of asking either ("say that again", "really?").
func idle(r *text.Reading) bool {
	return len(r.Numbers) == 0 && !slices.ContainsFunc(r.Types, turns) &&
		!slices.ContainsFunc(r.Spans, func(sp text.Span) bool { return sp.Concept != nil && sp.Concept.Kind == text.Action })
}

// veto names what forbids a sure answer with the first candidate: something the question turns on that the entry nowhere
// has. Empty when nothing does.
func (d *Desk) veto(t *thought) string {
	c := &t.list[0]
	k := &d.a.known[c.entry]
	has := func(term string) bool {
		id, ok := d.a.vocab[markTerm+term]
		return ok && (find(k.terms, id) > 0 || k.answer[id])
	}
	for _, x := range t.query.terms {
		switch {
		case has(x.Text):
		case x.Concept != nil && x.Weight >= weightWhole && d.corpus.Lexicon.Decisive(x.Concept.Name):
			return "nothing about " + x.Concept.Name
		case x.Concept != nil && x.Concept.Kind == text.Foreign:
			return vetoForeign + strings.TrimPrefix(x.Text, "#")
		case strings.HasPrefix(x.Text, "d:"), year(x.Text):
			return "date " + x.Text[2:]
		case x.Concept != nil && x.Concept.Kind == text.Role && !generic(x.Concept.Name) && d.otherRole(k, x.Concept.Name):
			return "role " + x.Concept.Name
		}
	}
	if other := d.rival(&t.query.reading, k); other != "" {
		return other
	}
	if one := d.half(t); one != "" {
		return one
	}
	if !t.query.subject() {
		return vetoSubject
	}
	if strings.HasPrefix(t.query.text, "把") && !asks(&t.query.reading) {
		return "reads like an order"
	}
	if lack := unanswered(&t.query.reading, k, has); lack != "" {
		return lack
	}
	for _, code := range t.query.reading.Codes {
		if !has(text.Stem(code)) && strings.ContainsAny(code, "0123456789_") && len(code) > 3 {
			return "code " + code
		}
	}
	return ""
}

// unanswered names a type of question that an entry cannot answer, when it is asked in none of the question's ways.
func unanswered(r *text.Reading, k *known, has func(string) bool) string {
	for _, typ := range r.Types {
		if k.types[typ] > 0 && typ != "something" && typ != "yesno" {
			return ""
		}
	}
	for _, typ := range r.Types {
		switch {
		case figure(typ) && len(k.figures) == 0:
			return "no figure for " + typ
		case typ == "howlong" && !slices.ContainsFunc(spans[:], has):
			return "no time for " + typ
		}
	}
	return ""
}

// figure says whether a type of question can only be answered with a number or a date.
func figure(typ string) bool {
	switch typ {
	case "amount", "count", "when":
		return true
	}
	return false
}

// spans are terms of which an answer to "how long" has one.
var spans = [...]string{
	"#working-day", "#day-unit", "#month-unit", "#year-unit", "#hour", "#minute", "#week", "#quarter", "#same-day", "#monthly",
	"#real-time", "#soon", "#next-year", "#year-end", "#period",
}

// year says whether a number term is a calendar year.
func year(s string) bool {
	return len(s) == 6 && (strings.HasPrefix(s, "n:20") || strings.HasPrefix(s, "n:19"))
}

// otherRole says whether an entry is asked about parties, but never about this one.
func (d *Desk) otherRole(k *known, role string) bool {
	other := false
	for name, n := range k.roles {
		if name == role {
			return false
		}
		other = other || !generic(name) && 3*n >= k.asks
	}
	return other
}

// plain is the confidence from which a word with several meanings is taken as it was matched.
const plain = 0.9

// friends fills in the choices when the question turns on a word with several meanings and nothing tells which; it says
// whether it did.
func (d *Desk) friends(ctx context.Context, t *thought) (bool, error) {
	if d.dated(t) {
		return true, nil
	}
	if t.answer.Confidence >= plain {
		return false, nil
	}
	if slices.ContainsFunc(t.query.reading.Roles, func(r string) bool { return !generic(r) }) {
		return false, nil // who gets it tells what is meant
	}
	var word *text.Concept
	for _, sp := range t.query.reading.Spans {
		c := sp.Concept
		switch {
		case c == nil:
			if hanOnly(sp.Text) != 1 { // a word, number or code that may tell which
				return false, nil
			}
		case c.Kind == text.Object || c.Kind == text.Action:
			if d.corpus.Lexicon.Senses(c.Name) != nil {
				if word != nil && word != c {
					return false, nil
				}
				word = c
				continue
			}
			if c.Kind == text.Object || !common(c.Name) {
				return false, nil
			}
		case c.Kind == text.Foreign:
			return false, nil
		}
	}
	if word == nil {
		return false, nil
	}
	var choices []Choice
	for _, sense := range d.corpus.Lexicon.Senses(word.Name) {
		c, err := d.sense(ctx, t, word, sense)
		if err != nil {
			return false, err
		}
		if c != nil && !taken(choices, c.Entry) {
			choices = append(choices, *c)
		}
	}
	if len(choices) < 2 {
		return false, nil
	}
	slices.SortStableFunc(choices, func(x, y Choice) int {
		switch {
		case x.Confidence > y.Confidence:
			return -1
		case x.Confidence < y.Confidence:
			return 1
		}
		return 0
	})
	t.answer.Choices = choices[:min(len(choices), most)]
	return true, nil
}

// sense asks the question with one meaning in place of the word, and returns the best entry about that meaning or nil.
func (d *Desk) sense(ctx context.Context, t *thought, word *text.Concept, name string) (*Choice, error) {
	meant := d.corpus.Lexicon.Concept(name)
	id, ok := d.a.vocab[markTerm+text.Name(meant)]
	if !ok {
		return nil, nil
	}
	var parts []string
	for _, sp := range t.query.reading.Spans {
		if sp.Concept != word {
			parts = append(parts, sp.Text)
			continue
		}
		form := meant.Forms[0]
		switch {
		case strings.Contains(form, sp.Text):
			parts = append(parts, form)
		case word.Kind == text.Action:
			parts = append(parts, sp.Text, form)
		default:
			parts = append(parts, form, sp.Text)
		}
	}
	x, err := d.consider(ctx, joinSpans(parts), t.answer.Lang, nil)
	if err != nil {
		return nil, err
	}
	for _, c := range x.list {
		k := &d.a.known[c.entry]
		if e := d.corpus.Entries[c.entry]; e.Kind != Unknown && 4*find(k.terms, id) >= k.asks && x.answer.Confidence >= d.o.Maybe {
			return &Choice{e, c.p * x.answer.Confidence}, nil
		}
	}
	return nil, nil
}

func taken(list []Choice, e *Entry) bool {
	return slices.ContainsFunc(list, func(c Choice) bool { return c.Entry == e })
}

// common actions go with every object and do not tell which is meant.
func common(action string) bool {
	switch action {
	case "use", "query", "apply", "manage", "support", "set", "receive", "buy", "call":
		return true
	}
	return false
}

// nearly is how near a candidate must come to the first one to count as the same question for another party.
const nearly = 0.25

// level is how near it must come for the person to be asked who they are.
const level = 0.6

// preferOwn puts the entry for the person who asks before one for others, when both match about as well.
func (d *Desk) preferOwn(t *thought, p Profile) {
	if p.Kind == "" || len(t.list) < 2 || len(t.query.reading.Roles) > 0 && !generic(t.query.reading.Roles[0]) {
		return
	}
	if d.corpus.Entries[t.list[0].entry].Audience.Fits(p) != FitOther {
		return
	}
	for i := 1; i < len(t.list) && t.list[i].p >= nearly*t.list[0].p; i++ {
		e := d.corpus.Entries[t.list[i].entry]
		if e.Kind != Unknown && e.Audience.Fits(p) == FitYes {
			own := t.list[i]
			t.list = slices.Insert(slices.Delete(t.list, i, i+1), 0, own)
			return
		}
	}
}

// forks lists the entries that answer the same question for other parties, when nobody knows who asks; even says that one
// of them matches about as well as the first, so that the person has to say.
func (d *Desk) forks(t *thought, top *Entry, p Profile) (out []*Entry, even bool) {
	if p.Kind != "" || len(top.Audience.Kinds) == 0 {
		return nil, false
	}
	for _, r := range t.query.reading.Roles {
		if !generic(r) {
			return nil, false
		}
	}
	for _, c := range t.list[1:] {
		e := d.corpus.Entries[c.entry]
		if c.p < nearly*t.list[0].p || len(out) == 2 {
			break
		}
		if e.Kind != Unknown && len(e.Audience.Kinds) > 0 && !overlaps(e.Audience.Kinds, top.Audience.Kinds) {
			out = append(out, e)
			even = even || c.p >= level*t.list[0].p
		}
	}
	return out, even
}

func overlaps(a, b []string) bool {
	return slices.ContainsFunc(a, func(s string) bool { return slices.Contains(b, s) })
}
