package main

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"partnerdesk/handlers/partner"
)

// filters are the flags that several lists share; each list takes those it has.
type filters struct {
	reseller, id, customer, from, to, kind, status *string
	limit                                          *int
}

func (p *program) filters(c *cobra.Command, names string) filters {
	var f filters
	for name := range strings.FieldsSeq(names) {
		usage := "cli.center.flag." + name
		if own := "cli.center." + c.Name() + ".flag." + name; p.words.Has(own) {
			usage = own
		}
		if name == "limit" {
			f.limit = c.Flags().Int(name, 0, p.words.T(usage))
			continue
		}
		v := c.Flags().String(name, "", p.words.T(usage))
		switch name {
		case "reseller":
			f.reseller = v
		case "id":
			f.id = v
		case "customer":
			f.customer = v
		case "from":
			f.from = v
		case "to":
			f.to = v
		case "type":
			f.kind = v
		case "status":
			f.status = v
		}
	}
	return f
}

// account is whose books are read.
func (f filters) account() partner.Account { return partner.Account(*f.reseller) }

func (f filters) span(r reading) (from, to time.Time, err error) {
	return r.span("--from", *f.from, "--to", *f.to)
}

func (p *program) centerBalance() *cobra.Command {
	var f filters
	c := p.reads("balance", "balance|customer-balances", func(c *cobra.Command, r reading) error {
		if *f.customer != "" {
			return r.customerBalances(c, f)
		}
		if err := r.may("balance"); err != nil {
			return err
		}
		b, err := r.client.Balance(c.Context(), f.account())
		if err != nil {
			return err
		}
		err = show(r, b.Rows,
			column[partner.BalanceRow]{name: "account", value: func(b partner.BalanceRow) any {
				code := strconv.Itoa(int(b.Type))
				return coded{code, "cli.center.account." + code}
			}},
			column[partner.BalanceRow]{name: "amount", value: func(b partner.BalanceRow) any { return b.Amount }},
			column[partner.BalanceRow]{name: "designated", value: func(b partner.BalanceRow) any { return b.Designated }},
			column[partner.BalanceRow]{name: "credit_limit", value: func(b partner.BalanceRow) any { return b.Limit }},
		)
		if grantable, ok := b.Grantable(); ok && err == nil && !r.json {
			p.say("cli.center.balance.grantable", "amount", grantable.String())
		}
		return err
	})
	f = p.filters(c, "reseller customer")
	return c
}

func (r reading) customerBalances(c *cobra.Command, f filters) error {
	if err := r.may("customer-balances"); err != nil {
		return err
	}
	got, err := r.client.CustomerBalances(c.Context(), f.account(), fields(*f.customer))
	if err != nil {
		return err
	}
	type row = partner.CustomerBalance
	unless := func(f partner.Fen, known bool) *partner.Fen {
		if !known {
			return nil
		}
		return &f
	}
	err = show(r, got.Found,
		column[row]{name: "customer", value: func(b row) any { return b.CustomerID }},
		column[row]{name: "spendable", value: func(b row) any { return unless(b.Spendable, b.HasSpendable) }},
		column[row]{name: "debt", value: func(b row) any { return unless(b.Debt, b.HasDebt) }},
	)
	if err == nil && len(got.Dropped) > 0 {
		return errors.New(r.p.words.T("cli.center.balance.dropped", "ids", strings.Join(got.Dropped, ", ")))
	}
	return err
}

// fields splits a list of ids at commas and spaces.
func fields(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' || r == '，' || r == '、' })
}

func (p *program) centerCustomers() *cobra.Command {
	var f filters
	var name, login, label *string
	c := p.reads("customers", "customers", func(c *cobra.Command, r reading) error {
		if err := r.may("customers"); err != nil {
			return err
		}
		from, to, err := f.span(r)
		if err != nil {
			return err
		}
		kind, err := choice(p, "--type", *f.kind, []string{"resale", "referral"}, []partner.Association{partner.Resale, partner.Referral})
		if err != nil {
			return err
		}
		type row = partner.Customer
		return printAll(r, r.client.Customers(c.Context(), f.account(), partner.CustomerQuery{
			ID: *f.id, Name: *name, Account: *login, Label: *label, Association: kind, From: from, To: to, Most: *f.limit,
		}),
			column[row]{name: "id", value: func(c row) any { return c.ID }},
			column[row]{name: "name", value: func(c row) any { return c.Name }},
			column[row]{name: "login", value: func(c row) any { return c.Account }},
			column[row]{name: "type", value: func(c row) any { return coded{string(c.Association), "association." + string(c.Association)} }},
			column[row]{name: "verified", value: func(c row) any {
				return coded{string(c.Verification), "cli.center.verified." + string(c.Verification)}
			}},
			column[row]{name: "frozen", value: func(c row) any {
				code := strconv.Itoa(c.Frozen)
				return coded{code, "cli.center.frozen." + code}
			}},
			column[row]{name: "level", value: func(c row) any { return c.Level }},
			column[row]{name: "label", value: func(c row) any { return c.Label }},
			column[row]{name: "associated", value: func(c row) any { return c.Associated }},
			column[row]{name: "manager", value: func(c row) any { return c.Manager }, rest: true},
			column[row]{name: "enterprise", value: func(c row) any { return c.Enterprise }, rest: true},
		)
	})
	f = p.filters(c, "reseller id type from to limit")
	name = c.Flags().String("name", "", p.words.T("cli.center.flag.name"))
	login = c.Flags().String("login", "", p.words.T("cli.center.flag.login"))
	label = c.Flags().String("label", "", p.words.T("cli.center.flag.label"))
	return c
}

func (p *program) centerResellers() *cobra.Command {
	var f filters
	var login *string
	c := p.reads("resellers", "resellers", func(c *cobra.Command, r reading) error {
		if err := r.may("resellers"); err != nil {
			return err
		}
		from, to, err := f.span(r)
		if err != nil {
			return err
		}
		type row = partner.Reseller
		return printAll(r, r.client.Resellers(c.Context(), partner.ResellerQuery{ID: partner.Account(*f.id), Account: *login, From: from, To: to, Most: *f.limit}),
			column[row]{name: "id", value: func(s row) any { return string(s.ID) }},
			column[row]{name: "name", value: func(s row) any { return s.Name }},
			column[row]{name: "login", value: func(s row) any { return s.Account }},
			column[row]{name: "associated", value: func(s row) any { return s.Associated }},
			column[row]{name: "manager", value: func(s row) any { return s.ManagerName }},
		)
	})
	f = p.filters(c, "id from to limit")
	login = c.Flags().String("login", "", p.words.T("cli.center.flag.login"))
	return c
}

func (p *program) centerQuotas() *cobra.Command {
	var f filters
	var given *bool
	c := p.reads("quotas", "quotas|quotas-given", func(c *cobra.Command, r reading) error {
		types := []partner.QuotaType{partner.VoucherQuota, partner.FlexiQuota} // the center lists one at a time
		if *f.kind != "" {
			kind, err := choice(p, "--type", *f.kind, []string{"voucher", "flexi"}, types)
			if err != nil {
				return err
			}
			types = []partner.QuotaType{kind}
		}
		var states []partner.QuotaStatus
		if *f.status != "" {
			s, err := choice(p, "--status", *f.status, []string{"normal", "void", "adjusting", "frozen"},
				[]partner.QuotaStatus{partner.QuotaNormal, partner.QuotaVoid, partner.QuotaAdjusting, partner.QuotaFrozen})
			if err != nil {
				return err
			}
			states = append(states, s)
		}
		from, to, err := f.span(r)
		if err != nil {
			return err
		}
		type row = partner.Quota
		columns := []column[row]{
			{name: "id", value: func(q row) any { return q.ID }},
			{name: "type", value: func(q row) any { return numbered("cli.center.quota.type.", int(q.Type)) }},
			{name: "status", value: func(q row) any { return numbered("cli.center.quota.status.", int(q.Status)) }},
			{name: "value", value: func(q row) any { return q.Value }},
			{name: "left", value: func(q row) any { return q.Balance }},
			{name: "since", value: func(q row) any { return q.From }},
			{name: "until", value: func(q row) any { return q.To }},
		}
		if *given {
			if err := r.may("quotas-given"); err != nil {
				return err
			}
			columns = append(columns,
				column[row]{name: "reseller", value: func(q row) any { return string(q.Reseller) }, rest: true},
				column[row]{name: "reseller_name", value: func(q row) any { return q.ResellerName }},
				column[row]{name: "parent", value: func(q row) any { return q.ParentID }, rest: true})
			return printAll(r, r.client.GivenQuotas(c.Context(), partner.GivenQuery{QuotaID: *f.id, Reseller: f.account(), Most: *f.limit}), columns...)
		}
		if err := r.may("quotas"); err != nil {
			return err
		}
		var ids []string
		if *f.id != "" {
			ids = fields(*f.id)
		}
		return printAll(r, func(yield func(row, error) bool) {
			n := 0
			for _, kind := range types {
				for q, err := range r.client.Quotas(c.Context(), f.account(), partner.QuotaQuery{IDs: ids, Status: states, Type: kind, ExpireFrom: from, ExpireTo: to, Most: *f.limit}) {
					if n++; !yield(q, err) || n == *f.limit {
						return
					}
				}
			}
		}, columns...)
	})
	f = p.filters(c, "reseller id type status from to limit")
	given = c.Flags().Bool("given", false, p.words.T("cli.center.flag.given"))
	return c
}

// numbered is a code that is a number.
func numbered(prefix string, n int) coded {
	code := strconv.Itoa(n)
	return coded{code, prefix + code}
}

func (p *program) centerCoupons() *cobra.Command {
	var f filters
	c := p.reads("coupons", "coupons", func(c *cobra.Command, r reading) error {
		if err := r.may("coupons"); err != nil {
			return err
		}
		kind, err := choice(p, "--type", *f.kind, []string{"voucher", "flexi"}, []partner.CouponType{partner.Voucher, partner.Flexi})
		if err != nil {
			return err
		}
		status, err := choice(p, "--status", *f.status, []string{"usable", "used", "expired", "reclaimed"},
			[]partner.CouponStatus{partner.CouponUsable, partner.CouponUsed, partner.CouponExpired, partner.CouponReclaimed})
		if err != nil {
			return err
		}
		from, to, err := f.span(r)
		if err != nil {
			return err
		}
		type row = partner.Coupon
		return printAll(r, r.client.Coupons(c.Context(), f.account(), partner.CouponQuery{
			ID: *f.id, CustomerID: *f.customer, Type: kind, Status: status, ExpireFrom: from, ExpireTo: to, Most: *f.limit,
		}),
			column[row]{name: "id", value: func(c row) any { return c.ID }},
			column[row]{name: "customer", value: func(c row) any { return c.CustomerID }},
			column[row]{name: "type", value: func(c row) any { return numbered("cli.center.coupon.type.", int(c.Type)) }},
			column[row]{name: "status", value: func(c row) any { return numbered("cli.center.coupon.status.", int(c.Status)) }},
			column[row]{name: "face", value: func(c row) any { return c.FaceValue }},
			column[row]{name: "left", value: func(c row) any { return c.Balance }},
			column[row]{name: "frozen", value: func(c row) any { return c.Frozen }},
			column[row]{name: "since", value: func(c row) any { return c.From }},
			column[row]{name: "until", value: func(c row) any { return c.To }},
			column[row]{name: "created", value: func(c row) any { return c.Created }, rest: true},
			column[row]{name: "last_used", value: func(c row) any { return c.LastUsed }, rest: true},
			column[row]{name: "order", value: func(c row) any { return c.OrderID }, rest: true},
		)
	})
	f = p.filters(c, "reseller id customer type status from to limit")
	return c
}

func (p *program) centerCases() *cobra.Command {
	var f filters
	var word *string
	c := p.reads("cases", "cases", func(c *cobra.Command, r reading) error {
		if err := r.may("cases"); err != nil {
			return err
		}
		from, to, err := f.span(r)
		if err != nil {
			return err
		}
		q := partner.CaseQuery{ID: *f.id, From: from, To: to, CustomerID: *f.customer, Words: strings.Fields(*word), Most: *f.limit}
		for _, s := range fields(*f.status) {
			n, err := choice(p, "--status", s, []string{"waiting", "working", "confirm", "finished", "cancelled", "feedback"},
				[]partner.CaseStatus{partner.CaseWaiting, partner.CaseInProgress, partner.CaseConfirm, partner.CaseFinished, partner.CaseCancelled, partner.CaseFeedback})
			if err != nil {
				return err
			}
			q.Status = append(q.Status, n)
		}
		if len(q.Words) > partner.MaxSearchWords {
			return usageError{p.words.T("cli.center.cases.words", "most", strconv.Itoa(partner.MaxSearchWords))}
		}
		type row = partner.CaseSummary
		return printAll(r, r.client.Cases(c.Context(), q),
			column[row]{name: "id", value: func(c row) any { return c.ID }},
			column[row]{name: "status", value: func(c row) any { return numbered("cli.center.case.status.", int(c.Status)) }},
			column[row]{name: "created", value: func(c row) any { return c.Created }},
			column[row]{name: "product", value: func(c row) any { return c.Product }},
			column[row]{name: "problem", value: func(c row) any { return c.Problem }},
			column[row]{name: "region", value: func(c row) any { return c.Region }, rest: true},
			column[row]{name: "customer_name", value: func(c row) any { return c.CustomerName }},
			column[row]{name: "customer", value: func(c row) any { return c.CustomerID }, rest: true},
			column[row]{name: "description", value: func(c row) any { return c.Description }},
		)
	})
	f = p.filters(c, "id customer status from to limit")
	word = c.Flags().String("word", "", p.words.T("cli.center.flag.word"))
	return c
}
