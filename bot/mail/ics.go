package mail

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	ics "github.com/arran4/golang-ical"

	"partnerdesk/bot"
)

// Calendars writes calendar files (RFC 5545).
type Calendars struct{}

var _ bot.Calendar = Calendars{}

// atTheEnd is how long an event that ends at an instant is drawn.
const atTheEnd = 30 * time.Minute

// ICS implements [bot.Calendar]. A whole day is a date without a zone, which
// every program shows on that date; an instant is written in UTC, so that no
// table of zones has to travel along. What repeats is written as its next day
// only: RFC 5545 cannot say "the last working day" of a country that moves
// working days.
func (Calendars) ICS(name string, events ...bot.Event) ([]byte, error) {
	cal := ics.NewCalendarFor("partnerdesk")
	cal.SetMethod(ics.MethodPublish)
	cal.SetCalscale("GREGORIAN")
	if name != "" {
		cal.SetXWRCalName(name)
	}
	for _, e := range events {
		if e.ID == "" || e.Title == "" || e.Day.IsZero() == e.At.IsZero() {
			return nil, fmt.Errorf("calendar event %q has no id, no title or not one time", e.ID)
		}
		add(cal.AddEvent(e.ID+"@partnerdesk"), e)
	}
	var out bytes.Buffer
	if err := cal.SerializeTo(&out, ics.WithNewLineWindows); err != nil {
		return nil, fmt.Errorf("write calendar: %w", err)
	}
	return out.Bytes(), nil
}

func add(v *ics.VEvent, e bot.Event) {
	v.SetDtStampTime(e.Made.UTC())
	if !e.Changed.IsZero() {
		v.SetModifiedAt(e.Changed.UTC())
		v.SetSequence(int(e.Changed.Unix() - sequenceEpoch))
	}
	v.SetSummary(line(e.Title))
	if e.Note != "" {
		v.SetDescription(strings.ReplaceAll(e.Note, "\r", ""))
	}
	if e.At.IsZero() {
		v.SetAllDayStartAt(e.Day.UTC())
		v.SetAllDayEndAt(e.Day.UTC().AddDate(0, 0, 1))
	} else {
		v.SetStartAt(e.At.UTC().Add(-atTheEnd))
		v.SetEndAt(e.At.UTC())
	}
	v.SetTimeTransparency(ics.TransparencyTransparent) // it keeps nobody from being invited
	if e.Gone {
		v.SetStatus(ics.ObjectStatusCancelled)
		return
	}
	v.SetStatus(ics.ObjectStatusConfirmed)
	if e.Before > 0 {
		alarm := v.AddAlarm()
		alarm.SetAction(ics.ActionDisplay)
		alarm.SetDescription(line(e.Title))
		alarm.SetTrigger(fmt.Sprintf("-PT%dM", int(e.Before/time.Minute)))
	}
}

// sequenceEpoch keeps sequence numbers, seconds since 2026, within 32 bits.
const sequenceEpoch = 1767225600

func line(s string) string { return strings.Join(strings.Fields(s), " ") }
