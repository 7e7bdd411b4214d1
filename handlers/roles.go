package handlers

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"partnerdesk/bot"
	"partnerdesk/handlers/access"
)

// Roles is what it takes to notice who holds which role.
type Roles struct {
	Book   access.Holders
	People bot.Directory
	// Listed names everybody to whom the configuration, or a group in it, gives a
	// role beyond what every member has.
	Listed func(ctx context.Context) ([]bot.PersonID, error)
	Team   func(ctx context.Context) (string, error) // our own team's id
}

// rolesEvery is how often it is looked who holds what. A role that is got and
// lost between two looks leaves no line of its own; what was done with it does.
const rolesEvery = 10 * time.Minute

// roleReview writes a line of the audit log for every role that somebody got or
// lost, so that "who could approve on that day" can be answered later.
type roleReview struct{ o JobOptions }

func (v *roleReview) run(ctx context.Context, now time.Time) error {
	roles := v.o.Deps.Roles
	team, err := roles.Team(ctx)
	if err != nil {
		return fmt.Errorf("review roles: %w", err)
	}
	listed, err := roles.Listed(ctx)
	if err != nil {
		return fmt.Errorf("review roles: %w", err)
	}
	held, err := roles.Book.Holders(ctx, team)
	if err != nil {
		return err
	}
	for _, h := range held {
		listed = append(listed, h.Person)
	}
	slices.SortFunc(listed, func(a, b bot.PersonID) int { return cmp.Compare(a.String(), b.String()) })
	var faults []error
	for _, id := range slices.Compact(listed) {
		if err := v.person(ctx, team, id, now); err != nil {
			faults = append(faults, err)
		}
	}
	return errors.Join(faults...)
}

// person compares what somebody holds now with what they were last seen to hold.
func (v *roleReview) person(ctx context.Context, team string, id bot.PersonID, now time.Time) error {
	d := v.o.Deps
	who, err := d.Roles.People.Find(ctx, id)
	if errors.Is(err, bot.ErrNoPerson) {
		who, err = bot.Person{ID: id, Deactivated: true}, nil
	}
	if err != nil {
		return fmt.Errorf("review roles of %s: %w", id, err)
	}
	actor, err := d.Access.Authorize(ctx, who, bot.RightAsk, bot.AreaDesk)
	if _, refused := errors.AsType[*bot.Refusal](err); err != nil && !refused {
		return fmt.Errorf("review roles of %s: %w", id, err)
	}
	if actor.Account == (bot.Account{}) {
		actor.Account = bot.Operator() // refused: whoever it is, the roles were ours to give
	}
	present := slices.DeleteFunc(slices.Clone(actor.Roles), func(r bot.Role) bool { return r == bot.RoleStaff })
	if _, err := d.Access.Authorize(ctx, who, bot.RightApprove, bot.AreaMoney); err == nil {
		present = append(present, access.CanApprove)
	}
	return v.o.Store.Update(ctx, func(tx bot.Tx) error {
		before, err := d.Roles.Book.HolderIn(tx, team, id)
		changes := access.Changes(before.Roles, present)
		if err != nil || len(changes) == 0 {
			return err
		}
		for _, c := range changes {
			action := "role.lost"
			if c.Gained {
				action = "role.gained"
			}
			entry := bot.Entry{Stream: "roles", Team: team, Person: id, Account: actor.Account, Action: action, Object: string(c.Role), Outcome: "ok", At: now}
			if err := tx.Audit(entry); err != nil {
				return err
			}
		}
		return d.Roles.Book.PutHolder(tx, access.Holder{Team: team, Person: id, Roles: present, Since: now})
	})
}
