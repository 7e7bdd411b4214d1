package faq

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Finding is something an editor should look at.
type Finding struct {
	Entry string // id
	File  string
	Line  int
	Rule  string // kebab-case name of the rule, fixed for life
	Text  string // what is wrong, in English; for a terminal
	Warn  bool   // worth knowing, but no fault of the entry
}

// likeness is the score above which two questions of different entries are near-duplicates.
const likeness = 0.93

// Lint looks for what makes answers wrong or hard to find: missing languages, near-duplicate questions, figures that
// differ between the languages, cut sources that do not say what is missing, related entries that do not exist, answers
// that are too long and dates gone by on the day asOf.
func Lint(c *Corpus, asOf time.Time) []Finding {
	var out []Finding
	for _, e := range c.Entries {
		add := func(rule, format string, args ...any) {
			out = append(out, Finding{Entry: e.ID, File: e.File, Line: e.Line, Rule: rule, Text: fmt.Sprintf(format, args...)})
		}
		warn := func(rule, format string, args ...any) {
			add(rule, format, args...)
			out[len(out)-1].Warn = true
		}
		if !kebab(e.ID) {
			add("id", "id is not kebab-case")
		}
		lintLanguages(e, add)
		lintFigures(c, e, add)
		cut := e.Source.Cut != "" && e.Source.Cut != "none"
		if cut && e.Kind != Unknown && (e.Answer.ZH.Fact != "" && e.Answer.ZH.NotStated == "" || e.Answer.EN.Fact != "" && e.Answer.EN.NotStated == "") {
			add("not-stated", "the source is cut, but not_stated is empty")
		}
		for _, id := range e.Related {
			if c.Entry(id) == nil {
				add("related", "related entry %q does not exist", id)
			}
		}
		if e.Recorded.IsZero() {
			add("recorded", "no recorded date")
		}
		if !e.ValidUntil.IsZero() && e.ValidUntil.Before(asOf) {
			warn("expired", "was valid until %s", e.ValidUntil.Format(time.DateOnly))
		}
		if !e.EffectiveFrom.IsZero() && e.EffectiveFrom.After(asOf) {
			warn("not-yet", "takes effect on %s", e.EffectiveFrom.Format(time.DateOnly))
		}
	}
	return append(out, lintDuplicates(c)...)
}

func lintLanguages(e *Entry, add func(rule, format string, args ...any)) {
	for _, l := range [...]Lang{ZH, EN} {
		body := e.Answer.ZH
		if l == EN {
			body = e.Answer.EN
		}
		switch {
		case !e.Question.Has(l):
			add("language", "no question in %s", l)
		case body.Fact == "":
			add("language", "no answer in %s", l)
		case len(e.Ask.In(l)) == 0:
			add("language", "no other ways of asking in %s", l)
		}
		if n := len([]rune(e.Plain(l))); n >= plainLimit {
			add("length", "the answer in %s is longer than %d characters", l, plainLimit)
		}
		for _, line := range e.Ask.In(l) {
			if strings.TrimSpace(line) == "" {
				add("ask", "an empty way of asking in %s", l)
			}
		}
	}
}

// lintFigures compares the figures of the two languages. Small numbers are left out: English counts where Chinese does not.
func lintFigures(c *Corpus, e *Entry, add func(rule, format string, args ...any)) {
	if e.Answer.ZH.Fact == "" || e.Answer.EN.Fact == "" {
		return
	}
	zh, en := figures(c, e.Answer.ZH), figures(c, e.Answer.EN)
	for _, n := range zh {
		if !slices.Contains(en, n) {
			add("figures", "%s is in the Chinese answer only", n[2:])
		}
	}
	for _, n := range en {
		if !slices.Contains(zh, n) {
			add("figures", "%s is in the English answer only", n[2:])
		}
	}
}

func figures(c *Corpus, b Body) []string {
	var out []string
	for _, n := range c.Lexicon.Read(b.Fact + "\n" + strings.Join(b.Conditions, "\n")).Numbers {
		if strings.HasPrefix(n, "d:") || len(n) > 3 {
			out = append(out, n)
		}
	}
	return out
}

func kebab(s string) bool {
	if s == "" || s[0] == '-' || s[len(s)-1] == '-' {
		return false
	}
	for _, r := range s {
		if r != '-' && (r < 'a' || r > 'z') && (r < '0' || r > '9') {
			return false
		}
	}
	return true
}

// lintDuplicates finds ways of asking that two entries share.
func lintDuplicates(c *Corpus) []Finding {
	a := c.analysed()
	byTerm := map[int32][]int32{}
	var out []Finding
	told := map[[2]int32]bool{}
	for i := range a.phrasings {
		p := &a.phrasings[i]
		if p.part == partAnswer || len(p.terms) == 0 {
			continue
		}
		rare := p.terms[0].id
		for _, t := range p.terms {
			if a.df[t.id] < a.df[rare] {
				rare = t.id
			}
		}
		q := a.query(c.Lexicon, p.text)
		for _, n := range byTerm[rare] {
			o := &a.phrasings[n]
			pair := [2]int32{o.entry, p.entry}
			if o.entry == p.entry || told[pair] {
				continue
			}
			if a.overlap(q, o).score >= likeness && slices.Equal(p.types, o.types) {
				told[pair] = true
				x, y := c.Entries[o.entry], c.Entries[p.entry]
				out = append(out, Finding{Entry: y.ID, File: y.File, Line: y.Line, Rule: "duplicate",
					Text: fmt.Sprintf("%q asks the same as %q of %s", p.text, o.text, x.ID)})
			}
		}
		byTerm[rare] = append(byTerm[rare], int32(i))
	}
	return out
}
