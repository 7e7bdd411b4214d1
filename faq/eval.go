package faq

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
)

// Case is one question of an evaluation file. A case about the corpus has patterns; one without is out of scope, and the
// desk should stay quiet.
type Case struct {
	ID      string   `json:"id"`
	Q       string   `json:"q"`
	Lang    string   `json:"lang"`
	Kind    string   `json:"kind"`
	Must    []string `json:"must"`
	MustNot []string `json:"must_not"`
	Entry   []string `json:"entry"` // ids of the entries that answer it, instead of patterns

	must, mustNot []*regexp.Regexp
}

// Scope says whether the corpus is expected to answer the case.
func (c *Case) Scope() bool { return len(c.Must) > 0 || len(c.Entry) > 0 }

// ReadCases reads an evaluation file, one JSON object per line. Patterns ignore case and their dot matches newlines.
func ReadCases(name string, r io.Reader) ([]Case, error) {
	var out []Case
	sc := bufio.NewScanner(r)
	sc.Buffer(make([]byte, 1<<16), 1<<20)
	for n := 1; sc.Scan(); n++ {
		if strings.TrimSpace(sc.Text()) == "" {
			continue
		}
		var c Case
		if err := json.Unmarshal(sc.Bytes(), &c); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, n, err)
		}
		for _, p := range c.Must {
			re, err := regexp.Compile("(?is)" + p)
			if err != nil {
				return nil, fmt.Errorf("%s:%d: must: %w", name, n, err)
			}
			c.must = append(c.must, re)
		}
		for _, p := range c.MustNot {
			re, err := regexp.Compile("(?is)" + p)
			if err != nil {
				return nil, fmt.Errorf("%s:%d: must_not: %w", name, n, err)
			}
			c.mustNot = append(c.mustNot, re)
		}
		out = append(out, c)
	}
	if err := sc.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return out, nil
}

// accepts says whether an entry answers the case in a language.
func (c *Case) accepts(e *Entry, l Lang) bool {
	if len(c.Entry) > 0 {
		return slices.Contains(c.Entry, e.ID)
	}
	s := e.Plain(l)
	for _, re := range c.must {
		if !re.MatchString(s) {
			return false
		}
	}
	for _, re := range c.mustNot {
		if re.MatchString(s) {
			return false
		}
	}
	return true
}

// Result is how one case came out.
type Result string

// The results. In scope: right, helped, wrong, silent. Out of scope: quiet, offered, wrong.
const (
	Right   Result = "right"   // sure, and the answer is
	Helped  Result = "helped"  // maybe, and one of the choices is
	Wrong   Result = "wrong"   // sure, and the answer is not
	Silent  Result = "silent"  // anything else about the corpus
	Quiet   Result = "quiet"   // out of scope, none
	Offered Result = "offered" // out of scope, maybe
)

// Outcome is one case with what the desk made of it.
type Outcome struct {
	Case       Case
	Answer     Answer
	Result     Result
	Confidence float64
	First      bool // the entry that came first answers the case, whatever the verdict
}

// Tally counts results of a group of cases.
type Tally struct {
	Group string // e.g. "all", "lang zh", "kind typo"
	Scope bool
	Cases int
	Count map[Result]int
}

// Share returns the part of the cases that came out as one of results, 0..1.
func (t Tally) Share(results ...Result) float64 {
	if t.Cases == 0 {
		return 0
	}
	n := 0
	for _, r := range results {
		n += t.Count[r]
	}
	return float64(n) / float64(t.Cases)
}

// Report is an evaluation.
type Report struct {
	Outcomes []Outcome
	Tallies  []Tally // in scope first; all, then by language, then by kind
}

// Misses returns the cases that came out neither right nor quiet.
func (r *Report) Misses() []Outcome {
	var out []Outcome
	for _, o := range r.Outcomes {
		if o.Result != Right && o.Result != Quiet {
			out = append(out, o)
		}
	}
	return out
}

// Eval asks every case and tallies the results.
func Eval(ctx context.Context, d *Desk, cases []Case) (*Report, error) {
	r := &Report{}
	for _, c := range cases {
		t, err := d.think(ctx, Question{Text: c.Q}, nil)
		if err != nil {
			return nil, fmt.Errorf("case %s: %w", c.ID, err)
		}
		a := t.answer
		first := false
		if len(t.list) > 0 && c.Scope() {
			e := d.corpus.Entries[t.list[0].entry]
			first = e.Kind != Unknown && c.accepts(e, a.Lang)
		}
		r.Outcomes = append(r.Outcomes, Outcome{Case: c, Answer: a, Result: judge(&c, a), Confidence: a.Confidence, First: first})
	}
	r.tally()
	return r, nil
}

func judge(c *Case, a Answer) Result {
	if !c.Scope() {
		switch a.Verdict {
		case Sure:
			return Wrong
		case Maybe:
			return Offered
		}
		return Quiet
	}
	switch a.Verdict {
	case Sure:
		if c.accepts(a.Entry, a.Lang) {
			return Right
		}
		return Wrong
	case Maybe:
		for i, ch := range a.Choices {
			if i < 3 && c.accepts(ch.Entry, a.Lang) {
				return Helped
			}
		}
	}
	return Silent
}

func (r *Report) tally() {
	at := map[string]int{}
	count := func(group string, o *Outcome) {
		key := fmt.Sprint(group, o.Case.Scope())
		i, ok := at[key]
		if !ok {
			i = len(r.Tallies)
			at[key] = i
			r.Tallies = append(r.Tallies, Tally{Group: group, Scope: o.Case.Scope(), Count: map[Result]int{}})
		}
		r.Tallies[i].Cases++
		r.Tallies[i].Count[o.Result]++
	}
	for i := range r.Outcomes {
		o := &r.Outcomes[i]
		count("all", o)
		if o.Case.Lang != "" {
			count("lang "+o.Case.Lang, o)
		}
		if o.Case.Kind != "" {
			count("kind "+o.Case.Kind, o)
		}
	}
	slices.SortStableFunc(r.Tallies, func(x, y Tally) int {
		if x.Scope != y.Scope {
			if x.Scope {
				return -1
			}
			return 1
		}
		return strings.Compare(x.Group, y.Group)
	})
}
