// Package store keeps the desk's rows in a kv.DB: what came in, what is to go
// out, who was answered what, and the audit log. It implements the interfaces
// that the words of the desk declare. schema.go lists every family of rows.
//
// Nothing here reads the clock: times come in from outside, because a
// transaction may run twice.
package store

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"partnerdesk/bot"
	"partnerdesk/data/kv"
)

// Errors of the store.
var (
	// ErrNewer: the rows were written by a later version of the program.
	ErrNewer = errors.New("rows are of a newer version")
	// ErrNotFound: there is no such delivery or post, or not any more.
	ErrNotFound = errors.New("no such row")
	// ErrAnswered: the delivery has been answered or given up, so what this
	// transaction would do for it must not happen again.
	ErrAnswered = fmt.Errorf("store: %w", bot.ErrDecided)
	// ErrUnderWay: the post is being sent at this moment.
	ErrUnderWay = errors.New("post is under way")
	// ErrBacklog: too many posts wait in one conversation.
	ErrBacklog = errors.New("conversation is full")
	// ErrTooLarge: an envelope that does not fit a transaction.
	ErrTooLarge = errors.New("envelope too large")

	errForeign = errors.New("transaction of another store")
)

// Options are the retentions an operator may choose.
type Options struct {
	KeepAnswers time.Duration // the log of answers given; zero means 90 days
	KeepAsks    time.Duration // the words of questions; zero means 90 days
}

// Store is the desk's memory.
type Store struct {
	db kv.DB
	o  Options
}

var (
	_ bot.Store  = (*Store)(nil)
	_ bot.Inbox  = (*Store)(nil)
	_ bot.Outbox = (*Store)(nil)
)

// Open prepares the rows for a desk that starts: it refuses a newer schema,
// brings an older one up to date, and puts posts that were under way when the last desk ended back in their queues,
// as ambiguous. Only the one desk that sends calls it; whoever just looks calls
// [View].
func Open(ctx context.Context, db kv.DB, o Options) (*Store, error) {
	s, err := View(ctx, db, o)
	if err != nil {
		return nil, err
	}
	if err := Migrate(ctx, db, schemaVersion, Migrations()); err != nil {
		return nil, fmt.Errorf("open rows: %w", err)
	}
	if err := s.Recover(ctx); err != nil {
		return nil, fmt.Errorf("open rows: %w", err)
	}
	return s, nil
}

// View returns a Store on db without changing anything, after the check for a
// newer schema.
func View(ctx context.Context, db kv.DB, o Options) (*Store, error) {
	o.KeepAnswers = cmp.Or(o.KeepAnswers, keepAnswer)
	o.KeepAsks = cmp.Or(o.KeepAsks, keepAsk)
	s := &Store{db: db, o: o}
	var r schemaRow
	if _, err := load(s.reader(ctx), key(famSchema, ""), &r); err != nil {
		return nil, fmt.Errorf("open rows: %w", err)
	}
	if r.Schema > schemaVersion {
		return nil, fmt.Errorf("open rows: %w: schema %d, this program knows %d", ErrNewer, r.Schema, schemaVersion)
	}
	return s, nil
}

// Older reports whether the rows were last opened by a version of the program
// whose schema is older, so that [Open] will change them.
func Older(ctx context.Context, db kv.DB) (bool, error) {
	s := &Store{db: db}
	var r schemaRow
	found, err := load(s.reader(ctx), key(famSchema, ""), &r)
	return found && r.Schema < schemaVersion, wrap(err, "read schema")
}

// Update implements bot.Store.
func (s *Store) Update(ctx context.Context, fn func(tx bot.Tx) error) error {
	return s.update(ctx, func(tx *Tx) error { return fn(tx) })
}

func (s *Store) update(ctx context.Context, fn func(tx *Tx) error) error {
	var salt [16]byte
	_, _ = rand.Read(salt[:]) // never fails; drawn here because fn may run twice
	return s.db.Update(ctx, func(tx kv.Tx) error { return fn(&Tx{s: s, kv: tx, salt: salt}) })
}

// Tx is a transaction on all rows. It implements bot.Tx; the store's methods
// that take a bot.Tx work on the same transaction.
type Tx struct {
	s    *Store
	kv   kv.Tx
	salt [16]byte // for the hashes of people in audit entries
}

var _ bot.Tx = (*Tx)(nil)

// within finds the store's own transaction behind a bot.Tx.
func (s *Store) within(tx bot.Tx) (*Tx, error) {
	if own, ok := tx.(*Tx); ok && own.s == s {
		return own, nil
	}
	return nil, errForeign
}

// reader reads rows outside a transaction.
func (s *Store) reader(ctx context.Context) getter {
	return getFunc(func(key string) ([]byte, bool, error) { return s.db.Get(ctx, key) })
}

type getFunc func(key string) ([]byte, bool, error)

func (f getFunc) Get(key string) ([]byte, bool, error) { return f(key) }

// teams lists the teams a family has rows of, as they stand in keys, by skipping
// from one to the next.
func (s *Store) teams(ctx context.Context, family string) ([]string, error) {
	r := kv.Range{Prefix: family + "/", Limit: 1}
	var teams []string
	for {
		page, err := s.db.View(ctx, r)
		if err != nil || len(page.Rows) == 0 {
			return teams, err
		}
		team, _, _ := strings.Cut(strings.TrimPrefix(page.Rows[0].Key, r.Prefix), "/")
		teams = append(teams, team)
		r.After = r.Prefix + team + "0" // the byte behind the slash
	}
}

// nudge gives a hint that rows of the families have changed. It may stay silent and
// may cry wolf: who listens also looks by the clock. The channel closes with ctx
// or the store.
func (s *Store) nudge(ctx context.Context, families ...string) <-chan struct{} {
	out := make(chan struct{}, 1)
	var watches sync.WaitGroup
	for _, family := range families {
		hints := s.db.Watch(ctx, family+"/")
		watches.Go(func() { // ends when hints does: with ctx or with the store
			for range hints {
				select {
				case out <- struct{}{}:
				default: // one is waiting already
				}
			}
		})
	}
	go func() {
		watches.Wait()
		close(out)
	}()
	return out
}
