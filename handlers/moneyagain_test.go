package handlers_test

import (
	"strings"
	"testing"

	"partnerdesk/bot"
	"partnerdesk/handlers/access"
	"partnerdesk/handlers/money"
	"partnerdesk/handlers/partner"
)

// After a partial success the card offers only who got nothing, once; what comes
// of it is an operation of its own that a second person approves.
func TestApprovals_OnlyTheFailedAgain(t *testing.T) {
	o := newFront(t, access.SolutionProvider, money.Policy{})
	customers := o.customers(t)
	quota := ""
	for q, err := range o.center.Quotas(t.Context(), partner.Operator, partner.QuotaQuery{Status: []partner.QuotaStatus{partner.QuotaNormal}}) {
		if err != nil {
			t.Fatal(err)
		}
		if len(q.Limits) > 0 && q.Balance == partner.Yuan(5000) { // one coupon for a customer
			quota = q.ID
		}
	}
	first, second := o.issue(t, 100, customers[0]), o.issue(t, 100, customers[0], customers[1])
	first.Quota, second.Quota = quota, quota
	o.reserved(t, first)
	o.round(t)
	second = o.reserved(t, second)
	o.round(t)
	read := o.reads(t)
	again := button(t, read[anna], "voucher.again")
	if s := words(read[anna]); !strings.Contains(s, "部分完成，2 个里成功 1 个") || strings.Contains(words(read[boris]), "只对没成功的再来一次") {
		t.Errorf("anna reads %q", s)
	}
	o.clicks(t, anna, again)
	preview := o.reads(t)[anna]
	submit := button(t, preview, "voucher.submit")
	id, _, _ := strings.Cut(submit.Value, "|")
	next := o.operation(t, id)
	if len(next.Parties) != 1 || next.Parties[0].ID != customers[0].ID || next.Amount != second.Amount || next.Quota != quota || next.Requester != anna || next.State != money.Draft {
		t.Fatalf("offered again: %+v", next)
	}
	o.clicks(t, anna, again)
	if s := words(o.reads(t)[anna]); !strings.Contains(s, "已经另开了一笔") {
		t.Errorf("offered twice: %q", s)
	}
	o.clicks(t, anna, submit)
	o.round(t)
	card := button(t, o.reads(t)[boris], "voucher.approve")
	o.clicks(t, anna, bot.Button{Action: "voucher.withdraw", Value: card.Value})
	o.clicks(t, boris, card)
	if s := words(o.reads(t)[boris]); !strings.Contains(s, "已被申请人撤回") {
		t.Errorf("boris reads %q", s)
	}
	if got := o.operation(t, id); got.State != money.Cancelled || got.Day != "" {
		t.Errorf("withdrawn it is %s and holds %q", got.State, got.Day)
	}
}
