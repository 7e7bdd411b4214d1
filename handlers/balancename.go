package handlers

import (
	"cmp"
	"context"

	"partnerdesk/bot"
	"partnerdesk/handlers/partner"
)

// named answers /balance NAME: a customer of the person's own account or, for
// the people of a distributor, one of its resellers. A login or an id means one
// of them for certain; a name that fits both kinds is a choice.
func (b balancer) named(ctx context.Context, r bot.Request, name string) (bot.Outcome, error) {
	found, more, err := b.d.findCustomers(ctx, account(r), name)
	if err != nil {
		return bot.Outcome{}, err
	}
	if len(found) == 1 && closeness(name, found[0].ID, found[0].Account, found[0].Name) == meant {
		return b.customer(ctx, r, found[0])
	}
	houses, moreHouses, err := b.resellersNamed(ctx, r, name)
	if err != nil && len(found) == 0 {
		return bot.Outcome{}, err
	}
	switch {
	case len(found)+len(houses) == 0:
		return bot.Outcome{}, bot.User("balance.nobody", "name", clip(name, 40))
	case len(houses) == 1 && (len(found) == 0 || closeness(name, string(houses[0].ID), houses[0].Account, houses[0].Name) == meant):
		return b.reseller(ctx, r, houses[0])
	case len(found) == 1 && len(houses) == 0:
		return b.customer(ctx, r, found[0])
	case len(houses) == 0:
		return bot.Outcome{Reply: several(b.d.words(r), "balance.customer", name, found, more)}, nil
	}
	return bot.Outcome{Reply: b.either(r, name, found, houses, more || moreHouses)}, nil
}

// distributes says that the person may look into the resellers of the operator.
func (d *Deps) distributes(ctx context.Context, r bot.Request) bool {
	return r.Actor.Account == bot.Operator() && d.Access.Offers(bot.AreaReseller) && d.may(ctx, r, bot.RightRead, bot.AreaReseller)
}

// resellersNamed finds the resellers a name may mean; none for who may not look
// into them.
func (b balancer) resellersNamed(ctx context.Context, r bot.Request, name string) ([]partner.Reseller, bool, error) {
	if !b.d.distributes(ctx, r) || fold(name) == "" {
		return nil, false, nil
	}
	all, _, err := (reseller{d: b.d, shelf: b.shelf}).every(ctx)
	if err != nil {
		return nil, false, err
	}
	var near picked[partner.Reseller]
	for _, one := range all {
		if far := closeness(name, string(one.ID), one.Account, one.Name); far < farAway {
			near.add(far, string(one.ID), one)
		}
	}
	found, more := near.best()
	return found, more, nil
}

// either lets the person choose between resellers and customers of the same name.
func (b balancer) either(r bot.Request, name string, found []partner.Customer, houses []partner.Reseller, more bool) bot.Reply {
	w := b.d.words(r)
	var items []bot.Button
	for _, one := range houses {
		items = append(items, bot.Button{Action: "balance.reseller", Text: clip(cmp.Or(one.Name, one.Account), 40) + " · " + w.T("reseller.name"), Value: string(one.ID)})
	}
	for _, one := range found {
		items = append(items, bot.Button{Action: "balance.customer", Text: clip(labelOf(one), 40) + " · " + w.T("balance.customer") + w.T("customer.comma") + association(w, one.Association), Value: one.ID})
	}
	reply := private(bot.Text(w.T("balance.either", "count", count(len(items)), "name", clip(name, 40))))
	reply.Blocks = append(reply.Blocks, bot.Buttons{Items: items})
	if more {
		reply.Blocks = append(reply.Blocks, bot.Note{Inlines: plain(w.T("balance.more"))})
	}
	return reply
}

// house is the reseller with the id, among the operator's own; nobody for who may
// not look into them.
func (b balancer) house(ctx context.Context, r bot.Request, id string) (partner.Reseller, error) {
	if err := b.d.centerSet(r); err != nil {
		return partner.Reseller{}, err
	}
	if id != "" && len(id) <= 64 && b.d.distributes(ctx, r) {
		for one, err := range b.d.Center.Resellers(ctx, partner.ResellerQuery{ID: partner.Account(id), Most: 1}) {
			if err != nil {
				return partner.Reseller{}, center(err)
			}
			if string(one.ID) == id {
				one.Phone, one.Mail = "", ""
				return one, nil
			}
		}
	}
	return partner.Reseller{}, bot.User("reseller.nobody", "name", clip(id, 40))
}

func (b balancer) clickReseller(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	one, err := b.house(ctx, r, r.Value)
	if err != nil {
		return bot.Outcome{}, err
	}
	out, err := b.reseller(ctx, r, one)
	out.Reply.Replace = true
	return out, err
}

// reseller shows the accounts of one reseller of the distributor.
func (b balancer) reseller(ctx context.Context, r bot.Request, one partner.Reseller) (bot.Outcome, error) {
	w := b.d.words(r)
	return b.books(ctx, r, one.ID, w.T("balance.of", "name", cmp.Or(one.Name, one.Account)), []bot.Button{
		{Action: "balance.reseller", Text: w.T("balance.refresh"), Value: string(one.ID)},
		{Action: "balance.under", Text: w.T("balance.under.button"), Value: underPage{of: string(one.ID)}.value()},
		{Action: "reseller.show", Text: w.T("balance.reseller.page"), Value: string(one.ID)},
	})
}
