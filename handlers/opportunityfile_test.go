package handlers_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"partnerdesk/bot"
	"partnerdesk/data/sheet"
	"partnerdesk/handlers"
)

// tables writes sheets as the program does.
type tables struct{ broken bool }

func (t tables) XLSX(list ...handlers.Sheet) ([]byte, error) {
	if t.broken {
		return nil, errors.New("no table today")
	}
	var all []sheet.Table
	for _, s := range list {
		all = append(all, sheet.Table{Name: s.Name, Header: s.Header, Rows: s.Rows})
	}
	var out bytes.Buffer
	err := sheet.WriteXLSX(&out, all...)
	return out.Bytes(), err
}

func (t tables) CSV(s handlers.Sheet) ([]byte, error) {
	var out bytes.Buffer
	err := sheet.WriteCSV(&out, sheet.Table{Header: s.Header, Rows: s.Rows})
	return out.Bytes(), err
}

func (t tables) Read(name string, data []byte, rows int) ([]handlers.Grid, error) {
	list, err := sheet.Read(name, bytes.NewReader(data), sheet.Options{Limits: sheet.Limits{Rows: rows}})
	switch {
	case errors.Is(err, sheet.ErrTooLarge):
		return nil, handlers.ErrSheetLarge
	case errors.Is(err, sheet.ErrBinary):
		return nil, handlers.ErrSheetText
	case err != nil:
		return nil, handlers.ErrSheetFormat
	}
	var grids []handlers.Grid
	for _, one := range list {
		g := handlers.Grid{Header: one.Header, Rows: one.Rows}
		if len(one.Lines) > 0 {
			g.Lines = one.Lines[1:]
		}
		for _, p := range one.Problems {
			g.Bad = append(g.Bad, p.Line)
		}
		grids = append(grids, g)
	}
	return grids, nil
}

// files are the files that went out, and to whom.
func (o *office) files() (list []bot.Pending) {
	for _, p := range o.sent {
		if p.File != nil {
			list = append(list, p)
		}
	}
	return list
}

// The table holds what the words hold, in the same order, and goes to the owner
// alone.
func TestOpportunity_TableOfTheHandOver(t *testing.T) {
	o := newOffice(t)
	id := o.shared(staff)
	sent := o.files()
	if len(sent) != 1 || sent[0].To.Kind != bot.TargetPerson || sent[0].To.Person.User != staff || sent[0].File.Name != id+".xlsx" {
		t.Fatalf("sent %+v, want one table to the owner", sent)
	}
	read, err := sheet.ReadXLSX(bytes.NewReader(sent[0].File.Data), sheet.Options{})
	check(t, err)
	if len(read) != 2 || len(read[0].Rows) != len(o.deps.Policy.Fields) || len(read[1].Rows) != len(o.deps.Policy.Rules)+1 {
		t.Fatalf("got %+v", read)
	}
	text := o.click(staff, "opportunity.package", id)
	from := 0
	for _, row := range read[0].Rows {
		if len(row) < 3 || row[2] == "" {
			continue
		}
		i := strings.Index(text[from:], row[2])
		if i < 0 {
			t.Errorf("%q is not in the words, or not in this order", row[2])
			continue
		}
		from += i
	}
	if n := len(o.files()); n != 2 {
		t.Errorf("asked for again there are %d tables, want 2", n)
	}
	o.click(rival, "opportunity.package", id)
	if n := len(o.files()); n != 2 {
		t.Error("a rival's click made a table")
	}
}

// Without a table the words are complete all the same.
func TestOpportunity_WordsWithoutTable(t *testing.T) {
	o := newOffice(t)
	o.deps.Sheets = tables{broken: true}
	id := o.shared(staff)
	wantSaid(t, o.click(staff, "opportunity.package", id), "13812345678")
	wantSaid(t, o.click(staff, "opportunity.package", id), "表格没有生成")
	if n := len(o.files()); n != 0 {
		t.Errorf("%d tables", n)
	}
}
