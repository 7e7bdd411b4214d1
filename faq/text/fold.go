package text

import (
	"regexp"
	"strings"
	"unicode"
)

// Fold maps characters to the form they are compared in.
type Fold struct {
	simplified map[rune]rune
}

// NewFold takes pairs of a traditional and a simplified character, written one after the other; white space between
// them is ignored.
func NewFold(pairs string) *Fold {
	f := &Fold{simplified: map[rune]rune{}}
	var from rune
	for _, r := range pairs {
		switch {
		case unicode.IsSpace(r):
		case from == 0:
			from = r
		default:
			f.simplified[from] = r
			from = 0
		}
	}
	return f
}

// markup is what Slack puts into a text for people, channels and groups, and emoji short names.
var markup = regexp.MustCompile(`<[@#!][^>\n]*>|:[a-z_+-][a-z0-9_+-]*:`)

// Apply folds width, case and traditional characters, and drops markup, control characters and symbols. Punctuation
// stays, in its ASCII form where there is one.
func (f *Fold) Apply(s string) string {
	if strings.ContainsAny(s, "<:") {
		s = markup.ReplaceAllString(s, " ")
	}
	var out strings.Builder
	out.Grow(len(s))
	for _, r := range s {
		if r < 0x80 {
			switch {
			case r >= 'A' && r <= 'Z':
				r += 'a' - 'A'
			case r < ' ' || r == 0x7f:
				r = ' '
			}
			out.WriteByte(byte(r))
			continue
		}
		out.WriteRune(f.rune(r))
	}
	return out.String()
}

func (f *Fold) rune(r rune) rune {
	if f != nil {
		if s, ok := f.simplified[r]; ok {
			return s
		}
	}
	if r >= 0x4e00 && r <= 0x9fff {
		return r
	}
	switch {
	case r >= 0xff01 && r <= 0xff5e: // full-width ASCII
		return unicode.ToLower(r - 0xfee0)
	case r >= 0x2460 && r <= 0x2468: // circled digits
		return '1' + r - 0x2460
	}
	switch r {
	case '。', '．':
		return '.'
	case '、', '，':
		return ','
	case '【', '「', '『', '《', '〈', '〔':
		return '('
	case '】', '」', '』', '》', '〉', '〕':
		return ')'
	case '“', '”', '‘', '’':
		return '\''
	case '–', '—', '―', '－':
		return '-'
	case '→':
		return '>'
	}
	if unicode.IsLetter(r) || unicode.IsDigit(r) {
		return unicode.ToLower(r)
	}
	if unicode.IsPunct(r) {
		return ','
	}
	return ' '
}
