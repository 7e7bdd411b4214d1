package rounds

import (
	"fmt"
	"math/rand/v2"
	"time"

	"partnerdesk/bot/slacksim"
)

// plan is what happens in a round, drawn by lot.
type plan struct {
	faults  []slacksim.Fault
	asks    []intent
	chores  []intent
	trouble string // of the partner center; empty: none
	deaths  []death
}

// intent is a question that somebody will have.
type intent struct {
	kind          string
	user, channel int
	at            time.Duration // after the round began
}

// death is one way to be interrupted, and what follows.
type death struct {
	how   string        // a moment, or one of those below
	k     int           // of a moment, or of effects
	at    time.Duration // when; for a moment and effects, when it happens at the latest
	pause time.Duration // how long it is stopped, or its clock wrong
	by    time.Duration // how far its clock is wrong
	back  bool          // its clock is set right before it is killed
	down  time.Duration // how long nobody listens before the next start
	next  string        // transport of the next start
}

const (
	killed  = "kill"      // SIGKILL at some time
	effect  = "effect"    // SIGKILL when the far side has done the k-th thing and has not said so yet
	full    = "full"      // nothing can be written for a while, as on a full disk
	fixed   = "read-only" // its file cannot be written to for a while; then SIGKILL, for it does not trust the file again
	stopped = "stop"      // SIGSTOP and, later, SIGCONT
	frozen  = "freeze"    // SIGSTOP for so long that Slack gives its sockets up
	ended   = "end"       // SIGTERM
	rebirth = "restart"   // SIGKILL as soon as it has opened again
)

const asksPerRound = 10

func one[T any](r *rand.Rand, of ...T) T { return of[r.IntN(len(of))] }

func draw(seed uint64, round int) plan {
	r := rand.New(rand.NewPCG(seed, uint64(round)))
	var p plan
	// Thirty in a hundred deliveries are duplicated, delayed or reordered: a tenth each, of those the others left.
	ms := time.Millisecond
	p.faults = []slacksim.Fault{
		{On: "deliveries", Do: slacksim.FaultDuplicate, Share: 0.1, For: drawn(r, 0, 1500*ms)},
		{On: "deliveries", Do: slacksim.FaultDelay, Share: 0.1 / 0.9, For: drawn(r, 50*ms, 1200*ms)},
		{On: "deliveries", Do: slacksim.FaultReorder, Share: 0.1 / 0.8, For: drawn(r, 100*ms, 1000*ms)},
		{On: "deliveries", Do: slacksim.FaultDropAck, Share: 0.08},
	}
	for range 2 {
		on := one(r, "chat.postMessage", "chat.postMessage", "response", "api")
		do := one(r, slacksim.FaultLimit, slacksim.FaultError, slacksim.FaultErrorAfter, slacksim.FaultCut, slacksim.FaultCutAfter,
			slacksim.FaultLate, slacksim.FaultSlow, slacksim.FaultGarble)
		p.faults = append(p.faults, slacksim.Fault{On: on, Do: do, Share: 0.05 + 0.25*r.Float64(), For: drawn(r, 100*ms, 1500*ms)})
	}
	if r.IntN(4) == 0 {
		p.faults = append(p.faults, slacksim.Fault{On: "sockets", Do: one(r, slacksim.FaultClose, slacksim.FaultRenew, slacksim.FaultDeaf), From: drawn(r, 1, 1000*ms)})
	}
	for _, rare := range []slacksim.Fault{
		{On: "views.open", Do: slacksim.FaultExpire, Share: 0.5, Times: 2},
		{On: "chat.postMessage", Do: slacksim.FaultMalformed, Share: 0.3},
		{On: "response", Do: slacksim.FaultMalformed, Share: 0.3},
		{On: "response", Do: slacksim.FaultExpire, Share: 0.3},
		{On: "handshake", Do: slacksim.FaultRefuse, Times: 2},
	} {
		if r.IntN(6) == 0 {
			p.faults = append(p.faults, rare)
		}
	}
	if r.IntN(6) == 0 {
		p.faults = append(p.faults, slacksim.Fault{On: "handshake", Do: slacksim.FaultRefuse, Times: 1})
	}
	users, rooms := r.Perm(people), r.Perm(channels)
	for i := range asksPerRound {
		p.asks = append(p.asks, intent{
			kind: one(r, kindCommand, kindCommand, kindCommand, kindMention, kindMention, kindMention, kindDirect, kindDirect, kindClick, kindForm),
			user: users[i], channel: rooms[i], at: drawn(r, 0, 700*ms),
		})
	}
	for i := range 2 {
		p.chores = append(p.chores, intent{kind: one(r, choreDeadline, choreTicket, choreTicket, choreOpportunity),
			user: (2*round + i) % writers, channel: rooms[asksPerRound+i], at: drawn(r, 0, 700*ms)})
	}
	if r.IntN(2) == 0 {
		p.trouble = one(r, trouble...)
	}
	p.deaths = []death{drawDeath(r)}
	// Whatever else happens to it, it is killed in every round.
	if r.IntN(3) == 0 || !p.deaths[0].kills() {
		p.deaths = append(p.deaths, death{how: rebirth, at: drawn(r, 0, 300*ms), down: drawn(r, 0, 200*ms), next: one(r, slacksim.TransportSocket, slacksim.TransportHTTP)})
	}
	return p
}

func (d death) kills() bool {
	switch d.how {
	case stopped, frozen, full, noCommit, jump, ended:
		return false
	}
	return true
}

func drawDeath(r *rand.Rand) death {
	ms := time.Millisecond
	d := death{
		how: one(r, killed, killed, beforeCommit, beforeCommit, afterCommit, afterCommit, beforeCall, afterCall, effect, effect, stopped, frozen, full, fixed, noCommit, jump, jump, ended),
		k:   1 + r.IntN(40), at: drawn(r, 0, 1500*ms), pause: drawn(r, 100*ms, 4000*ms), down: drawn(r, 0, 800*ms),
		next: one(r, slacksim.TransportSocket, slacksim.TransportHTTP),
		by:   one[time.Duration](r, -1, 1) * one(r, 90*time.Second, 20*time.Minute, 3*time.Hour, 26*time.Hour, 3*24*time.Hour), back: r.IntN(2) == 0,
	}
	switch d.how {
	case beforeCall, afterCall, effect, noCommit:
		d.k = 1 + r.IntN(12)
		fallthrough
	case beforeCommit, afterCommit:
		d.at = 2 * time.Second
	}
	return d
}

func drawn(r *rand.Rand, least, most time.Duration) time.Duration {
	return least + time.Duration(r.Int64N(int64(most-least)))
}

func (d death) String() string {
	switch d.how {
	case beforeCommit, afterCommit, beforeCall, afterCall, effect, noCommit:
		return fmt.Sprintf("%s %d", d.how, d.k)
	case jump:
		text := fmt.Sprintf("%s %v by %v for %v", d.how, d.at.Round(time.Millisecond), d.by, d.pause.Round(time.Millisecond))
		if d.back {
			text += " and back"
		}
		return text
	case stopped, full, fixed:
		return fmt.Sprintf("%s %v for %v", d.how, d.at.Round(time.Millisecond), d.pause.Round(time.Millisecond))
	}
	return fmt.Sprintf("%s %v", d.how, d.at.Round(time.Millisecond))
}
