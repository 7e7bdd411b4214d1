package sandbox

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptrace"
)

// RoundTrip answers without a network, for tests and for one process that is
// both sides. A connection dropped before the answer is io.ErrUnexpectedEOF; one
// dropped within it ends the body with that error.
func (s *Sandbox) RoundTrip(r *http.Request) (*http.Response, error) {
	if trace := httptrace.ContextClientTrace(r.Context()); trace != nil && trace.GotConn != nil {
		trace.GotConn(httptrace.GotConnInfo{})
	}
	in := r.Clone(r.Context())
	if in.Body == nil {
		in.Body = http.NoBody
	}
	if in.Host == "" {
		in.Host = r.URL.Host
	}
	w := &writer{header: http.Header{}}
	whole := w.serve(s, in)
	if !whole && w.status == 0 {
		return nil, io.ErrUnexpectedEOF
	}
	var body io.Reader = &w.body
	if !whole {
		body = io.MultiReader(body, cutOff{})
	}
	status := w.status
	if status == 0 {
		status = http.StatusOK
	}
	return &http.Response{
		Status: http.StatusText(status), StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: w.header, Body: io.NopCloser(body), ContentLength: -1, Request: r,
	}, nil
}

// writer collects an answer in memory.
type writer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header implements http.ResponseWriter.
func (w *writer) Header() http.Header { return w.header }

// WriteHeader implements http.ResponseWriter.
func (w *writer) WriteHeader(status int) { w.status = status }

// Write implements http.ResponseWriter.
func (w *writer) Write(b []byte) (int, error) { return w.body.Write(b) }

// serve runs the handler; false means it cut the connection.
func (w *writer) serve(h http.Handler, r *http.Request) (whole bool) {
	defer func() {
		if v := recover(); v != nil && v != http.ErrAbortHandler {
			panic(v)
		}
	}()
	h.ServeHTTP(w, r)
	return true
}

// cutOff is the end of a connection that was cut.
type cutOff struct{}

// Read implements io.Reader.
func (cutOff) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }
