package faq

import (
	"math"
	"slices"
	"strings"

	"partnerdesk/faq/text"
)

// part says which text of an entry a phrasing is.
type part uint8

const (
	partQuestion part = iota
	partAsk
	partAnswer // the answer's fact and conditions with topic and parent; found by, but not counted as a way of asking
)

// weighted is a term of a phrasing with its weight before idf.
type weighted struct {
	id int32
	w  float32
}

// phrasing is one stored text, analysed once.
type phrasing struct {
	entry   int32
	part    part
	lang    Lang
	text    string
	terms   []weighted // sorted by id
	pairs   []int32    // sorted
	raw     []int32    // sorted
	types   []string
	roles   []string
	negated bool

	termNorm, pairNorm, rawNorm float64 // squared lengths with idf
	termMass                    float64 // sum of weights with idf
}

// support is how many phrasings of an entry have a term.
type support struct {
	id int32
	n  int32
}

// known is what the whole of an entry's texts say.
type known struct {
	first, last int32     // its phrasings
	asks        int32     // phrasings that are ways of asking
	terms       []support // of question and ways of asking, sorted by id
	pairs       []support
	raw         []support
	answer      map[int32]bool // terms of answer, topic and parent
	types       map[string]int32
	roles       map[string]int32
	numbers     map[string]bool
	figures     map[string]bool // numbers of the answer
	technical   bool            // about the partner API
}

// analysis is a corpus made comparable.
type analysis struct {
	byID      map[string]int
	names     []string         // tokens by id, without mark
	vocab     map[string]int32 // terms, pairs and raw n-grams, each under its own mark
	df        []int32          // entries that ask with it
	seen      []int32          // entries that have it anywhere
	tech      []int32          // technical entries that ask with it
	docs      []int32          // phrasings that have it
	phrasings []phrasing
	known     []known
	entries   int
}

// Marks of the three sorts of tokens in the vocabulary.
const (
	markTerm = "t"
	markPair = "p"
	markRaw  = "r"
)

func (c *Corpus) analysed() *analysis {
	c.once.Do(func() { c.analysis = analyse(c) })
	return c.analysis
}

func analyse(c *Corpus) *analysis {
	a := &analysis{
		byID:    make(map[string]int, len(c.Entries)),
		vocab:   make(map[string]int32),
		known:   make([]known, len(c.Entries)),
		entries: len(c.Entries),
	}
	for i, e := range c.Entries {
		a.byID[e.ID] = i
		a.addEntry(c.Lexicon, int32(i), e)
	}
	for i := range a.phrasings {
		a.weigh(&a.phrasings[i])
	}
	return a
}

// texts lists everything an entry can be found by.
func texts(e *Entry) []phrasing {
	var out []phrasing
	for _, l := range [...]Lang{ZH, EN} {
		if e.Question.Has(l) {
			out = append(out, phrasing{part: partQuestion, lang: l, text: e.Question.In(l)})
		}
		for _, s := range e.Ask.In(l) {
			out = append(out, phrasing{part: partAsk, lang: l, text: s})
		}
	}
	for _, l := range [...]Lang{ZH, EN} {
		b := e.Answer.In(l)
		if l == EN && e.Answer.EN.Fact == "" || l == ZH && e.Answer.ZH.Fact == "" {
			continue
		}
		s := []string{b.Fact, strings.Join(b.Conditions, "\n"), e.Topic.Name.In(l)}
		if l == ZH {
			s = append(s, e.Parent)
		}
		out = append(out, phrasing{part: partAnswer, lang: l, text: strings.Join(s, "\n")})
	}
	return out
}

func (a *analysis) addEntry(lex *text.Lexicon, n int32, e *Entry) {
	k := &a.known[n]
	k.first = int32(len(a.phrasings))
	k.technical = e.Kind == API || e.Source.Place == apiPlace
	k.answer, k.types, k.roles, k.numbers = map[int32]bool{}, map[string]int32{}, map[string]int32{}, map[string]bool{}
	k.figures = map[string]bool{}
	terms, pairs, raws := map[int32]int32{}, map[int32]int32{}, map[int32]int32{}
	all := map[int32]bool{}
	for _, p := range texts(e) {
		r := lex.Read(p.text)
		p.entry, p.types, p.roles, p.negated = n, r.Types, r.Roles, r.Negated
		for _, t := range r.Terms {
			id := a.id(markTerm, t.Text)
			p.terms = append(p.terms, weighted{id, float32(t.Weight)})
			all[id] = true
			if p.part == partAnswer {
				k.answer[id] = true
				continue
			}
			terms[id]++
		}
		slices.SortFunc(p.terms, func(x, y weighted) int { return int(x.id - y.id) })
		p.pairs = a.ids(markPair, r.Pairs)
		p.raw = a.ids(markRaw, r.Raw)
		for _, id := range p.pairs {
			all[id] = true
		}
		for _, id := range p.raw {
			all[id] = true
		}
		for _, s := range r.Numbers {
			k.numbers[s] = true
			if p.part == partAnswer {
				k.figures[s] = true
			}
		}
		if p.part != partAnswer {
			k.asks++
			for _, id := range p.pairs {
				pairs[id]++
			}
			for _, id := range p.raw {
				raws[id]++
			}
			for _, t := range r.Types {
				k.types[t]++
			}
			for _, t := range r.Roles {
				k.roles[t]++
			}
		}
		for _, t := range p.terms {
			a.docs[t.id]++
		}
		for _, id := range p.pairs {
			a.docs[id]++
		}
		for _, id := range p.raw {
			a.docs[id]++
		}
		a.phrasings = append(a.phrasings, p)
	}
	k.last = int32(len(a.phrasings))
	k.terms, k.pairs, k.raw = supports(terms), supports(pairs), supports(raws)
	for _, list := range [...][]support{k.terms, k.pairs, k.raw} {
		for _, s := range list {
			a.df[s.id]++
			if k.technical {
				a.tech[s.id]++
			}
		}
	}
	for id := range all {
		a.seen[id]++
	}
}

// apiPlace is the source of facts about the partner API.
const apiPlace = "partner-api"

func supports(m map[int32]int32) []support {
	out := make([]support, 0, len(m))
	for id, n := range m {
		out = append(out, support{id, n})
	}
	slices.SortFunc(out, func(x, y support) int { return int(x.id - y.id) })
	return out
}

func (a *analysis) id(mark, s string) int32 {
	key := mark + s
	id, ok := a.vocab[key]
	if !ok {
		id = int32(len(a.df))
		a.vocab[key] = id
		a.names = append(a.names, s)
		a.df = append(a.df, 0)
		a.seen = append(a.seen, 0)
		a.tech = append(a.tech, 0)
		a.docs = append(a.docs, 0)
	}
	return id
}

func (a *analysis) ids(mark string, list []string) []int32 {
	out := make([]int32, len(list))
	for i, s := range list {
		out[i] = a.id(mark, s)
	}
	slices.Sort(out)
	return out
}

// idf is how telling a token is: the fewer entries ask with it, the more. An unknown token (id < 0) tells most.
func (a *analysis) idf(id int32) float64 {
	n := float64(a.entries)
	if id < 0 {
		return math.Log1p(n / 0.5)
	}
	df := float64(a.df[id])
	if df == 0 {
		df = float64(a.seen[id])
	}
	return math.Log1p(n / (df + 0.5))
}

func (a *analysis) weigh(p *phrasing) {
	for _, t := range p.terms {
		w := float64(t.w) * a.idf(t.id)
		p.termNorm += w * w
		p.termMass += w
	}
	for _, id := range p.pairs {
		w := a.idf(id)
		p.pairNorm += w * w
	}
	for _, id := range p.raw {
		w := a.idf(id)
		p.rawNorm += w * w
	}
}

// find returns how many phrasings of a list have a token.
func find(list []support, id int32) int32 {
	lo, hi := 0, len(list)
	for lo < hi {
		mid := (lo + hi) / 2
		if list[mid].id < id {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	if lo < len(list) && list[lo].id == id {
		return list[lo].n
	}
	return 0
}

// Phrasings calls yield for every stored text with its tokens by field; an index holds exactly these.
func (c *Corpus) Phrasings(yield func(Phrasing) bool) {
	a := c.analysed()
	a.each(c, 0, int32(len(a.phrasings)), yield)
}

// PhrasingsOf returns what [Corpus.Phrasings] yields for one entry; nothing when there is no such entry.
func (c *Corpus) PhrasingsOf(id string) func(yield func(Phrasing) bool) {
	return func(yield func(Phrasing) bool) {
		a := c.analysed()
		if e, ok := a.byID[id]; ok {
			a.each(c, a.known[e].first, a.known[e].last, yield)
		}
	}
}

func (a *analysis) each(c *Corpus, from, to int32, yield func(Phrasing) bool) {
	for i := from; i < to; i++ {
		p := &a.phrasings[i]
		out := Phrasing{Hit: Hit{c.Entries[p.entry].ID, int(i - a.known[p.entry].first)}}
		for _, t := range p.terms {
			out.Terms = append(out.Terms, a.names[t.id])
		}
		for _, id := range p.pairs {
			out.Pairs = append(out.Pairs, a.names[id])
		}
		for _, id := range p.raw {
			out.Raw = append(out.Raw, a.names[id])
		}
		if !yield(out) {
			return
		}
	}
}
