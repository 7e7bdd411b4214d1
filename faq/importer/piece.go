package importer

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// piece is a snippet, section or row on its way to a draft.
type piece struct {
	path, name string // where it was read, and how it is filed
	line, part int    // part counts the pieces of one line from 0
	raw        string // a line of a listing, until it is taken apart

	title     string // question or heading; empty when the source lost it
	asked     bool   // the title is a question
	titleLost bool
	parent    string // 父主题
	topic     string // heading of the page
	blocks    []block
	cutStart  bool
	cutEnd    bool
	given     []string // further ways of asking the source gives
	notes     []string
	page      bool     // it is a section of a page
	again     []string // what phrases returns, once made
}

// block is a paragraph, step or table row.
type block struct {
	part  string // api, need, steps, lead, note; empty for plain text
	label string // heading of the section, on its first block only
	head  string // heading right above it
	text  string
}

// said is all text of a piece but its title.
func (p *piece) said() string {
	var s strings.Builder
	for _, b := range p.blocks {
		if s.Len() > 0 {
			s.WriteByte(' ')
		}
		s.WriteString(b.written())
	}
	return s.String()
}

// phrases are the phrases that a piece repeats.
func (p *piece) phrases() []string {
	if p.again == nil {
		p.again = append([]string{}, repeated(p.said())...)
	}
	return p.again
}

// written is the block with its headings, as a draft holds it.
func (b block) written() string {
	s := b.text
	if b.head != "" {
		s = join(b.head, s)
	}
	if b.label != "" {
		s = join(b.label, s)
	}
	return s
}

// join puts a heading in front of a text.
func join(head, text string) string {
	head = strings.TrimRight(head, ":： ")
	if text == "" {
		return head
	}
	return head + "：" + text
}

func (p *piece) has(part string) bool {
	for _, b := range p.blocks {
		if b.part == part {
			return true
		}
	}
	return false
}

var (
	url       = regexp.MustCompile(`https?://[\w\-.~:/?#\[\]@!$&'()*+,;=%]+`)
	onlyURL   = regexp.MustCompile(`^https?://\S+$`)
	spaces    = regexp.MustCompile(`[\s\x{3000}\x{00a0}\x{200b}\x{feff}]+`)
	inBracket = regexp.MustCompile(`[(（][^()（）]*[)）]`)
)

// tidy folds white space.
func tidy(s string) string { return strings.TrimSpace(spaces.ReplaceAllString(s, " ")) }

func han(r rune) bool { return unicode.Is(unicode.Han, r) }

func hasHan(s string) bool { return strings.ContainsFunc(s, han) }

func runes(s string) int { return utf8.RuneCountInString(s) }

func first(s string) rune { r, _ := utf8.DecodeRuneInString(s); return r }

func last(s string) rune { r, _ := utf8.DecodeLastRuneInString(s); return r }

// final says that a rune may end a sentence.
func final(r rune) bool { return strings.ContainsRune("。！？；!?;…", r) }

// stop says that a rune is punctuation inside or at the end of a sentence.
func stop(r rune) bool { return final(r) || strings.ContainsRune(",，:：、", r) }

func isQuestion(s string) bool { r := last(strings.TrimSpace(s)); return r == '?' || r == '？' }

// sentences cuts a text after what ends a sentence, but not inside quotation marks or brackets.
func sentences(s string) []string {
	var out []string
	depth, from := 0, 0
	for i, r := range s {
		n := i + utf8.RuneLen(r)
		switch {
		case strings.ContainsRune("“(（【《", r) && closes(s[n:], r):
			depth++
		case strings.ContainsRune("”)）】》", r) && depth > 0:
			depth--
		case final(r) && r != '；' && r != ';' && depth == 0:
			if next := first(s[n:]); r < 0x80 && next < 0x80 && (unicode.IsLetter(next) || unicode.IsDigit(next)) || final(next) && n < len(s) {
				continue
			}
			out = append(out, strings.TrimSpace(s[from:n]))
			from = n
		}
	}
	if rest := strings.TrimSpace(s[from:]); rest != "" {
		out = append(out, rest)
	}
	return out
}

// closes says that an opening sign is closed before long.
func closes(rest string, open rune) bool {
	shut := map[rune]rune{'“': '”', '(': ')', '（': '）', '【': '】', '《': '》'}[open]
	n := 0
	for _, r := range rest {
		if n++; r == shut || open == '(' && r == '）' || open == '（' && r == ')' {
			return true
		}
		if n > 80 {
			return false
		}
	}
	return false
}

// plain is a text as it is compared with others: no spaces, no punctuation, small letters.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		if strings.ContainsRune("≥≤<>=+-%", r) {
			return r
		}
		return -1
	}, s)
}
