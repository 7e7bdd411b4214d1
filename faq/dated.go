package faq

import (
	"slices"
	"strings"

	"partnerdesk/faq/text"
)

// dated fills in the choices when a question names a date and nothing else that would tell what the date is of, and
// several entries turn on that date; it says whether it did.
func (d *Desk) dated(t *thought) bool {
	r := &t.query.reading
	if !bareDate(r) {
		return false
	}
	var choices []Choice
	for _, c := range t.list {
		e := d.corpus.Entries[c.entry]
		if e.Kind != Unknown && len(choices) < most && d.sharesDate(&d.a.known[c.entry], r) {
			choices = append(choices, Choice{e, c.p})
		}
	}
	if len(choices) < 2 {
		return false
	}
	t.answer.Choices = choices
	return true
}

// bareDate says whether a question names a day of the year and no party, thing or telling action.
func bareDate(r *text.Reading) bool {
	found := slices.ContainsFunc(r.Numbers, isDate)
	for i, sp := range r.Spans {
		c := sp.Concept
		switch {
		case c == nil:
			continue
		case c.Name == yearEnd:
			found = true
		case dayMark(r, i), calendar(c.Name):
		case c.Kind == text.Object, c.Kind == text.Role, c.Kind == text.Foreign, c.Kind == text.Action && !common(c.Name) && c.Name != "do-thing":
			return false
		}
	}
	return found
}

// The last day of the year, as a concept without a number and as a date.
const (
	yearEnd = "year-end"
	lastDay = "d:12-31"
)

// sharesDate says whether an entry turns on the day a question names: on its date, or on the end of the year.
func (d *Desk) sharesDate(k *known, r *text.Reading) bool {
	dates := 0
	for _, n := range r.Numbers {
		if isDate(n) {
			dates++
			if !k.numbers[n] {
				return false
			}
		}
	}
	if dates > 0 {
		return true
	}
	id, ok := d.a.vocab[markTerm+"#"+yearEnd]
	return ok && (find(k.terms, id) > 0 || k.answer[id]) && k.figures[lastDay]
}

func isDate(n string) bool { return strings.HasPrefix(n, "d:") }

// dayMark says whether a span is the sign that makes a day of the number before it.
func dayMark(r *text.Reading, i int) bool {
	return i > 0 && r.Spans[i].Text == "号" && r.Spans[i-1].Concept == nil && strings.HasPrefix(r.Spans[i-1].Text, "n:")
}

// calendar says whether a concept only measures time.
func calendar(name string) bool {
	switch name {
	case "day-unit", "month-unit", "year-unit", "date-thing", "time-thing", "period", "next-year", "last-year", "working-day":
		return true
	}
	return false
}
