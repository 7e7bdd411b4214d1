package kvtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"partnerdesk/data/kv"
)

var limitCases = []testCase{
	{"as many keys as allowed, read and written", func(t *testing.T, db kv.DB) {
		put(t, db, "k00", "old")
		err := db.Update(t.Context(), func(tx kv.Tx) error {
			for i := range kv.MaxKeys {
				key := fmt.Sprintf("k%02d", i)
				if _, _, err := tx.Get(key); err != nil {
					return err
				}
				if err := tx.Put(key, []byte("1")); err != nil {
					return err
				}
			}
			return tx.Delete("k63") // counted already
		})
		if err != nil {
			t.Fatal(err)
		}
		want(t, db, "k00", "1")
		want(t, db, "k62", "1")
	}},
	{"one key too many", func(t *testing.T, db kv.DB) {
		for _, last := range []string{"get", "put", "delete"} {
			refused(t, db, kv.ErrTooManyKeys, func(tx kv.Tx) error {
				for i := range kv.MaxKeys {
					if err := tx.Put(fmt.Sprintf("k%02d", i), nil); err != nil {
						return err
					}
				}
				switch last {
				case "get":
					_, _, err := tx.Get("more")
					return err
				case "put":
					return tx.Put("more", nil)
				}
				return tx.Delete("more")
			})
		}
		want(t, db, "k00", "-")
	}},
	{"reads alone are counted", func(t *testing.T, db kv.DB) {
		refused(t, db, kv.ErrTooManyKeys, func(tx kv.Tx) error {
			for i := range kv.MaxKeys + 1 {
				if _, _, err := tx.Get(fmt.Sprintf("k%02d", i)); err != nil {
					return err
				}
			}
			return nil
		})
	}},
	{"the largest value, and one byte more", func(t *testing.T, db kv.DB) {
		largest := bytes.Repeat([]byte("v"), kv.MaxValue)
		put(t, db, "a", string(largest))
		want(t, db, "a", string(largest))
		refused(t, db, kv.ErrValueTooLarge, func(tx kv.Tx) error { return tx.Put("b", append(largest, 'v')) })
	}},
	{"as many bytes as allowed, and more", func(t *testing.T, db kv.DB) {
		value := bytes.Repeat([]byte("v"), 64<<10-3)
		write := func(tx kv.Tx, n int) error {
			for i := range n {
				if err := tx.Put(fmt.Sprintf("k%02d", i), value); err != nil {
					return err
				}
			}
			return nil
		}
		if err := db.Update(t.Context(), func(tx kv.Tx) error { return write(tx, 16) }); err != nil {
			t.Errorf("exactly the limit: %v", err)
		}
		err := db.Update(t.Context(), func(tx kv.Tx) error { return errors.Join(write(tx, 16), write(tx, 16)) })
		if err != nil {
			t.Errorf("the same rows written again: %v", err)
		}
		refused(t, db, kv.ErrTooMuchWritten, func(tx kv.Tx) error { return write(tx, 17) })
	}},
	{"bad keys", func(t *testing.T, db kv.DB) {
		for _, key := range []string{"", strings.Repeat("k", kv.MaxKey+1)} {
			refused(t, db, kv.ErrBadKey, func(tx kv.Tx) error { return tx.Put(key, nil) })
			refused(t, db, kv.ErrBadKey, func(tx kv.Tx) error { return tx.Delete(key) })
			refused(t, db, kv.ErrBadKey, func(tx kv.Tx) error { _, _, err := tx.Get(key); return err })
			if _, _, err := db.Get(t.Context(), key); !errors.Is(err, kv.ErrBadKey) {
				t.Errorf("get: got %v, want %v", err, kv.ErrBadKey)
			}
		}
	}},
	{"an error the closure ignores still prevents the commit", func(t *testing.T, db kv.DB) {
		refused(t, db, kv.ErrBadKey, func(tx kv.Tx) error {
			if err := tx.Put("a", []byte("1")); err != nil {
				return err
			}
			_ = tx.Put("", nil)
			return nil
		})
		want(t, db, "a", "-")
	}},
	{"an ended context prevents everything", func(t *testing.T, db kv.DB) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, _, getErr := db.Get(ctx, "a")
		_, viewErr := db.View(ctx, kv.Range{})
		updateErr := db.Update(ctx, func(tx kv.Tx) error { return tx.Put("a", nil) })
		for call, err := range map[string]error{"get": getErr, "view": viewErr, "update": updateErr} {
			if !errors.Is(err, context.Canceled) {
				t.Errorf("%s: got %v, want %v", call, err, context.Canceled)
			}
		}
		want(t, db, "a", "-")
	}},
}

// refused runs a transaction that must fail in this way.
func refused(t *testing.T, db kv.DB, want error, fn func(kv.Tx) error) {
	t.Helper()
	if err := db.Update(t.Context(), fn); !errors.Is(err, want) {
		t.Errorf("got %v, want %v", err, want)
	}
}
