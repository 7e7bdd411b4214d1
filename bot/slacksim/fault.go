package slacksim

import (
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// What a workspace does to its app when it is told to misbehave. Deliveries are named by their kind (events_api,
// slash_commands, interactive) or all of them as "deliveries"; Web API calls by their method or all of them as
// "api"; response_urls are "response", the addresses that files go to "upload", opening a WebSocket is "handshake", and
// "sockets" are those that are open.
const (
	// To deliveries.
	FaultDuplicate = "duplicate" // delivered twice, the second time after For
	FaultDelay     = "delay"     // delivered after For
	FaultReorder   = "reorder"   // delivered after the next one, or after For when none comes
	FaultDropAck   = "drop-ack"  // delivered, and the acknowledgement lost on the way back
	FaultLose      = "lose"      // not delivered, as when nobody listens

	// To Web API calls and response_urls.
	FaultLimit      = "limit"       // 429 without effect; For is the Retry-After, in whole seconds
	FaultError      = "error"       // 503 without effect
	FaultErrorAfter = "error-after" // 503 although it took effect
	FaultCut        = "cut"         // the connection ends without effect
	FaultCutAfter   = "cut-after"   // the connection ends although it took effect
	FaultLate       = "late"        // the connection ends, and it takes effect after For
	FaultSlow       = "slow"        // answered after For
	FaultGarble     = "garble"      // it took effect, and the answer is not JSON
	FaultMalformed  = "malformed"   // the blocks are refused, without effect; calls without blocks are let through
	FaultExpire     = "expire"      // the trigger or the response_url has expired, without effect

	// To the handshake and to sockets that are open.
	FaultRefuse = "refuse" // no WebSocket is opened
	FaultClose  = "close"  // all are cut, at From
	FaultDeaf   = "deaf"   // all stay open and carry nothing any more, from From on
	FaultMute   = "mute"   // all stay open and are pinged, and carry no deliveries any more, from From on
	FaultRenew  = "renew"  // all are asked to reconnect, at From
)

// Fault is one way to misbehave. The first fault of a list that strikes decides.
type Fault struct {
	On    string        // what it happens to
	Do    string        // what happens
	Share float64       // of those it could strike, 0 to 1; zero means all
	Skip  int           // how many it leaves alone first
	Times int           // how often it strikes at most; zero means without end
	For   time.Duration // a pause; what of depends on Do; zero means 1 s
	From  time.Duration // how long after Misbehave it begins
	Until time.Duration // how long after Misbehave it ends; zero means never
}

// FaultCount says how often a fault could have struck and did.
type FaultCount struct {
	Fault  string `json:"fault"` // as a line of a script
	Met    int    `json:"met"`
	Struck int    `json:"struck"`
}

var (
	deliveryFaults = []string{FaultDuplicate, FaultDelay, FaultReorder, FaultDropAck, FaultLose}
	callFaults     = []string{FaultLimit, FaultError, FaultErrorAfter, FaultCut, FaultCutAfter, FaultLate, FaultSlow, FaultGarble, FaultMalformed, FaultExpire}
	socketFaults   = []string{FaultClose, FaultDeaf, FaultMute, FaultRenew}
)

// String is the fault as a line of a script; see [ParseFaults].
func (f Fault) String() string {
	var b strings.Builder
	b.WriteString(f.On + " " + f.Do)
	if f.Share > 0 && f.Share < 1 {
		fmt.Fprintf(&b, " share=%g", f.Share)
	}
	for _, n := range []struct {
		name  string
		value int
	}{{"skip", f.Skip}, {"times", f.Times}} {
		if n.value > 0 {
			fmt.Fprintf(&b, " %s=%d", n.name, n.value)
		}
	}
	for _, d := range []struct {
		name  string
		value time.Duration
	}{{"for", f.For}, {"from", f.From}, {"until", f.Until}} {
		if d.value > 0 {
			fmt.Fprintf(&b, " %s=%s", d.name, d.value)
		}
	}
	return b.String()
}

func (f Fault) validate() error {
	fits := callFaults
	switch f.On {
	case kindEvent, kindCommand, kindInteraction, "deliveries":
		fits = deliveryFaults
	case "sockets":
		fits = socketFaults
	case "handshake":
		fits = []string{FaultRefuse}
	case "response", "api", "upload":
	default:
		if method(f.On) == nil {
			return fmt.Errorf("slacksim: nothing called %q can go wrong", f.On)
		}
	}
	if !slices.Contains(fits, f.Do) {
		return fmt.Errorf("slacksim: %q cannot happen to %s; what can: %s", f.Do, f.On, strings.Join(fits, ", "))
	}
	if f.Share < 0 || f.Share > 1 || f.Skip < 0 || f.Times < 0 || f.For < 0 || f.From < 0 || f.Until < 0 {
		return fmt.Errorf("slacksim: %s: a number is out of range", f)
	}
	return nil
}

// ParseFaults reads a script: a fault a line, as "ON DO" with share=0.3, skip=2, times=1, for=2s, from=1s and
// until=10s behind it in any order. Empty lines and those that begin with # say nothing.
func ParseFaults(script string) ([]Fault, error) {
	var list []Fault
	for i, line := range strings.Split(script, "\n") {
		words := strings.Fields(line)
		if len(words) == 0 || strings.HasPrefix(words[0], "#") {
			continue
		}
		f, err := parseFault(words)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", i+1, err)
		}
		list = append(list, f)
	}
	return list, nil
}

func parseFault(words []string) (f Fault, err error) {
	if len(words) < 2 {
		return f, errors.New("slacksim: a fault is what it happens to and what happens")
	}
	f.On, f.Do = words[0], words[1]
	for _, w := range words[2:] {
		name, value, _ := strings.Cut(w, "=")
		switch name {
		case "share":
			f.Share, err = strconv.ParseFloat(value, 64)
		case "skip":
			f.Skip, err = strconv.Atoi(value)
		case "times":
			f.Times, err = strconv.Atoi(value)
		case "for":
			f.For, err = time.ParseDuration(value)
		case "from":
			f.From, err = time.ParseDuration(value)
		case "until":
			f.Until, err = time.ParseDuration(value)
		default:
			err = fmt.Errorf("slacksim: a fault has no %q", name)
		}
		if err != nil {
			return f, err
		}
	}
	return f, f.validate()
}

// faults decides what goes wrong. What happens to the n-th delivery or call that meets a fault depends on the seed,
// the fault and n alone, so that a run can be repeated.
type faults struct {
	mu     sync.Mutex // guards what follows
	seed   uint64
	since  time.Time
	list   []Fault
	counts []FaultCount
	timers []*time.Timer
	held   []chan struct{} // deliveries that wait for the next one
}

// Misbehave makes the workspace misbehave from now on, in place of whatever it did before; without faults it behaves.
func (w *Workspace) Misbehave(seed uint64, list ...Fault) error {
	var errs []error
	for _, f := range list {
		errs = append(errs, f.validate())
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	f := &w.faults
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, t := range f.timers {
		t.Stop()
	}
	f.seed, f.since, f.list, f.counts, f.timers = seed, time.Now(), slices.Clone(list), nil, nil
	for i, one := range list {
		f.counts = append(f.counts, FaultCount{Fault: one.String()})
		if one.On == "sockets" {
			f.timers = append(f.timers, time.AfterFunc(one.From, func() { w.strikeSockets(i, one) }))
		}
	}
	w.record(Line{What: "faults", Text: fmt.Sprint(len(list))})
	return nil
}

// Faults says how often each fault struck.
func (w *Workspace) Faults() []FaultCount {
	w.faults.mu.Lock()
	defer w.faults.mu.Unlock()
	return slices.Clone(w.faults.counts)
}

// strike returns the fault that strikes what goes by these names, nil for none.
func (f *faults) strike(names ...string) *Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	since := time.Since(f.since)
	for i, one := range f.list {
		if !slices.Contains(names, one.On) || since < one.From || one.Until > 0 && since >= one.Until {
			continue
		}
		n := &f.counts[i]
		n.Met++
		if n.Met <= one.Skip || one.Times > 0 && n.Struck >= one.Times || one.Share > 0 && chance(f.seed, i, n.Met) >= one.Share {
			continue
		}
		n.Struck++
		if one.For == 0 {
			one.For = time.Second
		}
		return &one
	}
	return nil
}

// chance is a number from 0 to below 1 that depends on its arguments alone.
func chance(seed uint64, fault, n int) float64 {
	h := fnv.New64a()
	fmt.Fprintf(h, "%d/%d/%d", seed, fault, n)
	x := h.Sum64() // its low bits hardly depend on the last digit: mix
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	return float64(x>>11) / (1 << 53)
}

func (w *Workspace) strikeSockets(i int, f Fault) {
	w.faults.mu.Lock()
	if i < len(w.faults.counts) {
		w.faults.counts[i].Met++
		w.faults.counts[i].Struck++
	}
	w.faults.mu.Unlock()
	w.record(Line{What: "fault", Fault: f.String()})
	switch f.Do {
	case FaultClose:
		w.DropSockets()
	case FaultDeaf:
		w.DeafenSockets()
	case FaultMute:
		w.MuteSockets(0)
	case FaultRenew:
		w.Refresh()
	}
}

// DeafenSockets makes every open connection stay open and carry nothing any more, in either direction, pings
// included: what a middlebox leaves behind that forgot the connection.
func (w *Workspace) DeafenSockets() {
	for _, s := range w.openSockets() {
		s.deaf.Store(true)
	}
}

// MuteSockets makes the n connections that have been open longest, or all for 0, stay open with pings going both ways
// and no delivery coming through any more: a far side that forgot what they are for.
func (w *Workspace) MuteSockets(n int) {
	for i, s := range w.openSockets() {
		if n == 0 || i < n {
			s.mute.Store(true)
		}
	}
}
