package store_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"partnerdesk/bot"
	"partnerdesk/data/kv"
	"partnerdesk/handlers/alert"
)

func anAlert() alert.Group {
	who := bot.PersonID{Team: "T1", User: "U1"}
	return alert.Group{Team: "T1", Kind: alert.Arrears, Items: []alert.Item{{Object: "c1", Args: []string{"name", "星辰", "amount", "88.00"}, Since: noon, Told: true, Shown: true}},
		Beyond: 3, Since: noon, Firing: true, Part: 2, Readers: []bot.PersonID{who, {Team: "T1", User: "U2"}}, Noticed: noon, Acked: alert.Hand{By: who, Until: noon.Add(day)},
		Muted: alert.Hand{By: who, Until: noon}, Owner: who, Held: alert.Told, Log: []alert.Event{{At: noon, What: alert.DidAck, By: who, Count: 4}}}
}

// someAlerts leaves a row of every family of alerts.
func someAlerts(t testing.TB, d *desk) {
	t.Helper()
	d.do(t, func(tx bot.Tx) error {
		return errors.Join(d.PutAlert(tx, anAlert()), d.PutAlertSource(tx, alert.Source{Team: "T1", Name: "store", Read: noon, Next: noon}), d.PutWeek(tx, "T1", "2026-W47", noon, 3))
	})
}

func TestAlerts_KeptWhole(t *testing.T) {
	d := newDesk(t)
	someAlerts(t, d)
	list, err := d.Alerts(t.Context(), "T1")
	if err != nil || len(list) != 1 || !reflect.DeepEqual(list[0], anAlert()) {
		t.Errorf("got %+v, %v, want %+v", list, err, anAlert())
	}
	if other, _ := d.Alerts(t.Context(), "T2"); len(other) != 0 {
		t.Error("another team sees it")
	}
	sources, err := d.AlertSources(t.Context(), "T1")
	if err != nil || len(sources) != 1 || !sources[0].Read.Equal(noon) || !sources[0].Next.Equal(noon) || !sources[0].Fail.IsZero() {
		t.Errorf("got %+v, %v", sources, err)
	}
	d.do(t, func(tx bot.Tx) error {
		g, err := d.AlertIn(tx, "T1", alert.DiskLow)
		if err != nil || g.Kind != alert.DiskLow || g.Firing {
			t.Errorf("what is not there: %+v, %v", g, err)
		}
		return err
	})
}

// TestAlerts_AFullGroupFitsARow: with the longest words there may be.
func TestAlerts_AFullGroupFitsARow(t *testing.T) {
	d := newDesk(t)
	g := anAlert()
	long := strings.Repeat("星", 500)
	for i := range alert.MostItems {
		g.Items = append(g.Items[:min(i, len(g.Items))], alert.Item{Object: "0123456789abcdef0123456789abcdef", Args: []string{"name", long, "amount", long}, Since: noon})
	}
	d.do(t, func(tx bot.Tx) error { return d.PutAlert(tx, g) })
	for _, k := range d.rows(t, "alert") {
		v, _, err := d.db.Get(t.Context(), k)
		ok(t, err)
		if len(v) > kv.MaxValue*3/4 {
			t.Errorf("%s has %d bytes", k, len(v))
		}
	}
}
