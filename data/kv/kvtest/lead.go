package kvtest

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"partnerdesk/data/kv"
)

var leadCases = []testCase{
	{"one leads, the next takes over, the first is deposed", func(t *testing.T, db kv.DB) {
		first := lead(t, db, "outbox")
		act := func(l *kv.Lead, value string) error {
			return db.Update(t.Context(), func(tx kv.Tx) error {
				if err := l.Check(tx); err != nil {
					return err
				}
				return tx.Put("a", []byte(value))
			})
		}
		if err := act(first, "first"); err != nil {
			t.Error(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		if _, err := db.Lead(ctx, "outbox"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a second leader: got %v, want %v", err, context.DeadlineExceeded)
		}
		first.Resign()
		first.Resign() // does nothing
		second := lead(t, db, "outbox")
		defer second.Resign()
		if err := act(first, "deposed"); !errors.Is(err, kv.ErrDeposed) {
			t.Errorf("got %v, want %v", err, kv.ErrDeposed)
		}
		if err := act(second, "second"); err != nil {
			t.Error(err)
		}
		want(t, db, "a", "second")
	}},
	{"offices do not hinder each other", func(t *testing.T, db kv.DB) {
		a, b := lead(t, db, "outbox"), lead(t, db, "cron")
		err := db.Update(t.Context(), func(tx kv.Tx) error { return errors.Join(a.Check(tx), b.Check(tx)) })
		if err != nil {
			t.Error(err)
		}
		a.Resign()
		b.Resign()
	}},
	{"never two at once", func(t *testing.T, db kv.DB) {
		var mu sync.Mutex
		leading := 0
		each(t, 6, func(int) error {
			l, err := db.Lead(t.Context(), "outbox")
			if err != nil {
				return err
			}
			defer l.Resign()
			mu.Lock()
			leading++
			if leading > 1 {
				t.Error("two lead")
			}
			mu.Unlock()
			err = db.Update(t.Context(), l.Check)
			mu.Lock()
			leading--
			mu.Unlock()
			return err
		})
	}},
}

func lead(t *testing.T, db kv.DB, name string) *kv.Lead {
	t.Helper()
	l, err := db.Lead(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return l
}
