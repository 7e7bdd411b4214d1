package kvtest_test

import (
	"errors"
	"path/filepath"
	"testing"

	"partnerdesk/data/kv"
	"partnerdesk/data/kv/bolt"
	"partnerdesk/data/kv/kvtest"
)

// faults counts what is reported in place of failing the test.
type faults struct {
	testing.TB
	n int
}

func (f *faults) Errorf(string, ...any) { f.n++ }

func TestTwice(t *testing.T) {
	file, err := bolt.Open(filepath.Join(t.TempDir(), "desk.db"), bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	runs := 0
	for _, c := range []struct {
		name string
		fn   func(kv.Tx) error
		want int
	}{
		{"the same both times", func(tx kv.Tx) error { return tx.Put("a", []byte("1")) }, 0},
		{"an error both times", func(tx kv.Tx) error { return errors.New("no") }, 0},
		{"another value", func(tx kv.Tx) error { runs++; return tx.Put("a", []byte{byte(runs)}) }, 1},
		{"another key", func(tx kv.Tx) error { runs++; return tx.Delete(string(rune('a' + runs))) }, 1},
		{"an error the second time", func(tx kv.Tx) error {
			if runs++; runs%2 == 0 {
				return errors.New("no")
			}
			return nil
		}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			runs = 0
			f := &faults{TB: t}
			_ = kvtest.Twice(f, file).Update(t.Context(), c.fn)
			if f.n != c.want {
				t.Errorf("reported %d faults, want %d", f.n, c.want)
			}
		})
	}
}
