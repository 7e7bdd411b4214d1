package store

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"partnerdesk/bot"
	"partnerdesk/data/kv"
	"partnerdesk/handlers/money"
	"partnerdesk/handlers/partner"
)

// famMonthBalance holds what customers had at the beginning of a month, a hundred
// in a row, and a row with number 0 that says that all are there.
const famMonthBalance = "month-balance"

const (
	keepMonthBalance = 800 * 24 * time.Hour // an auditor asks about the year before
	balanceChunk     = 100
)

type monthBalanceRow struct {
	header
	At       time.Time        `json:"at"`
	Chunks   int              `json:"chunks,omitempty"` // of row 0: how many there are
	Balances map[string]int64 `json:"balances,omitempty"`
}

var _ money.Snapshots = (*Store)(nil)

func monthBalanceKey(team string, of bot.Account, m partner.Month, chunk int) string {
	return key(famMonthBalance, team, of.String(), m.String(), fmt.Sprintf("%04d", chunk))
}

// PutSnapshot implements money.Snapshots.
func (s *Store) PutSnapshot(ctx context.Context, snap money.Snapshot) error {
	put := func(chunk int, r monthBalanceRow) error {
		return s.update(ctx, func(tx *Tx) error {
			row := r
			return save(tx.kv, snap.Team, monthBalanceKey(snap.Team, snap.Account, snap.Month, chunk), &row, snap.At.Add(keepMonthBalance))
		})
	}
	chunks := 0
	for ids := range slices.Chunk(slices.Sorted(maps.Keys(snap.Balances)), balanceChunk) {
		r := monthBalanceRow{At: snap.At.UTC(), Balances: map[string]int64{}}
		for _, id := range ids {
			r.Balances[id] = int64(snap.Balances[id])
		}
		chunks++
		if err := put(chunks, r); err != nil {
			return wrap(err, "keep balances")
		}
	}
	return wrap(put(0, monthBalanceRow{At: snap.At.UTC(), Chunks: chunks}), "keep balances")
}

// FindSnapshot implements money.Snapshots.
func (s *Store) FindSnapshot(ctx context.Context, team string, of bot.Account, m partner.Month) (money.Snapshot, bool, error) {
	snap := money.Snapshot{Team: team, Account: of, Month: m, Balances: map[string]partner.Fen{}}
	whole, chunks := false, 0
	for row, err := range kv.All(ctx, s.db, kv.Range{Prefix: prefix(famMonthBalance, team, of.String(), m.String())}) {
		if err != nil {
			return snap, false, wrap(err, "find balances")
		}
		var r monthBalanceRow
		if err := decode(row.Key, row.Value, &r); err != nil {
			return snap, false, wrap(err, "find balances")
		}
		if row.Key == monthBalanceKey(team, of, m, 0) {
			whole, chunks, snap.At = true, r.Chunks, r.At
			continue
		}
		chunks--
		for id, fen := range r.Balances {
			snap.Balances[id] = partner.Fen(fen)
		}
	}
	return snap, whole && chunks <= 0, nil
}
