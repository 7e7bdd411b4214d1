package benefit

import (
	"slices"
	"time"

	"partnerdesk/handlers/worktime"
)

// Date is a day that follows from a row.
type Date struct {
	Rule    DateRule
	Day     worktime.Date // the last day
	Settled bool          // there is nothing left to be done by then
}

// Dates are the days that follow from a row, in the order of the rule. today is
// not asked for: what is past is for the ladder to know. zone is the one in
// which the row's own instants are days.
func (r Rule) Dates(b Benefit, c *worktime.Calendar, zone *time.Location) []Date {
	var list []Date
	for _, d := range r.Days {
		if d.When != nil && b.Values[d.When.Field] != d.When.Is {
			continue
		}
		from, err := worktime.ParseDate(b.Values[d.Field])
		if d.Field == fieldSince {
			from, err = worktime.DateIn(b.Since, zone), nil
		}
		if err != nil {
			continue // the day was not given
		}
		list = append(list, Date{Rule: d, Day: d.day(from, c), Settled: r.settled(b, d)})
	}
	return list
}

func (d DateRule) day(from worktime.Date, c *worktime.Calendar) worktime.Date {
	switch d.Rule {
	case "year-end":
		return worktime.On(from.Year, time.December, 31)
	case "days":
		return from.Add(d.Days - 1)
	case "workdays":
		return c.Add(from, d.Days)
	}
	return from
}

func (r Rule) settled(b Benefit, d DateRule) bool {
	switch {
	case r.Ended(b), len(d.In) > 0 && !slices.Contains(d.In, b.State):
		return true
	case d.Boxes && !slices.ContainsFunc(r.Boxes, func(x Box) bool { _, is := b.Ticked(x.ID); return !is }):
		return true
	}
	return d.Left && b.Granted() > 0 && b.Left() == 0
}

// Next is the first day by which something is still to be done.
func (r Rule) Next(b Benefit, c *worktime.Calendar, zone *time.Location) (Date, bool) {
	list := slices.DeleteFunc(r.Dates(b, c, zone), func(d Date) bool { return d.Settled })
	if len(list) == 0 {
		return Date{}, false
	}
	return slices.MinFunc(list, func(a, b Date) int { return a.Day.Compare(b.Day) }), true
}

// Outside says that a row's day does not lie in the published window.
func (r Rule) Outside(b Benefit) bool {
	if r.Window == nil {
		return false
	}
	day, err := worktime.ParseDate(b.Values[r.Window.Field])
	return err == nil && (day.Before(r.Window.From) || day.After(r.Window.To))
}
