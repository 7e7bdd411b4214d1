// Package source reads the corpus: YAML files as docs/corpus.md describes them, shipped inside the binary or lying in a
// directory, and the terms the reader of questions needs.
//
// Loading is strict: an unknown field, a wrong type or a broken date is an error that names file and line. What is merely
// untidy is left to faq.Lint.
package source

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"partnerdesk/faq"
	"partnerdesk/faq/text"
)

// Directories inside the shipped file system.
const (
	entriesDir = "faq"
	termsDir   = "terms"
)

// Load reads the shipped corpus from fsys (entries in faq/, terms in terms/) and the entries of every directory in dirs
// besides. An entry of a later directory replaces one with the same id.
func Load(fsys fs.FS, dirs ...string) (*faq.Corpus, error) {
	shipped, err := read(fsys, entriesDir)
	if err != nil {
		return nil, err
	}
	return load(fsys, shipped, dirs)
}

// Only reads the terms from fsys and the entries from dirs alone, without the shipped ones: drafts of the importer are
// asked as they are.
func Only(fsys fs.FS, dirs ...string) (*faq.Corpus, error) {
	return load(fsys, nil, dirs)
}

func load(fsys fs.FS, entries []*faq.Entry, dirs []string) (*faq.Corpus, error) {
	lex, heard, err := terms(fsys)
	if err != nil {
		return nil, err
	}
	at := map[string]int{}
	for i, e := range entries {
		at[e.ID] = i
	}
	for _, dir := range dirs {
		info, err := os.Stat(dir)
		if err != nil {
			return nil, fmt.Errorf("corpus directory: %w", err)
		}
		if !info.IsDir() {
			return nil, fmt.Errorf("corpus directory: %s is not a directory", dir)
		}
		found, err := read(os.DirFS(dir), ".")
		if err != nil {
			return nil, fmt.Errorf("in %s: %w", dir, err)
		}
		before := len(entries)
		for _, e := range found {
			e.File = filepath.Join(dir, e.File)
			if i, ok := at[e.ID]; ok && i < before {
				entries[i] = e
				continue
			}
			at[e.ID] = len(entries)
			entries = append(entries, e)
		}
	}
	return finish(lex, entries, heard)
}

// finish puts a corpus together and adds the ways of asking that were heard to its entries.
func finish(lex *text.Lexicon, entries []*faq.Entry, heard map[string][]string) (*faq.Corpus, error) {
	out := &faq.Corpus{Lexicon: lex, Entries: entries}
	seen := map[string]bool{}
	for _, e := range entries {
		for _, s := range heard[e.ID] {
			if faq.LangOf(s) == faq.ZH {
				e.Ask.ZH = append(e.Ask.ZH, s)
				continue
			}
			e.Ask.EN = append(e.Ask.EN, s)
		}
		if !seen[e.Topic.ID] {
			seen[e.Topic.ID] = true
			out.Topics = append(out.Topics, e.Topic)
		}
	}
	if errs := out.Validate(); len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	return out, nil
}

func read(fsys fs.FS, dir string) ([]*faq.Entry, error) {
	if fsys == nil {
		return nil, nil
	}
	var entries []*faq.Entry
	var errs []error
	err := fs.WalkDir(fsys, dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if ext := path.Ext(name); d.IsDir() || ext != ".yaml" && ext != ".yml" {
			return nil
		}
		data, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		found, err := file(name, data)
		if err != nil {
			errs = append(errs, err)
		}
		entries = append(entries, found...)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("corpus: %w", err)
	}
	return entries, errors.Join(errs...)
}

// File parses one corpus file; name is used in messages.
func File(name string, data []byte) ([]*faq.Entry, error) {
	return file(name, data)
}

func file(name string, data []byte) ([]*faq.Entry, error) {
	tree, err := parser.ParseBytes(data, 0)
	if err != nil {
		return nil, at(name, 0, err)
	}
	var entries []*faq.Entry
	for _, doc := range tree.Docs {
		if doc.Body == nil {
			continue
		}
		var head struct {
			Topic   topicYAML       `yaml:"topic"`
			Entries []yaml.MapSlice `yaml:"entries"`
		}
		if err := yaml.NodeToValue(doc.Body, &head, yaml.Strict()); err != nil {
			return nil, at(name, 0, err)
		}
		nodes, err := entryNodes(doc.Body)
		if err != nil {
			return nil, at(name, 0, err)
		}
		topic := faq.Topic{ID: head.Topic.ID, Name: faq.Text{ZH: head.Topic.ZH, EN: head.Topic.EN}}
		for _, n := range nodes {
			line := n.GetToken().Position.Line
			var y entryYAML
			if err := yaml.NodeToValue(n, &y, yaml.Strict()); err != nil {
				return nil, at(name, line, err)
			}
			e, err := y.entry()
			if err != nil {
				return nil, at(name, line, err)
			}
			e.Topic, e.File, e.Line = topic, name, line
			entries = append(entries, e)
		}
	}
	return entries, nil
}

// entryNodes returns the items of the list "entries".
func entryNodes(body ast.Node) ([]ast.Node, error) {
	p, err := yaml.PathString("$.entries")
	if err != nil {
		return nil, err
	}
	n, err := p.FilterNode(body)
	if err != nil || n == nil {
		return nil, err
	}
	if seq, ok := n.(*ast.SequenceNode); ok {
		return seq.Values, nil
	}
	return nil, nil
}

// at puts file and line in front of an error of the YAML library, without its excerpt of the source. line is used when
// the library gives none.
func at(name string, line int, err error) error {
	if e, ok := errors.AsType[yaml.Error](err); ok {
		if t := e.GetToken(); t != nil {
			line = t.Position.Line
		}
		return fmt.Errorf("%s:%d: %s", name, line, e.GetMessage())
	}
	return fmt.Errorf("%s:%d: %w", name, line, err)
}

// rev is a short hash of what an entry says; where it lies in the file does not matter.
func rev(y entryYAML) (string, error) {
	b, err := json.Marshal(y)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])[:10], nil
}

func day(field, s string) (time.Time, error) {
	if s = strings.TrimSpace(s); s == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return time.Time{}, fmt.Errorf("%s: %q is not a date like 2026-11-20", field, s)
	}
	return t, nil
}
