package handlers

import (
	"context"
	"slices"

	"partnerdesk/bot"
	"partnerdesk/handlers/money"
	"partnerdesk/handlers/partner"
)

// approveRequest is the click on a request's card. Cash goes from the one balance
// there is; of quotas the approver says which one it comes from.
func (q requester) approveRequest(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	id, rev, _ := handled(r.Value)
	req, err := q.findRequest(ctx, r, id)
	if err != nil {
		return bot.Outcome{}, err
	}
	if q.kind != money.GiveQuota {
		return q.carry(ctx, r, req, rev, "")
	}
	if req.State != money.Awaiting || rev != req.Rev { // what is no more to be decided needs no form
		return q.carry(ctx, r, req, rev, "")
	}
	list, err := q.d.covering(ctx, req)
	if err != nil {
		return bot.Outcome{}, err
	}
	w := q.d.words(r)
	if len(list) == 0 {
		return bot.Outcome{}, bot.User("request.no.quota", "what", wish(w, req))
	}
	return bot.Outcome{Reply: bot.Reply{Form: &bot.Form{
		Name: q.command + ".request_approve", Title: w.T("money.button.approve"), Submit: w.T("money.button.approve"), Close: w.T("form.close"), State: r.Value,
		Intro:  []bot.Block{bot.Paragraph{Inlines: []bot.Inline{bot.Bold(w.T("request.asks", "name", req.Name, "what", wish(w, req)))}}, bot.Note{Inlines: plain(w.T("request.approve.intro"))}},
		Fields: []bot.FormField{voucherer{q.moneyer}.quotaField(w, list, "")},
	}}}, nil
}

func (q requester) approveFrom(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	id, rev, _ := handled(r.State)
	req, err := q.findRequest(ctx, r, id)
	if err != nil {
		return bot.Outcome{}, err
	}
	quota, err := q.d.quota(ctx, bot.Operator(), oneLine(r.Values["quota"]))
	if err != nil {
		return bot.Outcome{}, center(err)
	}
	if (quota.Type == partner.FlexiQuota) != req.Flexi {
		return bot.Outcome{}, bot.User("request.no.type")
	}
	return q.carry(ctx, r, req, rev, quota.ID)
}

// carry approves a request: the operation that carries it out is made, reserved
// and queued in the same transaction, through every check there is.
func (q requester) carry(ctx context.Context, r bot.Request, req money.Request, rev int, quota string) (bot.Outcome, error) {
	o := req.Would(quota)
	facts, err := q.d.moneyFacts(ctx, o, false)
	if err != nil {
		return bot.Outcome{}, err
	}
	by := money.Approval{Who: r.Person, Roles: r.Actor.Roles, From: r.Actor.From, Lang: r.Lang, Quota: quota, Policy: q.d.Money.Policy, Center: q.d.Money.Account}
	if req.State == money.Awaiting { // an outdated card is told so before anything is read
		if by.Seen, err = q.d.look(ctx, o); err != nil {
			return bot.Outcome{}, center(err)
		}
	}
	facts.Available, facts.Known = by.Seen.Available, by.Seen.Known
	by.Facts = facts
	alarm, err := q.d.alarm(ctx, o, bot.User("money.no.approvers", "count", count(len(facts.Approvers))))
	if err != nil {
		return bot.Outcome{}, err
	}
	now := q.d.Now()
	return bot.Outcome{Apply: func(tx bot.Tx) (bot.Reply, error) {
		before, after, o, err := money.Carry(q.d.Money.Book, tx, req.Team, req.ID, rev, by, now)
		if no, ok := userError(err); ok {
			if no.Key == "money.no.approvers" {
				alarm(tx)
			}
			return q.refused(r, before, "money.request.approve", no, tx)
		}
		if err != nil {
			return bot.Reply{}, err
		}
		for _, e := range []bot.Entry{requestEntry(after, r.Person, "money.request.approve", now), moneyEntry(o, o.Requester, "money.submit", now), moneyEntry(o, r.Person, "money.approve", now)} {
			if err := tx.Audit(e); err != nil {
				return bot.Reply{}, err
			}
		}
		q.d.requestReceipt(tx, after)
		return q.after(r, o, "money.approve"), nil
	}}, nil
}

// declineForm asks an approver why.
func (q requester) declineForm(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	id, _, _ := handled(r.Value)
	req, err := q.findRequest(ctx, r, id)
	if err != nil {
		return bot.Outcome{}, err
	}
	w := q.d.words(r)
	return bot.Outcome{Reply: bot.Reply{Form: &bot.Form{
		Name: q.command + ".request_decline", Title: w.T("money.decline.title"), Submit: w.T("button.send"), Close: w.T("form.close"), State: r.Value,
		Intro:  []bot.Block{bot.Paragraph{Inlines: []bot.Inline{bot.Bold(w.T("request.asks", "name", req.Name, "what", wish(w, req)))}}},
		Fields: []bot.FormField{{Name: "reason", Kind: bot.FieldText, Label: w.T("money.decline.reason"), Hint: w.T("request.decline.hint"), Max: 300}},
	}}}, nil
}

func (q requester) declineRequest(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	id, rev, _ := handled(r.State)
	req, err := q.findRequest(ctx, r, id)
	if err != nil {
		return bot.Outcome{}, err
	}
	facts, err := q.d.moneyFacts(ctx, req.Would(""), false)
	if err != nil {
		return bot.Outcome{}, err
	}
	return q.turn(r, req, "money.request.decline", nil, func(req money.Request, a money.Wishes) (money.Request, money.Wishes, error) {
		req, a, err := req.Decline(r.Person, rev, clip(oneLine(r.Values["reason"]), 300), a, facts, q.d.Now())
		req.DeciderRoles, req.DeciderFrom, req.DeciderLang = r.Actor.Roles, r.Actor.From, r.Lang
		return req, a, err
	}), nil
}

// list shows a reseller's own requests to its people, and to the distributor's
// approvers and auditors all that wait, the longest first, and then the others.
func (q requester) list(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	if err := q.ready(r); err != nil {
		return bot.Outcome{}, err
	}
	ours := r.Actor.Account == bot.Operator()
	if ours && !q.oversees(ctx, r) {
		return bot.Outcome{}, &bot.Refusal{Reason: "role", Key: "refusal.right.approve"}
	}
	read := func() ([]money.Request, error) {
		return q.d.Money.Book.Requests(ctx, team(r), r.Actor.Account)
	}
	if ours {
		read = func() ([]money.Request, error) { return q.d.Money.Book.EveryRequest(ctx, team(r)) }
	}
	list, err := read()
	if err != nil {
		return bot.Outcome{}, err
	}
	list = slices.DeleteFunc(list, func(req money.Request) bool {
		return req.Kind != q.kind || req.Submitted.IsZero() || ours && req.State != money.Awaiting
	})
	if !ours {
		slices.Reverse(list)
		if i := slices.IndexFunc(list, func(req money.Request) bool { return req.Requester == r.Person }); i >= 0 {
			r = speak(r, list[i].Lang)
		}
	}
	w := q.d.words(r)
	if len(list) == 0 {
		return bot.Outcome{Reply: private(bot.Text(w.T(map[bool]string{true: "request.list.none_waiting", false: "request.list.none"}[ours])))}, nil
	}
	more := len(list) > mostOperations
	list = list[:min(len(list), mostOperations)]
	return bot.Outcome{Reply: q.listing(r, list, ours, more)}, nil
}

// waitingBlocks are the requests of resellers that wait for a decision, of every
// kind, to stand beside the operations that do; none for who does not oversee them.
func (q requester) waitingBlocks(ctx context.Context, r bot.Request) ([]bot.Block, error) {
	list, err := q.waitingRequests(ctx, r)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return q.listing(r, list[:min(len(list), mostOperations)], true, len(list) > mostOperations).Blocks, nil
}

func (q requester) waitingRequests(ctx context.Context, r bot.Request) ([]money.Request, error) {
	if r.Actor.Account != bot.Operator() || !q.d.Access.Offers(bot.AreaRequests) || !q.oversees(ctx, r) {
		return nil, nil
	}
	list, err := q.d.Money.Book.EveryRequest(ctx, team(r))
	return slices.DeleteFunc(list, func(req money.Request) bool { return req.State != money.Awaiting }), err
}

func (q requester) listing(r bot.Request, list []money.Request, ours, more bool) bot.Reply {
	w := q.d.words(r)
	table := bot.Table{Columns: []bot.Column{{Title: w.T("money.col.id")}, {Title: w.T("request.col.what")}, {Title: w.T("money.col.state")}, {Title: w.T("money.col.time")}}}
	if ours {
		table.Columns = slices.Insert(table.Columns, 1, bot.Column{Title: w.T("request.field.reseller")})
	}
	var items []bot.Button
	for _, req := range list {
		row := []string{req.ID, wish(w, req), requestState(w, req), q.d.clock(req.Changed)}
		if ours {
			row = slices.Insert(row, 1, req.Name)
		}
		table.Rows = append(table.Rows, row)
		if len(items) < 5 {
			items = append(items, bot.Button{Action: requestCommand(req) + ".request_show", Text: req.ID, Value: requestHandle(req)})
		}
	}
	blocks := []bot.Block{bot.Heading{Text: w.T(map[bool]string{true: "request.list.waiting", false: "request.list"}[ours])}, table}
	if more {
		blocks = append(blocks, bot.Note{Inlines: plain(w.T("money.more", "count", count(mostOperations)))})
	}
	return bot.Reply{Private: true, Blocks: append(blocks, bot.Buttons{Items: items})}
}
