package worktime

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Rule is how a date repeats. The zero value is not a rule.
type Rule struct {
	kind string
	n    int
	m    time.Month
}

// The rules people use.
func MonthlyLastWorkday() Rule              { return Rule{kind: "month-last-workday"} }
func MonthlyEnd() Rule                      { return Rule{kind: "month-end"} }
func QuarterlyEnd() Rule                    { return Rule{kind: "quarter-end"} }
func MonthlyOn(day int) Rule                { return Rule{kind: "month", n: day} }
func QuarterlyLastWorkday() Rule            { return Rule{kind: "quarter-last-workday"} }
func Weekly(day time.Weekday) Rule          { return Rule{kind: "week", n: int(day)} }
func Yearly(month time.Month, day int) Rule { return Rule{kind: "year", n: day, m: month} }

// String is the form that [ParseRule] reads.
func (r Rule) String() string {
	switch r.kind {
	case "month", "week":
		return r.kind + ":" + strconv.Itoa(r.n)
	case "year":
		return fmt.Sprintf("year:%02d-%02d", int(r.m), r.n)
	}
	return r.kind
}

// ParseRule reads what String wrote.
func ParseRule(s string) (Rule, error) {
	kind, rest, _ := strings.Cut(s, ":")
	r := Rule{kind: kind}
	var err error
	ok := true
	switch kind {
	case "month-last-workday", "month-end", "quarter-end", "quarter-last-workday":
		ok = rest == ""
	case "month":
		r.n, err = strconv.Atoi(rest)
		ok = r.n >= 1 && r.n <= 31
	case "week":
		r.n, err = strconv.Atoi(rest)
		ok = r.n >= 0 && r.n <= 6
	case "year":
		var d Date
		d, err = ParseDate("2024-" + rest)
		r.m, r.n = d.Month, d.Day
	default:
		ok = false
	}
	if err != nil || !ok {
		return Rule{}, fmt.Errorf("%q is not a rule of repetition", s)
	}
	return r, nil
}

// Parts are the rule's name, without what follows the colon, and what follows.
func (r Rule) Parts() (kind, rest string) {
	kind, rest, _ = strings.Cut(r.String(), ":")
	return kind, rest
}

// After is the first day of the rule later than d. A month too short for the
// day gives its last one.
func (r Rule) After(d Date, c *Calendar) Date {
	switch r.kind {
	case "week":
		for next := d.Add(1); ; next = next.Add(1) {
			if int(next.Weekday()) == r.n {
				return next
			}
		}
	case "year":
		for year := d.Year; ; year++ {
			if next := inMonth(year, r.m, r.n); next.After(d) {
				return next
			}
		}
	}
	for i := 0; ; i++ {
		first := On(d.Year, d.Month+time.Month(i), 1)
		next := Date{}
		switch r.kind {
		case "month-last-workday":
			next = c.LastOf(first.Year, first.Month)
		case "month":
			next = inMonth(first.Year, first.Month, r.n)
		case "quarter-end":
			if first.Month%3 == 0 {
				next = On(first.Year, first.Month+1, 0)
			}
		case "quarter-last-workday":
			if first.Month%3 == 0 {
				next = c.LastOf(first.Year, first.Month)
			}
		default:
			next = On(first.Year, first.Month+1, 0)
		}
		if next.After(d) {
			return next
		}
	}
}

func inMonth(year int, month time.Month, day int) Date {
	return On(year, month, min(day, On(year, month+1, 0).Day))
}
