package slacksim_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"partnerdesk/bot/slacksim"
)

// offer asks for an upload address and returns its path and the file's id.
func (b *bench) offer(name string, length int) (path, id string) {
	b.t.Helper()
	out := b.call("files.getUploadURLExternal", obj{"filename": name, "length": length})
	b.want(out, "")
	path, _ = strings.CutPrefix(out["upload_url"].(string), "http://localhost")
	return path, out["file_id"].(string)
}

// put sends bytes without any token.
func (b *bench) put(path, ctype string, data []byte) int {
	b.t.Helper()
	r := httptest.NewRequest(http.MethodPost, path, bytes.NewReader(data))
	r.Header.Set("Content-Type", ctype)
	rec := httptest.NewRecorder()
	b.h.ServeHTTP(rec, r)
	return rec.Code
}

func (b *bench) fetch(path string) *httptest.ResponseRecorder {
	rec := httptest.NewRecorder()
	b.h.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, path, nil))
	return rec
}

func complete(id string, more obj) obj {
	args := obj{"files": list{obj{"id": id, "title": "Prices"}}, "channel_id": "C0SALES", "initial_comment": "as promised"}
	for k, v := range more {
		args[k] = v
	}
	return args
}

func TestFiles_ThreeSteps(t *testing.T) {
	b := newBench(t, nil)
	path, id := b.offer("prices.csv", 5)
	if _, shared := b.ws.File(id); shared {
		t.Error("a file that was only announced can be read")
	}
	b.want(b.call("files.completeUploadExternal", complete(id, nil)), "file_not_found") // nothing in it yet
	if code := b.put(path, "application/octet-stream", []byte("a,b")); code != http.StatusBadRequest {
		t.Errorf("too few bytes: %d, want 400", code)
	}
	if code := b.put(path, "application/octet-stream", []byte("a,b\n1")); code != http.StatusOK {
		t.Errorf("upload: %d, want 200", code)
	}
	if code := b.put(path, "application/octet-stream", []byte("a,b\n2")); code != http.StatusOK {
		t.Errorf("again: %d, want 200", code)
	}
	b.want(b.call("files.completeUploadExternal", complete(id, nil)), "")
	if code := b.put(path, "application/octet-stream", []byte("a,b\n3")); code != http.StatusNotFound {
		t.Errorf("after completion: %d, want 404", code)
	}
	got := b.ws.Person("Alice").Test(t).In("#sales").Reads()
	if len(got) != 1 || len(got[0].Files) != 1 || !got[0].Has("as promised", "Prices", "prices.csv") {
		t.Fatalf("Alice sees %+v, want the file", got)
	}
	page := b.fetch("/?who=U0ALICE&at=C0SALES").Body.String()
	if !strings.Contains(page, got[0].Files[0].Path) || !strings.Contains(page, "Download") {
		t.Error("the page offers no download")
	}
	rec := b.fetch(got[0].Files[0].Path)
	if rec.Body.String() != "a,b\n2" || !strings.HasPrefix(rec.Header().Get("Content-Disposition"), "attachment") {
		t.Errorf("downloaded %q, %v", rec.Body, rec.Header())
	}
	out := b.call("conversations.history", obj{"channel": "C0SALES"})
	if f := out["messages"].(list)[0].(obj)["files"].(list)[0].(obj); f["id"] != id {
		t.Errorf("history shows %v, want the file", f)
	}
}

func TestFiles_AsAForm(t *testing.T) {
	b := newBench(t, nil)
	path, id := b.offer("a.txt", 2)
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("file", "a.txt")
	if err == nil {
		_, err = part.Write([]byte("hi"))
	}
	if err == nil {
		err = form.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	if code := b.put(path, form.FormDataContentType(), body.Bytes()); code != http.StatusOK {
		t.Fatalf("upload: %d", code)
	}
	b.want(b.call("files.completeUploadExternal", obj{"files": `[{"id":"` + id + `"}]`}), "") // shared with nobody
	if data, ok := b.ws.File(id); !ok || string(data) != "hi" {
		t.Errorf("file holds %q, %v", data, ok)
	}
}

func TestFiles_Refusals(t *testing.T) {
	b := newBench(t, nil)
	b.want(b.call("files.getUploadURLExternal", obj{"length": 5}), "invalid_arguments")
	b.want(b.call("files.getUploadURLExternal", obj{"filename": "a.csv"}), "invalid_arguments")
	b.want(b.call("files.getUploadURLExternal", obj{"filename": "../a.csv", "length": 1}), "invalid_arguments")
	if code := b.put("/upload/v1/guessed", "text/plain", []byte("x")); code != http.StatusNotFound {
		t.Errorf("an address nobody gave out: %d, want 404", code)
	}
	path, id := b.offer("a.csv", 1)
	if code := b.put(path, "text/plain", []byte("x")); code != http.StatusOK {
		t.Fatalf("upload: %d", code)
	}
	for name, c := range map[string]struct {
		args obj
		want string
	}{
		"no files":               {obj{"channel_id": "C0SALES"}, "invalid_arguments"},
		"unknown file":           {complete("F0NOSUCH", nil), "file_not_found"},
		"unknown channel":        {complete(id, obj{"channel_id": "C0NOSUCH"}), "channel_not_found"},
		"a channel by name":      {complete(id, obj{"channel_id": "#sales"}), "channel_not_found"},
		"not in the channel":     {complete(id, obj{"channel_id": "C0QUIET"}), "not_in_channel"},
		"unknown thread":         {complete(id, obj{"thread_ts": "1.000001"}), "thread_not_found"},
		"a thread of no channel": {complete(id, obj{"channel_id": "", "thread_ts": "1.000001"}), "invalid_channel"},
	} {
		t.Run(name, func(t *testing.T) { b.want(b.call("files.completeUploadExternal", c.args), c.want) })
	}
	if code := b.fetch("/files/" + id + "/a.csv").Code; code != http.StatusNotFound {
		t.Errorf("a file nobody shared: %d, want 404", code)
	}
	few := newBench(t, func(o *slacksim.Options) { o.App.Scopes = []string{"chat:write"} })
	few.want(few.call("files.getUploadURLExternal", obj{"filename": "a.csv", "length": 1}), "missing_scope")
	few.want(few.call("files.completeUploadExternal", complete("F1", nil)), "missing_scope")
}

// A person's file reaches the app by its id, and its bytes only with the token.
func TestFiles_FromAPerson(t *testing.T) {
	b := newBench(t, nil)
	id, err := b.ws.Person("U0LILEI").Upload("名单.csv", []byte("a,b\n1,2\n"))
	if err != nil {
		t.Fatal(err)
	}
	info := b.call("files.info", obj{"file": id})
	b.want(info, "")
	f := info["file"].(obj)
	where, _ := strings.CutPrefix(f["url_private_download"].(string), "http://localhost")
	if got := b.fetch(where); got.Code != http.StatusFound {
		t.Errorf("without a token: %d", got.Code)
	}
	b.want(b.call("files.info", obj{"file": "F404"}), "file_not_found")
}
