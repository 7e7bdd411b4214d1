package bot

import (
	"context"
	"maps"
	"slices"
	"time"
)

// Shortcut is an entry in a menu of the chat system: the menu of a message, or
// the one that is everywhere. Choosing it runs the command with
// [KindShortcut]; command.NAME.shortcut.KEY is what the entry is called (both
// languages together at most 21 characters, for they stand beside each other),
// command.NAME.shortcut.KEY.about what it does (likewise, 147).
//
// A shortcut of a message finds it in Request.About and its words in
// Request.Text; the answer goes where the message is, privately if the reply says
// so. One that is everywhere has no place: its answer goes to the person. To ask
// for more, set Opens and answer with a form that carries what it needs of the
// message in [Form.State].
type Shortcut struct {
	Needs     Right // empty: what the command needs
	OnMessage bool  // it stands in the menu of a message
	Opens     bool  // it answers with a form, so one must be opened while the trigger is fresh
	Run       Handler
}

// Message is a message that somebody pointed at. Whoever may point at it can read
// it; the desk keeps of it only what a handler keeps.
type Message struct {
	Place  Place    // where it is; Place.Message is empty when there is no message
	Author PersonID // empty for what an app posted
	Text   string   // its words, without the chat system's signs
	Link   string   // leads to it, for who can read it; empty when unknown
	At     time.Time
}

// Links finds the address of a message. Its answer may be empty.
type Links interface {
	Link(ctx context.Context, p Place) (string, error)
}

// shortcutKeys are the messages that the shortcuts of a command need.
func (c *Command) shortcutKeys() []string {
	var keys []string
	for _, name := range slices.Sorted(maps.Keys(c.Shortcuts)) {
		key := "command." + c.Name + ".shortcut." + name
		keys = append(keys, key, key+".about")
	}
	return keys
}

// link gives the message that a request is about the address that the door knows
// for sure. Without it the one it has stays.
func (b *Bot) link(ctx context.Context, r Request) Request {
	if b.o.Links == nil || r.About.Place.Message == "" {
		return r
	}
	link, err := b.o.Links.Link(ctx, r.About.Place)
	if err != nil {
		b.o.Log.Debug("message has no address", "id", r.ID, "err", err)
		return r
	}
	if link != "" {
		r.About.Link = link
	}
	return r
}
