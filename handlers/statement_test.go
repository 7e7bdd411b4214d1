package handlers_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"partnerdesk/handlers"
	"partnerdesk/handlers/access"
	"partnerdesk/handlers/money"
)

func TestStatement_Unexplained(t *testing.T) {
	s := money.Statement{Opening: money.Known(1000), Closing: money.Known(1250)}
	s.Add("granted", "", 500, true)
	s.Add("granted", "", 100, true)
	s.Add("spent", "", -300, true)
	s.Add("mode.1", "", -300, false) // beside the balance
	if got := s.Unexplained(); got != money.Known(-50) || len(s.Flows) != 3 {
		t.Errorf("got %+v of %+v", got, s.Flows)
	}
	s.Opening = money.Sum{}
	if got := s.Unexplained(); got.Known {
		t.Errorf("without an opening balance: %+v", got)
	}
}

// A month of a customer: the balance at its beginning, a grant, a reclaim, and
// what the balance is now explain each other to the fen.
func TestStatement_OfACustomer(t *testing.T) {
	o := newFront(t, access.SolutionProvider, money.Policy{})
	o.deps.Sheets = tables{}
	o.now = time.Date(2026, 11, 30, 16, 5, 0, 0, time.UTC) // 00:05 of 1 December in Shanghai
	o.deps.Money.Snapshots = o.Store
	o.deps.Roles = roles(o)
	o.job(t, "month-balances")
	o.advance(26 * time.Hour)
	o.job(t, "month-balances") // has been done
	grant := func(command string) {
		t.Helper()
		form := o.says(t, anna, "funds", command+" acme")
		o.fills(t, anna, form, map[string]string{"name": "acme", "amount": map[string]string{"grant": "300", "reclaim": "120"}[command], "remark": ""})
		o.clicks(t, anna, button(t, o.reads(t)[anna], "funds.submit"))
		o.round(t)
		o.clicks(t, boris, button(t, o.reads(t)[boris], "funds.approve"))
		o.round(t)
		o.reads(t)
	}
	grant("grant")
	grant("reclaim")
	o.advance(time.Hour) // until the records show it
	o.says(t, chen, "customer", "statement acme this")
	text := words(o.reads(t)[chen])
	for _, want := range []string{"statement of 2026-12", "Opening balance", "Granted +300.00", "Reclaimed -120.00", "Difference nobody explains 0.00", "not a settlement document", "The month is not over"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in:\n%s", want, text)
		}
	}
	if strings.Count(text, "statement of 2026-12") != 2 { // the message, and the file under its title
		t.Errorf("no file comes with it: %s", text)
	}
	// Of a month nobody looked at the beginning of, that is said.
	o.says(t, chen, "customer", "statement acme 2026-10")
	if text := words(o.reads(t)[chen]); !strings.Contains(text, "unknown") || !strings.Contains(text, "does not tell past balances") {
		t.Errorf("an unwatched month:\n%s", text)
	}
	for typed, want := range map[string]string{"statement acme 2027-05": "no month to ask for", "statement": "Add the name", "statement xingye-games": "referral customer"} {
		o.says(t, chen, "customer", typed)
		if text := words(o.reads(t)[chen]); !strings.Contains(text, want) {
			t.Errorf("%q: %s", typed, text)
		}
	}
	// Tables are taken away by who may, and nobody else.
	o.says(t, anna, "customer", "statement acme this")
	if text := words(o.reads(t)[anna]); !strings.Contains(text, "导出的权限") {
		t.Errorf("staff read: %s", text)
	}
}

// A reseller's month comes from the account statement of the center.
func TestStatement_OfAReseller(t *testing.T) {
	o := newFront(t, access.Distributor, money.Policy{})
	form := o.says(t, anna, "funds", "grant")
	o.fills(t, anna, form, map[string]string{"to": "reseller", "name": "huiyun", "amount": "777", "remark": ""})
	o.clicks(t, anna, button(t, o.reads(t)[anna], "funds.submit"))
	o.round(t)
	o.clicks(t, boris, button(t, o.reads(t)[boris], "funds.approve"))
	o.round(t)
	o.reads(t)
	o.says(t, chen, "reseller", "statement huiyun this")
	text := words(o.reads(t)[chen])
	for _, want := range []string{"statement of 2026-11", "Granted +777.00", "Difference nobody explains 0.00"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in:\n%s", want, text)
		}
	}
}

func roles(o *front) *handlers.Roles {
	return &handlers.Roles{Book: o.Store, People: o.town, Listed: o.deps.Money.Listed, Team: func(context.Context) (string, error) { return "T1", nil }}
}
