package bot

import (
	"context"
	"time"
)

// Envelope is a delivery as it came off the wire, before anybody read it. Body
// holds bearer secrets (return addresses): it is deleted when the delivery is
// done, and never logged.
type Envelope struct {
	Key          string // the identity of the delivery, the team first; equal for every repetition of it
	Team         string
	Conversation string // deliveries of one conversation are answered in order
	Door         string // which door can read Body
	Kind         string // the door's own name for what Body is
	Body         []byte
	At           time.Time // when the person did it, UTC; zero when unknown
	Received     time.Time // UTC
}

// Acceptance is what became of a delivery at the inbox.
type Acceptance int

// The answers of [Inbox.Accept].
const (
	Accepted   Acceptance = iota // new: its row is committed
	Unfinished                   // a repetition of one still being worked on
	Answered                     // a repetition of one that is done
)

// Inbox keeps what came in until it is answered.
type Inbox interface {
	// Accept commits the envelope's row unless its key is known. When it
	// returns an error nothing was kept and there must be no acknowledgement.
	Accept(ctx context.Context, e Envelope) (Acceptance, error)
	// Waiting lists deliveries accepted and not done, the oldest first, at most
	// limit of them.
	Waiting(ctx context.Context, limit int) ([]Envelope, error)
	// Abandon gives a delivery up for good, with the reason kept for an admin.
	Abandon(ctx context.Context, key, reason string, at time.Time) error
	// Tried counts another attempt at a delivery and returns how many there
	// have been.
	Tried(ctx context.Context, key string) (int, error)
}
