package importer

import (
	"slices"
	"strings"
)

// small is how many runes a page may have to stay one draft although it has headings of its own.
const small = 420

// sections makes pieces of the items of a page: one for the page if it is short, else one for each heading, and one for
// each question in any case.
func (im *run) sections(f input, items []item, title, parent, source string) []*piece {
	for i := range items {
		it := &items[i]
		switch {
		case it.level == 0 && asksMark.MatchString(it.text) && runes(it.text) < 90:
			it.level, it.text = 6, asksMark.ReplaceAllString(it.text, "")
		case it.level == 0:
			it.text = saysMark.ReplaceAllString(it.text, "")
		}
		if it.level == 1 {
			title = it.text
		}
	}
	items = afterTitle(items)
	var out []*piece
	at := 0
	now := &piece{path: f.path, name: f.name, line: 1, title: title, topic: title}
	part, label := "", ""
	size := 0
	flush := func() {
		if now.title != "" && (len(now.blocks) > 0 || now.asked) {
			out = append(out, now)
		}
	}
	for i := 0; i < len(items); i++ {
		it := items[i]
		if m := parentMark.FindStringIndex(it.text); m != nil && m[0] == 0 && it.level == 0 {
			name := strings.TrimSpace(it.text[m[1]:])
			if name == "" && i+1 < len(items) {
				i++
				name = items[i].text
			}
			parent = firstOf(name, parent)
			i += im.below(f, items[i+1:])
			continue
		}
		if it.level == 0 && im.chrome(it.text) {
			im.report.add(Line{File: f.path, Line: lineOf(source, it.text, new(int)), Outcome: Trimmed, Reason: Banner, Text: it.text})
			continue
		}
		if it.level == 0 && crumbLine.MatchString(it.text) && len(now.blocks) == 0 {
			parent = firstOf(parent, above(crumbSplit.Split(it.text, -1), title))
			continue
		}
		size += runes(it.text)
		switch p := im.rules.part(it.text); {
		case it.level == 0 && p != "" || it.level > 1 && p != "":
			part, label = p, strings.TrimRight(it.text, ":：")
		case it.level == 1 && len(now.blocks) == 0:
			now.title, now.line = it.text, lineOf(source, it.text, &at)
			now.asked = im.asking(it.text)
			part, label = "", ""
		case it.level > 0:
			flush()
			now = &piece{path: f.path, name: f.name, line: lineOf(source, it.text, &at), title: it.text, topic: title, asked: im.asking(it.text)}
			part, label = "", ""
		default:
			b := block{part: part, label: label, head: it.head, text: it.text}
			if it.row && part == "" {
				b.part = "row"
			}
			label = ""
			now.blocks = append(now.blocks, b)
		}
	}
	flush()
	out = joinSmall(out, size)
	for _, p := range out {
		p.page = true
		p.parent = parent
		if p.title != title && parent == "" {
			p.parent = title
		}
		if p.title != title && !p.asked && title != "" && !strings.Contains(plain(p.title), plain(title)) {
			p.given = append(p.given, p.title)
			p.title = title + "：" + p.title
		}
	}
	return out
}

// below returns how many items follow the name of the parent topic and belong to the site: the name ends a page.
func (im *run) below(f input, rest []item) int {
	for i, it := range rest {
		if it.level == 1 || it.level > 0 && im.asking(it.text) {
			return i
		}
	}
	for _, it := range rest {
		im.report.add(Line{File: f.path, Line: 1, Outcome: Trimmed, Reason: Below, Text: it.text})
	}
	return len(rest)
}

// chrome says that a line of a page belongs to the site.
func (im *run) chrome(s string) bool {
	return im.rules.banner(s) || runes(s) <= 60 && slices.ContainsFunc(im.rules.Chrome.Starts, func(w string) bool { return strings.HasPrefix(s, w) })
}

// afterTitle leaves out what stands above the title of a page and is no sentence: tables of contents and buttons.
func afterTitle(items []item) []item {
	for i, it := range items {
		if it.level != 1 {
			continue
		}
		var kept []item
		for _, above := range items[:i] {
			if above.level > 0 || strings.ContainsFunc(above.text, final) || crumbLine.MatchString(above.text) {
				kept = append(kept, above)
			}
		}
		return append(kept, items[i:]...)
	}
	return items
}

// joinSmall makes one piece of a short page whose headings are no questions.
func joinSmall(in []*piece, size int) []*piece {
	if len(in) < 2 || size > small {
		return in
	}
	for _, p := range in[1:] {
		if p.asked {
			return in
		}
	}
	whole := in[0]
	for _, p := range in[1:] {
		for i, b := range p.blocks {
			if i == 0 && b.head == "" {
				b.head = p.title
			}
			whole.blocks = append(whole.blocks, b)
		}
	}
	return []*piece{whole}
}

// asking says that a heading is a question.
func (im *run) asking(s string) bool {
	return isQuestion(s) || has(s, im.rules.Asking) && !has(s, []string{"说明", "须知"}) && runes(s) >= 5
}

// lineOf finds a text in the source, from the place of the last one on.
func lineOf(source, text string, from *int) int {
	want := text
	if r := []rune(text); len(r) > 10 {
		want = string(r[:10])
	}
	i := strings.Index(source[*from:], want)
	if i < 0 {
		return 1 + strings.Count(source[:*from], "\n")
	}
	*from += i
	return 1 + strings.Count(source[:*from], "\n")
}
