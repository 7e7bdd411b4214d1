package handlers

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"partnerdesk/bot"
	"partnerdesk/handlers/money"
	"partnerdesk/handlers/partner"
)

// mostCoupons is how many coupons a list shows.
const mostCoupons = 20

// list shows the usable coupons, of one customer or of all, those that end
// soonest first, with a way to take each back.
func (v voucherer) list(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	if err := v.ready(r); err != nil {
		return bot.Outcome{}, err
	}
	w := v.d.words(r)
	q := partner.CouponQuery{Status: partner.CouponUsable, Most: 500}
	if name := oneLine(r.Text); name != "" {
		parties, err := v.resolve(ctx, r, []string{name})
		if err != nil {
			return bot.Outcome{}, err
		}
		q.CustomerID = parties[0].ID
	}
	var list []partner.Coupon
	for c, err := range v.d.Money.Center.Coupons(ctx, books(r.Actor.Account), q) {
		if err != nil {
			return bot.Outcome{}, center(err)
		}
		list = append(list, c)
	}
	if len(list) == 0 {
		return bot.Outcome{Reply: private(bot.Text(w.T("voucher.list.none")))}, nil
	}
	slices.SortFunc(list, func(a, b partner.Coupon) int { return a.To.Compare(b.To) })
	table := bot.Table{Columns: []bot.Column{{Title: w.T("voucher.col.coupon")}, {Title: w.T("voucher.col.customer")}, {Title: w.T("voucher.col.left"), Numeric: true},
		{Title: w.T("voucher.col.face"), Numeric: true}, {Title: w.T("voucher.col.until")}}}
	v.cache.load(ctx, r.Actor.Account)
	known, _ := v.cache.known(r.Actor.Account)
	for _, c := range list[:min(len(list), mostCoupons)] {
		name := clip(c.CustomerID, 8)
		if i := slices.IndexFunc(known.list, func(k partner.Customer) bool { return k.ID == c.CustomerID }); i >= 0 {
			name = labelOf(known.list[i])
		}
		table.Rows = append(table.Rows, []string{c.ID, name, yuan(c.Balance), yuan(c.FaceValue), v.d.clock(c.To)})
	}
	blocks := []bot.Block{bot.Heading{Text: w.T("voucher.list")}, table}
	if len(list) > mostCoupons {
		blocks = append(blocks, bot.Note{Inlines: []bot.Inline{bot.Text(w.T("voucher.list.more", "count", count(len(list))))}})
	}
	var buttons bot.Buttons
	for _, c := range list[:min(len(list), 5)] {
		buttons.Items = append(buttons.Items, bot.Button{Action: "voucher.coupon", Text: w.T("voucher.list.show", "left", yuan(c.Balance), "until", v.d.clock(c.To)[5:10]), Value: c.ID})
	}
	return bot.Outcome{Reply: bot.Reply{Private: true, Blocks: append(blocks, buttons, bot.Note{Inlines: []bot.Inline{bot.Text(w.T("voucher.list.reclaim"))}})}}, nil
}

// reclaim previews taking one coupon back: all that is left of it, as the
// partner center knows nothing else.
func (v voucherer) reclaim(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	if err := v.ready(r); err != nil {
		return bot.Outcome{}, err
	}
	id := oneLine(r.Text)
	if r.Kind == bot.KindClick {
		id = r.Value
	}
	if id == "" || len(id) > 64 || strings.ContainsRune(id, ' ') {
		return bot.Outcome{}, bot.User("voucher.reclaim.which")
	}
	c, found, err := first(v.d.Money.Center.Coupons(ctx, books(r.Actor.Account), partner.CouponQuery{ID: id, Most: 1}))
	switch {
	case err != nil:
		return bot.Outcome{}, center(err)
	case !found:
		return bot.Outcome{}, bot.User("money.no.coupon", "id", clip(id, 30))
	case c.Status != partner.CouponUsable || c.Balance <= 0:
		return bot.Outcome{}, bot.User("partner.err.coupon_gone")
	}
	customer, found, err := first(v.d.Money.Center.Customers(ctx, books(r.Actor.Account), partner.CustomerQuery{ID: c.CustomerID, Most: 1}))
	switch {
	case err != nil:
		return bot.Outcome{}, center(err)
	case !found:
		return bot.Outcome{}, bot.User("money.no.customer", "name", c.CustomerID)
	}
	return v.draft(ctx, r, money.Operation{Kind: money.ReclaimCoupon, Coupon: c.ID, Amount: c.Balance, Parties: []money.Party{{ID: c.CustomerID, Name: labelOf(customer)}}}, "")
}

// distributor refuses where there are no resellers to move quotas to.
func (m moneyer) distributor(r bot.Request) error {
	if err := m.ready(r); err != nil {
		return err
	}
	if !m.d.Access.Offers(bot.AreaReseller) || r.Actor.Account != bot.Operator() {
		return bot.User("money.no.distributor")
	}
	return nil
}

func (v voucherer) giveForm(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	if err := v.distributor(r); err != nil {
		return bot.Outcome{}, err
	}
	w := v.d.words(r)
	known := typed(r.Value)
	if r.Kind != bot.KindClick {
		known = url.Values{"resellers": {oneLine(r.Text)}}
	}
	if r.Kind != bot.KindClick && r.Kind != bot.KindCommand {
		return offerForm(w, "voucher.give", "voucher.give.title", known), nil
	}
	quotas, err := v.usable(ctx, r.Actor.Account)
	if err != nil {
		return bot.Outcome{}, err
	}
	if len(quotas) == 0 {
		return bot.Outcome{}, bot.User("voucher.quota.none")
	}
	v.d.roster.read(ctx, rosterKey{resellers: true})
	return bot.Outcome{Reply: bot.Reply{Form: &bot.Form{
		Name: "voucher.give", Title: w.T("voucher.give.title"), Submit: w.T("money.button.preview"), Close: w.T("form.close"),
		Fields: []bot.FormField{
			v.quotaField(w, quotas, known.Get("quota")),
			{Name: "resellers", Kind: bot.FieldSearchMany, Search: "voucher.reseller", Most: money.MaxParties, Label: w.T("money.field.resellers"), Hint: w.T("money.field.resellers.hint", "most", count(money.MaxParties)), Placeholder: w.T("search.reseller"),
				Chosen: v.finds().chosen(r, rosterKey{resellers: true}, names(known.Get("resellers")))},
			{Name: "amount", Kind: bot.FieldLine, Label: w.T("voucher.field.each"), Hint: w.T("money.field.amount.hint"), Initial: known.Get("amount"), Max: 40},
		},
	}}}, nil
}

func (v voucherer) checkGive(_ context.Context, r bot.Request) (map[string]string, error) {
	faults := map[string]string{}
	_, fault := v.amountFault(r.Values["amount"])
	put(faults, "amount", fault)
	switch n := len(names(r.Values["resellers"])); {
	case n == 0:
		faults["resellers"] = "money.fault.reseller"
	case n > money.MaxParties:
		faults["resellers"] = "money.fault.customers"
	}
	return faults, nil
}

func (v voucherer) submitGive(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	return v.orEdit(r, "give", func() (bot.Outcome, error) {
		if err := v.distributor(r); err != nil {
			return bot.Outcome{}, err
		}
		if err := v.faulty(ctx, r, v.checkGive); err != nil {
			return bot.Outcome{}, err
		}
		parties, err := v.resellers(ctx, names(r.Values["resellers"]))
		if err != nil {
			return bot.Outcome{}, err
		}
		each, _ := v.amountFault(r.Values["amount"])
		quota := partner.Quota{ID: oneLine(r.Values["quota"])}
		if quota.ID == "" {
			if quota, err = v.only(ctx, r, nil); err != nil {
				return bot.Outcome{}, err
			}
		}
		return v.draft(ctx, r, money.Operation{Kind: money.GiveQuota, Quota: quota.ID, Parties: parties, Amount: each}, "")
	})
}

// resellers finds the resellers of names; what cannot be told is refused.
func (m moneyer) resellers(ctx context.Context, typed []string) ([]money.Party, error) {
	all, err := m.everyReseller(ctx)
	if err != nil {
		return nil, err
	}
	var list []money.Party
	for _, n := range typed {
		found := matchResellers(all, n)
		switch {
		case len(found) == 0:
			return nil, bot.User("money.no.reseller", "name", clip(n, 40))
		case len(found) > 1:
			var are []string
			for _, s := range found[:min(len(found), mostMatches)] {
				are = append(are, s.Name)
			}
			return nil, bot.User("money.no.several", "name", clip(n, 40), "list", strings.Join(are, " · "))
		}
		if s := found[0]; !slices.ContainsFunc(list, func(p money.Party) bool { return p.ID == string(s.ID) }) {
			list = append(list, money.Party{ID: string(s.ID), Name: s.Name})
		}
	}
	return list, nil
}

// take previews taking a quota back from a reseller: without an id it lists what
// was given.
func (v voucherer) take(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	if err := v.distributor(r); err != nil {
		return bot.Outcome{}, err
	}
	w := v.d.words(r)
	id := oneLine(r.Text)
	if r.Kind == bot.KindClick {
		id = r.Value
	}
	if len(id) > 64 {
		return bot.Outcome{}, bot.User("money.no.quota", "id", clip(id, 30))
	}
	table := bot.Table{Columns: []bot.Column{{Title: w.T("voucher.col.quota")}, {Title: w.T("voucher.col.reseller")}, {Title: w.T("voucher.col.left"), Numeric: true}, {Title: w.T("voucher.col.until")}}}
	for q, err := range v.d.Money.Center.GivenQuotas(ctx, partner.GivenQuery{QuotaID: id, Most: 30}) {
		switch {
		case err != nil:
			return bot.Outcome{}, center(err)
		case q.Status == partner.QuotaReclaimed || q.Balance <= 0:
			continue
		case id != "":
			return v.draft(ctx, r, money.Operation{Kind: money.ReclaimQuota, Quota: q.ID, Amount: q.Balance, Parties: []money.Party{{ID: string(q.Reseller), Name: q.ResellerName}}}, "")
		}
		table.Rows = append(table.Rows, []string{q.ID, q.ResellerName, yuan(q.Balance), v.d.clock(q.To)})
	}
	if id != "" {
		return bot.Outcome{}, bot.User("money.no.quota", "id", clip(id, 30))
	}
	if len(table.Rows) == 0 {
		return bot.Outcome{Reply: private(bot.Text(w.T("voucher.take.none")))}, nil
	}
	return bot.Outcome{Reply: bot.Reply{Private: true, Blocks: []bot.Block{bot.Heading{Text: w.T("voucher.take")}, table, bot.Note{Inlines: []bot.Inline{bot.Text(w.T("voucher.take.how"))}}}}}, nil
}
