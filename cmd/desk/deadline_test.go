package desk_test

import (
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"partnerdesk/bot/slacksim"
	"partnerdesk/cmd/desk"
	"partnerdesk/data"
	"partnerdesk/handlers/access"
)

// dial is a clock that a test sets.
type dial struct{ at atomic.Int64 }

func (d *dial) set(t time.Time)      { d.at.Store(t.UnixNano()) }
func (d *dial) now() time.Time       { return time.Unix(0, d.at.Load()) }
func (d *dial) add(by time.Duration) { d.at.Add(int64(by)) }

// lived is a demo over a data directory that stays, with a clock of its own.
type lived struct {
	*slacksim.Workspace
	config desk.Config
	parts  desk.Parts
	stop   func()
}

func live(t *testing.T, dir string, clock *dial) *lived {
	t.Helper()
	catalog, err := data.Messages()
	if err != nil {
		t.Fatal(err)
	}
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	l := &lived{
		config: desk.Config{Zone: zone, Data: filepath.Join(dir, "data"), Audit: desk.AuditConfig{Key: filepath.Join(dir, "key"), Witness: filepath.Join(dir, "witness")}},
		parts:  desk.Parts{Catalog: catalog, Log: slog.New(slog.DiscardHandler), Now: clock.now},
	}
	d, stop := start(t, l.config, l.parts, "socket", access.SolutionProvider)
	l.Workspace, l.stop = d.Town, stop
	return l
}

// ran waits until a job has run at the hour the clock shows.
func (l *lived) ran(t *testing.T, name string) {
	t.Helper()
	at := l.parts.Now()
	done := func() bool {
		a, err := desk.OpenAdmin(t.Context(), l.config, l.parts)
		must(t, err)
		defer func() { _ = a.Close() }()
		var list []desk.JobInfo
		must(t, a.Ask(t.Context(), http.MethodGet, "/jobs", nil, &list))
		for _, j := range list {
			if j.Name == name && !j.Started.Before(at) && !j.Ended.Before(j.Started) && j.Outcome == "ok" {
				return true
			}
		}
		return false
	}
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); {
		if done() {
			return
		}
		<-time.After(50 * time.Millisecond)
	}
	t.Fatalf("job %s did not run", name)
}

// reminders counts the person's messages from the desk that hold a text.
func reminders(p *slacksim.Person, text string) int {
	n := 0
	for _, m := range p.In("partnerdesk").Reads() {
		if strings.Contains(m.Text, text) {
			n++
		}
	}
	return n
}

// TestDeadline_RemindsOnceAcrossRestarts plays a deadline from the command to
// its last call, through the clock, the rows and the outbox.
func TestDeadline_RemindsOnceAcrossRestarts(t *testing.T) {
	if testing.Short() {
		t.Skip("restarts the whole desk and waits for the clock door's ticks")
	}
	clock := &dial{}
	clock.set(time.Date(2026, 11, 20, 4, 0, 0, 0, time.UTC)) // a Friday, noon in Shanghai
	dir := t.TempDir()
	l := live(t, dir, clock)
	p := l.Person(liLei).Test(t).Within(20 * time.Second).In(sales)
	must(t, p.Command("/deadline", "add 11月27日 交材料 代理 @alice"))
	sees(t, p, "记下了", "2026-11-27", "代理人", "最后提醒")

	clock.set(time.Date(2026, 11, 24, 1, 1, 0, 0, time.UTC)) // three days before, 9:01
	sees(t, p.In("partnerdesk"), "要留意的事", "交材料", "还有 3 天")
	clock.add(2 * time.Minute)
	l.ran(t, "remind")
	if n := reminders(p, "交材料"); n != 1 {
		t.Errorf("%d messages about it, want 1", n)
	}
	l.stop()

	clock.add(time.Hour)
	l = live(t, dir, clock)
	l.ran(t, "remind")
	clock.add(2 * time.Minute)
	l.ran(t, "remind")
	p = l.Person(liLei).Test(t).Within(20 * time.Second).In(sales)
	if n := reminders(p, "交材料"); n != 0 {
		t.Errorf("%d messages after a restart, want none", n)
	}
	l.stop()

	clock.set(time.Date(2026, 11, 27, 9, 0, 0, 0, time.UTC)) // the last day, 17:00: the run at nine was missed
	l = live(t, dir, clock)
	p = l.Person(liLei).Test(t).Within(20 * time.Second).In("partnerdesk")
	sees(t, p, "交材料", "今天到期", "最后提醒")
	must(t, p.Click("完成"))
	sees(t, p, "交材料（已完成）") // the demo has other dates of his
}
