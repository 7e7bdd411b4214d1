package desk_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"partnerdesk/bot/lang"
	"partnerdesk/data/sheet"
	"partnerdesk/handlers/access"
)

const triage = "C0TRIAGE01"

// TestDemo_ATicketBecomesACase walks a ticket in both languages: opened by the
// requester, claimed on its card, turned into a Huawei case by the worker.
func TestDemo_ATicketBecomesACase(t *testing.T) {
	w, _ := town(t, "socket", access.SolutionProvider)
	for _, c := range []struct {
		name, who                                 string
		form, what, customer, details, still, got string
	}{
		{"in Chinese", liLei, "提工单", "什么问题", "哪个客户", "详细情况", "仍要提工单", "已转成华为云工单 TT"},
		{"in English", alice, "Open a ticket", "What is it about", "Which customer", "Details", "Still open a ticket", "is Huawei case TT"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := w.Person(c.who).Test(t).Within(15 * time.Second).In(sales)
			must(t, p.Command("/ticket", "new"))
			if _, err := p.SeesModal(c.form); err != nil {
				t.Fatal(err)
			}
			must(t, p.Submit("", map[string]string{"what": "zzqx 云服务器 zzqx", "customer": "acme", "details": "昨天开始，密码：Abc@12345"}))
			seen, err := p.Sees("PD-")
			if err != nil {
				t.Fatal(err)
			}
			if len(seen.Text) == 0 {
				t.Fatal("nothing said")
			}
			s := w.Person(zhao).Test(t).Within(15 * time.Second).In(triage)
			must(t, s.Click("认领"))
			sees(t, s, "处理中")
			must(t, s.Click("转华为云"))
			if _, err := s.SeesModal("第 1 步"); err != nil {
				t.Fatal(err)
			}
			must(t, s.Submit("", map[string]string{"product": "产品技术 / 弹性云服务器"}))
			sees(t, s, "第 2 步")
			must(t, s.Click("第 2 步：问题类型"))
			if _, err := s.SeesModal("第 2 步"); err != nil {
				t.Fatal(err)
			}
			must(t, s.Submit("", map[string]string{"problem": "无法登录或连接（报障）"}))
			sees(t, s, "第 3 步")
			must(t, s.Click("第 3 步：补充信息"))
			if _, err := s.SeesModal("第 3 步"); err != nil {
				t.Fatal(err)
			}
			must(t, s.Submit("", map[string]string{"region": "华北-北京四", "severity": "重要"}))
			sees(t, s, "正在为")
			sees(t, p.In("partnerdesk"), c.got)
		})
	}
}

// TestDemo_AnOpportunityIsPrepared walks an opportunity in both languages, over
// both transports: its table comes to the person alone.
func TestDemo_AnOpportunityIsPrepared(t *testing.T) {
	for _, transport := range []string{"socket", "http"} {
		t.Run(transport, func(t *testing.T) { opportunityStory(t, transport) })
	}
}

func opportunityStory(t *testing.T, transport string) {
	w, _ := town(t, transport, access.SolutionProvider)
	for _, c := range []struct{ name, who, modal, consent, pack, entered string }{
		{"in Chinese", liLei, "共享机会点", "没有客户同意", "录入内容", "已录入"},
		{"in English", alice, "Share an opportunity", "without the customer's consent", "Text to enter", "Entered"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := w.Person(c.who).Test(t).Within(15 * time.Second).In(sales)
			must(t, p.Command("/opportunity", "share"))
			if _, err := p.SeesModal(c.modal); err != nil {
				t.Fatal(err)
			}
			v := map[string]string{
				"company": "深圳市艾克美科技有限公司", "location": "广东 深圳", "need": "客户要把订单系统搬到云上，并做同城容灾", "budget": "50 万元/年",
				"timeline": "2027 年 3 月上线", "authority": "CTO", "revenue": "yes", "presales": "拜访客户，方案交流", "services": "弹性云服务器",
				"contact_name": "王小明", "contact_phone": "13812345678", "consent": "no",
			}
			must(t, p.Submit("", v))
			if _, err := p.SeesModal(c.consent); err != nil {
				t.Fatal(err)
			}
			v["consent"] = "yes"
			must(t, p.Submit("", v))
			sees(t, p, c.pack, "13812345678", "艾克美")
			got, err := w.Person(c.who).Test(t).Within(15*time.Second).In("partnerdesk").Sees("OP-", ".xlsx")
			must(t, err)
			data, _ := w.File(got.Files[0].ID)
			tables, err := sheet.Read(got.Files[0].Name, bytes.NewReader(data), sheet.Options{})
			must(t, err)
			if all := fmt.Sprint(tables); len(tables) != 2 || !strings.Contains(all, "艾克美") || !strings.Contains(all, "13812345678") {
				t.Errorf("the table holds %s", all)
			}
			for _, m := range p.Reads() {
				if len(m.Files) > 0 {
					t.Errorf("the table stands in the channel: %+v", m.Files)
				}
			}
			must(t, p.Click(c.entered))
			must(t, p.Submit("", map[string]string{"text": "OPP20261120001"}))
			sees(t, p, "OPP20261120001", "5678")
		})
	}
}

// TestDemo_TheCardSpeaksTheLanguageOfTheDesk: several people read it at once, so
// the operator chooses its language.
func TestDemo_TheCardSpeaksTheLanguageOfTheDesk(t *testing.T) {
	config := place(t)
	config.Together = lang.English
	d, _, _ := running(t, config)
	p := d.Town.Person(liLei).Test(t).Within(15 * time.Second).In(sales)
	must(t, p.Command("/ticket", "new"))
	if _, err := p.SeesModal("提工单"); err != nil {
		t.Fatal(err)
	}
	must(t, p.Submit("", map[string]string{"what": "zzqx 云服务器 zzqx"}))
	sees(t, p, "PD-")
	support := d.Town.Person(zhao).Test(t).Within(15 * time.Second).In(triage)
	sees(t, support, "PD-", "To be claimed by")
}
