package store

import (
	"context"
	"time"

	"partnerdesk/bot"
	"partnerdesk/data/kv"
)

// Waits is what an alert says about the outbox.
type Waits struct {
	Dead       []DeadPost // given up, at most 500
	Old        int        // waiting for long
	OldMail    int        // the same, of mails
	MailReason string     // why the last of those was not sent
}

// DeadPost is a post that was given up.
type DeadPost struct {
	ID, Reason string
	At         time.Time // UTC
}

// mostWaits bounds how much of the outbox is looked at.
const mostWaits = 20000

// Waits looks for posts that were given up and for those that wait since before
// a time.
func (s *Store) Waits(ctx context.Context, before time.Time) (Waits, error) {
	var w Waits
	n := 0
	for row, err := range kv.All(ctx, s.db, kv.Range{Prefix: famOutbox + "/", Limit: kv.MaxPage}) {
		var r postRow
		if err == nil {
			err = decode(row.Key, row.Value, &r)
		}
		if err != nil {
			return w, wrap(err, "look at the outbox")
		}
		if n++; n > mostWaits {
			break
		}
		switch {
		case r.State == postDead:
			if len(w.Dead) < 500 {
				w.Dead = append(w.Dead, DeadPost{r.ID, r.Reason, r.Buried})
			}
		case r.Created.IsZero() || !r.Created.Before(before):
		case r.To.Kind == bot.TargetMail:
			w.OldMail++
			if r.Reason != "" {
				w.MailReason = r.Reason
			}
		default:
			w.Old++
		}
	}
	return w, nil
}
