package faq

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"partnerdesk/faq/text"
)

// The second try on a question: a run of characters that nobody in the corpus writes, but that sounds or looks like a word
// of the corpus, or has two of its characters swapped, is read as that word (代金卷, 提线, 专制人员); Latin words are compared letter by letter. A correction adds
// candidates, and the confidence knows that there was one.

// speller knows the words of the corpus by their sound.
type speller struct {
	sounds  Sounds
	lex     *text.Lexicon
	byKey   map[string][]spelt // joined pinyin without tones, sounds that people mix up made one
	words   map[string]int32   // word -> entries that ask with it
	holes   map[string]string  // longer word with one character lost -> the word
	latin   map[latinKey][]string
	latinDF map[string]int32
}

type spelt struct {
	word string
	df   int32
}

// Bounds of the words compared.
const (
	shortestWord = 2
	longestWord  = 8
	maxReadings  = 8 // combinations of readings tried per window
	commonBigram = 2 // entries that must ask with a pair of characters before it counts as a word
)

func newSpeller(a *analysis, lex *text.Lexicon, sounds Sounds) *speller {
	s := &speller{
		sounds: sounds, lex: lex,
		byKey: map[string][]spelt{}, words: map[string]int32{}, holes: map[string]string{},
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
	s.addHoles()
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

// holed is the least length of a word that is recognised with one character lost.
const holed = 4

func (s *speller) addHoles() {
	for w, df := range s.words {
		r := []rune(w)
		if len(r) < holed || df == 0 {
			continue
		}
		for i := range r {
			lost := string(r[:i]) + string(r[i+1:])
			if _, known := s.words[lost]; known {
				continue
			}
			if other, ok := s.holes[lost]; !ok || s.words[other] < df || s.words[other] == df && other > w {
				s.holes[lost] = w
			}
		}
	}
}

// fill puts lost characters back into a run, and returns the run, the owners of its characters and the words mended.
func (s *speller) fill(run []rune, owner []int32) ([]rune, []int32, int) {
	mended := 0
	for i := 0; i < len(run); i++ {
		for size := min(longestWord-1, len(run)-i); size >= holed-1; size-- {
			w, ok := s.holes[string(run[i:i+size])]
			if !ok || !free(owner, i, i+size) {
				continue
			}
			r := []rune(w)
			marks := make([]int32, len(r))
			for j := range marks {
				marks[j] = -2
			}
			run, owner = slices.Replace(run, i, i+size, r...), slices.Replace(owner, i, i+size, marks...)
			mended++
			i += len(r) - 1
			break
		}
	}
	return run, owner, mended
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
		var mended int
		run, owner, mended = s.fill(run, owner)
		changed += mended + s.correctRun(run, owner)
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
	for j := 1; j < size; j++ {
		w[j-1], w[j] = w[j], w[j-1]
		if df := s.words[string(w)]; df > bestDF && s.around(run, i, w) > s.around(run, i, window) {
			best, bestDF = slices.Clone(w), df
		}
		w[j-1], w[j] = w[j], w[j-1]
	}
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
