package faq

import (
	"fmt"
	"math"
)

// Features that make the confidence in the first candidate, in the order of the weights.
const (
	cScore = iota
	cCover
	cKnown
	cAnswer
	cProfile
	cMissing
	cUnseen
	cRawKnown
	cRawUnseen
	cVote
	cShare
	cMargin
	cBack
	cSecond
	cType
	cRole
	cExtraRole
	cNumber
	cNegation
	cShort
	cTitle
	cThin
	cForeign
	cLayer
	cGapNear
	cSense
	cSenseMargin
	cLineType
	cElsewhere
	cOddPair
	cUnknownPairs
	cSenseFirst
	cScoreFirst
	cVoteFirst
	cAskedFirst
	confFeatures
)

// confNames are the names of the features in explanations and in the weights file.
var confNames = [confFeatures]string{
	"best-phrasing", "query-covered", "covered-by-asks", "covered-by-answer", "profile", "rarest-missing", "unseen-share",
	"raw-covered", "raw-unseen", "vote", "rank-share", "margin", "phrasing-covered", "second-phrasing", "question-type",
	"role-missing", "role-extra", "number-missing", "negation", "short-query", "canonical-question", "few-phrasings",
	"foreign", "second-try", "gap-near", "sense", "sense-margin", "line-type",
	"told-elsewhere", "odd-pairs", "unknown-pairs",
	"first-by-sense", "first-by-phrasing", "first-by-vote", "first-by-asks",
}

// confidenceOf computes the features of the confidence in the first of the ranked candidates.
func (a *analysis) confidenceOf(c *Corpus, q *query, list []candidate, layers int) [confFeatures]float64 {
	var f [confFeatures]float64
	top := &list[0]
	r := &top.features
	f[cScore] = r[fScore]
	f[cCover] = r[fCover]
	f[cKnown] = r[fKnown]
	f[cAnswer] = r[fAnswer]
	f[cProfile] = r[fProfile]
	f[cMissing] = r[fMissing]
	f[cUnseen] = share(q.unseenMass, q.termMass)
	f[cRawKnown] = r[fRawKnown]
	f[cRawUnseen] = q.rawUnseen
	f[cVote] = r[fVote]
	f[cShare] = top.p
	f[cMargin] = 1
	if len(list) > 1 {
		f[cMargin] = min(1, (top.rank-list[1].rank)/4)
	}
	f[cBack] = r[fBack]
	f[cSecond] = r[fSecond]
	f[cType] = r[fType]
	f[cRole] = r[fRole]
	f[cExtraRole] = r[fExtraRole]
	f[cNumber] = r[fNumber]
	f[cNegation] = r[fNegation]
	f[cShort] = math.Exp(-float64(q.reading.Words) / 3)
	f[cTitle] = r[fTitle]
	f[cThin] = r[fThin]
	if len(q.reading.Foreign) > 0 {
		f[cForeign] = 1
	}
	f[cLayer] = float64(layers)
	f[cElsewhere], f[cOddPair] = r[fElsewhere], r[fOddPair]
	f[cUnknownPairs] = q.looseUnknown
	for at, by := range map[int]int{cSenseFirst: fSense, cScoreFirst: fScore, cVoteFirst: fVote, cAskedFirst: fKnown} {
		f[at] = first(list, by)
	}
	f[cSense] = r[fSense]
	f[cLineType] = r[fLineType]
	f[cSenseMargin] = 1
	for _, x := range list[1:] {
		f[cSenseMargin] = min(f[cSenseMargin], max(0, r[fSense]-x.features[fSense]+0.5))
		if c.Entries[x.entry].Kind == Unknown {
			f[cGapNear] = max(f[cGapNear], x.p)
		}
	}
	return f
}

// first says whether the first candidate is also the first by one feature alone: 1 when it is, less the further another
// one leads. Features that agree without having been asked together are the best sign that an answer is right.
func first(list []candidate, by int) float64 {
	best := 0.0
	for i := 1; i < len(list); i++ {
		best = max(best, list[i].features[by])
	}
	own := list[0].features[by]
	if own >= best {
		return 1
	}
	if own <= 0 {
		return 0
	}
	return 0.5 * own / best
}

// knees are the places where the effect of a feature may bend: a feature counts as it is, and again by how far it lies
// above each knee.
var knees = [...]float64{0.25, 0.5, 0.75}

// confInputs is the number of inputs of the confidence.
const confInputs = confFeatures * 4

// bend returns the inputs of the confidence for its features.
func bend(f [confFeatures]float64) [confInputs]float64 {
	var out [confInputs]float64
	for i, x := range f {
		out[i] = x
		for j, k := range knees {
			out[(j+1)*confFeatures+i] = max(0, x-k)
		}
	}
	return out
}

// inputNames names the inputs in the weights file.
func inputNames() []string {
	out := make([]string, 0, confInputs)
	out = append(out, confNames[:]...)
	for _, k := range knees {
		for _, n := range confNames {
			out = append(out, fmt.Sprintf("%s>%g", n, k))
		}
	}
	return out
}
