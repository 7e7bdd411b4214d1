// Package question holds the rows the desk keeps about questions: what was
// asked and how it was answered, what people said of the answer, and what was
// handed to a person. They are kept apart from the audit log, with a retention
// of their own (see data/store).
package question

import (
	"context"
	"time"

	"partnerdesk/bot"
)

// Asked is one question and what the desk made of it.
type Asked struct {
	ID           string // unique in the team; derived from the delivery, so that a repetition overwrites itself
	Person       bot.PersonID
	Account      bot.Account
	Conversation string // where a follow-up would be asked
	Text         string // what the person wrote; personal data
	Understood   string // the question as it was understood, with an earlier turn filled in
	Lang         string // language of the answer: zh or en
	Verdict      string // sure, maybe or none
	Entry        string // id of the entry shown or shown first, may be empty
	Rev          string // its revision
	Confidence   float64
	At           time.Time // UTC
}

// Rating is what a person said of an answer.
type Rating struct {
	Question string // Asked.ID
	Person   bot.PersonID
	Entry    string
	Rev      string
	Mark     Mark
	Reason   string // free text, only with MarkWrong; personal data
	At       time.Time
}

// Mark is a judgement of an answer.
type Mark string

// The marks.
const (
	MarkHelpful Mark = "helpful"
	MarkUseless Mark = "not_helpful"
	MarkWrong   Mark = "wrong"
)

// Handover is a question given to a person because the desk could not answer it.
type Handover struct {
	Question string // Asked.ID
	Person   bot.PersonID
	Account  bot.Account
	Place    bot.Place // where it was asked; the answer belongs there
	Text     string    // the question; personal data
	At       time.Time
}

// Log keeps these rows.
type Log interface {
	// PutAsked keeps a question under its ID.
	PutAsked(tx bot.Tx, a Asked) error
	// PutRating keeps a person's latest mark on an answer.
	PutRating(tx bot.Tx, r Rating) error
	// PutHandover keeps a hand-over; a second one of the same question changes nothing.
	PutHandover(tx bot.Tx, h Handover) error
	// LastAsked returns the latest question of a person in a conversation since a time.
	LastAsked(ctx context.Context, person bot.PersonID, conversation string, since time.Time) (a Asked, found bool, err error)
	// FindAsked returns a question by its ID.
	FindAsked(ctx context.Context, team, id string) (a Asked, found bool, err error)
}
