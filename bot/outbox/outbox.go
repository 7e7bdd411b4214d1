// Package outbox moves what waits: the [Worker] takes accepted deliveries from
// the inbox and has them answered, the [Sender] takes posts from the outbox and
// delivers them. Both are woken by a poke after something was committed and look
// by themselves every few seconds, so a poke that gets lost costs time and
// nothing else. Both finish what is under way before they stop.
package outbox

import (
	"log/slog"
	"time"

	"partnerdesk/bot"
)

// poke is a wake-up that never blocks and never piles up.
type poke chan struct{}

func (p poke) wake() {
	select {
	case p <- struct{}{}:
	default:
	}
}

// backOff is how long to wait after the n-th failure in a row: 1 s, 2 s, 4 s …
func backOff(n int, most time.Duration) time.Duration {
	return min(time.Second<<min(max(n-1, 0), 10), most)
}

func orDiscard(l *slog.Logger) *slog.Logger {
	if l == nil {
		return slog.New(slog.DiscardHandler)
	}
	return l
}

func orNone(m bot.Meter) bot.Meter {
	if m == nil {
		return noMeter{}
	}
	return m
}

type noMeter struct{}

func (noMeter) Count(string, ...string)            {}
func (noMeter) Observe(string, float64, ...string) {}
