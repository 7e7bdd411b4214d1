package desk

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"partnerdesk/bot"
	"partnerdesk/data/store"
	"partnerdesk/handlers/money"
	"partnerdesk/handlers/partner"
)

// What a restore means for money: between the backup and the restore the desk
// may have made any call that the backup shows as waiting. So nothing that waits
// in it is ever sent from it; it is unknown, and looked for in the records.

// unsettle makes what a backup caught before it was over unknown, one operation a
// transaction, and ends lists of operations that were not reserved yet. It
// returns how many operations are unknown by it and what they were for.
func unsettle(ctx context.Context, s *store.Store, backup, now time.Time) (n int, sum partner.Fen, err error) {
	live, err := s.LiveOperations(ctx)
	if err != nil {
		return 0, 0, err
	}
	for _, o := range live {
		err := s.Update(ctx, func(tx bot.Tx) error {
			before, after, err := money.Change(s, tx, o.Team, o.ID, now, nil, money.Plain(func(o money.Operation, b money.Books) (money.Operation, money.Books, error) {
				o, b, _ = o.FromBackup(backup, now, b, now)
				return o, b, nil
			}))
			if err != nil || before.Rev == after.Rev {
				return err
			}
			return tx.Audit(bot.Entry{Stream: "operation/" + after.ID, Person: bot.PersonID{Team: after.Team}, Account: after.Account, Action: "money.restored", Object: after.ID,
				Outcome: "ok", At: now, Facts: map[string]string{"was": string(before.State), "state": string(after.State), "backup": backup.UTC().Format(time.RFC3339),
					"total_fen": strconv.FormatInt(int64(after.Total()), 10)}})
		})
		if err != nil {
			return n, sum, fmt.Errorf("operation %s: %w", o.ID, err)
		}
		if after, found, err := s.FindOperation(ctx, o.Team, o.ID); err != nil {
			return n, sum, err
		} else if found && after.State == money.Unknown {
			n++
			sum += after.Total()
		}
	}
	if err := endRequests(ctx, s, now); err != nil {
		return n, sum, err
	}
	lists, err := s.LiveLists(ctx)
	if err != nil {
		return n, sum, err
	}
	for _, l := range lists {
		err := s.Update(ctx, func(tx bot.Tx) error {
			l, found, err := s.ListIn(tx, l.Team, l.ID)
			if err != nil || !found {
				return err
			}
			return s.PutList(tx, l.FromBackup(now))
		})
		if err != nil {
			return n, sum, fmt.Errorf("list %s: %w", l.ID, err)
		}
	}
	return n, sum, nil
}

// endRequests ends what resellers had asked for: it may have been granted since,
// and what an approver's click makes of it would be granted once more.
func endRequests(ctx context.Context, s *store.Store, now time.Time) error {
	live, err := s.LiveRequests(ctx)
	if err != nil {
		return err
	}
	for _, r := range live {
		err := s.Update(ctx, func(tx bot.Tx) error {
			before, after, err := money.ChangeRequest(s, tx, r.Team, r.ID, func(r money.Request, a money.Wishes) (money.Request, money.Wishes, error) {
				r.Expires = now.UTC()
				r, a, _ = r.Expire(a, now)
				return r, a, nil
			})
			if err != nil || before.Rev == after.Rev {
				return err
			}
			return tx.Audit(bot.Entry{Stream: "request/" + after.ID, Person: bot.PersonID{Team: after.Team}, Account: after.Account, Action: "money.request.restored", Object: after.ID,
				Outcome: "ok", At: now, Facts: map[string]string{"was": string(before.State), "state": string(after.State)}})
		})
		if err != nil {
			return fmt.Errorf("request %s: %w", r.ID, err)
		}
	}
	return nil
}

// moneyInDoubt says why a store in quarantine should not be released yet: money
// that is unknown, when the latest of it can be judged, and records since the
// backup that no operation of the store explains.
func (o *office) moneyInDoubt(ctx context.Context, policy money.Policy) (*bot.UserError, error) {
	live, err := o.store.LiveOperations(ctx)
	if err != nil {
		return nil, err
	}
	count, looking, foreign := 0, 0, 0
	var sum partner.Fen
	for _, op := range live {
		if op.State != money.Unknown && op.State != money.Reserved && op.State != money.Sending {
			continue
		}
		count++
		sum += op.Total()
		if op.State != money.Unknown || op.Looked.Before(op.ReleaseAt(policy)) {
			looking++
		}
	}
	nights, err := o.store.AllNights(ctx)
	if err != nil {
		return nil, err
	}
	q, _, err := o.store.Quarantined(ctx)
	if err != nil {
		return nil, err
	}
	for _, n := range nights {
		for _, f := range n.Open() {
			if f.Mark == money.NoLedger && !f.At.Before(q.Backup) {
				foreign++
			}
		}
	}
	if count == 0 && foreign == 0 {
		return nil, nil
	}
	return bot.User("admin.error.money", "count", strconv.Itoa(count), "amount", sum.String(), "looking", strconv.Itoa(looking), "foreign", strconv.Itoa(foreign)), nil
}
