// Package rota knows who stands in for whom, and what became of the work of
// people who left. Standing in grants nothing: whoever does something needs the
// right to do it of their own.
package rota

import (
	"context"
	"slices"
	"sync"
	"time"

	"partnerdesk/bot"
	"partnerdesk/handlers/worktime"
)

// Stand says that one person stands in for another: for good, or from one day to
// another while they are away. A person has one of each at most.
type Stand struct {
	Person, Deputy bot.PersonID
	From, To       worktime.Date // both zero: for good
	By             bot.PersonID  // who said so
	At             time.Time     // UTC
}

// Standing says that it is for good.
func (s Stand) Standing() bool { return s.From.IsZero() }

// On says that it holds on a day.
func (s Stand) On(d worktime.Date) bool {
	return s.Standing() || !d.Before(s.From) && !d.After(s.To)
}

// Table is who stands in for whom, as it stands at one moment.
type Table struct {
	Stands []Stand
	Zone   *time.Location // of the days
}

// Away names who stands in for somebody who is away at a moment. A deputy who is
// away too has one in turn.
func (t Table) Away(who bot.PersonID, at time.Time) (bot.PersonID, bool) {
	day := worktime.DateIn(at, t.Zone)
	seen := []bot.PersonID{who}
	for {
		next, ok := t.find(who, func(s Stand) bool { return !s.Standing() && s.On(day) })
		if !ok || slices.Contains(seen, next) {
			return who, len(seen) > 1
		}
		seen = append(seen, next)
		who = next
	}
}

// Standing names somebody's deputy for good.
func (t Table) Standing(who bot.PersonID) (bot.PersonID, bool) {
	return t.find(who, Stand.Standing)
}

// Any names somebody's deputy, the one for good first.
func (t Table) Any(who bot.PersonID, at time.Time) (bot.PersonID, bool) {
	if d, ok := t.Standing(who); ok {
		return d, true
	}
	return t.Away(who, at)
}

func (t Table) find(who bot.PersonID, is func(Stand) bool) (bot.PersonID, bool) {
	for _, s := range t.Stands {
		if s.Person == who && is(s) {
			return s.Deputy, true
		}
	}
	return bot.PersonID{}, false
}

// Item is one piece of work that was handed on.
type Item struct {
	Kind string // ticket, deadline, opportunity or approval
	ID   string
	To   bot.PersonID // zero: back to where nobody owns it
}

// Departure is what became of the work of somebody who left.
type Departure struct {
	Person  bot.PersonID
	Items   []Item
	At      time.Time // UTC; when it was noticed
	Changed time.Time // UTC
}

// MostItems is how many items of one departure are listed; what is handed on
// beyond them is in the audit log alone.
const MostItems = 200

// Has says that an item is listed.
func (d Departure) Has(kind, id string) bool {
	return slices.ContainsFunc(d.Items, func(i Item) bool { return i.Kind == kind && i.ID == id })
}

// Book keeps stands and departures.
type Book interface {
	// PutStand keeps a stand in the place of an earlier one of the same sort.
	PutStand(tx bot.Tx, s Stand) error
	// DropStand forgets the stand of a person: the one for good, or the other.
	DropStand(tx bot.Tx, person bot.PersonID, standing bool) error
	// Stands lists those of a team.
	Stands(ctx context.Context, team string) ([]Stand, error)

	DepartureIn(tx bot.Tx, person bot.PersonID) (d Departure, found bool, err error)
	PutDeparture(tx bot.Tx, d Departure) error
}

// Memory is a [Book] that lasts as long as the process, for tests and for the
// terminal. The zero value is empty and ready.
type Memory struct {
	mu         sync.Mutex // guards the fields below
	stands     []Stand
	departures map[bot.PersonID]Departure
}

var _ Book = (*Memory)(nil)

// PutStand implements [Book].
func (m *Memory) PutStand(tx bot.Tx, s Stand) error {
	_ = m.DropStand(tx, s.Person, s.Standing())
	m.mu.Lock()
	defer m.mu.Unlock()
	m.stands = append(m.stands, s)
	return nil
}

// DropStand implements [Book].
func (m *Memory) DropStand(_ bot.Tx, person bot.PersonID, standing bool) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.stands = slices.DeleteFunc(m.stands, func(s Stand) bool { return s.Person == person && s.Standing() == standing })
	return nil
}

// Stands implements [Book].
func (m *Memory) Stands(_ context.Context, team string) ([]Stand, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(m.stands), func(s Stand) bool { return s.Person.Team != team }), nil
}

// DepartureIn implements [Book].
func (m *Memory) DepartureIn(_ bot.Tx, person bot.PersonID) (Departure, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	d, found := m.departures[person]
	return d, found, nil
}

// PutDeparture implements [Book].
func (m *Memory) PutDeparture(_ bot.Tx, d Departure) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.departures == nil {
		m.departures = map[bot.PersonID]Departure{}
	}
	m.departures[d.Person] = d
	return nil
}
