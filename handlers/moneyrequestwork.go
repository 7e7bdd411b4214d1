package handlers

import (
	"context"
	"errors"
	"fmt"

	"partnerdesk/bot"
	"partnerdesk/handlers/money"
)

// requests does what is due for requests across accounts: it ends what nobody
// decided in time, reminds the approvers, and keeps the cards of both sides.
func (m *MoneyWorker) requests(ctx context.Context) error {
	d := m.o.Deps
	live, err := d.Money.Book.LiveRequests(ctx)
	if err != nil {
		return fmt.Errorf("live requests: %w", err)
	}
	var faults []error
	for _, r := range live {
		if ctx.Err() != nil {
			break
		}
		now := d.Now()
		var err error
		switch {
		case (r.State == money.Draft || r.State == money.Awaiting) && !now.Before(r.Expires):
			err = m.expireRequest(ctx, r)
		case r.State != money.Draft && r.Shown < r.Rev:
			err = m.showRequest(ctx, r)
		}
		if err != nil {
			faults = append(faults, fmt.Errorf("request %s: %w", r.ID, err))
		}
	}
	return errors.Join(faults...)
}

func (m *MoneyWorker) expireRequest(ctx context.Context, r money.Request) error {
	d, now := m.o.Deps, m.o.Deps.Now()
	err := m.o.Store.Update(ctx, func(tx bot.Tx) error {
		before, after, err := money.ChangeRequest(d.Money.Book, tx, r.Team, r.ID, func(r money.Request, a money.Wishes) (money.Request, money.Wishes, error) {
			r, a, _ = r.Expire(a, now)
			return r, a, nil
		})
		if err != nil || before.Rev == after.Rev {
			return err
		}
		d.requestReceipt(tx, after)
		return tx.Audit(requestEntry(after, bot.PersonID{Team: r.Team}, "money.request.expire", now))
	})
	m.o.Posted()
	return err
}

// deciders are the people of the distributor who could approve a request now.
func (d *Deps) deciders(ctx context.Context, r money.Request) ([]bot.Actor, error) {
	all, err := d.Money.actors(ctx, d.Access, bot.RightApprove, bot.Operator())
	var list []bot.Actor
	for _, a := range all {
		if a.Person.ID != r.Requester && len(list) < mostCards {
			list = append(list, a)
		}
	}
	return list, err
}

// showRequest brings the cards of a request up to date, one person a
// transaction: an edit of a card may be repeated.
func (m *MoneyWorker) showRequest(ctx context.Context, r money.Request) error {
	d := m.o.Deps
	approvers, err := d.deciders(ctx, r)
	if err != nil {
		return err
	}
	post := func(to bot.Target, card bot.Reply) {
		if err := m.o.Store.Update(ctx, func(tx bot.Tx) error {
			return tx.Post(bot.Post{To: to, Reply: card, Lane: bot.LaneMoney, Object: "request/" + r.ID, Created: d.Now()})
		}); err != nil && ctx.Err() == nil { // somebody whose messages do not leave keeps nobody else waiting
			m.o.Log.Warn("card not posted", "request", r.ID, "err", err)
		}
	}
	post(requestTarget(r), d.requesterCard(d.Catalog.In(r.Lang), r, true))
	for _, a := range approvers {
		w := d.Catalog.In(readerOf(a))
		post(bot.Target{Kind: bot.TargetPerson, Person: a.Person.ID}, d.deciderCard(w, r, d.requestFacts(ctx, w, r)))
	}
	if ctx.Err() != nil {
		return nil
	}
	m.o.Posted()
	return m.o.Store.Update(ctx, func(tx bot.Tx) error {
		row, found, err := d.Money.Book.RequestIn(tx, r.Team, r.ID)
		if err != nil || !found || row.Shown >= r.Rev {
			return err
		}
		row.Shown = r.Rev
		return d.Money.Book.PutRequest(tx, row)
	})
}
