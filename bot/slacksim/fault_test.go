package slacksim_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"partnerdesk/bot/slacksim"
)

// Every fault of a call: what the app is told, and whether it took effect.
func TestFault_Calls(t *testing.T) {
	cases := map[string]struct {
		status int // 0: the connection ends
		body   string
		stands bool
	}{
		slacksim.FaultLimit:      {429, "ratelimited", false},
		slacksim.FaultError:      {503, "service_unavailable", false},
		slacksim.FaultErrorAfter: {503, "service_unavailable", true},
		slacksim.FaultCut:        {0, "", false},
		slacksim.FaultCutAfter:   {0, "", true},
		slacksim.FaultLate:       {0, "", true},
		slacksim.FaultSlow:       {200, `"ok":true`, true},
		slacksim.FaultGarble:     {200, "<html>", true},
		slacksim.FaultExpire:     {200, "expired_trigger_id", false},
	}
	for do, want := range cases {
		t.Run(do, func(t *testing.T) {
			ws, _ := start(t, slacksim.TransportHTTP, nil)
			err := ws.Misbehave(1, slacksim.Fault{On: "chat.postMessage", Do: do, Times: 1, For: 20 * time.Millisecond})
			if err != nil {
				t.Fatal(err)
			}
			post := func(text string) (int, string) {
				r, err := http.PostForm(ws.URL()+"/api/chat.postMessage", url.Values{"token": {botToken}, "channel": {"C0SALES"}, "text": {text}})
				if err != nil {
					return 0, ""
				}
				defer r.Body.Close()
				raw, _ := io.ReadAll(r.Body)
				if do == slacksim.FaultLimit && text == "one" && r.Header.Get("Retry-After") != "1" {
					t.Errorf("Retry-After is %q", r.Header.Get("Retry-After"))
				}
				return r.StatusCode, string(raw)
			}
			status, body := post("one")
			if status != want.status || !strings.Contains(body, want.body) {
				t.Errorf("told %d %q, want %d %q", status, body, want.status, want.body)
			}
			if status, _ := post("two"); status != 200 {
				t.Errorf("the second call, past Times, got %d", status)
			}
			stands := func() bool {
				return slices.ContainsFunc(ws.Standing(), func(l slacksim.Line) bool { return l.Text == "one" })
			}
			if want.stands {
				waitFor(t, stands)
			}
			if stands() != want.stands {
				t.Errorf("stands: %v, want %v", stands(), want.stands)
			}
			effects := 0
			for _, l := range ws.Transcript() {
				if l.What == "answer" && l.Fault == do && l.Effect {
					effects++
				}
			}
			if got := effects == 1; got != want.stands {
				t.Errorf("the transcript tells of %d effects", effects)
			}
		})
	}
}

func TestFault_Deliveries(t *testing.T) {
	both(t, func(o *slacksim.Options) { o.RetryAfter = []time.Duration{0} }, func(t *testing.T, ws *slacksim.Workspace, b *echoBot) {
		cases := []struct {
			do    string
			times int // how often the app hears of it
		}{
			{slacksim.FaultDuplicate, 2}, {slacksim.FaultDelay, 1}, {slacksim.FaultDropAck, 2}, {slacksim.FaultLose, 1}, {slacksim.FaultReorder, 1},
		}
		for _, c := range cases {
			if err := ws.Misbehave(1, slacksim.Fault{On: "events_api", Do: c.do, Times: 1, For: 10 * time.Millisecond}); err != nil {
				t.Fatal(err)
			}
			before := b.count()
			lilei := ws.Person("李雷").Test(t)
			lilei.Say("#sales", "@echo "+c.do)
			lilei.Sees("you said:", c.do)
			if err := ws.Idle(t.Context()); err != nil {
				t.Fatal(err)
			}
			if n := b.count() - before; n != c.times {
				t.Errorf("%s: heard %d times, want %d", c.do, n, c.times)
			}
		}
	})
}

func (b *echoBot) count() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.events)
}

// A held delivery goes behind the next one.
func TestFault_Reorder(t *testing.T) {
	ws, _ := start(t, slacksim.TransportHTTP, nil)
	if err := ws.Misbehave(1, slacksim.Fault{On: "events_api", Do: slacksim.FaultReorder, Times: 1, For: 5 * time.Second}); err != nil {
		t.Fatal(err)
	}
	lilei := ws.Person("李雷").Test(t)
	lilei.Say("#sales", "@echo first")
	waitFor(t, func() bool { return ws.Faults()[0].Struck == 1 })
	lilei.Say("#sales", "@echo second")
	lilei.Sees("you said:", "first")
	var order []string
	for _, l := range ws.Transcript() {
		if l.What == "message" && l.App {
			order = append(order, l.Text)
		}
	}
	if len(order) != 2 || !strings.Contains(order[0], "second") {
		t.Errorf("answered in the order %q", order)
	}
}

// Sockets that carry nothing look open and are not.
func TestFault_Sockets(t *testing.T) {
	ws, _ := start(t, slacksim.TransportSocket, func(o *slacksim.Options) { o.AckWithin = 100 * time.Millisecond })
	script := "# all at once\nsockets deaf\nhandshake refuse times=1\n"
	list, err := slacksim.ParseFaults(script)
	if err != nil {
		t.Fatal(err)
	}
	if err := ws.Misbehave(1, list...); err != nil {
		t.Fatal(err)
	}
	alice := ws.Person("Alice").Test(t).In("#sales")
	waitFor(t, func() bool { return ws.Faults()[0].Struck == 1 })
	alice.Command("/echo", "is anybody there")
	alice.Sees("operation_timeout")
	if ws.Connections() != 1 {
		t.Errorf("%d connections, want the deaf one", ws.Connections())
	}
	ws.DropSockets()
	waitFor(t, func() bool { return ws.Faults()[1].Struck == 1 && ws.Connections() == 1 })
	alice.Command("/echo", "and now")
	alice.Sees("echo: and now")
}

func TestFault_TheSameSeedStrikesTheSame(t *testing.T) {
	run := func(seed uint64) string {
		ws, err := slacksim.New(slacksim.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer ws.Close()
		if err := ws.Misbehave(seed, slacksim.Fault{On: "api", Do: slacksim.FaultError, Share: 0.3}); err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		for range 200 {
			r, _ := http.NewRequest(http.MethodPost, "http://x/api/auth.test", strings.NewReader("token=xoxb-simulated"))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			w := &answer{}
			ws.Handler().ServeHTTP(w, r)
			b.WriteByte(".x"[w.status/503])
		}
		return b.String()
	}
	one := run(7)
	if one != run(7) {
		t.Error("the same seed struck differently")
	}
	if one == run(8) {
		t.Error("another seed struck the same")
	}
	if n := strings.Count(one, "x"); n < 35 || n > 85 {
		t.Errorf("struck %d of 200, want about 60", n)
	}
}

type answer struct {
	bytes.Buffer
	status int
}

func (a *answer) Header() http.Header    { return http.Header{} }
func (a *answer) WriteHeader(status int) { a.status = status }

func TestFault_ParseFaults(t *testing.T) {
	for name, c := range map[string]struct{ script, want string }{
		"all":        {"events_api duplicate share=0.3 skip=2 times=4 for=2s from=1s until=1m0s", ""},
		"nonsense":   {"chat.postMessage duplicate", "cannot happen"},
		"nobody":     {"chat.postMassage cut", "nothing called"},
		"too often":  {"api cut share=3", "out of range"},
		"half":       {"api", "what happens"},
		"no such":    {"api cut loudly=yes", `no "loudly"`},
		"a bad time": {"api slow for=soon", "duration"},
	} {
		t.Run(name, func(t *testing.T) {
			list, err := slacksim.ParseFaults(c.script)
			switch {
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
				t.Errorf("got %v, want %q", err, c.want)
			case c.want == "" && (err != nil || list[0].String() != c.script):
				t.Errorf("got %v %v", list, err)
			}
		})
	}
}

// The transcript on a writer is what Transcript says, and tells no secret.
func TestTranscript(t *testing.T) {
	ws, _ := start(t, slacksim.TransportHTTP, nil)
	var out bytes.Buffer
	ws.Record(&out)
	alice := ws.Person("Alice").Test(t).In("#sales")
	alice.Command("/echo", "hello")
	alice.Sees("echo: hello")
	ws.Note("the end")
	ws.Record(nil)
	var kinds []string
	for _, raw := range strings.Split(strings.TrimSpace(out.String()), "\n") {
		var l slacksim.Line
		if err := json.Unmarshal([]byte(raw), &l); err != nil {
			t.Fatal(err)
		}
		kinds = append(kinds, l.What)
	}
	if kinds[0] != "delivery" || kinds[len(kinds)-1] != "note" || !slices.Contains(kinds, "ack") || !slices.Contains(kinds, "message") {
		t.Errorf("the transcript tells %v", kinds)
	}
	for _, bad := range []string{"/response/", botToken, appToken} {
		if strings.Contains(out.String(), bad) {
			t.Errorf("the transcript tells %q", bad)
		}
	}
}

// Programs in other processes do the same with control calls.
func TestFault_Control(t *testing.T) {
	ws, _ := start(t, slacksim.TransportHTTP, nil)
	tell := func(body string) (int, string) {
		r, err := http.Post(ws.URL()+"/control/faults", "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		raw, _ := io.ReadAll(r.Body)
		return r.StatusCode, string(raw)
	}
	if code, said := tell(`{"script":"api sing"}`); code != http.StatusConflict || !strings.Contains(said, "cannot happen") {
		t.Errorf("a script that makes no sense: %d %s", code, said)
	}
	if code, said := tell(`{"seed":1,"script":"slash_commands lose times=1"}`); code != http.StatusOK {
		t.Errorf("%d %s", code, said)
	}
	alice := ws.Person("Alice").Test(t).In("#sales")
	alice.Command("/echo", "lost")
	alice.Sees("dispatch_failed")
	alice.Command("/echo", "found")
	alice.Sees("echo: found")
	for path, want := range map[string]string{"faults": `"struck":1`, "transcript": `"fault":"lose"`} {
		r, err := http.Get(ws.URL() + "/control/" + path)
		if err != nil {
			t.Fatal(err)
		}
		raw, _ := io.ReadAll(r.Body)
		r.Body.Close()
		if !strings.Contains(string(raw), want) {
			t.Errorf("%s does not tell of %s", path, want)
		}
	}
}

// Blocks can be refused that have nothing wrong with them; a message of text alone is taken.
func TestMisbehave_Malformed(t *testing.T) {
	ws, _ := start(t, slacksim.TransportHTTP, nil)
	if err := ws.Misbehave(1, slacksim.Fault{On: "chat.postMessage", Do: slacksim.FaultMalformed}); err != nil {
		t.Fatal(err)
	}
	form := url.Values{"token": {botToken}, "channel": {"C0SALES"}, "text": {"one"}}
	for blocks, want := range map[string]string{"": `"ok":true`, "[]": `"ok":true`, `[{"type":"divider"}]`: `"error":"invalid_blocks"`} {
		form.Set("blocks", blocks)
		r, err := http.PostForm(ws.URL()+"/api/chat.postMessage", form)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := io.ReadAll(r.Body)
		_ = r.Body.Close()
		if err != nil || !strings.Contains(string(raw), want) {
			t.Errorf("got %s, %v, want %s", raw, err, want)
		}
	}
}
