package bolt_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"partnerdesk/data/kv"
	"partnerdesk/data/kv/bolt"
)

// fill writes n rows of 64 KiB and removes all but each tenth of them.
func fill(t *testing.T, db *bolt.DB, n int) {
	t.Helper()
	value := bytes.Repeat([]byte("v"), 64<<10)
	for i := range n {
		if err := db.Update(t.Context(), func(tx kv.Tx) error { return tx.Put(fmt.Sprintf("k%04d", i), value) }); err != nil {
			t.Fatal(err)
		}
	}
	for i := range n {
		if i%10 == 0 {
			continue
		}
		if err := db.Update(t.Context(), func(tx kv.Tx) error { return tx.Delete(fmt.Sprintf("k%04d", i)) }); err != nil {
			t.Fatal(err)
		}
	}
}

func rowsOf(t *testing.T, db *bolt.DB) int {
	t.Helper()
	n := 0
	for _, err := range kv.All(t.Context(), db, kv.Range{}) {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	return n
}

func TestOpen_Compacts(t *testing.T) {
	path := filepath.Join(t.TempDir(), "desk.db")
	db := mustOpen(t, path)
	fill(t, db, 100)
	before, err := db.Stats()
	if err != nil || before.Updates != 190 || before.Commits == 0 || before.Free < before.Size/2 {
		t.Fatalf("got %+v, %v", before, err)
	}
	for _, c := range []struct {
		name   string
		from   int64
		shrink bool
	}{
		{"too small to be worth it", 0, false},
		{"never", -1, false},
		{"large enough", 1 << 20, true},
		{"nothing left to gain", 1, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			if db, err = bolt.Open(path, bolt.Options{CompactFrom: c.from}); err != nil {
				t.Fatal(err)
			}
			after, err := db.Stats()
			if err != nil || (after.Size < before.Size/2) != c.shrink {
				t.Errorf("before %+v, after %+v, %v", before, after, err)
			}
			before = after
			if got := rowsOf(t, db); got != 10 {
				t.Errorf("%d rows, want 10", got)
			}
			if err := db.Check(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if left, err := filepath.Glob(path + "*"); err != nil || len(left) != 1 {
		t.Errorf("left: %q, %v", left, err)
	}
}

// Whoever waits for the lock while its holder puts another file in place must
// not go on with the file that is no longer there.
func TestOpen_FileReplacedWhileWaiting(t *testing.T) {
	path := filepath.Join(t.TempDir(), "desk.db")
	holder := mustOpen(t, path)
	mustOpen(t, path+".other").Close()
	waiter := make(chan error)
	go func() {
		db, err := bolt.Open(path, bolt.Options{Timeout: 10 * time.Second})
		if err == nil {
			err = db.Close()
		}
		waiter <- err
	}()
	select { // give it time to open the first file; the outcome is right either way
	case err := <-waiter:
		t.Fatalf("did not wait: %v", err)
	case <-time.After(50 * time.Millisecond):
	}
	if err := os.Rename(path+".other", path); err != nil {
		t.Fatal(err)
	}
	if err := holder.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-waiter; err != nil && !errors.Is(err, bolt.ErrLocked) {
		t.Errorf("got %v, want %v or none", err, bolt.ErrLocked)
	}
	db := mustOpen(t, path)
	if err := db.Update(t.Context(), func(tx kv.Tx) error { return tx.Put("a", nil) }); err != nil {
		t.Error(err)
	}
}

func TestCopy_WhileWriting(t *testing.T) {
	dir := t.TempDir()
	db := mustOpen(t, filepath.Join(dir, "desk.db"))
	fill(t, db, 20)
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			if err := db.Update(t.Context(), func(tx kv.Tx) error { return tx.Put(fmt.Sprintf("w%06d", i), nil) }); err != nil {
				t.Error(err)
				return
			}
		}
	}()
	for i := range 5 {
		var image bytes.Buffer
		if err := db.Copy(t.Context(), &image); err != nil {
			t.Fatal(err)
		}
		aside := filepath.Join(dir, fmt.Sprintf("backup%d.db", i))
		if err := os.WriteFile(aside, image.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		backup, err := bolt.Open(aside, bolt.Options{ReadOnly: true})
		if err != nil {
			t.Fatal(err)
		}
		if err := backup.Check(t.Context()); err != nil {
			t.Error(err)
		}
		if got := rowsOf(t, backup); got < 2 {
			t.Errorf("%d rows", got)
		}
		if err := backup.Close(); err != nil {
			t.Error(err)
		}
	}
	close(stop)
	<-done
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := db.Copy(ctx, &bytes.Buffer{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
}

func TestOnCommit(t *testing.T) {
	transactions := 0
	db, err := bolt.Open(filepath.Join(t.TempDir(), "desk.db"), bolt.Options{OnCommit: func(n int, _ time.Duration) { transactions += n }})
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if err := db.Update(t.Context(), func(tx kv.Tx) error { return tx.Put("a", nil) }); err != nil {
			t.Fatal(err)
		}
		if err := db.Update(t.Context(), func(tx kv.Tx) error { return nil }); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if transactions != 3 {
		t.Errorf("%d transactions, want 3: those that only read cost no commit", transactions)
	}
}

// Check reads pages and free list of one moment: beside commits it used to call
// a sound file damaged.
func TestCheck_BesideWriters(t *testing.T) {
	db := mustOpen(t, filepath.Join(t.TempDir(), "busy.db"))
	fill(t, db, 200)
	ctx, stop := context.WithCancel(t.Context())
	var writers sync.WaitGroup
	for w := range 2 {
		writers.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				err := db.Update(ctx, func(tx kv.Tx) error {
					key := fmt.Sprintf("busy/%d/%d", w, i%50)
					if i%3 == 0 {
						return tx.Delete(key)
					}
					return tx.Put(key, bytes.Repeat([]byte("x"), 1+i%4000))
				})
				if err != nil && ctx.Err() == nil {
					t.Errorf("write: %v", err)
				}
			}
		})
	}
	for range 40 {
		if err := db.Check(t.Context()); err != nil {
			t.Errorf("a sound file is called damaged: %v", err)
			break
		}
	}
	stop()
	writers.Wait()
}
