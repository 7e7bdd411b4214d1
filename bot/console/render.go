package console

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"partnerdesk/bot"
)

// Press is what can be pressed by its number.
type Press struct {
	Action string // command.action
	Value  string
	From   string // of a search box: what is asked with the words typed behind the number
}

// Render writes a reply as plain text. Buttons and search boxes are numbered from
// first upwards, so that a person can press one by typing its number; it returns
// them in that order.
func Render(reply bot.Reply, first int) (text string, presses []Press) {
	var s strings.Builder
	for _, b := range reply.Blocks {
		switch b := b.(type) {
		case bot.Heading:
			fmt.Fprintf(&s, "%s\n%s\n", clean(b.Text), strings.Repeat("─", min(width(b.Text), 60)))
		case bot.Paragraph:
			fmt.Fprintf(&s, "%s\n", inlines(b.Inlines))
		case bot.Note:
			fmt.Fprintf(&s, "  %s\n", inlines(b.Inlines))
		case bot.Fields:
			for _, f := range b.Items {
				fmt.Fprintf(&s, "%s: %s\n", clean(f.Label), inlines(f.Value))
			}
		case bot.List:
			for i, item := range b.Items {
				mark := "•"
				if b.Ordered {
					mark = fmt.Sprintf("%d.", i+1)
				}
				fmt.Fprintf(&s, "  %s %s\n", mark, inlines(item))
			}
		case bot.Table:
			table(&s, b)
		case bot.Divider:
			fmt.Fprintln(&s, strings.Repeat("─", 40))
		case bot.Buttons:
			for i, button := range b.Items {
				if i > 0 {
					s.WriteString("  ")
				}
				if button.URL != "" {
					fmt.Fprintf(&s, "%s <%s>", clean(button.Text), button.URL)
					continue
				}
				fmt.Fprintf(&s, "[%d %s]", first+len(presses), clean(button.Text))
				presses = append(presses, Press{Action: button.Action, Value: button.Value})
			}
			s.WriteByte('\n')
		case bot.Search:
			fmt.Fprintf(&s, "[%d … %s]\n", first+len(presses), clean(b.Text))
			presses = append(presses, Press{Action: b.Action, From: b.From})
		}
	}
	for _, f := range reply.Files { // no words, for the terminal has no catalog
		fmt.Fprintf(&s, "📎 %s (%d B)\n", clean(f.Name), len(f.Data))
	}
	return s.String(), presses
}

func inlines(list []bot.Inline) string {
	var s strings.Builder
	for _, in := range list {
		switch in := in.(type) {
		case bot.Link:
			fmt.Fprintf(&s, "%s <%s>", clean(in.Text), in.URL)
		default:
			s.WriteString(clean(bot.PlainInlines([]bot.Inline{in})))
		}
	}
	return s.String()
}

// clean keeps control characters, which could move a terminal's cursor, out of
// what is printed.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r != '\n' && unicode.IsControl(r) {
			return -1
		}
		return r
	}, s)
}

func table(s *strings.Builder, t bot.Table) {
	widths := make([]int, len(t.Columns))
	for i, c := range t.Columns {
		widths[i] = width(c.Title)
	}
	for _, row := range t.Rows {
		for i, cell := range row[:min(len(row), len(widths))] {
			widths[i] = max(widths[i], width(cell))
		}
	}
	line := func(cells []string) {
		var l strings.Builder
		for i := range t.Columns {
			cell := ""
			if i < len(cells) {
				cell = clean(cells[i])
			}
			pad := strings.Repeat(" ", max(0, widths[i]-width(cell)))
			if t.Columns[i].Numeric {
				cell = pad + cell
			} else {
				cell += pad
			}
			l.WriteString(cell + "  ")
		}
		s.WriteString(strings.TrimRight(l.String(), " ") + "\n")
	}
	var heads []string
	for _, c := range t.Columns {
		heads = append(heads, c.Title)
	}
	line(heads)
	for _, row := range t.Rows {
		line(row)
	}
}

// width is how many terminal cells a text takes: two for Chinese characters and
// full-width signs, one for others.
func width(s string) int {
	w := 0
	for _, r := range s {
		switch {
		case unicode.Is(unicode.Han, r), r >= 0xFF01 && r <= 0xFF60, r >= 0x3000 && r <= 0x303F:
			w += 2
		case utf8.RuneLen(r) > 0:
			w++
		}
	}
	return w
}
