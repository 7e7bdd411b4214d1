package source

import (
	"fmt"
	"io/fs"
	"maps"
	"path"
	"sort"
	"strings"

	"github.com/goccy/go-yaml"

	"partnerdesk/faq/text"
)

// Names of the term files that are not YAML.
const (
	traditionalFile = "traditional.txt" // pairs of a traditional and a simplified character
	alikeFile       = "alike.txt"       // one group of look-alike characters per line
)

// Terms reads the lexicon from terms/ alone, for a corpus that does not come from files.
func Terms(fsys fs.FS) (*text.Lexicon, error) {
	lex, _, err := terms(fsys)
	return lex, err
}

// terms reads the words of the trade from terms/: concepts, characters that are traditional or look alike, and ways of
// asking that were heard, by id of the entry.
func terms(fsys fs.FS) (*text.Lexicon, map[string][]string, error) {
	if fsys == nil {
		lex, err := text.NewLexicon(text.NewFold(""), nil)
		return lex, nil, err
	}
	pairs, err := plain(fsys, traditionalFile)
	if err != nil {
		return nil, nil, err
	}
	names, err := fs.Glob(fsys, path.Join(termsDir, "*.yaml"))
	if err != nil {
		return nil, nil, err
	}
	sort.Strings(names)
	var concepts []text.Concept
	friends := map[string][]string{}
	heard := map[string][]string{}
	var rivals [][]string
	var decisive, chat, beside []string
	for _, name := range names {
		data, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, nil, fmt.Errorf("terms: %w", err)
		}
		var y termsYAML
		if err := yaml.UnmarshalWithOptions(data, &y, yaml.Strict()); err != nil {
			return nil, nil, at(name, 0, err)
		}
		concepts = append(concepts, y.concepts()...)
		maps.Copy(friends, y.Friends)
		maps.Copy(heard, y.Heard)
		decisive = append(decisive, y.Decisive...)
		rivals = append(rivals, y.Rivals...)
		chat, beside = append(chat, y.Chat...), append(beside, y.Beside...)
	}
	lex, err := text.NewLexicon(text.NewFold(strings.Join(pairs, "\n")), concepts)
	if err != nil {
		return nil, nil, fmt.Errorf("terms: %w", err)
	}
	groups, err := plain(fsys, alikeFile)
	if err != nil {
		return nil, nil, err
	}
	lex.SetAlike(groups)
	if err := lex.SetFriends(friends); err != nil {
		return nil, nil, fmt.Errorf("terms: %w", err)
	}
	if err := lex.SetDecisive(decisive); err != nil {
		return nil, nil, fmt.Errorf("terms: %w", err)
	}
	if err := lex.SetRivals(rivals); err != nil {
		return nil, nil, fmt.Errorf("terms: %w", err)
	}
	if err := lex.SetChat(chat, beside); err != nil {
		return nil, nil, fmt.Errorf("terms: %w", err)
	}
	return lex, heard, nil
}

// plain returns the lines of a text file in terms/ without comments; a missing file has none.
func plain(fsys fs.FS, name string) ([]string, error) {
	data, err := fs.ReadFile(fsys, path.Join(termsDir, name))
	if err != nil {
		return nil, fmt.Errorf("terms: %w", err)
	}
	var lines []string
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSpace(line)
		if line != "" && line[0] != '#' {
			lines = append(lines, line)
		}
	}
	return lines, nil
}

// termsYAML is a term file: kind of concept, then name, then its forms; which concept is a kind of which; which
// concepts a word with several meanings may stand for; what a question may ask for; and what is said
// without asking anything.
type termsYAML struct {
	Objects   map[string][]string `yaml:"objects"`
	Actions   map[string][]string `yaml:"actions"`
	Roles     map[string][]string `yaml:"roles"`
	Questions map[string][]string `yaml:"questions"`
	Negations map[string][]string `yaml:"negations"`
	Fillers   map[string][]string `yaml:"fillers"`
	Foreign   map[string][]string `yaml:"foreign"`
	Orders    map[string][]string `yaml:"orders"`
	Is        map[string]string   `yaml:"is"`
	Friends   map[string][]string `yaml:"friends"`
	Decisive  []string            `yaml:"decisive"`
	Heard     map[string][]string `yaml:"heard"`
	Chat      []string            `yaml:"chat"`
	Beside    []string            `yaml:"beside"`
	Rivals    [][]string          `yaml:"rivals"`
}

func (y termsYAML) concepts() []text.Concept {
	var out []text.Concept
	for _, g := range [...]struct {
		kind  text.Kind
		forms map[string][]string
	}{
		{text.Object, y.Objects}, {text.Action, y.Actions}, {text.Role, y.Roles}, {text.Ask, y.Questions},
		{text.Negation, y.Negations}, {text.Filler, y.Fillers}, {text.Foreign, y.Foreign}, {text.Order, y.Orders},
	} {
		keys := make([]string, 0, len(g.forms))
		for k := range g.forms {
			keys = append(keys, k)
		}
		sort.Strings(keys)
		for _, k := range keys {
			out = append(out, text.Concept{Name: k, Kind: g.kind, Forms: g.forms[k], Is: y.Is[k]})
		}
	}
	return out
}
