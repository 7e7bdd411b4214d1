package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"partnerdesk/bot"
	"partnerdesk/data/kv"
)

// The states of a delivery.
const (
	inboxReceived  = "received"
	inboxDone      = "done"
	inboxAbandoned = "abandoned"
)

// bodyPart is how many bytes of an envelope stand in one row; maxBody is the
// largest envelope taken: what leaves room for the other rows of a transaction.
const (
	bodyPart = 96 << 10
	maxBody  = 9 * bodyPart
)

// inboxRow is a delivery without its body. It outlives the body, so that a
// repetition is recognised.
type inboxRow struct {
	header
	State        string    `json:"state"`
	Team         string    `json:"team,omitempty"`
	Conversation string    `json:"conversation,omitempty"`
	Door         string    `json:"door,omitempty"`
	Kind         string    `json:"kind,omitempty"`
	At           time.Time `json:"at,omitzero"`
	Received     time.Time `json:"received,omitzero"`
	Parts        int       `json:"parts,omitempty"`
	Attempts     int       `json:"attempts,omitempty"`
	Decided      time.Time `json:"decided,omitzero"`
	Reason       string    `json:"reason,omitempty"`
}

func inboxKey(id string) string { return key(famInbox, teamOf(id), id) }

func bodyKey(id string, part int) string {
	return key(famInboxBody, teamOf(id), id, fmt.Sprintf("%02d", part))
}

func inboxDeadKey(id string, at time.Time) string {
	return key(famInboxDead, teamOf(id), timePart(at), id)
}

// waitKey orders deliveries by when the person did something, not by when we
// heard of it.
func (r *inboxRow) waitKey(id string) string {
	at := r.At
	if at.IsZero() {
		at = r.Received
	}
	return key(famInboxWait, teamOf(id), timePart(at), id)
}

// Accept implements bot.Inbox.
func (s *Store) Accept(ctx context.Context, e bot.Envelope) (bot.Acceptance, error) {
	if len(e.Body) > maxBody {
		return 0, fmt.Errorf("accept: %w: %d bytes, at most %d", ErrTooLarge, len(e.Body), maxBody)
	}
	var got bot.Acceptance
	err := s.update(ctx, func(tx *Tx) error {
		got = bot.Accepted
		var r inboxRow
		k := inboxKey(e.Key)
		found, err := load(tx.kv, k, &r)
		if err != nil {
			return err
		}
		if found {
			got = bot.Answered
			if r.State == inboxReceived {
				got = bot.Unfinished
			}
			return nil
		}
		r = inboxRow{State: inboxReceived, Team: e.Team, Conversation: e.Conversation, Door: e.Door,
			Kind: e.Kind, At: e.At.UTC(), Received: e.Received.UTC()}
		for body := e.Body; len(body) > 0; r.Parts++ {
			n := min(len(body), bodyPart)
			if err := tx.kv.Put(bodyKey(e.Key, r.Parts), body[:n]); err != nil {
				return err
			}
			body = body[n:]
		}
		if err := tx.kv.Put(r.waitKey(e.Key), []byte(e.Key)); err != nil {
			return err
		}
		return save(tx.kv, teamOf(e.Key), k, &r, time.Time{})
	})
	if err != nil {
		return 0, fmt.Errorf("accept: %w", err)
	}
	return got, nil
}

// Waiting implements bot.Inbox. Deliveries are ordered by the time of the event.
func (s *Store) Waiting(ctx context.Context, limit int) ([]bot.Envelope, error) {
	teams, err := s.teams(ctx, famInboxWait)
	if err != nil {
		return nil, fmt.Errorf("waiting deliveries: %w", err)
	}
	var all []bot.Envelope
	for _, team := range teams {
		n := 0
		for row, err := range kv.All(ctx, s.db, kv.Range{Prefix: famInboxWait + "/" + team + "/", Limit: limit}) {
			if err != nil {
				return nil, fmt.Errorf("waiting deliveries: %w", err)
			}
			if n++; n > limit {
				break
			}
			e, found, err := s.envelope(ctx, string(row.Value))
			if err != nil {
				return nil, fmt.Errorf("waiting deliveries: %w", err)
			}
			if found {
				all = append(all, e)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b bot.Envelope) int { return eventTime(a).Compare(eventTime(b)) })
	return all[:min(len(all), limit)], nil
}

func eventTime(e bot.Envelope) time.Time {
	if e.At.IsZero() {
		return e.Received
	}
	return e.At
}

// envelope reads a delivery whole; found is false when it was decided meanwhile.
func (s *Store) envelope(ctx context.Context, id string) (e bot.Envelope, found bool, err error) {
	var r inboxRow
	if found, err := load(s.reader(ctx), inboxKey(id), &r); err != nil || !found || r.State != inboxReceived {
		return e, false, err
	}
	e = bot.Envelope{Key: id, Team: r.Team, Conversation: r.Conversation, Door: r.Door, Kind: r.Kind,
		At: r.At, Received: r.Received}
	for part := range r.Parts {
		body, ok, err := s.db.Get(ctx, bodyKey(id, part))
		if err != nil || !ok {
			return e, false, err
		}
		e.Body = append(e.Body, body...)
	}
	return e, true, nil
}

// Tried implements bot.Inbox. An unknown or decided delivery is ErrNotFound.
func (s *Store) Tried(ctx context.Context, id string) (int, error) {
	attempts := 0
	err := s.update(ctx, func(tx *Tx) error {
		var r inboxRow
		found, err := load(tx.kv, inboxKey(id), &r)
		if err != nil {
			return err
		}
		if !found || r.State != inboxReceived {
			return ErrNotFound
		}
		r.Attempts++
		attempts = r.Attempts
		return save(tx.kv, teamOf(id), inboxKey(id), &r, time.Time{})
	})
	if err != nil {
		return 0, fmt.Errorf("count attempt: %w", err)
	}
	return attempts, nil
}

// Abandon implements bot.Inbox. The envelope stays as long as its identity, for
// an admin who wants to try it again. A delivery decided already stays as it is.
func (s *Store) Abandon(ctx context.Context, id, reason string, at time.Time) error {
	err := s.update(ctx, func(tx *Tx) error {
		var r inboxRow
		found, err := load(tx.kv, inboxKey(id), &r)
		if err != nil {
			return err
		}
		if !found {
			return ErrNotFound
		}
		if r.State != inboxReceived {
			return nil
		}
		for part := range r.Parts {
			if err := expireAt(tx.kv, teamOf(id), bodyKey(id, part), at.Add(keepIdentity)); err != nil {
				return err
			}
		}
		dead := inboxDeadKey(id, at)
		if err := tx.kv.Put(dead, []byte(id)); err != nil {
			return err
		}
		if err := expireAt(tx.kv, teamOf(id), dead, at.Add(keepIdentity)); err != nil {
			return err
		}
		r.State, r.Reason = inboxAbandoned, reason
		return tx.decide(id, &r, at)
	})
	if err != nil {
		return fmt.Errorf("abandon delivery: %w", err)
	}
	return nil
}

// Done implements bot.Tx: the envelope goes, the identity stays for 7 days. A
// delivery that is decided already is ErrAnswered, so that two workers who took
// the same one do not both act on it.
func (tx *Tx) Done(id string, at time.Time) error {
	if id == "" {
		return nil
	}
	var r inboxRow
	found, err := load(tx.kv, inboxKey(id), &r)
	if err != nil || !found {
		return err
	}
	if r.State != inboxReceived {
		return ErrAnswered
	}
	for part := range r.Parts {
		if err := tx.kv.Delete(bodyKey(id, part)); err != nil {
			return err
		}
	}
	r.State, r.Parts = inboxDone, 0
	return tx.decide(id, &r, at)
}

func (tx *Tx) decide(id string, r *inboxRow, at time.Time) error {
	if err := tx.kv.Delete(r.waitKey(id)); err != nil {
		return err
	}
	r.Decided = at.UTC()
	return save(tx.kv, teamOf(id), inboxKey(id), r, at.Add(keepIdentity))
}
