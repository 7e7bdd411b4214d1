package handlers

import (
	"cmp"
	"context"
	"maps"
	"net/url"

	"partnerdesk/bot"
	"partnerdesk/handlers/money"
)

// funds is /funds: cash for resale customers and, for a distributor, for
// resellers; and back.
func funds(d *Deps) bot.Command {
	f := funder{moneyer{d: d, command: "funds", cache: &customerCache{d: d}}}
	opens := func(back bool) bot.Action {
		return bot.Action{Needs: bot.RightRequest, Run: f.form(back), Opens: true}
	}
	c := bot.Command{
		Name: "funds", Needs: bot.RightRead, Area: bot.AreaMoney, Run: f.run,
		Calls: []string{
			"balance", "customers", "customer-balances", "customer-grant", "customer-reclaim",
			"resellers", "reseller-grant", "reseller-reclaim", "adjustments", "quotas-given",
		},
		Subs: map[string]bot.Action{
			"grant": opens(false), "reclaim": opens(true), "history": {Run: f.bothHistories}, "show": {Run: f.show}, "approvals": {Run: f.approvals},
		},
		Actions:  f.actions(),
		Forms:    f.forms(),
		Suggests: map[string]bot.Suggestion{"party": {Needs: bot.RightRequest, Run: f.finds().parties}},
	}
	maps.Copy(c.Actions, map[string]bot.Action{"grant": opens(false), "reclaim": opens(true)})
	maps.Copy(c.Forms, map[string]bot.Submission{
		"grant":   {Needs: bot.RightRequest, Check: f.check, Run: f.submit(false)},
		"reclaim": {Needs: bot.RightRequest, Check: f.check, Run: f.submit(true)},
	})
	lister(f).into(&c)
	requester{f.moneyer, money.GrantReseller}.add(&c)
	return c
}

type funder struct{ moneyer }

// run is /funds alone: what can be granted, and the two ways.
func (f funder) run(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	if err := f.ready(r); err != nil {
		return bot.Outcome{}, err
	}
	if text := oneLine(r.Text); text != "" {
		return bot.Outcome{}, bot.User("funds.what", "text", clip(text, 40))
	}
	bal, err := f.d.Money.Center.Balance(ctx, books(r.Actor.Account))
	if err != nil {
		return bot.Outcome{}, center(err)
	}
	w := f.d.words(r)
	reply := private(bot.Text(w.T("funds.unsaid")))
	if free, known := bal.Grantable(); known {
		reply = private(bot.Text(w.T("funds.grantable", "amount", yuan(free))))
	}
	reply.Blocks = append(reply.Blocks, bot.Note{Inlines: []bot.Inline{bot.Text(w.T("funds.rule"))}}, bot.Buttons{Items: []bot.Button{
		{Action: "funds.grant", Text: w.T("funds.grant.title"), Style: bot.StylePrimary}, {Action: "funds.reclaim", Text: w.T("funds.reclaim.title")},
	}})
	return bot.Outcome{Reply: reply}, nil
}

// resells says that the person may move cash to and from resellers.
func (f funder) resells(r bot.Request) bool { return f.distributor(r) == nil }

func (f funder) form(back bool) bot.Handler {
	name := "grant"
	if back {
		name = "reclaim"
	}
	return func(ctx context.Context, r bot.Request) (bot.Outcome, error) {
		if err := f.ready(r); err != nil {
			return bot.Outcome{}, err
		}
		w := f.d.words(r)
		known := typed(r.Value)
		if r.Kind != bot.KindClick {
			known = url.Values{"name": {oneLine(r.Text)}}
		}
		if r.Kind != bot.KindClick && r.Kind != bot.KindCommand {
			return offerForm(w, "funds."+name, "funds."+name+".title", known), nil
		}
		f.cache.load(ctx, r.Actor.Account)
		form := bot.Form{Name: "funds." + name, Title: w.T("funds." + name + ".title"), Submit: w.T("money.button.preview"), Close: w.T("form.close"),
			Intro: []bot.Block{bot.Note{Inlines: []bot.Inline{bot.Text(w.T("funds.rule"))}}}}
		if f.resells(r) {
			form.Fields = append(form.Fields, bot.FormField{Name: "to", Kind: bot.FieldChoice, Label: w.T("funds.field.to"), Initial: cmp.Or(known.Get("to"), "customer"), Options: []bot.Option{
				{Value: "customer", Text: w.T("funds.to.customer")}, {Value: "reseller", Text: w.T("funds.to.reseller")},
			}})
		}
		form.Fields = append(form.Fields,
			bot.FormField{Name: "name", Kind: bot.FieldSearch, Search: "funds.party", Label: w.T("funds.field.name"), Hint: w.T("funds.field.name.hint"), Placeholder: w.T("search.party"),
				Chosen: f.finds().chosen(r, rosterKey{of: books(r.Actor.Account), resellers: known.Get("to") == "reseller"}, names(known.Get("name")))},
			bot.FormField{Name: "amount", Kind: bot.FieldLine, Label: w.T("funds.field.amount"), Hint: w.T("money.field.amount.hint"), Initial: known.Get("amount"), Max: 40},
			bot.FormField{Name: "remark", Kind: bot.FieldLine, Label: w.T("money.field.remark"), Hint: w.T("funds.field.remark.hint"), Initial: known.Get("remark"), Optional: true, Max: 100})
		return bot.Outcome{Reply: bot.Reply{Form: &form}}, nil
	}
}

func (f funder) check(_ context.Context, r bot.Request) (map[string]string, error) {
	faults := map[string]string{}
	_, fault := f.amountFault(r.Values["amount"])
	put(faults, "amount", fault)
	name := oneLine(r.Values["name"])
	switch {
	case name == "":
		faults["name"] = "money.fault.customer"
	case r.Values["to"] != "reseller":
		put(faults, "name", f.checkNames(r.Actor.Account, []string{name}, 1))
	}
	return faults, nil
}

func (f funder) submit(back bool) bot.Handler {
	return func(ctx context.Context, r bot.Request) (bot.Outcome, error) {
		action := "grant"
		if back {
			action = "reclaim"
		}
		return f.orEdit(r, action, func() (bot.Outcome, error) {
			if err := f.ready(r); err != nil {
				return bot.Outcome{}, err
			}
			if err := f.faulty(ctx, r, f.check); err != nil {
				return bot.Outcome{}, err
			}
			amount, _ := f.amountFault(r.Values["amount"])
			o := money.Operation{Amount: amount, Remark: clip(oneLine(r.Values["remark"]), 100)}
			typed := []string{oneLine(r.Values["name"])}
			var err error
			switch to := r.Values["to"] == "reseller"; {
			case to:
				if err := f.distributor(r); err != nil {
					return bot.Outcome{}, err
				}
				o.Kind = money.GrantReseller
				if back {
					o.Kind = money.ReclaimReseller
				}
				o.Parties, err = f.moneyer.resellers(ctx, typed)
			default:
				o.Kind = money.GrantCustomer
				if back {
					o.Kind = money.ReclaimCustomer
				}
				o.Parties, err = f.resolve(ctx, r, typed)
			}
			if err != nil {
				return bot.Outcome{}, err
			}
			return f.draft(ctx, r, o, "")
		})
	}
}
