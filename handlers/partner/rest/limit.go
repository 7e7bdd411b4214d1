package rest

import (
	"context"
	"sync"
	"time"
)

// limits spaces the calls of each operation, so that the desk stays below the
// center's flow control on its own.
type limits struct {
	now   func() time.Time
	sleep func(context.Context, time.Duration) error

	mu   sync.Mutex // guards next
	next map[string]time.Time
}

func newLimits(now func() time.Time, sleep func(context.Context, time.Duration) error) *limits {
	return &limits{now: now, sleep: sleep, next: map[string]time.Time{}}
}

// wait returns when the next call of the operation may go. A quiet operation has
// a quarter of a second of calls in hand.
func (l *limits) wait(ctx context.Context, op string, perSecond int) error {
	if perSecond <= 0 {
		return ctx.Err()
	}
	gap, now := time.Second/time.Duration(perSecond), l.now()
	l.mu.Lock()
	slot := l.next[op]
	if oldest := now.Add(-time.Second / 4); slot.Before(oldest) {
		slot = oldest
	}
	l.next[op] = slot.Add(gap)
	l.mu.Unlock()
	if d := slot.Sub(now); d > 0 {
		return l.sleep(ctx, d)
	}
	return ctx.Err()
}
