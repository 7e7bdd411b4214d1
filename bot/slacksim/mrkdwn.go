package slacksim

import (
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// span is a piece of formatted text, whatever markup it came from. Plain text and HTML are written from it, so
// that what a test reads is what the page shows.
type span struct {
	kind string // text b i s code pre quote link user channel group broadcast emoji br li h p hr
	text string
	url  string
	kids []span
}

// The page's templates read spans through these.

func (s span) Kind() string { return s.kind }
func (s span) Text() string { return s.text }
func (s span) URL() string  { return s.url }
func (s span) Kids() []span { return s.kids }

var (
	angle      = regexp.MustCompile(`<([^<>\n]+)>`)
	emojiName  = regexp.MustCompile(`^[a-z0-9_+\-']{1,100}$`)
	shortcode  = regexp.MustCompile(`:([a-z0-9_+\-']+)(?:::skin-tone-\d)?:`)
	unentities = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&")
)

// mrkdwn parses Slack's own markup. The caller holds mu, for names.
func (w *Workspace) mrkdwn(s, zone string) []span {
	var out []span
	for i, part := range strings.Split(s, "```") {
		if i%2 == 1 {
			out = append(out, span{kind: "pre", text: unentities.Replace(strings.Trim(part, "\n"))})
			continue
		}
		out = append(out, w.lines(part, zone)...)
	}
	return out
}

// lines separates quotes from ordinary lines.
func (w *Workspace) lines(s, zone string) []span {
	var out []span
	var quote []span
	flush := func() {
		if quote != nil {
			out = append(out, span{kind: "quote", kids: quote})
			quote = nil
		}
	}
	for i, line := range strings.Split(s, "\n") {
		q, isQuote := strings.CutPrefix(line, "&gt;")
		if !isQuote {
			q, isQuote = strings.CutPrefix(line, ">")
		}
		if isQuote {
			if quote != nil {
				quote = append(quote, span{kind: "br"})
			} else {
				quote = []span{}
			}
			quote = append(quote, w.inline(strings.TrimPrefix(q, " "), zone)...)
			continue
		}
		wasQuote := quote != nil
		flush()
		if i > 0 && !wasQuote {
			out = append(out, span{kind: "br"})
		}
		out = append(out, w.inline(line, zone)...)
	}
	flush()
	return out
}

// inline parses one line: code, references in angle brackets, emphasis, emoji.
func (w *Workspace) inline(s, zone string) []span {
	var out []span
	var text strings.Builder
	flush := func() {
		if text.Len() > 0 {
			out = append(out, emojis(unentities.Replace(text.String()))...)
			text.Reset()
		}
	}
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch r {
		case '`':
			if end := strings.IndexByte(s[i+1:], '`'); end > 0 {
				flush()
				out = append(out, span{kind: "code", text: unentities.Replace(s[i+1 : i+1+end])})
				i += end + 2
				continue
			}
		case '<':
			if m := angle.FindStringSubmatchIndex(s[i:]); m != nil && m[0] == 0 {
				flush()
				out = append(out, w.reference(s[i+1:i+m[1]-1], zone))
				i += m[1]
				continue
			}
		case '*', '_', '~':
			if n := emphasis(s, i); n > 0 {
				flush()
				out = append(out, span{kind: map[rune]string{'*': "b", '_': "i", '~': "s"}[r], kids: w.inline(s[i+1:i+n], zone)})
				i += n + 1
				continue
			}
		}
		text.WriteString(s[i : i+size])
		i += size
	}
	flush()
	return out
}

// emphasis finds the closing mark of one that opens at i, as an offset from i; 0 without one. As at Slack, both
// marks need a border that is not a letter or digit; Chinese characters are letters, so *重点*如下 stays as it is.
func emphasis(s string, i int) int {
	mark := s[i]
	before, _ := utf8.DecodeLastRuneInString(s[:i])
	if i > 0 && isWord(before) || i+1 >= len(s) || s[i+1] == ' ' || s[i+1] == mark {
		return 0
	}
	for j := i + 1; j < len(s); j++ {
		if s[j] == '`' || s[j] == '<' {
			end := strings.IndexByte(s[j+1:], map[byte]byte{'`': '`', '<': '>'}[s[j]])
			if end < 0 {
				continue
			}
			j += end + 1
			continue
		}
		if s[j] != mark || s[j-1] == ' ' {
			continue
		}
		after, _ := utf8.DecodeRuneInString(s[j+1:])
		if j+1 == len(s) || !isWord(after) {
			return j - i
		}
	}
	return 0
}

func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// reference resolves what stands in angle brackets.
func (w *Workspace) reference(s, zone string) span {
	body, shown, labelled := strings.Cut(s, "|")
	shown = unentities.Replace(shown)
	switch {
	case strings.HasPrefix(body, "@"):
		return w.userSpan(body[1:], shown)
	case strings.HasPrefix(body, "#"):
		return w.channelSpan(body[1:], shown)
	case strings.HasPrefix(body, "!subteam^"):
		return w.groupSpan(strings.TrimPrefix(body, "!subteam^"), shown)
	case strings.HasPrefix(body, "!date^"):
		return span{kind: "text", text: w.dateText(strings.TrimPrefix(body, "!date^"), shown, zone)}
	case body == "!here", body == "!channel", body == "!everyone":
		return span{kind: "broadcast", text: "@" + body[1:]}
	}
	if u, ok := safeURL(unentities.Replace(body)); ok {
		if !labelled || shown == "" {
			shown = strings.TrimPrefix(u, "mailto:")
		}
		return span{kind: "link", url: u, text: shown}
	}
	return span{kind: "text", text: "<" + unentities.Replace(s) + ">"}
}

func (w *Workspace) userSpan(id, shown string) span {
	if u := w.users[id]; u.ID != "" {
		shown = u.RealName
	}
	return span{kind: "user", text: "@" + firstOf(shown, id), url: id}
}

func (w *Workspace) channelSpan(id, shown string) span {
	if c := w.convs[id]; c != nil && !c.im {
		shown = c.name
	}
	return span{kind: "channel", text: "#" + firstOf(shown, id), url: id}
}

func (w *Workspace) groupSpan(id, shown string) span {
	for _, g := range w.opt.Groups {
		if g.ID == id {
			shown = "@" + g.Handle
		}
	}
	return span{kind: "group", text: firstOf(shown, id)}
}

// safeURL lets through the addresses a link may have on the page.
func safeURL(s string) (string, bool) {
	for _, scheme := range []string{"http://", "https://", "mailto:", "tel:"} {
		if strings.HasPrefix(strings.ToLower(s), scheme) {
			return s, true
		}
	}
	return "", false
}

// dateText writes <!date^…> in the reader's zone. spec is "unix^format" with an optional link.
func (w *Workspace) dateText(spec, fallback, zone string) string {
	parts := strings.Split(spec, "^")
	var unix int64
	for _, r := range parts[0] {
		if r < '0' || r > '9' {
			return fallback
		}
		unix = unix*10 + int64(r-'0')
	}
	if len(parts) < 2 {
		return fallback
	}
	return formatDate(time.Unix(unix, 0).In(location(zone)), parts[1])
}

func formatDate(t time.Time, format string) string {
	return strings.NewReplacer(
		"{date_num}", t.Format("2006-01-02"), "{date_slash}", t.Format("01/02/2006"), "{date}", t.Format("January 2, 2006"),
		"{date_pretty}", t.Format("January 2, 2006"), "{date_short}", t.Format("Jan 2, 2006"), "{date_short_pretty}", t.Format("Jan 2, 2006"),
		"{date_long}", t.Format("Monday, January 2, 2006"), "{date_long_pretty}", t.Format("Monday, January 2, 2006"),
		"{time}", t.Format("15:04"), "{time_secs}", t.Format("15:04:05"), "{ago}", t.Format("2006-01-02 15:04"),
		"{day_divider_pretty}", t.Format("Monday, January 2"),
	).Replace(format)
}

func location(zone string) *time.Location {
	if loc, err := time.LoadLocation(zone); err == nil {
		return loc
	}
	return time.UTC
}

// emojis splits a text at :shortcodes: that are known; the others stay as they are.
func emojis(s string) []span {
	var out []span
	last := 0
	for _, m := range shortcode.FindAllStringSubmatchIndex(s, -1) {
		glyph := emoji(s[m[2]:m[3]])
		if glyph == "" {
			continue
		}
		if m[0] > last {
			out = append(out, span{kind: "text", text: s[last:m[0]]})
		}
		out = append(out, span{kind: "emoji", text: glyph, url: s[m[2]:m[3]]})
		last = m[1]
	}
	if last < len(s) {
		out = append(out, span{kind: "text", text: s[last:]})
	}
	return out
}

// plainOf writes spans without their formatting.
func plainOf(spans []span) string {
	var b strings.Builder
	for _, s := range spans {
		switch s.kind {
		case "br":
			b.WriteByte('\n')
		case "hr":
			b.WriteString("\n---\n")
		case "emoji":
			b.WriteString(s.text)
		case "li", "p", "h", "quote", "pre", "row":
			if b.Len() > 0 && !strings.HasSuffix(b.String(), "\n") {
				b.WriteByte('\n')
			}
			b.WriteString(s.url) // the bullet or number of an item
			b.WriteString(s.text)
			b.WriteString(plainOf(s.kids))
			b.WriteByte('\n')
		case "cell":
			b.WriteString(plainOf(s.kids) + "\t")
		default:
			b.WriteString(s.text)
			b.WriteString(plainOf(s.kids))
		}
	}
	return b.String()
}

// plain is a mrkdwn text as a person in a zone reads it. The caller holds mu.
func (w *Workspace) plain(s, zone string) string {
	return strings.TrimRight(plainOf(w.mrkdwn(s, zone)), "\n")
}
