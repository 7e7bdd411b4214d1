package handlers

import (
	"context"
	"slices"
	"time"

	"partnerdesk/bot"
	"partnerdesk/bot/lang"
	"partnerdesk/handlers/benefit"
	"partnerdesk/handlers/remind"
)

// benefitDate is the deadline that follows from a day of a row.
func (d *Deps) benefitDate(b benefit.Benefit, rule benefit.Rule, day benefit.Date, now time.Time) remind.Deadline {
	w := d.together()
	return remind.Deadline{
		Team: b.Team, Account: b.Account, Seed: benefitSource + "/" + b.ID + "/" + day.Rule.ID, Source: remind.Benefits, Kind: day.Rule.Ladder,
		Title: clip(b.ID+" "+shortKind(w.Tag() == "en", rule)+w.T("benefit.colon")+b.Name()+w.T("benefit.comma")+inLang(w, day.Rule.Subject), remind.MaxTitle-1),
		Due:   day.Day, End: day.Day.End(d.deskZone()), Owner: b.Owner, Lang: w.Tag(), State: remind.Open, Look: now, Created: now, Changed: now,
	}
}

// benefitSource is the register's name among the sources of deadlines.
const benefitSource = "benefits"

// benefits are the days by which something is still to be done for a row of the
// register. What changes by hand is there already, in the transaction that changed
// it; this brings what was imported, and mends what was lost.
func (c *dates) benefits(ctx context.Context, _ lang.Words, now time.Time) ([]dated, error) {
	d := c.o.Deps
	team, accounts, err := d.kept(ctx)
	if err != nil {
		return nil, err
	}
	var list []dated
	for _, of := range accounts {
		rows, err := d.Register.Book.Benefits(ctx, team, of)
		if err != nil {
			return nil, err
		}
		for _, b := range rows {
			rule, _ := d.Register.Policy.Rule(b.Kind)
			for _, day := range rule.Dates(b, d.Register.Calendar, d.deskZone()) {
				if day.Settled {
					continue
				}
				row := d.benefitDate(b, rule, day, now)
				list = append(list, dated{seed: row.Seed, account: of, kind: row.Kind, title: row.Title, end: row.End, owner: b.Owner})
			}
		}
	}
	return list, nil
}

// benefitDates brings the deadlines of a row up to date in the transaction that
// changes it: what is done in the register is done among the deadlines. What a
// person did to a deadline there stays, until its day moves or the matter is
// reopened.
func (d *Deps) benefitDates(tx bot.Tx, by bot.PersonID, before, after benefit.Benefit) error {
	rule, known := d.Register.Policy.Rule(after.Kind)
	if d.Remind == nil || !known {
		return nil
	}
	now := d.Now()
	were := rule.Dates(before, d.Register.Calendar, d.deskZone())
	is := rule.Dates(after, d.Register.Calendar, d.deskZone())
	for _, day := range is {
		settled := slices.ContainsFunc(were, func(w benefit.Date) bool { return w.Rule.ID == day.Rule.ID && w.Settled })
		if err := d.benefitDateIn(tx, d.benefitDate(after, rule, day, now), day.Settled, settled, by); err != nil {
			return err
		}
	}
	for _, day := range were {
		if before.ID != "" && !slices.ContainsFunc(is, func(x benefit.Date) bool { return x.Rule.ID == day.Rule.ID }) {
			if err := d.benefitDateIn(tx, d.benefitDate(before, rule, day, now), true, false, by); err != nil {
				return err
			}
		}
	}
	return nil
}

// benefitDateIn writes one of them. settled says that nothing is left to be done
// by then, was that it was so before.
func (d *Deps) benefitDateIn(tx bot.Tx, row remind.Deadline, settled, was bool, by bot.PersonID) error {
	kept, err := reminder{d}.place(tx, row)
	if err != nil {
		return err
	}
	_, there, err := d.Remind.Book.DeadlineIn(tx, row.Team, row.Account, kept.ID)
	if err != nil {
		return err
	}
	now := row.Changed
	switch {
	case settled && (!there || kept.State != remind.Open):
		return nil
	case settled:
		kept.State, kept.By, kept.Look, kept.Changed = remind.Done, by, time.Time{}, now
	case kept.Due != row.Due || was && kept.State != remind.Open || kept.Owner != row.Owner:
		reopen := kept.State
		if kept.Due != row.Due || was {
			reopen = remind.Open
		}
		kept = kept.Move(row.Due, now, d.deskZone())
		kept.State, kept.Owner, kept.Look, kept.By = reopen, row.Owner, now, bot.PersonID{}
		fallthrough
	default:
		kept.Title, kept.Kind, kept.Stale, kept.Changed = row.Title, row.Kind, false, now
	}
	if err := d.Remind.Book.PutDeadline(tx, kept); err != nil {
		return err
	}
	return d.refresh(tx, kept)
}
