package faq

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sort"
)

// TrainOptions say what to fit on.
type TrainOptions struct {
	Sounds    Sounds   // as in Options
	Negatives []string // questions the corpus does not answer
	Cases     []Case   // questions of people with what a right answer says
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
	noise  int   // slips to make in it
	fold   int   // encoder that has not seen the line
	thin   bool  // leave some words out
	known  *Case // what a right answer says, in place of target
}

// trained is a sample after ranking.
type trained struct {
	sample
	right map[int32]bool // entries that answer it
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
	var views [folds]*senses
	for f := range views {
		views[f] = newSenses(d.a, contrast(d.a, func(line int32) bool { return int(line)%folds == f }, rnd), true)
	}
	samples := d.samples(o)
	noise := newSlips(d.a, c.Lexicon, o.Sounds, rnd)
	done := make([]trained, 0, len(samples))
	for i, sm := range samples {
		if o.Progress != nil && i%500 == 0 {
			o.Progress(i, len(samples))
		}
		d.senses = views[sm.fold]
		t, err := d.prepare(ctx, noise, sm)
		if err != nil {
			return nil, Training{}, err
		}
		done = append(done, t...)
	}
	m := &Model{Recipe: recipe, Rank: map[string]float64{}, Confidence: map[string]float64{}}
	m.enc = contrast(d.a, func(int32) bool { return false }, rnd)
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
		hit := t.right[t.list[0].entry]
		if len(t.right) > 0 {
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

// folds is the number of encoders learned to look at lines they have not seen.
const folds = 5

// technicalWeight is what a question about the API counts beside one about the programme: partner staff ask the latter.
const technicalWeight = 0.4

// recipe is written into the weights file.
const recipe = "partnerdesk faq train: shipped corpus with lines and entries hidden, plus faq/testdata/train/off.txt"

// samples makes the questions to learn from.
func (d *Desk) samples(o TrainOptions) []sample {
	var out []sample
	for e := range d.a.known {
		k := &d.a.known[e]
		w := 1.0
		if k.technical {
			w = technicalWeight
		}
		var lines []int32
		for n := k.first; n < k.last; n++ {
			if d.a.phrasings[n].part != partAnswer {
				lines = append(lines, n)
			}
		}
		for i, n := range lines {
			p := &d.a.phrasings[n]
			near := d.nearest(lines, n)
			out = append(out, sample{text: p.text, target: int32(e), hide: hideLines(n, near[:min(len(near), i%2)]), weight: w, fold: int(n) % folds})
			if p.lang == ZH && i%4 == 0 {
				out = append(out, sample{text: p.text, target: int32(e), hide: hideLines(n, near[:min(len(near), 1)]), weight: w, noise: 1 + i/4%2, fold: int(n) % folds})
			}
			if i%3 == 2 {
				out = append(out, sample{text: p.text, target: int32(e), weight: w, fold: int(n+1) % folds, thin: true})
			}
			if i%3 == 0 {
				out = append(out, sample{text: p.text, target: -1, hide: &hide{entry: int32(e)}, weight: 0.4 * w, fold: int(n) % folds})
			}
		}
	}
	for _, s := range o.Negatives {
		out = append(out, sample{text: s, target: -1, weight: 1.5})
	}
	all := 0.0
	for i := range out {
		all += out[i].weight
	}
	for i := range o.Cases {
		c := &o.Cases[i]
		out = append(out, sample{text: c.Q, target: -1, weight: casesShare * all / float64(len(o.Cases)), known: c})
	}
	return out
}

// casesShare is the weight of all cases together beside that of all samples made from the corpus.
const casesShare = 0.35

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
	if sm.thin {
		s = noise.thin(d.corpus.Lexicon, s)
	}
	t, err := d.think(ctx, Question{Text: s}, sm.hide)
	if err != nil {
		return nil, fmt.Errorf("ask %q: %w", s, err)
	}
	if len(t.list) == 0 {
		return nil, nil
	}
	right := map[int32]bool{}
	if sm.target >= 0 {
		right[sm.target] = true
	}
	for _, c := range t.list {
		if e := d.corpus.Entries[c.entry]; sm.known != nil && sm.known.Scope() && e.Kind != Unknown && sm.known.accepts(e, LangOf(s)) {
			right[c.entry] = true
		}
	}
	return []trained{{sm, right, t.list, t.query, t.fixes}}, nil
}
