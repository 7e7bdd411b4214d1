package handlers

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"partnerdesk/bot"
	"partnerdesk/bot/lang"
	"partnerdesk/handlers/money"
	"partnerdesk/handlers/partner"
)

// The month statement of a customer or a reseller: what came, what went, and
// what nobody explains. It is put together from what the partner center tells
// and says that it is no settlement document.

// mostStated is how many rows of one kind of record a statement reads.
const mostStated = 20_000

// subject is whom a statement is about.
type subject struct {
	id, name, login string
	of              partner.Account // whose books; for a reseller the reseller's own
}

// lastMonth is the button that leads to the statement of the month before now.
func lastMonth(w lang.Words, now time.Time, action, id string) bot.Button {
	m := money.MonthOf(money.Begin(money.MonthOf(now)).Add(-time.Hour))
	return bot.Button{Action: action, Text: w.T("statement.button", "month", m.String()), Value: id + "|" + m.String()}
}

// monthTyped takes a month off the end of what was typed; none means the month
// before now.
func monthTyped(text string, now time.Time) (rest string, m partner.Month, err error) {
	this := money.MonthOf(now)
	last := money.MonthOf(money.Begin(this).Add(-time.Hour))
	fields := strings.Fields(text)
	if len(fields) == 0 {
		return "", last, nil
	}
	word := strings.ToLower(fields[len(fields)-1])
	rest = strings.Join(fields[:len(fields)-1], " ")
	switch word {
	case "上月", "上个月", "last":
		return rest, last, nil
	case "本月", "这个月", "this":
		return rest, this, nil
	}
	if len(word) < 6 || word[0] < '0' || word[0] > '9' || !strings.ContainsAny(word, "-年/") {
		return strings.Join(fields, " "), last, nil
	}
	m, err = parseMonth(strings.NewReplacer("年", "-", "月", "", "/", "-").Replace(word))
	if err != nil || money.Begin(m).After(now) {
		return rest, m, bot.User("statement.month", "value", clip(word, 20), "month", last.String())
	}
	return rest, m, nil
}

func parseMonth(s string) (partner.Month, error) {
	year, month, ok := strings.Cut(s, "-")
	y, yerr := strconv.Atoi(year)
	n, merr := strconv.Atoi(month)
	if !ok || yerr != nil || merr != nil || y < 2015 || y > 2100 || n < 1 || n > 12 {
		return partner.Month{}, fmt.Errorf("month %q", s)
	}
	return partner.Month{Year: y, Month: time.Month(n)}, nil
}

func (c customerer) statementTyped(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	if err := c.d.centerSet(r); err != nil {
		return bot.Outcome{}, err
	}
	name, m, err := monthTyped(oneLine(r.Text), c.d.Now())
	if err != nil {
		return bot.Outcome{}, err
	}
	if name == "" {
		return bot.Outcome{}, bot.User("statement.who", "command", "customer")
	}
	found, more, err := c.d.findCustomers(ctx, account(r), name)
	switch {
	case err != nil:
		return bot.Outcome{}, err
	case len(found) == 0:
		return bot.Outcome{}, bot.User("balance.nobody", "name", clip(name, 40))
	case len(found) > 1:
		return bot.Outcome{Reply: several(c.d.words(r), "customer.show", name, found, more)}, nil
	}
	return c.statement(ctx, r, found[0], m)
}

func (c customerer) statementClicked(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	id, month, _ := strings.Cut(r.Value, "|")
	one, err := c.d.one(ctx, r, id)
	if err != nil {
		return bot.Outcome{}, err
	}
	m, err := parseMonth(month)
	if err != nil {
		return bot.Outcome{}, bot.User("error.stale_button").Because(err)
	}
	return c.statement(ctx, r, one, m)
}

func (c customerer) statement(ctx context.Context, r bot.Request, one partner.Customer, m partner.Month) (bot.Outcome, error) {
	if one.Association != partner.Resale {
		return bot.Outcome{}, bot.User("statement.referral", "name", labelOf(one))
	}
	who := subject{id: one.ID, name: labelOf(one), login: one.Account, of: account(r)}
	s, err := c.d.customerMonth(ctx, team(r), r.Actor.Account, who, m)
	if err != nil {
		return bot.Outcome{}, center(err)
	}
	return bot.Outcome{Reply: c.d.stated(c.d.words(r), who, s)}, nil
}

func (s reseller) statementTyped(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	name, m, err := monthTyped(oneLine(r.Text), s.d.Now())
	if err != nil {
		return bot.Outcome{}, err
	}
	if name == "" {
		return bot.Outcome{}, bot.User("statement.who", "command", "reseller")
	}
	found, _, err := s.named(ctx, name)
	if err != nil {
		return bot.Outcome{}, err
	}
	if len(found) > 1 {
		r.Text = name
		return s.run(ctx, r) // lets the person choose
	}
	return s.statement(ctx, r, found[0], m)
}

func (s reseller) statementClicked(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	id, month, _ := strings.Cut(r.Value, "|")
	m, err := parseMonth(month)
	if err != nil {
		return bot.Outcome{}, bot.User("error.stale_button").Because(err)
	}
	if id != "" && len(id) <= 64 {
		for one, err := range s.d.Center.Resellers(ctx, partner.ResellerQuery{ID: partner.Account(id), Most: 1}) {
			if err != nil {
				return bot.Outcome{}, center(err)
			}
			if string(one.ID) == id {
				return s.statement(ctx, r, one, m)
			}
		}
	}
	return bot.Outcome{}, bot.User("reseller.nobody", "name", clip(id, 40))
}

func (s reseller) statement(ctx context.Context, r bot.Request, one partner.Reseller, m partner.Month) (bot.Outcome, error) {
	who := subject{id: string(one.ID), name: cmp.Or(one.Name, one.Account), login: one.Account, of: one.ID}
	st, err := s.d.resellerMonth(ctx, who, m)
	if err != nil {
		return bot.Outcome{}, center(err)
	}
	return bot.Outcome{Reply: s.d.stated(s.d.words(r), who, st)}, nil
}

// bounds are the first and the last moment of a month that have happened.
func (d *Deps) bounds(m partner.Month) (from, to time.Time, whole bool) {
	from, to = money.Begin(m), money.End(m).Add(-time.Second)
	if now := d.Now(); now.Before(to) {
		return from, now, false
	}
	return from, to, true
}

// customerMonth puts a customer's month together. Opening and closing balances
// are what the desk saw at the turn of the month; the center tells those of now
// only.
func (d *Deps) customerMonth(ctx context.Context, team string, of bot.Account, who subject, m partner.Month) (money.Statement, error) {
	from, to, whole := d.bounds(m)
	s := money.Statement{Month: m}
	if !whole {
		s.Until = to
	}
	var err error
	if s.Opening, err = d.seen(ctx, team, of, m, who.id); err != nil {
		return s, err
	}
	if whole {
		s.Closing, err = d.seen(ctx, team, of, money.MonthOf(money.End(m)), who.id)
	} else {
		s.Closing, err = d.balanceNow(ctx, who)
	}
	if err != nil {
		return s, err
	}
	for a, err := range d.Center.Adjustments(ctx, who.of, partner.AdjustmentQuery{CustomerID: who.id, From: from, To: to, Most: mostStated}) {
		if err != nil {
			return s, err
		}
		addAdjustment(&s, a, true)
	}
	if err := d.consumed(ctx, &s, who.of, who.id); err != nil {
		return s, err
	}
	return s, d.vouchers(ctx, &s, who.of, who.id, from, to)
}

// resellerMonth puts a reseller's month together, from the account statement of
// the center, which tells the balance after every movement. What the operator's
// own records say of grants stands beside it.
func (d *Deps) resellerMonth(ctx context.Context, who subject, m partner.Month) (money.Statement, error) {
	from, to, whole := d.bounds(m)
	s := money.Statement{Month: m}
	if !whole {
		s.Until = to
	}
	var rows []partner.StatementRow
	for row, err := range d.Center.Statement(ctx, who.of, partner.StatementQuery{Side: partner.CashSide, From: from, To: to, Most: mostStated}) {
		if err != nil {
			return s, err
		}
		if !row.At.Before(from) && !row.At.After(to) {
			rows = append(rows, row)
		}
	}
	slices.SortStableFunc(rows, func(a, b partner.StatementRow) int { return a.At.Compare(b.At) })
	for i, row := range rows {
		change := row.Change
		if !row.Income {
			change = -change
		}
		if i == 0 {
			s.Opening = money.Known(row.After - change)
		}
		s.Closing = money.Known(row.After)
		s.Add("cash", row.Detail, change, true)
	}
	if len(rows) == 0 && !whole {
		b, err := d.Center.Balance(ctx, who.of)
		if err != nil {
			return s, err
		}
		if cash, ok := b.Row(partner.Cash); ok {
			s.Opening, s.Closing = money.Known(cash.Amount), money.Known(cash.Amount)
		}
	}
	for a, err := range d.Center.Adjustments(ctx, partner.Operator, partner.AdjustmentQuery{CustomerID: who.id, From: from, To: to, Most: mostStated}) {
		if err != nil {
			return s, err
		}
		addAdjustment(&s, a, false)
	}
	if err := d.consumed(ctx, &s, who.of, ""); err != nil {
		return s, err
	}
	return s, d.vouchers(ctx, &s, who.of, "", from, to)
}

func addAdjustment(s *money.Statement, a partner.Adjustment, cash bool) {
	switch a.Kind {
	case partner.Granted:
		s.Add("granted", "", a.Amount, cash)
	case partner.Reclaimed:
		s.Add("reclaimed", "", -a.Amount, cash)
	case partner.Unbound:
		s.Add("unbound", "", -a.Amount, cash)
	default:
		s.Add("other", string(a.Kind), a.Amount, cash)
	}
}

// consumed adds what was consumed, by mode, and from what it was paid.
func (d *Deps) consumed(ctx context.Context, s *money.Statement, of partner.Account, customer string) error {
	modes, paid, used := map[string]*sums{}, &sums{}, &sums{}
	for row, err := range d.Center.Monthly(ctx, of, partner.MonthlyQuery{Cycle: s.Month, CustomerID: customer, Most: mostStated}) {
		if err != nil {
			return err
		}
		if customer != "" && row.CustomerID != "" && row.CustomerID != customer {
			continue
		}
		key := "back"
		if row.BillType == 0 {
			key = strconv.Itoa(row.Mode)
		}
		if modes[key] == nil {
			modes[key] = &sums{}
		}
		if err := modes[key].add(row.Amount); err != nil {
			return err
		}
		for _, part := range row.Parts {
			var into *sums
			switch part.Side {
			case string(partner.CashSide), string(partner.CreditSide):
				into = paid
			case "BALANCE_TYPE_COUPON": // partner API sheet, section 7.3, 2026-11-20
				into = used
			default:
				continue
			}
			if err := into.add(part.Amount); err != nil {
				return err
			}
		}
	}
	for _, key := range []string{"1", "3", "11", "back"} {
		if modes[key] != nil {
			s.Add("mode."+key, "", -modes[key].fen(), false)
		}
	}
	if customer != "" {
		s.Add("spent", "", -paid.fen(), true)
	}
	if f := used.fen(); f != 0 {
		s.Add("voucher.used", "", -f, false)
	}
	return nil
}

// vouchers adds what became of coupons in the month.
func (d *Deps) vouchers(ctx context.Context, s *money.Statement, of partner.Account, customer string, from, to time.Time) error {
	for row, err := range d.Center.CouponLog(ctx, of, partner.CouponLogQuery{CustomerID: customer, From: from, To: to, Most: mostStated}) {
		if err != nil {
			return err
		}
		if !row.Succeeded || customer != "" && row.CustomerID != customer || row.At.Before(from) || row.At.After(to) {
			continue
		}
		switch row.Operation {
		case partner.CouponIssue:
			s.Add("voucher.issued", "", row.Amount, false)
		case partner.CouponExpiry:
			s.Add("voucher.lapsed", "", -row.Amount, false)
		case partner.CouponReclaim, partner.CouponUnbind, partner.CouponModeSwitch, partner.CouponResellerMoved:
			s.Add("voucher.returned", "", -row.Amount, false)
		}
	}
	return nil
}

// seen is a balance the desk saw at the beginning of a month.
func (d *Deps) seen(ctx context.Context, team string, of bot.Account, m partner.Month, id string) (money.Sum, error) {
	if d.Money == nil || d.Money.Snapshots == nil {
		return money.Sum{}, nil
	}
	snap, found, err := d.Money.Snapshots.FindSnapshot(ctx, team, of, m)
	if err != nil || !found || snap.At.Sub(money.Begin(m)) > money.SnapshotLate {
		return money.Sum{}, err
	}
	f, known := snap.Balances[id]
	return money.Sum{Fen: f, Known: known}, nil
}

func (d *Deps) balanceNow(ctx context.Context, who subject) (money.Sum, error) {
	all, err := d.Center.CustomerBalances(ctx, who.of, []string{who.id})
	if err != nil {
		return money.Sum{}, err
	}
	for _, b := range all.Found {
		if b.CustomerID == who.id && b.HasSpendable {
			return money.Known(b.Spendable), nil
		}
	}
	return money.Sum{}, nil
}
