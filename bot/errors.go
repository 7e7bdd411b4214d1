package bot

import (
	"errors"
	"fmt"
)

// ErrNoPerson: the door does not know this person.
var ErrNoPerson = errors.New("no such person")

// ErrTriggerExpired: the click is too old to open a form on.
var ErrTriggerExpired = errors.New("trigger expired")

// ErrDecided: the delivery has been answered or given up already, so what this
// transaction would do for it must not happen again. Stores return it from
// [Tx.Done].
var ErrDecided = errors.New("delivery is decided already")

// UserError is an error a person can do something about. Key names the catalog
// message that says the state and then the next step; Err, when there is one, is
// for the log.
type UserError struct {
	Key  string
	Args []string
	Err  error
}

// User makes a [UserError]; args are pairs for the message's blanks.
func User(key string, args ...string) *UserError { return &UserError{Key: key, Args: args} }

// Because adds the cause, for the log, and returns the error.
func (e *UserError) Because(err error) *UserError { e.Err = err; return e }

func (e *UserError) Error() string {
	if e.Err == nil {
		return e.Key
	}
	return fmt.Sprintf("%s: %v", e.Key, e.Err)
}

// Unwrap returns the cause.
func (e *UserError) Unwrap() error { return e.Err }

// Refusal is a decision against a request. Key names the polite message, Reason
// is the fixed word that the audit entry and the metrics carry.
type Refusal struct {
	Reason string // e.g. "bot", "deactivated", "unlisted", "role", "area"
	Key    string
	Args   []string
}

func (e *Refusal) Error() string { return "refused: " + e.Reason }
