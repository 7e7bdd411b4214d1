package money

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"sync"

	"partnerdesk/bot"
)

// Memory is a [Book] that lasts as long as the process, for tests of the rules
// and for the terminal. It does not take back what a failed transaction wrote.
// The zero value is empty and ready.
type Memory struct {
	mu sync.Mutex // guards the fields below

	operations map[[2]string]Operation
	pools      map[string]Pool
	days       map[string]Day
	lanes      map[string]Lane
	claims     map[string]string
	freezes    map[string]Freeze
	nights     map[[3]string]Night
	lists      map[[2]string]List
	requests   map[[2]string]Request
	wishes     map[string]Wishes
}

var (
	_ Book      = (*Memory)(nil)
	_ NightBook = (*Memory)(nil)
)

func set[K comparable, V any](m *sync.Mutex, rows *map[K]V, k K, v V) {
	m.Lock()
	defer m.Unlock()
	if *rows == nil {
		*rows = map[K]V{}
	}
	(*rows)[k] = v
}

func get[K comparable, V any](m *sync.Mutex, rows *map[K]V, k K) (V, bool) {
	m.Lock()
	defer m.Unlock()
	v, found := (*rows)[k]
	return v, found
}

// OperationIn implements [Book].
func (m *Memory) OperationIn(_ bot.Tx, team, id string) (Operation, bool, error) {
	o, found := get(&m.mu, &m.operations, [2]string{team, id})
	return o, found, nil
}

// PutOperation implements [Book].
func (m *Memory) PutOperation(_ bot.Tx, o Operation) error {
	set(&m.mu, &m.operations, [2]string{o.Team, o.ID}, o)
	return nil
}

// PoolIn implements [Book].
func (m *Memory) PoolIn(_ bot.Tx, team, source string) (Pool, error) {
	p, _ := get(&m.mu, &m.pools, team+"|"+source)
	return p, nil
}

// PutPool implements [Book].
func (m *Memory) PutPool(_ bot.Tx, team, source string, p Pool) error {
	set(&m.mu, &m.pools, team+"|"+source, p)
	return nil
}

// DayIn implements [Book].
func (m *Memory) DayIn(_ bot.Tx, team string, of bot.Account, day string) (Day, error) {
	d, _ := get(&m.mu, &m.days, team+"|"+of.String()+"|"+day)
	return d, nil
}

// PutDay implements [Book].
func (m *Memory) PutDay(_ bot.Tx, team string, of bot.Account, day string, d Day) error {
	set(&m.mu, &m.days, team+"|"+of.String()+"|"+day, d)
	return nil
}

// LaneIn implements [Book].
func (m *Memory) LaneIn(_ bot.Tx, team string, of bot.Account, k Kind) (Lane, error) {
	l, _ := get(&m.mu, &m.lanes, team+"|"+of.String()+"|"+string(k))
	return l, nil
}

// PutLane implements [Book].
func (m *Memory) PutLane(_ bot.Tx, team string, of bot.Account, k Kind, l Lane) error {
	set(&m.mu, &m.lanes, team+"|"+of.String()+"|"+string(k), l)
	return nil
}

// ClaimedBy implements [Book].
func (m *Memory) ClaimedBy(_ bot.Tx, team, claim string) (string, error) {
	by, _ := get(&m.mu, &m.claims, team+"|"+claim)
	return by, nil
}

// PutClaim implements [Book].
func (m *Memory) PutClaim(_ bot.Tx, team, claim, operation string) error {
	if by, found := get(&m.mu, &m.claims, team+"|"+claim); found && by != operation {
		return ErrClaimed
	}
	set(&m.mu, &m.claims, team+"|"+claim, operation)
	return nil
}

// FreezeIn implements [Book].
func (m *Memory) FreezeIn(_ bot.Tx, team, scope string) (Freeze, error) {
	f, _ := get(&m.mu, &m.freezes, team+"|"+scope)
	return f, nil
}

// PutFreeze implements [Book].
func (m *Memory) PutFreeze(_ bot.Tx, team, scope string, f Freeze) error {
	set(&m.mu, &m.freezes, team+"|"+scope, f)
	return nil
}

// FindOperation implements [Book].
func (m *Memory) FindOperation(_ context.Context, team, id string) (Operation, bool, error) {
	return m.OperationIn(nil, team, id)
}

// Operations implements [Book].
func (m *Memory) Operations(_ context.Context, team string, of bot.Account) ([]Operation, error) {
	return m.list(func(o Operation) bool { return o.Team == team && o.Account == of }), nil
}

// EveryOperation implements [Book].
func (m *Memory) EveryOperation(_ context.Context, team string) ([]Operation, error) {
	return m.list(func(o Operation) bool { return o.Team == team }), nil
}

// LiveOperations implements [Book].
func (m *Memory) LiveOperations(context.Context) ([]Operation, error) {
	return m.list(Operation.Live), nil
}

// Freezes implements [Book].
func (m *Memory) Freezes(_ context.Context, team string) ([]Freeze, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var list []Freeze
	for _, k := range slices.Sorted(maps.Keys(m.freezes)) {
		if f := m.freezes[k]; f.Set() && strings.HasPrefix(k, team+"|") {
			list = append(list, f)
		}
	}
	return list, nil
}

// RequestIn implements [Book].
func (m *Memory) RequestIn(_ bot.Tx, team, id string) (Request, bool, error) {
	r, found := get(&m.mu, &m.requests, [2]string{team, id})
	return r, found, nil
}

// PutRequest implements [Book].
func (m *Memory) PutRequest(_ bot.Tx, r Request) error {
	set(&m.mu, &m.requests, [2]string{r.Team, r.ID}, r)
	return nil
}

// WishesIn implements [Book].
func (m *Memory) WishesIn(_ bot.Tx, team string, of bot.Account) (Wishes, error) {
	a, _ := get(&m.mu, &m.wishes, team+"|"+of.String())
	return a, nil
}

// PutWishes implements [Book].
func (m *Memory) PutWishes(_ bot.Tx, team string, of bot.Account, a Wishes) error {
	set(&m.mu, &m.wishes, team+"|"+of.String(), a)
	return nil
}

// FindRequest implements [Book].
func (m *Memory) FindRequest(_ context.Context, team, id string) (Request, bool, error) {
	return m.RequestIn(nil, team, id)
}

// Requests implements [Book].
func (m *Memory) Requests(_ context.Context, team string, of bot.Account) ([]Request, error) {
	return m.listRequests(func(r Request) bool { return r.Team == team && r.Account == of }), nil
}

// EveryRequest implements [Book].
func (m *Memory) EveryRequest(_ context.Context, team string) ([]Request, error) {
	return m.listRequests(func(r Request) bool { return r.Team == team }), nil
}

// LiveRequests implements [Book].
func (m *Memory) LiveRequests(context.Context) ([]Request, error) {
	return m.listRequests(Request.Live), nil
}

func (m *Memory) listRequests(is func(Request) bool) []Request {
	m.mu.Lock()
	defer m.mu.Unlock()
	var list []Request
	for _, r := range m.requests {
		if is(r) {
			list = append(list, r)
		}
	}
	slices.SortFunc(list, OlderRequest)
	return list
}

// OlderRequest orders requests by when they were made.
func OlderRequest(a, b Request) int {
	return cmp.Or(a.Created.Compare(b.Created), strings.Compare(a.ID, b.ID))
}

func (m *Memory) list(is func(Operation) bool) []Operation {
	m.mu.Lock()
	defer m.mu.Unlock()
	var list []Operation
	for _, o := range m.operations {
		if is(o) {
			list = append(list, o)
		}
	}
	slices.SortFunc(list, Older)
	return list
}

// Older orders operations by when they were made.
func Older(a, b Operation) int {
	return cmp.Or(a.Created.Compare(b.Created), strings.Compare(a.ID, b.ID))
}

// NightIn implements [NightBook].
func (m *Memory) NightIn(_ bot.Tx, team string, of bot.Account, day string) (Night, bool, error) {
	n, found := get(&m.mu, &m.nights, [3]string{team, of.String(), day})
	return n, found, nil
}

// PutNight implements [NightBook].
func (m *Memory) PutNight(_ bot.Tx, n Night) error {
	set(&m.mu, &m.nights, [3]string{n.Team, n.Account.String(), n.Day}, n)
	return nil
}

// Nights implements [NightBook].
func (m *Memory) Nights(ctx context.Context, team string, of bot.Account) ([]Night, error) {
	every, err := m.EveryNight(ctx, team)
	return slices.DeleteFunc(every, func(n Night) bool { return n.Account != of }), err
}

// EveryNight implements [NightBook].
func (m *Memory) EveryNight(_ context.Context, team string) ([]Night, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var list []Night
	for _, n := range m.nights {
		if n.Team == team {
			list = append(list, n)
		}
	}
	slices.SortFunc(list, func(a, b Night) int {
		return cmp.Or(strings.Compare(a.Account.String(), b.Account.String()), strings.Compare(a.Day, b.Day))
	})
	return list, nil
}

// Copy returns a book with the same rows, as a backup is.
func (m *Memory) Copy() *Memory {
	m.mu.Lock()
	defer m.mu.Unlock()
	return &Memory{operations: maps.Clone(m.operations), pools: maps.Clone(m.pools), days: maps.Clone(m.days), lanes: maps.Clone(m.lanes),
		claims: maps.Clone(m.claims), freezes: maps.Clone(m.freezes), nights: maps.Clone(m.nights)}
}
