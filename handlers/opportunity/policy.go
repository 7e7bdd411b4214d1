package opportunity

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// Policy is what is published about sharing opportunities.
type Policy struct {
	Recorded string // the date it was taken in, YYYY-MM-DD
	Menu     Text   // where the form is
	States   []State
	Limits   []Limit
	Fields   []Field // in the order of the form
	Sections []Section
	Rules    []Rule
}

// Text is a text in both languages.
type Text struct{ ZH, EN string }

// Sureness says whether something stands in the pages or was concluded.
type Sureness string

// The degrees.
const (
	Certain  Sureness = "certain"
	Inferred Sureness = "inferred"
)

// State is a state of an opportunity in the partner center.
type State struct {
	ID    string
	Label Text
	Sure  Sureness // of the label
	Next  []string // where it can go from here
}

// Limit is a published time limit.
type Limit struct {
	ID     string
	Days   int    // working days
	State  string // the state whose start it counts from; empty: none of ours
	Source string // where it stands, as the corpus names places
	Sure   Sureness
}

// Field is one field of the form.
type Field struct {
	ID, Section string
	Kind        string // line, text or choice
	Options     []string
	Max         int // runes
	Required    bool
	Sure        Sureness // that the form has it
	Rule        string   // the rule of validity that needs it; empty: none
	Private     string   // name or contact: personal data, shown to the owner only; empty: not
	Label, Hint Text
}

// Section is a part of the form.
type Section struct {
	ID    string
	Label Text
}

// Rule is a published rule of validity, said positively.
type Rule struct {
	ID    string
	Label Text
}

// ids of fields and rules that the checks below know.
const (
	FieldCompany = "company"
	FieldConsent = "consent"
	Yes          = "yes"

	ruleContact = "contact"
	ruleBudget  = "budget"
	ruleRevenue = "revenue"
	ruleVague   = "vague"
)

// Check reports every fault of a policy read from a file.
func (p Policy) Check() error {
	var faults []error
	fault := func(format string, args ...any) {
		faults = append(faults, fmt.Errorf("opportunity policy: "+format, args...))
	}
	if len(p.States) == 0 || len(p.Fields) == 0 {
		fault("no states or no fields")
	}
	for _, s := range p.States {
		for _, n := range s.Next {
			if _, known := p.State(n); !known {
				fault("state %s goes to unknown %s", s.ID, n)
			}
		}
		if s.Label.ZH == "" || s.Label.EN == "" || s.Sure != Certain && s.Sure != Inferred {
			fault("state %s lacks a label or how sure it is", s.ID)
		}
	}
	for _, l := range p.Limits {
		if _, known := p.State(l.State); l.State != "" && !known || l.Days <= 0 {
			fault("limit %s has no days or an unknown state", l.ID)
		}
	}
	for _, f := range p.Fields {
		section := slices.ContainsFunc(p.Sections, func(s Section) bool { return s.ID == f.Section })
		rule := f.Rule == "" || slices.ContainsFunc(p.Rules, func(r Rule) bool { return r.ID == f.Rule })
		kind := slices.Contains([]string{"line", "text", "choice"}, f.Kind)
		if !section || !rule || !kind || f.Label.ZH == "" || f.Label.EN == "" || (f.Kind == "choice") != (len(f.Options) > 0) {
			fault("field %s has an unknown section, rule or kind, or no label", f.ID)
		}
	}
	for _, id := range []string{FieldCompany, FieldConsent} {
		if !slices.ContainsFunc(p.Fields, func(f Field) bool { return f.ID == id }) {
			fault("field %s is missing", id)
		}
	}
	for _, r := range p.Rules {
		if !slices.Contains([]string{ruleContact, ruleBudget, ruleRevenue, ruleVague}, r.ID) {
			fault("rule %s has no check", r.ID)
		}
	}
	return errors.Join(faults...)
}

// First is the state an opportunity begins in.
func (p Policy) First() State {
	if len(p.States) == 0 {
		return State{}
	}
	return p.States[0]
}

// State finds a state by its id.
func (p Policy) State(id string) (State, bool) {
	for _, s := range p.States {
		if s.ID == id {
			return s, true
		}
	}
	return State{}, false
}

// LimitOf is the time limit that runs in a state.
func (p Policy) LimitOf(state string) (Limit, bool) {
	for _, l := range p.Limits {
		if l.State == state && state != "" {
			return l, true
		}
	}
	return Limit{}, false
}

// Faults are the fields that keep the form from being taken: required ones left
// empty, and consent not given. The values are catalog keys.
func (p Policy) Faults(v map[string]string) map[string]string {
	faults := map[string]string{}
	for _, f := range p.Fields {
		text := strings.TrimSpace(v[f.ID])
		switch {
		case f.Required && text == "":
			faults[f.ID] = "opportunity.fault.empty"
		case f.Kind == "choice" && text != "" && !slices.Contains(f.Options, text):
			faults[f.ID] = "opportunity.fault.choice"
		case f.ID == FieldConsent && text != Yes:
			faults[f.ID] = "opportunity.fault.consent"
		case f.Max > 0 && len([]rune(text)) > f.Max:
			faults[f.ID] = "opportunity.fault.long"
		}
	}
	return faults
}

// Finding is one rule of validity and whether what is written meets it.
type Finding struct {
	Rule Rule
	OK   bool
}

// Findings holds the values against the published rules. It finds what is
// plainly missing; whether the rest convinces is for Huawei Cloud to say.
func (p Policy) Findings(v map[string]string) []Finding {
	var list []Finding
	for _, r := range p.Rules {
		ok := false
		switch r.ID {
		case ruleContact:
			ok = v["contact_name"] != "" && (digits(v["contact_phone"]) >= 7 || mail.MatchString(v["contact_mail"]))
		case ruleBudget:
			ok = amount.MatchString(v["budget"]) && when.MatchString(v["timeline"])
		case ruleRevenue:
			ok = v["revenue"] == Yes
		case ruleVague:
			ok = letters(v["need"]) >= leastNeed && letters(v["presales"]) >= leastActivity
		}
		list = append(list, Finding{Rule: r, OK: ok})
	}
	return list
}

// How much must be written not to be plainly vague: our own yardstick, nothing
// published. Chinese needs fewer characters than English to say something, so a
// Chinese one counts threefold.
const (
	leastNeed     = 36
	leastActivity = 5
)

var (
	mail   = regexp.MustCompile(`^[^@\s]+@[^@\s]+\.[^@\s]+$`)
	amount = regexp.MustCompile(`[0-9０-９一二三四五六七八九十百千万亿]`)
	when   = regexp.MustCompile(`(?i)[0-9０-９]|[一二三四五六七八九十]+月|季度|年底|年内|月底|quarter|january|february|march|april|may|june|july|august|september|october|november|december`)
)

func digits(s string) int {
	n := 0
	for _, r := range s {
		if unicode.IsDigit(r) {
			n++
		}
	}
	return n
}

func letters(s string) int {
	n := 0
	for _, r := range s {
		switch {
		case unicode.Is(unicode.Han, r):
			n += 3
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			n++
		}
	}
	return n
}
