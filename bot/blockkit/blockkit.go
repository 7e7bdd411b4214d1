// Package blockkit turns a [bot.Reply] into Slack's Block Kit and a [bot.Form]
// into a modal. It is pure: the same reply always gives the same blocks.
//
// What a stranger typed stays what it is: it cannot mention anybody, cannot
// address a channel and cannot dress itself up. Every figure Slack refuses
// beyond is kept by splitting or by cutting between characters, with "…" to
// show it.
package blockkit

import (
	"slices"
	"unicode/utf16"

	"github.com/slack-go/slack"

	"partnerdesk/bot"
)

// Slack's limits, in characters or items (Slack platform sheet, section B,
// 2026-11-20). Characters are counted in UTF-16 units, the strictest reading.
const (
	maxBlocks      = 50
	maxModalBlocks = 100
	maxSection     = 3000
	maxFields      = 10
	maxField       = 2000
	maxHeader      = 150
	maxContext     = 10
	maxNote        = 2000
	maxElements    = 25
	maxButton      = 75
	maxValue       = 2000
	maxURL         = 3000
	maxRows        = 100
	maxColumns     = 20

	// maxTotal bounds all texts of a message together. Slack has been seen to
	// refuse near 13,200; the rest is a margin.
	maxTotal = 12600
	// maxButtonsTotal is what buttons may take of it.
	maxButtonsTotal = 6000
	// maxFallback bounds the notification text; Slack advises under 4,000.
	maxFallback = 3900
	// leastCut is the least room in which the beginning of a text is worth showing.
	leastCut = 40
)

const more = "…"

// Message renders a reply. The fallback is what notifications and screen readers
// show; it is never empty.
func Message(r bot.Reply) (blocks []slack.Block, fallback string) {
	p := page{most: maxBlocks, tables: 1}
	p.reply(r.Blocks)
	fallback = plainText(r, maxFallback)
	if len(p.blocks) == 0 {
		p.section(plainText(r, maxSection))
	}
	return p.blocks, fallback
}

func plainText(r bot.Reply, most int) string {
	f := flow{list: []piece{{text: clean(bot.Reply{Blocks: undressed(r.Blocks)}.Plain())}}}
	text := f.cut(most)
	if text == "" {
		text = more
	}
	return text
}

// undressed takes the signs of style out of our own text, for where none show.
func undressed(blocks []bot.Block) []bot.Block {
	bare := func(list []bot.Inline) []bot.Inline {
		out := make([]bot.Inline, len(list))
		for i, in := range list {
			out[i] = in
			if m, ok := in.(bot.Markdown); ok {
				text := ""
				for _, p := range parse(string(m)) {
					text += p.text
				}
				out[i] = bot.Text(text)
			}
		}
		return out
	}
	out := make([]bot.Block, len(blocks))
	for i, b := range blocks {
		switch b := b.(type) {
		case bot.Paragraph:
			out[i] = bot.Paragraph{Inlines: bare(b.Inlines)}
		case bot.Note:
			out[i] = bot.Note{Inlines: bare(b.Inlines)}
		case bot.List:
			items := make([][]bot.Inline, len(b.Items))
			for j, item := range b.Items {
				items[j] = bare(item)
			}
			out[i] = bot.List{Ordered: b.Ordered, Items: items}
		case bot.Fields:
			items := make([]bot.Field, len(b.Items))
			for j, item := range b.Items {
				items[j] = bot.Field{Label: item.Label, Value: bare(item.Value)}
			}
			out[i] = bot.Fields{Items: items}
		default:
			out[i] = b
		}
	}
	return out
}

// page collects blocks within the limits.
type page struct {
	blocks []slack.Block
	most   int // blocks
	chars  int // of all texts so far
	tables int // how many table blocks it may still have
	short  bool
	ids    map[string]int // how often an action was used
}

// reply renders blocks in order. Buttons are made first, because they must fit
// whatever the texts take.
func (p *page) reply(list []bot.Block) {
	rows := make([][]slack.Block, len(list))
	buttons := 0
	for i, b := range list {
		switch b := b.(type) {
		case bot.Buttons:
			rows[i] = p.buttons(b)
		case bot.Search:
			rows[i] = p.search(b)
		}
		buttons += len(rows[i])
	}
	buttons = min(buttons, p.most/2)
	p.most -= buttons + 1
	for i, b := range list {
		if rows[i] != nil {
			row := rows[i][:min(len(rows[i]), buttons)]
			buttons -= len(row)
			p.most += len(row)
			p.blocks = append(p.blocks, row...)
			continue
		}
		p.text(b)
	}
	p.most++
	if p.short {
		p.add(slack.NewContextBlock(p.id(), markdown(more)))
	}
}

func (p *page) text(b bot.Block) {
	switch b := b.(type) {
	case bot.Heading:
		text := cutPlain(b.Text, min(maxHeader, p.room()))
		if text != "" && p.fits() {
			p.spend(text)
			p.add(slack.NewHeaderBlock(plain(text), slack.HeaderBlockOptionBlockID(p.id())))
		}
	case bot.Paragraph:
		p.paragraph(b.Inlines)
	case bot.Fields:
		p.fields(b)
	case bot.List:
		p.paragraph(listed(b))
	case bot.Note:
		p.note(b)
	case bot.Table:
		p.table(b)
	case bot.Divider:
		if p.fits() {
			p.add(slack.NewDividerBlock())
		}
	}
}

// paragraph fills as many sections as it takes.
func (p *page) paragraph(inlines []bot.Inline) {
	if text, ok := literal(inlines); ok && size(text) <= maxSection && size(text) <= p.room() {
		if text != "" && p.fits() {
			p.spend(text)
			p.add(slack.NewSectionBlock(plain(text), nil, nil, slack.SectionBlockOptionBlockID(p.id())))
		}
		return
	}
	f := flow{list: pieces(inlines)}
	for !f.done() {
		if !p.fits() || p.room() < leastCut {
			p.short = true
			return
		}
		text := f.next(min(maxSection, p.room()))
		p.section(text)
	}
}

func (p *page) section(text string) {
	if text == "" {
		return
	}
	p.spend(text)
	p.add(slack.NewSectionBlock(markdown(text), nil, nil, slack.SectionBlockOptionBlockID(p.id())))
}

func (p *page) fields(b bot.Fields) {
	for items := range slices.Chunk(b.Items, maxFields) {
		var list []*slack.TextBlockObject
		for _, item := range items {
			if !p.fits() || p.room() < leastCut {
				p.short = true
				break
			}
			f := flow{list: append(pieces([]bot.Inline{bot.Bold(item.Label), bot.Text("\n")}), pieces(item.Value)...)}
			text := f.cut(min(maxField, p.room()))
			if text == "" {
				continue
			}
			p.spend(text)
			list = append(list, markdown(text))
		}
		if len(list) > 0 {
			p.add(slack.NewSectionBlock(nil, list, nil, slack.SectionBlockOptionBlockID(p.id())))
		}
	}
}

func (p *page) note(b bot.Note) {
	f := flow{list: pieces(b.Inlines)}
	var list []slack.MixedElement
	for !f.done() {
		if !p.fits() || p.room() < leastCut || len(list) == maxContext {
			p.short = true
			break
		}
		text := f.next(min(maxNote, p.room()))
		if text == "" {
			continue
		}
		p.spend(text)
		list = append(list, markdown(text))
	}
	if len(list) > 0 {
		p.add(slack.NewContextBlock(p.id(), list...))
	}
}

// fits reports whether there is room for another block of text, and remembers
// when there was none.
func (p *page) fits() bool {
	if len(p.blocks) >= p.most {
		p.short = true
		return false
	}
	return true
}

func (p *page) room() int         { return maxTotal - p.chars }
func (p *page) spend(text string) { p.chars += size(text) }
func (p *page) add(b slack.Block) { p.blocks = append(p.blocks, b) }
func (p *page) id() string        { return blockID(len(p.blocks)) }
func markdown(s string) *slack.TextBlockObject {
	return slack.NewTextBlockObject(slack.MarkdownType, s, false, true)
}
func plain(s string) *slack.TextBlockObject {
	return slack.NewTextBlockObject(slack.PlainTextType, s, false, false)
}

// size is a text's length as Slack may count it.
func size(s string) int {
	n := 0
	for _, r := range s {
		n += utf16.RuneLen(r)
	}
	return n
}

// listed is a list as running text.
func listed(b bot.List) []bot.Inline {
	var out []bot.Inline
	for i, item := range b.Items {
		if i > 0 {
			out = append(out, bot.Text("\n"))
		}
		out = append(out, bot.Text(marker(b.Ordered, i)))
		out = append(out, item...)
	}
	return out
}
