package importer

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode"
	"unicode/utf8"

	"partnerdesk/data/sheet"
)

// input is a file to read. name is how drafts are filed: the path below the argument it was found under.
type input struct {
	path, name string
}

// largest is the most bytes of a text file that are read.
const largest = 32 << 20

// collect lists the files of the arguments, those of a directory by name. Hidden files are left out.
func (im *run) collect(paths []string) []input {
	var out []input
	seen := map[string]bool{}
	add := func(path, name string) {
		key := path
		if abs, err := filepath.Abs(path); err == nil {
			key = abs
		}
		if !seen[key] {
			seen[key] = true
			out = append(out, input{path, filepath.ToSlash(name)})
		}
	}
	for _, root := range paths {
		info, err := os.Stat(root)
		if err != nil {
			im.failed(root, Missing, err)
			continue
		}
		if !info.IsDir() {
			add(root, filepath.Base(root))
			continue
		}
		err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				im.failed(path, Missing, err)
				return nil
			}
			hidden := strings.HasPrefix(d.Name(), ".") && path != root
			switch {
			case hidden && d.IsDir():
				return fs.SkipDir
			case hidden || !d.Type().IsRegular() && d.Type()&fs.ModeSymlink == 0 || d.IsDir():
				return nil
			}
			name, err := filepath.Rel(root, path)
			if err != nil {
				name = d.Name()
			}
			add(path, name)
			return nil
		})
		if err != nil {
			im.failed(root, Missing, err)
		}
	}
	return out
}

func (im *run) failed(path string, why Reason, err error) {
	l := Line{File: path, Outcome: Failed, Reason: why}
	if err != nil {
		l.Detail = err.Error()
	}
	im.report.add(l)
}

// read makes pieces of one file.
func (im *run) read(f input) []*piece {
	ext := strings.ToLower(filepath.Ext(f.path))
	switch ext {
	case ".xlsx", ".xlsm", ".csv", ".tsv":
		return im.readTable(f)
	case ".yaml", ".yml", ".json", ".xml", ".js", ".css", ".go", ".svg":
		im.failed(f.path, Format, nil)
		return nil
	}
	info, err := os.Stat(f.path)
	if err == nil && info.IsDir() {
		return nil // a link to a directory
	}
	if err == nil && info.Size() > largest {
		im.failed(f.path, TooLarge, nil)
		return nil
	}
	data, err := os.ReadFile(f.path)
	if err != nil {
		im.failed(f.path, Missing, err)
		return nil
	}
	return im.readText(f, ext, data)
}

func (im *run) readText(f input, ext string, data []byte) []*piece {
	text, enc, bad, why := decode(data)
	if why != "" {
		im.failed(f.path, why, nil)
		return nil
	}
	for _, n := range bad {
		im.report.add(Line{File: f.path, Line: n, Outcome: Failed, Reason: Unreadable})
	}
	file := File{Path: f.path, Encoding: string(enc)}
	var out []*piece
	switch {
	case ext == ".html" || ext == ".htm" || ext == ".xhtml" || looksLikeHTML(text):
		file.Format = "html"
		out = im.readPage(f, text, text)
	case ext == ".md" || ext == ".markdown":
		file.Format = "markdown"
		out = im.readMarkdown(f, text)
	default:
		file.Format = "listing"
		out, file.Blank = im.readListing(f, text)
		file.Blank -= len(bad)
	}
	file.Units = len(out)
	if len(out) == 0 && file.Format != "listing" {
		im.report.add(Line{File: f.path, Outcome: Dropped, Reason: NoText})
		file.Units = 1
	}
	im.report.Files = append(im.report.Files, file)
	return out
}

// decode reads a text. In a file that is UTF-8 at least in good part, lines that are not are read on their own: a character
// cut in half at either end is taken off, a line in GB18030 is converted, and what is neither is blanked and named in
// bad.
func decode(data []byte) (text string, enc sheet.Encoding, bad []int, why Reason) {
	lines := strings.Split(string(data), "\n")
	good, odd := 0, 0
	for _, l := range lines {
		switch {
		case !utf8.ValidString(l) || strings.ContainsRune(l, 0):
			odd++
		case len(l) >= 12+utf8.RuneCountInString(l): // six characters of three bytes are UTF-8 by no accident
			good++
		}
	}
	if odd > 0 && 4*good >= odd {
		for i, l := range lines {
			s, ok := line(l)
			if !ok {
				bad = append(bad, i+1)
			}
			lines[i] = s
		}
		text, enc = strings.Join(lines, "\n"), sheet.UTF8
		text = strings.TrimPrefix(text, "\uFEFF")
	} else {
		var err error
		if text, enc, err = sheet.Decode(data); err != nil {
			return "", enc, nil, Binary
		}
	}
	return strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n"), enc, bad, ""
}

// line reads one line of a UTF-8 file.
func line(l string) (string, bool) {
	if strings.ContainsRune(l, 0) {
		return "", false
	}
	if utf8.ValidString(l) {
		return l, true
	}
	s := l
	for range 3 { // bytes of a character cut in half
		if s != "" && !utf8.RuneStart(s[0]) {
			s = s[1:]
		}
	}
	for range 3 {
		if r, n := utf8.DecodeLastRuneInString(s); r == utf8.RuneError && n == 1 {
			s = s[:len(s)-1]
		}
	}
	if utf8.ValidString(s) {
		return s, true
	}
	s, _, err := sheet.Decode([]byte(l))
	if err != nil {
		return "", false
	}
	for _, r := range s {
		if r > 0x7f && !unicode.Is(unicode.Han, r) && !unicode.IsPunct(r) {
			return "", false
		}
	}
	return s, true
}

func looksLikeHTML(s string) bool {
	head := strings.ToLower(begin(strings.TrimSpace(s), 400))
	return strings.HasPrefix(head, "<!doctype html") || strings.HasPrefix(head, "<html") || strings.Contains(head, "<body") || strings.Contains(head, "<head>")
}
