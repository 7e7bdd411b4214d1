package slackapp_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path"
	"strings"
	"sync"
	"testing"
	"time"

	"partnerdesk/bot"
	"partnerdesk/bot/slackapp"
	"partnerdesk/bot/slacksim"
)

// far is a Slack that answers as a test wants, by method; "hook" is the
// response_url.
type far struct {
	*httptest.Server

	mu      sync.Mutex // guards what follows
	answers map[string]http.HandlerFunc
	calls   []string
}

func newFar(t *testing.T) *far {
	t.Helper()
	f := &far{answers: map[string]http.HandlerFunc{
		"auth.test":          ok(`"team_id":"T1","user_id":"U0DESK","bot_id":"B1"`),
		"conversations.open": ok(`"channel":{"id":"D1"}`),
	}}
	f.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		method := path.Base(r.URL.Path)
		f.mu.Lock()
		f.calls = append(f.calls, method)
		h := f.answers[method]
		f.mu.Unlock()
		if h == nil {
			h = ok(`"channel":"C1","ts":"1.2"`)
		}
		h(w, r)
	}))
	t.Cleanup(f.Close)
	return f
}

func (f *far) on(method string, h http.HandlerFunc) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.answers[method] = h
}

func (f *far) count(method string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := 0
	for _, c := range f.calls {
		if c == method {
			n++
		}
	}
	return n
}

func ok(fields string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintf(w, `{"ok":true,%s}`, fields) }
}

func says(code string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintf(w, `{"ok":false,"error":%q}`, code) }
}

func status(code int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { http.Error(w, body, code) }
}

func limited(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Retry-After", "7")
	w.WriteHeader(http.StatusTooManyRequests)
}

func hangUp(w http.ResponseWriter, _ *http.Request) {
	c, _, err := http.NewResponseController(w).Hijack()
	if err == nil {
		c.Close()
	}
}

func (f *far) app(t *testing.T, change func(*slackapp.Options)) *slackapp.App {
	t.Helper()
	o := slackapp.Options{BotToken: botToken, AppToken: appToken, APIURL: f.URL + "/api", Inbox: noInbox{}}
	if change != nil {
		change(&o)
	}
	a, err := slackapp.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

type noInbox struct{ bot.Inbox }

func TestSend_Faults(t *testing.T) {
	who := bot.PersonID{Team: "T1", User: "U1"}
	at := bot.Place{Team: "T1", Channel: "C1", Message: "1.1"}
	targets := map[string]bot.Target{
		"chat.postMessage":   {Kind: bot.TargetPlace, Person: who, Place: at},
		"to nobody":          {Kind: bot.TargetPlace, Place: at},
		"chat.postEphemeral": {Kind: bot.TargetPrivate, Person: who, Place: at},
		"chat.update":        {Kind: bot.TargetUpdate, Person: who, Place: at},
		"conversations.open": {Kind: bot.TargetPerson, Person: who},
		"to a person":        {Kind: bot.TargetPerson, Person: who},
		"hook":               {Kind: bot.TargetReturn, Person: who, Place: at},
	}
	tests := []struct {
		target string
		answer http.HandlerFunc
		name   string
		want   bot.SendFault
		after  time.Duration
	}{
		{"chat.postMessage", limited, "rate limit", bot.FaultRetry, 7 * time.Second},
		{"chat.postMessage", status(503, "<html>"), "server error", bot.FaultAmbiguous, 0},
		{"chat.postMessage", hangUp, "hung up", bot.FaultAmbiguous, 0},
		{"chat.postMessage", says("internal_error"), "internal error", bot.FaultAmbiguous, 0},
		{"chat.postMessage", says("service_unavailable"), "unavailable", bot.FaultRetry, 0},
		{"chat.postMessage", says("not_in_channel"), "not in channel", bot.FaultExpired, 0},
		{"chat.postMessage", says("is_archived"), "archived", bot.FaultExpired, 0},
		{"chat.postMessage", says("invalid_blocks"), "our own fault", bot.FaultPermanent, 0},
		{"chat.postMessage", says("account_inactive"), "inactive", bot.FaultPermanent, 0},
		{"chat.postMessage", says("invalid_auth"), "token refused", bot.FaultRetry, time.Minute},
		{"chat.postMessage", says("never_heard_of"), "unknown code", bot.FaultPermanent, 0},
		{"to nobody", says("not_in_channel"), "nobody to fall back on", bot.FaultPermanent, 0},
		{"to a person", says("not_in_channel"), "person unreachable", bot.FaultPermanent, 0},
		{"conversations.open", says("user_disabled"), "person gone", bot.FaultPermanent, 0},
		{"conversations.open", status(500, ""), "cannot open", bot.FaultRetry, 0},
		{"chat.postEphemeral", status(502, ""), "whisper unsure", bot.FaultRetry, 0},
		{"chat.postEphemeral", says("user_not_in_channel"), "whisper elsewhere", bot.FaultExpired, 0},
		{"chat.update", hangUp, "update unsure", bot.FaultRetry, 0},
		{"chat.update", says("message_not_found"), "message gone", bot.FaultExpired, 0},
		{"hook", status(404, `{"ok":false,"error":"expired_url"}`), "expired", bot.FaultExpired, 0},
		{"hook", status(404, `{"ok":false,"error":"used_url"}`), "used up", bot.FaultExpired, 0},
		{"hook", status(403, "forbidden"), "forbidden", bot.FaultExpired, 0},
		{"hook", status(500, ""), "server error", bot.FaultRetry, 0},
		{"hook", limited, "rate limit", bot.FaultRetry, 7 * time.Second},
		{"hook", hangUp, "hung up", bot.FaultRetry, 0},
		{"hook", status(400, `{"ok":false,"error":"invalid_blocks"}`), "our own fault", bot.FaultPermanent, 0},
	}
	for _, tt := range tests {
		t.Run(tt.target+"/"+tt.name, func(t *testing.T) {
			f := newFar(t)
			method := tt.target
			if strings.HasPrefix(method, "to ") {
				method = "chat.postMessage"
			}
			f.on(method, tt.answer)
			p := bot.Pending{Post: bot.Post{ID: "p1", To: targets[tt.target], Reply: bot.Say(bot.Text("hi"))}}
			if tt.target == "hook" {
				p.To.Return = f.URL + "/services/very-secret/hook"
			}
			_, err := f.app(t, nil).Send(t.Context(), p)
			got, ok := errors.AsType[*bot.SendError](err)
			if !ok || got.Fault != tt.want || got.After != tt.after {
				t.Errorf("got %+v (%v), want fault %d after %s", got, err, tt.want, tt.after)
			}
			if err != nil && (strings.Contains(err.Error(), "very-secret") || strings.Contains(err.Error(), botToken)) {
				t.Errorf("error tells a secret: %v", err)
			}
		})
	}
	t.Run("nothing listens", func(t *testing.T) {
		f := newFar(t)
		a := f.app(t, nil)
		f.Close()
		_, err := a.Send(t.Context(), bot.Pending{Post: bot.Post{To: targets["chat.postMessage"], Reply: bot.Say(bot.Text("hi"))}})
		if got, _ := errors.AsType[*bot.SendError](err); got == nil || got.Fault != bot.FaultRetry {
			t.Errorf("got %v, want a retry: nothing was sent", err)
		}
	})
	t.Run("return address known to be dead", func(t *testing.T) {
		f := newFar(t)
		to := bot.Target{Kind: bot.TargetReturn, Person: who, Return: f.URL + "/hook", Expires: time.Now().Add(-time.Second)}
		_, err := f.app(t, nil).Send(t.Context(), bot.Pending{Post: bot.Post{To: to, Reply: bot.Say(bot.Text("hi"))}})
		if got, _ := errors.AsType[*bot.SendError](err); got == nil || got.Fault != bot.FaultExpired || f.count("hook") != 0 {
			t.Errorf("got %v after %d calls, want expired without a call", err, f.count("hook"))
		}
	})
}

// Blocks that Slack refuses are a fault of ours, and the person still gets the words.
func TestSend_MalformedGoesAsText(t *testing.T) {
	who := bot.PersonID{Team: "T1", User: "U1"}
	at := bot.Place{Team: "T1", Channel: "C1", Message: "1.1"}
	targets := map[string]bot.Target{
		"chat.postMessage":   {Kind: bot.TargetPlace, Person: who, Place: at},
		"chat.postEphemeral": {Kind: bot.TargetPrivate, Person: who, Place: at},
		"chat.update":        {Kind: bot.TargetUpdate, Person: who, Place: at},
		"hook":               {Kind: bot.TargetReturn, Person: who, Place: at},
	}
	for method, to := range targets {
		t.Run(method, func(t *testing.T) {
			f := newFar(t)
			var last string
			f.on(method, func(w http.ResponseWriter, r *http.Request) {
				raw, err := io.ReadAll(r.Body)
				if err != nil {
					t.Error(err)
				}
				last = string(raw)
				if form, err := url.ParseQuery(last); method != "hook" && err == nil {
					last = form.Get("text") + form.Get("blocks")
				}
				switch {
				case strings.Contains(last, "section"):
					if method == "hook" {
						w.WriteHeader(http.StatusBadRequest)
					}
					fmt.Fprint(w, `{"ok":false,"error":"invalid_blocks"}`)
				default:
					fmt.Fprint(w, `{"ok":true,"channel":"C1","ts":"2.2"}`)
				}
			})
			if method == "hook" {
				to.Return = f.URL + "/hook"
			}
			_, err := f.app(t, nil).Send(t.Context(), bot.Pending{Post: bot.Post{ID: "p1", To: to, Reply: bot.Say(bot.Text("in words"))}})
			if err != nil || f.count(method) != 2 || !strings.Contains(last, "in words") {
				t.Errorf("got %v after %d calls, the last with %s", err, f.count(method), last)
			}
		})
	}
}

func TestSend_Card(t *testing.T) {
	f := newFar(t)
	a := f.app(t, nil)
	p := bot.Pending{Post: bot.Post{ID: "p1", Object: "ticket/1", To: bot.Target{Kind: bot.TargetPlace, Place: bot.Place{Team: "T1", Channel: "C1"}},
		Reply: bot.Say(bot.Text("open"))}, Card: bot.Receipt{Channel: "C1", Message: "5.5"}}
	if _, err := a.Send(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	if f.count("chat.update") != 1 || f.count("chat.postMessage") != 0 {
		t.Errorf("calls %v, want an update of the card", f.calls)
	}
	f.on("chat.update", says("message_not_found"))
	if _, err := a.Send(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	if f.count("chat.postMessage") != 1 {
		t.Errorf("calls %v, want the deleted card posted anew", f.calls)
	}
}

func TestFind(t *testing.T) {
	for _, transport := range []slackapp.Transport{slackapp.HTTP} {
		d := open(t, transport, nil)
		alice := d.ws.Person("U0ALICE").Test(t)
		root, _ := alice.Say("#sales", "a thread")
		tests := map[string]bot.Target{
			"channel": {Kind: bot.TargetPlace, Place: bot.Place{Team: team, Channel: "C0SALES"}},
			"thread":  {Kind: bot.TargetPlace, Place: bot.Place{Team: team, Channel: "C0SALES", Thread: root}},
			"person":  {Kind: bot.TargetPerson, Person: bot.PersonID{Team: team, User: "U0ALICE"}},
		}
		for name, to := range tests {
			p := bot.Pending{Post: bot.Post{ID: "T0.find." + name, To: to, Reply: bot.Say(bot.Text("look " + name)), Created: time.Now()}, Tried: time.Now()}
			if _, found, err := d.app.Find(t.Context(), p); err != nil || found {
				t.Errorf("%s: found %v, %v before it was sent", name, found, err)
			}
			sent, err := d.app.Send(t.Context(), p)
			if err != nil {
				t.Fatal(err)
			}
			got, found, err := d.app.Find(t.Context(), p)
			if err != nil || !found || got != sent {
				t.Errorf("%s: got %+v, %v, %v; want %+v", name, got, found, err, sent)
			}
		}
		gone := bot.Pending{Post: bot.Post{ID: "x", To: bot.Target{Kind: bot.TargetPlace, Place: bot.Place{Channel: "C0QUIET"}}}}
		if _, _, err := d.app.Find(t.Context(), gone); err == nil {
			t.Error("a history that cannot be read was no error")
		}
		quiet := bot.Pending{Post: bot.Post{ID: "x", To: bot.Target{Kind: bot.TargetReturn}}}
		if _, found, err := d.app.Find(t.Context(), quiet); err != nil || found {
			t.Errorf("what leaves no trace: %v %v", found, err)
		}
	}
}

// The simulator refuses what Slack refuses; a thousand odd replies get through.
func TestSend_WhatSlackTakes(t *testing.T) {
	d := open(t, slackapp.HTTP, nil)
	long := strings.Repeat("很长的一段话，*粗体* <!channel> & `code` ", 900)
	var items []bot.Field
	var buttons []bot.Button
	var rows [][]string
	for i := range 130 {
		items = append(items, bot.Field{Label: fmt.Sprintf("label %d", i), Value: []bot.Inline{bot.Text(long[:300])}})
		buttons = append(buttons, bot.Button{Action: "ask.other", Text: long[:300], Value: long[:3000],
			Confirm: &bot.Confirm{Title: long[:400], Text: long[:2000], Yes: long[:90], No: "no"}})
		rows = append(rows, []string{long[:60], fmt.Sprint(i)})
	}
	columns := []bot.Column{{Title: "客户"}, {Title: "数", Numeric: true}}
	replies := map[string]bot.Reply{
		"long paragraph": bot.Say(bot.Bold("x"), bot.Text(long), bot.Markdown(long)),
		"long heading":   {Blocks: []bot.Block{bot.Heading{Text: long}}},
		"many fields":    {Blocks: []bot.Block{bot.Fields{Items: items}}},
		"many buttons":   {Blocks: []bot.Block{bot.Buttons{Items: buttons}}},
		"two tables":     {Blocks: []bot.Block{bot.Table{Columns: columns, Rows: rows}, bot.Table{Columns: columns, Rows: rows}}},
		"long note":      {Blocks: []bot.Block{bot.Note{Inlines: []bot.Inline{bot.Text(long)}}}},
		"everything": {Blocks: []bot.Block{bot.Heading{Text: "h"}, bot.Fields{Items: items}, bot.Table{Columns: columns, Rows: rows},
			bot.Note{Inlines: []bot.Inline{bot.Text(long)}}, bot.Buttons{Items: buttons}}},
		"nothing": {},
	}
	for name, r := range replies {
		for kind, to := range map[string]bot.Target{
			"post":    {Kind: bot.TargetPlace, Place: bot.Place{Team: team, Channel: "C0SALES"}},
			"private": {Kind: bot.TargetPrivate, Person: bot.PersonID{Team: team, User: "U0ALICE"}, Place: bot.Place{Team: team, Channel: "C0SALES"}},
		} {
			if _, err := d.app.Send(t.Context(), bot.Pending{Post: bot.Post{ID: "T0." + name, To: to, Reply: r}}); err != nil {
				t.Errorf("%s as %s: %v", name, kind, err)
			}
		}
	}
}

func TestSend_RateLimitOfTheSimulator(t *testing.T) {
	d := open(t, slackapp.HTTP, func(o *slacksim.Options) { o.RateLimit, o.Burst = true, 1 })
	p := bot.Pending{Post: bot.Post{ID: "T0.x", To: bot.Target{Kind: bot.TargetPlace, Place: bot.Place{Team: team, Channel: "C0SALES"}}, Reply: bot.Say(bot.Text("x"))}}
	if _, err := d.app.Send(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	_, err := d.app.Send(t.Context(), p)
	if got, _ := errors.AsType[*bot.SendError](err); got == nil || got.Fault != bot.FaultRetry || got.After != time.Second {
		t.Errorf("got %v, want a retry after 1 s", err)
	}
}

func TestForms_TriggerDied(t *testing.T) {
	f := newFar(t)
	a := f.app(t, nil)
	for _, code := range []string{"expired_trigger_id", "exchanged_trigger_id", "invalid_trigger_id"} {
		f.on("views.open", says(code))
		before := f.count("views.open")
		_, err := a.Open(t.Context(), bot.Request{Trigger: "x"}, bot.FormWords{Title: "t", Wait: "w", Close: "c"})
		if !errors.Is(err, bot.ErrTriggerExpired) || f.count("views.open") != before+1 {
			t.Errorf("%s: got %v after %d calls, want one call and ErrTriggerExpired", code, err, f.count("views.open")-before)
		}
	}
	f.on("views.open", limited)
	before := f.count("views.open")
	if _, err := a.Open(t.Context(), bot.Request{Trigger: "x"}, bot.FormWords{Title: "t", Wait: "w"}); err == nil || f.count("views.open") != before+1 {
		t.Errorf("got %v after %d calls, want an error and no retry while the trigger dies", err, f.count("views.open")-before)
	}
	f.on("views.open", ok(`"view":{"id":"V1"}`))
	var shown map[string]any
	f.on("views.update", func(w http.ResponseWriter, r *http.Request) {
		_ = json.NewDecoder(r.Body).Decode(&shown) // checked below
		ok(`"view":{"id":"V1"}`)(w, r)
	})
	view, err := a.Open(t.Context(), bot.Request{Trigger: "x", Place: bot.Place{Channel: "C9"}}, bot.FormWords{Title: "Title", Wait: "w", Close: "c"})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Say(t.Context(), view, bot.Say(bot.Text("cannot"))); err != nil {
		t.Fatal(err)
	}
	if v, _ := shown["view"].(map[string]any); shown["view_id"] != "V1" || v["title"].(map[string]any)["text"] != "Title" {
		t.Errorf("showed %v", shown)
	}
	if err := a.Show(t.Context(), "nonsense", bot.Form{}); err == nil {
		t.Error("a handle of nobody's was taken")
	}
}
