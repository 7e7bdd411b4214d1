package remind_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"partnerdesk/bot"
	"partnerdesk/data"
	"partnerdesk/handlers/remind"
	"partnerdesk/handlers/worktime"
)

func shanghai(t testing.TB) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

func facts(t testing.TB) remind.Facts {
	t.Helper()
	c, err := data.Calendar()
	if err != nil {
		t.Fatal(err)
	}
	return remind.Facts{Zone: shanghai(t), Hours: worktime.Office(), Calendar: c}
}

// at reads a wall-clock time of Shanghai in 2026.
func at(t testing.TB, s string) time.Time {
	t.Helper()
	x, err := time.ParseInLocation("2006-01-02 15:04", "2026-"+s, shanghai(t))
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// material is due on a Friday.
func material(t testing.TB) remind.Deadline {
	due := worktime.On(2026, 11, 27)
	return remind.Deadline{ID: "DL-1", Source: remind.People, Kind: remind.Plain, Due: due, End: due.End(shanghai(t)), State: remind.Open,
		Owner: bot.PersonID{User: "U1"}, Deputy: bot.PersonID{User: "U2"}, Created: at(t, "10-01 12:00")}
}

func (s saying) String() string { return fmt.Sprintf("%s %d %s", s.reason, s.rung, s.to) }

type saying struct {
	reason remind.Reason
	rung   remind.Rung
	to     remind.Audience
}

func TestDecide_Reasons(t *testing.T) {
	sent := func(r remind.Rung, to remind.Audience, when string) remind.Sent {
		return remind.Sent{Rung: r, To: to, At: at(t, when)}
	}
	cases := []struct {
		name   string
		now    string
		change func(*remind.Deadline, *remind.Facts)
		want   saying // without an audience: nothing is told
	}{
		{"before the first rung", "10-20 10:00", nil, saying{reason: remind.NotYet}},
		{"on the minute", "11-24 09:00", nil, saying{remind.Due, 3, remind.ToOwner}},
		{"in the afternoon: the run was missed", "11-24 15:00", nil, saying{remind.CaughtUp, 3, remind.ToOwner}},
		{"at night it waits", "11-24 22:00", nil, saying{reason: remind.Quiet}},
		{"at the weekend it waits", "11-21 10:00", nil, saying{reason: remind.Quiet}},
		{"do not disturb", "11-24 10:00", func(_ *remind.Deadline, f *remind.Facts) { f.Away = at(t, "11-24 12:00") }, saying{reason: remind.Absent}},
		{"told already", "11-24 10:00", func(d *remind.Deadline, _ *remind.Facts) {
			d.Sent = []remind.Sent{sent(3, remind.ToOwner, "11-24 09:00")}
		}, saying{reason: remind.WasSent}},
		{"the grace period is over", "11-19 10:00", func(d *remind.Deadline, _ *remind.Facts) {
			d.Due, d.End = worktime.On(2026, 12, 14), worktime.On(2026, 12, 14).End(shanghai(t))
		},
			saying{reason: remind.TooLate}},
		{"who entered it knew", "11-24 12:00", func(d *remind.Deadline, _ *remind.Facts) { d.Created = at(t, "11-24 11:00") }, saying{reason: remind.WasKnown}},
		{"what the center names late is told", "11-24 12:00", func(d *remind.Deadline, _ *remind.Facts) { d.Created, d.Source = at(t, "11-24 11:00"), remind.Center },
			saying{remind.CaughtUp, 3, remind.ToOwner}},
		{"done", "11-24 12:00", func(d *remind.Deadline, _ *remind.Facts) { d.State = remind.Done }, saying{reason: remind.Finished}},
		{"the last call", "11-27 09:00", nil, saying{remind.Due, remind.LastCall, remind.ToOwner}},
		{"the last call at night, on leave and snoozed", "11-27 22:00", func(d *remind.Deadline, f *remind.Facts) {
			f.Away, d.Snoozed = at(t, "12-24 12:00"), worktime.On(2026, 12, 1)
		}, saying{remind.CaughtUp, remind.LastCall, remind.ToOwner}},
		{"the last call of a Sunday comes on Friday", "11-27 09:00", func(d *remind.Deadline, _ *remind.Facts) {
			d.Due, d.End = worktime.On(2026, 11, 29), worktime.On(2026, 11, 29).End(shanghai(t))
		},
			saying{remind.Due, remind.LastCall, remind.ToOwner}},
		{"and is made up for on the Sunday itself", "11-29 20:00", func(d *remind.Deadline, _ *remind.Facts) {
			d.Due, d.End = worktime.On(2026, 11, 29), worktime.On(2026, 11, 29).End(shanghai(t))
		},
			saying{remind.CaughtUp, remind.LastCall, remind.ToOwner}},
		{"overdue", "11-30 09:00", nil, saying{remind.Due, remind.Overdue, remind.ToOwner}},
		{"snoozed over a rung", "11-24 10:00", func(d *remind.Deadline, _ *remind.Facts) { d.Snoozed = worktime.On(2026, 11, 25) }, saying{reason: remind.Snoozing}},
		{"the end of the snooze", "11-25 09:00", func(d *remind.Deadline, _ *remind.Facts) { d.Snoozed = worktime.On(2026, 11, 25) }, saying{remind.Due, remind.Again, remind.ToOwner}},
		{"a rung after the snooze", "11-26 09:00", func(d *remind.Deadline, _ *remind.Facts) { d.Snoozed = worktime.On(2026, 11, 25) }, saying{remind.Due, 1, remind.ToOwner}},
		{"nobody acknowledged for four hours", "11-27 13:00", func(d *remind.Deadline, _ *remind.Facts) {
			d.Sent = []remind.Sent{sent(0, remind.ToOwner, "11-27 09:00")}
		}, saying{remind.Unheard, remind.LastCall, remind.ToDeputy}},
		{"a minute earlier", "11-27 12:59", func(d *remind.Deadline, _ *remind.Facts) {
			d.Sent = []remind.Sent{sent(0, remind.ToOwner, "11-27 09:00")}
		}, saying{reason: remind.WasSent}},
		{"nor did the deputy", "11-27 16:00", func(d *remind.Deadline, _ *remind.Facts) {
			d.Sent = []remind.Sent{sent(0, remind.ToOwner, "11-27 09:00"), sent(0, remind.ToDeputy, "11-27 13:00")}
		}, saying{remind.Unheard, remind.LastCall, remind.ToClass}},
		{"without a deputy it is the lead's turn", "11-27 16:00", func(d *remind.Deadline, _ *remind.Facts) {
			d.Deputy, d.Sent = bot.PersonID{}, []remind.Sent{sent(0, remind.ToOwner, "11-27 09:00")}
		}, saying{remind.Unheard, remind.LastCall, remind.ToClass}},
		{"acknowledged", "11-27 16:00", func(d *remind.Deadline, f *remind.Facts) {
			d.Sent, f.Acked = []remind.Sent{sent(0, remind.ToOwner, "11-27 09:00")}, at(t, "11-27 09:30")
		}, saying{reason: remind.WasSent}},
		{"an acknowledgement of yesterday's does not count", "11-27 13:00", func(d *remind.Deadline, f *remind.Facts) {
			d.Sent, f.Acked = []remind.Sent{sent(0, remind.ToOwner, "11-27 09:00")}, at(t, "11-26 09:30")
		}, saying{remind.Unheard, remind.LastCall, remind.ToDeputy}},
		{"a loose rung bothers nobody else", "11-24 18:00", func(d *remind.Deadline, _ *remind.Facts) {
			d.Sent = []remind.Sent{sent(3, remind.ToOwner, "11-24 09:00")}
		}, saying{reason: remind.WasSent}},
		{"a day before, the deputy hears and nobody else", "11-26 18:00", func(d *remind.Deadline, _ *remind.Facts) {
			d.Sent = []remind.Sent{sent(1, remind.ToOwner, "11-26 09:00"), sent(1, remind.ToDeputy, "11-26 13:00")}
		}, saying{reason: remind.WasSent}},
		{"but of what lapses for good", "11-26 16:00", func(d *remind.Deadline, _ *remind.Facts) {
			d.Kind, d.Sent = remind.Window, []remind.Sent{sent(1, remind.ToOwner, "11-26 09:00"), sent(1, remind.ToDeputy, "11-26 13:00")}
		}, saying{remind.Unheard, 1, remind.ToClass}},
		{"muted", "11-24 10:00", func(_ *remind.Deadline, f *remind.Facts) { f.Muted = true }, saying{reason: remind.Hushed}},
		{"muted, but it is the last call", "11-27 09:00", func(_ *remind.Deadline, f *remind.Facts) { f.Muted = true }, saying{remind.Due, remind.LastCall, remind.ToOwner}},
		{"every month: no rung that the last time would ring", "11-13 09:00", func(d *remind.Deadline, _ *remind.Facts) { d.Repeats = "month-end" }, saying{reason: remind.NotYet}},
		{"it repeats and was left alone", "12-06 10:00", func(d *remind.Deadline, f *remind.Facts) {
			f.Acked = at(t, "11-30 10:00")
			d.Repeats, d.Sent = "month-end", []remind.Sent{sent(-1, remind.ToOwner, "11-30 09:00")}
		}, saying{reason: remind.WasSent}},
		{"long enough to go on to its next day", "12-08 00:00", func(d *remind.Deadline, _ *remind.Facts) {
			d.Repeats, d.Sent = "month-end", []remind.Sent{sent(-1, remind.ToOwner, "11-30 09:00")}
		}, saying{reason: remind.Lapsing}},
		{"every week: its next time is not eaten into", "12-01 00:00", func(d *remind.Deadline, _ *remind.Facts) { d.Repeats = "week:5" }, saying{reason: remind.Lapsing}},
		{"late in the day the deputy hears before it is too late", "11-27 22:00", func(d *remind.Deadline, _ *remind.Facts) {
			d.Sent = []remind.Sent{sent(0, remind.ToOwner, "11-27 21:00")}
		}, saying{remind.Unheard, remind.LastCall, remind.ToDeputy}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			d, f := material(t), facts(t)
			if c.change != nil {
				c.change(&d, &f)
			}
			f.Now = at(t, c.now)
			v := remind.Decide(d, f)
			got := saying{reason: v.Reason}
			if v.Notice != nil {
				got.rung, got.to = v.Notice.Rung, v.Notice.To
			}
			if got != c.want {
				t.Errorf("got %v, want %v", got, c.want)
			}
			if v.Notice == nil && !v.Next.IsZero() && !v.Next.After(f.Now) {
				t.Errorf("asks again at %v, which is over", v.Next)
			}
		})
	}
}

// TestPreview_TheThirtyFirstOfDecember: the window has its own rungs, and the
// last call is on the last working day.
func TestPreview_TheThirtyFirstOfDecember(t *testing.T) {
	f := facts(t)
	for _, c := range []struct {
		year int
		want string
	}{
		{2026, "60:2026-10-30 45:2026-11-16 30:2026-12-01 14:2026-12-17 7:2026-12-24 3:2026-12-28 1:2026-12-30 0:2026-12-31 -1:2027-01-01 "},
		{2023, "60:2023-11-01 45:2023-11-16 30:2023-12-01 14:2023-12-15 7:2023-12-22 3:2023-12-28 0:2023-12-29 -1:2024-01-01 "}, // a Sunday; nobody knows that year's holidays
	} {
		t.Run(fmt.Sprint(c.year), func(t *testing.T) {
			due := worktime.On(c.year, 12, 31)
			d := remind.Deadline{Source: remind.People, Kind: remind.KindOf(due, ""), Due: due, End: due.End(f.Zone), State: remind.Open}
			f.Now = time.Date(c.year, 9, 1, 0, 0, 0, 0, time.UTC)
			got := ""
			for _, p := range remind.Preview(d, f, f.Now.AddDate(1, 0, 0)) {
				got += fmt.Sprintf("%d:%s ", p.Rung, worktime.DateIn(p.At, f.Zone))
			}
			if got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestFinish_WhatRepeatsGoesOn(t *testing.T) {
	f := facts(t)
	d := material(t)
	d.Due, d.Repeats = worktime.On(2026, 11, 30), "month-last-workday"
	d.Sent = []remind.Sent{{Rung: 7, To: remind.ToOwner}}
	after, next := d.Finish(d.Owner, "", at(t, "11-25 10:00"), f.Calendar, f.Zone)
	if !next || after.Due.String() != "2026-12-31" || after.State != remind.Open || len(after.Sent) != 0 {
		t.Errorf("got %+v", after)
	}
	d.Repeats = ""
	if after, next = d.Finish(d.Owner, "handed in", at(t, "11-25 10:00"), f.Calendar, f.Zone); next || after.State != remind.Done || after.Note != "handed in" {
		t.Errorf("got %+v", after)
	}
}

// TestOwnerMoves: a rung is told once even when its owner changes zones after it.
func TestOwnerMoves(t *testing.T) {
	d, f := material(t), facts(t)
	honolulu, err := time.LoadLocation("Pacific/Honolulu")
	if err != nil {
		t.Fatal(err)
	}
	f.Now = at(t, "11-24 09:00")
	d = d.Give(*remind.Decide(d, f).Notice, f.Now)
	f.Zone, f.Now = honolulu, time.Date(2026, 11, 23, 19, 0, 0, 0, time.UTC) // 9:00 there, of the day before
	f.Now = f.Now.Add(24 * time.Hour)
	v := remind.Decide(d, f)
	if v.Notice != nil && v.Notice.Rung == 3 {
		t.Errorf("told twice: %+v", v)
	}
	if last := remind.LastDay(d.End, honolulu, f.Hours); last.String() != "2026-11-26" {
		t.Errorf("the last day in Honolulu is %s: at 9:00 on the 27th it is over in Shanghai", last)
	}
}

// BenchmarkPlan decides about n deadlines of a thousand people at one tick, as a
// desk does that was down all night.
func BenchmarkPlan(b *testing.B) {
	for _, n := range []int{1_000, 10_000, 100_000, 1_000_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			f := facts(b)
			f.Now = at(b, "11-24 09:00")
			rows := make([]remind.Deadline, n)
			for i := range rows {
				due := worktime.On(2026, 11, 1).Add(i % 120)
				rows[i] = remind.Deadline{Source: remind.People, Kind: remind.Kinds()[i%5], Due: due, End: due.End(f.Zone), State: remind.Open,
					Owner: bot.PersonID{User: fmt.Sprint(i % 1000)}}
			}
			b.ReportAllocs()
			b.ResetTimer()
			for b.Loop() {
				told := 0
				for i := range rows {
					if remind.Decide(rows[i], f).Notice != nil {
						told++
					}
				}
				if told == 0 {
					b.Fatal("nothing was told")
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/deadline")
		})
	}
}

// An approval is the exception: the money desk reminds of it.
func TestKinds_EveryLadderEndsWithTheLastCall(t *testing.T) {
	for _, k := range remind.Kinds() {
		if k == remind.Approval {
			if len(k.Rungs()) > 0 {
				t.Error("approvals are told twice")
			}
			continue
		}
		if !slices.Contains(k.Rungs(), remind.LastCall) || k.Class() == "" {
			t.Errorf("%s has no last call or no class", k)
		}
	}
}

func TestDeadline_LapsesOnToADayThatIsToCome(t *testing.T) {
	f := facts(t)
	d := material(t)
	d.Repeats, d.Sent, d.Listed = "week:5", []remind.Sent{{Rung: 1}}, []remind.Listing{{Day: d.Due}}
	got := d.Lapse(at(t, "12-08 00:00"), f.Calendar, f.Zone)
	if got.Due != worktime.On(2026, 12, 11) || got.Lapsed != worktime.On(2026, 11, 27) || len(got.Sent)+len(got.Listed) > 0 || got.State != remind.Open {
		t.Errorf("got %+v", got)
	}
}

func TestHabits_Mute(t *testing.T) {
	h := remind.Habits{}.Mute(remind.Quota, true).Mute(remind.Coupon, true).Mute(remind.Quota, true)
	if !h.Mutes(remind.Coupon) || !h.Mutes(remind.Quota) || len(h.Muted) != 2 {
		t.Errorf("got %v", h.Muted)
	}
	if h = h.Mute(remind.Quota, false); h.Mutes(remind.Quota) || !h.Mutes(remind.Coupon) {
		t.Errorf("got %v", h.Muted)
	}
}
