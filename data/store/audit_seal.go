package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"iter"
	"strings"
	"time"

	"partnerdesk/bot"
	"partnerdesk/data/kv"
)

// A seal says, signed, where the streams stood that had grown since the seal
// before. Seals are chained, and copies of them leave the house; whoever changes
// an entry afterwards has to change every later seal, and cannot reach the copies.

// sealStreams bounds the streams of one seal, for one transaction's keys.
const sealStreams = 24

// Seal is a signed seal.
type Seal struct {
	Number    uint64
	At        time.Time
	Prev      string // hash of the seal before, hex; empty for the first
	Life      string // changes when the store is restored
	Restored  bool   // the first seal after a restore
	Key       string // which key signed it
	Heads     []SealedHead
	Body      string // the bytes that were signed
	Signature []byte
}

// SealedHead is where a stream stood.
type SealedHead struct {
	Path   string `json:"path"` // the stream as it stands in keys, the team first
	Number uint64 `json:"number"`
	Hash   string `json:"hash"`
}

// Signer signs seals.
type Signer struct {
	Key  string // a name for the key, made from the key itself
	Sign func(message []byte) []byte
}

type sealRow struct {
	header
	Body      string `json:"body"` // sealBody as JSON
	Signature []byte `json:"signature"`
}

type sealBody struct {
	Number   uint64       `json:"number"`
	At       time.Time    `json:"at"`
	Prev     string       `json:"prev,omitempty"`
	Life     string       `json:"life"`
	Restored bool         `json:"restored,omitempty"`
	Key      string       `json:"key"`
	Heads    []SealedHead `json:"heads"`
}

type sealHead struct {
	header
	Number   uint64 `json:"number"`
	Hash     string `json:"hash"`
	Life     string `json:"life"`
	Restored bool   `json:"restored,omitempty"` // the next seal is the first after a restore
}

// Hash is what the next seal calls Prev.
func (s Seal) Hash() string { return sealHash(s.Body, s.Signature) }

func sealHash(body string, signature []byte) string {
	sum := sha256.New()
	fmt.Fprintf(sum, "%d:%s,%x", len(body), body, signature)
	return hex.EncodeToString(sum.Sum(nil))
}

// Line is the seal as one line of JSON, for copies outside.
func (s Seal) Line() []byte {
	line, _ := marshal(sealLine{Body: s.Body, Signature: s.Signature}) // strings and bytes always can
	return line
}

type sealLine struct {
	Body      string `json:"body"`
	Signature []byte `json:"signature"`
}

// ParseSeal reads what [Seal.Line] wrote. It does not check the signature.
func ParseSeal(line []byte) (Seal, error) {
	var l sealLine
	if err := json.Unmarshal(line, &l); err != nil {
		return Seal{}, fmt.Errorf("seal: %w", err)
	}
	s, err := newSeal(l.Body, l.Signature)
	if err == nil && string(s.Line()) != string(line) {
		err = fmt.Errorf("seal %d: not as written", s.Number)
	}
	return s, err
}

func newSeal(body string, signature []byte) (Seal, error) {
	var b sealBody
	if err := json.Unmarshal([]byte(body), &b); err != nil {
		return Seal{}, fmt.Errorf("seal: %w", err)
	}
	return Seal{Number: b.Number, At: b.At, Prev: b.Prev, Life: b.Life, Restored: b.Restored, Key: b.Key, Heads: b.Heads, Body: body, Signature: signature}, nil
}

// Seal seals streams that grew, as many as fit into one seal, and reports
// whether there were any; there may be more until it says no. tell, when not
// nil, makes a post that is queued in the same transaction.
func (s *Store) Seal(ctx context.Context, by Signer, at time.Time, tell func(Seal) *bot.Post) (Seal, bool, error) {
	page, err := s.db.View(ctx, kv.Range{Prefix: famAuditOpen + "/", Limit: sealStreams})
	if err != nil || len(page.Rows) == 0 {
		return Seal{}, false, wrap(err, "seal audit")
	}
	var made Seal
	err = s.update(ctx, func(tx *Tx) error {
		made = Seal{}
		var last sealHead
		if _, err := load(tx.kv, key(famSealHead, ""), &last); err != nil {
			return err
		}
		if last.Life == "" {
			life := sha256.Sum256(fmt.Appendf(nil, "%x/life", tx.salt))
			last.Life = hex.EncodeToString(life[:8])
		}
		body := sealBody{Number: last.Number + 1, At: at.UTC(), Prev: last.Hash, Life: last.Life, Restored: last.Restored, Key: by.Key}
		for _, row := range page.Rows {
			h, grown, err := tx.closeStream(row.Key)
			if err != nil {
				return err
			}
			if grown {
				body.Heads = append(body.Heads, h)
			}
		}
		if len(body.Heads) == 0 {
			return nil
		}
		text, err := marshal(body)
		if err != nil {
			return err
		}
		r := sealRow{Body: string(text), Signature: by.Sign(text)}
		if made, err = newSeal(r.Body, r.Signature); err != nil {
			return err
		}
		last.Number, last.Hash, last.Restored = body.Number, made.Hash(), false
		if err := save(tx.kv, "", key(famSeal, "", numberPart(body.Number)), &r, time.Time{}); err != nil {
			return err
		}
		if err := save(tx.kv, "", key(famSealHead, ""), &last, time.Time{}); err != nil {
			return err
		}
		if tell != nil {
			if p := tell(made); p != nil {
				return tx.Post(*p)
			}
		}
		return nil
	})
	return made, err == nil && made.Number > 0, wrap(err, "seal audit")
}

// closeStream takes a stream from the list of those that grew.
func (tx *Tx) closeStream(open string) (SealedHead, bool, error) {
	if _, found, err := tx.kv.Get(open); err != nil || !found {
		return SealedHead{}, false, err
	}
	path := strings.TrimPrefix(open, famAuditOpen+"/")
	var head auditHead
	found, err := load(tx.kv, famAuditHead+"/"+path, &head)
	if err != nil {
		return SealedHead{}, false, err
	}
	if !found {
		return SealedHead{}, false, tx.kv.Delete(open)
	}
	return SealedHead{Path: path, Number: head.Number, Hash: head.Hash}, true, tx.kv.Delete(open)
}

// Seals walks the seals behind a number, the oldest first, without checking them.
func (s *Store) Seals(ctx context.Context, after uint64) iter.Seq2[Seal, error] {
	return func(yield func(Seal, error) bool) {
		r := kv.Range{Prefix: prefix(famSeal, ""), Limit: kv.MaxPage}
		if after > 0 {
			r.After = key(famSeal, "", numberPart(after))
		}
		for row, err := range kv.All(ctx, s.db, r) {
			var seal Seal
			if err == nil {
				var sr sealRow
				if err = decode(row.Key, row.Value, &sr); err == nil {
					seal, err = newSeal(sr.Body, sr.Signature)
				}
			}
			if !yield(seal, wrap(err, "read seals")) || err != nil {
				return
			}
		}
	}
}

// LastSeal returns the number of the latest seal, zero when there is none.
func (s *Store) LastSeal(ctx context.Context) (uint64, error) {
	var last sealHead
	_, err := load(s.reader(ctx), key(famSealHead, ""), &last)
	return last.Number, wrap(err, "read seals")
}
