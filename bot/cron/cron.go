// Package cron is the clock door: it runs the desk's jobs. The library only
// ticks. What is due stands in the store, under the name of the job, so that a
// restart neither forgets a run nor repeats one that was done; runs that were
// due while nobody ran them are made up for by one. Only the leader runs jobs.
package cron

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/go-co-op/gocron/v2"

	"partnerdesk/bot"
)

// Term is the time during which this desk leads. Its book refuses what a deposed
// leader writes.
type Term struct {
	Book   bot.JobBook
	Lost   <-chan struct{} // closed when the office is lost
	Resign func()
}

// Options is what a clock needs.
type Options struct {
	Jobs []bot.Job
	Lead func(ctx context.Context) (Term, error) // waits for its turn
	Tick time.Duration                           // how often is looked what is due; zero means 10 s
	Most time.Duration                           // for one run; zero means 10 minutes
	Log  *slog.Logger                            // nil discards
	Now  func() time.Time
}

// Clock runs jobs.
type Clock struct{ o Options }

// retryAfter is when a job that failed is tried again, if it is not due earlier.
const retryAfter = 5 * time.Minute

// New checks the jobs: a name used twice, or a job that never runs, is an error.
func New(o Options) (*Clock, error) {
	if o.Tick == 0 {
		o.Tick = 10 * time.Second
	}
	if o.Most == 0 {
		o.Most = 10 * time.Minute
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	names := map[string]bool{}
	for _, j := range o.Jobs {
		if j.Name == "" || names[j.Name] || j.Every <= 0 || j.Run == nil {
			return nil, fmt.Errorf("cron: job %q is nameless, empty or there twice", j.Name)
		}
		names[j.Name] = true
	}
	return &Clock{o: o}, nil
}

// Run waits until this desk leads and then runs what is due, until ctx ends. A
// run under way is waited for.
func (c *Clock) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		term, err := c.o.Lead(ctx)
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return fmt.Errorf("clock: %w", err)
		}
		err = c.serve(ctx, term)
		term.Resign()
		if err != nil {
			return fmt.Errorf("clock: %w", err)
		}
	}
	return nil
}

// serve runs what is due for as long as this desk leads.
func (c *Clock) serve(ctx context.Context, term Term) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	r := &round{c: c, book: term.Book, busy: map[string]bool{}}
	defer r.crew.Wait()
	if err := r.recover(ctx); err != nil {
		return err
	}
	ticks := make(chan struct{}, 1)
	beat := func() {
		select {
		case ticks <- struct{}{}:
		default: // one is waiting already
		}
	}
	s, err := gocron.NewScheduler(gocron.WithStopTimeout(time.Second))
	if err != nil {
		return err
	}
	defer func() { _ = s.Shutdown() }() // a beat that hangs does no harm
	if _, err := s.NewJob(gocron.DurationJob(c.o.Tick), gocron.NewTask(beat)); err != nil {
		return err
	}
	s.Start()
	beat()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-term.Lost:
			return nil
		case <-ticks:
			if err := r.tick(ctx); err != nil && ctx.Err() == nil {
				c.o.Log.Error("clock tick", "err", err)
			}
		}
	}
}

// round is a term of office at work.
type round struct {
	c    *Clock
	book bot.JobBook
	crew sync.WaitGroup

	mu   sync.Mutex // guards the field below
	busy map[string]bool
}

// recover marks the runs that the last leader did not finish; they are due at
// once.
func (r *round) recover(ctx context.Context) error {
	states, err := r.book.JobStates(ctx)
	if err != nil {
		return err
	}
	for _, s := range states {
		if s.Outcome != bot.JobRunning {
			continue
		}
		s.Outcome, s.Next = bot.JobInterrupted, s.Started
		s.Failed++
		if err := r.book.PutJobState(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// tick starts what is due.
func (r *round) tick(ctx context.Context) error {
	states, err := r.book.JobStates(ctx)
	if err != nil {
		return err
	}
	now := r.c.o.Now()
	for _, j := range r.c.o.Jobs {
		s := bot.JobState{Name: j.Name, Next: now}
		if i := slices.IndexFunc(states, func(s bot.JobState) bool { return s.Name == j.Name }); i >= 0 {
			s = states[i]
		}
		s.Every = j.Every
		if far := now.Add(j.Every); s.Next.After(far) {
			s.Next = now // the clock went back, or the job runs more often now
		}
		if s.Next.After(now) || !r.take(j.Name) {
			continue
		}
		r.crew.Go(func() {
			defer r.free(j.Name)
			if err := r.run(ctx, j, s, now); err != nil && ctx.Err() == nil {
				r.c.o.Log.Error("job not recorded", "job", j.Name, "err", err)
			}
		})
	}
	return nil
}

func (r *round) take(name string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.busy[name] {
		return false
	}
	r.busy[name] = true
	return true
}

func (r *round) free(name string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.busy, name)
}

// run does one run and records it. The next one keeps the beat of the earlier
// ones; of those that were missed only the number is kept.
func (r *round) run(ctx context.Context, j bot.Job, s bot.JobState, now time.Time) error {
	due := s.Next
	missed := int(now.Sub(due) / j.Every)
	s.Missed += missed
	s.Next = due.Add(time.Duration(missed+1) * j.Every)
	s.Started, s.Ended, s.Outcome, s.Err = now, time.Time{}, bot.JobRunning, ""
	s.Runs++
	if err := r.book.PutJobState(ctx, s); err != nil {
		return err
	}
	limited, cancel := context.WithTimeout(ctx, r.c.o.Most)
	err := guard(limited, j, now)
	cancel()
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return nil // the row says running: the next leader takes it up
	}
	s.Ended, s.Outcome = r.c.o.Now(), bot.JobOK
	if err != nil {
		s.Failed++
		s.Outcome, s.Err = bot.JobFailed, err.Error()
		if again := s.Ended.Add(retryAfter); again.Before(s.Next) {
			s.Next = again
		}
		r.c.o.Log.Error("job failed", "job", j.Name, "err", err)
	}
	if missed > 0 {
		r.c.o.Log.Info("job made up for missed runs", "job", j.Name, "missed", missed)
	}
	return r.book.PutJobState(context.WithoutCancel(ctx), s)
}

// guard keeps a panic within its job: the clock is a door, and other jobs go on.
func guard(ctx context.Context, j bot.Job, now time.Time) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic: %v\n%s", v, debug.Stack())
		}
	}()
	return j.Run(ctx, now)
}
