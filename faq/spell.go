package faq

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"partnerdesk/faq/text"
)

// The second try on a question: a run of characters that nobody in the corpus writes, but that sounds or looks like a word
// of the corpus, is read as that word (代金卷, 提线, 专制人员); Latin words are compared letter by letter. A correction adds
// candidates, and the confidence knows that there was one.

// speller knows the words of the corpus by their sound.
type speller struct {
	sounds  Sounds
	lex     *text.Lexicon
	byKey   map[string][]spelt // joined pinyin without tones, sounds that people mix up made one
	words   map[string]int32   // word -> entries that ask with it
	latin   map[latinKey][]string
	latinDF map[string]int32
}

type spelt struct {
	word string
	df   int32
}

// latinKey buckets Latin words by first letter and length.
type latinKey struct {
	first byte
	size  int
}

// Bounds of the words compared.
const (
	shortestWord  = 2
	longestWord   = 8
	maxReadings   = 8 // combinations of readings tried per window
	commonBigram  = 2 // entries that must ask with a pair of characters before it counts as a word
	shortestLatin = 4
)

func newSpeller(a *analysis, lex *text.Lexicon, sounds Sounds) *speller {
	s := &speller{
		sounds: sounds, lex: lex,
		byKey: map[string][]spelt{}, words: map[string]int32{},
		latin: map[latinKey][]string{}, latinDF: map[string]int32{},
	}
	add := func(w string, df int32) {
		if _, ok := s.words[w]; ok {
			s.words[w] = max(s.words[w], df)
			return
		}
		s.words[w] = df
	}
	lex.Forms(func(form string, c *text.Concept) {
		df := int32(0)
		if id, ok := a.vocab[markTerm+text.Name(c)]; ok {
			df = a.seen[id]
		}
		if n := hanOnly(form); n >= shortestWord && n <= longestWord {
			add(form, df)
		}
		for _, w := range strings.Fields(form) {
			if df > 0 {
				s.addLatin(w, df)
			}
		}
	})
	for key, id := range a.vocab {
		w := key[1:]
		switch key[:1] {
		case markRaw:
			if a.df[id] >= commonBigram && hanOnly(w) == 2 && !small(lex, w) {
				add(w, a.df[id])
			}
		case markTerm:
			s.addLatin(w, a.seen[id])
		}
	}
	for w, df := range s.words {
		for _, k := range s.keys([]rune(w)) {
			s.byKey[k] = append(s.byKey[k], spelt{w, df})
		}
	}
	for _, list := range s.byKey {
		slices.SortFunc(list, func(x, y spelt) int {
			if x.df != y.df {
				return int(y.df - x.df)
			}
			return strings.Compare(x.word, y.word)
		})
	}
	return s
}

// small says that one of the characters is a word that says nothing by itself (的, 吗, 能).
func small(lex *text.Lexicon, w string) bool {
	for _, r := range w {
		if c := lex.Of(string(r)); c != nil && c.Kind >= text.Ask && c.Kind <= text.Filler {
			return true
		}
	}
	return false
}

func (s *speller) addLatin(w string, df int32) {
	if len(w) < shortestLatin || !isLatin(w) {
		return
	}
	if _, ok := s.latinDF[w]; !ok {
		k := latinKey{w[0], len(w)}
		s.latin[k] = append(s.latin[k], w)
	}
	s.latinDF[w] += df
}

func isLatin(s string) bool {
	for i := range len(s) {
		if s[i] < 'a' || s[i] > 'z' {
			return false
		}
	}
	return s != ""
}

// hanOnly returns the number of characters of s, 0 when one of them is not Chinese.
func hanOnly(s string) int {
	n := 0
	for _, r := range s {
		if !unicode.Is(unicode.Han, r) {
			return 0
		}
		n++
	}
	return n
}

// mixedUp makes sounds one that people mix up when they type.
var mixedUp = strings.NewReplacer("zh", "z", "ch", "c", "sh", "s", "ng", "n")

// keys returns how a word may be read, joined, one key per combination of readings.
func (s *speller) keys(w []rune) []string {
	if s.sounds == nil {
		return nil
	}
	out := []string{""}
	for _, r := range w {
		readings := s.sounds.Readings(r)
		if len(readings) == 0 {
			return nil
		}
		var next []string
		for _, k := range out {
			for _, x := range readings {
				if x = mixedUp.Replace(x); len(next) < maxReadings && !slices.Contains(next, k+x) {
					next = append(next, k+x)
				}
			}
		}
		out = next
	}
	return out
}

// correct returns the question with words of the corpus in place of what sounds or looks like them, and how many were
// replaced.
func (s *speller) correct(r text.Reading) (string, int) {
	var out strings.Builder
	changed := 0
	var run []rune    // Han characters in a row
	var owner []int32 // number of the concept a character belongs to, -1 for none
	concept := int32(0)
	flush := func() {
		n := s.correctRun(run, owner)
		changed += n
		out.WriteString(string(run))
		run, owner = run[:0], owner[:0]
	}
	for _, sp := range r.Spans {
		if hanOnly(sp.Text) > 0 && !sp.Stop {
			own := int32(-1)
			if sp.Concept != nil && (utf8.RuneCountInString(sp.Text) > 1 || sp.Concept.Kind != text.Filler) {
				concept++
				own = concept
			}
			for _, c := range sp.Text {
				run, owner = append(run, c), append(owner, own)
			}
			continue
		}
		flush()
		if sp.Stop {
			out.WriteByte(',')
		}
		if hanOnly(sp.Text) > 0 {
			for _, c := range sp.Text {
				run, owner = append(run, c), append(owner, -1)
			}
			if sp.Concept != nil {
				concept++
				for i := range owner {
					owner[i] = concept
				}
			}
			continue
		}
		w := sp.Text
		if sp.Concept == nil && isLatin(w) {
			if better := s.correctLatin(w); better != "" {
				w = better
				changed++
			}
		}
		out.WriteByte(' ')
		out.WriteString(w)
		out.WriteByte(' ')
	}
	flush()
	if changed == 0 {
		return "", 0
	}
	return strings.Join(strings.Fields(out.String()), " "), changed
}

// correctRun replaces words in place, the longest first.
func (s *speller) correctRun(run []rune, owner []int32) int {
	changed := 0
	for size := min(longestWord, len(run)); size >= shortestWord; size-- {
		for i := 0; i+size <= len(run); i++ {
			if !free(owner, i, i+size) {
				continue
			}
			w := s.better(run, i, size)
			if w == nil {
				continue
			}
			copy(run[i:], w)
			for j := i; j < i+size; j++ {
				owner[j] = -2
			}
			changed++
		}
	}
	return changed
}

// free says whether a window may be replaced: it cuts no concept in two and is not one as a whole.
func free(owner []int32, i, j int) bool {
	if i > 0 && owner[i] >= 0 && owner[i-1] == owner[i] || j < len(owner) && owner[j-1] >= 0 && owner[j] == owner[j-1] {
		return false
	}
	loose := false
	for _, o := range owner[i:j] {
		if o == -2 {
			return false
		}
		loose = loose || o == -1
	}
	return loose
}

// better returns the word a window stands for, or nil.
func (s *speller) better(run []rune, i, size int) []rune {
	window := run[i : i+size]
	if _, ok := s.words[string(window)]; ok {
		return nil
	}
	var best []rune
	var bestDF int32
	consider := func(word string, df int32) {
		w := []rune(word)
		if len(w) != size || df <= bestDF {
			return
		}
		differ := 0
		for j := range w {
			if w[j] != window[j] {
				differ++
			}
		}
		if differ == 0 || size == 2 && differ > 1 || size > 2 && differ > (size+1)/2 {
			return
		}
		if size == 2 && s.around(run, i, w) <= s.around(run, i, window) {
			return
		}
		best, bestDF = w, df
	}
	for _, k := range s.keys(window) {
		for _, x := range s.byKey[k] {
			consider(x.word, x.df)
		}
	}
	w := slices.Clone(window)
	for j, c := range window {
		for _, x := range s.lex.Alike(c) {
			w[j] = x
			if df, ok := s.words[string(w)]; ok && df > 0 {
				consider(string(w), df)
			}
		}
		w[j] = c
	}
	return best
}

// around counts the pairs known to the corpus in a window and at its edges.
func (s *speller) around(run []rune, i int, window []rune) int {
	n := 0
	at := func(a, b rune) {
		if _, ok := s.words[string([]rune{a, b})]; ok {
			n++
		}
	}
	if i > 0 {
		at(run[i-1], window[0])
	}
	for j := 1; j < len(window); j++ {
		at(window[j-1], window[j])
	}
	if end := i + len(window); end < len(run) {
		at(window[len(window)-1], run[end])
	}
	return n
}

// correctLatin returns the word of the corpus an unknown Latin word stands for: pinyin of a Chinese word, or a word with
// a slip of the keyboard in it.
func (s *speller) correctLatin(w string) string {
	if len(w) < shortestLatin {
		return ""
	}
	stemmed := text.Stem(w)
	if s.latinDF[w] > 0 || s.latinDF[stemmed] > 0 {
		return ""
	}
	if list := s.byKey[mixedUp.Replace(w)]; len(w) >= 5 && len(list) > 0 && list[0].df > 0 {
		return list[0].word
	}
	limit := 1
	if len(w) >= 8 {
		limit = 2
	}
	best, bestD, bestDF := "", limit+1, int32(0)
	for size := len(stemmed) - limit; size <= len(w)+limit; size++ {
		for _, x := range s.latin[latinKey{w[0], size}] {
			d := min(distance(w, x), distance(stemmed, x))
			if d < bestD || d == bestD && d <= limit && s.latinDF[x] > bestDF {
				best, bestD, bestDF = x, d, s.latinDF[x]
			}
		}
	}
	if bestD > limit {
		return ""
	}
	return best
}

// distance is the number of letters inserted, lost, changed or swapped between two words.
func distance(a, b string) int {
	prev2, prev, cur := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		cur[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			cur[j] = min(prev[j]+1, cur[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				cur[j] = min(cur[j], prev2[j-2]+1)
			}
		}
		prev2, prev, cur = prev, cur, prev2
	}
	return prev[len(b)]
}
