package desk_test

import (
	"testing"
	"time"

	"partnerdesk/handlers/access"
)

const (
	wang = "U0WANG0001" // approver, by a user group
	dm   = "@partnerdesk"
)

// TestDemo_MoneyTakesTwo walks value in both languages through the whole
// program: asked for in a form, approved by another person on their card, sent
// by the worker, receipts to both.
func TestDemo_MoneyTakesTwo(t *testing.T) {
	w, _ := town(t, "socket", access.SolutionProvider)
	for _, c := range []struct {
		name, who, command, arg string
		form                    map[string]string
		title                   string
		submit, submitted, kind string
		done                    string
	}{
		{"funds in Chinese", liLei, "/funds", "grant acme", map[string]string{"name": "acme", "amount": "一千元"}, "拨款", "提交", "已提交", "向客户拨款", "已完成"},
		{"vouchers in English", alice, "/voucher", "issue", map[string]string{"customers": "acme\n青禾", "amount": "５0"}, "Issue vouchers", "Submit", "is submitted", "下发代金券", "done"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := w.Person(c.who).Test(t).Within(20 * time.Second).In(sales)
			must(t, p.Command(c.command, c.arg))
			if _, err := p.SeesModal(c.title); err != nil {
				t.Fatal(err)
			}
			must(t, p.Submit("", c.form))
			sees(t, p, "MO-")
			must(t, p.Click(c.submit))
			sees(t, p, c.submitted)
			a := w.Person(wang).Test(t).Within(20 * time.Second).In(dm)
			sees(t, a, c.kind, "等待审批")
			must(t, a.Click("批准"))
			sees(t, a, "已完成")
			sees(t, w.Person(c.who).Test(t).Within(20*time.Second).In(dm), c.done)
		})
	}
	t.Run("declined with a reason, after a slip in the form", func(t *testing.T) {
		p := w.Person(liLei).Test(t).Within(20 * time.Second).In(sales)
		must(t, p.Command("/funds", "grant"))
		if _, err := p.SeesModal("拨款"); err != nil {
			t.Fatal(err)
		}
		if got, err := p.Suggest("name", "没有这家"); err != nil || len(got) != 0 {
			t.Errorf("nobody is offered as %q, %v", got, err)
		}
		must(t, p.Submit("", map[string]string{"name": "xingye-games", "amount": "1.234"}))
		if _, err := p.SeesModal("最多两位小数", "顾问销售"); err != nil {
			t.Fatal(err)
		}
		must(t, p.Submit("", map[string]string{"name": "qinchuan", "amount": "88"}))
		sees(t, p, "MO-", "88.00")
		must(t, p.Click("提交"))
		a := w.Person(wang).Test(t).Within(20 * time.Second).In(dm)
		sees(t, a, "等待审批", "88.00")
		must(t, a.Click("退回"))
		if _, err := a.SeesModal("退回", "88.00"); err != nil {
			t.Fatal(err)
		}
		must(t, a.Submit("", map[string]string{"reason": "先查欠费"}))
		sees(t, w.Person(liLei).Test(t).Within(20*time.Second).In(dm), "先查欠费")
	})
}
