package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"partnerdesk/bot"
	"partnerdesk/data/kv"
)

// AuditLine is an entry with its place in the chain.
type AuditLine struct {
	bot.Entry
	Team   string
	Number uint64
	Prev   string // hash of the entry before, hex; empty for the first
	Hash   string // its own
	Actor  string // the salted hash of the person, hex; empty when nobody did it
	Erased bool   // there was a person, and the name is gone
}

// AuditStream is a stream as a list shows it.
type AuditStream struct {
	Team   string // as it stands in keys; "-" is no team
	Stream string
	Number uint64 // entries
	Hash   string // of the latest
}

// fault is what is wrong with a row of the audit log. It is ErrBroken.
type fault struct {
	what   string // a fixed word, the end of a catalog key
	number uint64 // of the entry or seal; zero when there is none
}

func (f fault) Error() string { return fmt.Sprintf("%v: %s at %d", ErrBroken, f.what, f.number) }

func (f fault) Unwrap() error { return ErrBroken }

// exact decodes a row of the audit log and refuses one whose bytes are not the
// bytes this program writes: nothing may hide in what the hashes do not cover.
func exact(key string, value []byte, r row) error {
	if err := decode(key, value, r); err != nil {
		return err
	}
	again, err := encode(r)
	if err != nil {
		return err
	}
	if h := r.head(); string(again) != string(value) || h.V != version || !h.Expires.IsZero() || h.Hold || len(h.rest) > 0 {
		return errors.New("row is not as written")
	}
	return nil
}

// AuditStreams lists every stream of every team.
func (s *Store) AuditStreams(ctx context.Context) ([]AuditStream, error) {
	var list []AuditStream
	for row, err := range kv.All(ctx, s.db, kv.Range{Prefix: famAuditHead + "/", Limit: kv.MaxPage}) {
		if err != nil {
			return nil, fmt.Errorf("list audit streams: %w", err)
		}
		var head auditHead
		if err := decode(row.Key, row.Value, &head); err != nil {
			return nil, fmt.Errorf("list audit streams: %w", err)
		}
		team, _, _ := strings.Cut(strings.TrimPrefix(row.Key, famAuditHead+"/"), "/")
		list = append(list, AuditStream{Team: team, Stream: head.Stream, Number: head.Number, Hash: head.Hash})
	}
	return list, nil
}

// AuditLines hands every entry of one stream to each, checking the chain on the
// way. The team is written as it stands in keys, and the stream may be named
// with its person.
func (s *Store) AuditLines(ctx context.Context, team, stream string, each func(AuditLine)) error {
	kept, err := s.keptStream(ctx, strings.TrimPrefix(team, "-"), stream)
	if err != nil {
		return fmt.Errorf("audit of %s: %w", stream, err)
	}
	path := strings.TrimPrefix(key(famAuditHead, strings.TrimPrefix(team, "-"), kept), famAuditHead+"/")
	n, err := s.walk(ctx, path, each)
	if err == nil && n == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("audit of %s: %w", stream, err)
	}
	return nil
}

// walk reads the stream whose keys go on with path behind the family, checks
// every row against the one before and the last against the head, and returns
// how many entries it has.
func (s *Store) walk(ctx context.Context, path string, each func(AuditLine)) (uint64, error) {
	var head auditHead
	found, err := s.exactly(ctx, famAuditHead+"/"+path, &head)
	if err != nil {
		return 0, err
	}
	if found && key(famAuditHead, teamPart(path), head.Stream) != famAuditHead+"/"+path {
		return 0, fault{"head", 0}
	}
	n, prev := uint64(0), ""
	for row, err := range kv.All(ctx, s.db, kv.Range{Prefix: famAudit + "/" + path + "/", Limit: kv.MaxPage}) {
		if err != nil {
			return n, err
		}
		n++
		line, err := s.line(ctx, path, head.Stream, row, n, prev)
		if err != nil {
			return n - 1, err
		}
		prev = line.Hash
		each(line)
		if n == head.Number && prev != head.Hash {
			return n, fault{"head", n}
		}
	}
	if n > head.Number { // it may have grown while we read
		if _, err := s.exactly(ctx, famAuditHead+"/"+path, &head); err != nil {
			return n, err
		}
		if head.Number == n && head.Hash != prev {
			return n, fault{"head", n}
		}
		if head.Number < n {
			return n, fault{"behind_head", n}
		}
		return n, nil
	}
	if n < head.Number {
		return n, fault{"cut", n + 1}
	}
	return n, nil
}

func (s *Store) exactly(ctx context.Context, k string, r row) (bool, error) {
	value, found, err := s.db.Get(ctx, k)
	if err != nil || !found {
		return false, err
	}
	if err := exact(k, value, r); err != nil {
		return true, fault{"head", 0}
	}
	return true, nil
}

// teamPart is the team at the beginning of a path.
func teamPart(path string) string {
	team, _, _ := strings.Cut(path, "/")
	if team == "-" {
		return ""
	}
	return team
}

// line checks one row and reads it.
func (s *Store) line(ctx context.Context, path, stream string, row kv.Row, number uint64, prev string) (AuditLine, error) {
	var r auditRow
	if err := exact(row.Key, row.Value, &r); err != nil {
		return AuditLine{}, fault{"row", number}
	}
	if row.Key != famAudit+"/"+path+"/"+numberPart(number) {
		return AuditLine{}, fault{"missing", number}
	}
	if r.Prev != prev || r.Hash != r.sum(stream) {
		return AuditLine{}, fault{"hash", number}
	}
	var body auditBody
	if err := json.Unmarshal([]byte(r.Body), &body); err != nil {
		return AuditLine{}, fault{"row", number}
	}
	if body.Number != number {
		return AuditLine{}, fault{"missing", number}
	}
	l := AuditLine{Team: teamPart(path), Number: number, Prev: r.Prev, Hash: r.Hash, Actor: body.Actor,
		Entry: bot.Entry{Stream: stream, Action: body.Action, Object: body.Object, Outcome: body.Outcome, At: body.At}}
	l.Account, _ = bot.ParseAccount(body.Account)
	if len(body.Facts) > 0 {
		if err := json.Unmarshal(body.Facts, &l.Facts); err != nil {
			return AuditLine{}, fault{"row", number}
		}
	}
	k := famAuditActor + "/" + path + "/" + numberPart(number)
	value, found, err := s.db.Get(ctx, k)
	if err != nil {
		return AuditLine{}, err
	}
	l.Erased = body.Actor != "" && !found
	if found {
		var actor auditActor
		if err := exact(k, value, &actor); err != nil || actorHash(actor) != body.Actor {
			return AuditLine{}, fault{"person", number}
		}
		l.Person = bot.PersonID(actor.Person)
	}
	return l, nil
}
