package handlers

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"partnerdesk/bot"
	"partnerdesk/bot/lang"
	"partnerdesk/handlers/money"
	"partnerdesk/handlers/opportunity"
	"partnerdesk/handlers/remind"
	"partnerdesk/handlers/rota"
	"partnerdesk/handlers/ticket"
)

// departures hands on the work of people who were deactivated: tickets, deadlines
// and opportunities to their deputy, or to the lead where there is none, tickets
// to support when that one does not work there. The deputy hears of the
// approvals that wait. The lead and the deputy read what was handed to whom.
type departures struct{ o JobOptions }

// How often people are looked for, and between which two looks somebody has to
// be gone before that is believed: one wrong answer moves nothing.
const (
	departEvery  = 15 * time.Minute
	departAfter  = 10 * time.Minute
	departWithin = time.Hour
)

// departBatch is how many pieces of work one transaction hands on: a ticket with its
// card, the list and three messages fill one.
const departBatch = 1

// work is one piece of somebody's work. do hands it on within a transaction; it
// reports whether it was still theirs.
type work struct {
	kind, id string
	of       bot.Account
	to       bot.PersonID // who has it now; set before do
	do       func(tx bot.Tx, to bot.PersonID) (bool, error)
}

func (m *departures) run(ctx context.Context, now time.Time) error {
	d := m.o.Deps
	team, err := d.ownTeam(ctx)
	if err != nil || team == "" {
		return err
	}
	works, err := m.works(ctx, team, now)
	if err != nil {
		return err
	}
	table, err := d.stands(ctx, team)
	if err != nil {
		return err
	}
	var faults []error
	for _, who := range m.candidates(works, table) {
		gone, err := d.owner(ctx, who)
		if err == nil && gone.Deactivated && who.User != "" {
			err = m.leave(ctx, who, works[who], table, now)
		}
		if err != nil {
			faults = append(faults, fmt.Errorf("departure: %w", err))
		}
	}
	m.o.Posted()
	return errors.Join(faults...)
}

// candidates are the people who have work, or stand for somebody, in an order.
func (m *departures) candidates(works map[bot.PersonID][]work, table rota.Table) (list []bot.PersonID) {
	for who := range works {
		list = append(list, who)
	}
	for _, s := range table.Stands {
		list = append(list, s.Person)
	}
	slices.SortFunc(list, func(a, b bot.PersonID) int { return strings.Compare(a.String(), b.String()) })
	return slices.Compact(list)
}

// works lists what people have to do, by person.
func (m *departures) works(ctx context.Context, team string, now time.Time) (map[bot.PersonID][]work, error) {
	d, all := m.o.Deps, map[bot.PersonID][]work{}
	tickets, err := d.Tickets.EveryTicket(ctx, team)
	if err != nil {
		return nil, err
	}
	for _, t := range tickets {
		if t.Owned() && t.State != ticket.Closed {
			all[t.Owner] = append(all[t.Owner], work{kind: "ticket", id: t.ID, of: bot.Operator(), do: m.ticket(t, now)})
		}
	}
	accounts, err := d.accounts(ctx)
	if err != nil {
		return nil, err
	}
	for _, of := range accounts {
		rows, err := d.Remind.Book.Deadlines(ctx, team, of)
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			if row.State == remind.Open && row.Owner.User != "" {
				all[row.Owner] = append(all[row.Owner], work{kind: "deadline", id: row.ID, of: of, do: m.deadline(row, now)})
			}
		}
		opps, err := d.Opportunities.Opportunities(ctx, team, of)
		if err != nil {
			return nil, err
		}
		for _, o := range opps {
			if s, known := d.Policy.State(o.State); o.Owner.User != "" && (!known || len(s.Next) > 0) {
				all[o.Owner] = append(all[o.Owner], work{kind: "opportunity", id: o.ID, of: of, do: m.opportunity(o, now)})
			}
		}
	}
	return all, m.requests(ctx, all)
}

// requests are operations that whoever left had asked for and that wait: they
// cannot go on, because nobody asks for them any more. They are named to the
// lead, and expire by themselves unless an approver declines them.
func (m *departures) requests(ctx context.Context, all map[bot.PersonID][]work) error {
	if m.o.Deps.Money == nil {
		return nil
	}
	live, err := m.o.Deps.Money.Book.LiveOperations(ctx)
	if err != nil {
		return err
	}
	for _, o := range live {
		if o.State == money.Awaiting || o.State == money.Reserved {
			all[o.Requester] = append(all[o.Requester], work{kind: "request", id: o.ID, of: o.Account, do: func(bot.Tx, bot.PersonID) (bool, error) { return true, nil }})
		}
	}
	return nil
}

func (m *departures) ticket(t ticket.Ticket, now time.Time) func(bot.Tx, bot.PersonID) (bool, error) {
	d := m.o.Deps
	return func(tx bot.Tx, to bot.PersonID) (bool, error) {
		row, found, err := d.Tickets.TicketIn(tx, t.Team, t.ID)
		if err != nil || !found || row.Owner != t.Owner || row.State == ticket.Closed {
			return false, err
		}
		row = row.HandOn(to, now)
		if err := d.Tickets.PutTicket(tx, row); err != nil {
			return false, err
		}
		if err := d.postCard(tx, row); err != nil {
			return false, err
		}
		return true, tx.Audit(ticketEntry(row, bot.PersonID{Team: row.Team}, "ticket.hand_on", "ok", now))
	}
}

func (m *departures) deadline(x remind.Deadline, now time.Time) func(bot.Tx, bot.PersonID) (bool, error) {
	d := m.o.Deps
	return func(tx bot.Tx, to bot.PersonID) (bool, error) {
		row, found, err := d.Remind.Book.DeadlineIn(tx, x.Team, x.Account, x.ID)
		if err != nil || !found || row.Owner != x.Owner || row.State != remind.Open {
			return false, err
		}
		row = row.Move(row.Due, now, d.deskZone())
		row.Owner, row.Look, row.Changed = to, now, now
		if row.Deputy == to {
			row.Deputy = bot.PersonID{}
		}
		if err := d.Remind.Book.PutDeadline(tx, row); err != nil {
			return false, err
		}
		return true, tx.Audit(bot.Entry{Stream: "deadline/" + row.ID, Person: bot.PersonID{Team: row.Team}, Account: row.Account, Action: "deadline.hand_on", Object: row.ID,
			Outcome: "ok", At: now, Facts: map[string]string{"due": row.Due.String(), "state": string(row.State)}})
	}
}

func (m *departures) opportunity(x opportunity.Opportunity, now time.Time) func(bot.Tx, bot.PersonID) (bool, error) {
	d := m.o.Deps
	return func(tx bot.Tx, to bot.PersonID) (bool, error) {
		row, found, err := d.Opportunities.OpportunityIn(tx, x.Team, x.Account, x.ID)
		if err != nil || !found || row.Owner != x.Owner {
			return false, err
		}
		row.Owner, row.Changed = to, now.UTC()
		if err := d.Opportunities.PutOpportunity(tx, row); err != nil {
			return false, err
		}
		return true, tx.Audit(bot.Entry{Stream: "opportunity/" + row.ID, Person: bot.PersonID{Team: row.Team}, Account: row.Account, Action: "opportunity.hand_on", Object: row.ID,
			Outcome: "ok", At: now, Facts: map[string]string{"state": row.State}})
	}
}

// leave hands on the work of one person, once it is believed that they left.
func (m *departures) leave(ctx context.Context, who bot.PersonID, works []work, table rota.Table, now time.Time) error {
	d := m.o.Deps
	believed := false
	err := m.o.Store.Update(ctx, func(tx bot.Tx) error {
		row, found, err := d.Rota.DepartureIn(tx, who)
		if err != nil {
			return err
		}
		since := now.Sub(row.Changed)
		believed = found && since >= departAfter && since <= departWithin
		if found && since < departAfter {
			return nil
		}
		if !found {
			row = rota.Departure{Person: who, At: now}
		}
		row.Changed = now
		return d.Rota.PutDeparture(tx, row)
	})
	if err != nil || !believed {
		return err
	}
	waiting, err := m.approvals(ctx, who, table, now)
	if err != nil {
		return err
	}
	for batch := range slices.Chunk(append(works, waiting...), departBatch) {
		if err := m.hand(ctx, who, batch, table, now); err != nil {
			return err
		}
	}
	return nil
}

// approvals are the operations and requests that somebody's deputy is asked to look at in
// their place. Nothing has to be moved: the deputy may approve or is not asked.
func (m *departures) approvals(ctx context.Context, who bot.PersonID, table rota.Table, now time.Time) (list []work, err error) {
	d := m.o.Deps
	deputy, ok := table.Any(who, now)
	if d.Money == nil || !ok {
		return nil, nil
	}
	live, err := d.Money.Book.LiveOperations(ctx)
	if err != nil {
		return nil, err
	}
	requests, err := d.Money.Book.LiveRequests(ctx)
	if err != nil {
		return nil, err
	}
	for _, r := range requests {
		live = append(live, r.Waiting())
	}
	for _, o := range live {
		if o.State != money.Awaiting || o.Requester == deputy || o.Requester == who {
			continue
		}
		actors, err := d.Money.actors(ctx, d.Access, bot.RightApprove, o.Account)
		if err != nil {
			return nil, err
		}
		if slices.Contains(ids(actors), deputy) {
			list = append(list, work{kind: "approval", id: o.ID, of: o.Account, do: func(bot.Tx, bot.PersonID) (bool, error) { return true, nil }})
		}
	}
	return list, nil
}

// heir is who takes over a piece of work: the deputy, else the first lead of the
// account; of a ticket only somebody who works in support, else nobody.
func (m *departures) heir(ctx context.Context, who bot.PersonID, w work, table rota.Table, now time.Time) (bot.PersonID, error) {
	d := m.o.Deps
	deputy, ok, err := d.deputyOf(ctx, who, w.of, table, now)
	if err != nil {
		return bot.PersonID{}, err
	}
	switch {
	case w.kind == "request":
		return bot.PersonID{}, nil
	case w.kind == "ticket":
		if _, err := d.Access.Authorize(ctx, deputy, bot.RightTriage, bot.AreaDesk); !ok || err != nil {
			return bot.PersonID{}, nil
		}
		return deputy.ID, nil
	case ok:
		return deputy.ID, nil
	}
	leads, err := d.leading(ctx, w.of, []bot.Role{bot.RoleLead, bot.RoleApprover, bot.RoleAdmin})
	if err != nil || len(leads) == 0 {
		return bot.PersonID{}, err
	}
	return leads[0].ID, nil
}

// hand hands a few pieces on, with the list of them and the word to deputy and
// lead, in one transaction.
func (m *departures) hand(ctx context.Context, who bot.PersonID, batch []work, table rota.Table, now time.Time) error {
	d := m.o.Deps
	readers, err := d.leading(ctx, bot.Operator(), []bot.Role{bot.RoleLead, bot.RoleApprover, bot.RoleAdmin})
	if err != nil {
		return err
	}
	readers = slices.Clone(readers[:min(len(readers), 2)])
	for i := range batch {
		if batch[i].to, err = m.heir(ctx, who, batch[i], table, now); err != nil {
			return err
		}
		if batch[i].to == who { // nobody is left to take it
			batch[i].to = bot.PersonID{}
		}
	}
	if deputy, ok, err := d.deputyOf(ctx, who, bot.Operator(), table, now); err != nil {
		return err
	} else if ok && !slices.ContainsFunc(readers, func(p bot.Person) bool { return p.ID == deputy.ID }) {
		readers = append(readers, deputy)
	}
	return m.o.Store.Update(ctx, func(tx bot.Tx) error {
		row, found, err := d.Rota.DepartureIn(tx, who)
		if err != nil || !found {
			return err
		}
		news := false
		for _, w := range batch {
			if (w.kind == "request" || w.kind == "approval") && row.Has(w.kind, w.id) || w.to.User == "" && w.kind != "ticket" && w.kind != "request" {
				continue
			}
			did, err := w.do(tx, w.to)
			if err != nil {
				return err
			}
			if did {
				news = true
				if len(row.Items) < rota.MostItems {
					row.Items = append(slices.Clone(row.Items), rota.Item{Kind: w.kind, ID: w.id, To: w.to})
				}
			}
		}
		if !news {
			return nil
		}
		row.Changed = now
		if err := d.Rota.PutDeparture(tx, row); err != nil {
			return err
		}
		for _, to := range readers {
			if err := tx.Post(bot.Post{To: bot.Target{Kind: bot.TargetPerson, Person: to.ID}, Lane: bot.LaneReminder, Created: now, Object: "departure/" + who.User,
				Reply: d.departed(d.Catalog.In(d.langOf(to)), row)}); err != nil {
				return err
			}
		}
		return tx.Audit(bot.Entry{Stream: "departures", Person: bot.PersonID{Team: who.Team}, Account: bot.Operator(), Action: "departure", Outcome: "ok", At: now,
			Facts: map[string]string{"person": fingerprintOf(who), "items": count(len(row.Items))}})
	})
}

// shownItemsOfDeparture is how many items the message lists.
const shownItemsOfDeparture = 20

// departed says what was handed to whom.
func (d *Deps) departed(w lang.Words, row rota.Departure) bot.Reply {
	blocks := []bot.Block{bot.Paragraph{Inlines: []bot.Inline{bot.Text("👋 "), bot.Mention{Person: row.Person}, bot.Text(gap(w) + w.T("departure.title"))}}}
	var list bot.List
	for _, i := range row.Items[:min(len(row.Items), shownItemsOfDeparture)] {
		line := []bot.Inline{bot.Text(w.T("departure.kind."+i.Kind) + " "), bot.Bold(i.ID), bot.Text(" → ")}
		switch {
		case i.To.User != "":
			line = append(line, bot.Mention{Person: i.To})
		case i.Kind == "request":
			line = append(line, bot.Text(w.T("departure.request")))
		default:
			line = append(line, bot.Text(w.T("departure.support")))
		}
		list.Items = append(list.Items, line)
	}
	blocks = append(blocks, list)
	if more := len(row.Items) - shownItemsOfDeparture; more > 0 {
		blocks = append(blocks, bot.Note{Inlines: []bot.Inline{bot.Text(w.T("departure.more", "count", count(more)))}})
	}
	return bot.Reply{Blocks: blocks}
}
