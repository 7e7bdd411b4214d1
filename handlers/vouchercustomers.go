package handlers

import (
	"context"
	"strings"

	"partnerdesk/bot"
	"partnerdesk/handlers/money"
	"partnerdesk/handlers/partner"
)

// customerCache is who an account's customers are, as far as it is remembered, so
// that names can be checked while the form is still open.
type customerCache struct{ d *Deps }

type knownCustomers struct {
	list []partner.Customer
	all  bool // list is complete
}

// mostResellers is how many resellers are looked through.
const mostResellers = 1000

// everyReseller reads who a name can mean, up to [mostResellers].
func (m moneyer) everyReseller(ctx context.Context) ([]partner.Reseller, error) {
	var all []partner.Reseller
	for s, err := range m.d.Money.Center.Resellers(ctx, partner.ResellerQuery{Most: mostResellers}) {
		if err != nil {
			return nil, center(err)
		}
		all = append(all, s)
	}
	return all, nil
}

// load sees to it that the customers of an account are being read.
func (c *customerCache) load(ctx context.Context, of bot.Account) {
	c.d.roster.read(ctx, rosterKey{of: books(of)})
}

func (c *customerCache) known(of bot.Account) (knownCustomers, bool) {
	rows, whole, known := c.d.roster.peek(rosterKey{of: books(of)})
	k := knownCustomers{all: whole}
	for _, l := range rows {
		k.list = append(k.list, l.customer)
	}
	return k, known
}

// match finds the customers that a name, a login or an id may mean. An id or a
// login is one customer's alone and wins; a whole real name wins over parts of
// names, but two accounts may carry it, and then nobody guesses whose money it is.
func match(list []partner.Customer, name string) []partner.Customer {
	var whole, found []partner.Customer
	plain := strings.ToLower(nameFilter(name))
	for _, c := range list {
		if c.ID == name || strings.EqualFold(c.Account, name) {
			return []partner.Customer{c}
		}
		if c.Name == name {
			whole = append(whole, c)
		}
		if strings.Contains(strings.ToLower(c.Name), plain) || strings.Contains(strings.ToLower(c.Account), plain) {
			found = append(found, c)
		}
	}
	if len(whole) > 0 {
		return whole
	}
	return found
}

// names splits what was typed into a field for several customers.
func names(text string) []string {
	var list []string
	seen := map[string]bool{}
	for _, n := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune("\n,，、;；", r) }) {
		if n = oneLine(n); n != "" && !seen[n] {
			seen[n] = true
			list = append(list, n)
		}
	}
	return list
}

// checkNames says what is wrong with names from memory alone: a catalog key,
// empty when nothing is known to be.
func (m moneyer) checkNames(of bot.Account, typed []string, most int) string {
	switch {
	case len(typed) == 0:
		return "money.fault.customer"
	case len(typed) > most:
		return "money.fault.customers"
	}
	k, known := m.cache.known(of)
	if !known {
		return ""
	}
	for _, n := range typed {
		found := match(k.list, n)
		switch {
		case len(found) == 0 && k.all:
			return "money.fault.nobody"
		case len(found) > 1:
			return "money.fault.several"
		case len(found) == 1 && found[0].Association != partner.Resale:
			return "partner.err.referral"
		case len(found) == 1 && found[0].Frozen != 0:
			return "money.fault.frozen"
		}
	}
	return ""
}

// resolve finds the customers of names at the partner center. What cannot be
// told is refused in words, with what was meant.
func (m moneyer) resolve(ctx context.Context, r bot.Request, typed []string) ([]money.Party, error) {
	var list []money.Party
	seen := map[string]bool{}
	m.cache.load(ctx, r.Actor.Account)
	known, _ := m.cache.known(r.Actor.Account)
	for _, n := range typed {
		found, more := match(known.list, n), false
		var err error
		if len(found) != 1 {
			found, more, err = m.d.findCustomers(ctx, account(r), n)
		}
		switch {
		case err != nil:
			return nil, err
		case len(found) == 0:
			return nil, bot.User("balance.nobody", "name", clip(n, 40))
		case len(found) > 1 || more:
			var are []string
			for _, c := range found {
				are = append(are, labelOf(c))
			}
			return nil, bot.User("money.no.several", "name", clip(n, 40), "list", strings.Join(are, " · "))
		case found[0].Association != partner.Resale:
			return nil, bot.User("money.no.referral", "name", labelOf(found[0]))
		}
		if c := found[0]; !seen[c.ID] {
			seen[c.ID] = true
			list = append(list, money.Party{ID: c.ID, Name: labelOf(c)})
		}
	}
	return list, nil
}

func labelOf(c partner.Customer) string {
	if c.Name != "" {
		return c.Name
	}
	return c.Account
}
