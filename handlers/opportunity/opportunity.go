// Package opportunity holds the rules of opportunities (机会点) that a partner
// shares with Huawei Cloud. No public API exists for them: the desk asks for
// what the partner center's form wants, checks the published rules of validity,
// writes the text to enter there and keeps track of what a person says became
// of it. What is published, and how sure that is, is data: see [Policy].
package opportunity

import (
	"context"
	"maps"
	"time"

	"partnerdesk/bot"
)

// Opportunity is one opportunity of one account. Nobody outside the account sees
// it, the distributor above included.
type Opportunity struct {
	Team    string
	ID      string // e.g. OP-7F3K
	Seed    string // the delivery it was made from
	Account bot.Account
	Owner   bot.PersonID
	Values  map[string]string // the form's fields by id; contacts are personal data
	State   string            // id of a [State]
	Number  string            // the number the partner center gave it; empty until a person enters it
	Notes   []Note            // progress, the oldest first
	Opened  time.Time         // UTC
	Since   time.Time         // UTC; in its state
	Changed time.Time         // UTC
}

// Note is a line of progress.
type Note struct {
	By   bot.PersonID
	At   time.Time // UTC
	Text string
}

// MaxNotes is how many notes are kept; MaxNote is the length of one, in runes.
const (
	MaxNotes  = 60
	MaxNote   = 500
	MaxNumber = 40
)

// Update adds a note. When there are too many the oldest goes.
func (o Opportunity) Update(by bot.PersonID, text string, now time.Time) Opportunity {
	notes := append(append([]Note{}, o.Notes...), Note{By: by, At: now.UTC(), Text: text})
	o.Notes = notes[max(0, len(notes)-MaxNotes):]
	o.Changed = now.UTC()
	return o
}

// Numbered confirms that a person has entered the opportunity in the partner
// center: it has its number there and waits for the review.
func (o Opportunity) Numbered(number string, p Policy, now time.Time) (Opportunity, error) {
	if o.Number == number {
		return o, bot.User("opportunity.numbered_already", "id", o.ID, "number", number)
	}
	o.Number = number
	if first := p.First(); o.State == first.ID && len(first.Next) > 0 {
		o.State, o.Since = first.Next[0], now.UTC()
	}
	o.Changed = now.UTC()
	return o, nil
}

// Move takes the opportunity into a state that a person read in the partner
// center. Only a step that the policy knows is one.
func (o Opportunity) Move(state string, p Policy, now time.Time) (Opportunity, error) {
	from, known := p.State(o.State)
	if known {
		known = false
		for _, n := range from.Next {
			known = known || n == state
		}
	}
	switch {
	case !known:
		return o, bot.User("opportunity.no_step", "id", o.ID)
	case o.Number == "":
		return o, bot.User("opportunity.number_first", "id", o.ID)
	}
	o.State, o.Since, o.Changed = state, now.UTC(), now.UTC()
	return o, nil
}

// WithValues is the opportunity with the form's values.
func (o Opportunity) WithValues(v map[string]string) Opportunity {
	o.Values = maps.Clone(v)
	return o
}

// Book keeps opportunities, each under its account: there is no way to ask for
// one without saying whose.
type Book interface {
	// OpportunityIn reads one as the transaction sees it.
	OpportunityIn(tx bot.Tx, team string, of bot.Account, id string) (o Opportunity, found bool, err error)
	// PutOpportunity keeps one under its id.
	PutOpportunity(tx bot.Tx, o Opportunity) error
	// FindOpportunity returns one of an account.
	FindOpportunity(ctx context.Context, team string, of bot.Account, id string) (o Opportunity, found bool, err error)
	// Opportunities lists those of an account.
	Opportunities(ctx context.Context, team string, of bot.Account) ([]Opportunity, error)
}
