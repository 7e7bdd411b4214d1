package faq

import (
	"slices"
	"sort"

	"partnerdesk/faq/text"
)

// candidate is an entry as it is compared with a query.
type candidate struct {
	entry    int32
	best     int32 // phrasing that matched best
	hit      overlap
	second   float64 // score of its second best phrasing
	vote     float64 // sum of squared scores among the best ten phrasings
	sense    float64 // closeness of question and entry by the encoder
	features [rankFeatures]float64
	rank     float64 // linear score
	p        float64 // share of the ranking
	missing  float64 // idf share of the rarest content term of the query that the entry nowhere has, 0..1
	lost     string  // that term
	numbers  bool    // the query has a number the entry nowhere has
	roles    bool    // the query names a party the entry nowhere asks about
}

// Features that rank entries, in the order of the weights.
const (
	fScore = iota
	fSecond
	fVote
	fCover
	fBack
	fKnown
	fAnswer
	fRaw
	fPair
	fType
	fRole
	fExtraRole
	fMissing
	fNumber
	fNegation
	fProfile
	fRawKnown
	fSupport
	fTitle
	fThin
	fSense
	fLineType
	fTechnical
	fElsewhere
	fOddPair
	rankFeatures
)

// rankNames are the names of the features in explanations and in the weights file.
var rankNames = [rankFeatures]string{
	"best-phrasing", "second-phrasing", "vote", "query-covered", "phrasing-covered", "covered-by-asks", "covered-by-answer",
	"best-raw", "best-pairs", "question-type", "role-missing", "role-extra", "rarest-missing", "number-missing", "negation",
	"profile", "raw-covered", "support", "canonical-question", "few-phrasings",
	"sense", "line-type", "technical",
	"told-elsewhere", "odd-pairs",
}

// hide takes texts out of the corpus for training: the phrasings in lines, and one entry (-1 for none).
type hide struct {
	entry int32
	lines map[int32]bool
}

func (h *hide) line(a *analysis, n int32) bool {
	return h != nil && (a.phrasings[n].entry == h.entry || h.lines[n])
}

const (
	voters     = 10 // phrasings that vote
	compared   = 12 // entries that are compared on all features
	candidates = 100
)

// rankEntries compares the entries of the phrasings found and returns them best first.
func (a *analysis) rankEntries(q *query, found []int, sn *senses, h *hide, m *Model) []candidate {
	type scored struct {
		n int32
		o overlap
	}
	list := make([]scored, 0, len(found))
	for _, n := range found {
		if h.line(a, int32(n)) {
			continue
		}
		p := &a.phrasings[n]
		o := a.overlap(q, p)
		if p.part == partAnswer { // long: compared by how much of the query it holds
			o.score = 0.55 * o.cover * o.cover
		}
		list = append(list, scored{int32(n), o})
	}
	sort.Slice(list, func(i, j int) bool {
		if list[i].o.score != list[j].o.score {
			return list[i].o.score > list[j].o.score
		}
		return list[i].n < list[j].n
	})
	var out []candidate
	at := map[int32]int{}
	total := 0.0
	for i, s := range list {
		e := a.phrasings[s.n].entry
		k, ok := at[e]
		if !ok {
			k = len(out)
			at[e] = k
			out = append(out, candidate{entry: e, best: s.n, hit: s.o})
		} else if out[k].second == 0 {
			out[k].second = s.o.score
		}
		if i < voters {
			v := s.o.score * s.o.score
			out[k].vote += v
			total += v
		}
	}
	place := sn.encodeQuery(a, q)
	for i := range out {
		v := sn.place(a, out[i].entry, h)
		out[i].sense = place.dot(&v)
	}
	sort.SliceStable(out, func(i, j int) bool {
		return out[i].hit.score+out[i].vote+out[i].sense/2 > out[j].hit.score+out[j].vote+out[j].sense/2
	})
	if len(out) > compared {
		out = out[:compared]
	}
	for i := range out {
		out[i].features[fSense] = out[i].sense
		if total > 0 {
			out[i].vote /= total
		}
		a.compare(q, &out[i], h)
		out[i].rank = m.rank(out[i].features)
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].rank > out[j].rank })
	softmax(out)
	return out
}

// compare fills in the features of a candidate.
func (a *analysis) compare(q *query, c *candidate, h *hide) {
	k := &a.known[c.entry]
	hidden := func(id int32, count int32, pick func(*phrasing) bool) int32 {
		if h == nil || len(h.lines) == 0 || count == 0 {
			return count
		}
		for n := range h.lines {
			if p := &a.phrasings[n]; p.entry == c.entry && p.part != partAnswer && pick(p) {
				count--
			}
		}
		return count
	}
	var asks, answer, support, profile, missing, elsewhere float64
	top := a.idf(-1)
	lost := ""
	for _, t := range q.terms {
		n := int32(0)
		if t.id >= 0 {
			n = hidden(t.id, find(k.terms, t.id), func(p *phrasing) bool { return p.has(t.id) })
		}
		inAnswer := t.id >= 0 && k.answer[t.id]
		if n > 0 {
			asks += t.mass
			support += t.mass * float64(n) / float64(n+2)
			profile += t.mass * min(1, 4*float64(n)/float64(k.asks))
		}
		if inAnswer {
			answer += t.mass
		}
		if n <= 0 && t.Content() {
			w := t.mass / top
			if inAnswer {
				w *= 0.5
			}
			if w > missing {
				missing, lost = w, t.Text
			}
			if t.id >= 0 && a.df[t.id] > 0 && t.Weight >= weightWhole {
				elsewhere += t.mass
			}
		}
	}
	rawHit := 0.0
	for _, id := range q.raw {
		if id < 0 {
			continue
		}
		if hidden(id, find(k.raw, id), func(p *phrasing) bool { _, ok := slices.BinarySearch(p.raw, id); return ok }) > 0 {
			w := a.idf(id)
			rawHit += w * w
		}
	}
	odd := 0.0
	for _, id := range q.loose {
		if id < 0 || a.df[id] == 0 || find(k.raw, id) > 0 {
			continue
		}
		odd = max(odd, a.idf(id)/top)
	}
	c.missing, c.lost = missing, lost
	p := &a.phrasings[c.best]
	f := &c.features
	f[fScore] = c.hit.score
	f[fSecond] = c.second
	f[fVote] = c.vote
	f[fCover] = c.hit.cover
	f[fBack] = c.hit.back
	f[fKnown] = share(asks, q.termMass)
	f[fAnswer] = share(answer, q.termMass)
	f[fRaw] = c.hit.raw
	f[fPair] = c.hit.pair
	f[fType] = a.typeAgreement(q.reading, k)
	f[fRole], f[fExtraRole] = roleAgreement(q.reading, k, p)
	f[fMissing] = missing
	f[fNumber] = numberAgreement(q.reading, k)
	f[fNegation] = 0
	if q.reading.Negated != p.negated {
		f[fNegation] = 1
	}
	f[fProfile] = share(profile, q.termMass)
	f[fRawKnown] = share(rawHit, q.rawNorm)
	f[fSupport] = share(support, q.termMass)
	f[fTitle] = 0
	for n := k.first; n < k.last; n++ {
		if a.phrasings[n].part == partQuestion && !h.line(a, n) {
			f[fTitle] = max(f[fTitle], a.overlap(q, &a.phrasings[n]).score)
		}
	}
	f[fElsewhere] = share(elsewhere, q.termMass)
	f[fOddPair] = odd
	f[fTechnical] = 0
	if k.technical {
		f[fTechnical] = 1 - q.technical
	}
	f[fLineType] = lineType(q.reading.Types, p.types)
	f[fThin] = 1 / float64(1+k.asks)
	c.numbers = f[fNumber] > 0
	c.roles = f[fRole] > 0
}

// weightWhole is the least weight of a term that stands for itself and not for a broader concept or a part of a code.
const weightWhole = 0.5

func (p *phrasing) has(id int32) bool {
	_, ok := slices.BinarySearchFunc(p.terms, id, func(t weighted, id int32) int { return int(t.id - id) })
	return ok
}

func share(part, whole float64) float64 {
	if whole <= 0 {
		return 0
	}
	return part / whole
}

// typeAgreement says how much of an entry is asked in the way the query asks: 1 when all of it, 0 when none, and 0.5
// when the query shows no way of asking.
func (a *analysis) typeAgreement(r text.Reading, k *known) float64 {
	n, sum := 0, 0.0
	for _, t := range r.Types {
		if t == "something" || t == "yesno" {
			continue
		}
		n++
		sum += min(1, 3*float64(k.types[t])/float64(max(k.asks, 1)))
	}
	if n == 0 {
		return 0.5
	}
	return sum / float64(n)
}

// lineType says whether a question and a phrasing ask in the same way: 1 when they do, 0 when not, 0.5 when one of them
// shows no way of asking.
func lineType(x, y []string) float64 {
	n, both := 0, 0
	for _, t := range x {
		if t == "something" || t == "yesno" {
			continue
		}
		n++
		if slices.Contains(y, t) {
			both++
		}
	}
	if n == 0 || len(y) == 0 {
		return 0.5
	}
	return float64(both) / float64(n)
}

// roleAgreement returns the share of the query's parties the entry nowhere asks about, and whether the phrasing names
// parties the query does not.
func roleAgreement(r text.Reading, k *known, p *phrasing) (missing, extra float64) {
	n := 0
	for _, role := range r.Roles {
		if generic(role) {
			continue
		}
		n++
		if k.roles[role] == 0 {
			missing++
		}
	}
	if n > 0 {
		missing /= float64(n)
	}
	for _, role := range p.roles {
		if p.part == partAnswer {
			break
		}
		if !generic(role) && !slices.Contains(r.Roles, role) {
			extra = 1
		}
	}
	return missing, extra
}

// generic parties are named in passing and tell nothing apart.
func generic(role string) bool {
	switch role {
	case "partner", "huawei", "customer", "member", "dealer", "staff":
		return true
	}
	return false
}

func numberAgreement(r text.Reading, k *known) float64 {
	missing := 0
	for _, n := range r.Numbers {
		if !k.numbers[n] {
			missing++
		}
	}
	if missing == 0 {
		return 0
	}
	return float64(missing) / float64(len(r.Numbers))
}
