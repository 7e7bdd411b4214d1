package slacksim

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
)

// socket is one Socket Mode connection.
type socket struct {
	conn *websocket.Conn
	deaf atomic.Bool // carries nothing any more
	mute atomic.Bool // carries pings and acknowledgements, and no deliveries any more

	wmu sync.Mutex // guards writes
}

// writeWithin bounds a write to an app that stopped reading.
const writeWithin = 2 * time.Second

func (s *socket) write(v any) error {
	s.wmu.Lock()
	defer s.wmu.Unlock()
	if s.deaf.Load() || s.mute.Load() {
		return nil
	}
	if err := s.conn.SetWriteDeadline(time.Now().Add(writeWithin)); err != nil {
		return err
	}
	return s.conn.WriteJSON(v)
}

func (w *Workspace) serveSocket(rw http.ResponseWriter, r *http.Request) {
	ticket := r.URL.Query().Get("ticket")
	w.mu.Lock()
	known := w.tickets[ticket] && !w.closed
	delete(w.tickets, ticket)
	w.mu.Unlock()
	if !known {
		http.Error(rw, "this address is unknown or was used before", http.StatusForbidden)
		return
	}
	up := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }} // official clients send a foreign Origin
	conn, err := up.Upgrade(rw, r, nil)
	if err != nil {
		return
	}
	defer conn.Close()
	s := &socket{conn: conn}
	w.mu.Lock()
	if w.closed {
		w.mu.Unlock()
		return
	}
	full := len(w.sockets) >= limit(maxSockets).Max
	if !full {
		w.sockets = append(w.sockets, s)
		w.touch()
	}
	n := len(w.sockets)
	w.bg.Add(1)
	w.mu.Unlock()
	defer w.bg.Done()
	if full {
		_ = s.write(w.goodbye(limit(maxSockets).Code))
		return
	}
	hello := obj{"type": "hello", "num_connections": n, "connection_info": obj{"app_id": w.opt.App.ID},
		"debug_info": obj{"host": "slacksim", "started": w.now().UTC().Format(time.RFC3339), "build_number": 1, "approximate_connection_time": 18060}}
	if err := s.write(hello); err == nil {
		done := make(chan struct{})
		w.bg.Add(1)
		go w.pingSocket(s, done)
		w.readSocket(s)
		close(done)
	}
	w.mu.Lock()
	w.sockets = slices.DeleteFunc(w.sockets, func(x *socket) bool { return x == s })
	w.touch()
	w.mu.Unlock()
}

func (w *Workspace) goodbye(reason string) obj {
	return obj{"type": "disconnect", "reason": reason, "debug_info": obj{"host": "slacksim"}}
}

func (w *Workspace) pingSocket(s *socket, done <-chan struct{}) {
	defer w.bg.Done()
	t := time.NewTicker(w.opt.PingEvery)
	defer t.Stop()
	for {
		select {
		case <-t.C:
			if !s.deaf.Load() && s.conn.WriteControl(websocket.PingMessage, []byte("slacksim"), time.Now().Add(writeWithin)) != nil {
				return
			}
		case <-done:
			return
		}
	}
}

// readSocket takes acknowledgements until the connection ends. One for an unknown envelope is ignored, one that
// is too large is dropped in silence, as Slack does.
func (w *Workspace) readSocket(s *socket) {
	s.conn.SetReadLimit(1 << 20)
	for {
		_, raw, err := s.conn.ReadMessage()
		if err != nil {
			return
		}
		if s.deaf.Load() {
			continue
		}
		var ack struct {
			EnvelopeID string          `json:"envelope_id"`
			Payload    json.RawMessage `json:"payload"`
		}
		if json.Unmarshal(raw, &ack) != nil || len(raw) >= limit(maxAckBytes).Max {
			w.log.Warn("acknowledgement dropped", "bytes", len(raw))
			continue
		}
		w.mu.Lock()
		waiting := w.pending[ack.EnvelopeID]
		delete(w.pending, ack.EnvelopeID)
		w.mu.Unlock()
		if waiting != nil {
			waiting <- ack.Payload
		}
	}
}

// sendSocket sends an envelope to any one of the open sockets and waits for its acknowledgement on any of them.
func (w *Workspace) sendSocket(ctx context.Context, d *delivery) (json.RawMessage, error) {
	envelope := secret(8)
	got := make(chan []byte, 1)
	w.mu.Lock()
	w.pending[envelope] = got
	w.mu.Unlock()
	defer func() {
		w.mu.Lock()
		delete(w.pending, envelope)
		w.mu.Unlock()
	}()
	e := obj{"envelope_id": envelope, "type": d.kind, "payload": d.payload, "accepts_response_payload": d.answers}
	if d.kind == kindEvent {
		e["retry_attempt"], e["retry_reason"] = d.retry, d.reason
		if d.reason == "http_timeout" {
			e["retry_reason"] = "timeout"
		}
	}
	if err := w.writeAny(e); err != nil {
		return nil, err
	}
	select {
	case p := <-got:
		return p, nil
	case <-ctx.Done():
		return nil, errTimeout
	}
}

// writeAny writes to the next socket in turn that takes it.
func (w *Workspace) writeAny(v any) error {
	w.mu.Lock()
	open := slices.Clone(w.sockets)
	w.nextSock++
	first := w.nextSock
	w.mu.Unlock()
	for i := range open {
		if open[(first+i)%len(open)].write(v) == nil {
			return nil
		}
	}
	return errNoRoute
}

// Connections says how many Socket Mode connections are open.
func (w *Workspace) Connections() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.sockets)
}

// WaitConnected waits until the app has at least n Socket Mode connections.
func (w *Workspace) WaitConnected(ctx context.Context, n int) error {
	if err := w.wait(ctx, func() bool { return len(w.sockets) >= n }); err != nil {
		return errors.Join(errors.New("slacksim: the app did not connect"), err)
	}
	return nil
}

// Refresh asks every connected client to reconnect, as Slack does every few hours. The clients close.
func (w *Workspace) Refresh() {
	for _, s := range w.openSockets() {
		_ = s.write(w.goodbye("refresh_requested")) // a broken one is gone anyway
	}
}

// DropSockets cuts every connection without a word, as a broken network does.
func (w *Workspace) DropSockets() {
	for _, s := range w.openSockets() {
		_ = s.conn.Close()
	}
}

func (w *Workspace) openSockets() []*socket {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.sockets)
}
