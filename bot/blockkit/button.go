package blockkit

import (
	"slices"
	"strconv"
	"strings"

	"github.com/slack-go/slack"

	"partnerdesk/bot"
)

// linkAction marks a button that only leads somewhere. Slack reports its clicks
// too; nothing is to be done about them.
const linkAction = "link"

// actionID makes the id of a button unique within a message: the second
// ask.helpful is "ask.helpful:2".
func (p *page) actionID(action string) string {
	if p.ids == nil {
		p.ids = map[string]int{}
	}
	p.ids[action]++
	if n := p.ids[action]; n > 1 {
		return action + ":" + strconv.Itoa(n)
	}
	return action
}

// ParseActionID splits the id of a clicked button into the command and the
// action it was made from. ok is false for one that asks nothing of us, such as
// a link.
func ParseActionID(id string) (command, action string, ok bool) {
	id, _, _ = strings.Cut(id, ":")
	id, _, _ = strings.Cut(id, searchMark)
	command, action, ok = strings.Cut(id, ".")
	return command, action, ok && command != "" && action != ""
}

// buttons renders a row of buttons as the action blocks it takes.
func (p *page) buttons(b bot.Buttons) []slack.Block {
	var elements []slack.BlockElement
	spent := 0
	for _, item := range b.Items {
		e, n := p.button(item)
		if e == nil || p.chars+spent+n > maxButtonsTotal {
			p.short = p.short || e != nil
			continue
		}
		spent += n
		elements = append(elements, e)
	}
	p.chars += spent
	var out []slack.Block
	for row := range slices.Chunk(elements, maxElements) {
		first := row[0].(*slack.ButtonBlockElement)
		out = append(out, slack.NewActionBlock("a."+first.ActionID, row...))
	}
	return out
}

// button renders one button and says how many characters it takes; nil when it
// would do nothing.
func (p *page) button(b bot.Button) (*slack.ButtonBlockElement, int) {
	action, u := b.Action, ""
	if b.URL != "" {
		var ok bool
		if u, ok = address(b.URL); !ok && action == "" {
			return nil, 0
		}
	}
	if action == "" {
		action = linkAction
		if u == "" {
			return nil, 0
		}
	}
	text := cutPlain(b.Text, maxButton)
	if text == "" {
		text = more
	}
	e := slack.NewButtonBlockElement(p.actionID(shorten(action, 200)), b.Value[:take2(b.Value, maxValue)], plain(text)).WithURL(u)
	switch b.Style {
	case bot.StylePrimary:
		e.Style = slack.StylePrimary
	case bot.StyleDanger:
		e.Style = slack.StyleDanger
	}
	n := size(text)
	if c := b.Confirm; c != nil {
		title, words := orMore(cutPlain(c.Title, 100)), orMore(shorten(disarm(clean(c.Text)), 300))
		yes, no := orElse(cutPlain(c.Yes, 30), "✓"), orElse(cutPlain(c.No, 30), "✕")
		e.Confirm = slack.NewConfirmationBlockObject(plain(title), plain(words), plain(yes), plain(no))
		n += size(title) + size(words) + size(yes) + size(no)
	}
	return e, n
}

func orMore(s string) string { return orElse(s, more) }

func orElse(s, other string) string {
	if strings.TrimSpace(s) == "" {
		return other
	}
	return s
}
