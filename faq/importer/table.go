package importer

import (
	"errors"
	"os"
	"regexp"
	"slices"
	"strings"

	"partnerdesk/data/sheet"
)

// Names of columns, small letters.
const (
	colAsk = iota
	colSay
	colParent
	colAlike
	columns
)

// columnNames are the headings a column may have, in the order of the constants above.
func columnNames() [columns][]string {
	return [columns][]string{
		{"问题", "标题", "问", "常见问题", "提问", "标准问题", "标准问", "question", "questions", "q", "title", "faq"},
		{"答案", "回答", "答复", "解答", "答", "内容", "正文", "标准答案", "answer", "answers", "a", "content", "reply", "response"},
		{"父主题", "分类", "类别", "主题", "类目", "栏目", "category", "topic", "parent", "parent topic"},
		{"相似问", "相似问题", "其他问法", "同义问", "问法", "扩展问", "similar", "variants", "alias", "aliases", "ask", "other questions"},
	}
}

var variantSplit = regexp.MustCompile(`[;；|\n]+`)

// readTable reads a table with a question on each row: columns are known by their headings, else the first is the
// question and the second the answer.
func (im *run) readTable(f input) []*piece {
	in, err := os.Open(f.path)
	if err != nil {
		im.failed(f.path, Missing, err)
		return nil
	}
	defer func() { _ = in.Close() }()
	tables, err := sheet.Read(f.path, in, sheet.Options{})
	switch {
	case errors.Is(err, sheet.ErrTooLarge):
		im.failed(f.path, TooLarge, err)
		return nil
	case errors.Is(err, sheet.ErrBinary):
		im.failed(f.path, Binary, nil)
		return nil
	case err != nil:
		im.failed(f.path, BadFormat, err)
		return nil
	}
	var out []*piece
	for _, t := range tables {
		path, format := f.path, "csv"
		if t.Name != "" {
			format = "xlsx"
			if len(tables) > 1 {
				path += "#" + t.Name
			}
		}
		rows := im.rows(input{path, f.name}, t)
		im.report.Files = append(im.report.Files, File{Path: path, Format: format, Encoding: string(t.Encoding), Units: len(t.Rows) + len(t.Problems)})
		out = append(out, rows...)
	}
	return out
}

func (im *run) rows(f input, t sheet.Table) []*piece {
	for _, p := range t.Problems {
		im.report.add(Line{File: f.path, Line: p.Line, Outcome: Failed, Reason: BadFormat, Detail: p.Err.Error()})
	}
	if t.Header == nil {
		return nil
	}
	col, named := columnsOf(t.Header)
	rows, lines := t.Rows, t.Lines[1:]
	if !named {
		rows, lines = append([][]string{t.Header}, rows...), t.Lines
	} else {
		im.report.add(Line{File: f.path, Line: t.Lines[0], Outcome: Dropped, Reason: HeaderRow, Text: strings.Join(t.Header, " | ")})
	}
	var out []*piece
	for i, row := range rows {
		cell := func(n int) string {
			if c := col[n]; c >= 0 && c < len(row) {
				return strings.TrimSpace(row[c])
			}
			return ""
		}
		p := &piece{path: f.path, name: f.name, line: lines[i], title: tidy(cell(colAsk)), parent: tidy(cell(colParent)), topic: t.Name}
		say := cell(colSay)
		if p.title == "" && say == "" {
			im.drop(p, NoAnswer, strings.Join(row, " | "))
			continue
		}
		p.asked, p.titleLost = p.title != "", p.title == ""
		for _, v := range variantSplit.Split(cell(colAlike), -1) {
			if v = tidy(v); v != "" {
				p.given = append(p.given, v)
			}
		}
		im.lines(p, say)
		out = append(out, p)
	}
	return out
}

// lines fills a piece with the lines of a cell.
func (im *run) lines(p *piece, text string) {
	part, label := "", ""
	for l := range strings.Lines(text) {
		for _, b := range im.rules.blocksOf(tidy(l)) {
			if q := im.rules.part(b); q != "" {
				part, label = q, strings.TrimRight(b, ":：")
				continue
			}
			p.blocks = append(p.blocks, block{part: part, label: label, text: b})
			label = ""
		}
	}
	if label != "" {
		p.blocks = append(p.blocks, block{part: part, label: label})
	}
}

// columnsOf finds the columns by their headings; named is false when question and answer are taken by their place.
func columnsOf(header []string) (col [columns]int, named bool) {
	names := columnNames()
	for n := range col {
		col[n] = slices.IndexFunc(header, func(h string) bool {
			h = strings.ToLower(strings.TrimSpace(strings.Trim(tidy(unbracket(h)), ":：*")))
			return slices.Contains(names[n], h)
		})
	}
	if col[colAsk] >= 0 && col[colSay] >= 0 {
		return col, true
	}
	return [columns]int{0, 1, -1, -1}, false
}
