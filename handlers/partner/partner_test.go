package partner_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"partnerdesk/handlers/partner"
)

func TestParseFen(t *testing.T) {
	tests := []struct {
		name, in string
		want     partner.Fen
		err      error
	}{
		{"two decimals", "12.30", 1230, nil},
		{"one decimal", "12.3", 1230, nil},
		{"whole", "12", 1200, nil},
		{"zero", "0", 0, nil},
		{"negative", "-0.01", -1, nil},
		{"large", "92233720368547.75", 9223372036854775, nil},
		{"three decimals", "12.305", 0, partner.ErrDecimals},
		{"three decimals of zero", "12.300", 0, partner.ErrDecimals},
		{"empty", "", 0, partner.ErrNotMoney},
		{"point only", ".", 0, partner.ErrNotMoney},
		{"no whole part", ".50", 0, partner.ErrNotMoney},
		{"no decimals after the point", "12.", 0, partner.ErrNotMoney},
		{"exponent", "1e3", 0, partner.ErrNotMoney},
		{"thousands", "1,200", 0, partner.ErrNotMoney},
		{"plus", "+1", 0, partner.ErrNotMoney},
		{"two signs", "--1", 0, partner.ErrNotMoney},
		{"full width", "１２", 0, partner.ErrNotMoney},
		{"overflow", "99999999999999999999", 0, partner.ErrNotMoney},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := partner.ParseFen(tt.in)
			if got != tt.want || !errors.Is(err, tt.err) {
				t.Errorf("ParseFen(%q) = %d, %v; want %d, %v", tt.in, got, err, tt.want, tt.err)
			}
		})
	}
}

func TestFen_String(t *testing.T) {
	for in, want := range map[partner.Fen]string{0: "0.00", 5: "0.05", 1230: "12.30", -5: "-0.05", -1230: "-12.30", partner.Yuan(7): "7.00", -9223372036854775808: "-92233720368547758.08"} {
		if got := in.String(); got != want {
			t.Errorf("Fen(%d) = %s, want %s", int64(in), got, want)
		}
	}
}

func TestBalance_Grantable(t *testing.T) {
	b := partner.Balance{Rows: []partner.BalanceRow{
		{Type: partner.Credit, Amount: 900, Limit: 1000},
		{Type: partner.Grantable, Amount: 77},
		{Type: partner.Cash, Amount: 500, Designated: 120},
	}}
	if got, ok := b.Grantable(); got != 380 || !ok {
		t.Errorf("Grantable = %d, %t; want 380, true", got, ok)
	}
	if _, ok := (partner.Balance{}).Grantable(); ok {
		t.Error("an empty balance has no grantable amount")
	}
}

func TestError_Key(t *testing.T) {
	keys := partner.Keys()
	tests := []struct {
		name string
		err  partner.Error
		want string
	}{
		{"class only", partner.Error{Class: partner.NotEnough}, "partner.err.not_enough"},
		{"unknown code", partner.Error{Class: partner.BadInput, Code: "CBC.1"}, "partner.err.bad_input"},
		{"known code without text of its own", partner.Error{Class: partner.Throttled, Code: "CBC.0250"}, "partner.err.throttled"},
		{"known code", partner.Error{Class: partner.NotEnough, Code: "CBC.99000013"}, "partner.err.quota"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.err.Key(); got != tt.want || !slices.Contains(keys, got) {
				t.Errorf("key = %s, want %s among Keys()", got, tt.want)
			}
		})
	}
	for _, k := range keys {
		if strings.Trim(k, "abcdefghijklmnopqrstuvwxyz_.") != "" {
			t.Errorf("key %q has odd characters", k)
		}
	}
}

func TestClassOf(t *testing.T) {
	wrapped := fmt.Errorf("balance: %w", &partner.Error{Op: "balance", Class: partner.Ambiguous, Effect: partner.EffectUnknown})
	if got := partner.ClassOf(wrapped); got != partner.Ambiguous {
		t.Errorf("class = %s", got)
	}
	if got := partner.ClassOf(errors.New("x")); got != partner.Broken {
		t.Errorf("class = %s", got)
	}
	if partner.EffectOf(errors.New("x")) != partner.EffectUnknown || partner.EffectOf(nil) != partner.EffectNone {
		t.Error("an error without a class must count as unknown")
	}
}
