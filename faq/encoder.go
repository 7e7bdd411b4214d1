package faq

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
)

// An encoder turns a text into a short vector, so that texts that ask for the same thing in other words lie close. It is a
// sum of learned vectors, one per token, weighted by how telling the token is. What it learns from is the corpus alone:
// the ways of asking of one entry belong together (see [Train]).
type encoder struct {
	rows map[string]int32 // token with its mark -> row
	vecs []float32        // rows of width dims
}

// dims is the width of the vectors.
const dims = 48

//go:embed encoder.bin
var shippedEncoder []byte

// readEncoder reads what bytes wrote.
func readEncoder(data []byte) (*encoder, error) {
	if len(data) == 0 {
		return &encoder{}, nil
	}
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("encoder: %w", err)
	}
	raw, err := io.ReadAll(z)
	if err != nil {
		return nil, fmt.Errorf("encoder: %w", err)
	}
	broken := errors.New("encoder: file is cut or of another version")
	if len(raw) < 8 || binary.LittleEndian.Uint32(raw) != dims {
		return nil, broken
	}
	n := int(binary.LittleEndian.Uint32(raw[4:]))
	raw = raw[8:]
	e := &encoder{rows: make(map[string]int32, n), vecs: make([]float32, 0, n*dims)}
	for i := range n {
		if len(raw) < 1 || len(raw) < 1+int(raw[0])+4+dims {
			return nil, broken
		}
		size := int(raw[0])
		e.rows[string(raw[1:1+size])] = int32(i)
		raw = raw[1+size:]
		scale := math.Float32frombits(binary.LittleEndian.Uint32(raw))
		raw = raw[4:]
		for _, b := range raw[:dims] {
			e.vecs = append(e.vecs, float32(int8(b))*scale)
		}
		raw = raw[dims:]
	}
	return e, nil
}

// bytes packs the encoder: a row is a token, a scale and one byte per dimension.
func (e *encoder) bytes() ([]byte, error) {
	tokens := make([]string, 0, len(e.rows))
	for t := range e.rows {
		tokens = append(tokens, t)
	}
	slices.Sort(tokens)
	var out bytes.Buffer
	z, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	b := binary.LittleEndian.AppendUint32(nil, dims)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(tokens)))
	for _, t := range tokens {
		v := e.row(e.rows[t])
		top := float32(0)
		for _, x := range v {
			top = max(top, x, -x)
		}
		scale := max(top, 1e-9) / 127
		b = append(append(b, byte(len(t))), t...)
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(scale))
		for _, x := range v {
			b = append(b, byte(int8(math.Round(float64(x/scale)))))
		}
	}
	if _, err := z.Write(b); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

func (e *encoder) row(i int32) []float32 {
	return e.vecs[int(i)*dims : (int(i)+1)*dims]
}

// vector is a text's place, of length 1, or all zeros when nothing in it is known.
type vector [dims]float32

// weightedRow is a token of a text: its row and its weight.
type weightedRow struct {
	row int32
	w   float32
}

func (e *encoder) encode(list []weightedRow) vector {
	var v vector
	for _, x := range list {
		for i, y := range e.row(x.row) {
			v[i] += x.w * y
		}
	}
	v.normalise()
	return v
}

func (v *vector) normalise() {
	sum := float32(0)
	for _, x := range v {
		sum += x * x
	}
	if sum == 0 {
		return
	}
	scale := float32(1 / math.Sqrt(float64(sum)))
	for i := range v {
		v[i] *= scale
	}
}

func (v *vector) dot(w *vector) float64 {
	sum := float32(0)
	for i, x := range v {
		sum += x * w[i]
	}
	return float64(sum)
}

// rowWeight of a raw n-gram beside the weight of a term.
const rawRowWeight = 0.35

// rowsOf lists the known tokens of a phrasing for an encoder; names are the vocabulary by id.
func (a *analysis) rowsOf(e *encoder, p *phrasing, rowByID []int32) []weightedRow {
	var out []weightedRow
	for _, t := range p.terms {
		if r := rowByID[t.id]; r >= 0 {
			out = append(out, weightedRow{r, t.w * float32(a.idf(t.id))})
		}
	}
	for _, id := range p.raw {
		if r := rowByID[id]; r >= 0 {
			out = append(out, weightedRow{r, rawRowWeight * float32(a.idf(id))})
		}
	}
	return out
}

// rowIDs maps the ids of an analysis to rows of an encoder, -1 for none.
func (a *analysis) rowIDs(e *encoder) []int32 {
	out := make([]int32, len(a.df))
	for i := range out {
		out[i] = -1
	}
	for s, id := range a.vocab {
		if r, ok := e.rows[s]; ok {
			out[id] = r
		}
	}
	return out
}

// senses is where the entries of a corpus lie.
type senses struct {
	enc     *encoder
	places  []vector // by entry: the middle of its ways of asking
	lines   []vector // by phrasing; kept for training only
	keeping bool
}

func newSenses(a *analysis, e *encoder, keep bool) *senses {
	s := &senses{enc: e, places: make([]vector, len(a.known)), keeping: keep}
	if keep {
		s.lines = make([]vector, len(a.phrasings))
	}
	if len(e.rows) == 0 {
		return s
	}
	ids := a.rowIDs(e)
	for i := range a.phrasings {
		p := &a.phrasings[i]
		if p.part == partAnswer && a.known[p.entry].asks > 4 { // drafts have little else
			continue
		}
		v := e.encode(a.rowsOf(e, p, ids))
		if keep {
			s.lines[i] = v
		}
		at := &s.places[p.entry]
		for j := range v {
			at[j] += v[j]
		}
	}
	for i := range s.places {
		s.places[i].normalise()
	}
	return s
}

// place returns where an entry lies, without the hidden lines.
func (s *senses) place(a *analysis, e int32, h *hide) vector {
	if h == nil || !s.keeping || len(h.lines) == 0 {
		return s.places[e]
	}
	touched := false
	var v vector
	k := &a.known[e]
	for n := k.first; n < k.last; n++ {
		if h.lines[n] {
			touched = true
			continue
		}
		for j, x := range s.lines[n] {
			v[j] += x
		}
	}
	if !touched {
		return s.places[e]
	}
	v.normalise()
	return v
}

// encodeQuery returns the place of a question.
func (s *senses) encodeQuery(a *analysis, q *query) vector {
	if len(s.enc.rows) == 0 {
		return vector{}
	}
	var list []weightedRow
	for _, t := range q.terms {
		if r, ok := s.enc.rows[markTerm+t.Text]; ok {
			list = append(list, weightedRow{r, float32(t.mass)})
		}
	}
	for _, g := range q.reading.Raw {
		if r, ok := s.enc.rows[markRaw+g]; ok {
			if id, ok := a.vocab[markRaw+g]; ok {
				list = append(list, weightedRow{r, rawRowWeight * float32(a.idf(id))})
			}
		}
	}
	return s.enc.encode(list)
}

// nearest returns the entries that lie closest to a question, at most n.
func (s *senses) nearest(v *vector, n int) []int32 {
	type hit struct {
		e int32
		s float64
	}
	best := make([]hit, 0, n+1)
	for i := range s.places {
		x := v.dot(&s.places[i])
		if x <= 0 || len(best) == n && x <= best[n-1].s {
			continue
		}
		j := len(best)
		for j > 0 && best[j-1].s < x {
			j--
		}
		best = slices.Insert(best, j, hit{int32(i), x})
		if len(best) > n {
			best = best[:n]
		}
	}
	out := make([]int32, len(best))
	for i, b := range best {
		out[i] = b.e
	}
	return out
}
