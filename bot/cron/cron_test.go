package cron_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"partnerdesk/bot"
	"partnerdesk/bot/cron"
)

// book keeps states as the store does, and survives clocks.
type book struct {
	mu     sync.Mutex
	states []bot.JobState
}

func (b *book) JobStates(context.Context) ([]bot.JobState, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.states), nil
}

func (b *book) PutJobState(_ context.Context, s bot.JobState) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.states = slices.DeleteFunc(b.states, func(x bot.JobState) bool { return x.Name == s.Name })
	b.states = append(b.states, s)
	return nil
}

func (b *book) state(name string) bot.JobState {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, s := range b.states {
		if s.Name == name {
			return s
		}
	}
	return bot.JobState{}
}

var noon = time.Date(2026, 11, 20, 4, 0, 0, 0, time.UTC)

// during runs a clock with a stopped time until the runs it is to make are made,
// and once more around.
func during(t *testing.T, b *book, now time.Time, ran <-chan string, runs int, jobs ...bot.Job) {
	t.Helper()
	c, err := cron.New(cron.Options{Jobs: jobs, Tick: time.Millisecond, Now: func() time.Time { return now },
		Lead: func(context.Context) (cron.Term, error) {
			return cron.Term{Book: b, Lost: make(chan struct{}), Resign: func() {}}, nil
		}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- c.Run(ctx) }()
	for range runs {
		select {
		case <-ran:
		case <-time.After(10 * time.Second):
			t.Fatal("the job did not run")
		}
	}
	stop()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	select {
	case name := <-ran:
		t.Errorf("%s ran once more", name)
	default:
	}
}

func counting(ran chan<- string, every time.Duration, err error) bot.Job {
	return bot.Job{Name: "remind", Every: every, Run: func(context.Context, time.Time) error {
		ran <- "remind"
		return err
	}}
}

func TestClock_KeepsWhatIsDueAcrossRestarts(t *testing.T) {
	b, ran := &book{}, make(chan string, 100)
	steps := []struct {
		name           string
		now            time.Time
		runs, missed   int
		next           time.Time
		ranInThisCycle int
	}{
		{"the first run is due at once", noon, 1, 0, noon.Add(time.Hour), 1},
		{"a restart repeats nothing", noon.Add(time.Minute), 1, 0, noon.Add(time.Hour), 0},
		{"in time", noon.Add(61 * time.Minute), 2, 0, noon.Add(2 * time.Hour), 1},
		{"missed runs are one", noon.Add(6*time.Hour + time.Minute), 3, 4, noon.Add(7 * time.Hour), 1},
	}
	for _, s := range steps {
		t.Run(s.name, func(t *testing.T) {
			during(t, b, s.now, ran, s.ranInThisCycle, counting(ran, time.Hour, nil))
			got := b.state("remind")
			if got.Runs != s.runs || got.Missed != s.missed || !got.Next.Equal(s.next) || got.Outcome != bot.JobOK {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestClock_FailureIsRecordedAndRetriedSooner(t *testing.T) {
	b, ran := &book{}, make(chan string, 100)
	during(t, b, noon, ran, 1, counting(ran, 6*time.Hour, errors.New("the partner center is down")))
	got := b.state("remind")
	if got.Outcome != bot.JobFailed || got.Err != "the partner center is down" || !got.Next.Equal(noon.Add(5*time.Minute)) {
		t.Errorf("got %+v", got)
	}
}

func TestClock_APanicStaysInItsJob(t *testing.T) {
	b, ran := &book{}, make(chan string, 100)
	during(t, b, noon, ran, 2, counting(ran, time.Hour, nil), bot.Job{Name: "bad", Every: time.Hour, Run: func(context.Context, time.Time) error {
		ran <- "bad"
		panic("oops")
	}})
	if got := b.state("bad"); got.Outcome != bot.JobFailed {
		t.Errorf("got %+v", got)
	}
}

func TestClock_AnInterruptedRunIsTakenUp(t *testing.T) {
	b, ran := &book{}, make(chan string, 100)
	b.states = []bot.JobState{{Name: "remind", Every: time.Hour, Started: noon.Add(-time.Minute), Next: noon.Add(59 * time.Minute), Outcome: bot.JobRunning, Runs: 1}}
	during(t, b, noon, ran, 1, counting(ran, time.Hour, nil))
	if got := b.state("remind"); got.Runs != 2 || got.Failed != 1 || got.Outcome != bot.JobOK {
		t.Errorf("got %+v", got)
	}
}

func TestNew_RefusesJobsThatCannotBeTold(t *testing.T) {
	run := func(context.Context, time.Time) error { return nil }
	for name, jobs := range map[string][]bot.Job{
		"twice":    {{Name: "a", Every: 1, Run: run}, {Name: "a", Every: 1, Run: run}},
		"nameless": {{Every: 1, Run: run}},
		"never":    {{Name: "a", Run: run}},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := cron.New(cron.Options{Jobs: jobs}); err == nil {
				t.Error("no error")
			}
		})
	}
}
