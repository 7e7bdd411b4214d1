package slacksim

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"
)

// The kinds of delivery, by the names of Socket Mode's envelopes.
const (
	kindEvent       = "events_api"
	kindCommand     = "slash_commands"
	kindInteraction = "interactive"
)

// Why a delivery got no answer, in the words Slack shows people.
var (
	errTimeout  = errors.New("operation_timeout")
	errNoRoute  = errors.New("dispatch_failed")
	errHTTPCode = errors.New("http_service_error")
)

// delivery is one payload on its way to the app.
type delivery struct {
	kind    string
	payload obj
	answers bool   // whether an answer may come with the acknowledgement
	retry   int    // 0 for the first attempt
	reason  string // why it is retried
	echo    bool   // news of the app's own doing
	noRetry *bool
}

// Delivery is the record of one attempt, for tests and the control calls.
type Delivery struct {
	Kind    string    `json:"kind"` // events_api, slash_commands or interactive
	What    string    `json:"what"` // event type, command or interaction type
	Retry   int       `json:"retry"`
	At      time.Time `json:"at"`
	Took    int64     `json:"took_ms"`
	Failure string    `json:"failure"` // empty when acknowledged
}

const keptDeliveries = 200

func (d *delivery) what() string {
	switch d.kind {
	case kindEvent:
		e, _ := d.payload["event"].(obj)
		return text(e, "type")
	case kindCommand:
		return text(d.payload, "command")
	}
	return text(d.payload, "type")
}

// deliver hands a payload to the app and waits for the acknowledgement. It must run without mu.
func (w *Workspace) deliver(d *delivery) (json.RawMessage, error) {
	w.mu.Lock()
	if w.closed {
		w.mu.Unlock()
		return nil, errNoRoute
	}
	w.inFlight++
	if !d.echo {
		w.last = d
	}
	transport, start := w.opt.App.Transport, w.now()
	w.mu.Unlock()

	send := w.sendSocket
	if transport == TransportHTTP {
		send = w.sendHTTP
	}
	answer, err := w.carry(d, send)

	w.mu.Lock()
	rec := Delivery{Kind: d.kind, What: d.what(), Retry: d.retry, At: start, Took: w.now().Sub(start).Milliseconds()}
	if err != nil {
		rec.Failure = err.Error()
	}
	w.sent = append(w.sent, rec)
	if n := len(w.sent) - keptDeliveries; n > 0 {
		w.sent = slices.Delete(w.sent, 0, n)
	}
	w.inFlight--
	w.touch()
	w.mu.Unlock()
	if err != nil {
		w.log.Warn("delivery not acknowledged", "kind", d.kind, "what", rec.What, "retry", d.retry, "error", err)
	}
	return answer, err
}

// publish delivers an event in the background, and again after each pause as long as nobody acknowledges it.
func (w *Workspace) publish(d *delivery) {
	w.mu.Lock()
	if w.closed {
		w.mu.Unlock()
		return
	}
	w.inFlight++ // counts until the first attempt is decided
	w.bg.Add(1)
	w.mu.Unlock()
	go func() {
		defer w.bg.Done()
		_, err := w.deliver(d)
		w.mu.Lock()
		w.inFlight--
		w.touch()
		w.mu.Unlock()
		for i, pause := range w.opt.RetryAfter {
			if err == nil || d.noRetry != nil && *d.noRetry {
				return
			}
			select {
			case <-time.After(pause):
			case <-w.ctx.Done():
				return
			}
			again := *d
			again.retry, again.reason = i+1, retryReason(err)
			_, err = w.deliver(&again)
		}
	}()
}

// retryReason is the X-Slack-Retry-Reason for a failure.
func retryReason(err error) string {
	switch {
	case errors.Is(err, errTimeout):
		return "http_timeout"
	case errors.Is(err, errNoRoute):
		return "connection_failed"
	case errors.Is(err, errHTTPCode):
		return "http_error"
	}
	return "unknown_error"
}

// Deliveries lists the most recent attempts, oldest first.
func (w *Workspace) Deliveries() []Delivery {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.sent)
}

// Redeliver sends the last delivery once more with the same content, as Slack does when it missed the
// acknowledgement: an event as a retry, everything else unchanged but for the envelope. The answer is dropped.
func (w *Workspace) Redeliver() error {
	w.mu.Lock()
	last := w.last
	w.mu.Unlock()
	if last == nil {
		return errors.New("slacksim: nothing was delivered yet")
	}
	again := *last
	if again.kind == kindEvent {
		again.retry, again.reason = last.retry+1, "http_timeout"
	}
	if _, err := w.deliver(&again); err != nil {
		return fmt.Errorf("slacksim: redeliver %s: %w", again.what(), err)
	}
	return nil
}
