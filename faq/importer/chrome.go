package importer

import (
	"slices"
	"strings"
	"unicode"
)

// clean drops what the site says about itself, takes glued lines apart and understands what is left.
func (im *run) clean(in []*piece) []*piece {
	banners := im.banners(in)
	parents := parentNames(in)
	im.frames(in)
	var out []*piece
	for _, p := range in {
		if p.raw == "" {
			out = append(out, im.whole(p)...)
			continue
		}
		if why := banners[p.raw]; why != "" {
			im.drop(p, why, p.raw)
			continue
		}
		text, gone := im.unglue(p.raw, banners)
		for _, g := range gone {
			im.report.add(Line{File: p.path, Line: p.line, Outcome: Trimmed, Reason: Banner, Text: g})
		}
		for i, s := range im.split(text, parents) {
			q := &piece{path: p.path, name: p.name, line: p.line, part: i}
			if why := im.empty(s.text); why != "" {
				im.drop(q, why, s.text)
				continue
			}
			im.parse(q, s)
			out = append(out, im.whole(q)...)
		}
	}
	return out
}

// frames takes lines off pages that stand at the edge of at least three of them, and of half of all: the frame of the
// site. Sentences stay, because steps repeat too.
func (im *run) frames(in []*piece) {
	pages, where := map[string]bool{}, map[string]map[string]bool{}
	edge := func(p *piece, i int) bool {
		s := p.blocks[i].text
		return (i < 2 || i >= len(p.blocks)-3) && runes(s) <= 40 && p.blocks[i].head == "" && !strings.ContainsFunc(s, final)
	}
	for _, p := range in {
		if !p.page {
			continue
		}
		pages[p.path] = true
		for i, b := range p.blocks {
			if edge(p, i) {
				if where[b.text] == nil {
					where[b.text] = map[string]bool{}
				}
				where[b.text][p.path] = true
			}
		}
	}
	for _, p := range in {
		if !p.page {
			continue
		}
		var kept []block
		for i, b := range p.blocks {
			if n := len(where[b.text]); n >= 3 && 2*n >= len(pages) && edge(p, i) {
				im.report.add(Line{File: p.path, Line: p.line, Outcome: Trimmed, Reason: Repeated, Text: b.text})
				continue
			}
			kept = append(kept, b)
		}
		p.blocks = kept
	}
}

func (im *run) drop(p *piece, why Reason, text string) {
	im.report.add(Line{File: p.path, Line: p.line, Outcome: Dropped, Reason: why, Text: text})
}

// whole drops a piece in which nothing is said and cuts one that is longer than a draft.
func (im *run) whole(p *piece) []*piece {
	if len(p.blocks) == 0 && !p.asked {
		im.drop(p, OnlyTitle, p.title)
		return nil
	}
	return im.fit(p)
}

// empty says why a text is no snippet at all.
func (im *run) empty(s string) Reason {
	switch {
	case onlyURL.MatchString(s):
		return OnlyURL
	case !strings.ContainsFunc(s, unicode.IsLetter):
		return NoText
	case runes(s) <= 16 && !strings.ContainsFunc(s, final):
		return OnlyTitle
	}
	return ""
}

func parentNames(in []*piece) map[string]bool {
	out := map[string]bool{}
	for _, p := range in {
		if at := parentMark.FindAllStringIndex(p.raw, -1); len(at) == 1 {
			if name := strings.TrimSpace(p.raw[at[0][1]:]); name != "" && runes(name) <= 24 && !strings.ContainsFunc(name, stop) {
				out[name] = true
			}
		}
	}
	return out
}

// banners finds the lines that are boilerplate. One sign is what a line says: a site that speaks to its visitor about
// itself. The other is where it stands: the same short text at the edge of several files.
func (im *run) banners(in []*piece) map[string]Reason {
	files := map[string][]string{} // text -> files
	edge := map[string]int{}
	ends := map[string]int{}
	for _, p := range in {
		ends[p.path] = max(ends[p.path], p.line)
	}
	for _, p := range in {
		if p.raw == "" {
			continue
		}
		if !slices.Contains(files[p.raw], p.path) {
			files[p.raw] = append(files[p.raw], p.path)
			if p.line <= 4 || p.line > ends[p.path]-4 {
				edge[p.raw]++
			}
		}
	}
	out := map[string]Reason{}
	for s, where := range files {
		switch {
		case im.rules.banner(s):
			out[s] = Banner
		case len(where) >= 2 && edge[s] >= 2 && runes(s) <= 60 && !strings.ContainsFunc(s, func(r rune) bool { return r == '。' || r == '?' || r == '？' || r == ';' || r == '；' }) &&
			!parentMark.MatchString(s) && len(im.rules.blocksOf(s)) <= 2:
			out[s] = Repeated
		}
	}
	return out
}

// banner says that a text is the site speaking about itself, not about the subject of its pages.
func (r *rules) banner(s string) bool {
	s = strings.TrimSpace(s)
	n := runes(s)
	if n > 110 || isQuestion(s) || parentMark.MatchString(s) {
		return false
	}
	bare := strings.TrimRight(s, "。!！>» ")
	if slices.Contains(r.Chrome.Whole, bare) {
		return true
	}
	visitor, site, verb := min(2, count(s, r.Chrome.Visitor)), min(2, count(s, r.Chrome.Site)), min(2, count(s, r.Chrome.Verb))
	open := last(s) != '。'
	switch {
	case visitor > 0 && site > 0 && verb > 0:
		return open || n <= 50
	case visitor > 0 && site+verb > 0:
		return n <= 24
	case site == 2 && verb > 0 && strings.ContainsRune(s, '您'):
		return open && n <= 60
	}
	return open && n <= 14 && site > 0 && verb > 0 && !strings.ContainsFunc(s, stop)
}

// unglue takes banners off both ends of a line.
func (im *run) unglue(s string, banners map[string]Reason) (rest string, gone []string) {
	for again := true; again; {
		again = false
		for b := range banners {
			if runes(b) < 7 || s == b {
				continue
			}
			if t, ok := strings.CutSuffix(s, b); ok {
				s, gone, again = strings.TrimSpace(t), append(gone, b), true
			}
			if t, ok := strings.CutPrefix(s, b); ok {
				s, gone, again = strings.TrimSpace(t), append(gone, b), true
			}
		}
		blocks := im.rules.blocksOf(s)
		for n := len(blocks) - 1; n > 0 && n >= len(blocks)-2; n-- {
			tail := strings.Join(blocks[n:], " ")
			head := strings.TrimSuffix(s, tail)
			at := parentMark.FindAllStringIndex(head, -1)
			named := len(at) > 0 && at[len(at)-1][1] == len(head) // the name of a parent topic stands in it
			if im.rules.banner(tail) && runes(tail) > 5 && head != s && !named {
				s, gone, again = strings.TrimSpace(head), append(gone, tail), true
				break
			}
		}
		if len(blocks) > 1 && im.rules.banner(blocks[0]) && runes(blocks[0]) > 5 {
			s, gone, again = strings.TrimSpace(strings.TrimPrefix(s, blocks[0])), append(gone, blocks[0]), true
		}
		if tail := im.gluedTail(s); tail != "" {
			s, gone, again = strings.TrimSpace(strings.TrimSuffix(s, tail)), append(gone, tail), true
		}
	}
	slices.Sort(gone)
	return s, gone
}

// gluedTail returns a banner that follows the last sentence without a space.
func (im *run) gluedTail(s string) string {
	for _, w := range im.rules.Chrome.Visitor {
		at := strings.LastIndex(s, w)
		if at <= 0 {
			continue
		}
		// begins where the visitor is spoken to, behind a full stop or the name of a parent topic
		mark := parentMark.FindAllStringIndex(s[:at], -1)
		behind := final(last(strings.TrimSpace(s[:at]))) || len(mark) > 0 && mark[len(mark)-1][1] < at
		if behind && im.rules.banner(s[at:]) && last(s) != '。' {
			return s[at:]
		}
	}
	return ""
}
