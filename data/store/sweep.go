package store

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"partnerdesk/data/kv"
)

// sweepRows is how many expired rows one transaction removes: each touches up
// to three keys.
const sweepRows = 20

// holdAgain is when a row that may not go yet is looked at again.
const holdAgain = 24 * time.Hour

// Sweep removes rows whose time has come by now, at most most of them, a few per
// transaction, and returns how many went. When it returns most there may be more.
func (s *Store) Sweep(ctx context.Context, now time.Time, most int) (int, error) {
	teams, err := s.teams(ctx, famExpiry)
	if err != nil {
		return 0, fmt.Errorf("sweep: %w", err)
	}
	gone := 0
	for _, team := range teams {
		r := kv.Range{Prefix: famExpiry + "/" + team + "/"}
		r.Until = r.Prefix + timePart(now.Add(time.Nanosecond))
		for gone < most {
			r.Limit = min(sweepRows, most-gone)
			page, err := s.db.View(ctx, r)
			if err != nil {
				return gone, fmt.Errorf("sweep: %w", err)
			}
			n, err := s.sweepPage(ctx, team, now, page.Rows)
			gone += n
			if err != nil {
				return gone, fmt.Errorf("sweep: %w", err)
			}
			if page.Next == "" {
				break
			}
			r.After = page.Next
		}
	}
	return gone, nil
}

func (s *Store) sweepPage(ctx context.Context, team string, now time.Time, rows []kv.Row) (int, error) {
	gone := 0
	err := s.db.Update(ctx, func(tx kv.Tx) error {
		gone = 0
		for _, row := range rows {
			removed, err := sweepRow(tx, team, now, row)
			if err != nil {
				return err
			}
			if removed {
				gone++
			}
		}
		return nil
	})
	return gone, err
}

// sweepRow looks at the row itself before it goes: the index may be older.
func sweepRow(tx kv.Tx, team string, now time.Time, entry kv.Row) (bool, error) {
	if _, ok, err := tx.Get(entry.Key); err != nil || !ok {
		return false, err
	}
	if err := tx.Delete(entry.Key); err != nil {
		return false, err
	}
	target := string(entry.Value)
	value, ok, err := tx.Get(target)
	if err != nil || !ok {
		return false, err
	}
	if plain(target) {
		return true, tx.Delete(target)
	}
	var h struct {
		header
	}
	if err := json.Unmarshal(value, &h); err != nil {
		return false, fmt.Errorf("row %s: %w", target, err)
	}
	switch {
	case h.Expires.IsZero():
		return false, nil // it is to stay
	case h.Expires.After(now):
		return false, expireAtEscaped(tx, team, target, h.Expires)
	case h.Hold:
		return false, expireAtEscaped(tx, team, target, now.Add(holdAgain))
	}
	return true, tx.Delete(target)
}

// plain says that a row has no header, so that the index alone decides.
func plain(target string) bool {
	family, _, _ := strings.Cut(target, "/")
	return family == famInboxBody || family == famInboxDead || family == famDead || family == famFile
}
