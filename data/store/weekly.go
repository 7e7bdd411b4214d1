package store

import (
	"context"
	"time"

	"partnerdesk/bot"
)

type weeklyRow struct {
	header
	At    time.Time `json:"at"`
	Count int       `json:"count"`
}

// PutWeek records that the weekly mail of a week was queued.
func (s *Store) PutWeek(tx bot.Tx, team, week string, at time.Time, count int) error {
	own, err := s.within(tx)
	if err != nil {
		return err
	}
	var r weeklyRow
	k := key(famWeekly, team, week)
	if _, err := load(own.kv, k, &r); err != nil {
		return err
	}
	r.At, r.Count = at.UTC(), count
	return save(own.kv, team, k, &r, at.Add(keepWeekly))
}

// WeekIn says when the weekly mail of a week was queued; zero: not yet.
func (s *Store) WeekIn(tx bot.Tx, team, week string) (time.Time, error) {
	own, err := s.within(tx)
	if err != nil {
		return time.Time{}, err
	}
	var r weeklyRow
	_, err = load(own.kv, key(famWeekly, team, week), &r)
	return r.At, err
}

// Week is WeekIn outside a transaction.
func (s *Store) Week(ctx context.Context, team, week string) (time.Time, error) {
	var r weeklyRow
	_, err := load(s.reader(ctx), key(famWeekly, team, week), &r)
	return r.At, wrap(err, "find week")
}
