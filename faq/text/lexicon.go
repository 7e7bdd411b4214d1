package text

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
)

// Kind groups concepts by what they do in a question.
type Kind uint8

// The kinds of concepts.
const (
	Object   Kind = iota // a thing: voucher, invoice, quota
	Action               // what is done with it: issue, reclaim
	Role                 // a party: distributor, reseller
	Ask                  // a question word; the concept's name is the type of question
	Negation             // not, cannot
	Filler               // politeness and particles, left out of every comparison
	Foreign              // something the help pages do not deal with: other clouds, weather
	Order                // telling the desk to do something instead of asking
)

// Concept is one meaning with all the ways it is written in both languages.
type Concept struct {
	Name  string
	Kind  Kind
	Is    string   // broader concept, e.g. voucher is a coupon; may be empty
	Forms []string // as an editor writes them
}

// Lexicon recognises concepts. It is read-only once made.
type Lexicon struct {
	fold     *Fold
	root     node
	concepts map[string]*Concept
	alike    map[rune][]rune
	friends  map[string][]string
	decisive map[string]bool
	chat     node
	rivals   [][]string
}

type node struct {
	next    map[string]*node
	concept *Concept
}

// NewLexicon builds a lexicon. A concept may be listed in parts; forms that two concepts claim are
// all reported.
func NewLexicon(fold *Fold, concepts []Concept) (*Lexicon, error) {
	l := &Lexicon{fold: fold, concepts: make(map[string]*Concept, len(concepts)), alike: map[rune][]rune{}}
	var errs []error
	for i := range concepts {
		c := &concepts[i]
		if first := l.concepts[c.Name]; first != nil {
			if first.Kind != c.Kind {
				return nil, fmt.Errorf("concept %q is listed twice, as different kinds", c.Name)
			}
			first.Forms = append(first.Forms, c.Forms...)
			first.Is = cmp.Or(first.Is, c.Is)
			forms := c.Forms
			c = first
			for _, form := range forms {
				if err := l.add(c, form); err != nil {
					errs = append(errs, err)
				}
			}
			continue
		}
		l.concepts[c.Name] = c
		for _, form := range c.Forms {
			if err := l.add(c, form); err != nil {
				errs = append(errs, err)
			}
		}
	}
	for _, c := range concepts {
		if c.Is != "" && l.concepts[c.Is] == nil {
			errs = append(errs, fmt.Errorf("concept %q is a %q, which is not listed", c.Name, c.Is))
		}
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	return l, nil
}

func (l *Lexicon) add(c *Concept, form string) error {
	return l.root.add(l.fold, c, form)
}

// add puts a form under a node.
func (root *node) add(fold *Fold, c *Concept, form string) error {
	at := root
	for _, a := range atoms(fold.Apply(form)) {
		if at.next == nil {
			at.next = map[string]*node{}
		}
		n := at.next[a.text]
		if n == nil {
			n = &node{}
			at.next[a.text] = n
		}
		at = n
	}
	if at == root {
		return fmt.Errorf("concept %q has an empty form %q", c.Name, form)
	}
	if at.concept != nil && at.concept != c {
		return fmt.Errorf("%q is a form of both %q and %q", form, at.concept.Name, c.Name)
	}
	at.concept = c
	return nil
}

// SetAlike names groups of characters that look alike; each string is one group.
func (l *Lexicon) SetAlike(groups []string) {
	for _, g := range groups {
		r := []rune(g)
		for i, a := range r {
			for j, b := range r {
				if i != j {
					l.alike[a] = append(l.alike[a], b)
				}
			}
		}
	}
}

// SetFriends names what words with several meanings may stand for, all by the names of concepts.
func (l *Lexicon) SetFriends(friends map[string][]string) error {
	for word, senses := range friends {
		for _, n := range append([]string{word}, senses...) {
			if l.concepts[n] == nil {
				return fmt.Errorf("false friend %q: concept %q is not listed", word, n)
			}
		}
	}
	l.friends = friends
	return nil
}

// SetDecisive names the concepts an entry must speak of to answer a question that has them.
func (l *Lexicon) SetDecisive(names []string) error {
	l.decisive = make(map[string]bool, len(names))
	for _, n := range names {
		if l.concepts[n] == nil {
			return fmt.Errorf("decisive concept %q is not listed", n)
		}
		l.decisive[n] = true
	}
	return nil
}

// Decisive says whether an entry must speak of a concept to answer a question that has it.
func (l *Lexicon) Decisive(name string) bool {
	return l != nil && l.decisive[name]
}

// SetRivals names groups of concepts that are asked about alike and answered differently.
func (l *Lexicon) SetRivals(groups [][]string) error {
	for _, g := range groups {
		for _, n := range g {
			if l.concepts[n] == nil {
				return fmt.Errorf("rival %q is not listed", n)
			}
		}
	}
	l.rivals = groups
	return nil
}

// Rivals returns the groups of concepts that are asked about alike and answered differently.
func (l *Lexicon) Rivals() [][]string {
	if l == nil {
		return nil
	}
	return l.rivals
}

// Senses returns the concepts a word with several meanings may stand for; none when it has one meaning.
func (l *Lexicon) Senses(name string) []string {
	if l == nil {
		return nil
	}
	return l.friends[name]
}

// Alike returns the characters that look like r.
func (l *Lexicon) Alike(r rune) []rune {
	if l == nil {
		return nil
	}
	return l.alike[r]
}

// Concept returns the concept with a name, or nil.
func (l *Lexicon) Concept(name string) *Concept {
	if l == nil {
		return nil
	}
	return l.concepts[strings.TrimPrefix(name, conceptMark)]
}

// Name returns the term a concept stands as in a [Reading].
func Name(c *Concept) string { return conceptMark + c.Name }

// Forms calls yield for every form in its folded spelling.
func (l *Lexicon) Forms(yield func(form string, c *Concept)) {
	if l == nil {
		return
	}
	for _, c := range l.concepts {
		for _, f := range c.Forms {
			yield(l.fold.Apply(f), c)
		}
	}
}

// Of returns the concept whose form s is as a whole, or nil.
func (l *Lexicon) Of(s string) *Concept {
	as := atoms(l.Fold(s))
	if c, n := l.longest(as); n == len(as) {
		return c
	}
	return nil
}

// Fold returns s as it is compared: width, case and traditional characters folded.
func (l *Lexicon) Fold(s string) string {
	if l == nil {
		return (*Fold)(nil).Apply(s)
	}
	return l.fold.Apply(s)
}

// longest returns the concept with the longest form at the start of a, and the atoms it takes.
func (l *Lexicon) longest(a []atom) (*Concept, int) {
	if l == nil {
		return nil, 0
	}
	return l.root.longest(a)
}

func (root *node) longest(a []atom) (*Concept, int) {
	var best *Concept
	n := 0
	at := root
	for i := range a {
		if i > 0 && a[i].stop {
			break
		}
		at = at.next[a[i].text]
		if at == nil {
			break
		}
		if at.concept != nil {
			best, n = at.concept, i+1
		}
	}
	return best, n
}
