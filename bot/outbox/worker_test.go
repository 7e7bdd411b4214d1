package outbox_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"partnerdesk/bot"
	"partnerdesk/bot/lang"
	"partnerdesk/bot/outbox"
)

// answerer is a bot that answers by writing the request down.
type answerer struct {
	m *memory

	mu       sync.Mutex // guards what follows
	answered []string
	at       map[string]time.Time
	faults   map[string]int // how often a request fails
	takes    map[string]time.Duration
	now      int
	most     int
}

func (a *answerer) handle(_ context.Context, r bot.Request) (*bot.Form, error) {
	a.mu.Lock()
	a.now++
	a.most = max(a.most, a.now)
	takes := a.takes[r.ID]
	a.mu.Unlock()
	time.Sleep(takes) // in a bubble: the answer takes this long
	a.mu.Lock()
	defer a.mu.Unlock()
	a.now--
	if a.faults[r.ID] > 0 {
		a.faults[r.ID]--
		return nil, errors.New("slack does not say who that is")
	}
	a.answered = append(a.answered, r.ID)
	a.at[r.ID] = time.Now()
	return nil, a.m.Update(context.Background(), func(t bot.Tx) error { return t.Done(r.ID, time.Now()) })
}

func decode(e bot.Envelope) (bot.Request, error) {
	if strings.HasPrefix(e.Key, "bad") {
		return bot.Request{}, errors.New("not readable")
	}
	return bot.Request{ID: e.Key, Person: bot.PersonID{Team: "T1", User: "U1"}, Kind: bot.KindCommand, Return: "https://hooks.example/x"}, nil
}

func work(t *testing.T, story func(t *testing.T, m *memory, a *answerer, w *outbox.Worker)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		a := &answerer{m: m, at: map[string]time.Time{}, faults: map[string]int{}, takes: map[string]time.Duration{}}
		words, err := lang.New(map[lang.Tag]map[string]string{
			lang.Chinese: {"error.internal": "没办成"}, lang.English: {"error.internal": "did not work"}})
		if err != nil {
			t.Fatal(err)
		}
		w := outbox.NewWorker(outbox.WorkerOptions{Inbox: m, Decode: decode, Handle: a.handle, Store: m, Catalog: words})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { w.Run(ctx); close(done) }()
		m.stop = func() { cancel(); <-done }
		defer m.stop()
		story(t, m, a, w)
	})
}

func (m *memory) accept(conversation string, keys ...string) {
	for _, k := range keys {
		_, _ = m.Accept(context.Background(), bot.Envelope{Key: k, Conversation: conversation, Received: time.Now()}) // memory takes all
	}
}

func TestWorker_OrderWithinAConversation(t *testing.T) {
	work(t, func(t *testing.T, m *memory, a *answerer, w *outbox.Worker) {
		start := time.Now()
		a.takes["s1"] = 4 * time.Second
		m.accept("slow", "s1", "s2", "s3")
		m.accept("quick", "q1")
		w.Poke()
		time.Sleep(10 * time.Second)
		m.stop()
		var s []string
		for _, id := range a.answered {
			if id[0] == 's' {
				s = append(s, id)
			}
		}
		if !slices.Equal(s, []string{"s1", "s2", "s3"}) {
			t.Errorf("answered %v", s)
		}
		if took := a.at["q1"].Sub(start); took > time.Second {
			t.Errorf("another conversation waited %s", took)
		}
	})
}

func TestWorker_BoundedAndFair(t *testing.T) {
	work(t, func(t *testing.T, m *memory, a *answerer, w *outbox.Worker) {
		for i := range 300 {
			a.takes[fmt.Sprintf("busy%d", i)] = time.Second
		}
		for i := range 40 {
			a.takes[fmt.Sprintf("other%d", i)] = time.Second
		}
		for i := range 300 {
			m.accept("one", fmt.Sprintf("busy%d", i))
		}
		for i := range 40 {
			k := fmt.Sprintf("other%d", i)
			m.accept(k, k)
		}
		w.Poke()
		time.Sleep(20 * time.Second)
		m.stop()
		others := 0
		for _, id := range a.answered {
			if strings.HasPrefix(id, "other") {
				others++
			}
		}
		if a.most > 16 || others != 40 {
			t.Errorf("%d at once, %d of 40 others answered behind a long conversation", a.most, others)
		}
	})
}

func TestWorker_Retries(t *testing.T) {
	work(t, func(t *testing.T, m *memory, a *answerer, w *outbox.Worker) {
		start := time.Now()
		a.faults["x"] = 3
		m.accept("c", "x", "behind")
		w.Poke()
		time.Sleep(30 * time.Second)
		m.stop()
		if !slices.Equal(a.answered, []string{"x", "behind"}) {
			t.Errorf("answered %v, want x in the end and the other after it", a.answered)
		}
		if took := a.at["x"].Sub(start); took < 7*time.Second || took > 8*time.Second {
			t.Errorf("took %s, want pauses of 1, 2 and 4 s", took)
		}
	})
}

func TestWorker_GivesUpAndSaysSo(t *testing.T) {
	work(t, func(t *testing.T, m *memory, a *answerer, w *outbox.Worker) {
		a.faults["x"] = 1000
		m.accept("c", "x", "behind")
		m.accept("d", "bad")
		w.Poke()
		time.Sleep(20 * time.Minute)
		m.stop()
		if m.abandoned["x"] == "" || m.abandoned["bad"] != "unreadable" {
			t.Errorf("abandoned %v", m.abandoned)
		}
		if !slices.Equal(a.answered, []string{"behind"}) {
			t.Errorf("answered %v", a.answered)
		}
		if len(m.posts) != 1 {
			t.Fatalf("%d posts, want one that says so", len(m.posts))
		}
		p := m.posts[0]
		if text := p.Reply.Plain(); !strings.Contains(text, "没办成") || !strings.Contains(text, "did not work") || !p.Reply.Private {
			t.Errorf("said %q, private %v", text, p.Reply.Private)
		}
		if p.To.Kind != bot.TargetReturn || p.To.Expires.IsZero() {
			t.Errorf("goes to %+v", p.To)
		}
	})
}

func TestWorker_TakesWhatWasLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		m.accept("c", "left")
		a := &answerer{m: m, at: map[string]time.Time{}}
		w := outbox.NewWorker(outbox.WorkerOptions{Inbox: m, Decode: decode, Handle: a.handle})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { w.Run(ctx); close(done) }()
		synctest.Wait()
		if !slices.Equal(a.answered, []string{"left"}) {
			t.Errorf("answered %v without a poke, want what was left", a.answered)
		}
		a.mu.Lock()
		a.takes = map[string]time.Duration{"last": 3 * time.Second}
		a.mu.Unlock()
		m.accept("c", "last")
		w.Poke()
		synctest.Wait()
		cancel()
		<-done
		if !slices.Contains(a.answered, "last") {
			t.Error("it stopped in the middle of an answer")
		}
	})
}
