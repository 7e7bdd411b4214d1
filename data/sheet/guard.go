package sheet

import "strings"

// Guard returns s as it may stand in a cell: what a spreadsheet would take for a formula gets an apostrophe in front.
// Plain numbers with a sign stay numbers. The leading characters are those of the OWASP page on CSV injection,
// 2026-11-20.
func Guard(s string) string {
	if dangerous(s) {
		return "'" + s
	}
	return s
}

// Open undoes [Guard].
func Open(s string) string {
	if rest, ok := strings.CutPrefix(s, "'"); ok && dangerous(rest) {
		return rest
	}
	return s
}

func dangerous(s string) bool {
	if s == "" {
		return false
	}
	switch s[0] {
	case '=', '@', '\t', '\r':
		return true
	case '+', '-':
		return !number(s[1:])
	}
	// Full-width forms of the same signs are read as formulas by some spreadsheets too.
	for _, wide := range [...]string{"＝", "＋", "－", "＠"} {
		if strings.HasPrefix(s, wide) {
			return true
		}
	}
	return false
}

// number says that s is digits with at most one point and commas between, nothing else.
func number(s string) bool {
	digits, points := 0, 0
	for _, c := range s {
		switch {
		case c >= '0' && c <= '9':
			digits++
		case c == '.':
			points++
		case c == ',' && digits > 0 && points == 0:
		default:
			return false
		}
	}
	return digits > 0 && points <= 1
}
