package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"time"

	"partnerdesk/bot"
	"partnerdesk/data/kv"
)

// How posts keep their order. Every conversation has one row with its queue. Of
// each queue that has something to send and nothing under way there is exactly
// one entry in the head index, under the most urgent lane that waits in it; a
// worker reads that index and nothing else. An entry is "ready", ordered by age
// whatever the clock says, or, after a failed try, "wait" until a time.

// maxQueue bounds the queue of one conversation, in bytes of its row: about
// five hundred posts. queuedSize is what an entry takes beside its id.
const (
	maxQueue   = 40 << 10
	queuedSize = 48
)

// The two halves of a lane in the head index.
const (
	headReady = "r"
	headWait  = "w"
)

// The states of a post.
const (
	postWaiting = "waiting"
	postSending = "sending"
	postDead    = "dead"
)

// postRow is a message on its way out.
type postRow struct {
	header
	ID        string        `json:"id"`
	State     string        `json:"state"`
	To        target        `json:"to"`
	Reply     reply         `json:"reply"`
	Lane      bot.Lane      `json:"lane"`
	Object    string        `json:"object,omitempty"`
	Created   time.Time     `json:"created,omitzero"`
	Attempts  int           `json:"attempts,omitempty"`
	Ambiguous bool          `json:"ambiguous,omitempty"`
	Tried     time.Time     `json:"tried,omitzero"`
	Next      time.Time     `json:"next,omitzero"` // not before; zero means at once
	Reason    string        `json:"reason,omitempty"`
	Buried    time.Time     `json:"buried,omitzero"`
	File      *fileRow      `json:"file,omitempty"`     // it is this file, with the reply's words beside it
	Attached  []attachedRow `json:"attached,omitempty"` // the files within a mail
}

// convRow is the queue of a conversation.
type convRow struct {
	header
	Seq   uint64    `json:"seq"`
	Queue []queued  `json:"queue,omitempty"`
	Busy  bool      `json:"busy,omitempty"` // the first of the queue is under way
	Next  time.Time `json:"next,omitzero"`  // the first of the queue is not tried before; zero means at once
	Head  string    `json:"head,omitempty"` // the key of the entry in the head index
}

type queued struct {
	ID   string   `json:"id"`
	Lane bot.Lane `json:"lane,omitempty"`
	At   int64    `json:"at"` // when it was made, ms since 1970
}

func (c *convRow) full() bool {
	size := 0
	for _, q := range c.Queue {
		size += len(q.ID) + queuedSize
	}
	return size >= maxQueue
}

// cardRow is where an object is shown in a conversation.
type cardRow struct {
	header
	Channel string `json:"channel,omitempty"`
	Message string `json:"message,omitempty"`
	Pending string `json:"pending,omitempty"` // the post that can still take an edit
}

func postKey(id string) string { return key(famOutbox, teamOf(id), id) }
func wayKey(id string) string  { return key(famWay, teamOf(id), id) }

func teamOfTarget(t bot.Target) string {
	if t.Place.Team != "" {
		return t.Place.Team
	}
	return t.Person.Team
}

func convKey(t bot.Target) string { return key(famConv, teamOfTarget(t), t.Conversation()) }

func cardKey(t bot.Target, object string) string {
	return key(famCard, teamOfTarget(t), object, t.Conversation())
}

func deadKey(id string, at time.Time) string { return key(famDead, teamOf(id), timePart(at), id) }

// newID makes an id that no other post has: its conversation, when it was made,
// and its number there, which survives an empty queue for longer than a message
// is looked for.
func newID(t bot.Target, created time.Time, seq uint64) string {
	sum := sha256.Sum256([]byte(t.Conversation()))
	return teamOfTarget(t) + "." + hex.EncodeToString(sum[:6]) + "." +
		strconv.FormatInt(created.UnixMilli(), 36) + "." + strconv.FormatUint(seq, 36)
}

// Post implements bot.Tx. An edit of a card that has not left yet takes the
// place of what waits. A post with an id that waits already changes nothing.
// Files become posts of their own, behind the words, except those of a mail.
func (tx *Tx) Post(p bot.Post) error {
	if err := p.Reply.CheckFiles(); err != nil {
		return err
	}
	if p.To.Kind == bot.TargetMail {
		return tx.post(p, nil)
	}
	if len(p.Reply.Blocks) > 0 || len(p.Reply.Files) == 0 {
		if err := tx.post(p, nil); err != nil {
			return err
		}
	}
	return tx.postFiles(p)
}

func (tx *Tx) post(p bot.Post, file *bot.File) error {
	if p.ID != "" {
		if team := teamOfTarget(p.To); teamOf(p.ID) != team {
			p.ID = team + "." + p.ID
		}
		if found, err := load(tx.kv, postKey(p.ID), &postRow{}); err != nil || found {
			return err
		}
	}
	var card cardRow
	if p.Object != "" {
		if _, err := load(tx.kv, cardKey(p.To, p.Object), &card); err != nil {
			return err
		}
		if folded, err := tx.fold(card.Pending, p); err != nil || folded {
			return err
		}
	}
	var conv convRow
	if _, err := load(tx.kv, convKey(p.To), &conv); err != nil {
		return err
	}
	if conv.full() {
		return fmt.Errorf("post to %s: %w", p.To.Conversation(), ErrBacklog)
	}
	conv.Seq++
	if p.ID == "" {
		p.ID = newID(p.To, p.Created, conv.Seq)
	}
	if p.Object != "" {
		card.Pending = p.ID
		if err := save(tx.kv, teamOfTarget(p.To), cardKey(p.To, p.Object), &card, p.Created.Add(keepCard)); err != nil {
			return err
		}
	}
	r := postRow{ID: p.ID, State: postWaiting, To: toTarget(p.To), Reply: toReply(p.Reply), Lane: p.Lane,
		Object: p.Object, Created: p.Created.UTC()}
	if p.To.Kind == bot.TargetMail {
		var err error
		if r.Attached, err = attach(p.Reply.Files); err != nil {
			return err
		}
	}
	if file != nil {
		var err error
		if r.File, err = tx.putFile(p.ID, *file, p.Created); err != nil {
			return err
		}
	}
	if err := save(tx.kv, teamOf(p.ID), postKey(p.ID), &r, time.Time{}); err != nil {
		return err
	}
	conv.Queue = append(conv.Queue, queued{ID: p.ID, Lane: p.Lane, At: p.Created.UnixMilli()})
	return tx.saveConv(p.To, &conv, p.Created)
}

// fold puts the words of p into the post that waits for the same card, unless
// that one may have left. It keeps the earlier one's place and id.
func (tx *Tx) fold(pending string, p bot.Post) (bool, error) {
	if pending == "" {
		return false, nil
	}
	var r postRow
	found, err := load(tx.kv, postKey(pending), &r)
	if err != nil || !found || r.State != postWaiting || r.Ambiguous {
		return false, err
	}
	r.Reply = toReply(p.Reply)
	if r.To.Kind == bot.TargetMail {
		if r.Attached, err = attach(p.Reply.Files); err != nil {
			return false, err
		}
	}
	return true, save(tx.kv, teamOf(pending), postKey(pending), &r, time.Time{})
}

// unpend makes a card take no more edits in this post.
func (tx *Tx) unpend(id string, t bot.Target, object string, now time.Time) error {
	var card cardRow
	k := cardKey(t, object)
	if _, err := load(tx.kv, k, &card); err != nil || card.Pending != id {
		return err
	}
	card.Pending = ""
	return save(tx.kv, teamOfTarget(t), k, &card, now.Add(keepCard))
}

// saveConv writes a queue and keeps its entry in the head index.
func (tx *Tx) saveConv(t bot.Target, conv *convRow, now time.Time) error {
	head := ""
	if len(conv.Queue) > 0 && !conv.Busy {
		first := conv.Queue[0]
		half, at := headReady, time.UnixMilli(first.At)
		if !conv.Next.IsZero() {
			half, at = headWait, conv.Next
		}
		lane := slices.MinFunc(conv.Queue, func(a, b queued) int { return int(a.Lane) - int(b.Lane) }).Lane
		head = key(famHead, teamOfTarget(t), laneOf(lane), half, timePart(at), t.Conversation())
	}
	if conv.Head != "" && conv.Head != head {
		if err := tx.kv.Delete(conv.Head); err != nil {
			return err
		}
	}
	if head != "" {
		if err := tx.kv.Put(head, []byte(conv.Queue[0].ID)); err != nil {
			return err
		}
	}
	conv.Head = head
	conv.Hold = len(conv.Queue) > 0
	return save(tx.kv, teamOfTarget(t), convKey(t), conv, now.Add(keepConv))
}

func laneOf(l bot.Lane) string { return strconv.Itoa(min(max(int(l), 0), 9)) }

// queueOf loads a post and its conversation. A post that is gone or dead is
// ErrNotFound.
func (tx *Tx) queueOf(id string) (r postRow, t bot.Target, conv convRow, err error) {
	found, err := load(tx.kv, postKey(id), &r)
	if err == nil && (!found || r.State == postDead) {
		err = ErrNotFound
	}
	if err != nil {
		return r, t, conv, err
	}
	t = fromTarget(r.To)
	_, err = load(tx.kv, convKey(t), &conv)
	return r, t, conv, err
}

// leave takes a post out of its queue and lets the next one come forward.
func (tx *Tx) leave(id string, t bot.Target, conv *convRow, now time.Time) error {
	i := slices.IndexFunc(conv.Queue, func(q queued) bool { return q.ID == id })
	if i >= 0 {
		conv.Queue = slices.Delete(conv.Queue, i, i+1)
	}
	if i == 0 {
		conv.Busy, conv.Next = false, time.Time{}
	}
	if err := tx.kv.Delete(wayKey(id)); err != nil {
		return err
	}
	return tx.saveConv(t, conv, now)
}

// Recover puts posts that were under way back in their queues, as ambiguous:
// nobody who is still there knows whether they arrived. [Open] calls it; so does
// a replica that takes over.
func (s *Store) Recover(ctx context.Context) error {
	for row, err := range kv.All(ctx, s.db, kv.Range{Prefix: famWay + "/"}) {
		if err != nil {
			return fmt.Errorf("recover posts under way: %w", err)
		}
		id := string(row.Value)
		err = s.update(ctx, func(tx *Tx) error {
			r, t, conv, err := tx.queueOf(id)
			if err != nil || r.State != postSending {
				return tx.kv.Delete(row.Key)
			}
			return tx.putBack(id, &r, t, &conv, r.Tried, time.Time{}, "interrupted", true)
		})
		if err != nil {
			return fmt.Errorf("recover posts under way: %w", err)
		}
	}
	return nil
}
