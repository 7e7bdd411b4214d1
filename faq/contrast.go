package faq

import (
	"math"
	"math/rand/v2"
	"slices"
)

// Settings of the encoder's training. A token counts when that many lines have it.
const (
	commonToken = 2
	pairsBatch  = 64
	epochs      = 14
	sharpness   = 14
	stepSize    = 0.06
)

// contrast learns an encoder: two lines of one entry are drawn close, lines of the other entries in the batch are pushed
// away. Lines for which skip is true are not shown.
func contrast(a *analysis, skip func(line int32) bool, rnd *rand.Rand) *encoder {
	count := make([]int32, len(a.df))
	var byEntry [][]int32
	for e := range a.known {
		k := &a.known[e]
		var lines []int32
		for n := k.first; n < k.last; n++ {
			if skip(n) {
				continue
			}
			p := &a.phrasings[n]
			if p.part != partAnswer {
				lines = append(lines, n)
			}
			for _, t := range p.terms {
				count[t.id]++
			}
			for _, id := range p.raw {
				count[id]++
			}
		}
		if len(lines) > 1 {
			byEntry = append(byEntry, lines)
		}
	}
	enc := &encoder{rows: map[string]int32{}}
	keys := make([]string, 0, len(a.vocab))
	for s, id := range a.vocab {
		if s[:1] != markPair && count[id] >= commonToken && len(s) < 200 {
			keys = append(keys, s)
		}
	}
	slices.Sort(keys)
	for i, s := range keys {
		enc.rows[s] = int32(i)
	}
	enc.vecs = make([]float32, len(keys)*dims)
	for i := range enc.vecs {
		enc.vecs[i] = float32(rnd.NormFloat64() / math.Sqrt(dims))
	}
	ids := a.rowIDs(enc)
	rows := make([][]weightedRow, len(a.phrasings))
	total := 0
	for _, lines := range byEntry {
		for _, n := range lines {
			rows[n] = a.rowsOf(enc, &a.phrasings[n], ids)
			total++
		}
	}
	t := &contraster{enc: enc, rows: rows, sum: make([]float32, len(enc.vecs)), rnd: rnd}
	for range epochs * total / pairsBatch {
		t.step(byEntry)
	}
	return enc
}

type contraster struct {
	enc  *encoder
	rows [][]weightedRow
	sum  []float32 // squared gradients seen, for step sizes
	rnd  *rand.Rand
}

// encodeLength is encode, and the length before it was made 1.
func (t *contraster) encodeLength(list []weightedRow) (vector, float32) {
	var v vector
	for _, x := range list {
		for i, y := range t.enc.row(x.row) {
			v[i] += x.w * y
		}
	}
	n := float32(0)
	for _, x := range v {
		n += x * x
	}
	n = float32(math.Sqrt(float64(n)))
	if n > 0 {
		for i := range v {
			v[i] /= n
		}
	}
	return v, n
}

func (t *contraster) step(byEntry [][]int32) {
	n := min(pairsBatch, len(byEntry))
	left, right := make([]int32, n), make([]int32, n)
	for i, e := range t.rnd.Perm(len(byEntry))[:n] {
		lines := byEntry[e]
		x := t.rnd.IntN(len(lines))
		y := t.rnd.IntN(len(lines) - 1)
		if y >= x {
			y++
		}
		left[i], right[i] = lines[x], lines[y]
	}
	lv, rv := make([]vector, n), make([]vector, n)
	ln, rn := make([]float32, n), make([]float32, n)
	for i := range n {
		lv[i], ln[i] = t.encodeLength(t.rows[left[i]])
		rv[i], rn[i] = t.encodeLength(t.rows[right[i]])
	}
	lg, rg := make([]vector, n), make([]vector, n)
	logits := make([]float64, n)
	for i := range n {
		top := math.Inf(-1)
		for j := range n {
			logits[j] = sharpness * lv[i].dot(&rv[j])
			top = max(top, logits[j])
		}
		sum := 0.0
		for j := range n {
			logits[j] = math.Exp(logits[j] - top)
			sum += logits[j]
		}
		for j := range n {
			g := float32(logits[j] / sum)
			if i == j {
				g--
			}
			g *= sharpness
			for k := range dims {
				lg[i][k] += g * rv[j][k]
				rg[j][k] += g * lv[i][k]
			}
		}
	}
	for i := range n {
		t.learn(t.rows[left[i]], lv[i], ln[i], lg[i])
		t.learn(t.rows[right[i]], rv[i], rn[i], rg[i])
	}
}

// learn moves the rows of a text against the gradient at its vector.
func (t *contraster) learn(list []weightedRow, v vector, length float32, g vector) {
	if length == 0 {
		return
	}
	along := float32(g.dot(&v))
	for k := range g {
		g[k] = (g[k] - along*v[k]) / length
	}
	for _, x := range list {
		at := int(x.row) * dims
		for k, y := range g {
			y *= x.w
			t.sum[at+k] += y * y
			t.enc.vecs[at+k] -= stepSize * y / (float32(math.Sqrt(float64(t.sum[at+k]))) + 1e-6)
		}
	}
}
