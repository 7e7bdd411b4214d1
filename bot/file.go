package bot

import (
	"errors"
	"fmt"
	"strconv"
)

// File is something to keep, beside the words of a reply. It travels as a
// message of its own, behind the words.
type File struct {
	Name  string // with its ending, e.g. "OP-7F3K.xlsx"
	Title string // what it is, in the reader's language
	Kind  string // media type, e.g. "text/csv"
	Data  []byte // empty once the store keeps it; see [Outbox.Contents]
	Size  int    // bytes
}

// MaxFiles bounds the files of one reply together, in bytes: they are committed
// with the message they belong to, and a transaction takes 1 MiB in all.
const MaxFiles = 512 << 10

// mostFiles bounds their number.
const mostFiles = 4

// errFile: a handler's mistake.
var errFile = errors.New("file has no name or nothing in it")

// CheckFiles says what is wrong with the files of a reply: too much of it is an
// error in words.
func (r Reply) CheckFiles() error {
	total := 0
	for _, f := range r.Files {
		if f.Name == "" || len(f.Data) == 0 {
			return fmt.Errorf("reply: %w", errFile)
		}
		if total += len(f.Data); total > MaxFiles {
			return User("file.too_large", "name", f.Name, "most", strconv.Itoa(MaxFiles>>10))
		}
	}
	if len(r.Files) > mostFiles {
		return User("file.too_many", "most", strconv.Itoa(mostFiles))
	}
	return nil
}

// FileTarget is where the files of a message go: beside it, or to the person
// when the message is for one person's eyes, for a file cannot be shown to one
// person in a channel.
func FileTarget(t Target, private bool) Target {
	switch {
	case private, t.Kind == TargetPrivate, t.Kind == TargetPerson, t.Place.Channel == "":
		return Target{Kind: TargetPerson, Person: t.Person}
	}
	place := t.Place
	place.Message = ""
	return Target{Kind: TargetPlace, Person: t.Person, Place: place}
}

// UploadStage is a step of a file on its way out.
type UploadStage string

// The stages, in order; the last step, sharing, ends with [Outbox.Sent].
const (
	UploadNone    UploadStage = ""
	UploadOffered UploadStage = "offered" // the other side told where the bytes go
	UploadStored  UploadStage = "stored"  // the other side has the bytes; nobody sees them yet
)

// Upload is how far a file is on its way. Every step is recorded before the
// next, so that after a failure only the unfinished one is done again.
type Upload struct {
	Stage UploadStage
	ID    string // what the other side calls the file
	URL   string // where its bytes go, while Stage is UploadOffered; a bearer secret
}
