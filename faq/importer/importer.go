// Package importer makes draft entries of what people have saved from a help center: listing dumps with a snippet on each
// line, HTML pages, Markdown, and tables with a question and an answer column.
//
// It knows no page. What is boilerplate, a heading, a question, a step or a cut end is told by general signs (rules.json
// holds the words of them), so that pages nobody has seen import as well as those it was written with. Every line that
// was read is accounted for in the [Report].
package importer

import (
	"context"
	"fmt"
	"time"
)

// Options of an import. The zero value is useful.
type Options struct {
	Recorded time.Time          // the day written into drafts; the zero value leaves it out
	Progress func(done, of int) // called after each file; nil for none
}

// Result is what an import made.
type Result struct {
	Drafts []Draft
	Report Report
}

// Import reads files and directories and makes drafts of what they say. A file or line that cannot be read is named in
// the report and does not stop the rest; the only errors are broken rules and a cancelled context.
func Import(ctx context.Context, paths []string, o Options) (*Result, error) {
	r, err := newRules()
	if err != nil {
		return nil, err
	}
	im := &run{rules: r, o: o}
	files := im.collect(paths)
	var pieces []*piece
	for i, f := range files {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("import: %w", err)
		}
		pieces = append(pieces, im.read(f)...)
		if o.Progress != nil {
			o.Progress(i+1, len(files))
		}
	}
	pieces = im.clean(pieces)
	pieces = im.merge(pieces)
	im.count(pieces)
	im.learn(pieces)
	res := &Result{}
	for _, p := range pieces {
		res.Drafts = append(res.Drafts, im.draft(p))
	}
	res.Drafts = im.apart(res.Drafts)
	im.report.finish(res.Drafts)
	res.Report = im.report
	return res, nil
}

// run is one import.
type run struct {
	rules   *rules
	o       Options
	report  Report
	aliases []alias
	common  map[string]int // sentences and phrases -> in how many pieces they stand
}

// count learns what is said again and again: it tells pieces apart for nobody, so no question is made of it.
func (im *run) count(pieces []*piece) {
	im.common = map[string]int{}
	for _, p := range pieces {
		seen := map[string]bool{}
		add := func(s string) {
			if s = plain(s); s != "" && !seen[s] {
				seen[s] = true
				im.common[s]++
			}
		}
		said := p.said()
		for _, s := range sentences(said) {
			add(s)
		}
		words, _ := quoted(said)
		for _, w := range append(words, p.phrases()...) {
			add(w)
		}
	}
}
