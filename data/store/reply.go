package store

import (
	"time"

	"partnerdesk/bot"
)

// The wire form of what a post says and where it goes. A kind that this program
// does not know (a later one wrote it) is shown by its words alone.

type target struct {
	Kind    bot.TargetKind `json:"kind"`
	Person  person         `json:"person,omitzero"`
	Place   place          `json:"place,omitzero"`
	Address string         `json:"address,omitempty"`
	Return  string         `json:"return,omitempty"`
	Expires time.Time      `json:"expires,omitzero"`
}

type person struct {
	Team string `json:"team,omitempty"`
	User string `json:"user,omitempty"`
}

type place struct {
	Team    string `json:"team,omitempty"`
	Channel string `json:"channel,omitempty"`
	Thread  string `json:"thread,omitempty"`
	Message string `json:"message,omitempty"`
	Direct  bool   `json:"direct,omitempty"`
	Private bool   `json:"private,omitempty"`
}

func toTarget(t bot.Target) target {
	return target{Kind: t.Kind, Person: person(t.Person), Place: place(t.Place), Address: t.Address, Return: t.Return, Expires: t.Expires.UTC()}
}

func fromTarget(t target) bot.Target {
	return bot.Target{Kind: t.Kind, Person: bot.PersonID(t.Person), Place: bot.Place(t.Place), Address: t.Address, Return: t.Return, Expires: t.Expires}
}

type reply struct {
	Blocks  []block `json:"blocks,omitempty"`
	Private bool    `json:"private,omitempty"`
	Replace bool    `json:"replace,omitempty"`
}

// block is any block; Kind says which fields count.
type block struct {
	Kind    string     `json:"kind"`
	Text    string     `json:"text,omitempty"`
	Inlines []inline   `json:"inlines,omitempty"`
	Fields  []field    `json:"fields,omitempty"`
	Ordered bool       `json:"ordered,omitempty"`
	Items   [][]inline `json:"items,omitempty"`
	Columns []column   `json:"columns,omitempty"`
	Rows    [][]string `json:"rows,omitempty"`
	Buttons []button   `json:"buttons,omitempty"`
	Action  string     `json:"action,omitempty"`
	From    string     `json:"from,omitempty"`
}

type field struct {
	Label string   `json:"label"`
	Value []inline `json:"value,omitempty"`
}

type column struct {
	Title   string `json:"title"`
	Numeric bool   `json:"numeric,omitempty"`
}

type button struct {
	Action  string    `json:"action,omitempty"`
	Text    string    `json:"text"`
	Value   string    `json:"value,omitempty"`
	URL     string    `json:"url,omitempty"`
	Style   bot.Style `json:"style,omitempty"`
	Confirm *confirm  `json:"confirm,omitempty"`
}

type confirm struct {
	Title string `json:"title"`
	Text  string `json:"text"`
	Yes   string `json:"yes"`
	No    string `json:"no"`
}

type inline struct {
	Kind   string  `json:"kind"`
	Text   string  `json:"text,omitempty"`
	URL    string  `json:"url,omitempty"`
	Person *person `json:"person,omitempty"`
}

// toReply leaves the form out: a form is shown at once or never.
func toReply(r bot.Reply) reply {
	out := reply{Private: r.Private, Replace: r.Replace}
	for _, b := range r.Blocks {
		out.Blocks = append(out.Blocks, toBlock(b))
	}
	return out
}

func toBlock(b bot.Block) block {
	switch b := b.(type) {
	case bot.Heading:
		return block{Kind: "heading", Text: b.Text}
	case bot.Paragraph:
		return block{Kind: "paragraph", Inlines: toInlines(b.Inlines)}
	case bot.Note:
		return block{Kind: "note", Inlines: toInlines(b.Inlines)}
	case bot.Divider:
		return block{Kind: "divider"}
	case bot.Search:
		return block{Kind: "search", Text: b.Text, Action: b.Action, From: b.From}
	case bot.Fields:
		out := block{Kind: "fields"}
		for _, f := range b.Items {
			out.Fields = append(out.Fields, field{Label: f.Label, Value: toInlines(f.Value)})
		}
		return out
	case bot.List:
		out := block{Kind: "list", Ordered: b.Ordered}
		for _, item := range b.Items {
			out.Items = append(out.Items, toInlines(item))
		}
		return out
	case bot.Table:
		out := block{Kind: "table", Rows: b.Rows}
		for _, c := range b.Columns {
			out.Columns = append(out.Columns, column(c))
		}
		return out
	case bot.Buttons:
		out := block{Kind: "buttons"}
		for _, it := range b.Items {
			out.Buttons = append(out.Buttons, button{Action: it.Action, Text: it.Text, Value: it.Value,
				URL: it.URL, Style: it.Style, Confirm: (*confirm)(it.Confirm)})
		}
		return out
	}
	// A kind of block without a wire form here still says its words.
	return block{Kind: "paragraph", Inlines: []inline{{Kind: "text", Text: bot.Reply{Blocks: []bot.Block{b}}.Plain()}}}
}

func toInlines(list []bot.Inline) []inline {
	var out []inline
	for _, in := range list {
		switch in := in.(type) {
		case bot.Text:
			out = append(out, inline{Kind: "text", Text: string(in)})
		case bot.Bold:
			out = append(out, inline{Kind: "bold", Text: string(in)})
		case bot.Italic:
			out = append(out, inline{Kind: "italic", Text: string(in)})
		case bot.Code:
			out = append(out, inline{Kind: "code", Text: string(in)})
		case bot.Markdown:
			out = append(out, inline{Kind: "markdown", Text: string(in)})
		case bot.Link:
			out = append(out, inline{Kind: "link", Text: in.Text, URL: in.URL})
		case bot.Mention:
			out = append(out, inline{Kind: "mention", Person: (*person)(&in.Person)})
		default:
			out = append(out, inline{Kind: "text", Text: bot.PlainInlines([]bot.Inline{in})})
		}
	}
	return out
}

func fromReply(r reply) bot.Reply {
	out := bot.Reply{Private: r.Private, Replace: r.Replace}
	for _, b := range r.Blocks {
		out.Blocks = append(out.Blocks, fromBlock(b))
	}
	return out
}

func fromBlock(b block) bot.Block {
	switch b.Kind {
	case "heading":
		return bot.Heading{Text: b.Text}
	case "note":
		return bot.Note{Inlines: fromInlines(b.Inlines)}
	case "divider":
		return bot.Divider{}
	case "search":
		return bot.Search{Action: b.Action, From: b.From, Text: b.Text}
	case "fields":
		var out bot.Fields
		for _, f := range b.Fields {
			out.Items = append(out.Items, bot.Field{Label: f.Label, Value: fromInlines(f.Value)})
		}
		return out
	case "list":
		out := bot.List{Ordered: b.Ordered}
		for _, item := range b.Items {
			out.Items = append(out.Items, fromInlines(item))
		}
		return out
	case "table":
		out := bot.Table{Rows: b.Rows}
		for _, c := range b.Columns {
			out.Columns = append(out.Columns, bot.Column(c))
		}
		return out
	case "buttons":
		var out bot.Buttons
		for _, it := range b.Buttons {
			out.Items = append(out.Items, bot.Button{Action: it.Action, Text: it.Text, Value: it.Value,
				URL: it.URL, Style: it.Style, Confirm: (*bot.Confirm)(it.Confirm)})
		}
		return out
	}
	if len(b.Inlines) == 0 && b.Text != "" {
		return bot.Paragraph{Inlines: []bot.Inline{bot.Text(b.Text)}}
	}
	return bot.Paragraph{Inlines: fromInlines(b.Inlines)}
}

func fromInlines(list []inline) []bot.Inline {
	var out []bot.Inline
	for _, in := range list {
		switch {
		case in.Kind == "bold":
			out = append(out, bot.Bold(in.Text))
		case in.Kind == "italic":
			out = append(out, bot.Italic(in.Text))
		case in.Kind == "code":
			out = append(out, bot.Code(in.Text))
		case in.Kind == "markdown":
			out = append(out, bot.Markdown(in.Text))
		case in.Kind == "link":
			out = append(out, bot.Link{Text: in.Text, URL: in.URL})
		case in.Kind == "mention" && in.Person != nil:
			out = append(out, bot.Mention{Person: bot.PersonID(*in.Person)})
		default:
			out = append(out, bot.Text(in.Text))
		}
	}
	return out
}
