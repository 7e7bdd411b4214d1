package store

import (
	"context"
	"errors"
	"time"

	"partnerdesk/data/kv"
)

// Operations, lists of them and requests lie under the account they belong to,
// so that no list of one account reaches into another one. What else they have in
// common is here.

// owned are the families of one such kind.
type owned struct {
	rows string // team/account/id: the thing itself
	ids  string // team/id: its account
	live string // team/id: those that a worker has to look at
}

// ownerRow leads from an id to the account.
type ownerRow struct {
	header
	ID      string `json:"id"`
	Account string `json:"account"`
}

var errOtherAccount = errors.New("it belongs to another account")

func (f owned) key(team, account, id string) string { return key(f.rows, team, account, id) }

// load reads the thing behind an id into r and reports whether it is there.
func (f owned) load(rows getter, team, id string, r row) (bool, error) {
	var at ownerRow
	if found, err := load(rows, key(f.ids, team, id), &at); err != nil || !found {
		return false, err
	}
	return load(rows, f.key(team, at.Account, id), r)
}

// enter brings both indexes up to date. A thing never changes its account. The
// first one lasts until expires, like the thing itself.
func (f owned) enter(tx kv.Tx, team, account, id string, live bool, expires time.Time) error {
	k := key(f.ids, team, id)
	var at ownerRow
	if found, err := load(tx, k, &at); err != nil {
		return err
	} else if found && at.Account != account {
		return errOtherAccount
	} else if !found || !at.Expires.Equal(expires) {
		at.ID, at.Account = id, account
		if err := save(tx, team, k, &at, expires); err != nil {
			return err
		}
	}
	if k = key(f.live, team, id); !live {
		return tx.Delete(k)
	}
	return save(tx, team, k, &ownerRow{ID: id, Account: account}, time.Time{})
}

// eachLive hands the things that a worker has to look at to do.
func eachLive[R any, P wire[R]](ctx context.Context, s *Store, f owned, do func(team string, r P) error) error {
	return s.eachTeam(ctx, f.live, func(team string, at kv.Row) error {
		var owner ownerRow
		if err := decode(at.Key, at.Value, &owner); err != nil {
			return err
		}
		r := P(new(R))
		found, err := load(s.reader(ctx), f.key(team, owner.Account, owner.ID), r)
		if err != nil || !found {
			return err
		}
		return do(team, r)
	})
}
