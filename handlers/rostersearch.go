package handlers

import (
	"cmp"
	"context"
	"slices"

	"partnerdesk/bot"
	"partnerdesk/bot/lang"
	"partnerdesk/handlers/partner"
)

// fewOffered is how many entries are enough: with fewer, the partner center's own
// search is asked too while not everybody has been read yet.
const fewOffered = 10

// suggests are the searches of a command: its account's customers, and with them
// the resellers for whoever has some.
type suggests struct {
	d *Deps
	// value is what an entry stands for: a customer's login where it goes into a
	// field that takes names, its id where it is clicked.
	value func(partner.Customer) string
	money bool // who can be given nothing is marked, and stands last
}

// byLogin is for fields that take names: only one has a login.
func byLogin(c partner.Customer) string { return cmp.Or(c.Account, c.ID) }

func byID(c partner.Customer) string { return c.ID }

// customers offers those of the person's own account.
func (s suggests) customers(ctx context.Context, r bot.Request) ([]bot.Option, error) {
	return s.offer(ctx, r, rosterKey{of: account(r)}, "")
}

// resellers offers the operator's resellers to its own people.
func (s suggests) resellers(ctx context.Context, r bot.Request) ([]bot.Option, error) {
	if r.Actor.Account != bot.Operator() || !s.d.Access.Offers(bot.AreaReseller) {
		return nil, nil
	}
	return s.offer(ctx, r, rosterKey{resellers: true}, "")
}

// parties offers customers, and resellers under a heading of their own where
// there are any.
func (s suggests) parties(ctx context.Context, r bot.Request) ([]bot.Option, error) {
	if r.Actor.Account != bot.Operator() || !s.d.Access.Offers(bot.AreaReseller) {
		return s.customers(ctx, r)
	}
	w := s.d.words(r)
	customers, err := s.offer(ctx, r, rosterKey{of: account(r)}, w.T("search.customers"))
	if err != nil {
		return nil, err
	}
	resellers, err := s.offer(ctx, r, rosterKey{resellers: true}, w.T("search.resellers"))
	half := bot.MostSuggested / 2
	if len(customers)+len(resellers) > bot.MostSuggested {
		customers = customers[:min(len(customers), max(half, bot.MostSuggested-len(resellers)))]
	}
	return append(customers, resellers...), err
}

// offer lists who may be meant, the closest first.
func (s suggests) offer(ctx context.Context, r bot.Request, key rosterKey, group string) ([]bot.Option, error) {
	if s.d.reads() == nil {
		return nil, nil
	}
	rows, whole := s.d.roster.read(ctx, key)
	typed := newTyped(r.Text)
	var found picked[listed]
	take := func(l listed) {
		if far, ok := typed.far(l); ok {
			found.add(far, l.customer.ID, l)
		}
	}
	for _, l := range rows {
		take(l)
	}
	if !whole && len(found.list) < fewOffered && typed.folded != "" && !key.resellers {
		s.remote(ctx, key, r.Text, take)
	}
	slices.SortStableFunc(found.list, func(a, b near[listed]) int {
		return cmp.Or(s.last(a.one)-s.last(b.one), a.far-b.far, cmp.Compare(a.one.customer.Name, b.one.customer.Name))
	})
	w := s.d.words(r)
	var list []bot.Option
	for _, n := range found.list[:min(len(found.list), bot.MostSuggested)] {
		list = append(list, bot.Option{Value: s.value(n.one.customer), Text: s.text(w, n.one.customer), Group: group})
	}
	return list, nil
}

// remote asks the partner center's own search, by name and by login. That it
// fails only means that fewer are offered.
func (s suggests) remote(ctx context.Context, key rosterKey, typed string, take func(listed)) {
	filter := nameFilter(typed)
	for _, q := range []partner.CustomerQuery{{Name: filter, Most: fewOffered}, {Account: filter, Most: fewOffered}} {
		for c, err := range s.d.reads().Customers(ctx, key.of, q) {
			if err != nil {
				return
			}
			take(newListed(c))
		}
	}
}

// last is 1 for who can be given nothing.
func (s suggests) last(l listed) int {
	if s.money && (l.customer.Association != partner.Resale || l.customer.Frozen != 0) {
		return 1
	}
	return 0
}

// text is how an entry reads: the name, the login that only one has, and why it
// could not be chosen.
func (s suggests) text(w lang.Words, c partner.Customer) string {
	text := labelOf(c)
	if c.Name != "" && c.Account != "" {
		// What follows the name must not be cut off.
		text = clip(c.Name, 74-len([]rune(c.Account))-16) + " · " + c.Account
	}
	switch {
	case s.money && c.Frozen != 0:
		text += w.T("search.frozen")
	case s.money && c.Association != partner.Resale:
		text += w.T("search.referral")
	}
	return text
}

// chosen are the entries of a search field for names that are known already, for
// example because the person typed them before. A name that means nobody, or
// several, stays what it is: the form says so.
func (s suggests) chosen(r bot.Request, key rosterKey, typed []string) []bot.Option {
	rows, _, _ := s.d.roster.peek(key)
	w := s.d.words(r)
	var list []bot.Option
	for _, name := range typed {
		var all []partner.Customer
		for _, l := range rows {
			all = append(all, l.customer)
		}
		option := bot.Option{Value: clip(name, 74), Text: name}
		if found := match(all, name); len(found) == 1 {
			option = bot.Option{Value: s.value(found[0]), Text: s.text(w, found[0])}
		}
		list = append(list, option)
	}
	return list
}

// finds are the searches of a form that moves value.
func (m moneyer) finds() suggests { return suggests{d: m.d, value: byLogin, money: true} }
