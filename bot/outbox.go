package bot

import (
	"context"
	"fmt"
	"time"
)

// LongestWait is how long a post may be put back at a time.
const LongestWait = 10 * time.Minute

// Outbox keeps what is to go out until it went.
type Outbox interface {
	// Due lists the posts whose turn it is at now: at most one per
	// conversation (its first), the lower lanes first, at most limit.
	// A post under way (Started and not yet decided) blocks its conversation.
	// One that was put back for longer than LongestWait from now is due as well:
	// the clock was ahead then.
	Due(ctx context.Context, now time.Time, limit int) ([]Pending, error)
	// Started records that a post is about to be sent, before it is.
	Started(ctx context.Context, id string, at time.Time) error
	// Read returns a post as it stands. Between Due and Started a later edit may
	// have been folded into it; once it is started nothing is.
	Read(ctx context.Context, id string) (Pending, error)
	// Sent records where a post arrived and forgets it.
	Sent(ctx context.Context, id string, r Receipt, at time.Time) error
	// Retry puts a post back until a time, at most LongestWait away, with the reason; ambiguous says that
	// it may have arrived all the same.
	Retry(ctx context.Context, id string, next time.Time, reason string, ambiguous bool) error
	// Redirect changes where a post goes, e.g. to the person when its return
	// address has expired.
	Redirect(ctx context.Context, id string, to Target) error
	// Bury gives a post up, with the reason, and unblocks its conversation.
	Bury(ctx context.Context, id, reason string, at time.Time) error
	// Progress records how far the file of a post is.
	Progress(ctx context.Context, id string, u Upload) error
	// Contents returns the bytes of the file of a post.
	Contents(ctx context.Context, id string) ([]byte, error)
	// Depth counts the posts that wait.
	Depth(ctx context.Context) (int, error)
}

// Pending is a post that waits, with its history.
type Pending struct {
	Post
	Attempts  int       // how often it was tried
	Ambiguous bool      // the last try may have arrived
	Tried     time.Time // when it was last tried, UTC; zero means never
	Card      Receipt   // where the card of its object is, when there is one already
	File      *File     // the post is this file, with the reply's words beside it; without its data
	Upload    Upload    // how far the file is
}

// Receipt is where a message arrived.
type Receipt struct {
	Channel string
	Message string
}

// Sender is a door's way out.
type Sender interface {
	// Upload does the next step of a post's file and says how far it is then:
	// from nothing to offered, and with the file's data to stored. A failure is a
	// [*SendError], never an ambiguous one: the step can be done again.
	Upload(ctx context.Context, p Pending, data []byte) (Upload, error)
	// Send delivers a post; one with a file when that is stored. A failure is a
	// [*SendError].
	Send(ctx context.Context, p Pending) (Receipt, error)
	// Find looks for a post in the recent history of where it was going, after
	// an ambiguous failure. found is false when it is not there; an error means
	// that the history cannot be read.
	Find(ctx context.Context, p Pending) (r Receipt, found bool, err error)
}

// SendFault is what a failed delivery means.
type SendFault int

// The kinds of failure.
const (
	FaultRetry     SendFault = iota // it did not arrive; later it may
	FaultAmbiguous                  // nobody knows whether it arrived
	FaultExpired                    // the return address is dead; the person is not
	FaultPermanent                  // it will never arrive
	FaultLost                       // what was uploaded for it is gone: its file begins anew
)

// SendError says why a delivery failed.
type SendError struct {
	Fault SendFault
	After time.Duration // for FaultRetry: how long the other side asks to be left alone
	Err   error
}

func (e *SendError) Error() string { return fmt.Sprintf("send: %v", e.Err) }

// Unwrap returns the cause.
func (e *SendError) Unwrap() error { return e.Err }

// Forms opens forms on a door where a click must be answered within seconds.
type Forms interface {
	// Open shows a waiting form at once and returns a handle to it. A trigger
	// that has died is [ErrTriggerExpired].
	Open(ctx context.Context, r Request, words FormWords) (view string, err error)
	// Show puts the real form in its place.
	Show(ctx context.Context, view string, f Form) error
	// Say puts a message in its place, for when there is no form to show.
	Say(ctx context.Context, view string, r Reply) error
}

// FormWords are the few words a form needs before it is known.
type FormWords struct{ Title, Wait, Close string }

// Meter counts. Names and labels are fixed words; label values come from small
// closed sets, never from people.
type Meter interface {
	Count(name string, labels ...string)
	Observe(name string, seconds float64, labels ...string)
}

type noMeter struct{}

func (noMeter) Count(string, ...string)            {}
func (noMeter) Observe(string, float64, ...string) {}
