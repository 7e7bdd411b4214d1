// Package kv is the contract between the desk's rows and the engine that keeps them.
//
// The contract is deliberately narrow, so that one file on one machine and a
// cluster of three can both keep it:
//
//   - A key is a non-empty string, a value is bytes; keys are ordered bytewise.
//   - [DB.Update] is a serialisable transaction over few keys. Its closure may
//     run more than once before one run counts, so it holds no I/O, no clock and
//     no randomness: what it needs is read beforehand and captured.
//   - [DB.View] reads one page of a prefix in one snapshot; two pages may come
//     from two snapshots. Whoever acts on what a page shows reads the row again
//     in Update.
//   - [DB.Watch] is a hint. A consumer that never hears it is slower, not wrong.
//
// Package kvtest proves an engine against all of it.
package kv

import (
	"context"
	"iter"
)

// The limits of the contract. They are chosen so that a transaction fits a
// cluster store that takes 128 operations (64 comparisons and 64 writes) and
// 1.5 MiB at a time by default.
const (
	// MaxKeys is how many distinct keys one Update may touch, read or written.
	MaxKeys = 64
	// MaxWritten is how many bytes of keys and values one Update may write.
	MaxWritten = 1 << 20
	// MaxValue is the size no value may exceed, in bytes.
	MaxValue = 100 << 10
	// MaxKey is the size no key may exceed, in bytes.
	MaxKey = 1 << 10
	// DefaultPage is how many rows a page holds when Range.Limit is zero.
	DefaultPage = 100
	// MaxPage is how many rows a page holds at most, whatever was asked for.
	MaxPage = 1000
	// MaxPageBytes ends a page early: it is the sum of its values, in bytes,
	// from which no further row is added.
	MaxPageBytes = 4 << 20
)

// DB is an ordered store of rows. All methods may be called from many
// goroutines, but none of them from within an Update closure.
type DB interface {
	// Get reads one row outside a transaction. An absent row is ok == false and
	// no error. The value is the caller's to keep and to change.
	Get(ctx context.Context, key string) (value []byte, ok bool, err error)

	// View reads one page, in key order, from one snapshot.
	View(ctx context.Context, r Range) (Page, error)

	// Update runs fn and commits what it wrote, all or nothing. When fn returns
	// an error nothing is written and Update returns that error. fn may run
	// several times; only the effects of the last run are kept. An error that
	// wraps [ErrUncertain] means that the commit may have happened; any other
	// error means that it did not.
	//
	// A ctx that ends before the transaction begins prevents it; one that ends
	// later does not.
	Update(ctx context.Context, fn func(Tx) error) error

	// Watch tells of committed changes below prefix until ctx ends or the store
	// is closed; then the channel is closed. A reader that falls behind gets one
	// Hint with Resync set in place of the hints it missed.
	Watch(ctx context.Context, prefix string) <-chan Hint

	// Lead waits until nobody else holds the office of that name, takes it, and
	// holds it until it resigns or the store closes.
	Lead(ctx context.Context, name string) (*Lead, error)

	// Close waits for the transactions under way and frees the store. Calls
	// made afterwards return [ErrClosed]; a second Close does nothing.
	Close() error
}

// Tx is the inside of an Update. It is valid until the closure returns and is
// used by one goroutine. It has no scan: a scan cannot be part of what a
// transaction depends on.
//
// Its errors are those of limits and of the engine. They stick: a transaction
// in which one call failed is not committed, even if the closure ignores it.
type Tx interface {
	// Get reads a row as this transaction sees it, its own writes included. An
	// absent row is ok == false; the transaction then depends on its absence.
	Get(key string) (value []byte, ok bool, err error)
	// Put writes a row. The value is copied.
	Put(key string, value []byte) error
	// Delete removes a row; to delete an absent one is not an error.
	Delete(key string) error
}

// Range says which rows a page shows.
type Range struct {
	// Prefix is what every key starts with; empty means all keys.
	Prefix string
	// After excludes this key and all before it: the Next of the page before.
	// Empty means from the start of the prefix.
	After string
	// Until excludes this key and all behind it; empty means to the end of the
	// prefix.
	Until string
	// Limit is the number of rows wanted: zero means DefaultPage, and MaxPage is
	// the most one gets.
	Limit int
}

// Row is a key and its value; both belong to the caller.
type Row struct {
	Key   string
	Value []byte
}

// Page is a run of rows from one snapshot.
type Page struct {
	Rows []Row
	// Next is the After of the following page; empty when this was the last.
	Next string
}

// Hint says that something below a watched prefix has changed.
type Hint struct {
	// Key is the changed row; empty when Resync is set.
	Key string
	// Resync says that hints were lost and that the consumer scans anew.
	Resync bool
}

// Bound returns the number of rows a page of r holds at most.
func (r Range) Bound() int {
	if r.Limit <= 0 {
		return DefaultPage
	}
	return min(r.Limit, MaxPage)
}

// All walks the rows of r page by page; r.Limit is the page size. A walk is not
// one snapshot: rows changed meanwhile may be seen in either state, but no row
// that stays is missed or seen twice. The walk ends after the first error.
func All(ctx context.Context, db DB, r Range) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		for {
			page, err := db.View(ctx, r)
			if err != nil {
				yield(Row{}, err)
				return
			}
			for _, row := range page.Rows {
				if !yield(row, nil) {
					return
				}
			}
			if page.Next == "" {
				return
			}
			r.After = page.Next
		}
	}
}
