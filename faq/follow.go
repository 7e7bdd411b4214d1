package faq

import (
	"slices"
	"strings"

	"partnerdesk/faq/text"
)

// A follow-up is short and leaves out what was said before ("那云经销商呢?", "and for resellers?", "多久?"). It is asked
// again together with the question before: a party, a thing or a way of asking that it names takes the place of the one
// named before, and the rest stays.

// shortFollow is the most content terms a follow-up has.
const shortFollow = 2

// complete returns the question with the context of the turn before filled in, or "" when there is none or the question is
// too long to lean on it. certain is false when the question might as well stand by itself.
func (d *Desk) complete(s string, prev *Previous) (whole string, certain bool) {
	if prev == nil {
		return "", false
	}
	before := prev.Text
	if before == "" {
		e := d.corpus.Entry(prev.Entry)
		if e == nil {
			return "", false
		}
		before = e.Question.In(LangOf(s))
	}
	lex := d.corpus.Lexicon
	now := lex.Read(s)
	short, leans := elliptical(s, &now)
	if !short {
		return "", false
	}
	old := lex.Read(before)
	out := make([]string, 0, len(old.Spans)+2)
	replaced := map[*text.Concept]bool{}
	for _, sp := range old.Spans {
		if sp.Concept == nil {
			out = append(out, sp.Text)
			continue
		}
		if by := replacement(lex, sp.Concept, &now); by != nil {
			if !replaced[by.Concept] {
				replaced[by.Concept] = true
				out = append(out, by.Text)
			}
			continue
		}
		out = append(out, sp.Text)
	}
	for _, sp := range now.Spans {
		if sp.Concept == nil || !replaced[sp.Concept] && sp.Concept.Kind != text.Filler {
			out = append(out, sp.Text)
		}
	}
	return joinSpans(out), leans
}

// elliptical says whether a question is short enough to lean on the one before, and whether it does: it opens or ends like
// a follow-up, or it has no thing and no telling action of its own.
func elliptical(s string, r *text.Reading) (short, leans bool) {
	things, actions, parties, rest, telling := 0, 0, 0, 0, 0
	for _, sp := range r.Spans {
		switch {
		case sp.Concept == nil:
			rest++
		case sp.Concept.Kind == text.Object:
			things++
		case sp.Concept.Kind == text.Action:
			actions++
			if !common(sp.Concept.Name) {
				telling++
			}
		case sp.Concept.Kind == text.Role:
			parties++
		case sp.Concept.Kind == text.Foreign, sp.Concept.Kind == text.Order:
			return false, false
		}
	}
	if things+actions+parties > shortFollow || rest > 4 {
		return false, false
	}
	if things+actions+parties+len(r.Numbers) == 0 && !slices.ContainsFunc(r.Types, turns) {
		return false, false // nothing in it could change the question before
	}
	low := strings.TrimRight(strings.ToLower(strings.TrimSpace(s)), "?？!！。. ")
	opens := false
	for _, p := range [...]string{"那", "and ", "what about", "how about", "but ", "then ", "also "} {
		opens = opens || strings.HasPrefix(low, p)
	}
	if opens || strings.HasSuffix(low, "呢") {
		return true, true
	}
	return true, things+telling == 0 && rest == 0 && (parties+actions > 0 || len(r.Types) > 0 || len(r.Numbers) > 0)
}

// turns says whether a type of question makes another question of the one before; "can it?" and "which?" do not.
func turns(typ string) bool {
	return typ != "something" && typ != "yesno"
}

// replacement returns the span of the new question that stands in for a concept of the old one: a party for a party, a way
// of asking for a way of asking, a thing for a thing of the same sort.
func replacement(lex *text.Lexicon, old *text.Concept, now *text.Reading) *text.Span {
	for i := range now.Spans {
		sp := &now.Spans[i]
		if sp.Concept == nil || sp.Concept.Kind != old.Kind {
			continue
		}
		switch old.Kind {
		case text.Role:
			if !generic(old.Name) || generic(sp.Concept.Name) {
				return sp
			}
		case text.Ask:
			if sp.Concept.Name != "something" && sp.Concept.Name != "yesno" {
				return sp
			}
		case text.Object, text.Action:
			if sp.Concept == old || sp.Concept.Is != "" && sp.Concept.Is == old.Is || sp.Concept.Is == old.Name || opposite(sp.Concept.Name, old.Name) || rivals(lex, sp.Concept.Name, old.Name) {
				return sp
			}
		}
	}
	return nil
}

// rivals says whether two things are rivals.
func rivals(lex *text.Lexicon, a, b string) bool {
	return slices.ContainsFunc(lex.Rivals(), func(g []string) bool { return slices.Contains(g, a) && slices.Contains(g, b) })
}

// opposite actions take each other's place in a follow-up.
func opposite(a, b string) bool {
	for _, p := range [...][2]string{
		{"issue", "reclaim"}, {"grant", "reclaim"}, {"appropriate", "reclaim-fund"}, {"associate", "dissociate"}, {"create", "delete"},
		{"set", "cancel"}, {"join", "quit"}, {"e-invoice", "paper-invoice"}, {"resale", "referral"}, {"grant", "reclaim-quota"},
	} {
		if a == p[0] && b == p[1] || a == p[1] && b == p[0] {
			return true
		}
	}
	return false
}

// joinSpans puts spans together, with a space where Latin words meet.
func joinSpans(list []string) string {
	var b strings.Builder
	latin := false
	for _, s := range list {
		if s == "" {
			continue
		}
		l := s[0] < 0x80
		if l && latin {
			b.WriteByte(' ')
		}
		b.WriteString(s)
		latin = s[len(s)-1] < 0x80
	}
	return b.String()
}
