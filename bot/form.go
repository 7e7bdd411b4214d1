package bot

import "partnerdesk/bot/lang"

// Form asks a person for several things at once.
type Form struct {
	Name   string   // command.form
	Title  string   // at most 24 characters on some doors
	Submit string   // the text on the button; at most 24 characters
	Close  string   // the text on the other button
	State  string   // carried along unseen and given back as Request.State; no secrets
	Lang   lang.Tag // what it is written in, for somebody whose language is not known otherwise; its submission is answered in it
	Intro  []Block
	Fields []FormField
}

// FormField is one thing asked for.
type FormField struct {
	Name        string
	Label       string
	Hint        string
	Placeholder string
	Initial     string
	Kind        FieldKind
	Options     []Option // for FieldChoice
	Types       []string // for FieldFile: endings without the dot; none takes any
	Search      string   // for FieldSearch and FieldSearchMany: the command.suggestion that is asked; see [Suggestion]
	Chosen      []Option // for FieldSearch and FieldSearchMany: what is chosen beforehand, in place of Initial
	Most        int      // for FieldSearchMany: how many may be chosen; zero means as many as there are
	Optional    bool
	Max         int // runes; zero means 3,000
}

// FieldKind is what a field takes.
type FieldKind string

// The kinds of field.
const (
	FieldLine   FieldKind = "line"   // one line of text
	FieldText   FieldKind = "text"   // several lines
	FieldChoice FieldKind = "choice" // one of Options
	FieldFile   FieldKind = "file"   // a file of one of Types; given back in Request.Files

	// FieldSearch takes one of what is offered while the person types. The value
	// is the option's; a door where nothing can be offered hands over what was
	// typed, so a form checks it like any other text.
	FieldSearch FieldKind = "search"
	// FieldSearchMany takes several of them, their values a line each.
	FieldSearchMany FieldKind = "searchmany"
)

// Option is one entry of a choice.
type Option struct {
	Value string // at most 75 characters
	Text  string // at most 75 characters on some doors; cut there
	Group string // in what a [Suggestion] offers: the heading it stands under; all entries have one or none has
}
