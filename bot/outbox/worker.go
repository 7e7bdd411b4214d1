package outbox

import (
	"cmp"
	"context"
	"log/slog"
	"sync"
	"time"

	"partnerdesk/bot"
	"partnerdesk/bot/lang"
)

// WorkerOptions is what a Worker needs.
type WorkerOptions struct {
	Inbox   bot.Inbox
	Decode  func(e bot.Envelope) (bot.Request, error)                            // the door's
	Handle  func(ctx context.Context, r bot.Request) (form *bot.Form, err error) // bot.Bot's
	Handled func()                                                               // called after each, e.g. Sender.Poke; may be nil

	// Store and Catalog word what a person reads whose request was given up; nil
	// says nothing.
	Store   bot.Store
	Catalog *lang.Catalog

	Workers int           // how many requests at once; zero means 16
	Tries   int           // how often a request is tried; zero means 12, about seven minutes
	Every   time.Duration // how often to look without being poked; zero means 5 s

	Log   *slog.Logger // nil discards
	Meter bot.Meter    // nil counts nothing
	Now   func() time.Time
}

// Worker has accepted deliveries answered, those of a conversation one after
// the other.
type Worker struct {
	o    WorkerOptions
	poke poke

	mu    sync.Mutex           // guards what follows
	busy  map[string]bool      // conversations with a request under way
	keys  map[string]bool      // requests under way
	later map[string]time.Time // requests that failed, and when to try them again
}

// NewWorker builds a worker; [Worker.Run] starts it.
func NewWorker(o WorkerOptions) *Worker {
	o.Workers = cmp.Or(o.Workers, 16)
	o.Tries = cmp.Or(o.Tries, 12)
	o.Every = cmp.Or(o.Every, 5*time.Second)
	o.Log, o.Meter = orDiscard(o.Log), orNone(o.Meter)
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Handled == nil {
		o.Handled = func() {}
	}
	return &Worker{o: o, poke: make(poke, 1), busy: map[string]bool{}, keys: map[string]bool{}, later: map[string]time.Time{}}
}

// Poke says that something was accepted.
func (w *Worker) Poke() { w.poke.wake() }

// longestPause is how long a request that failed waits at most.
const longestPause = time.Minute

// mostRead bounds how many waiting deliveries are looked at in one round.
const mostRead = 4096

// Run works until ctx ends, then waits for the requests under way. What was left
// waiting when the last desk stopped is taken first.
func (w *Worker) Run(ctx context.Context) {
	var crew sync.WaitGroup
	defer crew.Wait()
	for {
		again := w.round(ctx, &crew)
		t := time.NewTimer(again)
		select {
		case <-ctx.Done():
			t.Stop()
			return
		case <-w.poke:
		case <-t.C:
		}
		t.Stop()
	}
}

// round starts what can be started and says when to look again.
func (w *Worker) round(ctx context.Context, crew *sync.WaitGroup) time.Duration {
	w.mu.Lock()
	free := w.o.Workers - len(w.keys)
	read := w.o.Workers + len(w.later) // those under way are listed too
	w.mu.Unlock()
	if free <= 0 {
		return w.o.Every // whoever finishes pokes
	}
	for ; ; read *= 4 {
		read = min(read, mostRead)
		list, err := w.o.Inbox.Waiting(ctx, read)
		if err != nil {
			if ctx.Err() == nil {
				w.o.Log.Error("inbox not read", "err", err)
			}
			return time.Second
		}
		started, again := w.start(ctx, crew, list, free)
		if free -= started; free == 0 || len(list) < read || read == mostRead {
			return again
		}
		// Of what was read the rest has to wait its turn; somebody behind may not.
	}
}

func (w *Worker) start(ctx context.Context, crew *sync.WaitGroup, list []bot.Envelope, free int) (started int, again time.Duration) {
	again = w.o.Every
	now := w.o.Now()
	w.mu.Lock()
	defer w.mu.Unlock()
	held := map[string]bool{} // conversations whose first request has to wait
	waiting := map[string]bool{}
	for _, e := range list {
		waiting[e.Key] = true
		conversation := cmp.Or(e.Conversation, e.Key)
		if w.keys[e.Key] || w.busy[conversation] || held[conversation] || started == free {
			held[conversation] = true
			continue
		}
		if wait := w.later[e.Key].Sub(now); wait > 0 && wait <= longestPause { // longer: the clock was set back

			held[conversation] = true
			again = min(again, wait)
			continue
		}
		started++
		w.keys[e.Key], w.busy[conversation] = true, true
		crew.Go(func() {
			next := w.work(context.WithoutCancel(ctx), e)
			w.mu.Lock()
			delete(w.keys, e.Key)
			delete(w.busy, conversation)
			delete(w.later, e.Key)
			if next > 0 {
				w.later[e.Key] = w.o.Now().Add(next)
			}
			w.mu.Unlock()
			w.poke.wake()
		})
	}
	if len(w.later) > mostRead {
		for key := range w.later {
			if !waiting[key] {
				delete(w.later, key)
			}
		}
	}
	return started, again
}

// work has one delivery answered; it returns how long to wait before it is tried
// again, zero when it is decided.
func (w *Worker) work(ctx context.Context, e bot.Envelope) time.Duration {
	if !e.Received.IsZero() {
		w.o.Meter.Observe("inbox_wait_seconds", w.o.Now().Sub(e.Received).Seconds())
	}
	r, err := w.o.Decode(e)
	if err != nil {
		w.o.Log.Error("delivery cannot be read", "id", e.Key, "err", err)
		return w.abandon(ctx, e, "unreadable")
	}
	if r.At.IsZero() {
		r.At = e.Received
	}
	if _, err = w.o.Handle(ctx, r); err == nil {
		w.o.Handled()
		return 0
	}
	tries, terr := w.o.Inbox.Tried(ctx, e.Key)
	if terr != nil {
		w.o.Log.Warn("request not answered, and its attempt not counted", "id", e.Key, "err", err, "count_err", terr)
		return w.o.Every
	}
	if tries < w.o.Tries {
		again := backOff(tries, longestPause)
		w.o.Log.Warn("request not answered", "id", e.Key, "err", err, "tries", tries, "again_in", again)
		return again
	}
	w.o.Log.Error("request given up", "id", e.Key, "err", err, "tries", tries)
	w.sorry(ctx, e, r)
	return w.abandon(ctx, e, "tried too often")
}

func (w *Worker) abandon(ctx context.Context, e bot.Envelope, reason string) time.Duration {
	if err := w.o.Inbox.Abandon(ctx, e.Key, reason, w.o.Now()); err != nil {
		w.o.Log.Error("delivery not given up", "id", e.Key, "err", err)
		return longestPause
	}
	w.o.Meter.Count("inbox_abandoned")
	return 0
}

// returnLife is how long after a delivery its return address is used (30 minutes
// by the Slack platform sheet of 2026-11-20, less a margin).
const returnLife = 28 * time.Minute

// sorry tells the person, as far as that still works. Whoever could not be
// looked up is told in every language.
func (w *Worker) sorry(ctx context.Context, e bot.Envelope, r bot.Request) {
	if w.o.Store == nil || w.o.Catalog == nil {
		return
	}
	tags := lang.Tags()
	if r.Lang != "" {
		tags = []lang.Tag{r.Lang}
	}
	reply := bot.Reply{Private: true}
	for _, tag := range tags {
		text := bot.Text(w.o.Catalog.Text(tag, "error.internal"))
		reply.Blocks = append(reply.Blocks, bot.Paragraph{Inlines: []bot.Inline{text}})
	}
	now := w.o.Now()
	post := bot.Post{To: bot.ReplyTarget(r, true, false), Reply: reply, Lane: bot.LaneAnswer, Created: now}
	if post.To.Kind == bot.TargetReturn {
		post.To.Expires = e.Received.Add(returnLife)
	}
	if err := w.o.Store.Update(ctx, func(tx bot.Tx) error { return tx.Post(post) }); err != nil {
		w.o.Log.Error("person not told", "id", e.Key, "err", err)
		return
	}
	w.o.Handled()
}
