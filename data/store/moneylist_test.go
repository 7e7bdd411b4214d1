package store_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"partnerdesk/bot"
	"partnerdesk/handlers/money"
	"partnerdesk/handlers/partner"
)

// A list of the largest size comes back as it was, under its account alone, and
// leaves the list of those to look at when it is over.
func TestLists(t *testing.T) {
	s := newDesk(t)
	l := money.List{Team: "T1", ID: "ML-22222", Rev: 3, Seed: "d", Kind: money.GrantCustomer, Account: bot.Operator(), File: "名单.csv", Digest: "x", Same: "ML-33333", State: money.ListAwaiting,
		Seen: money.Preview{Available: 7, Known: true}, Requester: bot.PersonID{Team: "T1", User: "U1"}, RequesterRoles: []bot.Role{bot.RoleStaff}, Lang: "zh-CN",
		Shown: 3, Told: 2, Created: noon, Changed: noon, Expires: noon}
	for i := range money.MaxRows {
		l.Rows = append(l.Rows, money.Row{Line: i + 2, Typed: strings.Repeat("名", 64), Said: "5", Party: money.Party{ID: strings.Repeat("f", 32), Name: strings.Repeat("客", 60)},
			Amount: partner.Fen(i), Remark: strings.Repeat("备", 100), Field: "row", Fault: "sheet.fault.twice", Args: []string{"lines", strings.Repeat("9, ", 40)}, Operation: "MO-22222"})
	}
	put := func(l money.List) error {
		return s.Update(t.Context(), func(tx bot.Tx) error { return s.PutList(tx, l) })
	}
	if err := put(l); err != nil {
		t.Fatal(err)
	}
	got, found, err := s.FindList(t.Context(), "T1", l.ID)
	if err != nil || !found || !reflect.DeepEqual(got, l) {
		t.Errorf("found %v, %v:\n%+v\nwant\n%+v", found, err, got, l)
	}
	if _, found, _ := s.FindList(t.Context(), "T2", l.ID); found {
		t.Error("found in another team")
	}
	count := func() (own, other, live int) {
		a, err1 := s.ListsOf(t.Context(), "T1", bot.Operator())
		b, err2 := s.ListsOf(t.Context(), "T1", bot.Reseller("R1"))
		c, err3 := s.LiveLists(t.Context())
		if err := errors.Join(err1, err2, err3); err != nil {
			t.Fatal(err)
		}
		return len(a), len(b), len(c)
	}
	if own, other, live := count(); own != 1 || other != 0 || live != 1 {
		t.Errorf("own %d, another account's %d, live %d", own, other, live)
	}
	l.State = money.ListOver
	if err := put(l); err != nil {
		t.Fatal(err)
	}
	if _, _, live := count(); live != 0 {
		t.Error("what is over is still live")
	}
	l.Account = bot.Reseller("R1")
	if err := put(l); err == nil {
		t.Error("a list changed its account")
	}
}
