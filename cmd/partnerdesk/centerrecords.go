package main

import (
	"time"

	"github.com/spf13/cobra"

	"partnerdesk/handlers/partner"
)

// centerRecords lists what happened: grants and reclaims, the statement, the
// coupon log, the quota log.
func (p *program) centerRecords() *cobra.Command {
	var f filters
	var of, kind, side, trans *string
	c := p.reads("records", "adjustments|statement|coupon-log|quota-log", func(c *cobra.Command, r reading) error {
		from, to, err := f.span(r)
		if err != nil {
			return err
		}
		lists := []string{"funds", "statement", "coupons", "quotas"}
		op, err := choice(p, "--of", *of, lists, []string{"adjustments", "statement", "coupon-log", "quota-log"})
		if err != nil {
			return err
		}
		if err := r.may(op); err != nil {
			return err
		}
		switch op {
		case "statement":
			s, err := choice(p, "--side", *side, []string{"cash", "credit"}, []partner.BalanceSide{partner.CashSide, partner.CreditSide})
			if err != nil {
				return err
			}
			return r.statement(c, f, s, from, to)
		case "coupon-log":
			return r.couponLog(c, f, from, to)
		case "quota-log":
			return r.quotaLog(c, f, from, to)
		}
		k, err := choice(p, "--kind", *kind, []string{"granted", "reclaimed", "unbound"}, []partner.AdjustmentKind{partner.Granted, partner.Reclaimed, partner.Unbound})
		if err != nil {
			return err
		}
		type row = partner.Adjustment
		return printAll(r, r.client.Adjustments(c.Context(), f.account(), partner.AdjustmentQuery{
			CustomerID: *f.customer, Kind: k, TransID: *trans, From: from, To: to, Most: *f.limit,
		}),
			column[row]{name: "at", value: func(a row) any { return a.At }},
			column[row]{name: "kind", value: func(a row) any { return coded{string(a.Kind), "cli.center.kind." + string(a.Kind)} }},
			column[row]{name: "amount", value: func(a row) any { return a.Amount }},
			column[row]{name: "customer_name", value: func(a row) any { return a.CustomerName }},
			column[row]{name: "customer", value: func(a row) any { return a.CustomerID }, rest: true},
			column[row]{name: "trans", value: func(a row) any { return a.TransID }},
			column[row]{name: "memo", value: func(a row) any { return a.Memo }, rest: true},
		)
	})
	f = p.filters(c, "reseller id customer from to limit")
	of = c.Flags().String("of", "funds", p.words.T("cli.center.flag.of"))
	kind = c.Flags().String("kind", "", p.words.T("cli.center.flag.kind"))
	side = c.Flags().String("side", "cash", p.words.T("cli.center.flag.side"))
	trans = c.Flags().String("trans", "", p.words.T("cli.center.flag.trans"))
	return c
}

func (r reading) statement(c *cobra.Command, f filters, side partner.BalanceSide, from, to time.Time) error {
	type row = partner.StatementRow
	return printAll(r, r.client.Statement(c.Context(), f.account(), partner.StatementQuery{Side: side, From: from, To: to, Most: *f.limit}),
		column[row]{name: "at", value: func(s row) any { return s.At }},
		column[row]{name: "detail", value: func(s row) any { return s.Detail }},
		column[row]{name: "income", value: func(s row) any { return s.Income }},
		column[row]{name: "change", value: func(s row) any { return s.Change }},
		column[row]{name: "after", value: func(s row) any { return s.After }},
		column[row]{name: "customer", value: func(s row) any { return s.CustomerID }},
		column[row]{name: "trade", value: func(s row) any { return s.TradeID }, rest: true},
		column[row]{name: "id", value: func(s row) any { return s.ID }, rest: true},
	)
}

func (r reading) couponLog(c *cobra.Command, f filters, from, to time.Time) error {
	type row = partner.CouponRecord
	return printAll(r, r.client.CouponLog(c.Context(), f.account(), partner.CouponLogQuery{
		QuotaID: *f.id, CustomerID: *f.customer, From: from, To: to, Most: *f.limit,
	}),
		column[row]{name: "at", value: func(l row) any { return l.At }},
		column[row]{name: "operation", value: func(l row) any { return numbered("cli.center.coupon.operation.", int(l.Operation)) }},
		column[row]{name: "amount", value: func(l row) any { return l.Amount }},
		column[row]{name: "succeeded", value: func(l row) any { return l.Succeeded }},
		column[row]{name: "customer", value: func(l row) any { return l.CustomerID }},
		column[row]{name: "coupon", value: func(l row) any { return l.CouponID }},
		column[row]{name: "quota", value: func(l row) any { return l.QuotaID }, rest: true},
		column[row]{name: "remark", value: func(l row) any { return l.Remark }},
		column[row]{name: "id", value: func(l row) any { return l.ID }, rest: true},
	)
}

func (r reading) quotaLog(c *cobra.Command, f filters, from, to time.Time) error {
	type row = partner.QuotaRecord
	return printAll(r, r.client.QuotaLog(c.Context(), partner.QuotaLogQuery{QuotaID: *f.id, Reseller: f.account(), From: from, To: to, Most: *f.limit}),
		column[row]{name: "at", value: func(l row) any { return l.At }},
		column[row]{name: "operation", value: func(l row) any {
			if l.Give {
				return coded{"give", "cli.center.quota.give"}
			}
			return coded{"reclaim", "cli.center.quota.reclaim"}
		}},
		column[row]{name: "amount", value: func(l row) any { return l.Amount }},
		column[row]{name: "succeeded", value: func(l row) any { return l.Succeeded }},
		column[row]{name: "reseller_name", value: func(l row) any { return l.ResellerName }},
		column[row]{name: "reseller", value: func(l row) any { return string(l.Reseller) }, rest: true},
		column[row]{name: "quota", value: func(l row) any { return l.QuotaID }},
		column[row]{name: "remark", value: func(l row) any { return l.Remark }},
		column[row]{name: "id", value: func(l row) any { return l.ID }, rest: true},
	)
}
