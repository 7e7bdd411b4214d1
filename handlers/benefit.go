package handlers

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"partnerdesk/bot"
	"partnerdesk/bot/lang"
	"partnerdesk/handlers/benefit"
	"partnerdesk/handlers/partner"
	"partnerdesk/handlers/ticket"
	"partnerdesk/handlers/worktime"
)

// Register is what the benefit register (权益台账) needs.
type Register struct {
	Book     benefit.Book
	Policy   benefit.Policy     // what is published about benefits
	Calendar *worktime.Calendar // nil: weekends only
}

// benefits is /benefit: what the company was given or may apply for, how far each
// of it is, and by when something must be done. No API has it: people keep it.
func benefits(d *Deps) bot.Command {
	o := registrar{d}
	request := func(h bot.Handler) bot.Action { return bot.Action{Needs: bot.RightRequest, Run: o.ours(h)} }
	opens := func(h bot.Handler) bot.Action {
		return bot.Action{Needs: bot.RightRequest, Run: o.ours(h), Opens: true}
	}
	read := func(h bot.Handler) bot.Action { return bot.Action{Run: h} } // asks by itself what may be seen
	submit := func(check func(context.Context, bot.Request) (map[string]string, error), h bot.Handler) bot.Submission {
		return bot.Submission{Needs: bot.RightRequest, Check: check, Run: o.ours(h)}
	}
	return bot.Command{
		Name: "benefit", Needs: bot.RightAsk, Names: true, Run: o.run,
		Subs: map[string]bot.Action{
			"list": read(o.list), "show": read(o.show), "rules": read(o.rules), "history": read(o.history),
			"add": opens(o.add), "edit": opens(o.edit), "tick": request(o.tick(true)), "untick": request(o.tick(false)), "move": request(o.move),
			"grant": request(o.count(false)), "use": request(o.count(true)), "void": request(o.void), "done": request(o.done), "reopen": request(o.reopen),
			"assign": request(o.assign), "evidence": request(o.evidence), "note": request(o.note), "import": opens(o.importForm),
			"export": {Needs: bot.RightExport, Run: o.ours(o.export)},
		},
		Actions: map[string]bot.Action{
			"list": read(o.list), "show": read(o.show), "rules": read(o.rules), "history": read(o.history), "kinds": request(o.kinds),
			"add": opens(o.add), "edit": opens(o.edit), "tick": request(o.tick(true)), "untick": request(o.tick(false)), "move": request(o.move),
			"grant": opens(o.countForm(false)), "use": opens(o.countForm(true)), "done": opens(o.doneForm), "reopen": request(o.reopen),
			"evidence": opens(o.lineForm("evidence", bot.FieldLine, benefit.MaxURL)), "note": opens(o.lineForm("note", bot.FieldText, benefit.MaxNote)),
			"import": opens(o.importForm), "take": request(o.take),
		},
		Forms: map[string]bot.Submission{
			"pick": submit(nil, o.picked), "row": submit(o.checkRow, o.submitRow), "grant": submit(o.checkCount(false), o.submitCount(false)),
			"use": submit(o.checkCount(true), o.submitCount(true)), "done": submit(nil, o.submitDone), "evidence": submit(o.checkEvidence, o.submitEvidence),
			"note": submit(o.checkNote, o.submitNote), "import": submit(o.checkImport, o.tryImport),
		},
	}
}

type registrar struct{ d *Deps }

// run is /benefit without a subcommand: the list. Other words are a question
// about benefits.
func (o registrar) run(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	text := oneLine(r.Text)
	if text == "" || o.narrows(text) {
		return o.list(ctx, r)
	}
	if isRowID(text) {
		return o.show(ctx, r)
	}
	return asker(o).run(ctx, r)
}

func isRowID(s string) bool {
	rest, is := strings.CutPrefix(strings.ToUpper(s), "BF-")
	return is && rest != "" && !strings.ContainsAny(rest, " \t")
}

// ours refuses whoever does not work for the account, and a desk that keeps no
// register.
func (o registrar) ours(h bot.Handler) bot.Handler {
	return func(ctx context.Context, r bot.Request) (bot.Outcome, error) {
		if err := o.set(r); err != nil {
			return bot.Outcome{}, err
		}
		if r.Actor.Huawei {
			return bot.Outcome{}, &bot.Refusal{Reason: "huawei", Key: "refusal.huawei"}
		}
		return h(ctx, r)
	}
}

func (o registrar) set(r bot.Request) error {
	if o.d.Register == nil {
		return bot.User("benefit.unset", "admin", o.d.words(r).T("person.admin"))
	}
	return nil
}

// sight says how much somebody sees: the account's people all of it; an ecosystem
// manager that there are rows of shared kinds, and their days, without names and
// amounts; other people of Huawei nothing.
func (o registrar) sight(ctx context.Context, r bot.Request) (whole bool, err error) {
	if err := o.set(r); err != nil {
		return false, err
	}
	_, err = o.d.Access.Authorize(ctx, r.Actor.Person, bot.RightRead, bot.AreaDesk)
	switch {
	case err == nil && !r.Actor.Huawei:
		return true, nil
	case slices.Contains(r.Actor.Roles, bot.RoleManager):
		return false, nil
	case r.Actor.Huawei:
		return false, &bot.Refusal{Reason: "huawei", Key: "refusal.huawei"}
	}
	return false, err
}

// whole lets only those in who see all of a row.
func (o registrar) whole(ctx context.Context, r bot.Request) error {
	whole, err := o.sight(ctx, r)
	if err == nil && !whole {
		err = &bot.Refusal{Reason: "role", Key: "benefit.refused.shared"}
	}
	return err
}

// find loads a row of the person's own account; there is no way to another one's.
func (o registrar) find(ctx context.Context, r bot.Request, id string) (benefit.Benefit, benefit.Rule, error) {
	id = strings.ToUpper(strings.TrimSpace(id))
	if id == "" {
		return benefit.Benefit{}, benefit.Rule{}, bot.User("benefit.which")
	}
	row, found, err := o.d.Register.Book.FindBenefit(ctx, team(r), r.Actor.Account, id)
	if err == nil && !found {
		err = bot.User("benefit.none", "id", clip(id, 20))
	}
	rule, known := o.d.Register.Policy.Rule(row.Kind)
	if err == nil && !known {
		err = bot.User("benefit.none", "id", clip(id, 20))
	}
	return row, rule, err
}

// handleOf is what a button or a form carries: the row and the revision that was
// seen.
func handleOf(b benefit.Benefit) string { return b.ID + "|" + strconv.Itoa(b.Rev) }

// parseHandle takes a button's value or a form's state apart. The revision is -1
// where none was seen, as in what is typed.
func parseHandle(value string) (id string, rev int, rest string) {
	parts := strings.SplitN(value, "|", 3)
	rev = -1
	if len(parts) > 1 {
		if n, err := strconv.Atoi(parts[1]); err == nil {
			rev = n
		}
	}
	if len(parts) > 2 {
		rest = parts[2]
	}
	return parts[0], rev, rest
}

// about is the row a request is about, with the rest of what was said.
func (o registrar) about(ctx context.Context, r bot.Request) (row benefit.Benefit, rule benefit.Rule, rev int, rest string, err error) {
	id := ""
	switch r.Kind {
	case bot.KindClick:
		id, rev, rest = parseHandle(r.Value)
	case bot.KindSubmission:
		id, rev, rest = parseHandle(r.State)
	default:
		id, rest = which(r)
		rev = -1
	}
	row, rule, err = o.find(ctx, r, id)
	return row, rule, rev, rest, err
}

func (o registrar) today() worktime.Date { return worktime.DateIn(o.d.Now(), o.d.deskZone()) }

func (o registrar) reader() benefit.Reader {
	return benefit.Reader{Today: o.today(), Calendar: o.d.Register.Calendar}
}

// benefitStep is what somebody does to a row: pure, on the row as the transaction sees it.
type benefitStep func(b benefit.Benefit, now time.Time) (benefit.Benefit, error)

// change runs a step in one transaction with everything that follows from it: the
// row, its days, its cards, the audit entry. Somebody who looked at an older
// revision is told what has changed since, and nothing is done.
func (o registrar) change(r bot.Request, row benefit.Benefit, rev int, action string, do benefitStep) bot.Outcome {
	now := o.d.Now()
	return bot.Outcome{Apply: func(tx bot.Tx) (bot.Reply, error) {
		fresh, found, err := o.d.Register.Book.BenefitIn(tx, row.Team, row.Account, row.ID)
		if err != nil {
			return bot.Reply{}, err
		}
		if !found {
			return o.said(r, "benefit.none", "id", row.ID), nil
		}
		if rev >= 0 && fresh.Rev != rev {
			return o.overtaken(r, fresh, rev), nil
		}
		after, err := do(fresh, now)
		if no, ok := userError(err); ok {
			return o.said(r, no.Key, inYuan(no.Args)...), nil
		}
		if err != nil {
			return bot.Reply{}, err
		}
		if after.Rev == fresh.Rev {
			return o.shown(r, after, o.said(r, "benefit.same", "id", after.ID)), nil
		}
		return o.shown(r, after, o.page(r, after).news(fresh.Rev)), o.keep(tx, r, fresh, after, action)
	}}
}

// shown is the answer to a change: on a private page the page as it is now, on
// somebody's card nothing, because the card changes by itself; else a few words.
func (o registrar) shown(r bot.Request, b benefit.Benefit, words bot.Reply) bot.Reply {
	switch {
	case r.Kind == bot.KindClick && r.Place.Private:
		reply := o.page(r, b).detail()
		reply.Replace = true
		return reply
	case r.Kind == bot.KindClick && r.Place.Direct && slices.ContainsFunc(b.Cards, func(c benefit.Card) bool { return c.Person == r.Person }):
		return bot.Reply{}
	}
	return words
}

// inYuan writes the amounts among the blanks as people read them.
func inYuan(args []string) []string {
	args = slices.Clone(args)
	for i := 0; i+1 < len(args); i += 2 {
		if v, err := partner.ParseFen(args[i+1]); err == nil && (args[i] == "left" || args[i] == "amount") {
			args[i+1] = yuan(v)
		}
	}
	return args
}

func (o registrar) said(r bot.Request, key string, args ...string) bot.Reply {
	return private(bot.Text(o.d.words(r).T(key, args...)))
}

// keep writes a changed row and what follows from the change.
func (o registrar) keep(tx bot.Tx, r bot.Request, before, after benefit.Benefit, action string) error {
	if err := o.d.Register.Book.PutBenefit(tx, after); err != nil {
		return err
	}
	if err := o.d.benefitDates(tx, r.Person, before, after); err != nil {
		return err
	}
	for _, c := range after.Cards {
		if err := tx.Post(o.cardPost(after, c)); err != nil {
			return err
		}
	}
	return tx.Audit(o.entry(r, after, action))
}

// entry is a line of the row's own stream. What a row says stays out of it.
func (o registrar) entry(r bot.Request, b benefit.Benefit, action string) bot.Entry {
	return bot.Entry{Stream: "benefit/" + b.ID, Person: r.Person, Account: b.Account, Action: action, Object: b.ID, Outcome: "ok", At: o.d.Now(),
		Facts: map[string]string{"kind": string(b.Kind), "state": b.State, "rev": strconv.Itoa(b.Rev)}}
}

// cardPost is somebody's card as the row stands now.
func (o registrar) cardPost(b benefit.Benefit, c benefit.Card) bot.Post {
	return bot.Post{To: bot.Target{Kind: bot.TargetPerson, Person: c.Person}, Lane: bot.LaneTicket, Object: "benefit/" + b.ID, Created: o.d.Now(),
		Reply: o.pageIn(o.d.Catalog.In(c.Lang), b).card()}
}

// place finds a new row its id; the same delivery finds its own again.
func (o registrar) place(tx bot.Tx, row benefit.Benefit) (benefit.Benefit, error) {
	for try := range 100 {
		row.ID = ticket.ID("BF", row.Account.String()+row.Seed, try)
		old, found, err := o.d.Register.Book.BenefitIn(tx, row.Team, row.Account, row.ID)
		if err != nil || found && old.Seed == row.Seed {
			return old, err
		}
		if !found {
			return row, nil
		}
	}
	return row, errNoID
}

// inLang is a text of the policy in the reader's language.
func inLang(w lang.Words, t benefit.Text) string {
	if w.Tag() == lang.English {
		return t.EN
	}
	return t.ZH
}
