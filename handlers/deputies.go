package handlers

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"partnerdesk/bot"
	"partnerdesk/bot/lang"
	"partnerdesk/handlers/rota"
	"partnerdesk/handlers/worktime"
)

// deputies is /desk deputy: who stands in for whom. Everybody says it for
// themselves; leads and admins for others. Standing in grants nothing: a deputy
// of somebody who approves must be able to approve, now and at every click.
type deputies struct{ d *Deps }

func (p deputies) subs() map[string]bot.Action {
	return map[string]bot.Action{"deputy": {Run: p.run}}
}

func (p deputies) run(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	if p.d.Rota == nil || p.d.Remind == nil || r.Actor.Huawei {
		return bot.Outcome{}, bot.User("deputy.unset")
	}
	text := oneLine(r.Text)
	first, rest, _ := strings.Cut(text, " ")
	switch strings.ToLower(first) {
	case "":
		return p.list(ctx, r)
	case "off", "none", "取消":
		return p.off(ctx, r, rest)
	}
	found := person.FindAllStringSubmatch(text, 2)
	if len(found) == 0 {
		return bot.Outcome{}, bot.User("deputy.who")
	}
	s := rota.Stand{Person: r.Person, Deputy: bot.PersonID{Team: r.Person.Team, User: found[0][1]}, By: r.Person, At: p.d.Now()}
	if len(found) == 2 {
		s.Person, s.Deputy = s.Deputy, bot.PersonID{Team: r.Person.Team, User: found[1][1]}
	}
	var err error
	if s.From, s.To, err = p.days(text); err != nil {
		return bot.Outcome{}, err
	}
	if err := p.may(ctx, r, s); err != nil {
		return bot.Outcome{}, err
	}
	return p.keep(ctx, r, s)
}

// days reads the two dates of an absence; none mean for good, one a single day.
func (p deputies) days(text string) (from, to worktime.Date, err error) {
	today := worktime.DateIn(p.d.Now(), p.d.deskZone())
	var days []worktime.Date
	for word := range strings.FieldsSeq(text) {
		day, err := worktime.ParseDate(word)
		if err != nil {
			continue
		}
		days = append(days, day)
	}
	switch {
	case len(days) == 0 && strings.ContainsAny(person.ReplaceAllString(text, ""), "0123456789"):
		return from, to, bot.User("deputy.days")
	case len(days) == 0:
		return from, to, nil
	case len(days) > 2:
		return from, to, bot.User("deputy.days")
	}
	from, to = days[0], days[len(days)-1]
	if to.Before(from) || to.Before(today) {
		return from, to, bot.User("deputy.days")
	}
	return from, to, nil
}

// may checks who is named by whom. Whoever approves needs a deputy who does.
func (p deputies) may(ctx context.Context, r bot.Request, s rota.Stand) error {
	others := slices.Contains(r.Actor.Roles, bot.RoleLead) || slices.Contains(r.Actor.Roles, bot.RoleAdmin)
	if s.Person != r.Person && !others {
		return bot.User("deputy.others")
	}
	if s.Person == s.Deputy {
		return bot.User("deputy.self")
	}
	who, err := p.d.owner(ctx, s.Person)
	if err != nil {
		return err
	}
	deputy, err := p.d.owner(ctx, s.Deputy)
	if err != nil {
		return err
	}
	if !p.d.belongs(ctx, who, r.Actor.Account) || !p.d.belongs(ctx, deputy, r.Actor.Account) {
		return bot.User("deputy.outside")
	}
	if p.approves(ctx, who) && !p.approves(ctx, deputy) {
		return bot.User("deputy.right")
	}
	return nil
}

func (p deputies) approves(ctx context.Context, who bot.Person) bool {
	_, err := p.d.Access.Authorize(ctx, who, bot.RightApprove, bot.AreaMoney)
	return err == nil
}

func (p deputies) keep(ctx context.Context, r bot.Request, s rota.Stand) (bot.Outcome, error) {
	deputy, err := p.d.owner(ctx, s.Deputy)
	if err != nil {
		return bot.Outcome{}, err
	}
	w := p.d.words(r)
	return bot.Outcome{Apply: func(tx bot.Tx) (bot.Reply, error) {
		if err := p.d.Rota.PutStand(tx, s); err != nil {
			return bot.Reply{}, err
		}
		if s.Deputy != r.Person {
			own := p.d.Catalog.In(p.d.langOf(deputy))
			if err := tx.Post(bot.Post{To: bot.Target{Kind: bot.TargetPerson, Person: s.Deputy}, Lane: bot.LaneReminder, Created: s.At,
				Reply: bot.Say(bot.Mention{Person: r.Person}, bot.Text(own.T("deputy.news")), bot.Mention{Person: s.Person}, bot.Text(stretch(own, s)))}); err != nil {
				return bot.Reply{}, err
			}
		}
		reply := private(bot.Mention{Person: s.Deputy}, bot.Text(w.T("deputy.done")), bot.Mention{Person: s.Person}, bot.Text(stretch(w, s)))
		return reply, tx.Audit(deputyEntry(r, s, "desk.deputy"))
	}}, nil
}

// deputyEntry is the line of the audit log. Who did it is kept beside the chain;
// who else is concerned stands in it as a fingerprint, which names nobody.
func deputyEntry(r bot.Request, s rota.Stand, action string) bot.Entry {
	facts := map[string]string{"from": s.From.String(), "to": s.To.String(), "person": fingerprintOf(s.Person)}
	if s.Deputy.User != "" {
		facts["deputy"] = fingerprintOf(s.Deputy)
	}
	return bot.Entry{Stream: "deputies/" + r.Actor.Account.String(), Person: r.Person, Account: r.Actor.Account, Action: action, Outcome: "ok", At: s.At, Facts: facts}
}

// fingerprintOf tells people apart in the audit log without naming them.
func fingerprintOf(id bot.PersonID) string {
	sum := sha256.Sum256([]byte(id.String()))
	return hex.EncodeToString(sum[:6])
}

func stretch(w lang.Words, s rota.Stand) string {
	if s.Standing() {
		return w.T("deputy.standing")
	}
	return w.T("deputy.span", "from", s.From.String(), "to", s.To.String())
}

// off takes one's deputies back, or somebody else's.
func (p deputies) off(ctx context.Context, r bot.Request, text string) (bot.Outcome, error) {
	s := rota.Stand{Person: r.Person, By: r.Person, At: p.d.Now()}
	if m := person.FindStringSubmatch(text); m != nil {
		s.Person = bot.PersonID{Team: r.Person.Team, User: m[1]}
		if !slices.Contains(r.Actor.Roles, bot.RoleLead) && !slices.Contains(r.Actor.Roles, bot.RoleAdmin) && s.Person != r.Person {
			return bot.Outcome{}, bot.User("deputy.others")
		}
		who, err := p.d.owner(ctx, s.Person)
		if err != nil {
			return bot.Outcome{}, err
		}
		if !who.Deactivated && !p.d.belongs(ctx, who, r.Actor.Account) {
			return bot.Outcome{}, bot.User("deputy.outside")
		}
	}
	w := p.d.words(r)
	return bot.Outcome{Apply: func(tx bot.Tx) (bot.Reply, error) {
		for _, standing := range []bool{true, false} {
			if err := p.d.Rota.DropStand(tx, s.Person, standing); err != nil {
				return bot.Reply{}, err
			}
		}
		return private(bot.Text(w.T("deputy.off")), bot.Mention{Person: s.Person}), tx.Audit(deputyEntry(r, s, "desk.deputy.off"))
	}}, nil
}

// list shows who stands in for whom in the person's account, the past left out.
func (p deputies) list(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	w := p.d.words(r)
	stands, err := p.d.Rota.Stands(ctx, team(r))
	if err != nil {
		return bot.Outcome{}, err
	}
	today := worktime.DateIn(p.d.Now(), p.d.deskZone())
	slices.SortStableFunc(stands, func(a, b rota.Stand) int {
		return cmp.Or(a.From.Compare(b.From), strings.Compare(a.Person.User, b.Person.User))
	})
	var list bot.List
	for _, s := range stands {
		if !s.Standing() && s.To.Before(today) {
			continue
		}
		who, err := p.d.owner(ctx, s.Person)
		if err != nil {
			return bot.Outcome{}, err
		}
		if s.Person != r.Person && !p.d.belongs(ctx, who, r.Actor.Account) {
			continue
		}
		list.Items = append(list.Items, []bot.Inline{bot.Mention{Person: s.Person}, bot.Text(" → "), bot.Mention{Person: s.Deputy}, bot.Text(stretch(w, s))})
	}
	blocks := []bot.Block{bot.Heading{Text: w.T("deputy.list")}}
	if len(list.Items) == 0 {
		blocks = append(blocks, bot.Paragraph{Inlines: []bot.Inline{bot.Text(w.T("deputy.none"))}})
	} else {
		blocks = append(blocks, list)
	}
	return bot.Outcome{Reply: private2(append(blocks, bot.Note{Inlines: []bot.Inline{bot.Text(w.T("deputy.how"))}}))}, nil
}

// deputyOf is who takes over from somebody who left: their deputy when that one
// works for the account, else nobody.
func (d *Deps) deputyOf(ctx context.Context, who bot.PersonID, of bot.Account, table rota.Table, now time.Time) (bot.Person, bool, error) {
	id, ok := table.Any(who, now)
	if !ok {
		return bot.Person{}, false, nil
	}
	deputy, err := d.owner(ctx, id)
	if err != nil {
		return bot.Person{}, false, err
	}
	return deputy, !deputy.Deactivated && d.belongs(ctx, deputy, of), nil
}
