package mail

import (
	"cmp"
	"html"
	"regexp"
	"strings"

	"partnerdesk/bot"
)

// page is a reply as a mail: its first heading is the subject.
type page struct{ subject, text, html string }

// render words a reply. Buttons that act are left out, for a mail cannot be
// answered with a click; links stay.
func render(r bot.Reply) page {
	var p page
	var text, body strings.Builder
	for _, b := range r.Blocks {
		if h, ok := b.(bot.Heading); ok && p.subject == "" {
			p.subject = strings.Join(strings.Fields(h.Text), " ")
			continue
		}
		if t := plain(b); t != "" {
			text.WriteString(t + "\n\n")
		}
		body.WriteString(markup(b))
	}
	p.subject = cmp.Or(p.subject, "partnerdesk")
	p.text = strings.TrimRight(text.String(), "\n") + "\n"
	p.html = `<!doctype html><html><head><meta charset="utf-8"></head><body style="font:14px/1.6 -apple-system,'PingFang SC','Microsoft YaHei',Helvetica,Arial,sans-serif;color:#1d1c1d;max-width:760px">` +
		body.String() + `</body></html>`
	return p
}

func plain(b bot.Block) string {
	var lines []string
	switch b := b.(type) {
	case bot.Heading:
		return b.Text
	case bot.Paragraph:
		return words(b.Inlines)
	case bot.Note:
		return words(b.Inlines)
	case bot.Divider:
		return "--"
	case bot.Fields:
		for _, f := range b.Items {
			lines = append(lines, f.Label+": "+words(f.Value))
		}
	case bot.List:
		for _, item := range b.Items {
			lines = append(lines, "- "+words(item))
		}
	case bot.Table:
		var head []string
		for _, c := range b.Columns {
			head = append(head, c.Title)
		}
		lines = append(lines, strings.Join(head, " | "))
		for _, row := range b.Rows {
			lines = append(lines, strings.Join(row, " | "))
		}
	case bot.Buttons:
		for _, one := range b.Items {
			if one.URL != "" {
				lines = append(lines, one.Text+": "+one.URL)
			}
		}
	}
	return strings.Join(lines, "\n")
}

// words are inlines as plain text, with the addresses of links.
func words(list []bot.Inline) string {
	var s strings.Builder
	for _, i := range list {
		switch i := i.(type) {
		case bot.Link:
			s.WriteString(i.Text + " (" + i.URL + ")")
		case bot.Markdown:
			s.WriteString(marks.ReplaceAllString(string(i), "$2"))
		default:
			s.WriteString(bot.PlainInlines([]bot.Inline{i}))
		}
	}
	return s.String()
}

var marks = regexp.MustCompile("([*_`])([^*_`\n]+)[*_`]")

func markup(b bot.Block) string {
	var s strings.Builder
	switch b := b.(type) {
	case bot.Heading:
		s.WriteString("<h3>" + html.EscapeString(b.Text) + "</h3>")
	case bot.Paragraph:
		s.WriteString("<p>" + inlines(b.Inlines) + "</p>")
	case bot.Note:
		s.WriteString(`<p style="color:#616061;font-size:12px">` + inlines(b.Inlines) + "</p>")
	case bot.Divider:
		s.WriteString("<hr>")
	case bot.Fields:
		s.WriteString("<table>")
		for _, f := range b.Items {
			s.WriteString("<tr><th align=\"left\">" + html.EscapeString(f.Label) + "</th><td>" + inlines(f.Value) + "</td></tr>")
		}
		s.WriteString("</table>")
	case bot.List:
		tag := map[bool]string{true: "ol", false: "ul"}[b.Ordered]
		s.WriteString("<" + tag + ">")
		for _, item := range b.Items {
			s.WriteString("<li>" + inlines(item) + "</li>")
		}
		s.WriteString("</" + tag + ">")
	case bot.Table:
		table(&s, b)
	case bot.Buttons:
		for _, one := range b.Items {
			if one.URL != "" {
				s.WriteString("<p>" + link(one.Text, one.URL) + "</p>")
			}
		}
	}
	return s.String()
}

func table(s *strings.Builder, t bot.Table) {
	align := func(i int) string {
		if i < len(t.Columns) && t.Columns[i].Numeric {
			return "right"
		}
		return "left"
	}
	s.WriteString(`<table border="1" cellpadding="6" style="border-collapse:collapse;border-color:#ddd"><tr style="background:#f6f6f6">`)
	for i, c := range t.Columns {
		s.WriteString(`<th align="` + align(i) + `">` + html.EscapeString(c.Title) + "</th>")
	}
	s.WriteString("</tr>")
	for _, row := range t.Rows {
		s.WriteString("<tr>")
		for i, cell := range row {
			s.WriteString(`<td align="` + align(i) + `">` + html.EscapeString(cell) + "</td>")
		}
		s.WriteString("</tr>")
	}
	s.WriteString("</table>")
}

func inlines(list []bot.Inline) string {
	var s strings.Builder
	for _, i := range list {
		one := strings.ReplaceAll(html.EscapeString(words([]bot.Inline{i})), "\n", "<br>")
		switch i := i.(type) {
		case bot.Bold:
			one = "<b>" + one + "</b>"
		case bot.Italic:
			one = "<i>" + one + "</i>"
		case bot.Code:
			one = `<code style="background:#f6f6f6;word-break:break-all">` + one + "</code>"
		case bot.Link:
			one = link(i.Text, i.URL)
		}
		s.WriteString(one)
	}
	return s.String()
}

// link leads to web pages only.
func link(text, url string) string {
	if !strings.HasPrefix(url, "https://") && !strings.HasPrefix(url, "http://") {
		return html.EscapeString(text)
	}
	return `<a href="` + html.EscapeString(url) + `">` + html.EscapeString(text) + "</a>"
}
