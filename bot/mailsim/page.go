package mailsim

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"html/template"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/http"
	"net/mail"
	"slices"
	"strconv"
	"strings"
)

// Part is one piece of a mail, decoded.
type Part struct {
	Kind string // media type
	Name string // of a file; empty for words
	Data []byte
}

// Open reads a mail: its subject and its parts.
func (m Mail) Open() (subject string, parts []Part, err error) {
	msg, err := mail.ReadMessage(bytes.NewReader(m.Data))
	if err != nil {
		return "", nil, fmt.Errorf("open mail: %w", err)
	}
	subject, err = new(mime.WordDecoder).DecodeHeader(msg.Header.Get("Subject"))
	if err != nil {
		return "", nil, fmt.Errorf("open mail: %w", err)
	}
	err = open(&parts, msg.Header.Get("Content-Type"), msg.Header.Get("Content-Transfer-Encoding"), "", msg.Body)
	return subject, parts, err
}

func open(parts *[]Part, kind, encoding, disposition string, body io.Reader) error {
	media, params, err := mime.ParseMediaType(kind)
	if err != nil {
		return fmt.Errorf("open mail: %w", err)
	}
	if strings.HasPrefix(media, "multipart/") {
		r := multipart.NewReader(body, params["boundary"])
		for {
			p, err := r.NextRawPart()
			if errors.Is(err, io.EOF) {
				return nil
			}
			if err != nil {
				return fmt.Errorf("open mail: %w", err)
			}
			if err := open(parts, p.Header.Get("Content-Type"), p.Header.Get("Content-Transfer-Encoding"), p.Header.Get("Content-Disposition"), p); err != nil {
				return err
			}
		}
	}
	switch strings.ToLower(encoding) {
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	}
	part := Part{Kind: media}
	if _, p, err := mime.ParseMediaType(disposition); err == nil && p["filename"] != "" {
		part.Name, _ = new(mime.WordDecoder).DecodeHeader(p["filename"])
	}
	if part.Data, err = io.ReadAll(body); err != nil {
		return fmt.Errorf("open mail: %w", err)
	}
	*parts = append(*parts, part)
	return nil
}

var page = template.Must(template.New("page").Parse(`<!doctype html><html><head><meta charset="utf-8"><title>mail</title>
<style>body{font:14px/1.5 -apple-system,'PingFang SC','Microsoft YaHei',sans-serif;margin:24px;max-width:960px}td{padding:4px 12px 4px 0}iframe{width:100%;height:480px;border:1px solid #ddd}pre{background:#f6f6f6;padding:8px;overflow:auto}</style></head><body>
{{if .One}}<p><a href="./">‹</a></p><h2>{{.Subject}}</h2><p>{{.From}} → {{.To}} · {{.At}}</p>
{{range $i, $p := .Parts}}{{if $p.Name}}<p>📎 <a href="{{$.One}}/{{$i}}">{{$p.Name}}</a></p><pre>{{printf "%s" $p.Data}}</pre>{{else if eq $p.Kind "text/html"}}<iframe sandbox srcdoc="{{printf "%s" $p.Data}}"></iframe>{{else}}<pre>{{printf "%s" $p.Data}}</pre>{{end}}{{end}}
<p><a href="{{.One}}.eml">.eml</a></p>
{{else}}<h2>✉️ mailsim</h2><table>{{range .List}}<tr><td>{{.At}}</td><td>{{.To}}</td><td><a href="{{.ID}}">{{.Subject}}</a></td></tr>{{end}}</table>{{end}}
</body></html>`))

// line is a mail in the list.
type line struct{ ID, At, To, Subject string }

// Handler shows what arrived, below the path it is mounted at (with a slash at
// its end): the list, N for a mail, N/i for a part of it, N.eml as it came.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.list)
	mux.HandleFunc("GET /{id}", s.one)
	mux.HandleFunc("GET /{id}/{part}", s.part)
	return mux
}

func (s *Server) list(w http.ResponseWriter, _ *http.Request) {
	var list []line
	for i, m := range slices.Backward(s.Mails()) {
		subject, _, err := m.Open()
		if err != nil {
			subject = err.Error()
		}
		list = append(list, line{strconv.Itoa(i + 1), m.At.Format("2006-01-02 15:04:05Z"), strings.Join(m.To, ", "), subject})
	}
	_ = page.Execute(w, map[string]any{"List": list})
}

func (s *Server) find(w http.ResponseWriter, id string) (m Mail, ok bool) {
	mails := s.Mails()
	n, err := strconv.Atoi(id)
	if err != nil || n < 1 || n > len(mails) {
		http.Error(w, "no such mail", http.StatusNotFound)
		return m, false
	}
	return mails[n-1], true
}

func (s *Server) one(w http.ResponseWriter, r *http.Request) {
	id, raw := strings.CutSuffix(r.PathValue("id"), ".eml")
	m, ok := s.find(w, id)
	if !ok {
		return
	}
	if raw {
		w.Header().Set("Content-Type", "message/rfc822")
		_, _ = w.Write(m.Data)
		return
	}
	subject, parts, err := m.Open()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	_ = page.Execute(w, map[string]any{"One": id, "Subject": subject, "Parts": parts, "From": m.From, "To": strings.Join(m.To, ", "), "At": m.At.Format("2006-01-02 15:04:05Z")})
}

func (s *Server) part(w http.ResponseWriter, r *http.Request) {
	m, ok := s.find(w, r.PathValue("id"))
	if !ok {
		return
	}
	_, parts, err := m.Open()
	i, bad := strconv.Atoi(r.PathValue("part"))
	if err != nil || bad != nil || i < 0 || i >= len(parts) {
		http.Error(w, "no such part", http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": parts[i].Name}))
	_, _ = w.Write(parts[i].Data)
}
