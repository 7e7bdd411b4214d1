package importer

import "slices"

// room is how many runes of title and text a draft holds; the desk shows at most 900 of an answer.
const room = 820

// fit cuts a piece that is longer than a draft at its headings, sections and blocks. Every part keeps the title.
func (im *run) fit(p *piece) []*piece {
	if runes(p.title)+runes(p.said()) <= room {
		return []*piece{p}
	}
	var out []*piece
	now := *p
	now.blocks = nil
	size := runes(p.title)
	flush := func() {
		if len(now.blocks) > 0 {
			q := now
			q.part = p.part + len(out)
			q.blocks = slices.Clone(now.blocks)
			q.cutStart, q.cutEnd = p.cutStart && len(out) == 0, false
			out = append(out, &q)
		}
		now.blocks, size = nil, runes(p.title)
	}
	for _, b := range p.blocks {
		for _, b := range halves(b) {
			n := runes(b.written())
			if size+n > room || size > room/2 && (b.label != "" || b.head != "") {
				flush()
			}
			now.blocks = append(now.blocks, b)
			size += n + 1
		}
	}
	flush()
	if len(out) > 0 {
		out[len(out)-1].cutEnd = p.cutEnd
	}
	return out
}

// halves cuts one long block into several at its sentences, and a sentence without end wherever the room ends.
func halves(b block) []block {
	limit := room - 120
	if runes(b.written()) <= limit {
		return []block{b}
	}
	var out []block
	now := block{part: b.part, label: b.label, head: b.head}
	for _, s := range sentences(b.text) {
		for r := []rune(s); len(r) > 0; {
			piece := r[:min(len(r), limit)]
			r = r[len(piece):]
			if now.text != "" && runes(now.text)+len(piece) > limit {
				out = append(out, now)
				now = block{part: b.part, head: b.head}
			}
			now.text += string(piece)
		}
	}
	return append(out, now)
}
