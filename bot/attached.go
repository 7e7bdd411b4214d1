package bot

import (
	"context"
	"errors"
)

// Attached is a file somebody handed over, as the door told of it. What is in it
// is fetched with [Files].
type Attached struct {
	Field string // of the form; empty for a file shared in a message
	ID    string // what the door calls the file
	Name  string // with its ending, as the person named it; may hold anything
	Size  int    // bytes, as the door says; not to be relied on
}

// Files gives what is in a file that somebody handed over.
type Files interface {
	// Fetch reads a file of at most most bytes, and its name. [ErrFileTooLarge],
	// [ErrNoFile] and [ErrFileScope] can be told to the person.
	Fetch(ctx context.Context, id string, most int) (name string, data []byte, err error)
}

// Errors of [Files].
var (
	ErrFileTooLarge = errors.New("file is larger than what is read")
	ErrNoFile       = errors.New("file is not there any more, or not for us to read")
	ErrFileScope    = errors.New("the app may not read files: the scope files:read is missing")
)
