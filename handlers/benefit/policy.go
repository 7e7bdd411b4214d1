package benefit

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"partnerdesk/handlers/partner"
	"partnerdesk/handlers/remind"
	"partnerdesk/handlers/worktime"
)

// Policy is what is published about benefits, a rule for each kind, in the order
// in which they are shown.
type Policy struct{ Rules []Rule }

// Text is a text in both languages.
type Text struct{ ZH, EN string }

func (t Text) empty() bool { return t.ZH == "" || t.EN == "" }

// Sureness says whether something stands in a source or was concluded.
type Sureness string

// The degrees.
const (
	Certain  Sureness = "certain"
	Inferred Sureness = "inferred"
)

// Rule is what is known of one kind.
type Rule struct {
	Kind     Kind
	Recorded string // when it was taken in, YYYY-MM-DD
	Name     Text
	Aliases  []string // other words for the kind, lower case
	Unique   Unique
	Counted  bool // it has grants and uses
	Most     int  // how many may be open at once, as published; 0: nothing is published
	Sources  []Source
	Stated   []Statement
	Unknown  Text // what no source states
	Window   *Window
	Boxes    []Box
	Fields   []Field
	States   []State
	Days     []DateRule
}

// Unique says whether there may be two rows of the same name.
type Unique string

// The degrees: none of the two, not two open ones, as many as there are.
const (
	UniqueAlways Unique = "always"
	UniqueOpen   Unique = "open"
	UniqueNone   Unique = "none"
)

// Source is a page a rule was taken from.
type Source struct {
	ID    string
	Entry string // the entry of the corpus that has it
	Cut   bool   // part of the page is missing
	Title Text
}

// Statement is one thing a source states.
type Statement struct {
	Source string
	Text   Text
}

// Window is a period in which a day must fall, as published.
type Window struct {
	Field    string
	Source   string
	From, To worktime.Date // both included
}

// Box is one point of the checklist.
type Box struct {
	ID     string
	Source string
	Label  Text
}

// FieldKind is what a field takes.
type FieldKind string

// The kinds of field.
const (
	Line    FieldKind = "line"
	Choice  FieldKind = "choice"
	Amount  FieldKind = "amount"
	Day     FieldKind = "date"    // today or later
	Past    FieldKind = "past"    // today or earlier
	Quarter FieldKind = "quarter" // of a year
)

// FieldName is the field every kind has.
const FieldName = "name"

// fieldSince stands for the day a row came into its state.
const fieldSince = "since"

// Private says of whom or what a field tells; such fields are for the account
// alone.
type Private string

// The degrees.
const (
	PrivateCustomer Private = "customer"
	PrivateAmount   Private = "amount"
	PrivatePerson   Private = "person"
)

// Field is one thing that is asked for.
type Field struct {
	ID          string
	Kind        FieldKind
	Max         int // runes, of a line
	Required    bool
	Private     Private // empty: not
	Options     []Option
	Label, Hint Text
}

// Option is one choice of a field.
type Option struct {
	ID    string
	Label Text
}

// End says whether a state ends a row, and how.
type End string

// The ends.
const (
	Won  End = "won"
	Lost End = "lost"
)

// State is how far a row is.
type State struct {
	ID      string
	Label   Text
	Sure    Sureness    // that there is such a state
	Next    []string    // where it can go from here; a row can be finished from anywhere
	End     End         // empty: it is under way
	Ceiling partner.Fen // what may be applied for in all, as published; 0: nothing is published
}

// DateRule says which day follows from a row.
type DateRule struct {
	ID      string
	Field   string      // the day it counts from; "since": when it came into its state
	Rule    string      // empty: the day itself; year-end, days, workdays
	Days    int         // for days, counting the day itself, and workdays, not counting it
	In      []string    // only in these states; empty: in every one that is under way
	Boxes   bool        // it is settled when all boxes are ticked
	Left    bool        // it is settled when nothing is left
	When    *When       // only then
	Ladder  remind.Kind // which rungs, and who hears of it
	Source  string      // empty: a person's own day
	Sure    Sureness
	Subject Text // what is to be done by then
}

// When is a field that must have a value.
type When struct{ Field, Is string }

// Rule finds the rule of a kind.
func (p Policy) Rule(k Kind) (Rule, bool) {
	i := slices.IndexFunc(p.Rules, func(r Rule) bool { return r.Kind == k })
	if i < 0 {
		return Rule{}, false
	}
	return p.Rules[i], true
}

// Named finds the rule of a kind by any of its names.
func (p Policy) Named(word string) (Rule, bool) {
	word = strings.ToLower(strings.TrimSpace(word))
	for _, r := range p.Rules {
		if string(r.Kind) == word || strings.ToLower(r.Name.ZH) == word || strings.ToLower(r.Name.EN) == word || slices.Contains(r.Aliases, word) {
			return r, true
		}
	}
	return Rule{}, false
}

// Shared says whether the ecosystem manager may know that a row of the kind is
// there, and its days: without names and amounts.
func (r Rule) Shared() bool {
	return slices.ContainsFunc(r.Days, func(d DateRule) bool { return d.Ladder.Class() == remind.Shared })
}

// First is the state a row begins in.
func (r Rule) First() string { return r.States[0].ID }

// State finds a state.
func (r Rule) State(id string) (State, bool) {
	i := slices.IndexFunc(r.States, func(s State) bool { return s.ID == id })
	if i < 0 {
		return State{}, false
	}
	return r.States[i], true
}

// Ended says whether a row is over.
func (r Rule) Ended(b Benefit) bool {
	s, known := r.State(b.State)
	return known && s.End != ""
}

// Field finds a field.
func (r Rule) Field(id string) (Field, bool) {
	i := slices.IndexFunc(r.Fields, func(f Field) bool { return f.ID == id })
	if i < 0 {
		return Field{}, false
	}
	return r.Fields[i], true
}

// Box finds a box.
func (r Rule) Box(id string) (Box, bool) {
	i := slices.IndexFunc(r.Boxes, func(b Box) bool { return b.ID == id })
	if i < 0 {
		return Box{}, false
	}
	return r.Boxes[i], true
}

// Source finds a source.
func (r Rule) Source(id string) (Source, bool) {
	i := slices.IndexFunc(r.Sources, func(s Source) bool { return s.ID == id })
	if i < 0 {
		return Source{}, false
	}
	return r.Sources[i], true
}

// Check reports every fault of a policy read from files.
func (p Policy) Check() error {
	var faults []error
	words := map[string]Kind{}
	for _, r := range p.Rules {
		for _, word := range append([]string{string(r.Kind), strings.ToLower(r.Name.ZH), strings.ToLower(r.Name.EN)}, r.Aliases...) {
			if other, twice := words[word]; twice && other != r.Kind || word == "" {
				faults = append(faults, fmt.Errorf("benefit policy: %q names %s and %s", word, other, r.Kind))
			}
			words[word] = r.Kind
		}
		for _, fault := range r.faults() {
			faults = append(faults, fmt.Errorf("benefit policy %s: %s", r.Kind, fault))
		}
	}
	return errors.Join(faults...)
}

func (r Rule) faults() (faults []string) {
	fault := func(bad bool, format string, args ...any) {
		if bad {
			faults = append(faults, fmt.Sprintf(format, args...))
		}
	}
	sourced := func(id string) bool { _, known := r.Source(id); return known }
	sure := func(s Sureness) bool { return s == Certain || s == Inferred }
	_, err := worktime.ParseDate(r.Recorded)
	fault(err != nil || r.Name.empty() || r.Unknown.empty() || len(r.Stated) == 0, "lacks its date, name, statements or what is unknown")
	fault(!slices.Contains([]Unique{UniqueAlways, UniqueOpen, UniqueNone}, r.Unique), "unique is %q", r.Unique)
	for _, s := range r.Sources {
		fault(s.Title.empty() || s.Entry == "", "source %s lacks title or entry", s.ID)
	}
	for _, s := range r.Stated {
		fault(s.Text.empty() || !sourced(s.Source), "a statement lacks text or source %q", s.Source)
	}
	for _, b := range r.Boxes {
		fault(b.Label.empty() || !sourced(b.Source), "box %s lacks label or source", b.ID)
	}
	name, _ := r.Field(FieldName)
	fault(!name.Required, "has no required field %s", FieldName)
	for _, f := range r.Fields {
		kind := slices.Contains([]FieldKind{Line, Choice, Amount, Day, Past, Quarter}, f.Kind)
		private := slices.Contains([]Private{"", PrivateCustomer, PrivateAmount, PrivatePerson}, f.Private)
		fault(!kind || !private || f.Label.empty() || (f.Kind == Choice) != (len(f.Options) > 0) || (f.Kind == Line) != (f.Max > 0), "field %s", f.ID)
		fault(f.Kind == Amount && f.Private != PrivateAmount, "field %s is an amount and not private", f.ID)
	}
	fault(len(r.States) == 0 || r.States[0].End != "", "has no state to begin in")
	fault(!slices.ContainsFunc(r.States, func(s State) bool { return s.End == Won }), "has no good end")
	for _, s := range r.States {
		fault(s.Label.empty() || !sure(s.Sure) || !slices.Contains([]End{"", Won, Lost}, s.End) || s.Ceiling > 0 && !r.Counted, "state %s", s.ID)
		for _, next := range s.Next {
			_, known := r.State(next)
			fault(!known, "state %s goes to unknown %s", s.ID, next)
		}
	}
	for _, d := range r.Days {
		from, known := r.Field(d.Field)
		day := d.Field == fieldSince || known && (from.Kind == Day || from.Kind == Past)
		rule := slices.Contains([]string{"", "year-end", "days", "workdays"}, d.Rule) && (d.Days > 0) == (d.Rule == "days" || d.Rule == "workdays")
		fault(!day || !rule || !sure(d.Sure) || d.Subject.empty() || !slices.Contains(remind.Kinds(), d.Ladder), "date %s", d.ID)
		fault(d.Source != "" && !sourced(d.Source) || d.Source == "" && d.Sure == Certain, "date %s has no source", d.ID)
		for _, in := range d.In {
			_, known := r.State(in)
			fault(!known, "date %s is in unknown state %s", d.ID, in)
		}
		fault(d.Left && !r.Counted, "date %s depends on what is left of nothing", d.ID)
		if d.When != nil {
			f, _ := r.Field(d.When.Field)
			fault(!slices.ContainsFunc(f.Options, func(o Option) bool { return o.ID == d.When.Is }), "date %s depends on an unknown choice", d.ID)
		}
	}
	if r.Window != nil {
		f, known := r.Field(r.Window.Field)
		fault(!known || f.Kind != Past && f.Kind != Day || !sourced(r.Window.Source) || r.Window.To.Before(r.Window.From), "window")
	}
	return faults
}
