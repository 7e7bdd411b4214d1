package faq

import (
	"slices"

	"partnerdesk/faq/text"
)

// Rivals are things that are asked about alike and answered differently: an opportunity shared with Huawei and one shared
// by Huawei. An answer about the one is worse than none to a question about the other.

// rival names what a question is about and an entry is not: the question names one of some rivals, and the entry's own
// question and ways of asking name only others of them. Empty when they go together.
func (d *Desk) rival(r *text.Reading, k *known) string {
	for _, group := range d.corpus.Lexicon.Rivals() {
		named, other := "", false
		for _, name := range group {
			if mentions(r, name) {
				if named != "" {
					named = ""
					break
				}
				named = name
			}
		}
		if named == "" || d.asked(k, named) > 0 {
			continue
		}
		for _, name := range group {
			other = other || name != named && d.asked(k, name) > 0
		}
		if other {
			return "another than " + named
		}
	}
	return ""
}

// half names the thing the first candidate is about, when the question names neither it nor a rival, and a candidate that
// comes near is asked about a rival: the first is then only half of the answer. Empty when it is the whole.
func (d *Desk) half(t *thought) string {
	k := &d.a.known[t.list[0].entry]
	for _, group := range d.corpus.Lexicon.Rivals() {
		if slices.ContainsFunc(group, func(name string) bool { return mentions(&t.query.reading, name) }) {
			continue
		}
		about := slices.IndexFunc(group, func(name string) bool { return 2*d.asked(k, name) >= k.asks })
		if about < 0 {
			continue
		}
		for _, c := range t.list[1:] {
			if c.p < nearly*t.list[0].p || d.corpus.Entries[c.entry].Kind == Unknown {
				continue
			}
			o := &d.a.known[c.entry]
			for i, name := range group {
				if i != about && (8*d.asked(o, name) >= o.asks || d.answers(o, name)) {
					return "only for " + group[about]
				}
			}
		}
	}
	return ""
}

// answers says whether an entry's answer speaks of a concept.
func (d *Desk) answers(k *known, name string) bool {
	id, ok := d.a.vocab[markTerm+text.Name(d.corpus.Lexicon.Concept(name))]
	return ok && k.answer[id]
}

// asked is how many of an entry's questions name a concept.
func (d *Desk) asked(k *known, name string) int32 {
	id, ok := d.a.vocab[markTerm+text.Name(d.corpus.Lexicon.Concept(name))]
	if !ok {
		return 0
	}
	return find(k.terms, id)
}

// mentions says whether a question names a concept.
func mentions(r *text.Reading, name string) bool {
	for _, sp := range r.Spans {
		if sp.Concept != nil && sp.Concept.Name == name {
			return true
		}
	}
	return false
}
