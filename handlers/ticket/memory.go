package ticket

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"partnerdesk/bot"
)

// Memory is a [Book] that lasts as long as the process: for the terminal, where
// nothing outlives the session. It does not take back what a failed transaction
// wrote. The zero value is empty and ready.
type Memory struct {
	mu sync.Mutex // guards the fields below

	tickets map[[2]string]Ticket
	works   map[string]Work
}

var _ Book = (*Memory)(nil)

// TicketIn implements [Book].
func (m *Memory) TicketIn(_ bot.Tx, team, id string) (Ticket, bool, error) {
	return m.FindTicket(context.Background(), team, id)
}

// PutTicket implements [Book].
func (m *Memory) PutTicket(_ bot.Tx, t Ticket) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.tickets == nil {
		m.tickets = map[[2]string]Ticket{}
	}
	m.tickets[[2]string{t.Team, t.ID}] = t
	return nil
}

// PutCaseWork implements [Book].
func (m *Memory) PutCaseWork(_ bot.Tx, w Work) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.works == nil {
		m.works = map[string]Work{}
	}
	m.works[w.Team+"/"+w.ID()] = w
	return nil
}

// CaseWorkIn implements [Book].
func (m *Memory) CaseWorkIn(_ bot.Tx, team, ticket string, number int) (Work, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	w, found := m.works[team+"/"+Work{Ticket: ticket, Number: number}.ID()]
	return w, found, nil
}

// DropCaseWork implements [Book].
func (m *Memory) DropCaseWork(_ bot.Tx, w Work) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.works, w.Team+"/"+w.ID())
	return nil
}

// FindTicket implements [Book].
func (m *Memory) FindTicket(_ context.Context, team, id string) (Ticket, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	t, found := m.tickets[[2]string{team, id}]
	return t, found, nil
}

// Tickets implements [Book].
func (m *Memory) Tickets(_ context.Context, team string, of bot.Account) ([]Ticket, error) {
	return m.list(func(t Ticket) bool { return t.Team == team && t.Account == of }), nil
}

// EveryTicket implements [Book].
func (m *Memory) EveryTicket(_ context.Context, team string) ([]Ticket, error) {
	return m.list(func(t Ticket) bool { return t.Team == team }), nil
}

// LiveCases implements [Book].
func (m *Memory) LiveCases(context.Context) ([]Ticket, error) { return m.list(Ticket.Live), nil }

// UnclaimedTickets implements [Book].
func (m *Memory) UnclaimedTickets(_ context.Context, now time.Time) ([]Ticket, error) {
	return m.list(func(t Ticket) bool { return t.Nudge(now) }), nil
}

// CaseWorks implements [Book].
func (m *Memory) CaseWorks(context.Context) ([]Work, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.SortedFunc(maps.Values(m.works), func(a, b Work) int {
		return cmp.Or(strings.Compare(a.Team, b.Team), strings.Compare(a.Ticket, b.Ticket), cmp.Compare(a.Number, b.Number))
	}), nil
}

func (m *Memory) list(is func(Ticket) bool) []Ticket {
	m.mu.Lock()
	defer m.mu.Unlock()
	var list []Ticket
	for _, t := range m.tickets {
		if is(t) {
			list = append(list, t)
		}
	}
	slices.SortFunc(list, func(a, b Ticket) int { return strings.Compare(a.ID, b.ID) })
	return list
}
