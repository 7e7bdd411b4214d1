package input_test

import (
	"testing"

	"partnerdesk/handlers/input"
	"partnerdesk/handlers/partner"
)

func TestLeading(t *testing.T) {
	cases := []struct {
		text, amount, rest string
		fen                partner.Fen // 0: refused
	}{
		{"30000", "30000", "", 3_000_000},
		{"30000 双十一备货", "30000", "双十一备货", 3_000_000},
		{"3万", "3万", "", 3_000_000},
		{"3 万 备货", "3 万", "备货", 3_000_000},
		{"3万元，双十一备货", "3万元", "双十一备货", 3_000_000},
		{"一千元备货", "一千元", "备货", 100_000},
		{"三万五千 给客户", "三万五千", "给客户", 3_500_000},
		{"３０，０００ 元 备货", "３０，０００ 元", "备货", 3_000_000},
		{"1,234.50 for the launch", "1,234.50", "for the launch", 123_450},
		{"¥ 500, for ACME", "¥ 500", "for ACME", 50_000},
		{"CNY 30,000 launch in May", "CNY 30,000", "launch in May", 3_000_000},
		{"30000 5 个客户", "30000", "5 个客户", 3_000_000},
		{"双十一备货 3万", "3万", "双十一备货", 3_000_000},
		{"给 5 个客户备货 3万元", "3万元", "给 5 个客户备货", 3_000_000},
		{"0 试试", "0", "试试", 0},
		{"-5 备货", "-5", "备货", 0},
		{"负五百", "负五百", "", 0},
		{"1.005 备货", "1.005", "备货", 0},
		{"1e9 备货", "1e9", "备货", 0},
		{"50k for ACME", "50k", "for ACME", 0},
		{"$300 launch", "$300", "launch", 0},
		{"300 usd launch", "300 usd", "launch", 0},
		{"5万3 备货", "5万3", "备货", 0},
		{"三星手机", "", "三星手机", 0},
		{"备货", "", "备货", 0},
		{"", "", "", 0},
	}
	for _, c := range cases {
		t.Run(c.text, func(t *testing.T) {
			amount, rest := input.Leading(c.text)
			if amount != c.amount || rest != c.rest {
				t.Errorf("got %q and %q, want %q and %q", amount, rest, c.amount, c.rest)
			}
			if v, err := input.Amount(amount); (c.fen == 0) != (err != nil) || err == nil && v != c.fen {
				t.Errorf("%q is %v, %v; want %v", amount, v, err, c.fen)
			}
		})
	}
}

func FuzzLeading(f *testing.F) {
	for _, s := range []string{"3万 备货", "１，２", "e", "İ 5", "-", "5 万"} {
		f.Add(s)
	}
	f.Fuzz(func(_ *testing.T, s string) { input.Leading(s) })
}
