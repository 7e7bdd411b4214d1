package remind

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"partnerdesk/bot"
	"partnerdesk/handlers/worktime"
)

// Memory is a [Book] that lasts as long as the process: for the terminal. The
// zero value is empty and ready.
type Memory struct {
	mu sync.Mutex // guards the fields below

	deadlines []Deadline
	digests   []Digest
	sources   []Source
	habits    []Habits
	batches   []Batch
}

var _ Book = (*Memory)(nil)

// PutDeadline implements [Book].
func (m *Memory) PutDeadline(_ bot.Tx, d Deadline) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.deadlines = slices.DeleteFunc(m.deadlines, func(x Deadline) bool { return x.Team == d.Team && x.Account == d.Account && x.ID == d.ID })
	m.deadlines = append(m.deadlines, d)
	return nil
}

// DeadlineIn implements [Book].
func (m *Memory) DeadlineIn(_ bot.Tx, team string, of bot.Account, id string) (Deadline, bool, error) {
	return m.FindDeadline(context.Background(), team, of, id)
}

// FindDeadline implements [Book].
func (m *Memory) FindDeadline(ctx context.Context, team string, of bot.Account, id string) (Deadline, bool, error) {
	list, err := m.Deadlines(ctx, team, of)
	for _, d := range list {
		if d.ID == id {
			return d, true, err
		}
	}
	return Deadline{}, false, err
}

// Deadlines implements [Book].
func (m *Memory) Deadlines(_ context.Context, team string, of bot.Account) ([]Deadline, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	list := slices.DeleteFunc(slices.Clone(m.deadlines), func(d Deadline) bool { return d.Team != team || d.Account != of })
	slices.SortFunc(list, func(a, b Deadline) int { return strings.Compare(a.ID, b.ID) })
	return list, nil
}

// DueDeadlines implements [Book].
func (m *Memory) DueDeadlines(_ context.Context, now time.Time, limit int) ([]Deadline, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	list := slices.DeleteFunc(slices.Clone(m.deadlines), func(d Deadline) bool { return d.Look.IsZero() || d.Look.After(now) })
	slices.SortFunc(list, func(a, b Deadline) int { return a.Look.Compare(b.Look) })
	return list[:min(limit, len(list))], nil
}

// PutDigest implements [Book].
func (m *Memory) PutDigest(_ bot.Tx, g Digest) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.digests = slices.DeleteFunc(m.digests, func(x Digest) bool { return x.Person == g.Person && x.Day == g.Day })
	m.digests = append(m.digests, g)
	return nil
}

// DigestIn implements [Book].
func (m *Memory) DigestIn(_ bot.Tx, who bot.PersonID, day worktime.Date) (Digest, bool, error) {
	return m.FindDigest(context.Background(), who, day)
}

// FindDigest implements [Book].
func (m *Memory) FindDigest(_ context.Context, who bot.PersonID, day worktime.Date) (Digest, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	i := slices.IndexFunc(m.digests, func(x Digest) bool { return x.Person == who && x.Day == day })
	if i < 0 {
		return Digest{}, false, nil
	}
	return m.digests[i], true, nil
}

// PutSource implements [Book].
func (m *Memory) PutSource(_ bot.Tx, s Source) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sources = slices.DeleteFunc(m.sources, func(x Source) bool { return x.Team == s.Team && x.Name == s.Name })
	m.sources = append(m.sources, s)
	return nil
}

// SourceIn implements [Book].
func (m *Memory) SourceIn(_ bot.Tx, team, name string) (Source, bool, error) {
	return m.FindSource(context.Background(), team, name)
}

// FindSource implements [Book].
func (m *Memory) FindSource(_ context.Context, team, name string) (Source, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	i := slices.IndexFunc(m.sources, func(s Source) bool { return s.Team == team && s.Name == name })
	if i < 0 {
		return Source{Team: team, Name: name}, false, nil
	}
	return m.sources[i], true, nil
}

// PutHabits implements [Book].
func (m *Memory) PutHabits(_ bot.Tx, h Habits) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.habits = slices.DeleteFunc(m.habits, func(x Habits) bool { return x.Person == h.Person })
	m.habits = append(m.habits, h)
	return nil
}

// FindHabits implements [Book].
func (m *Memory) FindHabits(_ context.Context, who bot.PersonID) (Habits, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	i := slices.IndexFunc(m.habits, func(h Habits) bool { return h.Person == who })
	if i < 0 {
		return Habits{Person: who}, nil
	}
	return m.habits[i], nil
}

// PutBatch implements [Book].
func (m *Memory) PutBatch(_ bot.Tx, b Batch) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.batches = slices.DeleteFunc(m.batches, func(x Batch) bool { return x.Team == b.Team && x.ID == b.ID })
	m.batches = append(m.batches, b)
	return nil
}

// BatchIn implements [Book].
func (m *Memory) BatchIn(_ bot.Tx, team, id string) (Batch, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	i := slices.IndexFunc(m.batches, func(b Batch) bool { return b.Team == team && b.ID == id })
	if i < 0 {
		return Batch{}, false, nil
	}
	return m.batches[i], true, nil
}

// Batches implements [Book].
func (m *Memory) Batches(context.Context) ([]Batch, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(m.batches), func(b Batch) bool { return b.State != BatchGoing }), nil
}
