// Package slackapp is the Slack door. Deliveries come in over Socket Mode or
// signed HTTP, through the same decoders; each is committed to the inbox before
// it is acknowledged, so that a person either sees a failure or gets an answer.
// Messages, forms and look-ups of people go out over the Web API.
package slackapp

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/slack-go/slack"

	"partnerdesk/bot"
)

// Door is the name of this door in envelopes, requests and logs.
const Door = "slack"

// Transport is how deliveries reach the desk.
type Transport string

// The transports.
const (
	Socket Transport = "socket" // Socket Mode: the desk dials out
	HTTP   Transport = "http"   // Slack posts signed requests to the desk
)

// DefaultAPIURL is Slack's own address.
const DefaultAPIURL = "https://slack.com/api/"

// Secret is a token or a signing secret. It does not print.
type Secret string

const redacted = "[redacted]"

// String hides the secret.
func (s Secret) String() string { return redacted }

// GoString hides the secret.
func (s Secret) GoString() string { return redacted }

// LogValue hides the secret.
func (s Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText hides the secret.
func (s Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// Options is what the door needs.
type Options struct {
	BotToken       Secret        // xoxb-…
	AppToken       Secret        // xapp-…, for Socket
	SigningSecrets []Secret      // for HTTP; two are valid at once while one replaces the other
	APIURL         string        // empty means DefaultAPIURL
	Transport      Transport     // empty means Socket
	Connections    int           // sockets held at once, so that one is open while another is renewed; zero means 2
	Silence        time.Duration // a socket that carries nothing for so long, pings included, is replaced; zero means 25 s
	Canary         Canary        // with Socket: whether what the desk causes comes back

	Inbox   bot.Inbox
	Check   func(ctx context.Context, r bot.Request) (map[string]string, error) // looks at a submitted form; nil accepts all
	Suggest func(ctx context.Context, r bot.Request) ([]bot.Option, error)      // offers entries while somebody types; nil offers none
	Wake    func()                                                              // called after something was accepted; may be nil
	Groups  []string                                                            // ids of the user groups whose members matter
	Wire    func(http.RoundTripper) http.RoundTripper                           // goes around the way out; nil: nothing does

	Log   *slog.Logger // nil discards
	Meter bot.Meter    // nil counts nothing
	Now   func() time.Time
}

// App is the door.
type App struct {
	o      Options
	api    *slack.Client
	client *http.Client

	people *people
	rooms  *rooms
	quiets quiets

	traffic traffic
	rhythm  rhythm
	canary  *canary

	mu    sync.Mutex // guards what follows
	self  self
	lines map[int]*line
	hold  time.Time // no socket is opened before, because Slack said so
}

// self is who we are in Slack, from auth.test.
type self struct{ team, user, bot string }

var (
	_ bot.Sender = (*App)(nil)
	_ bot.Forms  = (*App)(nil)
)

// New checks the options and builds the door. It makes no connection; every
// fault is reported at once.
func New(o Options) (*App, error) {
	o.APIURL = cmp.Or(o.APIURL, DefaultAPIURL)
	o.Transport = cmp.Or(o.Transport, Socket)
	o.Connections = cmp.Or(o.Connections, 2)
	o.Silence = cmp.Or(o.Silence, defaultSilence)
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Meter == nil {
		o.Meter = noMeter{}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Wake == nil {
		o.Wake = func() {}
	}
	if !strings.HasSuffix(o.APIURL, "/") {
		o.APIURL += "/"
	}
	if err := o.validate(); err != nil {
		return nil, err
	}
	wire := http.DefaultTransport.(*http.Transport).Clone()
	wire.MaxIdleConnsPerHost = 32 // nearly every call goes to one host, many at once
	a := &App{o: o, lines: map[int]*line{}, client: &http.Client{Timeout: callWithin, Transport: wire}}
	if o.Wire != nil {
		a.client.Transport = o.Wire(wire)
	}
	a.api = slack.New(string(o.BotToken), slack.OptionAPIURL(o.APIURL), slack.OptionHTTPClient(a.client))
	a.people = newPeople(a)
	a.canary = newCanary(a, o.Canary)
	a.rooms = &rooms{api: a.api}
	return a, nil
}

// callWithin bounds one call of the Web API.
const callWithin = 10 * time.Second

func (o Options) validate() error {
	var faults []error
	bad := func(format string, args ...any) { faults = append(faults, fmt.Errorf("slackapp: "+format, args...)) }
	if u, err := url.Parse(o.APIURL); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		bad("APIURL is not an http or https address")
	}
	if o.BotToken == "" {
		bad("BotToken is not set; it is the xoxb- token of the app's installation")
	}
	if o.Inbox == nil {
		bad("Inbox is not set")
	}
	if o.Silence < 0 {
		bad("Silence is %s", o.Silence)
	}
	if err := o.Canary.validate(); err != nil {
		faults = append(faults, err)
	}
	switch o.Transport {
	case Socket:
		if o.AppToken == "" {
			bad("AppToken is not set; Socket Mode needs an xapp- token with connections:write")
		}
		if o.Connections < 1 || o.Connections > 10 {
			bad("Connections is %d; Slack allows 1 to 10 (Slack platform sheet, 2026-11-20)", o.Connections)
		}
	case HTTP:
		if len(o.SigningSecrets) == 0 || len(o.SigningSecrets) > 2 {
			bad("SigningSecrets has %d entries; HTTP needs one, or two while one replaces the other", len(o.SigningSecrets))
		}
		for i, s := range o.SigningSecrets {
			if s == "" {
				bad("SigningSecrets[%d] is empty", i)
			}
		}
	default:
		bad("Transport is %q; it is %q or %q", o.Transport, Socket, HTTP)
	}
	return errors.Join(faults...)
}

// who returns who we are, asking Slack once.
func (a *App) who(ctx context.Context) (self, error) {
	a.mu.Lock()
	known := a.self
	a.mu.Unlock()
	if known.team != "" {
		return known, nil
	}
	t, err := a.api.AuthTestContext(ctx)
	if err != nil {
		return self{}, fmt.Errorf("ask slack who we are: %w", err)
	}
	known = self{team: t.TeamID, user: t.UserID, bot: t.BotID}
	a.mu.Lock()
	a.self = known
	a.mu.Unlock()
	return known, nil
}

// known is who we are as far as we know without asking.
func (a *App) known() self {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.self
}

// Run keeps the door open until ctx ends, then waits for what is under way. It
// returns an error when Slack refuses the tokens, saying what to check; anything
// that may pass is retried. With HTTP it only makes sure of the bot token: serve
// [App.Handler] beside it.
func (a *App) Run(ctx context.Context) error {
	if err := a.introduce(ctx); err != nil {
		return err
	}
	if a.o.Transport == HTTP {
		<-ctx.Done()
		return nil
	}
	return a.runSockets(ctx)
}

// introduce asks who we are until Slack answers.
func (a *App) introduce(ctx context.Context) error {
	for wait := time.Second; ; wait = min(2*wait, time.Minute) {
		me, err := a.who(ctx)
		if err == nil {
			a.o.Log.Info("slack knows us", "team", me.team, "user", me.user, "transport", string(a.o.Transport))
			return nil
		}
		if ctx.Err() != nil {
			return nil
		}
		if fatal := refused(err, "bot token", "the bot token (xoxb-…) of this workspace's installation"); fatal != nil {
			return fatal
		}
		wait = max(wait, retryAfter(err))
		a.o.Log.Warn("slack not reached", "err", err, "again_in", wait)
		if !pause(ctx, wait) {
			return nil
		}
	}
}

// pause waits, and reports false when ctx ended first.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

type noMeter struct{}

func (noMeter) Count(string, ...string)            {}
func (noMeter) Observe(string, float64, ...string) {}
