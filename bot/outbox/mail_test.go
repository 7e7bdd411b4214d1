package outbox_test

import (
	"slices"
	"testing"
	"time"

	"partnerdesk/bot"
	"partnerdesk/bot/outbox"
)

// TestSender_AMailOutlastsAHoliday: the server is away for nine days. A message
// would have been given up; the mail is kept, others go on, and then it goes.
func TestSender_AMailOutlastsAHoliday(t *testing.T) {
	send(t, func(t *testing.T, m *memory, c *channel, s *outbox.Sender) {
		start := time.Now()
		for range 9 * 24 * 12 { // one every five minutes at the most
			c.faults["mail"] = append(c.faults["mail"], fault(bot.FaultRetry, 0))
		}
		mail := bot.Target{Kind: bot.TargetMail, Person: bot.PersonID{Team: "T1"}, Address: "a@example.com"}
		m.post(bot.Post{ID: "mail", To: mail, Lane: bot.LaneMail, Created: start})
		m.post(bot.Post{ID: "post", To: place("C1", ""), Created: start})
		s.Poke()
		time.Sleep(10 * time.Minute)
		if !slices.Equal(c.ids(), []string{"post"}) {
			t.Errorf("arrived %v", c.ids())
		}
		time.Sleep(9*24*time.Hour + time.Hour)
		m.stop()
		if !slices.Equal(c.ids(), []string{"post", "mail"}) || len(m.buried) > 0 {
			t.Errorf("arrived %v, buried %v", c.ids(), m.buried)
		}
	})
}

// TestSender_ARefusedMailIsGivenUp at once, and the next one goes.
func TestSender_ARefusedMailIsGivenUp(t *testing.T) {
	send(t, func(t *testing.T, m *memory, c *channel, s *outbox.Sender) {
		c.faults["bad"] = []*bot.SendError{fault(bot.FaultPermanent, 0)}
		to := bot.Target{Kind: bot.TargetMail, Person: bot.PersonID{Team: "T1"}, Address: "a@example.com"}
		m.post(bot.Post{ID: "bad", To: to, Created: time.Now()})
		m.post(bot.Post{ID: "good", To: to, Created: time.Now()})
		s.Poke()
		time.Sleep(time.Minute)
		m.stop()
		if m.buried["bad"] == "" || !slices.Equal(c.ids(), []string{"good"}) {
			t.Errorf("arrived %v, buried %v", c.ids(), m.buried)
		}
	})
}
