package slacksim

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"errors"
	"io"
	"mime"
	"net/http"
	"path"
	"slices"
	"strconv"
)

// file is what an app uploads: asked for, then filled, then shared.
type file struct {
	id, name, title string
	by              string // who uploaded it; empty: the app
	length          int    // as announced
	secret          string
	data            []byte // nil until it is filled
	done            bool   // completed: its address takes nothing any more
}

// scopeFiles is what the calls of an upload need.
const scopeFiles = "files:write"

// needs refuses a call whose scope was not granted. A workspace that tells no scopes grants all.
func (c *call) needs(scope string) error {
	if has := c.opt.App.Scopes; len(has) > 0 && !slices.Contains(has, scope) {
		return refuse("missing_scope")
	}
	return nil
}

// serveUpload takes the bytes of a file at the address that files.getUploadURLExternal gave out: as they are, or as
// the first file of a form, whatever it is called there (the official clients differ). The address is all the right
// there is; it is good until the file is completed. What Slack says to the wrong length is not documented; here it is
// refused.
func (w *Workspace) serveUpload(rw http.ResponseWriter, r *http.Request) {
	data, err := uploaded(r)
	if err != nil {
		http.Error(rw, "the upload cannot be read", http.StatusBadRequest)
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	f := w.files[w.uploads[r.PathValue("secret")]]
	switch {
	case f == nil || f.done:
		http.Error(rw, "no upload goes here", http.StatusNotFound)
	case len(data) != f.length:
		http.Error(rw, "announced "+strconv.Itoa(f.length)+" bytes, got "+strconv.Itoa(len(data)), http.StatusBadRequest)
	default:
		f.data = data
		_, _ = io.WriteString(rw, "OK - "+strconv.Itoa(len(data))) // who hung up hears nothing
	}
}

func uploaded(r *http.Request) ([]byte, error) {
	r.Body = http.MaxBytesReader(nil, r.Body, maxRequest)
	if ctype, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); ctype != "multipart/form-data" {
		return io.ReadAll(r.Body)
	}
	form, err := r.MultipartReader()
	if err != nil {
		return nil, err
	}
	for {
		part, err := form.NextPart()
		if err != nil {
			return nil, err
		}
		if part.FileName() != "" {
			return io.ReadAll(part)
		}
	}
}

// SeenFile is a file under a message.
type SeenFile struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Title string `json:"title"`
	Size  int    `json:"size"`
	Path  string `json:"path"` // where it can be fetched from the workspace
}

func (f *file) seen() SeenFile {
	return SeenFile{ID: f.id, Name: f.name, Title: f.title, Size: len(f.data), Path: "/files/" + f.id + "/" + path.Base(f.name)}
}

// wireFile is a file as messages show it.
func (w *Workspace) wireFile(f *file) obj {
	return obj{"id": f.id, "name": f.name, "title": f.title, "size": len(f.data), "mimetype": mimeOf(f.name), "mode": "hosted",
		"user": cmp.Or(f.by, w.opt.App.BotUserID), "is_external": false, "url_private": w.url + f.seen().Path, "url_private_download": w.url + "/private/" + f.id + "/" + path.Base(f.name)}
}

func mimeOf(name string) string {
	switch path.Ext(name) {
	case ".xlsx":
		return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	case ".csv":
		return "text/csv"
	case ".txt":
		return "text/plain"
	}
	return "application/octet-stream"
}

// File is the content of a shared file.
func (w *Workspace) File(id string) ([]byte, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f := w.files[id]
	if f == nil || !f.done {
		return nil, false
	}
	return bytes.Clone(f.data), true
}

// download gives a shared file to a browser, to be kept and never shown.
func (w *Workspace) download(rw http.ResponseWriter, r *http.Request) {
	data, ok := w.File(r.PathValue("id"))
	if !ok {
		http.NotFound(rw, r)
		return
	}
	secureHeaders(rw)
	rw.Header().Set("Content-Type", mimeOf(r.PathValue("name")))
	rw.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": r.PathValue("name")}))
	_, _ = rw.Write(data) // a reader who left is no fault
}

// upload puts a file of a person into the workspace, as Slack's client does while a form is open or before a message is
// sent. The caller does not hold mu.
func (w *Workspace) upload(user, name string, data []byte) (string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.users[user].ID == "":
		return "", errors.New("slacksim: nobody to upload")
	case name == "" || len(data) == 0 || len(data) > limit(maxUpload).Max:
		return "", errors.New("slacksim: the file has no name, is empty or too large")
	}
	f := &file{id: w.id("F"), name: path.Base(name), title: path.Base(name), by: user, length: len(data), data: data, done: true}
	w.files[f.id] = f
	return f.id, nil
}

// Upload puts a file into the workspace and returns its id, the value of a file input.
func (p *Person) Upload(name string, data []byte) (string, error) {
	id, err := p.w.upload(p.id, name, data)
	return id, p.fail(err)
}

// Share posts a message with files where the person is, named by their ids.
func (p *Person) Share(text string, ids ...string) (string, error) {
	p.begin()
	ts, err := p.w.share(p.id, p.conv, p.thread, text, ids)
	return ts, p.fail(err)
}

// private gives a file to the app, which has to show its token; who does not is sent to a sign-in page, as Slack does.
func (w *Workspace) private(rw http.ResponseWriter, r *http.Request) {
	if has := w.opt.App.Scopes; r.Header.Get("Authorization") != "Bearer "+w.opt.App.BotToken || len(has) > 0 && !slices.Contains(has, scopeFilesRead) {
		http.Redirect(rw, r, "/?redir="+r.URL.Path, http.StatusFound)
		return
	}
	w.download(rw, r)
}

// uploadControl takes a file for order.User: order.Name, and order.Text or, for bytes, order.Base64.
func uploadControl(o order, p *Person) (any, error) {
	data := []byte(o.Text)
	if o.Base64 != "" {
		var err error
		if data, err = base64.StdEncoding.DecodeString(o.Base64); err != nil {
			return nil, err
		}
	}
	return p.Upload(o.Name, data)
}
