package store

import (
	"context"
	"fmt"
	"time"

	"partnerdesk/bot"
	"partnerdesk/data/kv"
)

type jobRow struct {
	header
	Name    string    `json:"name"`
	Every   int64     `json:"every"` // milliseconds
	Next    time.Time `json:"next"`
	Started time.Time `json:"started,omitzero"`
	Ended   time.Time `json:"ended,omitzero"`
	Outcome string    `json:"outcome,omitempty"`
	Err     string    `json:"err,omitempty"`
	Runs    int       `json:"runs,omitempty"`
	Failed  int       `json:"failed,omitempty"`
	Missed  int       `json:"missed,omitempty"`
}

// maxJobErr bounds the cause of a failure, in bytes.
const maxJobErr = 2000

// JobStates lists the jobs by name.
func (s *Store) JobStates(ctx context.Context) ([]bot.JobState, error) {
	var list []bot.JobState
	for r, err := range rowsOf[jobRow](ctx, s, prefix(famJob, "")) {
		if err != nil {
			return nil, fmt.Errorf("list jobs: %w", err)
		}
		list = append(list, bot.JobState{Name: r.Name, Every: time.Duration(r.Every) * time.Millisecond, Next: r.Next, Started: r.Started, Ended: r.Ended,
			Outcome: r.Outcome, Err: r.Err, Runs: r.Runs, Failed: r.Failed, Missed: r.Missed})
	}
	return list, nil
}

// Clock is the [bot.JobBook] of one leader: what a deposed one writes fails with
// [kv.ErrDeposed].
type Clock struct {
	*Store
	lead *kv.Lead
}

var _ bot.JobBook = Clock{}

// Clock returns the book for a leader.
func (s *Store) Clock(lead *kv.Lead) Clock { return Clock{s, lead} }

// PutJobState implements bot.JobBook.
func (c Clock) PutJobState(ctx context.Context, j bot.JobState) error {
	if len(j.Err) > maxJobErr {
		j.Err = j.Err[:maxJobErr]
	}
	err := c.update(ctx, func(tx *Tx) error {
		if err := c.lead.Check(tx.kv); err != nil {
			return err
		}
		var r jobRow
		k := key(famJob, "", j.Name)
		if _, err := load(tx.kv, k, &r); err != nil {
			return err
		}
		r = jobRow{header: r.header, Name: j.Name, Every: j.Every.Milliseconds(), Next: j.Next.UTC(), Started: j.Started.UTC(), Ended: j.Ended.UTC(),
			Outcome: j.Outcome, Err: clipText(j.Err), Runs: j.Runs, Failed: j.Failed, Missed: j.Missed}
		return save(tx.kv, "", k, &r, time.Time{})
	})
	return wrap(err, "record job "+j.Name)
}
