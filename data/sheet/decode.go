package sheet

import (
	"bytes"
	"errors"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
)

// Encoding names how a text file was written.
type Encoding string

// The encodings that are recognised.
const (
	UTF8    Encoding = "utf-8"
	UTF16   Encoding = "utf-16"
	GB18030 Encoding = "gb18030"
)

// ErrBinary says that bytes are no text in any encoding that is recognised.
var ErrBinary = errors.New("not a text")

// Decode turns the bytes of a text file into UTF-8 without byte order mark. UTF-16 is recognised by its mark only; what
// is not UTF-8 is read as GB18030, which also reads GBK and GB2312.
func Decode(data []byte) (string, Encoding, error) {
	if rest, ok := bytes.CutPrefix(data, []byte("\xef\xbb\xbf")); ok {
		data = rest
	}
	if bytes.HasPrefix(data, []byte("\xff\xfe")) || bytes.HasPrefix(data, []byte("\xfe\xff")) {
		out, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder().Bytes(data)
		if err != nil || !readable(out) {
			return "", UTF16, ErrBinary
		}
		return string(out), UTF16, nil
	}
	if bytes.IndexByte(data, 0) >= 0 {
		return "", "", ErrBinary
	}
	if utf8.Valid(data) {
		if !readable(data) {
			return "", UTF8, ErrBinary
		}
		return string(data), UTF8, nil
	}
	out, err := simplifiedchinese.GB18030.NewDecoder().Bytes(data)
	if err != nil || bytes.ContainsRune(out, utf8.RuneError) || !readable(out) {
		return "", GB18030, ErrBinary
	}
	return string(out), GB18030, nil
}

// readable says that control characters are rare: a page has none, a stray form feed does no harm.
func readable(data []byte) bool {
	control, private, total := 0, 0, 0
	for _, r := range string(data) {
		total++
		switch {
		case r < ' ' && r != '\n' && r != '\r' && r != '\t', r >= 0x7f && r < 0xa0:
			control++
		case r >= 0xe000 && r <= 0xf8ff:
			private++
		}
	}
	return control*50 <= total && private*10 <= total
}
