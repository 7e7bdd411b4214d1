package opportunity

import (
	"context"
	"slices"
	"strings"
	"sync"

	"partnerdesk/bot"
)

// Memory is a [Book] that lasts as long as the process: for the terminal. The
// zero value is empty and ready.
type Memory struct {
	mu sync.Mutex // guards the field below

	list []Opportunity
}

var _ Book = (*Memory)(nil)

// OpportunityIn implements [Book].
func (m *Memory) OpportunityIn(_ bot.Tx, team string, of bot.Account, id string) (Opportunity, bool, error) {
	return m.FindOpportunity(context.Background(), team, of, id)
}

// PutOpportunity implements [Book].
func (m *Memory) PutOpportunity(_ bot.Tx, o Opportunity) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	same := func(x Opportunity) bool { return x.Team == o.Team && x.Account == o.Account && x.ID == o.ID }
	if i := slices.IndexFunc(m.list, same); i >= 0 {
		m.list[i] = o
		return nil
	}
	m.list = append(m.list, o)
	return nil
}

// FindOpportunity implements [Book].
func (m *Memory) FindOpportunity(ctx context.Context, team string, of bot.Account, id string) (Opportunity, bool, error) {
	list, err := m.Opportunities(ctx, team, of)
	for _, o := range list {
		if o.ID == id {
			return o, true, err
		}
	}
	return Opportunity{}, false, err
}

// Opportunities implements [Book].
func (m *Memory) Opportunities(_ context.Context, team string, of bot.Account) ([]Opportunity, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	list := slices.DeleteFunc(slices.Clone(m.list), func(o Opportunity) bool { return o.Team != team || o.Account != of })
	slices.SortFunc(list, func(a, b Opportunity) int { return strings.Compare(a.ID, b.ID) })
	return list, nil
}
