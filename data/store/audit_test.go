package store_test

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"partnerdesk/bot"
	"partnerdesk/data/kv"
	"partnerdesk/data/store"
)

const stream = "refusal/T1/U1/2026-11-20"

func audited(t testing.TB, d *desk, n int) {
	t.Helper()
	for i := range n {
		d.do(t, func(tx bot.Tx) error {
			return tx.Audit(bot.Entry{Stream: stream, Person: bot.PersonID{Team: "T1", User: "U1"}, Account: bot.Reseller("7"),
				Action: "balance", Object: fmt.Sprint(i), Outcome: "refused", At: noon, Facts: map[string]string{"reason": "role", "n": fmt.Sprint(i)}})
		})
	}
}

func TestAudit(t *testing.T) {
	d := newDesk(t)
	if list, err := d.Audited(t.Context(), "T1", stream); err != nil || len(list) != 0 {
		t.Errorf("an empty stream: %v, %v", list, err)
	}
	audited(t, d, 2)
	d = d.reopen(t)
	audited(t, d, 1)
	list, err := d.Audited(t.Context(), "T1", stream)
	if err != nil || len(list) != 3 {
		t.Fatalf("got %d, %v, want 3", len(list), err)
	}
	want := bot.Entry{Stream: stream, Person: bot.PersonID{Team: "T1", User: "U1"}, Account: bot.Reseller("7"), Action: "balance",
		Object: "1", Outcome: "refused", At: noon, Facts: map[string]string{"reason": "role", "n": "1"}}
	if !reflect.DeepEqual(list[1], want) {
		t.Errorf("got %+v, want %+v", list[1], want)
	}
}

func TestAudit_ErasedPersonKeepsTheChain(t *testing.T) {
	d := newDesk(t)
	audited(t, d, 2)
	ok(t, d.db.Update(t.Context(), func(tx kv.Tx) error {
		return tx.Delete(d.rows(t, "audit-actor")[0])
	}))
	list, err := d.Audited(t.Context(), "T1", stream)
	if err != nil || list[0].Person.User != "" || list[1].Person.User != "U1" {
		t.Errorf("got %+v, %v", list, err)
	}
	// The entry itself says nothing of who it was.
	raw, _, err := d.db.Get(t.Context(), d.rows(t, "audit")[0])
	if err != nil || strings.Contains(string(raw), "U1") {
		t.Errorf("got %s, %v", raw, err)
	}
}

func TestAudit_BrokenStream(t *testing.T) {
	for _, c := range []struct {
		name   string
		tamper func(tx kv.Tx, entries, actors []string) error
	}{
		{"an outcome changed", func(tx kv.Tx, entries, _ []string) error {
			value, _, err := tx.Get(entries[1])
			return errors.Join(err, tx.Put(entries[1], []byte(strings.Replace(string(value), "refused", "ok", 1))))
		}},
		{"one in the middle gone", func(tx kv.Tx, entries, _ []string) error { return tx.Delete(entries[1]) }},
		{"the last one gone", func(tx kv.Tx, entries, _ []string) error { return tx.Delete(entries[2]) }},
		{"two exchanged", func(tx kv.Tx, entries, _ []string) error {
			a, _, errA := tx.Get(entries[0])
			b, _, errB := tx.Get(entries[1])
			return errors.Join(errA, errB, tx.Put(entries[0], b), tx.Put(entries[1], a))
		}},
		{"not JSON", func(tx kv.Tx, entries, _ []string) error { return tx.Put(entries[0], []byte("{")) }},
		{"another person", func(tx kv.Tx, _, actors []string) error {
			value, _, err := tx.Get(actors[0])
			return errors.Join(err, tx.Put(actors[0], []byte(strings.Replace(string(value), "U1", "U2", 1))))
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t)
			audited(t, d, 3)
			entries, actors := d.rows(t, "audit"), d.rows(t, "audit-actor")
			ok(t, d.db.Update(t.Context(), func(tx kv.Tx) error { return c.tamper(tx, entries, actors) }))
			if _, err := d.Audited(t.Context(), "T1", stream); !errors.Is(err, store.ErrBroken) {
				t.Errorf("got %v, want %v", err, store.ErrBroken)
			}
		})
	}
}
