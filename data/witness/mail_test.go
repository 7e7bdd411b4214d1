package witness_test

import (
	"errors"
	"io"
	"strings"
	"testing"

	"partnerdesk/data/witness"
)

func TestLines(t *testing.T) {
	const head = "From: a@b.cn\r\nSubject: x\r\nMIME-Version: 1.0\r\n"
	cases := []struct{ name, in, want string }{
		{"a file of seals", "{\"body\":1}\n{\"body\":2}\n", "{\"body\":1}\n{\"body\":2}\n"},
		{"an empty file", "", ""},
		{"a mail", head + "Content-Type: multipart/mixed; boundary=b1\r\n\r\n--b1\r\nContent-Type: multipart/alternative; boundary=b2\r\n\r\n--b2\r\nContent-Type: text/plain\r\n\r\n{\"no\":1}\r\n--b2--\r\n" +
			"--b1\r\nContent-Type: application/jsonl; name=\"seal-3.jsonl\"\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=\"seal-3.jsonl\"\r\n\r\neyJib2R5Ijoz\r\nfQo=\r\n--b1--\r\n", "{\"body\":3}\n"},
		{"quoted", head + "Content-Type: application/jsonl; name=s.jsonl\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n{\"body\"=3A4}\r\n", "{\"body\":4}\r\n"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r, err := witness.Lines(strings.NewReader(c.in))
			if err != nil {
				t.Fatal(err)
			}
			if got, err := io.ReadAll(r); err != nil || string(got) != c.want {
				t.Errorf("got %q, %v, want %q", got, err, c.want)
			}
		})
	}
}

func TestLines_Faults(t *testing.T) {
	for name, in := range map[string]string{
		"no mail":            "PK\x03\x04 something else",
		"a mail without":     "From: a@b.cn\r\n\r\nhello\r\n",
		"a mail that is cut": "Content-Type: multipart/mixed; boundary=b1\r\n\r\n--b1\r\nContent-Type: text/plain\r\n\r\nx",
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := witness.Lines(strings.NewReader(in)); err == nil {
				t.Error("read")
			}
		})
	}
	if _, err := witness.Lines(strings.NewReader("From: a@b.cn\r\n\r\nhello\r\n")); !errors.Is(err, witness.ErrNoSeals) {
		t.Errorf("got %v", err)
	}
}
