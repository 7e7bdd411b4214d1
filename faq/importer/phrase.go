package importer

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// clause is the frame of a Chinese sentence: under which condition who may, must or cannot do what.
type clause struct {
	cond  string // 当…时, 如需…
	subj  string
	class string // no, only, must, may, is; empty when no such word was found
	modal string
	pred  string
	main  string // the first clause behind the condition
}

var (
	lead      = regexp.MustCompile(`^(?:[(（]?\d+[)）.、]\s*|[一二三四五六七八九十]+、\s*|[•·●\-*]\s*|例如?\d*[:：]\s*|注意(?:事项)?[:：]\s*|说明[:：]\s*)`)
	named     = regexp.MustCompile(`^([^,，。:：;；“”]{2,16})[:：]\s*(.{6,})$`)
	condStart = regexp.MustCompile(`^(?:当|如果|若|如需|如|假如|一旦|在|就|对于|针对|关于|因)([^,，]{2,40}?)(时|后|前|之后|之前|的时候|的话|的情况下|情况下|的部分|的款项|等)?[,，]`)
	condEnd   = regexp.MustCompile(`^([^,，。]{3,40}?)(时|后|前|之后|之前|的时候|的话|的情况下)[,，]`)
	dueDate   = regexp.MustCompile(`(?:\d{1,4}年)?\d{1,2}月\d{1,2}日(?:之?前|止|截止|以前)|[\d一二三两]+个?(?:工作日|自然日|天|个月|小时|日)(?:之?内|以内|之?前)|(?:月底|年底|季度末|次月\d*日?)(?:之?前|止)`)
	amount    = regexp.MustCompile(`(上升为|提升至|提升为|提高到|调整为|最高为|最大为|不超过|不低于|不少于|不得超过|至少为?|最多为?|最长为?|默认值为|默认为|默认|为|是|达到|≥|≤|[:：])\s*([\d一二三四五六七八九十百千两]+(?:\.\d+)?\s*(?:万|亿|元|%|％|个|次|张|天|日|工作日|位|条|年|月|小时|分钟|家|人)?)`)
)

// bare takes numbering and brackets off a sentence.
func bare(s string) string {
	s = lead.ReplaceAllString(strings.TrimSpace(s), "")
	return strings.TrimRight(s, "。！!；;,，:：、 ")
}

// unbracket leaves out what stands in round brackets.
func unbracket(s string) string {
	for {
		t := inBracket.ReplaceAllString(s, "")
		if t == s {
			return t
		}
		s = t
	}
}

// analyse finds the frame of a sentence.
func (r *rules) analyse(sentence string) clause {
	s := unbracket(bare(sentence))
	var c clause
	if m := named.FindStringSubmatch(s); m != nil && r.modalAt(m[1]) < 0 {
		c.subj, s = m[1], m[2]
	}
	s = unlink(s)
	for range 2 {
		if m := condition(s); m != nil {
			c.cond, s = strings.TrimSpace(c.cond+" "+m[1]+condTail(m[2])), strings.TrimSpace(s[len(m[0]):])
		} else if m := condEnd.FindStringSubmatch(s); m != nil && r.modalAt(m[1]) < 0 {
			c.cond, s = strings.TrimSpace(c.cond+" "+m[1]+condTail(m[2])), strings.TrimSpace(s[len(m[0]):])
		} else {
			break
		}
	}
	c.main = clauseOf(s)
	at, class, word := r.modal(s)
	if at < 0 {
		return c
	}
	subj := s[:at]
	if i := strings.LastIndexAny(subj, ",，:：;；"); i >= 0 {
		head := subj[:i]
		_, n := utf8.DecodeRuneInString(subj[i:])
		subj = subj[i+n:]
		switch {
		case has(head, r.Steps): // first do this, then you can
		case subj == "" && class == "is":
			return c
		case subj != "" && address(subj): // the reader is spoken to: what stands before is the case
			c.cond = strings.TrimSpace(c.cond + " " + clauseOf(head))
		case runes(subj) < 2: // the subject stands in the clause before
			subj = clauseOf(head)
		}
	}
	if address(subj) || has(subj, r.Steps) {
		subj = ""
	}
	subj = strings.TrimSpace(strings.TrimRight(unlink(subj), "也均都则就还仍只便将会"))
	if subj == "" {
		subj = c.subj
	}
	if runes(subj) > 36 {
		return c
	}
	c.subj, c.class, c.modal = subj, class, word
	c.pred = clauseOf(s[at+len(word):])
	if rest, ok := strings.CutPrefix(word, "不"); ok && class == "no" && slices.Contains([]string{"限制", "参与", "享受", "支持", "允许"}, rest) {
		c.modal, c.pred = "不", rest+c.pred
	}
	return c
}

// address says that a subject is the reader.
func address(s string) bool {
	s = strings.TrimSpace(s)
	return s == "" || s == "您" || s == "你" || s == "您也" || s == "用户"
}

// unlink takes words off the start that tie a sentence to the one before.
func unlink(s string) string {
	for again := true; again; {
		again = false
		for _, w := range [...]string{"所以", "因此", "否则", "否", "然后", "同时", "另外", "此外", "而且", "并且", "但是", "则", "再", "且", "但", "而", "请", "即"} {
			if rest, ok := strings.CutPrefix(s, w); ok && runes(rest) >= 4 && !strings.ContainsRune("将可时使便认定", first(rest)) {
				s, again = strings.TrimLeft(rest, ",， "), true
			}
		}
	}
	return s
}

// condition matches a sentence that begins with a condition.
func condition(s string) []string {
	if strings.HasPrefix(s, "当前") || strings.HasPrefix(s, "就是") || strings.HasPrefix(s, "在线") || strings.HasPrefix(s, "如何") || strings.HasPrefix(s, "因此") || strings.HasPrefix(s, "如下") {
		return nil
	}
	m := condStart.FindStringSubmatch(s)
	if m != nil && m[2] == "" && strings.HasPrefix(s, "在") { // a place, not a condition
		return nil
	}
	return m
}

// condTail keeps the words of time of a condition.
func condTail(s string) string {
	switch s {
	case "后", "之后", "前", "之前":
		return s
	}
	return ""
}

// clauseOf returns a text up to its first pause that is not inside quotation marks.
func clauseOf(s string) string {
	quoted := false
	for i, r := range s {
		switch {
		case r == '“':
			quoted = true
		case r == '”':
			quoted = false
		case !quoted && stop(r) && r != '、':
			return strings.TrimSpace(s[:i])
		}
	}
	return strings.TrimSpace(s)
}

func (r *rules) modalAt(s string) int { at, _, _ := r.modal(s); return at }

// modal returns the first modal verb of a sentence, the longest where several begin.
func (r *rules) modal(s string) (at int, class, word string) {
	at = -1
	try := func(name string, words []string) {
		for _, w := range words {
			for from := 0; ; {
				i := strings.Index(s[from:], w)
				if i < 0 {
					break
				}
				i += from
				from = i + len(w)
				if i == 0 || !free(s, i, w) {
					continue
				}
				if at < 0 || i < at || i == at && len(w) > len(word) {
					at, class, word = i, name, w
				}
				break
			}
		}
	}
	try("no", r.Modal.No)
	try("only", r.Modal.Only)
	try("must", r.Modal.Must)
	try("may", r.Modal.May)
	try("is", r.Modal.Is)
	return at, class, word
}

// free says that a modal verb of one character is no part of a longer word.
func free(s string, i int, w string) bool {
	before, _ := utf8.DecodeLastRuneInString(s[:i])
	after := first(s[i+len(w):])
	switch w {
	case "可":
		return !strings.ContainsRune("许认即有", before) && !strings.ContainsRune("用选能", after) && !attribute(s[i+len(w):])
	case "需":
		return !strings.ContainsRune("所如按无急必", before) && !strings.ContainsRune("求", after)
	case "须":
		return !strings.ContainsRune("必无", before) && !strings.ContainsRune("知", after)
	case "是":
		return !strings.ContainsRune("但还总于或若凡", before) && !strings.ContainsRune("否不", after)
	case "即":
		return !strings.ContainsRune("立", before) && !strings.ContainsRune("将可时使便", after) && !strings.Contains(s[:i], "，") && !strings.Contains(s[:i], ",")
	case "有权":
		return !strings.ContainsRune("益限重", after)
	case "可以", "能够":
		return !attribute(s[i+len(w):])
	case "只能", "仅能", "不能", "无法":
		return i+len(w) < len(s)
	case "支持":
		return !strings.ContainsRune("术务和、售户前后", before) && !strings.ContainsRune("和、，。,与", after) && i+len(w) < len(s)
	}
	return true
}

// attribute says that a verb only describes the noun behind it: 可开票的账单.
func attribute(s string) bool {
	n := 0
	for _, r := range s {
		if r == '的' {
			return n >= 1
		}
		if n++; n > 4 || stop(r) {
			return false
		}
	}
	return false
}

// calls matches what else something is called.
var calls = regexp.MustCompile(`(?:简称(?:为)?|又称(?:为)?|也?被称为|也称(?:为)?|也叫|全称(?:为)?|俗称)[“"]?([\p{Han}A-Za-z][\p{Han}A-Za-z0-9 \-]{0,18})`)

// party matches the kind of people a topic is for, at its start.
var party = regexp.MustCompile(`^[\p{Han}]{0,14}?(?:伙伴|经销商|服务商|提供商|客户)`)

// alternatives writes both sides of a slash out: 下发代金券额度/代金券 is 下发代金券额度 and 下发代金券.
func alternatives(s string) []string {
	left, right, ok := strings.Cut(s, "/")
	if !ok || !hasHan(left) || !hasHan(right) || strings.Contains(right, "/") {
		return nil
	}
	l, r := []rune(left), []rune(right)
	for n := min(len(l), len(r)); n >= 2; n-- {
		for i := 0; i+n <= len(l); i++ {
			if j := strings.Index(right, string(l[i:i+n])); j >= 0 {
				a, b := left, string(l[:i])+right
				if i+n == len(l) {
					a += right[j+len(string(l[i:i+n])):]
				}
				return []string{a, b}
			}
		}
	}
	if len(l) == 2 && len(r) > 2 { // two verbs
		return []string{left + string(r[2:]), right}
	}
	return []string{left, right}
}

// inQuotes returns what stands in Chinese quotation marks, in order.
func inQuotes(s string) []string {
	var out []string
	for rest := s; ; {
		i := strings.Index(rest, "“")
		if i < 0 {
			return out
		}
		rest = rest[i+len("“"):]
		j := strings.Index(rest, "”")
		if j < 0 {
			return out
		}
		out = append(out, strings.TrimSpace(rest[:j]))
		rest = rest[j:]
	}
}

// quoted returns what is quoted, menu paths apart.
func quoted(s string) (words, menus []string) {
	for _, w := range inQuotes(s) {
		switch {
		case strings.Contains(w, ">"):
			menus = append(menus, w)
		case runes(w) >= 2 && runes(w) <= 24:
			words = append(words, w)
		}
	}
	return words, menus
}
