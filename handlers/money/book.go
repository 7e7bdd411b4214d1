package money

import (
	"context"
	"fmt"
	"reflect"
	"time"

	"partnerdesk/bot"
)

// Book keeps operations and the rows they share. The methods that take a
// transaction are part of it; what they read, the transaction depends on.
type Book interface {
	// OperationIn reads an operation, of whichever account.
	OperationIn(tx bot.Tx, team, id string) (o Operation, found bool, err error)
	// PutOperation keeps an operation under its id; it is never forgotten.
	PutOperation(tx bot.Tx, o Operation) error
	// PoolIn and PutPool keep what operations hold of a source.
	PoolIn(tx bot.Tx, team, source string) (Pool, error)
	PutPool(tx bot.Tx, team, source string, p Pool) error
	// DayIn and PutDay keep what an account asked for on a Shanghai day.
	DayIn(tx bot.Tx, team string, of bot.Account, day string) (Day, error)
	PutDay(tx bot.Tx, team string, of bot.Account, day string, d Day) error
	// LaneIn and PutLane keep what is being sent or unknown of an account and a kind.
	LaneIn(tx bot.Tx, team string, of bot.Account, k Kind) (Lane, error)
	PutLane(tx bot.Tx, team string, of bot.Account, k Kind, l Lane) error
	// ClaimedBy names the operation that claimed a record; empty when none did.
	ClaimedBy(tx bot.Tx, team, claim string) (operation string, err error)
	// PutClaim claims a record for one operation for ever. When another one has
	// it, nothing is kept and the error is [ErrClaimed].
	PutClaim(tx bot.Tx, team, claim, operation string) error
	// FreezeIn and PutFreeze keep the flag that stops new sends; the zero flag
	// takes it away.
	FreezeIn(tx bot.Tx, team, scope string) (Freeze, error)
	PutFreeze(tx bot.Tx, team, scope string, f Freeze) error
	// RequestIn reads a request, of whichever account; PutRequest keeps one.
	RequestIn(tx bot.Tx, team, id string) (r Request, found bool, err error)
	PutRequest(tx bot.Tx, r Request) error
	// WishesIn and PutWishes keep what an account has waiting.
	WishesIn(tx bot.Tx, team string, of bot.Account) (Wishes, error)
	PutWishes(tx bot.Tx, team string, of bot.Account, a Wishes) error

	// FindOperation returns an operation by its id, of whichever account: the
	// caller decides whether the person may see it.
	FindOperation(ctx context.Context, team, id string) (o Operation, found bool, err error)
	// Operations lists those of one account, the oldest first.
	Operations(ctx context.Context, team string, of bot.Account) ([]Operation, error)
	// EveryOperation lists those of all accounts, for the operator.
	EveryOperation(ctx context.Context, team string) ([]Operation, error)
	// LiveOperations lists those a worker has to look at, of all teams.
	LiveOperations(ctx context.Context) ([]Operation, error)
	// FindRequest returns a request by its id, of whichever account: the caller
	// decides whether the person may see it.
	FindRequest(ctx context.Context, team, id string) (r Request, found bool, err error)
	// Requests lists those of one account, the oldest first; EveryRequest those
	// of all accounts, for the operator.
	Requests(ctx context.Context, team string, of bot.Account) ([]Request, error)
	EveryRequest(ctx context.Context, team string) ([]Request, error)
	// LiveRequests lists those a worker has to look at, of all teams.
	LiveRequests(ctx context.Context) ([]Request, error)
	// Freezes lists the flags that are set.
	Freezes(ctx context.Context, team string) ([]Freeze, error)
}

// ErrClaimed: another operation has claimed the record.
var ErrClaimed = fmt.Errorf("record is claimed by another operation")

// Everything is the scope of a freeze that stops all accounts.
const Everything = "*"

// Freeze stops new sends of one account or of all. The zero value stops nothing.
type Freeze struct {
	Scope  string // Everything or an account
	By     bot.PersonID
	At     time.Time    // UTC
	ThawBy bot.PersonID // who has asked to end it; a second person is needed
}

// Set says that the flag stops something.
func (f Freeze) Set() bool { return !f.At.IsZero() }

// Thaw is one person's vote to end a freeze. The second, other person's ends it:
// the flag comes back zero.
func (f Freeze) Thaw(who bot.PersonID) (Freeze, error) {
	switch {
	case !f.Set():
		return f, bot.User("money.no.not_frozen")
	case f.ThawBy == bot.PersonID{}:
		f.ThawBy = who
		return f, nil
	case f.ThawBy == who:
		return f, bot.User("money.no.thaw_second")
	}
	return Freeze{}, nil
}

// Look is a transition as [Change] runs it.
type Look func(o Operation, b Books, taken map[string]string) (after Operation, books Books, claims []string, err error)

// Plain makes a [Look] of a transition that claims nothing.
func Plain(do func(o Operation, b Books) (Operation, Books, error)) Look {
	return func(o Operation, b Books, _ map[string]string) (Operation, Books, []string, error) {
		o, b, err := do(o, b)
		return o, b, nil, err
	}
}

// Change runs one transition within a transaction: it reads the operation and
// the rows it shares, and keeps everything that changed, or nothing. claims are
// the records whose owners the transition wants to know. An operation that is
// not there is a user error.
func Change(book Book, tx bot.Tx, team, id string, now time.Time, claims []string, do Look) (before, after Operation, err error) {
	o, found, err := book.OperationIn(tx, team, id)
	if err != nil {
		return o, o, err
	}
	if !found {
		return o, o, bot.User("money.none", "id", id)
	}
	b, err := books(book, tx, o, now)
	if err != nil {
		return o, o, err
	}
	taken := map[string]string{}
	for _, c := range claims {
		if by, err := book.ClaimedBy(tx, team, c); err != nil {
			return o, o, err
		} else if by != "" {
			taken[c] = by
		}
	}
	after, next, claimed, err := do(o, b, taken)
	if err != nil {
		return o, o, err
	}
	for _, c := range claimed {
		if err := book.PutClaim(tx, team, c, o.ID); err != nil {
			return o, o, fmt.Errorf("claim %s: %w", c, err)
		}
	}
	if err := keep(book, tx, o, b, next); err != nil {
		return o, o, err
	}
	if reflect.DeepEqual(o, after) {
		return o, after, nil
	}
	if err := followed(book, tx, o, after); err != nil {
		return o, o, err
	}
	return o, after, book.PutOperation(tx, after)
}

// books reads the rows that an operation shares with others.
func books(book Book, tx bot.Tx, o Operation, now time.Time) (b Books, err error) {
	if b.Pool, err = book.PoolIn(tx, o.Team, o.Source()); err != nil {
		return b, err
	}
	b.Days = map[string]Day{}
	for _, day := range []string{o.Day, DayOf(now)} {
		if day == "" {
			continue
		}
		if b.Days[day], err = book.DayIn(tx, o.Team, o.Account, day); err != nil {
			return b, err
		}
	}
	if b.Lane, err = book.LaneIn(tx, o.Team, o.Account, o.Kind); err != nil {
		return b, err
	}
	for _, scope := range o.scopes() {
		f, err := book.FreezeIn(tx, o.Team, scope)
		if err != nil {
			return b, err
		}
		b.Frozen = b.Frozen || f.Set()
	}
	return b, nil
}

// scopes are the freezes that stop an operation: of everything, of the account in
// whose books it is, and of the resellers that would give or get.
func (o Operation) scopes() []string {
	list := []string{Everything, o.Account.String()}
	if o.Kind.Reseller() {
		for _, p := range o.Parties {
			list = append(list, bot.Reseller(p.ID).String())
		}
	}
	return list
}

func keep(book Book, tx bot.Tx, o Operation, was, b Books) error {
	if !reflect.DeepEqual(was.Pool, b.Pool) {
		if err := book.PutPool(tx, o.Team, o.Source(), b.Pool); err != nil {
			return err
		}
	}
	for day, d := range b.Days {
		if !reflect.DeepEqual(was.Days[day], d) {
			if err := book.PutDay(tx, o.Team, o.Account, day, d); err != nil {
				return err
			}
		}
	}
	if !reflect.DeepEqual(was.Lane, b.Lane) {
		return book.PutLane(tx, o.Team, o.Account, o.Kind, b.Lane)
	}
	return nil
}
