package handlers

import "errors"

// Sheets writes tables as a file that a spreadsheet program opens, and reads what
// people made with one. What a cell holds is text, and never runs as a formula.
type Sheets interface {
	XLSX(sheets ...Sheet) ([]byte, error)
	CSV(sheet Sheet) ([]byte, error)
	// Read reads the tables of an XLSX or CSV file, told apart by the ending of its
	// name, with at most rows rows each. Errors wrap [ErrSheetFormat],
	// [ErrSheetText] or [ErrSheetLarge].
	Read(name string, data []byte, rows int) ([]Grid, error)
}

// Errors of [Sheets.Read].
var (
	ErrSheetFormat = errors.New("not a table")                        // damaged, locked by a password, or something else
	ErrSheetText   = errors.New("not a text in any encoding we know") // of a CSV file
	ErrSheetLarge  = errors.New("table is larger than what is read")  // rows, columns or unpacked size
)

// Sheet is one table.
type Sheet struct {
	Name   string // at most 31 characters, none of []:*?/\
	Header []string
	Rows   [][]string
}

// Grid is one table as somebody wrote it.
type Grid struct {
	Header []string
	Rows   [][]string
	Lines  []int // of Rows, in the file, 1-based
	Bad    []int // lines that could not be read
}

// xlsxKind is the media type of an XLSX file.
const xlsxKind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
