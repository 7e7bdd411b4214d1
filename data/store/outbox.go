package store

import (
	"context"
	"fmt"
	"time"

	"partnerdesk/bot"
	"partnerdesk/data/kv"
)

// lanes is how many lanes the head index can hold.
const lanes = 10

// Due implements bot.Outbox.
func (s *Store) Due(ctx context.Context, now time.Time, limit int) ([]bot.Pending, error) {
	teams, err := s.teams(ctx, famHead)
	if err != nil {
		return nil, fmt.Errorf("due posts: %w", err)
	}
	var due []bot.Pending
	for lane := range lanes {
		for _, team := range teams {
			prefix := famHead + "/" + team + "/" + laneOf(bot.Lane(lane)) + "/"
			for _, r := range []kv.Range{
				{Prefix: prefix + headReady + "/"},
				{Prefix: prefix + headWait + "/", Until: prefix + headWait + "/" + timePart(now.Add(time.Nanosecond))},
				{Prefix: prefix + headWait + "/", After: prefix + headWait + "/" + timePart(now.Add(bot.LongestWait+time.Second))}, // put back by a clock that was ahead
			} {
				if len(due) >= limit {
					return due, nil
				}
				r.Limit = limit
				if due, err = s.appendDue(ctx, due, r, limit); err != nil {
					return nil, fmt.Errorf("due posts: %w", err)
				}
			}
		}
	}
	return due, nil
}

func (s *Store) appendDue(ctx context.Context, due []bot.Pending, r kv.Range, limit int) ([]bot.Pending, error) {
	for row, err := range kv.All(ctx, s.db, r) {
		if err != nil {
			return due, err
		}
		if len(due) >= limit {
			break
		}
		p, state, err := s.pending(ctx, string(row.Value))
		if err != nil {
			return due, err
		}
		if state == postWaiting {
			due = append(due, p)
		}
	}
	return due, nil
}

// pending reads a post with the place of its card; the state of one that is gone
// is empty.
func (s *Store) pending(ctx context.Context, id string) (p bot.Pending, state string, err error) {
	var r postRow
	if found, err := load(s.reader(ctx), postKey(id), &r); err != nil || !found {
		return p, "", err
	}
	p = bot.Pending{
		Post: bot.Post{ID: id, To: fromTarget(r.To), Reply: fromReply(r.Reply), Lane: r.Lane,
			Object: r.Object, Created: r.Created},
		Attempts: r.Attempts, Ambiguous: r.Ambiguous, Tried: r.Tried,
	}
	p.File, p.Upload = r.File.words()
	for _, f := range r.Attached {
		p.Reply.Files = append(p.Reply.Files, bot.File{Name: f.Name, Kind: f.Kind, Data: f.Data, Size: len(f.Data)})
	}
	if r.Object != "" {
		var card cardRow
		if _, err := load(s.reader(ctx), cardKey(p.To, r.Object), &card); err != nil {
			return p, "", err
		}
		p.Card = bot.Receipt{Channel: card.Channel, Message: card.Message}
	}
	return p, r.State, nil
}

// Started implements bot.Outbox. A post that is not waiting is ErrNotFound.
func (s *Store) Started(ctx context.Context, id string, at time.Time) error {
	return s.decide(ctx, "start post", id, func(tx *Tx, r *postRow, t bot.Target, conv *convRow) error {
		if r.State != postWaiting || len(conv.Queue) == 0 || conv.Queue[0].ID != id {
			return ErrNotFound
		}
		r.State, r.Tried = postSending, at.UTC()
		r.Attempts++
		conv.Busy = true
		if err := tx.kv.Put(wayKey(id), []byte(id)); err != nil {
			return err
		}
		if err := save(tx.kv, teamOf(id), postKey(id), r, time.Time{}); err != nil {
			return err
		}
		return tx.saveConv(t, conv, at)
	})
}

// Read implements bot.Outbox. A post that is gone is ErrNotFound.
func (s *Store) Read(ctx context.Context, id string) (bot.Pending, error) {
	p, state, err := s.pending(ctx, id)
	if err == nil && state == "" {
		err = ErrNotFound
	}
	if err != nil {
		return p, fmt.Errorf("read post: %w", err)
	}
	return p, nil
}

// Sent implements bot.Outbox.
func (s *Store) Sent(ctx context.Context, id string, receipt bot.Receipt, at time.Time) error {
	return s.decide(ctx, "record sent post", id, func(tx *Tx, r *postRow, t bot.Target, conv *convRow) error {
		if r.Object != "" {
			var card cardRow
			k := cardKey(t, r.Object)
			if _, err := load(tx.kv, k, &card); err != nil {
				return err
			}
			if receipt.Message != "" {
				card.Channel, card.Message = receipt.Channel, receipt.Message
			}
			if card.Pending == id {
				card.Pending = ""
			}
			if err := save(tx.kv, teamOfTarget(t), k, &card, at.Add(keepCard)); err != nil {
				return err
			}
		}
		if err := tx.kv.Delete(postKey(id)); err != nil {
			return err
		}
		if err := tx.dropFile(id, r.File); err != nil {
			return err
		}
		return tx.leave(id, t, conv, at)
	})
}

// Retry implements bot.Outbox.
func (s *Store) Retry(ctx context.Context, id string, next time.Time, reason string, ambiguous bool) error {
	return s.decide(ctx, "put post back", id, func(tx *Tx, r *postRow, t bot.Target, conv *convRow) error {
		return tx.putBack(id, r, t, conv, next, next, reason, ambiguous)
	})
}

// putBack makes a post wait again; a zero next means that it is due at once.
func (tx *Tx) putBack(id string, r *postRow, t bot.Target, conv *convRow, now, next time.Time, reason string, ambiguous bool) error {
	r.State, r.Next, r.Reason, r.Ambiguous = postWaiting, next.UTC(), reason, ambiguous
	if len(conv.Queue) > 0 && conv.Queue[0].ID == id {
		conv.Busy, conv.Next = false, r.Next
	}
	if err := tx.kv.Delete(wayKey(id)); err != nil {
		return err
	}
	if err := save(tx.kv, teamOf(id), postKey(id), r, time.Time{}); err != nil {
		return err
	}
	return tx.saveConv(t, conv, now)
}

// Redirect implements bot.Outbox. The post goes to the end of the queue of where
// it goes now, to be tried at once.
func (s *Store) Redirect(ctx context.Context, id string, to bot.Target) error {
	return s.decide(ctx, "redirect post", id, func(tx *Tx, r *postRow, t bot.Target, conv *convRow) error {
		now := r.Created
		if r.Tried.After(now) {
			now = r.Tried
		}
		if r.Object != "" {
			if err := tx.moveCard(id, t, to, r.Object, now); err != nil {
				return err
			}
		}
		r.State, r.Next, r.Ambiguous, r.To = postWaiting, time.Time{}, false, toTarget(to)
		if err := save(tx.kv, teamOf(id), postKey(id), r, time.Time{}); err != nil {
			return err
		}
		if convKey(t) == convKey(to) { // only the way there changes
			if len(conv.Queue) > 0 && conv.Queue[0].ID == id {
				conv.Busy, conv.Next = false, time.Time{}
			}
			if err := tx.kv.Delete(wayKey(id)); err != nil {
				return err
			}
			return tx.saveConv(to, conv, now)
		}
		if err := tx.leave(id, t, conv, now); err != nil {
			return err
		}
		var there convRow
		if _, err := load(tx.kv, convKey(to), &there); err != nil {
			return err
		}
		there.Seq++
		there.Queue = append(there.Queue, queued{ID: id, Lane: r.Lane, At: r.Created.UnixMilli()})
		return tx.saveConv(to, &there, now)
	})
}

func (tx *Tx) moveCard(id string, from, to bot.Target, object string, now time.Time) error {
	if cardKey(from, object) == cardKey(to, object) {
		return nil
	}
	if err := tx.unpend(id, from, object, now); err != nil {
		return err
	}
	var moved cardRow
	if _, err := load(tx.kv, cardKey(to, object), &moved); err != nil {
		return err
	}
	moved.Pending = id
	return save(tx.kv, teamOfTarget(to), cardKey(to, object), &moved, now.Add(keepCard))
}

// Bury implements bot.Outbox. The post stays for 30 days, without its return
// address, for an admin.
func (s *Store) Bury(ctx context.Context, id, reason string, at time.Time) error {
	return s.decide(ctx, "bury post", id, func(tx *Tx, r *postRow, t bot.Target, conv *convRow) error {
		if r.Object != "" {
			if err := tx.unpend(id, t, r.Object, at); err != nil {
				return err
			}
		}
		r.State, r.Reason, r.Buried, r.To.Return = postDead, reason, at.UTC(), ""
		if err := tx.buryFile(id, r.File, at.Add(keepDead)); err != nil {
			return err
		}
		if err := save(tx.kv, teamOf(id), postKey(id), r, at.Add(keepDead)); err != nil {
			return err
		}
		dead := deadKey(id, at)
		if err := tx.kv.Put(dead, []byte(id)); err != nil {
			return err
		}
		if err := expireAt(tx.kv, teamOf(id), dead, at.Add(keepDead)); err != nil {
			return err
		}
		return tx.leave(id, t, conv, at)
	})
}

// decide runs a change of one post in a transaction of its own.
func (s *Store) decide(ctx context.Context, doing, id string, fn func(tx *Tx, r *postRow, t bot.Target, conv *convRow) error) error {
	err := s.update(ctx, func(tx *Tx) error {
		r, t, conv, err := tx.queueOf(id)
		if err != nil {
			return err
		}
		return fn(tx, &r, t, &conv)
	})
	if err != nil {
		return fmt.Errorf("%s %s: %w", doing, id, err)
	}
	return nil
}

// Depth implements bot.Outbox. Posts under way are counted.
func (s *Store) Depth(ctx context.Context) (int, error) {
	depth := 0
	for _, family := range []string{famHead, famWay} {
		for row, err := range kv.All(ctx, s.db, kv.Range{Prefix: family + "/", Limit: kv.MaxPage}) {
			if err != nil {
				return 0, fmt.Errorf("depth of the outbox: %w", err)
			}
			var r postRow
			found, err := load(s.reader(ctx), postKey(string(row.Value)), &r)
			if err != nil {
				return 0, fmt.Errorf("depth of the outbox: %w", err)
			}
			if !found {
				continue
			}
			var conv convRow
			if _, err := load(s.reader(ctx), convKey(fromTarget(r.To)), &conv); err != nil {
				return 0, fmt.Errorf("depth of the outbox: %w", err)
			}
			depth += len(conv.Queue)
		}
	}
	return depth, nil
}
