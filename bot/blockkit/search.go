package blockkit

import (
	"strings"

	"github.com/slack-go/slack"

	"partnerdesk/bot"
)

// searchMark stands in an action id between what a choice does and what is asked
// for the entries: customer.show?customer.find.
const searchMark = "?"

// ParseSearchID splits the id of an element that is being typed into, into the
// command and the suggestion that is asked. ok is false for one of nobody's.
func ParseSearchID(id string) (command, suggestion string, ok bool) {
	_, from, ok := strings.Cut(id, searchMark)
	if !ok {
		return "", "", false
	}
	from, _, _ = strings.Cut(from, ":")
	command, suggestion, ok = strings.Cut(from, ".")
	return command, suggestion, ok && command != "" && suggestion != ""
}

// IsField reports whether an element's id is that of a modal's input.
func IsField(id string) bool {
	name, _, _ := strings.Cut(id, searchMark)
	return name == FieldAction
}

// search renders a box to type into as the action block it takes.
func (p *page) search(b bot.Search) []slack.Block {
	text := orMore(cutPlain(b.Text, maxPlaceholder))
	if p.chars+size(text) > maxButtonsTotal {
		p.short = true
		return nil
	}
	p.chars += size(text)
	e := slack.NewOptionsSelectBlockElement(slack.OptTypeExternal, plain(text), p.actionID(shorten(b.Action+searchMark+b.From, 200)))
	e.MinQueryLength = new(int)
	return []slack.Block{slack.NewActionBlock("s."+e.ActionID, e)}
}

// searchField renders a field that offers what fits while one types.
func searchField(f bot.FormField) slack.BlockElement {
	id := shorten(FieldAction+searchMark+f.Search, 200)
	chosen := options(f.Chosen)
	if f.Kind == bot.FieldSearchMany {
		e := slack.NewOptionsMultiSelectBlockElement(slack.MultiOptTypeExternal, maybe(f.Placeholder, maxPlaceholder), id)
		e.MinQueryLength = new(int)
		if f.Most > 0 {
			e.MaxSelectedItems = &f.Most
			chosen = chosen[:min(len(chosen), f.Most)]
		}
		e.InitialOptions = chosen
		return e
	}
	e := slack.NewOptionsSelectBlockElement(slack.OptTypeExternal, maybe(f.Placeholder, maxPlaceholder), id)
	e.MinQueryLength = new(int)
	if len(chosen) > 0 {
		e.InitialOption = chosen[0]
	}
	return e
}

// Offer is the answer to a keystroke.
type Offer struct {
	Options []*slack.OptionBlockObject
	Groups  []*slack.OptionGroupBlockObject
}

// maxGroups bounds the headings of an offer (Slack platform sheet, section B,
// 2026-11-20).
const maxGroups = 100

// Offered renders what a suggestion offers: entries Slack would take, at most
// most of them, under their headings when they have some.
func Offered(list []bot.Option, most int) Offer {
	most = min(most, maxOptions)
	if len(list) == 0 || list[0].Group == "" {
		all := options(list)
		return Offer{Options: all[:min(len(all), most)]}
	}
	var o Offer
	at := map[string]int{}
	seen := map[string]bool{}
	for _, one := range list {
		row := options([]bot.Option{one})
		if len(row) == 0 || seen[one.Value] || most == 0 {
			continue
		}
		i, known := at[one.Group]
		if !known {
			if i = len(o.Groups); i == maxGroups {
				continue
			}
			at[one.Group] = i
			o.Groups = append(o.Groups, slack.NewOptionGroupBlockElement(plain(orMore(cutPlain(one.Group, maxOption)))))
		}
		o.Groups[i].Options = append(o.Groups[i].Options, row[0])
		seen[one.Value] = true
		most--
	}
	return o
}

// Len counts the entries.
func (o Offer) Len() int {
	n := len(o.Options)
	for _, g := range o.Groups {
		n += len(g.Options)
	}
	return n
}
