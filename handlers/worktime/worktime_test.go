package worktime_test

import (
	"testing"
	"time"
	_ "time/tzdata"

	"partnerdesk/handlers/worktime"
)

func calendar(t *testing.T) *worktime.Calendar {
	t.Helper()
	c, err := worktime.New(worktime.Year{Year: 2026, Source: "notice",
		Off:  []worktime.Span{{Name: "国庆节", From: worktime.On(2026, 10, 1), To: worktime.On(2026, 10, 7)}},
		Work: []worktime.Date{worktime.On(2026, 9, 20), worktime.On(2026, 10, 10)},
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestCalendar_Shifts(t *testing.T) {
	c := calendar(t)
	cases := []struct {
		name                string
		day, earlier, later string
	}{
		{"a working day stays", "2026-11-20", "2026-11-20", "2026-11-20"},
		{"a Saturday", "2026-11-21", "2026-11-20", "2026-11-23"},
		{"inside a holiday", "2026-10-04", "2026-09-30", "2026-10-08"},
		{"a Sunday that is worked", "2026-09-20", "2026-09-20", "2026-09-20"},
		{"before a worked Saturday", "2026-10-11", "2026-10-10", "2026-10-12"},
	}
	for _, k := range cases {
		t.Run(k.name, func(t *testing.T) {
			d, err := worktime.ParseDate(k.day)
			if err != nil {
				t.Fatal(err)
			}
			if got := c.OnOrBefore(d).String(); got != k.earlier {
				t.Errorf("earlier %s, want %s", got, k.earlier)
			}
			if got := c.OnOrAfter(d).String(); got != k.later {
				t.Errorf("later %s, want %s", got, k.later)
			}
		})
	}
	if got := c.LastOf(2026, time.October).String(); got != "2026-10-30" {
		t.Errorf("last working day of October: %s", got)
	}
	if got := c.Add(worktime.On(2026, 9, 30), 3).String(); got != "2026-10-10" {
		t.Errorf("three working days after the 30th of September: %s", got)
	}
	if c.Known(2027) || c.Works(worktime.On(2027, 10, 2)) {
		t.Error("2027 is known, or its Saturdays are worked")
	}
}

func TestNew_FaultsAreNamed(t *testing.T) {
	for name, y := range map[string]worktime.Year{
		"no source":              {Year: 2026},
		"a span of another year": {Year: 2026, Source: "x", Off: []worktime.Span{{From: worktime.On(2025, 1, 1), To: worktime.On(2025, 1, 2)}}},
		"a Monday as make-up":    {Year: 2026, Source: "x", Work: []worktime.Date{worktime.On(2026, 11, 23)}},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := worktime.New(y); err == nil {
				t.Error("no fault")
			}
		})
	}
}

func TestHours_AcrossHolidaysAndClockChanges(t *testing.T) {
	c := calendar(t)
	h := worktime.Office()
	cases := []struct {
		name, zone, from string
		work             time.Duration
		want             string
	}{
		{"within the day", "Asia/Shanghai", "2026-11-20T10:00:00+08:00", 4 * time.Hour, "2026-11-20T14:00:00+08:00"},
		{"over a weekend", "Asia/Shanghai", "2026-11-20T17:00:00+08:00", 2 * time.Hour, "2026-11-23T10:00:00+08:00"},
		{"over a holiday", "Asia/Shanghai", "2026-09-30T20:00:00+08:00", time.Hour, "2026-10-08T10:00:00+08:00"},
		{"the clock goes back half an hour at night", "Australia/Lord_Howe", "2026-04-03T17:00:00+11:00", 2 * time.Hour, "2026-04-06T10:00:00+10:30"},
	}
	for _, k := range cases {
		t.Run(k.name, func(t *testing.T) {
			zone, err := time.LoadLocation(k.zone)
			if err != nil {
				t.Fatal(err)
			}
			from, err := time.Parse(time.RFC3339, k.from)
			if err != nil {
				t.Fatal(err)
			}
			if got := h.After(from, k.work, c, zone).In(zone).Format(time.RFC3339); got != k.want {
				t.Errorf("got %s, want %s", got, k.want)
			}
		})
	}
}

func TestDate_ADayThatAZoneSkipped(t *testing.T) {
	zone, err := time.LoadLocation("Pacific/Apia")
	if err != nil {
		t.Fatal(err)
	}
	if got := worktime.DateIn(worktime.On(2011, 12, 30).At(9*time.Hour, zone), zone).String(); got != "2011-12-31" {
		t.Errorf("9:00 on the day Samoa left out is on %s", got)
	}
}
