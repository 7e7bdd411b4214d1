package worktime

import "time"

// Hours are the working hours of a day, as wall-clock time since midnight.
type Hours struct{ From, To time.Duration }

// Office are the hours of somebody who said nothing else.
func Office() Hours { return Hours{From: 9 * time.Hour, To: 18 * time.Hour} }

// Open says whether an instant lies in working hours, on a working day.
func (h Hours) Open(t time.Time, c *Calendar, zone *time.Location) bool {
	d := DateIn(t, zone)
	return c.Works(d) && !t.Before(d.At(h.From, zone)) && t.Before(d.At(h.To, zone))
}

// Next is the instant itself when it lies in working hours, else the next
// opening.
func (h Hours) Next(t time.Time, c *Calendar, zone *time.Location) time.Time {
	d := DateIn(t, zone)
	if c.Works(d) {
		if open := d.At(h.From, zone); t.Before(open) {
			return open
		}
		if t.Before(d.At(h.To, zone)) {
			return t
		}
	}
	return c.OnOrAfter(d.Add(1)).At(h.From, zone)
}

// After is the instant at which so much working time has passed since t.
func (h Hours) After(t time.Time, work time.Duration, c *Calendar, zone *time.Location) time.Time {
	for {
		t = h.Next(t, c, zone)
		end := DateIn(t, zone).At(h.To, zone)
		if left := end.Sub(t); work <= left {
			return t.Add(work)
		} else {
			work -= left
		}
		t = end
	}
}
