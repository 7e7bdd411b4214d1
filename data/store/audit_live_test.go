package store_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"

	"partnerdesk/bot"
	"partnerdesk/data/kv/bolt"
	"partnerdesk/data/store"
)

// A verification beside a desk that writes, seals and erases raises no false
// alarm.
func TestVerify_WhileTheDeskWorks(t *testing.T) {
	file, err := bolt.Open(filepath.Join(t.TempDir(), "desk.db"), bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = file.Close() })
	s, err := store.Open(t.Context(), file, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	var crew sync.WaitGroup
	work := func(do func(i int) error) {
		crew.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				if err := do(i); err != nil && !errors.Is(err, context.Canceled) {
					t.Error(err)
					return
				}
			}
		})
	}
	for w := range 3 {
		work(func(i int) error {
			return s.Update(ctx, func(tx bot.Tx) error {
				return tx.Audit(bot.Entry{Stream: fmt.Sprintf("ticket/%d", (i+w)%7), Person: bot.PersonID{Team: "T1", User: fmt.Sprintf("U%d", w)}, Action: "ticket", Outcome: "ok", At: noon})
			})
		})
	}
	var mu sync.Mutex // guards witness
	var witness bytes.Buffer
	work(func(int) error {
		made, is, err := s.Seal(ctx, signer(), noon, nil)
		if is {
			mu.Lock()
			witness.Write(append(made.Line(), '\n'))
			mu.Unlock()
		}
		return err
	})
	erase := make(chan struct{})
	work(func(i int) error {
		select {
		case <-ctx.Done():
			return nil
		case <-erase:
		}
		_, err := s.Erase(ctx, bot.PersonID{Team: "T1", User: fmt.Sprintf("U%d", i%3)}, operator, noon)
		return err
	})
	var v store.Verified
	for round := 0; round < 15 || v.Entries < 500; round++ {
		select {
		case erase <- struct{}{}:
		default: // the one before is under way
		}
		mu.Lock()
		seen := bytes.Clone(witness.Bytes())
		mu.Unlock()
		if v, err = s.Verify(t.Context(), store.VerifyOptions{Keys: trusted(), Witness: bytes.NewReader(seen)}); err != nil || !v.OK() {
			stop()
			crew.Wait()
			t.Fatalf("got %+v, %v", v, err)
		}
	}
	stop()
	crew.Wait()
	v, err = s.Verify(t.Context(), store.VerifyOptions{Keys: trusted(), Witness: &witness})
	if err != nil || !v.OK() || v.Nameless != v.Erased {
		t.Errorf("got %+v, %v", v, err)
	}
}
