package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"partnerdesk/bot"
	"partnerdesk/data/kv"
)

// ErrBroken: an audit stream is not what was written.
var ErrBroken = errors.New("audit stream is broken")

// auditRow is an entry. Hash covers the hash of the entry before and the bytes
// of Body, so they are kept exactly as they were hashed. Body holds a salted
// hash in place of the person: who it was stands in a row of its own, which can
// go without breaking the chain.
type auditRow struct {
	header
	Prev string `json:"prev,omitempty"`
	Hash string `json:"hash"`
	Body string `json:"body"` // auditBody as JSON
}

type auditBody struct {
	Number  uint64          `json:"number"`
	Actor   string          `json:"actor,omitempty"` // hash of salt and person
	Account string          `json:"account,omitempty"`
	Action  string          `json:"action"`
	Object  string          `json:"object,omitempty"`
	Outcome string          `json:"outcome"`
	At      time.Time       `json:"at"`
	Facts   json.RawMessage `json:"facts,omitempty"`
}

type auditHead struct {
	header
	Stream string `json:"stream"`
	Number uint64 `json:"number"`
	Hash   string `json:"hash"`
}

type auditActor struct {
	header
	Salt   string `json:"salt"`
	Person person `json:"person"`
}

// Audit implements bot.Tx.
func (tx *Tx) Audit(e bot.Entry) error {
	team := e.Person.Team
	var head auditHead
	headKey := key(famAuditHead, team, e.Stream)
	if _, err := load(tx.kv, headKey, &head); err != nil {
		return err
	}
	head.Stream = e.Stream
	head.Number++
	body := auditBody{Number: head.Number, Account: e.Account.String(), Action: e.Action, Object: e.Object,
		Outcome: e.Outcome, At: e.At.UTC(), Facts: factsOf(e.Facts)}
	if e.Person.User != "" {
		salt := sha256.Sum256(fmt.Appendf(nil, "%x/%s/%d", tx.salt, e.Stream, head.Number))
		actor := auditActor{Salt: hex.EncodeToString(salt[:16]), Person: person(e.Person)}
		body.Actor = actorHash(actor)
		if err := save(tx.kv, team, key(famAuditActor, team, e.Stream, numberPart(head.Number)), &actor, time.Time{}); err != nil {
			return err
		}
	}
	text, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("audit entry: %w", err)
	}
	r := auditRow{Prev: head.Hash, Body: string(text)}
	r.Hash = r.sum(e.Stream)
	head.Hash = r.Hash
	if err := save(tx.kv, team, key(famAudit, team, e.Stream, numberPart(head.Number)), &r, time.Time{}); err != nil {
		return err
	}
	return save(tx.kv, team, headKey, &head, time.Time{})
}

// sum is the hash of the entry in its stream.
func (r *auditRow) sum(stream string) string {
	sum := sha256.New()
	for _, part := range []string{stream, r.Prev, r.Body} {
		fmt.Fprintf(sum, "%d:%s,", len(part), part)
	}
	return hex.EncodeToString(sum.Sum(nil))
}

func actorHash(a auditActor) string {
	sum := sha256.Sum256([]byte(a.Salt + "|" + a.Person.Team + "|" + a.Person.User))
	return hex.EncodeToString(sum[:])
}

func factsOf(facts map[string]string) json.RawMessage {
	if len(facts) == 0 {
		return nil
	}
	text, _ := json.Marshal(facts) // strings always can; keys come out in order
	return text
}

// Streams lists the audit streams of a team.
func (s *Store) Streams(ctx context.Context, team string) ([]string, error) {
	var streams []string
	for row, err := range kv.All(ctx, s.db, kv.Range{Prefix: prefix(famAuditHead, team)}) {
		if err != nil {
			return nil, fmt.Errorf("list audit streams: %w", err)
		}
		var head auditHead
		if err := decode(row.Key, row.Value, &head); err != nil {
			return nil, fmt.Errorf("list audit streams: %w", err)
		}
		streams = append(streams, head.Stream)
	}
	return streams, nil
}

// Audited reads a stream from its first entry and checks the chain on the way.
// An entry whose person was erased has an empty Person. A stream that was
// changed, cut or reordered is ErrBroken, with what could be read before.
func (s *Store) Audited(ctx context.Context, team, stream string) ([]bot.Entry, error) {
	var entries []bot.Entry
	var head auditHead
	if _, err := load(s.reader(ctx), key(famAuditHead, team, stream), &head); err != nil {
		return nil, fmt.Errorf("audit of %s: %w", stream, err)
	}
	prev := ""
	for row, err := range kv.All(ctx, s.db, kv.Range{Prefix: prefix(famAudit, team, stream)}) {
		if err != nil {
			return entries, fmt.Errorf("audit of %s: %w", stream, err)
		}
		var r auditRow
		if err := decode(row.Key, row.Value, &r); err != nil {
			return entries, fmt.Errorf("audit of %s: %w: %w", stream, ErrBroken, err)
		}
		e, err := s.entry(ctx, team, stream, &r, prev, uint64(len(entries)+1))
		if err != nil {
			return entries, fmt.Errorf("audit of %s, entry %d: %w", stream, len(entries)+1, err)
		}
		prev = r.Hash
		entries = append(entries, e)
	}
	if uint64(len(entries)) < head.Number || uint64(len(entries)) == head.Number && prev != head.Hash {
		return entries, fmt.Errorf("audit of %s: %w: %d of %d entries", stream, ErrBroken, len(entries), head.Number)
	}
	return entries, nil
}

func (s *Store) entry(ctx context.Context, team, stream string, r *auditRow, prev string, number uint64) (bot.Entry, error) {
	if r.Prev != prev || r.Hash != r.sum(stream) {
		return bot.Entry{}, fmt.Errorf("%w: hash differs", ErrBroken)
	}
	var body auditBody
	if err := json.Unmarshal([]byte(r.Body), &body); err != nil {
		return bot.Entry{}, fmt.Errorf("%w: %w", ErrBroken, err)
	}
	if body.Number != number {
		return bot.Entry{}, fmt.Errorf("%w: number %d", ErrBroken, body.Number)
	}
	e := bot.Entry{Stream: stream, Action: body.Action, Object: body.Object, Outcome: body.Outcome, At: body.At}
	e.Account, _ = bot.ParseAccount(body.Account)
	if len(body.Facts) > 0 {
		if err := json.Unmarshal(body.Facts, &e.Facts); err != nil {
			return bot.Entry{}, fmt.Errorf("%w: %w", ErrBroken, err)
		}
	}
	var actor auditActor
	found, err := load(s.reader(ctx), key(famAuditActor, team, stream, numberPart(number)), &actor)
	if err != nil {
		return bot.Entry{}, err
	}
	if found && actorHash(actor) != body.Actor {
		return bot.Entry{}, fmt.Errorf("%w: person differs", ErrBroken)
	}
	e.Person = bot.PersonID(actor.Person)
	return e, nil
}
