package handlers

import (
	"strconv"
	"strings"

	"partnerdesk/bot"
	"partnerdesk/bot/lang"
	"partnerdesk/handlers/partner"
)

// How things are written, whatever the page.

func count(n int) string { return strconv.Itoa(n) }

// yuan writes an amount with two decimals and thousands separators.
func yuan(f partner.Fen) string {
	s := f.String()
	sign := ""
	if strings.HasPrefix(s, "-") {
		sign, s = "-", s[1:]
	}
	whole, cents, _ := strings.Cut(s, ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	return sign + whole + "." + cents
}

// clip shortens a person's text to n runes before it is shown back.
func clip(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n]) + "…"
	}
	return s
}

// oneLine is a typed text without line breaks and double spaces.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// orDash is a text, or a dash where there is none.
func orDash(s string) string {
	if s == "" {
		return "—"
	}
	return s
}

func plain(s string) []bot.Inline { return []bot.Inline{bot.Text(s)} }

// private is a reply that only who asked reads.
func private(inlines ...bot.Inline) bot.Reply {
	reply := bot.Say(inlines...)
	reply.Private = true
	return reply
}

// gap is what stands between two sentences, or a label and what it labels:
// full-width punctuation brings its own.
func gap(w lang.Words) string {
	if w.Tag() == lang.Chinese {
		return ""
	}
	return " "
}
