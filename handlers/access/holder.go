package access

import (
	"context"
	"slices"
	"time"

	"partnerdesk/bot"
)

// CanApprove stands among the roles of a [Holder] who may decide about money:
// that follows from a role, unless the person is an admin too, or not the
// operator's own.
const CanApprove bot.Role = "can_approve"

// Holder is somebody who was last seen to hold roles beyond a member's own.
type Holder struct {
	Team   string // whose desk it is; the person may be of another team
	Person bot.PersonID
	Roles  []bot.Role // sorted; CanApprove, if held, behind them
	Since  time.Time  // UTC; when the roles were first seen to be these
}

// Holders is where it is kept who holds what, so that a change is noticed and
// audited, whether it was made in the configuration or in a user group.
type Holders interface {
	Holders(ctx context.Context, team string) ([]Holder, error)
	// HolderIn reads one within a transaction; a person without a row holds nothing.
	HolderIn(tx bot.Tx, team string, who bot.PersonID) (Holder, error)
	// PutHolder keeps what a person holds now; no roles removes the row.
	PutHolder(tx bot.Tx, h Holder) error
}

// Change is a role that somebody got or lost.
type Change struct {
	Role   bot.Role
	Gained bool
}

// Changes lists what it takes to get from the roles before to those now: losses
// first, each in the order of bot.Roles, CanApprove last.
func Changes(before, now []bot.Role) (list []Change) {
	for _, gained := range []bool{false, true} {
		have, miss := before, now
		if gained {
			have, miss = now, before
		}
		for _, r := range append(bot.Roles(), CanApprove) {
			if slices.Contains(have, r) && !slices.Contains(miss, r) {
				list = append(list, Change{Role: r, Gained: gained})
			}
		}
	}
	return list
}
