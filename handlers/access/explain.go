package access

import (
	"context"
	"errors"
	"slices"

	"partnerdesk/bot"
)

// Way is how a grant reaches a person.
type Way string

// The ways.
const (
	ByPerson    Way = "person"    // it names the person
	ByGroup     Way = "group"     // it names a user group the person is in
	ByEverybody Way = "everybody" // it is for every full member of our team
)

// Given is a grant that reaches a person.
type Given struct {
	Number int // its place in the configuration, people[Number], counted from 0
	Grant  Grant
	Way    Way
}

// Loss is why a right that a role grants does not count.
type Loss string

// The losses.
const (
	LostOutside Loss = "outside" // guests, people of other teams, of resellers and of Huawei ask, read and request at most
	LostAdmin   Loss = "admin"   // who configures the desk never approves
)

// Explanation is a decision of [Rules.Authorize] with everything it rests on.
type Explanation struct {
	Person   bot.Person
	External bool // of another team
	Given    []Given
	Roles    []bot.Role // all that the person holds
	Employer string     // operator, huawei or reseller:ID
	Needs    bot.Right
	Area     bot.Area
	Holders  []bot.Role // every role that grants what is needed
	Through  []bot.Role // the person's roles among them
	Lost     Loss       // empty: nothing was taken away
	// Places are the channels in which it is allowed, when it is not so everywhere:
	// people of other teams work with money only where they are bound.
	Places  []string
	Refusal *bot.Refusal
}

// Allowed reports whether the decision is yes.
func (e Explanation) Allowed() bool { return e.Refusal == nil }

// Explain decides as [Rules.Authorize] and [Rules.Admit] do and says why. The
// error is one that is no refusal.
func (r *Rules) Explain(ctx context.Context, p bot.Person, needs bot.Right, area bot.Area) (Explanation, error) {
	e := Explanation{Person: p, External: r.external(p), Needs: needs, Area: area, Employer: EmployerOperator}
	for i, g := range r.o.Grants {
		if way := r.way(g, p, e.External); way != "" {
			e.Given = append(e.Given, Given{Number: i, Grant: g, Way: way})
		}
	}
	var employer string
	if e.Roles, _, employer = r.roles(p, e.External); employer != "" {
		e.Employer = employer
	}
	for _, role := range bot.Roles() {
		if !Rights([]bot.Role{role}, false)[needs] {
			continue
		}
		e.Holders = append(e.Holders, role)
		if slices.Contains(e.Roles, role) {
			e.Through = append(e.Through, role)
		}
	}
	switch {
	case len(e.Through) == 0:
	case !Rights(e.Roles, false)[needs]:
		e.Lost = LostAdmin
	case !Rights(e.Roles, outsider(p, e.External, employer))[needs]:
		e.Lost = LostOutside
	}
	_, err := r.Authorize(ctx, p, needs, area)
	if no, ok := errors.AsType[*bot.Refusal](err); ok {
		e.Refusal, err = no, nil
	}
	if e.Refusal == nil && area != bot.AreaDesk && e.External {
		for _, g := range e.Given {
			if g.Grant.Channel != "" {
				e.Places = append(e.Places, g.Grant.Channel)
			}
		}
		if len(e.Places) == 0 {
			e.Refusal = &bot.Refusal{Reason: "place", Key: "refusal.place"}
		}
	}
	return e, err
}

func (r *Rules) external(p bot.Person) bool {
	return p.External || (r.o.Team != "" && p.ID.Team != r.o.Team)
}

// way says how a grant reaches a person; empty: it does not.
func (r *Rules) way(g Grant, p bot.Person, external bool) Way {
	team := g.Team
	if team == "" {
		team = r.o.Team
	}
	switch {
	case g.Who == p.ID.User && (team == p.ID.Team || team == ""):
		return ByPerson
	case !external && slices.Contains(p.Groups, g.Who):
		return ByGroup
	case g.Who == Everybody && !external && !p.Guest:
		return ByEverybody
	}
	return ""
}
