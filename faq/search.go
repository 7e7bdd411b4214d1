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
	// Search returns the numbers of at most limit phrasings, best first.
	Search(ctx context.Context, terms []Term, limit int) ([]int, error)
	// Close releases the index.
	Close() error
}

// Term is one token to look for.
type Term struct {
	Field string
	Token string
	Boost float64 // relative weight, above 0
}

// Phrasing is one text under which an entry can be found: its question, a way of asking, its topic or its answer.
type Phrasing struct {
	N     int      // number, dense from 0
	Entry int      // position in Corpus.Entries
	Terms []string // field FieldTerm
	Pairs []string // field FieldPair
	Raw   []string // field FieldRaw
}
