package handlers

import (
	"context"
	"errors"
	"maps"
	"net/url"
	"strings"

	"partnerdesk/bot"
	"partnerdesk/bot/lang"
	"partnerdesk/handlers/input"
	"partnerdesk/handlers/money"
	"partnerdesk/handlers/partner"
)

// requester is the part of /funds and /voucher by which a reseller's people ask
// their distributor for cash or a quota: /funds request, /voucher request, and
// the same by mention for people of other teams. What is understood is shown
// back; only what they send on reaches the distributor. Whoever asks learns
// nothing of the distributor but what was decided.
type requester struct {
	moneyer
	kind money.Kind // GrantReseller or GiveQuota
}

// add puts the requests into a command's tables.
func (q requester) add(c *bot.Command) {
	asks := func(run bot.Handler) bot.Action {
		return bot.Action{Needs: bot.RightRequest, Area: bot.AreaRequests, Run: run}
	}
	decides := func(run bot.Handler, opens bool) bot.Action {
		return bot.Action{Needs: bot.RightApprove, Area: bot.AreaReseller, Run: q.decider(run), Opens: opens}
	}
	ask, form := asks(q.ask), asks(q.form)
	ask.Opens, ask.Bare, form.Opens = true, true, true
	list, show := bot.Action{Area: bot.AreaReseller, Run: q.list}, bot.Action{Area: bot.AreaReseller, Run: q.show}
	maps.Copy(c.Subs, map[string]bot.Action{"request": ask, "申请": ask, "requests": list})
	maps.Copy(c.Actions, map[string]bot.Action{
		"request": form, "request_send": asks(q.send), "request_withdraw": asks(q.withdrawRequest), "request_show": show, "requests": list,
		"request_approve": decides(q.approveRequest, q.kind == money.GiveQuota), "request_decline": decides(q.declineForm, true),
	})
	maps.Copy(c.Forms, map[string]bot.Submission{
		"request":         {Needs: bot.RightRequest, Area: bot.AreaRequests, Check: q.check, Run: q.propose},
		"request_decline": {Needs: bot.RightApprove, Area: bot.AreaReseller, Check: q.checkReason, Run: q.decider(q.declineRequest)},
	})
	if q.kind == money.GiveQuota {
		c.Forms["request_approve"] = bot.Submission{Needs: bot.RightApprove, Area: bot.AreaReseller, Run: q.decider(q.approveFrom)}
	}
}

// decider lets the distributor's own people through; what a reseller's approver
// may decide about is their own account's, never what it asks of others.
func (q requester) decider(h bot.Handler) bot.Handler {
	return func(ctx context.Context, r bot.Request) (bot.Outcome, error) {
		if r.Actor.Account != bot.Operator() || r.Actor.Huawei {
			return bot.Outcome{}, &bot.Refusal{Reason: "account", Key: "refusal.requests.decide"}
		}
		return h(ctx, r)
	}
}

// speak answers somebody whose locale nobody knows in the language they wrote
// before.
func speak(r bot.Request, tag lang.Tag) bot.Request {
	if r.Actor.Person.Locale == "" && lang.Known(string(tag)) != "" {
		r.Lang = tag
	}
	return r
}

// ask is the one-line way: /funds request 30000 备货, @desk 申请拨款 3万.
func (q requester) ask(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	if oneLine(r.Text) == "" {
		return q.form(ctx, r)
	}
	flexi, text := q.kindOf(oneLine(r.Text))
	amount, reason := input.Leading(text)
	if amount == "" {
		amount, reason = text, ""
	}
	if also, rest := q.kindOf(reason); also {
		flexi, reason = true, rest
	}
	r.Values = map[string]string{"amount": amount, "reason": reason, "quota": quotaKind(flexi)}
	return q.propose(ctx, r)
}

// kindOf takes the words for what is asked for from the front of a text.
func (q requester) kindOf(text string) (flexi bool, rest string) {
	words := []string{"of ", "for "}
	if q.kind == money.GiveQuota {
		words = append(words, "现金券额度", "现金券", "flexi-purchase coupon quota", "flexi-purchase coupons", "flexi-purchase coupon", "flexi-purchase", "flexi",
			"代金券额度", "代金券", "额度", "voucher quota", "vouchers", "voucher", "quota", "a ")
	}
	for again := true; again; {
		again = false
		for _, w := range words {
			if len(text) >= len(w) && strings.EqualFold(text[:len(w)], w) {
				flexi = flexi || strings.HasPrefix(w, "现金券") || strings.HasPrefix(w, "flexi")
				text, again = strings.TrimLeft(text[len(w):], " :：,，"), true
				break
			}
		}
	}
	return flexi, text
}

func quotaKind(flexi bool) string {
	if flexi {
		return "flexi"
	}
	return "voucher"
}

// form asks for what is needed. Who cannot be shown a form at once gets a button
// that opens it.
func (q requester) form(_ context.Context, r bot.Request) (bot.Outcome, error) {
	if err := q.ready(r); err != nil {
		return bot.Outcome{}, err
	}
	known := typed(r.Value)
	r = speak(r, lang.Tag(known.Get("lang")))
	w := q.d.words(r)
	if r.Kind != bot.KindClick && r.Kind != bot.KindCommand {
		known.Set("lang", string(r.Lang))
		return offerForm(w, q.command+".request", q.key("title"), known), nil
	}
	form := bot.Form{Name: q.command + ".request", Title: w.T(q.key("title")), Submit: w.T("money.button.preview"), Close: w.T("form.close"),
		Intro:  []bot.Block{bot.Note{Inlines: plain(w.T("request.intro"))}},
		Fields: []bot.FormField{{Name: "amount", Kind: bot.FieldLine, Label: w.T("request.field.amount"), Hint: w.T("money.field.amount.hint"), Initial: known.Get("amount"), Max: 40}}}
	if q.kind == money.GiveQuota {
		form.Fields = append(form.Fields, bot.FormField{Name: "quota", Kind: bot.FieldChoice, Label: w.T("request.field.quota"), Initial: quotaKind(known.Get("quota") == "flexi"),
			Options: []bot.Option{{Value: "voucher", Text: w.T("request.quota.voucher")}, {Value: "flexi", Text: w.T("request.quota.flexi")}}})
	}
	if r.Actor.Person.Locale == "" {
		form.Lang = r.Lang
	}
	form.Fields = append(form.Fields, bot.FormField{Name: "reason", Kind: bot.FieldText, Label: w.T("request.field.reason"), Hint: w.T("request.field.reason.hint"),
		Initial: known.Get("reason"), Optional: true, Max: money.MaxReason})
	return bot.Outcome{Reply: bot.Reply{Form: &form}}, nil
}

// key is the message of this kind of request.
func (q requester) key(name string) string { return "request." + q.command + "." + name }

func (q requester) check(_ context.Context, r bot.Request) (map[string]string, error) {
	faults := map[string]string{}
	_, fault := q.asked(r.Values["amount"])
	put(faults, "amount", fault)
	return faults, nil
}

// asked reads the amount without the distributor's limits: those are not told to
// who asks.
func (q requester) asked(text string) (partner.Fen, string) {
	v, fault := q.amountFault(text)
	if fault == "money.fault.per_operation" {
		fault = ""
		v, _ = input.Amount(text)
	}
	if fault == "money.fault.negative" {
		fault = "request.fault.negative"
	}
	return v, fault
}

// propose keeps what was understood as a draft and shows it back.
func (q requester) propose(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	r.Values = maps.Clone(r.Values)
	if r.Values == nil {
		r.Values = map[string]string{}
	}
	r.Values["lang"] = string(r.Lang)
	return q.orEdit(r, "request", func() (bot.Outcome, error) {
		if err := q.ready(r); err != nil {
			return bot.Outcome{}, err
		}
		if err := q.faulty(ctx, r, q.check); err != nil {
			return bot.Outcome{}, err
		}
		amount, _ := q.asked(r.Values["amount"])
		name, err := q.nameOf(ctx, r.Actor.Account)
		if err != nil {
			return bot.Outcome{}, err
		}
		req := money.Request{Team: team(r), Seed: r.ID, Kind: q.kind, Account: r.Actor.Account, Name: name, Amount: amount, Flexi: r.Values["quota"] == "flexi",
			Reason: clip(oneLine(r.Values["reason"]), money.MaxReason), Requester: r.Person, RequesterRoles: r.Actor.Roles, RequesterFrom: r.Actor.From, Lang: r.Lang, Place: homeOf(r)}
		if req, err = money.NewRequest(req, q.d.Now()); err != nil {
			return bot.Outcome{}, err
		}
		return q.keepDraft(r, req), nil
	})
}

// homeOf is where somebody hears of their request: in the channel that is shared
// with another team, else as a direct message.
func homeOf(r bot.Request) bot.Place {
	if !r.Actor.Person.External && r.Person.Team == team(r) {
		return bot.Place{}
	}
	return bot.Place{Team: team(r), Channel: r.Place.Channel, Thread: r.Place.Thread}
}

// nameOf is the reseller as the distributor sees it. One that the distributor has
// no more can ask for nothing.
func (q requester) nameOf(ctx context.Context, of bot.Account) (string, error) {
	for one, err := range q.d.Money.Center.Resellers(ctx, partner.ResellerQuery{ID: books(of), Most: 1}) {
		if e, ok := errors.AsType[*partner.Error](err); ok && e.Key() == "partner.err.not_your_reseller" {
			break
		}
		if err != nil {
			return "", center(err)
		}
		if one.ID == books(of) {
			if one.Name == "" {
				return one.Account, nil
			}
			return one.Name, nil
		}
	}
	return "", bot.User("request.no.account")
}

func (q requester) keepDraft(r bot.Request, req money.Request) bot.Outcome {
	now := q.d.Now()
	return bot.Outcome{Apply: func(tx bot.Tx) (bot.Reply, error) {
		for try := range 100 {
			req.ID = money.RequestID(req.Seed, try)
			old, found, err := q.d.Money.Book.RequestIn(tx, req.Team, req.ID)
			if err != nil {
				return bot.Reply{}, err
			}
			if found && old.Seed == req.Seed {
				return q.own(r, old), nil
			}
			if !found {
				break
			}
		}
		if err := q.d.Money.Book.PutRequest(tx, req); err != nil {
			return bot.Reply{}, err
		}
		return q.proposal(r, req), tx.Audit(requestEntry(req, r.Person, "money.request.draft", now))
	}}
}

// proposal shows what was understood, with the way on, back and out.
func (q requester) proposal(r bot.Request, req money.Request) bot.Reply {
	w := q.d.words(r)
	reply := q.own(r, req)
	back := url.Values{"amount": {r.Values["amount"]}, "reason": {r.Values["reason"]}, "quota": {quotaKind(req.Flexi)}, "lang": {string(r.Lang)}}
	intro := bot.Paragraph{Inlines: plain(w.T("request.understood", "typed", clip(oneLine(r.Values["amount"]), 40)))}
	row := bot.Buttons{Items: []bot.Button{
		{Action: q.command + ".request_send", Text: w.T("request.button.send"), Value: requestHandle(req), Style: bot.StylePrimary},
		{Action: q.command + ".request", Text: w.T("money.button.edit"), Value: back.Encode()},
		{Action: q.command + ".request_withdraw", Text: w.T("request.button.drop"), Value: requestHandle(req)},
	}}
	blocks := append([]bot.Block{reply.Blocks[0], intro}, reply.Blocks[1:]...)
	if _, is := blocks[len(blocks)-1].(bot.Buttons); is {
		blocks = blocks[:len(blocks)-1]
	}
	reply.Blocks = append(blocks, row)
	return reply
}

// findRequest loads a request that the person may see: their own account's, or any for
// the distributor's people who decide or audit. What they may not see does not
// exist for them.
func (q requester) findRequest(ctx context.Context, r bot.Request, id string) (money.Request, error) {
	if err := q.ready(r); err != nil {
		return money.Request{}, err
	}
	id = strings.ToUpper(strings.TrimSpace(id))
	req, found, err := q.d.Money.Book.FindRequest(ctx, team(r), id)
	if err != nil {
		return req, err
	}
	hidden := r.Actor.Huawei || req.Account != r.Actor.Account && r.Actor.Account != bot.Operator() || req.State == money.Draft && req.Requester != r.Person ||
		r.Actor.Account == bot.Operator() && !q.oversees(ctx, r)
	if !found || hidden || req.Kind != q.kind {
		return money.Request{}, bot.User("request.none", "id", clip(id, 20))
	}
	return req, nil
}

// oversees says that somebody of the distributor decides about requests or
// audits them.
func (q requester) oversees(ctx context.Context, r bot.Request) bool {
	return q.d.may(ctx, r, bot.RightApprove, bot.AreaReseller) || q.d.may(ctx, r, bot.RightAudit, bot.AreaReseller)
}

// send puts a draft before the distributor's approvers.
func (q requester) send(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	id, rev, _ := handled(r.Value)
	req, err := q.findRequest(ctx, r, id)
	if err != nil {
		return bot.Outcome{}, err
	}
	o := req.Would("")
	facts, err := q.d.moneyFacts(ctx, o, false)
	if err != nil {
		return bot.Outcome{}, err
	}
	alarm, err := q.d.alarm(ctx, o, bot.User("money.no.approvers", "count", count(len(facts.Approvers))))
	if err != nil {
		return bot.Outcome{}, err
	}
	return q.turn(speak(r, req.Lang), req, "money.request.send", alarm, func(req money.Request, a money.Wishes) (money.Request, money.Wishes, error) {
		return req.Submit(r.Person, rev, a, facts, q.d.Money.Policy, q.d.Now())
	}), nil
}

func (q requester) withdrawRequest(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	id, rev, _ := handled(r.Value)
	req, err := q.findRequest(ctx, r, id)
	if err != nil {
		return bot.Outcome{}, err
	}
	return q.turn(speak(r, req.Lang), req, "money.request.withdraw", nil, func(req money.Request, a money.Wishes) (money.Request, money.Wishes, error) {
		return req.Withdraw(r.Person, rev, a, q.d.Now())
	}), nil
}

// turn runs a transition of a request at a click, with everything that follows
// from it in the same transaction. What the rules refuse is answered in words and
// changes nothing. short is run when too few could approve; nil: that is no
// matter.
func (q requester) turn(r bot.Request, req money.Request, action string, short func(bot.Tx), do func(money.Request, money.Wishes) (money.Request, money.Wishes, error)) bot.Outcome {
	now := q.d.Now()
	return bot.Outcome{Apply: func(tx bot.Tx) (bot.Reply, error) {
		before, after, err := money.ChangeRequest(q.d.Money.Book, tx, req.Team, req.ID, do)
		if no, ok := userError(err); ok {
			if no.Key == "request.no.approvers" && short != nil {
				short(tx)
			}
			return q.refused(r, before, action, no, tx)
		}
		if err != nil {
			return bot.Reply{}, err
		}
		if err := tx.Audit(requestEntry(after, r.Person, action, now)); err != nil {
			return bot.Reply{}, err
		}
		q.d.requestReceipt(tx, after)
		return q.turned(r, after, action), nil
	}}
}

// refused says why a click did not count, and shows the way to how things are.
func (q requester) refused(r bot.Request, req money.Request, action string, no *bot.UserError, tx bot.Tx) (bot.Reply, error) {
	reply := private(bot.Text(q.d.words(r).T(no.Key, no.Args...)))
	if req.ID != "" {
		reply.Blocks = append(reply.Blocks, bot.Buttons{Items: []bot.Button{{Action: q.command + ".request_show", Text: q.d.words(r).T("money.button.show"), Value: requestHandle(req)}}})
	}
	entry := requestEntry(req, r.Person, action, q.d.Now())
	entry.Outcome, entry.Facts["reason"] = "refused", no.Key
	return reply, tx.Audit(entry)
}

// turned is what who clicked reads.
func (q requester) turned(r bot.Request, req money.Request, action string) bot.Reply {
	w := q.d.words(r)
	reply := private(bot.Bold(req.ID+" "), bot.Text(w.T(action+".done", "what", wish(w, req), "time", q.d.clock(req.Expires))))
	reply.Replace = r.Kind == bot.KindClick && r.Place.Private
	return reply
}

func (q requester) show(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	id, _, _ := handled(r.Value)
	if r.Kind != bot.KindClick {
		id, _ = which(r)
	}
	req, err := q.findRequest(ctx, r, id)
	if err != nil {
		return bot.Outcome{}, err
	}
	if r.Actor.Account != bot.Operator() {
		return bot.Outcome{Reply: q.own(speak(r, req.Lang), req)}, nil
	}
	facts := q.d.requestFacts(ctx, q.d.words(r), req)
	if err := ctx.Err(); err != nil {
		return bot.Outcome{}, err
	}
	reply := q.d.deciderCard(q.d.words(r), req, facts)
	reply.Private = true
	return bot.Outcome{Reply: reply}, nil
}

// own is the request as its own account sees it.
func (q requester) own(r bot.Request, req money.Request) bot.Reply {
	reply := q.d.requesterCard(q.d.words(r), req, req.Requester == r.Person)
	reply.Private = true
	return reply
}
