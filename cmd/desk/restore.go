package desk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"time"

	"partnerdesk/bot"
	"partnerdesk/data/backup"
	"partnerdesk/data/kv/bolt"
	"partnerdesk/data/store"
	"partnerdesk/data/witness"
	"partnerdesk/handlers/partner"
)

// Backup makes a backup of what a administers, at a path or in a directory. The
// copy is taken while the desk works, opened, and checked before it is called a
// backup.
func (a *Admin) Backup(ctx context.Context, path string, recipients []string, now time.Time) (string, backup.Manifest, error) {
	var key KeyInfo
	opt := store.VerifyOptions{}
	if err := a.Ask(ctx, http.MethodGet, "/audit/key", nil, &key); err == nil {
		if opt.Keys, err = witness.ParsePublic([]byte(key.Public)); err != nil {
			return "", backup.Manifest{}, err
		}
	} else if user, ok := errors.AsType[*bot.UserError](err); !ok || user.Key != "admin.error.no_key" {
		return "", backup.Manifest{}, err
	}
	atLeast := uint64(0) // the seals that existed before the copy began
	return backup.Create(ctx, path, backup.Options{
		Made: now, Program: build(), Recipients: recipients,
		Copy: func(ctx context.Context, w io.Writer) error {
			resp, err := a.Do(ctx, http.MethodGet, "/backup", nil, "", nil)
			if err != nil {
				return err
			}
			defer func() { _ = resp.Body.Close() }()
			if atLeast, err = strconv.ParseUint(resp.Header.Get("X-Seal"), 10, 64); err != nil {
				return err
			}
			_, err = io.Copy(w, resp.Body)
			return err
		},
		Verify: func(ctx context.Context, file string, m *backup.Manifest) error {
			if err := verifyCopy(ctx, file, opt, m); err != nil {
				return err
			}
			if m.Seal < atLeast {
				return fmt.Errorf("it has %d seals of %d", m.Seal, atLeast)
			}
			return nil
		},
	})
}

// build names this program.
func build() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		return info.Main.Version
	}
	return ""
}

// verifyCopy opens a copy of the store and fills in what it holds. An error
// means that it is not whole.
func verifyCopy(ctx context.Context, file string, opt store.VerifyOptions, m *backup.Manifest) error {
	db, err := bolt.Open(file, bolt.Options{ReadOnly: true})
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }() // read only
	if err := db.Check(ctx); err != nil {
		return err
	}
	s, err := store.View(ctx, db, store.Options{})
	if err != nil {
		return err
	}
	if m.Rows, err = s.Count(ctx); err != nil {
		return err
	}
	if m.Ledger, err = s.Ledger(ctx); err != nil {
		return err
	}
	v, err := s.Verify(ctx, opt)
	if err != nil {
		return err
	}
	if !v.OK() {
		f := v.Findings[0]
		return fmt.Errorf("%w: %d faults, the first: %s in %s at %d", store.ErrBroken, v.Faults, f.What, f.Path, f.Number)
	}
	m.Streams, m.Entries, m.Seal = v.Streams, v.Entries, v.Seals
	return nil
}

// Restored says what a restore did.
type Restored struct {
	Manifest backup.Manifest `json:"manifest"`
	Signed   bool            `json:"signed"`          // all seals were made with keys this machine knows
	Before   string          `json:"before"`          // where the store that was in the way is now; empty: there was none
	Waiting  int             `json:"waiting"`         // posts that wait, and stay until the release
	Unknown  int             `json:"unknown"`         // operations with money that may have been made since the backup
	InDoubt  partner.Fen     `json:"in_doubt"`        // what they were for
	Sealed   string          `json:"sealed,omitzero"` // why the restore could not be sealed; empty: it was
}

// Restore puts the store of a backup into the data directory, in quarantine: a
// desk may start on it, but sends nothing before [Admin] releases it. It refuses
// while a desk runs, and, unless replace is set, when there is a store already;
// the one replaced is kept beside it.
func Restore(ctx context.Context, c Config, parts Parts, file, identities string, replace bool) (r Restored, err error) {
	if conn, err := dialAdmin(ctx, c.Data); err == nil {
		_ = conn.Close()
		return r, bot.User("admin.error.live", "path", c.Data)
	}
	path := filepath.Join(c.Data, databaseName)
	unlock, there, err := occupy(path)
	if err != nil {
		return r, err
	}
	defer unlock()
	if there && !replace {
		return r, bot.User("admin.error.store_exists", "path", path)
	}
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return r, fmt.Errorf("%w: %w", ErrStore, err)
	}
	aside := fmt.Sprintf("%s.restore-%d", path, os.Getpid())
	defer func() { _ = os.Remove(aside) }() // gone already when it was put in place
	if r.Manifest, err = backup.Extract(file, identities, aside); err != nil {
		return r, err
	}
	if err := r.check(ctx, c, aside); err != nil {
		return r, err
	}
	if err := r.isolate(ctx, c, parts, aside, filepath.Base(file)); err != nil {
		return r, err
	}
	if there {
		r.Before = path + ".before-" + parts.Now().UTC().Format("20060102-150405")
		if err := os.Rename(path, r.Before); err != nil {
			return r, fmt.Errorf("%w: %w", ErrStore, err)
		}
	}
	if err := os.Rename(aside, path); err != nil {
		return r, fmt.Errorf("%w: %w", ErrStore, err)
	}
	return r, syncDir(c.Data)
}

// occupy makes sure that nobody has the store open, nor opens it until unlock. A
// damaged one can be restored over.
func occupy(path string) (unlock func(), there bool, err error) {
	nothing := func() {}
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		return nothing, false, nil
	}
	db, err := bolt.Open(path, bolt.Options{CompactFrom: -1})
	switch {
	case errors.Is(err, bolt.ErrLocked):
		return nothing, true, bot.User("admin.error.live", "path", filepath.Dir(path)).Because(err)
	case errors.Is(err, bolt.ErrDamaged), errors.Is(err, bolt.ErrNewer):
		return nothing, true, nil
	case err != nil:
		return nothing, true, fmt.Errorf("%w: %w", ErrStore, err)
	}
	return func() { _ = db.Close() }, true, nil
}

// check opens what was extracted and compares it with what the backup says.
func (r *Restored) check(ctx context.Context, c Config, file string) error {
	var found backup.Manifest
	if err := verifyCopy(ctx, file, store.VerifyOptions{AnyKey: true}, &found); err != nil {
		return fmt.Errorf("%w: %w", backup.ErrNotBackup, err)
	}
	if !maps.Equal(found.Rows, r.Manifest.Rows) || !maps.Equal(found.Ledger, r.Manifest.Ledger) || found.Entries != r.Manifest.Entries || found.Seal != r.Manifest.Seal {
		return fmt.Errorf("%w: its rows are not those of its manifest", backup.ErrNotBackup)
	}
	if key, err := witness.LoadKey(c.Audit.Key); err == nil {
		r.Signed = verifyCopy(ctx, file, store.VerifyOptions{Keys: key.Trusted()}, &found) == nil
	}
	return ctx.Err()
}

// isolate puts the restored store into quarantine, and that into the audit log.
func (r *Restored) isolate(ctx context.Context, c Config, parts Parts, file, name string) (err error) {
	db, err := bolt.Open(file, bolt.Options{CompactFrom: -1})
	if err != nil {
		return fmt.Errorf("%w: %w", ErrStore, err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	s, err := store.View(ctx, db, store.Options{})
	if err != nil {
		return fmt.Errorf("%w: %w", ErrStore, err)
	}
	who := osUser(os.Getuid())
	if err := s.Isolate(ctx, store.Quarantine{Since: parts.Now(), Backup: r.Manifest.Made, File: name, By: who}); err != nil {
		return err
	}
	err = s.Update(ctx, func(tx bot.Tx) error {
		return tx.Audit(bot.Entry{Stream: "desk/admin", Person: bot.PersonID{User: who}, Action: "restore", Outcome: "ok", At: parts.Now(),
			Facts: map[string]string{"backup": r.Manifest.Made.Format(time.RFC3339), "sha256": r.Manifest.SHA256}})
	})
	if err != nil {
		return err
	}
	if r.Unknown, r.InDoubt, err = unsettle(ctx, s, r.Manifest.Made, parts.Now()); err != nil {
		return err
	}
	if r.Waiting, err = s.Depth(ctx); err != nil {
		return err
	}
	seals, err := openSealer(ctx, c, s, parts, true)
	if err == nil && seals != nil {
		err = seals.seal(ctx)
	}
	if err != nil { // the running desk seals it, or says why it cannot
		r.Sealed = err.Error()
	}
	return nil
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer func() { _ = d.Close() }()
	if err := d.Sync(); err != nil && !errors.Is(err, errors.ErrUnsupported) {
		return err
	}
	return nil
}
