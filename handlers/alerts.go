package handlers

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"time"

	"partnerdesk/bot"
	"partnerdesk/bot/lang"
	"partnerdesk/handlers/alert"
	"partnerdesk/handlers/partner"
	"partnerdesk/handlers/worktime"
)

// Alerts is what alerts need.
type Alerts struct {
	Book alert.Book
	// People tells which language somebody reads.
	People bot.Directory
	// Listed names everybody who might hold a role; who really does is asked
	// anew each time.
	Listed func(ctx context.Context) ([]bot.PersonID, error)
	// Team is the operator's own team.
	Team   func(ctx context.Context) (string, error)
	Limits AlertLimits
	// Probes look at what the desk stands on: its store, its ways out.
	Probes []Probe
	// Mail are addresses that get what admins are told too, for when nothing
	// can be said in the chat system.
	Mail []string
}

// AlertLimits are the thresholds of the operator. Zero switches an alert off.
type AlertLimits struct {
	Balance     map[bot.Account]partner.Fen // what an account should be able to grant
	QuotaLeft   int                         // percent of a quota
	QuotaEnding int                         // days
	Unknown     time.Duration               // how long an operation may be unknown
	Window      int                         // days before an unused window closes
	Verify      int                         // working days before a verification runs out
	Stale       time.Duration               // how long a source may be unreadable
	Again       time.Duration               // zero: as each kind declares
	House       []HouseLimit                // what [Alerts.Probes] go by, to be shown
}

// HouseLimit is a threshold of a probe of the house: its setting, without
// "alert.", and its value.
type HouseLimit struct{ Setting, Value string }

// Probe looks at one thing. Everything it does not name among its kinds' true
// conditions is well.
type Probe struct {
	Name  string // of the source; fixed for life
	Kinds []alert.Kind
	Every time.Duration
	Read  func(ctx context.Context, now time.Time) (Truths, error)
}

// Truths are the conditions that are true, by kind.
type Truths map[alert.Kind][]alert.Condition

// add notes a condition; args are pairs of a blank's name and its value.
func (t Truths) add(k alert.Kind, object string, args ...string) {
	t[k] = append(t[k], alert.Condition{Object: object, Args: args})
}

// probeWithin bounds one look.
const probeWithin = 2 * time.Minute

// watch is the job that looks and tells.
type watch struct{ o JobOptions }

func (j *watch) run(ctx context.Context, now time.Time) error {
	a := j.o.Deps.Alerts
	team, err := a.Team(ctx)
	if err != nil || team == "" {
		return err
	}
	truths, known, faults := Truths{}, map[alert.Kind]bool{alert.SourceStale: true}, []error(nil)
	probes := append(slices.Clone(a.Probes), j.o.Deps.probes()...)
	for _, p := range probes {
		found, read, err := j.look(ctx, team, p, now)
		if err != nil {
			faults = append(faults, err)
		}
		for _, k := range p.Kinds {
			known[k] = read
			truths[k] = append(truths[k], found[k]...)
		}
	}
	stale, err := j.stale(ctx, team, probes, now)
	if err != nil {
		return err
	}
	truths[alert.SourceStale] = stale
	groups, err := a.Book.Alerts(ctx, team)
	if err != nil {
		return err
	}
	state := map[alert.Kind]alert.Group{}
	for _, g := range groups {
		state[g.Kind] = g
	}
	posted := false
	for _, s := range alert.Specs() {
		f := alert.Facts{Now: now, Known: known[s.Kind] || !slices.ContainsFunc(probes, func(p Probe) bool { return slices.Contains(p.Kinds, s.Kind) }), True: truths[s.Kind], Again: a.Limits.Again}
		f.Inhibited = slices.ContainsFunc(s.Under, func(k alert.Kind) bool { return len(state[k].Items) > 0 })
		f.Closed = j.o.Deps.closed(now)
		g, told, err := j.decide(ctx, team, state[s.Kind], s, f)
		if err != nil {
			faults = append(faults, fmt.Errorf("alert %s: %w", s.Kind, err))
			continue
		}
		state[s.Kind] = g
		posted = posted || told
	}
	if posted {
		j.o.Posted()
	}
	return errors.Join(faults...)
}

// look reads a source when it is due, and records how it is doing. read is false
// when nothing new is known.
func (j *watch) look(ctx context.Context, team string, p Probe, now time.Time) (found Truths, read bool, err error) {
	a := j.o.Deps.Alerts
	sources, err := a.Book.AlertSources(ctx, team)
	if err != nil {
		return nil, false, err
	}
	src := alert.Source{Team: team, Name: p.Name}
	if i := slices.IndexFunc(sources, func(s alert.Source) bool { return s.Name == p.Name }); i >= 0 {
		src = sources[i]
	}
	// A clock that was set back must not silence a source.
	if now.Before(src.Next) && src.Next.Sub(now) <= p.Every {
		return nil, false, nil
	}
	within, cancel := context.WithTimeout(ctx, probeWithin)
	found, err = p.Read(within, now)
	cancel()
	was := src
	src.Next = now.Add(p.Every)
	switch {
	case err == nil:
		src.Read, src.Fail = now, time.Time{}
	case src.Fail.IsZero():
		src.Fail = now
	}
	if err != nil {
		j.o.Log.Warn("source of alerts not read", "source", p.Name, "err", err)
	}
	if p.Every <= time.Minute && err == nil && was.Fail.IsZero() && !was.Read.IsZero() && now.Sub(was.Read) < 10*time.Minute {
		return found, true, nil // what is read all the time is not recorded all the time
	}
	put := j.o.Store.Update(ctx, func(tx bot.Tx) error { return a.Book.PutAlertSource(tx, src) })
	return found, err == nil, put
}

// stale are the sources that could not be read for long. The partner center has
// an alert of its own for that.
func (j *watch) stale(ctx context.Context, team string, probes []Probe, now time.Time) ([]alert.Condition, error) {
	a := j.o.Deps.Alerts
	if a.Limits.Stale <= 0 {
		return nil, nil
	}
	sources, err := a.Book.AlertSources(ctx, team)
	if err != nil {
		return nil, err
	}
	t := Truths{}
	for _, s := range sources {
		served := slices.ContainsFunc(probes, func(p Probe) bool { return p.Name == s.Name })
		if served && !s.Fail.IsZero() && now.Sub(s.Fail) >= a.Limits.Stale {
			t.add(alert.SourceStale, s.Name, "source", s.Name, "since", j.o.Deps.clock(s.Fail))
		}
	}
	if r := j.o.Deps.Remind; r != nil && r.Center != nil {
		for _, name := range []string{"quotas", "coupons", "subscriptions"} {
			s, found, err := r.Book.FindSource(ctx, team, name)
			if err != nil {
				return nil, err
			}
			if found && !s.Fail.IsZero() && now.Sub(s.Fail) >= a.Limits.Stale {
				t.add(alert.SourceStale, "deadlines/"+name, "source", name, "since", j.o.Deps.clock(s.Fail))
			}
		}
	}
	return t[alert.SourceStale], nil
}

// decide brings one group up to date, with its messages, in one transaction.
// When nothing changes nothing is written.
func (j *watch) decide(ctx context.Context, team string, before alert.Group, s alert.Spec, f alert.Facts) (alert.Group, bool, error) {
	d := j.o.Deps
	before.Team, before.Kind = team, s.Kind
	after, why := alert.Decide(before, s, f)
	if reflect.DeepEqual(before, after) {
		return after, false, nil
	}
	var readers []alertReader
	if why.Loud() {
		var err error
		if readers, err = d.alertReaders(ctx, s.Kind); err != nil {
			return before, false, err
		}
		if len(readers) == 0 && len(d.Alerts.Mail) == 0 {
			j.o.Log.Warn("an alert has nobody to tell", "kind", string(s.Kind))
			f.Inhibited = true // it is told once somebody is there
		}
	}
	old, err := d.alertPeople(ctx, before.Readers)
	if err != nil {
		return before, false, err
	}
	err = j.o.Store.Update(ctx, func(tx bot.Tx) error {
		g, err := d.Alerts.Book.AlertIn(tx, team, s.Kind)
		if err != nil {
			return err
		}
		part, firing := g.Part, g.Firing
		g, why = alert.Decide(g, s, f)
		after = g
		switch {
		case why.Loud():
			if firing && part > 0 {
				if err := d.postBelow(tx, g.Kind, part, old, f.Now); err != nil {
					return err
				}
			}
			after.Readers = nil
			for _, r := range readers {
				after.Readers = append(after.Readers, r.who.ID)
			}
			err = errors.Join(d.postAlert(tx, after, readers, f.Now), d.mailAlert(tx, after, f.Now))
		case why == alert.Changed, why == alert.Resolved:
			err = d.postAlert(tx, after, old, f.Now)
		}
		if err != nil {
			return err
		}
		return d.Alerts.Book.PutAlert(tx, after)
	})
	if err != nil {
		return before, false, err
	}
	if why.Loud() {
		j.o.Log.Info("alert told", "kind", string(s.Kind), "reason", string(why), "count", after.Count(), "readers", len(after.Readers))
	}
	return after, true, nil
}

// closed says that nobody works here at an hour. A desk without a calendar is
// always open.
func (d *Deps) closed(now time.Time) bool {
	return d.Remind != nil && d.Remind.Calendar != nil && !worktime.Office().Open(now, d.Remind.Calendar, d.deskZone())
}

func classOf(k alert.Kind) alert.Class {
	s, _ := alert.SpecOf(k)
	return s.Class
}

// alertReader is somebody who reads an alert. Blind ones see no names and amounts.
type alertReader struct {
	who   bot.Person
	blind bool
}

// mostReaders keeps a notice within one transaction.
const mostReaders = 4

// alertReaders are the people of a kind's class: admins; or the leads and
// approvers, with an admin where one has to act, and for what is shared our own ecosystem managers too. Huawei's own hear of it
// by mail, once a week.
func (d *Deps) alertReaders(ctx context.Context, k alert.Kind) ([]alertReader, error) {
	c := classOf(k)
	listed, err := d.Alerts.Listed(ctx)
	if err != nil {
		return nil, err
	}
	found := map[bot.Role][]bot.Person{}
	seen := map[bot.PersonID]bool{}
	for _, id := range listed {
		if seen[id] {
			continue
		}
		seen[id] = true
		who, err := d.Alerts.People.Find(ctx, id)
		if errors.Is(err, bot.ErrNoPerson) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("find person: %w", err)
		}
		actor, err := d.Access.Authorize(ctx, who, bot.RightAsk, bot.AreaDesk)
		if _, no := errors.AsType[*bot.Refusal](err); no || err == nil && (actor.Account != bot.Operator() || actor.Huawei) {
			continue
		}
		if err != nil {
			return nil, err
		}
		for _, role := range actor.Roles {
			found[role] = append(found[role], who)
		}
	}
	ranks := [][]bot.Role{{bot.RoleLead, bot.RoleApprover}, {bot.RoleAdmin}}
	if c == alert.Ops {
		ranks = [][]bot.Role{{bot.RoleAdmin}, {bot.RoleLead}}
	}
	var to []alertReader
	add := func(role bot.Role, blind bool, most int) {
		for _, who := range found[role] {
			if len(to) < most && !slices.ContainsFunc(to, func(r alertReader) bool { return r.who.ID == who.ID }) {
				to = append(to, alertReader{who, blind})
			}
		}
	}
	for _, rank := range ranks {
		for _, role := range rank {
			add(role, false, mostReaders-1)
		}
		if len(to) > 0 {
			break
		}
	}
	if c == alert.Shared {
		add(bot.RoleManager, true, mostReaders)
	}
	if k == alert.FewApprovers { // only an admin can name more
		add(bot.RoleAdmin, false, mostReaders)
	}
	return to, nil
}

// alertPeople are the people who have a card already. Who may see less by now
// gets no edits; what they read does not change.
func (d *Deps) alertPeople(ctx context.Context, ids []bot.PersonID) ([]alertReader, error) {
	var list []alertReader
	for _, id := range ids {
		who, err := d.Alerts.People.Find(ctx, id)
		if errors.Is(err, bot.ErrNoPerson) || err == nil && who.Deactivated {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("find person: %w", err)
		}
		actor, err := d.Access.Authorize(ctx, who, bot.RightAsk, bot.AreaDesk)
		if err != nil || actor.Huawei {
			continue
		}
		list = append(list, alertReader{who, d.blind(ctx, actor)})
	}
	return list, nil
}

// blind says that somebody sees alerts without names and amounts: whoever
// neither reads nor configures here.
func (d *Deps) blind(ctx context.Context, a bot.Actor) bool {
	if a.Huawei {
		return true
	}
	for _, right := range []bot.Right{bot.RightRead, bot.RightConfigure} {
		if _, err := d.Access.Authorize(ctx, a.Person, right, bot.AreaDesk); err == nil {
			return false
		}
	}
	return true
}

func (r alertReader) words(d *Deps) lang.Words { return d.Catalog.In(lang.Match(r.who.Locale)) }
