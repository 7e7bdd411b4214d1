package faq

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Options tune a desk. The zero value is what ships.
type Options struct {
	Sure   float64 // least confidence of a sure answer, 0..1; zero means 0.52
	Maybe  float64 // least confidence of offering choices, 0..1; zero means 0.1
	Draft  float64 // a draft has few ways of asking: Sure times this is enough for it, and Maybe times its cube; zero means 0.65
	Model  *Model  // nil means the shipped weights
	Sounds Sounds  // readings of characters for the second try; nil means none
}

// Sounds tells how a character is read.
type Sounds interface {
	// Readings returns the usual readings in pinyin without tones, none for what is not a Chinese character.
	Readings(r rune) []string
}

// Desk answers questions from a corpus. It is safe for concurrent use.
type Desk struct {
	corpus   *Corpus
	a        *analysis
	searcher Searcher
	o        Options
	model    *Model
	spell    *speller
	senses   *senses
}

// NewDesk returns a desk over a corpus and a searcher that was opened on the same corpus.
func NewDesk(c *Corpus, s Searcher, o Options) (*Desk, error) {
	o.Sure, o.Maybe = cmp.Or(o.Sure, 0.52), cmp.Or(o.Maybe, 0.1)
	o.Draft = cmp.Or(o.Draft, 0.65)
	if o.Sure < 0 || o.Sure > 1 || o.Maybe < 0 || o.Maybe > o.Sure {
		return nil, fmt.Errorf("faq options: sure %g and maybe %g must be between 0 and 1, maybe not above sure", o.Sure, o.Maybe)
	}
	m := o.Model
	if m == nil {
		var err error
		if m, err = ShippedModel(); err != nil {
			return nil, err
		}
	}
	a := c.analysed()
	return &Desk{
		corpus: c, a: a, searcher: s, o: o, model: m,
		spell: newSpeller(a, c.Lexicon, o.Sounds), senses: newSenses(a, m.enc, false),
	}, nil
}

// Corpus returns what the desk answers from.
func (d *Desk) Corpus() *Corpus { return d.corpus }

// longest is how many runes of a question are read.
const longest = 600

// Ask answers a question.
func (d *Desk) Ask(ctx context.Context, q Question) (Answer, error) {
	t, err := d.think(ctx, q, nil)
	if err != nil {
		return Answer{}, err
	}
	return t.answer, nil
}

// Why answers a question and explains the verdict.
func (d *Desk) Why(ctx context.Context, q Question) (Why, error) {
	t, err := d.think(ctx, q, nil)
	if err != nil {
		return Why{}, err
	}
	return d.explain(t), nil
}

// thought is everything that led to an answer.
type thought struct {
	answer     Answer
	query      *query
	list       []candidate
	confidence [confFeatures]float64
	layers     []string
	corrected  string
	fixes      int // words the second try replaced
	veto       string
}

func (d *Desk) think(ctx context.Context, q Question, h *hide) (*thought, error) {
	s := q.Text
	if utf8.RuneCountInString(s) > longest {
		s = string([]rune(s)[:longest])
	}
	lang := q.Lang
	if lang == "" {
		lang = LangOf(s)
	}
	if d.corpus.Lexicon.Chat(s) {
		return &thought{answer: Answer{Verdict: None, Lang: lang, Asked: strings.TrimSpace(s), Rule: RuleChat}}, nil
	}
	t, err := d.consider(ctx, s, lang, h)
	if err != nil {
		return nil, err
	}
	if whole, leans := d.complete(s, q.Previous); whole != "" && (leans || t.answer.Confidence < d.o.Sure) {
		with, err := d.consider(ctx, whole, lang, h)
		if err != nil {
			return nil, err
		}
		if leans || with.answer.Confidence >= d.o.Sure {
			with.layers = append(with.layers, "context")
			t = with
		}
	}
	switch {
	case len(t.query.terms) == 0:
		t.answer.Rule = RuleEmpty
	case len(t.list) == 0:
		t.answer.Rule = RuleNoCandidate
	default:
		if err := d.decide(ctx, t, q); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// consider compares entries with one wording of a question, and with its corrected spelling when there is one; the better
// of the two is kept.
func (d *Desk) consider(ctx context.Context, s string, lang Lang, h *hide) (*thought, error) {
	t := &thought{answer: Answer{Verdict: None, Lang: lang, Asked: strings.TrimSpace(s)}}
	t.query = d.a.query(d.corpus.Lexicon, s)
	if len(t.query.terms) == 0 {
		return t, nil
	}
	if err := d.try(ctx, t, h); err != nil {
		return nil, err
	}
	if t.answer.Confidence >= certain {
		return t, nil
	}
	fixed, n := d.spell.correct(t.query.reading)
	if n == 0 {
		return t, nil
	}
	second := &thought{answer: t.answer, query: d.a.query(d.corpus.Lexicon, fixed), corrected: fixed, fixes: n}
	if err := d.try(ctx, second, h); err != nil {
		return nil, err
	}
	if second.answer.Confidence > t.answer.Confidence {
		second.layers = append(t.layers, "spelling")
		return second, nil
	}
	return t, nil
}

// certain is the confidence from which no second try is made.
const certain = 0.9

// try finds and compares entries for a thought's query.
func (d *Desk) try(ctx context.Context, t *thought, h *hide) error {
	found, err := d.searcher.Search(ctx, t.query.search(d.a), d.limit(h))
	if err != nil {
		return fmt.Errorf("find candidates: %w", err)
	}
	t.layers = append(t.layers, "terms")
	t.list = d.a.rankEntries(t.query, d.addNear(t.query, d.a.numbers(found)), d.senses, h, d.model)
	t.answer.Confidence = 0
	if len(t.list) > 0 {
		t.confidence = d.a.confidenceOf(d.corpus, t.query, t.list, t.fixes)
		t.answer.Confidence = d.model.confidence(t.confidence)
	}
	return nil
}

// Bounds of the search by sense, which looks at every entry.
const (
	nearCount = 6
	scanLimit = 20000 // entries
)

// addNear adds the questions of the entries that lie closest by sense to the phrasings found.
func (d *Desk) addNear(q *query, found []int) []int {
	if len(d.senses.enc.rows) == 0 || len(d.senses.places) > scanLimit {
		return found
	}
	v := d.senses.encodeQuery(d.a, q)
	for _, e := range d.senses.nearest(&v, nearCount) {
		k := &d.a.known[e]
		has := false
		for _, n := range found {
			if int32(n) >= k.first && int32(n) < k.last {
				has = true
				break
			}
		}
		if !has {
			for n := k.first; n < k.last; n++ {
				found = append(found, int(n))
			}
		}
	}
	return found
}

// limit asks for more phrasings when some are hidden.
func (d *Desk) limit(h *hide) int {
	if h == nil {
		return candidates
	}
	return candidates + 60
}

// thresholds returns the least confidence of a sure answer and of choices for an entry.
func (d *Desk) thresholds(e *Entry) (sure, maybe float64) {
	if e.Draft {
		return d.o.Sure * d.o.Draft, d.o.Maybe * d.o.Draft * d.o.Draft * d.o.Draft
	}
	return d.o.Sure, d.o.Maybe
}

func (d *Desk) explain(t *thought) Why {
	w := Why{Answer: t.answer, Layers: t.layers, Corrected: t.corrected, Veto: t.veto}
	if t.query != nil {
		w.Read = t.query.tokens()
	}
	for i, c := range t.list {
		x := Candidate{Entry: d.corpus.Entries[c.entry], Phrasing: d.a.phrasings[c.best].text, Score: c.p}
		for j, v := range c.features {
			x.Features = append(x.Features, Feature{rankNames[j], v, d.model.rankW[j]})
		}
		w.Candidates = append(w.Candidates, x)
		if i == 0 {
			for j, v := range t.confidence {
				w.Confidence = append(w.Confidence, Feature{confNames[j], v, d.model.slope(j, v)})
			}
		}
	}
	return w
}
