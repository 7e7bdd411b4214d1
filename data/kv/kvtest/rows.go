package kvtest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"partnerdesk/data/kv"
)

var errRefused = errors.New("the closure refuses")

var rowCases = []testCase{
	{"an absent row is no error", func(t *testing.T, db kv.DB) {
		want(t, db, "a", "-")
	}},
	{"what is put is there, what is deleted is not", func(t *testing.T, db kv.DB) {
		put(t, db, "a", "1", "b", "2")
		err := db.Update(t.Context(), func(tx kv.Tx) error {
			return errors.Join(tx.Delete("a"), tx.Put("b", []byte("3")), tx.Delete("never"))
		})
		if err != nil {
			t.Fatal(err)
		}
		want(t, db, "a", "-")
		want(t, db, "b", "3")
	}},
	{"an empty value is not an absent one", func(t *testing.T, db kv.DB) {
		put(t, db, "a", "")
		want(t, db, "a", "")
		err := db.Update(t.Context(), func(tx kv.Tx) error {
			if _, ok, err := tx.Get("a"); err != nil || !ok {
				return fmt.Errorf("in the transaction: %v, %v", ok, err)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}},
	{"a transaction reads its own writes", func(t *testing.T, db kv.DB) {
		put(t, db, "a", "1")
		err := db.Update(t.Context(), func(tx kv.Tx) error {
			for _, step := range []struct{ do, want string }{{"", "1"}, {"put", "2"}, {"delete", "-"}, {"put", "2"}} {
				var err error
				switch step.do {
				case "put":
					err = tx.Put("a", []byte("2"))
				case "delete":
					err = tx.Delete("a")
				}
				if err != nil {
					return err
				}
				got := "-"
				if value, ok, err := tx.Get("a"); err != nil {
					return err
				} else if ok {
					got = string(value)
				}
				if got != step.want {
					return fmt.Errorf("after %q: got %q, want %q", step.do, got, step.want)
				}
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
		want(t, db, "a", "2")
	}},
	{"a closure's error comes back and nothing is written", func(t *testing.T, db kv.DB) {
		err := db.Update(t.Context(), func(tx kv.Tx) error {
			if err := tx.Put("a", []byte("1")); err != nil {
				return err
			}
			return errRefused
		})
		if !errors.Is(err, errRefused) {
			t.Errorf("got %v, want %v", err, errRefused)
		}
		want(t, db, "a", "-")
	}},
	{"a panic in a closure reaches its caller and writes nothing", func(t *testing.T, db kv.DB) {
		func() {
			defer func() {
				if r := recover(); r != "boom" {
					t.Errorf("recovered %v, want boom", r)
				}
			}()
			_ = db.Update(t.Context(), func(tx kv.Tx) error {
				if err := tx.Put("a", []byte("1")); err != nil {
					return err
				}
				panic("boom")
			})
		}()
		want(t, db, "a", "-")
		put(t, db, "b", "2") // the store still works
		want(t, db, "b", "2")
	}},
	{"values are copies both ways", func(t *testing.T, db kv.DB) {
		mine := []byte("old")
		err := db.Update(t.Context(), func(tx kv.Tx) error {
			copy(mine, "old")
			if err := tx.Put("a", mine); err != nil {
				return err
			}
			copy(mine, "new")
			got, _, err := tx.Get("a")
			if err != nil {
				return err
			}
			copy(got, "bad")
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		want(t, db, "a", "old")
		page, err := db.View(t.Context(), kv.Range{})
		if err != nil {
			t.Fatal(err)
		}
		copy(page.Rows[0].Value, "bad")
		want(t, db, "a", "old")
	}},
	{"any bytes are a key and a value", func(t *testing.T, db kv.DB) {
		names := []string{"\x00", "a\x00b", "\xff\xfe", "键/值", strings.Repeat("k", kv.MaxKey)}
		for _, name := range names {
			put(t, db, name, name+"\x00")
		}
		for _, name := range names {
			want(t, db, name, name+"\x00")
		}
		slices.Sort(names)
		if got := keys(t, db, kv.Range{}); !slices.Equal(got, names) {
			t.Errorf("order: got %q, want %q", got, names)
		}
	}},
	{"a transaction used after its end fails", func(t *testing.T, db kv.DB) {
		var kept kv.Tx
		err := db.Update(t.Context(), func(tx kv.Tx) error { kept = tx; return nil })
		if err != nil {
			t.Fatal(err)
		}
		_, _, err = kept.Get("a")
		for call, err := range map[string]error{"get": err, "put": kept.Put("a", nil), "delete": kept.Delete("a")} {
			if !errors.Is(err, kv.ErrTxDone) {
				t.Errorf("%s: got %v, want %v", call, err, kv.ErrTxDone)
			}
		}
		want(t, db, "a", "-")
	}},
}

func testReopen(t *testing.T, open Opener) {
	dir := t.TempDir()
	db := Twice(t, open(t, dir))
	put(t, db, "a", "1", "b", "2")
	closeDB(t, db)
	db = Twice(t, open(t, dir))
	defer closeDB(t, db)
	want(t, db, "a", "1")
	want(t, db, "b", "2")
}

func testClosed(t *testing.T, open Opener) {
	db := open(t, t.TempDir())
	hints := db.Watch(t.Context(), "")
	closeDB(t, db)
	closeDB(t, db) // a second time does nothing
	_, _, getErr := db.Get(t.Context(), "a")
	_, viewErr := db.View(t.Context(), kv.Range{})
	updateErr := db.Update(t.Context(), func(kv.Tx) error {
		t.Error("the closure ran")
		return nil
	})
	_, leadErr := db.Lead(t.Context(), "outbox")
	for call, err := range map[string]error{"get": getErr, "view": viewErr, "update": updateErr, "lead": leadErr} {
		if !errors.Is(err, kv.ErrClosed) {
			t.Errorf("%s: got %v, want %v", call, err, kv.ErrClosed)
		}
	}
	for range hints { // ends, because the channel is closed
	}
	for range db.Watch(t.Context(), "") {
	}
}
