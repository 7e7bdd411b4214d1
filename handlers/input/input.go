// Package input reads amounts and dates as people write them: full-width digits,
// thousands separators, 万, Chinese numerals, a day of the month. What is
// understood is shown back before anything happens; what could mean two things is
// refused rather than guessed.
package input

import (
	"errors"
	"strings"

	"partnerdesk/handlers/partner"
)

// What [Amount] refuses. Each is one message beside the field.
var (
	ErrEmpty    = errors.New("nothing was written")
	ErrNumber   = errors.New("not an amount")
	ErrZero     = errors.New("zero")
	ErrNegative = errors.New("negative")
	ErrDecimals = errors.New("more than two decimals")
	ErrLarge    = errors.New("more than any real amount")
	ErrCurrency = errors.New("another currency")
	ErrExponent = errors.New("scientific notation")
)

// Largest is the largest amount that is taken for meant: CNY 100 million.
const Largest = partner.Fen(1e10)

// narrow turns full-width signs into plain ones and takes out what only dresses.
func narrow(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '！' && r <= '～': // the full-width forms, U+FF01 to U+FF5E
			return r - '！' + '!'
		case r == '\u3000' || r == '\u00a0' || r == '\u2009':
			return ' '
		case r == '−' || r == '–' || r == '—':
			return '-'
		case r == '，' || r == '、' || r == '٬':
			return ','
		case r == '。' || r == '．':
			return '.'
		}
		return r
	}, strings.TrimSpace(s))
}

// Amount reads yuan. A unit of 元, 块, 圆, RMB, CNY or ¥ may stand around it;
// 千, 万 and 亿 multiply, k and w are not guessed. The amount is above zero and
// has at most two decimals.
func Amount(text string) (partner.Fen, error) {
	s := strings.ToLower(strings.TrimSpace(narrow(text)))
	if s == "" {
		return 0, ErrEmpty
	}
	for _, foreign := range []string{"$", "usd", "美元", "€", "eur", "hk", "港"} {
		if strings.Contains(s, foreign) {
			return 0, ErrCurrency
		}
	}
	for _, dress := range []string{"人民币", "rmb", "cny", "¥", "￥", "元整", "元", "圆", "块", "整", " "} {
		s = strings.ReplaceAll(s, dress, "")
	}
	negative := strings.HasPrefix(s, "-") || strings.HasPrefix(s, "负")
	s = strings.TrimPrefix(strings.TrimPrefix(strings.TrimPrefix(s, "+"), "-"), "负")
	v, err := sum(s)
	switch {
	case err != nil:
		return 0, err
	case v == 0:
		return 0, ErrZero
	case negative:
		return 0, ErrNegative
	case v > Largest:
		return 0, ErrLarge
	}
	return v, nil
}

// sum reads digits with a 万 or 亿 behind them, or Chinese numerals.
func sum(s string) (partner.Fen, error) {
	if s == "" {
		return 0, ErrNumber
	}
	if strings.ContainsAny(s, "0123456789") {
		return digits(s)
	}
	n, ok := numeral(s)
	if !ok {
		return 0, ErrNumber
	}
	if n > int64(Largest) {
		return 0, ErrLarge
	}
	return partner.Yuan(n), nil
}

// digits reads 1,234.50, 5万, 1.2万, 3千, 2亿, 5万3千.
func digits(s string) (partner.Fen, error) {
	if i := strings.IndexByte(s, 'e'); i > 0 && strings.Trim(s, "0123456789.e+-") == "" {
		return 0, ErrExponent
	}
	var total partner.Fen
	last := int64(1e9)
	for s != "" {
		end := strings.IndexAny(s, "百千万亿")
		number, unit := s, ""
		if end >= 0 {
			rest := s[end:]
			size := len("万")
			number, unit, s = s[:end], rest[:size], rest[size:]
		} else {
			s = ""
		}
		factor := map[string]int64{"": 1, "百": 100, "千": 1000, "万": 10_000, "亿": 100_000_000}[unit]
		if factor >= last { // 3千5万, 5万3万
			return 0, ErrNumber
		}
		last = factor
		if unit == "" && total != 0 { // 5万3 is 53,000 to some and 50,003 to others
			return 0, ErrNumber
		}
		v, err := plain(number, factor)
		if err != nil {
			return 0, err
		}
		total += v
		if total > Largest*2 {
			return 0, ErrLarge
		}
	}
	return total, nil
}

// plain reads digits with thousands separators in the right places, times a
// factor.
func plain(s string, factor int64) (partner.Fen, error) {
	whole, fraction, point := strings.Cut(s, ".")
	if groups := strings.Split(whole, ","); len(groups) > 1 {
		for i, g := range groups {
			if i > 0 && len(g) != 3 || i == 0 && (len(g) == 0 || len(g) > 3) {
				return 0, ErrNumber
			}
		}
		whole = strings.Join(groups, "")
	}
	if whole == "" || point && fraction == "" || strings.Trim(whole+fraction, "0123456789") != "" {
		return 0, ErrNumber
	}
	whole = strings.TrimLeft(whole, "0")
	if len(whole) > 12 {
		return 0, ErrLarge
	}
	var n int64
	for _, c := range whole {
		n = n*10 + int64(c-'0')
	}
	v := n * 100 * factor
	if v/100/factor != n || v > int64(Largest)*2 {
		return 0, ErrLarge
	}
	fraction = strings.TrimRight(fraction, "0")
	if len(fraction) > 8 {
		return 0, ErrDecimals
	}
	part, scale := int64(0), int64(1)
	for _, c := range fraction {
		part, scale = part*10+int64(c-'0'), scale*10
	}
	if part*100*factor%scale != 0 {
		return 0, ErrDecimals
	}
	return partner.Fen(v + part*100*factor/scale), nil
}

// numeral reads whole Chinese numerals: 一千, 五万, 三万五千, 两百, 一千零五十,
// capitals (壹仟) included. 三万五 is 35,000 in speech and is refused as unclear.
func numeral(s string) (int64, bool) {
	const digit, capital = "零一二三四五六七八九", "零壹贰叁肆伍陆柒捌玖"
	var total, section, number int64
	small, big := int64(10_000), int64(1<<40)
	seen, zero, unit := false, false, false
	for _, r := range s {
		if d := strings.IndexRune(digit, r); d >= 0 {
			if number != 0 || d == 0 && zero {
				return 0, false
			}
			number, zero, seen = int64(d/len("一")), d == 0, true
			continue
		}
		if d := strings.IndexRune(capital, r); d >= 0 {
			if number != 0 {
				return 0, false
			}
			number, zero, seen = int64(d/len("壹")), d == 0, true
			continue
		}
		if r == '两' || r == '〇' {
			if number != 0 {
				return 0, false
			}
			if r == '两' {
				number = 2
			} else {
				zero = true
			}
			seen = true
			continue
		}
		switch factor := map[rune]int64{'十': 10, '拾': 10, '百': 100, '佰': 100, '千': 1000, '仟': 1000, '万': 10_000, '亿': 100_000_000}[r]; {
		case factor == 0:
			return 0, false
		case factor < 10_000:
			if number == 0 && !(factor == 10 && section == 0) || factor >= small {
				return 0, false
			}
			section += max(number, 1) * factor
			small, number = factor, 0
		default:
			section += number
			if section == 0 || factor >= big {
				return 0, false
			}
			total += section * factor
			section, number, small, big = 0, 0, 10_000, factor
		}
		seen, zero, unit = true, false, true
	}
	if number != 0 && unit && !zeroBefore(s) && small > 10 { // 三万五
		return 0, false
	}
	return total + section + number, seen
}

// zeroBefore says that a 零 makes the last digit clear: 一千零五.
func zeroBefore(s string) bool {
	r := []rune(s)
	return len(r) > 1 && (r[len(r)-2] == '零' || r[len(r)-2] == '〇')
}
