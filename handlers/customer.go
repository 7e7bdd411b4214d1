package handlers

import (
	"context"
	"iter"
	"net/url"
	"slices"

	"partnerdesk/bot"
	"partnerdesk/bot/lang"
	"partnerdesk/handlers/opportunity"
	"partnerdesk/handlers/partner"
	"partnerdesk/handlers/ticket"
)

// Portfolio is what the pages about customers and resellers read beyond
// balances. Nothing in it moves anything.
type Portfolio interface {
	partner.Bills
	partner.Subscriptions
	partner.RealNames
	partner.Resellers
	Coupons(ctx context.Context, of partner.Account, q partner.CouponQuery) iter.Seq2[partner.Coupon, error]
	GivenQuotas(ctx context.Context, q partner.GivenQuery) iter.Seq2[partner.Quota, error]
	CouponLog(ctx context.Context, of partner.Account, q partner.CouponLogQuery) iter.Seq2[partner.CouponRecord, error]
	partner.Records
}

// customers is /customer: all that is known of one customer on one page, with
// the next steps as buttons, and lists of those that need attention. has says
// which other commands there are.
func customers(d *Deps, has func(command string) bool) bot.Command {
	c := customerer{d: d, has: has, shelf: &shelf{now: d.Now}}
	return bot.Command{
		Name: "customer", Needs: bot.RightRead, Area: bot.AreaMoney, Run: c.run,
		Calls:    []string{"customers", "customer-balances", "monthly", "coupons", "subscriptions", "real-name", "adjustments", "coupon-log"},
		Subs:     map[string]bot.Action{"list": {Run: c.listTyped}, "statement": {Needs: bot.RightExport, Run: c.statementTyped}},
		Suggests: map[string]bot.Suggestion{"find": {Run: suggests{d: d, value: byID}.customers}},
		Actions: map[string]bot.Action{
			"show":        {Run: c.show},
			"list":        {Run: c.listClicked},
			"anew":        {Run: c.listAnew},
			"statement":   {Needs: bot.RightExport, Run: c.statementClicked},
			"ticket":      {Needs: bot.RightRequest, Run: c.ticket, Opens: true},
			"opportunity": {Needs: bot.RightRequest, Run: c.opportunity, Opens: true},
		},
	}
}

type customerer struct {
	d     *Deps
	has   func(command string) bool
	shelf *shelf
}

func (d *Deps) centerSet(r bot.Request) error {
	if d.Center == nil {
		return bot.User("partner.unset", "admin", d.words(r).T("person.admin"))
	}
	return nil
}

func (c customerer) run(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	if err := c.d.centerSet(r); err != nil {
		return bot.Outcome{}, err
	}
	name := oneLine(r.Text)
	if name == "" {
		return c.list(ctx, r, listing{})
	}
	found, more, err := c.d.findCustomers(ctx, account(r), name)
	switch {
	case err != nil:
		return bot.Outcome{}, err
	case len(found) == 0:
		return bot.Outcome{}, bot.User("balance.nobody", "name", clip(name, 40))
	case len(found) == 1:
		return c.hub(ctx, r, found[0])
	}
	return bot.Outcome{Reply: several(c.d.words(r), "customer.show", name, found, more)}, nil
}

// several lets a person choose among the customers that a name may mean. Two of
// the same name are told apart by their logins.
func several(w lang.Words, action, name string, found []partner.Customer, more bool) bot.Reply {
	var items []bot.Button
	for i, c := range found {
		label := labelOf(c)
		if slices.ContainsFunc(found, func(o partner.Customer) bool { return o.ID != found[i].ID && o.Name == c.Name }) {
			label += " (" + c.Account + ")"
		}
		items = append(items, bot.Button{Action: action, Text: label + " · " + association(w, c.Association), Value: c.ID})
	}
	reply := private(bot.Text(w.T("balance.several", "count", count(len(found)), "name", clip(name, 40))))
	reply.Blocks = append(reply.Blocks, bot.Buttons{Items: items})
	if more {
		reply.Blocks = append(reply.Blocks, bot.Note{Inlines: plain(w.T("balance.more"))}, bot.Search{Action: action, From: "customer.find", Text: w.T("search.customer")})
	}
	return reply
}

// one reads the customer that a clicked value names, among those of the person's
// own account only. A value that names none of them is nobody.
func (d *Deps) one(ctx context.Context, r bot.Request, id string) (partner.Customer, error) {
	if err := d.centerSet(r); err != nil {
		return partner.Customer{}, err
	}
	if id != "" && len(id) <= 64 {
		for c, err := range d.Center.Customers(ctx, account(r), partner.CustomerQuery{ID: id, Most: 1}) {
			if err != nil {
				return partner.Customer{}, center(err)
			}
			if c.ID == id {
				return c, nil
			}
		}
	}
	return partner.Customer{}, bot.User("balance.nobody", "name", clip(id, 40))
}

func (c customerer) show(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	one, err := c.d.one(ctx, r, r.Value)
	if err != nil {
		return bot.Outcome{}, err
	}
	out, err := c.hub(ctx, r, one)
	out.Reply.Replace = true
	return out, err
}

// ticket opens the form of /ticket with the customer filled in.
func (c customerer) ticket(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	one, err := c.d.one(ctx, r, r.Value)
	if err != nil {
		return bot.Outcome{}, err
	}
	form := ticketer{d: c.d}.newForm(c.d.words(r), "")
	for i := range form.Fields {
		if form.Fields[i].Name == "customer" {
			form.Fields[i].Initial = clip(namedExactly(one), ticket.MaxCustomer-1)
		}
	}
	return bot.Outcome{Reply: bot.Reply{Form: &form}}, nil
}

// opportunity opens the form of /opportunity with the company filled in.
func (c customerer) opportunity(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	one, err := c.d.one(ctx, r, r.Value)
	if err != nil {
		return bot.Outcome{}, err
	}
	return bot.Outcome{Reply: bot.Reply{Form: sharer{c.d}.form(r, "", map[string]string{opportunity.FieldCompany: one.Name})}}, nil
}

// namedExactly is a customer's name with the login, which only one has.
func namedExactly(c partner.Customer) string {
	if c.Name == "" {
		return c.Account
	}
	return c.Name + " (" + c.Account + ")"
}

// may says whether the person holds a right in an area.
func (d *Deps) may(ctx context.Context, r bot.Request, right bot.Right, area bot.Area) bool {
	_, err := d.Access.Authorize(ctx, r.Actor.Person, right, area)
	return err == nil
}

// hub is the page about one customer.
func (c customerer) hub(ctx context.Context, r bot.Request, one partner.Customer) (bot.Outcome, error) {
	w := c.d.words(r)
	resale := one.Association == partner.Resale
	fields := bot.Fields{Items: []bot.Field{
		{Label: w.T("balance.login"), Value: plain(one.Account)},
		{Label: w.T("balance.association"), Value: plain(association(w, one.Association))},
		{Label: w.T("customer.verified"), Value: plain(verification(w, one.Verification))},
		{Label: w.T("customer.manager"), Value: plain(orDash(one.Manager))},
		{Label: w.T("customer.level"), Value: plain(orDash(one.Level))},
		{Label: w.T("customer.since"), Value: plain(day(c.d, one.Associated))},
	}}
	blocks := []bot.Block{bot.Heading{Text: labelOf(one)}, fields}
	if one.Frozen != 0 {
		blocks = append(blocks, bot.Paragraph{Inlines: plain("⚠️ " + w.T("customer.frozen."+frozen(one.Frozen)))})
	}
	if one.Association == partner.Referral {
		blocks = append(blocks, bot.Note{Inlines: plain(w.T("customer.referral"))})
	}
	blocks = append(blocks, load(ctx, w, c.parts(r, one, resale))...)
	if err := ctx.Err(); err != nil {
		return bot.Outcome{}, err
	}
	blocks = append(blocks, balancer{d: c.d}.fresh(w, c.d.Now()), bot.Buttons{Items: c.buttons(ctx, r, one, resale)})
	return bot.Outcome{Reply: bot.Reply{Private: true, Blocks: blocks}}, nil
}

// buttons lead on, to the commands that exist and that the person may use.
func (c customerer) buttons(ctx context.Context, r bot.Request, one partner.Customer, resale bool) []bot.Button {
	w := c.d.words(r)
	items := []bot.Button{{Action: "customer.show", Text: w.T("balance.refresh"), Value: one.ID}}
	if resale {
		items = append(items, bot.Button{Action: "balance.customer", Text: w.T("customer.button.balance"), Value: one.ID})
	}
	if resale && c.d.may(ctx, r, bot.RightExport, bot.AreaMoney) {
		items = append(items, lastMonth(w, c.d.Now(), "customer.statement", one.ID))
	}
	if c.d.may(ctx, r, bot.RightRequest, bot.AreaMoney) {
		if resale && one.Frozen == 0 && c.d.Money != nil {
			if c.has("voucher") {
				items = append(items, bot.Button{Action: "voucher.issue", Text: w.T("customer.button.voucher"), Value: url.Values{"customers": {one.Account}}.Encode()})
			}
			if c.has("funds") {
				items = append(items, bot.Button{Action: "funds.grant", Text: w.T("customer.button.funds"), Value: url.Values{"to": {"customer"}, "name": {one.Account}}.Encode()})
			}
		}
		if c.d.Tickets != nil && c.has("ticket") {
			items = append(items, bot.Button{Action: "customer.ticket", Text: w.T("customer.button.ticket"), Value: one.ID})
		}
		if c.d.Opportunities != nil && c.has("opportunity") {
			items = append(items, bot.Button{Action: "customer.opportunity", Text: w.T("opportunity.share"), Value: one.ID})
		}
	}
	return append(items, bot.Button{Action: "customer.list", Text: w.T("customer.button.list"), Value: listing{}.value()})
}

func frozen(n int) string {
	if n == 2 {
		return "2"
	}
	return "1"
}

func verification(w lang.Words, v partner.Verification) string {
	switch v {
	case partner.NotVerified, partner.UnderReview, partner.Rejected, partner.Verified:
		return w.T("customer.verified." + string(v))
	}
	return w.T("balance.unsaid")
}
