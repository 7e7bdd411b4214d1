package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"partnerdesk/bot"
	"partnerdesk/data/kv"
)

// Erase removes what the desk keeps of a person: their words, marks and the row
// about them, and their name from answers, hand-overs, tickets (with the words of
// those they opened), opportunities, benefits, deadlines and audit entries, whose chains
// stay whole: how many names went is an entry itself. It returns how many rows
// changed. Deliveries and posts under way are left to their own, short
// retention; who asked for and who approved an operation with money or a list of
// them, and who acknowledged what a night found, stays as long as that does.
func (s *Store) Erase(ctx context.Context, who, by bot.PersonID, at time.Time) (int, error) {
	changed, err := s.eraseNames(ctx, who, by, at)
	if err != nil {
		return changed, err
	}
	for _, family := range []struct {
		name string
		// change takes the person out of a row; nil removes the row.
		change func(tx kv.Tx, key string) error
	}{
		{famAsk, nil},
		{famAnswer, namelessAnswer},
		{famRating, nil},
		{famHandover, namelessHandover},
		{famDigest, nil},
		{famHabit, nil},
		{famBatch, nil},
		{famHolder, nil},
		{famBenefitDraft, nil},
		{famAuditAlias, nil},
	} {
		for row, err := range kv.All(ctx, s.db, kv.Range{Prefix: prefix(family.name, who.Team)}) {
			if err != nil {
				return changed, fmt.Errorf("erase person: %w", err)
			}
			var of struct {
				Person person `json:"person"`
			}
			if err := json.Unmarshal(row.Value, &of); err != nil {
				return changed, fmt.Errorf("erase person: row %s: %w", row.Key, err)
			}
			if of.Person != person(who) {
				continue
			}
			if err := s.erase(ctx, row.Key, family.change); err != nil {
				return changed, err
			}
			changed++
		}
	}
	for row, err := range kv.All(ctx, s.db, kv.Range{Prefix: prefix(famAskLast, who.Team, who.User)}) {
		if err != nil {
			return changed, fmt.Errorf("erase person: %w", err)
		}
		if err := s.erase(ctx, row.Key, nil); err != nil {
			return changed, err
		}
		changed++
	}
	for _, family := range []struct {
		name   string
		change func(tx kv.Tx, team, key string, who person) (bool, error)
	}{{famTicket, namelessTicket}, {famOpp, namelessOpportunity}, {famDeadline, namelessDeadline}, {famAlert, namelessAlert},
		{famBenefit, namelessBenefit}, {famRequest, namelessRequest}} {
		n, err := s.rename(ctx, family.name, who, family.change)
		changed += n
		if err != nil {
			return changed, err
		}
	}
	stands, err := s.eraseStands(ctx, who)
	changed += stands
	if err != nil {
		return changed, err
	}
	k := key(famPerson, who.Team, who.User)
	_, known, err := s.db.Get(ctx, k)
	if err != nil || !known {
		return changed, wrap(err, "erase person")
	}
	return changed + 1, s.erase(ctx, k, nil)
}

// rename lets change take a person out of the rows of a family that may name
// them in several places, whosever desk they are of: people of other teams leave
// their rows with ours. It reports how many it changed.
func (s *Store) rename(ctx context.Context, family string, who bot.PersonID, change func(tx kv.Tx, team, key string, who person) (bool, error)) (int, error) {
	changed := 0
	err := s.eachTeam(ctx, family, func(team string, row kv.Row) error {
		did := false
		err := s.db.Update(ctx, func(tx kv.Tx) (err error) {
			did, err = change(tx, team, row.Key, person(who))
			return err
		})
		if did && err == nil {
			changed++
		}
		return err
	})
	return changed, wrap(err, "erase person")
}

func (s *Store) erase(ctx context.Context, key string, change func(tx kv.Tx, key string) error) error {
	err := s.db.Update(ctx, func(tx kv.Tx) error {
		if change != nil {
			return change(tx, key)
		}
		return tx.Delete(key)
	})
	return wrap(err, "erase person")
}

func namelessAnswer(tx kv.Tx, key string) error {
	var r answerRow
	found, err := load(tx, key, &r)
	if err != nil || !found {
		return err
	}
	team := r.Person.Team
	r.Person = person{}
	return save(tx, team, key, &r, r.Expires)
}

func namelessHandover(tx kv.Tx, key string) error {
	var r handoverRow
	found, err := load(tx, key, &r)
	if err != nil || !found {
		return err
	}
	team := r.Person.Team
	r.Person, r.Text = person{}, ""
	return save(tx, team, key, &r, r.Expires)
}

func namelessDeadline(tx kv.Tx, team, key string, who person) (bool, error) {
	var r deadlineRow
	found, err := load(tx, key, &r)
	if err != nil || !found {
		return false, err
	}
	changed := false
	for _, of := range []*person{&r.Owner, &r.Deputy, &r.By} {
		if *of == who {
			*of, changed = person{}, true
		}
	}
	listed := slices.DeleteFunc(slices.Clone(r.Listed), func(l listedRow) bool { return l.Person == who })
	if !changed && len(listed) == len(r.Listed) {
		return false, nil
	}
	r.Listed = listed
	return true, save(tx, team, key, &r, r.Expires)
}
