package faq

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"time"
)

// Overlay is what an editor changed of an entry: its text, or that a person
// compared it with the live page. It remembers the revision it was based on, so
// that a newer shipped text underneath does not go unnoticed.
type Overlay struct {
	ID       string
	Base     string // revision the editor had in front of them
	Edited   bool   // Question and Answer replace the entry's
	Question Text
	Answer   Bodies
	Verified Verified // zero: not verified in this state
	By       string   // who did it last, as shown to colleagues
	At       time.Time
}

// Conflict is an overlay whose entry has changed, or is gone, underneath.
type Conflict struct {
	Overlay Overlay
	Shipped *Entry // nil when the entry is gone
}

// With returns the corpus with overlays laid over it, and those that no longer
// fit. An edited text stays in force in a conflict, because it is what people
// agreed on; a verification does not, because it was of another text. The
// receiver is not changed.
func (c *Corpus) With(overlays []Overlay) (*Corpus, []Conflict) {
	out := &Corpus{Topics: c.Topics, Lexicon: c.Lexicon, Entries: slices.Clone(c.Entries)}
	at := make(map[string]int, len(out.Entries))
	for i, e := range out.Entries {
		at[e.ID] = i
	}
	var conflicts []Conflict
	for _, o := range overlays {
		i, ok := at[o.ID]
		if !ok {
			conflicts = append(conflicts, Conflict{Overlay: o})
			continue
		}
		shipped := c.Entries[i]
		stale := o.Base != shipped.Rev
		if stale {
			conflicts = append(conflicts, Conflict{Overlay: o, Shipped: shipped})
		}
		e := *shipped
		if o.Edited {
			e.Question, e.Answer = o.Question, o.Answer
			e.Rev = o.rev()
			e.Verified = o.Verified
		} else if !stale {
			e.Verified = o.Verified
		}
		out.Entries[i] = &e
	}
	return out, conflicts
}

// rev is the revision of an edited text: a hash of the text alone.
func (o Overlay) rev() string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q", []any{o.Question, o.Answer}))
	return hex.EncodeToString(sum[:])
}
