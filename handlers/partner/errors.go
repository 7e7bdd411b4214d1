package partner

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Class says what kind of trouble an error is, and with it what can be done.
type Class string

// The classes. Every error of an adapter carries one.
const (
	BadInput   Class = "bad_input"   // the request is wrong and stays wrong
	NotAllowed Class = "not_allowed" // credentials, permission item, role, cooperation type
	NotEnough  Class = "not_enough"  // balance or quota too small
	Throttled  Class = "throttled"   // too many calls; nothing was executed
	NotFound   Class = "not_found"   // no such customer, coupon, quota, case
	Ambiguous  Class = "ambiguous"   // a write whose outcome nobody knows
	Broken     Class = "broken"      // the center or the way to it; a read that may work later
)

// Effect says what is known about a call's effect at the partner center.
type Effect int

// The three results of a write that did not succeed, and what a read has.
const (
	EffectNone      Effect = iota // nothing changed: never sent, or refused in plain words
	EffectThrottled               // sent and turned away by flow control: not executed
	EffectUnknown                 // may or may not have happened; never repeat, reconcile
)

// Error is every failure of the partner center or of the way to it. Code and
// Message are the center's own and are shown to admins only; people read the
// text under Key.
type Error struct {
	Op        string // operation name, as in [Operations]
	Class     Class
	Effect    Effect
	Sent      bool          // false: refused before anything left this process
	SignedAt  time.Time     // UTC; of what was sent, zero when nothing was signed
	Status    int           // HTTP status; 0 when no answer came
	Code      string        // CBC.…, OSM.…, APIGW.… or our own word; may be empty
	Message   string        // the center's text, unescaped and untrusted
	RequestID string        // to quote to Huawei Cloud; may be empty
	Wait      time.Duration // how long to wait before asking again; 0 means unknown
	Item      string        // permission items that the call needs, when that is the trouble
	Err       error         // the cause, when there is one below
}

// Error returns one line for logs.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "partner center: %s: %s", e.Op, e.Class)
	if e.Status != 0 {
		fmt.Fprintf(&b, ": http %d", e.Status)
	}
	if e.Code != "" {
		fmt.Fprintf(&b, ": %s", e.Code)
	}
	if e.Message != "" {
		fmt.Fprintf(&b, ": %s", clip(e.Message))
	}
	if e.RequestID != "" {
		fmt.Fprintf(&b, " (request %s)", e.RequestID)
	}
	if e.Err != nil {
		fmt.Fprintf(&b, ": %v", e.Err)
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Key is the catalog key of the text a person reads: what is the matter and what
// to do next. A code with a text of its own has one under its slug, any other
// falls back on its class. No key takes arguments.
func (e *Error) Key() string {
	if slug := slugOf(e.Code); slug != "" {
		return keyPrefix + slug
	}
	return keyPrefix + string(e.Class)
}

// ClassOf returns the class of err, Broken when it carries none, and "" for nil.
func ClassOf(err error) Class {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Class
	}
	return Broken
}

// EffectOf returns what is known about the effect of a write that returned err.
// An error without a class counts as unknown: that is the careful side.
func EffectOf(err error) Effect {
	if err == nil {
		return EffectNone
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Effect
	}
	return EffectUnknown
}
