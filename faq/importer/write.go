package importer

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Written says what became of the output files.
type Written struct {
	Files  []string `json:"files"`  // written or already as they should be
	Edited []string `json:"edited"` // left alone: somebody has edited them, or they are not ours
	Known  int      `json:"known"`  // drafts that lie in other files of the directory already
}

// mark starts every file that was written here; the hash of what follows tells whether somebody has edited it since.
const mark = "# partnerdesk faq import: drafts, not edited, sha256 "

var (
	idLine       = regexp.MustCompile(`(?m)^  - id: "([^"]+)"$`)
	recordedLine = regexp.MustCompile(`(?m)^    recorded: (\S+)$`)
)

// Write files the drafts in dir, one file for each input file. Writing the same drafts again changes nothing: a draft
// keeps the day it was first recorded. Files somebody has edited, and files it did not write, are left alone and named.
func Write(dir string, r *Result, recorded time.Time) (Written, error) {
	var w Written
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return w, fmt.Errorf("drafts: %w", err)
	}
	groups, names := map[string][]Draft{}, []string{}
	for _, d := range r.Drafts {
		name := fileName(d.Name)
		if groups[name] == nil {
			names = append(names, name)
		}
		groups[name] = append(groups[name], d)
	}
	slices.Sort(names)
	days, elsewhere, err := known(dir, names)
	if err != nil {
		return w, err
	}
	for _, name := range names {
		path := filepath.Join(dir, name)
		old, err := os.ReadFile(path)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return w, fmt.Errorf("drafts: %w", err)
		}
		if err == nil && !ours(old) {
			w.Edited = append(w.Edited, path)
			continue
		}
		var list []Draft
		for _, d := range groups[name] {
			if elsewhere[d.ID] {
				w.Known++
				continue
			}
			list = append(list, d)
		}
		if len(list) == 0 {
			continue
		}
		body := encode(list, days, recorded)
		sum := sha256.Sum256(body)
		out := append([]byte(mark+hex.EncodeToString(sum[:])+"\n"), body...)
		if !bytes.Equal(out, old) {
			if err := replace(path, out); err != nil {
				return w, fmt.Errorf("drafts: %w", err)
			}
		}
		w.Files = append(w.Files, path)
	}
	return w, nil
}

// known reads what lies in dir: the day each draft was recorded, and which drafts lie in files that are not about to be
// written.
func known(dir string, names []string) (days map[string]string, elsewhere map[string]bool, err error) {
	days, elsewhere = map[string]string{}, map[string]bool{}
	list, err := os.ReadDir(dir)
	if err != nil {
		return nil, nil, fmt.Errorf("drafts: %w", err)
	}
	for _, f := range list {
		if ext := filepath.Ext(f.Name()); f.IsDir() || ext != ".yaml" && ext != ".yml" {
			continue
		}
		data, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			return nil, nil, fmt.Errorf("drafts: %w", err)
		}
		stays := !slices.Contains(names, f.Name()) || !ours(data)
		found := idLine.FindAllSubmatchIndex(data, -1)
		for i, m := range found {
			id := string(data[m[2]:m[3]])
			end := len(data)
			if i+1 < len(found) {
				end = found[i+1][0]
			}
			if day := recordedLine.FindSubmatch(data[m[1]:end]); day != nil {
				days[id] = string(day[1])
			}
			if stays {
				elsewhere[id] = true
			}
		}
	}
	return days, elsewhere, nil
}

// ours says that a file was written here and is as it was.
func ours(data []byte) bool {
	head, body, ok := bytes.Cut(data, []byte("\n"))
	sum := sha256.Sum256(body)
	return ok && string(head) == mark+hex.EncodeToString(sum[:])
}

// replace writes a file so that a crash leaves the old one or the new one.
func replace(path string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".draft-*")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Chmod(0o644), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

var unsafe = regexp.MustCompile(`[^\p{L}\p{N}]+`)

// fileName makes the name of an output file of the name of an input file.
func fileName(name string) string {
	s := strings.Trim(unsafe.ReplaceAllString(strings.ToLower(name), "-"), "-")
	if len(s) > 120 || s == "" {
		sum := sha256.Sum256([]byte(name))
		s = begin(s, 30) + "-" + hex.EncodeToString(sum[:])[:8]
		s = strings.ReplaceAll(s, "…", "")
	}
	return s + ".yaml"
}

// encode writes drafts as a corpus file, a document for each topic. Every text is a double-quoted string, which YAML
// reads as JSON does.
func encode(list []Draft, days map[string]string, recorded time.Time) []byte {
	var topics []string
	byTopic := map[string][]Draft{}
	for _, d := range list {
		if byTopic[d.TopicID] == nil {
			topics = append(topics, d.TopicID)
		}
		byTopic[d.TopicID] = append(byTopic[d.TopicID], d)
	}
	var b bytes.Buffer
	for i, id := range topics {
		if i > 0 {
			b.WriteString("---\n")
		}
		fmt.Fprintf(&b, "topic:\n  id: %s\n  zh: %s\n  en: \"\"\nentries:\n", quote(id), quote(byTopic[id][0].Topic))
		for _, d := range byTopic[id] {
			day := days[d.ID]
			if day == "" && !recorded.IsZero() {
				day = recorded.Format(time.DateOnly)
			}
			entry(&b, d, day)
		}
	}
	return b.Bytes()
}

func entry(b *bytes.Buffer, d Draft, day string) {
	fmt.Fprintf(b, "  - id: %s\n    draft: true\n    kind: %s\n", quote(d.ID), d.Kind)
	if d.Parent != "" {
		fmt.Fprintf(b, "    parent: %s\n", quote(d.Parent))
	}
	fmt.Fprintf(b, "    question:\n      zh: %s\n", quote(d.Question))
	list(b, "    ask:\n      zh:", "        ", d.Ask)
	fmt.Fprintf(b, "    answer:\n      zh:\n        fact: %s\n", quote(d.Fact))
	list(b, "        conditions:", "          ", d.Conditions)
	if d.NotStated != "" {
		fmt.Fprintf(b, "        not_stated: %s\n", quote(d.NotStated))
	}
	list(b, "        notes:", "          ", d.Notes)
	fmt.Fprintf(b, "    source:\n      place: help-center\n      title:\n        zh: %s\n      cut: %s\n", quote(d.Title), d.Cut)
	if day != "" {
		fmt.Fprintf(b, "    recorded: %s\n", day)
	}
}

func list(b *bytes.Buffer, head, indent string, items []string) {
	if len(items) == 0 {
		return
	}
	b.WriteString(head + "\n")
	for _, s := range items {
		fmt.Fprintf(b, "%s- %s\n", indent, quote(s))
	}
}

// quote writes a string as JSON does, which is also YAML.
func quote(s string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a string always encodes
	return strings.TrimSuffix(b.String(), "\n")
}
