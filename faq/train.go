package faq

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"sort"
)

// TrainOptions say what to fit on.
type TrainOptions struct {
	Sounds    Sounds   // as in Options
	Negatives []string // questions the corpus does not answer
	Seed      uint64   // of the choice of lines to hide and of slips to make
	Progress  func(done, total int)
}

// Training tells what a fit was made from and how well it fits.
type Training struct {
	Samples   int     // questions asked
	Positives int     // whose entry was there to be found
	Found     float64 // share of positives whose entry came first
	Loss      float64 // mean logistic loss of the confidence
}

// sample is one question to learn from.
type sample struct {
	text   string
	target int32 // entry that answers it, -1 for none
	hide   *hide
	weight float64
	noise  int // slips to make in it
}

// trained is a sample after ranking.
type trained struct {
	sample
	list  []candidate
	query *query
	fixes int
}

// Train fits the weights of ranking and confidence on questions made from the corpus itself: every stored way of asking
// is asked while it and some of its siblings are hidden (its entry is the answer), once with slips of the keyboard; every
// entry is hidden whole while its questions are asked (nothing is the answer); and the negatives are asked as they are.
func Train(ctx context.Context, c *Corpus, s Searcher, o TrainOptions) (*Model, Training, error) {
	start, err := ShippedModel()
	if err != nil {
		return nil, Training{}, err
	}
	d, err := NewDesk(c, s, Options{Model: start, Sounds: o.Sounds})
	if err != nil {
		return nil, Training{}, err
	}
	rnd := rand.New(rand.NewPCG(o.Seed, 20261120))
	samples := d.samples(o.Negatives)
	noise := newSlips(d.a, c.Lexicon, o.Sounds, rnd)
	done := make([]trained, 0, len(samples))
	for i, sm := range samples {
		if o.Progress != nil && i%500 == 0 {
			o.Progress(i, len(samples))
		}
		t, err := d.prepare(ctx, noise, sm)
		if err != nil {
			return nil, Training{}, err
		}
		done = append(done, t...)
	}
	m := &Model{Recipe: recipe, Rank: map[string]float64{}, Confidence: map[string]float64{}}
	m.rankW = fitRank(start.rankW, done)
	tr := Training{Samples: len(done)}
	var xs [][confInputs]float64
	var ys, ws []float64
	for i := range done {
		t := &done[i]
		for j := range t.list {
			t.list[j].rank = m.rank(t.list[j].features)
		}
		sort.SliceStable(t.list, func(a, b int) bool { return t.list[a].rank > t.list[b].rank })
		softmax(t.list)
		hit := t.target >= 0 && t.list[0].entry == t.target
		if t.target >= 0 && os.Getenv("DIAG") != "" {
			in := false
			for _, x := range t.list {
				in = in || x.entry == t.target
			}
			fmt.Println("DIAG", hit, in, LangOf(t.text), t.noise, len(t.hide.lines), c.Entries[t.target].Kind, c.Entries[t.target].ID, c.Entries[t.list[0].entry].ID, "|", t.text)
		}
		if t.target >= 0 {
			tr.Positives++
			if hit {
				tr.Found++
			}
		}
		xs = append(xs, bend(d.a.confidenceOf(c, t.query, t.list, t.fixes)))
		y := 0.0
		if hit {
			y = 1
		}
		ys, ws = append(ys, y), append(ws, t.weight)
	}
	tr.Found /= float64(max(tr.Positives, 1))
	m.confW, m.bias, tr.Loss = fitLogistic(xs, ys, ws)
	for i, n := range rankNames {
		m.Rank[n] = round(m.rankW[i])
	}
	for i, n := range inputNames() {
		m.Confidence[n] = round(m.confW[i])
	}
	m.Confidence["bias"] = round(m.bias)
	return m, tr, nil
}

// recipe is written into the weights file.
const recipe = "partnerdesk faq train: shipped corpus with lines and entries hidden, plus faq/testdata/train/off.txt"

// samples makes the questions to learn from.
func (d *Desk) samples(negatives []string) []sample {
	var out []sample
	for e := range d.a.known {
		k := &d.a.known[e]
		var lines []int32
		for n := k.first; n < k.last; n++ {
			if d.a.phrasings[n].part != partAnswer {
				lines = append(lines, n)
			}
		}
		for i, n := range lines {
			p := &d.a.phrasings[n]
			near := d.nearest(lines, n)
			out = append(out, sample{text: p.text, target: int32(e), hide: hideLines(n, near[:min(len(near), i%2)]), weight: 1})
			if p.lang == ZH && i%4 == 0 {
				out = append(out, sample{text: p.text, target: int32(e), hide: hideLines(n, near[:min(len(near), 1)]), weight: 1, noise: 1 + i/4%2})
			}
			if i%3 == 0 {
				out = append(out, sample{text: p.text, target: -1, hide: &hide{entry: int32(e)}, weight: 0.4})
			}
		}
	}
	for _, s := range negatives {
		out = append(out, sample{text: s, target: -1, hide: nil, weight: 1.5})
	}
	return out
}

// nearest orders the siblings of a line, the likest first.
func (d *Desk) nearest(lines []int32, n int32) []int32 {
	q := d.a.query(d.corpus.Lexicon, d.a.phrasings[n].text)
	score := map[int32]float64{}
	var out []int32
	for _, x := range lines {
		if x != n {
			score[x] = d.a.overlap(q, &d.a.phrasings[x]).score
			out = append(out, x)
		}
	}
	sort.SliceStable(out, func(i, j int) bool { return score[out[i]] > score[out[j]] })
	return out
}

// hideLines hides a line and those of its siblings that are most like it, so that the question is new.
func hideLines(n int32, near []int32) *hide {
	h := &hide{entry: -1, lines: map[int32]bool{n: true}}
	for _, x := range near {
		h.lines[x] = true
	}
	return h
}

// prepare asks a sample with the first model. A sample that finds nothing teaches nothing.
func (d *Desk) prepare(ctx context.Context, noise *slips, sm sample) ([]trained, error) {
	s := sm.text
	for range sm.noise {
		s = noise.make(s)
	}
	t, err := d.think(ctx, Question{Text: s}, sm.hide)
	if err != nil {
		return nil, fmt.Errorf("ask %q: %w", s, err)
	}
	if len(t.list) == 0 {
		return nil, nil
	}
	return []trained{{sm, t.list, t.query, t.fixes}}, nil
}
