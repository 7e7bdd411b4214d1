package handlers

import (
	"slices"
	"strings"
	"time"

	"partnerdesk/bot"
	"partnerdesk/bot/lang"
	"partnerdesk/faq"
)

// page words an answer: the decisive fact, its conditions, what the source does
// not say, the next step, where it comes from, and the buttons. Confidence of
// the match and verification of the source are two separate marks.
type page struct {
	w        lang.Words
	lang     faq.Lang
	now      time.Time
	question string // the row the buttons belong to
	profile  faq.Profile
	related  func(id string) *faq.Entry // nil: related questions are not offered
}

func (p page) answer(a faq.Answer) bot.Reply {
	switch a.Verdict {
	case faq.Sure:
		reply := p.entry(a.Entry, false)
		if len(a.Forks) > 0 {
			at := slices.IndexFunc(reply.Blocks, func(b bot.Block) bool { _, is := b.(bot.Note); return is })
			reply.Blocks = slices.Insert(reply.Blocks, max(at, 0), p.forks(a.Forks)...)
		}
		return reply
	case faq.Maybe:
		return p.choices(a)
	default:
		return p.none(a)
	}
}

func (p page) title(e *faq.Entry) string { return e.Question.In(p.lang) }

// entry is one entry in full. chosen says that a person picked it, so no mark
// of confidence belongs to it.
func (p page) entry(e *faq.Entry, chosen bool) bot.Reply {
	body := e.Answer.In(p.lang)
	head := []bot.Inline{bot.Bold(p.title(e))}
	if !chosen && e.Kind != faq.Unknown {
		head = append(head, bot.Text("  "+p.w.T("ask.sure")))
	}
	if e.Kind == faq.Unknown {
		head = append(head, bot.Text("  ⚪ "+p.w.T("ask.gap")))
	}
	blocks := []bot.Block{
		bot.Paragraph{Inlines: head},
		bot.Paragraph{Inlines: []bot.Inline{bot.Bold(body.Fact)}},
	}
	blocks = append(blocks, p.validity(e)...)
	blocks = append(blocks, provisos(p.w, body)...)
	if len(body.Notes) > 0 {
		blocks = append(blocks, bot.Paragraph{Inlines: []bot.Inline{bot.Italic(p.w.T("ask.note")), bot.Text(gap(p.w) + strings.Join(body.Notes, gap(p.w)))}})
	}
	blocks = append(blocks, p.audience(e)...)
	blocks = append(blocks, p.next(e)...)
	blocks = append(blocks, p.source(e))
	if similar := p.similar(e); len(similar.Items) > 0 {
		blocks = append(blocks, similar)
	}
	return bot.Reply{Blocks: append(blocks, p.buttons(e))}
}

// validity warns of a rule that is over or has not begun.
func (p page) validity(e *faq.Entry) []bot.Block {
	day := p.now.Truncate(24 * time.Hour)
	switch {
	case !e.ValidUntil.IsZero() && e.ValidUntil.Before(day):
		return []bot.Block{bot.Paragraph{Inlines: []bot.Inline{bot.Text("⚠️ " + p.w.T("ask.expired", "date", e.ValidUntil.Format(time.DateOnly)))}}}
	case e.EffectiveFrom.After(p.now):
		return []bot.Block{bot.Paragraph{Inlines: []bot.Inline{bot.Text(p.w.T("ask.not_yet", "date", e.EffectiveFrom.Format(time.DateOnly)))}}}
	}
	return nil
}

// audience says for whom the entry is, loudly when that is somebody else.
func (p page) audience(e *faq.Entry) []bot.Block {
	who := p.whom(e.Audience)
	switch e.Audience.Fits(p.profile) {
	case faq.FitOther:
		return []bot.Block{bot.Paragraph{Inlines: []bot.Inline{bot.Text("⚠️ " + p.w.T("ask.for_others", "audience", who))}}}
	case faq.FitUnknown, faq.FitYes:
		return []bot.Block{bot.Note{Inlines: []bot.Inline{bot.Text(p.w.T("ask.for", "audience", who))}}}
	}
	return nil
}

// whom names an audience: kinds of partner, and the paths, stages and plans
// they must be in.
func (p page) whom(a faq.Audience) string {
	var parts []string
	for _, group := range []struct {
		prefix string
		values []string
	}{{"audience.", a.Kinds}, {"audience.path.", a.Paths}, {"audience.stage.", a.Stages}, {"audience.plan.", a.Plans}} {
		var names []string
		for _, v := range group.values {
			if key := group.prefix + v; p.w.Has(key) {
				names = append(names, p.w.T(key))
			} else {
				names = append(names, v)
			}
		}
		if len(names) > 0 {
			parts = append(parts, strings.Join(names, p.w.T("audience.or")))
		}
	}
	return strings.Join(parts, p.w.T("audience.and"))
}

// next tells what to do now. A command becomes a line one can type; buttons
// exist only for what this desk can start.
func (p page) next(e *faq.Entry) []bot.Block {
	var blocks []bot.Block
	for _, s := range e.Next {
		text := s.Text.In(p.lang)
		inlines := []bot.Inline{bot.Italic(p.w.T("ask.next")), bot.Text(gap(p.w) + text)}
		switch s.Kind {
		case "menu", "command":
			if s.Value != "" {
				inlines = append(inlines, bot.Text("  "), bot.Code(s.Value))
			}
		case "link":
			inlines = append(inlines[:1], bot.Text(" "), bot.Link{Text: text, URL: s.Value})
		}
		blocks = append(blocks, bot.Paragraph{Inlines: inlines})
	}
	return blocks
}

func (p page) source(e *faq.Entry) bot.Block {
	return bot.Note{Inlines: []bot.Inline{bot.Text(p.w.T("ask.source") + gap(p.w) + p.sourceLine(e))}}
}

// sourceLine names where an entry comes from, when it was taken in, whether
// anybody checked it, and its revision.
func (p page) sourceLine(e *faq.Entry) string {
	parts := []string{p.w.T("ask.place." + e.Source.Place)}
	if title := e.Source.Title.In(p.lang); title != "" {
		parts[0] += p.w.T("ask.title", "title", title)
	}
	if !e.Recorded.IsZero() {
		parts = append(parts, p.w.T("ask.recorded", "date", e.Recorded.Format(time.DateOnly)))
	}
	switch {
	case e.Draft:
		parts = append(parts, p.w.T("ask.draft"))
	case e.Verified.Date.IsZero():
		parts = append(parts, p.w.T("ask.unverified"))
	default:
		parts = append(parts, p.w.T("ask.verified", "by", e.Verified.By, "date", e.Verified.Date.Format(time.DateOnly)))
	}
	return strings.Join(append(parts, e.ID+"@"+shortRev(e.Rev)), " · ")
}

// provisos are the conditions of an answer, and what its source leaves open.
func provisos(w lang.Words, body faq.Body) (blocks []bot.Block) {
	if len(body.Conditions) > 0 {
		var items [][]bot.Inline
		for _, c := range body.Conditions {
			items = append(items, []bot.Inline{bot.Text(c)})
		}
		blocks = append(blocks, bot.List{Items: items})
	}
	if body.NotStated != "" {
		blocks = append(blocks, bot.Paragraph{Inlines: []bot.Inline{bot.Italic(w.T("ask.not_stated")), bot.Text(gap(w) + body.NotStated)}})
	}
	return blocks
}

func shortRev(rev string) string {
	if len(rev) > 7 {
		return rev[:7]
	}
	return rev
}

// similar are questions a reader may have meant instead.
func (p page) similar(e *faq.Entry) bot.Buttons {
	var row bot.Buttons
	if p.related == nil {
		return row
	}
	for _, id := range e.Related {
		// A gap answers nothing, so it is no question to offer.
		if other := p.related(id); other != nil && other.Kind != faq.Unknown && len(row.Items) < 2 {
			row.Items = append(row.Items, bot.Button{Action: "ask.entry", Text: p.title(other), Value: buttonValue(p.question, id)})
		}
	}
	return row
}

func (p page) buttons(e *faq.Entry) bot.Block {
	value := buttonValue(p.question, e.ID)
	var items []bot.Button
	if e.Kind == faq.Unknown {
		items = append(items, bot.Button{Action: "ask.handover", Text: p.w.T("ask.handover"), Value: value, Style: bot.StylePrimary})
	}
	items = append(items,
		bot.Button{Action: "ask.helpful", Text: p.w.T("ask.helpful"), Value: value},
		bot.Button{Action: "ask.not_helpful", Text: p.w.T("ask.not_helpful"), Value: value},
		bot.Button{Action: "ask.wrong", Text: p.w.T("ask.wrong"), Value: value},
		bot.Button{Action: "ask.language", Text: p.w.T("ask.other_language"), Value: value},
	)
	return bot.Buttons{Items: items}
}

// forks are the cases of other roles, shown when nobody knows which one the
// person is in.
func (p page) forks(entries []*faq.Entry) []bot.Block {
	blocks := []bot.Block{bot.Divider{}, bot.Paragraph{Inlines: []bot.Inline{bot.Italic(p.w.T("ask.by_role"))}}}
	for _, e := range entries {
		blocks = append(blocks, bot.Paragraph{Inlines: []bot.Inline{
			bot.Bold(p.whom(e.Audience)), bot.Text(": " + e.Answer.In(p.lang).Fact),
		}})
	}
	return blocks
}

// choices are up to three questions, each with a number that is also on its
// button: one tap shows the answer.
func (p page) choices(a faq.Answer) bot.Reply {
	blocks := []bot.Block{bot.Paragraph{Inlines: []bot.Inline{bot.Text(p.w.T("ask.maybe"))}}}
	var items []bot.Button
	for i, c := range a.Choices {
		number := string(rune('①' + i))
		blocks = append(blocks, bot.Paragraph{Inlines: []bot.Inline{
			bot.Bold(number + " " + p.title(c.Entry)), bot.Text("\n" + clip(c.Entry.Answer.In(p.lang).Fact, 160)),
		}})
		items = append(items, bot.Button{Action: "ask.entry", Text: p.w.T("ask.choose", "number", number), Value: buttonValue(p.question, c.Entry.ID)})
	}
	items = append(items, bot.Button{Action: "ask.handover", Text: p.w.T("ask.handover"), Value: buttonValue(p.question, "")})
	return bot.Reply{Blocks: append(blocks, bot.Buttons{Items: items})}
}

// none says plainly that there is no answer, shows what is closest, and offers
// a person.
func (p page) none(a faq.Answer) bot.Reply {
	var blocks []bot.Block
	if a.Gap != nil {
		blocks = append(blocks,
			bot.Paragraph{Inlines: []bot.Inline{bot.Text(p.w.T("ask.none") + " · "), bot.Bold(p.title(a.Gap))}},
			bot.Paragraph{Inlines: []bot.Inline{bot.Text(a.Gap.Answer.In(p.lang).Fact)}},
		)
		blocks = append(blocks, p.next(a.Gap)...)
	} else {
		blocks = append(blocks, bot.Paragraph{Inlines: []bot.Inline{bot.Text(p.w.T("ask.none") + "  " + p.w.T("ask.none.text"))}})
	}
	var items []bot.Button
	for _, e := range a.Near {
		items = append(items, bot.Button{Action: "ask.entry", Text: p.title(e), Value: buttonValue(p.question, e.ID)})
	}
	if len(items) > 0 {
		blocks = append(blocks, bot.Paragraph{Inlines: []bot.Inline{bot.Text(p.w.T("ask.near"))}})
	}
	items = append(items, bot.Button{Action: "ask.handover", Text: p.w.T("ask.handover"), Value: buttonValue(p.question, ""), Style: bot.StylePrimary})
	return bot.Reply{Blocks: append(blocks, bot.Buttons{Items: items})}
}

// AnswerReply words an answer for a reader outside a conversation: no buttons.
func AnswerReply(w lang.Words, now time.Time, a faq.Answer) bot.Reply {
	p := page{w: w, lang: textLang(w.Tag()), now: now}
	reply := p.answer(a)
	reply.Blocks = slices.DeleteFunc(reply.Blocks, func(b bot.Block) bool { _, is := b.(bot.Buttons); return is })
	for _, e := range a.Near {
		reply.Blocks = append(reply.Blocks, bot.List{Items: [][]bot.Inline{{bot.Text(p.title(e))}}})
	}
	return reply
}

// SourceLine names where an entry comes from, in one line.
func SourceLine(w lang.Words, e *faq.Entry) string {
	return page{w: w, lang: textLang(w.Tag())}.sourceLine(e)
}
