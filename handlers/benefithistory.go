package handlers

import (
	"context"

	"partnerdesk/bot"
	"partnerdesk/handlers/benefit"
	"partnerdesk/handlers/ticket"
)

// history lists what was done to a row, the newest first.
func (o registrar) history(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	if err := o.whole(ctx, r); err != nil {
		return bot.Outcome{}, err
	}
	row, _, _, _, err := o.about(ctx, r)
	if err != nil {
		return bot.Outcome{}, err
	}
	p := o.page(r, row)
	blocks := []bot.Block{p.heading(), p.changes(row.History)}
	return bot.Outcome{Reply: bot.Reply{Private: true, Blocks: blocks}}, nil
}

// historyShown is how many changes are shown.
const historyShown = 30

func (p benefitPage) changes(list []benefit.Change) bot.Block {
	var shown bot.List
	for i := len(list) - 1; i >= max(0, len(list)-historyShown); i-- {
		c := list[i]
		line := []bot.Inline{bot.Text(p.d.clock(c.At) + "  "), bot.Mention{Person: c.By}, bot.Text("  " + p.change(c))}
		if c.What == benefit.Assigned {
			line = append(line, bot.Mention{Person: c.Who})
		}
		shown.Items = append(shown.Items, line)
	}
	return shown
}

// change words one change.
func (p benefitPage) change(c benefit.Change) string {
	args := []string{"field", c.Field, "from", clip(ticket.Contacts(c.From), 80), "to", clip(ticket.Contacts(c.To), 80)}
	switch c.What {
	case benefit.Edited:
		if f, known := p.rule.Field(c.Field); known {
			args = []string{"field", p.say(f.Label), "from", clip(p.value(f, c.From), 80), "to", clip(p.value(f, c.To), 80)}
		}
	case benefit.Ticked, benefit.Unticked:
		if box, known := p.rule.Box(c.Field); known {
			args[1] = p.say(box.Label)
		}
	case benefit.Moved, benefit.Finished, benefit.Reopened:
		args[3], args[5] = p.state(c.From), p.state(c.To)
	case benefit.Granted, benefit.Used, benefit.Voided:
		args[5] = yuan(benefit.Fen(c.To))
	}
	return p.w.T("benefit.change."+string(c.What), args...)
}

// overtaken says what has changed since somebody looked, and shows the row as it
// is now. Nothing was done.
func (o registrar) overtaken(r bot.Request, fresh benefit.Benefit, rev int) bot.Reply {
	p := o.page(r, fresh)
	blocks := []bot.Block{warning(p.w.T("benefit.overtaken", "id", fresh.ID)), p.changes(fresh.After(rev)), bot.Divider{}}
	reply := p.detail()
	reply.Blocks = append(blocks, reply.Blocks...)
	reply.Replace = r.Kind == bot.KindClick && r.Place.Private
	return reply
}
