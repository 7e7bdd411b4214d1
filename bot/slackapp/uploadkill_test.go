package slackapp_test

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"partnerdesk/bot"
	"partnerdesk/bot/outbox"
	"partnerdesk/bot/slackapp"
	"partnerdesk/bot/slacksim"
	"partnerdesk/data/kv/bolt"
	"partnerdesk/data/store"
)

// doomed is an outbox whose desk dies at its k-th record of a step, right before
// or right after it: from then on it does nothing and tells nothing.
type doomed struct {
	bot.Outbox
	mu     sync.Mutex // guards left
	left   int
	before bool
	dead   chan struct{}
	end    chan struct{}
}

var errDead = errors.New("this desk is dead")

func (d *doomed) step(record func() error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.left--
	if d.left == 0 && !d.before {
		if err := record(); err != nil {
			return err
		}
	}
	if d.left == 0 {
		close(d.dead)
		<-d.end
	}
	if d.left <= 0 {
		return errDead
	}
	return record()
}

func (d *doomed) Progress(ctx context.Context, id string, u bot.Upload) error {
	return d.step(func() error { return d.Outbox.Progress(ctx, id, u) })
}

func (d *doomed) Sent(ctx context.Context, id string, r bot.Receipt, at time.Time) error {
	if err := d.step(func() error { return d.Outbox.Sent(ctx, id, r, at) }); !errors.Is(err, errDead) {
		return err
	}
	return nil // the dead insist on nothing
}

// Killed between any two steps, the file stands there once, and no step that was
// recorded is done again.
func TestUpload_KilledBetweenSteps(t *testing.T) {
	const offer, put, share = "files.getUploadURLExternal", "upload", "files.completeUploadExternal"
	steps := []string{offer, put, share}
	for k := 1; k <= len(steps); k++ {
		for _, before := range []bool{true, false} {
			t.Run(fmt.Sprintf("step %d, before its record: %v", k, before), func(t *testing.T) {
				t.Parallel()
				ws, err := slacksim.New(workspace(slackapp.HTTP))
				if err != nil {
					t.Fatal(err)
				}
				sim := httptest.NewServer(ws.Handler())
				t.Cleanup(func() { ws.Close(); sim.Close() })
				app, err := slackapp.New(slackapp.Options{BotToken: botToken, SigningSecrets: []slackapp.Secret{secretA}, APIURL: sim.URL + "/api",
					Transport: slackapp.HTTP, Inbox: noInbox{}})
				if err != nil {
					t.Fatal(err)
				}
				file := filepath.Join(t.TempDir(), "desk.db")
				rows := openRows(t, file)
				err = rows.Update(t.Context(), func(tx bot.Tx) error {
					return tx.Post(bot.Post{To: bot.Target{Kind: bot.TargetPlace, Person: bot.PersonID{Team: team, User: "U0LILEI"},
						Place: bot.Place{Team: team, Channel: "C0SALES"}}, Created: time.Now(),
						Reply: bot.Reply{Files: []bot.File{{Name: "t.csv", Title: "Table", Data: []byte("a,b\n")}}}})
				})
				if err != nil {
					t.Fatal(err)
				}
				d := &doomed{Outbox: rows, left: k, before: before, dead: make(chan struct{}), end: make(chan struct{})}
				first := runSender(t, outbox.SenderOptions{Outbox: d, Sender: app})
				<-d.dead
				image, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(file+".image", image, 0o600); err != nil {
					t.Fatal(err)
				}
				next := openRows(t, file+".image")
				began := time.Now()
				second := runSender(t, outbox.SenderOptions{Outbox: next, Sender: app,
					Now: func() time.Time { return began.Add(10 * time.Since(began)) }}) // it looks for 30 s
				eventually(t, "outbox empty", func() bool {
					n, err := next.Depth(t.Context())
					return err == nil && n == 0
				})
				close(d.end)
				first()
				second()
				times := 0
				for _, m := range ws.Person("李雷").In("#sales").Reads() {
					times += len(m.Files)
				}
				if times != 1 {
					t.Errorf("the file stands there %d times", times)
				}
				calls := map[string]int{}
				for _, l := range ws.Transcript() {
					if l.What == "call" {
						calls[l.Method]++
					}
				}
				for i, step := range steps {
					want := 1
					if i+1 == k && before && step != share { // a share is looked for instead
						want = 2
					}
					if calls[step] != want {
						t.Errorf("%s was called %d times, want %d", step, calls[step], want)
					}
				}
			})
		}
	}
}

func openRows(t *testing.T, file string) *store.Store {
	t.Helper()
	db, err := bolt.Open(file, bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	rows, err := store.Open(t.Context(), db, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func runSender(t *testing.T, o outbox.SenderOptions) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	var crew sync.WaitGroup
	crew.Go(func() { outbox.NewSender(o).Run(ctx) })
	return func() { cancel(); crew.Wait() }
}

// The library's own way through the three steps works against the simulator too.
func TestUpload_TheLibraryAgrees(t *testing.T) {
	d := open(t, slackapp.Socket, nil)
	api := slack.New(botToken, slack.OptionAPIURL(d.sim.URL+"/api/"))
	const text = "a,b\n1,2\n"
	f, err := api.UploadFileContext(t.Context(), slack.UploadFileParameters{Filename: "l.csv", Title: "Library", Content: text, FileSize: len(text), Channel: "C0SALES"})
	if err != nil {
		t.Fatal(err)
	}
	if data, shared := d.ws.File(f.ID); !shared || string(data) != text {
		t.Errorf("file holds %q, %v", data, shared)
	}
}
