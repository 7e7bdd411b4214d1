package handlers

import (
	"context"
	"errors"
	"slices"
	"time"

	"partnerdesk/bot"
	"partnerdesk/bot/lang"
	"partnerdesk/handlers/money"
	"partnerdesk/handlers/partner"
)

// Money is what the commands that move value need, and the worker that sends.
type Money struct {
	Book   money.Book
	Lists  money.Lists // nil: no lists are taken
	Center MoneyCenter
	People bot.Directory
	// Listed names everybody who might approve, lead or administer, by whatever
	// grants it. Who really does is asked anew each time.
	Listed func(ctx context.Context) ([]bot.PersonID, error)
	Policy money.Policy
	// Account is what the partner center knows the operator as; it is kept with
	// every operation. Empty: nobody configured it.
	Account string
	Nights  money.NightBook // nil: no nightly comparison of ledger and records
	// Snapshots keeps balances of the turn of the month; nil: statements open and
	// close with what is unknown.
	Snapshots money.Snapshots
	// Paused says that nothing may be sent at the moment, for example in
	// quarantine; nil: never.
	Paused func(ctx context.Context) (bool, error)
}

// MoneyCenter is the part of the partner center that value moves through.
// Handlers only read from it; what moves is left to [MoneyWorker].
type MoneyCenter interface {
	Center
	partner.Funds
	partner.Records
	partner.Coupons
	partner.Quotas
	partner.ResellerQuotas
	partner.Resellers
}

// actors lists the people who hold a right over an account's money at this
// moment: the operator's own, and those of the account itself.
func (m *Money) actors(ctx context.Context, access bot.Authorizer, right bot.Right, of bot.Account) ([]bot.Actor, error) {
	ids, err := m.Listed(ctx)
	if err != nil {
		return nil, err
	}
	var list []bot.Actor
	for _, id := range ids {
		a, ok, err := m.holds(ctx, access, id, right, bot.AreaMoney)
		if err != nil {
			return nil, err
		}
		if ok && (a.Account == bot.Operator() || a.Account == of) && !slices.ContainsFunc(list, func(b bot.Actor) bool { return b.Person.ID == id }) {
			list = append(list, a)
		}
	}
	return list, nil
}

// holds asks whether a person has a right now.
func (m *Money) holds(ctx context.Context, access bot.Authorizer, id bot.PersonID, right bot.Right, area bot.Area) (bot.Actor, bool, error) {
	who, err := m.People.Find(ctx, id)
	if errors.Is(err, bot.ErrNoPerson) {
		return bot.Actor{}, false, nil
	}
	if err != nil {
		return bot.Actor{}, false, err
	}
	a, err := access.Authorize(ctx, who, right, area)
	if _, no := errors.AsType[*bot.Refusal](err); no {
		return bot.Actor{}, false, nil
	}
	return a, err == nil, err
}

func ids(actors []bot.Actor) []bot.PersonID {
	var list []bot.PersonID
	for _, a := range actors {
		list = append(list, a.Person.ID)
	}
	return list
}

// moneyFacts finds out what a transition of an operation is held against. An error
// that a person can do something about means that it must not go on.
func (d *Deps) moneyFacts(ctx context.Context, o money.Operation, live bool) (money.Facts, error) {
	f := money.Facts{Read: d.Now()}
	approvers, err := d.Money.actors(ctx, d.Access, bot.RightApprove, o.Account)
	if err != nil {
		return f, err
	}
	f.Approvers = ids(approvers)
	asks, ok, err := d.Money.holds(ctx, d.Access, o.Requester, bot.RightRequest, bot.AreaMoney)
	if err != nil {
		return f, err
	}
	f.Requests = ok && asks.Account == o.Asker()
	if !live {
		return f, nil
	}
	p, err := d.look(ctx, o)
	f.Available, f.Known = p.Available, p.Known
	return f, err
}

func books(a bot.Account) partner.Account { return partner.Account(a.ResellerID()) }

// records reads what the partner center recorded since a time and could be the
// effect of the operation: claims of its own parties only.
func (d *Deps) records(ctx context.Context, o money.Operation, since time.Time) (list []money.Record, err error) {
	c, of := d.Money.Center, books(o.Account)
	add := func(id, party string, amount partner.Fen, at time.Time, remark string) {
		if id != "" && slices.ContainsFunc(o.Parties, func(p money.Party) bool { return p.ID == party }) {
			list = append(list, money.Record{Claim: money.ClaimOf(o.Kind, id), Party: party, Amount: amount, At: at, Remark: remark})
		}
	}
	switch o.Kind {
	case money.IssueCoupon, money.ReclaimCoupon:
		q := partner.CouponLogQuery{Operations: []partner.CouponOperation{partner.CouponIssue}, QuotaID: o.Quota, From: since}
		if o.Kind == money.ReclaimCoupon {
			q = partner.CouponLogQuery{Operations: []partner.CouponOperation{partner.CouponReclaim}, CouponIDs: []string{o.Coupon}, From: since}
		}
		for r, err := range c.CouponLog(ctx, of, q) {
			if err != nil {
				return nil, err
			}
			if r.Succeeded {
				add(r.CouponID, r.CustomerID, r.Amount, r.At, r.Remark)
			}
		}
	case money.GiveQuota, money.ReclaimQuota:
		q := partner.QuotaLogQuery{ParentID: o.Quota, From: since}
		if o.Kind == money.ReclaimQuota {
			q = partner.QuotaLogQuery{QuotaID: o.Quota, From: since}
		}
		for r, err := range c.QuotaLog(ctx, q) {
			if err != nil {
				return nil, err
			}
			if r.Succeeded && r.Give == (o.Kind == money.GiveQuota) {
				add(r.QuotaID, string(r.Reseller), r.Amount, r.At, r.Remark)
			}
		}
	default:
		kind := partner.Granted
		if o.Kind == money.ReclaimCustomer || o.Kind == money.ReclaimReseller {
			kind = partner.Reclaimed
		}
		for r, err := range c.Adjustments(ctx, of, partner.AdjustmentQuery{CustomerID: o.Parties[0].ID, Kind: kind, From: since}) {
			if err != nil {
				return nil, err
			}
			add(r.TransID, r.CustomerID, r.Amount, r.At, r.Memo)
		}
	}
	return list, nil
}

func issueOf(o money.Operation) partner.Issue {
	i := partner.Issue{QuotaID: o.Quota, FaceValue: o.Amount, From: o.From, To: o.To, Services: o.Services, Products: o.Products, Memo: o.Memo(partner.MaxMemo)}
	for _, p := range o.Parties {
		i.CustomerIDs = append(i.CustomerIDs, p.ID)
	}
	return i
}

// call makes the one call of an operation.
func (d *Deps) call(ctx context.Context, o money.Operation) money.Outcome {
	out := money.Outcome{Done: map[string]string{}, Failed: map[string]string{}}
	c, of, party := d.Money.Center, books(o.Account), o.Parties[0].ID
	one := func(r partner.Receipt, err error) {
		out.Err, out.Signed = err, r.SignedAt
		if err == nil {
			out.Done[party] = money.ClaimOf(o.Kind, r.ID)
		}
	}
	switch o.Kind {
	case money.GrantCustomer:
		one(c.GrantCustomer(ctx, of, party, o.Amount))
	case money.ReclaimCustomer:
		one(c.ReclaimCustomer(ctx, of, party, o.Amount))
	case money.GrantReseller:
		one(c.GrantReseller(ctx, partner.Account(party), o.Amount))
	case money.ReclaimReseller:
		one(c.ReclaimReseller(ctx, partner.Account(party), o.Amount))
	case money.ReclaimCoupon:
		r, err := c.ReclaimCoupon(ctx, of, o.Coupon)
		r.ID = o.Coupon
		one(r, err)
	case money.IssueCoupon:
		r, err := c.Issue(ctx, of, issueOf(o))
		out.Err, out.Signed = err, r.SignedAt
		for _, done := range r.Coupons {
			out.Done[done.CustomerID] = money.ClaimOf(o.Kind, done.CouponID)
		}
		failures(out.Failed, r.Failed)
	case money.GiveQuota:
		gift := partner.QuotaGift{QuotaID: o.Quota, Amount: o.Amount}
		for _, p := range o.Parties {
			gift.Resellers = append(gift.Resellers, partner.Account(p.ID))
		}
		r, err := c.GiveQuota(ctx, gift)
		out.Err, out.Signed = err, r.SignedAt
		for _, done := range r.Done {
			out.Done[string(done.To)] = money.ClaimOf(o.Kind, done.ID)
		}
		failures(out.Failed, r.Failed)
	case money.ReclaimQuota:
		r, err := c.ReclaimQuotas(ctx, []string{o.Quota}, o.Memo(partner.MaxRemark))
		out.Err, out.Signed = err, r.SignedAt
		for range r.Done {
			out.Done[party] = money.ClaimOf(o.Kind, o.Quota)
		}
		for _, f := range r.Failed {
			out.Failed[party] = f.Key()
		}
	}
	if e, ok := errors.AsType[*partner.Error](out.Err); ok && out.Signed.IsZero() {
		out.Signed = e.SignedAt
	}
	return out
}

func failures(into map[string]string, list []partner.Failure) {
	for _, f := range list {
		into[f.ID] = f.Key()
	}
}

// readerOf is the language of a person's cards.
func readerOf(a bot.Actor) lang.Tag { return lang.Match(a.Person.Locale) }
