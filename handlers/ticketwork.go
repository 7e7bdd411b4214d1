package handlers

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"partnerdesk/bot"
	"partnerdesk/bot/lang"
	"partnerdesk/handlers/partner"
	"partnerdesk/handlers/ticket"
)

// CaseWorker does at the partner center what the rows ask for: it creates cases,
// replies, urges and closes, each at most once, looks for what became of a call
// whose outcome nobody knows, and brings engineer replies to who waits for them.
// It is right by scanning alone; hints make it quicker. One worker runs at a
// time. Without a partner center it only watches the clock of unclaimed tickets.
type CaseWorker struct {
	o        CaseWorkerOptions
	polled   map[string]time.Time // when a live case was last looked at, by team and ticket
	failures int                  // rounds in a row in which the partner center did not answer
}

// CaseWorkerOptions is what a worker needs.
type CaseWorkerOptions struct {
	Deps   *Deps // Tickets, Cases, Catalog, Triage, Zone and Now are used
	Store  bot.Store
	Hints  <-chan struct{} // something changed; nil: only by the clock
	Posted func()          // something was put into the outbox; nil: nobody wants to know
	// Held says that nothing may be done at the partner center for now, as while a
	// restored store is in quarantine; nil: never.
	Held  func(ctx context.Context) (bool, error)
	Every time.Duration // between two rounds; zero means 20 s
	Log   *slog.Logger  // nil discards
}

// NewCaseWorker makes a worker. It does nothing before Run or Round.
func NewCaseWorker(o CaseWorkerOptions) *CaseWorker {
	if o.Every == 0 {
		o.Every = 20 * time.Second
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Posted == nil {
		o.Posted = func() {}
	}
	return &CaseWorker{o: o, polled: map[string]time.Time{}}
}

// Run works until ctx ends. What was under way when the program last ended is
// in doubt first of all: it is never sent again.
func (c *CaseWorker) Run(ctx context.Context) {
	for ctx.Err() == nil {
		err := c.Recover(ctx)
		if err == nil {
			break
		}
		c.o.Log.Error("case works not recovered", "err", err)
		c.wait(ctx)
	}
	for ctx.Err() == nil {
		if err := c.Round(ctx); err != nil && ctx.Err() == nil {
			c.o.Log.Error("case works", "err", err)
		}
		c.wait(ctx)
	}
}

func (c *CaseWorker) wait(ctx context.Context) {
	timer := time.NewTimer(c.o.Every)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	case _, open := <-c.o.Hints:
		if !open {
			c.o.Hints = nil
		}
		if c.failures > 0 { // a center that does not answer is not asked more often for it
			select {
			case <-ctx.Done():
			case <-timer.C:
			}
		}
	}
}

// Recover puts in doubt what was under way when the program ended.
func (c *CaseWorker) Recover(ctx context.Context) error {
	works, err := c.o.Deps.Tickets.CaseWorks(ctx)
	if err != nil {
		return err
	}
	for _, w := range works {
		if w.State != ticket.UnderWay {
			continue
		}
		if err := c.settle(ctx, w, func(t ticket.Ticket, w ticket.Work) ticket.Step { return ticket.Interrupted(t, w, c.o.Deps.Now()) }); err != nil {
			return err
		}
	}
	return nil
}

// Round does once what is due: the works in their order, one after the other,
// then a look at the cases that may have moved.
func (c *CaseWorker) Round(ctx context.Context) error {
	if c.o.Held != nil {
		if held, err := c.o.Held(ctx); err != nil || held {
			return err
		}
	}
	if c.o.Deps.Cases == nil { // no way to the partner center: tickets still have a clock
		return c.nudge(ctx)
	}
	works, err := c.o.Deps.Tickets.CaseWorks(ctx)
	if err != nil {
		return fmt.Errorf("case works: %w", err)
	}
	var faults []error
	held := map[string]bool{} // tickets whose earlier work is not decided
	for _, w := range works {
		if ctx.Err() != nil {
			return errors.Join(faults...)
		}
		of := w.Team + "/" + w.Ticket
		switch {
		case w.State == ticket.InDoubt:
			held[of] = true
			if w.LookDue(c.o.Deps.Now()) {
				faults = append(faults, c.look(ctx, w))
			}
		case w.State == ticket.Waiting && !held[of]:
			held[of] = true
			faults = append(faults, c.send(ctx, w))
		}
	}
	faults = append(faults, c.follow(ctx), c.nudge(ctx))
	err = errors.Join(faults...)
	c.failures++
	if err == nil {
		c.failures = 0
	}
	return err
}

// send makes one call, once: it is marked as under way before it leaves, and
// only a mark that was kept lets it leave.
func (c *CaseWorker) send(ctx context.Context, w ticket.Work) error {
	d := c.o.Deps
	row, found, err := d.Tickets.FindTicket(ctx, w.Team, w.Ticket)
	if err != nil {
		return err
	}
	call := func(context.Context) (string, error) { return "", errNoCase }
	switch {
	case !found:
		return c.o.Store.Update(ctx, func(tx bot.Tx) error { return d.Tickets.DropCaseWork(tx, w) })
	case w.Kind == ticket.Create && row.Case == "":
		call = func(ctx context.Context) (string, error) {
			receipt, err := d.Cases.CreateCase(ctx, w.Request)
			return receipt.ID, err
		}
	case row.Case == "":
	case w.Kind == ticket.Reply:
		call = func(ctx context.Context) (string, error) {
			_, err := d.Cases.ReplyCase(ctx, row.Case, w.Text, nil)
			return "", err
		}
	case w.Kind == ticket.Urge:
		call = func(ctx context.Context) (string, error) {
			_, err := d.Cases.ActOnCase(ctx, row.Case, partner.UrgeCase, "")
			return "", err
		}
	case w.Kind == ticket.Shut:
		status, err := d.Cases.CaseStatus(ctx, row.Case)
		if err != nil {
			return fmt.Errorf("status before closing %s: %w", w.Ticket, err) // a read: tried again with the next round
		}
		call = func(ctx context.Context) (string, error) {
			if do, needed := ticket.CloseBy(status); needed {
				_, err := d.Cases.ActOnCase(ctx, row.Case, do, w.Text)
				return "", err
			}
			return "", nil
		}
	}
	taken := false
	err = c.o.Store.Update(ctx, func(tx bot.Tx) error {
		now, found, err := d.Tickets.CaseWorkIn(tx, w.Team, w.Ticket, w.Number)
		if taken = found && now.State == ticket.Waiting; err != nil || !taken {
			return err
		}
		w = now.Start(d.Now())
		return d.Tickets.PutCaseWork(tx, w)
	})
	if err != nil || !taken {
		return err
	}
	// The call is finished and recorded even when the program is told to stop.
	ctx = context.WithoutCancel(ctx)
	limited, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	id, callErr := call(limited)
	if callErr != nil {
		c.o.Log.Warn("case work", "work", w.ID(), "kind", string(w.Kind), "err", callErr)
	}
	return c.settle(ctx, w, func(t ticket.Ticket, w ticket.Work) ticket.Step { return ticket.Settle(t, w, id, callErr, d.Now()) })
}

// errNoCase: a work on a case that does not exist; nothing was called.
var errNoCase = &partner.Error{Op: "case", Class: partner.NotFound, Effect: partner.EffectNone, Code: "OSM.01010015"}

// look searches the partner center for the effect of a call whose outcome
// nobody knows.
func (c *CaseWorker) look(ctx context.Context, w ticket.Work) error {
	d := c.o.Deps
	row, found, err := d.Tickets.FindTicket(ctx, w.Team, w.Ticket)
	if err != nil || !found {
		return err
	}
	var e ticket.Evidence
	switch w.Kind {
	case ticket.Create:
		for s, err := range d.Cases.Cases(ctx, partner.CaseQuery{Words: []string{row.ID}, From: w.Started.Add(-time.Hour), Most: 20}) {
			if err != nil {
				return fmt.Errorf("look for the case of %s: %w", row.ID, err)
			}
			e.Cases = append(e.Cases, s)
		}
	case ticket.Reply:
		if e.Messages, err = c.messages(ctx, row.Case); err != nil {
			return err
		}
	case ticket.Shut:
		if e.Status, err = d.Cases.CaseStatus(ctx, row.Case); err != nil {
			return fmt.Errorf("status of the case of %s: %w", row.ID, err)
		}
	}
	return c.settle(ctx, w, func(t ticket.Ticket, w ticket.Work) ticket.Step { return ticket.Reconcile(t, w, e, d.Now()) })
}

func (c *CaseWorker) messages(ctx context.Context, id string) ([]partner.CaseMessage, error) {
	var list []partner.CaseMessage
	for m, err := range c.o.Deps.Cases.CaseMessages(ctx, id) {
		if err != nil {
			return nil, fmt.Errorf("messages of case %s: %w", id, err)
		}
		list = append(list, m)
	}
	return list, nil
}

// settle keeps what came of a work, with everything that is said about it, in
// one transaction.
func (c *CaseWorker) settle(ctx context.Context, w ticket.Work, decide func(ticket.Ticket, ticket.Work) ticket.Step) error {
	d, now := c.o.Deps, c.o.Deps.Now()
	err := c.o.Store.Update(ctx, func(tx bot.Tx) error {
		row, found, err := d.Tickets.TicketIn(tx, w.Team, w.Ticket)
		if err != nil {
			return err
		}
		kept, undecided, err := d.Tickets.CaseWorkIn(tx, w.Team, w.Ticket, w.Number)
		if err != nil || !found || !undecided {
			return err
		}
		s := decide(row, kept)
		if s.Done {
			err = d.Tickets.DropCaseWork(tx, kept)
		} else {
			err = d.Tickets.PutCaseWork(tx, s.Work)
		}
		if err != nil || s.Facts == "" {
			return err
		}
		if err := errors.Join(d.Tickets.PutTicket(tx, s.Ticket), d.postCard(tx, s.Ticket),
			tx.Audit(ticketEntry(s.Ticket, kept.By, "case."+string(kept.Kind), s.Facts, now))); err != nil {
			return err
		}
		return d.tell(tx, s, kept)
	})
	if err != nil {
		return fmt.Errorf("record case work %s: %w", w.ID(), err)
	}
	c.o.Posted()
	return nil
}

// tell says what came of a work to who asked for it, and to the requester when
// that is somebody else and it concerns them.
func (d *Deps) tell(tx bot.Tx, s ticket.Step, w ticket.Work) error {
	row := s.Ticket
	say := func(l lang.Tag) bot.Reply {
		words := d.Catalog.In(l)
		args := []string{"id", row.ID, "case", row.Case}
		if s.Reason != "" {
			args = append(args, "reason", words.T(s.Reason))
		}
		return bot.Reply{Blocks: []bot.Block{bot.Paragraph{Inlines: []bot.Inline{bot.Text(words.T(s.Tell, args...))}}, bot.Buttons{Items: []bot.Button{
			{Action: "ticket.show", Text: words.T("ticket.show"), Value: row.ID},
		}}}}
	}
	if w.By == row.Requester {
		return d.toRequester(tx, row, say(row.Lang))
	}
	if err := tx.Post(bot.Post{To: bot.Target{Kind: bot.TargetPerson, Person: w.By}, Reply: say(cmp.Or(w.Lang, lang.Chinese)), Lane: bot.LaneTicket, Created: d.Now()}); err != nil {
		return err
	}
	if s.Facts == "refused" || s.Facts == "unknown" || w.Kind == ticket.Urge || w.Kind == ticket.Reply {
		return nil
	}
	return d.toRequester(tx, row, say(row.Lang))
}
