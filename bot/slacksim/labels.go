package slacksim

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"strings"
)

//go:embed web/labels.json
var labelsJSON []byte

// labels are the page's own words, by language and key.
type labels map[string]map[string]string

func loadLabels() (labels, error) {
	var l labels
	if err := json.Unmarshal(labelsJSON, &l); err != nil {
		return nil, fmt.Errorf("slacksim: labels: %w", err)
	}
	return l, nil
}

// language is zh for a person whose locale says so, else en.
func (u User) language() string {
	if strings.HasPrefix(u.Locale, "zh") {
		return "zh"
	}
	return "en"
}

// label is a text in a person's language. {1} and {2} stand for the arguments.
func (w *Workspace) label(u User, key string, args ...string) string {
	s := w.labels[u.language()][key]
	for i, a := range args {
		s = strings.ReplaceAll(s, fmt.Sprintf("{%d}", i+1), a)
	}
	return s
}
