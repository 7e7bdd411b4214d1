// Package web is the one HTTP listener of the desk. What it serves is handed in;
// it adds the two addresses by which a supervisor sees how the desk is.
package web

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// Options is what a Server needs.
type Options struct {
	Addr   string                          // host:port to listen on; port 0 picks one
	Routes map[string]http.Handler         // by http.ServeMux pattern
	Ready  func(ctx context.Context) error // why the desk cannot work yet; nil means it can
	Log    *slog.Logger                    // nil discards

	Grace time.Duration // for requests under way when it stops; zero means 10 s
}

// Server is the listener.
type Server struct {
	o        Options
	listener net.Listener
	server   *http.Server
}

// How long a client may take. Slack's deliveries are answered within 3 s; the
// rest is for slow networks.
const (
	headerWithin = 5 * time.Second
	readWithin   = 15 * time.Second
	writeWithin  = 30 * time.Second
	idleWithin   = 2 * time.Minute
	readyWithin  = 3 * time.Second
	maxHeader    = 64 << 10
)

// Listen takes the address, so that a busy one is an error before anything else
// starts. [Server.Run] serves.
func Listen(o Options) (*Server, error) {
	o.Grace = cmp.Or(o.Grace, 10*time.Second)
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	mux := http.NewServeMux()
	for pattern, h := range o.Routes {
		mux.Handle(pattern, h)
	}
	s := &Server{o: o}
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { say(w, http.StatusOK, "ok") })
	mux.HandleFunc("GET /readyz", s.ready)
	l, err := net.Listen("tcp", o.Addr)
	if err != nil {
		return nil, fmt.Errorf("listen on %q: %w", o.Addr, err)
	}
	s.listener = l
	s.server = &http.Server{
		Handler: mux, ReadHeaderTimeout: headerWithin, ReadTimeout: readWithin, WriteTimeout: writeWithin,
		IdleTimeout: idleWithin, MaxHeaderBytes: maxHeader, ErrorLog: slog.NewLogLogger(o.Log.Handler(), slog.LevelDebug),
	}
	return s, nil
}

// Addr is the address it listens on, with the port it got.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// Close gives the address up, for a server that never came to [Server.Run];
// after it there is nothing left to do.
func (s *Server) Close() error {
	err := s.listener.Close()
	if errors.Is(err, net.ErrClosed) {
		err = nil
	}
	return errors.Join(err, s.server.Close())
}

// Run serves until ctx ends, then lets the requests under way finish.
func (s *Server) Run(ctx context.Context) error {
	failed := make(chan error, 1)
	go func() { failed <- s.server.Serve(s.listener) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serve http: %w", err)
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.o.Grace)
	defer cancel()
	err := s.server.Shutdown(grace)
	if err != nil {
		err = errors.Join(fmt.Errorf("stop http: %w", err), s.server.Close())
	}
	<-failed
	return err
}

func (s *Server) ready(w http.ResponseWriter, r *http.Request) {
	if s.o.Ready != nil {
		ctx, cancel := context.WithTimeout(r.Context(), readyWithin)
		defer cancel()
		if err := s.o.Ready(ctx); err != nil {
			s.o.Log.Warn("not ready", "err", err)
			say(w, http.StatusServiceUnavailable, "not ready") // why is for the log: anybody can ask
			return
		}
	}
	say(w, http.StatusOK, "ready")
}

func say(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = fmt.Fprintln(w, text) // the client went away
}
