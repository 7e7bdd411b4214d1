package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"partnerdesk/data/kv"
)

// Count counts all rows, by family. It reads the whole store.
func (s *Store) Count(ctx context.Context) (map[string]uint64, error) {
	rows := map[string]uint64{}
	for row, err := range kv.All(ctx, s.db, kv.Range{Limit: kv.MaxPage}) {
		if err != nil {
			return nil, fmt.Errorf("count rows: %w", err)
		}
		family, _, _ := strings.Cut(row.Key, "/")
		rows[family]++
	}
	return rows, nil
}

type pulseRow struct {
	header
	At  time.Time `json:"at"`
	Pad string    `json:"pad"`
}

// pulsePad makes the row as large as a long delivery, in bytes: on a full disk a
// small one may still find room where no delivery does.
const pulsePad = 16 << 10

// Pulse writes a row, to see whether that can be done.
func (s *Store) Pulse(ctx context.Context, at time.Time) error {
	err := s.db.Update(ctx, func(tx kv.Tx) error {
		return save(tx, "", key(famPulse, ""), &pulseRow{At: at.UTC(), Pad: strings.Repeat(" ", pulsePad)}, time.Time{})
	})
	return wrap(err, "write")
}

// Ledger sums up the operations with money: what those in each state are for,
// and under "moved" what they have moved for certain, in fen.
func (s *Store) Ledger(ctx context.Context) (map[string]int64, error) {
	sums := map[string]int64{}
	for r, err := range rowsOf[operationRow](ctx, s, famOperation+"/") {
		if err != nil {
			return nil, fmt.Errorf("sum up operations: %w", err)
		}
		o := r.words("")
		sums[string(o.State)] += int64(o.Total())
		sums["moved"] += int64(o.Moved())
	}
	return sums, nil
}
