package bot

import "strings"

// Reply is an answer as data. The set of block kinds is closed; every door
// renders all of them. Texts are already in the reader's language.
type Reply struct {
	Blocks  []Block
	Private bool  // only the person who asked may see it
	Replace bool  // takes the place of the message whose button was clicked
	Form    *Form // ask for more instead of answering; only where an [Action] opens
	Files   []File
}

// Block is one of [Heading], [Paragraph], [Fields], [List], [Note], [Table],
// [Divider], [Buttons] and [Search].
type Block interface{ block() }

// Heading is a short plain title.
type Heading struct{ Text string }

// Paragraph is running text.
type Paragraph struct{ Inlines []Inline }

// Fields is a set of short facts with a label each.
type Fields struct{ Items []Field }

// Field is a labelled fact.
type Field struct {
	Label string
	Value []Inline
}

// List is a bulleted or numbered list.
type List struct {
	Ordered bool
	Items   [][]Inline
}

// Note is small print.
type Note struct{ Inlines []Inline }

// Table is a small table of plain cells; Numeric columns are aligned right.
type Table struct {
	Columns []Column
	Rows    [][]string
}

// Column is the head of a table's column.
type Column struct {
	Title   string
	Numeric bool
}

// Divider is a line between two parts.
type Divider struct{}

// Buttons is a row of buttons.
type Buttons struct{ Items []Button }

// Button is something to click: an action of ours, or a link when URL is set.
type Button struct {
	Action  string // command.action
	Text    string
	Value   string // at most 2,000 characters; an id and a revision, no secrets
	URL     string
	Style   Style
	Confirm *Confirm
}

// Search is a box to type into: what fits is offered as one types, and choosing
// an entry is a click on Action with the entry's value.
type Search struct {
	Action string // command.action
	From   string // command.suggestion; see [Suggestion]
	Text   string // what stands in the empty box
}

// Style is how much a button stands out.
type Style string

// The button styles.
const (
	StylePlain   Style = ""
	StylePrimary Style = "primary"
	StyleDanger  Style = "danger"
)

// Confirm asks once more before a click counts.
type Confirm struct{ Title, Text, Yes, No string }

func (Heading) block()   {}
func (Paragraph) block() {}
func (Fields) block()    {}
func (List) block()      {}
func (Note) block()      {}
func (Table) block()     {}
func (Divider) block()   {}
func (Buttons) block()   {}
func (Search) block()    {}

// Inline is a run of text. [Text], [Bold], [Italic] and [Code] may hold
// anything a stranger typed: a door escapes them. [Markdown] is only for text
// of our own corpus and catalogs. Trust is a type.
type Inline interface{ inline() }

// Text is plain text, always escaped.
type Text string

// Bold is plain text shown bold, always escaped.
type Bold string

// Italic is plain text shown slanted, always escaped.
type Italic string

// Code is plain text shown as code, always escaped.
type Code string

// Markdown is text of our own that may carry *bold*, _italic_ and `code`.
type Markdown string

// Link is a text that leads to a URL.
type Link struct{ Text, URL string }

// Mention names a person so that the door may notify them.
type Mention struct{ Person PersonID }

func (Text) inline()     {}
func (Bold) inline()     {}
func (Italic) inline()   {}
func (Code) inline()     {}
func (Markdown) inline() {}
func (Link) inline()     {}
func (Mention) inline()  {}

// Say is a reply of one paragraph.
func Say(inlines ...Inline) Reply {
	return Reply{Blocks: []Block{Paragraph{Inlines: inlines}}}
}

// Plain returns the reply's words without any dressing: what a notification
// shows and a screen reader speaks.
func (r Reply) Plain() string {
	var lines []string
	for _, b := range r.Blocks {
		switch b := b.(type) {
		case Heading:
			lines = append(lines, b.Text)
		case Paragraph:
			lines = append(lines, PlainInlines(b.Inlines))
		case Note:
			lines = append(lines, PlainInlines(b.Inlines))
		case Fields:
			for _, f := range b.Items {
				lines = append(lines, f.Label+": "+PlainInlines(f.Value))
			}
		case List:
			for _, item := range b.Items {
				lines = append(lines, "• "+PlainInlines(item))
			}
		case Table:
			for _, row := range b.Rows {
				lines = append(lines, strings.Join(row, " "))
			}
		}
	}
	return strings.Join(lines, "\n")
}

// PlainInlines returns the words of a run of inlines.
func PlainInlines(inlines []Inline) string {
	var s strings.Builder
	for _, in := range inlines {
		switch in := in.(type) {
		case Text:
			s.WriteString(string(in))
		case Bold:
			s.WriteString(string(in))
		case Italic:
			s.WriteString(string(in))
		case Code:
			s.WriteString(string(in))
		case Markdown:
			s.WriteString(string(in))
		case Link:
			s.WriteString(in.Text)
		case Mention:
			s.WriteString("@" + in.Person.User)
		}
	}
	return s.String()
}
