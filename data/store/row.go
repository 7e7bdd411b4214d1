package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"reflect"
	"strings"
	"time"

	"partnerdesk/data/kv"
)

// header is the part all wire structs share.
type header struct {
	V       int       `json:"v"`
	Expires time.Time `json:"expires,omitzero"` // when a sweep may remove the row; zero means never
	Hold    bool      `json:"hold,omitempty"`   // a sweep leaves the row alone all the same

	rest map[string]json.RawMessage // fields of a later version, kept when the row is rewritten
}

func (h *header) head() *header { return h }

// row is a wire struct: one that embeds header.
type row interface{ head() *header }

// wire is a pointer to a wire struct of type R.
type wire[R any] interface {
	*R
	row
}

// getter is what rows are read from: a transaction, or the store outside one.
type getter interface {
	Get(key string) (value []byte, ok bool, err error)
}

// load reads a row into r and reports whether it is there.
func load(tx getter, key string, r row) (bool, error) {
	value, ok, err := tx.Get(key)
	if err != nil || !ok {
		return false, err
	}
	return true, decode(key, value, r)
}

func decode(key string, value []byte, r row) error {
	if err := json.Unmarshal(value, r); err != nil {
		return fmt.Errorf("row %s: %w", key, err)
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(value, &all); err != nil {
		return fmt.Errorf("row %s: %w", key, err)
	}
	forget(all, reflect.TypeOf(r).Elem())
	r.head().rest = all
	return nil
}

// rowsOf reads the rows below a prefix, one by one, in the order of their keys.
// It ends after the first error.
func rowsOf[R any, P wire[R]](ctx context.Context, s *Store, prefix string) iter.Seq2[P, error] {
	return func(yield func(P, error) bool) {
		for at, err := range kv.All(ctx, s.db, kv.Range{Prefix: prefix, Limit: kv.MaxPage}) {
			r := P(new(R))
			if err == nil {
				err = decode(at.Key, at.Value, r)
			}
			if !yield(r, err) || err != nil {
				return
			}
		}
	}
}

// forget removes the fields that t knows.
func forget(all map[string]json.RawMessage, t reflect.Type) {
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous {
			forget(all, f.Type)
			continue
		}
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		delete(all, name)
	}
}

func encode(r row) ([]byte, error) {
	h := r.head()
	h.V = max(h.V, version)
	value, err := marshal(r)
	if err != nil || len(h.rest) == 0 {
		return value, err
	}
	all := map[string]json.RawMessage{}
	if err := json.Unmarshal(value, &all); err != nil {
		return nil, err
	}
	maps.Copy(all, h.rest)
	return marshal(all)
}

// marshal writes < and & as they are: rows are never part of a page, and
// escaped they could outgrow a row.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}

// save writes a row that load has read, or a new one, to stay until expires
// (zero: for ever). The row itself says when it expires; the index only says
// when to look, so a later time needs no new entry there.
func save(tx kv.Tx, team, key string, r row, expires time.Time) error {
	h := r.head()
	if !expires.IsZero() && (h.Expires.IsZero() || expires.Before(h.Expires)) {
		if err := expireAt(tx, team, key, expires); err != nil {
			return err
		}
	}
	h.Expires = expires.UTC()
	value, err := encode(r)
	if err != nil {
		return fmt.Errorf("row %s: %w", key, err)
	}
	return tx.Put(key, value)
}

// expireAt enters a row in the index that sweeps go by.
func expireAt(tx kv.Tx, team, target string, at time.Time) error {
	return expireAtEscaped(tx, escape(team), target, at)
}

// expireAtEscaped takes the team as it stands in keys.
func expireAtEscaped(tx kv.Tx, team, target string, at time.Time) error {
	return tx.Put(expiryKey(team, target, at), []byte(target))
}

func expiryKey(team, target string, at time.Time) string {
	sum := sha256.Sum256([]byte(target))
	return famExpiry + "/" + team + "/" + timePart(at) + "/" + hex.EncodeToString(sum[:12])
}
