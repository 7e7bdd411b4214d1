package text

import (
	"strconv"
	"strings"
)

// Numbers are brought to one form: "2万", "20000", "20,000", "两万" and "20k" are all n:20000, "三个工作日" has n:3, and
// "12月31日", "31 December" and "12/31" are d:12-31. Chinese numerals count only before a measure word or with a unit of
// ten thousand, because most of them are parts of words (一级, 二维码, 三方).

// numeral reads a number or a date at the start of r and returns its form and how many runes it takes; 0 means none.
func numeral(r []rune) (string, int) {
	c := r[0]
	switch {
	case c >= '0' && c <= '9':
		return digits(r)
	case chineseDigit(c) >= 0 || c == '十' || c == '百':
		return chinese(r)
	case c >= 'a' && c <= 'z':
		return englishDate(r)
	}
	return "", 0
}

func digits(r []rune) (string, int) {
	v, n := plainDigits(r)
	if n == 0 {
		return "", 0
	}
	rest := r[n:]
	if m := dayAfter(v, rest); m.n > 0 {
		return m.text, n + m.n
	}
	if len(rest) > 0 {
		switch c := rest[0]; {
		case c == '万':
			return format(v * 1e4), n + 1
		case c == '亿':
			return format(v * 1e8), n + 1
		case c == '千':
			return format(v * 1e3), n + 1
		case c == '百':
			return format(v * 1e2), n + 1
		case c == '%':
			return format(v) + "%", n + 1
		case c == 'k' && !startsWord(rest[1:]):
			return format(v * 1e3), n + 1
		case (c == 'm') && !startsWord(rest[1:]):
			return format(v * 1e6), n + 1
		case startsWord(rest) || c == '_': // 3des, 2b, v: part of a code
			return "", 0
		case c == ' ' && len(rest) > 1 && rest[1] == '万':
			return format(v * 1e4), n + 2
		}
		if m, k := monthAhead(rest); m > 0 && v >= 1 && v <= 31 {
			return date(m, int(v)), n + k
		}
		rest = measured(rest)
	}
	return format(v), len(r) - len(rest)
}

// plainDigits reads 20,000 and 0.5.
func plainDigits(r []rune) (float64, int) {
	var s strings.Builder
	n := 0
	for n < len(r) {
		c := r[n]
		digitNext := n+1 < len(r) && r[n+1] >= '0' && r[n+1] <= '9'
		switch {
		case c >= '0' && c <= '9':
			s.WriteRune(c)
		case c == ',' && digitNext && n+3 < len(r) && isDigits(r[n+1:n+4]) && (n+4 == len(r) || r[n+4] < '0' || r[n+4] > '9'):
		case c == '.' && digitNext && !strings.Contains(s.String(), "."):
			s.WriteByte('.')
		default:
			v, err := strconv.ParseFloat(s.String(), 64)
			if err != nil {
				return 0, 0
			}
			return v, n
		}
		n++
	}
	v, err := strconv.ParseFloat(s.String(), 64)
	if err != nil {
		return 0, 0
	}
	return v, n
}

func isDigits(r []rune) bool {
	for _, c := range r {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

func startsWord(r []rune) bool {
	return len(r) > 0 && (r[0] >= 'a' && r[0] <= 'z' || r[0] >= '0' && r[0] <= '9')
}

func format(v float64) string {
	return "n:" + strconv.FormatFloat(v, 'f', -1, 64)
}

type match struct {
	text string
	n    int
}

// dayAfter reads 月31日 after a month, and -31 or /31 where both can be a month and a day.
func dayAfter(month float64, r []rune) match {
	if month < 1 || month > 12 || month != float64(int(month)) || len(r) < 2 {
		return match{}
	}
	if r[0] == '月' {
		v, n := plainDigits(r[1:])
		if n == 0 {
			if cv, cn := chineseValue(r[1:]); cn > 0 {
				v, n = float64(cv), cn
			}
		}
		if n == 0 || v < 1 || v > 31 {
			return match{}
		}
		k := 1 + n
		if k < len(r) && (r[k] == '日' || r[k] == '号') {
			k++
		}
		return match{date(int(month), int(v)), k}
	}
	if r[0] == '/' || r[0] == '-' {
		v, n := plainDigits(r[1:])
		if n == 2 && v > 12 && v <= 31 && (len(r) == n+1 || r[n+1] < '0' || r[n+1] > '9') {
			return match{date(int(month), int(v)), 1 + n}
		}
	}
	return match{}
}

func date(month, day int) string {
	return "d:" + strconv.Itoa(month) + "-" + strconv.Itoa(day)
}

// monthName knows the English months by their first three letters.
func monthName(r []rune) (int, int) {
	n := 0
	for n < len(r) && r[n] >= 'a' && r[n] <= 'z' {
		n++
	}
	if n < 3 {
		return 0, 0
	}
	names := [...]string{"january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"}
	w := string(r[:n])
	for i, name := range names {
		if w == name || w == name[:3] || w == "sept" && i == 8 {
			return i + 1, n
		}
	}
	return 0, 0
}

// monthAhead reads " december", "st of december" after a day.
func monthAhead(r []rune) (int, int) {
	n := 0
	for n < len(r) && r[n] == ' ' {
		n++
	}
	if n == 0 {
		return 0, 0
	}
	if m, k := monthName(r[n:]); m > 0 {
		return m, n + k
	}
	return 0, 0
}

func englishDate(r []rune) (string, int) {
	m, n := monthName(r)
	if m == 0 {
		return "", 0
	}
	k := n
	for k < len(r) && (r[k] == ' ' || r[k] == '.') {
		k++
	}
	if k == n {
		return "", 0
	}
	v, d := plainDigits(r[k:])
	if d == 0 || d > 2 || v < 1 || v > 31 {
		return "", 0
	}
	k += d
	for _, end := range [...]string{"st", "nd", "rd", "th"} {
		if strings.HasPrefix(string(r[k:min(len(r), k+2)]), end) {
			k += 2
			break
		}
	}
	return date(m, int(v)), k
}

func chineseDigit(c rune) int {
	switch c {
	case '零', '〇':
		return 0
	case '一', '壹':
		return 1
	case '二', '两', '贰':
		return 2
	case '三', '叁':
		return 3
	case '四':
		return 4
	case '五':
		return 5
	case '六':
		return 6
	case '七':
		return 7
	case '八':
		return 8
	case '九':
		return 9
	}
	return -1
}

// chineseValue reads 三, 十二, 三十, 两百 and the like, without units of ten thousand.
func chineseValue(r []rune) (int, int) {
	total, digit, n := 0, -1, 0
	for n < len(r) {
		d := chineseDigit(r[n])
		unit := 0
		switch r[n] {
		case '十':
			unit = 10
		case '百':
			unit = 100
		case '千':
			unit = 1000
		}
		switch {
		case d >= 0 && digit < 0:
			digit = d
		case d == 0:
		case unit > 0:
			total += max(digit, 0) * unit
			if digit < 0 {
				total += unit
			}
			digit = -1
		default:
			return total + max(digit, 0), n
		}
		n++
	}
	return total + max(digit, 0), n
}

func chinese(r []rune) (string, int) {
	v, n := chineseValue(r)
	if n == 0 {
		return "", 0
	}
	rest := r[n:]
	if len(rest) > 0 {
		switch rest[0] {
		case '万':
			return format(float64(v) * 1e4), n + 1
		case '亿':
			return format(float64(v) * 1e8), n + 1
		}
	}
	if m := dayAfter(float64(v), rest); m.n > 0 {
		return m.text, n + m.n
	}
	after := measured(rest)
	if len(after) == len(rest) && !startsUnit(rest) || v < 2 && !startsUnit(after) {
		return "", 0
	}
	return format(float64(v)), len(r) - len(after)
}

// measured drops a measure word that says nothing by itself: 3个工作日, 3位.
func measured(r []rune) []rune {
	if len(r) > 0 && strings.ContainsRune("个位名条张份家笔项", r[0]) {
		return r[1:]
	}
	return r
}

// startsUnit says whether a unit of time or a count word stands there, which keeps its own meaning.
func startsUnit(r []rune) bool {
	if len(r) == 0 {
		return false
	}
	return strings.ContainsRune("天日月年周次步类种", r[0]) ||
		len(r) > 1 && strings.ContainsRune("工小季自", r[0]) && strings.ContainsRune("作时度然", r[1])
}
