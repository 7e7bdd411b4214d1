package rounds

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"partnerdesk/data/kv"
	"partnerdesk/data/store"
	"partnerdesk/handlers/partner"
	"partnerdesk/handlers/partner/aksk"
	"partnerdesk/handlers/partner/rest"
	"partnerdesk/handlers/ticket"
)

// chores holds what people left against the rows that are there: one for each that was acknowledged, and one at most
// for any other.
func (t *runner) chores(ctx context.Context, db kv.DB) error {
	var rows [][]byte
	for _, family := range []string{"deadline/", "ticket/", "opportunity/"} {
		for row, err := range kv.All(ctx, db, kv.Range{Prefix: family, Limit: kv.MaxPage}) {
			if err != nil {
				return err
			}
			rows = append(rows, row.Value)
		}
	}
	t.books.mu.Lock()
	defer t.books.mu.Unlock()
	for _, c := range t.books.chores {
		n := 0
		for _, value := range rows {
			if i := bytes.Index(value, []byte(c.word)); i >= 0 && !digit(value, i+len(c.word)) {
				n++
			}
		}
		t.report.Chores++
		switch {
		case n == 0 && c.at.acked:
			t.lost(fmt.Sprintf("the %s of %s in round %d was acknowledged and is not there", c.kind, c.user, c.at.round))
		case n > 1:
			t.twice(fmt.Sprintf("the %s of %s in round %d is there %d times", c.kind, c.user, c.at.round, n))
		case n == 1:
			t.report.Rows++
		}
	}
	return nil
}

func digit(b []byte, i int) bool { return i < len(b) && b[i] >= '0' && b[i] <= '9' }

func (t *runner) twice(what string) {
	t.report.Twice++
	t.report.fault("twice", what)
}

// cases holds the cases at the partner center against the tickets: none has two, and none has one it does not know of.
func (t *runner) cases(ctx context.Context, s *store.Store) error {
	center, err := rest.New(rest.Options{
		Endpoint: t.town.center, CaseEndpoint: t.town.center, Keys: []aksk.Key{{AK: keyID, SK: aksk.Secret(keyValue)}},
		Kind: partner.SolutionProvider, Now: t.town.clock.Now,
	})
	if err != nil {
		return err
	}
	made := map[string][]string{} // ids of cases by ticket
	for c, err := range center.Cases(ctx, partner.CaseQuery{Most: 2000}) {
		if err != nil {
			return fmt.Errorf("cases at the partner center: %w", err)
		}
		id, err := reference(c.Description)
		if err != nil {
			continue // the sandbox has some of its own
		}
		made[id] = append(made[id], c.ID)
	}
	tickets, err := s.EveryTicket(ctx, team)
	if err != nil {
		return err
	}
	known := map[string]ticket.Ticket{}
	for _, row := range tickets {
		known[row.ID] = row
		switch {
		case row.State == ticket.Unknown && len(made[row.ID]) == 0:
			t.report.Doubts++
		case row.State == ticket.Sending, row.State == ticket.Unknown:
			t.lost(fmt.Sprintf("ticket %s is %s when all has come to rest, and has %d cases", row.ID, row.State, len(made[row.ID])))
		}
	}
	for id, list := range made {
		row, found := known[id]
		if !found {
			continue // one of the sandbox's own
		}
		t.report.Cases++
		if len(list) > 1 {
			t.twice(fmt.Sprintf("ticket %s has %d cases", id, len(list)))
		}
		if row.Case != list[0] && row.State != ticket.Unknown {
			t.lost(fmt.Sprintf("ticket %s (%s) does not know of its case %s", id, row.State, list[0]))
		}
	}
	return nil
}

// casesRest waits until nobody can still learn what became of a case: the worker looks 20 s after a call, of the
// desk's time, and goes round every 20 s of real time.
const casesRest = 45 * time.Second
