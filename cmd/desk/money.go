package desk

import (
	"context"
	"slices"
	"strings"

	"partnerdesk/bot"
	"partnerdesk/handlers"
	"partnerdesk/handlers/access"
)

// money is what moves value: only with a partner center and a key for it.
func (p *Program) money(center handlers.Center) *handlers.Money {
	c, ok := center.(handlers.MoneyCenter)
	if !ok || len(p.config.Partner.moneyKeys()) == 0 {
		return nil
	}
	return &handlers.Money{Book: p.store, Lists: p.store, Center: c, People: p.people(), Listed: p.listed, Policy: p.config.Money, Paused: p.quarantined,
		Account: p.config.Partner.account(), Nights: p.store, Snapshots: p.store}
}

// listed names everybody whom a grant makes an approver, a lead or an admin, by
// id or by user group. A grant to everybody names nobody: it never makes an
// approver.
func (p *Program) listed(ctx context.Context) ([]bot.PersonID, error) { return p.named(ctx, decides) }

// named are the people to whom grants that name them, or a group they are in,
// give a role that counts.
func (p *Program) named(ctx context.Context, counts func(bot.Role) bool) ([]bot.PersonID, error) {
	p.reloading.Lock()
	config := p.config
	p.reloading.Unlock()
	ours := config.Team
	if ours == "" {
		var err error
		if ours, err = p.slack.Team(ctx); err != nil {
			return nil, err
		}
	}
	var list []bot.PersonID
	for _, g := range config.People {
		team := g.Team
		if team == "" {
			team = ours
		}
		switch {
		case g.Who == access.Everybody, !slices.ContainsFunc(g.Roles, counts):
		case strings.HasPrefix(g.Who, "S"):
			members, err := p.slack.Members(ctx, g.Who)
			if err != nil {
				return nil, err
			}
			for _, user := range members {
				list = append(list, bot.PersonID{Team: team, User: user})
			}
		default:
			list = append(list, bot.PersonID{Team: team, User: g.Who})
		}
	}
	return list, nil
}

// promoted are the people who are to have more than every member has.
func (p *Program) promoted(ctx context.Context) ([]bot.PersonID, error) {
	return p.named(ctx, func(r bot.Role) bool { return r != bot.RoleStaff })
}

func decides(r bot.Role) bool {
	return r == bot.RoleApprover || r == bot.RoleLead || r == bot.RoleAdmin
}
