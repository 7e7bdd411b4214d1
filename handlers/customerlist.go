package handlers

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"partnerdesk/bot"
	"partnerdesk/bot/lang"
	"partnerdesk/handlers/partner"
)

// pageRows is how many rows a page of a list has.
const pageRows = 10

// Which customers a list is of.
const (
	listAll        = ""
	listArrears    = "arrears"
	listExpiring   = "expiring"
	listUnverified = "unverified"
)

func listFilters() []string { return []string{listAll, listArrears, listExpiring, listUnverified} }

// listing is a page of a list: the filter, and the row it begins with.
type listing struct {
	filter string
	from   int
}

func (l listing) value() string { return l.filter + "|" + count(l.from) }

// listingOf reads a button's value; anything else is the first page of all.
func listingOf(value string) listing {
	filter, from, _ := strings.Cut(value, "|")
	n, err := strconv.Atoi(from)
	if err != nil || n < 0 || n > 1e6 || !slices.Contains(listFilters(), filter) {
		return listing{}
	}
	return listing{filter, n}
}

func (c customerer) listTyped(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	word := strings.ToLower(oneLine(r.Text))
	for _, f := range listFilters() {
		if word == f || slices.Contains(strings.Fields(c.d.words(r).T("customer.list.words."+cmp.Or(f, "all"))), word) {
			return c.list(ctx, r, listing{filter: f})
		}
	}
	return bot.Outcome{}, bot.User("customer.list.what", "text", clip(word, 40))
}

func (c customerer) listClicked(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	out, err := c.list(ctx, r, listingOf(r.Value))
	out.Reply.Replace = true
	return out, err
}

// listAnew forgets what was read and lists again.
func (c customerer) listAnew(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	c.shelf.clear(account(r))
	return c.listClicked(ctx, r)
}

// customerSheet is what a list shows: rows of a table, and the customer of each.
type customerSheet struct {
	columns []bot.Column
	rows    [][]string
	ids     []string // the customer of each row
	labels  []string // their names
	notes   []string
	at      time.Time
}

// list shows one page of the person's own account's customers.
func (c customerer) list(ctx context.Context, r bot.Request, l listing) (bot.Outcome, error) {
	if err := c.d.centerSet(r); err != nil {
		return bot.Outcome{}, err
	}
	w := c.d.words(r)
	all, at, err := c.d.everyCustomer(ctx, c.shelf, account(r))
	if err != nil {
		return bot.Outcome{}, err
	}
	var s customerSheet
	switch l.filter {
	case listArrears:
		s, err = c.arrears(ctx, r, all)
	case listExpiring:
		s, err = c.expiring(ctx, r, all)
	case listUnverified:
		s = c.unverified(w, all)
	default:
		s = c.everybody(ctx, r, all, l.from)
	}
	if err != nil {
		return bot.Outcome{}, err
	}
	if s.at.IsZero() {
		s.at = at
	}
	if len(all) >= mostScanned {
		s.notes = append(s.notes, w.T("customer.list.capped", "most", count(mostScanned)))
	}
	return bot.Outcome{Reply: bot.Reply{Private: true, Blocks: c.paged(w, l, s)}}, nil
}

// paged cuts a page out of a list and puts the buttons below it.
func (c customerer) paged(w lang.Words, l listing, s customerSheet) []bot.Block {
	total := len(s.rows)
	if l.from >= total {
		l.from = 0
	}
	to := min(l.from+pageRows, total)
	blocks := []bot.Block{bot.Heading{Text: w.T("customer.list."+cmp.Or(l.filter, "all"), "count", count(total))}}
	var items []bot.Button
	if total == 0 {
		blocks = append(blocks, bot.Paragraph{Inlines: plain(w.T("customer.list.none"))})
	} else {
		blocks = append(blocks, bot.Table{Columns: s.columns, Rows: s.rows[l.from:to]})
		seen := map[string]bool{}
		for i := l.from; i < to; i++ {
			if !seen[s.ids[i]] && s.ids[i] != "" {
				seen[s.ids[i]] = true
				items = append(items, bot.Button{Action: "customer.show", Text: clip(s.labels[i], 30), Value: s.ids[i]})
			}
		}
	}
	for _, n := range s.notes {
		blocks = append(blocks, bot.Note{Inlines: plain(n)})
	}
	blocks = append(blocks, balancer{d: c.d}.fresh(w, s.at))
	if len(items) > 0 {
		blocks = append(blocks, bot.Buttons{Items: items})
	}
	return append(blocks, bot.Buttons{Items: c.turns(w, l, total)}, bot.Search{Action: "customer.show", From: "customer.find", Text: w.T("search.customer")})
}

// turns are the buttons to other pages and other lists.
func (c customerer) turns(w lang.Words, l listing, total int) []bot.Button {
	items := pageTurns(w, "customer.list", l.from, total, func(from int) string { return listing{l.filter, from}.value() })
	for _, f := range listFilters() {
		if f != l.filter {
			items = append(items, bot.Button{Action: "customer.list", Text: w.T("customer.filter." + cmp.Or(f, "all")), Value: listing{filter: f}.value()})
		}
	}
	return append(items, bot.Button{Action: "customer.anew", Text: w.T("balance.refresh"), Value: l.value()})
}

func pageTurns(w lang.Words, action string, from, total int, value func(int) string) (items []bot.Button) {
	if from > 0 {
		items = append(items, bot.Button{Action: action, Text: w.T("customer.page.before"), Value: value(max(0, from-pageRows))})
	}
	if from+pageRows < total {
		items = append(items, bot.Button{Action: action, Text: w.T("customer.page.next", "from", count(from+pageRows+1), "to", count(min(from+2*pageRows, total)), "total", count(total)), Value: value(from + pageRows)})
	}
	return items
}

func (c customerer) columns(w lang.Words) []bot.Column {
	return []bot.Column{{Title: w.T("balance.customer")}, {Title: w.T("balance.association")}, {Title: w.T("balance.available"), Numeric: true}, {Title: w.T("balance.debt"), Numeric: true}, {Title: w.T("customer.col.state")}}
}

// row is the line of a customer; what the center did not say is a dash.
func (c customerer) row(w lang.Words, one partner.Customer, b partner.CustomerBalance) []string {
	money := func(f partner.Fen, known bool) string {
		if !known {
			return "—"
		}
		return yuan(f)
	}
	var state []string
	if one.Frozen != 0 {
		state = append(state, "⚠️ "+w.T("balance.frozen"))
	}
	if one.Verification != partner.Verified && one.Verification != partner.UnknownState {
		state = append(state, w.T("customer.verified."+string(one.Verification)))
	}
	return []string{labelOf(one), association(w, one.Association), money(b.Spendable, b.HasSpendable), money(b.Debt, b.HasDebt), strings.Join(state, w.T("customer.comma"))}
}

func (s *customerSheet) add(one partner.Customer, row []string) {
	s.rows, s.ids, s.labels = append(s.rows, row), append(s.ids, one.ID), append(s.labels, labelOf(one))
}

// everybody lists all customers; balances are read for the page that shows.
func (c customerer) everybody(ctx context.Context, r bot.Request, all []partner.Customer, from int) customerSheet {
	w := c.d.words(r)
	s := customerSheet{columns: c.columns(w)}
	if from >= len(all) {
		from = 0
	}
	to := min(from+pageRows, len(all))
	ctx, cancel := context.WithTimeout(ctx, partTime)
	defer cancel()
	balances, err := c.d.balancesOf(ctx, account(r), all[from:to])
	if err != nil {
		s.notes = append(s.notes, w.T("customer.list.balances"))
	}
	for _, one := range all {
		s.add(one, c.row(w, one, balances[one.ID]))
	}
	return s
}

func (c customerer) unverified(w lang.Words, all []partner.Customer) customerSheet {
	s := customerSheet{columns: []bot.Column{{Title: w.T("balance.customer")}, {Title: w.T("balance.association")}, {Title: w.T("customer.verified")}, {Title: w.T("customer.since")}}}
	for _, one := range all {
		if one.Verification != partner.Verified && one.Verification != partner.UnknownState {
			s.add(one, []string{labelOf(one), association(w, one.Association), verification(w, one.Verification), day(c.d, one.Associated)})
		}
	}
	return s
}

// arrears lists resale customers that owe, the largest debt first.
func (c customerer) arrears(ctx context.Context, r bot.Request, all []partner.Customer) (customerSheet, error) {
	w := c.d.words(r)
	s := customerSheet{columns: c.columns(w)}
	balances, at, err := shelve(c.shelf, account(r), "balances", func() (map[string]partner.CustomerBalance, error) {
		return c.d.balancesOf(ctx, account(r), all)
	})
	if err != nil && len(balances) == 0 {
		return s, center(err)
	}
	if err != nil {
		s.notes = append(s.notes, w.T("customer.list.partial", "count", count(len(balances))))
	}
	s.at = at
	owing := slices.DeleteFunc(slices.Clone(all), func(one partner.Customer) bool { return balances[one.ID].Debt <= 0 })
	slices.SortStableFunc(owing, func(a, b partner.Customer) int { return cmp.Compare(balances[b.ID].Debt, balances[a.ID].Debt) })
	for _, one := range owing {
		s.add(one, c.row(w, one, balances[one.ID]))
	}
	return s, nil
}

// Reading what expires takes a call for each customer: so many, for so long.
const (
	expiringMost = 100
	expiringTime = 8 * time.Second
)

// ending is one thing that ends soon.
type ending struct {
	customer string
	what     string // empty for a coupon
	service  string
	kind     partner.CouponType
	left     partner.Fen
	policy   partner.ExpirePolicy
	at       time.Time
}

type endings struct {
	list    []ending
	unread  int  // customers whose resources were not read
	coupons bool // coupons could not be read
}

// expiring lists coupons and resources that end within 30 days, the soonest
// first.
func (c customerer) expiring(ctx context.Context, r bot.Request, all []partner.Customer) (customerSheet, error) {
	w := c.d.words(r)
	s := customerSheet{columns: []bot.Column{{Title: w.T("balance.customer")}, {Title: w.T("customer.col.what")}, {Title: w.T("customer.col.ends")}}}
	found, at, err := shelve(c.shelf, account(r), "endings", func() (endings, error) { return c.endings(ctx, account(r), all) })
	if err != nil {
		return s, center(err)
	}
	s.at = at
	byID := map[string]partner.Customer{}
	for _, one := range all {
		byID[one.ID] = one
	}
	for _, e := range found.list {
		one, mine := byID[e.customer]
		if !mine {
			continue
		}
		what := resourceName(w, partner.Subscription{Name: e.what, Service: e.service}) + " · " + w.T("customer.policy."+policyKey(e.policy))
		if e.what == "" {
			what = w.T("customer.coupon.short."+couponKind(e.kind), "left", yuan(e.left))
		}
		s.add(one, []string{labelOf(one), what, c.d.ends(w, e.at)})
	}
	if found.coupons {
		s.notes = append(s.notes, w.T("customer.list.coupons"))
	}
	if found.unread > 0 {
		s.notes = append(s.notes, w.T("customer.list.unread", "count", count(found.unread)))
	}
	return s, nil
}

// endings reads what ends within 30 days. Only when nothing at all could be read
// is that an error.
func (c customerer) endings(ctx context.Context, of partner.Account, all []partner.Customer) (endings, error) {
	ctx, cancel := context.WithTimeout(ctx, expiringTime)
	defer cancel()
	var found endings
	until := c.d.Now().AddDate(0, 0, soon)
	var failed error
	for one, err := range c.d.Center.Coupons(ctx, of, partner.CouponQuery{Status: partner.CouponUsable, ExpireFrom: c.d.Now(), ExpireTo: until, Most: mostScanned}) {
		if err != nil {
			found.coupons, failed = true, err
			break
		}
		found.list = append(found.list, ending{customer: one.CustomerID, kind: one.Type, left: one.Balance, at: one.To})
	}
	var mu sync.Mutex
	some := all[:min(len(all), expiringMost)]
	done, err := each(ctx, some, func(ctx context.Context, _ int, one partner.Customer) error {
		list, err := c.d.expiring(ctx, one.ID, until, mostRead)
		mu.Lock()
		defer mu.Unlock()
		for _, s := range list {
			found.list = append(found.list, ending{customer: one.ID, what: cmp.Or(s.Name, s.ResourceID), service: s.Service, policy: s.Policy, at: s.Expires})
		}
		return err
	})
	found.unread = len(all) - done
	if done == 0 && len(some) > 0 && failed != nil {
		return found, cmp.Or(err, failed)
	}
	slices.SortFunc(found.list, func(a, b ending) int {
		return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.customer, b.customer), cmp.Compare(a.what, b.what), cmp.Compare(a.left, b.left))
	})
	return found, nil
}
