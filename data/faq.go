// Package data holds what the desk carries: the shipped corpus and the words needed to read questions.
package data

import "embed"

// FAQ is the shipped corpus: entries in faq/, terms in terms/.
//
//go:embed faq/*.yaml terms/*.yaml terms/*.txt
var FAQ embed.FS
