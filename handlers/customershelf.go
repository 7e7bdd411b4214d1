package handlers

import (
	"context"
	"errors"
	"maps"
	"sync"
	"time"

	"partnerdesk/handlers/partner"
)

// shelf keeps what long lists are made of for a few minutes, so that turning
// their pages asks for nothing again. It is kept by account and holds no
// contacts.
type shelf struct {
	now func() time.Time

	mu   sync.Mutex // guards the field below
	kept map[shelfKey]shelved
}

type shelfKey struct {
	of   partner.Account
	what string
}

type shelved struct {
	rows any
	at   time.Time
}

const (
	shelfFresh = 5 * time.Minute
	shelfMost  = 512 // a balance for each of two hundred resellers, and more
)

// shelve returns what is kept under a name, or reads and keeps it. at is when it
// was read. What came with an error is not kept.
func shelve[T any](s *shelf, of partner.Account, what string, read func() (T, error)) (rows T, at time.Time, err error) {
	if rows, at, found := look[T](s, of, what); found {
		return rows, at, nil
	}
	rows, err = read()
	at = s.now()
	if err == nil {
		s.keep(of, what, rows, at)
	}
	return rows, at, err
}

// look returns what is kept under a name and is still fresh.
func look[T any](s *shelf, of partner.Account, what string) (rows T, at time.Time, found bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k, found := s.kept[shelfKey{of, what}]
	rows, ok := k.rows.(T)
	return rows, k.at, found && ok && s.now().Sub(k.at) < shelfFresh
}

// keep puts something read at a time under a name.
func (s *shelf) keep(of partner.Account, what string, rows any, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	maps.DeleteFunc(s.kept, func(_ shelfKey, k shelved) bool { return s.now().Sub(k.at) >= shelfFresh })
	if s.kept == nil || len(s.kept) >= shelfMost {
		s.kept = map[shelfKey]shelved{}
	}
	s.kept[shelfKey{of, what}] = shelved{rows, at}
}

// clear forgets what is kept of an account.
func (s *shelf) clear(of partner.Account) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for key := range s.kept {
		if key.of == of {
			delete(s.kept, key)
		}
	}
}

// everyCustomer reads the customers of an account, without contacts, up to
// [mostScanned].
func (d *Deps) everyCustomer(ctx context.Context, s *shelf, of partner.Account) ([]partner.Customer, time.Time, error) {
	return shelve(s, of, "customers", func() (list []partner.Customer, err error) {
		for c, err := range d.Center.Customers(ctx, of, partner.CustomerQuery{Most: mostScanned}) {
			if err != nil {
				return nil, center(err)
			}
			c.Phone, c.Mail, c.CountryCode = "", "", ""
			list = append(list, c)
		}
		return list, nil
	})
}

// balancesOf asks for many balances at once. An error is returned with what was
// found before it.
func (d *Deps) balancesOf(ctx context.Context, of partner.Account, list []partner.Customer) (map[string]partner.CustomerBalance, error) {
	var ids []string
	for _, c := range list {
		if c.Association == partner.Resale {
			ids = append(ids, c.ID)
		}
	}
	found := map[string]partner.CustomerBalance{}
	if len(ids) == 0 {
		return found, nil
	}
	got, err := d.Center.CustomerBalances(ctx, of, ids)
	for _, b := range got.Found {
		found[b.CustomerID] = b
	}
	return found, err
}

// atOnce is how many calls a list makes at the same time.
const atOnce = 4

// each runs fn over a list, a few at a time, until ctx ends, and returns how many
// worked.
func each[T any](ctx context.Context, list []T, fn func(ctx context.Context, i int, one T) error) (done int, err error) {
	var mu sync.Mutex
	var crew sync.WaitGroup
	var faults []error
	next := 0
	for range min(atOnce, len(list)) {
		crew.Go(func() {
			for {
				mu.Lock()
				i := next
				next++
				mu.Unlock()
				if i >= len(list) || ctx.Err() != nil {
					return
				}
				err := fn(ctx, i, list[i])
				mu.Lock()
				if err != nil {
					faults = append(faults, err)
				} else {
					done++
				}
				mu.Unlock()
			}
		})
	}
	crew.Wait()
	return done, errors.Join(faults...)
}
