package handlers

import (
	"context"
	"slices"
	"strings"

	"partnerdesk/bot"
	"partnerdesk/handlers/partner"
)

// showAny is /voucher show: an operation, a list, or one coupon.
func (v voucherer) showAny(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	id := r.Value
	if r.Kind != bot.KindClick {
		id, _ = which(r)
	}
	if upper := strings.ToUpper(id); id == "" || strings.HasPrefix(upper, "MO-") || strings.HasPrefix(upper, "ML-") || strings.ContainsRune(id, '|') {
		return v.show(ctx, r)
	}
	return v.coupon(ctx, r, id)
}

// coupon is one coupon: whose, what is left, until when, for what, and what
// happened to it.
func (v voucherer) coupon(ctx context.Context, r bot.Request, id string) (bot.Outcome, error) {
	if err := v.ready(r); err != nil {
		return bot.Outcome{}, err
	}
	none := bot.User("money.no.coupon", "id", clip(id, 30))
	if len(id) > 64 {
		return bot.Outcome{}, none
	}
	of := books(r.Actor.Account)
	c, found, err := first(v.d.Money.Center.Coupons(ctx, of, partner.CouponQuery{ID: id, Most: 1}))
	switch {
	case err != nil:
		return bot.Outcome{}, center(err)
	case !found:
		return bot.Outcome{}, none
	}
	name := c.CustomerID
	customer, found, err := first(v.d.Money.Center.Customers(ctx, of, partner.CustomerQuery{ID: c.CustomerID, Most: 1}))
	if err != nil {
		return bot.Outcome{}, center(err)
	}
	if found {
		name = labelOf(customer)
	}
	w := v.d.words(r)
	text := func(s string) []bot.Inline { return []bot.Inline{bot.Text(s)} }
	state := w.T("voucher.coupon.state." + count(int(c.Status)))
	if c.Frozen {
		state += w.T("voucher.coupon.frozen")
	}
	fields := []bot.Field{
		{Label: w.T("voucher.col.customer"), Value: text(name)},
		{Label: w.T("money.field.state"), Value: text(state)},
		{Label: w.T("voucher.field.left"), Value: text(w.T("voucher.coupon.left", "left", yuan(c.Balance), "face", yuan(c.FaceValue)))},
		{Label: w.T("voucher.field.valid"), Value: text(v.d.clock(c.From) + " – " + v.d.clock(c.To))},
	}
	if limits := v.limitText(r, c.Limits); limits != "" {
		fields = append(fields, bot.Field{Label: w.T("money.field.only"), Value: text(limits)})
	}
	if !c.LastUsed.IsZero() {
		fields = append(fields, bot.Field{Label: w.T("voucher.field.used"), Value: text(v.d.clock(c.LastUsed))})
	}
	if c.OrderID != "" {
		fields = append(fields, bot.Field{Label: w.T("voucher.field.order"), Value: text(c.OrderID)})
	}
	blocks := []bot.Block{bot.Heading{Text: w.T("voucher.coupon.type."+typeOfCoupon(c.Type)) + " " + c.ID}, bot.Fields{Items: fields}}
	log, err := v.couponLog(ctx, of, partner.CouponLogQuery{CouponIDs: []string{c.ID}, Most: 20})
	if err != nil {
		return bot.Outcome{}, err
	}
	if len(log) > 0 {
		blocks = append(blocks, v.couponTable(r, log, nil))
	}
	if c.Status == partner.CouponUsable && c.Balance > 0 {
		blocks = append(blocks, bot.Buttons{Items: []bot.Button{{Action: "voucher.reclaim", Text: w.T("voucher.reclaim.all", "left", yuan(c.Balance)), Value: c.ID, Style: bot.StyleDanger}}},
			bot.Note{Inlines: text(w.T("voucher.reclaim.note"))})
	}
	return bot.Outcome{Reply: bot.Reply{Private: true, Blocks: blocks}}, nil
}

func typeOfCoupon(t partner.CouponType) string {
	if t == partner.Flexi {
		return "flexi"
	}
	return "voucher"
}

func (v voucherer) couponLog(ctx context.Context, of partner.Account, q partner.CouponLogQuery) ([]partner.CouponRecord, error) {
	var list []partner.CouponRecord
	for rec, err := range v.d.Money.Center.CouponLog(ctx, of, q) {
		if err != nil {
			return nil, center(err)
		}
		list = append(list, rec)
	}
	slices.SortStableFunc(list, func(a, b partner.CouponRecord) int { return b.At.Compare(a.At) })
	return list, nil
}

// couponTable shows records of coupons; names, when given, lead from a customer's
// id to what they are called.
func (v voucherer) couponTable(r bot.Request, list []partner.CouponRecord, names map[string]string) bot.Table {
	w := v.d.words(r)
	table := bot.Table{Columns: []bot.Column{{Title: w.T("money.col.time")}, {Title: w.T("voucher.col.what")}}}
	if names != nil {
		table.Columns = append(table.Columns, bot.Column{Title: w.T("voucher.col.customer")})
	}
	table.Columns = append(table.Columns, bot.Column{Title: w.T("voucher.col.amount"), Numeric: true}, bot.Column{Title: w.T("voucher.col.coupon")}, bot.Column{Title: w.T("voucher.col.remark")})
	for _, rec := range list {
		what := w.T("voucher.log.other", "code", count(int(rec.Operation)))
		if rec.Operation >= partner.CouponIssue && rec.Operation <= partner.CouponResellerMoved {
			what = w.T("voucher.log." + count(int(rec.Operation)))
		}
		if !rec.Succeeded {
			what += w.T("voucher.log.not")
		}
		row := []string{v.d.clock(rec.At), what}
		if names != nil {
			name := names[rec.CustomerID]
			if name == "" {
				name = clip(rec.CustomerID, 8)
			}
			row = append(row, name)
		}
		table.Rows = append(table.Rows, append(row, yuan(rec.Amount), rec.CouponID, clip(rec.Remark, 40)))
	}
	return table
}

// mostRecords is how many of the partner center's records a history shows, and
// recordDays how far it looks back.
const (
	mostRecords = 15
	recordDays  = 30
)

// bothHistories is /voucher history: what this desk did, and behind it what the
// partner center recorded, which holds what others did in its console too.
func (v voucherer) bothHistories(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	if err := v.ready(r); err != nil {
		return bot.Outcome{}, err
	}
	of := r.Actor.Account
	q := partner.CouponLogQuery{From: v.d.Now().AddDate(0, 0, -recordDays), Most: 500}
	if name := oneLine(r.Text); name != "" {
		parties, err := v.resolve(ctx, r, []string{name})
		if err != nil {
			return bot.Outcome{}, err
		}
		q.CustomerID = parties[0].ID
	}
	out, err := v.historyOf(ctx, r, q.CustomerID)
	if err != nil {
		return out, err
	}
	list, err := v.couponLog(ctx, books(of), q)
	if err != nil {
		return bot.Outcome{}, err
	}
	w := v.d.words(r)
	out.Reply.Private = true
	out.Reply.Blocks = append(out.Reply.Blocks, bot.Divider{}, bot.Heading{Text: w.T("voucher.records", "days", count(recordDays))})
	if len(list) == 0 {
		out.Reply.Blocks = append(out.Reply.Blocks, bot.Paragraph{Inlines: []bot.Inline{bot.Text(w.T("voucher.records.none"))}})
		return out, nil
	}
	v.cache.load(ctx, of)
	known, _ := v.cache.known(of)
	names := map[string]string{}
	for _, c := range known.list {
		names[c.ID] = labelOf(c)
	}
	out.Reply.Blocks = append(out.Reply.Blocks, v.couponTable(r, list[:min(len(list), mostRecords)], names))
	if len(list) > mostRecords {
		out.Reply.Blocks = append(out.Reply.Blocks, bot.Note{Inlines: []bot.Inline{bot.Text(w.T("voucher.records.more", "count", count(len(list)), "shown", count(mostRecords)))}})
	}
	return out, nil
}

// bothHistories is /funds history: what this desk did, and what the partner center
// recorded of grants and reclaims.
func (f funder) bothHistories(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	if err := f.ready(r); err != nil {
		return bot.Outcome{}, err
	}
	q := partner.AdjustmentQuery{From: f.d.Now().AddDate(0, 0, -recordDays), Most: 500}
	if name := oneLine(r.Text); name != "" {
		parties, err := f.resolve(ctx, r, []string{name})
		if _, no := userError(err); no && f.resells(r) {
			parties, err = f.resellers(ctx, []string{name})
		}
		if err != nil {
			return bot.Outcome{}, err
		}
		q.CustomerID = parties[0].ID
	}
	out, err := f.historyOf(ctx, r, q.CustomerID)
	if err != nil {
		return out, err
	}
	var list []partner.Adjustment
	for a, err := range f.d.Money.Center.Adjustments(ctx, books(r.Actor.Account), q) {
		if err != nil {
			return bot.Outcome{}, center(err)
		}
		list = append(list, a)
	}
	w := f.d.words(r)
	out.Reply.Private = true
	out.Reply.Blocks = append(out.Reply.Blocks, bot.Divider{}, bot.Heading{Text: w.T("funds.records", "days", count(recordDays))})
	if len(list) == 0 {
		out.Reply.Blocks = append(out.Reply.Blocks, bot.Paragraph{Inlines: []bot.Inline{bot.Text(w.T("voucher.records.none"))}})
		return out, nil
	}
	slices.SortStableFunc(list, func(a, b partner.Adjustment) int { return b.At.Compare(a.At) })
	table := bot.Table{Columns: []bot.Column{{Title: w.T("money.col.time")}, {Title: w.T("voucher.col.what")}, {Title: w.T("money.col.to")}, {Title: w.T("voucher.col.amount"), Numeric: true}, {Title: w.T("funds.col.trans")}}}
	for _, a := range list[:min(len(list), mostRecords)] {
		what := map[partner.AdjustmentKind]string{partner.Granted: "funds.record.grant", partner.Reclaimed: "funds.record.reclaim", partner.Unbound: "funds.record.unbind"}[a.Kind]
		said := string(a.Kind)
		if what != "" {
			said = w.T(what)
		}
		table.Rows = append(table.Rows, []string{f.d.clock(a.At), said, clip(a.CustomerName, 30), yuan(a.Amount), a.TransID})
	}
	out.Reply.Blocks = append(out.Reply.Blocks, table)
	if len(list) > mostRecords {
		out.Reply.Blocks = append(out.Reply.Blocks, bot.Note{Inlines: []bot.Inline{bot.Text(w.T("voucher.records.more", "count", count(len(list)), "shown", count(mostRecords)))}})
	}
	return out, nil
}
