// Package rounds tortures a desk. Each round has ten people ask something, each in another place of a simulated
// workspace; deliveries are repeated, delayed and reordered, calls fail before and after they took effect, and the desk,
// a child process, is killed and started again. Afterwards the transcript and the store are held against what is
// promised: everybody whom the desk heard has an answer, nobody has two, and nothing is left behind.
package rounds

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"partnerdesk/bot/lang"
	"partnerdesk/bot/slacksim"
	"partnerdesk/data"
	"partnerdesk/handlers/partner/sandbox"
)

// runner is one torture under way.
type runner struct {
	o      Options
	dir    string
	town   *town
	books  *ledger
	log    *logFile
	script *os.File
	desk   *process
	under  []string // what desks are started under; empty: nothing
	began  time.Time
	waits  []string // titles of forms that say to wait
	played []int    // rounds
	saved  []string // backups

	report *Report
}

// logFile collects what the desks log.
type logFile struct {
	mu sync.Mutex // guards what follows
	f  *os.File
}

func (l *logFile) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.f.Write(p)
}

// newRunner opens everything around a desk, which is not started yet.
func newRunner(o Options, dir string) (*runner, error) {
	o.Speed, o.Wait = cmp.Or(o.Speed, 8), cmp.Or(o.Wait, 30*time.Second)
	if o.Out == nil {
		o.Out = io.Discard
	}
	if err := prepare(dir); err != nil {
		return nil, err
	}
	catalog, err := data.Messages()
	if err != nil {
		return nil, err
	}
	t := &runner{o: o, dir: dir, books: newLedger(), began: time.Now(), report: &Report{}}
	for _, tag := range lang.Tags() {
		t.waits = append(t.waits, catalog.Text(tag, "form.wait.title"))
		t.books.apology = append(t.books.apology, catalog.Text(tag, "error.internal"))
	}
	f, err := os.Create(filepath.Join(dir, "desk.log"))
	if err != nil {
		return nil, err
	}
	t.log = &logFile{f: f}
	if t.script, err = os.Create(filepath.Join(dir, "transcript.jsonl")); err == nil {
		t.town, err = openTown(clock{from: time.Now(), speed: o.Speed})
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	for i := range people {
		t.books.direct[t.town.Person(userID(i)).Where()] = userID(i)
	}
	for i := range writers {
		t.books.direct[t.town.Person(writerID(i)).Where()] = writerID(i)
	}
	t.town.Record(t.script)
	t.town.Hear(t.books.hear)
	return t, nil
}

func (t *runner) close() {
	if t.desk != nil && t.desk.alive() {
		t.desk.kill()
	}
	t.town.stop()
	_ = t.script.Close() // what it is for has been read from the ledger
	_ = t.log.f.Close()
}

// play plays the rounds of one desk, and judges it.
func (t *runner) play(ctx context.Context, list []int) error {
	last := context.WithoutCancel(ctx) // a round that has begun is played to its end
	if err := t.raise(last, slacksim.TransportSocket); err != nil {
		return err
	}
	for i, round := range list {
		if ctx.Err() != nil || t.o.Atmost > 0 && time.Since(t.began) > t.o.Atmost {
			break
		}
		err := t.round(last, round)
		if err == nil && i%10 == 9 {
			err = t.glance(last)
		}
		if err != nil {
			return fmt.Errorf("round %d: %w", round, err)
		}
		t.report.Rounds++
		t.played = append(t.played, round)
	}
	return t.judge(last)
}

// raise starts a desk, as often as it takes, and joins it to the workspace.
func (t *runner) raise(ctx context.Context, transport string) error {
	began := time.Now()
	t.town.SetTransport(transport) // a desk that finds Socket Mode switched off ends, and rightly so
	for try := 0; ; try++ {
		p, err := run(t.under, t.env(transport), t.log)
		if err != nil {
			return err
		}
		t.desk = p
		t.report.Starts++
		within, cancel := context.WithTimeout(ctx, 30*time.Second)
		err = p.await(within)
		cancel()
		if err == nil {
			break
		}
		if p.alive() {
			p.kill()
		}
		if !errors.Is(err, errDied) || try == 3 {
			return err
		}
	}
	t.town.join(t.desk.addr)
	t.report.slowest(&t.report.Start, time.Since(began))
	return nil
}

func (t *runner) env(transport string) []string {
	env := t.town.env(t.dir, transport)
	if t.o.Bad {
		env = append(env, envBad+"=1")
	}
	return env
}

// round has ten people ask and the desk interrupted, and waits until all who can expect an answer have it.
func (t *runner) round(ctx context.Context, n int) error {
	p := draw(t.o.Seed, n)
	if t.o.Only != "" {
		p.deaths = p.deaths[:1]
		p.deaths[0].how, p.deaths[0].at = t.o.Only, p.deaths[0].at%(700*time.Millisecond)
	}
	for i := range p.asks {
		p.asks[i].kind = cmp.Or(t.o.Ask, p.asks[i].kind)
	}
	t.town.Note(fmt.Sprintf("round %d: %v", n, p.deaths))
	if err := t.town.Misbehave(t.o.Seed<<20+uint64(n), p.faults...); err != nil {
		return err
	}
	began := time.Now()
	var crew sync.WaitGroup
	for _, i := range p.asks {
		crew.Go(func() {
			if sleep(ctx, i.at) {
				t.do(n, i)
			}
		})
	}
	for _, c := range p.chores {
		crew.Go(func() {
			if sleep(ctx, c.at) {
				t.doChore(n, c)
			}
		})
	}
	if p.trouble != "" {
		if err := t.town.world.Inject(sandbox.Fault{Op: "case-create", Kind: p.trouble, Delay: 700 * time.Millisecond}); err != nil {
			return err
		}
	}
	crew.Go(t.support)
	if n/max(t.o.Desks, 1)%3 == 0 {
		crew.Go(func() {
			if sleep(ctx, p.deaths[0].at/2) {
				if err := t.backup(ctx, n); err != nil {
					t.report.fault("backup", err.Error())
				}
			}
		})
	}
	err := t.interrupt(ctx, p.deaths)
	if n%2 == 0 {
		crew.Go(t.support)
	}
	crew.Wait()
	if err != nil {
		return err
	}
	for _, f := range t.town.Faults() {
		t.report.struck(f)
	}
	if err := t.town.Misbehave(0); err != nil {
		return err
	}
	t.await(ctx, n, t.o.Wait)
	took := time.Since(began)
	for _, a := range t.books.waiting(n) {
		fmt.Fprintf(t.o.Out, "  still waiting: %s of %s in %s, delivery %s\n", a.kind, a.user, a.channel, a.delivery)
	}
	fmt.Fprintf(t.o.Out, "round %d: %v, %d waiting, %v\n", n, p.deaths, len(t.books.waiting(n)), took.Round(time.Millisecond))
	return nil
}

// await waits until nobody of the round waits, or for a time.
func (t *runner) await(ctx context.Context, round int, most time.Duration) {
	for end := time.Now().Add(most); time.Now().Before(end) && t.desk.alive(); {
		for _, a := range t.books.waiting(round) {
			if (a.kind == kindClick || a.opens) && t.formOpen(a.user) {
				t.books.open(a)
			}
		}
		if len(t.books.waiting(round)) == 0 || !sleep(ctx, 20*time.Millisecond) {
			return
		}
	}
}

// interrupt lets the desk die, or nearly, and starts the next one.
func (t *runner) interrupt(ctx context.Context, deaths []death) error {
	for _, d := range deaths {
		switch d.how {
		case killed, rebirth:
			sleep(ctx, d.at)
		case stopped:
			sleep(ctx, d.at)
			t.desk.signal(syscall.SIGSTOP)
			sleep(ctx, d.pause)
			t.desk.signal(syscall.SIGCONT)
			t.report.Stops++
			continue
		case frozen:
			sleep(ctx, d.at)
			t.desk.signal(syscall.SIGSTOP)
			sleep(ctx, frozenFor)
			t.town.DropSockets() // Slack has heard no pong for so long
			sleep(ctx, d.pause)
			t.desk.signal(syscall.SIGCONT)
			t.report.Freezes++
			continue
		case jump:
			sleep(ctx, d.at)
			t.desk.tell(jump, int(d.by/time.Second))
			sleep(ctx, d.pause)
			if d.back {
				t.desk.tell(jump, 0)
			}
			t.report.Jumps++
			continue
		case full:
			sleep(ctx, d.at)
			if err := t.desk.fill(true); err != nil {
				return err
			}
			sleep(ctx, 2*d.pause)
			if err := t.desk.fill(false); err != nil {
				return err
			}
			t.report.Fulls++
			continue
		case fixed:
			sleep(ctx, d.at)
			if t.fix(true) == nil {
				t.report.Fixes++
				sleep(ctx, d.pause)
				if err := t.fix(false); err != nil {
					return err
				}
			}
		case noCommit:
			t.desk.tell(d.how, d.k)
			sleep(ctx, noCommitFor)
			t.report.Fulls++
			continue
		case ended:
			sleep(ctx, d.at)
			if err := t.desk.stop(20 * time.Second); err != nil {
				t.report.fault("stop", err.Error())
			}
			t.report.Ends++
		case effect:
			desk := t.desk
			t.books.reapAfter(d.k, func() { desk.signal(syscall.SIGKILL) })
			t.doomed(ctx, d.at)
			t.books.reapAfter(0, nil)
		default:
			t.desk.tell(d.how, d.k)
			t.doomed(ctx, d.at)
		}
		if t.desk.alive() {
			t.desk.kill()
		}
		if d.how != ended {
			t.report.Kills++
		}
		sleep(ctx, d.down)
		if err := t.raise(ctx, d.next); err != nil {
			return err
		}
	}
	return nil
}

// fix makes the store's file read-only, or writable again: with chattr, which root alone may use, on some file systems,
// because neither rights nor a mount hold back who has a file open already.
func (t *runner) fix(on bool) error {
	flag := "-i"
	if on {
		flag = "+i"
	}
	if said, err := exec.Command("chattr", flag, filepath.Join(t.dir, "data", databaseName)).CombinedOutput(); err != nil {
		return fmt.Errorf("chattr %s: %w: %s", flag, err, said)
	}
	return nil
}

// frozenFor is how long a desk does not answer before its sockets are gone.
const frozenFor = 6 * time.Second

// doomed waits for the end of the desk, for a time.
func (t *runner) doomed(ctx context.Context, most time.Duration) {
	timer := time.NewTimer(most)
	defer timer.Stop()
	select {
	case <-t.desk.gone:
	case <-timer.C:
	case <-ctx.Done():
	}
}

// sleep waits, and reports false when ctx ended first.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
