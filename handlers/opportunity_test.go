package handlers_test

import (
	"strings"
	"testing"

	"partnerdesk/bot"
)

func (o *office) shared(who string) string {
	o.t.Helper()
	said := o.submit(who, "opportunity.share", "", map[string]string{
		"company": "深圳市艾克美科技有限公司", "location": "广东 深圳", "need": "客户要把订单系统搬到云上，并做同城容灾", "budget": "50 万元/年",
		"timeline": "2027 年 3 月上线", "authority": "CTO", "revenue": "yes", "presales": "拜访客户，方案交流", "services": "弹性云服务器",
		"contact_name": "王小明", "contact_phone": "13812345678", "consent": "yes",
	})
	_, id, _ := strings.Cut(said, "录入内容 ")
	id, _, _ = strings.Cut(id, "\n")
	return id
}

// Resellers compete: not a byte of an opportunity reaches another account, the
// distributor above or Huawei's people.
func TestOpportunity_StaysInItsAccount(t *testing.T) {
	o := newOffice(t)
	id := o.shared(staff)
	if !strings.HasPrefix(id, "OP-") {
		t.Fatalf("no package: %q", id)
	}
	for _, c := range []struct{ name, said string }{
		{"rival's list", o.command(rival, "opportunity", "list")},
		{"rival's show", o.command(rival, "opportunity", "show "+id)},
		{"rival's package", o.click(rival, "opportunity.package", id)},
		{"rival's number", o.command(rival, "opportunity", "number "+id+" OPP1")},
		{"rival's move", o.click(rival, "opportunity.move", id+"|passed")},
		{"the distributor's support", o.command(support, "opportunity", "show "+id)},
		{"Huawei's list", o.command(manager, "opportunity", "list")},
		{"Huawei's show", o.command(manager, "opportunity", "show "+id)},
	} {
		for _, secret := range []string{"艾克美", "王小明", "13812345678", "50 万"} {
			if strings.Contains(c.said, secret) {
				t.Errorf("%s shows %q", c.name, secret)
			}
		}
		if c.said == "" {
			t.Errorf("%s: no answer", c.name)
		}
	}
}

func TestOpportunity_ContactsAreForTheOwner(t *testing.T) {
	o := newOffice(t)
	id := o.shared(staff)
	wantSaid(t, o.click(staff, "opportunity.package", id), "13812345678")
	shown := o.command(staff, "opportunity", "show "+id)
	if strings.Contains(shown, "13812345678") || strings.Contains(shown, "王小明") {
		t.Errorf("contacts in a plain view: %s", shown)
	}
	wantSaid(t, shown, "138****5678")
	row, found, err := o.store.FindOpportunity(t.Context(), "T1", bot.Reseller("A"), id)
	if err != nil || !found {
		t.Fatal(found, err)
	}
	row.Owner.User = "UA2" // a colleague's
	check(t, o.store.Update(t.Context(), func(tx bot.Tx) error { return o.store.PutOpportunity(tx, row) }))
	wantSaid(t, o.click(staff, "opportunity.package", id), "只有负责人能看")
	wantSaid(t, o.submit(staff, "opportunity.share", id, row.Values), "只有负责人能看")
}

// Consent is not a matter of the form alone.
func TestOpportunity_NothingWithoutConsent(t *testing.T) {
	o := newOffice(t)
	wantSaid(t, o.submit(staff, "opportunity.share", "", map[string]string{"company": "艾克美", "consent": "no"}), "什么都没有保存")
	wantSaid(t, o.command(staff, "opportunity", "list"), "还没有机会点")
}

// Words that are no subcommand are a question about opportunities.
func TestOpportunity_OtherWordsAreAQuestion(t *testing.T) {
	o := newOffice(t)
	wantSaid(t, o.command(staff, "opportunity", "什么算无效"), "机会点 什么算无效")
}
