package handlers

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"partnerdesk/handlers/partner"
)

// roster remembers who an account's customers are, and a distributor's resellers,
// so that they can be searched while somebody types. It reads them in the
// background, a page at a time and slowly, for the partner center allows 10 calls
// a second (partner API sheet, section 9.6, 2026-11-20); what has come so far is
// there at once. It keeps no contacts.
type roster struct {
	d *Deps

	mu   sync.Mutex // guards the field below
	kept map[rosterKey]*rosterList
}

type rosterKey struct {
	of        partner.Account
	resellers bool
}

// rosterList is what is known of one list.
type rosterList struct {
	rows    []listed
	whole   bool          // everybody is there
	at      time.Time     // when the last reading that came to its end began; zero: none did
	tried   time.Time     // when a reading last ended, however
	reading chan struct{} // closed when the reading under way ends; nil: none is
}

// listed is a customer or a reseller, made comparable.
type listed struct {
	customer            partner.Customer // its ID, Account and Name also for a reseller
	folded, core, login string
}

const (
	rosterFresh   = 10 * time.Minute
	rosterRetry   = 10 * time.Second
	rosterMost    = 20_000 // rows of one list
	rosterLists   = 64
	rosterPage    = 100
	rosterPause   = 120 * time.Millisecond // between pages
	rosterWithin  = 5 * time.Minute        // for one whole reading
	rosterPatient = time.Second            // how long who asks first waits for it
)

func newListed(c partner.Customer) listed {
	c.Phone, c.Mail, c.CountryCode = "", "", ""
	return listed{customer: c, folded: fold(c.Name), core: core(c.Name), login: fold(c.Account)}
}

// peek returns what is known without asking for anything. whole says that nobody
// is missing; known that something has been read at all, not long ago.
func (s *roster) peek(key rosterKey) (rows []listed, whole, known bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.kept[key]
	if g == nil || !g.at.IsZero() && s.d.Now().Sub(g.at) >= 2*rosterFresh {
		return nil, false, false
	}
	return g.rows, g.whole, g.whole || len(g.rows) > 0
}

// read returns what is known, and sees to it that it is read where it is not, or
// not lately. Where nothing is known yet it waits a moment.
func (s *roster) read(ctx context.Context, key rosterKey) (rows []listed, whole bool) {
	s.mu.Lock()
	g := s.kept[key]
	if g == nil {
		if s.kept == nil || len(s.kept) >= rosterLists {
			s.kept = map[rosterKey]*rosterList{}
		}
		g = &rosterList{}
		s.kept[key] = g
	}
	now := s.d.Now()
	old := now.Sub(g.at) >= rosterFresh
	if old && g.reading == nil && (g.tried.IsZero() || now.Sub(g.tried) >= rosterRetry) {
		g.reading = make(chan struct{})
		go s.fill(context.WithoutCancel(ctx), key, g)
	}
	done := g.reading
	rows, whole = g.rows, g.whole
	s.mu.Unlock()
	if whole || done == nil {
		return rows, whole
	}
	ctx, cancel := context.WithTimeout(ctx, rosterPatient)
	defer cancel()
	select {
	case <-done:
	case <-ctx.Done():
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return g.rows, g.whole
}

// fill is one reading. What was known before stays until all is read; where
// nothing was, every page is there as it comes.
func (s *roster) fill(ctx context.Context, key rosterKey, g *rosterList) {
	ctx, cancel := context.WithTimeout(ctx, rosterWithin)
	defer cancel()
	var rows []listed
	ended := false
	s.mu.Lock()
	first, began := g.at.IsZero(), s.d.Now()
	s.mu.Unlock()
	show := func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if first || ended {
			g.rows = slices.Clip(rows)
		}
		if ended {
			g.whole, g.at = len(rows) < rosterMost, began
		}
	}
	defer func() {
		_ = recover() // an adapter's panic ends the reading, not the desk; it is tried again
		show()
		s.mu.Lock()
		defer s.mu.Unlock()
		close(g.reading)
		g.reading, g.tried = nil, s.d.Now()
	}()
	for c, err := range s.everybody(ctx, key) {
		if err != nil {
			return
		}
		rows = append(rows, newListed(c))
		if len(rows)%rosterPage == 0 {
			show()
			if t := time.NewTimer(rosterPause); !waited(ctx, t) {
				return
			}
		}
	}
	ended = true
}

func waited(ctx context.Context, t *time.Timer) bool {
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// everybody yields the rows of a list.
func (s *roster) everybody(ctx context.Context, key rosterKey) func(func(partner.Customer, error) bool) {
	center := s.d.reads()
	if !key.resellers {
		return center.Customers(ctx, key.of, partner.CustomerQuery{Most: rosterMost})
	}
	return func(yield func(partner.Customer, error) bool) {
		for r, err := range center.Resellers(ctx, partner.ResellerQuery{Most: rosterMost}) {
			if !yield(partner.Customer{ID: string(r.ID), Account: r.Account, Name: r.Name, Association: partner.Resale}, err) {
				return
			}
		}
	}
}

// reads is the partner center to read from.
func (d *Deps) reads() Center {
	if d.Center == nil && d.Money != nil {
		return d.Money.Center
	}
	return d.Center
}

// loosely is how far a name is in which the typed characters stand in their order
// but not together, as 云科 does in 云帆科技.
const loosely = partly + 1

// typedName is a typed text, made comparable once for a whole list.
type typedName struct{ plain, login, folded, core string }

func newTyped(s string) typedName {
	s = strings.TrimSpace(s)
	return typedName{plain: s, login: strings.ReplaceAll(s, " ", ""), folded: fold(s), core: core(s)}
}

// far says how far a row is from what was typed; ok is false when it is not meant.
func (t typedName) far(l listed) (far int, ok bool) {
	switch {
	case t.folded == "":
		return partly, true
	case strings.EqualFold(t.plain, l.customer.ID), strings.EqualFold(t.login, l.customer.Account):
		return meant, true
	case t.folded == l.folded:
		return same, true
	case t.core == l.core:
		return similar, true
	case strings.Contains(l.folded, t.folded), strings.Contains(l.login, t.folded), strings.Contains(l.core, t.core):
		return partly, true
	case scattered(l.core, t.core):
		return loosely, true
	}
	return 0, false
}

// scattered reports whether the characters of part stand in whole in their order.
func scattered(whole, part string) bool {
	wanted := []rune(part)
	if len(wanted) < 2 {
		return false
	}
	for _, r := range whole {
		if len(wanted) > 0 && r == wanted[0] {
			wanted = wanted[1:]
		}
	}
	return len(wanted) == 0
}
