package remind

import (
	"slices"

	"partnerdesk/bot"
	"partnerdesk/handlers/worktime"
)

// Habits is how a person wants to be reminded. The zero value, but for the
// person, is everybody's: office hours, nothing muted.
type Habits struct {
	Person bot.PersonID
	Hours  worktime.Hours // on working days, where the person lives; zero: [worktime.Office]
	Muted  []Kind
}

// Working are the hours in which the person wants to hear of deadlines.
func (h Habits) Working() worktime.Hours {
	if h.Hours == (worktime.Hours{}) {
		return worktime.Office()
	}
	return h.Hours
}

// Mutes says whether somebody does not want to hear of a kind before its last
// call. Nobody can mute a last call, nor what comes after it.
func (h Habits) Mutes(k Kind) bool { return slices.Contains(h.Muted, k) }

// Mute adds a kind, or takes it away.
func (h Habits) Mute(k Kind, quiet bool) Habits {
	h.Muted = slices.DeleteFunc(slices.Clone(h.Muted), func(x Kind) bool { return x == k })
	if quiet {
		h.Muted = append(h.Muted, k)
		slices.Sort(h.Muted)
	}
	return h
}
