package bot

import (
	"time"

	"partnerdesk/bot/lang"
)

// Kind is how a request reached the desk.
type Kind string

// The kinds of request.
const (
	KindCommand    Kind = "command"    // a slash command
	KindMention    Kind = "mention"    // the desk was named in a channel or thread
	KindMessage    Kind = "message"    // a direct message to the desk
	KindClick      Kind = "click"      // a button
	KindSubmission Kind = "submission" // a filled-in form
	KindSuggestion Kind = "suggestion" // a choice list asks for its entries
	KindShortcut   Kind = "shortcut"   // an entry of a menu of the chat system
)

// Request is one thing a person did, as a door decoded it.
type Request struct {
	ID      string   // the identity of the delivery; the inbox key it was accepted under
	Door    string   // the name of the door, for logs and metrics
	Kind    Kind     //
	Person  PersonID // who did it
	Actor   Actor    // set by Handle after authorisation; doors leave it empty
	Lang    lang.Tag // set by Handle from the person's locale unless the door already knows
	Place   Place    // where; answers go there
	Command string   // the command's name; for clicks and forms the part before the dot; empty for free text
	Action  string   // the button's or form's name after the dot
	Text    string   // what the person wrote, without the command's name or the mention

	Value  string            // the button's value: an id and a revision, never trusted for rights
	Values map[string]string // a form's fields, by name
	State  string            // what the form carried along when it was shown
	Files  []Attached        // what was handed over with a form or a message; see [Files]

	About Message // for a shortcut in the menu of a message: that message; Text holds its words too

	Return  string    // an opaque short-lived address to answer to; a bearer secret, never logged
	Trigger string    // an opaque ticket to open a form with; dies within seconds; never logged
	At      time.Time // when the person did it, UTC; zero when the door cannot know
}

// PersonID names a person for life: the team and the user in it, never an
// e-mail address or a display name.
type PersonID struct {
	Team string
	User string
}

// String returns team/user, the form used in keys and logs.
func (p PersonID) String() string { return p.Team + "/" + p.User }

// Place is a spot in a conversation.
type Place struct {
	Team    string
	Channel string // empty when the request came from nowhere in particular
	Thread  string // the thread it belongs to; empty at top level
	Message string // the message itself, or the one the clicked button is on
	Direct  bool   // a direct message with the desk
	Private bool   // the message clicked on was visible to this person only
}

// Conversation is the key under which deliveries keep their order: the channel
// and thread, or the person where there is neither.
func (r Request) Conversation() string {
	if r.Place.Channel == "" {
		return r.Person.Team + "/" + r.Person.User
	}
	return r.Place.Team + "/" + r.Place.Channel + "/" + r.Place.Thread
}
