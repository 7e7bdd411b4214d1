package outbox

import (
	"context"
	"time"

	"partnerdesk/bot"
)

// How the sender measures time although clocks are set and machines are paused.

// watch notices that the clock was set, forward or back. Time measured across
// that moment says nothing.
func (s *Sender) watch(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.seen.IsZero():
		s.set = now // the desk before this one may have sent until it died, whatever its marks say
	case now.Before(s.seen) || now.Sub(s.seen) > leap:
		s.o.Log.Warn("clock was set", "by", now.Sub(s.seen).Round(time.Second))
		s.set = now
		clear(s.pace)
		clear(s.ended)
	}
	s.seen = now
}

// tried is when a post was last tried: when that try ended, for the desk may have
// stood still between its mark and the call, or when it died. By a clock that was
// set since it counts as tried at that moment. A time that has not come yet is
// put right in the store.
func (s *Sender) tried(ctx context.Context, p *bot.Pending, now time.Time) {
	s.watch(now)
	s.mu.Lock()
	last := s.set
	if ended := s.ended[p.ID]; ended.After(last) {
		last = ended
	}
	s.mu.Unlock()
	if p.Tried.After(now) {
		p.Tried = now
		s.insist(ctx, *p, func() error { return s.o.Outbox.Started(ctx, p.ID, now) })
		return
	}
	if p.Tried.Before(last) {
		p.Tried = last
	}
}
