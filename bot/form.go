package bot

// Form asks a person for several things at once.
type Form struct {
	Name   string // command.form
	Title  string // at most 24 characters on some doors
	Submit string // the text on the button; at most 24 characters
	Close  string // the text on the other button
	State  string // carried along unseen and given back as Request.State; no secrets
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
)

// Option is one entry of a choice.
type Option struct {
	Value string // at most 75 characters
	Text  string
}
