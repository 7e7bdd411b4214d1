package blockkit

import (
	"cmp"
	"encoding/json"
	"slices"

	"github.com/slack-go/slack"

	"partnerdesk/bot"
	"partnerdesk/bot/lang"
)

// Limits of modals (Slack platform sheet, section B, 2026-11-20).
const (
	maxTitle       = 24
	maxMeta        = 3000
	maxCallback    = 255
	maxLabel       = 2000
	maxPlaceholder = 150
	maxOptions     = 100
	maxOption      = 75
	maxInput       = 3000
)

// FieldAction is the action id of every input of a modal, with what it asks
// behind it when it searches; the block id is the field's name.
const FieldAction = "v"

// Carried is what a modal carries along unseen and gives back when it is
// submitted.
type Carried struct {
	Form  string // command.form
	State string
	From  bot.Place // where it was asked for; answers go there
	Lang  lang.Tag  // the one it is written in, when a person's is not known otherwise
}

// carried is its form on the wire, short because the room is.
type carried struct {
	Form    string `json:"f,omitempty"`
	State   string `json:"s,omitempty"`
	Team    string `json:"t,omitempty"`
	Channel string `json:"c,omitempty"`
	Thread  string `json:"r,omitempty"`
	Direct  bool   `json:"d,omitempty"`
	Private bool   `json:"p,omitempty"`
	Lang    string `json:"l,omitempty"`
}

// String is the modal's private metadata. A state that does not fit is left out
// whole, since half of one would mean something else.
func (c Carried) String() string {
	w := carried{Form: c.Form, State: c.State, Team: c.From.Team, Channel: c.From.Channel, Thread: c.From.Thread,
		Direct: c.From.Direct, Private: c.From.Private, Lang: string(c.Lang)}
	text, _ := json.Marshal(w) // strings and booleans always can
	if size(string(text)) > maxMeta {
		w.State = ""
		text, _ = json.Marshal(w)
	}
	if size(string(text)) > maxMeta {
		return ""
	}
	return string(text)
}

// ParseCarried reads private metadata back; anything else reads as empty.
func ParseCarried(metadata string) Carried {
	var w carried
	if json.Unmarshal([]byte(metadata), &w) != nil {
		return Carried{}
	}
	return Carried{Form: w.Form, State: w.State, Lang: lang.Known(w.Lang),
		From: bot.Place{Team: w.Team, Channel: w.Channel, Thread: w.Thread, Direct: w.Direct, Private: w.Private}}
}

// Modal renders a form.
func Modal(f bot.Form) slack.ModalViewRequest {
	p := page{most: maxModalBlocks - min(len(f.Fields), maxModalBlocks/2)}
	p.reply(f.Intro)
	for _, field := range f.Fields[:min(len(f.Fields), maxModalBlocks/2)] {
		p.add(input(field))
	}
	v := Notice(f.Title, f.Close, nil)
	v.Submit = plain(orElse(cutPlain(f.Submit, maxTitle), "✓"))
	v.CallbackID = shorten(f.Name, maxCallback)
	v.PrivateMetadata = Carried{Form: f.Name, State: f.State, Lang: f.Lang}.String()
	if len(p.blocks) > 0 {
		v.Blocks = slack.Blocks{BlockSet: p.blocks}
	}
	return v
}

// Notice is a modal that only says something.
func Notice(title, close string, blocks []bot.Block) slack.ModalViewRequest {
	p := page{most: maxModalBlocks}
	p.reply(blocks)
	if len(p.blocks) == 0 {
		p.section(more)
	}
	v := slack.ModalViewRequest{
		Type: slack.VTModal, Title: plain(orMore(cutPlain(title, maxTitle))),
		Blocks: slack.Blocks{BlockSet: p.blocks},
	}
	if text := cutPlain(close, maxTitle); text != "" {
		v.Close = plain(text)
	}
	return v
}

func input(f bot.FormField) slack.Block {
	var element slack.BlockElement
	if f.Kind == bot.FieldSearch || f.Kind == bot.FieldSearchMany {
		element = searchField(f)
	} else if options := choices(f); len(options) > 0 {
		element = choice(f, options)
	} else if f.Kind == bot.FieldFile {
		element = slack.NewFileInputBlockElement(FieldAction).WithFileTypes(f.Types...).WithMaxFiles(1)
	} else {
		e := slack.NewPlainTextInputBlockElement(maybe(f.Placeholder, maxPlaceholder), FieldAction)
		e.MaxLength = min(cmp.Or(max(f.Max, 0), maxInput), maxInput)
		e.Multiline = f.Kind == bot.FieldText
		e.InitialValue = clean(f.Initial)
		e.InitialValue = e.InitialValue[:take2(e.InitialValue, e.MaxLength)]
		element = e
	}
	block := slack.NewInputBlock(shorten(f.Name, maxCallback), plain(orMore(cutPlain(f.Label, maxLabel))), maybe(f.Hint, maxLabel), element)
	block.Optional = f.Optional
	return block
}

// choices are the options Slack would take; none for a field that is not a choice.
func choices(f bot.FormField) []*slack.OptionBlockObject {
	if f.Kind != bot.FieldChoice {
		return nil
	}
	return options(f.Options)
}

// options are the entries Slack would take: none without a value, none twice.
func options(list []bot.Option) []*slack.OptionBlockObject {
	var out []*slack.OptionBlockObject
	seen := map[string]bool{}
	for _, o := range list[:min(len(list), maxOptions)] {
		if o.Value != "" && size(o.Value) <= maxOption && !seen[o.Value] {
			seen[o.Value] = true
			out = append(out, slack.NewOptionBlockObject(o.Value, plain(orElse(cutPlain(o.Text, maxOption), o.Value)), nil))
		}
	}
	return out
}

func choice(f bot.FormField, options []*slack.OptionBlockObject) slack.BlockElement {
	e := slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, maybe(f.Placeholder, maxPlaceholder), FieldAction, options...)
	if i := slices.IndexFunc(options, func(o *slack.OptionBlockObject) bool { return o.Value == f.Initial }); i >= 0 {
		e.InitialOption = options[i]
	}
	return e
}

// maybe is a text that need not be there.
func maybe(s string, most int) *slack.TextBlockObject {
	if s = cutPlain(s, most); s == "" {
		return nil
	}
	return plain(s)
}
