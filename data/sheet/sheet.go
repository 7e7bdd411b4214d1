// Package sheet reads and writes tables as people exchange them: XLSX and CSV files.
//
// Reading is bounded (see [Limits]), so that a small file cannot fill the memory, and goes on after a bad row, which is
// named in [Table.Problems]. Writing never makes a formula: a cell that a spreadsheet would run is written with an
// apostrophe in front, and reading takes it off again.
package sheet

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
)

// Errors of reading. They are wrapped with what was being read.
var (
	ErrTooLarge = errors.New("table is too large")
	ErrFormat   = errors.New("not a table")
	ErrNoSheet  = errors.New("no such sheet")
)

// Table is one sheet, or a whole CSV file.
type Table struct {
	Name     string     // of the sheet; empty for CSV
	Header   []string   // the first row, trimmed; nil when the table is empty
	Rows     [][]string // the rows below, short ones as they are
	Lines    []int      // where the header and then each row start in the file, 1-based: a line of CSV, a row of XLSX
	Problems []Problem  // rows that could not be read
	Encoding Encoding   // of a CSV file; empty for XLSX
}

// Problem is a row that could not be read.
type Problem struct {
	Line int // 1-based
	Err  error
}

// Limits bound what is read. Zero fields mean the default.
type Limits struct {
	Bytes    int64 // of the file; default 32 MiB
	Unpacked int64 // of all parts of an XLSX file together; default 256 MiB
	Rows     int   // of one table; default 100,000
	Columns  int   // of one row; default 256
	Cell     int   // bytes of one cell; default 131,068, four times the 32,767 characters Excel allows
}

func (l Limits) filled() Limits {
	return Limits{
		Bytes:    cmp.Or(l.Bytes, 32<<20),
		Unpacked: cmp.Or(l.Unpacked, 256<<20),
		Rows:     cmp.Or(l.Rows, 100_000),
		Columns:  cmp.Or(l.Columns, 256),
		Cell:     cmp.Or(l.Cell, 4*32_767),
	}
}

// Options say what to read. The zero value reads every sheet within the default limits.
type Options struct {
	Sheet  string // only this sheet of an XLSX file; empty means all
	Limits Limits
}

// Read reads a table file by the ending of its name: .xlsx and .xlsm are workbooks, everything else is CSV.
func Read(name string, r io.Reader, o Options) ([]Table, error) {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".xlsx", ".xlsm":
		return ReadXLSX(r, o)
	}
	t, err := ReadCSV(r, o)
	if err != nil {
		return nil, err
	}
	return []Table{t}, nil
}

// all reads r to its end, or fails when it is longer than limit.
func all(r io.Reader, limit int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("%w: more than %d bytes", ErrTooLarge, limit)
	}
	return data, nil
}

// check applies the limits to one row.
func (l Limits) check(row []string) error {
	if len(row) > l.Columns {
		return fmt.Errorf("%w: more than %d columns", ErrTooLarge, l.Columns)
	}
	for _, c := range row {
		if len(c) > l.Cell {
			return fmt.Errorf("%w: a cell has more than %d bytes", ErrTooLarge, l.Cell)
		}
	}
	return nil
}

// add takes a row in: the first one with anything in it is the header, empty ones are left out.
func (t *Table) add(row []string, line int, l Limits) error {
	empty := true
	for i, c := range row {
		row[i] = Open(strings.TrimSpace(c))
		empty = empty && row[i] == ""
	}
	if empty {
		return nil
	}
	if err := l.check(row); err != nil {
		t.Problems = append(t.Problems, Problem{line, err})
		return nil
	}
	if t.Header == nil {
		t.Header = row
		t.Lines = append(t.Lines, line)
		return nil
	}
	if len(t.Rows) >= l.Rows {
		return fmt.Errorf("%w: more than %d rows", ErrTooLarge, l.Rows)
	}
	t.Rows = append(t.Rows, row)
	t.Lines = append(t.Lines, line)
	return nil
}
