package kvtest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"partnerdesk/data/kv"
)

// hintWait bounds the wait for a hint that must come.
const hintWait = 10 * time.Second

var watchCases = []testCase{
	{"a change is heard, one elsewhere is not", func(t *testing.T, db kv.DB) {
		hints := db.Watch(t.Context(), "a/")
		put(t, db, "b/1", "")
		put(t, db, "a/1", "")
		if got := hear(t, hints); got != (kv.Hint{Key: "a/1"}) && !got.Resync {
			t.Errorf("got %+v", got)
		}
		if err := db.Update(t.Context(), func(tx kv.Tx) error { return tx.Delete("a/1") }); err != nil {
			t.Fatal(err)
		}
		if got := hear(t, hints); got != (kv.Hint{Key: "a/1"}) && !got.Resync {
			t.Errorf("got %+v", got)
		}
	}},
	{"what is not committed is not heard", func(t *testing.T, db kv.DB) {
		hints := db.Watch(t.Context(), "a/")
		refused(t, db, errRefused, func(tx kv.Tx) error {
			if err := tx.Put("a/1", nil); err != nil {
				return err
			}
			return errRefused
		})
		put(t, db, "a/2", "")
		if got := hear(t, hints); got != (kv.Hint{Key: "a/2"}) && !got.Resync {
			t.Errorf("got %+v", got)
		}
	}},
	{"who does not listen holds nobody up and is told to scan", func(t *testing.T, db kv.DB) {
		const rows = 40 * kv.MaxKeys
		hints := db.Watch(t.Context(), "a/")
		var pairs []string
		for i := range rows {
			pairs = append(pairs, fmt.Sprintf("a/%04d", i), "")
		}
		put(t, db, pairs...)
		put(t, db, "a/last", "")
		for heard := 0; ; heard++ {
			hint := hear(t, hints)
			if hint.Resync {
				break
			}
			if hint.Key == "a/last" {
				if heard < rows {
					t.Errorf("%d of %d hints and no resync", heard, rows)
				}
				break
			}
		}
	}},
	{"the channel ends with the context", func(t *testing.T, db kv.DB) {
		ctx, cancel := context.WithCancel(t.Context())
		hints := db.Watch(ctx, "")
		cancel()
		deadline := time.After(hintWait)
		for {
			select {
			case _, open := <-hints:
				if !open {
					return
				}
			case <-deadline:
				t.Fatal("the channel stays open")
			}
		}
	}},
}

func hear(t *testing.T, hints <-chan kv.Hint) kv.Hint {
	t.Helper()
	select {
	case hint, open := <-hints:
		if !open {
			t.Fatal("the channel was closed")
		}
		return hint
	case <-time.After(hintWait):
		t.Fatal("no hint came")
		return kv.Hint{}
	}
}
