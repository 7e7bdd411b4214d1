package text

import (
	"fmt"
	"strings"
	"unicode"
)

// Concepts of the words that make up chat. They are in no reading: most of these words mean something in a question.
var (
	courtesy = &Concept{Name: "courtesy", Kind: Filler}
	beside   = &Concept{Name: "beside", Kind: Filler}
)

// SetChat names greetings, thanks and acknowledgements, and the particles that may stand beside them.
func (l *Lexicon) SetChat(words, particles []string) error {
	l.chat = node{}
	for _, g := range [...]struct {
		c     *Concept
		forms []string
	}{{courtesy, words}, {beside, particles}} {
		for _, form := range g.forms {
			if err := l.chat.add(l.fold, g.c, form); err != nil {
				return fmt.Errorf("chat: %w", err)
			}
		}
	}
	return nil
}

// Chat says whether a text is nothing but a greeting, thanks, an acknowledgement or emoji.
func (l *Lexicon) Chat(s string) bool {
	if l == nil {
		return false
	}
	as := atoms(l.Fold(s))
	if len(as) == 0 {
		return emoji(s)
	}
	kind := false
	for len(as) > 0 {
		c, n := l.chat.longest(as)
		if c == nil {
			return false
		}
		kind = kind || c == courtesy
		as = as[n:]
	}
	return kind
}

// emoji says whether a text has a pictograph or the short name of one.
func emoji(s string) bool {
	for _, m := range markup.FindAllString(s, -1) {
		if strings.HasPrefix(m, ":") {
			return true
		}
	}
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.So, r) })
}
