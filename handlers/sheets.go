package handlers

// Sheets writes tables as a file that a spreadsheet program opens. What a cell
// holds is text, and never runs as a formula.
type Sheets interface {
	XLSX(sheets ...Sheet) ([]byte, error)
}

// Sheet is one table.
type Sheet struct {
	Name   string // at most 31 characters, none of []:*?/\
	Header []string
	Rows   [][]string
}

// xlsxKind is the media type of an XLSX file.
const xlsxKind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
