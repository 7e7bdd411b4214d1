package input_test

import (
	"errors"
	"testing"
	"time"

	"partnerdesk/handlers/input"
	"partnerdesk/handlers/partner"
)

func TestAmount(t *testing.T) {
	cases := map[string]struct {
		text string
		want partner.Fen
		err  error
	}{
		"plain":                       {"30000", 3000000, nil},
		"two decimals":                {"0.01", 1, nil},
		"one decimal":                 {"12.5", 1250, nil},
		"trailing zeros":              {"12.500", 1250, nil},
		"thousands":                   {"1,234,567.80", 123456780, nil},
		"thousands, full width":       {"１，２３４．５０", 123450, nil},
		"full-width digits":           {"３００", 30000, nil},
		"with signs":                  {"￥ 1,000 元", 100000, nil},
		"rmb":                         {"RMB 500", 50000, nil},
		"five wan":                    {"5万", 5000000, nil},
		"one point two wan":           {"1.2万", 1200000, nil},
		"wan and thousand":            {"5万3千", 5300000, nil},
		"three thousand":              {"3千元", 300000, nil},
		"numerals":                    {"一千元", 100000, nil},
		"numerals with wan":           {"五万", 5000000, nil},
		"numerals, long":              {"三万五千二百", 3520000, nil},
		"numerals with zero":          {"一千零五", 100500, nil},
		"numerals, liang":             {"两百", 20000, nil},
		"ten":                         {"十", 1000, nil},
		"twenty five":                 {"二十五", 2500, nil},
		"capitals":                    {"壹仟元整", 100000, nil},
		"half a fen below a wan":      {"0.00001万", 10, nil},
		"zero":                        {"0", 0, input.ErrZero},
		"zero with decimals":          {"0.00", 0, input.ErrZero},
		"zero in words":               {"零", 0, input.ErrZero},
		"negative":                    {"-5", 0, input.ErrNegative},
		"negative, another dash":      {"−5", 0, input.ErrNegative},
		"negative in words":           {"负五百", 0, input.ErrNegative},
		"three decimals":              {"1.234", 0, input.ErrDecimals},
		"exponent":                    {"1e9", 0, input.ErrExponent},
		"far too large":               {"999999999999999999999", 0, input.ErrLarge},
		"a hundred million and more":  {"2亿", 0, input.ErrLarge},
		"dollars":                     {"$500", 0, input.ErrCurrency},
		"empty":                       {"  ", 0, input.ErrEmpty},
		"words":                       {"一些", 0, input.ErrNumber},
		"groups in the wrong place":   {"1,23", 0, input.ErrNumber},
		"european":                    {"1.234,50", 0, input.ErrNumber},
		"unclear wan":                 {"5万3", 0, input.ErrNumber},
		"unclear wan, numerals":       {"三万五", 0, input.ErrNumber},
		"two amounts":                 {"500 或 600", 0, input.ErrNumber},
		"a k is not guessed":          {"5k", 0, input.ErrNumber},
		"digits and numerals":         {"5三", 0, input.ErrNumber},
		"only a unit":                 {"元", 0, input.ErrNumber},
		"only wan":                    {"万", 0, input.ErrNumber},
		"a point too many":            {"1.2.3", 0, input.ErrNumber},
		"overflow by the factor":      {"999999999999万", 0, input.ErrLarge},
		"the same unit twice":         {"5万3万", 0, input.ErrNumber},
		"digits of another script":    {"٣٠٠", 0, input.ErrNumber},
		"an injection is no amount":   {"100; drop", 0, input.ErrNumber},
		"hidden sign between digits":  {"1\u200b000", 0, input.ErrNumber},
		"numerals in the wrong order": {"百千", 0, input.ErrNumber},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := input.Amount(c.text)
			if got != c.want || !errors.Is(err, c.err) {
				t.Errorf("Amount(%q): got %s, %v, want %s, %v", c.text, got, err, c.want, c.err)
			}
		})
	}
}

func FuzzAmount(f *testing.F) {
	for _, s := range []string{"5万", "一千零五", "1,234.50", "-3", "1e9", "三万五"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		v, err := input.Amount(s)
		if err == nil && (v <= 0 || v > input.Largest) {
			t.Errorf("Amount(%q) = %s", s, v)
		}
		if err == nil {
			if back, err := input.Amount(v.String()); err != nil || back != v {
				t.Errorf("%s, shown back, is %s, %v", v, back, err)
			}
		}
	})
}

func TestDay(t *testing.T) {
	zone := time.FixedZone("CST", 8*3600)
	now := time.Date(2026, 11, 20, 12, 0, 0, 0, zone)
	cases := map[string]struct {
		text, want string
		err        error
	}{
		"iso":                 {"2026-12-31", "2026-12-31", nil},
		"slashes":             {"2026/1/5", "", input.ErrPast},
		"chinese":             {"2026年12月31日", "2026-12-31", nil},
		"run together":        {"20261231", "2026-12-31", nil},
		"full width":          {"２０２６－１２－３１", "2026-12-31", nil},
		"no year":             {"12月31日", "2026-12-31", nil},
		"no year, next":       {"1月5号", "2027-01-05", nil},
		"tomorrow":            {"明天", "2026-11-21", nil},
		"thirty days":         {"30天", "2026-12-20", nil},
		"thirty days, apart":  {"30 days", "2026-12-20", nil},
		"end of month":        {"月底", "2026-11-30", nil},
		"end of year":         {"年底", "2026-12-31", nil},
		"today":               {"2026-11-20", "2026-11-20", nil},
		"no such day":         {"2026-02-30", "", input.ErrDate},
		"no such month":       {"2026-13-01", "", input.ErrDate},
		"two-digit year":      {"31-12-26", "", input.ErrDate},
		"words":               {"soon", "", input.ErrDate},
		"empty":               {"", "", input.ErrEmpty},
		"a year nobody means": {"9999-12-31", "", input.ErrDate},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := input.Day(c.text, now)
			if !errors.Is(err, c.err) || err == nil && got.Format(time.DateOnly) != c.want {
				t.Errorf("Day(%q): got %s, %v, want %s, %v", c.text, got, err, c.want, c.err)
			}
		})
	}
}
