package importer

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

//go:embed rules.json
var rulesJSON []byte

// rules are the words of the general signs; rules.json says more.
type rules struct {
	About    string            `json:"about"`
	Parent   []string          `json:"parent"`   // what stands before the name of the page above
	Sections map[string]string `json:"sections"` // heading of a section -> its part: api, need, steps, lead, note
	Chrome   struct {
		Visitor []string `json:"visitor"` // the site speaks to whoever visits it
		Site    []string `json:"site"`    // about itself
		Verb    []string `json:"verb"`    // and what to do with it
		Starts  []string `json:"starts"`  // first words of lines below a page
		Whole   []string `json:"whole"`   // buttons
	} `json:"chrome"`
	Asking []string `json:"asking"` // words of a question without a question mark
	Steps  []string `json:"steps"`  // words of an instruction
	Arrive []string `json:"arrive"` // ends of steps that only lead to the first page
	Nouns  []string `json:"nouns"`  // last words of a heading that names a thing, not an action
	Modal  struct {
		No   []string `json:"no"`
		Only []string `json:"only"`
		Must []string `json:"must"`
		May  []string `json:"may"`
		Is   []string `json:"is"`
	} `json:"modal"`
	Forms map[string]string   `json:"forms"` // of a derived question
	Asks  map[string][]string `json:"asks"`  // further ways of asking
	Text  map[string]string   `json:"text"`  // what a draft says about itself
}

func newRules() (*rules, error) {
	r := &rules{}
	d := json.NewDecoder(strings.NewReader(string(rulesJSON)))
	d.DisallowUnknownFields()
	if err := d.Decode(r); err != nil {
		return nil, fmt.Errorf("rules of the importer: %w", err)
	}
	return r, nil
}

// put fills a form in.
func put(form, subject string) string { return strings.ReplaceAll(form, "{}", subject) }

// has says whether s contains one of the words.
func has(s string, words []string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(s, w) })
}

// count says how many of the words s contains.
func count(s string, words []string) int {
	n := 0
	for _, w := range words {
		if strings.Contains(s, w) {
			n++
		}
	}
	return n
}

// ends returns the word s ends in, or "".
func ends(s string, words []string) string {
	for _, w := range words {
		if strings.HasSuffix(s, w) {
			return w
		}
	}
	return ""
}

// part returns the part a section heading opens, or "".
func (r *rules) part(heading string) string {
	return r.Sections[strings.TrimRight(strings.TrimSpace(heading), ":：")]
}
