package desk

import (
	"net/http"
	"time"
)

// JobInfo is a job and its last run.
type JobInfo struct {
	Name    string    `json:"name"`
	Every   string    `json:"every"`
	Next    time.Time `json:"next,omitzero"`
	Started time.Time `json:"started,omitzero"`
	Ended   time.Time `json:"ended,omitzero"`
	Outcome string    `json:"outcome,omitempty"`
	Err     string    `json:"err,omitempty"`
	Runs    int       `json:"runs"`
	Failed  int       `json:"failed"`
	Missed  int       `json:"missed"`
}

// jobs lists what the clock knows.
func (o *office) jobs(w http.ResponseWriter, r *http.Request) error {
	states, err := o.store.JobStates(r.Context())
	if err != nil {
		return err
	}
	list := []JobInfo{}
	for _, s := range states {
		list = append(list, JobInfo{Name: s.Name, Every: s.Every.String(), Next: s.Next, Started: s.Started, Ended: s.Ended, Outcome: s.Outcome, Err: s.Err,
			Runs: s.Runs, Failed: s.Failed, Missed: s.Missed})
	}
	return answer(w, list)
}
