package handlers

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"partnerdesk/bot"
	"partnerdesk/handlers/alert"
	"partnerdesk/handlers/money"
	"partnerdesk/handlers/partner"
	"partnerdesk/handlers/remind"
	"partnerdesk/handlers/worktime"
)

// How often sources are looked at, and how much of them.
const (
	centerEvery   = 3 * time.Minute
	accountsEvery = 30 * time.Minute
	debtorsEvery  = 6 * time.Hour
	quotasEvery   = 2 * time.Hour
	houseEvery    = 5 * time.Minute
	mostDebtors   = underMost
)

// probes are the sources that follow from what the desk does.
func (d *Deps) probes() []Probe {
	a := d.Alerts
	var list []Probe
	if d.Center != nil {
		list = append(list, Probe{"center", []alert.Kind{alert.CenterDown, alert.CenterRefused}, centerEvery, d.probeCenter})
		if len(a.Limits.Balance) > 0 {
			list = append(list, Probe{"balances", []alert.Kind{alert.BalanceLow}, accountsEvery, d.probeBalances})
		}
		list = append(list, Probe{"customers", []alert.Kind{alert.Arrears, alert.Frozen}, debtorsEvery, d.probeCustomers})
	}
	if d.Remind != nil {
		if d.Remind.Center != nil {
			list = append(list, Probe{"coupon-quotas", []alert.Kind{alert.QuotaLow, alert.QuotaEnding}, quotasEvery, d.probeQuotas})
		}
		list = append(list, Probe{"windows", []alert.Kind{alert.WindowUnused, alert.VerifyEnding, alert.LeadWaiting}, houseEvery, d.probeShared})
	}
	if d.Money != nil {
		list = append(list, Probe{"operations", []alert.Kind{alert.MoneyUnknown}, time.Minute, d.probeOperations},
			Probe{"approvers", []alert.Kind{alert.FewApprovers}, houseEvery, d.probeApprovers})
	}
	return list
}

// probeCenter asks the partner center for something small. What it answers does
// not matter here, whether it answers does; being asked too often is an answer.
func (d *Deps) probeCenter(ctx context.Context, _ time.Time) (Truths, error) {
	t := Truths{}
	_, err := d.Center.Balance(ctx, partner.Operator)
	switch partner.ClassOf(err) {
	case partner.Broken:
		t.add(alert.CenterDown, "center")
	case partner.NotAllowed:
		t.add(alert.CenterRefused, "center")
	}
	return t, ctx.Err()
}

// probeBalances holds what accounts can grant against their thresholds.
func (d *Deps) probeBalances(ctx context.Context, _ time.Time) (Truths, error) {
	t := Truths{}
	limits := d.Alerts.Limits.Balance
	for _, of := range slices.SortedFunc(maps.Keys(limits), func(a, b bot.Account) int { return strings.Compare(a.String(), b.String()) }) {
		least := limits[of]
		b, err := d.Center.Balance(ctx, books(of))
		if err != nil {
			return nil, fmt.Errorf("balance of %s: %w", of, err)
		}
		if free, ok := b.Grantable(); ok && free < least {
			t.add(alert.BalanceLow, of.String(), "account", of.String(), "amount", yuan(free), "least", yuan(least))
		}
	}
	return t, nil
}

// probeCustomers finds the customers that owe or are frozen.
func (d *Deps) probeCustomers(ctx context.Context, _ time.Time) (Truths, error) {
	t := Truths{}
	var ids []string
	names := map[string]string{}
	for c, err := range d.Center.Customers(ctx, partner.Operator, partner.CustomerQuery{Most: mostDebtors}) {
		if err != nil {
			return nil, err
		}
		names[c.ID] = labelOf(c)
		if c.Association == partner.Resale {
			ids = append(ids, c.ID)
		}
		if c.Frozen != 0 {
			t.add(alert.Frozen, c.ID, "name", names[c.ID])
		}
	}
	for chunk := range slices.Chunk(ids, partner.MaxBalances) {
		got, err := d.Center.CustomerBalances(ctx, partner.Operator, chunk)
		if err != nil {
			return nil, err
		}
		for _, b := range got.Found {
			if b.HasDebt && b.Debt > 0 {
				t.add(alert.Arrears, b.CustomerID, "name", names[b.CustomerID], "amount", yuan(b.Debt))
			}
		}
	}
	return t, nil
}

// probeQuotas finds quotas that are nearly used up, and those that end soon with
// something left.
func (d *Deps) probeQuotas(ctx context.Context, now time.Time) (Truths, error) {
	t, l := Truths{}, d.Alerts.Limits
	for _, kind := range []partner.QuotaType{partner.VoucherQuota, partner.FlexiQuota} {
		q := partner.QuotaQuery{Type: kind, Status: []partner.QuotaStatus{partner.QuotaNormal}, Most: mostExpiring}
		for quota, err := range d.Remind.Center.Quotas(ctx, partner.Operator, q) {
			if err != nil {
				return nil, err
			}
			if !quota.To.After(now) || quota.Value <= 0 {
				continue
			}
			args := []string{"id", quota.ID, "amount", yuan(quota.Balance), "value", yuan(quota.Value), "date", worktime.DateIn(quota.To.Add(-time.Nanosecond), d.deskZone()).String()}
			if quota.Balance > 0 && int64(quota.Balance)*100 < int64(quota.Value)*int64(l.QuotaLeft) {
				t.add(alert.QuotaLow, quota.ID, args...)
			}
			if quota.Balance > 0 && l.QuotaEnding > 0 && quota.To.Sub(now) < time.Duration(l.QuotaEnding)*24*time.Hour {
				t.add(alert.QuotaEnding, quota.ID, args...)
			}
		}
	}
	return t, nil
}

// probeOperations finds operations whose outcome is unknown for long.
func (d *Deps) probeOperations(ctx context.Context, now time.Time) (Truths, error) {
	t := Truths{}
	live, err := d.Money.Book.LiveOperations(ctx)
	if err != nil {
		return nil, err
	}
	for _, o := range live {
		if most := d.Alerts.Limits.Unknown; o.State == money.Unknown && most > 0 && now.Sub(o.Started) >= most {
			t.add(alert.MoneyUnknown, o.ID, "id", o.ID, "time", d.clock(o.Started), "amount", yuan(o.Total()))
		}
	}
	return t, nil
}

// probeApprovers counts who could approve: for the operator, and for every
// account that something waits for.
func (d *Deps) probeApprovers(ctx context.Context, _ time.Time) (Truths, error) {
	t := Truths{}
	live, err := d.Money.Book.LiveOperations(ctx)
	if err != nil {
		return t, err
	}
	accounts := []bot.Account{bot.Operator()}
	for _, o := range live {
		if (o.State == money.Awaiting || o.State == money.Reserved && !o.Alone) && !slices.Contains(accounts, o.Account) {
			accounts = append(accounts, o.Account)
		}
	}
	for _, of := range accounts {
		approvers, err := d.Money.actors(ctx, d.Access, bot.RightApprove, of)
		if err != nil {
			return t, err
		}
		if len(approvers) < money.MinApprovers {
			t.add(alert.FewApprovers, of.String(), "count", strconv.Itoa(len(approvers)))
		}
	}
	return t, nil
}

// sharedDates are the operator's open dates that the ecosystem manager may hear
// of, within days from today, the nearest first.
func (d *Deps) sharedDates(ctx context.Context, now time.Time, days int) ([]remind.Deadline, error) {
	team, err := d.Alerts.Team(ctx)
	if err != nil {
		return nil, err
	}
	all, err := d.Remind.Book.Deadlines(ctx, team, bot.Operator())
	if err != nil {
		return nil, err
	}
	today := worktime.DateIn(now, d.deskZone())
	return slices.DeleteFunc(all, func(r remind.Deadline) bool {
		return r.Source == remind.People || r.Kind.Class() != remind.Shared || r.State != remind.Open || r.Due.Before(today) || r.Due.Sub(today) > days
	}), nil
}

// probeShared finds what lapses unused before long, and what runs out at Huawei
// Cloud within a few working days.
func (d *Deps) probeShared(ctx context.Context, now time.Time) (Truths, error) {
	t, l := Truths{}, d.Alerts.Limits
	dates, err := d.sharedDates(ctx, now, max(l.Window, 2*l.Verify+20))
	if err != nil {
		return nil, err
	}
	today := worktime.DateIn(now, d.deskZone())
	soon := d.Remind.Calendar.Add(today, l.Verify)
	for _, r := range dates {
		args := []string{"id", r.ID, "title", clip(r.Title, 40), "date", r.Due.String()}
		switch {
		case r.Kind == remind.Verification && l.Verify > 0 && !r.Due.After(soon):
			t.add(alert.VerifyEnding, r.ID, args...)
		case r.Kind == remind.Received && !r.Due.After(d.Remind.Calendar.Add(today, 1)):
			t.add(alert.LeadWaiting, r.ID, args...)
		case r.Kind != remind.Verification && r.Kind != remind.Received && r.Due.Sub(today) <= l.Window && l.Window > 0:
			t.add(alert.WindowUnused, r.ID, args...)
		}
	}
	return t, nil
}
