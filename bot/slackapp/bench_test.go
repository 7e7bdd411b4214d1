package slackapp_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"partnerdesk/bot/outbox"
	"partnerdesk/bot/slackapp"
	"partnerdesk/bot/slacksim"
	"partnerdesk/data/kv/bolt"
	"partnerdesk/data/store"
)

// BenchmarkSignedAsk measures signed /ask deliveries until they are acknowledged,
// with the inbox and the outbox on disk and the answers worked out and sent
// beside it, next to a bare handler that only verifies and answers. Compare only
// within one run. answered/s counts to the last answer sent.
func BenchmarkSignedAsk(b *testing.B) {
	for _, conns := range []int{1, 32, 256} {
		b.Run(fmt.Sprintf("bare/conns=%d", conns), func(b *testing.B) {
			srv := httptest.NewServer(http.HandlerFunc(bare))
			defer srv.Close()
			fire(b, srv.URL+slackapp.PathCommands, conns, "https://hooks.example/x")
		})
		b.Run(fmt.Sprintf("desk/conns=%d", conns), func(b *testing.B) { benchDesk(b, conns) })
	}
}

// bare is the least a signed endpoint can do.
func bare(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	sec, err := strconv.ParseInt(r.Header.Get("X-Slack-Request-Timestamp"), 10, 64)
	if err != nil || time.Since(time.Unix(sec, 0)).Abs() > 5*time.Minute {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	mac := hmac.New(sha256.New, []byte(secretB))
	fmt.Fprintf(mac, "v0:%d:", sec)
	mac.Write(body)
	if !hmac.Equal([]byte("v0="+hex.EncodeToString(mac.Sum(nil))), []byte(r.Header.Get("X-Slack-Signature"))) {
		w.WriteHeader(http.StatusUnauthorized)
	}
}

func benchDesk(b *testing.B, conns int) {
	var answered atomic.Int64
	far := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasSuffix(r.URL.Path, "/hook"):
			answered.Add(1)
		case strings.HasSuffix(r.URL.Path, "users.info"):
			ok(`"user":{"id":"U0ALICE","team_id":"`+team+`","locale":"en-US"}`)(w, r)
		default:
			ok(`"team_id":"`+team+`","user_id":"U0DESK","bot_id":"B1"`)(w, r)
		}
	}))
	defer far.Close()
	db, err := bolt.Open(filepath.Join(b.TempDir(), "desk.db"), bolt.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	rows, err := store.Open(b.Context(), db, store.Options{})
	if err != nil {
		b.Fatal(err)
	}
	d := &desk{store: rows, meter: &tally{}}
	var worker *outbox.Worker
	d.app, err = slackapp.New(slackapp.Options{BotToken: botToken, SigningSecrets: []slackapp.Secret{secretA, secretB},
		APIURL: far.URL + "/api", Transport: slackapp.HTTP, Inbox: rows, Wake: func() { worker.Poke() }, Meter: d.meter})
	if err != nil {
		b.Fatal(err)
	}
	sender := outbox.NewSender(outbox.SenderOptions{Outbox: rows, Sender: d.app, Meter: d.meter})
	worker = outbox.NewWorker(outbox.WorkerOptions{Inbox: rows, Decode: d.app.Decode,
		Handle: d.bot(b, slog.New(slog.DiscardHandler)).Handle, Handled: sender.Poke, Meter: d.meter})
	ctx, cancel := context.WithCancel(b.Context())
	var crew sync.WaitGroup
	crew.Go(func() { worker.Run(ctx) })
	crew.Go(func() { sender.Run(ctx) })
	defer crew.Wait()
	defer cancel()
	door := httptest.NewServer(d.app.Handler())
	defer door.Close()
	started := time.Now()
	fire(b, door.URL+slackapp.PathCommands, conns, far.URL+"/hook")
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for answered.Load() < int64(b.N) {
		<-tick.C
	}
	b.ReportMetric(float64(b.N)/time.Since(started).Seconds(), "answered/s")
}

// fire sends b.N different signed commands over conns connections and reports
// requests a second and the 99th percentile.
func fire(b *testing.B, url string, conns int, hook string) {
	var next atomic.Int64
	took := make([]time.Duration, b.N)
	run := strconv.FormatInt(time.Now().UnixNano(), 36)
	var crew sync.WaitGroup
	b.ResetTimer()
	for range conns {
		crew.Go(func() {
			client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 1}}
			defer client.CloseIdleConnections()
			for {
				i := next.Add(1) - 1
				if i >= int64(b.N) {
					return
				}
				body := fmt.Sprintf("command=%%2Fask&text=how+much&team_id=%s&user_id=U0ALICE&channel_id=C%d&trigger_id=%s.%d&response_url=%s",
					team, i%200, run, i, hook)
				now := time.Now().Unix()
				req, err := http.NewRequest(http.MethodPost, url, strings.NewReader(body))
				if err != nil {
					b.Error(err)
					return
				}
				req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				req.Header.Set("X-Slack-Request-Timestamp", strconv.FormatInt(now, 10))
				req.Header.Set("X-Slack-Signature", slacksim.Sign(secretB, now, []byte(body)))
				start := time.Now()
				resp, err := client.Do(req)
				if err != nil {
					b.Error(err)
					return
				}
				_, _ = io.Copy(io.Discard, resp.Body) // empty
				resp.Body.Close()
				took[i] = time.Since(start)
				if resp.StatusCode != http.StatusOK {
					b.Errorf("got %d", resp.StatusCode)
					return
				}
			}
		})
	}
	crew.Wait()
	b.StopTimer()
	slices.Sort(took)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "req/s")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
}
