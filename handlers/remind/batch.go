package remind

import (
	"time"

	"partnerdesk/bot"
	"partnerdesk/bot/lang"
	"partnerdesk/handlers/worktime"
)

// Batch is a table of deadlines that a person handed over: tried out first, then
// taken in a few rows at a time.
type Batch struct {
	Team    string
	ID      string
	Account bot.Account
	Person  bot.PersonID
	Lang    lang.Tag
	File    string // its name
	State   BatchState
	Rows    []BatchRow
	Next    int // the row to be taken in next
	Added   int
	There   int       // rows that stood here already
	Created time.Time // UTC
}

// BatchState is how far a batch is.
type BatchState string

// The states.
const (
	BatchTried BatchState = "tried" // shown row by row; nothing is kept of it yet
	BatchGoing BatchState = "going"
	BatchDone  BatchState = "done"
)

// BatchRow is a row that can be taken in.
type BatchRow struct {
	Line    int // in the file, from 1
	Due     worktime.Date
	Repeats string
	Title   string
}

// MostRows is how many rows a batch has: it is kept as one value.
const MostRows = 150
