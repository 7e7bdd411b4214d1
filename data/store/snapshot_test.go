package store_test

import (
	"fmt"
	"reflect"
	"testing"

	"partnerdesk/bot"
	"partnerdesk/data/kv"
	"partnerdesk/data/store"
	"partnerdesk/handlers/money"
	"partnerdesk/handlers/partner"
)

func aSnapshot(customers int) money.Snapshot {
	s := money.Snapshot{Team: "T1", Account: bot.Reseller("R1"), Month: partner.Month{Year: 2026, Month: 11}, At: noon, Balances: map[string]partner.Fen{}}
	for i := range customers {
		s.Balances[fmt.Sprintf("customer-%d", i)] = partner.Fen(i)
	}
	return s
}

func TestSnapshot_RoundTrip(t *testing.T) {
	for _, n := range []int{0, 1, 100, 257} {
		d := newDesk(t)
		want := aSnapshot(n)
		ok(t, d.PutSnapshot(t.Context(), want))
		got, found, err := d.FindSnapshot(t.Context(), "T1", want.Account, want.Month)
		if err != nil || !found || !reflect.DeepEqual(got, want) {
			t.Errorf("%d customers: found %v, %v, got %d", n, found, err, len(got.Balances))
		}
		for _, other := range []money.Snapshot{{Team: "T2", Account: want.Account, Month: want.Month}, {Team: "T1", Account: bot.Operator(), Month: want.Month},
			{Team: "T1", Account: want.Account, Month: partner.Month{Year: 2026, Month: 10}}} {
			if _, found, err := d.FindSnapshot(t.Context(), other.Team, other.Account, other.Month); err != nil || found {
				t.Errorf("found for %+v: %v", other, err)
			}
		}
	}
}

// One that was cut off in the middle is not there, and the next look is whole.
func TestSnapshot_CutOff(t *testing.T) {
	deaths := 0
	for k := 1; k <= 4; k++ {
		d := newDesk(t)
		want := aSnapshot(257) // three parts and the one that closes them
		died := diesIn(func() {
			s, err := store.Open(t.Context(), kv.DB(&mortal{DB: d.db, left: 1 + k, before: true}), store.Options{})
			ok(t, err)
			ok(t, s.PutSnapshot(t.Context(), want))
		})
		if died {
			deaths++
		}
		if _, found, err := d.FindSnapshot(t.Context(), "T1", want.Account, want.Month); err != nil || found == died {
			t.Errorf("killed before commit %d (%v): found %v, %v", k, died, found, err)
		}
		ok(t, d.PutSnapshot(t.Context(), want))
		if got, found, err := d.FindSnapshot(t.Context(), "T1", want.Account, want.Month); err != nil || !found || len(got.Balances) != 257 {
			t.Errorf("after it: %v, %v", found, err)
		}
	}
	if deaths == 0 {
		t.Error("nothing was cut off")
	}
}
