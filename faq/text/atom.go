package text

import (
	"strings"
	"unicode"
)

// atomKind is what sort of piece an atom is.
type atomKind uint8

const (
	han    atomKind = iota // one Chinese character
	word                   // the stem of a Latin word
	number                 // a number or a date, in one form whatever way it was written
	code                   // an identifier: letters with digits, underscores or dots
)

// atom is the smallest piece that is compared.
type atom struct {
	kind  atomKind
	text  string   // comparable form
	raw   string   // as folded, for n-grams
	parts []string // words inside a code
	stop  bool     // punctuation that ends a phrase stands before it
	near  bool     // nothing at all stands between it and the atom before
}

// atoms cuts a folded text into pieces. Mixed runs such as "obs桶" fall apart where the script changes.
func atoms(s string) []atom {
	out := make([]atom, 0, len(s)/3+1)
	r := []rune(s)
	stop, gap := true, true
	push := func(a atom) {
		a.stop, a.near = stop, !gap
		stop, gap = false, false
		out = append(out, a)
	}
	for i := 0; i < len(r); {
		if text, n := numeral(r[i:]); n > 0 {
			push(atom{kind: number, text: text, raw: text})
			i += n
			continue
		}
		c := r[i]
		switch {
		case isHan(c):
			t := string(c)
			push(atom{kind: han, text: t, raw: t})
			i++
		case unicode.IsLetter(c) || unicode.IsDigit(c):
			n := latin(r[i:])
			push(latinAtom(string(r[i : i+n])))
			i += n
		default:
			gap = true
			switch c {
			case ',', '.', '?', '!', ';', ':', '(', ')', '\n', '>':
				stop = true
			}
			i++
		}
	}
	return out
}

// latin returns the length of the word or identifier that r starts with. A dot, underscore or apostrophe belongs to it
// only between letters or digits.
func latin(r []rune) int {
	n := 1
	for n < len(r) {
		c := r[n]
		if !isHan(c) && (unicode.IsLetter(c) || unicode.IsDigit(c)) {
			n++
			continue
		}
		joins := c == '_' || c == '.' || c == '\''
		if joins && n+1 < len(r) && !isHan(r[n+1]) && (unicode.IsLetter(r[n+1]) || unicode.IsDigit(r[n+1])) {
			n += 2
			continue
		}
		break
	}
	return n
}

func latinAtom(s string) atom {
	s = strings.TrimSuffix(strings.ReplaceAll(s, "n't", " not"), "'s")
	s = strings.ReplaceAll(s, "'", "")
	if i := strings.IndexByte(s, ' '); i >= 0 {
		return atom{kind: word, text: "not", raw: s[:i]}
	}
	if strings.ContainsAny(s, "_.") {
		parts := strings.FieldsFunc(s, func(r rune) bool { return r == '_' || r == '.' })
		for i, p := range parts {
			parts[i] = stem(p)
		}
		return atom{kind: code, text: s, raw: s, parts: parts}
	}
	kind := word
	if strings.ContainsAny(s, "0123456789") {
		kind = code
	}
	return atom{kind: kind, text: stem(s), raw: s}
}

// Stem brings the forms of an English word to one, as a [Reading] has them.
func Stem(s string) string { return stem(s) }

// stem takes the commonest English endings off. It only has to treat the forms of one word alike, not to find its root.
func stem(s string) string {
	if len(s) <= 3 || s[0] > 'z' {
		return s
	}
	switch {
	case strings.HasSuffix(s, "ies") && len(s) > 4:
		s = s[:len(s)-3] + "y"
	case strings.HasSuffix(s, "sses"), strings.HasSuffix(s, "ches"), strings.HasSuffix(s, "shes"), strings.HasSuffix(s, "xes"):
		s = s[:len(s)-2]
	case strings.HasSuffix(s, "s") && !strings.HasSuffix(s, "ss") && !strings.HasSuffix(s, "us") && !strings.HasSuffix(s, "is"):
		s = s[:len(s)-1]
	}
	for _, end := range [...]string{"ing", "ed"} {
		root := strings.TrimSuffix(s, end)
		if len(root) < len(s) && len(root) >= 3 && strings.ContainsAny(root, "aeiouy") {
			if n := len(root); root[n-1] == root[n-2] && root[n-1] != 'l' && root[n-1] != 's' {
				root = root[:n-1]
			}
			s = root
			break
		}
	}
	if len(s) > 3 && strings.HasSuffix(s, "e") {
		s = s[:len(s)-1]
	}
	return s
}
