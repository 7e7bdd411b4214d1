// Package worktime knows which days people work. In mainland China that cannot
// be computed: the State Council publishes every year which days are off and
// which Saturdays and Sundays are worked instead (调休). A year whose notice is
// not among the data has weekends only, and [Calendar.Known] says so.
package worktime

import (
	"errors"
	"fmt"
	"time"
)

// Year is one published notice.
type Year struct {
	Year   int
	Source string // the notice, as people cite it
	Off    []Span // public holidays
	Work   []Date // Saturdays and Sundays that are worked
}

// Span is a run of days, both ends included.
type Span struct {
	Name     string
	From, To Date
}

// Calendar says which days are worked. The zero value has no notice at all.
type Calendar struct {
	years map[int]notice
}

type notice struct {
	source string
	days   map[Date]bool // worked or not, where it differs from the weekday
}

// New checks notices and makes a calendar of them. Every fault is reported.
func New(years ...Year) (*Calendar, error) {
	c := &Calendar{years: map[int]notice{}}
	var faults []error
	for _, y := range years {
		n := notice{source: y.Source, days: map[Date]bool{}}
		if _, twice := c.years[y.Year]; twice || y.Source == "" {
			faults = append(faults, fmt.Errorf("calendar %d: there twice or without a source", y.Year))
		}
		for _, s := range y.Off {
			if s.From.Year != y.Year || s.To.Year != y.Year || s.To.Before(s.From) {
				faults = append(faults, fmt.Errorf("calendar %d: %s from %s to %s is not a span of that year", y.Year, s.Name, s.From, s.To))
				continue
			}
			for d := s.From; !d.After(s.To); d = d.Add(1) {
				n.days[d] = false
			}
		}
		for _, d := range y.Work {
			_, off := n.days[d]
			if d.Year != y.Year || off || weekday(d) {
				faults = append(faults, fmt.Errorf("calendar %d: %s is not a weekend day to be worked", y.Year, d))
			}
			n.days[d] = true
		}
		c.years[y.Year] = n
	}
	return c, errors.Join(faults...)
}

// Known says whether the notice of a year is among the data.
func (c *Calendar) Known(year int) bool {
	if c == nil {
		return false
	}
	_, known := c.years[year]
	return known
}

// Source is the notice of a year, empty when it is not known.
func (c *Calendar) Source(year int) string {
	if c == nil {
		return ""
	}
	return c.years[year].source
}

// Works says whether people work on a day.
func (c *Calendar) Works(d Date) bool {
	if c != nil {
		if works, said := c.years[d.Year].days[d]; said {
			return works
		}
	}
	return weekday(d)
}

func weekday(d Date) bool {
	w := d.Weekday()
	return w != time.Saturday && w != time.Sunday
}

// OnOrBefore is the day itself when it is worked, else the last working day
// before it: where something must not come late.
func (c *Calendar) OnOrBefore(d Date) Date {
	for !c.Works(d) {
		d = d.Add(-1)
	}
	return d
}

// OnOrAfter is the day itself when it is worked, else the next working day.
func (c *Calendar) OnOrAfter(d Date) Date {
	for !c.Works(d) {
		d = d.Add(1)
	}
	return d
}

// Add counts n working days on from d, which is not counted itself; n is not
// negative.
func (c *Calendar) Add(d Date, n int) Date {
	for range n {
		d = c.OnOrAfter(d.Add(1))
	}
	return d
}

// LastOf is the last working day of a month.
func (c *Calendar) LastOf(year int, month time.Month) Date {
	return c.OnOrBefore(On(year, month+1, 0))
}
