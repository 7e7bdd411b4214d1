package remind_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
	_ "time/tzdata"

	"partnerdesk/data"
	"partnerdesk/handlers/remind"
	"partnerdesk/handlers/worktime"
)

var full = flag.Bool("full", false, "walk three years in nine zones")

// told is a notice in either telling of the story.
type told struct {
	deadline int
	rung     remind.Rung
	at       time.Time
}

func (x told) String() string {
	return fmt.Sprintf("deadline %d, rung %d at %s", x.deadline, x.rung, x.at.Format(time.RFC3339))
}

// TestWalk walks through the time minute by minute and compares what the ladder
// tells with what an oracle expects that knows none of its code: it has its own
// table of holidays, and asks of every minute what is owed at it. The desk is
// stopped and started at random; what it keeps are the rows.
func TestWalk(t *testing.T) {
	zones, from, years := []string{"Asia/Shanghai", "Australia/Lord_Howe"}, 2026, 1
	month := time.January
	if testing.Short() {
		month = time.December
	}
	if *full {
		zones = append(zones, "Pacific/Apia", "Africa/Casablanca", "America/St_Johns", "Asia/Kathmandu", "Pacific/Chatham", "Europe/London", "America/Los_Angeles")
		from, years = 2025, 3
	}
	for i, name := range zones {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			zone, err := time.LoadLocation(name)
			if err != nil {
				t.Fatal(err)
			}
			walk(t, zone, time.Date(from, month, 1, 0, 0, 0, 0, time.UTC), time.Date(from+years, 1, 8, 0, 0, 0, 0, time.UTC), rand.New(rand.NewPCG(uint64(i), 20261120)))
		})
	}
}

func walk(t *testing.T, zone *time.Location, from, to time.Time, random *rand.Rand) {
	calendar, err := data.Calendar()
	if err != nil {
		t.Fatal(err)
	}
	shanghai, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	days := int(to.Sub(from) / (24 * time.Hour))
	var rows []remind.Deadline
	var sages []*sage
	var habits []habit
	for i := range 60 {
		due := worktime.On(from.Year(), from.Month(), 1).Add(random.IntN(days))
		ends := zone
		if i%3 == 0 {
			ends = shanghai
		}
		d := remind.Deadline{State: remind.Open, Source: []string{remind.People, remind.Center}[i%2], Kind: remind.Kinds()[i%len(remind.Kinds())], Due: due, End: due.End(ends)}
		if d.Kind == remind.YearEnd {
			due = worktime.On(due.Year, 12, 31)
			d.Due, d.End = due, due.End(ends)
		}
		d.Created = d.End.Add(-time.Duration(random.IntN(90*24*60)+1) * time.Minute).Truncate(time.Minute)
		if d.Created.Before(from) {
			d.Created = from
		}
		if d.Kind == remind.Plain {
			d.Repeats = []string{"", "week:1", "month:5", "quarter-end", "year:06-01"}[random.IntN(5)]
		}
		d.Look = d.Created
		rows = append(rows, d)
		own := []habit{{from: 9 * 60, to: 18 * 60}, {from: 8*60 + 30, to: 17*60 + 45}, {from: 14 * 60, to: 23 * 60, muted: true}}[random.IntN(3)]
		habits = append(habits, own)
		sages = append(sages, newSage(i, d, zone, own))
	}
	facts := remind.Facts{Zone: zone, Calendar: calendar}

	var got, want []told
	for now := from.Add(-80 * 24 * time.Hour); now.Before(from); now = now.Add(time.Minute) {
		for _, s := range sages {
			s.minute(now, false, false) // what arrived before the walk began
		}
	}
	up, turn := true, from
	var away, meet time.Time // do not disturb until then, and when it begins the next time
	for now := from; now.Before(to); now = now.Add(time.Minute) {
		if !now.Before(turn) { // the power fails, or comes back
			up = !up
			span := 6 * 24 * time.Hour
			if !up {
				span = 4 * 24 * time.Hour
				if random.IntN(3) > 0 {
					span = 3 * time.Hour
				}
			}
			turn = now.Add(time.Duration(random.Int64N(int64(span))))
		}
		if !now.Before(meet) && !now.Before(away) {
			away = now.Add(time.Duration(random.IntN(9*60)+1) * time.Minute)
			meet = away.Add(time.Duration(random.IntN(36*60)+1) * time.Minute)
		}
		for _, s := range sages {
			if rung, owed := s.minute(now, up, now.Before(away)); owed {
				want = append(want, told{s.n, rung, now})
			}
		}
		if !up {
			continue
		}
		facts.Now, facts.Away = now, away
		for i := range rows {
			facts.Hours = worktime.Hours{From: time.Duration(habits[i].from) * time.Minute, To: time.Duration(habits[i].to) * time.Minute}
			facts.Muted = habits[i].muted
			d := &rows[i]
			if d.Look.IsZero() || now.Before(d.Look) || now.Before(d.Created) {
				continue
			}
			v := remind.Decide(*d, facts)
			for ; v.Notice != nil; v = remind.Decide(*d, facts) {
				if v.Notice.To == remind.ToOwner {
					got = append(got, told{i, v.Notice.Rung, now})
				}
				*d = d.Give(*v.Notice, now)
			}
			d.Look = v.LookAt(now)
		}
	}
	t.Logf("%d notices of %d deadlines in %d minutes", len(want), len(rows), int(to.Sub(from)/time.Minute))
	if len(want) < 100 && !testing.Short() {
		t.Errorf("only %d notices: the walk proves little", len(want))
	}
	for _, x := range want {
		if !slices.Contains(got, x) {
			t.Errorf("missed: %v", x)
		}
	}
	seen := map[[2]int]bool{}
	for _, x := range got {
		if !slices.Contains(want, x) {
			t.Errorf("not owed: %v", x)
		}
		if id := [2]int{x.deadline, int(x.rung)}; seen[id] {
			t.Errorf("twice: %v", x)
		} else {
			seen[id] = true
		}
		if day := x.at.In(zone).Format(time.DateOnly); x.rung != remind.LastCall && !worked(day) {
			t.Errorf("on a day off: %v", x)
		}
	}
}

// habit is how an owner wants to be reminded: hours in minutes since midnight.
type habit struct {
	from, to int
	muted    bool
}

// sage is the oracle of one deadline. It looks at one minute after the other and
// keeps what is owed.
type sage struct {
	n       int
	end     time.Time
	created time.Time
	people  bool
	rungs   []int
	habit   habit
	weekly  bool
	zone    *time.Location
	last    string // the last day, where the owner lives

	today  string
	opened bool
	owed   int
	owes   bool
	age    int // working days since it is owed
}

func newSage(n int, d remind.Deadline, zone *time.Location, own habit) *sage {
	s := &sage{habit: own, weekly: d.Repeats == "week:1", n: n, end: d.End, created: d.Created, people: d.Source == remind.People, zone: zone}
	s.rungs = map[remind.Kind][]int{
		remind.Plain: {30, 14, 7, 3, 1, 0, -1}, remind.YearEnd: {60, 45, 30, 14, 7, 3, 1, 0, -1}, remind.Quota: {30, 14, 7, 3, 1, 0},
		remind.Coupon: {14, 7, 3, 1, 0}, remind.Subscription: {30, 14, 7, 3, 1, 0}, remind.Benefit: {30, 14, 7, 3, 1, 0, -1},
		remind.Window: {30, 14, 7, 3, 1, 0, -1}, remind.Registration: {7, 3, 1, 0, -1}, remind.FollowUp: {0, -1},
		remind.HuaweiCase: {0, -1}, remind.Ticket: {0, -1}, remind.Progress: {0}, remind.Approval: {}, remind.Received: {1, 0}, remind.Verification: {7, 3, 1, 0}, remind.Entry: {14, 0, -1},
	}[d.Kind]
	switch d.Repeats {
	case "week:1":
		s.rungs = []int{1, 0, -1}
	case "month:5":
		s.rungs = []int{7, 3, 1, 0, -1}
	case "quarter-end":
		s.rungs = []int{14, 7, 3, 1, 0, -1}
	}
	// The last local day with a minute at or after opening and before the end.
	for m := d.End.Add(-time.Minute); ; m = m.Add(-time.Minute) {
		if l := m.In(zone); l.Hour()*60+l.Minute() >= own.from {
			s.last = l.Format(time.DateOnly)
			return s
		}
	}
}

func (s *sage) minute(now time.Time, up, away bool) (remind.Rung, bool) {
	if now.Before(s.created.Add(-100*24*time.Hour)) || now.After(s.end.Add(40*24*time.Hour)) {
		return 0, false // nothing is ever owed so far away
	}
	local := now.In(s.zone)
	clock := local.Hour()*60 + local.Minute()
	if day := local.Format(time.DateOnly); day != s.today {
		s.today, s.opened = day, false
		if s.owes && worked(day) {
			s.age++
		}
	}
	if !s.opened && clock >= s.habit.from {
		s.opened = true
		if rung, arrives := s.arrival(s.today); arrives {
			s.owed, s.owes, s.age = rung, true, 0
			if s.people && now.Before(s.created) && rung != 0 {
				s.owes = false // whoever entered it knew
			}
			if s.habit.muted && rung > 0 {
				s.owes = false
			}
		}
	}
	if s.owes {
		switch {
		case s.owed == 0 && !now.Before(s.end), s.owed > 0 && s.age > 2, s.owed < 0 && s.age > 5, s.owed < 0 && s.weekly && s.age > 0:
			s.owes = false
		}
	}
	if !s.owes || !up || now.Before(s.created) {
		return 0, false
	}
	if s.owed == 0 || !away && worked(s.today) && clock >= s.habit.from && clock < s.habit.to {
		s.owes = false
		return remind.Rung(s.owed), true
	}
	return 0, false
}

// arrival is the tightest rung that is told on a day.
func (s *sage) arrival(day string) (int, bool) {
	if !worked(day) {
		return 0, false
	}
	for _, n := range slices.Backward(s.rungs) {
		if n < 0 {
			if day > s.last && !workedBetween(next(s.last), day) {
				return n, true
			}
			continue
		}
		target := ahead(s.last, -n)
		if day <= target && !workedBetween(next(day), next(target)) {
			return n, true
		}
	}
	return 0, false
}

func ahead(day string, n int) string {
	d, err := time.Parse(time.DateOnly, day)
	if err != nil {
		panic(err)
	}
	return d.AddDate(0, 0, n).Format(time.DateOnly)
}

func next(day string) string { return ahead(day, 1) }

// workedBetween says whether any day from one up to, without, the other is worked.
func workedBetween(from, to string) bool {
	for d := from; d < to; d = next(d) {
		if worked(d) {
			return true
		}
	}
	return false
}

// worked is the calendar as somebody typed it from the notices a second time.
func worked(day string) bool {
	for _, span := range [][2]string{
		{"2025-01-01", "2025-01-01"}, {"2025-01-28", "2025-02-04"}, {"2025-04-04", "2025-04-06"}, {"2025-05-01", "2025-05-05"},
		{"2025-05-31", "2025-06-02"}, {"2025-10-01", "2025-10-08"}, {"2026-01-01", "2026-01-03"}, {"2026-02-15", "2026-02-23"},
		{"2026-04-04", "2026-04-06"}, {"2026-05-01", "2026-05-05"}, {"2026-06-19", "2026-06-21"}, {"2026-09-25", "2026-09-27"}, {"2026-10-01", "2026-10-07"},
	} {
		if day >= span[0] && day <= span[1] {
			return false
		}
	}
	switch day {
	case "2025-01-26", "2025-02-08", "2025-04-27", "2025-09-28", "2025-10-11",
		"2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10":
		return true
	}
	d, err := time.Parse(time.DateOnly, day)
	if err != nil {
		panic(err)
	}
	return d.Weekday() != time.Saturday && d.Weekday() != time.Sunday
}
