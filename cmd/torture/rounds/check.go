package rounds

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"partnerdesk/data/kv"
	"partnerdesk/data/kv/bolt"
	"partnerdesk/data/store"
	"partnerdesk/data/witness"
	"partnerdesk/handlers/partner/sandbox"
)

const databaseName = "desk.db"

// glance ends the desk, looks at a copy of its store, and starts the next one.
func (t *runner) glance(ctx context.Context) error {
	t.desk.kill()
	t.report.Kills++
	aside := filepath.Join(t.dir, "copy")
	if err := os.MkdirAll(aside, 0o700); err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(aside) }()
	raw, err := os.ReadFile(filepath.Join(t.dir, "data", databaseName))
	if err != nil {
		return err
	}
	path := filepath.Join(aside, databaseName)
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		return err
	}
	t.report.Glances++
	if err := t.inspect(ctx, path, false); err != nil {
		return err
	}
	return t.raise(ctx, "socket")
}

// judge waits until everything has come to rest, ends the desk and holds what is there against what is promised.
func (t *runner) judge(ctx context.Context) error {
	for _, n := range t.played {
		t.await(ctx, n, t.o.Wait)
	}
	idle, cancel := context.WithTimeout(ctx, 20*time.Second)
	if err := t.town.Idle(idle); err != nil {
		t.report.fault("deliveries", "still under way")
	}
	cancel()
	// Whatever could still be sent twice is looked for 30 s after it was tried.
	rest := time.Duration(float64(40*time.Second)/t.o.Speed) + 3*time.Second
	t.town.world.Forget()
	if slices.ContainsFunc(t.town.world.Calls(), func(c sandbox.Call) bool { return c.Op == "case-create" }) {
		rest = casesRest // somebody may still be looking for what became of it
	}
	sleep(ctx, rest)
	if err := t.ask(ctx); err != nil {
		t.report.fault("administration", err.Error())
	}
	if err := t.desk.stop(20 * time.Second); err != nil {
		t.report.fault("stop", err.Error())
	}
	t.transcript()
	t.report.Backups = len(t.saved)
	if err := t.drill(ctx); err != nil {
		t.report.fault("restore", err.Error())
	}
	if left, err := os.ReadDir(filepath.Join(t.dir, "data", "index")); err == nil && len(left) > 0 {
		t.report.fault("leftover", fmt.Sprintf("%d indexes", len(left)))
	}
	if err := t.inspect(ctx, filepath.Join(t.dir, "data", databaseName), true); err != nil {
		return err
	}
	return t.gossip()
}

// transcript holds the answers against the questions.
func (t *runner) transcript() {
	l, r := t.books, t.report
	l.mu.Lock()
	defer l.mu.Unlock()
	r.Asks, r.Attempts, r.Kinds, r.Apologies = len(l.all), l.deliveries, map[string]int{}, l.apologies
	for _, a := range l.all {
		r.Kinds[a.kind]++
		if !a.acked {
			r.Unheard++
		} else {
			r.Heard++
		}
		switch {
		case a.answered():
		case a.acked:
			r.Unanswered++
			r.Faults = append(r.Faults, fmt.Sprintf("unanswered: round %d, %s of %s in %s (delivery %s)", a.round, a.kind, a.user, a.channel, a.delivery))
		case a.kind == kindMention || a.kind == kindDirect:
			r.Lonely++
		}
		if a.several {
			continue
		}
		if a.returns > 1 || a.returns == 1 && len(a.posts) > 0 {
			r.Doubled++
		}
		if len(a.posts) > 1 {
			r.Twice++
			r.Faults = append(r.Faults, fmt.Sprintf("twice: round %d, %s of %s in %s has %d answers (delivery %s)", a.round, a.kind, a.user, a.channel, len(a.posts), a.delivery))
		}
	}
	for post, n := range l.posts {
		if n > 1 {
			r.Twice++
			r.Faults = append(r.Faults, fmt.Sprintf("twice: post %s stands %d times", post, n))
		}
	}
}

// inspect opens a store that no desk holds. At the end nothing may wait there; in between, something may.
func (t *runner) inspect(ctx context.Context, path string, end bool) error {
	db, err := bolt.Open(path, bolt.Options{})
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	if err := db.Check(ctx); err != nil {
		t.report.fault("database", err.Error())
	}
	s, err := store.View(ctx, db, store.Options{})
	if err != nil {
		return err
	}
	if err := t.verify(ctx, s, t.dir); err != nil {
		return err
	}
	if !end {
		return nil
	}
	letters, err := s.Posts(ctx, 1000)
	if err != nil {
		return err
	}
	for _, l := range letters {
		t.lost(fmt.Sprintf("post %s is %s: %s", l.ID, l.State, l.Reason))
	}
	waiting, err := s.Deliveries(ctx, 1000)
	if err != nil {
		return err
	}
	for _, d := range waiting {
		t.lost(fmt.Sprintf("delivery %s is %s: %s", d.Key, d.State, d.Reason))
	}
	stats, err := db.Stats()
	if err != nil {
		return err
	}
	t.report.FileBytes = stats.Size
	return errors.Join(t.kept(ctx, db), t.chores(ctx, db), t.cases(ctx, s))
}

func (t *runner) lost(what string) {
	t.report.Lost++
	t.report.fault("lost", what)
}

// verify reads the audit log whole, and compares it with its copies outside.
func (t *runner) verify(ctx context.Context, s *store.Store, dir string) error {
	o := store.VerifyOptions{AnyKey: true}
	key, err := witness.LoadKey(filepath.Join(dir, "audit.key"))
	if err == nil {
		o.AnyKey, o.Keys = false, key.Trusted()
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if f, err := os.Open(filepath.Join(dir, "witness.jsonl")); err == nil {
		defer f.Close()
		o.Witness = f
	}
	v, err := s.Verify(ctx, o)
	if err != nil {
		return err
	}
	for _, f := range v.Findings {
		t.report.fault("audit", fmt.Sprintf("%s in %s at %d", f.What, f.Path, f.Number))
	}
	t.report.Entries, t.report.Seals = v.Entries, v.Seals
	return nil
}

// kept looks for the row of every delivery that was acknowledged. Its identity outlives its body.
func (t *runner) kept(ctx context.Context, db kv.DB) error {
	there := map[string]bool{}
	for row, err := range kv.All(ctx, db, kv.Range{Prefix: "inbox/", Limit: kv.MaxPage}) {
		if err != nil {
			return err
		}
		t.report.Inbox++
		id, err := url.PathUnescape(row.Key)
		if err != nil {
			return fmt.Errorf("inbox key %q: %w", row.Key, err)
		}
		for _, part := range strings.Split(id, "/") {
			there[part] = true
		}
	}
	t.books.mu.Lock()
	defer t.books.mu.Unlock()
	for _, a := range t.books.all {
		id := a.delivery
		if a.kind == kindCommand {
			sum := sha256.Sum256([]byte(id))
			id = hex.EncodeToString(sum[:12])
		}
		if a.acked && !there[id] {
			t.lost(fmt.Sprintf("delivery %s of round %d (%s) was acknowledged and has no row", a.delivery, a.round, a.kind))
		}
	}
	return nil
}
