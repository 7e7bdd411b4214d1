package handlers

import (
	"context"
	"regexp"

	"partnerdesk/bot"
	"partnerdesk/handlers/remind"
)

var person = regexp.MustCompile(`@([UW][A-Z0-9]{2,})\b`)

// named finds who is meant, and makes sure that they work here: of a colleague's
// deadlines nobody outside the account is told.
func (o reminder) named(ctx context.Context, r bot.Request, text string) (bot.Person, error) {
	m := person.FindStringSubmatch(text)
	if m == nil {
		return bot.Person{}, bot.User("deadline.who")
	}
	who, err := o.d.owner(ctx, bot.PersonID{Team: r.Person.Team, User: m[1]})
	if err != nil {
		return bot.Person{}, err
	}
	if !o.d.belongs(ctx, who, r.Actor.Account) {
		return bot.Person{}, bot.User("deadline.who.outside")
	}
	return who, nil
}

// belongs says whether somebody works for an account.
func (d *Deps) belongs(ctx context.Context, who bot.Person, of bot.Account) bool {
	if d.Remind.People == nil {
		return true // the terminal knows nobody
	}
	actor, err := d.Access.Authorize(ctx, who, bot.RightRead, bot.AreaDesk)
	return err == nil && actor.Account == of && !actor.Huawei
}

// handing are the deadline and the person that somebody typed or chose.
func (o reminder) handing(ctx context.Context, r bot.Request) (row remind.Deadline, who bot.Person, err error) {
	id, text := which(r)
	if row, err = o.reach(ctx, r, id, bot.RightRequest); err != nil {
		return row, who, err
	}
	who, err = o.named(ctx, r, text)
	return row, who, err
}

// assign gives a deadline to somebody else, who is told.
func (o reminder) assign(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	row, who, err := o.handing(ctx, r)
	if err != nil {
		return bot.Outcome{}, err
	}
	now := o.d.Now()
	out := o.change(r, row, "deadline.assign", func(row remind.Deadline) (remind.Deadline, bot.Reply, error) {
		row = row.Move(row.Due, now, o.d.deskZone())
		row.Owner = who.ID
		if row.Deputy == who.ID {
			row.Deputy = bot.PersonID{}
		}
		return row, o.handed(r, "deadline.assigned", row, who.ID), nil
	})
	return o.withNews(r, out, row, who), nil
}

// withNews adds a message to who a deadline is handed to.
func (o reminder) withNews(r bot.Request, out bot.Outcome, row remind.Deadline, who bot.Person) bot.Outcome {
	if who.ID == r.Person {
		return out
	}
	apply := out.Apply
	out.Apply = func(tx bot.Tx) (bot.Reply, error) {
		reply, err := apply(tx)
		if err != nil {
			return reply, err
		}
		kept, found, err := o.d.Remind.Book.DeadlineIn(tx, row.Team, row.Account, row.ID)
		if err != nil || !found || kept.Owner != who.ID {
			return reply, err
		}
		w := o.d.Catalog.In(o.d.langOf(who))
		return reply, tx.Post(bot.Post{To: bot.Target{Kind: bot.TargetPerson, Person: who.ID}, Lane: bot.LaneReminder, Created: o.d.Now(), Reply: bot.Reply{Blocks: []bot.Block{
			bot.Paragraph{Inlines: []bot.Inline{bot.Mention{Person: r.Person}, bot.Text(w.T("deadline.assigned.news", "id", kept.ID, "title", kept.Title, "due", date(w, kept.Due)))}},
			bot.Buttons{Items: []bot.Button{{Action: "deadline.show", Text: w.T("deadline.show.button"), Value: kept.ID}}},
		}}})
	}
	return out
}

// deputize names who is told when the owner does not react.
func (o reminder) deputize(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	row, who, err := o.handing(ctx, r)
	if err != nil {
		return bot.Outcome{}, err
	}
	if who.ID == row.Owner {
		return bot.Outcome{}, bot.User("deadline.deputy.owner", "id", row.ID)
	}
	return o.change(r, row, "deadline.deputy", func(row remind.Deadline) (remind.Deadline, bot.Reply, error) {
		row.Deputy = who.ID
		return row, o.handed(r, "deadline.deputized", row, who.ID), nil
	}), nil
}

func (o reminder) handed(r bot.Request, key string, row remind.Deadline, to bot.PersonID) bot.Reply {
	return bot.Reply{Private: true, Blocks: []bot.Block{bot.Paragraph{Inlines: []bot.Inline{
		bot.Text(o.d.words(r).T(key, "id", row.ID, "title", row.Title) + gap(o.d.words(r))), bot.Mention{Person: to},
	}}}}
}
