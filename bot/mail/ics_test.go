package mail_test

import (
	"bytes"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"
	"unicode/utf8"

	ics "github.com/arran4/golang-ical"

	"partnerdesk/bot"
	"partnerdesk/bot/mail"
)

var made = time.Date(2026, 11, 20, 4, 0, 0, 0, time.UTC)

func read(t *testing.T, events ...bot.Event) (*ics.Calendar, []byte) {
	t.Helper()
	data, err := mail.Calendars{}.ICS("截止日", events...)
	if err != nil {
		t.Fatal(err)
	}
	cal, err := ics.ParseCalendar(bytes.NewReader(data))
	if err != nil {
		t.Fatalf("%v\n%s", err, data)
	}
	return cal, data
}

// TestICS_AWholeDay: the date stands without a zone, whatever zone the machine is in.
func TestICS_AWholeDay(t *testing.T) {
	for _, name := range []string{"Asia/Shanghai", "Pacific/Apia", "America/Los_Angeles", "UTC"} {
		t.Run(name, func(t *testing.T) {
			zone, err := time.LoadLocation(name)
			if err != nil {
				t.Fatal(err)
			}
			cal, data := read(t, bot.Event{ID: "DL-7F3K", Title: "用完测试券额度", Note: "第一行\n第二行；a,b;c\\d", Day: time.Date(2026, 12, 31, 0, 0, 0, 0, time.UTC).In(zone),
				Made: made, Changed: made, Before: 24 * time.Hour})
			for _, want := range []string{"DTSTART;VALUE=DATE:20261231\r\n", "DTEND;VALUE=DATE:20270101\r\n", "DTSTAMP:20261120T040000Z\r\n", "TRIGGER:-PT1440M", "TRANSP:TRANSPARENT"} {
				if !strings.Contains(string(data), want) {
					t.Errorf("no %q in\n%s", want, data)
				}
			}
			e := cal.Events()[0]
			if e.Id() != "DL-7F3K@partnerdesk" || e.GetProperty(ics.ComponentPropertySummary).Value != "用完测试券额度" {
				t.Errorf("got %s %q", e.Id(), e.GetProperty(ics.ComponentPropertySummary).Value)
			}
			if got := e.GetProperty(ics.ComponentPropertyDescription).Value; got != "第一行\n第二行；a,b;c\\d" {
				t.Errorf("description %q", got)
			}
			if day, err := e.GetAllDayStartAt(); err != nil || day.Format(time.DateOnly) != "2026-12-31" {
				t.Errorf("day %v, %v", day, err)
			}
		})
	}
}

// TestICS_AnInstant is the same instant in every zone.
func TestICS_AnInstant(t *testing.T) {
	lordHowe, err := time.LoadLocation("Australia/Lord_Howe")
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 12, 5, 2, 30, 0, 0, lordHowe)
	cal, data := read(t, bot.Event{ID: "DL-1", Title: "券到期", At: at, Made: made})
	if got, err := cal.Events()[0].GetEndAt(); err != nil || !got.Equal(at) {
		t.Errorf("ends %v, %v, want %v", got, err, at)
	}
	if !strings.Contains(string(data), "DTEND:20261204T153000Z") {
		t.Errorf("not in UTC:\n%s", data)
	}
}

func TestICS_LinesAreShortAndWhole(t *testing.T) {
	_, data := read(t, bot.Event{ID: "DL-1", Title: strings.Repeat("很长的事项", 20), Note: strings.Repeat("說明 ", 60), Day: time.Date(2026, 12, 31, 0, 0, 0, 0, time.UTC), Made: made},
		bot.Event{ID: "DL-2", Title: "gone", Day: time.Date(2026, 12, 30, 0, 0, 0, 0, time.UTC), Made: made, Gone: true})
	for l := range strings.SplitSeq(strings.TrimSuffix(string(data), "\r\n"), "\r\n") {
		if len(l) > 75 || !utf8.ValidString(l) || strings.ContainsAny(l, "\r\n") {
			t.Errorf("line of %d bytes: %q", len(l), l)
		}
	}
	if !strings.Contains(string(data), "STATUS:CANCELLED") {
		t.Error("what is gone is not cancelled")
	}
}

func TestICS_Faults(t *testing.T) {
	for name, e := range map[string]bot.Event{
		"no id": {Title: "x", Day: made}, "no title": {ID: "1", Day: made}, "no time": {ID: "1", Title: "x"}, "two times": {ID: "1", Title: "x", Day: made, At: made},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := (mail.Calendars{}).ICS("", e); err == nil {
				t.Error("written")
			}
		})
	}
}
