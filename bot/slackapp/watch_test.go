package slackapp_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"partnerdesk/bot/slackapp"
	"partnerdesk/bot/slacksim"
)

// lively makes Slack ping often, and the door impatient.
func lively(o *slacksim.Options) { o.PingEvery = 30 * time.Millisecond }

func impatient(o *slackapp.Options) { o.Silence = 500 * time.Millisecond }

// watchful adds a canary that is quick.
func watchful(o *slackapp.Options) {
	impatient(o)
	o.Canary = slackapp.Canary{Person: "U0ALICE", Every: 20 * time.Millisecond, Within: 400 * time.Millisecond, Text: func(at string) string { return "checking, " + at }}
}

func (d *desk) ready(t *testing.T) string {
	t.Helper()
	if err := d.app.Ready(t.Context()); err != nil {
		return err.Error()
	}
	return ""
}

// A socket that carries nothing any more, pings included, is replaced long before
// the library notices, and the desk does not call itself ready meanwhile.
func TestSocket_DeafIsReplaced(t *testing.T) {
	t.Parallel()
	d := open(t, slackapp.Socket, lively, impatient)
	eventually(t, "ready", func() bool { return d.ready(t) == "" })
	d.ws.DeafenSockets()
	since := time.Now()
	eventually(t, "both replaced", func() bool { return d.meter.of("socket_replacements silent") == 2 })
	if took := time.Since(since); took > 3*time.Second {
		t.Errorf("noticed after %s", took)
	}
	eventually(t, "ready again", func() bool { return d.ready(t) == "" })
	alice := d.ws.Person("U0ALICE").Test(t).In("#sales")
	alice.Command("/ask", "are you back")
	alice.Sees("answer: are you back")
}

func TestSocket_DeafIsNotReady(t *testing.T) {
	t.Parallel()
	d := open(t, slackapp.Socket, lively, impatient)
	eventually(t, "ready", func() bool { return d.ready(t) == "" })
	if err := d.ws.Misbehave(1, slacksim.Fault{On: "handshake", Do: slacksim.FaultRefuse}); err != nil {
		t.Fatal(err)
	}
	d.ws.DeafenSockets()
	eventually(t, "not ready", func() bool { return strings.Contains(d.ready(t), "no socket is open") })
	if err := d.ws.Misbehave(1); err != nil {
		t.Fatal(err)
	}
	eventually(t, "ready again", func() bool { return d.ready(t) == "" })
}

// A quiet workspace is no dead one: pings are life enough.
func TestSocket_QuietIsNotReplaced(t *testing.T) {
	t.Parallel()
	d := open(t, slackapp.Socket, lively, impatient, func(o *slackapp.Options) { o.Silence = 200 * time.Millisecond })
	_, before, _, _ := d.app.Sockets()
	eventually(t, "many pings", func() bool { _, in, _, _ := d.app.Sockets(); return in > before+400 })
	if n := d.meter.of("socket_replacements silent"); n != 0 {
		t.Errorf("%d sockets were replaced though Slack pinged", n)
	}
	if n, in, out, silence := d.app.Sockets(); n != 2 || in == 0 || out == 0 || silence > time.Second {
		t.Errorf("%d sockets, %d bytes in, %d out, silent for %s", n, in, out, silence)
	}
}

func TestPatience(t *testing.T) {
	sec := time.Second
	for _, tt := range []struct {
		name   string
		pauses []time.Duration
		want   time.Duration
	}{
		{"nothing known", nil, 25 * sec},
		{"too little known", []time.Duration{5 * sec, 5 * sec}, 25 * sec},
		{"parts of messages are no pauses", []time.Duration{1, 2, 3, 4, 5}, 25 * sec},
		{"a ping every 5 s, as the simulator", []time.Duration{5 * sec, 5 * sec, 5 * sec}, 15 * sec},
		{"pinged very often", []time.Duration{1700 * time.Millisecond, 1700 * time.Millisecond, 1700 * time.Millisecond}, 12 * sec},
		{"pinged rarely", []time.Duration{5 * sec, 20 * sec, 20 * sec}, 25 * sec},
	} {
		if got := slackapp.Patience(25*sec, tt.pauses...); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
	if got := slackapp.Patience(time.Second, 5*sec, 5*sec, 5*sec); got != sec {
		t.Errorf("patience %s is more than was asked for", got)
	}
}

// Events of what the desk causes come back; when those of one socket do not, it is
// replaced though it is pinged.
func TestCanary_OneSocketMute(t *testing.T) {
	t.Parallel()
	d := open(t, slackapp.Socket, lively, watchful)
	eventually(t, "canaries come back", func() bool { return d.meter.of("canaries returned") >= 5 })
	if n := d.meter.of("socket_replacements canary"); n != 0 {
		t.Errorf("%d sockets replaced though all came back", n)
	}
	d.ws.MuteSockets(1)
	eventually(t, "replaced", func() bool { return d.meter.of("socket_replacements canary") >= 1 })
	// Until the mute one is gone canaries are lost; then no more are.
	eventually(t, "no more are lost", func() bool {
		lost, back := d.meter.of("canaries lost"), d.meter.of("canaries returned")
		eventually(t, "ten more", func() bool { return d.meter.of("canaries returned") >= back+10 })
		return d.meter.of("canaries lost") == lost
	})
	if got := d.ready(t); got != "" {
		t.Errorf("not ready: %s", got)
	}
	var canaries int
	for _, m := range d.ws.Person("U0ALICE").Test(t).Reads() {
		if strings.HasPrefix(m.Text, "checking, ") {
			canaries++
		}
	}
	if canaries != 1 {
		t.Errorf("Alice sees %d messages of the canary, want one that is edited", canaries)
	}
	if n := d.asked.Load(); n != 0 {
		t.Errorf("%d canaries were taken for questions", n)
	}
}

// When nothing comes back at all the desk does not call itself ready, and new
// sockets are tried at growing intervals.
func TestCanary_NothingComesBack(t *testing.T) {
	t.Parallel()
	d := open(t, slackapp.Socket, lively, watchful)
	eventually(t, "canaries come back", func() bool { return d.meter.of("canaries returned") >= 3 })
	if err := d.ws.Misbehave(1, slacksim.Fault{On: "events_api", Do: slacksim.FaultLose}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "not ready", func() bool { return strings.Contains(d.ready(t), "does not come back") })
	replaced := d.meter.of("socket_replacements canary")
	eventually(t, "twenty more lost", func() bool { return d.meter.of("canaries lost") >= 25 })
	if n := d.meter.of("socket_replacements canary") - replaced; n > 16 {
		t.Errorf("%d sockets were replaced meanwhile: new ones do not help", n)
	}
	if err := d.ws.Misbehave(1); err != nil {
		t.Fatal(err)
	}
	eventually(t, "ready again", func() bool { return d.ready(t) == "" })
}

// A Web API that is slow, or refuses, is no reason to replace sockets.
func TestCanary_TroubleElsewhere(t *testing.T) {
	for name, f := range map[string]slacksim.Fault{
		"slow":    {On: "chat.update", Do: slacksim.FaultSlow, For: 300 * time.Millisecond},
		"refused": {On: "chat.update", Do: slacksim.FaultError},
		"limited": {On: "chat.update", Do: slacksim.FaultLimit, For: time.Second, Times: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := open(t, slackapp.Socket, lively, watchful)
			eventually(t, "canaries come back", func() bool { return d.meter.of("canaries returned") >= 2 })
			if err := d.ws.Misbehave(1, f); err != nil {
				t.Fatal(err)
			}
			before := d.meter.of("canaries returned") + d.meter.of("canaries not_sent")
			eventually(t, "some more", func() bool {
				return d.meter.of("canaries returned")+d.meter.of("canaries not_sent") >= before+3
			})
			if n := d.meter.of("socket_replacements canary"); n != 0 {
				t.Errorf("%d sockets replaced", n)
			}
			if got := d.ready(t); got != "" {
				t.Errorf("not ready: %s", got)
			}
		})
	}
}

// The message of an earlier run is used again, and one that somebody deleted is
// made anew.
func TestCanary_OneMessage(t *testing.T) {
	t.Parallel()
	d := open(t, slackapp.Socket, lively, watchful)
	eventually(t, "canaries come back", func() bool { return d.meter.of("canaries returned") >= 2 })
	again, err := slackapp.New(slackapp.Options{BotToken: botToken, AppToken: appToken, APIURL: d.sim.URL + "/api", Inbox: d.store, Meter: d.meter,
		Canary: slackapp.Canary{Person: "U0ALICE", Every: 20 * time.Millisecond}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- again.Run(ctx) }()
	sent := d.meter.of("canaries sent")
	eventually(t, "both send", func() bool { return d.meter.of("canaries sent") >= sent+20 })
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if n := len(d.ws.Person("U0ALICE").Test(t).Reads()); n != 1 {
		t.Errorf("Alice sees %d messages, want one", n)
	}
}

// Where Slack reports no edits at all, nothing is concluded from that.
func TestCanary_NeverCameBack(t *testing.T) {
	t.Parallel()
	d := open(t, slackapp.Socket, func(o *slacksim.Options) {
		lively(o)
		o.App.Events = []string{"app_mention"}
	}, watchful)
	eventually(t, "many lost", func() bool { return d.meter.of("canaries lost") >= 10 })
	if n := d.meter.of("socket_replacements canary"); n != 0 || d.ready(t) != "" {
		t.Errorf("%d sockets replaced, ready: %q", n, d.ready(t))
	}
	if n := strings.Count(d.log.String(), "message.im"); n != 1 {
		t.Errorf("said %d times in the log, want once", n)
	}
}

// Without a person there is no canary, and over HTTP neither.
func TestCanary_Off(t *testing.T) {
	t.Parallel()
	off := open(t, slackapp.Socket, lively, watchful, func(o *slackapp.Options) { o.Canary.Person = "" })
	web := open(t, slackapp.HTTP, nil, watchful)
	for _, d := range []*desk{off, web} {
		eventually(t, "ready", func() bool { return d.ready(t) == "" })
		alice := d.ws.Person("U0ALICE").Test(t).In("#sales")
		for range 3 {
			alice.Command("/ask", "hello")
			alice.Sees("answer: hello")
		}
		if n := d.meter.of("canaries sent") + d.meter.of("canaries not_sent"); n != 0 {
			t.Errorf("%d canaries were sent", n)
		}
	}
}

// A socket that is cut is opened again by itself; nobody replaces it.
func TestSocket_CutIsReopened(t *testing.T) {
	t.Parallel()
	d := open(t, slackapp.Socket, lively, watchful)
	eventually(t, "ready", func() bool { return d.ready(t) == "" })
	if err := d.ws.Misbehave(1, slacksim.Fault{On: "sockets", Do: slacksim.FaultClose}, slacksim.Fault{On: "handshake", Do: slacksim.FaultRefuse, Times: 2}); err != nil {
		t.Fatal(err)
	}
	opened := d.meter.of("sockets open")
	eventually(t, "both open again", func() bool { return d.meter.of("sockets open") >= opened+2 && d.ready(t) == "" })
	if n := d.meter.of("socket_replacements silent") + d.meter.of("socket_replacements canary"); n != 0 {
		t.Errorf("%d sockets replaced", n)
	}
}

// When Slack asks one socket to wait, all wait.
func TestSocket_RetryAfterHoldsAll(t *testing.T) {
	t.Parallel()
	f := newFar(t)
	f.on("apps.connections.open", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "30")
		w.WriteHeader(http.StatusTooManyRequests)
	})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	app := f.app(t, func(o *slackapp.Options) { o.Connections = 6 })
	go func() { done <- app.Run(ctx) }()
	eventually(t, "refused", func() bool { return f.count("apps.connections.open") > 0 })
	quiet := time.NewTimer(1500 * time.Millisecond)
	defer quiet.Stop()
	<-quiet.C
	if n := f.count("apps.connections.open"); n > 6 {
		t.Errorf("asked %d times though Slack said to wait for 30 s", n)
	}
	if err := app.Ready(t.Context()); err == nil {
		t.Error("ready without a socket")
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
