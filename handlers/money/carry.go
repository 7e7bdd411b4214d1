package money

import (
	"time"

	"partnerdesk/bot"
	"partnerdesk/bot/lang"
)

// Approval is an approver's click on a request, with what was found out a moment
// before it.
type Approval struct {
	Who    bot.PersonID
	Roles  []bot.Role
	From   []string // which grant gave them
	Lang   lang.Tag
	Quota  string // the distributor's quota that is given from; empty for cash
	Seen   Preview
	Facts  Facts
	Policy Policy
	Center string // fingerprint of the account at the partner center, see [Operation]
}

// Carry is what an approver's click on a request does, within a transaction: the
// request is approved, and the operation that carries it out is made, submitted
// in the requester's name and approved in the approver's. All the rules of the
// two steps hold; when one refuses, nothing is kept.
func Carry(book Book, tx bot.Tx, team, id string, rev int, by Approval, now time.Time) (before, after Request, o Operation, err error) {
	r, found, err := book.RequestIn(tx, team, id)
	if err == nil && !found {
		err = bot.User("request.none", "id", id)
	}
	if err != nil {
		return r, r, o, err
	}
	o = r.Would(by.Quota)
	if o.ID, err = free(book, tx, o); err != nil {
		return r, r, o, err
	}
	next, err := r.approve(by, rev, o.ID, now)
	if err != nil {
		return r, r, o, err
	}
	if o, err = New(o, now); err != nil {
		return r, r, o, err
	}
	was, err := books(book, tx, o, now)
	if err != nil {
		return r, r, o, err
	}
	b := was
	if o, b, err = o.Submit(r.Requester, o.Rev, b, by.Facts, by.Policy, now); err != nil {
		return r, r, o, err
	}
	if o, b, err = o.Approve(by.Who, o.Rev, b, by.Facts, by.Policy, now); err != nil {
		return r, r, o, err
	}
	o.ApproverRoles, o.ApproverFrom, o.ApproverLang, o.Seen, o.Center = by.Roles, by.From, by.Lang, by.Seen, by.Center
	wishes, err := book.WishesIn(tx, team, r.Account)
	if err != nil {
		return r, r, o, err
	}
	if err := book.PutWishes(tx, team, r.Account, wishes.drop(r.ID)); err != nil {
		return r, r, o, err
	}
	if err := keep(book, tx, o, was, b); err != nil {
		return r, r, o, err
	}
	if err := book.PutOperation(tx, o); err != nil {
		return r, r, o, err
	}
	return r, next, o, book.PutRequest(tx, next)
}

// free is an id for an operation that no other one has.
func free(book Book, tx bot.Tx, o Operation) (string, error) {
	for try := range 100 {
		id := ID(o.Seed, try)
		if _, found, err := book.OperationIn(tx, o.Team, id); err != nil || !found {
			return id, err
		}
	}
	return "", bot.User("money.no.too_many")
}

// ChangeRequest runs one transition of a request within a transaction, with what
// its account has waiting. A request that is not there is a user error.
func ChangeRequest(book Book, tx bot.Tx, team, id string, do func(r Request, a Wishes) (Request, Wishes, error)) (before, after Request, err error) {
	r, found, err := book.RequestIn(tx, team, id)
	if err == nil && !found {
		err = bot.User("request.none", "id", id)
	}
	if err != nil {
		return r, r, err
	}
	wishes, err := book.WishesIn(tx, team, r.Account)
	if err != nil {
		return r, r, err
	}
	after, next, err := do(r, wishes)
	if err != nil || after.Rev == r.Rev {
		return r, r, err
	}
	if len(wishes.Waiting)+len(next.Waiting) > 0 {
		if err := book.PutWishes(tx, team, r.Account, next); err != nil {
			return r, r, err
		}
	}
	return r, after, book.PutRequest(tx, after)
}

// followed keeps the request of an operation in step with it.
func followed(book Book, tx bot.Tx, before, after Operation) error {
	if after.Request == "" || before.State == after.State {
		return nil
	}
	r, found, err := book.RequestIn(tx, after.Team, after.Request)
	if err != nil || !found || r.Operation != after.ID {
		return err
	}
	if next := r.follow(after); next.Rev != r.Rev {
		return book.PutRequest(tx, next)
	}
	return nil
}
