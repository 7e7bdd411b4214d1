package store

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"partnerdesk/bot"
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
	team := cmp.Or(e.Team, e.Person.Team)
	stream, err := tx.nameless(e.Stream, e.Person)
	if err != nil {
		return err
	}
	var head auditHead
	headKey := key(famAuditHead, team, stream)
	if _, err := load(tx.kv, headKey, &head); err != nil {
		return err
	}
	head.Stream = stream
	head.Number++
	body := auditBody{Number: head.Number, Account: e.Account.String(), Action: e.Action, Object: e.Object,
		Outcome: e.Outcome, At: e.At.UTC(), Facts: factsOf(e.Facts)}
	if e.Person.User != "" {
		salt := sha256.Sum256(fmt.Appendf(nil, "%x/%s/%d", tx.salt, stream, head.Number))
		actor := auditActor{Salt: hex.EncodeToString(salt[:16]), Person: person(e.Person)}
		body.Actor = actorHash(actor)
		if err := save(tx.kv, team, key(famAuditActor, team, stream, numberPart(head.Number)), &actor, time.Time{}); err != nil {
			return err
		}
	}
	text, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("audit entry: %w", err)
	}
	r := auditRow{Prev: head.Hash, Body: string(text)}
	r.Hash = r.sum(stream)
	head.Hash = r.Hash
	if err := save(tx.kv, team, key(famAudit, team, stream, numberPart(head.Number)), &r, time.Time{}); err != nil {
		return err
	}
	if err := tx.kv.Put(key(famAuditOpen, team, stream), []byte(headKey)); err != nil {
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
	for head, err := range rowsOf[auditHead](ctx, s, prefix(famAuditHead, team)) {
		if err != nil {
			return nil, fmt.Errorf("list audit streams: %w", err)
		}
		streams = append(streams, head.Stream)
	}
	return streams, nil
}

// Audited reads a stream from its first entry and checks the chain on the way.
// The stream may be named as it is kept, or with the person in it. An entry
// whose person was erased has an empty Person. A stream that was changed, cut
// or reordered is ErrBroken, with what could be read before.
func (s *Store) Audited(ctx context.Context, team, stream string) ([]bot.Entry, error) {
	kept, err := s.keptStream(ctx, team, stream)
	if err != nil {
		return nil, fmt.Errorf("audit of %s: %w", stream, err)
	}
	var entries []bot.Entry
	path := strings.TrimPrefix(key(famAuditHead, team, kept), famAuditHead+"/")
	_, err = s.walk(ctx, path, func(line AuditLine) {
		line.Stream = stream
		entries = append(entries, line.Entry)
	})
	if err != nil {
		return entries, fmt.Errorf("audit of %s: %w", stream, err)
	}
	return entries, nil
}
