package desk

import (
	"bytes"
	"errors"
	"fmt"

	"partnerdesk/data/sheet"
	"partnerdesk/handlers"
)

// sheets writes the tables of the handlers.
type sheets struct{}

var _ handlers.Sheets = sheets{}

// XLSX implements [handlers.Sheets].
func (sheets) XLSX(list ...handlers.Sheet) ([]byte, error) {
	tables := make([]sheet.Table, 0, len(list))
	for _, s := range list {
		tables = append(tables, sheet.Table{Name: s.Name, Header: s.Header, Rows: s.Rows})
	}
	var out bytes.Buffer
	if err := sheet.WriteXLSX(&out, tables...); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// CSV implements [handlers.Sheets].
func (sheets) CSV(s handlers.Sheet) ([]byte, error) {
	var out bytes.Buffer
	if err := sheet.WriteCSV(&out, sheet.Table{Header: s.Header, Rows: s.Rows}); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// Read implements [handlers.Sheets].
func (sheets) Read(name string, data []byte, rows int) ([]handlers.Grid, error) {
	tables, err := sheet.Read(name, bytes.NewReader(data), sheet.Options{Limits: sheet.Limits{Bytes: 4 << 20, Unpacked: 64 << 20, Rows: rows, Columns: 100, Cell: 8 << 10}})
	switch {
	case errors.Is(err, sheet.ErrTooLarge):
		return nil, fmt.Errorf("%w: %w", handlers.ErrSheetLarge, err)
	case errors.Is(err, sheet.ErrBinary):
		return nil, fmt.Errorf("%w: %w", handlers.ErrSheetText, err)
	case err != nil:
		return nil, fmt.Errorf("%w: %w", handlers.ErrSheetFormat, err)
	}
	var list []handlers.Grid
	for _, t := range tables {
		g := handlers.Grid{Header: t.Header, Rows: t.Rows}
		if len(t.Lines) > 0 {
			g.Lines = t.Lines[1:]
		}
		for _, p := range t.Problems {
			g.Bad = append(g.Bad, p.Line)
		}
		list = append(list, g)
	}
	return list, nil
}
