package outbox_test

import (
	"slices"
	"testing"
	"time"

	"partnerdesk/bot"
	"partnerdesk/bot/outbox"
)

// filePost queues a file as the store would: without its data.
func (m *memory) filePost(id string, u bot.Upload, ambiguous bool) {
	m.post(bot.Post{ID: id, To: place("C1", ""), Reply: bot.Say(bot.Text("Table"))})
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.posts[len(m.posts)-1]
	r.File, r.Upload, r.Ambiguous = &bot.File{Name: "a.xlsx", Size: 6}, u, ambiguous
}

func TestSender_FileStepByStep(t *testing.T) {
	offered, stored := bot.Upload{Stage: bot.UploadOffered, ID: "F1", URL: "u"}, bot.Upload{Stage: bot.UploadStored, ID: "F1"}
	const put = "put a.xlsx"
	tests := []struct {
		name      string
		from      bot.Upload
		ambiguous bool // a killed desk left it so
		fails     string
		fault     *bot.SendError
		landed    bool // an ambiguous failure did arrive
		steps     []string
		sends     int
	}{
		{name: "nothing fails", steps: []string{"offer", put}, sends: 1},
		{name: "killed before anything", ambiguous: true, steps: []string{"offer", put}, sends: 1},
		{name: "killed after the offer", from: offered, ambiguous: true, steps: []string{put}, sends: 1},
		{name: "killed after the upload", from: stored, ambiguous: true, sends: 1},
		{name: "offer fails", fails: "offer", fault: fault(bot.FaultRetry, 0), steps: []string{"offer", "offer", put}, sends: 1},
		{name: "upload fails", fails: put, fault: fault(bot.FaultRetry, 0), steps: []string{"offer", put, put}, sends: 1},
		{name: "address is used up", fails: put, fault: fault(bot.FaultLost, 0), steps: []string{"offer", put, "offer", put}, sends: 1},
		{name: "sharing fails", fails: "x", fault: fault(bot.FaultRetry, 0), steps: []string{"offer", put}, sends: 1},
		{name: "sharing is unclear and did arrive", fails: "x", fault: fault(bot.FaultAmbiguous, 0), landed: true, steps: []string{"offer", put}, sends: 1},
		{name: "sharing is unclear and did not arrive", fails: "x", fault: fault(bot.FaultAmbiguous, 0), steps: []string{"offer", put}, sends: 1},
		{name: "the file is gone", fails: "x", fault: fault(bot.FaultLost, 0), steps: []string{"offer", put, "offer", put}, sends: 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			send(t, func(t *testing.T, m *memory, c *channel, s *outbox.Sender) {
				if tt.fault != nil {
					c.faults[tt.fails] = []*bot.SendError{tt.fault}
				}
				c.lost["x"] = tt.landed
				m.filePost("x", tt.from, tt.ambiguous)
				s.Poke()
				time.Sleep(2 * time.Minute)
				m.stop()
				if !slices.Equal(c.steps, tt.steps) {
					t.Errorf("steps %q, want %q", c.steps, tt.steps)
				}
				if ids := c.ids(); len(ids) != tt.sends || !slices.Equal(m.sent, []string{"x"}) {
					t.Errorf("shared %q, recorded %q, want %d", ids, m.sent, tt.sends)
				}
			})
		})
	}
}

// A file that may not be uploaded does not hold up the words behind it.
func TestSender_FileGivenUp(t *testing.T) {
	send(t, func(t *testing.T, m *memory, c *channel, s *outbox.Sender) {
		c.faults["offer"] = []*bot.SendError{fault(bot.FaultPermanent, 0)}
		m.filePost("x", bot.Upload{}, false)
		m.post(bot.Post{ID: "after", To: place("C1", "")})
		s.Poke()
		time.Sleep(10 * time.Second)
		m.stop()
		if m.buried["x"] == "" || !slices.Equal(c.ids(), []string{"after"}) {
			t.Errorf("buried %v, arrived %q", m.buried, c.ids())
		}
	})
}
