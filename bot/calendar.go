package bot

import "time"

// CalendarKind is the media type of a calendar file.
const CalendarKind = "text/calendar; charset=utf-8"

// Event is something to put into a calendar program. It takes a whole day, the
// same date wherever the reader is, or ends at an instant.
type Event struct {
	ID      string        // fixed for life: a file read again changes the event it made
	Title   string        //
	Note    string        // several lines are fine
	Day     time.Time     // midnight UTC of the day it takes; zero when At is set
	At      time.Time     // UTC; the instant at which it is over; zero when Day is set
	Made    time.Time     // UTC; when the file is written
	Changed time.Time     // UTC; when what it says last changed
	Before  time.Duration // how long before it a calendar program is to remind; zero: not
	Gone    bool          // it is not to be there any more
}

// Calendar writes events as a file that calendar programs read (.ics).
type Calendar interface {
	// ICS writes events in their order; name is what a program shows for all of
	// them. An event without id, title or time is an error.
	ICS(name string, events ...Event) ([]byte, error)
}
