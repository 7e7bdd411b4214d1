package store_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"partnerdesk/bot"
	"partnerdesk/data/kv"
	"partnerdesk/data/store"
)

// withFile is a message with a file of so many bytes.
func withFile(channel string, size int) bot.Post {
	p := post(channel, "words")
	p.Reply.Files = []bot.File{{Name: "a.xlsx", Title: "Table", Kind: "x/y", Data: bytes.Repeat([]byte("0123456789"), size/10)}}
	return p
}

func fileRows(t testing.TB, d *desk) int {
	t.Helper()
	return len(d.rows(t, "outbox-file"))
}

func TestFile_BehindItsWords(t *testing.T) {
	d := newDesk(t)
	d.post(t, withFile("C1", 300_000))
	if n := fileRows(t, d); n != 4 {
		t.Errorf("%d rows, want 4", n)
	}
	send(t, d, due(t, d, noon, "words")[0], "1")
	p := due(t, d, noon, "Table")[0]
	if p.File == nil || p.File.Name != "a.xlsx" || p.File.Title != "Table" || p.File.Kind != "x/y" || p.File.Size != 300_000 || p.To.Place.Channel != "C1" {
		t.Fatalf("got %+v to %+v", p.File, p.To)
	}
	d = d.reopen(t)
	data, err := d.Contents(t.Context(), p.ID)
	if err != nil || !bytes.Equal(data, withFile("", 300_000).Reply.Files[0].Data) {
		t.Errorf("%d bytes, %v: not what was posted", len(data), err)
	}
	ok(t, d.Started(t.Context(), p.ID, noon))
	for _, u := range []bot.Upload{{Stage: bot.UploadOffered, ID: "F1", URL: "https://secret"}, {Stage: bot.UploadStored, ID: "F1"}} {
		ok(t, d.Progress(t.Context(), p.ID, u))
		d = d.reopen(t)
		if got, err := d.Read(t.Context(), p.ID); err != nil || got.Upload != u {
			t.Errorf("got %+v, %v, want %+v", got.Upload, err, u)
		}
	}
	ok(t, d.Started(t.Context(), p.ID, noon))
	ok(t, d.Sent(t.Context(), p.ID, bot.Receipt{Channel: "C1"}, noon))
	if n := fileRows(t, d); n != 0 {
		t.Errorf("%d rows stay behind", n)
	}
	if _, err := d.Contents(t.Context(), p.ID); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("got %v, want %v", err, store.ErrNotFound)
	}
}

// What is for one person's eyes never comes to stand in a channel.
func TestFile_WhereItGoes(t *testing.T) {
	place := bot.Place{Team: "T1", Channel: "C1", Thread: "1.1", Message: "2.2"}
	who := bot.PersonID{Team: "T1", User: "U1"}
	for name, c := range map[string]struct {
		kind    bot.TargetKind
		private bool
		want    bot.TargetKind
	}{
		"place":           {bot.TargetPlace, false, bot.TargetPlace},
		"private place":   {bot.TargetPlace, true, bot.TargetPerson},
		"private target":  {bot.TargetPrivate, false, bot.TargetPerson},
		"return":          {bot.TargetReturn, false, bot.TargetPlace},
		"private return":  {bot.TargetReturn, true, bot.TargetPerson},
		"update":          {bot.TargetUpdate, false, bot.TargetPlace},
		"person in place": {bot.TargetPerson, false, bot.TargetPerson},
	} {
		t.Run(name, func(t *testing.T) {
			got := bot.FileTarget(bot.Target{Kind: c.kind, Person: who, Place: place, Return: "secret"}, c.private)
			if got.Kind != c.want || got.Return != "" || got.Place.Message != "" || got.Person != who {
				t.Errorf("got %+v", got)
			}
			if c.want == bot.TargetPlace && got.Place.Thread != "1.1" {
				t.Errorf("got %+v, want the thread", got)
			}
		})
	}
}

func TestFile_TooLargeIsSaid(t *testing.T) {
	d := newDesk(t)
	err := d.Update(t.Context(), func(tx bot.Tx) error { return tx.Post(withFile("C1", bot.MaxFiles+10)) })
	if user, is := errors.AsType[*bot.UserError](err); !is || user.Key != "file.too_large" {
		t.Errorf("got %v, want words", err)
	}
	d.post(t, withFile("C1", bot.MaxFiles/10*10)) // the largest fits its transaction
	depth(t, d, 2)
	if err := d.Update(t.Context(), func(tx bot.Tx) error {
		p := withFile("C1", 10)
		p.Reply.Files[0].Data = nil
		return tx.Post(p)
	}); err == nil {
		t.Error("an empty file was taken")
	}
}

func TestFile_TheSameTwice(t *testing.T) {
	d := newDesk(t)
	p := withFile("C1", 10)
	p.ID = "once"
	d.post(t, p)
	d.post(t, p)
	depth(t, d, 2)
}

// A file that was given up can be sent until its time is over, and then it is gone.
func TestFile_DeadAndRaised(t *testing.T) {
	d := newDesk(t)
	d.post(t, withFile("C1", 10))
	send(t, d, due(t, d, noon, "words")[0], "1")
	p := due(t, d, noon, "Table")[0]
	ok(t, d.Started(t.Context(), p.ID, noon))
	ok(t, d.Progress(t.Context(), p.ID, bot.Upload{Stage: bot.UploadOffered, ID: "F1", URL: "https://secret"}))
	ok(t, d.Bury(t.Context(), p.ID, "no scope", noon))
	if raw, _, err := d.db.Get(t.Context(), d.rows(t, "outbox")[0]); err != nil || strings.Contains(string(raw), "https://secret") {
		t.Errorf("the dead post keeps its address: %s, %v", raw, err)
	}
	ok(t, d.RetryPost(t.Context(), p.ID, noon.Add(time.Hour)))
	if _, err := d.Sweep(t.Context(), noon.Add(31*24*time.Hour), 1000); err != nil {
		t.Fatal(err)
	}
	if n := fileRows(t, d); n != 1 {
		t.Fatalf("%d rows after it was raised, want 1", n)
	}
	again := due(t, d, noon.Add(2*time.Hour), "Table")[0]
	if again.Upload != (bot.Upload{}) {
		t.Errorf("it goes on at %+v, want the beginning", again.Upload)
	}
	ok(t, d.Started(t.Context(), p.ID, noon))
	ok(t, d.Bury(t.Context(), p.ID, "again", noon))
	if _, err := d.Sweep(t.Context(), noon.Add(31*24*time.Hour), 1000); err != nil {
		t.Fatal(err)
	}
	if n := fileRows(t, d); n != 0 {
		t.Errorf("%d rows after its time", n)
	}
}

func TestFile_Dropped(t *testing.T) {
	d := newDesk(t)
	d.post(t, withFile("C1", 10))
	send(t, d, due(t, d, noon, "words")[0], "1")
	ok(t, d.DropPost(t.Context(), due(t, d, noon, "Table")[0].ID, noon))
	if n := fileRows(t, d); n != 0 {
		t.Errorf("%d rows stay behind", n)
	}
}

// shelf is where files arrive: what a kill does not touch.
type shelf struct {
	offers, puts int
	shared       []string
}

// steps is what the sender does for a file, from wherever it stands.
func (w *shelf) steps(ctx context.Context, s *store.Store) error {
	for {
		due, err := s.Due(ctx, noon, 10)
		if err != nil || len(due) == 0 {
			return err
		}
		for _, p := range due {
			if err := s.Started(ctx, p.ID, noon); err != nil {
				return err
			}
			if p.File != nil {
				if err := w.file(ctx, s, p); err != nil {
					return err
				}
			}
			if err := s.Sent(ctx, p.ID, bot.Receipt{}, noon); err != nil {
				return err
			}
		}
	}
}

func (w *shelf) file(ctx context.Context, s *store.Store, p bot.Pending) error {
	u := p.Upload
	if u.Stage == bot.UploadNone {
		w.offers++
		u = bot.Upload{Stage: bot.UploadOffered, ID: "F1", URL: "u"}
		if err := s.Progress(ctx, p.ID, u); err != nil {
			return err
		}
	}
	if u.Stage == bot.UploadOffered {
		if _, err := s.Contents(ctx, p.ID); err != nil {
			return err
		}
		w.puts++
		u = bot.Upload{Stage: bot.UploadStored, ID: "F1"}
		if err := s.Progress(ctx, p.ID, u); err != nil {
			return err
		}
	}
	if !p.Ambiguous || !slices.Contains(w.shared, p.ID) {
		w.shared = append(w.shared, p.ID)
	}
	return nil
}

// Killed at any commit, a file arrives, and at most the one step that was under
// way is done again.
func TestFile_KilledAtAnyCommit(t *testing.T) {
	for k := 1; ; k++ {
		for _, before := range []bool{true, false} {
			d := newDesk(t)
			d.post(t, withFile("C1", 200_000))
			w := &shelf{}
			died := dies(t, w, &mortal{DB: d.db, left: k, before: before})
			if !died && !before {
				if k < 6 {
					t.Errorf("only %d commits", k)
				}
				return
			}
			image, err := os.ReadFile(d.path)
			ok(t, err)
			ok(t, d.db.Close())
			ok(t, os.WriteFile(d.path+".image", image, 0o600))
			next := openDesk(t, d.path+".image")
			ok(t, w.steps(t.Context(), next.Store))
			if len(w.shared) != 1 || w.offers+w.puts > 3 || !died && w.offers+w.puts != 2 {
				t.Errorf("killed at commit %d (before: %v): shared %d times, %d offers, %d puts", k, before, len(w.shared), w.offers, w.puts)
			}
			if !before && w.offers+w.puts != 2 {
				t.Errorf("killed after commit %d: a step that was recorded was done again: %d offers, %d puts", k, w.offers, w.puts)
			}
			depth(t, next, 0)
			ok(t, next.db.Close())
		}
	}
}

func dies(t *testing.T, w *shelf, db kv.DB) bool {
	t.Helper()
	return diesIn(func() {
		s, err := store.Open(t.Context(), db, store.Options{})
		ok(t, err)
		ok(t, w.steps(t.Context(), s))
	})
}
