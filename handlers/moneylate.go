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
)

// quarantined is a round while a restored store is in quarantine: nothing is
// sent and nothing expires, but the records are read for what may have happened
// since the backup.
func (m *MoneyWorker) quarantined(ctx context.Context) error {
	live, err := m.o.Deps.Money.Book.LiveOperations(ctx)
	if err != nil {
		return fmt.Errorf("live operations: %w", err)
	}
	var faults []error
	for _, o := range live {
		now := m.o.Deps.Now()
		switch {
		case ctx.Err() != nil:
			return errors.Join(faults...)
		case o.State == money.Sending:
			err = m.interrupt(ctx, o)
		case o.State == money.Unknown && !now.Before(o.LookAt(m.o.Deps.Money.Policy)):
			err = m.reconcile(ctx, o)
		case o.State.Final() && o.Watched() && !now.Before(o.LateLookAt()):
			err = m.lateLook(ctx, o)
		default:
			continue
		}
		if err != nil {
			faults = append(faults, fmt.Errorf("operation %s: %w", o.ID, err))
		}
	}
	return errors.Join(append(faults, m.sinceBackup(ctx))...)
}

// compareEvery is how often ledger and records are compared in quarantine.
const compareEvery = 5 * time.Minute

// sinceBackup compares ledger and records of the days since the backup, so that
// what was made after it, and no operation knows of, is found before the release.
func (m *MoneyWorker) sinceBackup(ctx context.Context) error {
	d, now := m.o.Deps, m.o.Deps.Now()
	if m.o.Backup == nil || d.Money.Nights == nil || now.Sub(m.compared) < compareEvery {
		return nil
	}
	backup, err := m.o.Backup(ctx)
	if err != nil {
		return err
	}
	n := &nightly{JobOptions{Deps: d, Store: m.o.Store, Posted: m.o.Posted, Log: m.o.Log}}
	team, err := n.team(ctx)
	if err != nil || team == "" {
		return err
	}
	every, err := d.Money.Book.EveryOperation(ctx, team)
	if err != nil {
		return err
	}
	first := max(money.DayOf(backup), money.DayOf(now.Add(-nightMost*24*time.Hour)))
	for day := money.DayOf(now); day >= first; {
		for _, of := range accountsOf(every) {
			if err := n.one(ctx, team, of, day, every, now); err != nil {
				return fmt.Errorf("compare %s of %s: %w", day, of, err)
			}
		}
		from, _, err := money.NightSpan(day)
		if err != nil {
			return err
		}
		day = money.DayOf(from.Add(-time.Hour))
	}
	m.compared = now
	return nil
}

// lateLook looks for the effect of what was released. When it appears after all
// the lead is told in the same transaction that claims the record.
func (m *MoneyWorker) lateLook(ctx context.Context, o money.Operation) error {
	d, began := m.o.Deps, m.o.Deps.Now()
	records, err := m.fitting(ctx, o)
	if err != nil {
		return err
	}
	leads, err := d.leads(ctx, o.Account)
	if err != nil {
		return err
	}
	err = m.o.Store.Update(ctx, func(tx bot.Tx) error {
		before, after, err := money.Change(d.Money.Book, tx, o.Team, o.ID, began, claimsOf(records), func(o money.Operation, b money.Books, taken map[string]string) (money.Operation, money.Books, []string, error) {
			o, b, claimed := o.LateLook(records, taken, b, d.Money.Policy, began)
			return o, b, claimed, nil
		})
		if err != nil || before.Rev == after.Rev {
			return err
		}
		d.receipts(tx, before, after)
		for _, who := range leads {
			if err := tx.Post(d.lateAlarm(who, before, after)); err != nil {
				return err
			}
		}
		return tx.Audit(moneyEntry(after, bot.PersonID{Team: o.Team}, "money.late", began))
	})
	m.o.Posted()
	return err
}

// lateAlarm tells a lead that what was judged not to have happened may have, or
// has.
func (d *Deps) lateAlarm(to bot.Actor, before, after money.Operation) bot.Post {
	w := d.Catalog.In(readerOf(to))
	key := "late.alarm.candidates"
	if after.Moved() > before.Moved() {
		key = "late.alarm"
	}
	reply := bot.Say(bot.Text("⚠️ "), bot.Bold(after.ID+" "), bot.Text(w.T(key, "what", will(w, after), "moved", yuan(after.Moved()-before.Moved()), "again", after.Again)))
	if after.Again != "" {
		reply.Blocks = append(reply.Blocks, bot.Paragraph{Inlines: []bot.Inline{bot.Text(w.T("late.alarm.again", "again", after.Again))}})
	}
	reply.Blocks = append(reply.Blocks, bot.Buttons{Items: []bot.Button{{Action: commandOf(after.Kind) + ".show", Text: w.T("money.button.show"), Value: handle(after)}}})
	return bot.Post{To: bot.Target{Kind: bot.TargetPerson, Person: to.Person.ID}, Reply: reply, Lane: bot.LaneMoney, Created: d.Now()}
}

// leads are the leads of an account's money: the operator's, who answer for all
// of it. When nobody leads it is those who approve, then the admins. They are
// few, so that a word to each fits a transaction.
func (d *Deps) leads(ctx context.Context, of bot.Account) ([]bot.Actor, error) {
	listed, err := d.Money.Listed(ctx)
	if err != nil {
		return nil, err
	}
	found := map[bot.Role][]bot.Actor{}
	for _, id := range listed {
		a, ok, err := d.Money.holds(ctx, d.Access, id, bot.RightAsk, bot.AreaDesk)
		if err != nil {
			return nil, err
		}
		if !ok || a.Huawei || a.Account != bot.Operator() && a.Account != of {
			continue
		}
		for _, role := range a.Roles {
			if !slices.ContainsFunc(found[role], func(b bot.Actor) bool { return b.Person.ID == id }) {
				found[role] = append(found[role], a)
			}
		}
	}
	for _, role := range []bot.Role{bot.RoleLead, bot.RoleApprover, bot.RoleAdmin} {
		if list := found[role]; len(list) > 0 {
			return list[:min(len(list), mostAlarmed)], nil
		}
	}
	return nil, nil
}

// afterwards are the lines of a card about what came to light later.
func (d *Deps) afterwards(w lang.Words, o money.Operation) (lines []string) {
	if !o.Restored.IsZero() {
		lines = append(lines, w.T("late.restored", "time", d.clock(o.Restored)))
	}
	if !o.Late.IsZero() {
		lines = append(lines, w.T("late.was", "time", d.clock(o.Late)))
	}
	if o.Watched() && len(o.With(money.Released)) > 0 {
		lines = append(lines, w.T("late.watched", "time", d.clock(o.Watch)))
		if len(o.Candidates) > 0 {
			lines = append(lines, w.T("late.candidates", "count", strconv.Itoa(len(o.Candidates))))
		}
	}
	return lines
}
