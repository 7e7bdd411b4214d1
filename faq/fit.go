package faq

import (
	"math"
	"math/rand/v2"
	"unicode"

	"partnerdesk/faq/text"
)

// fitRank fits the ranking weights: the softmax share of the right entries among the candidates is made as large as it
// gets, by full-batch gradient steps with a pull towards zero.
func fitRank(start [rankFeatures]float64, data []trained) [rankFeatures]float64 {
	w := start
	var m, v [rankFeatures]float64
	const rounds, rate, decay = 300, 0.05, 3e-4
	for step := 1; step <= rounds; step++ {
		var grad [rankFeatures]float64
		n := 0.0
		for i := range data {
			t := &data[i]
			n0 := 0
			for j := range t.list {
				if t.right[t.list[j].entry] {
					n0++
				}
			}
			if n0 == 0 || n0 == len(t.list) {
				continue
			}
			n += t.weight
			top := math.Inf(-1)
			scores := make([]float64, len(t.list))
			for j := range t.list {
				for k, x := range t.list[j].features {
					scores[j] += w[k] * x
				}
				top = max(top, scores[j])
			}
			sum := 0.0
			for j := range scores {
				scores[j] = math.Exp(scores[j] - top)
				sum += scores[j]
			}
			good := 0.0
			for j := range scores {
				scores[j] /= sum
				if t.right[t.list[j].entry] {
					good += scores[j]
				}
			}
			for j := range scores {
				p := scores[j]
				if t.right[t.list[j].entry] {
					p -= scores[j] / good
				}
				p *= t.weight
				for k, x := range t.list[j].features {
					grad[k] += p * x
				}
			}
		}
		for k := range w {
			g := grad[k]/max(n, 1) + decay*w[k]
			w[k] -= adam(&m[k], &v[k], g, step, rate)
		}
	}
	return w
}

// fitLogistic fits a weighted logistic regression and returns its mean loss.
func fitLogistic(xs [][confInputs]float64, ys, ws []float64) (w [confInputs]float64, bias, loss float64) {
	var m, v [confInputs + 1]float64
	const rounds, rate, decay = 1500, 0.05, 1e-4
	total := 0.0
	for _, x := range ws {
		total += x
	}
	for step := 1; step <= rounds; step++ {
		var grad [confInputs + 1]float64
		loss = 0
		for i := range xs {
			z := bias
			for k, x := range xs[i] {
				z += w[k] * x
			}
			p := 1 / (1 + math.Exp(-z))
			loss -= ws[i] * (ys[i]*math.Log(p+1e-12) + (1-ys[i])*math.Log(1-p+1e-12))
			g := ws[i] * (p - ys[i])
			for k, x := range xs[i] {
				grad[k] += g * x
			}
			grad[confInputs] += g
		}
		for k := range w {
			w[k] -= adam(&m[k], &v[k], grad[k]/total+decay*w[k], step, rate)
		}
		bias -= adam(&m[confInputs], &v[confInputs], grad[confInputs]/total, step, rate)
		loss /= total
	}
	return w, bias, loss
}

// adam returns the step for a gradient by the usual moving means.
func adam(m, v *float64, g float64, step int, rate float64) float64 {
	*m = 0.9**m + 0.1*g
	*v = 0.999**v + 0.001*g*g
	mh := *m / (1 - math.Pow(0.9, float64(step)))
	vh := *v / (1 - math.Pow(0.999, float64(step)))
	return rate * mh / (math.Sqrt(vh) + 1e-8)
}

func round(x float64) float64 { return math.Round(x*1e4) / 1e4 }

// slips makes the mistakes people make with an input method: a character that sounds or looks like the right one.
type slips struct {
	rnd    *rand.Rand
	lex    *text.Lexicon
	sounds Sounds
	byKey  map[string][]rune
}

func newSlips(a *analysis, lex *text.Lexicon, sounds Sounds, rnd *rand.Rand) *slips {
	s := &slips{rnd: rnd, lex: lex, sounds: sounds, byKey: map[string][]rune{}}
	if sounds == nil {
		return s
	}
	seen := map[rune]bool{}
	for i := range a.phrasings {
		for _, r := range a.phrasings[i].text {
			if !seen[r] && unicode.Is(unicode.Han, r) {
				seen[r] = true
				for _, x := range sounds.Readings(r) {
					s.byKey[x] = append(s.byKey[x], r)
				}
			}
		}
	}
	return s
}

// make returns text with one slip in it, or as it is when none can be made.
func (s *slips) make(in string) string {
	r := []rune(in)
	var at []int
	for i, c := range r {
		if unicode.Is(unicode.Han, c) {
			at = append(at, i)
		}
	}
	if len(at) < 3 {
		return in
	}
	for range 5 {
		i := at[s.rnd.IntN(len(at))]
		var pool []rune
		if s.sounds != nil {
			for _, x := range s.sounds.Readings(r[i]) {
				pool = append(pool, s.byKey[x]...)
			}
		}
		pool = append(pool, s.lex.Alike(r[i])...)
		if len(pool) == 0 {
			continue
		}
		if c := pool[s.rnd.IntN(len(pool))]; c != r[i] {
			r[i] = c
			return string(r)
		}
	}
	return in
}

// thin leaves out about a third of the words of a text, but keeps two.
func (s *slips) thin(lex *text.Lexicon, in string) string {
	var parts []string
	spans := lex.Read(in).Spans
	for i, sp := range spans {
		if len(spans)-i+len(parts) > 2 && s.rnd.IntN(3) == 0 {
			continue
		}
		parts = append(parts, sp.Text)
	}
	return joinSpans(parts)
}
