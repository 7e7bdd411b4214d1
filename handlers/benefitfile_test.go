package handlers_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"partnerdesk/bot"
	"partnerdesk/data/sheet"
	"partnerdesk/handlers/access"
	"partnerdesk/handlers/benefit"
	"partnerdesk/handlers/partner"
)

const pasted = "类别\t名称\t获得日期\t已发放\t已使用\t状态\t爱好\n" +
	"能力标签\t大数据\t2026-03-05\n" +
	"label\t云原生\t2月30日\n" +
	"测试券\t订单方案\t\t10万\t2万\t已通过云软件认证\t象棋\n" +
	"label\t大数据\t2026-04-05\n" +
	"咖啡券\tx\n"

// A dry run writes nothing; then the lines that were looked at are written, once.
func TestBenefitImport_PastedTable(t *testing.T) {
	o := newOffice(t, colleague).withDeadlines()
	of := bot.Reseller("A")
	said := o.submit(staff, "benefit.import", "", map[string]string{"text": pasted})
	for _, want := range []string{"可以写入 2 行，有问题 3 行", "看不懂的列，不会导入：爱好", "没有这一天", "和第 2 行重复", "看不懂是哪一类", "✅ 待申请（推断），三项激励申请完：2026-12-31 周四，还有 41 天"} {
		wantSaid(t, said, want)
	}
	if rows, err := o.store.Benefits(t.Context(), "T1", of); err != nil || len(rows) != 0 {
		t.Fatalf("the dry run wrote %d rows, %v", len(rows), err)
	}
	button := o.lastValue("benefit.take")
	for _, who := range []string{rival, colleague.Who} {
		wantSaid(t, o.click(who, "benefit.take", button), "已经过时")
	}
	wantSaid(t, o.click(staff, "benefit.take", button), "已写入 2 条")
	wantSaid(t, o.click(staff, "benefit.take", button), "已经过时")
	rows, err := o.store.Benefits(t.Context(), "T1", of)
	check(t, err)
	if len(rows) != 2 {
		t.Fatalf("%d rows, want two", len(rows))
	}
	for _, b := range rows {
		if b.Owner.User != staff || b.History[0].What != benefit.Imported {
			t.Errorf("got %+v", b)
		}
		if b.Kind == benefit.TestCoupon && (b.Left() != partner.Yuan(80000) || b.State != "cloud") {
			t.Errorf("coupon: %+v", b)
		}
	}
	wantSaid(t, o.submit(staff, "benefit.import", "", map[string]string{"text": pasted}), "可以写入 0 行，有问题 5 行")
}

// More lines than one transaction takes are written in steps.
func TestBenefitImport_InSteps(t *testing.T) {
	o := newOffice(t).withDeadlines()
	var text strings.Builder
	text.WriteString("kind,name,expires\n")
	for i := range 90 {
		fmt.Fprintf(&text, "certificate,HCIE %d,2027-06-30\n", i)
	}
	file := "certs.csv|1"
	o.deps.Files = drawer{file: text.String()}
	said := o.ask(bot.Request{Kind: bot.KindSubmission, Person: bot.PersonID{User: staff}, Command: "benefit", Action: "import", Values: map[string]string{},
		Files: []bot.Attached{{Field: "file", ID: file, Name: "certs.csv", Size: text.Len()}}})
	wantSaid(t, said, "可以写入 90 行")
	wantSaid(t, said, "列前 25 行")
	if n := len(o.files()); n != 1 {
		t.Errorf("%d tables of the result, want one", n)
	}
	for _, want := range []int{40, 80, 90} {
		o.click(staff, "benefit.take", o.lastValue("benefit.take"))
		if rows, _ := o.store.Benefits(t.Context(), "T1", bot.Reseller("A")); len(rows) != want {
			t.Errorf("%d rows, want %d", len(rows), want)
		}
	}
}

func TestBenefitImport_BadInput(t *testing.T) {
	o := newOffice(t).withDeadlines()
	for _, c := range []struct{ name, text, want string }{
		{"nothing", " ", "请选文件"},
		{"no header", "大数据,2026-03-05", "没有找到表头"},
		{"a header alone", "类别,名称", "没有找到表头"},
		{"too many lines", "kind,name,expires\n" + strings.Repeat("certificate,x,2027-06-30\n", benefit.MaxImport+1), "一次最多 120 行"},
		{"too much text", "kind,name,expires,note\n" + strings.Repeat("certificate,x,2027-06-30,"+strings.Repeat("长", 290)+"\n", 110), "一次最多 120 行"},
	} {
		t.Run(c.name, func(t *testing.T) {
			wantSaid(t, o.submit(staff, "benefit.import", "", map[string]string{"text": c.text}), c.want)
		})
	}
	if rows, _ := o.store.Benefits(t.Context(), "T1", bot.Reseller("A")); len(rows) != 0 {
		t.Errorf("%d rows were written", len(rows))
	}
}

// What is exported can be read in again, and only who may export gets it.
func TestBenefitExport_RoundTrip(t *testing.T) {
	o := newOffice(t, access.Grant{Who: other, Roles: []bot.Role{bot.RoleLead}}).withDeadlines()
	coupon := o.entered(other, "test-coupon", couponOf)
	o.command(other, "benefit", "grant "+coupon+" 2万")
	o.command(other, "benefit", "use "+coupon+" 5000")
	o.entered(other, "invoice", map[string]string{"name": "=三季度激励", "form": "paper", "amount": "1.28万", "submitted": "今天"})
	wantSaid(t, o.command(rival, "benefit", "export"), "还没有导出的权限") // a reseller's people take nothing away
	for _, kind := range []string{"xlsx", "csv"} {
		o.command(other, "benefit", "export "+kind)
		files := o.files()
		file := files[len(files)-1]
		if file.To.Kind != bot.TargetPerson || file.To.Person.User != other || !strings.HasSuffix(file.File.Name, "."+kind) {
			t.Fatalf("got %+v", file)
		}
		read, err := sheet.Read(file.File.Name, bytes.NewReader(file.File.Data), sheet.Options{})
		check(t, err)
		if len(read[0].Rows) != 2 {
			t.Fatalf("%d rows", len(read[0].Rows))
		}
		o.deps.Files = drawer{"f": string(file.File.Data)}
		said := o.ask(bot.Request{Kind: bot.KindSubmission, Person: bot.PersonID{User: other}, Command: "benefit", Action: "import", Values: map[string]string{},
			Files: []bot.Attached{{Field: "file", ID: "f", Name: file.File.Name}}})
		if kind == "xlsx" { // the fake drawer names every file after its id, which says CSV
			continue
		}
		wantSaid(t, said, "可以写入 0 行，有问题 2 行")
		wantSaid(t, said, "台账里已经有了："+coupon)
		// In another account's hands the same table makes the same rows.
		said = o.ask(bot.Request{Kind: bot.KindSubmission, Person: bot.PersonID{User: rival}, Command: "benefit", Action: "import", Values: map[string]string{},
			Files: []bot.Attached{{Field: "file", ID: "f", Name: file.File.Name}}})
		wantSaid(t, said, "可以写入 2 行，有问题 0 行")
		o.click(rival, "benefit.take", o.lastValue("benefit.take"))
		rows, err := o.store.Benefits(t.Context(), "T1", bot.Reseller("B"))
		check(t, err)
		for _, b := range rows {
			if b.Kind == benefit.TestCoupon && b.Left() != partner.Yuan(15000) || b.Kind == benefit.Invoice && (b.Name() != "=三季度激励" || b.Values["amount"] != "12800.00") {
				t.Errorf("got %+v", b)
			}
		}
	}
}
