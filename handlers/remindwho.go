package handlers

import (
	"context"
	"errors"
	"slices"

	"partnerdesk/bot"
	"partnerdesk/handlers/remind"
)

// blindGroup marks, among the people of a class, those who see no names and
// amounts. It is no group of the chat system.
const blindGroup = "\x00blind"

// holders are the people of an account by the roles they hold at this moment, in
// the order in which the configuration names them. Huawei's own people hold none
// here.
func (d *Deps) holders(ctx context.Context, of bot.Account) (map[bot.Role][]bot.Person, error) {
	found := map[bot.Role][]bot.Person{}
	if d.Remind.Listed == nil {
		return found, nil
	}
	listed, err := d.Remind.Listed(ctx)
	if err != nil {
		return nil, err
	}
	for _, id := range listed {
		who, err := d.owner(ctx, id)
		if err != nil {
			return nil, err
		}
		actor, err := d.Access.Authorize(ctx, who, bot.RightAsk, bot.AreaDesk)
		if _, no := errors.AsType[*bot.Refusal](err); no || err == nil && (actor.Account != of || actor.Huawei) {
			continue
		}
		if err != nil {
			return nil, err
		}
		for _, role := range actor.Roles {
			if !slices.ContainsFunc(found[role], func(p bot.Person) bool { return p.ID == id }) {
				found[role] = append(found[role], who)
			}
		}
	}
	return found, nil
}

// leading are the people of the first of some roles that anybody holds.
func (d *Deps) leading(ctx context.Context, of bot.Account, ranks []bot.Role) ([]bot.Person, error) {
	found, err := d.holders(ctx, of)
	if err != nil {
		return nil, err
	}
	for _, rank := range ranks {
		if len(found[rank]) > 0 {
			return found[rank], nil
		}
	}
	return nil, nil
}

// ownTeam is the team of the people who are named here, empty when nobody is.
func (d *Deps) ownTeam(ctx context.Context) (string, error) {
	if d.Remind.Listed == nil {
		return "", nil
	}
	listed, err := d.Remind.Listed(ctx)
	if err != nil {
		return "", err
	}
	for _, id := range listed {
		who, err := d.owner(ctx, id)
		if err != nil {
			return "", err
		}
		if actor, err := d.Access.Authorize(ctx, who, bot.RightAsk, bot.AreaDesk); err == nil && !actor.Huawei && !who.External {
			return id.Team, nil
		}
	}
	return "", nil
}

// accounts are those that have people here.
func (d *Deps) accounts(ctx context.Context) ([]bot.Account, error) {
	if d.Remind.Accounts == nil {
		return []bot.Account{bot.Operator()}, nil
	}
	return d.Remind.Accounts(ctx)
}

// kept are the team and the accounts whose rows a job walks; none before anybody
// is known.
func (d *Deps) kept(ctx context.Context) (team string, accounts []bot.Account, err error) {
	if team, err = d.ownTeam(ctx); err != nil || team == "" {
		return "", nil, err
	}
	accounts, err = d.accounts(ctx)
	return team, accounts, err
}

// class are the people who hear of a deadline that owner and deputy left alone:
// of the first rank that has anybody else in it. Huawei's own manager is not
// written to from here: the lead gets a text to forward.
func (d *Deps) class(ctx context.Context, row remind.Deadline) ([]bot.Person, error) {
	found, err := d.holders(ctx, row.Account)
	if err != nil {
		return nil, err
	}
	ranks := []bot.Role{bot.RoleLead, bot.RoleApprover, bot.RoleAdmin}
	if row.Kind.Class() == remind.Ops {
		ranks = []bot.Role{bot.RoleAdmin, bot.RoleLead}
	}
	var to []bot.Person
	for _, rank := range ranks {
		others := slices.DeleteFunc(slices.Clone(found[rank]), func(p bot.Person) bool { return p.ID == row.Owner || p.ID == row.Deputy })
		if len(others) > 0 {
			to = others[:min(len(others), mostLeads)]
			break
		}
	}
	if row.Kind.Class() == remind.Shared {
		for _, who := range found[bot.RoleManager] {
			if who.ID != row.Owner && who.ID != row.Deputy && !slices.ContainsFunc(to, func(p bot.Person) bool { return p.ID == who.ID }) && len(to) <= mostLeads {
				who.Groups = append(slices.Clone(who.Groups), blindGroup)
				to = append(to, who)
			}
		}
	}
	return to, nil
}
