package outbox_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"partnerdesk/bot"
	"partnerdesk/bot/outbox"
)

func place(channel, thread string) bot.Target {
	return bot.Target{Kind: bot.TargetPlace, Person: bot.PersonID{Team: "T1", User: "U1"}, Place: bot.Place{Team: "T1", Channel: channel, Thread: thread}}
}

func fault(f bot.SendFault, after time.Duration) *bot.SendError {
	return &bot.SendError{Fault: f, After: after, Err: errors.New("it failed")}
}

// send runs a sender in a bubble of its own time until story returns.
func send(t *testing.T, story func(t *testing.T, m *memory, c *channel, s *outbox.Sender)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		m, c := newMemory(), &channel{faults: map[string][]*bot.SendError{}, lost: map[string]bool{}}
		s := outbox.NewSender(outbox.SenderOptions{Outbox: m, Sender: c})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { s.Run(ctx); close(done) }()
		m.stop = func() { cancel(); <-done }
		defer m.stop()
		story(t, m, c, s)
	})
}

func TestSender_OrderAndPace(t *testing.T) {
	send(t, func(t *testing.T, m *memory, c *channel, s *outbox.Sender) {
		start := time.Now()
		for i := range 6 {
			m.post(bot.Post{ID: fmt.Sprintf("a%d", i), To: place("C1", "")})
		}
		m.post(bot.Post{ID: "b0", To: place("C2", "")})
		s.Poke()
		time.Sleep(20 * time.Second)
		m.stop()
		ids := c.ids()
		var a []string
		for _, id := range ids {
			if id[0] == 'a' {
				a = append(a, id)
			}
		}
		if want := []string{"a0", "a1", "a2", "a3", "a4", "a5"}; !slices.Equal(a, want) {
			t.Errorf("channel got %v, want %v", a, want)
		}
		for i, arr := range c.arrived {
			if arr.to.Place.Channel == "C2" && arr.at.Sub(start) > time.Second {
				t.Errorf("another channel waited %s", arr.at.Sub(start))
			}
			if arr.id == "a5" && (arr.at.Sub(start) < 3*time.Second || arr.at.Sub(start) > 4*time.Second) {
				t.Errorf("sixth message went after %s as number %d, want a burst of 3 and then one a second", arr.at.Sub(start), i)
			}
		}
	})
}

func TestSender_ReturnAddressesAreNotPaced(t *testing.T) {
	send(t, func(t *testing.T, m *memory, c *channel, s *outbox.Sender) {
		start := time.Now()
		for i := range 20 {
			to := place("C1", fmt.Sprint(i))
			to.Kind, to.Return = bot.TargetReturn, "https://hooks.example/x"
			m.post(bot.Post{ID: fmt.Sprintf("r%d", i), To: to})
		}
		s.Poke()
		synctest.Wait()
		time.Sleep(time.Millisecond)
		m.stop()
		if n := len(c.ids()); n != 20 || time.Since(start) > time.Second {
			t.Errorf("%d went in %s, want all at once", n, time.Since(start))
		}
	})
}

func TestSender_RetryAfterHoldsTheChannel(t *testing.T) {
	send(t, func(t *testing.T, m *memory, c *channel, s *outbox.Sender) {
		start := time.Now()
		c.faults["x"] = []*bot.SendError{fault(bot.FaultRetry, 9*time.Second)}
		m.post(bot.Post{ID: "x", To: place("C1", "1")})
		s.Poke()
		synctest.Wait()
		m.post(bot.Post{ID: "y", To: place("C1", "2")}) // another conversation of the same channel
		m.post(bot.Post{ID: "z", To: place("C2", "")})
		s.Poke()
		time.Sleep(15 * time.Second)
		m.stop()
		at := map[string]time.Duration{}
		for _, a := range c.arrived {
			at[a.id] = a.at.Sub(start)
		}
		if at["x"] < 9*time.Second || at["y"] < 9*time.Second || at["z"] > time.Second {
			t.Errorf("arrived %v, want x and y after 9 s and z at once", at)
		}
	})
}

func TestSender_Ambiguous(t *testing.T) {
	tests := []struct {
		name    string
		arrived bool
		blind   error
		looks   []time.Duration
		sends   int
		settled time.Duration
	}{
		{name: "it had arrived", arrived: true, looks: []time.Duration{5 * time.Second}, sends: 1, settled: 5 * time.Second},
		{name: "it had not", looks: []time.Duration{5 * time.Second, 30 * time.Second}, sends: 1, settled: 30 * time.Second},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			send(t, func(t *testing.T, m *memory, c *channel, s *outbox.Sender) {
				start := time.Now()
				c.faults["x"], c.lost["x"] = []*bot.SendError{fault(bot.FaultAmbiguous, 0)}, tt.arrived
				m.post(bot.Post{ID: "x", To: place("C1", "")})
				m.post(bot.Post{ID: "after", To: place("C1", "")})
				s.Poke()
				time.Sleep(2 * time.Minute)
				m.stop()
				var looks []time.Duration
				for _, at := range c.looks {
					looks = append(looks, at.Sub(start))
				}
				if !slices.Equal(looks, tt.looks) {
					t.Errorf("looked at %v, want %v", looks, tt.looks)
				}
				ids := c.ids()
				if len(ids) != tt.sends+1 || ids[0] != "x" || ids[1] != "after" {
					t.Errorf("arrived %v, want x once and then the next", ids)
				}
				if last := c.arrived[1].at.Sub(start); last != tt.settled {
					t.Errorf("the next went after %s, want %s", last, tt.settled)
				}
			})
		})
	}
}

func TestSender_HistoryCannotBeRead(t *testing.T) {
	send(t, func(t *testing.T, m *memory, c *channel, s *outbox.Sender) {
		start := time.Now()
		c.faults["x"] = []*bot.SendError{fault(bot.FaultAmbiguous, 0)}
		c.blind = errors.New("slack is down")
		m.post(bot.Post{ID: "x", To: place("C1", "")})
		s.Poke()
		time.Sleep(9 * time.Minute)
		if n := len(c.ids()); n != 0 {
			t.Errorf("sent again after %s without having looked", time.Since(start))
		}
		time.Sleep(3 * time.Minute)
		if n := len(c.ids()); n != 1 {
			t.Errorf("%d arrived, want one in the end: lost is worse than twice", n)
		}
	})
}

func TestSender_ExpiredGoesToThePerson(t *testing.T) {
	send(t, func(t *testing.T, m *memory, c *channel, s *outbox.Sender) {
		to := place("C1", "")
		to.Kind, to.Return = bot.TargetReturn, "https://hooks.example/x"
		c.faults["x"] = []*bot.SendError{fault(bot.FaultExpired, 0)}
		c.faults["y"] = []*bot.SendError{fault(bot.FaultExpired, 0)}
		m.post(bot.Post{ID: "x", To: to})
		nobody := place("C2", "")
		nobody.Person = bot.PersonID{}
		m.post(bot.Post{ID: "y", To: nobody})
		s.Poke()
		time.Sleep(10 * time.Second)
		m.stop()
		if len(c.arrived) != 1 || c.arrived[0].to.Kind != bot.TargetPerson || c.arrived[0].to.Return != "" {
			t.Errorf("arrived %+v, want x at the person", c.arrived)
		}
		if m.buried["y"] == "" {
			t.Error("a post without a person to fall back on was not buried")
		}
	})
}

func TestSender_PermanentUnblocks(t *testing.T) {
	send(t, func(t *testing.T, m *memory, c *channel, s *outbox.Sender) {
		c.faults["x"] = []*bot.SendError{fault(bot.FaultPermanent, 0)}
		m.post(bot.Post{ID: "x", To: place("C1", "")})
		m.post(bot.Post{ID: "next", To: place("C1", "")})
		s.Poke()
		time.Sleep(3 * time.Second)
		m.stop()
		if ids := c.ids(); !slices.Equal(ids, []string{"next"}) || m.buried["x"] != "it failed" {
			t.Errorf("arrived %v, buried %v", ids, m.buried)
		}
	})
}

func TestSender_BacksOffAndGivesUp(t *testing.T) {
	send(t, func(t *testing.T, m *memory, c *channel, s *outbox.Sender) {
		for range 2000 {
			c.faults["x"] = append(c.faults["x"], fault(bot.FaultRetry, 0))
		}
		m.post(bot.Post{ID: "x", To: place("C1", ""), Created: time.Now()})
		s.Poke()
		time.Sleep(25 * time.Hour)
		m.stop()
		tried := 2000 - len(c.faults["x"])
		if m.buried["x"] == "" || tried < 200 || tried > 400 {
			t.Errorf("tried %d times, buried %q; want about one try in five minutes for a day", tried, m.buried["x"])
		}
	})
}

func TestSender_LowerLanesFirst(t *testing.T) {
	send(t, func(t *testing.T, m *memory, c *channel, s *outbox.Sender) {
		c.takes = 100 * time.Millisecond
		for i := range 30 {
			m.post(bot.Post{ID: fmt.Sprintf("d%d", i), To: place(fmt.Sprintf("C%d", i), ""), Lane: bot.LaneDigest})
		}
		m.post(bot.Post{ID: "answer", To: place("CX", ""), Lane: bot.LaneAnswer})
		s.Poke()
		time.Sleep(5 * time.Second)
		m.stop()
		if i := slices.Index(c.ids(), "answer"); i < 0 || i >= 16 {
			t.Errorf("the answer went as number %d, behind the digests: %v", i, c.ids())
		}
		if c.most > 16 {
			t.Errorf("%d at once, want at most 16", c.most)
		}
	})
}

func TestSender_InsistsOnRecording(t *testing.T) {
	send(t, func(t *testing.T, m *memory, c *channel, s *outbox.Sender) {
		c.takes = time.Second
		m.post(bot.Post{ID: "x", To: place("C1", "")})
		s.Poke()
		time.Sleep(500 * time.Millisecond)
		m.mu.Lock()
		m.refuse = 3
		m.mu.Unlock()
		time.Sleep(10 * time.Second)
		m.stop()
		if len(c.ids()) != 1 || !slices.Equal(m.sent, []string{"x"}) {
			t.Errorf("arrived %v, recorded %v; want once each", c.ids(), m.sent)
		}
	})
}

func TestSender_FinishesBeforeItStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, c := newMemory(), &channel{takes: 3 * time.Second}
		s := outbox.NewSender(outbox.SenderOptions{Outbox: m, Sender: c})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { s.Run(ctx); close(done) }()
		m.post(bot.Post{ID: "x", To: place("C1", "")})
		m.post(bot.Post{ID: "y", To: place("C1", "")})
		s.Poke()
		time.Sleep(time.Second)
		cancel()
		<-done
		if !slices.Equal(m.sent, []string{"x"}) {
			t.Errorf("recorded %v, want the one under way and no other", m.sent)
		}
	})
}

// A post recovered from a crash is looked for before it is sent, unless it cannot
// be found anyway.
func TestSender_AfterACrash(t *testing.T) {
	send(t, func(t *testing.T, m *memory, c *channel, s *outbox.Sender) {
		start := time.Now()
		answer := place("C2", "")
		answer.Kind, answer.Return = bot.TargetReturn, "https://hooks.example/x"
		m.mu.Lock()
		for _, p := range []bot.Post{{ID: "x", To: place("C1", "")}, {ID: "r", To: answer}} {
			m.posts = append(m.posts, &row{Pending: bot.Pending{Post: p, Attempts: 1, Ambiguous: true, Tried: start.Add(-time.Second)}})
		}
		m.mu.Unlock()
		s.Poke()
		time.Sleep(time.Minute)
		m.stop()
		at := map[string]time.Duration{}
		for _, a := range c.arrived {
			at[a.id] = a.at.Sub(start)
		}
		if at["r"] > time.Second || at["x"] != 30*time.Second || len(c.looks) != 2 {
			t.Errorf("arrived %v after %d looks; want r at once and x after two looks", at, len(c.looks))
		}
	})
}
