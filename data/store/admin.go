package store

import (
	"context"
	"fmt"
	"time"

	"partnerdesk/bot"
	"partnerdesk/data/kv"
)

// What an admin sees of the inbox and the outbox, and may do to it.

// Delivery is a delivery as an admin sees it: without its body.
type Delivery struct {
	bot.Envelope        // Body is empty
	State        string // received, done or abandoned
	Attempts     int
	Decided      time.Time // when it was done or given up, UTC; zero while it waits
	Reason       string    // why it was given up
}

// Letter is a post as an admin sees it.
type Letter struct {
	bot.Pending
	State  string    // waiting, sending or dead
	Next   time.Time // not tried before, UTC; zero means at once
	Reason string    // of the last failure
	Buried time.Time // when it was given up, UTC
}

// Deliveries lists, at most limit each, the deliveries that wait and those that
// were given up, the oldest first.
func (s *Store) Deliveries(ctx context.Context, limit int) ([]Delivery, error) {
	var list []Delivery
	for _, family := range []string{famInboxWait, famInboxDead} {
		n := 0
		for row, err := range kv.All(ctx, s.db, kv.Range{Prefix: family + "/", Limit: limit}) {
			if err != nil {
				return nil, fmt.Errorf("list deliveries: %w", err)
			}
			if n++; n > limit {
				break
			}
			d, found, err := s.FindDelivery(ctx, string(row.Value))
			if err != nil {
				return nil, err
			}
			if found {
				list = append(list, d)
			}
		}
	}
	return list, nil
}

// FindDelivery returns a delivery by its key.
func (s *Store) FindDelivery(ctx context.Context, id string) (Delivery, bool, error) {
	var r inboxRow
	found, err := load(s.reader(ctx), inboxKey(id), &r)
	if err != nil {
		return Delivery{}, false, fmt.Errorf("find delivery: %w", err)
	}
	return Delivery{
		Envelope: bot.Envelope{Key: id, Team: r.Team, Conversation: r.Conversation, Door: r.Door, Kind: r.Kind, At: r.At, Received: r.Received},
		State:    r.State, Attempts: r.Attempts, Decided: r.Decided, Reason: r.Reason,
	}, found, nil
}

// RetryDelivery lets a delivery that was given up wait again, in its old place.
// Any other is ErrNotFound.
func (s *Store) RetryDelivery(ctx context.Context, id string) error {
	err := s.update(ctx, func(tx *Tx) error {
		var r inboxRow
		found, err := load(tx.kv, inboxKey(id), &r)
		if err != nil {
			return err
		}
		if !found || r.State != inboxAbandoned {
			return ErrNotFound
		}
		gone := r.Decided.Add(keepIdentity)
		for part := range r.Parts {
			if err := tx.kv.Delete(expiryKey(escape(teamOf(id)), bodyKey(id, part), gone)); err != nil {
				return err
			}
		}
		if err := tx.kv.Delete(inboxDeadKey(id, r.Decided)); err != nil {
			return err
		}
		r.State, r.Reason, r.Decided, r.Attempts = inboxReceived, "", time.Time{}, 0
		if err := tx.kv.Put(r.waitKey(id), []byte(id)); err != nil {
			return err
		}
		return save(tx.kv, teamOf(id), inboxKey(id), &r, time.Time{})
	})
	if err != nil {
		return fmt.Errorf("retry delivery %s: %w", id, err)
	}
	return nil
}

// DropDelivery forgets the envelope of a delivery that waits or was given up;
// nobody answers it any more. Any other is ErrNotFound.
func (s *Store) DropDelivery(ctx context.Context, id string, at time.Time) error {
	err := s.update(ctx, func(tx *Tx) error {
		var r inboxRow
		found, err := load(tx.kv, inboxKey(id), &r)
		if err != nil {
			return err
		}
		if !found || r.State == inboxDone {
			return ErrNotFound
		}
		for part := range r.Parts {
			if err := tx.kv.Delete(bodyKey(id, part)); err != nil {
				return err
			}
		}
		if err := tx.kv.Delete(inboxDeadKey(id, r.Decided)); err != nil {
			return err
		}
		r.State, r.Parts, r.Reason = inboxDone, 0, "dropped"
		return tx.decide(id, &r, at)
	})
	if err != nil {
		return fmt.Errorf("drop delivery %s: %w", id, err)
	}
	return nil
}

// Posts lists the posts that wait, are under way or were given up, by id, at
// most limit.
func (s *Store) Posts(ctx context.Context, limit int) ([]Letter, error) {
	var list []Letter
	for row, err := range kv.All(ctx, s.db, kv.Range{Prefix: famOutbox + "/", Limit: limit}) {
		if err != nil {
			return nil, fmt.Errorf("list posts: %w", err)
		}
		if len(list) >= limit {
			break
		}
		var r postRow
		if err := decode(row.Key, row.Value, &r); err != nil {
			return nil, fmt.Errorf("list posts: %w", err)
		}
		l, found, err := s.FindPost(ctx, r.ID)
		if err != nil {
			return nil, err
		}
		if found {
			list = append(list, l)
		}
	}
	return list, nil
}

// FindPost returns a post by its id.
func (s *Store) FindPost(ctx context.Context, id string) (Letter, bool, error) {
	var r postRow
	found, err := load(s.reader(ctx), postKey(id), &r)
	if err != nil || !found {
		return Letter{}, false, wrap(err, "find post")
	}
	p, _, err := s.pending(ctx, id)
	if err != nil {
		return Letter{}, false, fmt.Errorf("find post: %w", err)
	}
	return Letter{Pending: p, State: r.State, Next: r.Next, Reason: r.Reason, Buried: r.Buried}, true, nil
}

// RetryPost puts a post that was given up at the end of its queue. One that was
// to go to a return address goes to the person, for the address was forgotten.
// A post that is not dead is ErrNotFound.
func (s *Store) RetryPost(ctx context.Context, id string, at time.Time) error {
	err := s.update(ctx, func(tx *Tx) error {
		var r postRow
		found, err := load(tx.kv, postKey(id), &r)
		if err != nil {
			return err
		}
		if !found || r.State != postDead {
			return ErrNotFound
		}
		if err := tx.kv.Delete(deadKey(id, r.Buried)); err != nil {
			return err
		}
		if err := tx.raiseFile(id, r.File, r.Buried.Add(keepDead)); err != nil {
			return err
		}
		to := fromTarget(r.To)
		if to.Kind == bot.TargetReturn {
			to = bot.Target{Kind: bot.TargetPerson, Person: to.Person}
		}
		r.State, r.To, r.Attempts, r.Ambiguous, r.Next, r.Buried = postWaiting, toTarget(to), 0, false, time.Time{}, time.Time{}
		if err := save(tx.kv, teamOf(id), postKey(id), &r, time.Time{}); err != nil {
			return err
		}
		var conv convRow
		if _, err := load(tx.kv, convKey(to), &conv); err != nil {
			return err
		}
		conv.Seq++
		conv.Queue = append(conv.Queue, queued{ID: id, Lane: r.Lane, At: at.UnixMilli()})
		return tx.saveConv(to, &conv, at)
	})
	return wrap(err, "retry post "+id)
}

// DropPost forgets a post that waits or was given up. One under way is
// ErrUnderWay.
func (s *Store) DropPost(ctx context.Context, id string, at time.Time) error {
	err := s.update(ctx, func(tx *Tx) error {
		var r postRow
		found, err := load(tx.kv, postKey(id), &r)
		if err != nil {
			return err
		}
		switch {
		case !found:
			return ErrNotFound
		case r.State == postSending:
			return ErrUnderWay
		}
		if err := tx.kv.Delete(postKey(id)); err != nil {
			return err
		}
		if err := tx.dropFile(id, r.File); err != nil {
			return err
		}
		if r.State == postDead {
			return tx.kv.Delete(deadKey(id, r.Buried))
		}
		t := fromTarget(r.To)
		if r.Object != "" {
			if err := tx.unpend(id, t, r.Object, at); err != nil {
				return err
			}
		}
		var conv convRow
		if _, err := load(tx.kv, convKey(t), &conv); err != nil {
			return err
		}
		return tx.leave(id, t, &conv, at)
	})
	return wrap(err, "drop post "+id)
}

func wrap(err error, doing string) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", doing, err)
}
