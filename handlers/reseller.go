package handlers

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"strconv"
	"time"

	"partnerdesk/bot"
	"partnerdesk/bot/lang"
	"partnerdesk/handlers/partner"
)

// resellers is /reseller: a distributor's resellers, their balances and quotas.
// It is for the distributor's own people: a reseller sees none of the others.
func resellers(d *Deps, has func(command string) bool) bot.Command {
	s := reseller{d: d, has: has, shelf: &shelf{now: d.Now}}
	return bot.Command{
		Name: "reseller", Needs: bot.RightRead, Area: bot.AreaReseller, Run: s.only(s.run),
		Calls:    []string{"resellers", "balance", "quotas-given", "adjustments", "customers", "statement", "monthly", "coupon-log"},
		Subs:     map[string]bot.Action{"list": {Run: s.only(s.list)}, "statement": {Needs: bot.RightExport, Run: s.only(s.statementTyped)}},
		Suggests: map[string]bot.Suggestion{"find": {Run: suggests{d: d, value: byID}.resellers}},
		Actions: map[string]bot.Action{
			"show": {Run: s.only(s.show)},
			"list": {Run: s.only(s.listClicked)},
			"anew": {Run: s.only(s.listAnew)},

			"statement": {Needs: bot.RightExport, Run: s.only(s.statementClicked)},
		},
	}
}

type reseller struct {
	d     *Deps
	has   func(command string) bool
	shelf *shelf
}

// only lets the operator's own people through. Offering the area says that the
// operator is a distributor; who works for a reseller is refused all the same.
func (s reseller) only(h bot.Handler) bot.Handler {
	return func(ctx context.Context, r bot.Request) (bot.Outcome, error) {
		if r.Actor.Account != bot.Operator() {
			return bot.Outcome{}, &bot.Refusal{Reason: "account", Key: "refusal.area.reseller"}
		}
		if err := s.d.centerSet(r); err != nil {
			return bot.Outcome{}, err
		}
		return h(ctx, r)
	}
}

func (s reseller) run(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	name := oneLine(r.Text)
	if name == "" {
		return s.list(ctx, r)
	}
	found, more, err := s.named(ctx, name)
	if err != nil {
		return bot.Outcome{}, err
	}
	if len(found) == 1 {
		return s.hub(ctx, r, found[0])
	}
	w := s.d.words(r)
	var items []bot.Button
	for _, one := range found {
		items = append(items, bot.Button{Action: "reseller.show", Text: cmp.Or(one.Name, one.Account), Value: string(one.ID)})
	}
	reply := private(bot.Text(w.T("reseller.several", "count", count(len(found)), "name", clip(name, 40))))
	reply.Blocks = append(reply.Blocks, bot.Buttons{Items: items})
	if more {
		reply.Blocks = append(reply.Blocks, bot.Note{Inlines: plain(w.T("balance.more"))})
	}
	return bot.Outcome{Reply: reply}, nil
}

// named are the resellers that a typed name may mean; more says that there are
// others. Nobody of that name is an error for the person.
func (s reseller) named(ctx context.Context, name string) (found []partner.Reseller, more bool, err error) {
	all, _, err := s.every(ctx)
	if err != nil {
		return nil, false, err
	}
	var near picked[partner.Reseller]
	for _, one := range all {
		if far := closeness(name, string(one.ID), one.Account, one.Name); far < farAway {
			near.add(far, string(one.ID), one)
		}
	}
	found, more = near.best()
	if len(found) == 0 {
		return nil, false, bot.User("reseller.nobody", "name", clip(name, 40))
	}
	return found, more, nil
}

// every reads all resellers, without contacts, in the order of their association.
func (s reseller) every(ctx context.Context) ([]partner.Reseller, time.Time, error) {
	return shelve(s.shelf, partner.Operator, "resellers", func() (list []partner.Reseller, err error) {
		for one, err := range s.d.Center.Resellers(ctx, partner.ResellerQuery{Most: mostScanned}) {
			if err != nil {
				return nil, center(err)
			}
			one.Phone, one.Mail = "", ""
			list = append(list, one)
		}
		return list, nil
	})
}

func (s reseller) listClicked(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	out, err := s.list(ctx, r)
	out.Reply.Replace = true
	return out, err
}

func (s reseller) listAnew(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	s.shelf.clear(partner.Operator)
	return s.listClicked(ctx, r)
}

// list shows a page of resellers. Balances take a call each, so they are read
// for the page that shows only.
func (s reseller) list(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	w := s.d.words(r)
	all, at, err := s.every(ctx)
	if err != nil {
		return bot.Outcome{}, err
	}
	from := 0
	if n, err := strconv.Atoi(r.Value); err == nil && n > 0 && n < len(all) {
		from = n
	}
	shown := all[from:min(from+pageRows, len(all))]
	balances := make([]partner.Balance, len(shown))
	short, cancel := context.WithTimeout(ctx, partTime)
	defer cancel()
	done, _ := each(short, shown, func(ctx context.Context, i int, one partner.Reseller) error {
		b, _, err := shelve(s.shelf, partner.Operator, "balance/"+string(one.ID), func() (partner.Balance, error) { return s.d.Center.Balance(ctx, one.ID) })
		balances[i] = b
		return err
	})
	table := bot.Table{Columns: []bot.Column{{Title: w.T("reseller.name")}, {Title: w.T("balance.login")}, {Title: w.T("reseller.free"), Numeric: true}, {Title: w.T("customer.since")}}}
	var items []bot.Button
	for i, one := range shown {
		free := "—"
		if f, known := balances[i].Grantable(); known {
			free = yuan(f)
		}
		table.Rows = append(table.Rows, []string{cmp.Or(one.Name, one.Account), one.Account, free, day(s.d, one.Associated)})
		items = append(items, bot.Button{Action: "reseller.show", Text: clip(cmp.Or(one.Name, one.Account), 30), Value: string(one.ID)})
	}
	blocks := []bot.Block{bot.Heading{Text: w.T("reseller.list", "count", count(len(all)))}}
	if len(all) == 0 {
		return bot.Outcome{Reply: bot.Reply{Private: true, Blocks: append(blocks, bot.Paragraph{Inlines: plain(w.T("customer.list.none"))})}}, nil
	}
	blocks = append(blocks, table)
	if done < len(shown) {
		blocks = append(blocks, bot.Note{Inlines: plain(w.T("customer.list.balances"))})
	}
	if len(all) >= mostScanned {
		blocks = append(blocks, bot.Note{Inlines: plain(w.T("reseller.list.capped", "most", count(mostScanned)))})
	}
	turns := append(pageTurns(w, "reseller.list", from, len(all), count), bot.Button{Action: "reseller.anew", Text: w.T("balance.refresh"), Value: count(from)})
	blocks = append(blocks, balancer{d: s.d}.fresh(w, at), bot.Buttons{Items: items}, bot.Buttons{Items: turns}, bot.Search{Action: "reseller.show", From: "reseller.find", Text: w.T("search.reseller")})
	return bot.Outcome{Reply: bot.Reply{Private: true, Blocks: blocks}}, nil
}

// show reads the reseller that a clicked value names, among the operator's own.
func (s reseller) show(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	if r.Value != "" && len(r.Value) <= 64 {
		for one, err := range s.d.Center.Resellers(ctx, partner.ResellerQuery{ID: partner.Account(r.Value), Most: 1}) {
			if err != nil {
				return bot.Outcome{}, center(err)
			}
			if string(one.ID) == r.Value {
				out, err := s.hub(ctx, r, one)
				out.Reply.Replace = true
				return out, err
			}
		}
	}
	return bot.Outcome{}, bot.User("reseller.nobody", "name", clip(r.Value, 40))
}

// hub is the page about one reseller: its money and how many customers it has,
// not who they are.
func (s reseller) hub(ctx context.Context, r bot.Request, one partner.Reseller) (bot.Outcome, error) {
	w := s.d.words(r)
	at := resellerPage{s.d, w, one}
	blocks := []bot.Block{bot.Heading{Text: cmp.Or(one.Name, one.Account)}, bot.Fields{Items: []bot.Field{
		{Label: w.T("balance.login"), Value: plain(one.Account)},
		{Label: w.T("customer.manager"), Value: plain(orDash(one.ManagerName))},
		{Label: w.T("customer.since"), Value: plain(day(s.d, one.Associated))},
		{Label: w.T("reseller.id"), Value: []bot.Inline{bot.Code(one.ID)}},
	}}}
	blocks = append(blocks, load(ctx, w, []part{{"reseller.balance", at.balance}, {"reseller.quotas", at.quotas}, {"reseller.customers", at.customers}, {"reseller.grants", at.grants}})...)
	if err := ctx.Err(); err != nil {
		return bot.Outcome{}, err
	}
	items := []bot.Button{{Action: "reseller.show", Text: w.T("balance.refresh"), Value: string(one.ID)}}
	if s.d.Money != nil && s.d.may(ctx, r, bot.RightRequest, bot.AreaMoney) {
		if s.has("funds") {
			items = append(items, bot.Button{Action: "funds.grant", Text: w.T("customer.button.funds"), Value: url.Values{"to": {"reseller"}, "name": {one.Account}}.Encode()})
		}
		if s.has("voucher") {
			items = append(items, bot.Button{Action: "voucher.give", Text: w.T("reseller.button.quota"), Value: url.Values{"resellers": {one.Account}}.Encode()})
		}
	}
	if s.d.may(ctx, r, bot.RightExport, bot.AreaReseller) {
		items = append(items, lastMonth(w, s.d.Now(), "reseller.statement", string(one.ID)))
	}
	items = append(items, bot.Button{Action: "reseller.list", Text: w.T("reseller.button.list"), Value: "0"})
	blocks = append(blocks, balancer{d: s.d}.fresh(w, s.d.Now()), bot.Buttons{Items: items})
	return bot.Outcome{Reply: bot.Reply{Private: true, Blocks: blocks}}, nil
}

type resellerPage struct {
	d   *Deps
	w   lang.Words
	one partner.Reseller
}

func (p resellerPage) balance(ctx context.Context) ([]bot.Block, error) {
	bal, err := p.d.Center.Balance(ctx, p.one.ID)
	if err != nil {
		return nil, err
	}
	var items [][]bot.Inline
	for _, row := range bal.Rows {
		if row.Type == partner.Grantable {
			continue // a figure of its own that is in no total
		}
		name, detail := balancer{d: p.d}.accountRow(p.w, row)
		if detail != "" {
			detail = p.w.T("customer.comma") + detail
		}
		items = append(items, plain(name+" ¥"+yuan(row.Amount)+detail))
	}
	what := p.w.T("balance.unsaid")
	if free, known := bal.Grantable(); known {
		what = p.w.T("reseller.free") + " ¥" + yuan(free)
	}
	return section(p.w, "reseller.balance", what, items), nil
}

// quotas lists what the reseller was given and still has, the soonest to end
// first.
func (p resellerPage) quotas(ctx context.Context) ([]bot.Block, error) {
	var list []partner.Quota
	var left partner.Fen
	for q, err := range p.d.Center.GivenQuotas(ctx, partner.GivenQuery{Reseller: p.one.ID, Most: mostRead}) {
		if err != nil {
			return nil, err
		}
		if q.Reseller == p.one.ID && q.Status != partner.QuotaVoid && q.Status != partner.QuotaReclaimed {
			list, left = append(list, q), left+q.Balance
		}
	}
	if len(list) == 0 {
		return section(p.w, "reseller.quotas", p.w.T("customer.none"), nil), nil
	}
	slices.SortFunc(list, func(a, b partner.Quota) int { return cmp.Or(a.To.Compare(b.To), cmp.Compare(a.ID, b.ID)) })
	at := customerPage{d: p.d}
	var items [][]bot.Inline
	for _, q := range list[:min(len(list), mostOnHub)] {
		text := p.w.T("reseller.quota", "left", yuan(q.Balance), "value", yuan(q.Value)) + " · " + p.d.ends(p.w, q.To)
		switch q.Status {
		case partner.QuotaFrozen:
			text += " · " + p.w.T("reseller.quota.frozen")
		case partner.QuotaAdjusting:
			text += " · " + p.w.T("reseller.quota.adjusting")
		}
		items = append(items, plain(at.mark(q.To)+text))
	}
	blocks := section(p.w, "reseller.quotas", p.w.T("reseller.quotas.sum", "count", atMost(len(list), mostRead), "left", yuan(left)), items)
	if more := len(list) - mostOnHub; more > 0 {
		blocks = append(blocks, bot.Note{Inlines: plain(p.w.T("customer.rest", "count", count(more)))})
	}
	return blocks, nil
}

func (p resellerPage) customers(ctx context.Context) ([]bot.Block, error) {
	all, resale := 0, 0
	for c, err := range p.d.Center.Customers(ctx, p.one.ID, partner.CustomerQuery{Most: mostScanned}) {
		if err != nil {
			return nil, err
		}
		all++
		if c.Association == partner.Resale {
			resale++
		}
	}
	return section(p.w, "reseller.customers", p.w.T("reseller.customers.sum", "count", atMost(all, mostScanned), "resale", count(resale)), nil), nil
}

// grants lists the last three grants of cash to the reseller.
func (p resellerPage) grants(ctx context.Context) ([]bot.Block, error) {
	var list []partner.Adjustment
	for a, err := range p.d.Center.Adjustments(ctx, partner.Operator, partner.AdjustmentQuery{CustomerID: string(p.one.ID), Kind: partner.Granted, From: p.d.Now().AddDate(-1, 0, 0), Most: mostRead}) {
		if err != nil {
			return nil, err
		}
		if a.CustomerID == "" || a.CustomerID == string(p.one.ID) {
			list = append(list, a)
		}
	}
	if len(list) == 0 {
		return section(p.w, "reseller.grants", p.w.T("reseller.grants.none"), nil), nil
	}
	slices.SortFunc(list, func(a, b partner.Adjustment) int {
		return cmp.Or(b.At.Compare(a.At), cmp.Compare(a.TransID, b.TransID))
	})
	var items [][]bot.Inline
	for _, a := range list[:min(len(list), 3)] {
		items = append(items, plain(p.d.clock(a.At)+" ¥"+yuan(a.Amount)))
	}
	return section(p.w, "reseller.grants", p.w.T("reseller.grants.sum", "count", atMost(len(list), mostRead)), items), nil
}
