package rest

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// A host that failed this often in a row gets a pause; then one call may try.
const (
	breakAfter = 5
	breakFor   = 30 * time.Second
)

// HostState is how the way to one host looks.
type HostState struct {
	Host     string
	State    string    // "closed" (fine), "open" (calls are refused), "half-open" (one call is trying)
	Failures int       // in a row
	Until    time.Time // UTC; when an open circuit lets one call through; zero otherwise

	Skew    time.Duration // how far the host's clock is ahead of ours, by its last answer, to a second
	SkewSet bool          // false: the host has not answered yet
}

// Hosts returns the state of every host, by name.
func (c *Client) Hosts() []HostState {
	var all []HostState
	for host, b := range c.breakers {
		s := b.state()
		s.Host = host
		all = append(all, s)
	}
	slices.SortFunc(all, func(a, b HostState) int { return strings.Compare(a.Host, b.Host) })
	return all
}

type breaker struct {
	now func() time.Time

	mu       sync.Mutex // guards the fields below
	failures int
	until    time.Time
	trying   bool
	skew     time.Duration
	skewSet  bool
}

func newBreaker(now func() time.Time) *breaker { return &breaker{now: now} }

// allow says whether a call may go, and otherwise how long the pause still is.
func (b *breaker) allow() (bool, time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.failures < breakAfter {
		return true, 0
	}
	if left := b.until.Sub(b.now()); left > 0 {
		return false, left
	}
	if b.trying {
		return false, time.Second
	}
	b.trying = true
	return true, 0
}

// report takes the result of a call that was allowed. Neutral results, such as
// a cancelled context, only give the place back.
func (b *breaker) report(r result) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.trying = false
	switch r {
	case hostFine:
		b.failures = 0
	case hostBad:
		b.failures++
		b.until = b.now().Add(breakFor)
	case hostUnknown:
	}
}

// clock compares the host's clock with ours, by the Date header of an answer.
func (b *breaker) clock(date string) {
	at, err := http.ParseTime(date)
	if err != nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.skew, b.skewSet = at.Sub(b.now()).Round(time.Second), true
}

func (b *breaker) state() HostState {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := HostState{State: "closed", Failures: b.failures, Skew: b.skew, SkewSet: b.skewSet}
	if b.failures >= breakAfter {
		s.State, s.Until = "open", b.until.UTC()
		if b.trying {
			s.State = "half-open"
		}
	}
	return s
}

// result is what a call says about its host.
type result int

const (
	hostFine result = iota
	hostBad
	hostUnknown
)
