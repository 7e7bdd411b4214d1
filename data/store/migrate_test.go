package store_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"partnerdesk/bot"
	"partnerdesk/data/kv"
	"partnerdesk/data/kv/bolt"
	"partnerdesk/data/kv/kvtest"
	"partnerdesk/data/store"
)

// TestMigrate_FilesOfEveryReleasedSchema opens the rows an older program left
// behind. testdata/schema-N.txt is what one wrote that was used for a while: a
// quoted key and a quoted value a line.
func TestMigrate_FilesOfEveryReleasedSchema(t *testing.T) {
	files, err := filepath.Glob("testdata/schema-*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no files", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "desk.db")
			fill(t, path, file)
			d := openDesk(t, path)
			const team = "T0PARTNER1"
			ops, err := d.Operations(t.Context(), team, bot.Operator())
			ok(t, err)
			if len(ops) != 1 || ops[0].ID != "MO-AA3P6" || ops[0].Total() != 24000 {
				t.Errorf("operations %+v", ops)
			}
			tickets, err := d.Tickets(t.Context(), team, bot.Operator())
			ok(t, err)
			if len(tickets) != 1 || tickets[0].ID != "PD-PGVJ" {
				t.Errorf("tickets %+v", tickets)
			}
			opps, err := d.Opportunities(t.Context(), team, bot.Operator())
			ok(t, err)
			if len(opps) != 1 || opps[0].ID != "OP-6CAW" {
				t.Errorf("opportunities %+v", opps)
			}
			deadlines, err := d.Deadlines(t.Context(), team, bot.Operator())
			ok(t, err)
			if len(deadlines) != 18 {
				t.Errorf("%d deadlines, want 18", len(deadlines))
			}
			overlays, err := d.EveryOverlay(t.Context())
			ok(t, err)
			if len(overlays) != 1 || overlays[0].ID != "test-coupon-quota" {
				t.Errorf("overlays %+v", overlays)
			}
			freezes, err := d.Freezes(t.Context(), team)
			ok(t, err)
			if len(freezes) != 1 {
				t.Errorf("freezes %+v", freezes)
			}
			v, err := d.Verify(t.Context(), store.VerifyOptions{AnyKey: true})
			ok(t, err)
			if len(v.Findings) > 0 || v.Entries != 11 {
				t.Errorf("audit: %d entries, findings %v", v.Entries, v.Findings)
			}
			d.do(t, func(tx bot.Tx) error {
				return tx.Audit(bot.Entry{Stream: "operation/MO-AA3P6", Person: bot.PersonID{Team: team, User: "U1"}, Action: "see", At: noon})
			})
			// Long after, everything that has an end goes.
			for n := 1; n > 0; {
				n, err = d.Sweep(t.Context(), noon.Add(3000*day), 100)
				ok(t, err)
			}
			if left := d.rows(t, "expiry"); len(left) > 0 {
				t.Errorf("%d rows never expire, one is %s", len(left), left[0])
			}
		})
	}
}

// fill makes a store of a dump.
func fill(t *testing.T, path, dump string) {
	t.Helper()
	text, err := os.ReadFile(dump)
	ok(t, err)
	db, err := bolt.Open(path, bolt.Options{})
	ok(t, err)
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		k, v, found := strings.Cut(lines.Text(), "\t")
		key, err := strconv.Unquote(k)
		value, verr := strconv.Unquote(v)
		if !found || err != nil || verr != nil {
			t.Fatalf("%s: %q", dump, lines.Text())
		}
		ok(t, db.Update(t.Context(), func(tx kv.Tx) error { return tx.Put(key, []byte(value)) }))
	}
	ok(t, db.Close())
}

// twoSteps adds one to every row of a, then moves them all to b: neither may
// happen twice to a row.
func twoSteps() []store.Migration {
	return []store.Migration{
		{To: 3, Prefix: "a/", Row: func(tx kv.Tx, key string, value []byte) error {
			return errors.Join(tx.Put("b/"+key[2:], value), tx.Delete(key))
		}},
		{To: 2, Prefix: "a/", Row: func(tx kv.Tx, key string, value []byte) error {
			n, err := strconv.Atoi(string(value))
			return errors.Join(err, tx.Put(key, []byte(strconv.Itoa(n+1))))
		}},
	}
}

func TestMigrate_KilledAtAnyCommit(t *testing.T) {
	const rows = 50
	for k := 1; ; k++ {
		died := false
		for _, before := range []bool{true, false} {
			db := oldRows(t, rows)
			died = diesIn(func() { ok(t, store.Migrate(t.Context(), &mortal{DB: db, left: k, before: before}, 3, twoSteps())) })
			ok(t, store.Migrate(t.Context(), db, 3, twoSteps()))
			for i := range rows {
				value, _, err := db.Get(t.Context(), fmt.Sprintf("b/%03d", i))
				ok(t, err)
				if string(value) != strconv.Itoa(i+1) {
					t.Fatalf("killed at commit %d (before: %v): row %d is %q", k, before, i, value)
				}
			}
			page, err := db.View(t.Context(), kv.Range{Prefix: "a/"})
			ok(t, err)
			if len(page.Rows) > 0 {
				t.Fatalf("killed at commit %d (before: %v): %d rows stayed", k, before, len(page.Rows))
			}
		}
		if !died { // k is beyond the last commit
			if k < 8 {
				t.Errorf("only %d commits", k)
			}
			return
		}
	}
}

// oldRows is a store of schema 1 with n numbered rows.
func oldRows(t *testing.T, n int) kv.DB {
	t.Helper()
	file, err := bolt.Open(filepath.Join(t.TempDir(), "desk.db"), bolt.Options{})
	ok(t, err)
	t.Cleanup(func() { _ = file.Close() })
	db := kvtest.Twice(t, file)
	ok(t, db.Update(t.Context(), func(tx kv.Tx) error {
		err := tx.Put("schema/-", []byte(`{"v":1,"schema":1,"later":"kept"}`))
		for i := range n {
			err = errors.Join(err, tx.Put(fmt.Sprintf("a/%03d", i), []byte(strconv.Itoa(i))))
		}
		return err
	}))
	return db
}

func TestMigrate_Refusals(t *testing.T) {
	broken := errors.New("broken")
	for name, c := range map[string]struct {
		target int
		steps  []store.Migration
		want   error
	}{
		"rows of a newer program": {0, nil, store.ErrNewer},
		"a step nobody wrote":     {2, nil, store.ErrNoMigration},
		"a step that fails": {2, []store.Migration{{To: 2, Prefix: "a/", Row: func(kv.Tx, string, []byte) error { return broken }}},
			broken},
	} {
		t.Run(name, func(t *testing.T) {
			db := oldRows(t, 3)
			before := dump(t, db)
			if err := store.Migrate(t.Context(), db, c.target, c.steps); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
			if now := dump(t, db); now != before {
				t.Errorf("changed from %s to %s", before, now)
			}
		})
	}
}

func dump(t *testing.T, db kv.DB) string {
	t.Helper()
	var b strings.Builder
	for row, err := range kv.All(t.Context(), db, kv.Range{}) {
		ok(t, err)
		fmt.Fprintf(&b, "%s=%s ", row.Key, row.Value)
	}
	return b.String()
}
