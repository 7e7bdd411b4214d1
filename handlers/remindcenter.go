package handlers

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"partnerdesk/bot"
	"partnerdesk/bot/lang"
	"partnerdesk/handlers/partner"
	"partnerdesk/handlers/remind"
	"partnerdesk/handlers/worktime"
)

// centerDates takes over what expires at the partner center. Each source is read
// by itself: one that fails keeps its deadlines, marked stale.
type centerDates struct{ o JobOptions }

// How far ahead is looked, and at how many customers.
const (
	quotaAhead     = 70 * 24 * time.Hour
	expiryAhead    = 45 * 24 * time.Hour
	mostExpiring   = 1000
	datedCustomers = 200
)

// dated is something with a date at the partner center.
type dated struct {
	seed  string // source/id; fixed for life
	kind  remind.Kind
	title string
	end   time.Time
}

// centerSource is one list.
type centerSource struct {
	name string
	read func(ctx context.Context, w lang.Words, now time.Time) ([]dated, error)
}

func (c *centerDates) sources() []centerSource {
	return []centerSource{{"quotas", c.quotas}, {"coupons", c.coupons}, {"subscriptions", c.subscriptions}}
}

func (c *centerDates) run(ctx context.Context, now time.Time) error {
	d := c.o.Deps
	people, err := d.class(ctx, remind.Deadline{Account: bot.Operator(), Kind: remind.Quota})
	if err != nil {
		return err
	}
	if len(people) == 0 {
		c.o.Log.Warn("nobody leads: dates of the partner center have no owner")
		return nil
	}
	owner := people[0]
	var deputy bot.PersonID
	if len(people) > 1 {
		deputy = people[1].ID
	}
	w := d.Catalog.In(lang.Match(owner.Locale))
	var faults []error
	for _, s := range c.sources() {
		list, err := s.read(ctx, w, now)
		if err != nil {
			faults = append(faults, fmt.Errorf("read %s: %w", s.name, err), c.failed(ctx, owner.ID, w, s.name, now))
			continue
		}
		for _, one := range list {
			row := remind.Deadline{
				Team: owner.ID.Team, Account: bot.Operator(), Seed: one.seed, Source: remind.Center, Kind: one.kind, Title: clip(one.title, remind.MaxTitle),
				Due: worktime.DateIn(one.end.Add(-time.Nanosecond), d.deskZone()), End: one.end, Owner: owner.ID, Deputy: deputy, Lang: w.Tag(), State: remind.Open,
				Look: now, Created: now, Changed: now,
			}
			faults = append(faults, c.take(ctx, row, now))
		}
		faults = append(faults, c.gone(ctx, owner.ID.Team, s.name, list, now))
	}
	c.o.Posted()
	return errors.Join(faults...)
}

// take keeps a deadline that the center names. What a person did to it stays; a
// day that moved starts its ladder anew.
func (c *centerDates) take(ctx context.Context, row remind.Deadline, now time.Time) error {
	d := c.o.Deps
	return c.o.Store.Update(ctx, func(tx bot.Tx) error {
		kept, err := reminder{d}.place(tx, row)
		if err != nil {
			return err
		}
		switch same := kept.End.Equal(row.End) && kept.Title == row.Title; {
		case kept.Changed.Equal(now) && kept.Created.Equal(now): // it is new
		case kept.State == remind.Removed && kept.By.User == "": // it was gone for a while
			kept.State, kept.Look, kept.Changed = remind.Open, now, now
		case kept.State != remind.Open && kept.End.Equal(row.End), same && !kept.Stale:
			return nil
		case !kept.End.Equal(row.End):
			kept = kept.Move(row.Due, now, d.deskZone())
			kept.End, kept.State = row.End, remind.Open
			fallthrough
		default:
			kept.Title, kept.Stale, kept.Look, kept.Changed = row.Title, false, now, now
		}
		return d.Remind.Book.PutDeadline(tx, kept)
	})
}

// gone closes what the center has no longer: used up, reclaimed, renewed. What
// has passed is left to its ladder.
func (c *centerDates) gone(ctx context.Context, team, source string, list []dated, now time.Time) error {
	d := c.o.Deps
	there := map[string]bool{}
	for _, one := range list {
		there[one.seed] = true
	}
	rows, err := d.Remind.Book.Deadlines(ctx, team, bot.Operator())
	if err != nil {
		return err
	}
	for _, row := range rows {
		if row.Source != remind.Center || !strings.HasPrefix(row.Seed, source+"/") || there[row.Seed] || row.State != remind.Open || !row.End.After(now) {
			continue
		}
		err := c.o.Store.Update(ctx, func(tx bot.Tx) error {
			row, found, err := d.Remind.Book.DeadlineIn(tx, row.Team, row.Account, row.ID)
			if err != nil || !found || row.State != remind.Open {
				return err
			}
			row.State, row.Look, row.Changed = remind.Removed, time.Time{}, now
			if err := d.Remind.Book.PutDeadline(tx, row); err != nil {
				return err
			}
			return d.refresh(tx, row)
		})
		if err != nil {
			return err
		}
	}
	return c.o.Store.Update(ctx, func(tx bot.Tx) error {
		return d.Remind.Book.PutSource(tx, remind.Source{Team: team, Name: source, Read: now})
	})
}

// failed marks a source's deadlines stale and tells the owner, once until it can
// be read again.
func (c *centerDates) failed(ctx context.Context, owner bot.PersonID, w lang.Words, source string, now time.Time) error {
	d := c.o.Deps
	rows, err := d.Remind.Book.Deadlines(ctx, owner.Team, bot.Operator())
	if err != nil {
		return err
	}
	for _, row := range rows {
		if row.Source != remind.Center || !strings.HasPrefix(row.Seed, source+"/") || row.State != remind.Open || row.Stale {
			continue
		}
		err := c.o.Store.Update(ctx, func(tx bot.Tx) error {
			row, found, err := d.Remind.Book.DeadlineIn(tx, row.Team, row.Account, row.ID)
			if err != nil || !found {
				return err
			}
			row.Stale = true
			return d.Remind.Book.PutDeadline(tx, row)
		})
		if err != nil {
			return err
		}
	}
	return c.o.Store.Update(ctx, func(tx bot.Tx) error {
		s, _, err := d.Remind.Book.SourceIn(tx, owner.Team, source)
		if err != nil {
			return err
		}
		if s.Fail.IsZero() {
			s.Fail = now
		}
		told := s.Told
		s.Told = true
		if err := d.Remind.Book.PutSource(tx, s); err != nil || told {
			return err
		}
		since := w.T("remind.source.never")
		if !s.Read.IsZero() {
			since = s.Read.In(d.deskZone()).Format("2006-01-02 15:04")
		}
		return tx.Post(bot.Post{To: bot.Target{Kind: bot.TargetPerson, Person: owner}, Lane: bot.LaneReminder, Created: now,
			Reply: bot.Say(bot.Text("⚠️ " + w.T("remind.source.failed", "source", w.T("remind.source."+source), "since", since)))})
	})
}

func (c *centerDates) quotas(ctx context.Context, w lang.Words, now time.Time) ([]dated, error) {
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
			list = append(list, dated{"quotas/" + quota.ID, remind.Quota, w.T(key, "id", quota.ID, "amount", yuan(quota.Balance)), quota.To})
		}
	}
	return list, nil
}

func (c *centerDates) coupons(ctx context.Context, w lang.Words, now time.Time) ([]dated, error) {
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
		list = append(list, dated{"coupons/" + coupon.ID, remind.Coupon, w.T("remind.center.coupon", "customer", clip(name, 40), "amount", yuan(coupon.Balance)), coupon.To})
	}
	return list, nil
}

// customers are the names of resale customers by id.
func (c *centerDates) customers(ctx context.Context) (map[string]string, error) {
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

func (c *centerDates) subscriptions(ctx context.Context, w lang.Words, now time.Time) ([]dated, error) {
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
			list = append(list, dated{"subscriptions/" + s.ID, remind.Subscription,
				w.T("remind.center.subscription", "customer", clip(name, 40), "service", s.Service, "name", clip(s.Name, 40)), s.Expires})
		}
	}
	return list, nil
}
