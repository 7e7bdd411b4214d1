package data_test

import (
	"testing"
	"time"

	"partnerdesk/data"
	"partnerdesk/handlers/worktime"
)

// TestCalendar_ShippedYears compares with the notices: how many days off and
// worked there are, and single days that are easily wrong.
func TestCalendar_ShippedYears(t *testing.T) {
	c, err := data.Calendar()
	if err != nil {
		t.Fatal(err)
	}
	// 365 days less 104 weekend days, 11 public holidays in law and the days
	// they make up for: 248 in either year.
	for year, want := range map[int]int{2025: 248, 2026: 248} {
		got := 0
		for d := worktime.On(year, 1, 1); d.Year == year; d = d.Add(1) {
			if c.Works(d) {
				got++
			}
		}
		if got != want || !c.Known(year) || c.Source(year) == "" {
			t.Errorf("%d has %d working days, want %d; known %v", year, got, want, c.Known(year))
		}
	}
	if c.Known(2027) {
		t.Error("2027 is known")
	}
	for day, want := range map[worktime.Date]bool{
		worktime.On(2025, time.October, 8): false, worktime.On(2025, time.October, 11): true, worktime.On(2026, time.February, 14): true,
		worktime.On(2026, time.February, 23): false, worktime.On(2026, time.December, 31): true, worktime.On(2027, time.January, 1): true,
	} {
		if got := c.Works(day); got != want {
			t.Errorf("%s is worked: %v, want %v", day, got, want)
		}
	}
}
