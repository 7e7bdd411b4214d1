package store

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
)

// witness compares the seals with their copies outside. A copy that this store
// does not have means that the store was cut or replaced, unless a later copy
// says, signed, that the store was restored in between.
func (v *verifier) witness(ctx context.Context) error {
	v.Witnessed = true
	copies, err := v.copies()
	if err != nil {
		return err
	}
	here := map[uint64]string{} // hashes of the seals of this store, as far as they are needed
	if len(copies) > 0 {
		for seal, err := range v.s.Seals(ctx, copies[0].Number-1) {
			if err != nil {
				if ctx.Err() != nil {
					return err
				}
				break // the chain of seals has named it
			}
			here[seal.Number] = seal.Hash()
		}
	}
	whole := true
	for _, c := range copies {
		hash, found := here[c.Number]
		switch {
		case !found:
			v.find("witness_ahead", "witness", c.Number)
			whole = false
		case hash != c.Hash():
			v.find("witness_differs", "witness", c.Number)
			whole = false
		case whole:
			v.Proven, v.ProvenAt = c.Number, c.At
		}
	}
	v.Later = v.Seals - min(v.Seals, v.Proven)
	return nil
}

// copies reads the witness and leaves out what restores have set aside.
func (v *verifier) copies() ([]Seal, error) {
	var list []Seal
	var torn []byte // a line cut off by a crash; the next one is the whole of it
	lines := bufio.NewScanner(v.o.Witness)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if len(lines.Bytes()) == 0 {
			continue
		}
		if torn != nil && !bytes.HasPrefix(lines.Bytes(), torn) {
			v.find("witness_line", "witness", v.Lines)
		}
		torn = nil
		v.Lines++
		seal, err := ParseSeal(lines.Bytes())
		if err != nil {
			torn = bytes.Clone(lines.Bytes())
			continue
		}
		if what := v.signed(seal); what != "" {
			v.find(what, "witness", v.Lines)
			continue
		}
		if n := len(list); n > 0 {
			last := list[n-1]
			if seal.Body == last.Body {
				continue // written again after a crash
			}
			if seal.Restored {
				for n > 0 && list[n-1].Number >= seal.Number {
					n--
				}
				v.SetAside += uint64(len(list) - n)
				list = list[:n]
			}
			if n > 0 && (seal.Number != list[n-1].Number+1 || seal.Prev != list[n-1].Hash()) {
				v.find("witness_gap", "witness", v.Lines)
			}
		}
		list = append(list, seal)
	}
	if torn != nil {
		v.find("witness_line", "witness", v.Lines)
	}
	if err := lines.Err(); err != nil {
		return list, fmt.Errorf("read witness: %w", err)
	}
	return list, nil
}
