package input

import (
	"strings"
	"unicode"
)

// Leading splits "3万 双十一备货" into the amount as it was written and what is
// said about it. The amount stands in front, or is the last word. It is not read
// yet: what looks like an amount and is none, such as "50k" or "1e9", comes back
// whole, for [Amount] to refuse. Without anything like one, amount is empty.
func Leading(text string) (amount, rest string) {
	said := []rune(strings.TrimSpace(text))
	plain := []rune(strings.ToLower(narrow(string(said))))
	if len(plain) != len(said) { // a lower-case form of another length: nobody writes amounts so
		return "", string(said)
	}
	if n := amountRunes(plain); n > 0 {
		return string(said[:n]), bare(string(said[n:]))
	}
	words := strings.Fields(string(said))
	if len(words) > 1 {
		last := words[len(words)-1]
		if l := []rune(strings.ToLower(narrow(last))); amountRunes(l) == len(l) {
			return last, bare(strings.Join(words[:len(words)-1], " "))
		}
	}
	return "", string(said)
}

func bare(s string) string {
	return strings.TrimSpace(strings.TrimLeftFunc(s, func(r rune) bool {
		return unicode.IsSpace(r) || strings.ContainsRune(",，.。:：;；、", r)
	}))
}

const (
	digitRunes   = "0123456789"
	numeralRunes = "零〇一二两三四五六七八九壹贰叁肆伍陆柒捌玖十拾百佰千仟万亿"
	unitRunes    = "十拾百佰千仟万亿"
)

// amountRunes is how many runes at the front are an amount with what dresses it.
func amountRunes(s []rune) int {
	at := after(s, 0, "人民币", "rmb", "cny", "usd", "hk$", "us$", "¥", "￥", "$", "€")
	if at < len(s) && strings.ContainsRune("+-负", s[at]) {
		at++
	}
	from := at
	at = body(s, at)
	if at == from {
		return 0
	}
	digits := strings.ContainsRune(digitRunes, s[from])
	end := after(s, at, "元整", "元人民币", "人民币", "元", "圆", "块钱", "块", "整", "rmb", "cny", "yuan", "美元", "港元", "港币", "usd", "eur")
	dressed := end > at
	if dressed && end < len(s) && s[end-1] < 0x80 && isWord(s[end]) { // "5 cnyx"
		end, dressed = at, false
	}
	switch {
	case end == len(s) || !isWord(s[end]):
		return end
	case s[end] < 0x80: // 50k, 1e9x: one word, and no amount
		for end < len(s) && !unicode.IsSpace(s[end]) {
			end++
		}
		return end
	case dressed, digits, strings.ContainsRune(unitRunes, s[end-1]): // 一千元备货, 3万备货
		return end
	}
	return 0 // 三星
}

func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// after skips one of the words, with the spaces around it.
func after(s []rune, at int, words ...string) int {
	from := at
	for from < len(s) && s[from] == ' ' {
		from++
	}
	for _, w := range words {
		if strings.HasPrefix(string(s[from:]), w) {
			from += len([]rune(w))
			if at == 0 { // in front of the number
				for from < len(s) && s[from] == ' ' {
					from++
				}
			}
			return from
		}
	}
	return at
}

// body is the number itself: digits with separators between them and a power of
// ten behind them, Chinese numerals, units.
func body(s []rune, at int) int {
	for at < len(s) {
		r := s[at]
		next := func(n int) bool { return at+n < len(s) && strings.ContainsRune(digitRunes, s[at+n]) }
		switch {
		case strings.ContainsRune(digitRunes+numeralRunes, r):
			at++
		case (r == ',' || r == '.') && next(1):
			at++
		case r == 'e' && (next(1) || at+1 < len(s) && strings.ContainsRune("+-", s[at+1]) && next(2)):
			at += 2
		case r == ' ' && at+1 < len(s) && strings.ContainsRune("百千万亿", s[at+1]):
			at++
		default:
			return at
		}
	}
	return at
}
