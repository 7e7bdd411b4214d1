package slacksim

import (
	"encoding/json"
)

// The typed side of Block Kit: what the page renders and what people click. Blocks reach it only after checker
// accepted them.

type textObject struct {
	Type, Text string
}

// label is a text that stands on the wire as a string or as a text object.
type label struct{ textObject }

func (l *label) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		l.Type = "raw"
		return json.Unmarshal(b, &l.Text)
	}
	return json.Unmarshal(b, &l.textObject)
}

// look is a style: a word for buttons and lists, an object of switches for rich text.
type look struct {
	Word                       string
	Bold, Italic, Strike, Code bool
}

func (l *look) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		return json.Unmarshal(b, &l.Word)
	}
	type plain look
	return json.Unmarshal(b, (*plain)(l))
}

type option struct {
	Text        textObject
	Value       string
	Description *textObject
	URL         string
}

type optionGroup struct {
	Label   textObject
	Options []option
}

type confirmation struct {
	Title, Text, Confirm, Deny textObject
	Style                      string
}

// element is any interactive, context or rich text element.
type element struct {
	Type               string
	ActionID           string `json:"action_id"`
	Text               label
	Value, URL         string
	Style              look
	Confirm            *confirmation
	Placeholder        *textObject
	Options            []option
	OptionGroups       []optionGroup `json:"option_groups"`
	Multiline          bool
	MinLength          int    `json:"min_length"`
	MaxLength          int    `json:"max_length"`
	MinQueryLength     *int   `json:"min_query_length"`
	MaxSelectedItems   int    `json:"max_selected_items"`
	ImageURL           string `json:"image_url"`
	AltText            string `json:"alt_text"`
	AccessibilityLabel string `json:"accessibility_label"`
	IsDecimalAllowed   bool   `json:"is_decimal_allowed"`
	Elements           []element
	UserID             string `json:"user_id"`
	ChannelID          string `json:"channel_id"`
	UsergroupID        string `json:"usergroup_id"`
	Name, Range        string
	Indent             int
	Timestamp          int64
	Format, Fallback   string
	FileTypes          []string `json:"filetypes"`
	MaxFiles           int      `json:"max_files"`
	raw                obj
}

// UnmarshalJSON keeps the raw element beside the typed one, for payloads that quote it.
func (e *element) UnmarshalJSON(b []byte) error {
	type plain element
	if err := json.Unmarshal(b, (*plain)(e)); err != nil {
		return err
	}
	return json.Unmarshal(b, &e.raw)
}

// asText is a text object that stands among elements, as in a context block.
func (e *element) asText() textObject { return textObject{Type: e.Type, Text: e.Text.Text} }

type block struct {
	Type           string
	BlockID        string `json:"block_id"`
	Text           *label
	Fields         []textObject
	Accessory      *element
	Elements       []element
	Element        *element
	Label, Hint    *textObject
	Title          *textObject
	Optional       bool
	DispatchAction bool   `json:"dispatch_action"`
	ImageURL       string `json:"image_url"`
	AltText        string `json:"alt_text"`
	Rows           [][]element
	ColumnSettings []struct {
		Align     string
		IsWrapped bool `json:"is_wrapped"`
	} `json:"column_settings"`
}

// typed decodes blocks that were checked before; a shape no check covers shows as nothing.
func typed(blocks []obj) []block {
	out := make([]block, 0, len(blocks))
	for _, o := range blocks {
		var b block
		if recode(o, &b) == nil {
			out = append(out, b)
		}
	}
	return out
}

// interactive lists the elements of a block a person can use.
func (b *block) interactive() []*element {
	var out []*element
	if b.Accessory != nil && b.Accessory.ActionID != "" {
		out = append(out, b.Accessory)
	}
	if b.Element != nil {
		out = append(out, b.Element)
	}
	if b.Type == "actions" {
		for i := range b.Elements {
			out = append(out, &b.Elements[i])
		}
	}
	return out
}

// choices are the options of a select, groups flattened.
func (e *element) choices() []option {
	out := e.Options
	for _, g := range e.OptionGroups {
		out = append(out[:len(out):len(out)], g.Options...)
	}
	return out
}

// initialState is what a view or message holds before anybody touched it: an entry for every element with a
// state.
func initialState(blocks []obj) state {
	s := state{}
	for _, b := range typed(blocks) {
		for _, e := range b.interactive() {
			v := e.initial()
			if v == nil {
				continue
			}
			if s[b.BlockID] == nil {
				s[b.BlockID] = map[string]obj{}
			}
			s[b.BlockID][e.ActionID] = v
		}
	}
	return s
}

// slot is the field of state and actions that carries what was chosen.
func slot(kind string) string {
	switch kind {
	case "static_select", "external_select", "radio_buttons", "overflow":
		return "selected_option"
	case "multi_static_select", "multi_external_select", "checkboxes":
		return "selected_options"
	case "users_select":
		return "selected_user"
	case "multi_users_select":
		return "selected_users"
	case "conversations_select":
		return "selected_conversation"
	case "multi_conversations_select":
		return "selected_conversations"
	case "channels_select":
		return "selected_channel"
	case "multi_channels_select":
		return "selected_channels"
	case "datepicker":
		return "selected_date"
	case "timepicker":
		return "selected_time"
	case "datetimepicker":
		return "selected_date_time"
	case "file_input":
		return "files"
	}
	return "value"
}

// initial is the state of an element nobody touched, nil for one without state.
func (e *element) initial() obj {
	switch e.Type {
	case "button", "overflow", "image":
		return nil
	}
	v := obj{"type": e.Type}
	key := slot(e.Type)
	v[key] = nil
	from := map[string]string{
		"value": "initial_value", "selected_option": "initial_option", "selected_options": "initial_options",
		"selected_user": "initial_user", "selected_users": "initial_users", "selected_conversation": "initial_conversation",
		"selected_conversations": "initial_conversations", "selected_channel": "initial_channel",
		"selected_channels": "initial_channels", "selected_date": "initial_date", "selected_time": "initial_time",
		"selected_date_time": "initial_date_time",
	}[key]
	if i, ok := e.raw[from]; ok {
		v[key] = i
	} else if isMany(key) {
		v[key] = []any{}
	}
	return v
}

func isMany(key string) bool { return key[len(key)-1] == 's' && key != "value" }
