package handlers

import (
	"context"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"partnerdesk/bot"
	"partnerdesk/bot/lang"
	"partnerdesk/handlers/money"
	"partnerdesk/handlers/partner"
)

// vouchers is /voucher: coupons for customers out of the account's quotas, and,
// for a distributor, quotas for resellers.
func vouchers(d *Deps) bot.Command {
	v := voucherer{moneyer{d: d, command: "voucher", cache: &customerCache{d: d}}}
	c := bot.Command{
		Name: "voucher", Needs: bot.RightRead, Area: bot.AreaMoney, Run: v.run,
		Calls: []string{
			"customers", "customer-balances", "quotas", "coupons", "coupon-issue", "coupon-reclaim", "coupon-log",
			"resellers", "quota-give", "quota-reclaim", "quotas-given", "quota-log", "balance", "adjustments",
		},
		Subs: map[string]bot.Action{
			"issue":     {Needs: bot.RightRequest, Run: v.issueForm, Opens: true},
			"list":      {Run: v.list},
			"reclaim":   {Needs: bot.RightRequest, Run: v.reclaim},
			"history":   {Run: v.bothHistories},
			"quota":     {Run: v.quotaWords},
			"show":      {Run: v.showAny},
			"approvals": {Run: v.approvals},
			"give":      {Needs: bot.RightRequest, Run: v.giveForm, Opens: true},
			"take":      {Needs: bot.RightRequest, Run: v.take},
		},
		Actions: v.actions(),
		Forms:   v.forms(),
		Suggests: map[string]bot.Suggestion{
			"customer": {Needs: bot.RightRequest, Run: v.finds().customers}, "reseller": {Needs: bot.RightRequest, Run: v.finds().resellers},
		},
	}
	maps.Copy(c.Actions, map[string]bot.Action{
		"issue":   {Needs: bot.RightRequest, Run: v.issueForm, Opens: true},
		"give":    {Needs: bot.RightRequest, Run: v.giveForm, Opens: true},
		"reclaim": {Needs: bot.RightRequest, Run: v.reclaim},
		"take":    {Needs: bot.RightRequest, Run: v.take},
		"quota":   {Run: v.quotaWords},
		"coupon":  {Run: v.showAny},
	})
	maps.Copy(c.Forms, map[string]bot.Submission{
		"issue": {Needs: bot.RightRequest, Check: v.checkIssue, Run: v.submitIssue},
		"give":  {Needs: bot.RightRequest, Check: v.checkGive, Run: v.submitGive},
	})
	lister(v).into(&c)
	requester{v.moneyer, money.GiveQuota}.add(&c)
	return c
}

type voucherer struct{ moneyer }

// run is /voucher alone: the quotas and what can be done. Asked for a test
// coupon it says what the difference is.
func (v voucherer) run(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	if testCoupon(r.Text) {
		return bot.Outcome{Reply: v.difference(r)}, nil
	}
	if text := oneLine(r.Text); text != "" {
		return bot.Outcome{}, bot.User("voucher.what", "text", clip(text, 40))
	}
	return v.quotas(ctx, r)
}

// testCoupon says that 测试券 is meant, which is another thing under a similar
// name.
func testCoupon(text string) bool {
	s := strings.ToLower(text)
	for _, word := range []string{"测试券", "test coupon", "test voucher", "test-coupon", "测试用券"} {
		if strings.Contains(s, word) {
			return true
		}
	}
	return false
}

// testCouponEntry is the entry of the corpus about the quota of test coupons.
const testCouponEntry = "test-coupon-quota"

func (v voucherer) difference(r bot.Request) bot.Reply {
	w := v.d.words(r)
	reply := bot.Reply{Private: true, Blocks: []bot.Block{
		bot.Paragraph{Inlines: []bot.Inline{bot.Bold(w.T("voucher.test.title"))}},
		bot.Paragraph{Inlines: []bot.Inline{bot.Text(w.T("voucher.test"))}},
	}}
	if v.d.Knowledge != nil && v.d.Knowledge.Entry(testCouponEntry) != nil {
		reply.Blocks = append(reply.Blocks, bot.Buttons{Items: []bot.Button{{Action: "ask.entry", Text: w.T("voucher.test.more"), Value: testCouponEntry}}})
	}
	return reply
}

// usable reads the quotas that can be issued from, the soonest to end first.
func (v voucherer) usable(ctx context.Context, of bot.Account) ([]partner.Quota, error) {
	var list []partner.Quota
	for q, err := range v.d.Money.Center.Quotas(ctx, books(of), partner.QuotaQuery{Status: []partner.QuotaStatus{partner.QuotaNormal}, Most: 200}) {
		if err != nil {
			return nil, center(err)
		}
		if now := v.d.Now(); q.Balance > 0 && !now.Before(q.From) && now.Before(q.To) {
			list = append(list, q)
		}
	}
	slices.SortFunc(list, func(a, b partner.Quota) int { return a.To.Compare(b.To) })
	return list, nil
}

func (v voucherer) quotas(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	if err := v.ready(r); err != nil {
		return bot.Outcome{}, err
	}
	w := v.d.words(r)
	table := bot.Table{Columns: []bot.Column{{Title: w.T("voucher.col.quota")}, {Title: w.T("voucher.col.left"), Numeric: true}, {Title: w.T("voucher.col.value"), Numeric: true},
		{Title: w.T("voucher.col.until")}, {Title: w.T("voucher.col.state")}}}
	var only bot.List
	for q, err := range v.d.Money.Center.Quotas(ctx, books(r.Actor.Account), partner.QuotaQuery{Most: 30}) {
		if err != nil {
			return bot.Outcome{}, center(err)
		}
		state := w.T("voucher.quota.state." + count(int(q.Status)))
		if now := v.d.Now(); q.Status == partner.QuotaNormal && now.Before(q.From) {
			state = w.T("voucher.quota.early")
		} else if q.Status == partner.QuotaNormal && q.To.Sub(now) < 7*24*time.Hour {
			state = w.T("voucher.quota.soon")
		}
		table.Rows = append(table.Rows, []string{q.ID, yuan(q.Balance), yuan(q.Value), v.d.clock(q.To), state})
		if limits := v.limitText(r, q.Limits); limits != "" {
			only.Items = append(only.Items, []bot.Inline{bot.Text(w.T("voucher.quota.only", "id", q.ID, "limits", limits))})
		}
	}
	if len(table.Rows) == 0 {
		return bot.Outcome{}, bot.User("voucher.quota.none")
	}
	buttons := bot.Buttons{Items: []bot.Button{{Action: "voucher.issue", Text: w.T("voucher.issue.title"), Style: bot.StylePrimary}}}
	if v.d.Access.Offers(bot.AreaReseller) && r.Actor.Account == bot.Operator() {
		buttons.Items = append(buttons.Items, bot.Button{Action: "voucher.give", Text: w.T("voucher.give.title")},
			bot.Button{Action: "voucher.quota", Text: w.T("voucher.quota.log"), Value: "log"}, bot.Button{Action: "voucher.quota", Text: w.T("voucher.lapse.title"), Value: "expiring"})
	}
	blocks := []bot.Block{bot.Heading{Text: w.T("voucher.quotas")}, table}
	if len(only.Items) > 0 {
		blocks = append(blocks, only)
	}
	return bot.Outcome{Reply: bot.Reply{Private: true, Blocks: append(blocks, buttons)}}, nil
}

// issueForm asks for what is needed, filled in as far as is known. Customers are
// read along, so that names can be checked while the form is open.
func (v voucherer) issueForm(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	if err := v.ready(r); err != nil {
		return bot.Outcome{}, err
	}
	w := v.d.words(r)
	if testCoupon(r.Text) {
		return bot.Outcome{Reply: v.difference(r)}, nil
	}
	known := typed(r.Value)
	if r.Kind != bot.KindClick {
		known = url.Values{"customers": {oneLine(r.Text)}}
	}
	if r.Kind != bot.KindClick && r.Kind != bot.KindCommand {
		return offerForm(w, "voucher.issue", "voucher.issue.title", known), nil
	}
	quotas, err := v.usable(ctx, r.Actor.Account)
	if err != nil {
		return bot.Outcome{}, err
	}
	if len(quotas) == 0 {
		return bot.Outcome{}, bot.User("voucher.quota.none")
	}
	v.cache.load(ctx, r.Actor.Account)
	return bot.Outcome{Reply: bot.Reply{Form: &bot.Form{
		Name: "voucher.issue", Title: w.T("voucher.issue.title"), Submit: w.T("money.button.preview"), Close: w.T("form.close"),
		Intro: []bot.Block{bot.Note{Inlines: []bot.Inline{bot.Text(w.T("voucher.issue.intro"))}}},
		Fields: []bot.FormField{
			v.quotaField(w, quotas, known.Get("quota")),
			{Name: "customers", Kind: bot.FieldSearchMany, Search: "voucher.customer", Most: money.MaxParties, Label: w.T("money.field.customers"), Hint: w.T("money.field.customers.hint", "most", count(money.MaxParties)), Placeholder: w.T("search.customer"),
				Chosen: v.finds().chosen(r, rosterKey{of: books(r.Actor.Account)}, names(known.Get("customers")))},
			{Name: "amount", Kind: bot.FieldLine, Label: w.T("voucher.field.face"), Hint: w.T("money.field.amount.hint"), Initial: known.Get("amount"), Max: 40},
			{Name: "from", Kind: bot.FieldLine, Label: w.T("voucher.field.from"), Hint: w.T("voucher.field.from.hint"), Initial: known.Get("from"), Optional: true, Max: 30},
			{Name: "until", Kind: bot.FieldLine, Label: w.T("money.field.until"), Hint: w.T("voucher.field.until.hint"), Initial: known.Get("until"), Optional: true, Max: 30},
			{Name: "services", Kind: bot.FieldLine, Label: w.T("voucher.field.services"), Hint: w.T("voucher.field.services.hint", "most", count(partner.MaxServices)), Initial: known.Get("services"), Optional: true, Max: 700},
			{Name: "remark", Kind: bot.FieldLine, Label: w.T("money.field.remark"), Hint: w.T("voucher.field.remark.hint"), Initial: known.Get("remark"), Optional: true, Max: 45},
		},
	}}}, nil
}

func (v voucherer) quotaField(w lang.Words, quotas []partner.Quota, chosen string) bot.FormField {
	f := bot.FormField{Name: "quota", Kind: bot.FieldChoice, Label: w.T("voucher.field.quota"), Initial: quotas[0].ID}
	for _, q := range quotas[:min(len(quotas), mostOptions)] {
		f.Options = append(f.Options, bot.Option{Value: q.ID, Text: w.T("voucher.field.quota.option", "left", yuan(q.Balance), "until", v.d.clock(q.To)[:10], "id", clip(q.ID, 8))})
		if q.ID == chosen {
			f.Initial = chosen
		}
	}
	return f
}

// amountFault names the rule that an amount breaks; empty when none.
func (m moneyer) amountFault(text string) (partner.Fen, string) {
	v, key := amountKey(text)
	if key != "" {
		return 0, key
	}
	if m.d.Money != nil && v > m.d.Money.Policy.Full().PerOperation {
		return 0, "money.fault.per_operation"
	}
	return v, ""
}

func (v voucherer) checkIssue(_ context.Context, r bot.Request) (map[string]string, error) {
	faults := map[string]string{}
	each, fault := v.amountFault(r.Values["amount"])
	put(faults, "amount", fault)
	v.checkTimes(r, faults)
	switch services, products := codes(r.Values["services"]); {
	case len(services) > partner.MaxServices || len(products) > partner.MaxServices:
		faults["services"] = "voucher.fault.services"
	case slices.ContainsFunc(append(services, products...), func(c string) bool { return !isCode(c) }):
		faults["services"] = "voucher.fault.service"
	}
	customers := names(r.Values["customers"])
	put(faults, "customers", v.checkNames(r.Actor.Account, customers, money.MaxParties))
	if v.d.Money != nil && faults["amount"] == "" && faults["customers"] == "" && each*partner.Fen(len(customers)) > v.d.Money.Policy.Full().PerOperation {
		faults["amount"] = "money.fault.per_operation"
	}
	return faults, nil
}

func put(faults map[string]string, field, key string) {
	if key != "" {
		faults[field] = key
	}
}

// submitIssue makes the draft. What is wrong only the partner center knows is
// said with the way back to the form, as it was typed.
func (v voucherer) submitIssue(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	return v.orEdit(r, "issue", func() (bot.Outcome, error) {
		if err := v.ready(r); err != nil {
			return bot.Outcome{}, err
		}
		if err := v.faulty(ctx, r, v.checkIssue); err != nil {
			return bot.Outcome{}, err
		}
		parties, err := v.resolve(ctx, r, names(r.Values["customers"]))
		if err != nil {
			return bot.Outcome{}, err
		}
		each, _ := v.amountFault(r.Values["amount"])
		from, _ := v.from(r.Values["from"])
		until, _ := v.until(r.Values["until"])
		quota, err := v.d.quota(ctx, r.Actor.Account, oneLine(r.Values["quota"]))
		if err != nil {
			quota, err = v.only(ctx, r, err)
		}
		if err != nil {
			return bot.Outcome{}, err
		}
		if until.After(quota.To) {
			return bot.Outcome{}, bot.User("voucher.no.until", "time", v.d.clock(quota.To))
		}
		if !from.IsZero() && from.Before(quota.From) {
			return bot.Outcome{}, bot.User("voucher.no.from", "time", v.d.clock(quota.From))
		}
		services, products := codes(r.Values["services"])
		return v.draft(ctx, r, money.Operation{Kind: money.IssueCoupon, Quota: quota.ID, Parties: parties, Amount: each, From: from, To: until,
			Services: services, Products: products, Remark: clip(oneLine(r.Values["remark"]), 44)}, "")
	})
}

// only is the quota that is meant when none was chosen: the only one there is.
func (v voucherer) only(ctx context.Context, r bot.Request, why error) (partner.Quota, error) {
	if oneLine(r.Values["quota"]) != "" {
		return partner.Quota{}, center(why)
	}
	quotas, err := v.usable(ctx, r.Actor.Account)
	if err == nil && len(quotas) != 1 {
		err = bot.User("voucher.no.quota")
	}
	if err != nil {
		return partner.Quota{}, err
	}
	return quotas[0], nil
}

// faulty runs a form's check once more: a submission may not have seen it.
func (m moneyer) faulty(ctx context.Context, r bot.Request, check func(context.Context, bot.Request) (map[string]string, error)) error {
	faults, err := check(ctx, r)
	if err != nil {
		return err
	}
	for _, field := range slices.Sorted(maps.Keys(faults)) {
		return bot.User(faults[field])
	}
	return nil
}

// orEdit answers what the person can put right with the reason and a button back
// to the form, in which nothing typed is lost.
func (m moneyer) orEdit(r bot.Request, action string, run func() (bot.Outcome, error)) (bot.Outcome, error) {
	out, err := run()
	no, ok := userError(err)
	if !ok {
		return out, err
	}
	w := m.d.words(r)
	reply := private(bot.Text(w.T(no.Key, no.Args...)))
	values := url.Values{}
	for k, v := range r.Values {
		values.Set(k, v)
	}
	value := values.Encode()
	if len(value) > 1900 {
		values.Del("remark")
		values.Del("customers")
		value = values.Encode()
	}
	reply.Blocks = append(reply.Blocks, bot.Buttons{Items: []bot.Button{{Action: m.command + "." + action, Text: w.T("money.button.edit"), Value: value}}})
	return bot.Outcome{Reply: reply}, nil
}

// typed reads back what orEdit keeps.
func typed(value string) url.Values {
	values, err := url.ParseQuery(value)
	if err != nil {
		return url.Values{}
	}
	return values
}

// offerForm is the way to a form where none can be opened at once.
func offerForm(w lang.Words, action, title string, known url.Values) bot.Outcome {
	reply := private(bot.Text(w.T("money.offer")))
	reply.Blocks = append(reply.Blocks, bot.Buttons{Items: []bot.Button{{Action: action, Text: w.T(title), Value: clip(known.Encode(), 1900), Style: bot.StylePrimary}}})
	return bot.Outcome{Reply: reply}
}
