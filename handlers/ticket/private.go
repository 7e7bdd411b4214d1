package ticket

import (
	"regexp"
	"strings"
	"unicode"
)

// Hidden stands where a secret was.
const Hidden = "••••••"

var (
	// named is a secret with its name before it: password=…, 密码：…, SK …
	named = regexp.MustCompile(`(?i)(\b(?:password|passwd|passcode|pwd|secret(?:[ _-]?(?:access)?[ _-]?key)?|access[ _-]?key(?:[ _-]?id)?|api[ _-]?key|token|ak|sk)|密码|口令|密钥|令牌)(["']?\s*(?:[:：=]|是|为|\bis\b)\s*["']?)([^\s"'，。；,;]{4,})`)
	// bearer tokens of systems that mark their own.
	marked = regexp.MustCompile(`\b(?:xox[abprse]-[A-Za-z0-9-]{10,}|xapp-[A-Za-z0-9-]{10,}|gh[pousr]_[A-Za-z0-9]{20,}|eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]*)`)
	block  = regexp.MustCompile(`(?s)-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)`)
	run    = regexp.MustCompile(`[A-Za-z0-9+/]{20,}`)

	mail  = regexp.MustCompile(`([A-Za-z0-9._%+-])[A-Za-z0-9._%+-]*@([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)`)
	phone = regexp.MustCompile(`\b(?:86[ -]?)?1[3-9][0-9][ -]?[0-9]{4}[ -]?[0-9]{4}\b|\+[0-9]{1,3}[ -]?[0-9][0-9 -]{6,13}[0-9]\b|\b0[0-9]{2,3}-[0-9]{7,8}\b`)
)

// Secrets takes out of a text what looks like a key or a password and counts it:
// access keys (20 capitals and digits), secret keys (40 mixed letters and
// digits), private keys, tokens, and whatever follows a word such as 密码. It
// prefers hiding too much to passing one on.
func Secrets(s string) (masked string, n int) {
	hide := func(string) string { n++; return Hidden }
	s = block.ReplaceAllStringFunc(s, hide)
	s = marked.ReplaceAllStringFunc(s, hide)
	s = named.ReplaceAllStringFunc(s, func(m string) string {
		g := named.FindStringSubmatch(m)
		if strings.Contains(g[3], Hidden) {
			return m
		}
		n++
		return g[1] + g[2] + Hidden
	})
	s = run.ReplaceAllStringFunc(s, func(m string) string {
		if looksSecret(m) {
			n++
			return Hidden
		}
		return m
	})
	return s, n
}

// looksSecret tells keys from ids: ids of the partner center are hexadecimal or
// all digits.
func looksSecret(s string) bool {
	var upper, lower, digit bool
	for _, r := range s {
		upper = upper || unicode.IsUpper(r)
		lower = lower || unicode.IsLower(r)
		digit = digit || unicode.IsDigit(r)
	}
	return len(s) == 20 && upper && digit && !lower || len(s) >= 36 && upper && lower && digit
}

// Contacts masks phone numbers and mail addresses for a message that others may
// read: 138****5678, l***@example.com.
func Contacts(s string) string {
	s = mail.ReplaceAllString(s, "$1***@$2")
	return phone.ReplaceAllStringFunc(s, func(m string) string {
		r := []rune(m)
		kept := 0
		for i := len(r) - 1; i >= 0; i-- {
			if !unicode.IsDigit(r[i]) {
				continue
			}
			kept++
			if kept > 4 && kept <= 8 {
				r[i] = '*'
			}
		}
		return string(r)
	})
}

// Name masks a person's name: its first character stays.
func Name(s string) string {
	r := []rune(strings.TrimSpace(s))
	if len(r) == 0 {
		return ""
	}
	return string(r[0]) + "**"
}
