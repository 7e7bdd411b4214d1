package benefit

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
	mu sync.Mutex // guards the fields below

	list   []Benefit
	drafts []Draft
}

var _ Book = (*Memory)(nil)

// BenefitIn implements [Book].
func (m *Memory) BenefitIn(_ bot.Tx, team string, of bot.Account, id string) (Benefit, bool, error) {
	return m.FindBenefit(context.Background(), team, of, id)
}

// PutBenefit implements [Book].
func (m *Memory) PutBenefit(_ bot.Tx, b Benefit) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.list = slices.DeleteFunc(m.list, func(x Benefit) bool { return x.Team == b.Team && x.Account == b.Account && x.ID == b.ID })
	m.list = append(m.list, b)
	return nil
}

// FindBenefit implements [Book].
func (m *Memory) FindBenefit(ctx context.Context, team string, of bot.Account, id string) (Benefit, bool, error) {
	list, err := m.Benefits(ctx, team, of)
	for _, b := range list {
		if b.ID == id {
			return b, true, err
		}
	}
	return Benefit{}, false, err
}

// Benefits implements [Book].
func (m *Memory) Benefits(_ context.Context, team string, of bot.Account) ([]Benefit, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	list := slices.DeleteFunc(slices.Clone(m.list), func(b Benefit) bool { return b.Team != team || b.Account != of })
	slices.SortFunc(list, func(a, b Benefit) int { return strings.Compare(a.ID, b.ID) })
	return list, nil
}

// PutDraft implements [Book].
func (m *Memory) PutDraft(_ bot.Tx, d Draft) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.drafts = slices.DeleteFunc(m.drafts, func(x Draft) bool { return x.Team == d.Team && x.Account == d.Account && x.ID == d.ID })
	m.drafts = append(m.drafts, d)
	return nil
}

// DraftIn implements [Book].
func (m *Memory) DraftIn(_ bot.Tx, team string, of bot.Account, id string) (Draft, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	i := slices.IndexFunc(m.drafts, func(d Draft) bool { return d.Team == team && d.Account == of && d.ID == id })
	if i < 0 {
		return Draft{}, false, nil
	}
	return m.drafts[i], true, nil
}
