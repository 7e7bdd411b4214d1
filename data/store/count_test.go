package store_test

import (
	"maps"
	"testing"

	"partnerdesk/bot"
)

func TestLedger(t *testing.T) {
	d := newDesk(t)
	if sums, err := d.Ledger(t.Context()); err != nil || len(sums) != 0 {
		t.Errorf("without operations: %v, %v", sums, err)
	}
	a, b := anOperation("OP-1"), anOperation("OP-2")
	d.do(t, func(tx bot.Tx) error {
		if err := d.PutOperation(tx, a); err != nil {
			return err
		}
		return d.PutOperation(tx, b)
	})
	want := map[string]int64{string(a.State): int64(a.Total() + b.Total()), "moved": int64(a.Moved() + b.Moved())}
	if sums, err := d.Ledger(t.Context()); err != nil || !maps.Equal(sums, want) {
		t.Errorf("got %v, %v, want %v", sums, err, want)
	}
	if rows, err := d.Count(t.Context()); err != nil || rows["operation"] != 2 {
		t.Errorf("got %v, %v", rows, err)
	}
}
