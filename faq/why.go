package faq

// Why explains a verdict to an editor: what was read in the question, which entries were compared on which features,
// and the rule that decided.
type Why struct {
	Answer     Answer
	Read       []string    // tokens of the question as understood
	Corrected  string      // spelling the second try used, empty when none was needed
	Layers     []string    // layers that added candidates
	Candidates []Candidate // best first
	Confidence []Feature   // what the confidence in the first candidate rests on
	Veto       string      // what forbade a sure answer, empty when nothing did
}

// Candidate is an entry that was compared.
type Candidate struct {
	Entry    *Entry
	Phrasing string    // the stored text that matched best
	Score    float64   // share of the ranking, 0..1
	Features []Feature // in fixed order
}

// Feature is one number a decision rests on.
type Feature struct {
	Name   string
	Value  float64
	Weight float64
}
