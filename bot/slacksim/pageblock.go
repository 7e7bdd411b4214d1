package slacksim

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// viewView is a modal or Home tab as the page draws it.
type viewView struct {
	ID, Key, Title, Submit, Close string
	Blocks                        []blockView
	Trouble                       string
	Depth                         int
	Empty                         bool
}

type blockView struct {
	Kind, ID          string
	Text              []span
	Fields            [][]span
	Elements          []elementView
	Accessory         *elementView
	Label, Hint, Mark string
	Error             string
	Image, Alt, Title string
	Rows              [][]cellView
	Rich              []span
}

type cellView struct {
	Spans []span
	Align string
	Head  bool
}

type elementView struct {
	Kind, Block, Action string
	Text                []span // of buttons and context
	Look                string // primary, danger
	URL, Value          string
	Placeholder         string
	Options             []optionView
	Groups              []groupView
	Multiple, Multiline bool
	Least               int // characters to type before an external select asks
	InputType           string
	Min, Max            int
	Confirm             string
	Image, Alt          string
	Input               bool // in an input block: told with the submission only
	Dispatch            bool
	Aria                string
	Chosen              string
	FileName, Accept    string // of a file input: what was chosen, and the endings it takes
}

type groupView struct {
	Label   string
	Options []optionView
}

type optionView struct {
	Text, Description, Value, URL string
	Chosen                        bool
}

func (w *Workspace) drawView(u User, v *view) *viewView {
	d := &viewView{ID: v.id, Key: v.id + "." + fmt.Sprint(v.seq), Title: viewTitle(v), Blocks: w.drawBlocks(u, v.blocks, v.values, v.errors),
		Depth: len(w.modals[u.ID]), Empty: len(v.blocks) == 0}
	sub, _ := v.submit.(obj)
	d.Submit = text(sub, "text")
	cl, _ := v.close.(obj)
	d.Close = firstOf(text(cl, "text"), w.label(u, "cancel"))
	if v.trouble {
		d.Trouble = w.label(u, "modal_trouble")
	}
	return d
}

func (w *Workspace) drawBlocks(u User, blocks []obj, s state, errs map[string]string) []blockView {
	var out []blockView
	for _, b := range typed(blocks) {
		v := blockView{Kind: b.Type, ID: b.BlockID, Error: errs[b.BlockID]}
		switch b.Type {
		case "markdown":
			v.Rich = w.markdown(b.Text.Text)
		case "rich_text":
			v.Rich = w.richSpans(b.Elements)
		case "table":
			v.Rows = w.drawTable(b)
		case "image":
			v.Image, v.Alt = b.ImageURL, b.AltText
			if b.Title != nil {
				v.Title = w.plainText(*b.Title, "")
			}
		case "context":
			for _, e := range b.Elements {
				ev := elementView{Kind: e.Type, Image: e.ImageURL, Alt: e.AltText}
				if e.Type != "image" {
					ev.Kind, ev.Text = "text", w.spans(e.asText(), u.TZ)
				}
				v.Elements = append(v.Elements, ev)
			}
		case "actions":
			for i := range b.Elements {
				v.Elements = append(v.Elements, w.drawElement(u, b, &b.Elements[i], s))
			}
		case "input":
			v.Label, v.Hint = w.plainText(*b.Label, ""), ""
			if b.Hint != nil {
				v.Hint = w.plainText(*b.Hint, "")
			}
			if b.Optional {
				v.Mark = w.label(u, "optional")
			}
			v.Elements = append(v.Elements, w.drawElement(u, b, b.Element, s))
		default:
			if b.Text != nil {
				v.Text = w.spans(b.Text.textObject, u.TZ)
			}
			for _, f := range b.Fields {
				v.Fields = append(v.Fields, w.spans(f, u.TZ))
			}
			if b.Accessory != nil {
				e := w.drawElement(u, b, b.Accessory, s)
				v.Accessory = &e
			}
		}
		out = append(out, v)
	}
	return out
}

func (w *Workspace) drawTable(b block) [][]cellView {
	var rows [][]cellView
	for i, row := range b.Rows {
		var cells []cellView
		for j, c := range row {
			cv := cellView{Spans: w.cell(c), Head: i == 0}
			if j < len(b.ColumnSettings) {
				cv.Align = b.ColumnSettings[j].Align
			}
			cells = append(cells, cv)
		}
		rows = append(rows, cells)
	}
	return rows
}

// drawElement prepares one interactive element with what is chosen in it at the moment.
func (w *Workspace) drawElement(u User, b block, e *element, s state) elementView {
	v := elementView{Kind: e.Type, Block: b.BlockID, Action: e.ActionID, Look: e.Style.Word, URL: e.URL, Value: e.Value,
		Confirm: confirmJSON(e.Confirm), Image: e.ImageURL, Alt: e.AltText, Input: b.Type == "input", Dispatch: b.DispatchAction,
		Multiline: e.Multiline, Min: e.MinLength, Max: e.MaxLength, Aria: e.AccessibilityLabel, InputType: "text"}
	if u2, ok := safeURL(e.URL); ok {
		v.URL = u2
	} else {
		v.URL = ""
	}
	if e.Text.Text != "" {
		v.Text = w.spans(e.Text.textObject, u.TZ)
	}
	if e.Placeholder != nil {
		v.Placeholder = w.plainText(*e.Placeholder, "")
	}
	state := s[b.BlockID][e.ActionID]
	if state == nil {
		state = e.initial()
	}
	now := state[slot(e.Type)]
	chosen := chosenValues(now)
	if len(chosen) > 0 {
		v.Chosen = chosen[0]
	}
	v.Multiple = strings.HasPrefix(e.Type, "multi_")
	if v.Least = minQuery; e.MinQueryLength != nil {
		v.Least = *e.MinQueryLength
	}
	switch e.Type {
	case "file_input":
		v.Chosen, v.FileName, v.Accept = fileChosen(now, e)
	case "number_input":
		v.InputType = "number"
	case "email_text_input":
		v.InputType = "email"
	case "url_text_input":
		v.InputType = "url"
	case "datepicker":
		v.InputType = "date"
	case "timepicker":
		v.InputType = "time"
	case "datetimepicker":
		v.InputType = "datetime-local"
		if n, ok := now.(float64); ok {
			v.Chosen = time.Unix(int64(n), 0).In(location(u.TZ)).Format("2006-01-02T15:04")
		}
	}
	v.Options = w.drawOptions(e.Options, chosen)
	for _, g := range e.OptionGroups {
		v.Groups = append(v.Groups, groupView{Label: w.plainText(g.Label, ""), Options: w.drawOptions(g.Options, chosen)})
	}
	v.Options = append(v.Options, w.worldOptions(u, e.Type, chosen)...)
	if strings.HasSuffix(e.Type, "external_select") {
		list, _ := now.([]any)
		if o, ok := now.(obj); ok {
			list = []any{o}
		}
		for _, x := range list {
			o, _ := x.(obj)
			t, _ := o["text"].(obj)
			v.Options = append(v.Options, optionView{Text: text(t, "text"), Value: text(o, "value"), Chosen: true})
		}
	}
	return v
}

func (w *Workspace) drawOptions(list []option, chosen []string) []optionView {
	var out []optionView
	for _, o := range list {
		v := optionView{Text: w.plainText(o.Text, ""), Value: o.Value, Chosen: slices.Contains(chosen, o.Value)}
		if o.Description != nil {
			v.Description = w.plainText(*o.Description, "")
		}
		v.URL, _ = safeURL(o.URL)
		out = append(out, v)
	}
	return out
}

// worldOptions are the choices of selects that Slack fills itself.
func (w *Workspace) worldOptions(u User, kind string, chosen []string) []optionView {
	var out []optionView
	add := func(id, name string) {
		out = append(out, optionView{Text: name, Value: id, Chosen: slices.Contains(chosen, id)})
	}
	switch strings.TrimPrefix(kind, "multi_") {
	case "users_select":
		for _, id := range w.userOrder {
			if x := w.users[id]; !x.Deleted && id != slackbot {
				add(id, x.RealName)
			}
		}
	case "channels_select", "conversations_select":
		for _, id := range w.convOrder {
			c := w.convs[id]
			switch {
			case !c.has(u.ID):
			case !c.im:
				add(id, "#"+c.name)
			case strings.Contains(kind, "conversations"):
				add(id, w.users[c.other(u.ID)].RealName)
			}
		}
	}
	return out
}

// chosenValues reads the values out of a state, whatever its shape.
func chosenValues(v any) []string {
	switch x := v.(type) {
	case string:
		return []string{x}
	case float64:
		return []string{fmt.Sprint(x)}
	case obj:
		return []string{text(x, "value")}
	case []any:
		var out []string
		for _, one := range x {
			out = append(out, chosenValues(one)...)
		}
		return out
	}
	return nil
}

// fileChosen is the id and the name of what a file input holds, and the endings it takes.
func fileChosen(now any, e *element) (id, name, accept string) {
	if list, _ := now.([]any); len(list) > 0 {
		f, _ := list[0].(obj)
		id, name = text(f, "id"), text(f, "name")
	}
	for _, ending := range e.FileTypes {
		accept += "." + ending + ","
	}
	return id, name, strings.TrimSuffix(accept, ",")
}
