package handlers

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"partnerdesk/bot"
	"partnerdesk/handlers/money"
)

// requests reminds of what resellers ask for, as of any other approval: the same
// steps, the same hours, the same deputies.
func (n *nudger) requests(ctx context.Context, hours money.Hours, now time.Time) error {
	live, err := n.o.Deps.Money.Book.LiveRequests(ctx)
	if err != nil {
		return err
	}
	var faults []error
	for _, r := range live {
		if step, due := r.Waiting().NudgeDue(hours, now); due {
			if err := n.giveRequest(ctx, r, step, hours, now); err != nil {
				faults = append(faults, fmt.Errorf("remind of %s: %w", r.ID, err))
			}
		}
	}
	return errors.Join(faults...)
}

// giveRequest tells the people of a step and records it, in one transaction. On
// the last step who asked hears of it too.
func (n *nudger) giveRequest(ctx context.Context, r money.Request, step money.Step, hours money.Hours, now time.Time) error {
	d := n.o.Deps
	asked, table, err := d.asked(ctx, r.Waiting(), bot.Operator(), step, now)
	if err != nil {
		return err
	}
	return n.o.Store.Update(ctx, func(tx bot.Tx) error {
		r, found, err := d.Money.Book.RequestIn(tx, r.Team, r.ID)
		if err != nil || !found {
			return err
		}
		if again, due := r.Waiting().NudgeDue(hours, now); !due || again != step {
			return nil
		}
		if err := d.Money.Book.PutRequest(tx, r.Nudged(step, now)); err != nil {
			return err
		}
		show := bot.Button{Action: requestCommand(r) + ".request_show", Value: requestHandle(r), Style: bot.StylePrimary}
		for _, a := range asked[:min(len(asked), mostNudged)] {
			p := d.nudge(r.Waiting(), nudgedOf(r.Waiting()), step, a, table, now)
			show.Text = d.Catalog.In(readerOf(a)).T("nudge.button")
			p.Reply.Blocks[len(p.Reply.Blocks)-1] = bot.Buttons{Items: []bot.Button{show}}
			if err := tx.Post(p); err != nil {
				return err
			}
		}
		if step == money.NudgeLast {
			w := d.Catalog.In(r.Lang)
			show.Text, show.Style = w.T("money.button.show"), bot.StylePlain
			reply := bot.Say(bot.Text("⏳ "), bot.Bold(r.ID+" "), bot.Text(w.T("request.remind", "what", wish(w, r), "time", d.clock(r.Expires))))
			reply.Blocks = append(reply.Blocks, bot.Buttons{Items: []bot.Button{show}})
			if err := tx.Post(bot.Post{To: requestTarget(r), Reply: reply, Lane: bot.LaneMoney, Created: now}); err != nil {
				return err
			}
		}
		entry := requestEntry(r, bot.PersonID{Team: r.Team}, "money.request.remind", now)
		entry.Facts["step"], entry.Facts["people"] = string(step), strconv.Itoa(len(asked))
		return tx.Audit(entry)
	})
}
