package store_test

import (
	"reflect"
	"testing"

	"partnerdesk/bot"
	"partnerdesk/handlers/opportunity"
)

func anOpportunity() opportunity.Opportunity {
	who := bot.PersonID{Team: "T1", User: "U1"}
	return opportunity.Opportunity{
		Team: "T1", ID: "OP-7F3K", Seed: "ev1", Account: bot.Reseller("a"), Owner: who, Values: map[string]string{"company": "艾克美", "contact_phone": "13812345678"},
		State: "submitted", Number: "OPP-1", Notes: []opportunity.Note{{By: who, At: noon, Text: "见了客户"}}, Opened: noon, Since: noon, Changed: noon,
	}
}

func TestOpportunity_KeepsEveryFieldUnderItsAccount(t *testing.T) {
	d := newDesk(t)
	want := anOpportunity()
	d.do(t, func(tx bot.Tx) error { return d.PutOpportunity(tx, want) })
	d = d.reopen(t)
	if got, found, err := d.FindOpportunity(t.Context(), "T1", bot.Reseller("a"), want.ID); err != nil || !found || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v, %v, want %+v", got, found, err, want)
	}
	if list, err := d.Opportunities(t.Context(), "T1", bot.Reseller("a")); err != nil || len(list) != 1 {
		t.Errorf("list: %+v, %v", list, err)
	}
	for _, other := range []bot.Account{bot.Reseller("b"), bot.Operator()} {
		if _, found, err := d.FindOpportunity(t.Context(), "T1", other, want.ID); err != nil || found {
			t.Errorf("%s finds it: %v, %v", other, found, err)
		}
		if list, err := d.Opportunities(t.Context(), "T1", other); err != nil || len(list) != 0 {
			t.Errorf("%s lists it: %+v, %v", other, list, err)
		}
	}
}
