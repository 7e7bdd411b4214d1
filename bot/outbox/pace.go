package outbox

import (
	"time"

	"partnerdesk/bot"
)

// Slack takes about one message a second to a channel, with short bursts (Slack
// platform sheet, section B, 2026-11-20).
const (
	perMessage = time.Second
	burst      = 3
)

// pace holds the channels' allowances. A channel that is not in it has all of
// its own.
type pace map[string]allowance

type allowance struct {
	full time.Time // when it will be whole again
	held time.Time // nothing goes before
}

// channelOf is what a post is counted against; empty for what is not limited.
func channelOf(t bot.Target) string {
	switch {
	case t.Kind == bot.TargetReturn, t.Kind == bot.TargetMail:
		return ""
	case t.Kind == bot.TargetPerson:
		return "@" + t.Person.String()
	}
	return t.Place.Team + "/" + t.Place.Channel
}

// wait returns how long the next message to a channel has to wait.
func (p pace) wait(room string, now time.Time) time.Duration {
	if room == "" {
		return 0
	}
	a := p[room]
	return max(0, a.held.Sub(now), a.full.Add(-(burst-1)*perMessage).Sub(now))
}

// take counts a message.
func (p pace) take(room string, now time.Time) {
	if room == "" {
		return
	}
	a := p[room]
	if a.full.Before(now) {
		a.full = now
	}
	a.full = a.full.Add(perMessage)
	p[room] = a
}

// hold lets nothing through to a channel before a time.
func (p pace) hold(room string, until time.Time) {
	if room == "" {
		return
	}
	a := p[room]
	a.held = until
	p[room] = a
}

// forget drops the channels that have their whole allowance back.
func (p pace) forget(now time.Time) {
	if len(p) < 1000 {
		return
	}
	for room, a := range p {
		if !a.full.After(now) && !a.held.After(now) {
			delete(p, room)
		}
	}
}
