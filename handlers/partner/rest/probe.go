package rest

import (
	"context"
	"iter"

	"partnerdesk/handlers/partner"
)

var _ partner.Prober = (*Client)(nil)

// Probe implements [partner.Prober]. Calls that the operator's kind does not have
// are left out.
func (c *Client) Probe(ctx context.Context) []partner.Probe {
	own := partner.Operator
	now := c.opt.Now().In(china())
	month := partner.Month{Year: now.Year(), Month: now.Month()}
	tries := map[string]func() error{
		"balance":     func() error { _, err := c.Balance(ctx, own); return err },
		"adjustments": func() error { return any1(c.Adjustments(ctx, own, partner.AdjustmentQuery{Most: 1})) },
		"statement": func() error {
			return any1(c.Statement(ctx, own, partner.StatementQuery{Side: partner.CashSide, Most: 1}))
		},
		"quotas":       func() error { return any1(c.Quotas(ctx, own, partner.QuotaQuery{Most: 1})) },
		"coupons":      func() error { return any1(c.Coupons(ctx, own, partner.CouponQuery{Most: 1})) },
		"coupon-log":   func() error { return any1(c.CouponLog(ctx, own, partner.CouponLogQuery{Most: 1})) },
		"quotas-given": func() error { return any1(c.GivenQuotas(ctx, partner.GivenQuery{Most: 1})) },
		"quota-log":    func() error { return any1(c.QuotaLog(ctx, partner.QuotaLogQuery{Most: 1})) },
		"resellers":    func() error { return any1(c.Resellers(ctx, partner.ResellerQuery{Most: 1})) },
		"customers":    func() error { return any1(c.Customers(ctx, own, partner.CustomerQuery{Most: 1})) },
		"consumers":    func() error { return any1(c.Consumers(ctx, month)) },
		"monthly": func() error {
			return any1(c.Monthly(ctx, own, partner.MonthlyQuery{Cycle: month, Modes: []int{3}, Most: 1}))
		},
		"resource-types":    func() error { return any1(c.ResourceTypes(ctx)) },
		"case-categories":   func() error { _, err := c.CaseCategories(ctx); return err },
		"attachment-limits": func() error { _, err := c.AttachmentLimits(ctx); return err },
		"case-agreement":    func() error { _, err := c.CaseAgreement(ctx); return err },
		"case-privilege":    func() error { _, err := c.MayCreateCases(ctx); return err },
		"partner-privilege": func() error { _, err := c.MayProcessCustomerCases(ctx); return err },
		"cases":             func() error { return any1(c.Cases(ctx, partner.CaseQuery{Most: 1})) },
	}
	var all []partner.Probe
	for _, op := range partner.Operations() {
		try, ok := tries[op.Name]
		if able := c.able.Can(op.Name); !ok || able == partner.NoRights || able == partner.NoResellers {
			continue
		}
		began := c.opt.Now()
		err := try()
		all = append(all, partner.Probe{Op: op.Name, Err: err, Took: c.opt.Now().Sub(began)})
		if (err != nil && unauthorized(err)) || ctx.Err() != nil {
			break
		}
	}
	return all
}

// any1 asks a list for its first item.
func any1[T any](seq iter.Seq2[T, error]) error {
	for _, err := range seq {
		return err
	}
	return nil
}
