package handlers

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"partnerdesk/bot"
	"partnerdesk/bot/lang"
	"partnerdesk/handlers/money"
)

// commandOf is the command that an operation's buttons belong to.
func commandOf(k money.Kind) string {
	if k.Coupon() {
		return "voucher"
	}
	return "funds"
}

// handle is what a button carries: the id and the rev that the person sees.
func handle(o money.Operation) string { return o.ID + "|" + strconv.Itoa(o.Rev) }

// handled reads a button's value back.
func handled(value string) (id string, rev int, rest string) {
	id, value, _ = strings.Cut(value, "|")
	number, rest, _ := strings.Cut(value, "|")
	rev, err := strconv.Atoi(number)
	if err != nil {
		rev = -1
	}
	return id, rev, rest
}

// readers are the people who have a card of an operation: who asked for it, and
// who could approve it. Who asked for it from the other side has the card of the
// request instead: this one tells of the distributor's own balance.
func (d *Deps) readers(ctx context.Context, o money.Operation) ([]bot.Actor, error) {
	var list []bot.Actor
	if o.Request == "" {
		a, ok, err := d.Money.holds(ctx, d.Access, o.Requester, bot.RightAsk, bot.AreaDesk)
		if err != nil {
			return nil, err
		}
		if ok {
			list = append(list, a)
		}
	}
	if o.Alone {
		return list, nil
	}
	approvers, err := d.Money.actors(ctx, d.Access, bot.RightApprove, o.Account)
	for _, a := range approvers {
		if a.Person.ID != o.Requester {
			list = append(list, a)
		}
	}
	return list, err
}

// operationCard is an operation as one reader sees it, in the reader's language.
func (d *Deps) operationCard(o money.Operation, a bot.Actor) bot.Reply {
	w := d.Catalog.In(readerOf(a))
	blocks := append([]bot.Block{bot.Heading{Text: o.ID + " · " + w.T("money.kind."+string(o.Kind))}}, d.operationBlocks(w, o)...)
	approves := a.Person.ID != o.Requester
	return bot.Reply{Blocks: append(blocks, d.operationButtons(w, o, a.Person.ID == o.Requester, approves)...)}
}

// will says in words what happens when the operation is carried out.
func will(w lang.Words, o money.Operation) string {
	name := o.Parties[0].Name
	if n := len(o.Parties); n > 1 {
		name = w.T("money.several", "first", name, "count", strconv.Itoa(n))
	}
	return w.T("money.will."+string(o.Kind), "name", name, "count", strconv.Itoa(len(o.Parties)), "each", yuan(o.Amount), "total", yuan(o.Total()), "quota", o.Quota, "coupon", o.Coupon)
}

func (d *Deps) operationBlocks(w lang.Words, o money.Operation) []bot.Block {
	text := func(s string) []bot.Inline { return []bot.Inline{bot.Text(s)} }
	blocks := []bot.Block{bot.Paragraph{Inlines: []bot.Inline{bot.Bold(will(w, o))}}}
	fields := []bot.Field{{Label: w.T("money.field.state"), Value: text(w.T("money.state." + string(o.State)))}}
	if o.Seen.Known && !o.Kind.Whole() {
		key := "money.remains"
		if o.State != money.Draft {
			key = "money.remains.then" // others may have spent of it since
		}
		fields = append(fields, bot.Field{Label: w.T("money.field.remains"), Value: text(w.T(key, "before", yuan(o.Seen.Available), "after", yuan(o.Seen.Available-o.Total())))})
	}
	if o.Kind == money.IssueCoupon {
		end := o.To
		if end.IsZero() {
			end = o.Seen.Ends
		}
		if !o.From.IsZero() {
			fields = append(fields, bot.Field{Label: w.T("money.field.from"), Value: text(d.clock(o.From))})
		}
		fields = append(fields, bot.Field{Label: w.T("money.field.until"), Value: text(d.clock(end))})
		if only := append(slices.Clone(o.Services), o.Products...); len(only) > 0 {
			fields = append(fields, bot.Field{Label: w.T("money.field.only"), Value: text(clip(strings.Join(only, w.T("money.and")), 300))})
		}
	}
	fields = append(fields, bot.Field{Label: w.T("money.field.requester"), Value: []bot.Inline{bot.Mention{Person: o.Requester}}})
	switch {
	case o.Alone:
		fields = append(fields, bot.Field{Label: w.T("money.field.approver"), Value: text(w.T("money.alone"))})
	case o.Approver != bot.PersonID{}:
		fields = append(fields, bot.Field{Label: w.T("money.field.approver"), Value: []bot.Inline{bot.Mention{Person: o.Approver}, bot.Text(" " + d.clock(o.Approved))}})
	case o.State == money.Awaiting:
		fields = append(fields, bot.Field{Label: w.T("money.field.expires"), Value: text(d.clock(o.Expires))})
	}
	if o.Remark != "" {
		fields = append(fields, bot.Field{Label: w.T("money.field.remark"), Value: text(clip(o.Remark, 200))})
	}
	if o.Reason != "" {
		fields = append(fields, bot.Field{Label: w.T("money.field.reason"), Value: []bot.Inline{bot.Mention{Person: o.Decider}, bot.Text(" " + clip(o.Reason, 300))}})
	}
	blocks = append(blocks, bot.Fields{Items: fields})
	if list := d.partyList(w, o); len(list.Items) > 0 {
		blocks = append(blocks, list)
	}
	if o.State == money.Refused && o.Fault != "" {
		blocks = append(blocks, bot.Paragraph{Inlines: text(w.T("money.refused.because", "reason", faultText(w, o.Fault)))})
	}
	if o.State == money.Unknown {
		blocks = append(blocks, bot.Paragraph{Inlines: text(w.T("money.unknown.what", "looks", strconv.Itoa(o.Looks), "time", d.clock(o.ReleaseAt(d.Money.Policy))))})
		if len(o.Candidates) > 0 {
			blocks = append(blocks, bot.Paragraph{Inlines: text(w.T("money.unknown.candidates", "list", strings.Join(o.Candidates, w.T("money.and"))))})
		}
	}
	for _, line := range d.afterwards(w, o) {
		blocks = append(blocks, bot.Paragraph{Inlines: text(line)})
	}
	return append(blocks, bot.Note{Inlines: text(w.T("money.note", "policy", o.Policy, "rev", strconv.Itoa(o.Rev)))})
}

// faultText words why something was refused. A rule's text may have blanks that
// only who was refused at the click could fill; then its short form stands here.
func faultText(w lang.Words, fault string) string {
	if strings.HasPrefix(fault, "money.no.") {
		return w.T("money.fault.check", "key", w.T("money.short."+strings.TrimPrefix(fault, "money.no.")))
	}
	return w.T(fault)
}

// partyList shows who gets what, once there are several or something is known.
func (d *Deps) partyList(w lang.Words, o money.Operation) (list bot.List) {
	if len(o.Parties) == 1 && o.Parties[0].Result == money.Pending {
		return list
	}
	for _, p := range o.Parties {
		line := p.Name
		switch p.Result {
		case money.OK:
			line += w.T("money.party.done", "record", recordID(p.Record))
		case money.Failed, money.Released:
			line += w.T("money.party.failed", "reason", faultText(w, p.Fault))
		case money.InDoubt:
			line += w.T("money.party.unknown")
		}
		list.Items = append(list.Items, []bot.Inline{bot.Text(line)})
	}
	return list
}

// operationButtons are what the reader may do next; whether they really may is
// decided at the click.
func (d *Deps) operationButtons(w lang.Words, o money.Operation, own, approves bool) []bot.Block {
	at := commandOf(o.Kind) + "."
	button := func(action string, style bot.Style) bot.Button {
		return bot.Button{Action: at + action, Text: w.T("money.button." + action), Value: handle(o), Style: style}
	}
	var items []bot.Button
	switch o.State {
	case money.Draft:
		if own {
			items = append(items, button("submit", bot.StylePrimary), button("withdraw", bot.StylePlain))
		}
	case money.Awaiting:
		if approves {
			approve := button("approve", bot.StylePrimary)
			approve.Confirm = &bot.Confirm{Title: w.T("money.confirm.title"), Text: clip(will(w, o), 280), Yes: w.T("money.button.approve"), No: w.T("form.close")}
			items = append(items, approve, button("decline", bot.StyleDanger))
		}
		if own {
			items = append(items, button("withdraw", bot.StylePlain))
		}
	case money.Reserved:
		if own {
			items = append(items, button("withdraw", bot.StylePlain))
		}
	case money.Unknown:
		items = append(items, button("show", bot.StylePlain))
		if approves {
			items = append(items, button("release", bot.StyleDanger))
			if len(o.With(money.InDoubt)) == 1 {
				items = append(items, assigns(w, o)...)
			}
		}
	case money.Done, money.Refused, money.Expired, money.Cancelled:
		if approves && len(o.With(money.Released)) == 1 {
			items = append(items, assigns(w, o)...)
		}
		if own && len(o.With(money.Failed))+len(o.With(money.Released)) > 0 && o.Again == "" {
			items = append(items, button("again", bot.StylePlain))
		}
	}
	if len(items) == 0 {
		return nil
	}
	return []bot.Block{bot.Buttons{Items: items}}
}

// assigns are the buttons that take one of the records that may explain an
// operation.
func assigns(w lang.Words, o money.Operation) (items []bot.Button) {
	for _, c := range o.Candidates[:min(len(o.Candidates), 3)] {
		items = append(items, bot.Button{Action: commandOf(o.Kind) + ".assign", Text: w.T("money.button.assign", "record", recordID(c)), Value: handle(o) + "|" + c})
	}
	return items
}

// recordID is the partner center's own id in a claim, which has its kind before it.
func recordID(claim string) string { return claim[strings.IndexByte(claim, '/')+1:] }

// receipts tell both sides what became of an operation. A message that finds no
// room in the outbox is left out: what is known of value never waits for that,
// and the card says the same.
func (d *Deps) receipts(tx bot.Tx, before, after money.Operation) {
	if quiet(after) || before.State == after.State || before.State == money.Draft || !slices.Contains([]money.State{money.Reserved, money.Done, money.Refused, money.Unknown, money.Expired, money.Cancelled}, after.State) {
		return
	}
	key := "money.receipt." + string(after.State)
	if after.Partial() {
		key = "money.receipt.partial"
	}
	to := map[bot.PersonID]lang.Tag{after.Requester: after.Lang}
	if after.State == money.Cancelled { // who withdrew it knows
		delete(to, after.Requester)
	}
	if after.Request != "" {
		delete(to, after.Requester)
		if r, found, err := d.Money.Book.RequestIn(tx, after.Team, after.Request); err == nil && found {
			d.requestReceipt(tx, r)
		}
	}
	if (after.Approver != bot.PersonID{}) && after.State != money.Reserved {
		to[after.Approver] = after.ApproverLang
	}
	for _, who := range []bot.PersonID{after.Requester, after.Approver} {
		tag, is := to[who]
		if !is {
			continue
		}
		delete(to, who)
		w := d.Catalog.In(tag)
		reason := ""
		if after.Fault != "" {
			reason = faultText(w, after.Fault)
		}
		if after.Reason != "" {
			reason = after.Reason
		}
		reply := bot.Say(bot.Bold(after.ID+" "), bot.Text(w.T(key, "what", will(w, after), "moved", yuan(after.Moved()), "reason", reason,
			"done", strconv.Itoa(len(after.With(money.OK))), "count", strconv.Itoa(len(after.Parties)))))
		reply.Blocks = append(reply.Blocks, bot.Buttons{Items: []bot.Button{{Action: commandOf(after.Kind) + ".show", Text: w.T("money.button.show"), Value: handle(after)}}})
		_ = tx.Post(bot.Post{To: bot.Target{Kind: bot.TargetPerson, Person: who}, Reply: reply, Lane: bot.LaneMoney, Created: after.Changed})
	}
}

// mostAlarmed is how many people are told at once, so that it fits the
// transaction of what alarmed them.
const mostAlarmed = 3

// quiet says that nobody is told of an operation by itself: its list tells. One
// whose outcome nobody knows speaks for itself, since a person has to judge it.
func quiet(o money.Operation) bool {
	return o.List != "" && o.State != money.Unknown && o.Looks == 0
}

// alarm prepares what lead and admin are told when too few people can approve.
func (d *Deps) alarm(ctx context.Context, o money.Operation, why *bot.UserError) (func(bot.Tx), error) {
	if why == nil || why.Key != "money.no.approvers" {
		return func(bot.Tx) {}, nil
	}
	listed, err := d.Money.Listed(ctx)
	if err != nil {
		return nil, err
	}
	var posts []bot.Post
	now := d.Now()
	for _, id := range listed {
		a, ok, err := d.Money.holds(ctx, d.Access, id, bot.RightAsk, bot.AreaDesk)
		if err != nil {
			return nil, err
		}
		if !ok || len(posts) == mostAlarmed || !slices.Contains(a.Roles, bot.RoleLead) && !slices.Contains(a.Roles, bot.RoleAdmin) ||
			slices.ContainsFunc(posts, func(p bot.Post) bool { return p.To.Person == id }) {
			continue
		}
		posts = append(posts, bot.Post{To: bot.Target{Kind: bot.TargetPerson, Person: id}, Lane: bot.LaneMoney, Object: "money-approvers/" + money.DayOf(now), Created: now,
			Reply: bot.Say(bot.Text("⚠️ " + d.Catalog.In(readerOf(a)).T("money.alarm.approvers", why.Args...)))})
	}
	return func(tx bot.Tx) {
		for _, p := range posts {
			_ = tx.Post(p) // like a receipt: no room for it changes nothing
		}
	}, nil
}

// joined writes roles as one fact of the audit log.
func joined(roles []bot.Role) string {
	var list []string
	for _, r := range roles {
		list = append(list, string(r))
	}
	return strings.Join(list, ",")
}

// moneyEntry is the line of the audit log about a step of an operation.
func moneyEntry(o money.Operation, who bot.PersonID, action string, now time.Time) bot.Entry {
	facts := map[string]string{
		"kind": string(o.Kind), "state": string(o.State), "rev": strconv.Itoa(o.Rev), "total_fen": strconv.FormatInt(int64(o.Total()), 10),
		"moved_fen": strconv.FormatInt(int64(o.Moved()), 10), "parties": strconv.Itoa(len(o.Parties)), "policy": o.Policy,
		"could_approve": strconv.Itoa(o.CouldApprove), "source": o.Source(),
	}
	if o.Center != "" {
		facts["center"] = o.Center
	}
	for name, from := range map[string][]string{"requester_from": o.RequesterFrom, "approver_from": o.ApproverFrom} {
		if len(from) > 0 {
			facts[name] = strings.Join(from, ",")
		}
	}
	for name, roles := range map[string][]bot.Role{"requester_roles": o.RequesterRoles, "approver_roles": o.ApproverRoles} {
		if len(roles) > 0 {
			facts[name] = joined(roles)
		}
	}
	if o.Fault != "" {
		facts["fault"] = o.Fault
	}
	if o.List != "" {
		facts["list"] = o.List
	}
	return bot.Entry{Stream: "operation/" + o.ID, Team: o.Team, Person: who, Account: o.Account, Action: action, Object: o.ID, Outcome: "ok", At: now, Facts: facts}
}
