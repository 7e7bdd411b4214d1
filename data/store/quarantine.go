package store

import (
	"context"
	"time"

	"partnerdesk/data/kv"
)

// Quarantine says that the rows came out of a backup: between then and now
// things may have been sent that these rows know nothing of.
type Quarantine struct {
	Since  time.Time // when it was restored, UTC
	Backup time.Time // when the backup was made, UTC
	File   string    // its name, without directories
	By     string    // who restored it
}

type quarantineRow struct {
	header
	Since  time.Time `json:"since"`
	Backup time.Time `json:"backup"`
	File   string    `json:"file"`
	By     string    `json:"by"`
}

// Quarantined reports whether nothing may be sent at the moment, and why.
func (s *Store) Quarantined(ctx context.Context) (Quarantine, bool, error) {
	var r quarantineRow
	found, err := load(s.reader(ctx), key(famQuarantine, ""), &r)
	return Quarantine{Since: r.Since, Backup: r.Backup, File: r.File, By: r.By}, found, wrap(err, "read quarantine")
}

// Isolate puts a restored store into quarantine. The next seal says that it is
// the first of a restored store, because copies outside may know later ones.
func (s *Store) Isolate(ctx context.Context, q Quarantine) error {
	err := s.update(ctx, func(tx *Tx) error {
		var last sealHead
		if _, err := load(tx.kv, key(famSealHead, ""), &last); err != nil {
			return err
		}
		last.Life, last.Restored = "", true
		if err := save(tx.kv, "", key(famSealHead, ""), &last, time.Time{}); err != nil {
			return err
		}
		r := quarantineRow{Since: q.Since.UTC(), Backup: q.Backup.UTC(), File: q.File, By: q.By}
		return save(tx.kv, "", key(famQuarantine, ""), &r, time.Time{})
	})
	return wrap(err, "quarantine")
}

// Release ends the quarantine; when there is none it is ErrNotFound.
func (s *Store) Release(ctx context.Context) error {
	err := s.db.Update(ctx, func(tx kv.Tx) error {
		k := key(famQuarantine, "")
		if _, found, err := tx.Get(k); err != nil || !found {
			if err == nil {
				err = ErrNotFound
			}
			return err
		}
		return tx.Delete(k)
	})
	return wrap(err, "release")
}
