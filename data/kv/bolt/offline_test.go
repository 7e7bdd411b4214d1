package bolt_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"partnerdesk/data/kv"
	"partnerdesk/data/kv/bolt"
)

func TestCompactFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "desk.db")
	db, err := bolt.Open(path, bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 20 {
		err := db.Update(t.Context(), func(tx kv.Tx) error { return tx.Put(fmt.Sprintf("k%02d", i), make([]byte, 90<<10)) })
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := bolt.CompactFile(path, bolt.Options{Timeout: 10 * time.Millisecond}); !errors.Is(err, bolt.ErrLocked) {
		t.Errorf("an open one: got %v, want %v", err, bolt.ErrLocked)
	}
	for i := range 8 {
		err := db.Update(t.Context(), func(tx kv.Tx) error { return tx.Delete(fmt.Sprintf("k%02d", i)) })
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	before, after, err := bolt.CompactFile(path, bolt.Options{})
	if err != nil || after >= before {
		t.Errorf("before %d, after %d, %v", before, after, err)
	}
	if db, err = bolt.Open(path, bolt.Options{}); err != nil {
		t.Fatal(err)
	}
	page, err := db.View(t.Context(), kv.Range{})
	if err := errors.Join(err, db.Close()); err != nil || len(page.Rows) != 12 {
		t.Errorf("%d rows, %v", len(page.Rows), err)
	}
}
