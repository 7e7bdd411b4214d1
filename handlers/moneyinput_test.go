package handlers_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"partnerdesk/bot"
	"partnerdesk/data"
	"partnerdesk/faq/source"
	"partnerdesk/handlers/access"
	"partnerdesk/handlers/money"
	"partnerdesk/handlers/partner"
)

// tries fills in a form and returns what stands beside its fields; when nothing
// does, it is submitted and what the person reads comes back.
func (o *front) tries(t testing.TB, who bot.PersonID, f *bot.Form, values map[string]string) (faults map[string]string, read []bot.Reply) {
	t.Helper()
	command, action, _ := strings.Cut(f.Name, ".")
	r := bot.Request{Kind: bot.KindSubmission, Person: who, Command: command, Action: action, State: f.State, Values: values}
	faults, err := o.bot.Check(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	if len(faults) > 0 {
		return faults, nil
	}
	o.send(t, r)
	return nil, o.reads(t)[who]
}

// What people write as an amount, in the form of vouchers and in that of grants:
// refused beside the field with the rule, or understood and shown back.
func TestMoneyForms_Amounts(t *testing.T) {
	for text, c := range map[string]struct{ fault, shown string }{
		"0":          {"金额要大于 0", ""},
		"０":          {"金额要大于 0", ""},
		"-100":       {"金额不能是负数", ""},
		"－100":       {"金额不能是负数", ""},
		"1.234":      {"最多两位小数", ""},
		"１．２３４":      {"最多两位小数", ""},
		"1e9":        {"请不要用科学计数法", ""},
		"1E3":        {"请不要用科学计数法", ""},
		"$100":       {"只有人民币", ""},
		"abc":        {"看不懂这个金额", ""},
		"1,23":       {"看不懂这个金额", ""},
		"5万3":        {"看不懂这个金额", ""},
		"":           {"请写金额", ""},
		"9999999999": {"金额大得不像真的", ""},
		"200001":     {"超过单笔限额", ""},
		"一千元":        {"", "1,000.00"},
		"5千":         {"", "5,000.00"},
		"１，２３４．５０":   {"", "1,234.50"},
		"1,234.5":    {"", "1,234.50"},
		"￥88":        {"", "88.00"},
	} {
		t.Run(text, func(t *testing.T) {
			o := newFront(t, access.SolutionProvider, money.Policy{})
			acme := o.customers(t)[0]
			for command, values := range map[string]map[string]string{
				"voucher issue": {"quota": o.quota(t).ID, "customers": acme.ID, "name": acme.ID},
				"funds grant":   {"name": acme.ID},
			} {
				name, sub, _ := strings.Cut(command, " ")
				form := o.says(t, anna, name, sub)
				values["amount"] = text
				faults, read := o.tries(t, anna, form, values)
				if c.fault == "" {
					wantSaid(t, words(read), c.shown)
				} else if !strings.Contains(faults["amount"], c.fault) {
					t.Errorf("%s: beside the field stands %q, want %q", command, faults["amount"], c.fault)
				}
			}
		})
	}
}

// Names, days and quotas that cannot be meant, and nothing typed is lost.
func TestMoneyForms_TheRest(t *testing.T) {
	o := newFront(t, access.SolutionProvider, money.Policy{})
	acme, referral, frozen := o.customers(t)[0], partner.Customer{}, partner.Customer{}
	for c, err := range o.center.Customers(t.Context(), partner.Operator, partner.CustomerQuery{}) {
		if err != nil {
			t.Fatal(err)
		}
		if c.Association != partner.Resale {
			referral = c
		} else if c.Frozen != 0 {
			frozen = c
		}
	}
	var expired, early partner.Quota
	for q, err := range o.center.Quotas(t.Context(), partner.Operator, partner.QuotaQuery{}) {
		if err != nil {
			t.Fatal(err)
		}
		if q.To.Before(noon) {
			expired = q
		} else if q.From.After(noon) {
			early = q
		}
	}
	good := map[string]string{"quota": o.quota(t).ID, "customers": acme.ID, "amount": "10"}
	for name, c := range map[string]struct {
		field, value, want string
		late               bool // only the partner center knows: said behind the form, with a way back
	}{
		"nobody":           {"customers", "没有这家公司", "找不到", false},
		"five at once":     {"customers", "公司", "对应好几个客户", false},
		"nobody written":   {"customers", " ", "请写客户", false},
		"too many":         {"customers", strings.Repeat("x\n", 1) + manyNames(31), "最多 30 个", false},
		"referral":         {"customers", referral.ID, "顾问销售", false},
		"frozen":           {"customers", frozen.ID, "已冻结", false},
		"yesterday":        {"until", "2026-11-19", "已经过去", false},
		"no day":           {"until", "某一天", "看不懂这个日期", false},
		"starts yesterday": {"from", "2026-11-19", "已经过去", false},
		"no service":       {"services", "弹性云服务器", "看不懂", false},
		"eleven services":  {"services", strings.Repeat("hws.a,", 1) + manyServices(11), "各最多 10 个", false},
		"no such quota":    {"quota", "Q404", "没有额度 Q404", true},
		"expired quota":    {"quota", expired.ID, "额度", true},
		"quota to come":    {"quota", early.ID, "额度", true},
		"beyond the quota": {"until", "2030-01-01", "超过了额度的有效期", true},
	} {
		t.Run(name, func(t *testing.T) {
			form := o.says(t, anna, "voucher", "issue")
			values := map[string]string{}
			for k, v := range good {
				values[k] = v
			}
			values[c.field] = c.value
			faults, read := o.tries(t, anna, form, values)
			if !c.late {
				if !strings.Contains(faults[c.field], c.want) || len(faults) != 1 {
					t.Errorf("beside the fields stands %v, want %q at %s", faults, c.want, c.field)
				}
				return
			}
			wantSaid(t, words(read), c.want)
			back := o.clicks(t, anna, button(t, read, "voucher.issue"))
			for _, f := range back.Fields {
				if f.Name == "customers" {
					if len(f.Chosen) != 1 || f.Chosen[0].Text == "" {
						t.Errorf("the customer is gone: %+v", f.Chosen)
					}
					continue
				}
				if want, typed := values[f.Name]; typed && f.Name != "quota" && f.Initial != want {
					t.Errorf("%s is %q in the form again, want %q", f.Name, f.Initial, want)
				}
			}
		})
	}
	if all, err := o.EveryOperation(t.Context(), "T1"); err != nil || len(all) != 0 {
		t.Errorf("%d operations were made, %v", len(all), err)
	}
}

func manyNames(n int) string {
	var s strings.Builder
	for i := range n {
		s.WriteString("客户" + string(rune('a'+i%26)) + string(rune('a'+i/26)) + "\n")
	}
	return s.String()
}

func manyServices(n int) string {
	var s strings.Builder
	for i := range n {
		s.WriteString("hws.service.type." + string(rune('a'+i)) + ",")
	}
	return s.String()
}

// A start date and a restriction to services arrive at the partner center.
func TestVoucher_ValidityAndServices(t *testing.T) {
	o := newFront(t, access.SolutionProvider, money.Policy{})
	acme, quota := o.customers(t)[0], o.quota(t)
	form := o.says(t, anna, "voucher", "issue")
	faults, read := o.tries(t, anna, form, map[string]string{"quota": quota.ID, "customers": acme.ID, "amount": "10", "from": "2026-12-01", "until": "2026-11-30"})
	if faults["until"] == "" {
		t.Errorf("it ends before it begins: %v, %q", faults, words(read))
	}
	_, read = o.tries(t, anna, form, map[string]string{"quota": quota.ID, "customers": acme.ID, "amount": "10", "from": "2026-12-01", "until": "2026-12-31", "services": "hws.service.type.ec2"})
	wantSaid(t, words(read), "2026-12-01 00:00")
	wantSaid(t, words(read), "hws.service.type.ec2")
	o.clicks(t, anna, button(t, read, "voucher.submit"))
	o.round(t)
	o.clicks(t, boris, button(t, o.reads(t)[boris], "voucher.approve"))
	o.round(t)
	ops, err := o.EveryOperation(t.Context(), "T1")
	if err != nil || ops[0].State != money.Done {
		t.Fatalf("%v, %v", ops, err)
	}
	id := ops[0].Parties[0].Record[len("coupon/"):]
	read = o.reader(t, anna, "voucher", "show "+id)
	for _, want := range []string{"2026-12-01 00:00 – 2026-12-31 23:59", "hws.service.type.ec2", "可使用", ops[0].ID} {
		wantSaid(t, words(read), want)
	}
	wantSaid(t, words(o.reader(t, anna, "voucher", "history "+acme.ID)), id)
}

// Quotas of resellers about to lapse are offered for taking back; the log shows
// what was done.
func TestVoucher_QuotasAboutToLapse(t *testing.T) {
	o := newFront(t, access.Distributor, money.Policy{})
	var quota partner.Quota
	for q, err := range o.center.GivenQuotas(t.Context(), partner.GivenQuery{}) {
		if err != nil {
			t.Fatal(err)
		}
		if q.Status == partner.QuotaNormal && q.Balance > 0 && (quota.ID == "" || q.To.Before(quota.To)) {
			quota = q
		}
	}
	o.advance(quota.To.Sub(noon) - 72*time.Hour)
	wantSaid(t, words(o.reader(t, anna, "voucher", "quota expiring 1")), "1 天内没有要到期")
	read := o.reader(t, anna, "voucher", "quota expiring")
	wantSaid(t, words(read), quota.ID)
	wantSaid(t, words(o.reader(t, anna, "voucher", "quota expiring soon")), "看不懂")
	o.clicks(t, anna, bot.Button{Action: "voucher.take", Value: quota.ID})
	read = o.reads(t)[anna]
	wantSaid(t, words(read), "全部收回")
	o.clicks(t, anna, button(t, read, "voucher.submit"))
	o.round(t)
	o.clicks(t, boris, button(t, o.reads(t)[boris], "voucher.approve"))
	o.round(t)
	wantSaid(t, words(o.reader(t, anna, "voucher", "quota log")), "收回 "+quota.ResellerName)
	if s := words(o.reader(t, anna, "voucher", "quota expiring")); strings.Contains(s, quota.ID) {
		t.Errorf("what was taken back is offered still: %q", s)
	}
	wantSaid(t, words(o.reader(t, anna, "voucher", "quota grant 甲")), "预览")
}

// The policy behind an operation is one click away: every kind has its entry in
// the shipped corpus.
func TestPolicies_EveryKindHasItsEntry(t *testing.T) {
	src, err := os.ReadFile("approvals.go")
	check(t, err)
	corpus, err := source.Load(data.FAQ)
	check(t, err)
	named := regexp.MustCompile(`money\.\w+: +"([a-z-]+)"`).FindAllStringSubmatch(string(src), -1)
	if len(named) != len(money.Kinds()) {
		t.Errorf("%d entries named for %d kinds", len(named), len(money.Kinds()))
	}
	for _, m := range named {
		if corpus.Entry(m[1]) == nil {
			t.Errorf("the corpus has no entry %s", m[1])
		}
	}
}
