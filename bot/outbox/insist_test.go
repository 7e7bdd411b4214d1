package outbox_test

import (
	"testing"
	"testing/synctest"
	"time"

	"partnerdesk/bot"
	"partnerdesk/bot/outbox"
)

// A store that takes nothing for a while, such as one on a full disk, leaves no
// post under way: what became of it is recorded as soon as that is possible.
func TestSender_StoreThatIsFullForAWhile(t *testing.T) {
	send(t, func(t *testing.T, m *memory, c *channel, s *outbox.Sender) {
		m.post(bot.Post{ID: "a", To: place("C1", "1")})
		m.post(bot.Post{ID: "b", To: place("C1", "1")})
		c.takes = time.Second
		s.Poke()
		time.Sleep(time.Second / 2)
		m.refuseNext(40)
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		m.stop()
		if ids := c.ids(); len(ids) != 2 || ids[0] != "a" || ids[1] != "b" {
			t.Errorf("arrived: %v, want each once", ids)
		}
		if len(m.posts) != 0 {
			t.Errorf("%d posts left, the first under way: %v", len(m.posts), m.posts[0].busy)
		}
	})
}

// A desk that stops does not wait for such a store without end.
func TestSender_StopsOnAFullStore(t *testing.T) {
	send(t, func(t *testing.T, m *memory, c *channel, s *outbox.Sender) {
		m.post(bot.Post{ID: "a", To: place("C1", "1")})
		c.takes = time.Second
		s.Poke()
		time.Sleep(time.Second / 2)
		m.refuseNext(1 << 30)
		time.Sleep(time.Second)
		began := time.Now()
		m.stop()
		if took := time.Since(began); took > 15*time.Second {
			t.Errorf("stopped after %v", took)
		}
	})
}

// refuseNext makes the next n decisions fail.
func (m *memory) refuseNext(n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.refuse = n
}
