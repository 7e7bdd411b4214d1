package money

import (
	"context"
	"time"

	"partnerdesk/bot"
	"partnerdesk/handlers/partner"
)

// Sum is an amount that may be unknown, which is not zero.
type Sum struct {
	Fen   partner.Fen
	Known bool
}

// Known is a known amount.
func Known(f partner.Fen) Sum { return Sum{Fen: f, Known: true} }

// Flow is a kind of movement in a month, with its direction: into the account is
// positive.
type Flow struct {
	Key  string // of the catalog, below statement.
	Raw  string // what the center calls it, where we have no word for it
	Fen  partner.Fen
	Cash bool // it moved the account's cash; the others are told beside it
}

// Statement is what happened to the money of one customer or reseller in a month.
// It is worked out from what the partner center tells and is not a settlement
// document.
type Statement struct {
	Month   partner.Month
	Until   time.Time // UTC; the data goes up to here; zero: the whole month
	Opening Sum       // cash at the beginning of the month
	Closing Sum       // and at its end, or now
	Flows   []Flow
}

// Unexplained is what is left of the difference of the balances when everything
// known to have moved cash is taken off. It is unknown when a balance is.
func (s Statement) Unexplained() Sum {
	if !s.Opening.Known || !s.Closing.Known {
		return Sum{}
	}
	rest := s.Closing.Fen - s.Opening.Fen
	for _, f := range s.Flows {
		if f.Cash {
			rest -= f.Fen
		}
	}
	return Known(rest)
}

// Add adds to the flow of a key, which it makes when there is none.
func (s *Statement) Add(key, raw string, f partner.Fen, cash bool) {
	for i := range s.Flows {
		if s.Flows[i].Key == key && s.Flows[i].Raw == raw {
			s.Flows[i].Fen += f
			return
		}
	}
	s.Flows = append(s.Flows, Flow{Key: key, Raw: raw, Fen: f, Cash: cash})
}

// Snapshot is what an account's customers had at the beginning of a month. The
// partner center tells balances of now only, so whoever wants an opening balance
// has to have looked.
type Snapshot struct {
	Team     string
	Account  bot.Account
	Month    partner.Month
	At       time.Time              // UTC; when it was looked
	Balances map[string]partner.Fen // customer id -> spendable amount
}

// SnapshotLate is how long after the first instant of a month a look still counts
// as its beginning.
const SnapshotLate = 24 * time.Hour

// Snapshots keeps them.
type Snapshots interface {
	// PutSnapshot keeps a snapshot whole; it takes as many transactions as it
	// needs, and one that was cut off is not there.
	PutSnapshot(ctx context.Context, s Snapshot) error
	FindSnapshot(ctx context.Context, team string, of bot.Account, m partner.Month) (Snapshot, bool, error)
}

// Begin is the first instant of a month, which the partner center counts in
// UTC+8 (partner API sheet, section 3.6, 2026-11-20).
func Begin(m partner.Month) time.Time {
	return time.Date(m.Year, m.Month, 1, 0, 0, 0, 0, shanghai())
}

// End is the first instant of the month after it.
func End(m partner.Month) time.Time { return Begin(m).AddDate(0, 1, 0) }

// MonthOf is the month a moment lies in.
func MonthOf(t time.Time) partner.Month {
	t = t.In(shanghai())
	return partner.Month{Year: t.Year(), Month: t.Month()}
}
