package benefit

import (
	"slices"
	"strconv"
	"time"

	"partnerdesk/bot"
	"partnerdesk/handlers/partner"
)

// Granted is what was granted in all.
func (b Benefit) Granted() partner.Fen { return b.sum(false) }

// Used is what was used up in all.
func (b Benefit) Used() partner.Fen { return b.sum(true) }

// Left is what was granted and is not used up.
func (b Benefit) Left() partner.Fen { return b.Granted() - b.Used() }

func (b Benefit) sum(use bool) (total partner.Fen) {
	for _, c := range b.Counts {
		if c.Use == use && !c.Void {
			total += c.Amount
		}
	}
	return total
}

// Claimable is what may still be applied for by the published ceiling of the
// row's state; known is false where none is published.
func (r Rule) Claimable(b Benefit) (left partner.Fen, known bool) {
	s, _ := r.State(b.State)
	if s.Ceiling == 0 {
		return 0, false
	}
	return max(0, s.Ceiling-b.Granted()), true
}

// Over is how much more was granted than the published ceiling allows.
func (r Rule) Over(b Benefit) partner.Fen {
	s, _ := r.State(b.State)
	if s.Ceiling == 0 {
		return 0
	}
	return max(0, b.Granted()-s.Ceiling)
}

// Count adds a grant or a use. A use never takes more than is left. The same
// delivery counts once.
func (r Rule) Count(b Benefit, c Count) (Benefit, error) {
	if slices.ContainsFunc(b.Counts, func(x Count) bool { return x.Seed == c.Seed && c.Seed != "" }) {
		return b, nil
	}
	switch {
	case !r.Counted:
		return b, bot.User("benefit.count.none", "id", b.ID)
	case r.Ended(b):
		return b, bot.User("benefit.already", "id", b.ID)
	case c.Amount <= 0:
		return b, bot.User("benefit.fault.amount")
	case c.Use && c.Amount > b.Left():
		return b, bot.User("benefit.use.over", "id", b.ID, "amount", c.Amount.String(), "left", b.Left().String())
	case len(b.Counts) >= MaxCounts:
		return b, bot.User("benefit.count.many", "id", b.ID, "most", strconv.Itoa(MaxCounts))
	case !c.Use && b.Granted()+c.Amount > most:
		return b, bot.User("benefit.fault.amount")
	}
	c.At, c.Void = c.At.UTC(), false
	b.Counts = append(slices.Clone(b.Counts), c)
	what := Granted
	if c.Use {
		what = Used
	}
	return b.with(Change{By: c.By, At: c.At, What: what, Field: strconv.Itoa(len(b.Counts)), To: c.Amount.String()}), nil
}

// most is the largest sum of grants: no real one comes near.
const most = partner.Fen(1e12)

// Void takes a grant or a use back, by its number from 1. A grant of which
// something was used stays.
func (r Rule) Void(b Benefit, number int, by bot.PersonID, now time.Time) (Benefit, error) {
	if number < 1 || number > len(b.Counts) || b.Counts[number-1].Void {
		return b, bot.User("benefit.void.none", "id", b.ID, "number", strconv.Itoa(number))
	}
	c := b.Counts[number-1]
	if !c.Use && b.Left() < c.Amount {
		return b, bot.User("benefit.void.used", "id", b.ID, "left", b.Left().String())
	}
	b.Counts = slices.Clone(b.Counts)
	b.Counts[number-1].Void = true
	return b.with(Change{By: by, At: now, What: Voided, Field: strconv.Itoa(number), To: c.Amount.String()}), nil
}
