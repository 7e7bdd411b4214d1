package handlers

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"partnerdesk/bot"
	"partnerdesk/bot/lang"
	"partnerdesk/handlers/benefit"
)

// How much of a file is read, and how much text of a table may wait to be
// imported: it waits in one row of the store.
const (
	maxRegisterFile  = 1 << 20
	maxRegisterPaste = 3000 // runes; what a form of Slack takes
	maxDraftText     = 40 << 10
)

// Columns that a table may have and that say nothing new.
var derivedColumns = []string{"owner", "nearest", "left"}

// registerColumns are the columns of a table of the register, in order.
func (o registrar) registerColumns() []string {
	list := []string{benefit.ColumnID, benefit.ColumnKind, benefit.FieldName, benefit.ColumnState, "owner", "nearest", benefit.ColumnGranted, benefit.ColumnUsed, "left"}
	for _, rule := range o.d.Register.Policy.Rules {
		for _, f := range rule.Fields {
			if !slices.Contains(list, f.ID) {
				list = append(list, f.ID)
			}
		}
	}
	return append(list, benefit.ColumnEvidence, benefit.ColumnNote)
}

func columnTitle(w lang.Words, column string) string { return w.T("benefit.column." + column) }

// columnsOf finds the columns by their titles, in either language, by their ids
// and by what the forms call them.
func (o registrar) columnsOf(header []string) (columns, unknown []string) {
	known := map[string]string{}
	for _, rule := range o.d.Register.Policy.Rules {
		for _, f := range rule.Fields {
			known[plainTitle(f.Label.ZH)], known[plainTitle(f.Label.EN)] = f.ID, f.ID
		}
	}
	for _, column := range o.registerColumns() {
		known[column] = column
		for _, tag := range lang.Tags() {
			known[plainTitle(columnTitle(o.d.Catalog.In(tag), column))] = column
		}
	}
	for _, h := range header {
		column := known[plainTitle(h)]
		if column == "" && h != "" {
			unknown = append(unknown, clip(h, 20))
		}
		if slices.Contains(derivedColumns, column) {
			column = ""
		}
		columns = append(columns, column)
	}
	return columns, unknown
}

// importForm asks for a table: a file, or lines pasted out of a spreadsheet.
func (o registrar) importForm(_ context.Context, r bot.Request) (bot.Outcome, error) {
	w := o.d.words(r)
	if o.d.Sheets == nil {
		return bot.Outcome{}, bot.User("benefit.import.unset")
	}
	if r.Kind != bot.KindCommand && r.Kind != bot.KindClick {
		reply := private(bot.Text(w.T("benefit.import.offer")))
		reply.Blocks = append(reply.Blocks, bot.Buttons{Items: []bot.Button{{Action: "benefit.import", Text: w.T("benefit.import"), Style: bot.StylePrimary}}})
		return bot.Outcome{Reply: reply}, nil
	}
	form := &bot.Form{Name: "benefit.import", Title: w.T("benefit.import"), Submit: w.T("benefit.import.try"), Close: w.T("form.close"),
		Intro: []bot.Block{bot.Paragraph{Inlines: []bot.Inline{bot.Text(w.T("benefit.import.how", "most", strconv.Itoa(benefit.MaxImport)))}}}}
	if o.d.Files != nil {
		form.Fields = append(form.Fields, bot.FormField{Name: "file", Kind: bot.FieldFile, Label: w.T("benefit.import.file"), Types: sheetTypes(), Optional: true})
	}
	form.Fields = append(form.Fields, bot.FormField{Name: "text", Kind: bot.FieldText, Label: w.T("benefit.import.text"), Hint: w.T("benefit.import.text.hint"), Optional: true, Max: maxRegisterPaste})
	return bot.Outcome{Reply: bot.Reply{Form: form}}, nil
}

func (o registrar) checkImport(_ context.Context, r bot.Request) (map[string]string, error) {
	for _, f := range r.Files {
		switch {
		case !slices.Contains(sheetTypes(), fileEnding(f.Name)):
			return map[string]string{"file": "sheet.fault.type"}, nil
		case f.Size > maxRegisterFile:
			return map[string]string{"file": "sheet.fault.size"}, nil
		}
	}
	if len(r.Files) == 0 && strings.TrimSpace(r.Values["text"]) == "" {
		return map[string]string{"text": "benefit.import.nothing"}, nil
	}
	return nil, nil
}

// grid reads the table that was handed over.
func (o registrar) grid(ctx context.Context, r bot.Request) (Grid, error) {
	name, data := "table.csv", []byte(r.Values["text"])
	if len(r.Files) > 0 {
		if o.d.Files == nil {
			return Grid{}, bot.User("benefit.import.unset")
		}
		var err error
		if name, data, err = o.d.Files.Fetch(ctx, r.Files[0].ID, maxRegisterFile); err != nil {
			return Grid{}, fetched(err, r.Files[0].Name)
		}
	}
	grids, err := o.d.Sheets.Read(name, data, benefit.MaxImport)
	name = clip(oneLine(name), 60)
	switch {
	case errors.Is(err, ErrSheetLarge):
		return Grid{}, bot.User("benefit.import.large", "most", strconv.Itoa(benefit.MaxImport)).Because(err)
	case errors.Is(err, ErrSheetText):
		return Grid{}, bot.User("sheet.no.text", "name", name).Because(err)
	case errors.Is(err, ErrSheetFormat):
		return Grid{}, bot.User("sheet.no.format", "name", name).Because(err)
	case err != nil:
		return Grid{}, err
	}
	for _, g := range grids {
		if columns, _ := o.columnsOf(g.Header); slices.Contains(columns, benefit.ColumnKind) && len(g.Rows) > 0 {
			return g, nil
		}
	}
	return Grid{}, bot.User("benefit.import.header", "kind", columnTitle(o.d.words(r), benefit.ColumnKind), "name", columnTitle(o.d.words(r), benefit.FieldName))
}

// tryImport reads a table and shows line by line what would come of it. Nothing
// is written to the register.
func (o registrar) tryImport(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	if o.d.Sheets == nil {
		return bot.Outcome{}, bot.User("benefit.import.unset")
	}
	if faults, _ := o.checkImport(ctx, r); len(faults) > 0 {
		return bot.Outcome{}, bot.User("benefit.import.nothing")
	}
	g, err := o.grid(ctx, r)
	if err != nil {
		return bot.Outcome{}, err
	}
	there, err := o.d.Register.Book.Benefits(ctx, team(r), r.Actor.Account)
	if err != nil {
		return bot.Outcome{}, err
	}
	columns, unknown := o.columnsOf(g.Header)
	lines := o.reader().Table(o.d.Register.Policy, columns, g.Rows, g.Lines, there)
	draft := benefit.Draft{Team: team(r), Account: r.Actor.Account, ID: questionID(r), Person: r.Person, At: o.d.Now()}
	text := 0
	for _, l := range lines {
		if l.OK() {
			draft.Rows = append(draft.Rows, l.Row)
			text += textOf(l.Row)
		}
	}
	if text > maxDraftText {
		return bot.Outcome{}, bot.User("benefit.import.large", "most", strconv.Itoa(benefit.MaxImport))
	}
	return bot.Outcome{Apply: func(tx bot.Tx) (bot.Reply, error) {
		if len(draft.Rows) > 0 {
			if err := o.d.Register.Book.PutDraft(tx, draft); err != nil {
				return bot.Reply{}, err
			}
		}
		return o.tried(r, draft, lines, g.Bad, unknown), nil
	}}, nil
}

func textOf(b benefit.Benefit) (n int) {
	for _, v := range b.Values {
		n += len(v)
	}
	for _, e := range b.Evidence {
		n += len(e.URL)
	}
	for _, c := range b.History {
		n += len(c.To)
	}
	return n
}

// triedShown is how many lines the answer to a dry run shows; all of them are in
// the file beside it.
const triedShown = 25

func (o registrar) tried(r bot.Request, draft benefit.Draft, lines []benefit.TableRow, bad []int, unknown []string) bot.Reply {
	w := o.d.words(r)
	table := bot.Table{Columns: []bot.Column{{Title: w.T("benefit.import.line"), Numeric: true}, {Title: w.T("benefit.col.kind")}, {Title: w.T("benefit.col.name")}, {Title: w.T("benefit.import.result")}}}
	for _, l := range lines {
		table.Rows = append(table.Rows, o.result(r, l))
	}
	for _, line := range bad {
		table.Rows = append(table.Rows, []string{strconv.Itoa(line), "", "", w.T("benefit.import.unreadable")})
	}
	all := Sheet{Name: w.T("benefit.import.result"), Rows: table.Rows}
	for _, c := range table.Columns {
		all.Header = append(all.Header, c.Title)
	}
	blocks := []bot.Block{bot.Heading{Text: w.T("benefit.import.tried", "good", strconv.Itoa(len(draft.Rows)), "bad", strconv.Itoa(len(table.Rows)-len(draft.Rows)))}}
	if len(unknown) > 0 {
		blocks = append(blocks, warning(w.T("benefit.import.unknown", "columns", strings.Join(unknown, w.T("benefit.and")))))
	}
	reply := bot.Reply{Private: true}
	if len(table.Rows) > triedShown {
		if data, err := o.d.Sheets.XLSX(all); err == nil {
			reply.Files = []bot.File{{Name: "benefits-check.xlsx", Title: all.Name, Kind: xlsxKind, Data: data}}
		}
		blocks = append(blocks, bot.Note{Inlines: []bot.Inline{bot.Text(w.T("benefit.import.more", "shown", strconv.Itoa(triedShown), "count", strconv.Itoa(len(table.Rows))))}})
		table.Rows = table.Rows[:triedShown]
	}
	blocks = append(blocks, table, bot.Note{Inlines: []bot.Inline{bot.Text(w.T("benefit.import.nothing_yet"))}})
	var items []bot.Button
	if len(draft.Rows) > 0 {
		items = append(items, o.takeButton(r, draft))
	}
	reply.Blocks = append(blocks, bot.Buttons{Items: append(items, bot.Button{Action: "benefit.import", Text: w.T("benefit.import.again")})})
	return reply
}

// takeButton writes the next lines of a table that was looked at.
func (o registrar) takeButton(r bot.Request, d benefit.Draft) bot.Button {
	n := min(len(d.Rows)-d.Taken, benefit.ImportStep)
	return bot.Button{Action: "benefit.take", Text: o.d.words(r).T("benefit.import.take", "count", strconv.Itoa(n)), Value: d.ID + "|" + strconv.Itoa(d.Taken), Style: bot.StylePrimary}
}

// result is what would come of one line.
func (o registrar) result(r bot.Request, l benefit.TableRow) []string {
	w := o.d.words(r)
	p := o.page(r, l.Row)
	row := []string{strconv.Itoa(l.At), "", clip(l.Row.Name(), 24), ""}
	if p.rule.Kind != "" {
		row[1] = shortKind(w.Tag() == lang.English, p.rule)
	}
	var said []string
	switch {
	case len(l.Faults) > 0:
		for _, column := range o.registerColumns() {
			if fault := l.Faults[column]; fault != "" {
				said = append(said, columnTitle(w, column)+w.T("benefit.colon")+w.T(string(fault)))
			}
		}
		row[3] = "❌ " + strings.Join(said, " ")
	case l.Same != "":
		row[3] = "❌ " + w.T("benefit.import.same", "id", l.Same)
	case l.Twice != 0:
		row[3] = "❌ " + w.T("benefit.import.twice", "line", strconv.Itoa(l.Twice))
	default:
		said = append(said, p.state(l.Row.State))
		l.Row.Since = o.d.Now()
		if d, has := p.rule.Next(l.Row, o.d.Register.Calendar, o.d.deskZone()); has {
			said = append(said, inLang(w, d.Rule.Subject)+w.T("benefit.colon")+date(w, d.Day), left(w, d.Day, o.today()))
		}
		row[3] = "✅ " + strings.Join(said, w.T("benefit.comma"))
	}
	return row
}
