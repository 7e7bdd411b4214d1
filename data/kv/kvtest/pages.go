package kvtest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"partnerdesk/data/kv"
)

var pageCases = []testCase{
	{"an empty store is one empty page", func(t *testing.T, db kv.DB) {
		page, err := db.View(t.Context(), kv.Range{Prefix: "a"})
		if err != nil || len(page.Rows) != 0 || page.Next != "" {
			t.Errorf("got %+v, %v", page, err)
		}
	}},
	{"ranges", func(t *testing.T, db kv.DB) {
		put(t, db, "a", "", "b", "", "b/1", "", "b/2", "", "b/3", "", "b0", "", "c", "")
		for _, c := range []struct {
			name string
			r    kv.Range
			want string
		}{
			{"all", kv.Range{}, "a b b/1 b/2 b/3 b0 c"},
			{"prefix", kv.Range{Prefix: "b/"}, "b/1 b/2 b/3"},
			{"prefix that is a row", kv.Range{Prefix: "b"}, "b b/1 b/2 b/3 b0"},
			{"prefix nobody has", kv.Range{Prefix: "x"}, ""},
			{"after a row", kv.Range{Prefix: "b/", After: "b/1"}, "b/2 b/3"},
			{"after the prefix itself", kv.Range{Prefix: "b", After: "b"}, "b/1 b/2 b/3 b0"},
			{"after no row", kv.Range{Prefix: "b/", After: "b/15"}, "b/2 b/3"},
			{"after what is before the prefix", kv.Range{Prefix: "b/", After: "a"}, "b/1 b/2 b/3"},
			{"after what is behind the prefix", kv.Range{Prefix: "b/", After: "c"}, ""},
			{"until a row", kv.Range{Prefix: "b/", Until: "b/3"}, "b/1 b/2"},
			{"until no row", kv.Range{Prefix: "b/", Until: "b/25"}, "b/1 b/2"},
			{"until what is before the prefix", kv.Range{Prefix: "b/", Until: "a"}, ""},
			{"between", kv.Range{After: "a", Until: "b/2"}, "b b/1"},
		} {
			t.Run(c.name, func(t *testing.T) {
				for _, limit := range []int{0, 1, 2} {
					c.r.Limit = limit
					if got := strings.Join(keys(t, db, c.r), " "); got != c.want {
						t.Errorf("pages of %d: got %q, want %q", limit, got, c.want)
					}
				}
			})
		}
	}},
	{"a page has the size asked for", func(t *testing.T, db kv.DB) {
		var pairs []string
		for i := range kv.MaxPage + 1 {
			pairs = append(pairs, fmt.Sprintf("k%04d", i), "")
		}
		put(t, db, pairs...)
		for _, c := range []struct{ limit, want int }{
			{0, kv.DefaultPage}, {1, 1}, {7, 7}, {kv.MaxPage + 1, kv.MaxPage},
		} {
			page, err := db.View(t.Context(), kv.Range{Limit: c.limit})
			if err != nil {
				t.Fatal(err)
			}
			if len(page.Rows) != c.want || page.Next != page.Rows[len(page.Rows)-1].Key {
				t.Errorf("limit %d: %d rows, next %q", c.limit, len(page.Rows), page.Next)
			}
		}
		page, err := db.View(t.Context(), kv.Range{After: fmt.Sprintf("k%04d", kv.MaxPage-3), Limit: 3})
		if err != nil || len(page.Rows) != 3 || page.Next != "" {
			t.Errorf("a full last page: %d rows, next %q, %v", len(page.Rows), page.Next, err)
		}
	}},
	{"large values end a page early and lose nothing", func(t *testing.T, db kv.DB) {
		var names []string
		large := strings.Repeat("v", kv.MaxValue)
		for i := range kv.MaxPageBytes/kv.MaxValue + 5 {
			names = append(names, fmt.Sprintf("k%02d", i))
			put(t, db, names[i], large)
		}
		page, err := db.View(t.Context(), kv.Range{})
		if err != nil || len(page.Rows) == len(names) || page.Next == "" {
			t.Errorf("%d rows, next %q, %v", len(page.Rows), page.Next, err)
		}
		if got := keys(t, db, kv.Range{}); !slices.Equal(got, names) {
			t.Errorf("got %q, want %q", got, names)
		}
	}},
	{"a walk that deletes what it sees sees all of it", func(t *testing.T, db kv.DB) {
		var pairs []string
		for i := range 50 {
			pairs = append(pairs, fmt.Sprintf("k%02d", i), "")
		}
		put(t, db, pairs...)
		seen := 0
		for row, err := range kv.All(t.Context(), db, kv.Range{Limit: 7}) {
			if err != nil {
				t.Fatal(err)
			}
			seen++
			if err := db.Update(t.Context(), func(tx kv.Tx) error { return tx.Delete(row.Key) }); err != nil {
				t.Fatal(err)
			}
		}
		if left := keys(t, db, kv.Range{}); seen != 50 || len(left) != 0 {
			t.Errorf("saw %d, left %q", seen, left)
		}
	}},
}
