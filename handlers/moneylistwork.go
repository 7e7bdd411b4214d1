package handlers

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"partnerdesk/bot"
	"partnerdesk/handlers/money"
)

// ListWorker takes lists from one state to the next: it makes and reserves their
// operations one by one, lets them be approved in the approver's name, ends those
// of a list that was declined or withdrawn, and tells both sides what became of
// every row. What moves value is left to [MoneyWorker]: to it the operations of a
// list are like any other. It is right by scanning alone.
type ListWorker struct{ o ListWorkerOptions }

// ListWorkerOptions is what a worker needs.
type ListWorkerOptions struct {
	Deps   *Deps // Money, Access, Catalog, Sheets, Zone and Now are used
	Store  bot.Store
	Hints  []<-chan struct{} // something changed; none: only by the clock
	Posted func()            // something was put into the outbox; nil: nobody wants to know
	Every  time.Duration     // between two rounds; zero means 10 s
	Log    *slog.Logger      // nil discards
	// Held says that no money may be moved for now; nil never does.
	Held func(ctx context.Context) (bool, error)
}

// NewListWorker makes a worker. It does nothing before Run or Round.
func NewListWorker(o ListWorkerOptions) *ListWorker {
	if o.Every == 0 {
		o.Every = 10 * time.Second
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Posted == nil {
		o.Posted = func() {}
	}
	return &ListWorker{o}
}

// Run works until ctx ends.
func (m *ListWorker) Run(ctx context.Context) {
	hints := make([]<-chan struct{}, 2)
	copy(hints, m.o.Hints)
	for ctx.Err() == nil {
		if err := m.Round(ctx); err != nil && ctx.Err() == nil {
			m.o.Log.Error("list works", "err", err)
		}
		timer := time.NewTimer(m.o.Every)
		open := true
		select {
		case <-ctx.Done():
		case <-timer.C:
		case _, open = <-hints[0]:
			if !open {
				hints[0] = nil
			}
		case _, open = <-hints[1]:
			if !open {
				hints[1] = nil
			}
		}
		timer.Stop()
	}
}

// Round does once what is due.
func (m *ListWorker) Round(ctx context.Context) error {
	if m.o.Held != nil {
		if held, err := m.o.Held(ctx); err != nil || held {
			return err
		}
	}
	live, err := m.o.Deps.Money.Lists.LiveLists(ctx)
	if err != nil {
		return fmt.Errorf("live lists: %w", err)
	}
	var faults []error
	for _, l := range live {
		if ctx.Err() != nil {
			break
		}
		if err := m.one(ctx, l); err != nil {
			faults = append(faults, fmt.Errorf("list %s: %w", l.ID, err))
		}
	}
	return errors.Join(faults...)
}

func (m *ListWorker) one(ctx context.Context, l money.List) error {
	now := m.o.Deps.Now()
	if l.State == money.ListDraft {
		if now.Before(l.Expires) {
			return nil
		}
		return m.save(ctx, l, "list.expire", func(l money.List) money.List {
			l = l.End(now)
			l.Shown = l.Rev // nobody has a card of it
			return l
		})
	}
	if l.State == money.ListSubmitted {
		if err := m.reserve(ctx, l); err != nil {
			return err
		}
	}
	l, found, err := m.o.Deps.Money.Lists.FindList(ctx, l.Team, l.ID)
	if err != nil || !found {
		return err
	}
	ops, err := m.o.Deps.operationsOf(ctx, l)
	if err != nil {
		return err
	}
	switch l.State {
	case money.ListApproved:
		err = m.each(ctx, l, ops, m.approve)
	case money.ListDeclined:
		err = m.each(ctx, l, ops, m.decline)
	case money.ListWithdrawn:
		err = m.each(ctx, l, ops, m.withdraw)
	}
	if err != nil {
		return err
	}
	if ops, err = m.o.Deps.operationsOf(ctx, l); err != nil {
		return err
	}
	if l.State != money.ListOver && l.State != money.ListSubmitted && l.Over(ops) {
		if err := m.save(ctx, l, "list.over", func(l money.List) money.List { return l.End(now) }); err != nil {
			return err
		}
		if l, _, err = m.o.Deps.Money.Lists.FindList(ctx, l.Team, l.ID); err != nil {
			return err
		}
	}
	return m.show(ctx, l, ops)
}

// save changes a list in a transaction of its own.
func (m *ListWorker) save(ctx context.Context, l money.List, action string, do func(money.List) money.List) error {
	d, now := m.o.Deps, m.o.Deps.Now()
	return m.o.Store.Update(ctx, func(tx bot.Tx) error {
		before, found, err := d.Money.Lists.ListIn(tx, l.Team, l.ID)
		if err != nil || !found {
			return err
		}
		after := do(before)
		if err := d.Money.Lists.PutList(tx, after); err != nil || action == "" || after.Rev == before.Rev {
			return err
		}
		return tx.Audit(listEntry(after, bot.PersonID{Team: l.Team}, action, now))
	})
}

// reserve makes the operations of a list and submits them in the requester's name.
// One that the rules refuse leaves its reason in its rows; the others go on. After
// a restart what is there already is found by its seed.
func (m *ListWorker) reserve(ctx context.Context, l money.List) error {
	d := m.o.Deps
	freezes, err := d.Money.Book.Freezes(ctx, l.Team)
	if err != nil || slices.ContainsFunc(freezes, func(f money.Freeze) bool { return f.Scope == money.Everything || f.Scope == l.Account.String() }) {
		return err // it waits until that is over
	}
	facts, err := d.moneyFacts(ctx, money.Operation{Account: l.Account, Requester: l.Requester}, false)
	if err != nil {
		return err
	}
	seen, err := d.listSource(ctx, l, nil)
	if no, refused := userError(checked(err)); refused {
		return m.refuse(ctx, l, no)
	}
	if err != nil {
		return fmt.Errorf("source: %w", err)
	}
	facts.Available, facts.Known, facts.Read = seen.Available, seen.Known, seen.At
	for n, g := range l.Groups(d.Money.Policy.Full().PerOperation) {
		id, no, err := m.submit(ctx, l, n, g, facts)
		if err != nil {
			return err
		}
		for _, i := range g.Rows {
			l.Rows[i].Operation = id
			if no != nil {
				l.Rows[i].Operation, l.Rows[i].Field, l.Rows[i].Fault, l.Rows[i].Args = "", money.FieldLimit, no.Key, no.Args
			}
		}
	}
	return m.save(ctx, l, "list.reserved", func(now money.List) money.List {
		if now.State != money.ListSubmitted {
			return now
		}
		now.Rows = l.Rows
		return now.Reserved(d.Money.Policy, d.Now())
	})
}

// refuse ends a list whose source is no more, every row with the reason.
func (m *ListWorker) refuse(ctx context.Context, l money.List, no *bot.UserError) error {
	now := m.o.Deps.Now()
	return m.save(ctx, l, "list.refused", func(l money.List) money.List {
		l.Rows = slices.Clone(l.Rows)
		for i := range l.Rows {
			if r := &l.Rows[i]; r.Fault == "" {
				r.Field, r.Fault, r.Args = money.FieldLimit, no.Key, no.Args
			}
		}
		return l.End(now)
	})
}

func (m *ListWorker) submit(ctx context.Context, l money.List, n int, g money.Group, f money.Facts) (id string, no *bot.UserError, err error) {
	d, now := m.o.Deps, m.o.Deps.Now()
	draft, err := l.Operation(n, g, now)
	if err != nil {
		no, _ = userError(err)
		return "", no, err
	}
	draft.Policy, draft.Center = d.Money.Policy.Revision(), d.Money.Account
	err = m.o.Store.Update(ctx, func(tx bot.Tx) error {
		o := draft
		no = nil
		for try := range 100 {
			o.ID = money.ID(o.Seed, try)
			old, found, err := d.Money.Book.OperationIn(tx, o.Team, o.ID)
			if err != nil {
				return err
			}
			if found && old.Seed == o.Seed {
				id = old.ID
				return nil
			}
			if !found {
				break
			}
		}
		if err := d.Money.Book.PutOperation(tx, o); err != nil {
			return err
		}
		_, after, err := money.Change(d.Money.Book, tx, o.Team, o.ID, now, nil, money.Plain(func(o money.Operation, b money.Books) (money.Operation, money.Books, error) {
			return o.Submit(l.Requester, o.Rev, b, f, d.Money.Policy, now)
		}))
		if err != nil {
			return err
		}
		id = after.ID
		return tx.Audit(moneyEntry(after, l.Requester, "money.submit", now))
	})
	if refused, is := userError(err); is {
		return "", refused, nil // the transaction kept nothing of it
	}
	return id, nil, err
}

// listStep is what a list's state means for one of its operations.
type listStep func(l money.List, f money.Facts) (action string, who bot.PersonID, do func(o money.Operation, b money.Books) (money.Operation, money.Books, error))

func (m *ListWorker) approve(l money.List, f money.Facts) (string, bot.PersonID, func(o money.Operation, b money.Books) (money.Operation, money.Books, error)) {
	now := m.o.Deps.Now()
	return "money.approve", l.Approver, func(o money.Operation, b money.Books) (money.Operation, money.Books, error) {
		after, books, err := o.Approve(l.Approver, o.Rev, b, f, m.o.Deps.Money.Policy, now)
		if no, refused := userError(err); refused && no.Key != "money.no.frozen" { // a freeze passes
			return o.Void(b, no.Key, now)
		} else if refused {
			return o, b, nil
		}
		after.ApproverRoles, after.ApproverLang = l.ApproverRoles, l.ApproverLang
		return after, books, err
	}
}

func (m *ListWorker) decline(l money.List, _ money.Facts) (string, bot.PersonID, func(o money.Operation, b money.Books) (money.Operation, money.Books, error)) {
	now := m.o.Deps.Now()
	return "money.decline", l.Approver, func(o money.Operation, b money.Books) (money.Operation, money.Books, error) {
		o, b, err := o.Void(b, "money.fault.declined", now)
		o.Decider, o.Reason = l.Approver, l.Reason
		return o, b, err
	}
}

func (m *ListWorker) withdraw(l money.List, _ money.Facts) (string, bot.PersonID, func(o money.Operation, b money.Books) (money.Operation, money.Books, error)) {
	now := m.o.Deps.Now()
	return "money.withdraw", l.Requester, func(o money.Operation, b money.Books) (money.Operation, money.Books, error) {
		return o.Withdraw(l.Requester, o.Rev, b, now)
	}
}

// each takes every operation of a list on that still waits.
func (m *ListWorker) each(ctx context.Context, l money.List, ops map[string]money.Operation, step listStep) error {
	d := m.o.Deps
	waits := func(o money.Operation) bool {
		return o.State == money.Awaiting || o.State == money.Reserved && l.State == money.ListWithdrawn
	}
	if !slices.ContainsFunc(l.Operations(), func(id string) bool { return waits(ops[id]) }) {
		return nil
	}
	facts, err := d.moneyFacts(ctx, money.Operation{Account: l.Account, Requester: l.Requester}, false)
	if err != nil {
		return err
	}
	if l.State == money.ListApproved {
		seen, err := d.listSource(ctx, l, nil)
		if _, refused := userError(checked(err)); refused {
			seen.Known, seen.Available = true, 0
		} else if err != nil {
			return fmt.Errorf("source: %w", err)
		}
		facts.Available, facts.Known, facts.Read = seen.Available, seen.Known, seen.At
	}
	for _, id := range l.Operations() {
		if !waits(ops[id]) {
			continue
		}
		action, who, do := step(l, facts)
		err := m.o.Store.Update(ctx, func(tx bot.Tx) error {
			before, after, err := money.Change(d.Money.Book, tx, l.Team, id, d.Now(), nil, money.Plain(do))
			if _, late := userError(err); late || err == nil && before.Rev == after.Rev {
				return nil // it has moved on by itself
			}
			if err != nil {
				return err
			}
			return tx.Audit(moneyEntry(after, who, action, d.Now()))
		})
		if err != nil {
			return err
		}
	}
	return nil
}
