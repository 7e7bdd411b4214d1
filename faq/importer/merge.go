package importer

import (
	"fmt"
	"strings"
	"unicode"
)

// merge takes out what says the same as another piece: the same text; a text that is only cut elsewhere; and a text in
// which a few words were left out. Two texts that differ in what they say (another party, a figure, a negation) stay
// apart however alike they look.
func (im *run) merge(in []*piece) []*piece {
	keys := make([]string, len(in))
	byKey := map[string]*piece{}
	gone := map[*piece]bool{}
	grams := make([]map[string]bool, len(in))
	index := map[string][]int{} // a few rare-ish grams -> pieces, so that not every pair is compared
	for i, p := range in {
		key := plain(p.title + " " + p.said())
		keys[i] = key
		if other := byKey[key]; other != nil {
			im.into(other, p, Exact)
			gone[p] = true
			continue
		}
		byKey[key] = p
		grams[i] = gramsOf(key)
		for _, g := range landmarks(key) {
			index[g] = append(index[g], i)
		}
	}
	im.answered(in, gone)
	for i, p := range in {
		if gone[p] {
			continue
		}
		seen := map[int]bool{}
		for _, g := range landmarks(keys[i]) {
			for _, j := range index[g] {
				q := in[j]
				if j <= i || seen[j] || gone[q] || gone[p] {
					continue
				}
				seen[j] = true
				keep, lose := p, q
				if runes(keys[j]) > runes(keys[i]) {
					keep, lose = q, p
				}
				if !im.near(keep, lose, grams[i], grams[j]) {
					continue
				}
				im.into(keep, lose, Near)
				gone[lose] = true
			}
		}
	}
	var out []*piece
	for _, p := range in {
		if !gone[p] {
			out = append(out, p)
		}
	}
	return out
}

// answered takes out questions without an answer that another piece answers.
func (im *run) answered(in []*piece, gone map[*piece]bool) {
	by := map[string]*piece{}
	for _, p := range in {
		if p.title != "" && len(p.blocks) > 0 && by[plain(p.title)] == nil {
			by[plain(p.title)] = p
		}
	}
	for _, p := range in {
		if other := by[plain(p.title)]; len(p.blocks) == 0 && other != nil && !gone[p] {
			im.into(other, p, Near)
			gone[p] = true
		}
	}
}

// into records that a piece was merged, and keeps what only it has.
func (im *run) into(keep, lose *piece, why Reason) {
	im.report.add(Line{File: lose.path, Line: lose.line, Outcome: Merged, Reason: why, With: fmt.Sprintf("%s:%d", keep.path, keep.line), Text: lose.title + " " + lose.said()})
	if keep.parent == "" {
		keep.parent = lose.parent
	}
	if !lose.cutEnd && strings.HasSuffix(plain(keep.said()), plain(lose.said())) {
		keep.cutEnd = false
	}
	keep.given = append(keep.given, lose.given...)
	if why == Exact {
		return
	}
	have := plain(keep.said())
	for _, b := range lose.blocks {
		for _, s := range sentences(b.text) {
			if !strings.Contains(have, plain(s)) && !strings.HasPrefix(have, plain(s)) && final(last(s)) {
				keep.notes = append(keep.notes, put(im.rules.Text["variant"], s))
			}
		}
	}
}

// near says that lose adds nothing to keep.
func (im *run) near(keep, lose *piece, a, b map[string]bool) bool {
	if len(lose.blocks) == 0 {
		return false
	}
	long, short := plain(keep.said()), plain(lose.said())
	if runes(short) < 20 {
		return false
	}
	if plain(keep.title) != plain(lose.title) { // a tail that lost its title
		return lose.title == "" && runes(short) >= 30 && strings.HasSuffix(long, short)
	}
	if strings.HasPrefix(long, short) || strings.HasSuffix(long, short) || strings.Contains(long, short) {
		return true
	}
	if jaccard(a, b) < 0.85 {
		return false
	}
	extra, ok := inserted(long, short)
	if !ok || runes(extra) > 2+runes(short)/25 {
		return false
	}
	return !strings.ContainsFunc(extra, unicode.IsDigit) && !strings.ContainsAny(extra, "不未无非没否免除仅只总云")
}

// inserted returns what stands in long and not in short, when short is long with some runes left out.
func inserted(long, short string) (string, bool) {
	var extra []rune
	s := []rune(short)
	i := 0
	for _, r := range long {
		if i < len(s) && s[i] == r {
			i++
			continue
		}
		extra = append(extra, r)
	}
	return string(extra), i == len(s)
}

func gramsOf(s string) map[string]bool {
	out := map[string]bool{}
	r := []rune(s)
	for i := 0; i+3 <= len(r); i++ {
		out[string(r[i:i+3])] = true
	}
	return out
}

func jaccard(a, b map[string]bool) float64 {
	both := 0
	for g := range a {
		if b[g] {
			both++
		}
	}
	if all := len(a) + len(b) - both; all > 0 {
		return float64(both) / float64(all)
	}
	return 1
}

// landmarks are a few places of a text that two versions of it share: the smallest hashes of its runs of eight runes.
func landmarks(s string) []string {
	r := []rune(s)
	if len(r) < 8 {
		return []string{s}
	}
	type mark struct {
		h uint64
		s string
	}
	var best [6]mark
	n := 0
	for i := 0; i+8 <= len(r); i++ {
		w := string(r[i : i+8])
		h := uint64(14695981039346656037) // FNV-1a
		for k := range len(w) {
			h = (h ^ uint64(w[k])) * 1099511628211
		}
		m := mark{h, w}
		at := n
		for at > 0 && best[at-1].h > h {
			at--
		}
		if at > 0 && best[at-1].s == w || at == len(best) {
			continue
		}
		if n < len(best) {
			n++
		}
		copy(best[at+1:n], best[at:n-1])
		best[at] = m
	}
	out := make([]string, n)
	for i := range out {
		out[i] = best[i].s
	}
	return out
}
