package handlers

import (
	"context"
	"slices"
	"strings"

	"partnerdesk/bot"
)

// named reads a button's value: the day, and which finding, * for all.
func (n nights) named(r bot.Request, value string) (of bot.Account, day, finding string, err error) {
	parts := strings.Split(value, "|")
	if len(parts) != 3 {
		return of, "", "", bot.User("error.stale_button")
	}
	of, ok := bot.ParseAccount(parts[0])
	if !ok || r.Actor.Account != bot.Operator() && r.Actor.Account != of {
		return of, "", "", bot.User("error.stale_button")
	}
	return of, parts[1], parts[2], nil
}

// leads refuses whoever is none: a finding is a lead's to acknowledge, or an
// approver's where nobody leads.
func (n nights) leads(ctx context.Context, r bot.Request, of bot.Account) ([]bot.Actor, error) {
	if err := n.may(ctx, r); err != nil {
		return nil, err
	}
	leads, err := n.d.leads(ctx, of)
	if err != nil {
		return nil, err
	}
	mine := slices.ContainsFunc(leads, func(a bot.Actor) bool { return a.Person.ID == r.Person }) || slices.Contains(r.Actor.Roles, bot.RoleLead)
	if !mine {
		return nil, bot.User("night.no.lead")
	}
	return leads, nil
}

func (n nights) ask(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	of, day, finding, err := n.named(r, r.Value)
	if err != nil {
		return bot.Outcome{}, err
	}
	if _, err := n.leads(ctx, r, of); err != nil {
		return bot.Outcome{}, err
	}
	w := n.d.words(r)
	rows, err := n.d.Money.Nights.Nights(ctx, team(r), of)
	if err != nil {
		return bot.Outcome{}, err
	}
	var intro []bot.Block
	for _, x := range rows {
		if x.Day != day {
			continue
		}
		var list bot.List
		for i, f := range x.Findings {
			if (finding == "*" && f.Open() || findingID(f) == finding) && len(list.Items) < shownFindings {
				list.Items = append(list.Items, n.d.findingLine(w, i+1, f))
			}
		}
		intro = append(intro, list)
	}
	return bot.Outcome{Reply: bot.Reply{Form: &bot.Form{
		Name: "desk.night", Title: w.T("night.form"), Submit: w.T("button.send"), Close: w.T("form.close"), State: r.Value, Intro: intro,
		Fields: []bot.FormField{{Name: "note", Kind: bot.FieldText, Label: w.T("night.form.note"), Hint: w.T("night.form.hint"), Max: 500}},
	}}}, nil
}

func (n nights) check(_ context.Context, r bot.Request) (map[string]string, error) {
	if len([]rune(strings.TrimSpace(r.Values["note"]))) < 2 {
		return map[string]string{"note": "money.no.reason"}, nil
	}
	return nil, nil
}

// acknowledge keeps a lead's word, with the cards of all leads and the audit
// entry in one transaction.
func (n nights) acknowledge(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	of, day, finding, err := n.named(r, r.State)
	if err != nil {
		return bot.Outcome{}, err
	}
	leads, err := n.leads(ctx, r, of)
	if err != nil {
		return bot.Outcome{}, err
	}
	w, now := n.d.words(r), n.d.Now()
	return bot.Outcome{Apply: func(tx bot.Tx) (bot.Reply, error) {
		row, found, err := n.d.Money.Nights.NightIn(tx, team(r), of, day)
		if err != nil {
			return bot.Reply{}, err
		}
		key := ""
		for _, f := range row.Findings {
			if findingID(f) == finding {
				key = f.Key()
			}
		}
		if !found || key == "" && finding != "*" {
			return private(bot.Text(w.T("error.stale_button"))), nil
		}
		after, err := row.Acknowledge(r.Person, key, clip(oneLine(r.Values["note"]), 500), now)
		if no, ok := userError(err); ok {
			return private(bot.Text(w.T(no.Key, no.Args...))), nil
		}
		if err != nil {
			return bot.Reply{}, err
		}
		if err := n.d.Money.Nights.PutNight(tx, after); err != nil {
			return bot.Reply{}, err
		}
		if err := n.d.postNight(tx, leads, after, now); err != nil {
			return bot.Reply{}, err
		}
		entry := nightEntry(after, r.Person, "money.night.ack", now)
		entry.Facts["finding"] = finding
		return private(bot.Text(w.T("night.ack.done", "day", day, "open", count(len(after.Open())+after.More)))), tx.Audit(entry)
	}}, nil
}
