package slacksim

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Where faults take hold: carry stands between a delivery and its transport, misbehave before the handlers of
// calls and handshakes. Both keep the transcript.

// carry hands a delivery to its transport, unless something goes wrong with it. It must run without mu.
func (w *Workspace) carry(d *delivery, send func(context.Context, *delivery) (json.RawMessage, error)) (json.RawMessage, error) {
	f := w.faults.strike(d.kind, "deliveries")
	line := w.recordDelivery(d, f)
	do := ""
	if f != nil {
		do = f.Do
	}
	switch do {
	case FaultDelay:
		w.sleep(f.For)
	case FaultReorder:
		w.hold(f.For)
	}
	var answer json.RawMessage
	err := errNoRoute
	if do != FaultLose {
		answer, err = w.carryOnce(d, send)
	}
	w.letGo()
	if do == FaultDropAck && err == nil {
		answer, err = nil, errTimeout
	}
	ack := Line{What: "ack", Of: line, Delivery: d.identity()}
	if err != nil {
		ack.Error = err.Error()
	}
	w.record(ack)
	if do == FaultDuplicate {
		w.again(d, f.For, send)
	}
	return answer, err
}

func (w *Workspace) carryOnce(d *delivery, send func(context.Context, *delivery) (json.RawMessage, error)) (json.RawMessage, error) {
	ctx, cancel := context.WithTimeout(w.ctx, w.opt.AckWithin)
	defer cancel()
	return send(ctx, d)
}

// again delivers the same once more, later. Nobody waits for the answer.
func (w *Workspace) again(d *delivery, pause time.Duration, send func(context.Context, *delivery) (json.RawMessage, error)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return
	}
	w.inFlight++
	w.bg.Add(1)
	go func() {
		defer w.bg.Done()
		w.sleep(pause)
		again := *d
		if again.kind == kindEvent {
			again.retry, again.reason = d.retry+1, "http_timeout"
		}
		line := w.recordDelivery(&again, nil)
		ack := Line{What: "ack", Of: line, Delivery: d.identity()}
		if _, err := w.carryOnce(&again, send); err != nil {
			ack.Error = err.Error()
		}
		w.record(ack)
		w.mu.Lock()
		w.inFlight--
		w.touch()
		w.mu.Unlock()
	}()
}

// hold waits for the next delivery to pass.
func (w *Workspace) hold(most time.Duration) {
	passed := make(chan struct{})
	w.faults.mu.Lock()
	w.faults.held = append(w.faults.held, passed)
	w.faults.mu.Unlock()
	t := time.NewTimer(most)
	defer t.Stop()
	select {
	case <-passed:
	case <-t.C:
	case <-w.ctx.Done():
	}
}

// letGo lets those pass that waited for this one.
func (w *Workspace) letGo() {
	w.faults.mu.Lock()
	defer w.faults.mu.Unlock()
	for _, passed := range w.faults.held {
		close(passed)
	}
	w.faults.held = nil
}

func (w *Workspace) sleep(d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-w.ctx.Done():
	}
}

// misbehave stands before the calls of the app.
func (w *Workspace) misbehave(next http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		method, isCall := strings.CutPrefix(r.URL.Path, "/api/")
		hook, isHook := strings.CutPrefix(r.URL.Path, "/response/")
		upload, isUpload := strings.CutPrefix(r.URL.Path, "/upload/v1/")
		switch {
		case isCall:
			w.misbehaveCall(rw, r, next, w.faults.strike(method, "api"), Line{Method: method})
		case isHook:
			w.misbehaveCall(rw, r, next, w.faults.strike("response"), Line{Method: "response", Hook: fingerprint(hook)})
		case isUpload:
			w.misbehaveCall(rw, r, next, w.faults.strike("upload"), Line{Method: "upload", Hook: fingerprint(upload)})
		case strings.HasPrefix(r.URL.Path, "/link/") && w.faults.strike("handshake") != nil:
			w.record(Line{What: "fault", Fault: "handshake " + FaultRefuse})
			http.Error(rw, "try again later", http.StatusServiceUnavailable)
		default:
			next.ServeHTTP(rw, r)
		}
	})
}

func (w *Workspace) misbehaveCall(rw http.ResponseWriter, r *http.Request, next http.Handler, f *Fault, line Line) {
	raw, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, maxRequest))
	if err != nil {
		http.Error(rw, "request_timeout", http.StatusBadRequest)
		return
	}
	line.What, line.Fault = "call", f.do()
	args := argumentsOf(r, raw)
	line.addArguments(args)
	of := w.record(line)
	call := func() *kept {
		again := r.Clone(w.ctx)
		again.Body = io.NopCloser(bytes.NewReader(raw))
		got := &kept{header: http.Header{}, status: http.StatusOK}
		next.ServeHTTP(got, again)
		w.recordAnswer(of, line, got.status, got.body.Bytes(), true)
		return got
	}
	fail := func(status int, body string, effect bool) {
		if !effect {
			w.recordAnswer(of, line, status, []byte(body), false)
		}
		rw.Header().Set("Content-Type", "application/json; charset=utf-8")
		rw.WriteHeader(status)
		_, _ = io.WriteString(rw, body) // who hung up hears nothing
	}
	do := f.do()
	if do == FaultMalformed && !hasBlocks(args) {
		do = ""
	}
	switch do {
	case FaultLimit:
		rw.Header().Set("Retry-After", strconv.Itoa(max(1, int(f.For/time.Second))))
		fail(http.StatusTooManyRequests, `{"ok":false,"error":"ratelimited"}`, false)
	case FaultError:
		fail(http.StatusServiceUnavailable, `{"ok":false,"error":"service_unavailable"}`, false)
	case FaultErrorAfter:
		call()
		fail(http.StatusServiceUnavailable, `{"ok":false,"error":"service_unavailable"}`, true)
	case FaultGarble:
		call()
		fail(http.StatusOK, "<html>Slack is having a moment</html>", true)
	case FaultMalformed:
		status := http.StatusOK
		if line.Method == "response" {
			status = http.StatusBadRequest
		}
		fail(status, `{"ok":false,"error":"`+codeBlocks+`"}`, false)
	case FaultExpire:
		status, code := http.StatusOK, "expired_trigger_id"
		if line.Method == "response" || line.Method == "upload" {
			status, code = http.StatusNotFound, "expired_url"
		}
		fail(status, `{"ok":false,"error":"`+code+`"}`, false)
	case FaultCut:
		w.recordAnswer(of, line, 0, nil, false)
		panic(http.ErrAbortHandler) // ends the connection
	case FaultCutAfter:
		call()
		panic(http.ErrAbortHandler)
	case FaultLate:
		w.mu.Lock()
		if !w.closed {
			w.bg.Add(1)
			go func() {
				defer w.bg.Done()
				w.sleep(f.For)
				call()
			}()
		}
		w.mu.Unlock()
		panic(http.ErrAbortHandler)
	default:
		if do == FaultSlow {
			w.sleep(f.For)
		}
		got := call()
		maps.Copy(rw.Header(), got.header)
		rw.WriteHeader(got.status)
		_, _ = rw.Write(got.body.Bytes())
	}
}

func (f *Fault) do() string {
	if f == nil {
		return ""
	}
	return f.Do
}

// identity is what Slack's repetitions of a delivery have in common.
func (d *delivery) identity() string {
	switch d.kind {
	case kindEvent:
		return text(d.payload, "event_id")
	case kindCommand:
		return text(d.payload, "trigger_id")
	}
	if list, ok := d.payload["actions"].([]obj); ok && len(list) > 0 {
		return text(list[0], "action_ts")
	}
	if text(d.payload, "type") == "view_submission" {
		v, _ := d.payload["view"].(obj)
		return text(v, "id")
	}
	return text(d.payload, "trigger_id")
}

// hasBlocks says whether a call brings blocks, of a message or of a view.
func hasBlocks(args obj) bool {
	blocks := text(args, "blocks") + text(args, "view")
	list, _ := args["blocks"].([]any)
	_, view := args["view"].(obj)
	return blocks != "" && blocks != "[]" || len(list) > 0 || view
}

// argumentsOf are what a call was given, as a form or as JSON.
func argumentsOf(r *http.Request, raw []byte) obj {
	args := obj{}
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
		_ = json.Unmarshal(raw, &args) // what cannot be read is refused by the call itself
	} else if form, err := url.ParseQuery(string(raw)); err == nil {
		for k := range form {
			args[k] = form.Get(k)
		}
	}
	return args
}

// addArguments keeps of a call what says where it goes and what it is about.
func (l *Line) addArguments(args obj) {
	l.Channel, l.Thread, l.TS = text(args, "channel"), text(args, "thread_ts"), text(args, "ts")
	l.User, l.Text = text(args, "user"), truncate(text(args, "text"), 200)
	md, _ := args["metadata"].(obj)
	if s := text(args, "metadata"); s != "" {
		_ = json.Unmarshal([]byte(s), &md)
	}
	l.Post = postOf(md)
}

// kept is an answer that is not sent yet.
type kept struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (k *kept) Header() http.Header         { return k.header }
func (k *kept) WriteHeader(status int)      { k.status = status }
func (k *kept) Write(p []byte) (int, error) { return k.body.Write(p) }
