package slacksim

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"strings"
	"time"
)

// web holds the page: templates, style, script and words.
//
//go:embed web
var web embed.FS

// where is what a browser shows: who looks, at which conversation, with which thread open. It travels in the
// address, so that two tabs can be two people.
type where struct{ who, at, thread, tab string }

func whereOf(r *http.Request) where {
	q := r.URL.Query()
	return where{who: q.Get("who"), at: q.Get("at"), thread: q.Get("thread"), tab: q.Get("tab")}
}

// pageMux serves the page for people. Everything it shows is escaped by html/template; the script is ours alone.
func (w *Workspace) pageMux() http.Handler {
	tmpl := template.Must(template.New("page").Funcs(template.FuncMap{"dict": dict}).ParseFS(web, "web/*.html"))
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(rw http.ResponseWriter, r *http.Request) {
		at := whereOf(r)
		w.mu.Lock()
		p, ok := w.page(at)
		var out bytes.Buffer
		name := "people"
		if ok {
			name = "page"
		}
		err := tmpl.ExecuteTemplate(&out, name, p)
		w.mu.Unlock()
		if err != nil {
			w.log.Error("page", "error", err)
			http.Error(rw, "the page could not be drawn", http.StatusInternalServerError)
			return
		}
		secureHeaders(rw)
		rw.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = rw.Write(out.Bytes()) // a reader who left is no fault
	})
	mux.HandleFunc("GET /page/parts", func(rw http.ResponseWriter, r *http.Request) {
		at := whereOf(r)
		w.mu.Lock()
		p, ok := w.page(at)
		parts := obj{"version": w.version}
		var err error
		for _, name := range []string{"sidebar", "header", "main", "thread", "modal"} {
			var out bytes.Buffer
			if ok && err == nil {
				err = tmpl.ExecuteTemplate(&out, name, p)
			}
			parts[name] = out.String()
		}
		parts["title"] = p.DocTitle
		w.mu.Unlock()
		if err != nil || !ok {
			writeJSON(rw, http.StatusNotFound, obj{"ok": false})
			return
		}
		writeJSON(rw, http.StatusOK, parts)
	})
	mux.HandleFunc("GET /page/live", w.live)
	mux.HandleFunc("POST /page/act", w.pageAct)
	mux.HandleFunc("GET /files/{id}/{name}", w.download)
	mux.HandleFunc("GET /archives/{channel}/{ts}", w.followPermalink)
	mux.HandleFunc("GET /web/{file}", func(rw http.ResponseWriter, r *http.Request) {
		name := r.PathValue("file")
		if !strings.HasSuffix(name, ".css") && !strings.HasSuffix(name, ".js") {
			http.NotFound(rw, r)
			return
		}
		secureHeaders(rw)
		http.ServeFileFS(rw, r, web, "web/"+name)
	})
	return mux
}

func secureHeaders(rw http.ResponseWriter) {
	h := rw.Header()
	h.Set("Content-Security-Policy", "default-src 'self'; img-src 'self' https: data:; style-src 'self'; script-src 'self'; frame-ancestors 'none'; base-uri 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
}

// dict lets a template hand several values to another.
func dict(pairs ...any) map[string]any {
	m := map[string]any{}
	for i := 0; i+1 < len(pairs); i += 2 {
		m[fmt.Sprint(pairs[i])] = pairs[i+1]
	}
	return m
}

// live tells a browser whenever the world has changed (server-sent events), and now and then that it is alive.
func (w *Workspace) live(rw http.ResponseWriter, r *http.Request) {
	flush, ok := rw.(http.Flusher)
	if !ok {
		http.Error(rw, "no streaming", http.StatusNotImplemented)
		return
	}
	rw.Header().Set("Content-Type", "text/event-stream")
	rw.Header().Set("Cache-Control", "no-store")
	beat := time.NewTicker(15 * time.Second)
	defer beat.Stop()
	for {
		w.mu.Lock()
		v, changed := w.version, w.changed
		w.mu.Unlock()
		if _, err := fmt.Fprintf(rw, "data: %d\n\n", v); err != nil {
			return
		}
		flush.Flush()
		select {
		case <-changed:
		case <-beat.C:
		case <-r.Context().Done():
			return
		case <-w.ctx.Done():
			return
		}
	}
}

// followPermalink leads from chat.getPermalink's address to the page, as the first person who sees the message.
func (w *Workspace) followPermalink(rw http.ResponseWriter, r *http.Request) {
	id, p := r.PathValue("channel"), strings.TrimPrefix(r.PathValue("ts"), "p")
	w.mu.Lock()
	target := "/"
	if c := w.convs[id]; c != nil {
		for _, m := range c.members {
			if u := w.users[m]; !u.Bot && !u.Deleted {
				target = "/?who=" + m + "&at=" + id
				break
			}
		}
		if th := r.URL.Query().Get("thread_ts"); c.find(th) != nil {
			target += "&thread=" + th
		}
	}
	w.mu.Unlock()
	http.Redirect(rw, r, target+"#m"+p, http.StatusSeeOther)
}
