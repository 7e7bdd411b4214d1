package sheet_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"

	"partnerdesk/data/sheet"
)

var table = sheet.Table{
	Name:   "客户",
	Header: []string{"名称", "备注"},
	Rows: [][]string{
		{"甲公司", "=HYPERLINK(\"http://x\")"},
		{"乙公司", "-2+3"},
		{"丙公司", "-12.50"},
		{"丁公司", "@cmd"},
		{"戊公司", "'引号"},
	},
}

func TestRoundTrip(t *testing.T) {
	for name, c := range map[string]struct {
		file  string
		write func(*bytes.Buffer) error
	}{
		"xlsx": {"a.xlsx", func(b *bytes.Buffer) error { return sheet.WriteXLSX(b, table) }},
		"csv":  {"a.csv", func(b *bytes.Buffer) error { return sheet.WriteCSV(b, table) }},
	} {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			if err := c.write(&b); err != nil {
				t.Fatal(err)
			}
			got, err := sheet.Read(c.file, &b, sheet.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if len(got) != 1 || !reflect.DeepEqual(got[0].Header, table.Header) || !reflect.DeepEqual(got[0].Rows, table.Rows) {
				t.Errorf("got %+v", got)
			}
			if got[0].Lines[1] != 2 {
				t.Errorf("first row starts at line %d, want 2", got[0].Lines[1])
			}
		})
	}
}

func TestGuard(t *testing.T) {
	for s, want := range map[string]string{
		"":         "",
		"=1+1":     "'=1+1",
		"+86 1":    "'+86 1",
		"-5":       "-5",
		"+1,000.5": "+1,000.5",
		"-5-5":     "'-5-5",
		"@x":       "'@x",
		"\tx":      "'\tx",
		"\rx":      "'\rx",
		"＝1":       "'＝1",
		"普通":       "普通",
	} {
		if got := sheet.Guard(s); got != want {
			t.Errorf("Guard(%q) = %q, want %q", s, got, want)
		}
		if got := sheet.Open(sheet.Guard(s)); got != s {
			t.Errorf("Open(Guard(%q)) = %q", s, got)
		}
	}
}

func TestReadCSV_EncodingsAndSeparators(t *testing.T) {
	text := "问题;答案\n代金券额度是什么;\"由华为云发放\n分两行\"\n"
	gb, err := simplifiedchinese.GB18030.NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	for name, in := range map[string]string{"utf-8": text, "with a mark": "\uFEFF" + text, "gb18030": gb} {
		t.Run(name, func(t *testing.T) {
			got, err := sheet.ReadCSV(strings.NewReader(in), sheet.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got.Header, []string{"问题", "答案"}) || len(got.Rows) != 1 || got.Rows[0][1] != "由华为云发放\n分两行" {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestRead_Limits(t *testing.T) {
	var book bytes.Buffer
	if err := sheet.WriteXLSX(&book, table); err != nil {
		t.Fatal(err)
	}
	var bomb bytes.Buffer
	z := zip.NewWriter(&bomb)
	w, err := z.Create("xl/workbook.xml")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(make([]byte, 64<<20)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		file string
		data []byte
		o    sheet.Options
		want error
	}{
		"too many rows":      {"a.csv", []byte("a\n1\n2\n3\n"), sheet.Options{Limits: sheet.Limits{Rows: 2}}, sheet.ErrTooLarge},
		"too many bytes":     {"a.csv", []byte("a\n1\n"), sheet.Options{Limits: sheet.Limits{Bytes: 3}}, sheet.ErrTooLarge},
		"too many book rows": {"a.xlsx", book.Bytes(), sheet.Options{Limits: sheet.Limits{Rows: 2}}, sheet.ErrTooLarge},
		"a zip bomb":         {"a.xlsx", bomb.Bytes(), sheet.Options{}, sheet.ErrTooLarge},
		"not a workbook":     {"a.xlsx", []byte("PK nothing"), sheet.Options{}, sheet.ErrFormat},
		"no such sheet":      {"a.xlsx", book.Bytes(), sheet.Options{Sheet: "别的"}, sheet.ErrNoSheet},
		"binary":             {"a.csv", []byte{0, 1, 2}, sheet.Options{}, sheet.ErrBinary},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := sheet.Read(c.file, bytes.NewReader(c.data), c.o)
			if !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

func TestReadCSV_ABigCellIsNamedAndTheRestIsRead(t *testing.T) {
	got, err := sheet.ReadCSV(strings.NewReader("a,b\n1,2\nlong-long,3\n4,5\n"), sheet.Options{Limits: sheet.Limits{Cell: 5}})
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Rows) != 2 || len(got.Problems) != 1 || got.Problems[0].Line != 3 {
		t.Errorf("got %+v", got)
	}
}

func FuzzReadCSV(f *testing.F) {
	for _, s := range []string{"", "a,b\n1,2", "\"", "a\tb\n\"x\"y\tz", "\xef\xbb\xbfa;b\n", "\xc4\xe3,\xba\xc3\n1,2", "\xff\xfea\x00,\x00"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := sheet.ReadCSV(bytes.NewReader(data), sheet.Options{})
		if err != nil {
			return
		}
		want := len(got.Rows)
		if got.Header != nil {
			want++
		}
		if len(got.Lines) != want {
			t.Errorf("%d lines for %d rows", len(got.Lines), want)
		}
	})
}

// A transaction may make a table twice and has to come to the same.
func TestWriteXLSX_SameBytes(t *testing.T) {
	var first []byte
	for range 30 {
		var b bytes.Buffer
		err := sheet.WriteXLSX(&b, sheet.Table{Name: "a", Header: []string{"x"}, Rows: [][]string{{"1"}}}, sheet.Table{Name: "b"}, sheet.Table{Name: "c"})
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = b.Bytes()
		}
		if !bytes.Equal(b.Bytes(), first) {
			t.Fatal("the same tables make other bytes")
		}
	}
	if _, err := sheet.ReadXLSX(bytes.NewReader(first), sheet.Options{}); err != nil {
		t.Error(err)
	}
}
