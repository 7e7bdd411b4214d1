package handlers

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"time"

	"partnerdesk/bot"
	"partnerdesk/bot/lang"
	"partnerdesk/handlers/money"
	"partnerdesk/handlers/partner"
)

// What both sides see of a request. The side that asks sees its own words and
// what was decided; the distributor's side also sees the reseller's account and
// its own source. The two share no code that reads the distributor's figures.

// requestCommand is the command that a request's buttons belong to.
func requestCommand(r money.Request) string { return commandOf(r.Kind) }

// requestHandle is what a button carries: the id and the rev that the person sees.
func requestHandle(r money.Request) string { return r.ID + "|" + strconv.Itoa(r.Rev) }

// wish says in words what is asked for.
func wish(w lang.Words, r money.Request) string {
	key := "request.wish.funds"
	if r.Kind == money.GiveQuota {
		key = "request.wish." + quotaKind(r.Flexi)
	}
	return w.T(key, "amount", yuan(r.Amount))
}

// requestState says in words where a request stands.
func requestState(w lang.Words, r money.Request) string {
	if r.State == money.Refused && r.Why != "" {
		return w.T("request.state.declined")
	}
	return w.T("request.state." + string(r.State))
}

func requestTitle(w lang.Words, r money.Request) string {
	return r.ID + " · " + w.T("request."+requestCommand(r)+".title")
}

// requesterCard is a request for the side that asks. Nothing in it comes from the
// distributor but the decision and its reason.
func (d *Deps) requesterCard(w lang.Words, r money.Request, own bool) bot.Reply {
	fields := []bot.Field{{Label: w.T("money.field.state"), Value: plain(requestState(w, r))}}
	if r.Reason != "" {
		fields = append(fields, bot.Field{Label: w.T("request.field.reason"), Value: plain(r.Reason)})
	}
	fields = append(fields, bot.Field{Label: w.T("money.field.requester"), Value: []bot.Inline{bot.Mention{Person: r.Requester}}})
	if r.State == money.Awaiting {
		fields = append(fields, bot.Field{Label: w.T("request.field.expires"), Value: plain(d.clock(r.Expires))})
	}
	if r.Why != "" {
		fields = append(fields, bot.Field{Label: w.T("request.field.why"), Value: plain(clip(r.Why, 300))})
	}
	blocks := []bot.Block{bot.Heading{Text: requestTitle(w, r)}, bot.Paragraph{Inlines: []bot.Inline{bot.Bold(wish(w, r))}}, bot.Fields{Items: fields}}
	if r.State == money.Refused && r.Why == "" {
		blocks = append(blocks, bot.Paragraph{Inlines: plain(w.T("request.refused"))})
	}
	blocks = append(blocks, bot.Note{Inlines: plain(w.T("request.note", "rev", strconv.Itoa(r.Rev)))})
	at := requestCommand(r) + "."
	switch {
	case own && r.State == money.Awaiting:
		blocks = append(blocks, bot.Buttons{Items: []bot.Button{{Action: at + "request_withdraw", Text: w.T("money.button.withdraw"), Value: requestHandle(r)}}})
	case own && slices.Contains([]money.State{money.Refused, money.Cancelled, money.Expired}, r.State) && !r.Submitted.IsZero():
		again := url.Values{"amount": {r.Amount.String()}, "reason": {r.Reason}, "quota": {quotaKind(r.Flexi)}, "lang": {string(r.Lang)}}
		blocks = append(blocks, bot.Buttons{Items: []bot.Button{{Action: at + "request", Text: w.T("request.button.again"), Value: clip(again.Encode(), 1900)}}})
	}
	return bot.Reply{Blocks: blocks}
}

// requestFacts reads what an approver needs to know: what the distributor can
// give, and how the reseller stands. What cannot be read says so.
func (d *Deps) requestFacts(ctx context.Context, w lang.Words, r money.Request) []bot.Block {
	if r.State != money.Awaiting {
		return nil
	}
	one := partner.Reseller{ID: books(r.Account), Name: r.Name}
	at := resellerPage{d, w, one}
	source := func(ctx context.Context) ([]bot.Block, error) {
		var what string
		if r.Kind == money.GrantReseller {
			p, err := d.look(ctx, r.Would(""))
			if err != nil {
				return nil, err
			}
			what = w.T("funds.unsaid")
			if p.Known {
				what = w.T("money.remains", "before", yuan(p.Available), "after", yuan(p.Available-r.Amount))
			}
		} else {
			list, err := d.covering(ctx, r)
			if err != nil {
				return nil, err
			}
			what = w.T("request.source.quotas", "count", count(len(list)))
		}
		blocks := section(w, "money.field.remains", what, nil)
		if limit := d.Money.Policy.Full().PerOperation; r.Amount > limit {
			blocks = append(blocks, bot.Note{Inlines: plain("⚠️ " + w.T("money.no.per_operation", "limit", yuan(limit)))})
		}
		return blocks, nil
	}
	blocks := load(ctx, w, []part{{"money.field.remains", source}, {"reseller.balance", at.balance}, {"reseller.quotas", at.quotas}, {"reseller.grants", at.grants}})
	if on := d.onTheWay(ctx, r); len(on) > 0 {
		blocks = append(blocks, section(w, "request.way", count(len(on)), on)...)
	}
	return append(blocks, bot.Note{Inlines: plain(w.T("request.asof", "time", d.clock(d.Now())))})
}

// onTheWay lists what was approved for the reseller and is in nobody's records
// yet, so that nobody approves the same thing twice.
func (d *Deps) onTheWay(ctx context.Context, r money.Request) (items [][]bot.Inline) {
	live, err := d.Money.Book.LiveOperations(ctx)
	if err != nil {
		return nil
	}
	for _, o := range live {
		if o.Kind.Reseller() && !o.State.Final() && o.State != money.Draft && slices.ContainsFunc(o.Parties, func(p money.Party) bool { return p.ID == r.Account.ResellerID() }) && len(items) < 3 {
			items = append(items, plain(o.ID+" ¥"+yuan(o.Amount)))
		}
	}
	return items
}

// covering lists the distributor's quotas that a request could be given from, the
// soonest to end first.
func (d *Deps) covering(ctx context.Context, r money.Request) ([]partner.Quota, error) {
	v := voucherer{moneyer{d: d}}
	list, err := v.usable(ctx, bot.Operator())
	return slices.DeleteFunc(list, func(q partner.Quota) bool {
		return q.Balance < r.Amount || (q.Type == partner.FlexiQuota) != r.Flexi
	}), err
}

// deciderCard is a request for the distributor's approvers.
func (d *Deps) deciderCard(w lang.Words, r money.Request, facts []bot.Block) bot.Reply {
	fields := []bot.Field{
		{Label: w.T("money.field.state"), Value: plain(requestState(w, r))},
		{Label: w.T("request.field.reseller"), Value: plain(r.Name)},
		{Label: w.T("money.field.requester"), Value: []bot.Inline{bot.Mention{Person: r.Requester}, bot.Text(" " + d.clock(r.Submitted))}},
		{Label: w.T("request.field.reason"), Value: plain(orDash(r.Reason))},
	}
	if r.State == money.Awaiting {
		fields = append(fields, bot.Field{Label: w.T("money.field.expires"), Value: plain(d.clock(r.Expires))})
	}
	if (r.Decider != bot.PersonID{}) {
		fields = append(fields, bot.Field{Label: w.T("money.field.approver"), Value: []bot.Inline{bot.Mention{Person: r.Decider}, bot.Text(" " + d.clock(r.Decided))}})
	}
	if r.Why != "" {
		fields = append(fields, bot.Field{Label: w.T("request.field.declined"), Value: plain(clip(r.Why, 300))})
	}
	if r.Operation != "" {
		fields = append(fields, bot.Field{Label: w.T("money.col.id"), Value: []bot.Inline{bot.Code(r.Operation)}})
	}
	blocks := []bot.Block{bot.Heading{Text: requestTitle(w, r)}, bot.Paragraph{Inlines: []bot.Inline{bot.Bold(w.T("request.asks", "name", r.Name, "what", wish(w, r)))}}, bot.Fields{Items: fields}}
	blocks = append(blocks, facts...)
	blocks = append(blocks, bot.Note{Inlines: plain(w.T("request.note", "rev", strconv.Itoa(r.Rev)))})
	at := requestCommand(r) + "."
	switch {
	case r.State == money.Awaiting:
		approve := bot.Button{Action: at + "request_approve", Text: w.T("money.button.approve"), Value: requestHandle(r), Style: bot.StylePrimary}
		if r.Kind == money.GrantReseller {
			approve.Confirm = &bot.Confirm{Title: w.T("money.confirm.title"), Text: clip(will(w, r.Would("")), 280), Yes: w.T("money.button.approve"), No: w.T("form.close")}
		}
		blocks = append(blocks, bot.Buttons{Items: []bot.Button{approve, {Action: at + "request_decline", Text: w.T("money.button.decline"), Value: requestHandle(r), Style: bot.StyleDanger}}})
	case r.Operation != "":
		blocks = append(blocks, bot.Buttons{Items: []bot.Button{{Action: at + "show", Text: w.T("money.button.show"), Value: r.Operation}}})
	}
	return bot.Reply{Blocks: blocks}
}

// requestTarget is where its requester hears of a request.
func requestTarget(r money.Request) bot.Target {
	if r.Place.Channel == "" {
		return bot.Target{Kind: bot.TargetPerson, Person: r.Requester}
	}
	return bot.Target{Kind: bot.TargetPlace, Person: r.Requester, Place: r.Place}
}

// requestReceipt tells who asked what became of a request. Why the distributor
// could not carry one out is the distributor's to tell. Like any receipt it is
// left out where the outbox has no room.
func (d *Deps) requestReceipt(tx bot.Tx, r money.Request) {
	if r.Submitted.IsZero() || !slices.Contains([]money.State{money.Reserved, money.Done, money.Refused, money.Unknown, money.Expired}, r.State) {
		return
	}
	w := d.Catalog.In(r.Lang)
	key := "request.receipt." + string(r.State)
	if r.Why != "" {
		key = "request.receipt.declined"
	}
	var inlines []bot.Inline
	if r.Place.Channel != "" {
		inlines = append(inlines, bot.Mention{Person: r.Requester}, bot.Text(" "))
	}
	reply := bot.Say(append(inlines, bot.Bold(r.ID+" "), bot.Text(w.T(key, "what", wish(w, r), "why", clip(r.Why, 300))))...)
	reply.Blocks = append(reply.Blocks, bot.Buttons{Items: []bot.Button{{Action: requestCommand(r) + ".request_show", Text: w.T("money.button.show"), Value: requestHandle(r)}}})
	_ = tx.Post(bot.Post{To: requestTarget(r), Reply: reply, Lane: bot.LaneMoney, Created: r.Changed})
}

// requestEntry is the line of the audit log about a step of a request.
func requestEntry(r money.Request, who bot.PersonID, action string, at time.Time) bot.Entry {
	facts := map[string]string{"kind": string(r.Kind), "state": string(r.State), "rev": strconv.Itoa(r.Rev), "amount_fen": strconv.FormatInt(int64(r.Amount), 10),
		"could_approve": strconv.Itoa(r.CouldApprove)}
	for name, roles := range map[string][]bot.Role{"requester_roles": r.RequesterRoles, "decider_roles": r.DeciderRoles} {
		if len(roles) > 0 {
			facts[name] = joined(roles)
		}
	}
	if r.Operation != "" {
		facts["operation"] = r.Operation
	}
	return bot.Entry{Stream: "request/" + r.ID, Team: r.Team, Person: who, Account: r.Account, Action: action, Object: r.ID, Outcome: "ok", At: at, Facts: facts}
}
