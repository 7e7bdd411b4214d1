package sheet

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
)

// ReadCSV reads a CSV file. Comma, semicolon and tab are recognised as separators, UTF-8 (with or without mark), UTF-16
// with a mark and GB18030 as encodings.
func ReadCSV(r io.Reader, o Options) (Table, error) {
	l := o.Limits.filled()
	data, err := all(r, l.Bytes)
	if err != nil {
		return Table{}, fmt.Errorf("read csv: %w", err)
	}
	s, enc, err := Decode(data)
	if err != nil {
		return Table{}, fmt.Errorf("read csv: %w", err)
	}
	t := Table{Encoding: enc}
	c := csv.NewReader(strings.NewReader(s))
	c.Comma = separator(s)
	c.FieldsPerRecord = -1
	c.LazyQuotes = true
	for {
		row, err := c.Read()
		if errors.Is(err, io.EOF) {
			return t, nil
		}
		if fault, ok := errors.AsType[*csv.ParseError](err); ok {
			t.Problems = append(t.Problems, Problem{fault.Line, fault.Err})
			continue
		}
		if err != nil {
			return Table{}, fmt.Errorf("read csv: %w", err)
		}
		line, _ := c.FieldPos(0)
		if err := t.add(row, line, l); err != nil {
			return Table{}, fmt.Errorf("read csv: %w", err)
		}
	}
}

// separator is the sign that stands most often in the first line, outside quotes.
func separator(s string) rune {
	counts := map[rune]int{}
	quoted := false
	for _, r := range s {
		if r == '"' {
			quoted = !quoted
		}
		if quoted {
			continue
		}
		if r == '\n' && len(counts) > 0 {
			break
		}
		if r == ',' || r == ';' || r == '\t' {
			counts[r]++
		}
	}
	best := ','
	for _, r := range [...]rune{'\t', ';'} {
		if counts[r] > counts[best] {
			best = r
		}
	}
	return best
}

// WriteCSV writes a table as UTF-8 with a byte order mark, without which Excel shows Chinese as garbage. Every cell goes
// through [Guard].
func WriteCSV(w io.Writer, t Table) error {
	if _, err := io.WriteString(w, "\uFEFF"); err != nil {
		return fmt.Errorf("write csv: %w", err)
	}
	c := csv.NewWriter(w)
	for _, row := range t.all() {
		if err := c.Write(guarded(row)); err != nil {
			return fmt.Errorf("write csv: %w", err)
		}
	}
	c.Flush()
	if err := c.Error(); err != nil {
		return fmt.Errorf("write csv: %w", err)
	}
	return nil
}

// all returns the header and the rows.
func (t Table) all() [][]string {
	if t.Header == nil {
		return t.Rows
	}
	return append([][]string{t.Header}, t.Rows...)
}

func guarded(row []string) []string {
	out := make([]string, len(row))
	for i, c := range row {
		out[i] = Guard(c)
	}
	return out
}
