package blockkit

// How text becomes Slack's mrkdwn. Only this file writes control characters:
// everything arrives as pieces, and a piece's own text is neutralised, so a
// stranger's "*", "_", "~", "`", "<" or leading ">" shows as typed. Slack has no
// escape for the first four; where one could open or close a style it is
// replaced by a sign that looks the same. Links and mentions are only ever
// made from [bot.Link] and [bot.Mention].

import (
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"partnerdesk/bot"
)

// piece is a run of text in one dress, or a link, or a mention.
type piece struct {
	text  string
	style byte // '*', '_', '`' or 0
	fixed string
}

// pieces dresses inlines.
func pieces(inlines []bot.Inline) []piece {
	var out []piece
	for _, in := range inlines {
		switch in := in.(type) {
		case bot.Text:
			out = append(out, piece{text: clean(string(in))})
		case bot.Bold:
			out = append(out, styled(clean(string(in)), '*')...)
		case bot.Italic:
			out = append(out, styled(clean(string(in)), '_')...)
		case bot.Code:
			out = append(out, styled(clean(string(in)), '`')...)
		case bot.Markdown:
			out = append(out, parse(clean(string(in)))...)
		case bot.Link:
			out = append(out, link(in))
		case bot.Mention:
			out = append(out, mention(in))
		}
	}
	return out
}

// literal returns the text of inlines that carry no dress at all, so that it can
// be shown exactly as it is.
func literal(inlines []bot.Inline) (string, bool) {
	var s strings.Builder
	for _, in := range inlines {
		t, ok := in.(bot.Text)
		if !ok {
			return "", false
		}
		s.WriteString(string(t))
	}
	return disarm(clean(s.String())), true
}

func link(l bot.Link) piece {
	text := clean(l.Text)
	u, ok := address(l.URL)
	if !ok {
		return piece{text: text}
	}
	if text == "" {
		text = u
	}
	u = strings.NewReplacer("|", "%7C", ">", "%3E", "<", "%3C", "&", "&amp;").Replace(u)
	label := strings.NewReplacer("\n", " ", "|", "¦").Replace(text)
	return piece{text: text, fixed: "<" + u + "|" + escape(label, 0) + ">"}
}

// address accepts what may stand in a link or a button.
func address(s string) (string, bool) {
	s = strings.TrimSpace(s)
	u, err := url.Parse(s)
	if err != nil || size(s) > maxURL || strings.ContainsFunc(s, unicode.IsControl) {
		return "", false
	}
	switch {
	case (u.Scheme == "https" || u.Scheme == "http") && u.Host != "":
	case u.Scheme == "mailto" && u.Opaque != "":
	default:
		return "", false
	}
	return strings.ReplaceAll(s, " ", "%20"), true
}

func mention(m bot.Mention) piece {
	id := m.Person.User
	for _, r := range id {
		if r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return piece{text: clean("@" + id)}
		}
	}
	if id == "" {
		return piece{}
	}
	return piece{text: "@" + id, fixed: "<@" + id + ">"}
}

// styled keeps a style within a line and off its outer spaces, where Slack would
// not see it.
func styled(s string, style byte) []piece {
	var out []piece
	for line := range strings.Lines(s) {
		core := strings.TrimSpace(line)
		if core == "" {
			out = append(out, piece{text: line})
			continue
		}
		i := strings.Index(line, core)
		if i > 0 {
			out = append(out, piece{text: line[:i]})
		}
		out = append(out, piece{text: core, style: style})
		if rest := line[i+len(core):]; rest != "" {
			out = append(out, piece{text: rest})
		}
	}
	return out
}

// parse reads our own *bold*, _italic_ and `code`.
func parse(s string) []piece {
	var out []piece
	from := 0
	for i := 0; i < len(s); {
		end, ok := run(s, i)
		if !ok {
			i++
			continue
		}
		if i > from {
			out = append(out, piece{text: s[from:i]})
		}
		out = append(out, piece{text: s[i+1 : end], style: s[i]})
		i = end + 1
		from = i
	}
	if from < len(s) {
		out = append(out, piece{text: s[from:]})
	}
	return out
}

// run reports whether a styled run opens at i, and where it closes.
func run(s string, i int) (end int, ok bool) {
	c := s[i]
	if c != '*' && c != '_' && c != '`' || i > 0 && word(s[i-1]) {
		return 0, false
	}
	n := strings.IndexByte(s[i+1:], c)
	if n <= 0 {
		return 0, false
	}
	end = i + 1 + n
	inner := s[i+1 : end]
	if strings.Contains(inner, "\n") || strings.TrimSpace(inner) != inner || end+1 < len(s) && word(s[end+1]) {
		return 0, false
	}
	return end, true
}

func word(b byte) bool {
	return b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z'
}

// clean takes out what no message needs: control characters, characters that
// turn the direction of text around, and broken encoding.
func clean(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case unicode.IsControl(r), r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069:
			return -1
		}
		return r
	}, s)
}

// disarm is for plain text, which Slack does not parse: what would be a mention
// elsewhere, should the text be quoted there, is one no more.
func disarm(s string) string {
	return strings.NewReplacer("<!", "＜!", "<@", "＜@", "<#", "＜#").Replace(s)
}

// alike are the stand-ins for characters Slack has no escape for.
func alike(r rune) rune {
	switch r {
	case '*':
		return '∗'
	case '_':
		return 'ˍ'
	case '~':
		return '∼'
	case '`':
		return 'ˋ'
	}
	return r
}

// escape neutralises a text that will stand in a style (0 for none).
func escape(s string, style byte) string {
	var out strings.Builder
	prev := rune('\n')
	for i, r := range s {
		next, _ := utf8.DecodeRuneInString(s[i+utf8.RuneLen(r):])
		switch {
		case r == '&':
			out.WriteString("&amp;")
		case r == '<':
			out.WriteString("&lt;")
		case r == '>' && prev == '\n':
			out.WriteString("＞")
		case r == '>':
			out.WriteString("&gt;")
		case style == '`' && r != '`':
			out.WriteRune(r)
		case alike(r) != r && !(inWord(prev) && inWord(next)):
			out.WriteRune(alike(r))
		default:
			out.WriteRune(r)
		}
		prev = r
	}
	return out.String()
}

func inWord(r rune) bool { return r < utf8.RuneSelf && word(byte(r)) }

// cutPlain is a plain text within most characters.
func cutPlain(s string, most int) string {
	s = strings.TrimSpace(strings.ReplaceAll(disarm(clean(s)), "\n", " "))
	return shorten(s, most)
}

// shorten cuts between characters and shows it.
func shorten(s string, most int) string {
	if size(s) <= most {
		return s
	}
	return strings.TrimRight(s[:take2(s, most-size(more))], " ") + more
}

// take2 returns how many bytes of s are within room, nothing being escaped.
func take2(s string, room int) int {
	n := 0
	for i, r := range s {
		cost := 1
		if r >= 0x10000 {
			cost = 2
		}
		if n += cost; n > room {
			return i
		}
	}
	return len(s)
}

func marker(ordered bool, i int) string {
	if ordered {
		return strconv.Itoa(i+1) + ". "
	}
	return "• "
}

func blockID(n int) string { return "b" + strconv.Itoa(n+1) }
