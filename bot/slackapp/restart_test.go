package slackapp_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"partnerdesk/bot/outbox"
	"partnerdesk/bot/slackapp"
	"partnerdesk/bot/slacksim"
	"partnerdesk/data/kv/bolt"
	"partnerdesk/data/store"
)

// A desk that ends between the acknowledgement and the answer answers when it
// starts again, once, even if Slack repeats itself in between and does not know
// for a while who asks.
func TestRestart(t *testing.T) {
	f := newFar(t)
	path := filepath.Join(t.TempDir(), "desk.db")
	start := func(work bool) (deliver func() int, stop func()) {
		db, err := bolt.Open(path, bolt.Options{})
		if err != nil {
			t.Fatal(err)
		}
		rows, err := store.Open(t.Context(), db, store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		d := &desk{store: rows, meter: &tally{}}
		d.app = f.app(t, func(o *slackapp.Options) {
			o.Transport, o.SigningSecrets, o.Inbox = slackapp.HTTP, []slackapp.Secret{secretB}, rows
		})
		ctx, cancel := context.WithCancel(t.Context())
		var crew sync.WaitGroup
		if work {
			sender := outbox.NewSender(outbox.SenderOptions{Outbox: rows, Sender: d.app})
			worker := outbox.NewWorker(outbox.WorkerOptions{Inbox: rows, Decode: d.app.Decode,
				Handle: d.bot(t, slog.New(slog.DiscardHandler)).Handle, Handled: sender.Poke})
			crew.Go(func() { worker.Run(ctx) })
			crew.Go(func() { sender.Run(ctx) })
		}
		deliver = func() int {
			body := "command=%2Fask&text=still+there&team_id=T1&user_id=U1&channel_id=C1&trigger_id=tr1&response_url=" + f.URL + "/hook"
			now := time.Now().Unix()
			r := httptest.NewRequest(http.MethodPost, slackapp.PathCommands, strings.NewReader(body))
			r.Header.Set("X-Slack-Request-Timestamp", fmt.Sprint(now))
			r.Header.Set("X-Slack-Signature", slacksim.Sign(secretB, now, []byte(body)))
			w := httptest.NewRecorder()
			d.app.Handler().ServeHTTP(w, r)
			return w.Code
		}
		return deliver, func() {
			cancel()
			crew.Wait()
			if err := db.Close(); err != nil {
				t.Error(err)
			}
		}
	}

	deliver, stop := start(false)
	if code := deliver(); code != http.StatusOK {
		t.Fatalf("got %d", code)
	}
	stop()
	f.on("users.info", status(503, ""))
	deliver, stop = start(true)
	if code := deliver(); code != http.StatusOK {
		t.Errorf("the repetition got %d", code)
	}
	eventually(t, "asked who that is", func() bool { return f.count("users.info") > 0 })
	if n := f.count("hook"); n != 0 {
		t.Errorf("%d answers before it is known who asks", n)
	}
	f.on("users.info", ok(`"user":{"id":"U1","team_id":"T1"}`))
	eventually(t, "answered", func() bool { return f.count("hook") == 1 })
	if code := deliver(); code != http.StatusOK {
		t.Errorf("the late repetition got %d", code)
	}
	stop()
	if n := f.count("hook"); n != 1 {
		t.Errorf("%d answers, want one", n)
	}
}
