package faq

import (
	"cmp"
	"math"
	"slices"
	"sort"
	"strings"

	"partnerdesk/faq/text"
)

// query is a question made comparable with an analysis.
type query struct {
	text    string
	reading text.Reading
	terms   []queryTerm
	pairs   []int32 // sorted; unknown ones are -1
	raw     []int32
	loose   []int32 // pairs of neighbouring characters that belong to no concept, -1 when unknown

	termNorm, pairNorm, rawNorm float64
	termMass                    float64 // idf-weighted, unknown terms included
	unseenMass                  float64 // part of termMass no entry has
	technical                   float64 // how much its most technical word belongs to the API entries, 0..1
	looseUnknown                float64 // share of the loose pairs that no entry has
	rawUnseen                   float64 // share of raw n-grams no entry has, idf-weighted
}

type queryTerm struct {
	text.Term
	id   int32 // -1 when no entry has it
	mass float64
}

func (a *analysis) query(lex *text.Lexicon, s string) *query {
	q := &query{text: s, reading: lex.Read(s)}
	for _, t := range q.reading.Terms {
		id, ok := a.vocab[markTerm+t.Text]
		if !ok {
			id = -1
		}
		m := t.Weight * a.idf(id)
		q.terms = append(q.terms, queryTerm{t, id, m})
		q.termNorm += m * m
		q.termMass += m
		if id < 0 {
			q.unseenMass += m
			continue
		}
		if t.Content() && a.df[id] > 0 {
			q.technical = max(q.technical, float64(a.tech[id])/(float64(a.df[id])+0.5))
		}
	}
	q.pairs, q.pairNorm, _ = a.lookup(markPair, q.reading.Pairs)
	var unseen float64
	q.raw, q.rawNorm, unseen = a.lookup(markRaw, q.reading.Raw)
	if q.rawNorm > 0 {
		q.rawUnseen = unseen / q.rawNorm
	}
	unknown := 0
	for _, s := range q.reading.Loose {
		id, ok := a.vocab[markRaw+s]
		if !ok {
			id = -1
			unknown++
		}
		q.loose = append(q.loose, id)
	}
	if len(q.loose) > 0 {
		q.looseUnknown = float64(unknown) / float64(len(q.loose))
	}
	return q
}

func (a *analysis) lookup(mark string, list []string) (ids []int32, norm, unseen float64) {
	ids = make([]int32, len(list))
	for i, s := range list {
		id, ok := a.vocab[mark+s]
		if !ok {
			id = -1
		}
		ids[i] = id
		w := a.idf(id)
		norm += w * w
		if id < 0 {
			unseen += w * w
		}
	}
	slices.Sort(ids)
	return ids, norm, unseen
}

// subject says whether a question names anything: a thing, a party, a number, a Latin word or two characters that are not
// words of the lexicon.
func (q *query) subject() bool {
	loose := 0
	for _, t := range q.reading.Terms {
		switch {
		case t.Concept == nil && t.Content():
			return true
		case t.Concept == nil:
			loose++
		case t.Concept.Kind == text.Object, t.Concept.Kind == text.Role, t.Concept.Kind == text.Foreign:
			return true
		}
	}
	return loose > 1
}

// Boosts of the three fields when candidates are looked for.
const (
	boostPair = 0.5
	boostRaw  = 0.35
)

// One search touches at most so many tokens and postings: the most telling tokens come first, and common ones are left out
// when telling ones have filled it.
const (
	postings = 4000
	clauses  = 20
	fewest   = 1 // tokens looked for whatever they cost
)

// search lists the tokens to look for, the most telling first.
func (q *query) search(a *analysis) []Term {
	type cand struct {
		Term
		gain float64
		cost int32
	}
	list := make([]cand, 0, len(q.terms)+len(q.reading.Pairs)+len(q.reading.Raw))
	add := func(field, token string, id int32, boost float64) {
		list = append(list, cand{Term{field, token, boost}, boost * a.idf(id), a.docs[id]})
	}
	for _, t := range q.terms {
		if t.id >= 0 {
			add(FieldTerm, t.Text, t.id, t.Weight)
		}
	}
	for _, s := range q.reading.Pairs {
		if id, ok := a.vocab[markPair+s]; ok {
			add(FieldPair, s, id, boostPair)
		}
	}
	for _, s := range q.reading.Raw {
		if id, ok := a.vocab[markRaw+s]; ok {
			add(FieldRaw, s, id, boostRaw)
		}
	}
	slices.SortStableFunc(list, func(x, y cand) int { return cmp.Compare(y.gain, x.gain) })
	out := make([]Term, 0, min(len(list), clauses))
	spent := int32(0)
	for _, c := range list {
		if len(out) >= fewest && (spent+c.cost > postings || len(out) == clauses) {
			continue
		}
		spent += c.cost
		out = append(out, c.Term)
	}
	return out
}

// overlap is what a phrasing and a query share.
type overlap struct {
	term, pair, raw float64 // cosines
	score           float64 // of the combined vectors
	cover           float64 // share of the query's term mass that the phrasing has
	back            float64 // share of the phrasing's term mass that the query has
}

// Shares of the three sorts of tokens in the combined score.
const (
	shareTerm = 1.0
	sharePair = 0.35
	shareRaw  = 0.35
)

func (a *analysis) overlap(q *query, p *phrasing) overlap {
	var o overlap
	var dotT, hitQ, hitP float64
	for _, t := range q.terms {
		if t.id < 0 {
			continue
		}
		i := sort.Search(len(p.terms), func(i int) bool { return p.terms[i].id >= t.id })
		if i == len(p.terms) || p.terms[i].id != t.id {
			continue
		}
		w := float64(p.terms[i].w) * a.idf(t.id)
		dotT += w * t.mass
		hitQ += min(t.mass, w)
		hitP += min(t.mass, w)
	}
	dotP, dotR := a.dot(q.pairs, p.pairs), a.dot(q.raw, p.raw)
	o.term = cosine(dotT, q.termNorm, p.termNorm)
	o.pair = cosine(dotP, q.pairNorm, p.pairNorm)
	o.raw = cosine(dotR, q.rawNorm, p.rawNorm)
	o.score = cosine(shareTerm*dotT+sharePair*dotP+shareRaw*dotR,
		shareTerm*q.termNorm+sharePair*q.pairNorm+shareRaw*q.rawNorm,
		shareTerm*p.termNorm+sharePair*p.pairNorm+shareRaw*p.rawNorm)
	if q.termMass > 0 {
		o.cover = hitQ / q.termMass
	}
	if p.termMass > 0 {
		o.back = hitP / p.termMass
	}
	return o
}

// dot is the idf-weighted overlap of two sorted lists.
func (a *analysis) dot(x, y []int32) float64 {
	var sum float64
	for i, j := 0, 0; i < len(x) && j < len(y); {
		switch {
		case x[i] < y[j]:
			i++
		case x[i] > y[j]:
			j++
		default:
			w := a.idf(x[i])
			sum += w * w
			i++
			j++
		}
	}
	return sum
}

// tokens names what was read in the question, for explanations.
func (q *query) tokens() []string {
	var out []string
	for _, s := range q.reading.Spans {
		if s.Concept != nil {
			out = append(out, strings.TrimSpace(s.Text)+"→"+s.Concept.Name)
			continue
		}
		out = append(out, s.Text)
	}
	return out
}

func cosine(dot, x, y float64) float64 {
	if x == 0 || y == 0 {
		return 0
	}
	return dot / math.Sqrt(x*y)
}

// numbers turns hits into numbers of phrasings. A hit the corpus does not have is left out: index and corpus may be one
// edit apart for a moment.
func (a *analysis) numbers(hits []Hit) []int {
	out := make([]int, 0, len(hits))
	for _, h := range hits {
		e, ok := a.byID[h.Entry]
		if !ok {
			continue
		}
		if n := int(a.known[e].first) + h.N; n < int(a.known[e].last) {
			out = append(out, n)
		}
	}
	return out
}
