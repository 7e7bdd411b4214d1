// Package faq is what the desk knows: entries of the corpus, and how sure an answer is.
//
// A [Corpus] is loaded by faq/source, candidates are found by a [Searcher] (package index), and a [Desk] turns a
// [Question] into an [Answer] with one of three verdicts: [Sure], [Maybe] or [None]. Everything after the candidates is
// exact arithmetic in this package: no score of the search library reaches a verdict, because those scores move when its
// segments merge.
package faq

import "unicode"

// Lang is the language of a question or of an answer.
type Lang string

// The two languages everything exists in.
const (
	ZH Lang = "zh"
	EN Lang = "en"
)

// Other returns the language that is not l.
func (l Lang) Other() Lang {
	if l == EN {
		return ZH
	}
	return EN
}

// LangOf guesses the language of a text a person typed: any Han character makes it Chinese.
func LangOf(s string) Lang {
	for _, r := range s {
		if unicode.Is(unicode.Han, r) {
			return ZH
		}
	}
	return EN
}

// Text is the same sentence in both languages. Drafts may lack one of them.
type Text struct {
	ZH string
	EN string
}

// In returns the text in l, or in the other language when l is missing.
func (t Text) In(l Lang) string {
	if l == EN && t.EN != "" || t.ZH == "" {
		return t.EN
	}
	return t.ZH
}

// Has says whether the text exists in l.
func (t Text) Has(l Lang) bool {
	if l == EN {
		return t.EN != ""
	}
	return t.ZH != ""
}
