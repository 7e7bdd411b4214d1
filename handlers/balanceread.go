package handlers

import (
	"context"
	"slices"
	"sync"
	"time"

	"partnerdesk/handlers/partner"
)

// Reading the balances of a whole account takes a call for a hundred customers,
// twice. What one request reads is bounded in time; the next one goes on where it
// stopped.
const (
	underTime = 12 * time.Second
	underMost = 20_000 // customers of one account
)

// holding is what one resale customer has.
type holding struct {
	id, name, login string
	frozen          bool
	balance         partner.CustomerBalance
	read            bool // the center was asked
}

// holdings are the resale customers of an account and what they have, as far as
// it was read.
type holdings struct {
	rows   []holding // resale customers, in the center's order
	listed int       // customers of any kind that were listed
	ended  bool      // there are no more to list
	capped bool      // there are, but they are too many
	at     time.Time // when the first of it was read
	ill    bool      // the center failed at the end
}

// unread counts the customers whose balance was not asked for yet.
func (h holdings) unread() (n int) {
	for _, row := range h.rows {
		if !row.read {
			n++
		}
	}
	return n
}

func (h holdings) whole() bool { return h.ended && h.unread() == 0 }

// gather reads on: it lists the customers that are missing and asks for the
// balances that are missing, both at the same time, until all is there or
// underTime is over. h is not changed. An error is returned only when nothing at
// all is known.
func (d *Deps) gather(ctx context.Context, of partner.Account, h holdings) (holdings, error) {
	short, cancel := context.WithTimeout(ctx, underTime)
	defer cancel()
	g := gathering{holdings: h, known: map[string]bool{}, by: map[string]int{}}
	g.rows = slices.Clone(h.rows)
	g.ill = false
	if g.at.IsZero() {
		g.at = d.Now()
	}
	for i, row := range g.rows {
		g.known[row.id], g.by[row.id] = true, i
	}
	todo := make(chan []string)
	var crew sync.WaitGroup
	for range atOnce {
		crew.Go(func() {
			for ids := range todo {
				if short.Err() == nil {
					got, err := d.Center.CustomerBalances(short, of, ids)
					g.add(short, got, err)
				}
			}
		})
	}
	g.list(short, d, of, todo)
	close(todo)
	crew.Wait()
	if err := ctx.Err(); err != nil {
		return h, err
	}
	if g.fault != nil && !g.whole() && g.unread() == len(g.rows) {
		return h, center(g.fault)
	}
	return g.holdings, nil
}

// gathering is a reading under way.
type gathering struct {
	holdings
	known map[string]bool

	mu    sync.Mutex     // guards the fields below, and rows
	by    map[string]int // rows by customer
	fault error
}

// fail notes an error; running out of time is no fault of the center.
func (g *gathering) fail(ctx context.Context, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if ctx.Err() == nil {
		g.fault, g.ill = err, true
	}
}

// list hands over the ids to ask for: those left from before, then those of the
// customers that were not listed yet.
func (g *gathering) list(ctx context.Context, d *Deps, of partner.Account, todo chan<- []string) {
	var ids []string
	for _, row := range g.rows {
		if !row.read {
			ids = append(ids, row.id)
		}
	}
	for len(ids) >= partner.MaxBalances {
		todo <- ids[:partner.MaxBalances]
		ids = ids[partner.MaxBalances:]
	}
	if !g.ended && g.listed < underMost {
		for c, err := range d.Center.Customers(ctx, of, partner.CustomerQuery{Skip: g.listed, Most: underMost - g.listed}) {
			if err != nil {
				g.fail(ctx, err)
				g.rest(todo, ids)
				return
			}
			g.listed++
			if c.Association != partner.Resale || g.known[c.ID] {
				continue
			}
			g.known[c.ID] = true
			g.append(holding{id: c.ID, name: c.Name, login: c.Account, frozen: c.Frozen != 0})
			if ids = append(ids, c.ID); len(ids) == partner.MaxBalances {
				todo <- ids
				ids = nil
			}
		}
		g.ended, g.capped = true, g.listed >= underMost
	}
	g.rest(todo, ids)
}

func (*gathering) rest(todo chan<- []string, ids []string) {
	if len(ids) > 0 {
		todo <- ids
	}
}

func (g *gathering) append(row holding) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.by[row.id] = len(g.rows)
	g.rows = append(g.rows, row)
}

// add notes what came back. One the center was asked for and left out has no
// balance it would tell, and is not asked for again.
func (g *gathering) add(ctx context.Context, got partner.CustomerBalances, err error) {
	if err != nil {
		g.fail(ctx, err)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, b := range got.Found {
		if i, asked := g.by[b.CustomerID]; asked {
			g.rows[i].balance, g.rows[i].read = b, true
		}
	}
	for _, id := range got.Dropped {
		if i, asked := g.by[id]; asked {
			g.rows[i].read = true
		}
	}
}
