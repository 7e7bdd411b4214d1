package handlers

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"time"

	"partnerdesk/bot"
	"partnerdesk/handlers/money"
)

// MoneyWorker carries out what was approved: it marks an operation as being
// sent, makes its one call, and records what came of it. It looks for the effect
// of calls whose outcome nobody knows, ends what nobody decided in time, and
// keeps the cards up to date. It is right by scanning alone. One worker runs at
// a time; within it one call follows the other.
type MoneyWorker struct {
	o        MoneyWorkerOptions
	compared time.Time // when the records since the backup were last compared
}

// MoneyWorkerOptions is what a worker needs.
type MoneyWorkerOptions struct {
	Deps   *Deps // Money, Access, Catalog, Zone and Now are used
	Store  bot.Store
	Hints  <-chan struct{} // something changed; nil: only by the clock
	Posted func()          // something was put into the outbox; nil: nobody wants to know
	Every  time.Duration   // between two rounds; zero means 10 s
	Log    *slog.Logger    // nil discards
	// Held says that no money may be moved for now, as while a restored store is
	// in quarantine; nil never does.
	Held func(ctx context.Context) (bool, error)
	// Backup says, while it is held, of when the restored rows are: the records
	// since then are compared with them. nil: they are not.
	Backup func(ctx context.Context) (time.Time, error)
}

// NewMoneyWorker makes a worker. It does nothing before Run or Round.
func NewMoneyWorker(o MoneyWorkerOptions) *MoneyWorker {
	if o.Every == 0 {
		o.Every = 10 * time.Second
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Posted == nil {
		o.Posted = func() {}
	}
	return &MoneyWorker{o: o}
}

// Run works until ctx ends. A call under way is finished and recorded first.
func (m *MoneyWorker) Run(ctx context.Context) {
	for ctx.Err() == nil {
		if err := m.Round(ctx); err != nil && ctx.Err() == nil {
			m.o.Log.Error("money works", "err", err)
		}
		timer := time.NewTimer(m.o.Every)
		select {
		case <-ctx.Done():
		case <-timer.C:
		case _, open := <-m.o.Hints:
			if !open {
				m.o.Hints = nil
			}
		}
		timer.Stop()
	}
}

// Round does once what is due. What is found marked as being sent was left so by
// a program that ended, or by a result that could not be kept: nobody knows what
// came of it, so it becomes unknown before anything else happens.
func (m *MoneyWorker) Round(ctx context.Context) error {
	if m.o.Held != nil {
		if held, err := m.o.Held(ctx); err != nil {
			return err
		} else if held {
			return m.quarantined(ctx)
		}
	}
	live, err := m.o.Deps.Money.Book.LiveOperations(ctx)
	if err != nil {
		return fmt.Errorf("live operations: %w", err)
	}
	var faults []error
	step := func(o money.Operation, err error) {
		if err != nil {
			faults = append(faults, fmt.Errorf("operation %s: %w", o.ID, err))
		}
	}
	for _, o := range live {
		if o.State == money.Sending {
			step(o, m.interrupt(ctx, o))
		}
	}
	if len(faults) > 0 { // what may have been sent is not known as such yet: nothing else is sent
		return errors.Join(faults...)
	}
	for _, o := range live {
		now := m.o.Deps.Now()
		switch {
		case ctx.Err() != nil:
			return errors.Join(faults...)
		case !o.State.Final() && o.Started.IsZero() && !now.Before(o.Expires):
			step(o, m.expire(ctx, o))
		case o.State == money.Reserved:
			step(o, m.send(ctx, o))
		case o.State == money.Unknown && !now.Before(o.LookAt(m.o.Deps.Money.Policy)):
			step(o, m.reconcile(ctx, o))
		case o.State.Final() && o.Watched() && !now.Before(o.LateLookAt()):
			step(o, m.lateLook(ctx, o))
		}
	}
	return errors.Join(append(faults, m.show(ctx), m.requests(ctx))...)
}

// change runs a transition with its audit entry and its receipts in one
// transaction. A transition that is not possible any more changes nothing.
func (m *MoneyWorker) change(ctx context.Context, o money.Operation, action string, claims []string, do money.Look) error {
	return m.changeAnd(ctx, o, action, claims, do, nil)
}

// changeAnd is change with posts of its own.
func (m *MoneyWorker) changeAnd(ctx context.Context, o money.Operation, action string, claims []string, do money.Look, also []bot.Post) error {
	d, now := m.o.Deps, m.o.Deps.Now()
	err := m.o.Store.Update(ctx, func(tx bot.Tx) error {
		before, after, err := money.Change(d.Money.Book, tx, o.Team, o.ID, now, claims, do)
		if err != nil || before.Rev == after.Rev {
			return err
		}
		d.receipts(tx, before, after)
		for _, p := range also {
			_ = tx.Post(p) // like a receipt: no room for it changes nothing
		}
		return tx.Audit(moneyEntry(after, bot.PersonID{Team: o.Team}, action, now))
	})
	m.o.Posted()
	return err
}

func (m *MoneyWorker) interrupt(ctx context.Context, o money.Operation) error {
	return m.change(ctx, o, "money.interrupted", nil, money.Plain(func(o money.Operation, b money.Books) (money.Operation, money.Books, error) {
		if o.State != money.Sending {
			return o, b, nil
		}
		return o.Interrupted(b, m.o.Deps.Now())
	}))
}

func (m *MoneyWorker) expire(ctx context.Context, o money.Operation) error {
	d, now := m.o.Deps, m.o.Deps.Now()
	tell, err := d.undecided(ctx, o)
	if err != nil {
		return err
	}
	return m.changeAnd(ctx, o, "money.expire", nil, money.Plain(func(o money.Operation, b money.Books) (money.Operation, money.Books, error) {
		o, b, _ = o.Expire(b, now)
		return o, b, nil
	}), tell)
}

// send makes one call, once: only a mark that was kept lets it leave.
func (m *MoneyWorker) send(ctx context.Context, o money.Operation) error {
	d := m.o.Deps
	if d.Money.Paused != nil {
		if paused, err := d.Money.Paused(ctx); err != nil || paused {
			return err
		}
	}
	facts, err := d.moneyFacts(ctx, o, true)
	if err != nil {
		return m.stop(ctx, o, err)
	}
	snapshot, err := d.records(ctx, o, d.Now().Add(-time.Hour-d.Money.Policy.Full().Lag))
	if err != nil {
		return fmt.Errorf("records before the call: %w", err)
	}
	marked, now := o, d.Now()
	err = m.change(ctx, o, "money.send", nil, money.Plain(func(o money.Operation, b money.Books) (money.Operation, money.Books, error) {
		o, b, err := o.Start(b, facts, d.Money.Policy, claimsOf(snapshot), now)
		marked = o
		return o, b, err
	}))
	if err != nil {
		return m.stop(ctx, o, err)
	}
	if d.Now().Sub(now) > money.CallTime/2 {
		return nil // the mark took too long to be sure when a request would be signed: the next round calls it unknown
	}
	// The call is finished and recorded even when the program is told to stop.
	ctx = context.WithoutCancel(ctx)
	limited, cancel := context.WithTimeout(ctx, money.CallTime/2)
	defer cancel()
	out := d.call(limited, marked)
	if out.Err != nil {
		m.o.Log.Warn("money work", "operation", o.ID, "kind", string(o.Kind), "err", out.Err)
	}
	claims := slices.Sorted(maps.Values(out.Done))
	return m.change(ctx, marked, "money.settle", claims, func(o money.Operation, b money.Books, taken map[string]string) (money.Operation, money.Books, []string, error) {
		return o.Settle(out, taken, b, d.Now())
	})
}

// stop ends an operation that must not be sent any more, and leaves alone one
// that only has to wait.
func (m *MoneyWorker) stop(ctx context.Context, o money.Operation, why error) error {
	no, known := errors.AsType[*bot.UserError](why)
	switch {
	case errors.Is(why, money.ErrHold):
		return nil
	case !known:
		return fmt.Errorf("before the call: %w", why)
	}
	alarm, err := m.o.Deps.alarm(ctx, o, no)
	if err != nil {
		return err
	}
	now := m.o.Deps.Now()
	err = m.o.Store.Update(ctx, func(tx bot.Tx) error {
		before, after, err := money.Change(m.o.Deps.Money.Book, tx, o.Team, o.ID, now, nil, money.Plain(func(o money.Operation, b money.Books) (money.Operation, money.Books, error) {
			if o.State != money.Reserved {
				return o, b, nil
			}
			return o.Stop(b, no.Key, now)
		}))
		if err != nil || before.Rev == after.Rev {
			return err
		}
		m.o.Deps.receipts(tx, before, after)
		alarm(tx)
		return tx.Audit(moneyEntry(after, bot.PersonID{Team: o.Team}, "money.stop", now))
	})
	m.o.Posted()
	return err
}

// reconcile looks for the effect of a call whose outcome nobody knows.
func (m *MoneyWorker) reconcile(ctx context.Context, o money.Operation) error {
	began := m.o.Deps.Now()
	records, err := m.fitting(ctx, o)
	if err != nil {
		return err
	}
	return m.change(ctx, o, "money.reconcile", claimsOf(records), func(o money.Operation, b money.Books, taken map[string]string) (money.Operation, money.Books, []string, error) {
		o, b, claimed := o.Reconcile(records, taken, b, m.o.Deps.Money.Policy, began)
		return o, b, claimed, nil
	})
}

// fitting reads the records that could be the effect of an operation.
func (m *MoneyWorker) fitting(ctx context.Context, o money.Operation) ([]money.Record, error) {
	records, err := m.o.Deps.records(ctx, o, o.Started.Add(-30*time.Minute))
	if err != nil {
		return nil, fmt.Errorf("records after the call: %w", err)
	}
	records = slices.DeleteFunc(records, func(r money.Record) bool {
		return !slices.ContainsFunc(o.Parties, func(p money.Party) bool { return o.Match(r, p.ID) != money.NoMatch })
	})
	if len(records) > 40 { // more than a transaction looks up; a person has to judge anyway
		records = records[:40]
	}
	return records, nil
}

func claimsOf(records []money.Record) []string {
	var list []string
	for _, r := range records {
		if !slices.Contains(list, r.Claim) {
			list = append(list, r.Claim)
		}
	}
	return list
}

// show brings the cards of operations up to date, one person a transaction: an
// edit of a card may be repeated, so it needs no more than that.
func (m *MoneyWorker) show(ctx context.Context) error {
	d := m.o.Deps
	live, err := d.Money.Book.LiveOperations(ctx)
	if err != nil {
		return err
	}
	var faults []error
	for _, o := range live {
		if o.Shown >= o.Rev || ctx.Err() != nil {
			continue
		}
		if err := m.showOne(ctx, o); err != nil {
			faults = append(faults, fmt.Errorf("cards of %s: %w", o.ID, err))
		}
	}
	return errors.Join(faults...)
}

// mostCards is how many people get a card of one operation.
const mostCards = 12

func (m *MoneyWorker) showOne(ctx context.Context, o money.Operation) error {
	d := m.o.Deps
	readers, err := d.readers(ctx, o)
	if err != nil {
		return err
	}
	if quiet(o) {
		readers = nil
	}
	for _, a := range readers[:min(len(readers), mostCards)] {
		card := d.operationCard(o, a)
		if err := m.o.Store.Update(ctx, func(tx bot.Tx) error {
			return tx.Post(bot.Post{To: bot.Target{Kind: bot.TargetPerson, Person: a.Person.ID}, Reply: card, Lane: bot.LaneMoney, Object: "operation/" + o.ID, Created: d.Now()})
		}); err != nil && ctx.Err() == nil { // somebody whose messages do not leave keeps nobody else waiting
			m.o.Log.Warn("card not posted", "operation", o.ID, "user", a.Person.ID.String(), "err", err)
		}
	}
	if ctx.Err() != nil {
		return nil
	}
	m.o.Posted()
	return m.o.Store.Update(ctx, func(tx bot.Tx) error {
		now, found, err := d.Money.Book.OperationIn(tx, o.Team, o.ID)
		if err != nil || !found || now.Shown >= o.Rev {
			return err
		}
		now.Shown = o.Rev
		return d.Money.Book.PutOperation(tx, now)
	})
}
