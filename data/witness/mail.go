package witness

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"strings"
)

// ErrNoSeals: a mail without a file of seals.
var ErrNoSeals = errors.New("the mail holds no seals")

// SealFile is the ending of the file of seals within a mail.
const SealFile = ".jsonl"

// maxMail bounds what is read of a mail, in bytes.
const maxMail = 8 << 20

// Lines returns the seals of a witness, one a line: of a file of them, or of a
// mail that carries one, as mail programs save it (.eml).
func Lines(r io.Reader) (io.Reader, error) {
	in := bufio.NewReader(r)
	first, err := in.Peek(1)
	if errors.Is(err, io.EOF) || err == nil && (first[0] == '{' || first[0] == '\n') {
		return in, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read witness: %w", err)
	}
	m, err := mail.ReadMessage(io.LimitReader(in, maxMail))
	if err != nil {
		return nil, fmt.Errorf("read mail: %w", err)
	}
	var found bytes.Buffer
	if err := seals(&found, m.Header.Get("Content-Type"), m.Header.Get("Content-Transfer-Encoding"), m.Header.Get("Content-Disposition"), m.Body, 0); err != nil {
		return nil, fmt.Errorf("read mail: %w", err)
	}
	if found.Len() == 0 {
		return nil, ErrNoSeals
	}
	return &found, nil
}

// seals collects the files of seals in a part and the parts within it.
func seals(found *bytes.Buffer, kind, encoding, disposition string, body io.Reader, depth int) error {
	media, params, err := mime.ParseMediaType(kind)
	if err != nil {
		media = "text/plain"
	}
	if strings.HasPrefix(media, "multipart/") && depth < 5 {
		parts := multipart.NewReader(body, params["boundary"])
		for {
			p, err := parts.NextRawPart()
			if errors.Is(err, io.EOF) {
				return nil
			}
			if err != nil {
				return err
			}
			if err := seals(found, p.Header.Get("Content-Type"), p.Header.Get("Content-Transfer-Encoding"), p.Header.Get("Content-Disposition"), p, depth+1); err != nil {
				return err
			}
		}
	}
	name := params["name"]
	if _, p, err := mime.ParseMediaType(disposition); err == nil && p["filename"] != "" {
		name = p["filename"]
	}
	if !strings.HasSuffix(name, SealFile) {
		return nil
	}
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	}
	if _, err := found.ReadFrom(body); err != nil {
		return err
	}
	if b := found.Bytes(); len(b) > 0 && b[len(b)-1] != '\n' {
		found.WriteByte('\n')
	}
	return nil
}
