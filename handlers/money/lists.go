package money

import (
	"cmp"
	"context"
	"slices"

	"partnerdesk/bot"
)

// Lists keeps lists. What the transaction reads, it depends on.
type Lists interface {
	// ListIn reads a list, of whichever account.
	ListIn(tx bot.Tx, team, id string) (l List, found bool, err error)
	// PutList keeps a list under its id; it is never forgotten.
	PutList(tx bot.Tx, l List) error
	// FindList returns a list by its id, of whichever account: the caller decides
	// whether the person may see it.
	FindList(ctx context.Context, team, id string) (l List, found bool, err error)
	// ListsOf lists those of one account, the oldest first.
	ListsOf(ctx context.Context, team string, of bot.Account) ([]List, error)
	// EveryList lists those of all accounts, for the operator.
	EveryList(ctx context.Context, team string) ([]List, error)
	// LiveLists lists those a worker has to look at, of all teams.
	LiveLists(ctx context.Context) ([]List, error)
}

var _ Lists = (*Memory)(nil)

// ListIn implements [Lists].
func (m *Memory) ListIn(_ bot.Tx, team, id string) (List, bool, error) {
	l, found := get(&m.mu, &m.lists, [2]string{team, id})
	return l, found, nil
}

// PutList implements [Lists].
func (m *Memory) PutList(_ bot.Tx, l List) error {
	l.Rows = slices.Clone(l.Rows)
	set(&m.mu, &m.lists, [2]string{l.Team, l.ID}, l)
	return nil
}

// FindList implements [Lists].
func (m *Memory) FindList(_ context.Context, team, id string) (List, bool, error) {
	return m.ListIn(nil, team, id)
}

// ListsOf implements [Lists].
func (m *Memory) ListsOf(_ context.Context, team string, of bot.Account) ([]List, error) {
	return m.listsWhere(func(l List) bool { return l.Team == team && l.Account == of }), nil
}

// EveryList implements [Lists].
func (m *Memory) EveryList(_ context.Context, team string) ([]List, error) {
	return m.listsWhere(func(l List) bool { return l.Team == team }), nil
}

// LiveLists implements [Lists].
func (m *Memory) LiveLists(context.Context) ([]List, error) {
	return m.listsWhere(List.Live), nil
}

func (m *Memory) listsWhere(is func(List) bool) (list []List) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, l := range m.lists {
		if is(l) {
			list = append(list, l)
		}
	}
	slices.SortFunc(list, OlderList)
	return list
}

// OlderList orders lists by when they were made.
func OlderList(a, b List) int {
	return cmp.Or(a.Created.Compare(b.Created), cmp.Compare(a.ID, b.ID))
}
