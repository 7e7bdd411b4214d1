package handlers

import (
	"context"
	"slices"

	"partnerdesk/bot"
	"partnerdesk/handlers/money"
)

// show brings the cards of a list up to date and, once there is a result, sends it
// row by row to both sides.
func (m *ListWorker) show(ctx context.Context, l money.List, ops map[string]money.Operation) error {
	d := m.o.Deps
	settled := l.State != money.ListDraft && l.State != money.ListSubmitted && l.State != money.ListAwaiting && l.Settled(ops)
	tell := settled && l.Told < l.Rev && len(l.Operations())+len(l.Bad()) > 0
	if l.Shown >= l.Rev && !tell || l.State == money.ListSubmitted {
		return nil
	}
	probe := money.Operation{Account: l.Account, Requester: l.Requester}
	readers, err := d.readers(ctx, probe)
	if err != nil {
		return err
	}
	if len(l.Operations()) == 0 { // nobody else has seen it
		readers = slices.DeleteFunc(readers, func(a bot.Actor) bool { return a.Person.ID != l.Requester })
	}
	for _, a := range readers[:min(len(readers), mostCards)] {
		if ctx.Err() != nil {
			return nil
		}
		if err := m.post(ctx, l, ops, a, tell); err != nil && ctx.Err() == nil { // somebody whose messages do not leave keeps nobody else waiting
			m.o.Log.Warn("card not posted", "list", l.ID, "user", a.Person.ID.String(), "err", err)
		}
	}
	m.o.Posted()
	return m.save(ctx, l, "", func(now money.List) money.List {
		now.Shown = max(now.Shown, l.Rev)
		if tell {
			now.Told = max(now.Told, l.Rev)
		}
		return now
	})
}

// post puts a list's card where a person has it. Who approves gets the whole table
// beside it; both sides get the result.
func (m *ListWorker) post(ctx context.Context, l money.List, ops map[string]money.Operation, a bot.Actor, tell bool) error {
	d := m.o.Deps
	w := d.Catalog.In(readerOf(a))
	own := a.Person.ID == l.Requester
	card := bot.Reply{Blocks: append(d.listBlocks(w, l, ops), d.listButtons(w, l, ops, own, !own)...)}
	to := bot.Target{Kind: bot.TargetPerson, Person: a.Person.ID}
	posts := []bot.Post{{To: to, Reply: card, Lane: bot.LaneMoney, Object: "list/" + l.ID, Created: d.Now()}}
	concerned := own || a.Person.ID == l.Approver
	if l.State == money.ListAwaiting && !own || tell && concerned {
		key := "sheet.file.approve"
		if tell {
			key = "sheet.file.result"
		}
		words := bot.Say(bot.Bold(l.ID+" "), bot.Text(w.T(key, "state", d.listState(w, l, ops))))
		if data, err := d.listFile(w, l, ops); err == nil {
			words.Files = []bot.File{listFileOf(w, l, data)}
		}
		if tell && own {
			words.Blocks = append(words.Blocks, d.listButtons(w, l, ops, true, false)...)
		}
		posts = append(posts, bot.Post{To: to, Reply: words, Lane: bot.LaneMoney, Created: d.Now()})
	}
	return m.o.Store.Update(ctx, func(tx bot.Tx) error {
		for _, p := range posts {
			if err := tx.Post(p); err != nil {
				return err
			}
		}
		return nil
	})
}
