// Package kvtest is the conformance suite of package kv: an engine keeps the
// contract when Run passes. It also offers Twice, with which any package that
// writes rows proves that its closures may run more than once.
package kvtest

import (
	"testing"

	"partnerdesk/data/kv"
)

// Opener opens a store of the engine under test in dir. Opening the same dir
// again after a Close finds the rows of before. The suite closes what it opens.
type Opener func(t testing.TB, dir string) kv.DB

// Run holds an engine to the contract. Every closure in it runs twice.
func Run(t *testing.T, open Opener) {
	fresh := func(t *testing.T) kv.DB {
		t.Helper()
		db := Twice(t, open(t, t.TempDir()))
		t.Cleanup(func() { closeDB(t, db) })
		return db
	}
	for _, group := range []struct {
		name  string
		cases []testCase
	}{
		{"rows", rowCases},
		{"limits", limitCases},
		{"pages", pageCases},
		{"concurrency", concurrencyCases},
		{"watch", watchCases},
		{"lead", leadCases},
	} {
		t.Run(group.name, func(t *testing.T) {
			for _, c := range group.cases {
				t.Run(c.name, func(t *testing.T) { c.run(t, fresh(t)) })
			}
		})
	}
	t.Run("reopening", func(t *testing.T) { testReopen(t, open) })
	t.Run("closing", func(t *testing.T) { testClosed(t, open) })
	t.Run("model", func(t *testing.T) { testModel(t, open) })
}

type testCase struct {
	name string
	run  func(t *testing.T, db kv.DB)
}

func closeDB(t testing.TB, db kv.DB) {
	t.Helper()
	if err := db.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
}

// put writes rows given as key, value, key, value…
func put(t testing.TB, db kv.DB, pairs ...string) {
	t.Helper()
	for i := 0; i < len(pairs); i += 2 * kv.MaxKeys {
		chunk := pairs[i:min(i+2*kv.MaxKeys, len(pairs))]
		err := db.Update(t.Context(), func(tx kv.Tx) error {
			for i := 0; i < len(chunk); i += 2 {
				if err := tx.Put(chunk[i], []byte(chunk[i+1])); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatalf("put: %v", err)
		}
	}
}

// want checks one row; "-" stands for absent.
func want(t testing.TB, db kv.DB, key, value string) {
	t.Helper()
	if got := get(t, db, key); got != value {
		t.Errorf("%s: got %q, want %q", key, got, value)
	}
}

func get(t testing.TB, db kv.DB, key string) string {
	t.Helper()
	value, ok, err := db.Get(t.Context(), key)
	if err != nil {
		t.Fatalf("get %q: %v", key, err)
	}
	if !ok {
		return "-"
	}
	return string(value)
}

func keys(t testing.TB, db kv.DB, r kv.Range) []string {
	t.Helper()
	var out []string
	for row, err := range kv.All(t.Context(), db, r) {
		if err != nil {
			t.Fatalf("view %+v: %v", r, err)
		}
		out = append(out, row.Key)
	}
	return out
}
