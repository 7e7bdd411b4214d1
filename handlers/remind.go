package handlers

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"partnerdesk/bot"
	"partnerdesk/handlers/remind"
	"partnerdesk/handlers/worktime"
)

// JobOptions is what the jobs need.
type JobOptions struct {
	Deps   *Deps
	Store  bot.Store
	Posted func()       // tells the sender to look; nil: nobody is told
	Log    *slog.Logger // nil discards
}

// Jobs is what the desk does by the clock.
func Jobs(o JobOptions) []bot.Job {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Posted == nil {
		o.Posted = func() {}
	}
	var jobs []bot.Job
	if o.Deps.Remind != nil {
		jobs = append(jobs, bot.Job{Name: "remind", Every: time.Minute, Run: (&reminders{o}).run})
		jobs = append(jobs, bot.Job{Name: "deadlines-import", Every: time.Minute, Run: (&importer{o}).run})
		jobs = append(jobs, (&dates{o}).jobs()...)
	}
	if o.Deps.Weekly != nil {
		jobs = append(jobs, bot.Job{Name: "weekly-mail", Every: time.Minute, Run: (&sendWeekly{o}).run})
	}
	if o.Deps.Alerts != nil {
		jobs = append(jobs, bot.Job{Name: "alerts", Every: time.Minute, Run: (&watch{o}).run})
	}
	if o.Deps.Rota != nil && o.Deps.Remind != nil {
		jobs = append(jobs, bot.Job{Name: "departures", Every: departEvery, Run: (&departures{o}).run})
	}
	if o.Deps.Money != nil {
		jobs = append(jobs, bot.Job{Name: "money-remind", Every: time.Minute, Run: (&nudger{o}).run})
	}
	if m := o.Deps.Money; m != nil && m.Nights != nil {
		jobs = append(jobs, bot.Job{Name: "money-night", Every: time.Hour, Run: (&nightly{o}).run})
	}
	if m := o.Deps.Money; m != nil && m.Snapshots != nil && o.Deps.Center != nil && o.Deps.Roles != nil {
		jobs = append(jobs, bot.Job{Name: "month-balances", Every: balancesEvery, Run: (&monthBalances{o}).run})
	}
	if o.Deps.Roles != nil {
		jobs = append(jobs, bot.Job{Name: "roles", Every: rolesEvery, Run: (&roleReview{o}).run})
	}
	return jobs
}

// reminders tells people what is due. Every rung is recorded in the same
// transaction as the message that tells it, so that it is neither lost nor told
// twice, whenever the desk stops.
type reminders struct{ o JobOptions }

// How much is read at once, and decided in one transaction.
const (
	remindPage  = 200
	remindBatch = 8
	mostLeads   = 3
)

func (m *reminders) run(ctx context.Context, now time.Time) error {
	var faults []error
	for ctx.Err() == nil {
		due, err := m.o.Deps.Remind.Book.DueDeadlines(ctx, now, remindPage)
		if err != nil {
			return err
		}
		byOwner := map[bot.PersonID][]remind.Deadline{}
		var owners []bot.PersonID
		for _, d := range due {
			if byOwner[d.Owner] == nil {
				owners = append(owners, d.Owner)
			}
			byOwner[d.Owner] = append(byOwner[d.Owner], d)
		}
		for _, owner := range owners {
			for batch := range slices.Chunk(byOwner[owner], remindBatch) {
				if err := m.batch(ctx, owner, batch, now); err != nil {
					faults = append(faults, err)
				}
			}
		}
		if len(due) < remindPage || len(faults) > 0 {
			break
		}
	}
	m.o.Posted()
	return errors.Join(faults...)
}

// owner is somebody with what is known of them; who is gone is deactivated.
func (d *Deps) owner(ctx context.Context, id bot.PersonID) (bot.Person, error) {
	if d.Remind.People == nil {
		return bot.Person{ID: id}, nil
	}
	who, err := d.Remind.People.Find(ctx, id)
	if errors.Is(err, bot.ErrNoPerson) || id.User == "" {
		return bot.Person{ID: id, Deactivated: true}, nil
	}
	if err != nil {
		return bot.Person{}, fmt.Errorf("find person: %w", err)
	}
	return who, nil
}

// batch decides about deadlines of one owner.
func (m *reminders) batch(ctx context.Context, owner bot.PersonID, rows []remind.Deadline, now time.Time) error {
	d := m.o.Deps
	who, err := d.owner(ctx, owner)
	if err != nil {
		return err
	}
	facts, habits, err := m.facts(ctx, who, now)
	if err != nil {
		return err
	}
	var rest []remind.Deadline
	err = m.o.Store.Update(ctx, func(tx bot.Tx) error {
		rest = nil
		var items []remind.Item
		for _, row := range rows {
			row, found, err := d.Remind.Book.DeadlineIn(tx, row.Team, row.Account, row.ID)
			if err != nil || !found {
				return err
			}
			f, err := d.acked(tx, row, facts)
			if err != nil {
				return err
			}
			f.Muted = habits.Mutes(row.Kind)
			v := remind.Decide(row, f)
			if v.Reason == remind.Lapsing {
				row = row.Lapse(now, d.Remind.Calendar, d.deskZone())
				v = remind.Decide(row, f)
			}
			if v.Notice != nil && (v.Notice.To != remind.ToOwner || who.Deactivated) {
				rest = append(rest, row)
				continue
			}
			if v.Notice != nil {
				row = row.Give(*v.Notice, now)
				items = append(items, itemOf(row, *v.Notice, now))
				row.List(owner, worktime.DateIn(now, facts.Zone))
				v = remind.Decide(row, f)
			}
			row.Look = later(v.LookAt(now), now)
			if err := d.Remind.Book.PutDeadline(tx, row); err != nil {
				return err
			}
		}
		return d.digestFor(tx, who, facts.Zone, items, now)
	})
	if err != nil {
		return fmt.Errorf("remind %s: %w", owner, err)
	}
	for _, row := range rest {
		facts.Muted = habits.Mutes(row.Kind)
		if err := m.behind(ctx, who, row, facts); err != nil {
			return fmt.Errorf("remind behind %s: %w", owner, err)
		}
	}
	return nil
}

// facts are what is known of somebody at this moment.
func (m *reminders) facts(ctx context.Context, who bot.Person, now time.Time) (remind.Facts, remind.Habits, error) {
	return m.o.Deps.habitsOf(ctx, who, now, func(err error) { m.o.Log.Warn("do not disturb is not known", "person", who.ID.String(), "err", err) })
}

// habitsOf are the facts about somebody. Whether they want to be left alone is a
// courtesy: who cannot be asked is reminded.
func (d *Deps) habitsOf(ctx context.Context, who bot.Person, now time.Time, warn func(error)) (remind.Facts, remind.Habits, error) {
	habits, err := d.Remind.Book.FindHabits(ctx, who.ID)
	if err != nil {
		return remind.Facts{}, habits, err
	}
	f := remind.Facts{Now: now, Zone: d.home(who), Hours: habits.Working(), Calendar: d.Remind.Calendar}
	if d.Remind.Away != nil && !who.Deactivated {
		if f.Away, err = d.Remind.Away(ctx, who.ID); err != nil {
			warn(err)
			f.Away = time.Time{}
		}
	}
	return f, habits, nil
}

// later keeps a verdict that asks again at once from going round and round.
func later(look, now time.Time) time.Time {
	if look.IsZero() || look.After(now) {
		return look
	}
	return now.Add(time.Minute)
}

// acked adds when the owner last acknowledged the message that lists a row.
func (d *Deps) acked(tx bot.Tx, row remind.Deadline, f remind.Facts) (remind.Facts, error) {
	for _, l := range row.Listed {
		if l.Person != row.Owner {
			continue
		}
		g, _, err := d.Remind.Book.DigestIn(tx, l.Person, l.Day)
		if err != nil {
			return f, err
		}
		f.Acked = g.Acked
	}
	return f, nil
}

func itemOf(row remind.Deadline, n remind.Notice, at time.Time) remind.Item {
	return remind.Item{ID: row.ID, Account: row.Account, Kind: row.Kind, Title: row.Title, Due: row.Due, Rung: n.Rung, To: n.To, Owner: row.Owner, State: row.State, At: at}
}

// behind tells those behind the owner, one deadline at a time: each of them has
// a message of their own. A notice for an owner who is gone goes on to them.
func (m *reminders) behind(ctx context.Context, owner bot.Person, row remind.Deadline, facts remind.Facts) error {
	d := m.o.Deps
	deputy, err := d.owner(ctx, row.Deputy)
	if err != nil {
		return err
	}
	hours, _, err := m.facts(ctx, deputy, facts.Now)
	if err != nil {
		return err
	}
	leads, err := d.class(ctx, row)
	if err != nil {
		return err
	}
	return m.o.Store.Update(ctx, func(tx bot.Tx) error {
		row, found, err := d.Remind.Book.DeadlineIn(tx, row.Team, row.Account, row.ID)
		if err != nil || !found {
			return err
		}
		f, err := d.acked(tx, row, facts)
		if err != nil {
			return err
		}
		for range 4 { // owner, deputy, class; then there is nobody left
			v := remind.Decide(row, f)
			if v.Notice == nil {
				row.Look = later(v.LookAt(f.Now), f.Now)
				return d.Remind.Book.PutDeadline(tx, row)
			}
			to := leads
			if v.Notice.To == remind.ToOwner && !owner.Deactivated {
				to = []bot.Person{owner}
			} else if v.Notice.To != remind.ToClass && !deputy.Deactivated && deputy.ID.User != "" {
				to = []bot.Person{deputy}
				if open := waitFor(hours); v.Notice.Rung != remind.LastCall && open.After(f.Now) {
					row.Look = open
					return d.Remind.Book.PutDeadline(tx, row)
				}
			}
			row = row.Give(*v.Notice, f.Now)
			told := false
			for _, who := range to {
				if who.ID == row.Owner && v.Notice.To != remind.ToOwner {
					continue // who leaves it alone is not told of that
				}
				told = true
				item := itemOf(row, *v.Notice, f.Now)
				if slices.Contains(who.Groups, blindGroup) {
					item.Title = ""
				}
				zone := d.home(who)
				row.List(who.ID, worktime.DateIn(f.Now, zone))
				if err := d.digestFor(tx, who, zone, []remind.Item{item}, f.Now); err != nil {
					return err
				}
			}
			row.Sent[len(row.Sent)-1].Nobody = !told
		}
		row.Look = f.Now.Add(time.Hour)
		return d.Remind.Book.PutDeadline(tx, row)
	})
}

// waitFor is when somebody may be told what is no last call.
func waitFor(f remind.Facts) time.Time {
	at := f.Now
	if f.Away.After(at) {
		at = f.Away
	}
	return f.Hours.Next(at, f.Calendar, f.Zone)
}
