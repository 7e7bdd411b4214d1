// Package sound tells how Chinese characters are read, for the second try on a question with the wrong characters.
package sound

import (
	"strings"

	"github.com/mozillazg/go-pinyin"

	"partnerdesk/faq"
)

// Table gives the readings of characters. The zero value is ready.
type Table struct{}

var _ faq.Sounds = Table{}

// toneless maps vowels with tone marks to plain letters.
var toneless = strings.NewReplacer(
	"ā", "a", "á", "a", "ǎ", "a", "à", "a", "ē", "e", "é", "e", "ě", "e", "è", "e", "ō", "o", "ó", "o", "ǒ", "o", "ò", "o",
	"ī", "i", "í", "i", "ǐ", "i", "ì", "i", "ū", "u", "ú", "u", "ǔ", "u", "ù", "u", "ü", "v", "ǘ", "v", "ǚ", "v", "ǜ", "v",
	"ǖ", "v", "ń", "n", "ň", "n", "ǹ", "n", "ḿ", "m",
)

// common is how many readings of a character are used: the rarer ones that dictionaries list (能 xiong, 包 fu) make words
// sound alike that nobody mixes up.
const common = 2

// Readings returns the common readings of r in pinyin without tones, the commonest first; none for what is not a character.
func (Table) Readings(r rune) []string {
	s, ok := pinyin.PinyinDict[int(r)]
	if !ok {
		return nil
	}
	all := strings.Split(toneless.Replace(s), ",")
	out := all[:0]
	for i, x := range all {
		if i == 0 || x != all[0] {
			out = append(out, x)
		}
	}
	return out[:min(len(out), common)]
}
