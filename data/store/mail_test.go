package store_test

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"partnerdesk/bot"
	"partnerdesk/data/store"
)

func aMail(address string, files ...bot.File) bot.Post {
	return bot.Post{To: bot.Target{Kind: bot.TargetMail, Person: bot.PersonID{Team: "T1"}, Address: address}, Lane: bot.LaneMail, Created: noon,
		Reply: bot.Reply{Blocks: []bot.Block{bot.Heading{Text: "周报"}}, Files: files}}
}

// TestMail_KeepsItsFiles: they travel within it, and addresses do not wait for
// each other.
func TestMail_KeepsItsFiles(t *testing.T) {
	d := newDesk(t)
	file := bot.File{Name: "a.csv", Kind: "text/csv", Data: []byte("\xef\xbb\xbfa\r\n")}
	d.do(t, func(tx bot.Tx) error {
		return errors.Join(tx.Post(aMail("a@example.com", file)), tx.Post(aMail("b@example.com")), tx.Post(aMail("a@example.com")))
	})
	due, err := d.Due(t.Context(), noon, 10)
	ok(t, err)
	if len(due) != 2 {
		t.Fatalf("%d due, want one for each address", len(due))
	}
	for _, p := range due {
		if p.To.Address == "a@example.com" && (len(p.Reply.Files) != 1 || !bytes.Equal(p.Reply.Files[0].Data, file.Data) || p.Reply.Files[0].Name != file.Name || p.File != nil) {
			t.Errorf("got %+v", p)
		}
	}
	err = d.Update(t.Context(), func(tx bot.Tx) error {
		return tx.Post(aMail("a@example.com", bot.File{Name: "big", Data: make([]byte, 60<<10)}))
	})
	if !errors.Is(err, store.ErrTooLarge) {
		t.Errorf("too large a file: %v", err)
	}
}

// TestWaits tells what waits from what was given up, and mails from posts.
func TestWaits(t *testing.T) {
	d := newDesk(t)
	d.do(t, func(tx bot.Tx) error {
		return errors.Join(tx.Post(aMail("a@example.com")), tx.Post(aMail("b@example.com")),
			tx.Post(bot.Post{To: bot.Target{Kind: bot.TargetPerson, Person: bot.PersonID{Team: "T1", User: "U1"}}, Created: noon, Reply: bot.Say(bot.Text("x"))}))
	})
	if w, err := d.Waits(t.Context(), noon); err != nil || w.Old+w.OldMail+len(w.Dead) != 0 {
		t.Errorf("nothing is old yet: %+v, %v", w, err)
	}
	due, err := d.Due(t.Context(), noon, 10)
	ok(t, err)
	for _, p := range due {
		if p.To.Address == "a@example.com" {
			ok(t, d.Started(t.Context(), p.ID, noon))
			ok(t, d.Bury(t.Context(), p.ID, "550 no", noon))
		}
		if p.To.Address == "b@example.com" {
			ok(t, d.Started(t.Context(), p.ID, noon))
			ok(t, d.Retry(t.Context(), p.ID, noon.Add(time.Minute), "away", false))
		}
	}
	w, err := d.Waits(t.Context(), noon.Add(time.Hour))
	if err != nil || w.Old != 1 || w.OldMail != 1 || w.MailReason != "away" || len(w.Dead) != 1 || w.Dead[0].Reason != "550 no" {
		t.Errorf("got %+v, %v", w, err)
	}
}
