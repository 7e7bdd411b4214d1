package desk_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"partnerdesk/bot"
	"partnerdesk/bot/slacksim"
	"partnerdesk/cmd/desk"
	"partnerdesk/data"
	"partnerdesk/data/kv"
	"partnerdesk/handlers/access"
)

// deliveriesPerSecond is the pace at which BenchmarkAckBusy delivers.
const deliveriesPerSecond = 200

// BenchmarkAckBusy delivers signed questions to a whole desk (the shipped corpus,
// the inbox and outbox on disk) at a fixed pace, first by itself and then while
// it is backed up and its corpus is indexed anew without a pause. The time of an
// acknowledgement counts from the moment at which the delivery was due, so a
// stall is felt by everything behind it. commit-… are the store's transactions,
// as those who wait for them see them. Use -benchtime 4000x for twenty seconds.
func BenchmarkAckBusy(b *testing.B) {
	for _, busy := range []bool{false, true} {
		name := "quiet"
		if busy {
			name = "backup+reindex"
		}
		b.Run(name, func(b *testing.B) { benchAck(b, busy) })
	}
}

func benchAck(b *testing.B, busy bool) {
	far := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if strings.HasSuffix(r.URL.Path, "users.info") {
			fmt.Fprint(w, `{"ok":true,"user":{"id":"U0ALICE","team_id":"T1","locale":"en-US"}}`)
			return
		}
		fmt.Fprint(w, `{"ok":true,"team_id":"T1","user_id":"U0DESK","bot_id":"B1","usergroups":[],"ts":"1.1","channel":"C1"}`)
	}))
	defer far.Close()
	catalog, err := data.Messages()
	if err != nil {
		b.Fatal(err)
	}
	timed := &timedRows{}
	c := desk.Config{
		OperatorKind: access.SolutionProvider, Team: "T1", People: []access.Grant{{Who: access.Everybody, Roles: []bot.Role{bot.RoleStaff}}}, Zone: time.UTC, Addr: "127.0.0.1:0",
		Data:  filepath.Join(b.TempDir(), "data"),
		Slack: desk.SlackConfig{Transport: "http", APIURL: far.URL + "/api/", BotToken: "xoxb-bench", SigningSecret: "bench-secret"},
	}
	p, err := desk.Open(b.Context(), c, desk.Parts{Catalog: catalog, Log: slog.New(slog.DiscardHandler), Now: time.Now, Rows: timed.over})
	if err != nil {
		b.Fatal(err)
	}
	ctx, stop := context.WithCancel(b.Context())
	var crew sync.WaitGroup
	crew.Go(func() {
		if err := p.Run(ctx); err != nil && ctx.Err() == nil {
			b.Error(err)
		}
	})
	var backups, indexed atomic.Int64
	if busy {
		crew.Go(func() { backUp(b, ctx, c, &backups) })
		crew.Go(func() { reindex(b, ctx, p, c, &indexed) })
	}
	took := pace(b, "http://"+p.Addr()+"/slack/commands", far.URL+"/hook")
	b.StopTimer()
	stop()
	crew.Wait()
	if err := p.Close(); err != nil {
		b.Error(err)
	}
	report(b, "ack", took)
	report(b, "commit", timed.took)
	if busy {
		b.ReportMetric(float64(backups.Load()), "backups")
		b.ReportMetric(float64(indexed.Load()), "reindexes")
	}
	b.Logf("file system of the data directory: %s", fileSystem(c.Data))
}

// backUp copies the store away through the admin socket, over and over.
func backUp(b *testing.B, ctx context.Context, c desk.Config, n *atomic.Int64) {
	for ctx.Err() == nil {
		a, err := desk.OpenAdmin(ctx, c, desk.Parts{Log: slog.New(slog.DiscardHandler), Now: time.Now})
		if err != nil {
			continue // it is only starting
		}
		resp, err := a.Do(ctx, http.MethodGet, "/backup", url.Values{}, "", nil)
		if err == nil {
			_, err = io.Copy(io.Discard, resp.Body)
			err = errors.Join(err, resp.Body.Close())
		}
		if err = errors.Join(err, a.Close()); err != nil && ctx.Err() == nil {
			b.Error(err)
			return
		}
		n.Add(1)
	}
}

// reindex has other thresholds taken over, which builds the index anew.
func reindex(b *testing.B, ctx context.Context, p *desk.Program, c desk.Config, n *atomic.Int64) {
	for i := 0; ctx.Err() == nil; i++ {
		c.FAQ.Sure, c.FAQ.Maybe = 0.80+float64(i%2)/100, 0.3
		if err := p.Reload(ctx, c, nil); err != nil && ctx.Err() == nil {
			b.Error(err)
			return
		}
		n.Add(1)
	}
}

// pace sends b.N commands, one every 5 ms, and returns how long after its moment
// each was acknowledged.
func pace(b *testing.B, to, hook string) []time.Duration {
	const conns = 64
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: conns, MaxConnsPerHost: conns}}
	defer client.CloseIdleConnections()
	took := make([]time.Duration, b.N)
	run := strconv.FormatInt(time.Now().UnixNano(), 36)
	var crew sync.WaitGroup
	slots := make(chan struct{}, conns)
	b.ResetTimer()
	start := time.Now()
	for i := range b.N {
		due := start.Add(time.Duration(i) * time.Second / deliveriesPerSecond)
		time.Sleep(time.Until(due))
		slots <- struct{}{}
		crew.Go(func() {
			defer func() { <-slots }()
			body := url.Values{"command": {"/ask"}, "text": {questions[i%len(questions)]}, "team_id": {"T1"}, "user_id": {"U0ALICE"}, "channel_id": {fmt.Sprintf("C%d", i%200)},
				"trigger_id": {run + "." + strconv.Itoa(i)}, "response_url": {hook}}.Encode()
			now := time.Now().Unix()
			req, err := http.NewRequestWithContext(b.Context(), http.MethodPost, to, strings.NewReader(body))
			if err != nil {
				b.Error(err)
				return
			}
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			req.Header.Set("X-Slack-Request-Timestamp", strconv.FormatInt(now, 10))
			req.Header.Set("X-Slack-Signature", slacksim.Sign("bench-secret", now, []byte(body)))
			resp, err := client.Do(req)
			if err != nil {
				b.Error(err)
				return
			}
			_, _ = io.Copy(io.Discard, resp.Body) // empty
			_ = resp.Body.Close()
			took[i] = time.Since(due)
			if resp.StatusCode != http.StatusOK {
				b.Errorf("got %s", resp.Status)
			}
		})
	}
	crew.Wait()
	return took
}

// timedRows measures the transactions of a store.
type timedRows struct {
	mu   sync.Mutex // guards took
	took []time.Duration
}

func (t *timedRows) over(db kv.DB) kv.DB { return &timedDB{db, t} }

type timedDB struct {
	kv.DB
	rows *timedRows
}

// Update implements [kv.DB].
func (d *timedDB) Update(ctx context.Context, fn func(kv.Tx) error) error {
	start := time.Now()
	err := d.DB.Update(ctx, fn)
	d.rows.mu.Lock()
	defer d.rows.mu.Unlock()
	d.rows.took = append(d.rows.took, time.Since(start))
	return err
}

func report(b *testing.B, what string, took []time.Duration) {
	if len(took) == 0 {
		return
	}
	slices.Sort(took)
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	b.ReportMetric(ms(took[len(took)/2]), what+"-p50-ms")
	b.ReportMetric(ms(took[len(took)*99/100]), what+"-p99-ms")
	b.ReportMetric(ms(took[len(took)-1]), what+"-max-ms")
}

// fileSystem names the file system a path is on, where the system tells.
func fileSystem(path string) string {
	mounts, err := os.ReadFile("/proc/mounts")
	if err != nil {
		return "unknown"
	}
	best, kind := "", "unknown"
	for line := range strings.Lines(string(mounts)) {
		f := strings.Fields(line)
		if len(f) > 2 && strings.HasPrefix(path, f[1]) && len(f[1]) >= len(best) {
			best, kind = f[1], f[2]
		}
	}
	return kind
}
