package blockkit

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// flow hands out pieces as mrkdwn in portions.
type flow struct {
	list []piece
}

// done reports whether nothing is left.
func (f *flow) done() bool {
	for len(f.list) > 0 && f.list[0].text == "" && f.list[0].fixed == "" {
		f.list = f.list[1:]
	}
	return len(f.list) == 0
}

// cut returns the beginning within most, with "…" when something was left out,
// and leaves the flow empty.
func (f *flow) cut(most int) string {
	whole := flow{list: slices.Clone(f.list)}
	text := whole.next(most)
	if whole.done() {
		f.list = nil
		return text
	}
	text = f.next(most-size(more)) + more
	f.list = nil
	return text
}

// next returns the next portion, at most most long, broken between lines or
// words where that does not waste much.
func (f *flow) next(most int) string {
	var w writer
	for !f.done() {
		p := &f.list[0]
		if p.fixed != "" {
			if w.size+size(p.fixed)+1 <= most {
				w.write(p.fixed)
				f.list = f.list[1:]
				continue
			}
			if w.size > 0 {
				break
			}
			p.fixed = "" // alone too long for any portion: its words remain
			continue
		}
		room := most - w.size - 4 // the style's signs and the gaps around them
		taken := take(p.text, p.style, room)
		if taken < len(p.text) {
			taken = back(p.text, taken, w.size == 0)
			if taken == 0 && w.size == 0 && room > 0 {
				_, taken = utf8.DecodeRuneInString(p.text)
			}
		}
		if taken == 0 {
			break
		}
		w.piece(p.text[:taken], p.style)
		p.text = p.text[taken:]
		if p.text != "" {
			break
		}
		f.list = f.list[1:]
	}
	return strings.Trim(w.out.String(), "\n")
}

// take returns how many bytes of s fit into room once escaped.
func take(s string, style byte, room int) int {
	n := 0
	for i, r := range s {
		cost := 2
		switch r {
		case '&':
			cost = 5
		case '<', '>':
			cost = 4
		default:
			if r < 0x10000 {
				cost = 1
			}
		}
		if n+cost > room {
			return i
		}
		n += cost
	}
	return len(s)
}

// back moves a cut to the end of a line or word when that costs at most a third.
// A beginning that nothing has been written before is never given up.
func back(s string, cut int, first bool) int {
	part := s[:cut]
	if i := strings.LastIndexByte(part, '\n'); i > cut*2/3 {
		return i + 1
	}
	if i := strings.LastIndexAny(part, " 。，；！？、"); i > cut*2/3 {
		_, n := utf8.DecodeRuneInString(part[i:])
		return i + n
	}
	if !first && cut < leastCut {
		return 0
	}
	return cut
}

// writer puts signs of style where Slack sees them: a style needs a gap on both
// sides, and Chinese text has none, so one without width is made.
type writer struct {
	out  strings.Builder
	size int
	last rune // 0 at the beginning
	gap  bool // the last thing was the end of a style
}

const thin = "\u200B"

func (w *writer) write(s string) {
	if s == "" {
		return
	}
	first, _ := utf8.DecodeRuneInString(s)
	if w.gap && !apart(first) {
		w.raw(thin)
	}
	w.gap = false
	w.raw(s)
}

func (w *writer) raw(s string) {
	w.out.WriteString(s)
	w.size += size(s)
	w.last, _ = utf8.DecodeLastRuneInString(s)
}

func (w *writer) piece(s string, style byte) {
	if style == 0 {
		w.write(escape(s, 0))
		return
	}
	if w.last != 0 && !apart(w.last) || w.gap {
		w.gap = false
		w.raw(thin)
	}
	sign := string(rune(style))
	w.raw(sign + escape(s, style) + sign)
	w.gap = true
}

// apart reports whether a style may begin after r or end before it.
func apart(r rune) bool {
	return unicode.IsSpace(r) || strings.ContainsRune("()[]{}.,:;!?\"'-/", r)
}
