package store

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"partnerdesk/data/kv"
)

// VerifyOptions says what a verification may rely on.
type VerifyOptions struct {
	Keys    map[string]ed25519.PublicKey // by name; seals of other keys are faults
	AnyKey  bool                         // signatures are not looked at
	Witness io.Reader                    // copies of seals kept outside, one a line; nil: none
}

// Finding is something wrong with the audit log.
type Finding struct {
	What   string // a fixed word; the catalog has it as admin.audit.fault.WHAT
	Path   string // the stream as it stands in keys, "seals" or "witness"
	Number uint64 // of the entry, seal or line; zero when it is about the whole
}

// Verified is the result of a verification.
type Verified struct {
	Streams, Entries uint64
	Seals            uint64
	Unsealed         uint64 // entries behind the latest seal of their stream
	Nameless         uint64 // entries whose person is gone
	Erased           uint64 // names that erasures on record have removed

	Witnessed bool      // there was a witness to compare with
	Lines     uint64    // seals in it
	Proven    uint64    // the latest seal that the witness has too; all entries up to it are as they were
	ProvenAt  time.Time // when that was
	Later     uint64    // seals the witness does not have yet
	SetAside  uint64    // seals in the witness from before a restore, whose rows are gone

	Findings []Finding // at most maxFindings
	Faults   int       // how many there are
}

// maxFindings bounds a report.
const maxFindings = 100

// OK says that nothing wrong was found.
func (v *Verified) OK() bool { return v.Faults == 0 }

func (v *Verified) find(what, path string, number uint64) {
	v.Faults++
	if len(v.Findings) < maxFindings {
		v.Findings = append(v.Findings, Finding{What: what, Path: path, Number: number})
	}
}

// eraseStream and eraseNames say where an erasure is on record, and under which
// fact the number of names it removed.
const (
	EraseStream = "desk/erase"
	EraseNames  = "names"
)

// Verify reads the whole audit log and the seals and reports everything that is
// not as it was written. What it proves ends at the latest seal of the witness;
// what is newer is only consistent in itself. It may run while the desk works.
// An error means that it could not read.
func (s *Store) Verify(ctx context.Context, o VerifyOptions) (Verified, error) {
	v := &verifier{s: s, o: o, sealed: map[string]uint64{}}
	for _, step := range []func(context.Context) error{v.seals, v.streams, v.erasures, v.heads, v.actors} {
		if err := step(ctx); err != nil {
			return v.Verified, fmt.Errorf("verify audit: %w", err)
		}
	}
	if o.Witness != nil {
		if err := v.witness(ctx); err != nil {
			return v.Verified, fmt.Errorf("verify audit: %w", err)
		}
	}
	return v.Verified, nil
}

type verifier struct {
	Verified
	s      *Store
	o      VerifyOptions
	sealed map[string]uint64 // by path, the last number in a seal
	last   Seal
}

// seals checks the chain of seals, their signatures, and that the entries they
// name are there with the hash they name.
func (v *verifier) seals(ctx context.Context) error {
	prev := ""
	for row, err := range kv.All(ctx, v.s.db, kv.Range{Prefix: famSeal + "/", Limit: kv.MaxPage}) {
		if err != nil {
			return err
		}
		v.Seals++
		seal, ok := v.readSeal(row)
		if !ok {
			v.find("seal_row", "seals", v.Seals)
			prev = ""
			continue
		}
		if seal.Number != v.Seals || seal.Prev != prev && (prev != "" || v.Seals == 1) {
			v.find("seal_chain", "seals", v.Seals)
			v.Seals = seal.Number
		}
		if v.last.Life != "" && seal.Restored == (seal.Life == v.last.Life) {
			v.find("seal_chain", "seals", seal.Number)
		}
		prev = seal.Hash()
		v.last = seal
		if what := v.signed(seal); what != "" {
			v.find(what, "seals", seal.Number)
		}
		for _, h := range seal.Heads {
			if err := v.holds(ctx, h); err != nil {
				return err
			}
			v.sealed[h.Path] = max(v.sealed[h.Path], h.Number)
		}
	}
	var head sealHead
	value, found, err := v.s.db.Get(ctx, key(famSealHead, ""))
	if err != nil {
		return err
	}
	if found && exact(key(famSealHead, ""), value, &head) != nil || !found && v.Seals > 0 {
		v.find("seal_row", "seals", 0)
		return nil
	}
	if head.Number < v.Seals || head.Number == v.Seals && v.Seals > 0 && (head.Hash != prev || head.Life != v.last.Life && (head.Life != "" || !head.Restored)) {
		v.find("seal_chain", "seals", head.Number)
	}
	if head.Number > v.Seals {
		// Sealed while we read, or cut off.
		if _, found, err := v.s.db.Get(ctx, key(famSeal, "", numberPart(v.Seals+1))); err != nil || !found {
			v.find("seal_cut", "seals", v.Seals+1)
			return err
		}
	}
	return nil
}

func (v *verifier) readSeal(row kv.Row) (Seal, bool) {
	var r sealRow
	if exact(row.Key, row.Value, &r) != nil {
		return Seal{}, false
	}
	seal, err := newSeal(r.Body, r.Signature)
	return seal, err == nil && row.Key == key(famSeal, "", numberPart(seal.Number))
}

// signed returns what is wrong with a signature, empty when nothing is.
func (v *verifier) signed(seal Seal) string {
	pub, known := v.o.Keys[seal.Key]
	switch {
	case v.o.AnyKey:
	case !known:
		return "seal_key"
	case !ed25519.Verify(pub, []byte(seal.Body), seal.Signature):
		return "seal_signature"
	}
	return ""
}

func (v *verifier) holds(ctx context.Context, h SealedHead) error {
	var r auditRow
	found, err := load(v.s.reader(ctx), famAudit+"/"+h.Path+"/"+numberPart(h.Number), &r)
	if err != nil && ctx.Err() != nil {
		return err
	}
	switch {
	case err != nil: // the walk over the streams names the row
	case !found:
		v.find("sealed_missing", h.Path, h.Number)
	case r.Hash != h.Hash:
		v.find("sealed_changed", h.Path, h.Number)
	}
	return nil
}

// streams walks every stream that has entries.
func (v *verifier) streams(ctx context.Context) error {
	r := kv.Range{Prefix: famAudit + "/", Limit: 1}
	for {
		page, err := v.s.db.View(ctx, r)
		if err != nil || len(page.Rows) == 0 {
			return err
		}
		path := strings.TrimPrefix(page.Rows[0].Key, r.Prefix)
		path = path[:max(strings.LastIndexByte(path, '/'), 0)]
		v.Streams++
		n, err := v.s.walk(ctx, path, func(l AuditLine) {
			v.Entries++
			if l.Erased {
				v.Nameless++
			}
		})
		if f, ok := errors.AsType[fault](err); ok {
			v.find(f.what, path, f.number)
		} else if err != nil {
			return err
		}
		v.Unsealed += n - min(n, v.sealed[path])
		r.After = famAudit + "/" + path + "0" // the byte behind the slash
	}
}

// erasures compares the names that are gone with those that erasures removed. It
// comes after the streams, because an erasure meanwhile counts.
func (v *verifier) erasures(ctx context.Context) error {
	path := strings.TrimPrefix(key(famAuditHead, "", EraseStream), famAuditHead+"/")
	_, err := v.s.walk(ctx, path, func(l AuditLine) {
		names, _ := strconv.ParseUint(l.Facts[EraseNames], 10, 64)
		v.Erased += names
	})
	if _, broken := errors.AsType[fault](err); err != nil && !broken { // a broken one is named already
		return err
	}
	if v.Nameless > v.Erased {
		v.find("names", EraseStream, v.Nameless-v.Erased)
	}
	return nil
}

// heads finds heads without entries, and streams that grew and would never be
// sealed.
func (v *verifier) heads(ctx context.Context) error {
	for row, err := range kv.All(ctx, v.s.db, kv.Range{Prefix: famAuditHead + "/", Limit: kv.MaxPage}) {
		if err != nil {
			return err
		}
		path := strings.TrimPrefix(row.Key, famAuditHead+"/")
		if _, found, err := v.s.db.Get(ctx, famAudit+"/"+path+"/"+numberPart(1)); err != nil {
			return err
		} else if !found {
			v.find("cut", path, 1)
			continue
		}
		var head auditHead
		if exact(row.Key, row.Value, &head) != nil || head.Number <= v.sealed[path] {
			continue // the walk has named it, or it is sealed
		}
		value, open, err := v.s.db.Get(ctx, famAuditOpen+"/"+path)
		if err != nil {
			return err
		}
		if open && string(value) == row.Key {
			continue
		}
		if last, err := v.s.LastSeal(ctx); err != nil || last > v.Seals {
			continue // sealed while we read
		}
		v.find("open", path, head.Number)
	}
	return nil
}

// actors finds names that belong to no entry.
func (v *verifier) actors(ctx context.Context) error {
	for row, err := range kv.All(ctx, v.s.db, kv.Range{Prefix: famAuditActor + "/", Limit: kv.MaxPage}) {
		if err != nil {
			return err
		}
		at := strings.TrimPrefix(row.Key, famAuditActor+"/")
		_, found, err := v.s.db.Get(ctx, famAudit+"/"+at)
		if err != nil {
			return err
		}
		if !found {
			i := strings.LastIndexByte(at, '/')
			number, _ := strconv.ParseUint(at[i+1:], 10, 64)
			v.find("person", at[:max(i, 0)], number)
		}
	}
	return nil
}
