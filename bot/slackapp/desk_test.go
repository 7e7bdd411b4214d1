package slackapp_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"partnerdesk/bot"
	"partnerdesk/bot/lang"
	"partnerdesk/bot/outbox"
	"partnerdesk/bot/slackapp"
	"partnerdesk/bot/slacksim"
	"partnerdesk/data/kv/bolt"
	"partnerdesk/data/store"
)

const (
	team     = "T0PARTNER"
	botToken = "xoxb-not-a-real-token"
	appToken = "xapp-not-a-real-token"
	secretA  = "old-signing-secret"
	secretB  = "new-signing-secret"
)

// desk is the whole way from the wire to the answer: a simulated workspace, the
// door, the inbox and outbox on disk, the bot with a few small commands.
type desk struct {
	ws     *slacksim.Workspace
	app    *slackapp.App
	store  *store.Store
	meter  *tally
	log    *safeBuffer
	url    string // of the door, with HTTP
	sim    *httptest.Server
	broken atomic.Bool // the inbox refuses
	asked  atomic.Int32
	gate   chan struct{} // what /slow waits for
	stop   func()
}

// inbox can be made to fail.
type inbox struct {
	*store.Store
	broken *atomic.Bool
}

func (i inbox) Accept(ctx context.Context, e bot.Envelope) (bot.Acceptance, error) {
	if i.broken.Load() {
		return 0, errors.New("disk full")
	}
	return i.Store.Accept(ctx, e)
}

func workspace(transport slackapp.Transport) slacksim.Options {
	return slacksim.Options{
		Team: slacksim.Team{ID: team, Name: "云帆", Domain: "yunfan"},
		App: slacksim.App{
			ID: "A0DESK", Name: "Desk", BotID: "B0DESK", BotUserID: "U0DESK", BotName: "desk",
			BotToken: botToken, AppToken: appToken, SigningSecret: secretB, Transport: string(transport),
			Commands: []slacksim.SlashCommand{{Name: "/ask"}, {Name: "/slow"}, {Name: "/nosuch"}, {Name: "/find"}}, Shortcuts: keepShortcuts(),
		},
		Users: []slacksim.User{
			{ID: "U0LILEI", Name: "lilei", RealName: "李雷", Locale: "zh-CN"},
			{ID: "U0ALICE", Name: "alice", RealName: "Alice", Locale: "en-US"},
			{ID: "U0GUEST", Name: "guest", RealName: "Guest", Guest: true},
			{ID: "U0GONE", Name: "gone", RealName: "Gone", Deleted: true},
			{ID: "U0EXT", Name: "zhao", RealName: "赵四", TeamID: "T0OTHER"},
		},
		Channels: []slacksim.Channel{
			{ID: "C0SALES", Name: "sales", Members: []string{"U0LILEI", "U0ALICE", "U0DESK", "U0EXT"}, Shared: true},
			{ID: "C0QUIET", Name: "quiet", Members: []string{"U0LILEI", "U0ALICE"}},
			{ID: "C0OLD", Name: "old", Members: []string{"U0LILEI", "U0DESK"}, Archived: true},
		},
		Groups:   []slacksim.Group{{ID: "S0APPR", Handle: "approvers", Name: "Approvers", Users: []string{"U0ALICE", "U0EXT"}}},
		Patience: 5 * time.Second,
	}
}

// open starts everything over one transport and stops it with the test.
func open(t testing.TB, transport slackapp.Transport, change func(*slacksim.Options), tune ...func(*slackapp.Options)) *desk {
	t.Helper()
	o := workspace(transport)
	if change != nil {
		change(&o)
	}
	ws, err := slacksim.New(o)
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{ws: ws, meter: &tally{}, log: &safeBuffer{}, gate: make(chan struct{}, 100)}
	d.sim = httptest.NewServer(ws.Handler())
	ws.SetURL(d.sim.URL)
	db, err := bolt.Open(filepath.Join(t.TempDir(), "desk.db"), bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if d.store, err = store.Open(t.Context(), db, store.Options{}); err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.NewJSONHandler(d.log, nil))
	var b *bot.Bot
	var worker *outbox.Worker
	door := slackapp.Options{
		BotToken: botToken, AppToken: appToken, SigningSecrets: []slackapp.Secret{secretA, secretB},
		APIURL: d.sim.URL + "/api", Transport: transport, Groups: []string{"S0APPR"},
		Inbox: inbox{d.store, &d.broken}, Wake: func() { worker.Poke() }, Log: log, Meter: d.meter,
		Check:   func(ctx context.Context, r bot.Request) (map[string]string, error) { return b.Check(ctx, r) },
		Suggest: func(ctx context.Context, r bot.Request) ([]bot.Option, error) { return b.Suggest(ctx, r) },
	}
	for _, f := range tune {
		f(&door)
	}
	d.app, err = slackapp.New(door)
	if err != nil {
		t.Fatal(err)
	}
	b = d.bot(t, log)
	sender := outbox.NewSender(outbox.SenderOptions{Outbox: d.store, Sender: d.app, Log: log, Meter: d.meter})
	worker = outbox.NewWorker(outbox.WorkerOptions{Inbox: d.store, Decode: d.app.Decode, Handle: b.Handle, Handled: sender.Poke,
		Store: d.store, Log: log, Meter: d.meter})
	ctx, cancel := context.WithCancel(t.Context())
	var crew sync.WaitGroup
	crew.Go(func() {
		if err := d.app.Run(ctx); err != nil {
			t.Errorf("door: %v", err)
		}
	})
	crew.Go(func() { worker.Run(ctx) })
	crew.Go(func() { sender.Run(ctx) })
	if transport == slackapp.HTTP {
		handler := httptest.NewServer(d.app.Handler())
		t.Cleanup(handler.Close)
		d.url = handler.URL
		ws.SetRequestURLs(slacksim.RequestURLs{Commands: handler.URL + slackapp.PathCommands,
			Interactivity: handler.URL + slackapp.PathInteractivity, Events: handler.URL + slackapp.PathEvents})
	} else if err := ws.WaitConnected(t.Context(), 2); err != nil {
		t.Fatal(err)
	}
	d.stop = sync.OnceFunc(func() {
		cancel()
		crew.Wait()
		ws.Close()
		d.sim.Close()
		if err := db.Close(); err != nil {
			t.Errorf("close store: %v", err)
		}
	})
	t.Cleanup(func() {
		d.stop()
		if t.Failed() {
			t.Log(d.log.String())
		}
	})
	return d
}

// bot builds a bot whose /ask says what it was asked.
func (d *desk) bot(t testing.TB, log *slog.Logger) *bot.Bot {
	t.Helper()
	buttons := bot.Buttons{Items: []bot.Button{
		{Action: "ask.helpful", Text: "Helpful", Value: "e1@r1"},
		{Action: "ask.helpful", Text: "Very helpful", Value: "e1@r2"},
		{Action: "ask.wrong", Text: "Wrong"},
		{Text: "Read", URL: "https://example.com/doc"},
	}}
	form := bot.Form{Name: "ask.reason", Title: "What is wrong?", Submit: "Send", Close: "Cancel", State: "e1@r1",
		Fields: []bot.FormField{{Name: "reason", Label: "Reason", Kind: bot.FieldText},
			{Name: "kind", Label: "Kind", Kind: bot.FieldChoice, Optional: true, Options: []bot.Option{{Value: "old", Text: "Out of date"}}}}}
	ask := bot.Command{Name: "ask", Needs: bot.RightAsk,
		Run: func(_ context.Context, r bot.Request) (bot.Outcome, error) {
			d.asked.Add(1)
			head := "answer"
			if r.Lang == lang.Chinese {
				head = "回答"
			}
			reply := bot.Reply{Blocks: []bot.Block{bot.Paragraph{Inlines: []bot.Inline{bot.Bold(head), bot.Text(": " + r.Text)}}, buttons}}
			if r.Text == "file" {
				reply.Files = []bot.File{{Name: "table.csv", Title: "Table", Kind: "text/csv", Data: []byte("a,b\n1,2\n")}}
			}
			return bot.Outcome{Reply: reply}, nil
		},
		Actions: map[string]bot.Action{
			"helpful": {Run: func(_ context.Context, r bot.Request) (bot.Outcome, error) {
				reply := bot.Say(bot.Text("thanks for " + r.Value))
				reply.Replace = true
				return bot.Outcome{Reply: reply}, nil
			}},
			"wrong": {Opens: true, Run: func(context.Context, bot.Request) (bot.Outcome, error) {
				return bot.Outcome{Reply: bot.Reply{Form: &form}}, nil
			}},
		},
		Forms: map[string]bot.Submission{"reason": {
			Check: func(_ context.Context, r bot.Request) (map[string]string, error) {
				if len(r.Values["reason"]) < 10 {
					return map[string]string{"reason": "error.short"}, nil
				}
				return nil, nil
			},
			Run: func(_ context.Context, r bot.Request) (bot.Outcome, error) {
				reply := bot.Say(bot.Text("noted " + r.State + ": " + r.Values["reason"] + "/" + r.Values["kind"]))
				reply.Private = true
				return bot.Outcome{Reply: reply}, nil
			},
		}},
	}
	slow := bot.Command{Name: "slow", Needs: bot.RightAsk, Run: func(ctx context.Context, _ bot.Request) (bot.Outcome, error) {
		select {
		case <-d.gate:
			return bot.Outcome{Reply: bot.Say(bot.Text("slow done"))}, nil
		case <-ctx.Done():
			return bot.Outcome{}, ctx.Err()
		}
	}}
	b, err := bot.New(bot.Options{Commands: []bot.Command{ask, slow, find(), keep()}, Default: "ask", People: d.app.People(), Access: everybody{},
		Store: d.store, Forms: d.app, Links: d.app, Catalog: catalog(t), Meter: d.meter, Log: log, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func catalog(t testing.TB) *lang.Catalog {
	t.Helper()
	zh, en := map[string]string{}, map[string]string{}
	for _, line := range strings.Split(strings.TrimSpace(`
error.internal|出错了|that did not work
error.deadline|太久了|that took too long
error.trigger|点击过期|that click waited too long
error.stale_button|按钮过时|that button is out of date
error.unknown_command|没有 {name}，也许 {near}|there is no {name}, perhaps {near}
error.short|再写一点|write a little more
error.away|不在|not here
form.close|取消|Cancel
form.wait|请稍候|one moment
form.wait.title|稍候|One moment
person.admin|管理员|the admin
command.ask.summary|问|ask
command.ask.usage|问|ask
command.ask.help|问|ask
command.ask.alias|问|ask
command.slow.summary|慢|slow
command.slow.usage|慢|slow
command.slow.help|慢|slow
command.slow.alias|慢|slow
command.find.summary|找|find
command.find.usage|找|find
command.find.help|找|find
command.find.alias|找|find
command.keep.summary|留|keep
command.keep.usage|留|keep
command.keep.help|留|keep
command.keep.alias|留|keep
command.keep.shortcut.message|留下|keep
command.keep.shortcut.message.about|留下|keep
command.keep.shortcut.new|留下|keep
command.keep.shortcut.new.about|留下|keep
command.keep.shortcut.denied|留下|keep
command.keep.shortcut.denied.about|留下|keep`), "\n") {
		parts := strings.Split(line, "|")
		zh[parts[0]], en[parts[0]] = parts[1], parts[2]
	}
	c, err := lang.New(map[lang.Tag]map[string]string{lang.Chinese: zh, lang.English: en})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// everybody may do everything but approve, unless they left.
type everybody struct{}

func (everybody) Authorize(_ context.Context, p bot.Person, needs bot.Right, _ bot.Area) (bot.Actor, error) {
	if p.Deactivated || p.Bot || needs == bot.RightApprove {
		return bot.Actor{}, &bot.Refusal{Reason: "deactivated", Key: "error.away"}
	}
	return bot.Actor{Person: p, Account: bot.Operator()}, nil
}

func (everybody) Admit(bot.Actor, bot.Area, bot.Place) error { return nil }

func (everybody) Offers(bot.Area) bool { return true }

// tally is a meter that can be asked.
type tally struct {
	mu     sync.Mutex // guards counts
	counts map[string]int
}

func (m *tally) Count(name string, labels ...string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.counts == nil {
		m.counts = map[string]int{}
	}
	m.counts[strings.Join(append([]string{name}, labels...), " ")]++
}

func (m *tally) Observe(string, float64, ...string) {}

func (m *tally) of(key string) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.counts[key]
}

// safeBuffer collects the log of several goroutines.
type safeBuffer struct {
	mu sync.Mutex // guards b
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// eventually polls until ok is true.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	late := time.After(10 * time.Second)
	for !ok() {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("never happened: %s", what)
		}
	}
}

// post sends a request to the door's HTTP handler and returns its status.
func (d *desk) post(t testing.TB, path, ctype, sig, ts, body string) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, d.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", ctype)
	req.Header.Set("X-Slack-Signature", sig)
	req.Header.Set("X-Slack-Request-Timestamp", ts)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	return resp
}
