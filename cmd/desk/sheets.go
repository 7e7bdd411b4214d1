package desk

import (
	"bytes"

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
