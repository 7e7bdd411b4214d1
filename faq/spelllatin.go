package faq

import "partnerdesk/faq/text"

// latinKey buckets Latin words by first letter and length.
type latinKey struct {
	first byte
	size  int
}

// shortestLatin is the least length of a Latin word that is compared letter by letter.
const shortestLatin = 4

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
