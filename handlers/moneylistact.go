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

// findList loads a list that the person may see; see [moneyer.find].
func (l lister) findList(ctx context.Context, r bot.Request, id string) (money.List, error) {
	none := bot.User("sheet.none", "id", clip(id, 20))
	if err := l.ready(r); err != nil {
		return money.List{}, err
	}
	if l.d.Money.Lists == nil {
		return money.List{}, none
	}
	list, found, err := l.d.Money.Lists.FindList(ctx, team(r), strings.ToUpper(strings.TrimSpace(id)))
	if err != nil {
		return list, err
	}
	if !found || r.Actor.Huawei || list.Account != r.Actor.Account && r.Actor.Account != bot.Operator() ||
		(list.State == money.ListDraft || len(list.Operations()) == 0) && list.Requester != r.Person {
		return list, none
	}
	return list, nil
}

// operationsOf reads the operations that carry a list out.
func (d *Deps) operationsOf(ctx context.Context, l money.List) (map[string]money.Operation, error) {
	all := map[string]money.Operation{}
	for _, id := range l.Operations() {
		o, found, err := d.Money.Book.FindOperation(ctx, l.Team, id)
		if err != nil {
			return nil, err
		}
		if found {
			all[id] = o
		}
	}
	return all, nil
}

func (l lister) view(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	id, _, _ := handled(r.Value)
	if r.Kind != bot.KindClick {
		id, _ = which(r)
	}
	return l.showList(ctx, r, id)
}

func (l lister) showList(ctx context.Context, r bot.Request, id string) (bot.Outcome, error) {
	list, err := l.findList(ctx, r, id)
	if err != nil {
		return bot.Outcome{}, err
	}
	ops, err := l.d.operationsOf(ctx, list)
	if err != nil {
		return bot.Outcome{}, err
	}
	w := l.d.words(r)
	reply := bot.Reply{Private: true, Blocks: l.d.listBlocks(w, list, ops)}
	approves := list.Requester != r.Person && slices.ContainsFunc(r.Actor.Roles, func(role bot.Role) bool { return role == bot.RoleApprover || role == bot.RoleLead })
	reply.Blocks = append(reply.Blocks, l.d.listButtons(w, list, ops, list.Requester == r.Person, approves)...)
	if data, err := l.d.listFile(w, list, ops); err == nil {
		reply.Files = []bot.File{listFileOf(w, list, data)}
	}
	return bot.Outcome{Reply: reply}, nil
}

// stepList runs a transition of a list at a click; see [moneyer.step].
func (l lister) stepList(ctx context.Context, r bot.Request, list money.List, action string, live bool,
	do func(list money.List, f money.Facts) (money.List, error)) (bot.Outcome, error) {
	probe := money.Operation{Account: list.Account, Requester: list.Requester}
	facts, err := l.d.moneyFacts(ctx, probe, false)
	if err != nil {
		return bot.Outcome{}, center(err)
	}
	if live {
		seen, err := l.d.listSource(ctx, list, nil)
		if err != nil {
			return bot.Outcome{}, center(err)
		}
		facts.Available, facts.Known = seen.Available, seen.Known
	}
	short, err := l.d.alarm(ctx, probe, bot.User("money.no.approvers", "count", count(len(facts.Approvers))))
	if err != nil {
		return bot.Outcome{}, err
	}
	now := l.d.Now()
	return bot.Outcome{Apply: func(tx bot.Tx) (bot.Reply, error) {
		before, found, err := l.d.Money.Lists.ListIn(tx, list.Team, list.ID)
		if err != nil {
			return bot.Reply{}, err
		}
		if !found {
			return l.no(r, list, bot.User("sheet.none", "id", list.ID)), nil
		}
		frozen, err := l.frozen(tx, before)
		if err != nil {
			return bot.Reply{}, err
		}
		after, err := do(before, facts)
		if err == nil && frozen && (after.State == money.ListSubmitted || after.State == money.ListApproved) {
			err = bot.User("money.no.frozen")
		}
		if no, ok := userError(err); ok {
			if no.Key == "money.no.approvers" {
				short(tx)
			}
			entry := listEntry(before, r.Person, action, now)
			entry.Outcome, entry.Facts["reason"] = "refused", no.Key
			return l.no(r, before, no), tx.Audit(entry)
		}
		if err != nil {
			return bot.Reply{}, err
		}
		if err := l.d.Money.Lists.PutList(tx, after); err != nil {
			return bot.Reply{}, err
		}
		if err := tx.Audit(listEntry(after, r.Person, action, now)); err != nil {
			return bot.Reply{}, err
		}
		w := l.d.words(r)
		reply := private(bot.Bold(after.ID+" "), bot.Text(w.T(action+".done", "count", count(len(after.Good())), "total", yuan(after.Total()))))
		reply.Replace = r.Kind == bot.KindClick && r.Place.Private
		return reply, nil
	}}, nil
}

// frozen says that nothing of a list may be submitted or approved for now.
func (l lister) frozen(tx bot.Tx, list money.List) (bool, error) {
	for _, scope := range []string{money.Everything, list.Account.String()} {
		f, err := l.d.Money.Book.FreezeIn(tx, list.Team, scope)
		if err != nil || f.Set() {
			return f.Set(), err
		}
	}
	return false, nil
}

// no says why a click did not count.
func (l lister) no(r bot.Request, list money.List, why *bot.UserError) bot.Reply {
	w := l.d.words(r)
	reply := private(bot.Text(w.T(why.Key, why.Args...)))
	if list.ID != "" {
		reply.Blocks = append(reply.Blocks, bot.Buttons{Items: []bot.Button{{Action: l.command + ".sheet-show", Text: w.T("money.button.show"), Value: listHandle(list)}}})
	}
	return reply
}

func (l lister) submitList(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	id, rev, _ := handled(r.Value)
	list, err := l.findList(ctx, r, id)
	if err != nil {
		return bot.Outcome{}, err
	}
	return l.stepList(ctx, r, list, "list.submit", list.State == money.ListDraft, func(list money.List, f money.Facts) (money.List, error) {
		list, err := list.Submit(r.Person, rev, f, l.d.Now())
		list.RequesterRoles = r.Actor.Roles
		return list, err
	})
}

func (l lister) withdrawList(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	id, rev, _ := handled(r.Value)
	list, err := l.findList(ctx, r, id)
	if err != nil {
		return bot.Outcome{}, err
	}
	return l.stepList(ctx, r, list, "list.withdraw", false, func(list money.List, _ money.Facts) (money.List, error) {
		return list.Withdraw(r.Person, rev, l.d.Now())
	})
}

func (l lister) approveList(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	id, rev, _ := handled(r.Value)
	list, err := l.findList(ctx, r, id)
	if err != nil {
		return bot.Outcome{}, err
	}
	return l.stepList(ctx, r, list, "list.approve", false, func(list money.List, f money.Facts) (money.List, error) {
		list, err := list.Approve(r.Person, rev, f, l.d.Now())
		list.ApproverRoles, list.ApproverLang = r.Actor.Roles, r.Lang
		return list, err
	})
}

func (l lister) declineForm(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	id, _, _ := handled(r.Value)
	list, err := l.findList(ctx, r, id)
	if err != nil {
		return bot.Outcome{}, err
	}
	w := l.d.words(r)
	return bot.Outcome{Reply: bot.Reply{Form: &bot.Form{
		Name: l.command + ".sheet-decline", Title: w.T("money.decline.title"), Submit: w.T("button.send"), Close: w.T("form.close"), State: r.Value,
		Intro:  l.d.listBlocks(w, list, nil)[:2],
		Fields: []bot.FormField{{Name: "reason", Kind: bot.FieldText, Label: w.T("money.decline.reason"), Hint: w.T("money.decline.hint"), Max: 500}},
	}}}, nil
}

func (l lister) declineList(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	id, rev, _ := handled(r.State)
	list, err := l.findList(ctx, r, id)
	if err != nil {
		return bot.Outcome{}, err
	}
	return l.stepList(ctx, r, list, "list.decline", false, func(list money.List, f money.Facts) (money.List, error) {
		list, err := list.Decline(r.Person, rev, clip(oneLine(r.Values["reason"]), 500), f, l.d.Now())
		list.ApproverRoles, list.ApproverLang = r.Actor.Roles, r.Lang
		return list, err
	})
}

// againList offers the failed rows once more, tried out anew.
func (l lister) againList(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	id, _, _ := handled(r.Value)
	old, err := l.findList(ctx, r, id)
	if err != nil {
		return bot.Outcome{}, err
	}
	ops, err := l.d.operationsOf(ctx, old)
	if err != nil {
		return bot.Outcome{}, err
	}
	next, err := old.Retry(ops)
	if err != nil {
		return bot.Outcome{}, err
	}
	return l.dryRun(ctx, r, next, old.ID)
}

func listHandle(l money.List) string { return l.ID + "|" + strconv.Itoa(l.Rev) }

// listEntry is the line of the audit log about a step of a list.
func listEntry(l money.List, who bot.PersonID, action string, now time.Time) bot.Entry {
	facts := map[string]string{
		"kind": string(l.Kind), "state": string(l.State), "rev": strconv.Itoa(l.Rev), "rows": strconv.Itoa(len(l.Rows)), "good": strconv.Itoa(len(l.Good())),
		"total_fen": strconv.FormatInt(int64(l.Total()), 10), "digest": l.Digest, "operations": strconv.Itoa(len(l.Operations())), "could_approve": strconv.Itoa(l.CouldApprove),
	}
	return bot.Entry{Stream: "list/" + l.ID, Person: who, Account: l.Account, Action: action, Object: l.ID, Outcome: "ok", At: now, Facts: facts}
}

// isList says that an id is a list's, not an operation's.
func isList(id string) bool {
	return strings.HasPrefix(strings.ToUpper(strings.TrimSpace(id)), "ML-")
}

// among lists the lists that stand beside the operations: those that are open, or
// the latest of this command.
func (l lister) among(ctx context.Context, r bot.Request, w lang.Words, open bool) ([]bot.Block, error) {
	if l.d.Money.Lists == nil {
		return nil, nil
	}
	read := func() ([]money.List, error) { return l.d.Money.Lists.ListsOf(ctx, team(r), r.Actor.Account) }
	if r.Actor.Account == bot.Operator() {
		read = func() ([]money.List, error) { return l.d.Money.Lists.EveryList(ctx, team(r)) }
	}
	all, err := read()
	if err != nil {
		return nil, err
	}
	table := bot.Table{Columns: []bot.Column{{Title: w.T("money.col.id")}, {Title: w.T("money.col.kind")}, {Title: w.T("sheet.field.rows"), Numeric: true}, {Title: w.T("money.col.total"), Numeric: true},
		{Title: w.T("money.col.state")}, {Title: w.T("money.col.time")}}}
	var buttons bot.Buttons
	for _, list := range slices.Backward(all) {
		over := list.State == money.ListOver
		if len(list.Operations()) == 0 || open && over || !open && commandOf(list.Kind) != l.command || len(table.Rows) == mostLists {
			continue
		}
		ops, err := l.d.operationsOf(ctx, list)
		if err != nil {
			return nil, err
		}
		table.Rows = append(table.Rows, []string{list.ID, w.T("money.kind." + string(list.Kind)), count(len(list.Good())), yuan(list.Total()), l.d.listState(w, list, ops), l.d.clock(list.Changed)})
		buttons.Items = append(buttons.Items, bot.Button{Action: listCommand(list.Kind) + ".sheet-show", Text: list.ID, Value: listHandle(list)})
	}
	if len(table.Rows) == 0 {
		return nil, nil
	}
	return []bot.Block{table, buttons}, nil
}

// mostLists is how many lists stand beside the operations, the newest first.
const mostLists = 5
