package bolt_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"partnerdesk/data/kv"
	"partnerdesk/data/kv/bolt"
	"partnerdesk/data/kv/kvtest"
)

func mustOpen(t testing.TB, path string) *bolt.DB {
	t.Helper()
	db, err := bolt.Open(path, bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func TestConformance(t *testing.T) {
	kvtest.Run(t, func(t testing.TB, dir string) kv.DB { return mustOpen(t, filepath.Join(dir, "desk.db")) })
}

func TestOpen_Permissions(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	path := filepath.Join(dir, "desk.db")
	mustOpen(t, path)
	for name, want := range map[string]fs.FileMode{dir: 0o700, path: 0o600, path + ".pid": 0o600} {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%s: got %v, want %v", filepath.Base(name), got, want)
		}
	}
	names, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(names) != 2 {
		t.Errorf("left in the directory: %q, %v", names, err)
	}
}

func TestOpen_TightensFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "desk.db")
	if err := mustOpen(t, path).Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	mustOpen(t, path)
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("got %v, %v", info.Mode(), err)
	}
}

func TestOpen_RefusesExposedDirectory(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	if _, err := bolt.Open(filepath.Join(dir, "desk.db"), bolt.Options{}); !errors.Is(err, bolt.ErrExposed) {
		t.Errorf("got %v, want %v", err, bolt.ErrExposed)
	}
}

func TestOpen_LockedNamesHolder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "desk.db")
	mustOpen(t, path)
	for _, readOnly := range []bool{false, true} {
		_, err := bolt.Open(path, bolt.Options{Timeout: time.Millisecond, ReadOnly: readOnly})
		if !errors.Is(err, bolt.ErrLocked) {
			t.Fatalf("got %v, want %v", err, bolt.ErrLocked)
		}
		if want := fmt.Sprintf("process %d ", os.Getpid()); !strings.Contains(err.Error(), want) {
			t.Errorf("%q does not name %q", err, want)
		}
	}
}

func TestOpen_Damaged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "desk.db")
	db := mustOpen(t, path)
	for i := range 40 {
		err := db.Update(t.Context(), func(tx kv.Tx) error {
			return tx.Put(fmt.Sprintf("k%02d", i), bytes.Repeat([]byte("v"), 20<<10))
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name    string
		content []byte
	}{
		{"text", []byte("not a store at all")},
		{"zeros", make([]byte, 32<<10)},
		{"both meta pages lost", append(make([]byte, 8<<10), whole[8<<10:]...)},
		{"cut in half", whole[:len(whole)/2]},
		{"cut behind the meta pages", whole[:8<<10]},
		{"cut in the first page", whole[:1000]},
		{"cut behind the first page", whole[:4<<10]},
		{"cut in the second page", whole[:5000]},
		{"empty", []byte{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "desk.db")
			if err := os.WriteFile(path, c.content, 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := bolt.Open(path, bolt.Options{})
			if !errors.Is(err, bolt.ErrDamaged) {
				t.Errorf("got %v, want %v", err, bolt.ErrDamaged)
			}
			if after, err := os.ReadFile(path); err != nil || !bytes.Equal(after, c.content) {
				t.Errorf("the file was changed (%v)", err)
			}
		})
	}
}

func TestOpen_ReadOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "desk.db")
	if _, err := bolt.Open(path, bolt.Options{ReadOnly: true}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: got %v", err)
	}
	if err := mustOpen(t, path).Close(); err != nil {
		t.Fatal(err)
	}
	for range 2 { // readers do not exclude each other
		db, err := bolt.Open(path, bolt.Options{ReadOnly: true})
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		if err := db.Update(t.Context(), func(kv.Tx) error { return nil }); !errors.Is(err, kv.ErrReadOnly) {
			t.Errorf("got %v, want %v", err, kv.ErrReadOnly)
		}
	}
}

// A full store refuses, keeps what it has, and works again for what fits; and
// one large transaction does not take its small neighbours with it.
func TestUpdate_Full(t *testing.T) {
	path := filepath.Join(t.TempDir(), "desk.db")
	db, err := bolt.Open(path, bolt.Options{MaxSize: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	large := bytes.Repeat([]byte("v"), kv.MaxValue)
	var writers sync.WaitGroup
	for i := range 16 {
		writers.Go(func() {
			err := db.Update(t.Context(), func(tx kv.Tx) error {
				if i%8 != 0 {
					return tx.Put(fmt.Sprintf("small%02d", i), []byte("v"))
				}
				for j := range 10 {
					if err := tx.Put(fmt.Sprintf("large%02d/%d", i, j), large); err != nil {
						return err
					}
				}
				return nil
			})
			if i%8 != 0 && err != nil {
				t.Errorf("writer %d: %v", i, err)
			}
			if i%8 == 0 && !errors.Is(err, kv.ErrFull) {
				t.Errorf("writer %d: got %v, want %v", i, err, kv.ErrFull)
			}
		})
	}
	writers.Wait()
	page, err := db.View(t.Context(), kv.Range{})
	if err != nil || len(page.Rows) != 14 {
		t.Errorf("%d rows, %v, want 14", len(page.Rows), err)
	}
}

// A copy of the file taken at any moment between two commits is a whole store
// that holds what had been committed.
func TestUpdate_CopyBetweenCommits(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "desk.db")
	db := mustOpen(t, path)
	for i := range 30 {
		err := db.Update(t.Context(), func(tx kv.Tx) error {
			return tx.Put(fmt.Sprintf("k%02d", i), bytes.Repeat([]byte("v"), i*300))
		})
		if err != nil {
			t.Fatal(err)
		}
		image, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		aside := filepath.Join(dir, fmt.Sprintf("copy%02d.db", i))
		if err := os.WriteFile(aside, image, 0o600); err != nil {
			t.Fatal(err)
		}
		copied := mustOpen(t, aside)
		page, err := copied.View(t.Context(), kv.Range{})
		if err != nil || len(page.Rows) != i+1 {
			t.Fatalf("copy %d: %d rows, %v", i, len(page.Rows), err)
		}
		if err := copied.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func BenchmarkUpdate(b *testing.B) {
	for _, writers := range []int{1, 32, 256} {
		b.Run(fmt.Sprintf("writers=%d", writers), func(b *testing.B) {
			db := mustOpen(b, filepath.Join(b.TempDir(), "desk.db"))
			work := make(chan int)
			var all sync.WaitGroup
			for range writers {
				all.Go(func() {
					for i := range work {
						err := db.Update(b.Context(), func(tx kv.Tx) error {
							return tx.Put(fmt.Sprintf("k%09d", i), []byte("value"))
						})
						if err != nil {
							b.Error(err)
						}
					}
				})
			}
			i := 0
			for b.Loop() {
				work <- i
				i++
			}
			close(work)
			all.Wait()
		})
	}
}
