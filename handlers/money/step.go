package money

import (
	"errors"
	"slices"
	"strconv"
	"time"

	"partnerdesk/bot"
	"partnerdesk/handlers/partner"
)

// Facts are what was found out a moment before a transition, outside of it.
type Facts struct {
	// Approvers are the people who could approve the operation at this moment,
	// the requester included when they could approve others.
	Approvers []bot.PersonID
	Requests  bool // the requester may still ask for it

	Available partner.Fen // what the source holds at the partner center
	Known     bool        // Available was read
	Read      time.Time   // UTC; before it was read
}

// decider refuses whoever may not decide: who asked for it, and whoever cannot
// approve at this moment.
func (f Facts) decider(who, requester bot.PersonID, id string) error {
	if who == requester {
		return bot.User("money.no.self", "id", id)
	}
	if !slices.Contains(f.Approvers, who) {
		return bot.User("money.no.not_approver")
	}
	return nil
}

// ErrHold is wrapped by reasons not to send now that pass by themselves.
var ErrHold = errors.New("not now")

// MinApprovers is how many people must be able to approve before anything is.
const MinApprovers = 2

// at refuses a click on something the person no longer sees as it is.
func (o Operation) at(rev int, states ...State) error {
	if !slices.Contains(states, o.State) {
		return bot.User("money.no.state."+string(o.State), "id", o.ID)
	}
	if rev != o.Rev {
		return bot.User("money.no.outdated", "id", o.ID)
	}
	return nil
}

func (o Operation) moved(s State, now time.Time) Operation {
	o.State, o.Rev, o.Changed = s, o.Rev+1, now.UTC()
	return o
}

// Check says what is wrong with an operation in itself, whoever asks for it.
func (o Operation) Check() error {
	seen := map[string]bool{}
	for _, p := range o.Parties {
		if p.ID == "" || seen[p.ID] {
			return bot.User("money.no.party_twice", "name", p.Name)
		}
		seen[p.ID] = true
	}
	switch {
	case !slices.Contains(Kinds(), o.Kind) || o.Account == (bot.Account{}):
		return bot.User("money.no.kind")
	case len(o.Parties) == 0:
		return bot.User("money.no.party")
	case len(o.Parties) > MaxParties, len(o.Parties) > 1 && o.Kind != IssueCoupon && o.Kind != GiveQuota:
		return bot.User("money.no.parties", "most", strconv.Itoa(o.most()))
	case o.Amount <= 0 || o.Amount > MaxAmount:
		return bot.User("money.no.amount")
	case o.Kind.Coupon() && o.Kind != ReclaimCoupon && o.Quota == "", o.Kind == ReclaimCoupon && o.Coupon == "":
		return bot.User("money.no.source")
	}
	return nil
}

func (o Operation) most() int {
	if o.Kind == IssueCoupon || o.Kind == GiveQuota {
		return MaxParties
	}
	return 1
}

// enough holds the operation against everything that changes by itself: freeze,
// limits, the source, an unknown one like it.
func (o Operation) enough(b Books, f Facts, p Policy, now time.Time) error {
	if b.Frozen {
		return bot.User("money.no.frozen")
	}
	if id, unknown, found := b.Lane.Like(o); found && unknown {
		return bot.User("money.no.like_unknown", "id", id)
	}
	if err := b.Days[DayOf(now)].check(o, p); err != nil {
		return err
	}
	if len(b.Pool.Draws) >= MostHolders {
		return bot.User("money.no.too_many")
	}
	if !f.Known {
		return nil
	}
	if left := f.Available - b.Pool.Held(o.ID, f.Read); left < o.Total() {
		return bot.User("money.no.source_short", "left", max(left, 0).String(), "need", o.Total().String())
	}
	return nil
}

// alone decides whether the operation stays under what one person may move on a
// day without a second one. What a list carries out never does, nor what
// somebody asks for from the other side.
func (o Operation) alone(b Books, p Policy, now time.Time) bool {
	return o.List == "" && o.Request == "" && b.Days[DayOf(now)].Alone(o.Requester, o.ID)+o.Total() <= p.Threshold
}

// people refuses when too few could approve.
func (f Facts) people(o Operation) error {
	if len(f.Approvers) < MinApprovers || !slices.ContainsFunc(f.Approvers, func(who bot.PersonID) bool { return who != o.Requester }) {
		return bot.User("money.no.approvers", "count", strconv.Itoa(len(f.Approvers)))
	}
	return nil
}

// New makes a draft. The id is the caller's.
func New(o Operation, now time.Time) (Operation, error) {
	if err := o.Check(); err != nil {
		return o, err
	}
	o.State, o.Rev, o.Created, o.Changed = Draft, 1, now.UTC(), now.UTC()
	o.Expires = now.Add(draftFor).UTC()
	o.Shown = 1 // a draft has no card
	return o, nil
}

// draftFor is how long a preview can be submitted: what it shows gets old.
const draftFor = 30 * time.Minute

// Submit reserves a draft and puts it before the approvers, or straight into the
// queue when it stays under the threshold.
func (o Operation) Submit(who bot.PersonID, rev int, b Books, f Facts, p Policy, now time.Time) (Operation, Books, error) {
	p = p.Full()
	if err := o.at(rev, Draft); err != nil {
		return o, b, err
	}
	if who != o.Requester {
		return o, b, bot.User("money.no.not_yours", "id", o.ID)
	}
	if !f.Requests {
		return o, b, bot.User("money.no.requester")
	}
	if !now.Before(o.Expires) {
		return o, b, bot.User("money.no.state.expired", "id", o.ID)
	}
	if err := o.Check(); err != nil {
		return o, b, err
	}
	if err := o.enough(b, f, p, now); err != nil {
		return o, b, err
	}
	o.Alone = o.alone(b, p, now)
	o.CouldApprove = len(f.Approvers)
	o.Policy = p.Revision()
	next := Reserved
	o.Expires = now.Add(p.Send).UTC()
	if !o.Alone {
		if err := f.people(o); err != nil {
			return o, b, err
		}
		next = Awaiting
		o.Expires = now.Add(p.Decide).UTC()
	}
	o = o.moved(next, now)
	o, b = b.reserve(o, now)
	return o, b, nil
}

// Approve lets an operation be sent. Everything is held against it once more.
func (o Operation) Approve(who bot.PersonID, rev int, b Books, f Facts, p Policy, now time.Time) (Operation, Books, error) {
	p = p.Full()
	if err := o.at(rev, Awaiting); err != nil {
		return o, b, err
	}
	if err := f.decider(who, o.Requester, o.ID); err != nil {
		return o, b, err
	}
	switch {
	case !f.Requests:
		return o, b, bot.User("money.no.requester")
	case !now.Before(o.Expires):
		return o, b, bot.User("money.no.state.expired", "id", o.ID)
	}
	if err := f.people(o); err != nil {
		return o, b, err
	}
	if err := o.enough(b, f, p, now); err != nil {
		return o, b, err
	}
	o = o.moved(Reserved, now)
	o.Approver, o.Approved, o.Expires, o.Policy = who, now.UTC(), now.Add(p.Send).UTC(), p.Revision()
	o, b = b.reserve(o, now)
	return o, b, nil
}

// Decline ends an operation that waits, with the approver's reason.
func (o Operation) Decline(who bot.PersonID, rev int, reason string, b Books, f Facts, now time.Time) (Operation, Books, error) {
	if err := o.at(rev, Awaiting); err != nil {
		return o, b, err
	}
	if err := f.decider(who, o.Requester, o.ID); err != nil {
		return o, b, err
	}
	if reason == "" {
		return o, b, bot.User("money.no.reason")
	}
	o = o.moved(Refused, now)
	o.Decider, o.Reason, o.Fault, o.Settled = who, reason, "money.fault.declined", now.UTC()
	o, b = b.release(o)
	return o, b, nil
}

// Withdraw takes back what has not been sent; only who asked for it can.
func (o Operation) Withdraw(who bot.PersonID, rev int, b Books, now time.Time) (Operation, Books, error) {
	if err := o.at(rev, Draft, Awaiting, Reserved); err != nil {
		return o, b, err
	}
	if who != o.Requester {
		return o, b, bot.User("money.no.not_yours", "id", o.ID)
	}
	o = o.moved(Cancelled, now)
	o.Settled = now.UTC()
	o, b = b.release(o)
	return o, b, nil
}

// Expire ends what was not decided or sent in time; ok is false when it is not
// time or too late for that.
func (o Operation) Expire(b Books, now time.Time) (after Operation, books Books, ok bool) {
	if !slices.Contains([]State{Draft, Awaiting, Reserved}, o.State) || now.Before(o.Expires) {
		return o, b, false
	}
	wasDraft := o.State == Draft
	o = o.moved(Expired, now)
	o.Settled = now.UTC()
	if wasDraft {
		o.Shown = o.Rev // nobody has a card of it
	}
	o, b = b.release(o)
	return o, b, true
}

// Start marks an operation as being sent. An error that wraps [ErrHold] means:
// later; any other one that it must not be sent at all, which [Operation.Stop]
// records. Only after the mark is committed may the call be made.
func (o Operation) Start(b Books, f Facts, p Policy, snapshot []string, now time.Time) (Operation, Books, error) {
	p = p.Full()
	if err := o.at(o.Rev, Reserved); err != nil {
		return o, b, err
	}
	if b.Frozen {
		return o, b, errors.Join(ErrHold, bot.User("money.no.frozen"))
	}
	if id, _, found := b.Lane.Like(o); found {
		return o, b, errors.Join(ErrHold, bot.User("money.no.like_unknown", "id", id))
	}
	switch {
	case o.Works != 0:
		return o, b, bot.User("money.no.twice")
	case !now.Before(o.Expires):
		return o, b, bot.User("money.no.state.expired", "id", o.ID)
	case !f.Requests:
		return o, b, bot.User("money.no.requester")
	case o.Alone && !o.alone(b, p, now):
		return o, b, bot.User("money.no.threshold")
	case !o.Alone && (o.Approver == bot.PersonID{} || o.Approver == o.Requester || !slices.Contains(f.Approvers, o.Approver)):
		return o, b, bot.User("money.no.approver_gone")
	}
	if !o.Alone {
		if err := f.people(o); err != nil {
			return o, b, err
		}
	}
	if err := o.enough(b, f, p, now); err != nil {
		return o, b, err
	}
	o = o.moved(Sending, now)
	o, b = b.reserve(o, now)
	o.Started, o.Snapshot, o.Works, o.Policy = now.UTC(), snapshot, o.Works+1, p.Revision()
	b.Lane = b.Lane.put(o, false)
	return o, b, nil
}

// Stop refuses an operation that may not be sent any more, before anything was.
func (o Operation) Stop(b Books, fault string, now time.Time) (Operation, Books, error) {
	if err := o.at(o.Rev, Reserved); err != nil {
		return o, b, err
	}
	o = o.moved(Refused, now)
	o.Fault, o.Settled = fault, now.UTC()
	o, b = b.release(o)
	return o, b, nil
}
