package store_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"testing"

	"partnerdesk/bot"
	"partnerdesk/data/kv"
	"partnerdesk/data/store"
)

var errKilled = errors.New("killed")

// mortal kills its desk right before or right after its k-th commit. Nothing of
// that desk runs afterwards.
type mortal struct {
	kv.DB
	left   int
	before bool
}

func (d *mortal) Update(ctx context.Context, fn func(kv.Tx) error) error {
	d.left--
	if d.left == 0 && d.before {
		panic(errKilled)
	}
	err := d.DB.Update(ctx, fn)
	if d.left == 0 {
		panic(errKilled)
	}
	return err
}

// world is what a kill does not touch: the deliveries the other side holds until
// they are acknowledged, and what was posted there.
type world struct {
	deliveries []bot.Envelope
	posted     []string // conversation and text
	ids        []string // of the posts
}

// run is a desk's work from start to finish: all is delivered, answered, sent.
func (w *world) run(ctx context.Context, s *store.Store) error {
	for i, e := range w.deliveries {
		if _, err := s.Accept(ctx, e); err != nil {
			return err
		}
		if i%3 == 2 {
			if err := w.work(ctx, s); err != nil {
				return err
			}
		}
	}
	return w.work(ctx, s)
}

// work answers what waits and sends what is due, as the workers do: a post in
// doubt is looked for before it is sent again.
func (w *world) work(ctx context.Context, s *store.Store) error {
	list, err := s.Waiting(ctx, 100)
	if err != nil {
		return err
	}
	for _, e := range list {
		err := s.Update(ctx, func(tx bot.Tx) error {
			return errors.Join(tx.Post(post(e.Conversation, e.Key)), tx.Done(e.Key, noon),
				tx.Audit(bot.Entry{Stream: "all", Person: bot.PersonID{Team: "T1", User: "U1"}, At: noon}))
		})
		if err != nil {
			return err
		}
	}
	for {
		due, err := s.Due(ctx, noon, 100)
		if err != nil || len(due) == 0 {
			return err
		}
		for _, p := range due {
			if err := s.Started(ctx, p.ID, noon); err != nil {
				return err
			}
			if !p.Ambiguous || !slices.Contains(w.ids, p.ID) {
				w.ids = append(w.ids, p.ID)
				w.posted = append(w.posted, p.To.Place.Channel+" "+p.Reply.Plain())
			}
			if err := s.Sent(ctx, p.ID, bot.Receipt{Channel: "C", Message: "1"}, noon); err != nil {
				return err
			}
		}
	}
}

// Killed at any commit, the desk that comes after it answers everything that was
// acknowledged, nothing twice, and each conversation in order.
func TestKilledAtAnyCommit(t *testing.T) {
	w := world{}
	var want []string
	for i := range 5 {
		e := envelope(fmt.Sprintf("T1/ev%d", i), noon)
		e.Conversation = fmt.Sprintf("C%d", i%2)
		w.deliveries = append(w.deliveries, e)
		want = append(want, e.Conversation+" "+e.Key)
	}
	slices.Sort(want)
	died := 0
	for k := 1; ; k++ {
		for _, before := range []bool{true, false} {
			d := newDesk(t)
			now := world{deliveries: w.deliveries}
			if killed(t, &now, &mortal{DB: d.db, left: k, before: before}) {
				died++
			} else if !before {
				if died < 20 {
					t.Errorf("died only %d times", died)
				}
				return // k is beyond the last commit
			}
			image, err := os.ReadFile(d.path)
			ok(t, err)
			ok(t, d.db.Close())
			ok(t, os.WriteFile(d.path+".image", image, 0o600))
			next := openDesk(t, d.path+".image")
			ok(t, now.run(t.Context(), next.Store))
			if got := slices.Sorted(slices.Values(now.posted)); !slices.Equal(got, want) {
				t.Errorf("killed at commit %d (before: %v): posted %q, want %q", k, before, got, want)
			}
			if _, err := next.Audited(t.Context(), "T1", "all"); err != nil {
				t.Errorf("killed at commit %d (before: %v): %v", k, before, err)
			}
			depth(t, next, 0)
			ok(t, next.db.Close())
		}
	}
}

// killed runs a desk until it is killed or done.
func killed(t *testing.T, w *world, db kv.DB) bool {
	t.Helper()
	return diesIn(func() {
		s, err := store.Open(t.Context(), db, store.Options{})
		ok(t, err)
		ok(t, w.run(t.Context(), s))
	})
}

// diesIn runs fn and reports whether a mortal store killed it.
func diesIn(fn func()) (dead bool) {
	defer func() {
		if r := recover(); r == errKilled {
			dead = true
		} else if r != nil {
			panic(r)
		}
	}()
	fn()
	return false
}
