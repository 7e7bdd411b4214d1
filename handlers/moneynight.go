package handlers

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"time"

	"partnerdesk/bot"
	"partnerdesk/handlers/money"
	"partnerdesk/handlers/partner"
	"partnerdesk/handlers/worktime"
)

// nightly compares ledger and records of past days, both ways. A day is compared
// on three nights, because records show late. The lead hears of what is new and
// explained by neither side, in working hours; otherwise it is quiet, and the
// audit log says that all agreed.
type nightly struct{ o JobOptions }

// When a night's work begins, as a time of the Shanghai day: the effects of the
// day before have shown by then. And how far back a desk that did not run makes
// up for what it missed.
const (
	nightFrom = time.Hour
	nightMost = 31
)

func (n *nightly) run(ctx context.Context, now time.Time) error {
	team, err := n.team(ctx)
	if err != nil || team == "" {
		return err
	}
	var faults []error
	if money.DayOf(now.Add(-nightFrom)) == money.DayOf(now) {
		faults = append(faults, n.compare(ctx, team, now))
	}
	faults = append(faults, n.tell(ctx, team, now))
	n.o.Posted()
	return errors.Join(faults...)
}

// team is the operator's own, that of whoever leads there.
func (n *nightly) team(ctx context.Context) (string, error) {
	leads, err := n.o.Deps.leads(ctx, bot.Operator())
	if err != nil {
		return "", err
	}
	if len(leads) == 0 {
		n.o.Log.Warn("nobody leads: ledger and records are not compared")
		return "", nil
	}
	return leads[0].Person.ID.Team, nil
}

// compare does what is due of this night, for the operator and for every
// reseller that operations were made for. Resellers that work in their own
// console alone are none of the desk's business.
func (n *nightly) compare(ctx context.Context, team string, now time.Time) error {
	d := n.o.Deps
	every, err := d.Money.Book.EveryOperation(ctx, team)
	if err != nil {
		return err
	}
	var faults []error
	for _, of := range accountsOf(every) {
		days, err := n.due(ctx, team, of, every, now)
		if err != nil {
			return err
		}
		for _, day := range days {
			if err := n.one(ctx, team, of, day, every, now); err != nil {
				faults = append(faults, fmt.Errorf("compare %s of %s: %w", day, of, err))
			}
		}
	}
	return errors.Join(faults...)
}

// accountsOf are the operator and those that operations were made for.
func accountsOf(every []money.Operation) []bot.Account {
	accounts := []bot.Account{bot.Operator()}
	for _, o := range every {
		if !slices.Contains(accounts, o.Account) && !o.Started.IsZero() {
			accounts = append(accounts, o.Account)
		}
	}
	return accounts
}

// due are the days of an account to be compared now. On the first night of a
// desk that has moved nothing yet there is nothing to compare: what happened
// before it was there is not its own. A row marks the beginning.
func (n *nightly) due(ctx context.Context, team string, of bot.Account, every []money.Operation, now time.Time) ([]string, error) {
	rows, err := n.o.Deps.Money.Nights.Nights(ctx, team, of)
	if err != nil {
		return nil, err
	}
	last := money.NightDays(now)
	first := last[0]
	if len(rows) == 0 {
		began := money.DayOf(now)
		for _, o := range every {
			if o.Account == of && money.DayOf(o.Created) < began {
				began = money.DayOf(o.Created)
			}
		}
		first = max(first, began)
		if began == money.DayOf(now) {
			yesterday := last[len(last)-1]
			return nil, n.o.Store.Update(ctx, func(tx bot.Tx) error {
				return n.o.Deps.Money.Nights.PutNight(tx, money.Night{Team: team, Account: of, Day: yesterday, Looked: now, Rev: 1})
			})
		}
	}
	looked, began := map[string]money.Night{}, ""
	for _, r := range rows {
		looked[r.Day] = r
		if began == "" {
			began = r.Day
		}
	}
	if began != "" {
		first = max(began, money.DayOf(now.Add(-nightMost*24*time.Hour)))
	}
	var days []string
	for back := nightMost; back > 0; back-- {
		day := money.DayOf(now.Add(-time.Duration(back) * 24 * time.Hour))
		row, is := looked[day]
		switch {
		case day < first, is && row.Looks == 0: // the beginning
		case !is, slices.Contains(last, day) && money.DayOf(row.Looked) < money.DayOf(now):
			days = append(days, day)
		}
	}
	return days, nil
}

// one compares one day of one account and keeps what it found.
func (n *nightly) one(ctx context.Context, team string, of bot.Account, day string, every []money.Operation, now time.Time) error {
	d := n.o.Deps
	moves, err := d.movements(ctx, of, day)
	if err != nil {
		return err
	}
	found := money.Compare(team, of, day, every, moves, now)
	return n.o.Store.Update(ctx, func(tx bot.Tx) error {
		old, was, err := d.Money.Nights.NightIn(tx, team, of, day)
		if err != nil {
			return err
		}
		next, news := found.After(old, now)
		if err := d.Money.Nights.PutNight(tx, next); err != nil || was && !news {
			return err
		}
		return tx.Audit(nightEntry(next, bot.PersonID{Team: team}, "money.night", now))
	})
}

// nightEntry is the line of the audit log about a day's comparison.
func nightEntry(n money.Night, who bot.PersonID, action string, now time.Time) bot.Entry {
	return bot.Entry{Stream: "reconcile/" + n.Account.String(), Person: who, Account: n.Account, Action: action, Object: n.Day, Outcome: "ok", At: now, Facts: map[string]string{
		"operations": strconv.Itoa(n.Operations), "agreed_fen": strconv.FormatInt(int64(n.Agreed), 10), "records": strconv.Itoa(n.Records),
		"pending": strconv.Itoa(n.Pending), "findings": strconv.Itoa(len(n.Findings) + n.More), "open": strconv.Itoa(len(n.Open()) + n.More),
	}}
}

// tell puts before the leads what they have not heard of.
func (n *nightly) tell(ctx context.Context, team string, now time.Time) error {
	d := n.o.Deps
	if !worktime.Office().Open(now, d.calendar(), d.deskZone()) {
		return nil
	}
	rows, err := d.Money.Nights.EveryNight(ctx, team)
	if err != nil {
		return err
	}
	for _, row := range rows {
		if len(row.Untold()) == 0 {
			continue
		}
		leads, err := d.leads(ctx, row.Account)
		if err != nil {
			return err
		}
		err = n.o.Store.Update(ctx, func(tx bot.Tx) error {
			row, found, err := d.Money.Nights.NightIn(tx, team, row.Account, row.Day)
			if err != nil || !found || len(row.Untold()) == 0 {
				return err
			}
			row = row.Tell(now)
			if err := d.Money.Nights.PutNight(tx, row); err != nil {
				return err
			}
			if err := d.postNight(tx, leads, row, now); err != nil {
				return err
			}
			return tx.Audit(nightEntry(row, bot.PersonID{Team: team}, "money.night.told", now))
		})
		if err != nil {
			return err
		}
	}
	return n.month(ctx, team, rows, now)
}

// month writes one line a month into the audit log: how many days were compared,
// and what is still open. It is written once, when all of them have been.
func (n *nightly) month(ctx context.Context, team string, rows []money.Night, now time.Time) error {
	d := n.o.Deps
	edge := money.DayOf(now.Add(-(money.NightBack + 1) * 24 * time.Hour))
	for _, row := range rows {
		date, err := worktime.ParseDate(row.Day)
		if err != nil || row.Closed || date.Add(1).Month == date.Month || row.Day > edge {
			continue
		}
		sum := monthOf(rows, row.Account, row.Day[:7])
		err = n.o.Store.Update(ctx, func(tx bot.Tx) error {
			row, found, err := d.Money.Nights.NightIn(tx, team, row.Account, row.Day)
			if err != nil || !found || row.Closed {
				return err
			}
			row.Closed = true
			if err := d.Money.Nights.PutNight(tx, row); err != nil {
				return err
			}
			sum := sum
			sum.Day = row.Day[:7]
			return tx.Audit(nightEntry(sum, bot.PersonID{Team: team}, "money.night.month", now))
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// monthOf sums up an account's days of a month, e.g. 2026-11; Looks counts them.
func monthOf(rows []money.Night, of bot.Account, month string) money.Night {
	sum := money.Night{Account: of, Day: month}
	for _, r := range rows {
		if r.Account != of || r.Day[:7] != month || r.Looks == 0 {
			continue
		}
		sum.Looks++
		sum.Operations += r.Operations
		sum.Agreed += r.Agreed
		sum.Records += r.Records
		sum.Pending += r.Pending
		sum.Findings = append(sum.Findings, r.Findings...)
		sum.More += r.More
	}
	return sum
}

// calendar is that of the desk, weekends only where nobody gave it one.
func (d *Deps) calendar() *worktime.Calendar {
	if d.Remind == nil {
		return nil
	}
	return d.Remind.Calendar
}

// movements reads what the partner center recorded of an account around a day.
func (d *Deps) movements(ctx context.Context, of bot.Account, day string) ([]money.Movement, error) {
	from, to, err := money.NightSpan(day)
	if err != nil {
		return nil, err
	}
	from, to = from.Add(-money.NightBefore), to.Add(money.NightAfter)
	var list []money.Movement
	resellers := map[string]bool{}
	operator := of == bot.Operator() && d.Access.Offers(bot.AreaReseller)
	if operator {
		for r, err := range d.Money.Center.Resellers(ctx, partner.ResellerQuery{}) {
			if err != nil {
				return nil, err
			}
			resellers[string(r.ID)] = true
		}
	}
	take := func(rows iter.Seq2[money.Movement, error]) error {
		for m, err := range rows {
			if err != nil {
				return err
			}
			list = append(list, m)
		}
		return nil
	}
	if err := take(d.cashMoves(ctx, of, resellers, from, to)); err != nil {
		return nil, err
	}
	if err := take(d.couponMoves(ctx, of, from, to)); err != nil {
		return nil, err
	}
	if operator {
		err = take(d.quotaMoves(ctx, from, to))
	}
	return list, err
}

func (d *Deps) cashMoves(ctx context.Context, of bot.Account, resellers map[string]bool, from, to time.Time) iter.Seq2[money.Movement, error] {
	return func(yield func(money.Movement, error) bool) {
		for r, err := range d.Money.Center.Adjustments(ctx, books(of), partner.AdjustmentQuery{From: from, To: to}) {
			m := money.Movement{Name: r.CustomerName, Record: money.Record{Party: r.CustomerID, Amount: r.Amount, At: r.At, Remark: r.Memo}}
			switch grant, reclaim := kindsFor(resellers[r.CustomerID]); r.Kind {
			case partner.Granted:
				m.Kind = grant
			case partner.Reclaimed:
				m.Kind = reclaim
			default:
				m.Auto = "unbind"
			}
			m.Claim = claimOf(m.Kind, r.TransID)
			if !yield(m, err) || err != nil {
				return
			}
		}
	}
}

func claimOf(k money.Kind, id string) string {
	if k == "" {
		return "auto/" + id
	}
	return money.ClaimOf(k, id)
}

func kindsFor(reseller bool) (grant, reclaim money.Kind) {
	if reseller {
		return money.GrantReseller, money.ReclaimReseller
	}
	return money.GrantCustomer, money.ReclaimCustomer
}

func (d *Deps) couponMoves(ctx context.Context, of bot.Account, from, to time.Time) iter.Seq2[money.Movement, error] {
	auto := map[partner.CouponOperation]string{
		partner.CouponUnbind: "unbind", partner.CouponExpiry: money.Expiry, partner.CouponUnsubscribe: "unsubscribe", partner.CouponRefundUndone: "refund_undone",
		partner.CouponAssociated: "associated", partner.CouponModeSwitch: "mode_switch", partner.CouponResellerMoved: "reseller_moved",
	}
	return func(yield func(money.Movement, error) bool) {
		for r, err := range d.Money.Center.CouponLog(ctx, books(of), partner.CouponLogQuery{From: from, To: to}) {
			if err == nil && !r.Succeeded {
				continue
			}
			m := money.Movement{Record: money.Record{Party: r.CustomerID, Amount: r.Amount, At: r.At, Remark: r.Remark}}
			switch r.Operation {
			case partner.CouponIssue:
				m.Kind = money.IssueCoupon
			case partner.CouponReclaim:
				m.Kind = money.ReclaimCoupon
			default:
				m.Auto = auto[r.Operation]
				if m.Auto == "" {
					m.Auto = "other"
				}
			}
			m.Claim = claimOf(m.Kind, r.CouponID)
			if !yield(m, err) || err != nil {
				return
			}
		}
	}
}

func (d *Deps) quotaMoves(ctx context.Context, from, to time.Time) iter.Seq2[money.Movement, error] {
	return func(yield func(money.Movement, error) bool) {
		for r, err := range d.Money.Center.QuotaLog(ctx, partner.QuotaLogQuery{From: from, To: to}) {
			if err == nil && !r.Succeeded {
				continue
			}
			m := money.Movement{Kind: money.ReclaimQuota, By: r.Operator, Name: r.ResellerName, Record: money.Record{Party: string(r.Reseller), Amount: r.Amount, At: r.At, Remark: r.Remark}}
			if r.Give {
				m.Kind = money.GiveQuota
			}
			m.Claim = money.ClaimOf(m.Kind, r.QuotaID)
			if !yield(m, err) || err != nil {
				return
			}
		}
	}
}
