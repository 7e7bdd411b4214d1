package store

import (
	"context"
	"fmt"
	"time"

	"partnerdesk/bot"
	"partnerdesk/data/kv"
	"partnerdesk/handlers/money"
	"partnerdesk/handlers/partner"
)

// What the nightly comparison of ledger and records found, a row for each
// account and day.

const famMoneyNight = "money-night"

// keepNight is how long a day's comparison is kept: two years and a bit, as an
// auditor asks about the year before.
const keepNight = 800 * 24 * time.Hour

var _ money.NightBook = (*Store)(nil)

type nightRow struct {
	header
	Account    string         `json:"account"`
	Day        string         `json:"day"`
	Rev        int            `json:"rev,omitempty"`
	Looked     time.Time      `json:"looked"`
	Looks      int            `json:"looks,omitempty"`
	Operations int            `json:"operations,omitempty"`
	Agreed     int64          `json:"agreed,omitempty"` // fen
	Records    int            `json:"records,omitempty"`
	Pending    int            `json:"pending,omitempty"`
	Findings   []nightFinding `json:"findings,omitempty"`
	More       int            `json:"more,omitempty"`
	Closed     bool           `json:"closed,omitempty"`
}

type nightFinding struct {
	Mark      money.Mark `json:"mark"`
	Kind      money.Kind `json:"kind,omitempty"`
	Auto      string     `json:"auto,omitempty"`
	Operation string     `json:"operation,omitempty"`
	Claim     string     `json:"claim,omitempty"`
	Party     string     `json:"party,omitempty"`
	Name      string     `json:"name,omitempty"`
	Said      int64      `json:"said,omitempty"`  // fen
	Found     int64      `json:"found,omitempty"` // fen
	At        time.Time  `json:"at"`
	By        string     `json:"by,omitempty"`
	First     time.Time  `json:"first,omitzero"`
	Told      time.Time  `json:"told,omitzero"`
	Gone      time.Time  `json:"gone,omitzero"`
	Acked     time.Time  `json:"acked,omitzero"`
	Acker     person     `json:"acker,omitzero"`
	Note      string     `json:"note,omitempty"`
}

func nightKey(team string, of bot.Account, day string) string {
	return key(famMoneyNight, team, of.String(), day)
}

// NightIn implements money.NightBook.
func (s *Store) NightIn(tx bot.Tx, team string, of bot.Account, day string) (money.Night, bool, error) {
	own, err := s.within(tx)
	if err != nil {
		return money.Night{}, false, err
	}
	var r nightRow
	found, err := load(own.kv, nightKey(team, of, day), &r)
	if err != nil || !found {
		return money.Night{}, false, err
	}
	return r.words(team), true, nil
}

// PutNight implements money.NightBook.
func (s *Store) PutNight(tx bot.Tx, n money.Night) error {
	own, err := s.within(tx)
	if err != nil {
		return err
	}
	date, err := time.Parse(time.DateOnly, n.Day)
	if err != nil {
		return fmt.Errorf("put night: %w", err)
	}
	var r nightRow
	k := nightKey(n.Team, n.Account, n.Day)
	if _, err := load(own.kv, k, &r); err != nil {
		return err
	}
	r = nightRow{header: r.header, Account: n.Account.String(), Day: n.Day, Rev: n.Rev, Looked: n.Looked.UTC(), Looks: n.Looks, Operations: n.Operations,
		Agreed: int64(n.Agreed), Records: n.Records, Pending: n.Pending, More: n.More, Closed: n.Closed}
	for _, f := range n.Findings {
		r.Findings = append(r.Findings, nightFinding{Mark: f.Mark, Kind: f.Kind, Auto: f.Auto, Operation: f.Operation, Claim: f.Claim, Party: f.Party, Name: clipText(f.Name),
			Said: int64(f.Said), Found: int64(f.Found), At: f.At.UTC(), By: f.By, First: f.First.UTC(), Told: f.Told.UTC(), Gone: f.Gone.UTC(),
			Acked: f.Acked.UTC(), Acker: person(f.Acker), Note: clipText(f.Note)})
	}
	return save(own.kv, n.Team, k, &r, date.Add(keepNight))
}

func (r *nightRow) words(team string) money.Night {
	account, _ := bot.ParseAccount(r.Account)
	n := money.Night{Team: team, Account: account, Day: r.Day, Rev: r.Rev, Looked: r.Looked, Looks: r.Looks, Operations: r.Operations,
		Agreed: partner.Fen(r.Agreed), Records: r.Records, Pending: r.Pending, More: r.More, Closed: r.Closed}
	for _, f := range r.Findings {
		n.Findings = append(n.Findings, money.Finding{Mark: f.Mark, Kind: f.Kind, Auto: f.Auto, Operation: f.Operation, Claim: f.Claim, Party: f.Party, Name: f.Name,
			Said: partner.Fen(f.Said), Found: partner.Fen(f.Found), At: f.At, By: f.By, First: f.First, Told: f.Told, Gone: f.Gone,
			Acked: f.Acked, Acker: bot.PersonID(f.Acker), Note: f.Note})
	}
	return n
}

// Nights implements money.NightBook.
func (s *Store) Nights(ctx context.Context, team string, of bot.Account) ([]money.Night, error) {
	return s.nights(ctx, team, prefix(famMoneyNight, team, of.String()))
}

// EveryNight implements money.NightBook.
func (s *Store) EveryNight(ctx context.Context, team string) ([]money.Night, error) {
	return s.nights(ctx, team, prefix(famMoneyNight, team))
}

// AllNights lists those of all teams, for who administers the store.
func (s *Store) AllNights(ctx context.Context) (list []money.Night, err error) {
	err = s.eachTeam(ctx, famMoneyNight, func(team string, row kv.Row) error {
		var r nightRow
		if err := decode(row.Key, row.Value, &r); err != nil {
			return err
		}
		list = append(list, r.words(team))
		return nil
	})
	return list, wrap(err, "list nights")
}

func (s *Store) nights(ctx context.Context, team, prefix string) ([]money.Night, error) {
	var list []money.Night
	for r, err := range rowsOf[nightRow](ctx, s, prefix) {
		if err != nil {
			return nil, fmt.Errorf("list nights: %w", err)
		}
		list = append(list, r.words(team))
	}
	return list, nil
}
