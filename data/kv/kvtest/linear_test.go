package kvtest_test

import (
	"context"
	"path/filepath"
	"sync"
	"testing"

	"partnerdesk/data/kv"
	"partnerdesk/data/kv/bolt"
	"partnerdesk/data/kv/kvtest"
)

// TestLinearizable_BrokenStores proves that the check can fail: each store
// breaks one promise.
func TestLinearizable_BrokenStores(t *testing.T) {
	for name, broken := range map[string]func(kv.DB) kv.DB{
		"one that reads the value before last":       func(db kv.DB) kv.DB { return &late{DB: db, last: map[string][]byte{}} },
		"one that keeps what a failed closure wrote": func(db kv.DB) kv.DB { return leaky{db} },
		"one that commits outside its own snapshot":  func(db kv.DB) kv.DB { return torn{db} },
	} {
		t.Run(name, func(t *testing.T) {
			file, err := bolt.Open(filepath.Join(t.TempDir(), "desk.db"), bolt.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close()
			f := &faults{TB: t}
			kvtest.Linearizable(f, broken(file))
			if f.n == 0 {
				t.Error("passed")
			}
		})
	}
}

// late answers Get with what the row held at the Get before.
type late struct {
	kv.DB
	mu   sync.Mutex
	last map[string][]byte
}

func (d *late) Get(ctx context.Context, key string) ([]byte, bool, error) {
	now, _, err := d.DB.Get(ctx, key)
	d.mu.Lock()
	defer d.mu.Unlock()
	before := d.last[key]
	d.last[key] = now
	return before, before != nil, err
}

// leaky commits what a closure wrote before it gave up.
type leaky struct{ kv.DB }

func (d leaky) Update(ctx context.Context, fn func(kv.Tx) error) (refused error) {
	err := d.DB.Update(ctx, func(tx kv.Tx) error { refused = fn(tx); return nil })
	if err != nil {
		return err
	}
	return refused
}

// torn runs the closure against one state and writes to a later one.
type torn struct{ kv.DB }

func (d torn) Update(ctx context.Context, fn func(kv.Tx) error) error {
	b := kv.NewBuffer(func(key string) ([]byte, bool, error) { return d.Get(ctx, key) })
	err := fn(b)
	b.Finish()
	if err != nil {
		return err
	}
	for _, w := range b.Writes() {
		err := d.DB.Update(ctx, func(tx kv.Tx) error {
			if w.Delete {
				return tx.Delete(w.Key)
			}
			return tx.Put(w.Key, w.Value)
		})
		if err != nil {
			return err
		}
	}
	return nil
}
