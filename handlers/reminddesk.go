package handlers

import (
	"context"
	"strconv"
	"time"

	"partnerdesk/bot"
	"partnerdesk/bot/lang"
	"partnerdesk/handlers/money"
	"partnerdesk/handlers/remind"
	"partnerdesk/handlers/ticket"
	"partnerdesk/handlers/worktime"
)

// What waits on the desk itself. Titles name the object and nothing of what is
// in it: who may open it is decided there.

// The desk's own yardsticks; nobody outside has published any.
const (
	progressAfter = 30                   // days without a word about an opportunity; the pages only say "regularly" (help center, 2026-11-20)
	verifyAgain   = 180                  // days after which an entry that was verified is looked at again
	entryAhead    = 45 * 24 * time.Hour  // how far ahead entries are looked at
	entryBehind   = 120 * 24 * time.Hour // how long an entry that has run out is named
)

// quietFor is how many working days a ticket that somebody took may go without
// news.
func quietFor(u ticket.Urgency) int {
	switch u {
	case ticket.Down, ticket.High:
		return 1
	case ticket.Low:
		return 5
	}
	return 2
}

// approvals are the operations that wait for a second person, who is not the one
// who asked.
func (c *dates) approvals(ctx context.Context, w lang.Words, now time.Time) ([]dated, error) {
	d := c.o.Deps
	live, err := d.Money.Book.LiveOperations(ctx)
	if err != nil {
		return nil, err
	}
	var list []dated
	for _, o := range live {
		if o.State != money.Awaiting || !o.Expires.After(now) {
			continue
		}
		one := dated{seed: "approvals/" + o.ID, kind: remind.Approval, end: o.Expires,
			title: w.T("remind.desk.approval", "id", o.ID, "kind", w.T("money.kind."+string(o.Kind)), "time", d.clock(o.Expires))}
		people, err := d.leading(ctx, bot.Operator(), []bot.Role{bot.RoleApprover, bot.RoleLead})
		if err != nil {
			return nil, err
		}
		leads, err := d.leading(ctx, bot.Operator(), []bot.Role{bot.RoleLead})
		if err != nil {
			return nil, err
		}
		for _, p := range append(people, leads...) {
			switch {
			case p.ID == o.Requester || p.ID == one.owner:
			case one.owner.User == "":
				one.owner = p.ID
			case one.deputy.User == "":
				one.deputy = p.ID
			}
		}
		if one.owner.User != "" { // else the money desk tells that nobody can approve
			list = append(list, one)
		}
	}
	return list, nil
}

// tickets are those nobody took in time and those whose owner has been silent.
func (c *dates) tickets(ctx context.Context, w lang.Words, _ time.Time) ([]dated, error) {
	d := c.o.Deps
	team, err := d.ownTeam(ctx)
	if err != nil || team == "" {
		return nil, err
	}
	rows, err := d.Tickets.EveryTicket(ctx, team)
	if err != nil {
		return nil, err
	}
	var list []dated
	for _, t := range rows {
		switch t.State {
		case ticket.Open:
			list = append(list, dated{seed: "tickets/" + t.ID, kind: remind.Ticket, end: t.Due, title: w.T("remind.desk.ticket.open", "id", t.ID, "time", d.clock(t.Due))})
		case ticket.Claimed:
			w, err := c.wordsOf(ctx, t.Owner, w)
			if err != nil {
				return nil, err
			}
			day := d.Remind.Calendar.Add(worktime.DateIn(t.Changed, d.deskZone()), quietFor(t.Urgency))
			list = append(list, dated{seed: "tickets/" + t.ID, kind: remind.Ticket, end: day.End(d.deskZone()), owner: t.Owner, title: w.T("remind.desk.ticket.claimed", "id", t.ID)})
		}
	}
	return list, nil
}

// opportunities are those whose time limit at Huawei Cloud runs, and those nobody
// has written about for long. Each stays with its account and its owner.
func (c *dates) opportunities(ctx context.Context, w lang.Words, _ time.Time) ([]dated, error) {
	d := c.o.Deps
	team, accounts, err := d.kept(ctx)
	if err != nil {
		return nil, err
	}
	var list []dated
	for _, of := range accounts {
		rows, err := d.Opportunities.Opportunities(ctx, team, of)
		if err != nil {
			return nil, err
		}
		for _, o := range rows {
			state, known := d.Policy.State(o.State)
			if !known || len(state.Next) == 0 {
				continue
			}
			w, err := c.wordsOf(ctx, o.Owner, w)
			if err != nil {
				return nil, err
			}
			zone := d.deskZone()
			if limit, runs := d.Policy.LimitOf(o.State); runs {
				day := d.Remind.Calendar.Add(worktime.DateIn(o.Since, zone), limit.Days)
				list = append(list, dated{seed: "opportunities/" + o.ID + "/" + limit.ID, account: of, kind: remind.Verification, end: day.End(zone), owner: o.Owner,
					title: w.T("remind.desk.opportunity.limit", "id", o.ID, "days", strconv.Itoa(limit.Days))})
			}
			day := worktime.DateIn(o.Changed, zone).Add(progressAfter)
			list = append(list, dated{seed: "opportunities/" + o.ID, account: of, kind: remind.Progress, end: day.End(zone), owner: o.Owner,
				title: w.T("remind.desk.opportunity.update", "id", o.ID, "days", strconv.Itoa(progressAfter))})
		}
	}
	return list, nil
}

// wordsOf are the words that the owner of a date reads, or others where nobody
// has it.
func (c *dates) wordsOf(ctx context.Context, owner bot.PersonID, others lang.Words) (lang.Words, error) {
	if owner.User == "" {
		return others, nil
	}
	who, err := c.o.Deps.owner(ctx, owner)
	if err != nil || who.Locale == "" {
		return others, err
	}
	return c.o.Deps.Catalog.In(c.o.Deps.langOf(who)), nil
}

// entries are those whose validity ends and those that were verified long ago.
// What nobody ever verified has no date: it is shown with every answer.
func (c *dates) entries(_ context.Context, w lang.Words, now time.Time) ([]dated, error) {
	var list []dated
	for _, e := range c.o.Deps.Knowledge.Entries() {
		last, key := e.ValidUntil, "remind.desk.entry.ends"
		if e.Verified.Date.After(e.ValidUntil) || last.IsZero() {
			last, key = time.Time{}, "remind.desk.entry.verify"
			if !e.Verified.Date.IsZero() {
				last = e.Verified.Date.AddDate(0, 0, verifyAgain)
			}
		}
		if last.IsZero() || last.After(now.Add(entryAhead)) || last.Before(now.Add(-entryBehind)) {
			continue
		}
		y, m, day := last.Date()
		list = append(list, dated{seed: "entries/" + e.ID, kind: remind.Entry, end: worktime.On(y, m, day).End(c.o.Deps.deskZone()), title: w.T(key, "id", e.ID)})
	}
	return list, nil
}
