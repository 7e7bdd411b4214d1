package slackapp_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"partnerdesk/bot/slackapp"
)

func TestNew_Faults(t *testing.T) {
	good := slackapp.Options{BotToken: "b", AppToken: "a", Inbox: noInbox{}}
	tests := []struct {
		name   string
		change func(o *slackapp.Options)
		want   []string
	}{
		{"nothing set", func(o *slackapp.Options) { *o = slackapp.Options{} }, []string{"BotToken", "AppToken", "Inbox"}},
		{"no app token over HTTP", func(o *slackapp.Options) { o.AppToken, o.Transport = "", slackapp.HTTP }, []string{"SigningSecrets"}},
		{"three secrets", func(o *slackapp.Options) {
			o.Transport, o.SigningSecrets = slackapp.HTTP, []slackapp.Secret{"1", "2", "3"}
		}, []string{"SigningSecrets"}},
		{"an empty secret", func(o *slackapp.Options) {
			o.Transport, o.SigningSecrets = slackapp.HTTP, []slackapp.Secret{"1", ""}
		}, []string{"SigningSecrets[1]"}},
		{"address", func(o *slackapp.Options) { o.APIURL = "slack.com/api" }, []string{"APIURL"}},
		{"transport", func(o *slackapp.Options) { o.Transport = "pigeon" }, []string{"pigeon"}},
		{"too many sockets", func(o *slackapp.Options) { o.Connections = 11 }, []string{"Connections"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := good
			tt.change(&o)
			_, err := slackapp.New(o)
			for _, w := range tt.want {
				if err == nil || !strings.Contains(err.Error(), w) {
					t.Errorf("got %v, want it to name %s", err, w)
				}
			}
		})
	}
	if _, err := slackapp.New(good); err != nil {
		t.Errorf("good options: %v", err)
	}
}

func TestSecret_DoesNotPrint(t *testing.T) {
	s := slackapp.Secret("xoxb-123-secret")
	o := slackapp.Options{BotToken: s, AppToken: s, SigningSecrets: []slackapp.Secret{s}}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "one", s, "all", o, "group", slog.Any("o", []slackapp.Secret{s}))
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "one", s, "all", o)
	text, err := json.Marshal(struct{ S slackapp.Secret }{s})
	if err != nil {
		t.Fatal(err)
	}
	for _, printed := range []string{log.String(), string(text), fmt.Sprint(s), fmt.Sprintf("%v %+v %#v %s %q", o, o, o, s, s), fmt.Errorf("with %v", s).Error()} {
		if strings.Contains(printed, "123-secret") {
			t.Errorf("the secret shows in %s", printed)
		}
	}
}

func TestRun_RefusedTokens(t *testing.T) {
	tests := []struct {
		name, method string
		answer       http.HandlerFunc
		want         string
	}{
		{"bot token", "auth.test", says("invalid_auth"), "xoxb-"},
		{"workspace gone", "auth.test", says("account_inactive"), "xoxb-"},
		{"wrong address", "auth.test", status(404, "no such page"), "check the address"},
		{"app token", "apps.connections.open", says("invalid_auth"), "xapp-"},
		{"wrong kind of token", "apps.connections.open", says("not_allowed_token_type"), "xapp-"},
		{"scope", "apps.connections.open", says("missing_scope"), "connections:write"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := newFar(t)
			f.on(tt.method, tt.answer)
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			err := f.app(t, nil).Run(ctx)
			if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), botToken) {
				t.Errorf("got %v, want it to say what to check: %s", err, tt.want)
			}
		})
	}
}

func TestRun_StopsWhileSlackIsDown(t *testing.T) {
	for _, method := range []string{"auth.test", "apps.connections.open"} {
		t.Run(method, func(t *testing.T) {
			f := newFar(t)
			f.on(method, status(503, ""))
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan error, 1)
			go func() { done <- f.app(t, nil).Run(ctx) }()
			eventually(t, "asked", func() bool { return f.count(method) > 0 })
			cancel()
			if err := <-done; err != nil {
				t.Errorf("stopped with %v", err)
			}
		})
	}
}

// A far side that hangs up at once is called slower and slower; one that lived is
// called again at once.
func TestBrake(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := slackapp.NewBrake(instant{})
		start := time.Now()
		var at []time.Duration
		open := func() {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://slack.example/api/apps.connections.open", nil)
			if err != nil {
				t.Fatal(err)
			}
			resp, err := b.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			at = append(at, time.Since(start))
		}
		for range 10 {
			open()
		}
		want := []time.Duration{0, 0, 1, 3, 7, 15, 31, 61, 91, 121}
		for i, w := range want {
			if at[i] != w*time.Second {
				t.Errorf("opened at %v, want %v seconds", at, want)
				break
			}
		}
		time.Sleep(time.Hour)
		before := time.Since(start)
		open()
		open()
		if got := time.Since(start) - before; got != 0 {
			t.Errorf("after a calm hour waited %s", got)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://slack.example/api/apps.connections.open", nil)
		if err != nil {
			t.Fatal(err)
		}
		if resp, err := b.Do(req); err == nil {
			resp.Body.Close()
			t.Error("waited longer than its context")
		}
	})
}

// instant answers without a network.
type instant struct{}

func (instant) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: 200, Body: http.NoBody, Request: r}, nil
}
