package kvtest

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"partnerdesk/data/kv"
)

// model is what a store is without its disk: a map.
type model map[string]string

func (m model) keys(r kv.Range) []string {
	var out []string
	for _, key := range slices.Sorted(maps.Keys(m)) {
		if strings.HasPrefix(key, r.Prefix) && (r.After == "" || key > r.After) && (r.Until == "" || key < r.Until) {
			out = append(out, key)
		}
	}
	return out
}

// testModel does random things to the store and to the map and compares them.
func testModel(t *testing.T, open Opener) {
	dir := t.TempDir()
	db := Twice(t, open(t, dir))
	defer func() { closeDB(t, db) }()
	key := rapid.StringOfN(rapid.RuneFrom([]rune("ab/")), 1, 3, -1)
	bound := rapid.StringOfN(rapid.RuneFrom([]rune("ab/")), 0, 3, -1)
	rapid.Check(t, func(rt *rapid.T) {
		rows := model{}
		for _, k := range keys(t, db, kv.Range{}) {
			rows[k] = get(t, db, k)
		}
		reopens := 0
		rt.Repeat(map[string]func(*rapid.T){
			"update": func(rt *rapid.T) {
				type step struct{ do, key, value string }
				steps := rapid.SliceOfN(rapid.Custom(func(rt *rapid.T) step {
					return step{rapid.SampledFrom([]string{"get", "put", "delete"}).Draw(rt, "do"),
						key.Draw(rt, "key"), rapid.StringN(0, 3, -1).Draw(rt, "value")}
				}), 0, 6).Draw(rt, "steps")
				fails := rapid.Bool().Draw(rt, "fails")
				var after model
				err := db.Update(t.Context(), func(tx kv.Tx) error {
					after = maps.Clone(rows)
					for _, s := range steps {
						switch s.do {
						case "put":
							after[s.key] = s.value
							if err := tx.Put(s.key, []byte(s.value)); err != nil {
								return err
							}
						case "delete":
							delete(after, s.key)
							if err := tx.Delete(s.key); err != nil {
								return err
							}
						default:
							value, ok, err := tx.Get(s.key)
							if err != nil {
								return err
							}
							if want, there := after[s.key]; ok != there || string(value) != want {
								rt.Errorf("in the transaction %q is %q, %v, want %q, %v", s.key, value, ok, want, there)
							}
						}
					}
					if fails {
						return errRefused
					}
					return nil
				})
				switch {
				case fails && err != errRefused:
					rt.Fatalf("got %v, want %v", err, errRefused)
				case !fails && err != nil:
					rt.Fatal(err)
				case !fails:
					rows = after
				}
			},
			"view": func(rt *rapid.T) {
				r := kv.Range{Prefix: bound.Draw(rt, "prefix"), After: bound.Draw(rt, "after"),
					Until: bound.Draw(rt, "until"), Limit: rapid.IntRange(1, 5).Draw(rt, "limit")}
				if got, want := keys(t, db, r), rows.keys(r); !slices.Equal(got, want) {
					rt.Errorf("%+v: got %q, want %q", r, got, want)
				}
			},
			"reopen": func(rt *rapid.T) {
				if reopens++; reopens > 1 {
					rt.Skip("once is enough")
				}
				closeDB(t, db)
				db = Twice(t, open(t, dir))
			},
			"": func(rt *rapid.T) {
				if got, want := keys(t, db, kv.Range{}), rows.keys(kv.Range{}); !slices.Equal(got, want) {
					rt.Fatalf("got %q, want %q", got, want)
				}
				for k, want := range rows {
					if got := get(t, db, k); got != want {
						rt.Fatalf("%q: got %q, want %q", k, got, want)
					}
				}
			},
		})
	})
}
