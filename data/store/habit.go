package store

import (
	"context"
	"time"

	"partnerdesk/bot"
	"partnerdesk/handlers/remind"
	"partnerdesk/handlers/worktime"
)

type habitRow struct {
	header
	Person person        `json:"person"`
	From   int           `json:"from,omitempty"` // minutes since midnight
	To     int           `json:"to,omitempty"`
	Muted  []remind.Kind `json:"muted,omitempty"`
}

func habitKey(who bot.PersonID) string { return key(famHabit, who.Team, who.User) }

// PutHabits implements remind.Book. Habits that are everybody's leave no row.
func (s *Store) PutHabits(tx bot.Tx, h remind.Habits) error {
	own, err := s.within(tx)
	if err != nil {
		return err
	}
	var r habitRow
	k := habitKey(h.Person)
	if _, err := load(own.kv, k, &r); err != nil {
		return err
	}
	if h.Hours == (worktime.Hours{}) && len(h.Muted) == 0 {
		return own.kv.Delete(k)
	}
	r = habitRow{header: r.header, Person: person(h.Person), From: int(h.Hours.From / time.Minute), To: int(h.Hours.To / time.Minute), Muted: h.Muted}
	return save(own.kv, h.Person.Team, k, &r, time.Time{})
}

// FindHabits implements remind.Book.
func (s *Store) FindHabits(ctx context.Context, who bot.PersonID) (remind.Habits, error) {
	h := remind.Habits{Person: who}
	var r habitRow
	found, err := load(s.reader(ctx), habitKey(who), &r)
	if err != nil || !found {
		return h, wrap(err, "find habits")
	}
	h.Hours = worktime.Hours{From: time.Duration(r.From) * time.Minute, To: time.Duration(r.To) * time.Minute}
	h.Muted = r.Muted
	return h, nil
}
