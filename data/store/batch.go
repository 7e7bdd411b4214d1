package store

import (
	"context"
	"time"

	"partnerdesk/bot"
	"partnerdesk/bot/lang"
	"partnerdesk/data/kv"
	"partnerdesk/handlers/remind"
)

type batchRow struct {
	header
	ID      string            `json:"id"`
	Account string            `json:"account"`
	Person  person            `json:"person"`
	Lang    lang.Tag          `json:"lang,omitempty"`
	File    string            `json:"file,omitempty"`
	State   remind.BatchState `json:"state"`
	Rows    []batchLine       `json:"rows,omitempty"`
	Next    int               `json:"next,omitempty"`
	Added   int               `json:"added,omitempty"`
	There   int               `json:"there,omitempty"`
	Created time.Time         `json:"created"`
}

type batchLine struct {
	Line    int    `json:"line"`
	Due     string `json:"due"`
	Repeats string `json:"repeats,omitempty"`
	Title   string `json:"title"`
}

// PutBatch implements remind.Book.
func (s *Store) PutBatch(tx bot.Tx, b remind.Batch) error {
	own, err := s.within(tx)
	if err != nil {
		return err
	}
	var r batchRow
	k := key(famBatch, b.Team, b.ID)
	if _, err := load(own.kv, k, &r); err != nil {
		return err
	}
	r = batchRow{header: r.header, ID: b.ID, Account: b.Account.String(), Person: person(b.Person), Lang: b.Lang, File: clipText(b.File), State: b.State, Next: b.Next,
		Added: b.Added, There: b.There, Created: b.Created.UTC()}
	for _, row := range b.Rows {
		r.Rows = append(r.Rows, batchLine{Line: row.Line, Due: row.Due.String(), Repeats: row.Repeats, Title: row.Title})
	}
	var expires time.Time
	if b.State != remind.BatchGoing {
		expires = b.Created.Add(keepBatch)
	}
	return save(own.kv, b.Team, k, &r, expires)
}

// BatchIn implements remind.Book.
func (s *Store) BatchIn(tx bot.Tx, team, id string) (remind.Batch, bool, error) {
	own, err := s.within(tx)
	if err != nil {
		return remind.Batch{}, false, err
	}
	var r batchRow
	found, err := load(own.kv, key(famBatch, team, id), &r)
	if err != nil || !found {
		return remind.Batch{}, false, err
	}
	return r.words(team), true, nil
}

// Batches implements remind.Book.
func (s *Store) Batches(ctx context.Context) ([]remind.Batch, error) {
	var list []remind.Batch
	err := s.eachTeam(ctx, famBatch, func(_ string, row kv.Row) error {
		var r batchRow
		if err := decode(row.Key, row.Value, &r); err != nil {
			return err
		}
		if r.State == remind.BatchGoing {
			list = append(list, r.words(r.Person.Team))
		}
		return nil
	})
	return list, wrap(err, "list batches")
}

func (r *batchRow) words(team string) remind.Batch {
	account, _ := bot.ParseAccount(r.Account)
	b := remind.Batch{Team: team, ID: r.ID, Account: account, Person: bot.PersonID(r.Person), Lang: r.Lang, File: r.File, State: r.State, Next: r.Next, Added: r.Added,
		There: r.There, Created: r.Created}
	for _, l := range r.Rows {
		b.Rows = append(b.Rows, remind.BatchRow{Line: l.Line, Due: day(l.Due), Repeats: l.Repeats, Title: l.Title})
	}
	return b
}
