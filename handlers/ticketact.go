package handlers

import (
	"context"
	"errors"
	"strings"
	"time"

	"partnerdesk/bot"
	"partnerdesk/handlers/partner"
	"partnerdesk/handlers/ticket"
)

// errNoID cannot happen while ids grow with the number of tries.
var errNoID = errors.New("no free ticket id")

func userError(err error) (*bot.UserError, bool) { return errors.AsType[*bot.UserError](err) }

// step is what a person does to a ticket: pure, on the row as the transaction
// sees it.
type step func(row ticket.Ticket, now time.Time) (ticket.Ticket, []ticket.Work, error)

// change runs a step in one transaction with everything that follows from it:
// the row, the work for the partner center, the card, the audit entry. A step
// that is not allowed any more is answered in words.
func (t ticketer) change(r bot.Request, id, action string, do step, then func(tx bot.Tx, before, after ticket.Ticket) (bot.Reply, error)) bot.Outcome {
	now := t.d.Now()
	return bot.Outcome{Apply: func(tx bot.Tx) (bot.Reply, error) {
		before, found, err := t.d.Tickets.TicketIn(tx, team(r), id)
		if err != nil {
			return bot.Reply{}, err
		}
		if !found {
			return t.said(r, "ticket.none", "id", id), nil
		}
		after, works, err := do(before, now)
		if err != nil {
			return t.worded(r, err)
		}
		for _, w := range works {
			if err := t.d.Tickets.PutCaseWork(tx, w); err != nil {
				return bot.Reply{}, err
			}
		}
		if before.State == ticket.Draft {
			err = t.d.Tickets.PutTicket(tx, after) // nobody has seen it, so there is no card
		} else {
			err = t.keep(tx, after)
		}
		if err != nil {
			return bot.Reply{}, err
		}
		if err := tx.Audit(t.entry(r, after, action, "ok")); err != nil {
			return bot.Reply{}, err
		}
		return then(tx, before, after)
	}}
}

// worded turns a refused step into an answer; other errors stay errors.
func (t ticketer) worded(r bot.Request, err error) (bot.Reply, error) {
	if no, ok := userError(err); ok {
		return t.said(r, no.Key, no.Args...), nil
	}
	return bot.Reply{}, err
}

func (t ticketer) said(r bot.Request, key string, args ...string) bot.Reply {
	reply := bot.Say(bot.Text(t.d.words(r).T(key, args...)))
	reply.Private = true
	return reply
}

// which is the ticket a request is about: a button's value, or the first word.
func which(r bot.Request) (id, rest string) {
	if r.Kind == bot.KindClick {
		return r.Value, ""
	}
	id, rest, _ = strings.Cut(strings.TrimSpace(r.Text), " ")
	return id, strings.TrimSpace(rest)
}

// claim takes a ticket; over also takes it from somebody else.
func (t ticketer) claim(over bool) bot.Handler {
	return func(ctx context.Context, r bot.Request) (bot.Outcome, error) {
		row, err := t.find(ctx, r, r.Value)
		if err != nil {
			return bot.Outcome{}, err
		}
		return t.change(r, row.ID, "ticket.claim", func(row ticket.Ticket, now time.Time) (ticket.Ticket, []ticket.Work, error) {
			after, err := row.Claim(r.Person, over, now)
			return after, nil, err
		}, func(_ bot.Tx, _, after ticket.Ticket) (bot.Reply, error) { return t.detail(r, after, true), nil }), nil
	}
}

func (t ticketer) replyTyped(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	id, text := which(r)
	row, err := t.find(ctx, r, id)
	if err != nil {
		return bot.Outcome{}, err
	}
	if text == "" {
		return bot.Outcome{}, bot.User("ticket.reply.what", "id", row.ID)
	}
	return t.reply(ctx, r, row, text)
}

func (t ticketer) replyForm(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	row, err := t.find(ctx, r, r.Value)
	if err != nil {
		return bot.Outcome{}, err
	}
	return t.textForm(r, "reply", row, partner.MaxReply), nil
}

func (t ticketer) answerForm(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	row, err := t.find(ctx, r, r.Value)
	if err != nil {
		return bot.Outcome{}, err
	}
	return t.textForm(r, "answer", row, ticket.MaxAnswer), nil
}

func (t ticketer) textForm(r bot.Request, name string, row ticket.Ticket, most int) bot.Outcome {
	w := t.d.words(r)
	return bot.Outcome{Reply: bot.Reply{Form: &bot.Form{
		Name: "ticket." + name, Title: w.T("ticket." + name + ".title"), Submit: w.T("button.send"), Close: w.T("form.close"), State: row.ID,
		Intro:  []bot.Block{bot.Paragraph{Inlines: []bot.Inline{bot.Bold(row.ID), bot.Text(" " + ticket.Contacts(row.What))}}},
		Fields: []bot.FormField{{Name: "text", Kind: bot.FieldText, Label: w.T("ticket.field." + name), Hint: w.T("ticket.field.secret.hint"), Max: most}},
	}}}
}

func (t ticketer) checkReply(_ context.Context, r bot.Request) (map[string]string, error) {
	return checkText(r, partner.MaxReply), nil
}

func (t ticketer) checkAnswer(_ context.Context, r bot.Request) (map[string]string, error) {
	return checkText(r, ticket.MaxAnswer), nil
}

func checkText(r bot.Request, most int) map[string]string {
	switch n := len([]rune(strings.TrimSpace(r.Values["text"]))); {
	case n == 0:
		return map[string]string{"text": "ticket.fault.text"}
	case n > most:
		return map[string]string{"text": "ticket.fault.long"}
	}
	return nil
}

func (t ticketer) submitReply(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	row, err := t.find(ctx, r, r.State)
	if err != nil {
		return bot.Outcome{}, err
	}
	return t.reply(ctx, r, row, strings.TrimSpace(r.Values["text"]))
}

// reply brings words to the other side: to the engineer when there is a living
// case, else from the requester to support or back.
func (t ticketer) reply(ctx context.Context, r bot.Request, row ticket.Ticket, text string) (bot.Outcome, error) {
	text, hidden := ticket.Secrets(text)
	if len([]rune(text)) > partner.MaxReply {
		return bot.Outcome{}, bot.User("ticket.fault.long")
	}
	if err := t.mayAct(ctx, r, row); err != nil {
		return bot.Outcome{}, err
	}
	var atCenter bool
	return t.change(r, row.ID, "ticket.reply", func(row ticket.Ticket, now time.Time) (ticket.Ticket, []ticket.Work, error) {
		after, w, center, err := row.Reply(ticket.Work{By: r.Person, Lang: r.Lang, Text: text}, now)
		if atCenter = center; center {
			return after, []ticket.Work{w}, err
		}
		return after, nil, err
	}, func(tx bot.Tx, _, after ticket.Ticket) (bot.Reply, error) {
		said := "ticket.reply.passed"
		if atCenter {
			said = "ticket.reply.sending"
		} else if err := t.d.passOn(tx, r.Person, after, text); err != nil {
			return bot.Reply{}, err
		}
		return t.withSecret(r, t.said(r, said, "id", after.ID), hidden), nil
	}), nil
}

// mayAct: the account's own people and support may act on a ticket; being able
// to read it is not enough.
func (t ticketer) mayAct(ctx context.Context, r bot.Request, row ticket.Ticket) error {
	if row.Requester == r.Person || t.may(ctx, r, bot.RightTriage) == nil {
		return nil
	}
	return t.may(ctx, r, bot.RightRequest)
}

func (t ticketer) withSecret(r bot.Request, reply bot.Reply, hidden int) bot.Reply {
	if hidden > 0 {
		reply.Blocks = append(reply.Blocks, bot.Paragraph{Inlines: []bot.Inline{bot.Text("⚠️ " + t.d.words(r).T("ticket.secret"))}})
	}
	return reply
}

func (t ticketer) submitAnswer(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	row, err := t.find(ctx, r, r.State)
	if err != nil {
		return bot.Outcome{}, err
	}
	text, hidden := ticket.Secrets(strings.TrimSpace(r.Values["text"]))
	return t.change(r, row.ID, "ticket.answer", func(row ticket.Ticket, now time.Time) (ticket.Ticket, []ticket.Work, error) {
		after, err := row.Answer(r.Person, now)
		return after, nil, err
	}, func(tx bot.Tx, _, after ticket.Ticket) (bot.Reply, error) {
		if err := t.d.toRequester(tx, after, answerReply(t.d.Catalog.In(after.Lang), after, r.Person, text)); err != nil {
			return bot.Reply{}, err
		}
		return t.withSecret(r, t.said(r, "ticket.answer.done", "id", after.ID), hidden), nil
	}), nil
}

func (t ticketer) urge(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	id, _ := which(r)
	row, err := t.find(ctx, r, id)
	if err != nil {
		return bot.Outcome{}, err
	}
	if err := t.mayAct(ctx, r, row); err != nil {
		return bot.Outcome{}, err
	}
	var atCenter bool
	return t.change(r, row.ID, "ticket.urge", func(row ticket.Ticket, now time.Time) (ticket.Ticket, []ticket.Work, error) {
		after, w, center, err := row.Urge(ticket.Work{By: r.Person, Lang: r.Lang}, now)
		if atCenter = center; center {
			return after, []ticket.Work{w}, err
		}
		return after, nil, err
	}, func(tx bot.Tx, _, after ticket.Ticket) (bot.Reply, error) {
		if atCenter {
			return t.said(r, "ticket.urge.sending", "id", after.ID), nil
		}
		return t.said(r, "ticket.urge.passed", "id", after.ID), t.d.nudgeSupport(tx, after)
	}), nil
}

func (t ticketer) close(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	id, comment := which(r)
	row, err := t.find(ctx, r, id)
	if err != nil {
		return bot.Outcome{}, err
	}
	if err := t.mayAct(ctx, r, row); err != nil {
		return bot.Outcome{}, err
	}
	comment, _ = ticket.Secrets(clip(comment, partner.MaxComment-1))
	var atCenter bool
	return t.change(r, row.ID, "ticket.close", func(row ticket.Ticket, now time.Time) (ticket.Ticket, []ticket.Work, error) {
		after, w, center, err := row.Close(ticket.Work{By: r.Person, Lang: r.Lang, Text: comment}, now)
		if atCenter = center; center {
			return after, []ticket.Work{w}, err
		}
		return after, nil, err
	}, func(tx bot.Tx, _, after ticket.Ticket) (bot.Reply, error) {
		if atCenter {
			return t.said(r, "ticket.close.sending", "id", after.ID, "case", after.Case), nil
		}
		if after.Requester != r.Person {
			w := t.d.Catalog.In(after.Lang)
			if err := t.d.toRequester(tx, after, bot.Say(bot.Text(w.T("ticket.closed.by_support", "id", after.ID)))); err != nil {
				return bot.Reply{}, err
			}
		}
		return t.said(r, "ticket.close.done", "id", after.ID), nil
	}), nil
}

// release gives up on a work in doubt: a decision of a person, who has been
// shown when the partner center was last searched.
func (t ticketer) release(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	row, err := t.find(ctx, r, r.Value)
	if err != nil {
		return bot.Outcome{}, err
	}
	now := t.d.Now()
	return bot.Outcome{Apply: func(tx bot.Tx) (bot.Reply, error) {
		row, found, err := t.d.Tickets.TicketIn(tx, row.Team, row.ID)
		if err != nil || !found {
			return bot.Reply{}, err
		}
		for n := row.Works; n > 0 && n > row.Works-10; n-- {
			w, found, err := t.d.Tickets.CaseWorkIn(tx, row.Team, row.ID, n)
			if err != nil {
				return bot.Reply{}, err
			}
			if !found || w.State != ticket.InDoubt {
				continue
			}
			after, err := row.Release(w, now)
			if err != nil {
				return t.worded(r, err)
			}
			if err := errors.Join(t.d.Tickets.DropCaseWork(tx, w), t.keep(tx, after), tx.Audit(t.entry(r, after, "ticket.release", "ok"))); err != nil {
				return bot.Reply{}, err
			}
			return t.said(r, "ticket.release.done", "id", row.ID), nil
		}
		return t.said(r, "ticket.release.none", "id", row.ID), nil
	}}, nil
}
