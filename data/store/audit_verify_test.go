package store_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"partnerdesk/bot"
	"partnerdesk/data/kv"
	"partnerdesk/data/store"
)

var secret = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))

func signer() store.Signer {
	return store.Signer{Key: "k1", Sign: func(message []byte) []byte { return ed25519.Sign(secret, message) }}
}

func trusted() map[string]ed25519.PublicKey {
	return map[string]ed25519.PublicKey{"k1": secret.Public().(ed25519.PublicKey)}
}

// seal seals what is open and returns the lines for the witness.
func seal(t testing.TB, d *desk) []byte {
	t.Helper()
	var lines []byte
	for {
		s, more, err := d.Seal(t.Context(), signer(), noon, nil)
		if err != nil {
			t.Fatal(err)
		}
		if !more {
			return lines
		}
		lines = append(append(lines, s.Line()...), '\n')
	}
}

func verify(t testing.TB, d *desk, witness []byte) store.Verified {
	t.Helper()
	o := store.VerifyOptions{Keys: trusted()}
	if witness != nil {
		o.Witness = bytes.NewReader(witness)
	}
	v, err := d.Verify(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// history is a log of a few streams, sealed twice, with one entry behind the
// last seal.
func history(t testing.TB, d *desk) (witness []byte) {
	t.Helper()
	audited(t, d, 3)
	other := func(n int) {
		d.do(t, func(tx bot.Tx) error {
			return tx.Audit(bot.Entry{Stream: "desk/config", Action: "config", Object: fmt.Sprint(n), Outcome: "ok", At: noon})
		})
	}
	other(1)
	witness = seal(t, d)
	audited(t, d, 2)
	other(2)
	witness = append(witness, seal(t, d)...)
	other(3)
	return witness
}

func whats(v store.Verified) []string {
	var list []string
	for _, f := range v.Findings {
		list = append(list, f.What)
	}
	return list
}

func TestVerify_WholeLog(t *testing.T) {
	d := newDesk(t)
	if v := verify(t, d, nil); !v.OK() || v.Entries != 0 {
		t.Errorf("an empty log: %+v", v)
	}
	witness := history(t, d)
	v := verify(t, d, witness)
	if !v.OK() || v.Streams != 2 || v.Entries != 8 || v.Seals != 2 || v.Unsealed != 1 || v.Proven != 2 || v.Lines != 2 || v.Later != 0 {
		t.Errorf("got %+v", v)
	}
	if !v.ProvenAt.Equal(noon) {
		t.Errorf("proven at %v", v.ProvenAt)
	}
	seal(t, d)
	if v := verify(t, d.reopen(t), witness); !v.OK() || v.Later != 1 || v.Unsealed != 0 {
		t.Errorf("one seal later: %+v", v)
	}
}

// auditRows are the families a verification answers for.
var auditRows = []string{"audit", "audit-actor", "audit-head", "audit-open", "seal", "seal-head"}

// Every row that goes, and every byte that is another, is found.
func TestVerify_EveryRowAndByte(t *testing.T) {
	d := newDesk(t)
	witness := history(t, d)
	step := 1
	if testing.Short() {
		step = 11
	}
	check := func(name, k string, value []byte) {
		t.Helper()
		other, err := store.View(t.Context(), lens{d.db, k, value}, store.Options{})
		ok(t, err)
		v, err := other.Verify(t.Context(), store.VerifyOptions{Keys: trusted(), Witness: bytes.NewReader(witness)})
		if err != nil || v.OK() {
			t.Errorf("%s of %s was not found (%v): %s", name, k, err, value)
		}
	}
	for _, family := range auditRows {
		for _, k := range d.rows(t, family) {
			check("the loss", k, nil)
			value, _, err := d.db.Get(t.Context(), k)
			ok(t, err)
			for at := 0; at < len(value); at += step {
				changed := slices.Clone(value)
				changed[at] ^= 1
				check(fmt.Sprintf("byte %d", at), k, changed)
			}
		}
	}
}

// lens is a store in which one row is another, or gone.
type lens struct {
	kv.DB
	key   string
	value []byte // nil: gone
}

func (l lens) Get(ctx context.Context, key string) ([]byte, bool, error) {
	if key == l.key {
		return slices.Clone(l.value), l.value != nil, nil
	}
	return l.DB.Get(ctx, key)
}

func (l lens) View(ctx context.Context, r kv.Range) (kv.Page, error) {
	page, err := l.DB.View(ctx, r)
	i := slices.IndexFunc(page.Rows, func(row kv.Row) bool { return row.Key == l.key })
	switch {
	case i < 0:
	case l.value != nil:
		page.Rows[i].Value = slices.Clone(l.value)
	case len(page.Rows) == 1 && page.Next != "":
		r.After = page.Next
		return l.View(ctx, r)
	default:
		page.Rows = slices.Delete(page.Rows, i, i+1)
	}
	return page, err
}

// A witness of which a line was changed, dropped from the middle or exchanged.
func TestVerify_Witness(t *testing.T) {
	d := newDesk(t)
	witness := history(t, d)
	witness = append(witness, seal(t, d)...)
	lines := bytes.SplitAfter(witness, []byte("\n"))[:3]
	for _, c := range []struct {
		name    string
		witness []byte
		want    string // empty: nothing wrong
		proven  uint64
	}{
		{"whole", witness, "", 3},
		{"older", slices.Concat(lines[0], lines[1]), "", 2},
		{"begins later", slices.Concat(lines[1], lines[2]), "", 3},
		{"a line twice", slices.Concat(lines[0], lines[0], lines[1], lines[2]), "", 3},
		{"empty", []byte{}, "", 0},
		{"a gap", slices.Concat(lines[0], lines[2]), "witness_gap", 3},
		{"turned round", slices.Concat(lines[1], lines[0]), "witness_gap", 0},
		{"a line torn and written again", slices.Concat(lines[0], lines[1][:40], []byte("\n"), lines[1], lines[2]), "", 3},
		{"half a line", witness[:len(witness)-9], "witness_line", 2},
		{"another byte", bytes.Replace(witness, []byte(`number\":2`), []byte(`number\":7`), 1), "seal_signature", 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := verify(t, d, c.witness)
			if got := strings.Join(whats(v), " "); c.want == "" && got != "" || !strings.Contains(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
			if c.want == "" && v.Proven != c.proven {
				t.Errorf("proven %d, want %d", v.Proven, c.proven)
			}
		})
	}
}

// Somebody who writes the whole file can make a log that is right in itself:
// here, one of which everything after the first seal never happened. Only the
// witness knows.
func TestVerify_TailCutWithCare(t *testing.T) {
	d := newDesk(t)
	audited(t, d, 2)
	witness := seal(t, d)
	before := map[string][]byte{}
	for _, k := range d.rows(t, "") {
		before[k], _, _ = d.db.Get(t.Context(), k)
	}
	audited(t, d, 2)
	witness = append(witness, seal(t, d)...)
	for _, k := range d.rows(t, "") {
		ok(t, d.db.Update(t.Context(), func(tx kv.Tx) error {
			if v, kept := before[k]; kept {
				return tx.Put(k, v)
			}
			return tx.Delete(k)
		}))
	}
	if v := verify(t, d, nil); !v.OK() || v.Entries != 2 {
		t.Errorf("without a witness: %+v", v)
	}
	if v := verify(t, d, witness); v.OK() || whats(v)[0] != "witness_ahead" || v.Proven != 1 {
		t.Errorf("with the witness: %+v", v)
	}
}

// A restore says so in the chain of seals, so that the witness stays usable.
func TestVerify_Restored(t *testing.T) {
	d := newDesk(t)
	audited(t, d, 2)
	witness := seal(t, d)
	copied := map[string][]byte{}
	for _, k := range d.rows(t, "") {
		copied[k], _, _ = d.db.Get(t.Context(), k)
	}
	audited(t, d, 1)
	witness = append(witness, seal(t, d)...)
	audited(t, d, 1)
	witness = append(witness, seal(t, d)...)

	r := newDesk(t)
	for k, v := range copied {
		ok(t, r.db.Update(t.Context(), func(tx kv.Tx) error { return tx.Put(k, v) }))
	}
	ok(t, r.Isolate(t.Context(), store.Quarantine{Since: noon, Backup: noon.Add(-day), File: "b.tar.gz", By: "os:root"}))
	if q, held, err := r.Quarantined(t.Context()); err != nil || !held || q.File != "b.tar.gz" {
		t.Errorf("quarantine: %+v, %v, %v", q, held, err)
	}
	audited(t, r, 1)
	witness = append(witness, seal(t, r)...)
	audited(t, r, 1)
	witness = append(witness, seal(t, r)...)
	v := verify(t, r, witness)
	if !v.OK() || v.SetAside != 2 || v.Proven != 3 {
		t.Errorf("got %+v", v)
	}
	ok(t, r.Release(t.Context()))
	if _, held, err := r.Quarantined(t.Context()); err != nil || held {
		t.Errorf("still in quarantine: %v, %v", held, err)
	}
}

func TestVerify_UnknownKey(t *testing.T) {
	d := newDesk(t)
	history(t, d)
	v, err := d.Verify(t.Context(), store.VerifyOptions{})
	if err != nil || v.Faults != 2 || v.Findings[0].What != "seal_key" {
		t.Errorf("got %+v, %v", v, err)
	}
}

// After an erasure nothing names the person, and the log is still whole; a name
// that goes another way is noticed.
func TestVerify_Erased(t *testing.T) {
	d := newDesk(t)
	audited(t, d, 50)
	witness := seal(t, d)
	if n, err := d.Erase(t.Context(), bot.PersonID{Team: "T1", User: "U1"}, operator, noon); err != nil || n != 51 {
		t.Fatalf("got %d, %v", n, err)
	}
	witness = append(witness, seal(t, d)...)
	name := regexp.MustCompile(`\bU1\b`) // in a signature, which is base64, anything can stand
	v := verify(t, d, witness)
	if !v.OK() || v.Nameless != 50 || v.Erased != 50 {
		t.Errorf("got %+v", v)
	}
	for _, k := range d.rows(t, "") {
		value, _, err := d.db.Get(t.Context(), k)
		ok(t, err)
		if name.MatchString(k + string(value)) {
			t.Errorf("%s still says %s", k, value)
		}
	}
	if name.Match(witness) {
		t.Errorf("the witness says %s", witness)
	}
	audited(t, d, 1)
	if v := verify(t, d, witness); !v.OK() {
		t.Errorf("the person is back: %+v", v)
	}
	ok(t, d.db.Update(t.Context(), func(tx kv.Tx) error {
		return tx.Delete(d.rows(t, "audit-actor")[0])
	}))
	if v := verify(t, d, witness); v.OK() || whats(v)[0] != "names" {
		t.Errorf("a name gone unrecorded: %+v", v)
	}
}

func TestSeal_ManyStreams(t *testing.T) {
	d := newDesk(t)
	for i := range 60 {
		d.do(t, func(tx bot.Tx) error {
			return tx.Audit(bot.Entry{Stream: fmt.Sprintf("ticket/%d", i), Person: bot.PersonID{Team: "T1", User: "U1"}, Action: "ticket", At: noon})
		})
	}
	told := 0
	for {
		_, more, err := d.Seal(t.Context(), signer(), noon, func(store.Seal) *bot.Post {
			told++
			p := post("C9", "sealed")
			return &p
		})
		ok(t, err)
		if !more {
			break
		}
	}
	if v := verify(t, d, nil); !v.OK() || v.Seals != 3 || v.Unsealed != 0 {
		t.Errorf("got %+v", v)
	}
	if n := len(d.rows(t, "outbox")); n != 3 || told != 6 { // every closure runs twice
		t.Errorf("%d posts, told %d times", n, told)
	}
}
