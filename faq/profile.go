package faq

import "slices"

// Profile is what is known about the account that asks.
type Profile struct {
	Kind   string   // partner kind; empty when unknown
	Paths  []string // nil when unknown
	Stages []string // nil when unknown
	Plans  []string // nil when unknown
}

// Fit says how an entry's audience goes with a profile.
type Fit string

// The ways an audience and a profile go together.
const (
	FitEverybody Fit = ""        // the entry is for everybody
	FitYes       Fit = "yes"     // the entry is for this person
	FitOther     Fit = "other"   // the entry is for others
	FitUnknown   Fit = "unknown" // the profile does not tell
)

// Fits compares an audience with a profile. Every list of the audience that is not empty must have one of the profile's
// values; a part of the profile that is unknown leaves the question open.
func (a Audience) Fits(p Profile) Fit {
	if a.Empty() {
		return FitEverybody
	}
	fit := FitYes
	var kinds []string
	if p.Kind != "" {
		kinds = []string{p.Kind}
	}
	for _, c := range [...]struct{ want, have []string }{{a.Kinds, kinds}, {a.Paths, p.Paths}, {a.Stages, p.Stages}, {a.Plans, p.Plans}} {
		switch {
		case len(c.want) == 0:
		case c.have == nil:
			fit = FitUnknown
		case !slices.ContainsFunc(c.want, func(w string) bool { return slices.Contains(c.have, w) }):
			return FitOther
		}
	}
	return fit
}
