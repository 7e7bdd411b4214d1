package handlers

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"partnerdesk/bot"
	"partnerdesk/bot/lang"
	"partnerdesk/handlers/money"
	"partnerdesk/handlers/partner"
)

// freezer is /desk freeze, thaw and limits. Approvers and admins stop new sends
// at once, alone; to end that takes two of them. What is under way is finished,
// and what is unknown is still looked for.
type freezer struct{ d *Deps }

func (f freezer) subs() map[string]bot.Action {
	return map[string]bot.Action{"freeze": {Run: f.freeze}, "thaw": {Run: f.thaw}, "limits": {Run: f.limits}}
}

// may lets approvers and admins of the operator through.
func (f freezer) may(ctx context.Context, r bot.Request) error {
	if f.d.Money == nil {
		return bot.User("money.unset", "admin", f.d.words(r).T("person.admin"))
	}
	_, err := f.d.Access.Authorize(ctx, r.Actor.Person, bot.RightApprove, bot.AreaMoney)
	if _, no := errors.AsType[*bot.Refusal](err); no {
		_, err = f.d.Access.Authorize(ctx, r.Actor.Person, bot.RightConfigure, bot.AreaDesk)
	}
	if no, ok := errors.AsType[*bot.Refusal](err); ok {
		err = &bot.Refusal{Reason: no.Reason, Key: "refusal.freeze"}
	}
	if err == nil && (r.Actor.Account != bot.Operator() || r.Actor.Huawei) {
		err = &bot.Refusal{Reason: "account", Key: "refusal.freeze"}
	}
	return err
}

// scope is what a freeze is about: everything, or one account. A reseller is
// named by a part of its name, its login or its ID; one that does not exist is
// refused, because a freeze of nobody looks like a freeze. What is frozen by that
// very name already needs no look, so that it can be thawed.
func (f freezer) scope(ctx context.Context, r bot.Request) (scope, name string, err error) {
	text := oneLine(r.Text)
	if text == "" || text == money.Everything || slices.Contains(strings.Fields(f.d.words(r).T("money.freeze.words.all")), strings.ToLower(text)) {
		return money.Everything, f.d.words(r).T("money.freeze.all"), nil
	}
	if text == bot.Operator().String() {
		return text, f.d.words(r).T("money.freeze.operator"), nil
	}
	freezes, err := f.d.Money.Book.Freezes(ctx, team(r))
	if err != nil {
		return "", "", err
	}
	text = strings.TrimPrefix(text, bot.Reseller("").String())
	for _, z := range freezes {
		if z.Scope == bot.Reseller(text).String() {
			return z.Scope, text, nil
		}
	}
	if fold(text) == "" || !f.d.Access.Offers(bot.AreaReseller) {
		return "", "", bot.User("money.freeze.which")
	}
	var near picked[partner.Reseller]
	for one, err := range f.d.Money.Center.Resellers(ctx, partner.ResellerQuery{Most: mostScanned}) {
		if err != nil {
			return "", "", bot.User("money.freeze.unread", "name", clip(text, 40)).Because(err)
		}
		if far := closeness(text, string(one.ID), one.Account, one.Name); far < farAway {
			near.add(far, string(one.ID), one)
		}
	}
	found, _ := near.best()
	switch len(found) {
	case 0:
		return "", "", bot.User("reseller.nobody", "name", clip(text, 40))
	case 1:
		return bot.Reseller(string(found[0].ID)).String(), cmp.Or(found[0].Name, found[0].Account), nil
	}
	var names []string
	for _, one := range found {
		names = append(names, cmp.Or(one.Name, one.Account)+" ("+cmp.Or(one.Account, string(one.ID))+")")
	}
	return "", "", bot.User("money.freeze.several", "name", clip(text, 40), "names", strings.Join(names, ", "))
}

func (f freezer) freeze(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	return f.change(ctx, r, "desk.freeze", func(old money.Freeze, scope string) (money.Freeze, string, error) {
		if old.Set() && old.ThawBy == (bot.PersonID{}) {
			return old, "money.freeze.already", nil
		}
		return money.Freeze{Scope: scope, By: r.Person, At: f.d.Now()}, "money.freeze.done", nil
	})
}

func (f freezer) thaw(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	return f.change(ctx, r, "desk.thaw", func(old money.Freeze, _ string) (money.Freeze, string, error) {
		after, err := old.Thaw(r.Person)
		if after.Set() {
			return after, "money.thaw.first", err
		}
		return after, "money.thaw.done", err
	})
}

func (f freezer) change(ctx context.Context, r bot.Request, action string, do func(old money.Freeze, scope string) (after money.Freeze, key string, err error)) (bot.Outcome, error) {
	if err := f.may(ctx, r); err != nil {
		return bot.Outcome{}, err
	}
	scope, name, err := f.scope(ctx, r)
	if err != nil {
		return bot.Outcome{}, err
	}
	w, now := f.d.words(r), f.d.Now()
	frozen, err := f.d.Money.Book.Freezes(ctx, team(r))
	if err != nil {
		return bot.Outcome{}, err
	}
	return bot.Outcome{Apply: func(tx bot.Tx) (bot.Reply, error) {
		old, err := f.d.Money.Book.FreezeIn(tx, team(r), scope)
		if err != nil {
			return bot.Reply{}, err
		}
		after, key, err := do(old, scope)
		if no, ok := userError(err); ok {
			return private(bot.Text(w.T(no.Key, no.Args...) + f.others(w, frozen, scope))), nil
		}
		if err != nil {
			return bot.Reply{}, err
		}
		if err := f.d.Money.Book.PutFreeze(tx, team(r), scope, after); err != nil {
			return bot.Reply{}, err
		}
		return private(bot.Text(w.T(key, "scope", name))), tx.Audit(bot.Entry{
			Stream: "freeze/" + scope, Person: r.Person, Account: r.Actor.Account, Action: action, Object: scope, Outcome: "ok", At: now,
			Facts: map[string]string{"result": key},
		})
	}}, nil
}

// scopeWords names what is frozen.
func scopeWords(w lang.Words, scope string) string {
	switch id, reseller := strings.CutPrefix(scope, "reseller:"); {
	case scope == money.Everything:
		return w.T("money.freeze.all")
	case reseller:
		return w.T("money.freeze.reseller", "id", id)
	}
	return w.T("money.freeze.operator")
}

// others names what is frozen besides, for who thaws what is not.
func (freezer) others(w lang.Words, frozen []money.Freeze, scope string) string {
	var list []string
	for _, z := range frozen {
		if z.Scope != scope {
			list = append(list, scopeWords(w, z.Scope)+w.T("money.freeze.write", "scope", z.Scope))
		}
	}
	if len(list) == 0 {
		return ""
	}
	return gap(w) + w.T("money.freeze.others", "list", strings.Join(list, " · "))
}

// limits shows what the operator decided about money, to everybody whom the
// limits hold: a refusal names them.
func (f freezer) limits(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	if f.d.Money == nil {
		return bot.Outcome{}, bot.User("money.unset", "admin", f.d.words(r).T("person.admin"))
	}
	if err := f.may(ctx, r); err != nil {
		if _, err := f.d.Access.Authorize(ctx, r.Actor.Person, bot.RightRequest, bot.AreaMoney); err != nil {
			return bot.Outcome{}, err
		}
	}
	w, p := f.d.words(r), f.d.Money.Policy.Full()
	approvers, err := f.d.Money.actors(ctx, f.d.Access, bot.RightApprove, r.Actor.Account)
	if err != nil {
		return bot.Outcome{}, err
	}
	text := func(s string) []bot.Inline { return []bot.Inline{bot.Text(s)} }
	fields := bot.Fields{Items: []bot.Field{
		{Label: w.T("money.limits.threshold"), Value: text("¥" + yuan(p.Threshold))},
		{Label: w.T("money.limits.operation"), Value: text("¥" + yuan(p.PerOperation))},
		{Label: w.T("money.limits.person"), Value: text("¥" + yuan(p.PerPerson))},
		{Label: w.T("money.limits.party"), Value: text("¥" + yuan(p.PerParty))},
		{Label: w.T("money.limits.day"), Value: text("¥" + yuan(p.PerDay))},
		{Label: w.T("money.limits.approvers"), Value: text(count(len(approvers)))},
	}}
	freezes, err := f.d.Money.Book.Freezes(ctx, team(r))
	if err != nil {
		return bot.Outcome{}, err
	}
	blocks := []bot.Block{bot.Heading{Text: w.T("money.limits")}, fields}
	for _, z := range freezes {
		if r.Actor.Account != bot.Operator() && z.Scope != money.Everything && z.Scope != r.Actor.Account.String() {
			continue // another account's
		}
		blocks = append(blocks, bot.Paragraph{Inlines: []bot.Inline{bot.Text("⛔ " + w.T("money.limits.frozen", "scope", scopeWords(w, z.Scope), "time", f.d.clock(z.At)) + " "), bot.Mention{Person: z.By}}})
	}
	return bot.Outcome{Reply: bot.Reply{Private: true, Blocks: append(blocks, bot.Note{Inlines: text(w.T("money.limits.note", "policy", p.Revision()))})}}, nil
}
