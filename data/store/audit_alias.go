package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"partnerdesk/bot"
	"partnerdesk/data/kv"
)

// The name of a stream is part of the chain and of seals that have left the
// house, so it must not name a person. Where a caller puts one into it, an alias
// takes the place; who has which alias stands in a row that can go.

type auditAlias struct {
	header
	Alias  string `json:"alias"`
	Person person `json:"person"`
}

// nameless returns a stream's name with the person's alias in place of the person.
func (tx *Tx) nameless(stream string, who bot.PersonID) (string, error) {
	if who.User == "" || !strings.Contains(stream, who.String()) {
		return stream, nil
	}
	var r auditAlias
	k := key(famAuditAlias, who.Team, who.User)
	found, err := load(tx.kv, k, &r)
	if err != nil {
		return "", err
	}
	if !found {
		sum := sha256.Sum256(fmt.Appendf(nil, "%x/%s", tx.salt, who))
		r = auditAlias{Alias: "p" + hex.EncodeToString(sum[:8]), Person: person(who)}
		if err := save(tx.kv, who.Team, k, &r, time.Time{}); err != nil {
			return "", err
		}
	}
	return strings.ReplaceAll(stream, who.String(), r.Alias), nil
}

// Aliases tells, for every person who is still known, the alias that stands for
// them in the names of streams.
func (s *Store) Aliases(ctx context.Context) (map[string]bot.PersonID, error) {
	people := map[string]bot.PersonID{}
	for row, err := range kv.All(ctx, s.db, kv.Range{Prefix: famAuditAlias + "/"}) {
		if err != nil {
			return nil, fmt.Errorf("read audit aliases: %w", err)
		}
		var r auditAlias
		if err := json.Unmarshal(row.Value, &r); err != nil {
			return nil, fmt.Errorf("read audit aliases: row %s: %w", row.Key, err)
		}
		people[r.Alias] = bot.PersonID(r.Person)
	}
	return people, nil
}

// keptStream finds the name under which a stream is kept.
func (s *Store) keptStream(ctx context.Context, team, stream string) (string, error) {
	if _, found, err := s.db.Get(ctx, key(famAuditHead, team, stream)); err != nil || found {
		return stream, err
	}
	people, err := s.Aliases(ctx)
	if err != nil {
		return "", err
	}
	for alias, who := range people {
		stream = strings.ReplaceAll(stream, who.String(), alias)
	}
	return stream, nil
}

// eraseAtOnce is how many names one transaction removes.
const eraseAtOnce = 40

// eraseNames takes a person's name from audit entries. Each transaction records
// how many it took, so that a name that went another way is noticed.
func (s *Store) eraseNames(ctx context.Context, who, by bot.PersonID, at time.Time) (int, error) {
	gone := 0
	var keys []string
	erase := func() error {
		n := 0
		err := s.update(ctx, func(tx *Tx) error {
			n = 0
			for _, k := range keys {
				_, found, err := tx.kv.Get(k)
				if err != nil {
					return err
				}
				if found {
					n++
				}
				if err := tx.kv.Delete(k); err != nil {
					return err
				}
			}
			if n == 0 {
				return nil
			}
			return tx.Audit(bot.Entry{Stream: EraseStream, Person: bot.PersonID{User: by.User}, Action: "erase", Outcome: "ok", At: at,
				Facts: map[string]string{EraseNames: strconv.Itoa(n)}})
		})
		keys = keys[:0]
		gone += n
		return wrap(err, "erase names")
	}
	for row, err := range kv.All(ctx, s.db, kv.Range{Prefix: famAuditActor + "/"}) {
		if err != nil {
			return gone, fmt.Errorf("erase names: %w", err)
		}
		var of auditActor
		if err := json.Unmarshal(row.Value, &of); err != nil {
			return gone, fmt.Errorf("erase names: row %s: %w", row.Key, err)
		}
		if of.Person != person(who) {
			continue
		}
		if keys = append(keys, row.Key); len(keys) == eraseAtOnce {
			if err := erase(); err != nil {
				return gone, err
			}
		}
	}
	if len(keys) == 0 {
		return gone, nil
	}
	return gone, erase()
}
