package slacksim_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"partnerdesk/bot/slacksim"
)

func TestControl_ActsAsAPerson(t *testing.T) {
	ws, _ := start(t, slacksim.TransportSocket, nil)
	b := &bench{t: t, ws: ws, h: ws.Handler()}
	do := func(call string, o obj) any {
		t.Helper()
		rec, out := b.post("/control/"+call, "", o)
		if rec.Code != http.StatusOK || out["ok"] != true {
			t.Fatalf("%s: %d %v", call, rec.Code, out["error"])
		}
		return out["result"]
	}
	do("command", obj{"user": "alice", "channel": "#sales", "command": "/echo", "text": "by control"})
	do("sees", obj{"user": "alice", "channel": "#sales", "words": list{"echo: by control"}})
	do("command", obj{"user": "alice", "command": "/form"})
	do("sees-modal", obj{"user": "alice", "words": list{"A form"}})
	if got := do("modals", obj{"user": "alice"}).(list); len(got) != 1 {
		t.Errorf("%d modals, want 1", len(got))
	}
	do("submit", obj{"user": "alice", "values": obj{"Amount": "12"}})
	if got := do("modals", obj{"user": "alice"}).(list); len(got) != 0 {
		t.Errorf("%d modals, want none", len(got))
	}
	do("home", obj{"user": "alice"})
	do("sees-home", obj{"user": "alice", "words": list{"Open form"}})
	do("click", obj{"user": "alice", "home": true, "what": "Open form"})
	do("close", obj{"user": "alice"})
	do("say", obj{"user": "alice", "text": "hello"})
	do("sees", obj{"user": "alice", "words": list{"Again"}})
	do("click", obj{"user": "alice", "what": "Again"})
	do("redeliver", nil)
	do("idle", nil)
	if rec, _ := b.post("/control/click", "", obj{"user": "alice", "what": "Nothing like it", "wait_ms": 1}); rec.Code != http.StatusConflict {
		t.Errorf("an impossible click got %d, want 409", rec.Code)
	}
}

func TestEvents_RetryHeadersAndNoRetry(t *testing.T) {
	type attempt struct{ num, reason string }
	for _, tc := range []struct {
		name    string
		noRetry bool
		want    []attempt
	}{
		{"three retries", false, []attempt{{"", ""}, {"1", "http_error"}, {"2", "http_error"}, {"3", "http_error"}}},
		{"the app wants none", true, []attempt{{"", ""}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := make(chan attempt, 10)
			app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				got <- attempt{r.Header.Get("X-Slack-Retry-Num"), r.Header.Get("X-Slack-Retry-Reason")}
				if tc.noRetry {
					w.Header().Set("X-Slack-No-Retry", "1")
				}
				w.WriteHeader(http.StatusInternalServerError)
			}))
			defer app.Close()
			b := newBench(t, func(o *slacksim.Options) {
				o.App.Transport, o.App.RequestURLs.Events = slacksim.TransportHTTP, app.URL
				o.RetryAfter = []time.Duration{0, 0, 0}
			})
			b.ws.Person("U0ALICE").Test(t).Say("", "hello")
			for i, want := range tc.want {
				if a := receive(t, got); a != want {
					t.Errorf("attempt %d is %v, want %v", i, a, want)
				}
			}
			b.ws.Close()
			if len(got) > 0 {
				t.Errorf("%d attempts too many", len(got))
			}
		})
	}
}

// answering runs an app that answers every interaction with the same JSON and keeps what it got.
func (b *bench) answering(answer string) <-chan string {
	got := make(chan string, 20)
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got <- r.FormValue("payload")
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(answer))
	}))
	b.t.Cleanup(app.Close)
	b.ws.SetTransport(slacksim.TransportHTTP)
	b.ws.SetRequestURLs(slacksim.RequestURLs{Commands: app.URL, Interactivity: app.URL, Events: app.URL})
	return got
}

func (b *bench) open(more obj) {
	b.t.Helper()
	v := obj{"type": "modal", "title": plain("A title"), "submit": plain("Go"), "blocks": list{
		obj{"type": "input", "block_id": "b", "label": plain("Name"), "element": obj{"type": "plain_text_input", "action_id": "a"}},
		obj{"type": "input", "block_id": "c", "optional": true, "label": plain("Who"), "element": obj{"type": "external_select", "action_id": "x", "min_query_length": 1}},
		obj{"type": "input", "block_id": "d", "optional": true, "label": plain("Them"), "element": obj{"type": "multi_external_select", "action_id": "y", "min_query_length": 0, "max_selected_items": 2,
			"initial_options": list{obj{"text": plain("Eve"), "value": "eve"}}}},
	}}
	for k, x := range more {
		v[k] = x
	}
	b.want(b.call("views.open", obj{"trigger_id": b.trigger(), "view": v}), "")
}

func TestModal_AnswersOfTheApp(t *testing.T) {
	for _, tc := range []struct {
		name, answer string
		open         int
		sees         string
	}{
		{"empty closes", ``, 0, ""},
		{"clear", `{"response_action":"clear"}`, 0, ""},
		{"errors", `{"response_action":"errors","errors":{"b":"no good"}}`, 1, "no good"},
		{"errors of a block that is none", `{"response_action":"errors","errors":{"zzz":"no good"}}`, 1, "could not reach"},
		{"update", `{"response_action":"update","view":{"type":"modal","title":{"type":"plain_text","text":"Done"},"blocks":[]}}`, 1, "Done"},
		{"push", `{"response_action":"push","view":{"type":"modal","title":{"type":"plain_text","text":"Next"},"blocks":[]}}`, 2, "Next"},
		{"a view Slack refuses", `{"response_action":"update","view":{"type":"modal","blocks":[]}}`, 1, "could not reach"},
		{"no JSON", `oops`, 1, "could not reach"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := newBench(t, nil)
			b.open(nil)
			b.answering(tc.answer)
			alice := b.ws.Person("U0ALICE").Test(t)
			alice.Submit("A title", map[string]string{"Name": "x"})
			if n := len(alice.Modals()); n != tc.open {
				t.Errorf("%d modals are open, want %d", n, tc.open)
			}
			if tc.sees != "" {
				alice.SeesModal(tc.sees)
			}
		})
	}
}

func TestModal_TellsWhenClosed(t *testing.T) {
	b := newBench(t, nil)
	b.open(obj{"notify_on_close": true})
	got := b.answering(``)
	if err := b.ws.Person("U0ALICE").CloseModal(); err != nil {
		t.Fatal(err)
	}
	if p := receive(t, got); !contains(p, `"type":"view_closed"`) {
		t.Errorf("the app was told %s", p)
	}
}

func TestSeen_Mentions(t *testing.T) {
	b := newBench(t, nil)
	b.message(section("<!channel> hey <@U0LILEI>"), obj{"type": "header", "text": plain("<!here>")})
	b.message(section("&lt;!channel&gt; typed by somebody"))
	all := b.ws.Person("U0ALICE").In("#sales").Reads()
	if got := all[0].Mentions; !slices.Equal(got, []string{"<!channel>", "<@U0LILEI>"}) {
		t.Errorf("mentions %v", got)
	}
	if got := all[1].Mentions; len(got) != 0 {
		t.Errorf("an escaped mention counts: %v", got)
	}
}

func TestMention_RunsIntoChinese(t *testing.T) {
	b := newBench(t, nil)
	for typed, want := range map[string]int{"@echo你好": 1, "@echoes": 0, "（@李雷）": 1, "a@echo": 0, "@alice.": 1} {
		if _, err := b.ws.Person("U0ALICE").Say("#sales", typed); err != nil {
			t.Fatal(err)
		}
		all := b.ws.Person("U0ALICE").In("#sales").Reads()
		if got := len(all[len(all)-1].Mentions); got != want {
			t.Errorf("%q mentions %d, want %d", typed, got, want)
		}
	}
}
