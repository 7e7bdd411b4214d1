package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"partnerdesk/bot"
	"partnerdesk/handlers/money"
	"partnerdesk/handlers/partner"
)

// The rows that operations share: what they hold of a source, what an account
// asked for on a day, what is being sent, which record explains which operation,
// and what is frozen.

const (
	famOperation     = "operation"
	famOperationID   = "operation-id"
	famOperationLive = "operation-live"
	famMoneyPool     = "money-pool"
	famMoneyDay      = "money-day"
	famMoneyLane     = "money-lane"
	famMoneyClaim    = "money-claim"
	famMoneyFreeze   = "money-freeze"
)

// keepPool is how long what was taken from a source is remembered after the last
// change; an open share never goes.
const keepPool = 400 * 24 * time.Hour

// moneyFamilies are the families of operations and of the rows they share.
func moneyFamilies() []Family {
	return []Family{
		{famOperation, "team/account/operation", "what moves to whom, the preview both people saw, who asked and approved with which roles, state, result and proof for each party", "for ever"},
		{famOperationID, "team/operation", "index: the account of an operation", "for ever"},
		{famOperationLive, "team/operation", "index: operations a worker has to look at", "until it has not"},
		{famMoneyList, "team/account/list", "a table somebody uploaded: kind, quota, file name, the preview both people saw, who asked and approved, state", "for ever"},
		{famMoneyListID, "team/list", "index: the account of a list", "for ever"},
		{famMoneyListRows, "team/list/part", "fifty of its rows: party, amount, fault, the operation that carries it out", "for ever"},
		{famMoneyListLive, "team/list", "index: lists a worker has to look at", "until it has not"},
		{famMoneyPool, "team/source", "what each operation holds of a quota or a balance, or took a moment ago", "for ever"},
		{famMoneyDay, "team/account/day", "the operations that count towards the limits of a Shanghai day", "400 days"},
		{famMoneyLane, "team/account/kind", "the operations being sent or unknown, with their parties", "for ever"},
		{famMoneyClaim, "team/record", "the one operation that a record of the partner center explains", "for ever"},
		{famMonthBalance, "team/account/month/part", "what customers had at the beginning of a month, a hundred in a part; part 0 says how many there are", "800 days"},
		{famMoneyNight, "team/account/day", "what ledger and records of a Shanghai day did not explain to each other, who acknowledged it with which words", "800 days"},
		{famMoneyFreeze, "team/scope", "who stopped new sends, and who asked to end that", "until two people end it"},
	}
}

func sortOperations(list []money.Operation) { slices.SortFunc(list, money.Older) }

type moneyPoolRow struct {
	header
	Draws []moneyDraw `json:"draws,omitempty"`
}

type moneyDraw struct {
	Operation string    `json:"o"`
	Amount    int64     `json:"a"` // fen
	Settled   time.Time `json:"s,omitzero"`
}

// PoolIn implements money.Book.
func (s *Store) PoolIn(tx bot.Tx, team, source string) (money.Pool, error) {
	own, err := s.within(tx)
	if err != nil {
		return money.Pool{}, err
	}
	var r moneyPoolRow
	if _, err := load(own.kv, key(famMoneyPool, team, source), &r); err != nil {
		return money.Pool{}, err
	}
	var p money.Pool
	for _, d := range r.Draws {
		p.Draws = append(p.Draws, money.Draw{Operation: d.Operation, Amount: partner.Fen(d.Amount), Settled: d.Settled})
	}
	return p, nil
}

// PutPool implements money.Book.
func (s *Store) PutPool(tx bot.Tx, team, source string, p money.Pool) error {
	own, err := s.within(tx)
	if err != nil {
		return err
	}
	var r moneyPoolRow
	k := key(famMoneyPool, team, source)
	if _, err := load(own.kv, k, &r); err != nil {
		return err
	}
	r = moneyPoolRow{header: r.header}
	for _, d := range p.Draws {
		r.Draws = append(r.Draws, moneyDraw{d.Operation, int64(d.Amount), d.Settled.UTC()})
	}
	return save(own.kv, team, k, &r, time.Time{})
}

type moneyDayRow struct {
	header
	Entries map[string]moneyEntry `json:"entries,omitempty"`
}

type moneyEntry struct {
	Person  string   `json:"p"`
	Each    int64    `json:"e"` // fen
	Total   int64    `json:"t"` // fen
	Parties []string `json:"c,omitempty"`
	Alone   bool     `json:"a,omitempty"`
}

// DayIn implements money.Book.
func (s *Store) DayIn(tx bot.Tx, team string, of bot.Account, day string) (money.Day, error) {
	own, err := s.within(tx)
	if err != nil {
		return money.Day{}, err
	}
	var r moneyDayRow
	if _, err := load(own.kv, key(famMoneyDay, team, of.String(), day), &r); err != nil {
		return money.Day{}, err
	}
	d := money.Day{Entries: map[string]money.Entry{}}
	for id, e := range r.Entries {
		d.Entries[id] = money.Entry{Person: e.Person, Each: partner.Fen(e.Each), Total: partner.Fen(e.Total), Parties: e.Parties, Alone: e.Alone}
	}
	return d, nil
}

// PutDay implements money.Book.
func (s *Store) PutDay(tx bot.Tx, team string, of bot.Account, day string, d money.Day) error {
	own, err := s.within(tx)
	if err != nil {
		return err
	}
	date, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return fmt.Errorf("put money day: %w", err)
	}
	var r moneyDayRow
	k := key(famMoneyDay, team, of.String(), day)
	if _, err := load(own.kv, k, &r); err != nil {
		return err
	}
	r = moneyDayRow{header: r.header, Entries: map[string]moneyEntry{}}
	for id, e := range d.Entries {
		r.Entries[id] = moneyEntry{e.Person, int64(e.Each), int64(e.Total), e.Parties, e.Alone}
	}
	return save(own.kv, team, k, &r, date.Add(keepPool))
}

type moneyLaneRow struct {
	header
	Busy map[string]moneyPassage `json:"busy,omitempty"`
}

type moneyPassage struct {
	Parties []string `json:"c,omitempty"`
	Unknown bool     `json:"u,omitempty"`
}

// LaneIn implements money.Book.
func (s *Store) LaneIn(tx bot.Tx, team string, of bot.Account, k money.Kind) (money.Lane, error) {
	own, err := s.within(tx)
	if err != nil {
		return money.Lane{}, err
	}
	var r moneyLaneRow
	if _, err := load(own.kv, key(famMoneyLane, team, of.String(), string(k)), &r); err != nil {
		return money.Lane{}, err
	}
	l := money.Lane{Busy: map[string]money.Passage{}}
	for id, p := range r.Busy {
		l.Busy[id] = money.Passage(p)
	}
	return l, nil
}

// PutLane implements money.Book.
func (s *Store) PutLane(tx bot.Tx, team string, of bot.Account, kind money.Kind, l money.Lane) error {
	own, err := s.within(tx)
	if err != nil {
		return err
	}
	var r moneyLaneRow
	k := key(famMoneyLane, team, of.String(), string(kind))
	if _, err := load(own.kv, k, &r); err != nil {
		return err
	}
	r = moneyLaneRow{header: r.header, Busy: map[string]moneyPassage{}}
	for id, p := range l.Busy {
		r.Busy[id] = moneyPassage(p)
	}
	return save(own.kv, team, k, &r, time.Time{})
}

type moneyClaimRow struct {
	header
	Operation string `json:"operation"`
}

// ClaimedBy implements money.Book.
func (s *Store) ClaimedBy(tx bot.Tx, team, claim string) (string, error) {
	own, err := s.within(tx)
	if err != nil {
		return "", err
	}
	var r moneyClaimRow
	_, err = load(own.kv, key(famMoneyClaim, team, claim), &r)
	return r.Operation, err
}

// PutClaim implements money.Book.
func (s *Store) PutClaim(tx bot.Tx, team, claim, operation string) error {
	own, err := s.within(tx)
	if err != nil {
		return err
	}
	var r moneyClaimRow
	k := key(famMoneyClaim, team, claim)
	if found, err := load(own.kv, k, &r); err != nil {
		return err
	} else if found && r.Operation != operation {
		return money.ErrClaimed
	} else if found {
		return nil
	}
	r.Operation = operation
	return save(own.kv, team, k, &r, time.Time{})
}

type moneyFreezeRow struct {
	header
	Scope  string    `json:"scope"`
	By     person    `json:"by"`
	At     time.Time `json:"at"`
	ThawBy person    `json:"thaw_by,omitzero"`
}

func (r *moneyFreezeRow) words() money.Freeze {
	return money.Freeze{Scope: r.Scope, By: bot.PersonID(r.By), At: r.At, ThawBy: bot.PersonID(r.ThawBy)}
}

// FreezeIn implements money.Book.
func (s *Store) FreezeIn(tx bot.Tx, team, scope string) (money.Freeze, error) {
	own, err := s.within(tx)
	if err != nil {
		return money.Freeze{}, err
	}
	var r moneyFreezeRow
	found, err := load(own.kv, key(famMoneyFreeze, team, scope), &r)
	if err != nil || !found {
		return money.Freeze{}, err
	}
	return r.words(), nil
}

// PutFreeze implements money.Book.
func (s *Store) PutFreeze(tx bot.Tx, team, scope string, f money.Freeze) error {
	own, err := s.within(tx)
	if err != nil {
		return err
	}
	k := key(famMoneyFreeze, team, scope)
	if !f.Set() {
		return own.kv.Delete(k)
	}
	var r moneyFreezeRow
	if _, err := load(own.kv, k, &r); err != nil {
		return err
	}
	r = moneyFreezeRow{header: r.header, Scope: scope, By: person(f.By), At: f.At.UTC(), ThawBy: person(f.ThawBy)}
	return save(own.kv, team, k, &r, time.Time{})
}

// Freezes implements money.Book.
func (s *Store) Freezes(ctx context.Context, team string) ([]money.Freeze, error) {
	var list []money.Freeze
	for r, err := range rowsOf[moneyFreezeRow](ctx, s, prefix(famMoneyFreeze, team)) {
		if err != nil {
			return nil, fmt.Errorf("list freezes: %w", err)
		}
		list = append(list, r.words())
	}
	return list, nil
}
