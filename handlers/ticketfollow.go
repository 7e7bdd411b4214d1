package handlers

import (
	"context"
	"errors"
	"fmt"
	"time"

	"partnerdesk/bot"
	"partnerdesk/handlers/partner"
	"partnerdesk/handlers/ticket"
)

// nudge tells support, once, of every ticket that nobody took in time, and
// brings its card up to date.
func (c *CaseWorker) nudge(ctx context.Context) error {
	d := c.o.Deps
	late, err := d.Tickets.UnclaimedTickets(ctx, d.Now())
	if err != nil {
		return err
	}
	for _, row := range late {
		err := c.o.Store.Update(ctx, func(tx bot.Tx) error {
			fresh, found, err := d.Tickets.TicketIn(tx, row.Team, row.ID)
			if err != nil || !found || !fresh.Nudge(d.Now()) {
				return err
			}
			fresh.Nudged = true
			return errors.Join(d.Tickets.PutTicket(tx, fresh), d.postCard(tx, fresh), d.toSupport(tx, fresh, d.lateReply(fresh)))
		})
		if err != nil {
			return fmt.Errorf("nudge about %s: %w", row.ID, err)
		}
	}
	if len(late) > 0 {
		c.o.Posted()
	}
	return nil
}

func (d *Deps) lateReply(row ticket.Ticket) bot.Reply {
	w := d.together()
	return bot.Reply{Blocks: []bot.Block{
		bot.Paragraph{Inlines: []bot.Inline{bot.Text("🔴 "), bot.Bold(row.ID + " "), bot.Text(w.T("ticket.late", "due", d.clock(row.Due), "what", clip(ticket.Contacts(row.What), 60)))}},
		bot.Buttons{Items: []bot.Button{{Action: "ticket.claim", Text: w.T("ticket.claim"), Value: row.ID, Style: bot.StylePrimary}, {Action: "ticket.show", Text: w.T("ticket.show"), Value: row.ID}}},
	}}
}

// follow looks at the cases that may have moved.
func (c *CaseWorker) follow(ctx context.Context) error {
	d := c.o.Deps
	live, err := d.Tickets.LiveCases(ctx)
	if err != nil {
		return err
	}
	polled := map[string]time.Time{}
	var faults []error
	for _, row := range live {
		of := row.Team + "/" + row.ID
		polled[of] = c.polled[of]
		since := d.Now().Sub(polled[of])
		if ctx.Err() != nil || since >= 0 && since < ticket.PollEvery(row, d.Now()) { // below zero the clock was set back
			continue
		}
		if err := c.poll(ctx, row); err != nil {
			faults = append(faults, err)
		}
		polled[of] = d.Now()
	}
	c.polled = polled
	return errors.Join(faults...)
}

// poll brings what is new in a case to who waits for it. The messages passed on
// are marked in the same transaction, so each is posted once.
func (c *CaseWorker) poll(ctx context.Context, row ticket.Ticket) error {
	d := c.o.Deps
	status, err := d.Cases.CaseStatus(ctx, row.Case)
	if err != nil {
		return fmt.Errorf("status of case %s: %w", row.Case, err)
	}
	messages, err := c.messages(ctx, row.Case)
	if err != nil {
		return err
	}
	now := d.Now()
	for more := true; more; {
		err := c.o.Store.Update(ctx, func(tx bot.Tx) error {
			more = false
			fresh, found, err := d.Tickets.TicketIn(tx, row.Team, row.ID)
			if err != nil || !found || !fresh.Live() || fresh.Case != row.Case {
				return err
			}
			after, news, changed := ticket.Follow(fresh, status, messages, now)
			if !changed {
				return nil
			}
			more = len(news) > 0
			for _, m := range news {
				if err := d.toRequester(tx, after, d.engineerReply(after, m)); err != nil {
					return err
				}
			}
			if asksBack(fresh, after) {
				w := d.Catalog.In(after.Lang)
				reply := bot.Reply{Blocks: []bot.Block{bot.Paragraph{Inlines: []bot.Inline{
					bot.Bold(after.ID + " "), bot.Text(w.T("case.status.now", "status", caseStatus(w, after.CaseStatus))),
				}}, requesterButtons(w, after)}}
				if err := d.toRequester(tx, after, reply); err != nil {
					return err
				}
			}
			return errors.Join(d.Tickets.PutTicket(tx, after), d.postCard(tx, after))
		})
		if err != nil {
			return fmt.Errorf("follow case %s: %w", row.Case, err)
		}
	}
	c.o.Posted()
	return nil
}

// asksBack says that the case came into a state in which it is the requester's
// turn, or that it is over.
func asksBack(before, after ticket.Ticket) bool {
	s := after.CaseStatus
	return after.Polled && (!before.Polled || before.CaseStatus != s) && (s == partner.CaseFeedback || s == partner.CaseConfirm || s.Final())
}

func (d *Deps) engineerReply(row ticket.Ticket, m partner.CaseMessage) bot.Reply {
	w, text := d.Catalog.In(row.Lang), clip(m.Content, 8000)
	if row.Place.Channel != "" { // others read it there
		text = ticket.Contacts(text)
	}
	return bot.Reply{Blocks: []bot.Block{
		bot.Paragraph{Inlines: []bot.Inline{bot.Bold(row.ID + " "), bot.Text(w.T("case.engineer", "case", row.Case))}},
		bot.Paragraph{Inlines: []bot.Inline{bot.Text(text)}},
		bot.Note{Inlines: []bot.Inline{bot.Text(d.clock(m.At))}},
		requesterButtons(w, row),
	}}
}
