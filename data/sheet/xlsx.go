package sheet

import (
	"archive/zip"
	"bytes"
	"cmp"
	"fmt"
	"io"
	"slices"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
)

// parts is how many files a workbook may consist of, and ratio how far they may unpack beyond a floor of 16 MiB.
const (
	parts = 2000
	ratio = 200
	floor = 16 << 20
)

// ReadXLSX reads the sheets of a workbook in their order. Formulas are not run; the value stored beside them is read.
func ReadXLSX(r io.Reader, o Options) ([]Table, error) {
	l := o.Limits.filled()
	data, err := all(r, l.Bytes)
	if err != nil {
		return nil, fmt.Errorf("read xlsx: %w", err)
	}
	if err := unpacks(data, l); err != nil {
		return nil, fmt.Errorf("read xlsx: %w", err)
	}
	f, err := excelize.OpenReader(bytes.NewReader(data), excelize.Options{UnzipSizeLimit: l.Unpacked, UnzipXMLSizeLimit: min(l.Unpacked, 16<<20)})
	if err != nil {
		return nil, fmt.Errorf("read xlsx: %w: %w", ErrFormat, err)
	}
	defer func() { _ = f.Close() }()
	names := f.GetSheetList()
	if o.Sheet != "" {
		if !slices.Contains(names, o.Sheet) {
			return nil, fmt.Errorf("read xlsx: %w: %q", ErrNoSheet, o.Sheet)
		}
		names = []string{o.Sheet}
	}
	var out []Table
	for _, name := range names {
		t, err := one(f, name, l)
		if err != nil {
			return nil, fmt.Errorf("read xlsx: sheet %q: %w", name, err)
		}
		out = append(out, t)
	}
	return out, nil
}

func one(f *excelize.File, name string, l Limits) (Table, error) {
	t := Table{Name: name}
	rows, err := f.Rows(name)
	if err != nil {
		return t, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	defer func() { _ = rows.Close() }()
	for n := 1; rows.Next(); n++ {
		if n > 4*l.Rows { // mostly empty rows
			return t, fmt.Errorf("%w: more than %d rows", ErrTooLarge, 4*l.Rows)
		}
		row, err := rows.Columns()
		if err != nil {
			t.Problems = append(t.Problems, Problem{n, err})
			continue
		}
		if err := t.add(row, n, l); err != nil {
			return t, err
		}
	}
	if err := rows.Error(); err != nil {
		return t, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return t, nil
}

// unpacks says that data is a zip file that does not grow beyond the limits. The sizes in its directory may lie; the
// reader that unpacks counts again.
func unpacks(data []byte, l Limits) error {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrFormat, err)
	}
	if len(z.File) > parts {
		return fmt.Errorf("%w: more than %d parts", ErrTooLarge, parts)
	}
	var total uint64
	for _, f := range z.File {
		total += f.UncompressedSize64
		if f.UncompressedSize64 > uint64(l.Unpacked) || total > uint64(l.Unpacked) {
			return fmt.Errorf("%w: unpacks to more than %d bytes", ErrTooLarge, l.Unpacked)
		}
	}
	if total > floor && total/ratio > uint64(len(data)) {
		return fmt.Errorf("%w: unpacks to more than %d times its size", ErrTooLarge, ratio)
	}
	return nil
}

// WriteXLSX writes a workbook with a sheet for each table, its header frozen. Every cell is text and goes through
// [Guard]; a table without a name is called after its place. The same tables make the same bytes.
func WriteXLSX(w io.Writer, tables ...Table) error {
	f := excelize.NewFile()
	defer func() { _ = f.Close() }()
	first := f.GetSheetName(0)
	for i, t := range tables {
		name := cmp.Or(t.Name, fmt.Sprintf("Sheet%d", i+1))
		var err error
		if i == 0 {
			err = f.SetSheetName(first, name)
		} else {
			_, err = f.NewSheet(name)
		}
		if err != nil {
			return fmt.Errorf("write xlsx: sheet %q: %w", name, err)
		}
		if err := fill(f, name, t); err != nil {
			return fmt.Errorf("write xlsx: sheet %q: %w", name, err)
		}
	}
	var b bytes.Buffer
	err := f.Write(&b)
	if err == nil {
		err = ordered(w, b.Bytes())
	}
	if err != nil {
		return fmt.Errorf("write xlsx: %w", err)
	}
	return nil
}

// ordered writes a workbook again with its parts by name: the library puts those of several sheets in any order.
func ordered(w io.Writer, data []byte) error {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return err
	}
	slices.SortFunc(z.File, func(a, b *zip.File) int { return cmp.Compare(a.Name, b.Name) })
	out := zip.NewWriter(w)
	for _, part := range z.File {
		if err := out.Copy(part); err != nil {
			return err
		}
	}
	return out.Close()
}

func fill(f *excelize.File, name string, t Table) error {
	s, err := f.NewStreamWriter(name)
	if err != nil {
		return err
	}
	if t.Header != nil {
		if err := s.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
			return err
		}
	}
	for i, row := range t.all() {
		cells := make([]any, len(row))
		for j, c := range guarded(row) {
			if n := utf8.RuneCountInString(c); n > excelize.TotalCellChars {
				return fmt.Errorf("%w: row %d has a cell of %d characters", ErrTooLarge, i+1, n)
			}
			cells[j] = c
		}
		at, err := excelize.CoordinatesToCellName(1, i+1)
		if err != nil {
			return err
		}
		if err := s.SetRow(at, cells); err != nil {
			return err
		}
	}
	return s.Flush()
}
