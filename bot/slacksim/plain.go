package slacksim

import "strings"

// plainBlocks is what blocks say, formatting taken off, and the texts of their buttons. The caller holds mu.
func (w *Workspace) plainBlocks(blocks []obj, zone string) (string, []string) {
	var lines, buttons []string
	say := func(s string) {
		if s != "" {
			lines = append(lines, strings.TrimRight(s, "\n"))
		}
	}
	for _, b := range typed(blocks) {
		switch b.Type {
		case "markdown":
			say(plainOf(w.markdown(b.Text.Text)))
		case "rich_text":
			say(plainOf(w.richSpans(b.Elements)))
		case "table":
			for _, row := range b.Rows {
				var cells []string
				for _, c := range row {
					cells = append(cells, plainOf(w.cell(c)))
				}
				say(strings.Join(cells, "\t"))
			}
		case "image":
			if b.Title != nil {
				say(w.plainText(*b.Title, zone))
			}
			say(b.AltText)
		case "context":
			var parts []string
			for _, e := range b.Elements {
				if e.Type == "image" {
					parts = append(parts, e.AltText)
					continue
				}
				parts = append(parts, w.plainText(e.asText(), zone))
			}
			say(strings.Join(parts, " "))
		default:
			if b.Text != nil {
				say(w.plainText(b.Text.textObject, zone))
			}
			for _, f := range b.Fields {
				say(w.plainText(f, zone))
			}
			if b.Label != nil {
				say(w.plainText(*b.Label, zone))
			}
			if b.Hint != nil {
				say(w.plainText(*b.Hint, zone))
			}
		}
		for _, e := range b.interactive() {
			if e.Type == "button" {
				buttons = append(buttons, w.plainText(e.Text.textObject, zone))
				continue
			}
			if e.Placeholder != nil {
				say(w.plainText(*e.Placeholder, zone))
			}
			for _, o := range e.choices() {
				say(w.plainText(o.Text, zone))
			}
		}
	}
	return strings.Join(lines, "\n"), buttons
}

// spans parses a text object by its type. The caller holds mu.
func (w *Workspace) spans(t textObject, zone string) []span {
	if t.Type == "mrkdwn" {
		return w.mrkdwn(t.Text, zone)
	}
	var out []span
	for i, line := range strings.Split(unentities.Replace(t.Text), "\n") {
		if i > 0 {
			out = append(out, span{kind: "br"})
		}
		out = append(out, emojis(line)...)
	}
	return out
}

func (w *Workspace) plainText(t textObject, zone string) string {
	return strings.TrimRight(plainOf(w.spans(t, zone)), "\n")
}

// cell is a table cell, plain or rich.
func (w *Workspace) cell(e element) []span {
	if e.Type == "raw_text" {
		return []span{{kind: "text", text: e.Text.Text}}
	}
	return w.richSpans(e.Elements)
}

// richSpans turns rich text into spans. The caller holds mu.
func (w *Workspace) richSpans(elements []element) []span {
	var out []span
	for _, e := range elements {
		switch e.Type {
		case "rich_text_section":
			out = append(out, span{kind: "p", kids: w.richSpans(e.Elements)})
		case "rich_text_quote":
			out = append(out, span{kind: "quote", kids: w.richSpans(e.Elements)})
		case "rich_text_preformatted":
			out = append(out, span{kind: "pre", text: plainOf(w.richSpans(e.Elements))})
		case "rich_text_list":
			for i, it := range e.Elements {
				bullet := "• "
				if e.Style.Word == "ordered" {
					bullet = ordinal(i+1) + ". "
				}
				out = append(out, span{kind: "li", url: strings.Repeat("    ", e.Indent) + bullet, kids: w.richSpans(it.Elements)})
			}
		case "text":
			out = append(out, styled(e.Style, textLines(e.Text.Text))...)
		case "link":
			u, _ := safeURL(e.URL)
			out = append(out, styled(e.Style, []span{{kind: "link", url: u, text: firstOf(e.Text.Text, e.URL)}})...)
		case "user":
			out = append(out, w.userSpan(e.UserID, ""))
		case "channel":
			out = append(out, w.channelSpan(e.ChannelID, ""))
		case "usergroup":
			out = append(out, w.groupSpan(e.UsergroupID, ""))
		case "broadcast":
			out = append(out, span{kind: "broadcast", text: "@" + e.Range})
		case "emoji":
			out = append(out, span{kind: "emoji", text: firstOf(emoji(e.Name), ":"+e.Name+":"), url: e.Name})
		case "date":
			out = append(out, span{kind: "text", text: e.Fallback})
		}
	}
	return out
}

func textLines(s string) []span {
	var out []span
	for i, line := range strings.Split(s, "\n") {
		if i > 0 {
			out = append(out, span{kind: "br"})
		}
		out = append(out, span{kind: "text", text: line})
	}
	return out
}

func styled(l look, s []span) []span {
	if l.Code {
		s = []span{{kind: "code", text: plainOf(s)}}
	}
	for _, on := range []struct {
		is   bool
		kind string
	}{{l.Bold, "b"}, {l.Italic, "i"}, {l.Strike, "s"}} {
		if on.is {
			s = []span{{kind: on.kind, kids: s}}
		}
	}
	return s
}

func ordinal(n int) string {
	if n < 10 {
		return string(rune('0' + n))
	}
	return ordinal(n/10) + string(rune('0'+n%10))
}
