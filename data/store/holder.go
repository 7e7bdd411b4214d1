package store

import (
	"context"
	"time"

	"partnerdesk/bot"
	"partnerdesk/data/kv"
	"partnerdesk/handlers/access"
)

type holderRow struct {
	header
	Person person     `json:"person"`
	Roles  []bot.Role `json:"roles"`
	Since  time.Time  `json:"since"`
}

func (r *holderRow) words(team string) access.Holder {
	return access.Holder{Team: team, Person: bot.PersonID(r.Person), Roles: r.Roles, Since: r.Since}
}

var _ access.Holders = (*Store)(nil)

func holderKey(team string, who bot.PersonID) string { return key(famHolder, team, who.Team, who.User) }

// Holders implements access.Holders.
func (s *Store) Holders(ctx context.Context, team string) ([]access.Holder, error) {
	var list []access.Holder
	for row, err := range kv.All(ctx, s.db, kv.Range{Prefix: prefix(famHolder, team)}) {
		if err != nil {
			return nil, wrap(err, "list holders of roles")
		}
		var r holderRow
		if err := decode(row.Key, row.Value, &r); err != nil {
			return nil, wrap(err, "list holders of roles")
		}
		list = append(list, r.words(team))
	}
	return list, nil
}

// HolderIn implements access.Holders.
func (s *Store) HolderIn(tx bot.Tx, team string, who bot.PersonID) (access.Holder, error) {
	own, err := s.within(tx)
	if err != nil {
		return access.Holder{}, err
	}
	var r holderRow
	found, err := load(own.kv, holderKey(team, who), &r)
	if err != nil || !found {
		return access.Holder{Team: team, Person: who}, wrap(err, "read holder of roles")
	}
	return r.words(team), nil
}

// PutHolder implements access.Holders.
func (s *Store) PutHolder(tx bot.Tx, h access.Holder) error {
	own, err := s.within(tx)
	if err != nil {
		return err
	}
	k := holderKey(h.Team, h.Person)
	if len(h.Roles) == 0 {
		return wrap(own.kv.Delete(k), "forget holder of roles")
	}
	var r holderRow
	if _, err := load(own.kv, k, &r); err != nil {
		return wrap(err, "keep holder of roles")
	}
	r.Person, r.Roles, r.Since = person(h.Person), h.Roles, h.Since.UTC()
	return wrap(save(own.kv, h.Team, k, &r, time.Time{}), "keep holder of roles")
}
