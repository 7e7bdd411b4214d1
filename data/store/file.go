package store

import (
	"context"
	"fmt"
	"time"

	"partnerdesk/bot"
)

// filePart is how many bytes of a file stand in one row.
const filePart = bodyPart

// fileRow is the file of a post, without its bytes.
type fileRow struct {
	Name  string          `json:"name"`
	Title string          `json:"title,omitempty"`
	Kind  string          `json:"kind,omitempty"`
	Size  int             `json:"size"`
	Parts int             `json:"parts"`
	Stage bot.UploadStage `json:"stage,omitempty"`
	ID    string          `json:"id,omitempty"`  // what the other side calls it
	URL   string          `json:"url,omitempty"` // a bearer secret, until the bytes are there
}

func (f *fileRow) words() (*bot.File, bot.Upload) {
	if f == nil {
		return nil, bot.Upload{}
	}
	return &bot.File{Name: f.Name, Title: f.Title, Kind: f.Kind, Size: f.Size}, bot.Upload{Stage: f.Stage, ID: f.ID, URL: f.URL}
}

func filePartKey(id string, part int) string {
	return key(famFile, teamOf(id), id, fmt.Sprintf("%02d", part))
}

// postFiles queues the files of a message. Their words are their titles, which
// is what a program that knows no files would send.
func (tx *Tx) postFiles(p bot.Post) error {
	for i, f := range p.Reply.Files {
		title := f.Title
		if title == "" {
			title = f.Name
		}
		own := bot.Post{To: bot.FileTarget(p.To, p.Reply.Private), Reply: bot.Say(bot.Text(title)), Lane: p.Lane, Created: p.Created}
		if p.ID != "" {
			own.ID = fmt.Sprintf("%s.f%d", p.ID, i+1)
		}
		if err := tx.post(own, &f); err != nil {
			return err
		}
	}
	return nil
}

// putFile keeps the bytes, at the longest until keepFile: the post takes them
// with it when it goes.
func (tx *Tx) putFile(id string, f bot.File, created time.Time) (*fileRow, error) {
	r := &fileRow{Name: f.Name, Title: f.Title, Kind: f.Kind, Size: len(f.Data)}
	for data := f.Data; len(data) > 0; r.Parts++ {
		n, k := min(len(data), filePart), filePartKey(id, r.Parts)
		if err := tx.kv.Put(k, data[:n]); err != nil {
			return nil, err
		}
		if err := expireAt(tx.kv, teamOf(id), k, created.Add(keepFile)); err != nil {
			return nil, err
		}
		data = data[n:]
	}
	return r, nil
}

// eachPart does something to every row of a file; f may be nil.
func (f *fileRow) eachPart(id string, do func(key string) error) error {
	if f == nil {
		return nil
	}
	for part := range f.Parts {
		if err := do(filePartKey(id, part)); err != nil {
			return err
		}
	}
	return nil
}

func (tx *Tx) dropFile(id string, f *fileRow) error { return f.eachPart(id, tx.kv.Delete) }

// buryFile lets a file go at a time, and forgets where its bytes were to go.
func (tx *Tx) buryFile(id string, f *fileRow, gone time.Time) error {
	if f != nil && f.Stage == bot.UploadOffered {
		f.Stage, f.ID, f.URL = bot.UploadNone, "", ""
	}
	return f.eachPart(id, func(k string) error { return expireAt(tx.kv, teamOf(id), k, gone) })
}

// raiseFile takes buryFile back.
func (tx *Tx) raiseFile(id string, f *fileRow, gone time.Time) error {
	return f.eachPart(id, func(k string) error { return tx.kv.Delete(expiryKey(escape(teamOf(id)), k, gone)) })
}

// Progress implements bot.Outbox. A post that is gone, dead or no file is
// ErrNotFound.
func (s *Store) Progress(ctx context.Context, id string, u bot.Upload) error {
	return s.decide(ctx, "record upload of post", id, func(tx *Tx, r *postRow, _ bot.Target, _ *convRow) error {
		if r.File == nil {
			return ErrNotFound
		}
		r.File.Stage, r.File.ID, r.File.URL = u.Stage, u.ID, u.URL
		return save(tx.kv, teamOf(id), postKey(id), r, time.Time{})
	})
}

// Contents implements bot.Outbox. A file that is gone is ErrNotFound.
func (s *Store) Contents(ctx context.Context, id string) ([]byte, error) {
	var r postRow
	found, err := load(s.reader(ctx), postKey(id), &r)
	if err == nil && (!found || r.File == nil) {
		err = ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("read file of post %s: %w", id, err)
	}
	data := make([]byte, 0, r.File.Size)
	err = r.File.eachPart(id, func(k string) error {
		part, ok, err := s.db.Get(ctx, k)
		if err == nil && !ok {
			err = ErrNotFound
		}
		data = append(data, part...)
		return err
	})
	if err == nil && len(data) != r.File.Size {
		err = fmt.Errorf("%d bytes, want %d", len(data), r.File.Size)
	}
	return data, wrap(err, "read file of post "+id)
}

// attachedRow is a file within a mail.
type attachedRow struct {
	Name string `json:"name"`
	Kind string `json:"kind,omitempty"`
	Data []byte `json:"data"`
}

// maxAttached bounds the files of a mail together, in bytes: they lie in the row
// of the mail, as base64.
const maxAttached = 48 << 10

func attach(files []bot.File) ([]attachedRow, error) {
	var list []attachedRow
	size := 0
	for _, f := range files {
		if size += len(f.Data); size > maxAttached {
			return nil, fmt.Errorf("files of a mail: %w", ErrTooLarge)
		}
		list = append(list, attachedRow{Name: f.Name, Kind: f.Kind, Data: f.Data})
	}
	return list, nil
}
