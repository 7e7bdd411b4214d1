package handlers

import (
	"context"
	"time"

	"partnerdesk/bot/lang"
	"partnerdesk/handlers/partner"
	"partnerdesk/handlers/remind"
	"partnerdesk/handlers/worktime"
)

// What expires at the partner center, and what waits there for us.

// How far ahead is looked, and at how many customers.
const (
	quotaAhead     = 70 * 24 * time.Hour
	expiryAhead    = 45 * 24 * time.Hour
	mostExpiring   = 1000
	datedCustomers = 2000
	mostCases      = 500
)

// answerWithin is how long a case may wait for us, in working days. It is the
// desk's own yardstick: the partner center names no day.
const answerWithin = 2

func (c *dates) quotas(ctx context.Context, w lang.Words, now time.Time) ([]dated, error) {
	var list []dated
	for _, t := range []partner.QuotaType{partner.VoucherQuota, partner.FlexiQuota} {
		q := partner.QuotaQuery{Type: t, Status: []partner.QuotaStatus{partner.QuotaNormal}, ExpireFrom: now, ExpireTo: now.Add(quotaAhead), Most: mostExpiring}
		for quota, err := range c.o.Deps.Remind.Center.Quotas(ctx, partner.Operator, q) {
			if err != nil {
				return nil, err
			}
			if quota.Balance <= 0 || !quota.To.After(now) {
				continue
			}
			key := "remind.center.voucher_quota"
			if t == partner.FlexiQuota {
				key = "remind.center.flexi_quota"
			}
			list = append(list, dated{seed: "quotas/" + quota.ID, kind: remind.Quota, title: w.T(key, "id", quota.ID, "amount", yuan(quota.Balance)), end: quota.To})
		}
	}
	return list, nil
}

func (c *dates) coupons(ctx context.Context, w lang.Words, now time.Time) ([]dated, error) {
	names, err := c.customers(ctx)
	if err != nil {
		return nil, err
	}
	var list []dated
	q := partner.CouponQuery{Status: partner.CouponUsable, ExpireFrom: now, ExpireTo: now.Add(expiryAhead), Most: mostExpiring}
	for coupon, err := range c.o.Deps.Remind.Center.Coupons(ctx, partner.Operator, q) {
		if err != nil {
			return nil, err
		}
		if coupon.Balance <= 0 || !coupon.To.After(now) {
			continue
		}
		name := names[coupon.CustomerID]
		if name == "" {
			name = coupon.CustomerID
		}
		list = append(list, dated{seed: "coupons/" + coupon.ID, kind: remind.Coupon, title: w.T("remind.center.coupon", "customer", clip(name, 40), "amount", yuan(coupon.Balance)), end: coupon.To})
	}
	return list, nil
}

// customers are the names of resale customers by id.
func (c *dates) customers(ctx context.Context) (map[string]string, error) {
	names := map[string]string{}
	for customer, err := range c.o.Deps.Remind.Center.Customers(ctx, partner.Operator, partner.CustomerQuery{Most: datedCustomers}) {
		if err != nil {
			return nil, err
		}
		if customer.Association == partner.Resale {
			names[customer.ID] = customer.Name
		}
	}
	return names, nil
}

func (c *dates) subscriptions(ctx context.Context, w lang.Words, now time.Time) ([]dated, error) {
	names, err := c.customers(ctx)
	if err != nil {
		return nil, err
	}
	var list []dated
	for id, name := range names {
		q := partner.SubscriptionQuery{CustomerID: id, OnlyMain: true, ExpireFrom: now, ExpireTo: now.Add(expiryAhead), Most: mostExpiring}
		for s, err := range c.o.Deps.Remind.Center.Subscriptions(ctx, q) {
			if err != nil {
				return nil, err
			}
			if s.Policy == partner.ExpireAutoRenew || !s.Expires.After(now) {
				continue
			}
			list = append(list, dated{seed: "subscriptions/" + s.ID, kind: remind.Subscription, end: s.Expires,
				title: w.T("remind.center.subscription", "customer", clip(name, 40), "service", s.Service, "name", clip(s.Name, 40))})
		}
	}
	return list, nil
}

// cases are those that wait for us. Whoever has the ticket of a case has its
// deadline; the words of a case stay where they are.
func (c *dates) cases(ctx context.Context, w lang.Words, now time.Time) ([]dated, error) {
	d := c.o.Deps
	live, err := d.Tickets.LiveCases(ctx)
	if err != nil {
		return nil, err
	}
	owners := map[string]dated{}
	for _, t := range live {
		owners[t.Case] = dated{owner: t.Owner, title: t.ID}
	}
	var list []dated
	waiting := []partner.CaseStatus{partner.CaseFeedback, partner.CaseConfirm}
	for one, err := range d.Cases.Cases(ctx, partner.CaseQuery{Status: waiting, Most: mostCases}) {
		if err != nil {
			return nil, err
		}
		w, err := c.wordsOf(ctx, owners[one.ID].owner, w)
		if err != nil {
			return nil, err
		}
		key := "remind.center.case.feedback"
		switch one.Status {
		case partner.CaseFeedback:
		case partner.CaseConfirm:
			key = "remind.center.case.confirm"
		default:
			continue
		}
		item := dated{seed: "cases/" + one.ID, kind: remind.HuaweiCase, owner: owners[one.ID].owner, floats: true, title: w.T(key, "id", one.ID)}
		if of := owners[one.ID].title; of != "" {
			item.title += w.T("remind.center.case.ticket", "id", of)
		}
		today := worktime.DateIn(now, d.deskZone())
		item.end = d.Remind.Calendar.Add(today, answerWithin).End(d.deskZone())
		list = append(list, item)
	}
	return list, nil
}
