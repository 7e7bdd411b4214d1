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
	"partnerdesk/handlers/remind"
	"partnerdesk/handlers/worktime"
)

// dates takes over what has a date somewhere else. Each source is read by
// itself, as often as it needs: one that fails keeps its deadlines, marked stale,
// and somebody who can do something about it is told, once.
type dates struct{ o JobOptions }

// dated is something with a date.
type dated struct {
	seed    string      // source/id; fixed for life
	account bot.Account // zero: the operator
	kind    remind.Kind
	title   string
	end     time.Time
	owner   bot.PersonID // who has it there; zero: whoever leads the source
	deputy  bot.PersonID // zero: the next who leads the source
	floats  bool         // the day counts from when it was first named
}

// dateSource is one list of dates.
type dateSource struct {
	name   string // of the source, and of its job behind "deadlines-"; fixed for life
	every  time.Duration
	origin string     // remind.Center, remind.Desk or remind.Benefits
	leads  []bot.Role // whose dates they are, and who is told when it fails; the first role anybody holds
	ends   bool       // what it names no longer is over, even when its day has passed
	read   func(ctx context.Context, w lang.Words, now time.Time) ([]dated, error)
}

// sources lists what can be read here.
func (c *dates) sources() []dateSource {
	d := c.o.Deps
	leads, support, editors := []bot.Role{bot.RoleLead, bot.RoleApprover, bot.RoleAdmin}, []bot.Role{bot.RoleTriager, bot.RoleLead, bot.RoleAdmin},
		[]bot.Role{bot.RoleEditor, bot.RoleAdmin, bot.RoleLead}
	var list []dateSource
	if d.Remind.Center != nil {
		list = append(list, dateSource{name: "quotas", every: 6 * time.Hour, origin: remind.Center, leads: leads, read: c.quotas},
			dateSource{name: "coupons", every: 6 * time.Hour, origin: remind.Center, leads: leads, read: c.coupons},
			dateSource{name: "subscriptions", every: 12 * time.Hour, origin: remind.Center, leads: leads, read: c.subscriptions})
	}
	if d.Cases != nil && d.Tickets != nil {
		list = append(list, dateSource{name: "cases", every: time.Hour, origin: remind.Center, leads: support, ends: true, read: c.cases})
	}
	if d.Money != nil && d.Money.Book != nil {
		list = append(list, dateSource{name: "approvals", every: 15 * time.Minute, origin: remind.Desk, leads: []bot.Role{bot.RoleApprover, bot.RoleLead}, ends: true, read: c.approvals})
	}
	if d.Tickets != nil {
		list = append(list, dateSource{name: "tickets", every: 15 * time.Minute, origin: remind.Desk, leads: support, ends: true, read: c.tickets})
	}
	if d.Register != nil {
		list = append(list, dateSource{name: benefitSource, every: 15 * time.Minute, origin: remind.Benefits, leads: leads, read: c.benefits})
	}
	if d.Opportunities != nil {
		list = append(list, dateSource{name: "opportunities", every: 3 * time.Hour, origin: remind.Desk, leads: leads, ends: true, read: c.opportunities})
	}
	if d.Knowledge != nil {
		list = append(list, dateSource{name: "entries", every: 12 * time.Hour, origin: remind.Desk, leads: editors, ends: true, read: c.entries})
	}
	return list
}

// jobs are one for each source.
func (c *dates) jobs() (jobs []bot.Job) {
	for _, s := range c.sources() {
		jobs = append(jobs, bot.Job{Name: "deadlines-" + s.name, Every: s.every, Run: func(ctx context.Context, now time.Time) error { return c.run(ctx, s, now) }})
	}
	return jobs
}

func (c *dates) run(ctx context.Context, s dateSource, now time.Time) error {
	d := c.o.Deps
	people, err := d.leading(ctx, bot.Operator(), s.leads)
	if err != nil {
		return err
	}
	if len(people) == 0 {
		c.o.Log.Warn("nobody leads a source of deadlines: its dates have no owner", "source", s.name)
		return nil
	}
	lead := people[0]
	w := d.Catalog.In(lang.Match(lead.Locale))
	list, err := s.read(ctx, w, now)
	if err != nil {
		return errors.Join(fmt.Errorf("read %s: %w", s.name, err), c.failed(ctx, lead.ID, w, s, now))
	}
	var faults []error
	for _, one := range list {
		if one.account == (bot.Account{}) {
			one.account = bot.Operator()
		}
		row := remind.Deadline{
			Team: lead.ID.Team, Account: one.account, Seed: one.seed, Source: s.origin, Kind: one.kind, Title: clip(one.title, remind.MaxTitle), End: one.end,
			Due: worktime.DateIn(one.end.Add(-time.Nanosecond), d.deskZone()), Owner: one.owner, Deputy: one.deputy, Lang: w.Tag(), State: remind.Open,
			Look: now, Created: now, Changed: now,
		}
		if row.Owner.User == "" {
			row.Owner = lead.ID
		}
		if others := slices.DeleteFunc(slices.Clone(people), func(p bot.Person) bool { return p.ID == row.Owner }); row.Deputy.User == "" && len(others) > 0 && one.account == bot.Operator() {
			row.Deputy = others[0].ID
		}
		faults = append(faults, c.take(ctx, row, one, now))
	}
	faults = append(faults, c.gone(ctx, lead.ID.Team, s, list, now))
	c.o.Posted()
	return errors.Join(faults...)
}

// take keeps a deadline that a source names. What a person did to it stays; a
// day that moved starts its ladder anew.
func (c *dates) take(ctx context.Context, row remind.Deadline, one dated, now time.Time) error {
	d := c.o.Deps
	old, found, err := c.known(ctx, row)
	if err != nil || found && nothingNew(old, row, one) {
		return err
	}
	return c.o.Store.Update(ctx, func(tx bot.Tx) error {
		kept, err := reminder{d}.place(tx, row)
		if err != nil {
			return err
		}
		gone := kept.State == remind.Removed && kept.By.User == "" // it was gone for a while
		switch {
		case kept.Changed.Equal(now) && kept.Created.Equal(now): // it is new
		case nothingNew(kept, row, one):
			return nil
		case kept.State != remind.Open && !gone && (one.floats || kept.End.Equal(row.End)):
			return nil // somebody has seen to it
		default:
			if gone || !one.floats && !kept.End.Equal(row.End) || one.owner.User != "" && kept.Owner != one.owner {
				end := row.End
				if one.floats && !gone {
					end = kept.End
				}
				kept = kept.Move(worktime.DateIn(end.Add(-time.Nanosecond), d.deskZone()), now, d.deskZone())
				kept.End, kept.State, kept.By = end, remind.Open, bot.PersonID{}
				if one.owner.User != "" {
					kept.Owner, kept.Deputy = row.Owner, row.Deputy
				}
			}
			kept.Title, kept.Kind, kept.Stale, kept.Look, kept.Changed = row.Title, row.Kind, false, now, now
		}
		return d.Remind.Book.PutDeadline(tx, kept)
	})
}

// known looks for a deadline by its seed before a transaction is begun: nearly
// always nothing has changed.
func (c *dates) known(ctx context.Context, row remind.Deadline) (remind.Deadline, bool, error) {
	for try := range 100 {
		old, found, err := c.o.Deps.Remind.Book.FindDeadline(ctx, row.Team, row.Account, deadlineID(row, try))
		if err != nil || !found || old.Seed == row.Seed {
			return old, found, err
		}
	}
	return remind.Deadline{}, false, nil
}

// nothingNew says that a source names nothing new.
func nothingNew(kept, row remind.Deadline, one dated) bool {
	return kept.State == remind.Open && (one.floats || kept.End.Equal(row.End)) && kept.Title == row.Title && !kept.Stale &&
		(one.owner.User == "" || kept.Owner == one.owner)
}

// gone closes what a source names no longer: used up, reclaimed, renewed,
// answered. What has passed is left to its ladder, unless not being named means
// that it is over.
func (c *dates) gone(ctx context.Context, team string, s dateSource, list []dated, now time.Time) error {
	d := c.o.Deps
	there := map[string]bool{}
	for _, one := range list {
		there[one.seed] = true
	}
	rows, err := c.rows(ctx, team, s)
	if err != nil {
		return err
	}
	for _, row := range rows {
		if there[row.Seed] || !s.ends && (row.State != remind.Open || !row.End.After(now)) {
			continue
		}
		err := c.o.Store.Update(ctx, func(tx bot.Tx) error {
			row, found, err := d.Remind.Book.DeadlineIn(tx, row.Team, row.Account, row.ID)
			if err != nil || !found {
				return err
			}
			row.State, row.By, row.Look, row.Changed = remind.Removed, bot.PersonID{}, time.Time{}, now
			if err := d.Remind.Book.PutDeadline(tx, row); err != nil {
				return err
			}
			return d.refresh(tx, row)
		})
		if err != nil {
			return err
		}
	}
	return c.o.Store.Update(ctx, func(tx bot.Tx) error {
		return d.Remind.Book.PutSource(tx, remind.Source{Team: team, Name: s.name, Read: now, Kept: len(list)})
	})
}

// rows are the deadlines of a source, of all accounts: the open ones, and those a
// person closed before the source did, which may come back another day.
func (c *dates) rows(ctx context.Context, team string, s dateSource) (list []remind.Deadline, err error) {
	accounts, err := c.o.Deps.accounts(ctx)
	if err != nil {
		return nil, err
	}
	for _, of := range accounts {
		rows, err := c.o.Deps.Remind.Book.Deadlines(ctx, team, of)
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			if row.Source == s.origin && strings.HasPrefix(row.Seed, s.name+"/") && (row.State == remind.Open || row.By.User != "") {
				list = append(list, row)
			}
		}
	}
	return list, nil
}

// failed marks a source's deadlines stale and tells who leads it, once until it
// can be read again.
func (c *dates) failed(ctx context.Context, lead bot.PersonID, w lang.Words, s dateSource, now time.Time) error {
	d := c.o.Deps
	rows, err := c.rows(ctx, lead.Team, s)
	if err != nil {
		return err
	}
	for _, row := range rows {
		if row.Stale || row.State != remind.Open {
			continue
		}
		err := c.o.Store.Update(ctx, func(tx bot.Tx) error {
			row, found, err := d.Remind.Book.DeadlineIn(tx, row.Team, row.Account, row.ID)
			if err != nil || !found {
				return err
			}
			row.Stale = true
			return d.Remind.Book.PutDeadline(tx, row)
		})
		if err != nil {
			return err
		}
	}
	return c.o.Store.Update(ctx, func(tx bot.Tx) error {
		src, _, err := d.Remind.Book.SourceIn(tx, lead.Team, s.name)
		if err != nil {
			return err
		}
		src.Team, src.Name = lead.Team, s.name
		if src.Fail.IsZero() {
			src.Fail = now
		}
		told := src.Told
		src.Told = true
		if err := d.Remind.Book.PutSource(tx, src); err != nil || told {
			return err
		}
		since := w.T("remind.source.never")
		if !src.Read.IsZero() {
			since = d.clock(src.Read)
		}
		return tx.Post(bot.Post{To: bot.Target{Kind: bot.TargetPerson, Person: lead}, Lane: bot.LaneReminder, Created: now,
			Reply: bot.Say(bot.Text("⚠️ " + w.T("remind.source.failed", "source", w.T("remind.source."+s.name), "since", since)))})
	})
}
