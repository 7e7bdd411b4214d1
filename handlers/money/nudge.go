package money

import (
	"slices"
	"time"

	"partnerdesk/bot"
	"partnerdesk/handlers/worktime"
)

// Step is one reminder about an operation that waits for approval. Each is given
// once.
type Step string

// The steps, in their order.
const (
	NudgeApprovers Step = "approvers" // those asked, or who stands in for them while they are away
	NudgeDeputies  Step = "deputies"  // the standing deputies of those asked
	NudgeLeads     Step = "leads"     // the leads
	NudgeLast      Step = "last"      // everybody who could still approve it, and who asked for it
)

// Nudge is a reminder that was given.
type Nudge struct {
	Step Step
	At   time.Time // UTC
}

// How much working time passes before each step, and how long before the end the
// last one comes.
const (
	approversAfter = 2 * time.Hour
	deputiesAfter  = 4 * time.Hour
	leadsAfter     = 7 * time.Hour
	lastBefore     = 2 * time.Hour
)

// Hours say when people who approve can be bothered.
type Hours struct {
	Zone     *time.Location
	Office   worktime.Hours
	Calendar *worktime.Calendar
}

// at is when a step of an operation that waits is due.
func (h Hours) at(o Operation, s Step) time.Time {
	since := o.Changed
	after := map[Step]time.Duration{NudgeApprovers: approversAfter, NudgeDeputies: deputiesAfter, NudgeLeads: leadsAfter}
	if work, is := after[s]; is {
		return h.Office.After(since, work, h.Calendar, h.Zone)
	}
	return h.open(o.Expires.Add(-lastBefore))
}

// open is the instant itself in working hours, else an hour before the last
// closing before it: a last call is of no use when it is over.
func (h Hours) open(t time.Time) time.Time {
	for d := worktime.DateIn(t, h.Zone); ; d = d.Add(-1) {
		from, last := d.At(h.Office.From, h.Zone), d.At(h.Office.To, h.Zone).Add(-time.Hour)
		if !h.Calendar.Works(d) || t.Before(from) {
			continue
		}
		if t.Before(last) {
			return t
		}
		return last
	}
}

// NudgeDue is the step to be given now, outside of working hours none. Of
// several that have become due since only the furthest is given; the others
// count as given. ok is false when there is none.
func (o Operation) NudgeDue(h Hours, now time.Time) (step Step, ok bool) {
	if o.State != Awaiting || !now.Before(o.Expires) || !h.Office.Open(now, h.Calendar, h.Zone) {
		return "", false
	}
	for _, s := range []Step{NudgeLast, NudgeLeads, NudgeDeputies, NudgeApprovers} {
		if o.nudged(s) {
			return "", false
		}
		if at := h.at(o, s); !now.Before(at) && at.After(o.Changed) {
			return s, true
		}
	}
	return "", false
}

func (o Operation) nudged(s Step) bool {
	return slices.ContainsFunc(o.Nudges, func(n Nudge) bool { return n.Step == s })
}

// Nudged records a step. The revision stays: a click still means what was seen.
func (o Operation) Nudged(s Step, now time.Time) Operation {
	o.Nudges = append(slices.Clone(o.Nudges), Nudge{s, now.UTC()})
	return o
}

// Standins says who stands in for a person: while they are away, or for good.
type Standins interface {
	// Away names who stands in for somebody who is away at a moment.
	Away(who bot.PersonID, at time.Time) (deputy bot.PersonID, ok bool)
	// Standing names somebody's deputy for good.
	Standing(who bot.PersonID) (deputy bot.PersonID, ok bool)
}

// Asked are the people whom a step of an operation is for. approvers are those
// who hold the right to approve it at this moment, leads those among them who
// lead. Nobody else is ever named: a deputy has the right or is passed over, and
// who asked for the operation is never asked to approve it.
func (o Operation) Asked(s Step, approvers, leads []bot.PersonID, in Standins, now time.Time) []bot.PersonID {
	var list []bot.PersonID
	add := func(who bot.PersonID) bool {
		if who == o.Requester || !slices.Contains(approvers, who) {
			return false
		}
		if !slices.Contains(list, who) {
			list = append(list, who)
		}
		return true
	}
	switch s {
	case NudgeLast:
		for _, who := range approvers {
			add(who)
		}
	case NudgeLeads:
		for _, who := range leads {
			add(who)
		}
	case NudgeDeputies:
		for _, who := range approvers {
			if d, ok := in.Standing(who); ok && who != o.Requester {
				add(d)
			}
		}
	default:
		for _, who := range approvers {
			if slices.Contains(leads, who) && len(leads) < len(approvers) {
				continue // leads hear later, unless they are all there is
			}
			if d, away := in.Away(who, now); !away || !add(d) {
				add(who)
			}
		}
	}
	if len(list) == 0 && s != NudgeLast { // nobody at this step: the next one's
		return o.Asked(map[Step]Step{NudgeApprovers: NudgeDeputies, NudgeDeputies: NudgeLeads, NudgeLeads: NudgeLast}[s], approvers, leads, in, now)
	}
	return list
}
