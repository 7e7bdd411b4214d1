package slackapp

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"
)

// workers take deliveries of one socket. A delivery costs a commit, so a few of
// them share each one.
const workers = 16

// lastWords is how long a socket stays after the last delivery was taken, for its
// acknowledgement to be written.
const lastWords = 100 * time.Millisecond

// runSockets holds the sockets until ctx ends or Slack refuses the app token.
func (a *App) runSockets(ctx context.Context) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var wg sync.WaitGroup
	for n := range a.o.Connections {
		wg.Go(func() {
			if err := a.holdSocket(ctx, n); err != nil {
				stop(err)
			}
		})
	}
	wg.Go(func() { a.watch(ctx) })
	wg.Go(func() { a.canary.run(ctx) })
	wg.Wait()
	if cause := context.Cause(ctx); cause != nil && !errors.Is(cause, context.Canceled) && !errors.Is(cause, context.DeadlineExceeded) {
		return cause
	}
	return nil
}

// holdSocket keeps one socket open, whatever ends it, but for a refusal. The
// library redials by itself; this only starts it again should it give up.
func (a *App) holdSocket(ctx context.Context, n int) error {
	api := slack.New(string(a.o.BotToken), slack.OptionAppLevelToken(string(a.o.AppToken)),
		slack.OptionAPIURL(a.o.APIURL), slack.OptionHTTPClient(&brake{next: a.client, log: a.o.Log, app: a}))
	for ctx.Err() == nil {
		err := a.pump(ctx, api, n)
		if ctx.Err() != nil {
			return nil
		}
		if fatal := refused(err, "app token", "the app token (xapp-…, scope connections:write), and that Socket Mode is switched on for the app"); fatal != nil {
			return fatal
		}
		a.o.Log.Warn("slack socket ended", "socket", n, "err", err)
		if !pause(ctx, time.Second) {
			return nil
		}
	}
	return nil
}

// pump runs a socket and a fixed number of workers on its events. When ctx ends
// the workers finish what they have before the socket goes, so that what was
// committed is also acknowledged.
func (a *App) pump(ctx context.Context, api *slack.Client, n int) error {
	line, hangUp := context.WithCancelCause(context.WithoutCancel(ctx))
	defer hangUp(nil)
	l := a.newLine(n, hangUp)
	defer l.down()
	client := socketmode.New(api, socketmode.OptionReadLimit(4<<20), socketmode.OptionDialer(l.dialer()))
	var crew sync.WaitGroup
	for range workers {
		crew.Go(func() {
			for {
				select {
				case <-ctx.Done():
					return
				case <-line.Done():
					return
				case ev := <-client.Events:
					if err := a.event(line, client, ev, l, n); err != nil {
						hangUp(err)
					}
				}
			}
		})
	}
	var rest sync.WaitGroup
	rest.Go(func() {
		crew.Wait()
		pause(line, lastWords)
		hangUp(nil)
	})
	err := client.RunContext(line)
	hangUp(err)
	rest.Wait()
	if cause := context.Cause(line); cause != nil && !errors.Is(cause, context.Canceled) {
		err = cause
	}
	return err
}

// newLine is the n-th socket, anew.
func (a *App) newLine(n int, stop context.CancelCauseFunc) *line {
	l := &line{app: a, stop: stop}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.lines[n] = l
	return l
}

// event handles one event of a socket. An error ends the socket.
func (a *App) event(ctx context.Context, client *socketmode.Client, ev socketmode.Event, l *line, n int) error {
	l.event(ev.Type)
	switch ev.Type {
	case socketmode.EventTypeHello:
		a.o.Log.Info("slack socket open", "socket", n)
		a.o.Meter.Count("sockets", "open")
	case socketmode.EventTypeEventsAPI, socketmode.EventTypeInteractive, socketmode.EventTypeSlashCommand:
		a.socketDelivery(ctx, client, ev.Request)
	case socketmode.EventTypeErrorBadMessage:
		// The library could not read it. It reads more strictly than we need to.
		bad, _ := ev.Data.(*socketmode.ErrorBadMessage)
		var req socketmode.Request
		if bad == nil || json.Unmarshal(bad.Message, &req) != nil || !ours(req.Type) {
			a.o.Log.Warn("malformed delivery ignored", "kind", "socket")
			a.o.Meter.Count("deliveries", "socket", "malformed")
			return nil
		}
		a.socketDelivery(ctx, client, &req)
	case socketmode.EventTypeConnectionError:
		failed, _ := ev.Data.(*slack.ConnectionErrorEvent)
		if failed == nil {
			return nil
		}
		a.o.Meter.Count("sockets", "failed")
		if hopeless(failed.ErrorObj) {
			return failed.ErrorObj
		}
		a.o.Log.Warn("slack socket not opened", "socket", n, "err", failed.ErrorObj, "again_in", failed.Backoff)
	case socketmode.EventTypeErrorWriteFailed:
		a.o.Log.Warn("acknowledgement not written", "socket", n)
		a.o.Meter.Count("sockets", "write_failed")
	}
	return nil
}

func ours(kind string) bool {
	return kind == kindEvent || kind == kindCommand || kind == kindInteraction
}

func (a *App) socketDelivery(ctx context.Context, client *socketmode.Client, req *socketmode.Request) {
	if req == nil {
		return
	}
	v := a.receive(ctx, req.Type, req.Payload)
	if v.status != http.StatusOK || req.EnvelopeID == "" {
		return // no acknowledgement: the person, or Slack's retry, sees that it failed
	}
	if err := client.AckCtx(ctx, req.EnvelopeID, v.payload); err != nil {
		a.o.Log.Warn("delivery not acknowledged", "kind", req.Type, "err", err)
	}
}

// brake slows down the opening of sockets. Slack's client opens the next one at
// once after a good one ends, so a far side that hangs up at once would be
// called without a pause.
type brake struct {
	next *http.Client
	log  logger
	app  *App // whose sockets all wait when Slack asks one to; nil: this one is alone

	mu     sync.Mutex // guards what follows
	last   time.Time
	streak int
}

type logger interface{ Warn(msg string, args ...any) }

const (
	// calm is how long a socket must have lived for the next one to be opened at once.
	calm = 10 * time.Second
	// longestBrake is the longest pause between two sockets.
	longestBrake = 30 * time.Second
)

// Do lets every call through, those that open a socket perhaps after a pause.
func (b *brake) Do(r *http.Request) (*http.Response, error) {
	if !strings.HasSuffix(r.URL.Path, "/apps.connections.open") {
		return b.next.Do(r)
	}
	if wait := b.wait(time.Now()); wait > 0 {
		b.log.Warn("slack sockets end too soon", "again_in", wait)
		if !pause(r.Context(), wait) {
			return nil, r.Context().Err()
		}
	}
	if wait := b.app.held(); wait > 0 && !pause(r.Context(), wait) {
		return nil, r.Context().Err()
	}
	resp, err := b.next.Do(r)
	if err == nil && resp.StatusCode == http.StatusTooManyRequests {
		if sec, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil {
			b.app.holdFor(time.Duration(min(sec, 3600)) * time.Second)
		}
	}
	return resp, err
}

// held is how long no socket of ours may be opened yet.
func (a *App) held() time.Duration {
	if a == nil {
		return 0
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return time.Until(a.hold)
}

// holdFor keeps all sockets from being opened for as long as Slack asked one of
// them to wait.
func (a *App) holdFor(d time.Duration) {
	if a == nil {
		return
	}
	a.o.Log.Warn("slack asks us to open sockets later", "again_in", d)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.hold = time.Now().Add(d)
}

// wait returns how long to hold the next socket back. One quick renewal is free.
func (b *brake) wait(now time.Time) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.last.IsZero() || now.Sub(b.last) > calm {
		b.streak = 0
	} else {
		b.streak++
	}
	var wait time.Duration
	if b.streak > 1 {
		wait = min(time.Second<<min(b.streak-2, 6), longestBrake)
	}
	b.last = now.Add(wait)
	return wait
}
