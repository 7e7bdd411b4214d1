package importer

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// readListing takes a dump apart in which every line is a snippet. The lines are understood later, when all of them are
// known: what is boilerplate shows only in the whole.
func (im *run) readListing(f input, text string) (out []*piece, blank int) {
	lines := strings.Split(text, "\n")
	if n := len(lines); n > 0 && lines[n-1] == "" {
		lines = lines[:n-1]
	}
	for i, l := range lines {
		l = tidy(l)
		if l == "" {
			blank++
			continue
		}
		out = append(out, &piece{path: f.path, name: f.name, line: i + 1, raw: l})
	}
	return out, blank
}

// blocksOf cuts a snippet at the spaces that once were line breaks. Chinese has no spaces within a sentence, so a space
// between two Chinese characters is one; beside a Latin word it may belong to the text.
func (r *rules) blocksOf(s string) []string {
	var out []string
	from, depth := 0, 0
	for i, c := range s {
		n := i + utf8.RuneLen(c)
		switch {
		case strings.ContainsRune("“(（【《", c) && closes(s[n:], c):
			depth++
		case strings.ContainsRune("”)）】》", c) && depth > 0:
			depth--
		case c == ' ' && depth == 0 && r.breaks(s[max(from, i-nearby):i], s[n:], len(out) == 0):
			out = append(out, strings.TrimSpace(s[from:i]))
			from = n
		}
	}
	if rest := strings.TrimSpace(s[from:]); rest != "" {
		out = append(out, rest)
	}
	return out
}

// nearby is how many bytes before a space are looked at.
const nearby = 300

// breaks decides whether the space between left and right was a line break.
func (r *rules) breaks(left, right string, head bool) bool {
	a, b := last(left), first(right)
	word, _, _ := strings.Cut(right, " ")
	switch {
	case left == "" || a == '>' || b == '>' || a == '/' || b == '/' && !strings.HasPrefix(right, "/v"):
		return false
	case final(a) || a == ':' || a == '：' || r.isLabel(left, head) || r.isLabel(word, false):
		return true
	case strings.HasPrefix(word, "http") && !final(a):
		return false
	case onlyURL.MatchString(left[strings.LastIndexByte(left, ' ')+1:]):
		return true
	case han(a) && han(b):
		return true
	case han(a) && strings.ContainsRune("“【《(（", b) || strings.ContainsRune("”】》)）", a) && han(b):
		return head || !strings.ContainsFunc(left, stop) && runes(left) < 30
	case head: // the end of a heading, with a Latin word beside it
		return hasHan(left) && !strings.ContainsFunc(left, stop) && runes(word) >= 12 && strings.ContainsFunc(word, stop)
	}
	return false
}

// isLabel says that a word is the heading of a section. Short ones are ordinary words too and count only where a
// heading can stand.
func (r *rules) isLabel(word string, start bool) bool {
	part := r.part(word)
	return part != "" && (start || runes(word) >= 4 || word == "URI")
}

var parentMark = regexp.MustCompile(`\s*(父主题|上级主题|所属主题|Parent [Tt]opic)\s*[:：]\s*`)

// snippet is a part of a line that stands for itself.
type snippet struct{ text, parent string }

// split takes a line apart where several snippets were glued together: after the name of a parent topic, before a
// second question, and between two definitions.
func (im *run) split(s string, parents map[string]bool) []snippet {
	var out []snippet
	for s != "" {
		at := parentMark.FindStringIndex(s)
		if at == nil {
			break
		}
		body, rest := s[:at[0]], s[at[1]:]
		name, rest := im.parentName(rest, parents)
		for i, q := range im.splitQuestions(body) {
			if i == 0 || q.text != "" {
				out = append(out, q)
			}
		}
		out[len(out)-1].parent = name
		s = rest
	}
	if s = strings.TrimSpace(s); s != "" {
		out = append(out, im.splitQuestions(s)...)
	}
	return out
}

// parentName reads the name behind the mark and returns what follows it.
func (im *run) parentName(s string, parents map[string]bool) (name, rest string) {
	blocks := im.rules.blocksOf(s)
	if len(blocks) == 0 {
		return "", ""
	}
	name = blocks[0]
	glued := ""
	for p := range parents { // glued without a space to a name that stands alone elsewhere
		if tail, ok := strings.CutPrefix(name, p); ok && len(p) > len(glued) && runes(tail) >= 6 && (len(blocks) > 1 || strings.ContainsFunc(tail, stop)) {
			glued = p
		}
	}
	if glued != "" {
		return glued, strings.TrimSpace(strings.TrimPrefix(s, glued))
	}
	return name, strings.TrimSpace(strings.TrimPrefix(s, name))
}

// splitQuestions cuts before a second question and between two definitions.
func (im *run) splitQuestions(s string) []snippet {
	blocks := im.rules.blocksOf(s)
	var out []snippet
	var now []string
	flush := func() {
		if len(now) > 0 {
			out = append(out, snippet{text: strings.Join(now, " ")})
			now = nil
		}
	}
	for i, b := range blocks {
		second := i > 0 && isQuestion(b) && runes(b) >= 5 && final(last(blocks[i-1])) && !isQuestion(blocks[i-1])
		if second || i > 0 && im.newDefinition(blocks, i) {
			flush()
		}
		now = append(now, b)
	}
	flush()
	if len(out) == 0 {
		out = []snippet{{}}
	}
	return out
}

// newDefinition says that blocks[i] is a heading between two definitions.
func (im *run) newDefinition(blocks []string, i int) bool {
	r := im.rules
	if !r.inline(blocks, i) || r.part(blocks[0]) != "" {
		return false
	}
	before, after := r.analyse(sentences(blocks[0])[0]), r.analyse(sentences(blocks[i+1])[0])
	return before.class == "is" && after.class == "is" && before.cond == "" && after.cond == ""
}

// inline says that blocks[i] is a heading on its own between two texts.
func (r *rules) inline(blocks []string, i int) bool {
	if i == 0 || i+1 >= len(blocks) {
		return false
	}
	b, next := blocks[i], blocks[i+1]
	return final(last(blocks[i-1])) && hasHan(b) && runes(b) >= 2 && runes(b) <= 24 && !strings.ContainsFunc(b, stop) &&
		runes(next) >= 6 && strings.ContainsFunc(next, stop) && r.part(b) == "" && r.part(next) == "" && !url.MatchString(b)
}

// parse understands one snippet.
func (im *run) parse(p *piece, s snippet) {
	r := im.rules
	p.parent = s.parent
	blocks := r.blocksOf(s.text)
	if len(blocks) > 0 {
		blocks = append(leadQuestion(blocks[0]), blocks[1:]...)
	}
	if links(p, s.text) {
		p.cutEnd = p.cutEnd && s.parent == ""
		return
	}
	if len(blocks) > 0 && r.isTitle(blocks) {
		p.title, blocks = blocks[0], blocks[1:]
		p.asked = isQuestion(p.title) || im.asking(p.title)
	} else if len(blocks) > 0 {
		p.titleLost = true
		p.cutStart = r.startsCut(blocks[0])
	}
	part := ""
	for i := 0; i < len(blocks); i++ {
		b := block{part: part}
		if r.isLabel(blocks[i], i == 0 || final(last(blocks[i-1]))) && (i+1 < len(blocks) || r.part(blocks[i]) != "") {
			part = r.part(blocks[i])
			b.part, b.label = part, strings.TrimRight(blocks[i], ":：")
			i++
			if i == len(blocks) {
				p.blocks = append(p.blocks, b)
				break
			}
		} else if r.inline(blocks, i) {
			b.head = blocks[i]
			i++
		}
		b.text = blocks[i]
		for i+1 < len(blocks) && cell(blocks[i]) && cell(blocks[i+1]) && r.part(blocks[i+1]) == "" { // the head of a table
			i++
			b.text += " | " + blocks[i]
		}
		p.blocks = append(p.blocks, b)
	}
	if p.cutStart && len(p.blocks) > 1 && runes(p.blocks[0].text) < 40 && p.blocks[1].head != "" && len(sentences(p.blocks[0].text)) == 1 {
		// the tail of one section before the heading of the next
		p.title, p.titleLost = p.blocks[1].head, false
		p.blocks[1].head = ""
		p.blocks = append(p.blocks[1:], p.blocks[0])
	}
	p.cutEnd = p.parent == "" && r.endsCut(p, s.text) || strings.HasSuffix(strings.TrimRight(s.text, ":： "), "如下")
}

// leadQuestion cuts a first block after the question it begins with, when the answer follows without a space.
func leadQuestion(b string) []string {
	parts := sentences(b)
	n := 0
	for n < len(parts) && isQuestion(parts[n]) {
		n++
	}
	if n == 0 || n == len(parts) {
		return []string{b}
	}
	title := strings.Join(parts[:n], "")
	return []string{title, strings.TrimSpace(strings.TrimPrefix(b, title))}
}

// cell says that a block could be the cell of a table.
func cell(s string) bool { return !strings.ContainsFunc(s, stop) && runes(s) <= 16 }

// isTitle says that the first block is a question or a heading.
func (r *rules) isTitle(blocks []string) bool {
	b := blocks[0]
	n := runes(b)
	switch {
	case r.part(b) != "" || !unicode.IsLetter(first(b)) && !unicode.IsDigit(first(b)) && !strings.ContainsRune("“【《(（", first(b)):
		return false
	case isQuestion(b):
		for _, s := range sentences(b) {
			if !isQuestion(s) {
				return false
			}
		}
		return n >= 4 && n <= 90
	case len(blocks) == 1 || n < 2 || n > 40 || url.MatchString(b):
		return false
	}
	return !strings.ContainsFunc(b, func(c rune) bool { return final(c) || strings.ContainsRune(",，:：", c) }) && hasHan(b) && !cut(b)
}

// cut says that a text begins in the middle.
func cut(s string) bool {
	for _, w := range [...]string{"的", "和", "或", "及", "与", "等", "并", "、", "，", ",", "。", "；", ";", ")", "）", "”", "》", "】", ".", "_", "-", "/"} {
		if strings.HasPrefix(s, w) && !strings.HasPrefix(s, "等级") && !strings.HasPrefix(s, "等待") && !strings.HasPrefix(s, "及时") {
			return true
		}
	}
	return false
}

// startsCut says that the first block of a snippet without a title is the rest of a sentence.
func (r *rules) startsCut(b string) bool {
	s := sentences(b)[0]
	if cut(b) || unicode.IsLower(first(b)) && first(b) < 0x80 && strings.ContainsAny(b[:strings.IndexByte(b+" ", ' ')], "._/") {
		return true
	}
	if r.part(b) != "" {
		return false
	}
	if runes(s) <= 7 && final(last(s)) && !strings.ContainsRune("不是可能无有会需否", first(s)) {
		return true
	}
	head, _, _ := strings.Cut(s, "、")
	return head != s && runes(head) <= 3 && hasHan(head) // a list that has begun before
}

// endsCut says that a snippet without parent topic stops in the middle.
func (r *rules) endsCut(p *piece, s string) bool {
	s = strings.TrimSpace(s)
	c := last(s)
	switch {
	case s == "" || len(p.blocks) == 0:
		return false
	case p.blocks[len(p.blocks)-1].text == "": // a heading with nothing below
		return true
	case c == ';' || c == '；' || c == ':' || c == '：':
		return true
	case final(c) || strings.ContainsRune("”)）】》}.", c) || strings.HasSuffix(s, ".html"):
		return p.blocks[len(p.blocks)-1].part == "steps" && ends(s, r.Arrive) != ""
	}
	return true
}
