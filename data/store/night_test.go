package store_test

import (
	"errors"
	"reflect"
	"testing"

	"partnerdesk/bot"
	"partnerdesk/handlers/money"
	"partnerdesk/handlers/rota"
	"partnerdesk/handlers/worktime"
)

func aNight() money.Night {
	return money.Night{Team: "T1", Account: bot.Reseller("r/1"), Day: "2026-11-20", Rev: 2, Looked: noon, Looks: 3, Operations: 4, Agreed: 500, Records: 6, Pending: 1, More: 7, Closed: true,
		Findings: []money.Finding{{Mark: money.Differs, Kind: money.GrantCustomer, Auto: "unbind", Operation: "MO-7F3KQ", Claim: "trans/TR1", Party: "c1", Name: "甲", Said: 100, Found: 200,
			At: noon, By: "console", First: noon, Told: noon, Gone: noon, Acked: noon, Acker: bot.PersonID{Team: "T1", User: "U1"}, Note: "看过"}}}
}

// someRota leaves a row of every family of it, each naming U1 in another place.
func someRota(d *desk, tx bot.Tx) error {
	one, two, three := bot.PersonID{Team: "T1", User: "U1"}, bot.PersonID{Team: "T1", User: "U2"}, bot.PersonID{Team: "T1", User: "U3"}
	return errors.Join(
		d.PutStand(tx, rota.Stand{Person: one, Deputy: two, By: three, At: noon}),
		d.PutStand(tx, rota.Stand{Person: two, Deputy: three, From: worktime.On(2026, 11, 20), To: worktime.On(2026, 11, 27), By: one, At: noon}),
		d.PutStand(tx, rota.Stand{Person: three, Deputy: one, By: three, At: noon}),
		d.PutDeparture(tx, rota.Departure{Person: two, Items: []rota.Item{{Kind: "ticket", ID: "PD-1", To: one}, {Kind: "deadline", ID: "DL-1", To: three}}, At: noon, Changed: noon}))
}

func TestNight_KeepsEveryField(t *testing.T) {
	d := newDesk(t)
	want := aNight()
	for name, v := range map[string]reflect.Value{"night": reflect.ValueOf(want), "finding": reflect.ValueOf(want.Findings[0])} {
		for i := range v.NumField() {
			if v.Field(i).IsZero() {
				t.Errorf("the sample %s leaves %s empty", name, v.Type().Field(i).Name)
			}
		}
	}
	d.do(t, func(tx bot.Tx) error { return d.PutNight(tx, want) })
	d = d.reopen(t)
	if got, err := d.Nights(t.Context(), "T1", want.Account); err != nil || len(got) != 1 || !reflect.DeepEqual(got[0], want) {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	if got, err := d.EveryNight(t.Context(), "T1"); err != nil || len(got) != 1 {
		t.Errorf("all: got %+v, %v", got, err)
	}
	if got, err := d.Nights(t.Context(), "T1", bot.Operator()); err != nil || len(got) != 0 {
		t.Errorf("another account reads %+v, %v", got, err)
	}
}

func TestRota_KeepsEveryField(t *testing.T) {
	d := newDesk(t)
	d.do(t, func(tx bot.Tx) error { return someRota(d, tx) })
	d = d.reopen(t)
	got, err := d.Stands(t.Context(), "T1")
	ok(t, err)
	var want rota.Memory
	ok(t, want.PutStand(nil, rota.Stand{Person: bot.PersonID{Team: "T1", User: "U2"}, Deputy: bot.PersonID{Team: "T1", User: "U3"},
		From: worktime.On(2026, 11, 20), To: worktime.On(2026, 11, 27), By: bot.PersonID{Team: "T1", User: "U1"}, At: noon}))
	stands, _ := want.Stands(t.Context(), "T1")
	if len(got) != 3 || !reflect.DeepEqual(got[1], stands[0]) || !got[0].Standing() || got[1].Standing() {
		t.Errorf("got %+v", got)
	}
	d.do(t, func(tx bot.Tx) error {
		gone, found, err := d.DepartureIn(tx, bot.PersonID{Team: "T1", User: "U2"})
		if err != nil || !found || len(gone.Items) != 2 || !gone.Has("ticket", "PD-1") || !gone.At.Equal(noon) {
			t.Errorf("departure: got %+v, %v, %v", gone, found, err)
		}
		return d.DropStand(tx, bot.PersonID{Team: "T1", User: "U1"}, true)
	})
	if got, err := d.Stands(t.Context(), "T1"); err != nil || len(got) != 2 {
		t.Errorf("after one was taken back: %+v, %v", got, err)
	}
}
