package worktime

import (
	"fmt"
	"time"
)

// Date is a day of the calendar, without an hour and without a zone. The zero
// value is no day. Dates can be compared with ==.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// On makes a date; a day that the month does not have moves on into the next,
// as in [time.Date].
func On(year int, month time.Month, day int) Date {
	return of(time.Date(year, month, day, 0, 0, 0, 0, time.UTC))
}

func of(t time.Time) Date {
	y, m, d := t.Date()
	return Date{y, m, d}
}

// DateIn is the day it is in a zone at an instant.
func DateIn(t time.Time, zone *time.Location) Date { return of(t.In(zone)) }

// ParseDate reads YYYY-MM-DD.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return Date{}, fmt.Errorf("date %q is not YYYY-MM-DD", s)
	}
	return of(t), nil
}

// Exists says whether the month has such a day.
func Exists(year int, month time.Month, day int) bool {
	return On(year, month, day) == Date{year, month, day} && month >= 1 && month <= 12
}

// IsZero says that there is no day.
func (d Date) IsZero() bool { return d == Date{} }

// String writes YYYY-MM-DD, and nothing for no day.
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	return fmt.Sprintf("%04d-%02d-%02d", d.Year, int(d.Month), d.Day)
}

func (d Date) utc() time.Time { return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC) }

// Add moves by days, backwards when n is negative.
func (d Date) Add(n int) Date { return of(d.utc().AddDate(0, 0, n)) }

// Sub is how many days d is after e.
func (d Date) Sub(e Date) int { return int(d.utc().Sub(e.utc()) / (24 * time.Hour)) }

// Before says whether d is earlier than e.
func (d Date) Before(e Date) bool { return d.Compare(e) < 0 }

// After says whether d is later than e.
func (d Date) After(e Date) bool { return d.Compare(e) > 0 }

// Compare orders dates.
func (d Date) Compare(e Date) int { return d.utc().Compare(e.utc()) }

// Weekday is the day of the week.
func (d Date) Weekday() time.Weekday { return d.utc().Weekday() }

// At is the instant of a wall-clock time on this day in a zone, as a duration
// since its midnight. A time that a clock change skips moves on by the length of the
// gap; so does a day that the zone left out altogether.
func (d Date) At(clock time.Duration, zone *time.Location) time.Time {
	h, m := int(clock/time.Hour), int(clock%time.Hour/time.Minute)
	t := time.Date(d.Year, d.Month, d.Day, h, m, 0, 0, zone)
	year, month, day := t.Date()
	got := time.Date(year, month, day, t.Hour(), t.Minute(), 0, 0, time.UTC)
	if short := d.utc().Add(clock).Sub(got); short > 0 {
		return t.Add(short)
	}
	return t
}

// End is the instant at which the day is over in a zone.
func (d Date) End(zone *time.Location) time.Time { return d.Add(1).At(0, zone) }
