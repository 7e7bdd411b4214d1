package importer

import (
	"cmp"
	"slices"
)

// Outcome is what became of a line.
type Outcome string

// The outcomes.
const (
	Kept    Outcome = "kept"
	Merged  Outcome = "merged"
	Dropped Outcome = "dropped"
	Failed  Outcome = "failed"  // could not be read
	Trimmed Outcome = "trimmed" // kept, but a piece of it was dropped; stands beside Kept
)

// Reason says why a line was merged, dropped or not read.
type Reason string

// The reasons.
const (
	Exact      Reason = "exact"      // the same text again
	Near       Reason = "near"       // the same but for where it is cut, or a word left out
	Banner     Reason = "banner"     // the site talks about itself, not about the subject
	Below      Reason = "below"      // stands below the end of a page
	Repeated   Reason = "repeated"   // stands at the edge of several files and says nothing
	OnlyTitle  Reason = "only-title" // a heading without anything below it
	OnlyURL    Reason = "only-url"   // an address without a name
	NoText     Reason = "no-text"    // signs only
	NoAnswer   Reason = "no-answer"  // a table row without question or answer
	HeaderRow  Reason = "header"     // the head of a table
	Unreadable Reason = "unreadable" // bytes that are no text
	Binary     Reason = "binary"     // a file that is no text
	BadFormat  Reason = "bad-format" // a file or row that breaks its own format
	Format     Reason = "format"     // a kind of file that is not imported
	TooLarge   Reason = "too-large"  // beyond the limits
	Missing    Reason = "missing"    // no such file, or not allowed to read it
)

// Report accounts for everything that was read.
type Report struct {
	Files   []File `json:"files"`
	Lines   []Line `json:"lines"` // by file and line
	Read    int    `json:"read"`  // lines, sections and rows that are not blank
	Kept    int    `json:"kept"`
	Merged  int    `json:"merged"`
	Dropped int    `json:"dropped"`
	Failed  int    `json:"failed"`
	Trimmed int    `json:"trimmed"` // lines kept without a banner that was glued to them
	Drafts  int    `json:"drafts"`
}

// File is one input file.
type File struct {
	Path     string `json:"path"`
	Format   string `json:"format"`   // listing, html, markdown, csv, xlsx; empty when it was not read
	Encoding string `json:"encoding"` // utf-8, utf-16, gb18030; empty for xlsx
	Units    int    `json:"units"`    // lines, sections or rows that are not blank
	Blank    int    `json:"blank"`    // blank lines of a listing
}

// Line says what became of a line (of a listing), section (of a page) or row (of a table).
type Line struct {
	File    string   `json:"file"`
	Line    int      `json:"line"` // 1-based; 0 for the whole file
	Outcome Outcome  `json:"outcome"`
	Reason  Reason   `json:"reason,omitempty"`
	With    string   `json:"with,omitempty"`   // file:line it was merged with
	Drafts  []string `json:"drafts,omitempty"` // ids made of it
	Text    string   `json:"text,omitempty"`   // how it begins
	Detail  string   `json:"detail,omitempty"` // the error, when it could not be read
}

func (r *Report) add(l Line) {
	l.Text = begin(l.Text, 60)
	r.Lines = append(r.Lines, l)
}

// finish sorts and counts. A line that made several pieces counts once, by the best that became of them.
func (r *Report) finish(drafts []Draft) {
	for _, d := range drafts {
		r.add(Line{File: d.File, Line: d.Line, Outcome: Kept, Drafts: []string{d.ID}, Text: d.Question})
	}
	order := map[Outcome]int{Kept: 0, Trimmed: 1, Merged: 2, Dropped: 3, Failed: 4}
	slices.SortStableFunc(r.Lines, func(a, b Line) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(order[a.Outcome], order[b.Outcome]))
	})
	type place struct {
		file string
		line int
	}
	seen := map[place]Outcome{}
	for _, l := range r.Lines {
		at := place{l.File, l.Line}
		switch first, ok := seen[at]; {
		case l.Outcome == Trimmed || ok && first == Kept && l.Outcome == Dropped:
			r.Trimmed++
		case !ok:
			seen[at] = l.Outcome
		}
	}
	for _, o := range seen {
		r.Read++
		switch o {
		case Kept:
			r.Kept++
		case Merged:
			r.Merged++
		case Dropped:
			r.Dropped++
		case Failed:
			r.Failed++
		}
	}
	r.Drafts = len(drafts)
}

// begin returns the first n runes of s.
func begin(s string, n int) string {
	i := 0
	for at := range s {
		if i == n {
			return s[:at] + "…"
		}
		i++
	}
	return s
}
