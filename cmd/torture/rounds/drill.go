package rounds

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"partnerdesk/bot/lang"
	"partnerdesk/bot/slacksim"
	"partnerdesk/cmd/desk"
	"partnerdesk/data"
	"partnerdesk/data/backup"
	"partnerdesk/data/kv/bolt"
	"partnerdesk/data/store"
)

// What an operator does meanwhile: looks at the running desk, makes backups while people talk to it and it is killed,
// and restores them.

// config is how a desk is administered whose files lie in a directory.
func (t *runner) config(dir string) (desk.Config, desk.Parts, error) {
	catalog, err := data.Messages()
	if err != nil {
		return desk.Config{}, desk.Parts{}, err
	}
	env := map[string]string{}
	for _, line := range t.town.env(dir, slacksim.TransportHTTP) {
		name, value, _ := strings.Cut(line, "=")
		env[name] = value
	}
	parts := desk.Parts{Catalog: catalog, Log: slog.New(slog.NewTextHandler(t.log, nil)), Now: t.town.clock.Now}
	c, err := desk.Load(desk.Input{Getenv: func(name string) string { return env[name] }, File: env[envFile], Words: catalog.In(lang.English)})
	return c, parts, err
}

// backup makes one of the running desk, which may die meanwhile: then there is none, and nothing that looks like one.
func (t *runner) backup(ctx context.Context, round int) error {
	c, parts, err := t.config(t.dir)
	if err != nil {
		return err
	}
	a, err := desk.OpenAdmin(ctx, c, parts)
	if err != nil {
		return nil // nobody runs, or it is just going
	}
	defer func() { _ = a.Close() }()
	if !a.Running {
		return nil
	}
	if err := os.MkdirAll(filepath.Join(t.dir, "backups"), 0o700); err != nil {
		return err
	}
	file := filepath.Join(t.dir, "backups", fmt.Sprintf("round-%d.tar.gz", round))
	_, _, err = a.Backup(ctx, file, nil, parts.Now())
	_, missing := os.Stat(file)
	switch {
	case errors.Is(err, backup.ErrUnverified):
		t.report.fault("backup", err.Error())
	case err == nil && missing == nil:
		t.saved = append(t.saved, file)
	case err == nil, missing == nil:
		t.report.fault("backup", fmt.Sprintf("%v, and the file: %v", err, missing))
	}
	return nil
}

// ask asks the running desk all that an operator can, into a file that is read for secrets afterwards.
func (t *runner) ask(ctx context.Context) error {
	c, parts, err := t.config(t.dir)
	if err != nil {
		return err
	}
	a, err := desk.OpenAdmin(ctx, c, parts)
	if err != nil {
		return fmt.Errorf("administration: %w", err)
	}
	defer func() { _ = a.Close() }()
	f, err := os.Create(filepath.Join(t.dir, "admin.log"))
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // what was written is read again
	for _, q := range []struct {
		method, path string
		query        url.Values
	}{
		{"GET", "/db/stats", nil}, {"POST", "/db/check", nil}, {"GET", "/inbox", nil}, {"GET", "/outbox", nil}, {"GET", "/jobs", nil},
		{"GET", "/access", url.Values{"user": {team + "/" + supporter}, "what": {"/ticket"}}}, {"GET", "/audit/streams", nil}, {"GET", "/audit/entries", nil}, {"GET", "/audit/key", nil},
	} {
		resp, err := a.Do(ctx, q.method, q.path, q.query, "", nil)
		if err != nil {
			return fmt.Errorf("%s %s: %w", q.method, q.path, err)
		}
		_, _ = fmt.Fprintln(f, q.method, q.path) // a file that cannot be written fails the next line
		_, err = io.Copy(f, resp.Body)
		if err := errors.Join(err, resp.Body.Close()); err != nil {
			return fmt.Errorf("%s %s: %w", q.method, q.path, err)
		}
	}
	return nil
}

// drill restores the latest backups, looks at them, and starts a desk on the last one: it is in quarantine and says
// nothing to anybody.
func (t *runner) drill(ctx context.Context) error {
	for _, file := range t.saved[max(0, len(t.saved)-3):] {
		if err := t.restore(ctx, file, file == t.saved[len(t.saved)-1]); err != nil {
			return fmt.Errorf("restore %s: %w", filepath.Base(file), err)
		}
		t.report.Restores++
	}
	return nil
}

func (t *runner) restore(ctx context.Context, file string, start bool) error {
	dir := filepath.Join(t.dir, "restored-"+strings.TrimSuffix(filepath.Base(file), ".tar.gz"))
	if err := prepare(dir); err != nil {
		return err
	}
	for _, name := range []string{"audit.key", "witness.jsonl"} { // of the machine, not of the backup
		raw, err := os.ReadFile(filepath.Join(t.dir, name))
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name), raw, 0o600)
		}
		if err != nil {
			return err
		}
	}
	c, parts, err := t.config(dir)
	if err != nil {
		return err
	}
	if _, err := desk.Restore(ctx, c, parts, file, "", false); err != nil {
		return err
	}
	if err := t.quarantined(ctx, dir); err != nil || !start {
		return err
	}
	said, done := t.books.said(), t.done()
	p, err := run(nil, t.town.env(dir, slacksim.TransportHTTP), t.log)
	if err != nil {
		return err
	}
	within, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	if err := p.await(within); err != nil {
		p.kill()
		return err
	}
	sleep(ctx, 5*time.Second)
	if err := p.stop(20 * time.Second); err != nil {
		t.report.fault("restored", err.Error())
	}
	if now := t.books.said(); now != said {
		t.report.fault("restored", fmt.Sprintf("a desk in quarantine posted %d messages", now-said))
	}
	if now := t.done(); now != done {
		t.report.fault("restored", fmt.Sprintf("a desk in quarantine changed %d things at the partner center", now-done))
	}
	return t.quarantined(ctx, dir)
}

// done counts what took effect at the partner center.
func (t *runner) done() int {
	n := 0
	for _, c := range t.town.world.Calls() {
		if c.Effect {
			n++
		}
	}
	return n
}

// quarantined opens a restored store: it must be whole, proven, and in quarantine.
func (t *runner) quarantined(ctx context.Context, dir string) error {
	db, err := bolt.Open(filepath.Join(dir, "data", databaseName), bolt.Options{})
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	if err := db.Check(ctx); err != nil {
		t.report.fault("restored", err.Error())
	}
	s, err := store.View(ctx, db, store.Options{})
	if err != nil {
		return err
	}
	if _, is, err := s.Quarantined(ctx); err != nil || !is {
		t.report.fault("restored", fmt.Sprintf("in quarantine: %v, %v", is, err))
	}
	return t.verify(ctx, s, dir)
}
