package web_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"testing"

	"partnerdesk/bot/web"
)

func get(t *testing.T, url string) (int, string) {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

func TestServer(t *testing.T) {
	sick := true
	entered, leave := make(chan struct{}), make(chan struct{})
	s, err := web.Listen(web.Options{Addr: "127.0.0.1:0",
		Ready: func(context.Context) error {
			if sick {
				return errors.New("the index is being built: secret reason")
			}
			return nil
		},
		Routes: map[string]http.Handler{
			"GET /hello": http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "hi") }),
			"GET /slow": http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				close(entered)
				<-leave
				_, _ = io.WriteString(w, "finished")
			}),
		}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	base := "http://" + s.Addr()

	if code, _ := get(t, base+"/healthz"); code != 200 {
		t.Errorf("healthz is %d", code)
	}
	if code, body := get(t, base+"/readyz"); code != 503 || body != "not ready\n" {
		t.Errorf("readyz is %d %q, want 503 without the reason", code, body)
	}
	sick = false
	if code, _ := get(t, base+"/readyz"); code != 200 {
		t.Errorf("readyz is %d", code)
	}
	if code, body := get(t, base+"/hello"); code != 200 || body != "hi" {
		t.Errorf("route says %d %q", code, body)
	}
	if code, _ := get(t, base+"/nothing"); code != 404 {
		t.Errorf("unknown route is %d", code)
	}

	slow := make(chan string, 1)
	go func() {
		resp, err := http.Get(base + "/slow")
		if err != nil {
			slow <- err.Error()
			return
		}
		defer resp.Body.Close()
		body, _ := io.ReadAll(resp.Body)
		slow <- string(body)
	}()
	<-entered
	cancel()
	close(leave)
	if got := <-slow; got != "finished" {
		t.Errorf("the request under way got %q", got)
	}
	if err := <-done; err != nil {
		t.Errorf("stopped with %v", err)
	}
}

func TestListen_BusyAddress(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if _, err := web.Listen(web.Options{Addr: l.Addr().String()}); err == nil {
		t.Error("a busy address was taken")
	}
}

func TestClose_GivesTheAddressUp(t *testing.T) {
	s, err := web.Listen(web.Options{Addr: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", s.Addr())
	if err != nil {
		t.Fatalf("address still taken: %v", err)
	}
	l.Close()
}
