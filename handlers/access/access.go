// Package access decides who may do what. Roles come from the configuration,
// by user id or user group, and are worked out anew for every request. What is
// not granted is refused: bots, deactivated people and people nobody listed get
// a polite no.
package access

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"partnerdesk/bot"
)

// OperatorKind is what the company that runs the desk is in the partner programme.
type OperatorKind string

// The kinds of operator.
const (
	SolutionProvider OperatorKind = "solution_provider"
	Distributor      OperatorKind = "distributor"
	Reseller         OperatorKind = "reseller"
	Software         OperatorKind = "software"
	Service          OperatorKind = "service"
	SI               OperatorKind = "si"
)

// OperatorKinds lists them.
func OperatorKinds() []OperatorKind {
	return []OperatorKind{SolutionProvider, Distributor, Reseller, Software, Service, SI}
}

// Everybody, as Grant.Who, is every full member of the operator's own team; it
// never means a guest, an external person or a bot.
const Everybody = "*"

// Employers a grant can name besides "reseller:ID".
const (
	EmployerOperator = "operator"
	EmployerHuawei   = "huawei"
)

// Grant gives roles to a person, a user group or everybody.
type Grant struct {
	Who      string // user id, user group id, or Everybody
	Team     string // the person's team when it is not ours; groups and Everybody are always ours
	Roles    []bot.Role
	Employer string // operator (default), huawei, or reseller:ID
	Channel  string // the channel shared with the person's team in which they may work with money; empty: none
	Language string // zh or en: what somebody of another workspace reads, whose locale Slack does not tell; empty: unknown
}

// Options is what the rules know.
type Options struct {
	Kind   OperatorKind
	Team   string // our own team id
	Grants []Grant
}

// Rules implements [bot.Authorizer].
type Rules struct{ o Options }

var _ bot.Authorizer = (*Rules)(nil)

// Fault is one thing wrong with the options. Key and Args are a catalog message
// and what goes into its blanks; the code never words a fault for people.
type Fault struct {
	Key  string
	Args []string
}

func (f *Fault) Error() string { return f.Key + " " + strings.Join(f.Args, " ") }

// Faults that depend on the operator's kind.
const (
	FaultKind     = "config.fault.people.kind"     // it is none
	FaultReseller = "config.fault.people.reseller" // it has no resellers
)

// Faults are all faults of the options.
type Faults []*Fault

func (f Faults) Error() string {
	var s []string
	for _, one := range f {
		s = append(s, one.Error())
	}
	return strings.Join(s, "\n")
}

// New checks the options and reports every fault as [Faults], each naming the
// grant as people[N], counted from 0.
func New(o Options) (*Rules, error) {
	var faults Faults
	if !slices.Contains(OperatorKinds(), o.Kind) {
		faults = append(faults, &Fault{Key: FaultKind, Args: []string{"value", string(o.Kind), "kinds", join(OperatorKinds())}})
	}
	for i, g := range o.Grants {
		fault := func(what string, args ...string) {
			at := []string{"at", fmt.Sprintf("people[%d]", i), "who", cmp.Or(g.Who, "?")}
			faults = append(faults, &Fault{Key: "config.fault.people." + what, Args: append(at, args...)})
		}
		if g.Who == "" {
			fault("who")
		}
		if len(g.Roles) == 0 {
			fault("roles", "roles", join(bot.Roles()))
		}
		for _, r := range g.Roles {
			if !slices.Contains(bot.Roles(), r) {
				fault("role", "value", string(r), "roles", join(bot.Roles()))
			}
		}
		_, isReseller := strings.CutPrefix(g.Employer, "reseller:")
		switch {
		case g.Employer == "", g.Employer == EmployerOperator, g.Employer == EmployerHuawei:
		case !isReseller || g.Employer == "reseller:":
			fault("employer", "value", g.Employer)
		case o.Kind != Distributor:
			fault("reseller", "value", g.Employer, "kind", string(o.Kind))
		}
		if g.Who == Everybody && g.Team != "" && g.Team != o.Team {
			fault("everybody", "team", g.Team)
		}
		if g.Language != "" && g.Language != "zh" && g.Language != "en" {
			fault("language", "value", g.Language)
		}
		for _, other := range o.Grants[:i] {
			if g.Channel != "" && g.Channel == other.Channel && cmp.Or(g.Employer, EmployerOperator) != cmp.Or(other.Employer, EmployerOperator) {
				fault("channel", "channel", g.Channel)
				break
			}
		}
	}
	if len(faults) > 0 {
		return nil, faults
	}
	return &Rules{o: o}, nil
}

func join[T ~string](list []T) string {
	var s []string
	for _, x := range list {
		s = append(s, string(x))
	}
	return strings.Join(s, ", ")
}

// Offers implements [bot.Authorizer]: who has no rights at the partner center
// has no money area, and only a distributor has resellers.
func (r *Rules) Offers(area bot.Area) bool {
	switch area {
	case bot.AreaDesk:
		return true
	case bot.AreaMoney:
		return r.o.Kind == SolutionProvider || r.o.Kind == Distributor
	case bot.AreaReseller, bot.AreaRequests:
		return r.o.Kind == Distributor
	}
	return false
}

// Kind is what the operator is.
func (r *Rules) Kind() OperatorKind { return r.o.Kind }

// Team is our own team's id, empty while nobody has said.
func (r *Rules) Team() string { return r.o.Team }

// In is the same rules in a team that has become known since.
func (r *Rules) In(team string) *Rules {
	o := r.o
	o.Team = team
	return &Rules{o: o}
}

// Authorize implements [bot.Authorizer].
func (r *Rules) Authorize(_ context.Context, p bot.Person, needs bot.Right, area bot.Area) (bot.Actor, error) {
	external := r.external(p)
	switch {
	case p.Bot:
		return bot.Actor{}, &bot.Refusal{Reason: "bot", Key: "refusal.unlisted"}
	case p.Deactivated:
		return bot.Actor{}, &bot.Refusal{Reason: "deactivated", Key: "refusal.unlisted"}
	}
	roles, from, employer := r.roles(p, external)
	if len(roles) == 0 {
		return bot.Actor{}, &bot.Refusal{Reason: "unlisted", Key: "refusal.unlisted"}
	}
	a := bot.Actor{Person: p, Roles: roles, From: from, Account: bot.Operator(), Kind: string(r.o.Kind), Huawei: employer == EmployerHuawei}
	if id, ok := strings.CutPrefix(employer, "reseller:"); ok {
		a.Account, a.Kind = bot.Reseller(id), string(Reseller)
	}
	if !r.Offers(area) {
		return bot.Actor{}, &bot.Refusal{Reason: "area", Key: "refusal.area." + string(area)}
	}
	if a.Huawei && area != bot.AreaDesk {
		return bot.Actor{}, &bot.Refusal{Reason: "huawei", Key: "refusal.huawei"}
	}
	if area == bot.AreaRequests && a.Account == bot.Operator() {
		return bot.Actor{}, &bot.Refusal{Reason: "account", Key: "refusal.requests.own"}
	}
	if !Rights(roles, outsider(p, external, employer))[needs] {
		return bot.Actor{}, &bot.Refusal{Reason: "role", Key: "refusal.right." + string(needs)}
	}
	return a, nil
}

// Admit implements [bot.Authorizer]. A person of another team works with money
// only in a channel that a grant binds to them, and whoever else it is bound to
// works for the same employer (see [New]). What is refused there leaves an entry
// like any other refusal.
func (r *Rules) Admit(a bot.Actor, area bot.Area, in bot.Place) error {
	if area == bot.AreaDesk || !r.external(a.Person) {
		return nil
	}
	for _, g := range r.o.Grants {
		if g.Channel != "" && g.Channel == in.Channel && g.Who == a.Person.ID.User && cmp.Or(g.Team, r.o.Team) == a.Person.ID.Team {
			return nil
		}
	}
	return &bot.Refusal{Reason: "place", Key: "refusal.place"}
}

// Language is what the grants say a person reads: zh, en, or empty when they
// do not say.
func (r *Rules) Language(id bot.PersonID) string {
	for _, g := range r.o.Grants {
		if g.Language != "" && g.Who == id.User && cmp.Or(g.Team, r.o.Team) == id.Team {
			return g.Language
		}
	}
	return ""
}

// roles collects what the grants give a person. Where grants disagree about
// the employer the one that may see least wins: huawei, then a reseller, then
// the operator. from says which grant gave each role.
func (r *Rules) roles(p bot.Person, external bool) (roles []bot.Role, from []string, employer string) {
	for _, g := range r.o.Grants {
		way := r.way(g, p, external)
		if way == "" {
			continue
		}
		by := g.Who // a user group, or everybody
		if way == ByPerson {
			by = "id" // names nobody, so that it can stand in the audit log
		}
		for _, role := range g.Roles {
			if !slices.Contains(roles, role) {
				roles = append(roles, role)
			}
			if source := string(role) + "<" + by; !slices.Contains(from, source) {
				from = append(from, source)
			}
		}
		employer = narrower(employer, g.Employer)
	}
	slices.Sort(roles)
	slices.Sort(from)
	return roles, from, employer
}

func narrower(a, b string) string {
	if rank(b) > rank(a) {
		return b
	}
	return a
}

func rank(employer string) int {
	switch {
	case employer == EmployerHuawei:
		return 2
	case strings.HasPrefix(employer, "reseller:"):
		return 1
	}
	return 0
}

// outsider reports whether somebody is not the operator's own full member: a
// guest, a person of another team, or one who works for a reseller or Huawei,
// wherever they sit.
func outsider(p bot.Person, external bool, employer string) bool {
	return p.Guest || external || rank(employer) > 0
}

// Rights says what a set of roles may do. An outsider asks, reads and requests
// at most, whatever the roles. Who configures the desk never approves.
func Rights(roles []bot.Role, outsider bool) map[bot.Right]bool {
	can := map[bot.Right]bool{}
	for _, role := range roles {
		for _, right := range table[role] {
			can[right] = true
		}
	}
	if slices.Contains(roles, bot.RoleAdmin) {
		delete(can, bot.RightApprove)
	}
	if outsider {
		for right := range can {
			if right != bot.RightAsk && right != bot.RightRead && right != bot.RightRequest {
				delete(can, right)
			}
		}
	}
	return can
}

var table = map[bot.Role][]bot.Right{
	bot.RoleStaff:    {bot.RightAsk, bot.RightRead, bot.RightRequest},
	bot.RoleApprover: {bot.RightAsk, bot.RightRead, bot.RightRequest, bot.RightApprove},
	bot.RoleLead:     {bot.RightAsk, bot.RightRead, bot.RightRequest, bot.RightApprove, bot.RightExport, bot.RightAudit},
	bot.RoleTriager:  {bot.RightAsk, bot.RightTriage},
	bot.RoleEditor:   {bot.RightAsk, bot.RightEdit},
	bot.RoleAuditor:  {bot.RightAsk, bot.RightRead, bot.RightAudit},
	bot.RoleAdmin:    {bot.RightAsk, bot.RightConfigure, bot.RightAudit},
	bot.RoleManager:  {bot.RightAsk},
}
