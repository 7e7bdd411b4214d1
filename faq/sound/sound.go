// Package sound tells how Chinese characters are read, for the second try on a question with the wrong characters.
package sound

import "github.com/mozillazg/go-pinyin"

// Table gives the readings of characters. The zero value is ready.
type Table struct{}

// Readings returns every reading of r in pinyin without tones, the commonest first; none for what is not a character.
func (Table) Readings(r rune) []string {
	args := pinyin.Args{Style: pinyin.Normal, Heteronym: true}
	return pinyin.SinglePinyin(r, args)
}
