package desk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"syscall"

	"partnerdesk/bot"
	"partnerdesk/data/kv/bolt"
	"partnerdesk/data/store"
)

// Admin is a way to administer a data directory, whether a desk runs on it or
// not.
type Admin struct {
	client  *http.Client
	Running bool // a desk runs, and does what is asked
	close   func() error
}

// OpenAdmin reaches the running desk, or opens the files when none runs. When
// there are no files the error is a [bot.UserError]; when they cannot be used it
// is [ErrStore].
func OpenAdmin(ctx context.Context, c Config, parts Parts) (*Admin, error) {
	conn, err := dialAdmin(ctx, c.Data)
	if err == nil {
		_ = conn.Close() // only to see that somebody is there
		transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return dialAdmin(ctx, c.Data) }}
		return &Admin{Running: true, client: &http.Client{Transport: transport}, close: func() error {
			transport.CloseIdleConnections()
			return nil
		}}, nil
	}
	if errors.Is(err, fs.ErrPermission) {
		return nil, bot.User("admin.error.socket", "path", filepath.Join(c.Data, socketName)).Because(err)
	}
	if !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ECONNREFUSED) {
		return nil, fmt.Errorf("admin socket: %w", err)
	}
	o, err := openOffice(ctx, c, parts)
	if err != nil {
		return nil, err
	}
	return &Admin{client: &http.Client{Transport: direct{routes: o.routes(), who: osUser(os.Getuid())}}, close: o.db.Close}, nil
}

// openOffice opens the files of a desk that does not run.
func openOffice(ctx context.Context, c Config, parts Parts) (*office, error) {
	path := filepath.Join(c.Data, databaseName)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, bot.User("admin.error.no_store", "path", c.Data)
	}
	db, err := bolt.Open(path, bolt.Options{CompactFrom: -1, Log: parts.Log})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrStore, err)
	}
	s, err := store.View(ctx, db, store.Options{})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%w: %w", ErrStore, err), db.Close())
	}
	o := &office{db: db, store: s, poke: func() {}, path: path, log: parts.Log, now: parts.Now, policy: c.Money}
	if o.seals, err = openSealer(ctx, c, s, parts, false); err != nil {
		parts.Log.Warn("audit key not loaded", "err", err)
	}
	return o, nil
}

// Close lets go of the files, or of the desk.
func (a *Admin) Close() error { return a.close() }

// Do sends a request and returns the body of a good answer, which the caller
// closes. What went wrong comes back as a [bot.UserError].
func (a *Admin) Do(ctx context.Context, method, path string, query url.Values, keys string, body io.Reader) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, method, "http://desk"+path+"?"+query.Encode(), body)
	if err != nil {
		return nil, err
	}
	if keys != "" {
		text, err := json.Marshal(keys)
		if err != nil {
			return nil, err
		}
		r.Header.Set("X-Keys", string(text))
	}
	resp, err := a.client.Do(r)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, bot.User("admin.error.gone").Because(err)
	}
	if resp.StatusCode == http.StatusOK {
		return resp, nil
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return nil, fmt.Errorf("admin answer %s: %w", resp.Status, err)
	}
	return nil, AdminError(text)
}

// AdminError reads the JSON of an error as the socket sends it, also where it
// stands behind the last line of an answer that broke off.
func AdminError(text []byte) error {
	var e adminError
	if err := json.Unmarshal(text, &e); err != nil || e.Key == "" {
		return fmt.Errorf("admin answer %q: %w", text, err)
	}
	return bot.User(e.Key, append(e.Args, "detail", e.Detail)...)
}

// Ask sends a request and reads its answer into v; nil discards it.
func (a *Admin) Ask(ctx context.Context, method, path string, query url.Values, v any) error {
	resp, err := a.Do(ctx, method, path, query, "", nil)
	if err != nil {
		return err
	}
	return ReadAnswer(resp, v)
}

// ReadAnswer reads a JSON answer to its end.
func ReadAnswer(resp *http.Response, v any) error {
	defer func() { _ = resp.Body.Close() }()
	if v == nil {
		_, err := io.Copy(io.Discard, resp.Body)
		return err
	}
	if err := json.NewDecoder(resp.Body).Decode(v); err != nil {
		return fmt.Errorf("admin answer: %w", err)
	}
	return nil
}

// direct calls the routes within this process. The answer is streamed, so that a
// backup need not fit into memory.
type direct struct {
	routes http.Handler
	who    string
}

// RoundTrip implements [http.RoundTripper].
func (d direct) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set(byHeader, d.who)
	if r.Body == nil {
		r.Body = http.NoBody
	}
	in, out := io.Pipe()
	w := &piped{header: http.Header{}, out: out, begun: make(chan struct{})}
	go func() { // ends when the routes have answered; whoever stops reading closes the pipe
		var err error
		defer func() {
			if v := recover(); v != nil {
				err = io.ErrUnexpectedEOF
				if v != http.ErrAbortHandler {
					err = fmt.Errorf("admin request: panic: %v", v)
				}
			}
			w.WriteHeader(http.StatusOK)
			_ = out.CloseWithError(err)
		}()
		d.routes.ServeHTTP(w, r)
	}()
	select {
	case <-w.begun:
	case <-r.Context().Done():
		_ = in.CloseWithError(r.Context().Err())
		<-w.begun // the files must not be closed under it
	}
	return &http.Response{StatusCode: w.status, Status: http.StatusText(w.status), Header: w.final, Body: in, Request: r}, nil
}

// piped is a ResponseWriter into a pipe.
type piped struct {
	header http.Header
	out    *io.PipeWriter
	status int
	final  http.Header
	begun  chan struct{} // closed when status and final are set
}

func (p *piped) Header() http.Header { return p.header }

func (p *piped) WriteHeader(status int) {
	if p.status == 0 {
		p.status = status
		p.final = p.header.Clone()
		close(p.begun)
	}
}

func (p *piped) Write(b []byte) (int, error) {
	p.WriteHeader(http.StatusOK)
	return p.out.Write(b)
}

// Runs reports whether a desk runs on the data directory.
func Runs(ctx context.Context, c Config) bool {
	conn, err := dialAdmin(ctx, c.Data)
	if err != nil {
		return false
	}
	_ = conn.Close() // only to see that somebody is there
	return true
}
