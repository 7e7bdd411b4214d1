package slacksim_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/gorilla/websocket"

	"partnerdesk/bot/slacksim"
)

func otherCases() map[string]func(*testing.T, slacksim.Limit) {
	commands := func(c slacksim.SlashCommand) func(*slacksim.App, int) {
		return func(a *slacksim.App, _ int) { a.Commands = []slacksim.SlashCommand{c} }
	}
	return map[string]func(*testing.T, slacksim.Limit){
		"text":                      textIsCut,
		"markdown_text":             markdownText,
		"attachments":               attachments,
		"modals in a stack":         modalStack,
		"trigger_id age":            triggerAge,
		"trigger_id uses":           triggerUses,
		"response_url uses":         responseUses,
		"response_url age":          responseAge,
		"sockets of an app":         sockets,
		"socket acknowledgement":    bigAck,
		"bytes of an uploaded file": uploadLength,
		"slash commands": manifestLimit(func(a *slacksim.App, n int) {
			a.Commands = nil
			for i := range n {
				a.Commands = append(a.Commands, slacksim.SlashCommand{Name: fmt.Sprint("/c", i)})
			}
		}),
		"slash command name": manifestLimit(func(a *slacksim.App, n int) {
			commands(slacksim.SlashCommand{Name: "/" + strings.Repeat("c", n-1)})(a, n)
		}),
		"slash command description": manifestLimit(func(a *slacksim.App, n int) {
			commands(slacksim.SlashCommand{Name: "/c", DescriptionZH: runes(n)})(a, n)
		}),
		"slash command usage hint": manifestLimit(func(a *slacksim.App, n int) { commands(slacksim.SlashCommand{Name: "/c", UsageHint: runes(n)})(a, n) }),
		"shortcuts":                manifestLimit(func(a *slacksim.App, n int) { a.Shortcuts = make([]slacksim.Shortcut, n) }),
		"shortcut name":            manifestLimit(func(a *slacksim.App, n int) { a.Shortcuts = []slacksim.Shortcut{{Name: runes(n)}} }),
	}
}

func textIsCut(t *testing.T, l slacksim.Limit) {
	b := newBench(t, nil)
	out := b.call("chat.postMessage", obj{"channel": "C0SALES", "text": runes(l.Max + 1)})
	b.want(out, "")
	got := out["message"].(obj)["text"].(string)
	if n := utf8.RuneCountInString(got); n != l.Max || !utf8.ValidString(got) {
		t.Errorf("kept %d characters, want %d whole ones", n, l.Max)
	}
}

func markdownText(t *testing.T, l slacksim.Limit) {
	b := newBench(t, nil)
	b.want(b.call("chat.postMessage", obj{"channel": "C0SALES", "markdown_text": runes(l.Max)}), "")
	b.want(b.call("chat.postMessage", obj{"channel": "C0SALES", "markdown_text": runes(l.Max + 1)}), l.Code)
}

func uploadLength(t *testing.T, l slacksim.Limit) {
	b := newBench(t, nil)
	b.want(b.call("files.getUploadURLExternal", obj{"filename": "a.csv", "length": l.Max}), "")
	b.want(b.call("files.getUploadURLExternal", obj{"filename": "a.csv", "length": l.Max + 1}), l.Code)
}

func attachments(t *testing.T, l slacksim.Limit) {
	b := newBench(t, nil)
	for n, code := range map[int]string{l.Max: "", l.Max + 1: l.Code} {
		b.want(b.call("chat.postMessage", obj{"channel": "C0SALES", "attachments": many(n, func(int) any { return obj{"text": "a"} })}), code)
	}
}

// modalApp answers every interaction by pushing a view with a button, so that a stack can grow.
func modalView() obj {
	return obj{"type": "modal", "title": plain("t"), "blocks": list{actions(button(obj{"action_id": "more"}))}}
}

func modalStack(t *testing.T, l slacksim.Limit) {
	b := newBench(t, nil)
	b.want(b.call("views.open", obj{"trigger_id": b.trigger(), "view": modalView()}), "")
	for n := 2; n <= l.Max+1; n++ {
		code := ""
		if n > l.Max {
			code = l.Code
		}
		b.want(b.call("views.push", obj{"trigger_id": b.clickTrigger("more"), "view": modalView()}), code)
	}
	if n := len(b.ws.Person("U0ALICE").Modals()); n != l.Max {
		t.Errorf("%d modals are open, want %d", n, l.Max)
	}
}

// clickTrigger gets the trigger id of a click.
func (b *bench) clickTrigger(what string) string {
	b.t.Helper()
	payload := b.capture(func() { b.ws.Person("U0ALICE").Test(b.t).Click(what) })
	return payload["trigger_id"].(string)
}

func triggerAge(t *testing.T, l slacksim.Limit) {
	b := newBench(t, nil)
	id := b.trigger()
	b.now = b.now.Add(time.Duration(l.Max) * time.Second)
	b.want(b.call("views.open", obj{"trigger_id": id, "view": modalView()}), "")
	id = b.trigger()
	b.now = b.now.Add(time.Duration(l.Max)*time.Second + time.Millisecond)
	b.want(b.call("views.open", obj{"trigger_id": id, "view": modalView()}), l.Code)
	b.want(b.call("views.open", obj{"trigger_id": "1.2.x", "view": modalView()}), "invalid_trigger_id")
}

func triggerUses(t *testing.T, l slacksim.Limit) {
	b := newBench(t, nil)
	id := b.trigger()
	b.want(b.call("views.open", obj{"trigger_id": id, "view": modalView()}), "")
	b.want(b.call("views.open", obj{"trigger_id": id, "view": modalView()}), l.Code)
}

// responseURL gets the path of a command's response_url.
func (b *bench) responseURL() string {
	b.t.Helper()
	form := b.capture(func() { b.ws.Person("U0ALICE").Test(b.t).In("#sales").Command("/form", "") })
	return strings.TrimPrefix(form["response_url"].(string), "http://localhost")
}

func responseUses(t *testing.T, l slacksim.Limit) {
	b := newBench(t, nil)
	u := b.responseURL()
	for range l.Max {
		_, out := b.post(u, "", obj{"text": "x"})
		b.want(out, "")
	}
	rec, out := b.post(u, "", obj{"text": "x"})
	b.want(out, l.Code)
	if rec.Code != http.StatusNotFound {
		t.Errorf("status %d, want 404", rec.Code)
	}
}

func responseAge(t *testing.T, l slacksim.Limit) {
	b := newBench(t, nil)
	u := b.responseURL()
	b.now = b.now.Add(time.Duration(l.Max) * time.Minute)
	_, out := b.post(u, "", obj{"text": "x"})
	b.want(out, "")
	b.now = b.now.Add(time.Second)
	_, out = b.post(u, "", obj{"text": "x"})
	b.want(out, l.Code)
}

// dial opens a Socket Mode connection and returns it with its first frame.
func dial(t *testing.T, b *bench, base string) (*websocket.Conn, obj) {
	t.Helper()
	b.ws.SetURL(base)
	out := b.call("apps.connections.open", nil)
	conn, _, err := websocket.DefaultDialer.DialContext(t.Context(), out["url"].(string), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	var first obj
	if err := conn.ReadJSON(&first); err != nil {
		t.Fatal(err)
	}
	if _, res, err := websocket.DefaultDialer.DialContext(t.Context(), out["url"].(string), nil); err == nil || res.StatusCode != http.StatusForbidden {
		t.Error("a socket address works twice")
	}
	return conn, first
}

func sockets(t *testing.T, l slacksim.Limit) {
	b := newBench(t, nil)
	srv := httptest.NewServer(b.h)
	t.Cleanup(srv.Close)
	for n := 1; n <= l.Max; n++ {
		if _, first := dial(t, b, srv.URL); first["type"] != "hello" || first["num_connections"] != float64(n) {
			t.Errorf("socket %d is greeted with %v", n, first)
		}
	}
	if _, first := dial(t, b, srv.URL); first["type"] != "disconnect" || first["reason"] != l.Code {
		t.Errorf("one socket too many is greeted with %v", first)
	}
}

func bigAck(t *testing.T, l slacksim.Limit) {
	b := newBench(t, func(o *slacksim.Options) { o.AckWithin = time.Second })
	srv := httptest.NewServer(b.h)
	t.Cleanup(srv.Close)
	conn, _ := dial(t, b, srv.URL)
	go func() {
		for {
			var e struct {
				EnvelopeID string `json:"envelope_id"`
				Payload    struct{ Text string }
			}
			if conn.ReadJSON(&e) != nil {
				return
			}
			size := l.Max - 200
			if e.Payload.Text == "big" {
				size = l.Max
			}
			_ = conn.WriteJSON(obj{"envelope_id": e.EnvelopeID, "payload": obj{"text": strings.Repeat("x", size)}})
		}
	}()
	alice := b.ws.Person("U0ALICE").Test(t).In("#sales")
	alice.Command("/echo", "small")
	alice.Sees("xxxx")
	alice.Command("/echo", "big")
	alice.Sees("operation_timeout")
}

// A world whose clock runs faster than its people can let triggers live longer.
func TestOptions_TriggerLife(t *testing.T) {
	b := newBench(t, func(o *slacksim.Options) { o.TriggerLife = 48 * time.Second })
	for after, code := range map[time.Duration]string{48 * time.Second: "", 48*time.Second + time.Millisecond: "expired_trigger_id"} {
		id := b.trigger()
		b.now = b.now.Add(after)
		b.want(b.call("views.open", obj{"trigger_id": id, "view": modalView()}), code)
	}
}
