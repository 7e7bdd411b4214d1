package faq

import (
	"strings"
	"time"
)

// Kind says what sort of fact an entry states.
type Kind string

// The kinds of entries. An entry of kind [Unknown] is an honest gap: a question people ask and the sources do not
// answer. It is never served as an answer; it stops a neighbour from being served instead.
const (
	Policy     Kind = "policy"
	HowTo      Kind = "howto"
	API        Kind = "api"
	Definition Kind = "definition"
	Unknown    Kind = "unknown"
)

// Entry is one distinct fact of the corpus. Identity is (ID, Rev).
type Entry struct {
	ID       string // kebab-case, unique, fixed for life
	Rev      string // content hash, set by the loader
	File     string // file it was read from, for messages
	Line     int    // line of the entry in File, 1-based; 0 when unknown
	Kind     Kind
	Topic    Topic
	Parent   string // 父主题 of the page, may be empty
	Audience Audience
	Question Text
	Ask      Asks // other ways people ask for exactly this fact
	Answer   Bodies
	Source   Source

	Recorded      time.Time // day it was taken in, midnight UTC
	Verified      Verified  // zero until a person saw the live page
	EffectiveFrom time.Time // zero when the source states none
	ValidUntil    time.Time // last day, zero when the source states none
	Next          []Step
	Related       []string // ids of entries a reader may have meant instead
	Draft         bool     // made by the importer, not yet edited
}

// Topic groups entries; a corpus file is one topic.
type Topic struct {
	ID   string
	Name Text
}

// Asks are the stored ways of asking, per language.
type Asks struct {
	ZH []string
	EN []string
}

// In returns the ways of asking in l, which may be none.
func (a Asks) In(l Lang) []string {
	if l == EN {
		return a.EN
	}
	return a.ZH
}

// Bodies are the answer in both languages. Drafts may lack one of them.
type Bodies struct {
	ZH Body
	EN Body
}

// In returns the answer in l, or in the other language when l is missing.
func (b Bodies) In(l Lang) Body {
	if l == EN && b.EN.Fact != "" || b.ZH.Fact == "" {
		return b.EN
	}
	return b.ZH
}

// Body is an answer in one language.
type Body struct {
	Fact       string   // the decisive fact, one sentence that stands alone
	Conditions []string // conditions, steps, menu paths, figures, in order
	NotStated  string   // what the source does not say
	Notes      []string // look-alikes and warnings, for people
}

// Audience is whom an entry is for; an empty list means everybody.
type Audience struct {
	Kinds  []string // partner kinds, e.g. distributor
	Paths  []string // development paths, e.g. software
	Stages []string // stages within a path, e.g. role-validated
	Plans  []string // plans joined, e.g. pce
}

// Empty says that the entry is for everybody.
func (a Audience) Empty() bool {
	return len(a.Kinds)+len(a.Paths)+len(a.Stages)+len(a.Plans) == 0
}

// Source says where a fact was read.
type Source struct {
	Place string // "help-center" or "partner-api"
	Title Text
	Cut   string // "none", "start", "end" or "both": where the page we hold is cut off
}

// Verified is set when a person has compared the entry with the live page.
type Verified struct {
	Date time.Time // day, midnight UTC
	By   string
}

// Step is something to do now; a door shows it as a button.
type Step struct {
	Kind  string // menu, command, form, ask or link
	Value string
	Text  Text
}

// plainLimit is the most runes an answer may have outside Slack, where nothing can be folded.
const plainLimit = 900

// Plain returns the bare answer in l: decisive fact, conditions and what is not stated, without notes, related entries
// or source, at most 900 runes. It adds no words of its own: a door that has room labels what is not stated.
func (e *Entry) Plain(l Lang) string {
	b := e.Answer.In(l)
	var s strings.Builder
	s.WriteString(b.Fact)
	for _, c := range b.Conditions {
		if c = strings.TrimSpace(c); c != "" {
			s.WriteByte('\n')
			s.WriteString(c)
		}
	}
	if b.NotStated != "" {
		s.WriteByte('\n')
		s.WriteString(b.NotStated)
	}
	return cut(s.String(), plainLimit)
}

// cut shortens s to at most n runes, ending in an ellipsis when something went.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	r := []rune(s)
	if len(r) <= n {
		return s
	}
	return string(r[:n-1]) + "…"
}
