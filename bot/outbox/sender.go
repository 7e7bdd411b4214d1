package outbox

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"partnerdesk/bot"
)

// SenderOptions is what a Sender needs.
type SenderOptions struct {
	Outbox bot.Outbox
	Sender bot.Sender

	Workers int           // how many posts at once; zero means 16
	Every   time.Duration // how often to look without being poked; zero means 2 s
	GiveUp  time.Duration // how old a post may get that cannot be sent, though it was tried often; zero means 24 h

	Log   *slog.Logger // nil discards
	Meter bot.Meter    // nil counts nothing
	Now   func() time.Time
}

// After an ambiguous failure a post is looked for twice before it is sent again.
const (
	firstLook  = 5 * time.Second
	secondLook = 30 * time.Second
	// blind is how long a history that cannot be read keeps a post back.
	blind = 10 * time.Minute
	// sendWithin bounds one delivery.
	sendWithin = 20 * time.Second
	// What became of a post is recorded in at least insistQuickly attempts, at
	// last four in insistEvery.
	insistQuickly = 5
	insistEvery   = 40 * time.Second
	// giveUpTries is how often a post is tried before its age counts: the clock
	// may have been set, or nobody have been there to try.
	giveUpTries = 20
	// leap is how far the clock may move between two rounds; more, and it was set.
	leap = time.Minute
)

// Sender delivers posts: in order within a conversation, about one a second to a
// channel, and never twice as long as that can be told.
type Sender struct {
	o    SenderOptions
	poke poke

	ending <-chan struct{} // closed when Run is to end; set by Run

	mu   sync.Mutex // guards what follows
	busy map[string]bool
	pace pace
	next []time.Time // when posts that were put back are due
	seen time.Time   // the clock when it was last looked at
	set  time.Time   // what it showed when this desk began, or when it was last found to have been set

	ended map[string]time.Time // when the last try of a post ended that may have arrived
}

// NewSender builds a sender; [Sender.Run] starts it.
func NewSender(o SenderOptions) *Sender {
	o.Workers = cmp.Or(o.Workers, 16)
	o.Every = cmp.Or(o.Every, 2*time.Second)
	o.GiveUp = cmp.Or(o.GiveUp, 24*time.Hour)
	o.Log, o.Meter = orDiscard(o.Log), orNone(o.Meter)
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Sender{o: o, poke: make(poke, 1), busy: map[string]bool{}, pace: pace{}, ended: map[string]time.Time{}}
}

// Poke says that something was posted.
func (s *Sender) Poke() { s.poke.wake() }

// Run sends until ctx ends, then waits for the posts under way.
func (s *Sender) Run(ctx context.Context) {
	var crew sync.WaitGroup
	defer crew.Wait()
	s.ending = ctx.Done()
	for {
		again := s.round(ctx, &crew)
		t := time.NewTimer(again)
		select {
		case <-ctx.Done():
			t.Stop()
			return
		case <-s.poke:
		case <-t.C:
		}
		t.Stop()
	}
}

// round starts what may go now and says when to look again.
func (s *Sender) round(ctx context.Context, crew *sync.WaitGroup) time.Duration {
	now := s.o.Now()
	s.watch(now)
	s.mu.Lock()
	full := len(s.busy) >= s.o.Workers
	s.mu.Unlock()
	if full {
		return s.o.Every // whoever finishes pokes
	}
	for read := s.o.Workers; ; read *= 4 {
		read = min(read, mostRead)
		due, err := s.o.Outbox.Due(ctx, now, read)
		if err != nil {
			if ctx.Err() == nil {
				s.o.Log.Error("outbox not read", "err", err)
			}
			return time.Second
		}
		full, again := s.start(ctx, crew, due, now)
		if full || len(due) < read || read == mostRead {
			return again
		}
		// The rest of what was read waits for its channel; somebody behind may not.
	}
}

func (s *Sender) start(ctx context.Context, crew *sync.WaitGroup, due []bot.Pending, now time.Time) (full bool, again time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	again = s.untilNext(now)
	s.pace.forget(now)
	for _, p := range due {
		if s.busy[p.ID] {
			continue
		}
		if len(s.busy) >= s.o.Workers {
			return true, again // whoever finishes pokes
		}
		room := channelOf(p.To)
		if wait := s.pace.wait(room, now); wait > 0 {
			again = min(again, wait)
			continue
		}
		s.pace.take(room, now)
		s.busy[p.ID] = true
		crew.Go(func() {
			s.send(context.WithoutCancel(ctx), p, room)
			s.mu.Lock()
			delete(s.busy, p.ID)
			s.mu.Unlock()
			s.poke.wake()
		})
	}
	return len(s.busy) >= s.o.Workers, again
}

// untilNext is how long to sleep if nothing else happens.
func (s *Sender) untilNext(now time.Time) time.Duration {
	again := s.o.Every
	s.next = slices.DeleteFunc(s.next, func(t time.Time) bool {
		if t.After(now) {
			again = min(again, t.Sub(now))
			return false
		}
		return true
	})
	return again
}

// send delivers one post and records what became of it.
func (s *Sender) send(ctx context.Context, p bot.Pending, room string) {
	if p.Ambiguous && traceable(p) && s.look(ctx, p) {
		return
	}
	started := s.o.Now()
	if err := s.o.Outbox.Started(ctx, p.ID, started); err != nil {
		s.o.Log.Warn("post not started", "id", p.ID, "err", err)
		return
	}
	// A later edit may have been folded in since it was listed; now it is fixed.
	if fresh, err := s.o.Outbox.Read(ctx, p.ID); err == nil {
		p = fresh
	}
	receipt, err := s.deliver(ctx, &p)
	s.o.Meter.Observe("post_seconds", s.o.Now().Sub(started).Seconds(), string(p.To.Kind))
	if err == nil {
		s.sent(ctx, p, receipt, "sent")
		return
	}
	fault, ok := errors.AsType[*bot.SendError](err)
	if !ok {
		fault = &bot.SendError{Fault: bot.FaultAmbiguous, Err: err}
	}
	s.failed(ctx, p, room, started, fault)
}

// deliver sends a post; of one with a file first what is left of its upload, each
// step being recorded before the next, in the store and in p.
func (s *Sender) deliver(ctx context.Context, p *bot.Pending) (bot.Receipt, error) {
	for p.File != nil && p.Upload.Stage != bot.UploadStored {
		var data []byte
		if p.Upload.Stage == bot.UploadOffered {
			var err error
			if data, err = s.o.Outbox.Contents(ctx, p.ID); err != nil {
				return bot.Receipt{}, &bot.SendError{Fault: bot.FaultRetry, Err: err}
			}
		}
		within, cancel := context.WithTimeout(ctx, sendWithin)
		u, err := s.o.Sender.Upload(within, *p, data)
		cancel()
		if err == nil && u.Stage == p.Upload.Stage {
			err = fmt.Errorf("upload stays at %q", u.Stage)
		}
		if err == nil {
			err = s.o.Outbox.Progress(ctx, p.ID, u)
		}
		if err != nil {
			if fault, ok := errors.AsType[*bot.SendError](err); ok {
				return bot.Receipt{}, fault
			}
			return bot.Receipt{}, &bot.SendError{Fault: bot.FaultRetry, Err: err} // nobody has seen anything yet
		}
		s.o.Meter.Count("uploads", string(u.Stage))
		p.Upload = u
	}
	within, cancel := context.WithTimeout(ctx, sendWithin)
	defer cancel()
	return s.o.Sender.Send(within, *p)
}

// traceable reports whether a post can be found again after it arrived, and
// whether it must be: doing an edit twice does no harm.
func traceable(p bot.Pending) bool {
	if p.File != nil && p.Upload.Stage != bot.UploadStored {
		return false // what is not there yet cannot have arrived
	}
	return p.Card.Message == "" && (p.To.Kind == bot.TargetPlace || p.To.Kind == bot.TargetPerson)
}

// look searches for a post that may have arrived. It reports whether that
// settles the matter for now; false means to send.
func (s *Sender) look(ctx context.Context, p bot.Pending) bool {
	now := s.o.Now()
	s.tried(ctx, &p, now)
	if wait := p.Tried.Add(firstLook); now.Before(wait) {
		s.retry(ctx, p, wait, "not looked for yet", true)
		return true
	}
	within, cancel := context.WithTimeout(ctx, sendWithin)
	receipt, found, err := s.o.Sender.Find(within, p)
	cancel()
	switch second := p.Tried.Add(secondLook); {
	case found:
		s.sent(ctx, p, receipt, "found")
		return true
	case err != nil && now.Before(p.Tried.Add(blind)):
		s.o.Log.Warn("history not read", "id", p.ID, "err", err)
		s.retry(ctx, p, now.Add(secondLook), "history not read", true)
		return true
	case now.Before(second):
		s.retry(ctx, p, second, "not found yet", true)
		return true
	}
	return false
}

// sent records an arrival. It insists: an arrival that is not recorded would be
// sent again.
func (s *Sender) sent(ctx context.Context, p bot.Pending, r bot.Receipt, outcome string) {
	s.forget(p.ID)
	s.o.Meter.Count("posts", string(p.To.Kind), outcome)
	s.insist(ctx, p, func() error { return s.o.Outbox.Sent(ctx, p.ID, r, s.o.Now()) })
}

// mailPatience is how long a mail is kept that the server does not take: over the
// longest holidays there are (calendar sheet, 2026-11-20). Then it is a dead
// letter, which an admin is told of and can send again.
const mailPatience = 10 * 24 * time.Hour

func (s *Sender) patience(p bot.Pending) time.Duration {
	if p.To.Kind == bot.TargetMail {
		return max(s.o.GiveUp, mailPatience)
	}
	return s.o.GiveUp
}

func (s *Sender) failed(ctx context.Context, p bot.Pending, room string, started time.Time, fault *bot.SendError) {
	now := s.o.Now()
	reason := fault.Err.Error()
	switch {
	case fault.Fault == bot.FaultExpired && p.To.Kind != bot.TargetPerson && p.To.Person.User != "":
		s.o.Log.Info("post goes to the person instead", "id", p.ID, "reason", reason)
		s.o.Meter.Count("posts", string(p.To.Kind), "redirected")
		to := bot.Target{Kind: bot.TargetPerson, Person: p.To.Person}
		s.insist(ctx, p, func() error { return s.o.Outbox.Redirect(ctx, p.ID, to) })
		return
	case fault.Fault == bot.FaultExpired, fault.Fault == bot.FaultPermanent:
		s.bury(ctx, p, reason)
		return
	case !p.Created.IsZero() && now.Sub(p.Created) > s.patience(p) && p.Attempts >= giveUpTries:
		s.bury(ctx, p, "too old: "+reason)
		return
	case fault.Fault == bot.FaultLost:
		s.o.Log.Info("file is uploaded anew", "id", p.ID, "reason", reason)
		s.insist(ctx, p, func() error { return s.o.Outbox.Progress(ctx, p.ID, bot.Upload{}) })
	case fault.Fault == bot.FaultAmbiguous && traceable(p):
		s.o.Log.Warn("post may have arrived", "id", p.ID, "err", fault.Err)
		s.o.Meter.Count("posts", string(p.To.Kind), "ambiguous")
		s.mu.Lock()
		s.ended[p.ID] = now
		s.mu.Unlock()
		s.retry(ctx, p, now.Add(firstLook), reason, true)
		return
	}
	wait := min(max(backOff(p.Attempts+1, 5*time.Minute), fault.After), bot.LongestWait)
	if fault.After > 0 {
		s.mu.Lock()
		s.pace.hold(room, now.Add(fault.After))
		s.mu.Unlock()
	}
	s.o.Log.Warn("post not sent", "id", p.ID, "err", fault.Err, "again_in", wait)
	s.o.Meter.Count("posts", string(p.To.Kind), "retried")
	s.retry(ctx, p, now.Add(wait), reason, false)
}

func (s *Sender) retry(ctx context.Context, p bot.Pending, next time.Time, reason string, ambiguous bool) {
	s.insist(ctx, p, func() error { return s.o.Outbox.Retry(ctx, p.ID, next, reason, ambiguous) })
	s.mu.Lock()
	s.next = append(s.next, next)
	s.mu.Unlock()
}

func (s *Sender) forget(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.ended, id)
}

func (s *Sender) bury(ctx context.Context, p bot.Pending, reason string) {
	s.forget(p.ID)
	s.o.Log.Error("post given up", "id", p.ID, "kind", string(p.To.Kind), "reason", reason)
	s.o.Meter.Count("posts", string(p.To.Kind), "buried")
	s.insist(ctx, p, func() error { return s.o.Outbox.Bury(ctx, p.ID, reason, s.o.Now()) })
}

// insist records a decision, as long as it takes: a store that is full for a
// while must not leave the post under way, with its conversation behind it. When
// the desk stops first, the next one finds the post under way and looks for it.
func (s *Sender) insist(ctx context.Context, p bot.Pending, record func() error) {
	for try := 1; ; try++ {
		err := record()
		if err == nil {
			return
		}
		if try%insistQuickly == 0 {
			s.o.Log.Error("post's fate not recorded", "id", p.ID, "tries", try, "err", err)
		}
		t := time.NewTimer(backOff(try, insistEvery) / 4)
		select {
		case <-t.C:
		case <-s.ending:
			t.Stop()
			if try >= insistQuickly {
				return
			}
			time.Sleep(backOff(try, insistEvery) / 4)
		}
	}
}
