package store

import (
	"context"
	"fmt"
	"time"

	"partnerdesk/bot"
	"partnerdesk/data/kv"
	"partnerdesk/handlers/rota"
)

// Who stands in for whom, and what became of the work of people who left.

const (
	famStand     = "stand"
	famDeparture = "departure"
)

// How long a stand with an end is kept after it, and a departure after its last
// change.
const (
	keepStand     = 90 * 24 * time.Hour
	keepDeparture = 400 * 24 * time.Hour
)

var _ rota.Book = (*Store)(nil)

// rotaFamilies are the families of this file.
func rotaFamilies() []Family {
	return []Family{
		{famStand, "team/user/sort", "who stands in for a person, for good or from one day to another", "until taken back; 90 days after its end"},
		{famDeparture, "team/user", "the work of somebody who left, and who has it now", "400 days after the last change"},
	}
}

type standRow struct {
	header
	Person person    `json:"person"`
	Deputy person    `json:"deputy"`
	From   string    `json:"from,omitempty"`
	To     string    `json:"to,omitempty"`
	By     person    `json:"by,omitzero"`
	At     time.Time `json:"at"`
}

func standKey(who bot.PersonID, standing bool) string {
	sort := "away"
	if standing {
		sort = "standing"
	}
	return key(famStand, who.Team, who.User, sort)
}

// PutStand implements rota.Book.
func (s *Store) PutStand(tx bot.Tx, st rota.Stand) error {
	own, err := s.within(tx)
	if err != nil {
		return err
	}
	var r standRow
	k := standKey(st.Person, st.Standing())
	if _, err := load(own.kv, k, &r); err != nil {
		return err
	}
	r = standRow{header: r.header, Person: person(st.Person), Deputy: person(st.Deputy), From: st.From.String(), To: st.To.String(), By: person(st.By), At: st.At.UTC()}
	var expires time.Time
	if !st.Standing() {
		expires = st.To.At(0, time.UTC).Add(keepStand)
	}
	return save(own.kv, st.Person.Team, k, &r, expires)
}

// DropStand implements rota.Book.
func (s *Store) DropStand(tx bot.Tx, who bot.PersonID, standing bool) error {
	own, err := s.within(tx)
	if err != nil {
		return err
	}
	return own.kv.Delete(standKey(who, standing))
}

// Stands implements rota.Book.
func (s *Store) Stands(ctx context.Context, team string) ([]rota.Stand, error) {
	var list []rota.Stand
	for r, err := range rowsOf[standRow](ctx, s, prefix(famStand, team)) {
		if err != nil {
			return nil, fmt.Errorf("list stands: %w", err)
		}
		list = append(list, rota.Stand{Person: bot.PersonID(r.Person), Deputy: bot.PersonID(r.Deputy), From: day(r.From), To: day(r.To), By: bot.PersonID(r.By), At: r.At})
	}
	return list, nil
}

type departureRow struct {
	header
	Person  person         `json:"person"`
	Items   []departedItem `json:"items,omitempty"`
	At      time.Time      `json:"at"`
	Changed time.Time      `json:"changed"`
}

type departedItem struct {
	Kind string `json:"kind"`
	ID   string `json:"id"`
	To   person `json:"to,omitzero"`
}

// DepartureIn implements rota.Book.
func (s *Store) DepartureIn(tx bot.Tx, who bot.PersonID) (rota.Departure, bool, error) {
	own, err := s.within(tx)
	if err != nil {
		return rota.Departure{}, false, err
	}
	var r departureRow
	found, err := load(own.kv, key(famDeparture, who.Team, who.User), &r)
	if err != nil || !found {
		return rota.Departure{}, false, err
	}
	d := rota.Departure{Person: who, At: r.At, Changed: r.Changed}
	for _, i := range r.Items {
		d.Items = append(d.Items, rota.Item{Kind: i.Kind, ID: i.ID, To: bot.PersonID(i.To)})
	}
	return d, true, nil
}

// PutDeparture implements rota.Book.
func (s *Store) PutDeparture(tx bot.Tx, d rota.Departure) error {
	own, err := s.within(tx)
	if err != nil {
		return err
	}
	var r departureRow
	k := key(famDeparture, d.Person.Team, d.Person.User)
	if _, err := load(own.kv, k, &r); err != nil {
		return err
	}
	r = departureRow{header: r.header, Person: person(d.Person), At: d.At.UTC(), Changed: d.Changed.UTC()}
	for _, i := range d.Items {
		r.Items = append(r.Items, departedItem{Kind: i.Kind, ID: i.ID, To: person(i.To)})
	}
	return save(own.kv, d.Person.Team, k, &r, d.Changed.Add(keepDeparture))
}

// eraseStands takes a person out of stands and departures: a stand that names
// them goes, and so does the list of their own departure; in another's list
// their name goes.
func (s *Store) eraseStands(ctx context.Context, who bot.PersonID) (changed int, err error) {
	for row, err := range kv.All(ctx, s.db, kv.Range{Prefix: prefix(famStand, who.Team)}) {
		if err != nil {
			return changed, wrap(err, "erase person")
		}
		var r standRow
		if err := decode(row.Key, row.Value, &r); err != nil {
			return changed, wrap(err, "erase person")
		}
		if r.Person != person(who) && r.Deputy != person(who) && r.By != person(who) {
			continue
		}
		err = s.db.Update(ctx, func(tx kv.Tx) error {
			if r.Person == person(who) || r.Deputy == person(who) {
				return tx.Delete(row.Key)
			}
			var r standRow
			if found, err := load(tx, row.Key, &r); err != nil || !found {
				return err
			}
			r.By = person{}
			return save(tx, who.Team, row.Key, &r, r.Expires)
		})
		if err != nil {
			return changed, wrap(err, "erase person")
		}
		changed++
	}
	n, err := s.rename(ctx, famDeparture, who, namelessDeparture)
	return changed + n, err
}

func namelessDeparture(tx kv.Tx, team, key string, who person) (bool, error) {
	var r departureRow
	found, err := load(tx, key, &r)
	if err != nil || !found {
		return false, err
	}
	if r.Person == who {
		return true, tx.Delete(key)
	}
	did := false
	for i := range r.Items {
		if r.Items[i].To == who {
			r.Items[i].To, did = person{}, true
		}
	}
	if !did {
		return false, nil
	}
	return true, save(tx, team, key, &r, r.Expires)
}
