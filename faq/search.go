package faq

import "context"

// Fields of a phrasing document that a [Searcher] indexes. Tokens are made by this package; a searcher never analyses
// text itself.
const (
	FieldTerm = "t" // concepts, words and single characters
	FieldPair = "p" // neighbouring terms
	FieldRaw  = "r" // character pairs before terms are recognised, and character n-grams of Latin words
)

// Searcher finds phrasings that share tokens with a query. Its order is only a first cut: scores are not read.
type Searcher interface {
	// Search returns at most limit phrasings, best first.
	Search(ctx context.Context, terms []Term, limit int) ([]Hit, error)
	// Close releases the index.
	Close() error
}

// Term is one token to look for.
type Term struct {
	Field string
	Token string
	Boost float64 // relative weight, above 0
}

// Hit names a phrasing. It does not depend on what else is in the corpus, so that an index can be updated entry by entry.
type Hit struct {
	Entry string // id
	N     int    // number among the phrasings of its entry
}

// Phrasing is one text under which an entry can be found: its question, a way of asking, or its answer with topic and
// parent.
type Phrasing struct {
	Hit
	Terms []string // field FieldTerm
	Pairs []string // field FieldPair
	Raw   []string // field FieldRaw
}
