package remind

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"partnerdesk/handlers/worktime"
)

// Reason says in a fixed word why a notice is given or not.
type Reason string

// The reasons.
const (
	Due       Reason = "due"       // its time has come
	CaughtUp  Reason = "caught-up" // its time came earlier, and the desk did not run or the person was away
	Unheard   Reason = "unheard"   // nobody acknowledged
	NotYet    Reason = "not-yet"   // the next rung is still to come
	WasSent   Reason = "sent"      // told already
	WasKnown  Reason = "known"     // its time had passed when the deadline was entered
	TooLate   Reason = "too-late"  // the grace period is over
	Quiet     Reason = "quiet"     // outside working hours
	Absent    Reason = "away"      // do not disturb
	Snoozing  Reason = "snoozed"   // somebody put it off
	Hushed    Reason = "muted"     // the owner muted the kind
	Lapsing   Reason = "lapsed"    // it repeats, this time has passed undone, and the next is to be looked at
	Finished  Reason = "done"      // nothing left to do
	Exhausted Reason = "exhausted" // no rung is left
)

// How long a missed rung is made up for, in working days.
const (
	grace        = 2
	graceOverdue = 5
)

// How much working time passes before somebody else hears of a tight rung that
// nobody acknowledged.
const (
	deputyAfter = 4 * time.Hour
	classAfter  = 7 * time.Hour
	tight       = Rung(1) // this rung and all behind it
)

// Facts are what a decision depends on besides the deadline.
type Facts struct {
	Now      time.Time
	Zone     *time.Location // the owner's
	Hours    worktime.Hours // the owner's
	Calendar *worktime.Calendar
	Away     time.Time // the owner wants no disturbance until then; zero: welcome
	Acked    time.Time // when the owner last acknowledged a message about it
	Muted    bool      // the owner muted the kind: nothing before the last call
}

// Notice is something to tell.
type Notice struct {
	Rung   Rung
	To     Audience
	Reason Reason
}

// Verdict is a decision.
type Verdict struct {
	Notice *Notice   // nil: nothing to tell now
	Reason Reason    // why
	Next   time.Time // when the decision can change; zero: never
}

// step is a rung with its day, told from at on.
type step struct {
	rung Rung
	day  worktime.Date
	at   time.Time
}

// until is before when a step is made up for.
func (s step) until(d Deadline, f Facts) time.Time {
	switch s.rung {
	case Overdue:
		return f.Calendar.Add(s.day, overdueFor(d.Repeats)).End(f.Zone)
	case LastCall:
		return d.End
	}
	return f.Calendar.Add(s.day, grace).End(f.Zone)
}

// LastDay is the last day of the owner on which something can still be done:
// where they live the deadline may end before their working day opens.
func LastDay(end time.Time, zone *time.Location, hours worktime.Hours) worktime.Date {
	d := worktime.DateIn(end.Add(-time.Nanosecond), zone)
	if !d.At(hours.From, zone).Before(end) {
		return d.Add(-1)
	}
	return d
}

// ladder works the rungs out, in the order of their times.
func ladder(d Deadline, f Facts) []step {
	last := LastDay(d.End, f.Zone, f.Hours)
	rungs := d.Rungs()
	steps := make([]step, 0, len(rungs)+1)
	for _, r := range rungs {
		s := step{rung: r}
		day := f.Calendar.OnOrBefore(last.Add(-int(r)))
		if r == Overdue {
			day = f.Calendar.OnOrAfter(last.Add(1))
		}
		s.day, s.at = day, day.At(f.Hours.From, f.Zone)
		steps = append(steps, s)
	}
	if d.Snoozed.IsZero() {
		return steps
	}
	snoozed := f.Calendar.OnOrAfter(d.Snoozed).At(f.Hours.From, f.Zone)
	steps = slices.DeleteFunc(steps, func(s step) bool { return s.rung != LastCall && s.at.Before(snoozed) })
	steps = append(steps, again(snoozed, f))
	slices.SortStableFunc(steps, func(a, b step) int {
		return cmp.Or(a.at.Compare(b.at), cmp.Compare(b.rung, a.rung)) // the tighter one is behind
	})
	return steps
}

// overdueFor is how many working days "overdue" is made up for: what comes round
// every week must not eat into its next time.
func overdueFor(repeats string) int {
	if strings.HasPrefix(repeats, "week:") {
		return 0
	}
	return graceOverdue
}

func again(at time.Time, f Facts) step {
	return step{rung: Again, day: worktime.DateIn(at, f.Zone), at: at}
}

// Decide says whether a notice is to be given now, and when to ask again.
func Decide(d Deadline, f Facts) Verdict {
	if d.State != Open {
		return Verdict{Reason: Finished}
	}
	steps := ladder(d, f)
	if d.Repeats == "" {
		return decide(d, f, steps)
	}
	over := steps[len(steps)-1].until(d, f)
	if !f.Now.Before(over) {
		return Verdict{Reason: Lapsing}
	}
	v := decide(d, f, steps)
	if v.Notice == nil && (v.Next.IsZero() || over.Before(v.Next)) {
		v.Next = over
	}
	return v
}

func decide(d Deadline, f Facts, steps []step) Verdict {
	current := -1
	for i, s := range steps {
		if s.at.After(f.Now) {
			break
		}
		current = i
	}
	var next time.Time
	if current+1 < len(steps) {
		next = steps[current+1].at
	}
	if current < 0 {
		reason := NotYet
		if !d.Snoozed.IsZero() {
			reason = Snoozing
		}
		return Verdict{Reason: reason, Next: next}
	}
	s := steps[current]
	wait := func(reason Reason, until time.Time) Verdict {
		if next.IsZero() || until.Before(next) {
			next = until
		}
		return Verdict{Reason: reason, Next: next}
	}
	if told, is := d.Seen(s.rung, ToOwner); is {
		return escalate(d, f, s, told, next)
	}
	switch {
	case d.Source == People && s.rung != LastCall && s.at.Before(d.Created):
		return Verdict{Reason: WasKnown, Next: next}
	case !f.Now.Before(s.until(d, f)):
		return Verdict{Reason: reasonAt(TooLate, next), Next: next}
	case f.Muted && s.rung > LastCall:
		return Verdict{Reason: Hushed, Next: next}
	case s.rung != LastCall && f.Now.Before(f.Away):
		return wait(Absent, f.Away)
	case s.rung != LastCall && !f.Hours.Open(f.Now, f.Calendar, f.Zone):
		return wait(Quiet, f.Hours.Next(f.Now, f.Calendar, f.Zone))
	}
	reason := Due
	if f.Now.Sub(s.at) >= time.Hour {
		reason = CaughtUp
	}
	return Verdict{Notice: &Notice{Rung: s.rung, To: ToOwner, Reason: reason}, Reason: reason, Next: f.Now}
}

func reasonAt(r Reason, next time.Time) Reason {
	if next.IsZero() {
		return Exhausted
	}
	return r
}

// escalate decides about the people behind the owner.
func escalate(d Deadline, f Facts, s step, told Sent, next time.Time) Verdict {
	if s.rung > tight || !f.Acked.Before(told.At) && !f.Acked.IsZero() {
		return Verdict{Reason: WasSent, Next: next}
	}
	for _, level := range []struct {
		to    Audience
		after time.Duration
		part  time.Duration // of three, where little time is left
	}{{ToDeputy, deputyAfter, 1}, {ToClass, classAfter, 2}} {
		if _, is := d.Seen(s.rung, level.to); is || level.to == ToDeputy && d.Deputy.User == "" {
			continue
		}
		if level.to == ToClass && s.rung > LastCall && !d.Kind.early() {
			break
		}
		at := f.Hours.After(told.At, level.after, f.Calendar, f.Zone)
		if s.rung == LastCall && !at.Before(d.End) {
			at = told.At.Add(d.End.Sub(told.At) * level.part / 3)
		}
		if !f.Now.Before(at) {
			return Verdict{Notice: &Notice{Rung: s.rung, To: level.to, Reason: Unheard}, Reason: Unheard, Next: f.Now}
		}
		if next.IsZero() || at.Before(next) {
			next = at
		}
		break
	}
	return Verdict{Reason: WasSent, Next: next}
}

// Give records a notice.
func (d Deadline) Give(n Notice, at time.Time) Deadline {
	d.Sent = append(append([]Sent{}, d.Sent...), Sent{Rung: n.Rung, To: n.To, At: at, Reason: n.Reason})
	return d
}

// slack covers an owner who moves to another zone before the next rung: the
// zones of the world are 26 hours apart.
const slack = 26 * time.Hour

// LookAt is when a deadline is to be looked at for a verdict.
func (v Verdict) LookAt(now time.Time) time.Time {
	if early := v.Next.Add(-slack); early.After(now) {
		return early
	}
	return v.Next
}

// Planned is a notice to come, as far as it can be known.
type Planned struct {
	At   time.Time
	Rung Rung
}

// Preview lists what the owner will be told until an instant if nothing changes.
func Preview(d Deadline, f Facts, until time.Time) []Planned {
	var list []Planned
	if d.State != Open {
		return nil
	}
	if v := Decide(d, f); v.Notice != nil && v.Notice.To == ToOwner {
		list = append(list, Planned{At: f.Now, Rung: v.Notice.Rung})
	}
	steps := ladder(d, f)
	for i, s := range steps {
		if _, told := d.Seen(s.rung, ToOwner); told || !s.at.After(f.Now) || s.at.After(until) || f.Muted && s.rung > LastCall {
			continue
		}
		if i+1 < len(steps) && steps[i+1].at.Equal(s.at) {
			continue // a tighter one takes its place
		}
		list = append(list, Planned{At: s.at, Rung: s.rung})
	}
	return list
}
