package outbox_test

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"partnerdesk/bot"
	"partnerdesk/bot/outbox"
)

// wrong is a clock that is set wrong while the desk runs.
type wrong struct{ by atomic.Int64 }

func (w *wrong) now() time.Time        { return time.Now().Add(time.Duration(w.by.Load())) }
func (w *wrong) jump(by time.Duration) { w.by.Add(int64(by)) }

func sendBy(t *testing.T, story func(t *testing.T, m *memory, c *channel, s *outbox.Sender, clock *wrong)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		m, c, clock := newMemory(), &channel{faults: map[string][]*bot.SendError{}, lost: map[string]bool{}}, &wrong{}
		s := outbox.NewSender(outbox.SenderOptions{Outbox: m, Sender: c, Now: clock.now})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { s.Run(ctx); close(done) }()
		m.stop = func() { cancel(); <-done }
		defer m.stop()
		story(t, m, c, s, clock)
	})
}

// A clock that is set, by hours or days, forward or back, neither holds a post back for as long, nor has it sent
// twice, nor given up.
func TestSender_ClockSet(t *testing.T) {
	tests := []struct {
		name   string
		fault  bot.SendFault
		after  time.Duration // what Slack asks for
		by     time.Duration
		within time.Duration // of when it failed
	}{
		{name: "back, while a post waits to be tried again", fault: bot.FaultRetry, by: -3 * time.Hour, within: 10 * time.Second},
		{name: "back, while Slack wants to be left alone", fault: bot.FaultRetry, after: 40 * time.Second, by: -30 * time.Hour, within: 50 * time.Second},
		{name: "back, while a post may have arrived", fault: bot.FaultAmbiguous, by: -30 * time.Hour, within: 40 * time.Second},
		{name: "forward, while a post waits to be tried again", fault: bot.FaultRetry, by: 9 * 24 * time.Hour, within: 10 * time.Second},
		{name: "forward, while a post may have arrived", fault: bot.FaultAmbiguous, by: 3 * time.Hour, within: 40 * time.Second},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			sendBy(t, func(t *testing.T, m *memory, c *channel, s *outbox.Sender, clock *wrong) {
				start := time.Now()
				c.faults["x"] = []*bot.SendError{fault(tt.fault, tt.after), fault(bot.FaultRetry, 0)}
				m.post(bot.Post{ID: "x", To: place("C1", ""), Created: start})
				s.Poke()
				time.Sleep(500 * time.Millisecond)
				clock.jump(tt.by)
				time.Sleep(2 * time.Minute)
				m.post(bot.Post{ID: "y", To: place("C1", "")}) // the channel is not held either
				s.Poke()
				time.Sleep(time.Minute)
				m.stop()
				if !slices.Equal(c.ids(), []string{"x", "y"}) || len(m.buried) > 0 {
					t.Fatalf("arrived %v, buried %v", c.ids(), m.buried)
				}
				if took := c.arrived[0].at.Sub(start); took > tt.within {
					t.Errorf("it took %v", took)
				}
				if looks := len(c.looks); tt.fault == bot.FaultAmbiguous && looks > 3 {
					t.Errorf("looked %d times", looks)
				}
			})
		})
	}
}

// What takes effect late is found, although by the clock enough time passed to send it again.
func TestSender_ClockSetForwardBeforeALateEffect(t *testing.T) {
	sendBy(t, func(t *testing.T, m *memory, c *channel, s *outbox.Sender, clock *wrong) {
		c.faults["x"] = []*bot.SendError{fault(bot.FaultAmbiguous, 0)}
		m.post(bot.Post{ID: "x", To: place("C1", ""), Created: time.Now()})
		s.Poke()
		time.Sleep(3 * time.Second)
		clock.jump(26 * time.Hour)
		time.Sleep(12 * time.Second)
		c.mu.Lock()
		c.arrived = append(c.arrived, arrival{"x", place("C1", ""), time.Now()})
		c.mu.Unlock()
		time.Sleep(time.Minute)
		m.stop()
		if !slices.Equal(c.ids(), []string{"x"}) || !slices.Equal(m.sent, []string{"x"}) {
			t.Errorf("arrived %v, recorded %v; want once each", c.ids(), m.sent)
		}
	})
}

// A desk that starts with a clock behind the one of its last life looks for a post and sends it.
func TestSender_StartsInThePast(t *testing.T) {
	send(t, func(t *testing.T, m *memory, c *channel, s *outbox.Sender) {
		start := time.Now()
		m.mu.Lock()
		m.posts = append(m.posts, &row{Pending: bot.Pending{Post: bot.Post{ID: "x", To: place("C1", "")}, Attempts: 1, Ambiguous: true, Tried: start.Add(5 * time.Hour)}})
		m.mu.Unlock()
		s.Poke()
		time.Sleep(2 * time.Minute)
		m.stop()
		if len(c.arrived) != 1 || c.arrived[0].at.Sub(start) > 40*time.Second || len(c.looks) > 3 {
			t.Errorf("arrived %v after %d looks", c.arrived, len(c.looks))
		}
	})
}

// A request that failed is tried again although the clock was set back.
func TestWorker_ClockSetBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, clock := newMemory(), &wrong{}
		a := &answerer{m: m, at: map[string]time.Time{}, faults: map[string]int{"r": 2}, takes: map[string]time.Duration{}}
		w := outbox.NewWorker(outbox.WorkerOptions{Inbox: m, Decode: decode, Handle: a.handle, Now: clock.now})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { w.Run(ctx); close(done) }()
		defer func() { cancel(); <-done }()
		start := time.Now()
		m.accept("c", "r")
		w.Poke()
		time.Sleep(500 * time.Millisecond)
		clock.jump(-3 * time.Hour)
		time.Sleep(time.Minute)
		a.mu.Lock()
		defer a.mu.Unlock()
		if at, ok := a.at["r"]; !ok || at.Sub(start) > 20*time.Second {
			t.Errorf("answered: %v, %v after", ok, at.Sub(start))
		}
	})
}

// A desk that stood still between the mark and the call, as a paused machine does, counts from the call: what took
// effect late is found and not sent again.
func TestSender_StoodStillBeforeItSent(t *testing.T) {
	sendBy(t, func(t *testing.T, m *memory, c *channel, s *outbox.Sender, clock *wrong) {
		c.faults["x"] = []*bot.SendError{fault(bot.FaultAmbiguous, 0)}
		c.takes = 40 * time.Second
		m.post(bot.Post{ID: "x", To: place("C1", ""), Created: time.Now()})
		s.Poke()
		time.Sleep(40*time.Second + 100*time.Millisecond)
		c.mu.Lock()
		c.takes = 0
		c.mu.Unlock()
		time.Sleep(12 * time.Second)
		c.mu.Lock()
		c.arrived = append(c.arrived, arrival{"x", place("C1", ""), time.Now()})
		c.mu.Unlock()
		time.Sleep(2 * time.Minute)
		m.stop()
		if !slices.Equal(c.ids(), []string{"x"}) || !slices.Equal(m.sent, []string{"x"}) {
			t.Errorf("arrived %v, recorded %v; want once each", c.ids(), m.sent)
		}
	})
}
