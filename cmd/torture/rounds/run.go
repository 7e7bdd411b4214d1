package rounds

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Options say how long and how hard.
type Options struct {
	Rounds int
	Desks  int           // tortured side by side, each in a town of its own; zero means 1
	Seed   uint64        // of everything that is drawn by lot
	Speed  float64       // of the desk's clock; zero means 8
	Atmost time.Duration // no round begins later than this after the first; zero means no bound
	Wait   time.Duration // for answers after a round and at the end; zero means 30 s
	Bad    bool          // the desk breaks its promises, to see whether that is noticed
	Brief  bool          // support makes no cases of tickets: what became of the last is known 45 s later only
	Only   string        // the one way to be interrupted, by its name in a plan; empty: all of them
	Ask    string        // the one kind of question, as the report names it; empty: all of them
	Keep   string        // directory for the store, the log and the transcript; empty: a temporary one
	Out    io.Writer     // hears of every round; nil: nothing
}

// Run tortures desks and reports on all of them together. An error means that it could not, not that a desk failed.
func Run(ctx context.Context, o Options) (*Report, error) {
	dir := o.Keep
	if dir == "" {
		var err error
		if dir, err = os.MkdirTemp("", "torture-"); err != nil {
			return nil, err
		}
		defer func() { _ = os.RemoveAll(dir) }()
	}
	if o.Out != nil {
		o.Out = &lines{out: o.Out}
	}
	desks := max(1, min(o.Desks, o.Rounds))
	began, reports, errs := time.Now(), make([]*Report, desks), make([]error, desks)
	var crew sync.WaitGroup
	for d := range desks {
		var list []int
		for round := d + 1; round <= o.Rounds; round += desks {
			list = append(list, round)
		}
		crew.Go(func() { reports[d], errs[d] = runDesk(ctx, o, filepath.Join(dir, fmt.Sprintf("desk-%d", d+1)), list) })
	}
	crew.Wait()
	whole := &Report{Desks: desks, Took: time.Since(began)}
	for _, r := range reports {
		whole.add(r)
	}
	return whole, errors.Join(errs...)
}

func runDesk(ctx context.Context, o Options, dir string, list []int) (*Report, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	t, err := newRunner(o, dir)
	if err != nil {
		return nil, err
	}
	defer t.close()
	return t.report, t.play(ctx, list)
}

// lines lets several desks be told of on one writer.
type lines struct {
	mu  sync.Mutex // guards what follows
	out io.Writer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.out.Write(p)
}
