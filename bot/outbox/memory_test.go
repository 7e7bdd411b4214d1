package outbox_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"partnerdesk/bot"
)

// memory is an outbox and an inbox that behave as the store's do, without a disk.
type memory struct {
	mu        sync.Mutex // guards what follows
	posts     []*row
	sent      []string // ids in the order they were recorded
	buried    map[string]string
	next      int
	waiting   []bot.Envelope
	tries     map[string]int
	abandoned map[string]string
	refuse    int // how many of the next decisions fail

	stop func() // ends whoever works on it, so that a test may look without locking
}

type row struct {
	bot.Pending
	next   time.Time
	busy   bool
	reason string
}

func newMemory() *memory {
	return &memory{buried: map[string]string{}, tries: map[string]int{}, abandoned: map[string]string{}}
}

var errRefused = errors.New("disk full")

func (m *memory) post(p bot.Post) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.next++
	if p.ID == "" {
		p.ID = fmt.Sprintf("p%d", m.next)
	}
	m.posts = append(m.posts, &row{Pending: bot.Pending{Post: p}})
}

// Due implements bot.Outbox.
func (m *memory) Due(_ context.Context, now time.Time, limit int) ([]bot.Pending, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var due []bot.Pending
	seen := map[string]bool{}
	for _, r := range m.posts {
		c := r.To.Conversation()
		if seen[c] {
			continue
		}
		seen[c] = true
		if !r.busy && (!r.next.After(now) || r.next.After(now.Add(bot.LongestWait))) {
			due = append(due, r.Pending)
		}
	}
	slices.SortStableFunc(due, func(a, b bot.Pending) int { return int(a.Lane) - int(b.Lane) })
	return due[:min(len(due), limit)], nil
}

func (m *memory) decide(id string, fn func(r *row)) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.refuse > 0 {
		m.refuse--
		return errRefused
	}
	for _, r := range m.posts {
		if r.ID == id {
			fn(r)
			return nil
		}
	}
	return errors.New("no such post")
}

func (m *memory) drop(id string) {
	m.posts = slices.DeleteFunc(m.posts, func(r *row) bool { return r.ID == id })
}

// Started implements bot.Outbox.
func (m *memory) Started(_ context.Context, id string, at time.Time) error {
	return m.decide(id, func(r *row) { r.busy, r.Tried = true, at; r.Attempts++ })
}

// Read implements bot.Outbox.
func (m *memory) Read(_ context.Context, id string) (p bot.Pending, err error) {
	err = m.decide(id, func(r *row) { p = r.Pending })
	return p, err
}

// Sent implements bot.Outbox.
func (m *memory) Sent(_ context.Context, id string, _ bot.Receipt, _ time.Time) error {
	return m.decide(id, func(*row) { m.sent = append(m.sent, id); m.drop(id) })
}

// Retry implements bot.Outbox.
func (m *memory) Retry(_ context.Context, id string, next time.Time, reason string, ambiguous bool) error {
	return m.decide(id, func(r *row) { r.busy, r.next, r.reason, r.Ambiguous = false, next, reason, ambiguous })
}

// Redirect implements bot.Outbox.
func (m *memory) Redirect(_ context.Context, id string, to bot.Target) error {
	return m.decide(id, func(r *row) { r.busy, r.To, r.next = false, to, time.Time{} })
}

// Bury implements bot.Outbox.
func (m *memory) Bury(_ context.Context, id, reason string, _ time.Time) error {
	return m.decide(id, func(*row) { m.buried[id] = reason; m.drop(id) })
}

// Progress implements bot.Outbox.
func (m *memory) Progress(_ context.Context, id string, u bot.Upload) error {
	return m.decide(id, func(r *row) { r.Upload = u })
}

// Contents implements bot.Outbox.
func (m *memory) Contents(_ context.Context, id string) (data []byte, err error) {
	err = m.decide(id, func(r *row) { data = []byte(r.File.Name) })
	return data, err
}

// Depth implements bot.Outbox.
func (m *memory) Depth(context.Context) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.posts), nil
}

// Accept implements bot.Inbox.
func (m *memory) Accept(_ context.Context, e bot.Envelope) (bot.Acceptance, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.waiting = append(m.waiting, e)
	return bot.Accepted, nil
}

// Waiting implements bot.Inbox.
func (m *memory) Waiting(_ context.Context, limit int) ([]bot.Envelope, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.waiting[:min(limit, len(m.waiting))]), nil
}

// Abandon implements bot.Inbox.
func (m *memory) Abandon(_ context.Context, key, reason string, _ time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.abandoned[key] = reason
	m.done(key)
	return nil
}

// Tried implements bot.Inbox.
func (m *memory) Tried(_ context.Context, key string) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.tries[key]++
	return m.tries[key], nil
}

func (m *memory) done(key string) {
	m.waiting = slices.DeleteFunc(m.waiting, func(e bot.Envelope) bool { return e.Key == key })
}

// Update implements bot.Store.
func (m *memory) Update(_ context.Context, fn func(bot.Tx) error) error { return fn(tx{m}) }

type tx struct{ m *memory }

func (t tx) Post(p bot.Post) error { t.m.post(p); return nil }

func (t tx) Audit(bot.Entry) error { return nil }

func (t tx) Done(key string, _ time.Time) error {
	t.m.mu.Lock()
	defer t.m.mu.Unlock()
	t.m.done(key)
	return nil
}

// channel is a place messages arrive at, with faults to order.
type channel struct {
	mu      sync.Mutex // guards what follows
	faults  map[string][]*bot.SendError
	arrived []arrival
	looks   []time.Time
	lost    map[string]bool // an ambiguous failure of these did arrive
	blind   error           // the history cannot be read
	takes   time.Duration   // how long a message takes
	steps   []string        // of uploads
	now     int             // under way
	most    int
}

type arrival struct {
	id string
	to bot.Target
	at time.Time
}

func (c *channel) Send(_ context.Context, p bot.Pending) (bot.Receipt, error) {
	c.mu.Lock()
	c.now++
	c.most = max(c.most, c.now)
	c.mu.Unlock()
	if c.takes > 0 {
		time.Sleep(c.takes) // in a bubble: the message takes this long
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now--
	if list := c.faults[p.ID]; len(list) > 0 {
		c.faults[p.ID] = list[1:]
		if f := list[0]; f != nil {
			if c.lost[p.ID] {
				c.arrived = append(c.arrived, arrival{p.ID, p.To, time.Now()})
			}
			return bot.Receipt{}, f
		}
	}
	c.arrived = append(c.arrived, arrival{p.ID, p.To, time.Now()})
	return bot.Receipt{Channel: p.To.Place.Channel, Message: p.ID}, nil
}

// Upload implements bot.Sender. Each step is named, with the data it got.
func (c *channel) Upload(_ context.Context, p bot.Pending, data []byte) (bot.Upload, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	step := "offer"
	if p.Upload.Stage == bot.UploadOffered {
		step = "put " + string(data)
	}
	c.steps = append(c.steps, step)
	if list := c.faults[step]; len(list) > 0 {
		c.faults[step] = list[1:]
		if list[0] != nil {
			return bot.Upload{}, list[0]
		}
	}
	if step == "offer" {
		return bot.Upload{Stage: bot.UploadOffered, ID: "F1", URL: "u"}, nil
	}
	return bot.Upload{Stage: bot.UploadStored, ID: p.Upload.ID}, nil
}

func (c *channel) Find(_ context.Context, p bot.Pending) (bot.Receipt, bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.looks = append(c.looks, time.Now())
	if c.blind != nil {
		return bot.Receipt{}, false, c.blind
	}
	for _, a := range c.arrived {
		if a.id == p.ID {
			return bot.Receipt{Message: p.ID}, true, nil
		}
	}
	return bot.Receipt{}, false, nil
}

func (c *channel) ids() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var ids []string
	for _, a := range c.arrived {
		ids = append(ids, a.id)
	}
	return ids
}
