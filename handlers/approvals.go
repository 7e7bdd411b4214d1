package handlers

import (
	"context"
	"slices"
	"strings"

	"partnerdesk/bot"
	"partnerdesk/handlers/money"
)

// moneyer is what /voucher and /funds share: the way of an operation from its
// preview to its proof. Rights are decided at the click; the rules of package
// money decide the rest, within the transaction.
type moneyer struct {
	d       *Deps
	command string // voucher or funds
	cache   *customerCache
}

// actions are the buttons of an operation.
func (m moneyer) actions() map[string]bot.Action {
	return map[string]bot.Action{
		"show":     {Run: m.show},
		"submit":   {Needs: bot.RightRequest, Run: m.submit},
		"withdraw": {Needs: bot.RightRequest, Run: m.withdraw},
		"again":    {Needs: bot.RightRequest, Run: m.again},
		"approve":  {Needs: bot.RightApprove, Run: m.approve},
		"decline":  {Needs: bot.RightApprove, Run: m.reasonForm("decline"), Opens: true},
		"release":  {Needs: bot.RightApprove, Run: m.reasonForm("release"), Opens: true},
		"assign":   {Needs: bot.RightApprove, Run: m.assign},
		"list":     {Run: m.approvals},
	}
}

// forms are those that ask an approver for a reason.
func (m moneyer) forms() map[string]bot.Submission {
	return map[string]bot.Submission{
		"decline": {Needs: bot.RightApprove, Check: m.checkReason, Run: m.decline},
		"release": {Needs: bot.RightApprove, Check: m.checkReason, Run: m.release},
	}
}

// ready refuses where nothing that moves value is set up.
func (m moneyer) ready(r bot.Request) error {
	if m.d.Money == nil || m.d.Money.Center == nil {
		return bot.User("money.unset", "admin", m.d.words(r).T("person.admin"))
	}
	return nil
}

// find loads an operation that the person may see: their own account's, or any
// for the operator. What they may not see does not exist for them.
func (m moneyer) find(ctx context.Context, r bot.Request, id string) (money.Operation, error) {
	if err := m.ready(r); err != nil {
		return money.Operation{}, err
	}
	id = strings.ToUpper(strings.TrimSpace(id))
	o, found, err := m.d.Money.Book.FindOperation(ctx, team(r), id)
	if err != nil {
		return o, err
	}
	if !found || r.Actor.Huawei || o.Account != r.Actor.Account && r.Actor.Account != bot.Operator() || o.State == money.Draft && o.Requester != r.Person {
		return o, bot.User("money.none", "id", clip(id, 20))
	}
	return o, nil
}

// step runs a transition at a click, with everything that follows from it in the
// same transaction. A transition that the rules refuse is answered in words and
// changes nothing.
func (m moneyer) step(ctx context.Context, r bot.Request, o money.Operation, action string, live bool, claims []string,
	do func(o money.Operation, b money.Books, f money.Facts, taken map[string]string) (money.Operation, money.Books, []string, error)) (bot.Outcome, error) {
	facts, err := m.d.moneyFacts(ctx, o, live)
	if no, ok := userError(err); ok {
		return bot.Outcome{}, no
	}
	if err != nil {
		return bot.Outcome{}, center(err)
	}
	short, err := m.d.alarm(ctx, o, bot.User("money.no.approvers", "count", count(len(facts.Approvers))))
	if err != nil {
		return bot.Outcome{}, err
	}
	now := m.d.Now()
	return bot.Outcome{Apply: func(tx bot.Tx) (bot.Reply, error) {
		before, after, err := money.Change(m.d.Money.Book, tx, o.Team, o.ID, now, claims,
			func(o money.Operation, b money.Books, taken map[string]string) (money.Operation, money.Books, []string, error) {
				return do(o, b, facts, taken)
			})
		if no, ok := userError(err); ok {
			if no.Key == "money.no.approvers" {
				short(tx)
			}
			entry := moneyEntry(before, r.Person, action, now)
			entry.Outcome, entry.Facts["reason"] = "refused", no.Key
			return m.refusal(r, before, no), tx.Audit(entry)
		}
		if err != nil {
			return bot.Reply{}, err
		}
		if err := tx.Audit(moneyEntry(after, r.Person, action, now)); err != nil {
			return bot.Reply{}, err
		}
		m.d.receipts(tx, before, after)
		return m.after(r, after, action), nil
	}}, nil
}

// refusal says why a click did not count, and shows the way to how things are.
func (m moneyer) refusal(r bot.Request, o money.Operation, no *bot.UserError) bot.Reply {
	w := m.d.words(r)
	reply := bot.Say(bot.Text(w.T(no.Key, no.Args...)))
	reply.Private = true
	if o.ID != "" {
		reply.Blocks = append(reply.Blocks, bot.Buttons{Items: []bot.Button{{Action: m.command + ".show", Text: w.T("money.button.show"), Value: handle(o)}}})
	}
	return reply
}

// after is what who clicked reads. The card itself is brought up to date by the
// worker, for everybody who has one.
func (m moneyer) after(r bot.Request, o money.Operation, action string) bot.Reply {
	w := m.d.words(r)
	reply := bot.Say(bot.Bold(o.ID+" "), bot.Text(w.T(action+".done", "what", will(w, o), "time", m.d.clock(o.Expires), "count", count(max(o.CouldApprove, 0)))))
	if action == "money.submit" && o.Alone {
		reply = bot.Say(bot.Bold(o.ID+" "), bot.Text(w.T("money.submit.alone", "what", will(w, o))))
	}
	reply.Private = true
	reply.Replace = action != "money.decline" && action != "money.release" && r.Place.Private
	reply.Blocks = append(reply.Blocks, m.d.operationButtons(w, o, o.Requester == r.Person, false)...)
	return reply
}

func (m moneyer) show(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	id, _, _ := handled(r.Value)
	if r.Kind != bot.KindClick {
		id, _ = which(r)
	}
	if isList(id) {
		return lister{m}.showList(ctx, r, id)
	}
	o, err := m.find(ctx, r, id)
	if err != nil {
		return bot.Outcome{}, err
	}
	return bot.Outcome{Reply: m.view(r, o)}, nil
}

func (m moneyer) view(r bot.Request, o money.Operation) bot.Reply {
	w := m.d.words(r)
	approves := o.Requester != r.Person && slices.ContainsFunc(r.Actor.Roles, func(role bot.Role) bool { return role == bot.RoleApprover || role == bot.RoleLead })
	blocks := append([]bot.Block{bot.Heading{Text: o.ID + " · " + w.T("money.kind."+string(o.Kind))}}, m.d.operationBlocks(w, o)...)
	return bot.Reply{Private: true, Blocks: append(blocks, m.d.operationButtons(w, o, o.Requester == r.Person, approves)...)}
}

func (m moneyer) submit(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	id, rev, _ := handled(r.Value)
	o, err := m.find(ctx, r, id)
	if err != nil {
		return bot.Outcome{}, err
	}
	return m.step(ctx, r, o, "money.submit", true, nil, func(o money.Operation, b money.Books, f money.Facts, _ map[string]string) (money.Operation, money.Books, []string, error) {
		o, b, err := o.Submit(r.Person, rev, b, f, m.d.Money.Policy, m.d.Now())
		o.RequesterRoles, o.RequesterFrom, o.Center = r.Actor.Roles, r.Actor.From, m.d.Money.Account
		return o, b, nil, err
	})
}

func (m moneyer) approve(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	id, rev, _ := handled(r.Value)
	o, err := m.find(ctx, r, id)
	if err != nil {
		return bot.Outcome{}, err
	}
	return m.step(ctx, r, o, "money.approve", true, nil, func(o money.Operation, b money.Books, f money.Facts, _ map[string]string) (money.Operation, money.Books, []string, error) {
		o, b, err := o.Approve(r.Person, rev, b, f, m.d.Money.Policy, m.d.Now())
		o.ApproverRoles, o.ApproverFrom, o.ApproverLang = r.Actor.Roles, r.Actor.From, r.Lang
		return o, b, nil, err
	})
}

func (m moneyer) withdraw(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	id, rev, _ := handled(r.Value)
	o, err := m.find(ctx, r, id)
	if err != nil {
		return bot.Outcome{}, err
	}
	return m.step(ctx, r, o, "money.withdraw", false, nil, func(o money.Operation, b money.Books, _ money.Facts, _ map[string]string) (money.Operation, money.Books, []string, error) {
		o, b, err := o.Withdraw(r.Person, rev, b, m.d.Now())
		return o, b, nil, err
	})
}

func (m moneyer) assign(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	id, rev, claim := handled(r.Value)
	o, err := m.find(ctx, r, id)
	if err != nil {
		return bot.Outcome{}, err
	}
	return m.step(ctx, r, o, "money.assign", false, []string{claim}, func(o money.Operation, b money.Books, f money.Facts, taken map[string]string) (money.Operation, money.Books, []string, error) {
		doubt := append(o.With(money.InDoubt), o.With(money.Released)...)
		if len(doubt) != 1 {
			return o, b, nil, bot.User("money.no.claimed")
		}
		return o.Assign(r.Person, rev, doubt[0].ID, claim, taken, b, f, m.d.Now())
	})
}

// reasonForm asks an approver why.
func (m moneyer) reasonForm(name string) bot.Handler {
	return func(ctx context.Context, r bot.Request) (bot.Outcome, error) {
		id, _, _ := handled(r.Value)
		o, err := m.find(ctx, r, id)
		if err != nil {
			return bot.Outcome{}, err
		}
		w := m.d.words(r)
		return bot.Outcome{Reply: bot.Reply{Form: &bot.Form{
			Name: m.command + "." + name, Title: w.T("money." + name + ".title"), Submit: w.T("button.send"), Close: w.T("form.close"), State: r.Value,
			Intro:  m.d.operationBlocks(w, o),
			Fields: []bot.FormField{{Name: "reason", Kind: bot.FieldText, Label: w.T("money." + name + ".reason"), Hint: w.T("money." + name + ".hint"), Max: 500}},
		}}}, nil
	}
}

func (m moneyer) checkReason(_ context.Context, r bot.Request) (map[string]string, error) {
	if len([]rune(strings.TrimSpace(r.Values["reason"]))) < 2 {
		return map[string]string{"reason": "money.no.reason"}, nil
	}
	return nil, nil
}

func (m moneyer) decline(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	id, rev, _ := handled(r.State)
	o, err := m.find(ctx, r, id)
	if err != nil {
		return bot.Outcome{}, err
	}
	return m.step(ctx, r, o, "money.decline", false, nil, func(o money.Operation, b money.Books, f money.Facts, _ map[string]string) (money.Operation, money.Books, []string, error) {
		o, b, err := o.Decline(r.Person, rev, clip(oneLine(r.Values["reason"]), 500), b, f, m.d.Now())
		return o, b, nil, err
	})
}

func (m moneyer) release(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	id, rev, _ := handled(r.State)
	o, err := m.find(ctx, r, id)
	if err != nil {
		return bot.Outcome{}, err
	}
	return m.step(ctx, r, o, "money.release", false, nil, func(o money.Operation, b money.Books, f money.Facts, _ map[string]string) (money.Operation, money.Books, []string, error) {
		o, b, err := o.Release(r.Person, rev, clip(oneLine(r.Values["reason"]), 500), b, f, m.d.Money.Policy, m.d.Now())
		return o, b, nil, err
	})
}

// again offers the parties that got nothing once more, as a new draft.
func (m moneyer) again(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	id, _, _ := handled(r.Value)
	old, err := m.find(ctx, r, id)
	if err != nil {
		return bot.Outcome{}, err
	}
	next, err := old.Retry(m.d.Now())
	if err != nil {
		return bot.Outcome{}, err
	}
	return m.draft(ctx, r, next, old.ID)
}

// draft reads what a new operation is held against, keeps it as a draft, and
// shows the preview. again names the operation it follows.
func (m moneyer) draft(ctx context.Context, r bot.Request, o money.Operation, again string) (bot.Outcome, error) {
	o.Team, o.Account, o.Requester, o.RequesterRoles, o.Lang = team(r), r.Actor.Account, r.Person, r.Actor.Roles, r.Lang
	o.Seed = r.ID
	o, err := money.New(o, m.d.Now())
	if err != nil {
		return bot.Outcome{}, err
	}
	o.Policy = m.d.Money.Policy.Revision()
	seen, err := m.d.look(ctx, o)
	if err != nil {
		return bot.Outcome{}, center(err)
	}
	o.Seen = seen
	approvers, err := m.d.Money.actors(ctx, m.d.Access, bot.RightApprove, o.Account)
	if err != nil {
		return bot.Outcome{}, err
	}
	o.CouldApprove = len(approvers)
	now := m.d.Now()
	return bot.Outcome{Apply: func(tx bot.Tx) (bot.Reply, error) {
		for try := range 100 {
			o.ID = money.ID(o.Seed, try)
			old, found, err := m.d.Money.Book.OperationIn(tx, o.Team, o.ID)
			if err != nil {
				return bot.Reply{}, err
			}
			if found && old.Seed == o.Seed {
				return m.view(r, old), nil
			}
			if !found {
				break
			}
		}
		if again != "" {
			before, found, err := m.d.Money.Book.OperationIn(tx, o.Team, again)
			if err != nil {
				return bot.Reply{}, err
			}
			if !found || before.Again != "" {
				return m.refusal(r, before, bot.User("money.no.again", "id", before.Again)), nil
			}
			before.Again, before.Rev = o.ID, before.Rev+1
			if err := m.d.Money.Book.PutOperation(tx, before); err != nil {
				return bot.Reply{}, err
			}
		}
		if err := m.d.Money.Book.PutOperation(tx, o); err != nil {
			return bot.Reply{}, err
		}
		if err := tx.Audit(moneyEntry(o, r.Person, "money.draft", now)); err != nil {
			return bot.Reply{}, err
		}
		return m.preview(r, o), nil
	}}, nil
}

// preview says what will happen, what remains and who is asked.
func (m moneyer) preview(r bot.Request, o money.Operation) bot.Reply {
	w := m.d.words(r)
	reply := m.view(r, o)
	second := w.T("money.second", "count", count(o.CouldApprove))
	if o.CouldApprove < money.MinApprovers {
		second = w.T("money.second.none", "count", count(o.CouldApprove))
	}
	if t := m.d.Money.Policy.Full().Threshold; o.Total() <= t {
		second = w.T("money.second.under", "threshold", yuan(t))
	}
	at := len(reply.Blocks) - 1
	reply.Blocks = slices.Insert(reply.Blocks, at, bot.Block(bot.Paragraph{Inlines: []bot.Inline{bot.Text(second)}}))
	if row, ok := reply.Blocks[len(reply.Blocks)-1].(bot.Buttons); ok && m.d.Knowledge != nil && m.d.Knowledge.Entry(policyOf(o.Kind)) != nil {
		row.Items = append(row.Items, bot.Button{Action: "ask.entry", Text: w.T("money.button.policy"), Value: policyOf(o.Kind)})
		reply.Blocks[len(reply.Blocks)-1] = row
	}
	return reply
}

// policyOf is the entry of the corpus that says when an operation is allowed.
func policyOf(k money.Kind) string {
	return map[money.Kind]string{
		money.IssueCoupon: "voucher-issue-precondition", money.ReclaimCoupon: "api-coupon-reclaim", money.GrantCustomer: "api-grant-customer",
		money.ReclaimCustomer: "api-reclaim-customer", money.GrantReseller: "api-grant-funds-reseller", money.ReclaimReseller: "api-reclaim-funds-reseller",
		money.GiveQuota: "api-grant-quota-reseller", money.ReclaimQuota: "api-reclaim-quota-reseller",
	}[k]
}
