package kvtest

import (
	"bytes"
	"context"
	"slices"
	"testing"

	"partnerdesk/data/kv"
)

// Twice wraps a store so that each Update closure is run once for nothing and
// once for real, on the same state, and reports to t a closure whose two runs
// differ in what they write or in whether they fail.
func Twice(t testing.TB, db kv.DB) kv.DB { return &twice{DB: db, t: t} }

type twice struct {
	kv.DB
	t testing.TB
}

func (d *twice) Update(ctx context.Context, fn func(kv.Tx) error) error {
	return d.DB.Update(ctx, func(tx kv.Tx) error {
		first := kv.NewBuffer(tx.Get)
		firstErr := fn(first)
		if firstErr == nil {
			firstErr = first.Err()
		}
		first.Finish()
		second := &recorder{Buffer: kv.NewBuffer(tx.Get), tx: tx}
		secondErr := fn(second)
		if secondErr == nil {
			secondErr = second.Err()
		}
		second.Finish()
		switch {
		case (firstErr == nil) != (secondErr == nil):
			d.t.Errorf("closure run twice: first error %v, second %v", firstErr, secondErr)
		case firstErr == nil && !slices.EqualFunc(first.Writes(), second.Writes(), sameWrite):
			d.t.Errorf("closure run twice: wrote %v, then %v", first.Writes(), second.Writes())
		}
		return secondErr
	})
}

func sameWrite(a, b kv.Write) bool {
	return a.Key == b.Key && a.Delete == b.Delete && bytes.Equal(a.Value, b.Value)
}

// recorder notes the calls of the run that counts and passes them on, so that
// the engine's own checks see them.
type recorder struct {
	*kv.Buffer
	tx kv.Tx
}

func (r *recorder) Get(key string) ([]byte, bool, error) {
	if value, ok, err := r.Buffer.Get(key); err != nil {
		return value, ok, err
	}
	return r.tx.Get(key)
}

func (r *recorder) Put(key string, value []byte) error {
	if err := r.Buffer.Put(key, value); err != nil {
		return err
	}
	return r.tx.Put(key, value)
}

func (r *recorder) Delete(key string) error {
	if err := r.Buffer.Delete(key); err != nil {
		return err
	}
	return r.tx.Delete(key)
}
