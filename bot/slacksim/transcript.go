package slacksim

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"sync"
	"time"
)

// Line is one thing that happened, as the transcript tells it. What is
//
//	delivery  something went to the app: Kind, Text (its type), Delivery, User, Channel, TS, Hook, Retry, Fault
//	ack       what became of it: Of (the delivery's N), Delivery, Error (empty: acknowledged)
//	call      the app called: Method, Channel, Thread, TS, User, Post, Hook, Text, Fault
//	answer    what it was told: Of (the call's N), Method, Hook, Status, OK, Error, Channel, TS, Effect
//	message   a message came to stand: Channel, TS, Thread, User, To, Post, Text
//	changed   a message stands there with other words: the same
//	removed   a message was taken away: Channel, TS
//	fault     something went wrong that belongs to no delivery or call: Fault
//	faults    Misbehave was called: Text is the number of faults
//	note      whatever the test wanted to remember: Text
//
// Secrets are not in it: a response_url is told by a fingerprint.
type Line struct {
	N        uint64    `json:"n"`
	At       time.Time `json:"at"`
	What     string    `json:"what"`
	Of       uint64    `json:"of,omitempty"`
	Kind     string    `json:"kind,omitempty"`
	Delivery string    `json:"delivery,omitempty"` // event_id, trigger_id, action_ts or view id: the same for every repetition
	Retry    int       `json:"retry,omitempty"`
	Method   string    `json:"method,omitempty"` // of the Web API, or "response"
	Channel  string    `json:"channel,omitempty"`
	Thread   string    `json:"thread,omitempty"`
	TS       string    `json:"ts,omitempty"`
	User     string    `json:"user,omitempty"`
	To       string    `json:"to,omitempty"`   // the only person who sees it
	App      bool      `json:"app,omitempty"`  // the app wrote it
	Post     string    `json:"post,omitempty"` // event_payload.id of the metadata
	Hook     string    `json:"hook,omitempty"` // fingerprint of the response_url
	Status   int       `json:"status,omitempty"`
	OK       bool      `json:"ok,omitempty"`
	Effect   bool      `json:"effect,omitempty"` // the call changed something, whatever the app was told
	Fault    string    `json:"fault,omitempty"`
	Error    string    `json:"error,omitempty"`
	Text     string    `json:"text,omitempty"` // at most 200 characters
}

// keptLines is how many lines a workspace keeps for the control call.
const keptLines = 10_000

// recorder keeps the transcript.
type recorder struct {
	mu    sync.Mutex // guards what follows
	n     uint64
	lines []Line
	out   io.Writer
	hear  func(Line)
}

// Record writes the transcript to out from now on, a JSON object a line, in the order in which things happened. A
// writer that fails is not written to again. nil ends it.
func (w *Workspace) Record(out io.Writer) {
	w.rec.mu.Lock()
	defer w.rec.mu.Unlock()
	w.rec.out = out
}

// Hear hands every line of the transcript to hear from now on, in order. It must return at once and not call the
// workspace.
func (w *Workspace) Hear(hear func(Line)) {
	w.rec.mu.Lock()
	defer w.rec.mu.Unlock()
	w.rec.hear = hear
}

// Note adds a remark to the transcript.
func (w *Workspace) Note(text string) { w.record(Line{What: "note", Text: text}) }

// Transcript lists the latest lines, oldest first.
func (w *Workspace) Transcript() []Line {
	w.rec.mu.Lock()
	defer w.rec.mu.Unlock()
	return slices.Clone(w.rec.lines)
}

// record adds a line and returns its number. It may be called with mu held.
func (w *Workspace) record(l Line) uint64 {
	at := w.now().UTC()
	r := &w.rec
	r.mu.Lock()
	defer r.mu.Unlock()
	r.n++
	l.N, l.At = r.n, at
	if len(r.lines) >= 2*keptLines {
		r.lines = slices.Delete(r.lines, 0, keptLines)
	}
	r.lines = append(r.lines, l)
	if r.hear != nil {
		r.hear(l)
	}
	if r.out != nil {
		raw, err := json.Marshal(l)
		if err == nil {
			_, err = r.out.Write(append(raw, '\n'))
		}
		if err != nil {
			r.out = nil
		}
	}
	return l.N
}

func (w *Workspace) recordDelivery(d *delivery, f *Fault) uint64 {
	l := Line{What: "delivery", Kind: d.kind, Text: d.what(), Delivery: d.identity(), Retry: d.retry, Fault: f.do()}
	p := d.payload
	switch d.kind {
	case kindEvent:
		e, _ := p["event"].(obj)
		l.User, l.Channel, l.TS, l.Thread = text(e, "user"), text(e, "channel"), text(e, "ts"), text(e, "thread_ts")
	case kindCommand:
		l.User, l.Channel = text(p, "user_id"), text(p, "channel_id")
	default:
		u, _ := p["user"].(obj)
		c, _ := p["channel"].(obj)
		l.User, l.Channel = text(u, "id"), text(c, "id")
	}
	if _, secret, ok := strings.Cut(text(p, "response_url"), "/response/"); ok {
		l.Hook = fingerprint(secret)
	}
	return w.record(l)
}

// recordAnswer tells what a call came to. reached is false when it was stopped on its way.
func (w *Workspace) recordAnswer(of uint64, call Line, status int, body []byte, reached bool) {
	l := Line{What: "answer", Of: of, Method: call.Method, Hook: call.Hook, Post: call.Post, Fault: call.Fault, Status: status}
	var a struct {
		OK      bool   `json:"ok"`
		Error   string `json:"error"`
		TS      string `json:"ts"`
		Channel any    `json:"channel"`
	}
	_ = json.Unmarshal(body, &a) // an answer that was cut has none
	l.OK, l.Error, l.TS, l.Effect = a.OK, a.Error, a.TS, reached && a.OK
	l.Channel, _ = a.Channel.(string)
	w.record(l)
}

// recordMessage tells of a message. The caller holds mu.
func (w *Workspace) recordMessage(what string, c *conversation, m *message) {
	l := w.messageLine(c, m)
	l.What = what
	w.record(l)
}

func (w *Workspace) messageLine(c *conversation, m *message) Line {
	return Line{What: "message", Channel: c.id, TS: m.ts, Thread: m.thread, User: m.user, To: m.to, App: m.fromApp,
		Post: postOf(m.metadata), Text: truncate(m.text, 200)}
}

// Standing lists every message of the workspace as it stands now, ephemeral ones included, conversation by
// conversation in the order in which they were written.
func (w *Workspace) Standing() []Line {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []Line
	for _, id := range w.convOrder {
		for _, m := range w.convs[id].msgs {
			out = append(out, w.messageLine(w.convs[id], m))
		}
	}
	return out
}

func postOf(metadata obj) string {
	p, _ := metadata["event_payload"].(obj)
	return text(p, "id")
}

// fingerprint tells secrets apart without telling them.
func fingerprint(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:6])
}
