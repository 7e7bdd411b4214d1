package store_test

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"partnerdesk/bot"
	"partnerdesk/data/kv"
	"partnerdesk/handlers/remind"
	"partnerdesk/handlers/worktime"
)

func aDeadline(id string, look time.Time) remind.Deadline {
	who := bot.PersonID{Team: "T1", User: "U1"}
	return remind.Deadline{Team: "T1", Account: bot.Operator(), ID: id, Seed: "T1/ev0", Source: remind.People, Kind: remind.YearEnd, Title: "测试券额度",
		Due: worktime.On(2026, 12, 31), End: worktime.On(2026, 12, 31).End(time.UTC), Repeats: "year:12-31", Owner: who, Deputy: bot.PersonID{Team: "T1", User: "U2"},
		Link: "https://example.slack.com/archives/C1/p1", Lang: "zh-CN", State: remind.Open, Snoozed: worktime.On(2026, 11, 25), Lapsed: worktime.On(2025, 12, 31), Look: look, Created: noon, Changed: noon,
		Sent:   []remind.Sent{{Rung: 30, To: remind.ToOwner, At: noon, Reason: remind.CaughtUp, Nobody: true}},
		Listed: []remind.Listing{{Person: who, Day: worktime.On(2026, 11, 20)}},
	}
}

func aDigest() remind.Digest {
	return remind.Digest{Person: bot.PersonID{Team: "T1", User: "U1"}, Day: worktime.On(2026, 11, 20), Lang: "en", Part: 1, Tick: noon, Items: []remind.Item{
		{ID: "DL-7F3K", Account: bot.Operator(), Kind: remind.Plain, Title: "x", Due: worktime.On(2026, 12, 31), Rung: remind.LastCall, To: remind.ToDeputy, State: remind.Open},
	}}
}

func aBatch() remind.Batch {
	return remind.Batch{Team: "T1", ID: "b1", Account: bot.Operator(), Person: bot.PersonID{Team: "T1", User: "U1"}, Lang: "en", File: "dates.csv", State: remind.BatchGoing, Next: 1, Added: 1,
		Created: noon, Rows: []remind.BatchRow{{Line: 2, Due: worktime.On(2026, 12, 31), Title: "x"}, {Line: 4, Due: worktime.On(2026, 11, 30), Repeats: "month-end", Title: "y"}}}
}

var nightOwl = remind.Habits{Person: bot.PersonID{Team: "T1", User: "U1"}, Hours: worktime.Hours{From: 13*time.Hour + 30*time.Minute, To: 22 * time.Hour},
	Muted: []remind.Kind{remind.Coupon, remind.Quota}}

// someDeadlines leaves a row of every family of deadlines and jobs.
func someDeadlines(t testing.TB, d *desk) {
	t.Helper()
	d.do(t, func(tx bot.Tx) error {
		return errors.Join(d.PutDeadline(tx, aDeadline("DL-7F3K", noon)), d.PutDigest(tx, aDigest()), d.PutSource(tx, remind.Source{Team: "T1", Name: "coupons", Read: noon}), d.PutHabits(tx, nightOwl), d.PutBatch(tx, aBatch()))
	})
	lead, err := d.db.Lead(t.Context(), "clock")
	ok(t, err)
	defer lead.Resign()
	ok(t, d.Clock(lead).PutJobState(t.Context(), bot.JobState{Name: "remind", Every: time.Minute, Next: noon}))
}

func TestDeadlines_KeptWholeAndFoundWhenDue(t *testing.T) {
	d := newDesk(t)
	want := aDeadline("DL-7F3K", noon)
	d.do(t, func(tx bot.Tx) error { return d.PutDeadline(tx, want) })
	got, found, err := d.FindDeadline(t.Context(), "T1", bot.Operator(), "DL-7F3K")
	if err != nil || !found || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	if _, found, _ := d.FindDeadline(t.Context(), "T1", bot.Reseller("r1"), "DL-7F3K"); found {
		t.Error("another account sees it")
	}
	due := func(now time.Time) int {
		list, err := d.DueDeadlines(t.Context(), now, 10)
		ok(t, err)
		return len(list)
	}
	if before, at := due(noon.Add(-time.Second)), due(noon); before != 0 || at != 1 {
		t.Errorf("%d due a second early, %d in time", before, at)
	}
	want.Look = noon.Add(day)
	d.do(t, func(tx bot.Tx) error { return d.PutDeadline(tx, want) })
	if now, later := due(noon), due(noon.Add(day)); now != 0 || later != 1 {
		t.Errorf("put off: %d due now, %d a day later", now, later)
	}
	want.State, want.Look = remind.Done, time.Time{}
	d.do(t, func(tx bot.Tx) error { return d.PutDeadline(tx, want) })
	if rows := d.rows(t, "deadline-due"); len(rows) != 0 {
		t.Errorf("done, but still to be looked at: %v", rows)
	}
}

func TestDigest_KeptWhole(t *testing.T) {
	d := newDesk(t)
	want := aDigest()
	d.do(t, func(tx bot.Tx) error { return d.PutDigest(tx, want) })
	got, found, err := d.FindDigest(t.Context(), want.Person, want.Day)
	if err != nil || !found || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
}

func TestHabits_KeptWholeAndErased(t *testing.T) {
	d := newDesk(t)
	nobody, err := d.FindHabits(t.Context(), nightOwl.Person)
	if err != nil || !reflect.DeepEqual(nobody, remind.Habits{Person: nightOwl.Person}) || nobody.Working() != worktime.Office() {
		t.Errorf("of somebody who said nothing: %+v, %v", nobody, err)
	}
	d.do(t, func(tx bot.Tx) error { return d.PutHabits(tx, nightOwl) })
	got, err := d.FindHabits(t.Context(), nightOwl.Person)
	if err != nil || !reflect.DeepEqual(got, nightOwl) {
		t.Errorf("got %+v, %v", got, err)
	}
	if _, err := d.Erase(t.Context(), nightOwl.Person, nightOwl.Person, noon); err != nil {
		t.Fatal(err)
	}
	if rows := d.rows(t, "habit"); len(rows) != 0 {
		t.Errorf("left after erasing: %v", rows)
	}
	d.do(t, func(tx bot.Tx) error { return d.PutHabits(tx, nightOwl) })
	d.do(t, func(tx bot.Tx) error { return d.PutHabits(tx, remind.Habits{Person: nightOwl.Person}) })
	if rows := d.rows(t, "habit"); len(rows) != 0 {
		t.Errorf("everybody's habits leave a row: %v", rows)
	}
}

func TestBatch_KeptWholeWhileUnderWayAndErased(t *testing.T) {
	d := newDesk(t)
	want := aBatch()
	d.do(t, func(tx bot.Tx) error { return d.PutBatch(tx, want) })
	list, err := d.Batches(t.Context())
	if err != nil || len(list) != 1 || !reflect.DeepEqual(list[0], want) {
		t.Errorf("got %+v, %v", list, err)
	}
	want.State = remind.BatchDone
	d.do(t, func(tx bot.Tx) error { return d.PutBatch(tx, want) })
	if list, _ := d.Batches(t.Context()); len(list) != 0 {
		t.Errorf("done, and still under way: %v", list)
	}
	if _, err := d.Erase(t.Context(), want.Person, want.Person, noon); err != nil {
		t.Fatal(err)
	}
	if rows := d.rows(t, "deadline-batch"); len(rows) != 0 {
		t.Errorf("left after erasing: %v", rows)
	}
}

func TestJobs_OnlyTheLeaderWrites(t *testing.T) {
	d := newDesk(t)
	first, err := d.db.Lead(t.Context(), "clock")
	ok(t, err)
	old := d.Clock(first)
	state := bot.JobState{Name: "remind", Every: time.Minute, Next: noon.Add(time.Minute), Started: noon, Ended: noon, Outcome: bot.JobOK, Runs: 3, Missed: 2}
	ok(t, old.PutJobState(t.Context(), state))
	first.Resign()
	second, err := d.db.Lead(t.Context(), "clock")
	ok(t, err)
	defer second.Resign()
	if err := old.PutJobState(t.Context(), bot.JobState{Name: "remind"}); !errors.Is(err, kv.ErrDeposed) {
		t.Errorf("a deposed leader wrote: %v", err)
	}
	list, err := d.JobStates(t.Context())
	if err != nil || len(list) != 1 || list[0] != state {
		t.Errorf("got %+v, %v", list, err)
	}
}
