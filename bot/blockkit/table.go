package blockkit

import (
	"strings"
	"unicode"

	"github.com/slack-go/slack"

	"partnerdesk/bot"
)

// maxCells bounds the characters of a table block (general knowledge of Slack's
// limit of 10,000 over all cells, 2026-11-20).
const maxCells = 10000

// table renders as a table block; a second one in a message, which Slack does not
// take, renders as aligned text.
func (p *page) table(t bot.Table) {
	columns := t.Columns[:min(len(t.Columns), maxColumns)]
	if len(columns) == 0 || !p.fits() {
		return
	}
	rows := [][]string{make([]string, len(columns))}
	for i, c := range columns {
		rows[0][i] = cell(c.Title)
	}
	for _, r := range t.Rows {
		row := make([]string, len(columns))
		for i := range row {
			if i < len(r) {
				row[i] = r[i]
			}
			row[i] = cell(row[i])
		}
		rows = append(rows, row)
	}
	if p.tables == 0 {
		p.aligned(columns, rows)
		return
	}
	p.tables--
	kept, spent := 0, 0
	for _, row := range rows {
		n := 0
		for _, c := range row {
			n += size(c)
		}
		if kept == maxRows || spent+n > min(maxCells, p.room()) {
			p.short = true
			break
		}
		kept, spent = kept+1, spent+n
	}
	if kept == 0 {
		return
	}
	p.chars += spent
	block := slack.NewTableBlock(p.id())
	for _, c := range columns {
		align := slack.ColumnAlignmentLeft
		if c.Numeric {
			align = slack.ColumnAlignmentRight
		}
		block.ColumnSettings = append(block.ColumnSettings, slack.ColumnSetting{Align: align, IsWrapped: !c.Numeric})
	}
	for i, row := range rows[:kept] {
		var cells []slack.TableCell
		for _, c := range row {
			if i == 0 && strings.TrimSpace(c) != "" {
				head := slack.NewRichTextSectionTextElement(c, &slack.RichTextSectionTextStyle{Bold: true})
				cells = append(cells, slack.NewTableRichTextCell(slack.NewRichTextSection(head)))
				continue
			}
			cells = append(cells, slack.NewTableRawTextCell(c))
		}
		block.AddRow(cells...)
	}
	p.add(block)
}

// cell is a table cell's text: one line, never empty.
func cell(s string) string {
	s = cutPlain(s, maxField)
	if s == "" {
		return " "
	}
	return s
}

// aligned writes a table as code, a line per row.
func (p *page) aligned(columns []bot.Column, rows [][]string) {
	widths := make([]int, len(columns))
	for _, row := range rows {
		for i, c := range row {
			widths[i] = min(max(widths[i], width(c)), 40)
		}
	}
	const fence = "```"
	var s strings.Builder
	flush := func() {
		if s.Len() > 0 {
			p.section(fence + "\n" + s.String() + fence)
			s.Reset()
		}
	}
	for _, row := range rows {
		line := escape(alignedRow(columns, row, widths), '`') + "\n"
		n := size(line) + 2*len(fence) + 1
		if n > maxSection {
			p.short = true
			continue
		}
		if size(s.String())+n > maxSection {
			flush()
		}
		if size(s.String())+n > p.room() || !p.fits() {
			p.short = true
			break
		}
		s.WriteString(line)
	}
	flush()
}

func alignedRow(columns []bot.Column, row []string, widths []int) string {
	var s strings.Builder
	for i, c := range row {
		if i > 0 {
			s.WriteString("  ")
		}
		pad := strings.Repeat(" ", max(0, widths[i]-width(c)))
		switch {
		case columns[i].Numeric:
			s.WriteString(pad + c)
		case i == len(row)-1:
			s.WriteString(c)
		default:
			s.WriteString(c + pad)
		}
	}
	return s.String()
}

// width is how many cells of a fixed-width font a text takes: two for Chinese
// and full-width characters.
func width(s string) int {
	n := 0
	for _, r := range s {
		n++
		if unicode.Is(unicode.Han, r) || r >= 0x3000 && r <= 0x303F || r >= 0xFF01 && r <= 0xFF60 {
			n++
		}
	}
	return n
}
