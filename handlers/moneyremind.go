package handlers

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"partnerdesk/bot"
	"partnerdesk/bot/lang"
	"partnerdesk/handlers/money"
	"partnerdesk/handlers/rota"
	"partnerdesk/handlers/worktime"
)

// nudger reminds people of what waits for their approval: those asked after two
// working hours, their deputies after four, the leads after seven, and everybody
// who could still do it before it expires. Each step is given once, in working
// hours, and stands in the operation's row.
type nudger struct{ o JobOptions }

// mostNudged is how many people one step writes to, so that it fits a
// transaction.
const mostNudged = 6

func (n *nudger) run(ctx context.Context, now time.Time) error {
	d := n.o.Deps
	live, err := d.Money.Book.LiveOperations(ctx)
	if err != nil {
		return err
	}
	hours := money.Hours{Zone: d.deskZone(), Office: worktime.Office(), Calendar: d.calendar()}
	var faults []error
	lists := map[string]bool{}
	for _, o := range live {
		if o.State == money.Awaiting && o.List != "" { // a list is decided as one: the first of its operations stands for it
			if lists[o.List] {
				continue
			}
			lists[o.List] = true
		}
		step, due := o.NudgeDue(hours, now)
		if !due {
			continue
		}
		if err := n.give(ctx, o, step, hours, now); err != nil {
			faults = append(faults, fmt.Errorf("remind of %s: %w", o.ID, err))
		}
	}
	faults = append(faults, n.requests(ctx, hours, now))
	n.o.Posted()
	return errors.Join(faults...)
}

// give tells the people of a step and records it, in one transaction.
func (n *nudger) give(ctx context.Context, o money.Operation, step money.Step, hours money.Hours, now time.Time) error {
	d := n.o.Deps
	asked, table, err := d.asked(ctx, o, o.Account, step, now)
	if err != nil {
		return err
	}
	words, err := d.nudgeWords(ctx, o)
	if err != nil {
		return err
	}
	return n.o.Store.Update(ctx, func(tx bot.Tx) error {
		o, found, err := d.Money.Book.OperationIn(tx, o.Team, o.ID)
		if err != nil || !found {
			return err
		}
		if again, due := o.NudgeDue(hours, now); !due || again != step {
			return nil
		}
		if err := d.Money.Book.PutOperation(tx, o.Nudged(step, now)); err != nil {
			return err
		}
		for _, a := range asked[:min(len(asked), mostNudged)] {
			if err := tx.Post(d.nudge(o, words, step, a, table, now)); err != nil {
				return err
			}
		}
		if step == money.NudgeLast {
			if err := tx.Post(d.nudgeRequester(o, words, now)); err != nil {
				return err
			}
		}
		entry := moneyEntry(o, bot.PersonID{Team: o.Team}, "money.remind", now)
		entry.Facts["step"], entry.Facts["people"] = string(step), strconv.Itoa(len(asked))
		return tx.Audit(entry)
	})
}

// asked are the people whom a step asks, of those who can approve over an
// account at this moment, and who stands in for whom.
func (d *Deps) asked(ctx context.Context, o money.Operation, of bot.Account, step money.Step, now time.Time) ([]bot.Actor, rota.Table, error) {
	actors, err := d.Money.actors(ctx, d.Access, bot.RightApprove, of)
	if err != nil {
		return nil, rota.Table{}, err
	}
	table, err := d.stands(ctx, o.Team)
	if err != nil {
		return nil, table, err
	}
	var leads []bot.PersonID
	for _, a := range actors {
		if slices.Contains(a.Roles, bot.RoleLead) {
			leads = append(leads, a.Person.ID)
		}
	}
	var list []bot.Actor
	for _, who := range o.Asked(step, ids(actors), leads, table, now) {
		list = append(list, actors[slices.IndexFunc(actors, func(a bot.Actor) bool { return a.Person.ID == who })])
	}
	return list, table, nil
}

// nudged is what a reminder is about: an operation, or the list it belongs to.
type nudged struct {
	id, action, value string
	what              func(w lang.Words) string
}

func nudgedOf(o money.Operation) nudged {
	return nudged{id: o.ID, action: commandOf(o.Kind) + ".show", value: handle(o), what: func(w lang.Words) string { return will(w, o) }}
}

func (d *Deps) nudgeWords(ctx context.Context, o money.Operation) (nudged, error) {
	one := nudgedOf(o)
	if o.List == "" || d.Money.Lists == nil {
		return one, nil
	}
	l, found, err := d.Money.Lists.FindList(ctx, o.Team, o.List)
	if err != nil || !found {
		return one, err
	}
	return nudged{id: l.ID, action: listCommand(l.Kind) + ".sheet-show", value: listHandle(l), what: func(w lang.Words) string { return listWill(w, l) }}, nil
}

// nudge is one person's reminder.
func (d *Deps) nudge(o money.Operation, about nudged, step money.Step, to bot.Actor, table rota.Table, now time.Time) bot.Post {
	w := d.Catalog.In(readerOf(to))
	reply := bot.Say(bot.Text("⏳ "), bot.Bold(about.id+" "), bot.Text(w.T("nudge."+string(step), "what", about.what(w), "since", d.clock(o.Changed), "expires", d.clock(o.Expires))), bot.Text(" "), bot.Mention{Person: o.Requester})
	for _, s := range table.Stands {
		if in, ok := table.Away(s.Person, now); s.Deputy == to.Person.ID && step != money.NudgeLast && (ok && in == to.Person.ID || s.Standing() && step == money.NudgeDeputies) {
			reply.Blocks = append(reply.Blocks, bot.Note{Inlines: []bot.Inline{bot.Text(w.T("nudge.for") + gap(w)), bot.Mention{Person: s.Person}}})
			break
		}
	}
	reply.Blocks = append(reply.Blocks, bot.Buttons{Items: []bot.Button{{Action: about.action, Text: w.T("nudge.button"), Value: about.value, Style: bot.StylePrimary}}})
	return bot.Post{To: bot.Target{Kind: bot.TargetPerson, Person: to.Person.ID}, Reply: reply, Lane: bot.LaneMoney, Created: now}
}

// nudgeRequester tells who asked that it is about to expire.
func (d *Deps) nudgeRequester(o money.Operation, about nudged, now time.Time) bot.Post {
	w := d.Catalog.In(o.Lang)
	reply := bot.Say(bot.Text("⏳ "), bot.Bold(about.id+" "), bot.Text(w.T("nudge.requester", "what", about.what(w), "expires", d.clock(o.Expires))))
	reply.Blocks = append(reply.Blocks, bot.Buttons{Items: []bot.Button{{Action: about.action, Text: w.T("money.button.show"), Value: about.value}}})
	return bot.Post{To: bot.Target{Kind: bot.TargetPerson, Person: o.Requester}, Reply: reply, Lane: bot.LaneMoney, Created: now}
}

// undecided is what those who could have approved an operation are told when it
// expires before anybody did.
func (d *Deps) undecided(ctx context.Context, o money.Operation) ([]bot.Post, error) {
	if o.State != money.Awaiting || quiet(o) { // a list tells of itself
		return nil, nil
	}
	actors, err := d.Money.actors(ctx, d.Access, bot.RightApprove, o.Account)
	if err != nil {
		return nil, err
	}
	var posts []bot.Post
	for _, a := range actors {
		if a.Person.ID == o.Requester || len(posts) == mostNudged {
			continue
		}
		w := d.Catalog.In(readerOf(a))
		posts = append(posts, bot.Post{To: bot.Target{Kind: bot.TargetPerson, Person: a.Person.ID}, Lane: bot.LaneMoney, Created: d.Now(),
			Reply: bot.Say(bot.Bold(o.ID+" "), bot.Text(w.T("nudge.expired", "what", will(w, o))), bot.Text(" "), bot.Mention{Person: o.Requester})})
	}
	return posts, nil
}

// stands are those of a team, as they are now.
func (d *Deps) stands(ctx context.Context, team string) (rota.Table, error) {
	table := rota.Table{Zone: d.deskZone()}
	if d.Rota == nil {
		return table, nil
	}
	var err error
	table.Stands, err = d.Rota.Stands(ctx, team)
	return table, err
}
