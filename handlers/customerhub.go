package handlers

import (
	"cmp"
	"context"
	"slices"
	"time"

	"partnerdesk/bot"
	"partnerdesk/bot/lang"
	"partnerdesk/handlers/opportunity"
	"partnerdesk/handlers/partner"
	"partnerdesk/handlers/ticket"
)

// mostOnHub is how many lines a list on a page has, mostRead how many rows of
// the partner center are read for it.
const (
	mostOnHub = 5
	mostRead  = 300
)

// parts are the sections of a customer's page. Balances, sums and coupons exist
// for resale customers only (partner API sheet, section 0, 2026-11-20).
func (c customerer) parts(r bot.Request, one partner.Customer, resale bool) []part {
	at := customerPage{c.d, r, one}
	var list []part
	if one.Verification == partner.Rejected {
		list = append(list, part{"customer.review", at.review})
	}
	if resale {
		list = append(list, part{"customer.balance", at.balance}, part{"customer.month", at.month}, part{"customer.coupons", at.coupons})
	}
	list = append(list, part{"customer.resources", at.resources})
	if c.d.Tickets != nil {
		list = append(list, part{"customer.tickets", at.tickets})
	}
	if c.d.Opportunities != nil {
		list = append(list, part{"customer.opportunities", at.opportunities})
	}
	return list
}

type customerPage struct {
	d   *Deps
	r   bot.Request
	one partner.Customer
}

// review says why the real-name verification was turned down.
func (p customerPage) review(ctx context.Context) ([]bot.Block, error) {
	w := p.d.words(p.r)
	result, err := p.d.Center.RealName(ctx, p.one.ID)
	if err != nil {
		return nil, err
	}
	if result.Opinion == "" {
		return nil, nil
	}
	return section(w, "customer.review", result.Opinion, nil), nil
}

func (p customerPage) balance(ctx context.Context) ([]bot.Block, error) {
	w := p.d.words(p.r)
	got, err := p.d.Center.CustomerBalances(ctx, account(p.r), []string{p.one.ID})
	if err != nil {
		return nil, err
	}
	if len(got.Found) == 0 {
		return section(w, "customer.balance", w.T("balance.unsaid"), nil), nil
	}
	b := got.Found[0]
	line := []bot.Inline{bot.Bold(w.T("customer.balance")), bot.Text(w.T("customer.colon") + w.T("balance.available") + " ")}
	line = append(line, amount(w, b.Spendable, b.HasSpendable)...)
	line = append(line, bot.Text(" · "+w.T("balance.debt")+" "))
	line = append(line, amount(w, b.Debt, b.HasDebt)...)
	if b.HasDebt && b.Debt > 0 {
		line = append(line, bot.Text(" ⚠️"))
	}
	return []bot.Block{bot.Paragraph{Inlines: line}}, nil
}

// month adds up what was consumed in the month of the latest day that can be
// known: the sums go up to the day before, of UTC+8, and are renewed at about
// 16:00 (partner API sheet, section 7.3, 2026-11-20).
func (p customerPage) month(ctx context.Context) ([]bot.Block, error) {
	w := p.d.words(p.r)
	until := p.d.Now().In(time.FixedZone("UTC+8", 8*3600)).AddDate(0, 0, -1)
	cycle := partner.Month{Year: until.Year(), Month: until.Month()}
	var total, back sums
	modes := map[int]*sums{}
	for row, err := range p.d.Center.Monthly(ctx, account(p.r), partner.MonthlyQuery{Cycle: cycle, CustomerID: p.one.ID}) {
		if err != nil {
			return nil, err
		}
		if row.CustomerID != "" && row.CustomerID != p.one.ID {
			continue
		}
		to := &back
		if row.BillType == 0 {
			if modes[row.Mode] == nil {
				modes[row.Mode] = &sums{}
			}
			to = modes[row.Mode]
		}
		for _, s := range []*sums{to, &total} {
			if err := s.add(row.Amount); err != nil {
				return nil, err
			}
		}
	}
	var items [][]bot.Inline
	for _, m := range []struct {
		mode int
		key  string
	}{{1, "customer.mode.1"}, {3, "customer.mode.3"}, {11, "customer.mode.11"}} {
		if s := modes[m.mode]; s != nil {
			items = append(items, plain(w.T(m.key)+" ¥"+yuan(s.fen())))
		}
	}
	if back.fen() != 0 {
		items = append(items, plain(w.T("customer.mode.back")+" ¥"+yuan(back.fen())))
	}
	shown := back.fen()
	for _, s := range modes {
		shown += s.fen()
	}
	blocks := section(w, "customer.month", w.T("customer.month.total", "month", cycle.String(), "amount", yuan(total.fen())), items)
	if shown != total.fen() {
		blocks = append(blocks, bot.Note{Inlines: plain(w.T("customer.month.rounded"))})
	}
	return append(blocks, bot.Note{Inlines: plain(w.T("customer.month.until", "day", until.Format(time.DateOnly)))}), nil
}

func (p customerPage) coupons(ctx context.Context) ([]bot.Block, error) {
	w := p.d.words(p.r)
	var list []partner.Coupon
	for c, err := range p.d.Center.Coupons(ctx, account(p.r), partner.CouponQuery{CustomerID: p.one.ID, Status: partner.CouponUsable, Most: mostRead}) {
		if err != nil {
			return nil, err
		}
		if c.CustomerID == p.one.ID && p.d.Now().Before(c.To) {
			list = append(list, c)
		}
	}
	if len(list) == 0 {
		return section(w, "customer.coupons", w.T("customer.none"), nil), nil
	}
	slices.SortFunc(list, func(a, b partner.Coupon) int { return cmp.Or(a.To.Compare(b.To), cmp.Compare(a.ID, b.ID)) })
	var left partner.Fen
	near := 0
	for _, c := range list {
		left += c.Balance
		if p.d.daysLeft(c.To) <= soon {
			near++
		}
	}
	var items [][]bot.Inline
	for _, c := range list[:min(len(list), mostOnHub)] {
		text := w.T("customer.coupon."+couponKind(c.Type), "left", yuan(c.Balance), "face", yuan(c.FaceValue)) + " · " + p.d.ends(w, c.To)
		if c.Frozen {
			text += " · " + w.T("customer.coupon.frozen")
		}
		items = append(items, plain(p.mark(c.To)+text))
	}
	what := w.T("customer.coupons.sum", "count", atMost(len(list), mostRead), "left", yuan(left), "soon", count(near))
	return append(section(w, "customer.coupons", what, items), p.rest(len(list))...), nil
}

func couponKind(t partner.CouponType) string {
	if t == partner.Flexi {
		return "4"
	}
	return "1"
}

// resources lists what was subscribed and will expire, including what is past
// its day and can still be renewed.
func (p customerPage) resources(ctx context.Context) ([]bot.Block, error) {
	w := p.d.words(p.r)
	list, err := p.d.expiring(ctx, p.one.ID, p.d.Now().AddDate(1, 1, 0), mostRead)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return section(w, "customer.resources", w.T("customer.resources.none"), nil), nil
	}
	near := 0
	for _, s := range list {
		if p.d.daysLeft(s.Expires) <= soon {
			near++
		}
	}
	var items [][]bot.Inline
	for _, s := range list[:min(len(list), mostOnHub)] {
		items = append(items, plain(p.mark(s.Expires)+resourceName(w, s)+" · "+p.d.ends(w, s.Expires)+" · "+w.T("customer.policy."+policyKey(s.Policy))))
	}
	what := w.T("customer.resources.sum", "count", atMost(len(list), mostRead), "soon", count(near))
	return append(section(w, "customer.resources", what, items), p.rest(len(list))...), nil
}

// expiring reads the main resources of a customer that are in use, frozen or
// expired and end until then, the soonest first. The customer must have been
// looked up under the person's account before: the call itself names none.
func (d *Deps) expiring(ctx context.Context, customer string, until time.Time, most int) (list []partner.Subscription, err error) {
	q := partner.SubscriptionQuery{
		CustomerID: customer, OnlyMain: true, Status: []partner.ResourceStatus{partner.ResourceInUse, partner.ResourceFrozen, partner.ResourceExpired},
		ExpireFrom: d.Now().AddDate(0, -3, 0), ExpireTo: until, Most: most,
	}
	for s, err := range d.Center.Subscriptions(ctx, q) {
		if err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	slices.SortFunc(list, func(a, b partner.Subscription) int {
		return cmp.Or(a.Expires.Compare(b.Expires), cmp.Compare(a.ID, b.ID))
	})
	return list, nil
}

// brackets puts a text in the brackets of the language.
func brackets(w lang.Words, s string) string {
	if w.Tag() == lang.English {
		return " (" + s + ")"
	}
	return "（" + s + "）"
}

func resourceName(w lang.Words, s partner.Subscription) string {
	name := cmp.Or(s.Name, s.ResourceID)
	if s.Service != "" {
		return name + brackets(w, s.Service)
	}
	return name
}

func policyKey(p partner.ExpirePolicy) string {
	if p < partner.ExpireGrace || p > partner.ExpireRetention {
		return "0"
	}
	return count(int(p))
}

// mark puts a sign before what ends within 30 days.
func (p customerPage) mark(ends time.Time) string {
	if p.d.daysLeft(ends) <= soon {
		return "⏰ "
	}
	return ""
}

// rest says how many lines are not shown.
func (p customerPage) rest(n int) []bot.Block {
	if n <= mostOnHub {
		return nil
	}
	return []bot.Block{bot.Note{Inlines: plain(p.d.words(p.r).T("customer.rest", "count", count(n-mostOnHub)))}}
}

// atMost writes a count that reading may have stopped at.
func atMost(n, most int) string {
	if n >= most {
		return count(most) + "+"
	}
	return count(n)
}

// tickets lists the open tickets of the person's account that name the customer.
func (p customerPage) tickets(ctx context.Context) ([]bot.Block, error) {
	w, t := p.d.words(p.r), ticketer{d: p.d}
	rows, err := p.d.Tickets.Tickets(ctx, team(p.r), p.r.Actor.Account)
	if err != nil {
		return nil, err
	}
	rows = slices.DeleteFunc(rows, func(row ticket.Ticket) bool {
		return row.State == ticket.Draft || row.State == ticket.Closed || !about(p.one, row.Customer) || !t.sees(ctx, p.r, row)
	})
	if len(rows) == 0 {
		return section(w, "customer.tickets", w.T("customer.none"), nil), nil
	}
	now := p.d.Now()
	slices.SortFunc(rows, func(a, b ticket.Ticket) int {
		return cmp.Or(cmp.Compare(rank(a, now), rank(b, now)), b.Changed.Compare(a.Changed), cmp.Compare(a.ID, b.ID))
	})
	var items [][]bot.Inline
	var open []bot.Button
	for i, row := range rows[:min(len(rows), mostOnHub)] {
		items = append(items, []bot.Inline{bot.Code(row.ID), bot.Text(" " + p.d.stateWords(w, row, now) + " · " + clip(ticket.Contacts(row.What), 60))})
		if i < 3 {
			open = append(open, bot.Button{Action: "ticket.show", Text: row.ID, Value: row.ID})
		}
	}
	blocks := append(section(w, "customer.tickets", w.T("customer.tickets.sum", "count", count(len(rows))), items), p.rest(len(rows))...)
	return append(blocks, bot.Buttons{Items: open}), nil
}

// opportunities lists those of the person's account that are about the customer
// and can still go on; nothing shows when there are none.
func (p customerPage) opportunities(ctx context.Context) ([]bot.Block, error) {
	w, o := p.d.words(p.r), sharer{p.d}
	rows, err := p.d.Opportunities.Opportunities(ctx, team(p.r), p.r.Actor.Account)
	if err != nil {
		return nil, err
	}
	rows = slices.DeleteFunc(rows, func(row opportunity.Opportunity) bool {
		s, known := p.d.Policy.State(row.State)
		return known && len(s.Next) == 0 || !about(p.one, row.Values[opportunity.FieldCompany])
	})
	if len(rows) == 0 {
		return nil, nil
	}
	slices.SortFunc(rows, func(a, b opportunity.Opportunity) int {
		return cmp.Or(b.Changed.Compare(a.Changed), cmp.Compare(a.ID, b.ID))
	})
	var items [][]bot.Inline
	for _, row := range rows[:min(len(rows), mostOnHub)] {
		items = append(items, []bot.Inline{bot.Code(row.ID), bot.Text(" " + o.stateLabel(p.r, row.State) + " · " + p.d.clock(row.Changed))})
	}
	return append(section(w, "customer.opportunities", w.T("customer.opportunities.sum", "count", count(len(rows))), items), p.rest(len(rows))...), nil
}
