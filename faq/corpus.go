package faq

import (
	"fmt"
	"sync"

	"partnerdesk/faq/text"
)

// Corpus is everything that can be answered, together with the words needed to understand a question. It is read-only
// once loaded.
type Corpus struct {
	Topics  []Topic
	Entries []*Entry
	Lexicon *text.Lexicon // bilingual terms; nil means none

	once     sync.Once
	analysis *analysis
}

// Entry returns the entry with an id, or nil.
func (c *Corpus) Entry(id string) *Entry {
	if i, ok := c.analysed().byID[id]; ok {
		return c.Entries[i]
	}
	return nil
}

// Validate reports what would keep a corpus from being served: entries without id, question or answer, and ids used
// twice. What is merely untidy is found by [Lint].
func (c *Corpus) Validate() []error {
	var errs []error
	seen := map[string]*Entry{}
	for _, e := range c.Entries {
		at := fmt.Sprintf("%s:%d", e.File, e.Line)
		switch other := seen[e.ID]; {
		case e.ID == "":
			errs = append(errs, fmt.Errorf("%s: entry without id", at))
		case other != nil:
			errs = append(errs, fmt.Errorf("%s: id %q is already used in %s:%d", at, e.ID, other.File, other.Line))
		}
		seen[e.ID] = e
		if e.Question.ZH == "" && e.Question.EN == "" {
			errs = append(errs, fmt.Errorf("%s: %s: no question", at, e.ID))
		}
		if e.Answer.ZH.Fact == "" && e.Answer.EN.Fact == "" {
			errs = append(errs, fmt.Errorf("%s: %s: no answer fact", at, e.ID))
		}
	}
	return errs
}
