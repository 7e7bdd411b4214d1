package slacksim

import (
	"regexp"
	"strings"
)

// The standard Markdown of markdown blocks, as far as Slack draws it: headings, lists, quotes, code, tables, rules,
// emphasis, links.

var (
	mdHeading = regexp.MustCompile(`^(#{1,6})\s+(.*?)\s*#*$`)
	mdItem    = regexp.MustCompile(`^(\s*)([-*+]|\d{1,9}[.)])\s+(.*)$`)
	mdRule    = regexp.MustCompile(`^\s*([-*_])(\s*[-*_]){2,}\s*$`)
	mdDivider = regexp.MustCompile(`^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$`)
	mdInline  = regexp.MustCompile("`([^`]+)`" + `|\*\*(\S(?:.*?\S)?)\*\*|__(\S(?:.*?\S)?)__|~~(\S(?:.*?\S)?)~~|\*(\S(?:[^*]*?\S)?)\*|!?\[([^\]]*)\]\(([^)\s]+)\)|(https?://[^\s<>)\]]+)|\\([\\` + "`" + `*_{}\[\]()#+\-.!~|>])`)
)

// markdown parses a markdown block.
func (w *Workspace) markdown(s string) []span {
	var out []span
	lines := strings.Split(strings.ReplaceAll(s, "\r\n", "\n"), "\n")
	for i := 0; i < len(lines); i++ {
		line := lines[i]
		if strings.HasPrefix(strings.TrimSpace(line), "```") {
			var code []string
			for i++; i < len(lines) && !strings.HasPrefix(strings.TrimSpace(lines[i]), "```"); i++ {
				code = append(code, lines[i])
			}
			out = append(out, span{kind: "pre", text: strings.Join(code, "\n")})
			continue
		}
		if strings.Contains(line, "|") && i+1 < len(lines) && strings.Contains(lines[i+1], "-") && mdDivider.MatchString(lines[i+1]) {
			align := mdAlign(lines[i+1])
			table := span{kind: "table", kids: []span{w.mdRow(line, "th", align)}}
			for i += 2; i < len(lines) && strings.Contains(lines[i], "|"); i++ {
				table.kids = append(table.kids, w.mdRow(lines[i], "td", align))
			}
			i--
			out = append(out, table)
			continue
		}
		out = append(out, w.mdLine(line)...)
		if n := len(out); n > 1 && out[n-1].kind == "p" && out[n-2].kind == "p" && i > 0 && strings.TrimSpace(lines[i-1]) != "" {
			out[n-2].kids = append(append(out[n-2].kids, span{kind: "br"}), out[n-1].kids...)
			out = out[:n-1]
		}
	}
	return out
}

func (w *Workspace) mdLine(line string) []span {
	switch m := mdItem.FindStringSubmatch(line); {
	case strings.TrimSpace(line) == "":
		return nil
	case mdRule.MatchString(line):
		return []span{{kind: "hr"}}
	case mdHeading.MatchString(line):
		h := mdHeading.FindStringSubmatch(line)
		return []span{{kind: "h", kids: w.mdSpans(h[2])}}
	case m != nil:
		bullet := m[2] + " "
		if len(m[2]) == 1 {
			bullet = "• "
		}
		return []span{{kind: "li", url: strings.Repeat("    ", len(m[1])/2) + bullet, kids: w.mdSpans(m[3])}}
	case strings.HasPrefix(line, ">"):
		return []span{{kind: "quote", kids: w.mdSpans(strings.TrimPrefix(line[1:], " "))}}
	}
	return []span{{kind: "p", kids: w.mdSpans(strings.TrimSpace(line))}}
}

// mdAlign reads the alignment of the columns from a table's second line.
func mdAlign(line string) []string {
	var out []string
	for _, c := range strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|") {
		c = strings.TrimSpace(c)
		switch left, right := strings.HasPrefix(c, ":"), strings.HasSuffix(c, ":"); {
		case left && right:
			out = append(out, "center")
		case right:
			out = append(out, "right")
		default:
			out = append(out, "")
		}
	}
	return out
}

// mdRow makes a table row; a cell carries its tag in url and its alignment in text.
func (w *Workspace) mdRow(line, kind string, align []string) span {
	row := span{kind: "row"}
	line = strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(line), "|"), "|")
	for i, cell := range strings.Split(strings.ReplaceAll(line, `\|`, "\x00"), "|") {
		side := ""
		if i < len(align) {
			side = align[i]
		}
		row.kids = append(row.kids, span{kind: "cell", url: kind, text: side, kids: w.mdSpans(strings.TrimSpace(strings.ReplaceAll(cell, "\x00", "|")))})
	}
	return row
}

// mdSpans parses emphasis, code, links and the references Slack allows in markdown blocks.
func (w *Workspace) mdSpans(s string) []span {
	var out []span
	last := 0
	text := func(t string) {
		for len(t) > 0 {
			m := angle.FindStringSubmatchIndex(t)
			if m == nil {
				break
			}
			out = append(out, emojis(unentities.Replace(t[:m[0]]))...)
			out = append(out, w.reference(t[m[2]:m[3]], ""))
			t = t[m[1]:]
		}
		out = append(out, emojis(unentities.Replace(t))...)
	}
	for _, m := range mdInline.FindAllStringSubmatchIndex(s, -1) {
		if m[0] < last || m[16] >= 0 && m[0] > 0 && s[m[0]-1] == '<' {
			continue
		}
		text(s[last:m[0]])
		last = m[1]
		group := func(i int) string {
			if m[2*i] < 0 {
				return ""
			}
			return s[m[2*i]:m[2*i+1]]
		}
		switch {
		case group(1) != "":
			out = append(out, span{kind: "code", text: group(1)})
		case group(2)+group(3) != "":
			out = append(out, span{kind: "b", kids: w.mdSpans(group(2) + group(3))})
		case group(4) != "":
			out = append(out, span{kind: "s", kids: w.mdSpans(group(4))})
		case group(5) != "":
			out = append(out, span{kind: "i", kids: w.mdSpans(group(5))})
		case group(7) != "":
			if u, ok := safeURL(group(7)); ok {
				out = append(out, span{kind: "link", url: u, text: firstOf(group(6), u)})
			} else {
				text(group(6))
			}
		case group(8) != "":
			out = append(out, span{kind: "link", url: group(8), text: group(8)})
		default:
			text(group(9))
		}
	}
	text(s[last:])
	return out
}
