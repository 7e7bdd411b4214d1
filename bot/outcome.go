package bot

import (
	"context"
	"time"
)

// Outcome is what a handler decided. Reply is what the person reads. When
// something is to change, Apply is set: it runs inside the one transaction that
// also records the audit entry, the outgoing messages and that the request is
// done, and its Reply takes the place of Outcome.Reply. Apply may run more than
// once before it counts, so it does no I/O and reads no clock.
type Outcome struct {
	Reply Reply
	Apply func(tx Tx) (Reply, error)
	Audit *Entry // nil: nothing worth an audit entry
}

// Store runs a closure in one transaction: all of it is kept or none. The
// closure may run twice.
type Store interface {
	Update(ctx context.Context, fn func(tx Tx) error) error
}

// Tx is what every transaction can do. Skills that keep rows of their own
// declare an interface for them, which the store implements on the same
// transaction.
type Tx interface {
	// Post queues a message in the outbox; its ID is set by the store when empty.
	Post(p Post) error
	// Audit appends an entry to its stream.
	Audit(e Entry) error
	// Done marks an accepted delivery as answered and forgets its envelope.
	// An unknown or empty key is not an error: some doors have no inbox. A
	// delivery that is decided already is [ErrDecided].
	Done(key string, at time.Time) error
}

// Entry is a line in the audit log: who did what to which object.
type Entry struct {
	Stream  string // the object's stream, e.g. "refusal/T1/U1/2026-11-20"
	Team    string // whose log it is in; empty: the person's team
	Person  PersonID
	Account Account
	Action  string // command.action, fixed words, no free text
	Object  string // the id of what it was done to; may be empty
	Outcome string // ok, refused, failed
	At      time.Time
	Facts   map[string]string // small, no personal data, no secrets
}

// Post is a message on its way out.
type Post struct {
	ID      string // set by the store
	To      Target
	Reply   Reply // as neutral data; rendered when it is sent
	Lane    Lane
	Object  string    // the card it is: one message per object, edited in place; empty for a plain message
	Created time.Time // UTC
}

// Lane orders what waits: within a conversation messages go in order, between
// conversations the lower lane goes first.
type Lane int

// The lanes.
const (
	LaneAnswer Lane = iota // somebody is waiting in front of the screen
	LaneMoney
	LaneTicket
	LaneReminder
	LaneDigest
	LaneMail // by e-mail; nobody waits for one
)

// TargetKind says how a message finds its reader.
type TargetKind string

// The kinds of target.
const (
	TargetReturn  TargetKind = "return"  // by the request's return address; becomes TargetPerson when that has expired
	TargetPlace   TargetKind = "place"   // into a channel or thread
	TargetPerson  TargetKind = "person"  // as a direct message
	TargetPrivate TargetKind = "private" // into a channel, seen by one person only
	TargetUpdate  TargetKind = "update"  // in place of a message already there
	TargetMail    TargetKind = "mail"    // by e-mail, to an address
)

// Target is where a message goes.
type Target struct {
	Kind    TargetKind
	Person  PersonID // the reader, also where the target has a place: the fall-back
	Place   Place
	Address string    // for TargetMail; Person names only the team then
	Return  string    // for TargetReturn; a bearer secret
	Expires time.Time // for TargetReturn
}

// Conversation is the key under which outgoing messages keep their order.
func (t Target) Conversation() string {
	if t.Kind == TargetMail {
		return "mail/" + t.Address
	}
	if t.Place.Channel == "" || t.Kind == TargetPerson {
		return t.Person.Team + "/" + t.Person.User
	}
	return t.Place.Team + "/" + t.Place.Channel + "/" + t.Place.Thread
}

// ReplyTarget is where the answer to a request goes: to its return address
// while that lives, else into its place, else to the person.
func ReplyTarget(r Request, private, replace bool) Target {
	t := Target{Person: r.Person, Place: r.Place}
	switch {
	case r.Return != "" && (private || replace || r.Kind == KindCommand || r.Kind == KindShortcut):
		t.Kind, t.Return = TargetReturn, r.Return
	case r.Place.Channel == "":
		t.Kind = TargetPerson
	case replace && r.Place.Message != "":
		t.Kind = TargetUpdate
	case private && !r.Place.Direct:
		t.Kind = TargetPrivate
	default:
		t.Kind = TargetPlace
	}
	return t
}
