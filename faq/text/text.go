// Package text reads what people type, in Chinese, English or a mixture, into comparable terms.
//
// Reading goes through four steps, each in its own file: characters are folded to one form (fold.go), the text is cut
// into atoms, which are single Han characters, stems of Latin words, numbers and codes (atom.go, number.go), the longest
// phrases of a bilingual [Lexicon] become concepts (lexicon.go), and what is left becomes the terms, pairs and raw
// n-grams of a [Reading] (reading.go). A concept has one name in both languages, so that an English question meets a
// Chinese fact.
package text

import "unicode"

// isHan says whether r is a Chinese character.
func isHan(r rune) bool {
	return r >= 0x4e00 && r <= 0x9fff || r > 0x7f && unicode.Is(unicode.Han, r)
}
