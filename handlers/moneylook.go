package handlers

import (
	"context"
	"errors"
	"iter"

	"partnerdesk/bot"
	"partnerdesk/handlers/money"
	"partnerdesk/handlers/partner"
)

// What an operation draws on, read live: before anybody decides, at the click and
// before it is sent.

// look reads what the operation draws on, live, and holds it against what the
// partner center would refuse.
func (d *Deps) look(ctx context.Context, o money.Operation) (p money.Preview, err error) {
	p.At = d.Now()
	switch o.Kind {
	case money.IssueCoupon, money.GiveQuota:
		p, err = d.lookQuota(ctx, o, p)
	case money.GrantCustomer:
		p, err = d.lookCash(ctx, o, books(o.Account), p)
	case money.GrantReseller:
		p, err = d.lookCash(ctx, o, partner.Operator, p)
	case money.ReclaimReseller:
		p, err = d.lookCash(ctx, o, partner.Account(o.Parties[0].ID), p)
	case money.ReclaimCustomer:
		p, err = d.lookCustomer(ctx, o, p)
	case money.ReclaimCoupon:
		p, err = d.lookCoupon(ctx, o, p)
	case money.ReclaimQuota:
		p, err = d.lookGiven(ctx, o, p)
	}
	return p, checked(err)
}

// checked words what a check before the call refused; reads that failed stay
// what they are.
func checked(err error) error {
	if e, ok := errors.AsType[*partner.Error](err); ok && !e.Sent && e.Status == 0 && e.Err == nil && e.Class != partner.Broken && e.Class != partner.Throttled &&
		e.Code != partner.CodeCredentials {
		return bot.User(e.Key()).Because(err)
	}
	return err
}

func first[T any](rows iter.Seq2[T, error]) (row T, found bool, err error) {
	for row, err := range rows {
		return row, err == nil, err
	}
	return row, false, nil
}

// customersOf reads the customers of an operation, in its order.
func (d *Deps) customersOf(ctx context.Context, o money.Operation) ([]partner.Customer, error) {
	var list []partner.Customer
	for _, p := range o.Parties {
		c, found, err := first(d.Money.Center.Customers(ctx, books(o.Account), partner.CustomerQuery{ID: p.ID, Most: 1}))
		switch {
		case err != nil:
			return nil, err
		case !found:
			return nil, bot.User("money.no.customer", "name", p.Name)
		case c.Frozen != 0:
			return nil, bot.User("money.no.customer_frozen", "name", p.Name)
		}
		list = append(list, c)
	}
	return list, nil
}

func (d *Deps) quota(ctx context.Context, of bot.Account, id string) (partner.Quota, error) {
	for _, t := range []partner.QuotaType{partner.VoucherQuota, partner.FlexiQuota} {
		q, found, err := first(d.Money.Center.Quotas(ctx, books(of), partner.QuotaQuery{IDs: []string{id}, Type: t, Most: 1}))
		if err != nil || found {
			return q, err
		}
	}
	return partner.Quota{}, bot.User("money.no.quota", "id", id)
}

func (d *Deps) lookQuota(ctx context.Context, o money.Operation, p money.Preview) (money.Preview, error) {
	q, err := d.quota(ctx, o.Account, o.Quota)
	if err != nil {
		return p, err
	}
	p.Available, p.Known, p.Ends, p.Source = q.Balance, true, q.To, q.ID
	if o.Kind == money.GiveQuota {
		gift := partner.QuotaGift{QuotaID: q.ID, Amount: o.Amount}
		for _, party := range o.Parties {
			gift.Resellers = append(gift.Resellers, partner.Account(party.ID))
		}
		return p, partner.CheckGift(gift, q, d.Now())
	}
	customers, err := d.customersOf(ctx, o)
	if err != nil {
		return p, err
	}
	return p, partner.CheckIssue(issueOf(o), q, customers, d.Now())
}

func (d *Deps) lookCash(ctx context.Context, o money.Operation, payer partner.Account, p money.Preview) (money.Preview, error) {
	bal, err := d.Money.Center.Balance(ctx, payer)
	if err != nil {
		return p, err
	}
	p.Available, p.Known = bal.Grantable()
	if o.Kind != money.GrantCustomer {
		return p, nil
	}
	customers, err := d.customersOf(ctx, o)
	if err != nil {
		return p, err
	}
	return p, partner.CheckGrants(customers, bal, o.Amount)
}

func (d *Deps) lookCustomer(ctx context.Context, o money.Operation, p money.Preview) (money.Preview, error) {
	customers, err := d.customersOf(ctx, o)
	if err != nil {
		return p, err
	}
	if customers[0].Association != partner.Resale {
		return p, &partner.Error{Op: "customer-reclaim", Class: partner.NotAllowed, Code: partner.CodeReferral}
	}
	got, err := d.Money.Center.CustomerBalances(ctx, books(o.Account), []string{o.Parties[0].ID})
	if err != nil {
		return p, err
	}
	if len(got.Found) > 0 {
		p.Available, p.Known = got.Found[0].Spendable, got.Found[0].HasSpendable
	}
	return p, nil
}

func (d *Deps) lookCoupon(ctx context.Context, o money.Operation, p money.Preview) (money.Preview, error) {
	c, found, err := first(d.Money.Center.Coupons(ctx, books(o.Account), partner.CouponQuery{ID: o.Coupon, Most: 1}))
	switch {
	case err != nil:
		return p, err
	case !found:
		return p, bot.User("money.no.coupon", "id", o.Coupon)
	}
	p.Available, p.Known, p.Ends = c.Balance, true, c.To
	customers, err := d.customersOf(ctx, o)
	if err != nil {
		return p, err
	}
	if err := partner.CheckReclaim(c, customers[0]); err != nil {
		return p, err
	}
	return p, unchanged(o, c.Balance)
}

func (d *Deps) lookGiven(ctx context.Context, o money.Operation, p money.Preview) (money.Preview, error) {
	q, found, err := first(d.Money.Center.GivenQuotas(ctx, partner.GivenQuery{QuotaID: o.Quota, Most: 1}))
	switch {
	case err != nil:
		return p, err
	case !found || q.Status == partner.QuotaReclaimed || string(q.Reseller) != o.Parties[0].ID:
		return p, bot.User("money.no.quota", "id", o.Quota)
	}
	p.Available, p.Known, p.Ends, p.Source = q.Balance, true, q.To, q.ID
	return p, unchanged(o, q.Balance)
}

// unchanged refuses a reclaim of all there is when that is no longer what both
// people saw.
func unchanged(o money.Operation, now partner.Fen) error {
	if now != o.Amount {
		return bot.User("money.no.changed", "before", yuan(o.Amount), "now", yuan(now))
	}
	return nil
}
