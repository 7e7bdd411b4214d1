// Package lang finds the words a person reads: a message by its key, in the
// person's language, with its blanks filled in. The texts themselves are data
// (data/lang); this package only looks them up.
package lang

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// Tag is a language the desk speaks.
type Tag string

// The languages of the desk. Chinese is what a person gets who says nothing.
const (
	Chinese Tag = "zh-CN"
	English Tag = "en"
)

// Tags lists the languages, the first one first.
func Tags() []Tag { return []Tag{Chinese, English} }

// Match turns a locale as chat systems report it ("zh-CN", "zh_TW", "en-US",
// "ja-JP") into a language of the desk: Chinese for any Chinese locale and for
// none at all, English for every other.
func Match(locale string) Tag {
	l := strings.ToLower(strings.TrimSpace(locale))
	if l == "" || strings.HasPrefix(l, "zh") {
		return Chinese
	}
	return English
}

// Known is the tag when the desk speaks it, else none.
func Known(tag string) Tag {
	if slices.Contains(Tags(), Tag(tag)) {
		return Tag(tag)
	}
	return ""
}

// Of guesses the language a text is written in: Chinese as soon as a Chinese
// character occurs (mixed questions are asked by people who read Chinese),
// English otherwise. Empty text is Chinese.
func Of(text string) Tag {
	latin := false
	for _, r := range text {
		if unicode.Is(unicode.Han, r) {
			return Chinese
		}
		latin = latin || unicode.IsLetter(r)
	}
	if latin {
		return English
	}
	return Chinese
}

// Catalog holds every message in every language. The zero value has none.
type Catalog struct {
	texts map[Tag]map[string]string
}

var blank = regexp.MustCompile(`\{([a-z_]+)\}`)

// New builds a catalog and refuses one whose languages differ in their keys or
// whose messages differ in their blanks; every fault is reported.
func New(texts map[Tag]map[string]string) (*Catalog, error) {
	var faults []error
	keys := map[string]bool{}
	for _, m := range texts {
		for k := range m {
			keys[k] = true
		}
	}
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		var first string
		for i, tag := range Tags() {
			text, ok := texts[tag][key]
			if !ok || text == "" {
				faults = append(faults, fmt.Errorf("message %q is missing in %s", key, tag))
				continue
			}
			found := strings.Join(blanks(text), ",")
			if i == 0 {
				first = found
				continue
			}
			if found != first {
				faults = append(faults, fmt.Errorf("message %q: blanks {%s} in %s but {%s} in %s", key, first, Tags()[0], found, tag))
			}
		}
	}
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	return &Catalog{texts: texts}, nil
}

func blanks(text string) []string {
	var names []string
	for _, m := range blank.FindAllStringSubmatch(text, -1) {
		names = append(names, m[1])
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Has reports whether the catalog knows the key.
func (c *Catalog) Has(key string) bool {
	if c == nil {
		return false
	}
	_, ok := c.texts[Chinese][key]
	return ok
}

// Keys lists every key, sorted.
func (c *Catalog) Keys() []string { return slices.Sorted(maps.Keys(c.texts[Chinese])) }

// Text words a message. args are pairs of a blank's name and its value; a blank
// without a value stays visible, and an unknown key comes back in brackets, so
// that a fault is seen rather than hidden.
func (c *Catalog) Text(tag Tag, key string, args ...string) string {
	if c == nil {
		return "[" + key + "]"
	}
	m, ok := c.texts[tag]
	if !ok {
		m = c.texts[Chinese]
	}
	text, ok := m[key]
	if !ok {
		return "[" + key + "]"
	}
	if len(args) == 0 || !strings.Contains(text, "{") {
		return text
	}
	return blank.ReplaceAllStringFunc(text, func(b string) string {
		name := b[1 : len(b)-1]
		for i := 0; i+1 < len(args); i += 2 {
			if args[i] == name {
				return args[i+1]
			}
		}
		return b
	})
}

// Words is a catalog read in one language.
type Words struct {
	catalog *Catalog
	tag     Tag
}

// In returns the catalog read in one language.
func (c *Catalog) In(tag Tag) Words { return Words{catalog: c, tag: tag} }

// Tag returns the language of these words.
func (w Words) Tag() Tag { return w.tag }

// T words a message; see [Catalog.Text].
func (w Words) T(key string, args ...string) string { return w.catalog.Text(w.tag, key, args...) }

// Has reports whether the catalog knows the key.
func (w Words) Has(key string) bool { return w.catalog.Has(key) }
