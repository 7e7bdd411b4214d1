package store

import (
	"context"
	"fmt"
	"time"

	"partnerdesk/bot"
)

// seenStep is how old "last seen" may be before it is worth a commit.
const seenStep = time.Hour

type personRow struct {
	header
	Locale string    `json:"locale,omitempty"`
	Seen   time.Time `json:"seen,omitzero"`
}

// Seen notes that a person was here, and the locale if it is known. Within the
// hour and without news it writes nothing.
func (s *Store) Seen(ctx context.Context, id bot.PersonID, locale string, at time.Time) error {
	err := s.update(ctx, func(tx *Tx) error {
		var r personRow
		k := key(famPerson, id.Team, id.User)
		found, err := load(tx.kv, k, &r)
		if err != nil {
			return err
		}
		if found && (locale == "" || locale == r.Locale) && at.Sub(r.Seen) < seenStep {
			return nil
		}
		if locale != "" {
			r.Locale = locale
		}
		if at.After(r.Seen) {
			r.Seen = at.UTC()
		}
		return save(tx.kv, id.Team, k, &r, time.Time{})
	})
	if err != nil {
		return fmt.Errorf("note person: %w", err)
	}
	return nil
}

// LastSeen returns a person's locale and when they were here last; found is
// false for somebody who never was.
func (s *Store) LastSeen(ctx context.Context, id bot.PersonID) (locale string, at time.Time, found bool, err error) {
	var r personRow
	found, err = load(s.reader(ctx), key(famPerson, id.Team, id.User), &r)
	if err != nil {
		return "", time.Time{}, false, fmt.Errorf("find person: %w", err)
	}
	return r.Locale, r.Seen, found, nil
}
