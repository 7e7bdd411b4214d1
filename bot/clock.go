package bot

import (
	"context"
	"time"
)

// JobState is what is known of a job between its runs.
type JobState struct {
	Name    string
	Every   time.Duration
	Next    time.Time // UTC; when it is due
	Started time.Time // UTC; the last run; zero: never
	Ended   time.Time // UTC; zero while it runs, or when it was interrupted
	Outcome string    // of the last run: one of the Job constants; empty: never
	Err     string    // the cause, when it failed
	Runs    int
	Failed  int
	Missed  int // runs that were due while nobody ran them; one run made up for all of them
}

// What became of a run.
const (
	JobRunning     = "running"
	JobOK          = "ok"
	JobFailed      = "failed"
	JobInterrupted = "interrupted"
)

// JobBook keeps the state of jobs, so that what is due survives a restart.
type JobBook interface {
	JobStates(ctx context.Context) ([]JobState, error)
	// PutJobState writes a state on behalf of whoever leads.
	PutJobState(ctx context.Context, s JobState) error
}
