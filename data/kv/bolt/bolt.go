// Package bolt keeps the rows of package kv in one bbolt file. One process at a
// time holds the file; a commit is two fdatasync, shared by all transactions
// that queued while the commit before was under way.
package bolt

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"partnerdesk/data/kv"
)

// The buckets of the file and the version of this layout.
var (
	rowsBucket = []byte("rows")
	metaBucket = []byte("meta")
	formatKey  = []byte("format")
)

const format = "1"

// DB is an open file. It implements kv.DB.
type DB struct {
	bolt     *bbolt.DB
	path     string
	readOnly bool
	onCommit func(transactions int, took time.Duration)
	stopped  chan struct{} // closed when the committer has ended

	updates, commits atomic.Uint64 // transactions that wrote, and the commits they shared

	mu      sync.Mutex // guards the fields below
	wake    sync.Cond  // signalled when queue or closing changes; its L is &mu
	queue   []*job
	closing bool
	failed  error // the fault after which nothing is written any more

	hints watchers

	leadersMu sync.Mutex               // guards leaders
	leaders   map[string]chan struct{} // a token for each name somebody leads or led here
}

var _ kv.DB = (*DB)(nil)

// Get implements kv.DB.
func (db *DB) Get(ctx context.Context, key string) ([]byte, bool, error) {
	if err := kv.CheckKey(key); err != nil {
		return nil, false, fmt.Errorf("get: %w", err)
	}
	var value []byte
	err := db.view(ctx, func(rows *bbolt.Bucket) {
		if v := rows.Get([]byte(key)); v != nil {
			value = append([]byte{}, v...)
		}
	})
	return value, value != nil, err
}

// View implements kv.DB.
func (db *DB) View(ctx context.Context, r kv.Range) (kv.Page, error) {
	var page kv.Page
	err := db.view(ctx, func(rows *bbolt.Bucket) { page = scan(rows, r) })
	return page, err
}

func (db *DB) view(ctx context.Context, read func(rows *bbolt.Bucket)) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	tx, err := db.bolt.Begin(false)
	if errors.Is(err, berrors.ErrDatabaseNotOpen) {
		return kv.ErrClosed
	}
	if err != nil {
		return fmt.Errorf("begin reading: %w", err)
	}
	defer tx.Rollback()
	read(tx.Bucket(rowsBucket))
	return nil
}

func scan(rows *bbolt.Bucket, r kv.Range) kv.Page {
	var page kv.Page
	prefix, after := []byte(r.Prefix), []byte(r.After)
	c := rows.Cursor()
	k, v := c.Seek(prefix)
	if r.After > r.Prefix {
		if k, v = c.Seek(after); bytes.Equal(k, after) {
			k, v = c.Next()
		}
	} else if r.After != "" && bytes.Equal(k, after) {
		k, v = c.Next()
	}
	limit, size := r.Bound(), 0
	for ; k != nil && bytes.HasPrefix(k, prefix); k, v = c.Next() {
		if r.Until != "" && string(k) >= r.Until {
			break
		}
		if len(page.Rows) == limit || size >= kv.MaxPageBytes {
			page.Next = page.Rows[len(page.Rows)-1].Key
			break
		}
		page.Rows = append(page.Rows, kv.Row{Key: string(k), Value: append([]byte{}, v...)})
		size += len(v)
	}
	return page
}

// Watch implements kv.DB.
func (db *DB) Watch(ctx context.Context, prefix string) <-chan kv.Hint {
	return db.hints.add(ctx, prefix)
}

// Close implements kv.DB. Transactions that are queued are still carried out.
func (db *DB) Close() error {
	db.mu.Lock()
	first := !db.closing
	db.closing = true
	db.wake.Broadcast()
	db.mu.Unlock()
	<-db.stopped
	if !first {
		return nil
	}
	db.hints.close()
	if !db.readOnly {
		removeHolder(db.path)
	}
	if err := db.bolt.Close(); err != nil {
		return fmt.Errorf("close store: %w", err)
	}
	return nil
}
