package rounds

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os/signal"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"partnerdesk/bot/lang"
	"partnerdesk/cmd/desk"
	"partnerdesk/data"
	"partnerdesk/data/kv"
)

// The environment of a child, beside the desk's own settings.
const (
	envChild = "TORTURE_CHILD"
	envFile  = "TORTURE_CONFIG" // the configuration file
	envClock = "TORTURE_CLOCK"  // see clock.String
	envBad   = "TORTURE_BAD"    // makes a desk that breaks its promises
	envLag   = "TORTURE_LAG"    // how late records may show, and how long a signature is accepted, such as 30s; empty: as ever
)

// IsChild says whether this process is to be a desk.
func IsChild(getenv func(string) string) bool { return getenv(envChild) != "" }

// Child is the desk: the wiring of `partnerdesk serve`, with a clock that may run faster, and with a death wish that
// it hears on in. It returns an exit code; "ready ADDR" on out says that it is open.
func Child(ctx context.Context, getenv func(string) string, in io.Reader, out, errs io.Writer) int {
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGTERM)
	defer stop()
	signal.Ignore(syscall.SIGXFSZ) // a full disk sends no signal, so its stand-in shall not either
	if err := child(ctx, getenv, in, out, errs); err != nil {
		fmt.Fprintln(errs, "desk:", err)
		return 1
	}
	return 0
}

func child(ctx context.Context, getenv func(string) string, in io.Reader, out, errs io.Writer) error {
	catalog, err := data.Messages()
	if err != nil {
		return err
	}
	c, err := parseClock(getenv(envClock))
	if err != nil {
		return err
	}
	config, err := desk.Load(desk.Input{Getenv: getenv, File: getenv(envFile), Words: catalog.In(lang.English)})
	if err != nil {
		return err
	}
	if lag := getenv(envLag); lag != "" {
		d, err := time.ParseDuration(lag)
		if err != nil {
			return err
		}
		config.Money.Window, config.Money.Lag = d, d
	}
	reaper := &reaper{clock: c}
	go reaper.listen(in) // ends with the process
	p, err := desk.Open(ctx, config, desk.Parts{
		Catalog: catalog, Log: slog.New(slog.NewTextHandler(errs, &slog.HandlerOptions{Level: slog.LevelDebug})), Now: reaper.Now,
		Rows: func(db kv.DB) kv.DB { return rows{db, reaper, getenv(envBad) != ""} },
		Wire: func(next http.RoundTripper) http.RoundTripper { return wire{next, reaper, getenv(envBad) != ""} },
	})
	if err != nil {
		return err
	}
	defer func() { _ = p.Close() }()
	fmt.Fprintln(out, "ready", p.Addr())
	return p.Run(ctx)
}

// clock is a clock that started with the real one and runs faster.
type clock struct {
	from  time.Time
	speed float64
}

// Now is the time by this clock.
func (c clock) Now() time.Time {
	return c.from.Add(time.Duration(float64(time.Since(c.from)) * c.speed))
}

func (c clock) String() string { return fmt.Sprintf("%d %g", c.from.UnixNano(), c.speed) }

func parseClock(s string) (clock, error) {
	var ns int64
	var c clock
	if _, err := fmt.Sscan(s, &ns, &c.speed); err != nil {
		return c, fmt.Errorf("clock %q: %w", s, err)
	}
	c.from = time.Unix(0, ns)
	return c, nil
}

// The moments at which a desk can be made to die.
const (
	beforeCommit = "before-commit"
	afterCommit  = "after-commit"
	beforeCall   = "before-call"
	afterCall    = "after-call"
	jump         = "jump"      // not a moment: the clock is ahead by so many seconds, or behind
	noCommit     = "no-commit" // not the end: after the k-th call no commit succeeds for noCommitFor
	finish       = "finish"    // not a moment: SIGTERM, at once
)

// noCommitFor is how long the store is full at a time.
const noCommitFor = 5 * time.Second

// reaper ends the process at the k-th of some moment, without any clean-up.
type reaper struct {
	left    [5]atomic.Int64
	commits atomic.Int64
	full    atomic.Int64 // until when no commit succeeds, in Unix nanoseconds

	clock clock
	ahead atomic.Int64 // of the clock, in nanoseconds
}

// Now is the time by the desk's clock, which may have been set wrong.
func (r *reaper) Now() time.Time { return r.clock.Now().Add(time.Duration(r.ahead.Load())) }

var moments = [5]string{beforeCommit, afterCommit, beforeCall, afterCall, noCommit}

// listen hears "MOMENT K" lines.
func (r *reaper) listen(in io.Reader) {
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		moment, k, _ := strings.Cut(lines.Text(), " ")
		n, err := strconv.ParseInt(k, 10, 64)
		if moment == finish {
			_ = syscall.Kill(syscall.Getpid(), syscall.SIGTERM)
		}
		if moment == jump && err == nil {
			r.ahead.Store(int64(time.Duration(n) * time.Second))
		}
		for i, m := range moments {
			if m == moment && err == nil {
				r.left[i].Store(n)
			}
		}
	}
}

func (r *reaper) at(i int) {
	if r.left[i].Load() > 0 && r.left[i].Add(-1) == 0 {
		if moments[i] == noCommit {
			r.full.Store(time.Now().Add(noCommitFor).UnixNano())
			return
		}
		_ = syscall.Kill(syscall.Getpid(), syscall.SIGKILL)
		select {} // the signal is on its way
	}
}

// rows is the engine with the reaper before and behind every commit.
type rows struct {
	kv.DB
	reaper *reaper
	bad    bool // says of one in nine commits that it happened, which it did not
}

// Update implements kv.DB.
func (r rows) Update(ctx context.Context, fn func(kv.Tx) error) error {
	r.reaper.at(0)
	if time.Now().UnixNano() < r.reaper.full.Load() {
		return kv.ErrFull
	}
	if r.bad && r.reaper.commits.Add(1)%9 == 0 {
		return nil
	}
	err := r.DB.Update(ctx, fn)
	r.reaper.at(1)
	return err
}

// wire is the way out with the reaper before and behind every call.
type wire struct {
	next   http.RoundTripper
	reaper *reaper
	bad    bool // posts every message twice
}

// RoundTrip implements http.RoundTripper.
func (w wire) RoundTrip(r *http.Request) (*http.Response, error) {
	w.reaper.at(2)
	if w.bad && strings.HasSuffix(r.URL.Path, "/chat.postMessage") && r.GetBody != nil {
		again := r.Clone(r.Context())
		again.Body, _ = r.GetBody() // of a body in memory, which never fails
		if resp, err := w.next.RoundTrip(again); err == nil {
			_ = resp.Body.Close()
		}
	}
	resp, err := w.next.RoundTrip(r)
	w.reaper.at(3)
	w.reaper.at(4)
	return resp, err
}
