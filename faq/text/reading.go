package text

import (
	"slices"
	"strings"
)

// conceptMark starts the term of a concept, so that it cannot be taken for a word.
const conceptMark = "#"

// Term is one unit of comparison.
type Term struct {
	Text    string   // "#distributor", "券", "incent", "n:20000"
	Weight  float64  // how much this sort of term tells by itself, about 1
	Concept *Concept // nil unless the term is a concept
}

// Content says that a question depends on the term: a thing, an action, a party, a number, a code or a Latin word.
func (t Term) Content() bool {
	if t.Concept != nil {
		return t.Concept.Kind <= Role || t.Concept.Kind >= Foreign
	}
	return len(t.Text) > 3 || strings.HasPrefix(t.Text, "n:")
}

// Reading is a text as it is compared.
type Reading struct {
	Terms   []Term   // in order of appearance, repeated ones once
	Pairs   []string // neighbouring terms
	Loose   []string // Han character pairs of which neither belongs to a concept
	Raw     []string // Han character pairs and Latin n-grams, concepts not recognised
	Types   []string // question types: how, where, who, amount, when, count, yesno, what, why, list, which
	Roles   []string // names of parties
	Numbers []string // n:… and d:… terms
	Codes   []string // identifiers
	Foreign []string // names of foreign concepts
	Negated bool
	Ordered bool // it tells the desk to do something
	Words   int  // atoms that are not fillers
	Spans   []Span
}

// Span is a piece of the folded text as it was understood, for explanations and corrections.
type Span struct {
	Text    string
	Concept *Concept
	Stop    bool // punctuation stands before it
}

// typeYesNo is the name of the question word that asks for yes or no.
const typeYesNo = "yesno"

// weights of the sorts of terms. A single Han character says less than a word.
const (
	weightConcept = 1.0
	weightWord    = 1.0
	weightNumber  = 1.2
	weightHan     = 0.45
	weightBroader = 0.35
	weightPart    = 0.4
	weightAsk     = 0.35
)

// Read analyses s. A nil lexicon recognises no concepts.
func (l *Lexicon) Read(s string) Reading {
	as := atoms(l.Fold(s))
	var r Reading
	r.Raw = raw(as)
	var prev string
	prevHan := false
	for i := 0; i < len(as); {
		a := as[i]
		c, n := l.longest(as[i:])
		if a.stop {
			prev = ""
		}
		if c == nil {
			r.Spans = append(r.Spans, Span{Text: a.raw, Stop: a.stop && i > 0})
			r.Words++
			switch a.kind {
			case han:
				r.term(Term{Text: a.text, Weight: weightHan})
				if prevHan && a.near && !a.stop {
					r.Loose = add(r.Loose, prev+a.text)
				}
				if prev != "" && (a.near || !prevHan) {
					r.pair(prev, a.text)
				}
			case number:
				r.term(Term{Text: a.text, Weight: weightNumber})
				r.Numbers = add(r.Numbers, a.text)
				r.pair(prev, a.text)
			default:
				r.term(Term{Text: a.text, Weight: weightWord})
				for _, p := range a.parts {
					r.term(Term{Text: p, Weight: weightPart})
				}
				if a.kind == code {
					r.Codes = add(r.Codes, a.raw)
				}
				r.pair(prev, a.text)
			}
			prev, prevHan = a.text, a.kind == han
			i++
			continue
		}
		r.Spans = append(r.Spans, Span{Text: rawOf(as[i : i+n]), Concept: c, Stop: a.stop && i > 0})
		i += n
		prevHan = false
		t := conceptMark + c.Name
		switch c.Kind {
		case Filler:
			continue
		case Ask:
			r.Types = add(r.Types, c.Name)
			r.term(Term{Text: t, Weight: weightAsk, Concept: c})
			continue
		case Negation:
			if n == 1 && a.kind == han && (i == len(as) || as[i].stop) { // 能报不? 开了没?
				r.Types = add(r.Types, typeYesNo)
				continue
			}
			r.Negated = true
			r.term(Term{Text: t, Weight: weightAsk, Concept: c})
			continue
		case Order:
			r.Ordered = true
			r.Words += n
			r.term(Term{Text: t, Weight: weightConcept, Concept: c})
			continue
		case Role:
			r.Roles = add(r.Roles, c.Name)
		case Foreign: // compared by its own letters: what is foreign to the corpus is not all alike
			r.Foreign = add(r.Foreign, c.Name)
			t = conceptMark + r.Spans[len(r.Spans)-1].Text
		}
		r.Words += n
		r.term(Term{Text: t, Weight: weightConcept, Concept: c})
		for up := l.concepts[c.Is]; up != nil; up = l.concepts[up.Is] {
			r.term(Term{Text: conceptMark + up.Name, Weight: weightBroader, Concept: up})
		}
		r.pair(prev, t)
		prev = t
	}
	return r
}

func rawOf(as []atom) string {
	var s strings.Builder
	for i, a := range as {
		if i > 0 && !a.near {
			s.WriteByte(' ')
		}
		s.WriteString(a.raw)
	}
	return s.String()
}

// term adds t, or raises the weight of the one that is there.
func (r *Reading) term(t Term) {
	for i := range r.Terms {
		if r.Terms[i].Text == t.Text {
			r.Terms[i].Weight = max(r.Terms[i].Weight, t.Weight)
			return
		}
	}
	r.Terms = append(r.Terms, t)
}

func (r *Reading) pair(a, b string) {
	if a != "" {
		r.Pairs = add(r.Pairs, a+" "+b)
	}
}

func add(list []string, s string) []string {
	if slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}

// raw returns the character pairs of Han runs, and the n-grams of length 3 of Latin words with their ends marked.
func raw(as []atom) []string {
	var out []string
	for i, a := range as {
		switch a.kind {
		case han:
			if i > 0 && as[i-1].kind == han && !a.stop && a.near {
				out = add(out, as[i-1].text+a.text)
			}
		case word, code:
			padded := "^" + a.raw + "$"
			if len(padded) <= 4 {
				out = add(out, padded)
				continue
			}
			for j := 0; j+3 <= len(padded); j++ {
				out = add(out, padded[j:j+3])
			}
		}
	}
	return out
}
