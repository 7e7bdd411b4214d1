package slackapp

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
)

// Why a socket of ours is ended by ourselves.
var (
	errSilent = errors.New("the socket carries nothing any more")
	errDeaf   = errors.New("what the desk causes does not come back")
)

const (
	// defaultSilence is how long a socket may carry nothing at all. Slack pings
	// every open socket well within 30 s (Slack platform sheet, section A,
	// 2026-11-20).
	defaultSilence = 25 * time.Second
	// leastSilence is the shortest silence that counts, however often Slack pings.
	leastSilence = 12 * time.Second
	// enoughPauses is how many pauses between two signs of life tell the rhythm.
	enoughPauses = 3
	// aPause is what is no pause: the parts of one message come closer together.
	aPause = time.Second
)

// line is one socket, through all its renewals by the library. Times are ours and
// monotonic: the wall clock may be set.
type line struct {
	app  *App
	stop context.CancelCauseFunc

	mu      sync.Mutex // guards what follows
	greeted time.Time  // when Slack said hello; zero: it has not
	heard   time.Time  // the last sign of life, be it a ping
}

// dialer dials for the library and watches what comes in.
func (l *line) dialer() *websocket.Dialer {
	return &websocket.Dialer{Proxy: http.ProxyFromEnvironment, HandshakeTimeout: callWithin, WriteBufferSize: 32 << 10,
		NetDialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			c, err := (&net.Dialer{Timeout: callWithin}).DialContext(ctx, network, addr)
			if err != nil {
				return nil, err
			}
			return &watched{Conn: c, line: l}, nil
		}}
}

// watched is a connection that tells of every byte.
type watched struct {
	net.Conn
	line *line
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.Conn.Read(p)
	if n > 0 {
		w.line.app.traffic.in.Add(int64(n))
		w.line.sign(time.Now())
	}
	return n, err
}

func (w *watched) Write(p []byte) (int, error) {
	n, err := w.Conn.Write(p)
	w.line.app.traffic.out.Add(int64(n))
	return n, err
}

// traffic counts the bytes of all sockets.
type traffic struct{ in, out atomic.Int64 }

// sign notes a sign of life.
func (l *line) sign(now time.Time) {
	l.mu.Lock()
	last := l.heard
	l.heard = now
	known := !l.greeted.IsZero() && !last.IsZero()
	l.mu.Unlock()
	if known {
		l.app.rhythm.pause(now.Sub(last))
	}
}

// hello notes Slack's greeting, down that the socket is being renewed or is gone.
func (l *line) hello() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.greeted = time.Now()
	l.heard = l.greeted
}

func (l *line) down() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.greeted, l.heard = time.Time{}, time.Time{}
}

// silence is how long an open socket has carried nothing; open is false for one
// that Slack has not greeted.
func (l *line) silence(now time.Time) (since time.Time, silent time.Duration, open bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.greeted, now.Sub(l.heard), !l.greeted.IsZero()
}

// rhythm learns how often Slack gives a sign of life, over all sockets.
type rhythm struct {
	mu      sync.Mutex // guards what follows
	longest time.Duration
	pauses  int
}

func (r *rhythm) pause(d time.Duration) {
	if d < aPause {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.pauses++
	r.longest = max(r.longest, d)
}

// patience is the silence from which on a socket is given up: three times the
// longest pause that living sockets have made, within bounds.
func (r *rhythm) patience(most time.Duration) time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.pauses < enoughPauses {
		return most
	}
	return min(most, max(leastSilence, 3*r.longest))
}

// watch gives up sockets that have fallen silent, until ctx ends.
func (a *App) watch(ctx context.Context) {
	t := time.NewTicker(max(min(a.o.Silence/10, time.Second), 10*time.Millisecond))
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-t.C:
			patience := a.rhythm.patience(a.o.Silence)
			for _, l := range a.openLines() {
				if _, silent, open := l.silence(now); open && silent > patience {
					a.o.Log.Warn("slack socket is silent and replaced", "for", silent.Round(time.Millisecond), "patience", patience)
					a.replace(l, errSilent, "silent")
				}
			}
		}
	}
}

// replace ends a socket; a new one takes its place.
func (a *App) replace(l *line, why error, reason string) {
	a.o.Meter.Count("socket_replacements", reason)
	l.down()
	l.stop(why)
}

// openLines are the sockets there are, greeted or not.
func (a *App) openLines() []*line {
	a.mu.Lock()
	defer a.mu.Unlock()
	list := make([]*line, 0, len(a.lines))
	for _, l := range a.lines {
		list = append(list, l)
	}
	return list
}

// Sockets says how many sockets are open, how many bytes went over all of them
// either way, and the longest silence of an open one.
func (a *App) Sockets() (open int, in, out int64, silence time.Duration) {
	now := time.Now()
	for _, l := range a.openLines() {
		if _, silent, is := l.silence(now); is {
			open++
			silence = max(silence, silent)
		}
	}
	return open, a.traffic.in.Load(), a.traffic.out.Load(), silence
}
