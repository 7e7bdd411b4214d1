package store_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"partnerdesk/bot"
	"partnerdesk/bot/lang"
	"partnerdesk/handlers/benefit"
	"partnerdesk/handlers/partner"
)

func aBenefit() benefit.Benefit {
	who, other := bot.PersonID{Team: "T1", User: "U1"}, bot.PersonID{Team: "T1", User: "U2"}
	return benefit.Benefit{
		Team: "T1", Account: bot.Reseller("a"), ID: "BF-7F3K", Seed: "ev1", Kind: benefit.TestCoupon, Owner: who,
		Values: map[string]string{"name": "订单方案", "until": "2026-12-31"}, State: "cloud",
		Ticks:    []benefit.Tick{{Box: "level", By: who, At: noon}},
		Counts:   []benefit.Count{{Amount: partner.Yuan(20000), By: who, At: noon, Seed: "ev2", Note: "邮件"}, {Use: true, Amount: 5, By: other, At: noon, Void: true}},
		Evidence: []benefit.Evidence{{URL: "https://docs.example.com/1", By: who, At: noon}},
		History: []benefit.Change{{Rev: 1, By: who, At: noon, What: benefit.Opened}, {Rev: 2, By: other, At: noon, What: benefit.Edited, Field: "until", From: "a", To: "b"},
			{Rev: 3, By: other, At: noon, What: benefit.Assigned, Who: who}},
		Cards: []benefit.Card{{Person: who, Lang: lang.Chinese}, {Person: other, Lang: lang.English}}, Rev: 3, Opened: noon, Since: noon, Changed: noon,
	}
}

func aDraft() benefit.Draft {
	row := benefit.Benefit{Team: "T1", Account: bot.Reseller("a"), Kind: benefit.Label, Values: map[string]string{"name": "大数据"}, State: "open", Counts: []benefit.Count{{Amount: 7}}}
	return benefit.Draft{Team: "T1", Account: bot.Reseller("a"), ID: "d1", Person: bot.PersonID{Team: "T1", User: "U1"}, Rows: []benefit.Benefit{row}, At: noon, Taken: 1}
}

func TestBenefit_KeepsEveryFieldUnderItsAccount(t *testing.T) {
	d := newDesk(t)
	want := aBenefit()
	d.do(t, func(tx bot.Tx) error { return d.PutBenefit(tx, want) })
	d = d.reopen(t)
	if got, found, err := d.FindBenefit(t.Context(), "T1", bot.Reseller("a"), want.ID); err != nil || !found || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v, %v, want %+v", got, found, err, want)
	}
	if list, err := d.Benefits(t.Context(), "T1", bot.Reseller("a")); err != nil || len(list) != 1 || !reflect.DeepEqual(list[0], want) {
		t.Errorf("every: %+v, %v", list, err)
	}
	for _, other := range []bot.Account{bot.Reseller("b"), bot.Operator()} {
		if _, found, err := d.FindBenefit(t.Context(), "T1", other, want.ID); err != nil || found {
			t.Errorf("%s finds it: %v, %v", other, found, err)
		}
		if list, err := d.Benefits(t.Context(), "T1", other); err != nil || len(list) != 0 {
			t.Errorf("%s lists it: %+v, %v", other, list, err)
		}
	}
}

func TestBenefit_DraftOfAnImport(t *testing.T) {
	d := newDesk(t)
	want := aDraft()
	d.do(t, func(tx bot.Tx) error { return d.PutDraft(tx, want) })
	d.do(t, func(tx bot.Tx) error {
		got, found, err := d.DraftIn(tx, "T1", bot.Reseller("a"), "d1")
		if err != nil || !found || !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v, %v, %v, want %+v", got, found, err, want)
		}
		if _, found, err := d.DraftIn(tx, "T1", bot.Reseller("b"), "d1"); err != nil || found {
			t.Errorf("another account finds it: %v, %v", found, err)
		}
		return nil
	})
	if _, err := d.Sweep(t.Context(), noon.Add(8*24*time.Hour), 100); err != nil {
		t.Fatal(err)
	}
	for _, k := range d.rows(t, "") {
		if strings.HasPrefix(k, "benefit-draft/") {
			t.Errorf("%s is still there", k)
		}
	}
}

// An open row stays for ever, one that is over 800 days; reopened in time it
// stays.
func TestBenefit_HowLongItStays(t *testing.T) {
	d := newDesk(t)
	open, over, again := aBenefit(), aBenefit(), aBenefit()
	over.ID, over.State, over.Before = "BF-OVER", "closed", "cloud"
	again.ID, again.State, again.Before = "BF-AGAIN", "closed", "cloud"
	d.do(t, func(tx bot.Tx) error {
		for _, b := range []benefit.Benefit{open, over, again} {
			if err := d.PutBenefit(tx, b); err != nil {
				return err
			}
		}
		return nil
	})
	again.State, again.Before = "cloud", ""
	d.do(t, func(tx bot.Tx) error { return d.PutBenefit(tx, again) })
	sweepTo(t, d, 799)
	if list, _ := d.Benefits(t.Context(), "T1", bot.Reseller("a")); len(list) != 3 {
		t.Errorf("after 799 days there are %+v", list)
	}
	sweepTo(t, d, 801)
	list, _ := d.Benefits(t.Context(), "T1", bot.Reseller("a"))
	if len(list) != 2 || list[0].ID == "BF-OVER" || list[1].ID == "BF-OVER" {
		t.Errorf("after 801 days there are %+v", list)
	}
}

func sweepTo(t *testing.T, d *desk, days int) {
	t.Helper()
	if _, err := d.Sweep(t.Context(), noon.Add(time.Duration(days)*24*time.Hour), 100); err != nil {
		t.Fatal(err)
	}
}

func TestErase_Benefits(t *testing.T) {
	d := newDesk(t)
	d.do(t, func(tx bot.Tx) error { return d.PutBenefit(tx, aBenefit()) })
	if n, err := d.Erase(t.Context(), bot.PersonID{Team: "T1", User: "U1"}, operator, noon); err != nil || n != 1 {
		t.Errorf("%d rows, %v", n, err)
	}
	b, _, err := d.FindBenefit(t.Context(), "T1", bot.Reseller("a"), "BF-7F3K")
	if err != nil || b.Owner.User != "" || b.Ticks[0].By.User != "" || b.Counts[0].By.User != "" || b.Evidence[0].By.User != "" || b.History[2].Who.User != "" || len(b.Cards) != 1 {
		t.Errorf("got %+v, %v", b, err)
	}
	if b.Counts[1].By.User != "U2" || b.Left() != partner.Yuan(20000) || b.Name() != "订单方案" {
		t.Errorf("more went than the name: %+v", b)
	}
}
