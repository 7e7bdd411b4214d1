package kv

import (
	"context"
	"fmt"
	"strconv"
	"sync"
)

// FencePrefix begins the keys of the rows that tell which leader is the last.
const FencePrefix = "fence/-/"

// Lead is the office of doing something alone, e.g. of sending what is in the
// outbox. Who holds it may lose it without noticing (a paused process); its
// transactions then fail, because each calls Check. A call to the outside that
// is under way at that moment nobody can recall: a fence protects rows only.
type Lead struct {
	key        string
	generation uint64
	lost       <-chan struct{}
	resign     func()
	once       sync.Once
}

// NewLead writes the fence row of a new leader and returns its office. It is for
// engines: lost is closed when the engine no longer vouches for the office, and
// resign gives it back, once.
func NewLead(ctx context.Context, db DB, name string, lost <-chan struct{}, resign func()) (*Lead, error) {
	l := &Lead{key: FencePrefix + name, lost: lost, resign: resign}
	err := db.Update(ctx, func(tx Tx) error {
		last, err := generation(tx, l.key)
		if err != nil {
			return err
		}
		l.generation = last + 1
		return tx.Put(l.key, strconv.AppendUint(nil, l.generation, 10))
	})
	if err != nil {
		return nil, fmt.Errorf("lead %s: %w", name, err)
	}
	return l, nil
}

// Check fails with [ErrDeposed] unless this is still the last leader. It counts
// as one key of the transaction, and makes it conflict with a take-over.
func (l *Lead) Check(tx Tx) error {
	last, err := generation(tx, l.key)
	if err != nil {
		return err
	}
	if last != l.generation {
		return ErrDeposed
	}
	return nil
}

// Lost is closed when the office is lost or the store is closed. It is a hint:
// Check is what counts.
func (l *Lead) Lost() <-chan struct{} { return l.lost }

// Resign gives the office to the next. A second call does nothing.
func (l *Lead) Resign() { l.once.Do(l.resign) }

func generation(tx Tx, key string) (uint64, error) {
	value, ok, err := tx.Get(key)
	if err != nil || !ok {
		return 0, err
	}
	n, err := strconv.ParseUint(string(value), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("fence row %s: %w", key, err)
	}
	return n, nil
}
