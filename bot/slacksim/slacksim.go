// Package slacksim is a Slack workspace on localhost: the Web API, Socket Mode and signed HTTP delivery that an
// app talks to, the people who talk to the app, and a page on which a human can be any of them.
//
// It is a product of its own. It decodes the wire with its own structs and shares no code with the app it
// hosts, so that a mistake in the app's encoding shows here as it would show at Slack: what Slack refuses is
// refused, with Slack's error code (see [Limits]).
//
// Put [Workspace.Handler] behind any HTTP server and give the app the address of /api/ as its Slack API base.
// Tests act as people through [Workspace.Person]; everything else can use the JSON calls below /control/.
package slacksim

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// The two ways in which a workspace delivers to its app.
const (
	TransportSocket = "socket" // Socket Mode: the app dials in
	TransportHTTP   = "http"   // signed POSTs to the app's RequestURLs
)

// Options describe the workspace, its people and the one app installed in it. The zero value is a usable, empty
// workspace with one person and one channel.
type Options struct {
	Team     Team
	App      App
	Users    []User
	Channels []Channel
	Groups   []Group

	Now    func() time.Time // nil means time.Now; message times, trigger and response_url ages follow it
	Logger *slog.Logger     // nil means discard; payloads and tokens are never logged
	URL    string           // address people and the app reach Handler under; empty means learned from the first request

	AckWithin time.Duration // how long the app may take to acknowledge; zero means Slack's 3 s
	// TriggerLife is how long a trigger may be exchanged for a form, by Now; zero means Slack's 3 s. Where Now runs faster
	// than people and machines do, it is to be longer.
	TriggerLife time.Duration
	PingEvery   time.Duration   // between WebSocket pings; zero means 5 s
	RetryAfter  []time.Duration // pauses before an unacknowledged event is sent again; nil means 0, 1 min, 5 min
	Patience    time.Duration   // how long a Person waits to see something; zero means 5 s
	RateLimit   bool            // answer 429 to more than about one post a second in a channel
	Burst       int             // posts a channel takes at once before RateLimit bites; zero means 3
}

// Team is the workspace itself.
type Team struct {
	ID     string // "T…"; empty means T0SIMTEAM1
	Name   string
	Domain string
}

// App is the app installed in the workspace, as its manifest and its secrets would describe it.
type App struct {
	ID, Name               string
	BotID, BotUserID       string // "B…" and "U…"
	BotName                string // handle people mention, without "@"
	BotToken, AppToken     string // xoxb-… and xapp-…
	SigningSecret          string
	Transport              string // TransportSocket (default) or TransportHTTP
	RequestURLs            RequestURLs
	Commands               []SlashCommand
	Shortcuts              []Shortcut
	Scopes                 []string // granted to the bot token, and told with every answer to it; nil tells nothing
	Events                 []string // bot events subscribed to; nil means app_mention, message.im, app_home_opened
	HomeTab, MessagesTabRO bool     // whether the Home tab is on, and whether people may not write in the Messages tab
}

// RequestURLs are the app's own addresses, used with TransportHTTP.
type RequestURLs struct{ Commands, Interactivity, Events string }

// SlashCommand is one command of the manifest. Slack itself has one description; here there are two so that the
// page can be read in both languages.
type SlashCommand struct {
	Name                         string // with its "/"
	DescriptionZH, DescriptionEN string
	UsageHint                    string
	ShouldEscape                 bool // turn @name and #name of the argument into <@U…> and <#C…|name>
}

// Shortcut is a global ("shortcut") or message ("message_action") shortcut of the manifest.
type Shortcut struct {
	Name, CallbackID string
	OnMessage        bool
}

// User is a person of the workspace, or of another one when TeamID says so.
type User struct {
	ID, Name, RealName string
	Title              string // shown under the name: what they do
	Email              string
	Locale             string // "zh-CN" or "en-US"; empty means en-US
	TZ                 string // IANA name; empty means Asia/Shanghai
	TeamID             string // empty means the workspace's; anything else makes an external (Slack Connect) person
	Guest, Deleted     bool
	Bot                bool
}

// Channel is a public or private channel.
type Channel struct {
	ID, Name, Topic string
	Private         bool
	Archived        bool
	Shared          bool     // shared with other workspaces (Slack Connect)
	Members         []string // user ids; the bot is a member when its user id is listed
}

// Group is a user group (@handle).
type Group struct {
	ID, Handle, Name string
	Users            []string
}

const slackbot = "USLACKBOT"

// Workspace is a running workspace. All methods may be called from several goroutines.
type Workspace struct {
	opt    Options
	log    *slog.Logger
	now    func() time.Time
	ctx    context.Context
	stop   context.CancelFunc
	bg     sync.WaitGroup
	http   *http.Client
	labels labels
	faults faults   // has a mutex of its own
	rec    recorder // and so has this

	// mu guards everything below.
	mu        sync.Mutex
	url       string
	version   uint64
	changed   chan struct{}
	lastTS    int64
	serial    uint64
	users     map[string]User
	userOrder []string
	convs     map[string]*conversation
	convOrder []string
	modals    map[string][]*view // by user, bottom first
	homes     map[string]*view
	triggers  map[string]*trigger
	hooks     map[string]*hook // response_url secrets
	tickets   map[string]bool  // unused Socket Mode addresses
	files     map[string]*file
	uploads   map[string]string // file ids, by the secret of the address their bytes go to
	sockets   []*socket
	nextSock  int
	pending   map[string]chan []byte // by envelope id
	read      map[string]string      // ts last shown, by user|conversation
	quiet     map[string]quiet       // by user
	offered   map[string][]obj       // last suggestions, by action id
	inFlight  int
	last      *delivery
	sent      []Delivery
	buckets   map[string]bucket
	closed    bool
}

// New makes a workspace. It fails when Options name the same id twice, a member who does not exist, or a slash
// command Slack's manifest would refuse; all faults are reported at once.
func New(o Options) (*Workspace, error) {
	o = o.withDefaults()
	lab, err := loadLabels()
	if err != nil {
		return nil, err
	}
	w := &Workspace{
		opt: o, log: o.Logger, now: o.Now, labels: lab, url: strings.TrimRight(o.URL, "/"),
		http: &http.Client{}, changed: make(chan struct{}),
		users: map[string]User{}, convs: map[string]*conversation{}, modals: map[string][]*view{},
		homes: map[string]*view{}, triggers: map[string]*trigger{}, hooks: map[string]*hook{},
		tickets: map[string]bool{}, pending: map[string]chan []byte{}, buckets: map[string]bucket{}, offered: map[string][]obj{}, read: map[string]string{},
		quiet: map[string]quiet{}, files: map[string]*file{}, uploads: map[string]string{},
	}
	if err := w.populate(); err != nil {
		return nil, err
	}
	w.ctx, w.stop = context.WithCancel(context.Background())
	return w, nil
}

func (o Options) withDefaults() Options {
	o.Team.ID = cmp.Or(o.Team.ID, "T0SIMTEAM1")
	o.Team.Name = cmp.Or(o.Team.Name, "Workspace")
	o.Team.Domain = cmp.Or(o.Team.Domain, "workspace")
	a := &o.App
	a.ID = cmp.Or(a.ID, "A0SIMAPP01")
	a.Name = cmp.Or(a.Name, "App")
	a.BotID = cmp.Or(a.BotID, "B0SIMBOT01")
	a.BotUserID = cmp.Or(a.BotUserID, "U0SIMBOT01")
	a.BotName = cmp.Or(a.BotName, strings.ToLower(strings.ReplaceAll(a.Name, " ", "")))
	a.BotToken = cmp.Or(a.BotToken, "xoxb-simulated")
	a.AppToken = cmp.Or(a.AppToken, "xapp-simulated")
	a.SigningSecret = cmp.Or(a.SigningSecret, "simulated-signing-secret")
	a.Transport = cmp.Or(a.Transport, TransportSocket)
	if a.Events == nil {
		a.Events = []string{"app_mention", "message.im", "app_home_opened"}
	}
	if o.Users == nil {
		o.Users = []User{{ID: "U0SIMUSER1", Name: "person", RealName: "Person"}}
	}
	if o.Channels == nil {
		c := Channel{ID: "C0GENERAL1", Name: "general", Members: []string{a.BotUserID}}
		for _, u := range o.Users {
			c.Members = append(c.Members, u.ID)
		}
		o.Channels = []Channel{c}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	o.AckWithin = cmp.Or(o.AckWithin, 3*time.Second)
	o.TriggerLife = cmp.Or(o.TriggerLife, time.Duration(limit(triggerLife).Max)*time.Second)
	o.PingEvery = cmp.Or(o.PingEvery, 5*time.Second)
	o.Patience = cmp.Or(o.Patience, 5*time.Second)
	o.Burst = cmp.Or(o.Burst, 3)
	if o.RetryAfter == nil {
		o.RetryAfter = []time.Duration{0, time.Minute, 5 * time.Minute}
	}
	return o
}

// populate turns Options into the world and reports every fault of them.
func (w *Workspace) populate() error {
	var faults []error
	a := w.opt.App
	people := append([]User{
		{ID: slackbot, Name: "slackbot", RealName: "Slackbot", Bot: true},
		{ID: a.BotUserID, Name: a.BotName, RealName: a.Name, Bot: true},
	}, w.opt.Users...)
	for _, u := range people {
		if u.ID == "" || w.users[u.ID].ID != "" {
			faults = append(faults, fmt.Errorf("slacksim: user id %q is empty or given twice", u.ID))
			continue
		}
		u.Name = cmp.Or(u.Name, strings.ToLower(u.ID))
		u.RealName = cmp.Or(u.RealName, u.Name)
		u.Locale = cmp.Or(u.Locale, "en-US")
		u.TZ = cmp.Or(u.TZ, "Asia/Shanghai")
		u.TeamID = cmp.Or(u.TeamID, w.opt.Team.ID)
		w.users[u.ID] = u
		w.userOrder = append(w.userOrder, u.ID)
	}
	for _, c := range w.opt.Channels {
		if c.ID == "" || w.convs[c.ID] != nil {
			faults = append(faults, fmt.Errorf("slacksim: channel id %q is empty or given twice", c.ID))
			continue
		}
		for _, m := range c.Members {
			if w.users[m].ID == "" {
				faults = append(faults, fmt.Errorf("slacksim: channel %s has the unknown member %q", c.ID, m))
			}
		}
		w.addConversation(&conversation{id: c.ID, name: c.Name, topic: c.Topic, private: c.Private,
			archived: c.Archived, shared: c.Shared, members: slices.Clone(c.Members)})
	}
	if t := a.Transport; t != TransportSocket && t != TransportHTTP {
		faults = append(faults, fmt.Errorf("slacksim: transport %q is neither %q nor %q", t, TransportSocket, TransportHTTP))
	}
	faults = append(faults, checkManifest(a)...)
	return errors.Join(faults...)
}

// Handler serves the Web API (/api/), Socket Mode (/link/), response_urls (/response/), uploads (/upload/), the control calls
// (/control/) and the page (/).
func (w *Workspace) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/api/{method}", w.serveAPI)
	mux.HandleFunc("/link/", w.serveSocket)
	mux.HandleFunc("POST /response/{secret}", w.serveResponse)
	mux.HandleFunc("POST /upload/v1/{secret}", w.serveUpload)
	mux.HandleFunc("GET /private/{id}/{name}", w.private)
	guard := http.NewCrossOriginProtection()
	mux.Handle("/control/", guard.Handler(w.controlMux()))
	mux.Handle("/", guard.Handler(w.pageMux()))
	app := w.misbehave(mux)
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.learnURL(r)
		app.ServeHTTP(rw, r)
	})
}

// learnURL remembers the address the first caller used, for response_urls, permalinks and socket addresses.
func (w *Workspace) learnURL(r *http.Request) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.url == "" {
		w.url = "http://" + r.Host
	}
}

// SetURL says under which address Handler is reached, for servers whose port is known only once they listen.
func (w *Workspace) SetURL(u string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.url = strings.TrimRight(u, "/")
}

// SetRequestURLs says where a TransportHTTP app listens, for apps whose port is known only once they listen.
func (w *Workspace) SetRequestURLs(u RequestURLs) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.opt.App.RequestURLs = u
}

// SetTransport switches between TransportSocket and TransportHTTP, as the app's settings page at Slack does.
func (w *Workspace) SetTransport(transport string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.opt.App.Transport = transport
}

// URL is the address of the workspace, empty as long as it is unknown.
func (w *Workspace) URL() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.url
}

// Close drops the open sockets, ends the page's live connections, stops retries and waits for every delivery under
// way. Close the workspace before the server that carries it.
func (w *Workspace) Close() {
	w.mu.Lock()
	w.closed = true
	w.mu.Unlock()
	w.stop()
	w.DropSockets()
	w.bg.Wait()
}
