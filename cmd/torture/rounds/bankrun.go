package rounds

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"partnerdesk/bot/slacksim"
)

// moneyRunner is one desk whose people move money while it is killed.
type moneyRunner struct {
	o      Options
	dir    string
	bank   *bank
	crowd  *crowd
	heard  *receipts
	log    *logFile
	desk   *process
	lots   *rand.Rand
	began  time.Time
	report *MoneyReport
}

// Money tortures desks that move value, and reports on all of them together. Each is a child process; the partner
// center is here, and what it did outlives every kill.
func Money(ctx context.Context, o Options) (*MoneyReport, error) {
	dir := o.Keep
	if dir == "" {
		var err error
		if dir, err = os.MkdirTemp("", "torture-money-"); err != nil {
			return nil, err
		}
		defer func() { _ = os.RemoveAll(dir) }()
	}
	if o.Out == nil {
		o.Out = io.Discard
	}
	o.Out = &lines{out: o.Out}
	desks := max(1, min(o.Desks, o.Rounds))
	began, reports, errs := time.Now(), make([]*MoneyReport, desks), make([]error, desks)
	var crew sync.WaitGroup
	for d := range desks {
		rounds := o.Rounds / desks
		if d < o.Rounds%desks {
			rounds++
		}
		crew.Go(func() {
			reports[d], errs[d] = moneyDesk(ctx, o, filepath.Join(dir, fmt.Sprintf("money-%d", d+1)), d, rounds)
		})
	}
	crew.Wait()
	whole := &MoneyReport{Desks: desks, Took: time.Since(began)}
	for _, r := range reports {
		whole.add(r)
	}
	return whole, errors.Join(errs...)
}

func moneyDesk(ctx context.Context, o Options, dir string, d, rounds int) (*MoneyReport, error) {
	t, err := newMoneyRunner(o, dir, d)
	if err != nil {
		return nil, err
	}
	defer t.close()
	return t.report, t.play(ctx, rounds)
}

func newMoneyRunner(o Options, dir string, d int) (*moneyRunner, error) {
	o.Speed, o.Wait = cmp.Or(o.Speed, 16), cmp.Or(o.Wait, 2*time.Minute)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	if err := prepare(dir); err != nil {
		return nil, err
	}
	seed := o.Seed<<16 + uint64(d)
	t := &moneyRunner{o: o, dir: dir, began: time.Now(), lots: rand.New(rand.NewPCG(seed, 5)), report: &MoneyReport{}}
	f, err := os.Create(filepath.Join(dir, "desk.log"))
	if err != nil {
		return nil, err
	}
	t.log = &logFile{f: f}
	if t.bank, err = openBank(clock{from: time.Now(), speed: o.Speed}, seed); err != nil {
		return nil, err
	}
	t.bank.double = o.Bad
	t.crowd = &crowd{bank: t.bank, fault: t.report.fault}
	t.report.out = o.Out
	if t.heard, err = newReceipts(t.bank); err != nil {
		return nil, err
	}
	t.bank.Hear(t.heard.hear)
	return t, os.WriteFile(filepath.Join(dir, "config.yaml"), []byte(t.bank.config()), 0o600)
}

func (t *moneyRunner) close() {
	if t.desk != nil && t.desk.alive() {
		t.desk.kill()
	}
	t.bank.stop()
	_ = t.log.f.Close()
}

func (t *moneyRunner) raise(ctx context.Context) error {
	transport := one(t.lots, slacksim.TransportSocket, slacksim.TransportHTTP)
	t.bank.SetTransport(transport)
	for try := 0; ; try++ {
		p, err := run(nil, t.bank.env(t.dir, transport), t.log)
		if err != nil {
			return err
		}
		t.desk = p
		t.report.Starts++
		within, cancel := context.WithTimeout(ctx, 60*time.Second)
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
	t.bank.join(t.desk.addr)
	return nil
}

func (t *moneyRunner) play(ctx context.Context, rounds int) error {
	last := context.WithoutCancel(ctx)
	if err := t.raise(last); err != nil {
		return err
	}
	for n := range rounds {
		if ctx.Err() != nil || t.o.Atmost > 0 && time.Since(t.began) > t.o.Atmost {
			break
		}
		if err := t.round(last, n+1); err != nil {
			return fmt.Errorf("round %d in %s: %w", n+1, t.dir, err)
		}
		t.report.Rounds++
	}
	return t.judge(last)
}

// round has people move money while the desk is killed, lets everything come to rest, and settles up.
func (t *moneyRunner) round(ctx context.Context, n int) error {
	began := time.Now()
	t.bank.disturb(0.4)
	var crew sync.WaitGroup
	enough := t.approvers(ctx, n)
	defer enough()
	wants := t.crowd.wants(t.lots)
	for _, w := range wants {
		crew.Go(func() {
			if sleep(ctx, w.at) {
				t.crowd.ask(ctx, w, t.heard.coupon)
			}
		})
	}
	if t.lots.IntN(6) == 0 {
		crew.Go(func() {
			if sleep(ctx, 1200*time.Millisecond) {
				t.crowd.freeze()
				t.report.count(&t.report.Freezes)
				sleep(ctx, 1500*time.Millisecond)
				t.crowd.thaw(ctx)
			}
		})
	}
	deaths, err := t.kills(ctx)
	crew.Wait()
	if err != nil {
		return err
	}
	t.bank.disturb(0)
	t.bank.deathAt("", 0, false, nil)
	s, err := t.rest(ctx, t.o.Wait)
	enough()
	if err == nil {
		t.heard.learn(s)
		err = t.balance(ctx, s)
	}
	fmt.Fprintf(t.o.Out, "%s round %d: %v, %d wishes, %v\n", filepath.Base(t.dir), n, deaths, len(wants), time.Since(began).Round(time.Millisecond))
	return err
}

// approvers are at work until the function that is returned is called.
func (t *moneyRunner) approvers(ctx context.Context, n int) func() {
	var crew sync.WaitGroup
	ctx, stop := context.WithCancel(ctx)
	for i, who := range []string{approverA, approverB} {
		r := rand.New(rand.NewPCG(t.o.Seed, uint64(n*2+i)))
		crew.Go(func() { t.crowd.decide(ctx, who, r) })
	}
	return func() {
		stop()
		crew.Wait()
	}
}

// kills ends the desk one to three times, and starts it again.
func (t *moneyRunner) kills(ctx context.Context) (how []string, err error) {
	for left := 1 + t.lots.IntN(3); left > 0; left-- {
		moment := one(t.lots, killed, beforeCommit, beforeCommit, afterCommit, afterCommit, beforeCall, afterCall, arrives, arrives, happened, happened, happened, answered, answered, stopped)
		k, at := 1+t.lots.IntN(30), drawn(t.lots, 300*time.Millisecond, 4*time.Second)
		desk := t.desk
		switch moment {
		case killed:
			sleep(ctx, at)
		case stopped:
			sleep(ctx, at)
			desk.signal(syscall.SIGSTOP)
			sleep(ctx, drawn(t.lots, 200*time.Millisecond, 4*time.Second))
			desk.signal(syscall.SIGCONT)
			t.report.Stops++
			how = append(how, moment)
			left++ // whatever else happens to it, it is killed
			continue
		case arrives, happened, answered:
			reads := t.lots.IntN(3) == 0
			if !reads {
				k = 1 + k%2
			}
			t.bank.deathAt(moment, k, reads, func() { desk.signal(syscall.SIGKILL) })
			t.doomed(ctx, 4*time.Second)
		default:
			desk.tell(moment, k)
			t.doomed(ctx, 4*time.Second)
		}
		t.bank.deathAt("", 0, false, nil)
		if desk.alive() {
			desk.kill()
			moment = killed + " instead of " + moment
		}
		t.report.Kills++
		how = append(how, fmt.Sprintf("%s %d", moment, k))
		sleep(ctx, drawn(t.lots, 0, 500*time.Millisecond))
		if err := t.raise(ctx); err != nil {
			return how, err
		}
	}
	return how, nil
}

func (t *moneyRunner) doomed(ctx context.Context, most time.Duration) {
	(&runner{desk: t.desk}).doomed(ctx, most)
}

// judge ends the desk and holds everything against what is promised.
func (t *moneyRunner) judge(ctx context.Context) error {
	enough := t.approvers(ctx, 0) // something may have been handed over after the last look
	defer enough()
	if _, err := t.rest(ctx, 2*t.o.Wait); err != nil {
		return err
	}
	// Whatever could still be sent twice is looked for 30 s after it was tried; cards and receipts go out one a second.
	if !t.o.Brief {
		sleep(ctx, time.Duration(float64(60*time.Second)/t.o.Speed)+12*time.Second)
	}
	enough()
	if err := t.desk.stop(20 * time.Second); err != nil {
		t.report.fault("stop", err.Error())
	}
	s, err := t.read(ctx, filepath.Join(t.dir, "data", databaseName), true)
	if err != nil {
		return err
	}
	if busy := s.busy(); busy != "" {
		t.report.fault("unknown", busy)
	}
	if err := t.balance(ctx, s); err != nil {
		return err
	}
	t.heard.check(s, t.report)
	t.bank.mu.Lock()
	defer t.bank.mu.Unlock()
	t.report.Writes, t.report.Struck = t.bank.writes, t.bank.struck
	return nil
}
