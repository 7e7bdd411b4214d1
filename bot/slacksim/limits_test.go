package slacksim_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"partnerdesk/bot/slacksim"
)

type obj = map[string]any
type list = []any

// bench is a workspace without network, and with a clock of its own.
type bench struct {
	t   *testing.T
	ws  *slacksim.Workspace
	h   http.Handler
	now time.Time
}

func newBench(t *testing.T, change func(*slacksim.Options)) *bench {
	t.Helper()
	b := &bench{t: t, now: time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)}
	o := options()
	o.Now = func() time.Time { return b.now }
	o.URL = "http://localhost"
	o.RetryAfter = []time.Duration{}
	if change != nil {
		change(&o)
	}
	ws, err := slacksim.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(ws.Close)
	b.ws, b.h = ws, ws.Handler()
	return b
}

// call makes a Web API call with a JSON body and the bot token.
func (b *bench) call(method string, args obj) obj {
	b.t.Helper()
	token := botToken
	if method == "apps.connections.open" {
		token = appToken
	}
	_, out := b.post("/api/"+method, token, args)
	return out
}

func (b *bench) post(path, token string, args obj) (*httptest.ResponseRecorder, obj) {
	b.t.Helper()
	raw, err := json.Marshal(args)
	if err != nil {
		b.t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, path, bytes.NewReader(raw))
	r.Header.Set("Content-Type", "application/json; charset=utf-8")
	r.Header.Set("Authorization", "Bearer "+token)
	rec := httptest.NewRecorder()
	b.h.ServeHTTP(rec, r)
	out := obj{}
	_ = json.Unmarshal(rec.Body.Bytes(), &out)
	return rec, out
}

// want checks an answer: ok without a code, else that code.
func (b *bench) want(out obj, code string) {
	b.t.Helper()
	if got, _ := out["error"].(string); got != code || out["ok"] != (code == "") {
		b.t.Errorf("answered ok=%v %q %v, want %q", out["ok"], got, out["response_metadata"], code)
	}
}

func (b *bench) message(blocks ...any) obj {
	b.t.Helper()
	return b.call("chat.postMessage", obj{"channel": "C0SALES", "text": "t", "blocks": blocks})
}

func runes(n int) string { return strings.Repeat("汉", n) }
func plain(s string) obj { return obj{"type": "plain_text", "text": s} }
func mark(s string) obj  { return obj{"type": "mrkdwn", "text": s} }
func actions(e ...any) obj {
	return obj{"type": "actions", "elements": e}
}
func input(e obj) obj { return obj{"type": "input", "label": plain("l"), "element": e} }
func button(more obj) obj {
	o := obj{"type": "button", "text": plain("b")}
	for k, v := range more {
		o[k] = v
	}
	return o
}
func option(n int) obj { return obj{"text": plain("o"), "value": fmt.Sprint("v", n)} }
func options2(n int) list {
	out := list{}
	for i := range n {
		out = append(out, option(i))
	}
	return out
}
func many(n int, f func(i int) any) list {
	out := list{}
	for i := range n {
		out = append(out, f(i))
	}
	return out
}
func chooser(kind string, more obj) obj {
	o := obj{"type": kind}
	for k, v := range more {
		o[k] = v
	}
	return o
}
func confirmation(key string, n int) obj {
	c := obj{"title": plain("t"), "text": plain("t"), "confirm": plain("y"), "deny": plain("n")}
	c[key] = plain(runes(n))
	return button(obj{"confirm": c})
}
func section(s string) obj { return obj{"type": "section", "text": mark(s)} }

// messageLimit tests a limit of messages: accepted at the figure, refused one beyond.
func messageLimit(build func(n int) list) func(*testing.T, slacksim.Limit) {
	return func(t *testing.T, l slacksim.Limit) {
		b := newBench(t, nil)
		b.want(b.message(build(l.Max)...), "")
		b.want(b.message(build(l.Max+1)...), l.Code)
	}
}

// viewLimit tests a limit of views in the same way.
func viewLimit(build func(n int) obj) func(*testing.T, slacksim.Limit) {
	return func(t *testing.T, l slacksim.Limit) {
		b := newBench(t, nil)
		for n, code := range map[int]string{l.Max: "", l.Max + 1: l.Code} {
			v := obj{"type": "modal", "title": plain("t"), "blocks": list{section("x")}}
			for k, x := range build(n) {
				v[k] = x
			}
			b.want(b.call("views.open", obj{"trigger_id": b.trigger(), "view": v}), code)
		}
	}
}

// trigger gets a trigger id the way an app does: from a command, here over signed HTTP.
func (b *bench) trigger() string {
	b.t.Helper()
	got := make(chan string, 1)
	app := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got <- r.FormValue("trigger_id") }))
	defer app.Close()
	b.ws.SetTransport(slacksim.TransportHTTP)
	b.ws.SetRequestURLs(slacksim.RequestURLs{Commands: app.URL, Interactivity: app.URL, Events: app.URL})
	b.ws.Person("U0ALICE").Test(b.t).Command("/form", "")
	return receive(b.t, got)
}

// receive takes what an app was sent, and does not wait for ever.
func receive[T any](t *testing.T, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(10 * time.Second):
		t.Fatal("nothing was delivered")
		panic("not reached")
	}
}

func manifestLimit(build func(a *slacksim.App, n int)) func(*testing.T, slacksim.Limit) {
	return func(t *testing.T, l slacksim.Limit) {
		for n, bad := range map[int]bool{l.Max: false, l.Max + 1: true} {
			o := options()
			build(&o.App, n)
			ws, err := slacksim.New(o)
			if bad != (err != nil && strings.Contains(err.Error(), l.Code)) {
				t.Errorf("with %d: %v, want an error: %v", n, err, bad)
			}
			if ws != nil {
				ws.Close()
			}
		}
	}
}

// TestLimits holds every line of the table to its figure; a new line without a case fails.
func TestLimits(t *testing.T) {
	cases := blockCases()
	for name, f := range otherCases() {
		cases[name] = f
	}
	for _, l := range slacksim.Limits() {
		t.Run(l.Name, func(t *testing.T) {
			f := cases[l.Name]
			if f == nil {
				t.Fatal("this limit has no case")
			}
			f(t, l)
		})
		delete(cases, l.Name)
	}
	for name := range cases {
		t.Errorf("the case %q belongs to no limit", name)
	}
}

func blockCases() map[string]func(*testing.T, slacksim.Limit) {
	one := func(f func(n int) any) func(*testing.T, slacksim.Limit) {
		return messageLimit(func(n int) list { return list{f(n)} })
	}
	address := func(n int) string { return "https://e.com/" + strings.Repeat("x", n-len("https://e.com/")) }
	return map[string]func(*testing.T, slacksim.Limit){
		"blocks in a message": messageLimit(func(n int) list { return many(n, func(int) any { return obj{"type": "divider"} }) }),
		"block_id":            one(func(n int) any { return obj{"type": "divider", "block_id": runes(n)} }),
		"action_id":           one(func(n int) any { return actions(button(obj{"action_id": runes(n)})) }),
		"section text":        one(func(n int) any { return section(runes(n)) }),
		"section fields":      one(func(n int) any { return obj{"type": "section", "fields": many(n, func(int) any { return mark("f") })} }),
		"section field text":  one(func(n int) any { return obj{"type": "section", "fields": list{mark(runes(n))}} }),
		"header text":         one(func(n int) any { return obj{"type": "header", "text": plain(runes(n))} }),
		"context elements": one(func(n int) any {
			return obj{"type": "context", "elements": many(n, func(int) any { return mark("c") })}
		}),
		"actions elements": one(func(n int) any { return actions(many(n, func(int) any { return button(nil) })...) }),
		"markdown blocks together": messageLimit(func(n int) list {
			return list{obj{"type": "markdown", "text": runes(6000)}, obj{"type": "markdown", "text": runes(n - 6000)}}
		}),
		"tables in a message": messageLimit(func(n int) list {
			return many(n, func(int) any { return obj{"type": "table", "rows": list{list{obj{"type": "raw_text", "text": "x"}}}} })
		}),
		"table rows": one(func(n int) any {
			return obj{"type": "table", "rows": many(n, func(int) any { return list{obj{"type": "raw_text", "text": "x"}} })}
		}),
		"table cells in a row": one(func(n int) any {
			return obj{"type": "table", "rows": list{many(n, func(int) any { return obj{"type": "raw_text", "text": "x"} })}}
		}),
		"button text":         one(func(n int) any { return actions(button(obj{"text": plain(runes(n))})) }),
		"button value":        one(func(n int) any { return actions(button(obj{"value": runes(n)})) }),
		"button url":          one(func(n int) any { return actions(button(obj{"url": address(n)})) }),
		"accessibility_label": one(func(n int) any { return actions(button(obj{"accessibility_label": runes(n)})) }),
		"option text": one(func(n int) any {
			return actions(chooser("overflow", obj{"options": list{obj{"text": plain(runes(n)), "value": "v"}}}))
		}),
		"option description": one(func(n int) any {
			return actions(chooser("radio_buttons", obj{"options": list{obj{"text": plain("t"), "description": plain(runes(n)), "value": "v"}}}))
		}),
		"option value": one(func(n int) any {
			return actions(chooser("static_select", obj{"options": list{obj{"text": plain("t"), "value": runes(n)}}}))
		}),
		"select options": one(func(n int) any { return actions(chooser("static_select", obj{"options": options2(n)})) }),
		"select option groups": one(func(n int) any {
			return actions(chooser("static_select", obj{"option_groups": many(n, func(int) any { return obj{"label": plain("g"), "options": options2(1)} })}))
		}),
		"option group label": one(func(n int) any {
			return actions(chooser("static_select", obj{"option_groups": list{obj{"label": plain(runes(n)), "options": options2(1)}}}))
		}),
		"overflow options":            one(func(n int) any { return actions(chooser("overflow", obj{"options": options2(n)})) }),
		"radio buttons":               one(func(n int) any { return actions(chooser("radio_buttons", obj{"options": options2(n)})) }),
		"checkboxes":                  one(func(n int) any { return actions(chooser("checkboxes", obj{"options": options2(n)})) }),
		"placeholder":                 one(func(n int) any { return actions(chooser("users_select", obj{"placeholder": plain(runes(n))})) }),
		"confirm title":               one(func(n int) any { return actions(confirmation("title", n)) }),
		"confirm text":                one(func(n int) any { return actions(confirmation("text", n)) }),
		"confirm buttons":             one(func(n int) any { return actions(confirmation("deny", n)) }),
		"plain_text_input max_length": one(func(n int) any { return input(obj{"type": "plain_text_input", "max_length": n}) }),
		"input label": one(func(n int) any {
			return obj{"type": "input", "label": plain(runes(n)), "element": obj{"type": "plain_text_input"}}
		}),
		"input hint": one(func(n int) any {
			return obj{"type": "input", "label": plain("l"), "hint": plain(runes(n)), "element": obj{"type": "plain_text_input"}}
		}),
		"image url":      one(func(n int) any { return obj{"type": "image", "image_url": address(n), "alt_text": "a"} }),
		"image alt text": one(func(n int) any { return obj{"type": "image", "image_url": "https://e.com/a.png", "alt_text": runes(n)} }),
		"image title": one(func(n int) any {
			return obj{"type": "image", "image_url": "https://e.com/a.png", "alt_text": "a", "title": plain(runes(n))}
		}),
		"characters of all blocks": messageLimit(func(n int) list {
			return append(many(4, func(int) any { return section(runes(3000)) }), section(runes(n-12000)))
		}),
		"blocks in a view": viewLimit(func(n int) obj { return obj{"blocks": many(n, func(int) any { return obj{"type": "divider"} })} }),
		"callback_id":      viewLimit(func(n int) obj { return obj{"callback_id": runes(n)} }),
		"external_id":      viewLimit(func(n int) obj { return obj{"external_id": runes(n)} }),
		"modal title":      viewLimit(func(n int) obj { return obj{"title": plain(runes(n))} }),
		"modal submit":     viewLimit(func(n int) obj { return obj{"submit": plain(runes(n))} }),
		"modal close":      viewLimit(func(n int) obj { return obj{"close": plain(runes(n))} }),
		"private_metadata": viewLimit(func(n int) obj { return obj{"private_metadata": runes(n)} }),
	}
}
