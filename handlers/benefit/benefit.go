// Package benefit holds the rules of the benefit register (权益台账): what a
// partner was given or may apply for, how far each of it is, and which days
// follow from that. Most of it has no API, so people keep the book; what is
// published about each kind is data, see [Policy].
package benefit

import (
	"context"
	"slices"
	"time"

	"partnerdesk/bot"
	"partnerdesk/bot/lang"
	"partnerdesk/handlers/partner"
)

// Kind is what a row of the register is about. Names are fixed for life: rows
// hold them.
type Kind string

// The kinds.
const (
	NRE          Kind = "nre"
	TestCoupon   Kind = "test-coupon"  // one row per solution
	Label        Kind = "label"        // a level-1 capability label and its three incentives
	FH           Kind = "fh"           // one row per quarter
	Certificate  Kind = "certificate"  // of a person or a solution
	Registration Kind = "registration" // of a customer
	Invoice      Kind = "invoice"      // under way
	MDF          Kind = "mdf"          // one row per activity
)

// Benefit is one row of the register, of one account. Nobody outside the account
// sees it, but for what [Rule.Shared] allows.
type Benefit struct {
	Team     string
	Account  bot.Account
	ID       string // e.g. BF-7F3K
	Seed     string // the delivery it was made from
	Kind     Kind
	Owner    bot.PersonID
	Values   map[string]string // the fields by id: days YYYY-MM-DD, amounts yuan with two decimals
	State    string            // id of a [State]
	Before   string            // the state it was closed from; empty while it is open
	Ticks    []Tick
	Counts   []Count // grants and uses, the oldest first; only where the rule counts
	Evidence []Evidence
	History  []Change  // the oldest first; the oldest go when there are too many
	Cards    []Card    // who has a card that is kept up to date
	Rev      int       // grows with every change
	Opened   time.Time // UTC
	Since    time.Time // UTC; in its state
	Changed  time.Time // UTC
}

// Tick is a box of the checklist that somebody ticked.
type Tick struct {
	Box string
	By  bot.PersonID
	At  time.Time // UTC
}

// Count is a grant or a use. Void ones stay, and count nothing.
type Count struct {
	Use    bool
	Amount partner.Fen // above zero
	Note   string
	By     bot.PersonID
	At     time.Time // UTC
	Seed   string    // the delivery it came by, so that it counts once
	Void   bool
}

// Evidence is a link to what proves something.
type Evidence struct {
	URL string
	By  bot.PersonID
	At  time.Time // UTC
}

// What says in a fixed word what a change did.
type What string

// The changes.
const (
	Opened    What = "opened"
	Imported  What = "imported"
	Edited    What = "edited"
	Ticked    What = "ticked"
	Unticked  What = "unticked"
	Granted   What = "granted"
	Used      What = "used"
	Voided    What = "voided"
	Moved     What = "moved"
	Finished  What = "done"
	Reopened  What = "reopened"
	Assigned  What = "assigned"
	Evidenced What = "evidence"
	Noted     What = "note"
)

// Change is a line of the history.
type Change struct {
	Rev   int // the row's after it
	By    bot.PersonID
	At    time.Time // UTC
	What  What
	Field string       // the field, box or number of the count
	From  string       // of an edit, a move
	To    string       // of an edit, a move, a note, evidence, an amount
	Who   bot.PersonID // of an assignment: the new owner
}

// Card is a message that shows the row and is edited as it changes.
type Card struct {
	Person bot.PersonID
	Lang   lang.Tag
}

// Limits of what is kept; texts in runes.
const (
	MaxHistory  = 120
	MaxCounts   = 100
	MaxEvidence = 20
	MaxCards    = 8
	MaxNote     = 300
	MaxURL      = 500
)

// Name is what the row is called: the solution, the label, the quarter.
func (b Benefit) Name() string { return b.Values[FieldName] }

// Ticked says who ticked a box.
func (b Benefit) Ticked(box string) (Tick, bool) {
	i := slices.IndexFunc(b.Ticks, func(t Tick) bool { return t.Box == box })
	if i < 0 {
		return Tick{}, false
	}
	return b.Ticks[i], true
}

// After is what was changed after a revision, the oldest first.
func (b Benefit) After(rev int) []Change {
	return slices.DeleteFunc(slices.Clone(b.History), func(c Change) bool { return c.Rev <= rev })
}

// Draft is a table that somebody wants to import and has looked at: nothing of it
// is in the register yet.
type Draft struct {
	Team    string
	Account bot.Account
	ID      string
	Person  bot.PersonID
	Rows    []Benefit // only what the table says: kind, values, state, counts
	At      time.Time // UTC
	Taken   int       // how many of them have been written to the register
}

// Book keeps the register, each row under its account: there is no way to ask
// for one without saying whose.
type Book interface {
	BenefitIn(tx bot.Tx, team string, of bot.Account, id string) (b Benefit, found bool, err error)
	PutBenefit(tx bot.Tx, b Benefit) error
	FindBenefit(ctx context.Context, team string, of bot.Account, id string) (b Benefit, found bool, err error)
	// Benefits lists those of an account.
	Benefits(ctx context.Context, team string, of bot.Account) ([]Benefit, error)
	PutDraft(tx bot.Tx, d Draft) error
	DraftIn(tx bot.Tx, team string, of bot.Account, id string) (d Draft, found bool, err error)
}
