package partner

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Fen is an amount of money in 分, a hundredth of a yuan; the currency is always
// CNY (partner API sheet, section 0, 2026-11-20).
type Fen int64

// What ParseFen refuses.
var (
	ErrNotMoney = errors.New("not an amount of money")
	ErrDecimals = errors.New("more than two decimals")
)

// ParseFen reads yuan as decimal digits with at most two decimals: "12", "12.3",
// "12.30", "-0.01". More decimals are ErrDecimals, even zeros; anything else,
// the empty string, signs of thousands and exponents included, is ErrNotMoney.
// What people type goes through handlers/input first.
func ParseFen(s string) (Fen, error) {
	digits, negative := strings.CutPrefix(s, "-")
	whole, fraction, point := strings.Cut(digits, ".")
	if !isDigits(whole) || point && !isDigits(fraction) {
		return 0, fmt.Errorf("%q: %w", clip(s), ErrNotMoney)
	}
	if len(fraction) > 2 {
		return 0, fmt.Errorf("%q: %w", clip(s), ErrDecimals)
	}
	for len(fraction) < 2 {
		fraction += "0"
	}
	v, err := strconv.ParseInt(whole+fraction, 10, 64)
	if err != nil || v > math.MaxInt64/100 {
		return 0, fmt.Errorf("%q: %w", clip(s), ErrNotMoney)
	}
	if negative {
		v = -v
	}
	return Fen(v), nil
}

// String writes yuan with exactly two decimals and no thousands signs: "12.30".
// It is also the form the partner center takes.
func (f Fen) String() string {
	sign, v := "", uint64(f)
	if f < 0 {
		sign, v = "-", -v
	}
	return fmt.Sprintf("%s%d.%02d", sign, v/100, v%100)
}

// Yuan returns n whole yuan.
func Yuan(n int64) Fen { return Fen(n * 100) }

func isDigits(s string) bool {
	for _, c := range s {
		if c < '0' || c > '9' {
			return false
		}
	}
	return s != ""
}

// clip shortens foreign text for an error message.
func clip(s string) string {
	const most = 40
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}
