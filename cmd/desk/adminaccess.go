package desk

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"

	"partnerdesk/bot"
	"partnerdesk/handlers"
	"partnerdesk/handlers/access"
)

// AccessInfo is why somebody may or may not do something.
type AccessInfo struct {
	Person   string      `json:"person"`  // team/user
	Assumed  bool        `json:"assumed"` // no desk was asked who the person is
	Relation string      `json:"relation"`
	Groups   []string    `json:"groups"`
	Given    []GrantInfo `json:"given"`
	Roles    []string    `json:"roles"`
	Employer string      `json:"employer"`
	What     string      `json:"what"`
	Needs    string      `json:"needs"`
	Area     string      `json:"area,omitempty"`
	Holders  []string    `json:"holders"` // roles that grant what is needed
	Lost     string      `json:"lost,omitempty"`
	Places   []string    `json:"places,omitempty"` // the channels it is allowed in, when not everywhere
	Allowed  bool        `json:"allowed"`
	Refusal  string      `json:"refusal,omitempty"` // the catalog's key
}

// GrantInfo is a grant that reaches the person.
type GrantInfo struct {
	Number int      `json:"number"`
	Who    string   `json:"who"`
	Way    string   `json:"way"`
	Roles  []string `json:"roles"`
}

// Relations of a person to the team, as AccessInfo words them.
const (
	relationMember      = "member"
	relationGuest       = "guest"
	relationExternal    = "external"
	relationBot         = "bot"
	relationDeactivated = "deactivated"
)

func accessInfo(e access.Explanation, what string) AccessInfo {
	i := AccessInfo{Person: e.Person.ID.String(), Relation: relationMember, Groups: append([]string{}, e.Person.Groups...), Given: []GrantInfo{}, Roles: names(e.Roles), Employer: e.Employer,
		What: what, Needs: string(e.Needs), Area: string(e.Area), Holders: names(e.Holders), Lost: string(e.Lost), Places: e.Places, Allowed: e.Allowed()}
	switch {
	case e.Person.Bot:
		i.Relation = relationBot
	case e.Person.Deactivated:
		i.Relation = relationDeactivated
	case e.External:
		i.Relation = relationExternal
	case e.Person.Guest:
		i.Relation = relationGuest
	}
	for _, g := range e.Given {
		i.Given = append(i.Given, GrantInfo{Number: g.Number, Who: g.Grant.Who, Way: string(g.Way), Roles: names(g.Grant.Roles)})
	}
	if e.Refusal != nil {
		i.Refusal = e.Refusal.Key
	}
	return i
}

func names[T ~string](list []T) []string {
	all := []string{}
	for _, x := range list {
		all = append(all, string(x))
	}
	return all
}

// ExplainAccess explains, from the configuration alone, what a person as
// described may do. For a person of a running desk ask its admin socket.
func ExplainAccess(ctx context.Context, c Config, parts Parts, who bot.Person, what string) (AccessInfo, error) {
	rules, err := access.New(c.accessOptions())
	if err != nil {
		return AccessInfo{}, err
	}
	// Only its table is looked at.
	table, err := bot.New(bot.Options{Commands: handlers.Commands(&handlers.Deps{Catalog: parts.Catalog, Access: rules}), Default: "ask",
		People: noPeople{}, Access: rules, Store: noRows{}, Catalog: parts.Catalog, Log: slog.New(slog.DiscardHandler), Now: parts.Now})
	if err != nil {
		return AccessInfo{}, err
	}
	i, err := explain(ctx, rules, table, who, what)
	i.Assumed = true
	return i, err
}

// explainer is rules that give reasons.
type explainer interface {
	Explain(ctx context.Context, p bot.Person, needs bot.Right, area bot.Area) (access.Explanation, error)
}

func explain(ctx context.Context, rules explainer, table *bot.Bot, who bot.Person, what string) (AccessInfo, error) {
	need, ok := table.Requires(what)
	if !ok {
		return AccessInfo{}, bot.User("access.error.command", "what", what)
	}
	e, err := rules.Explain(ctx, who, need.Needs, need.Area)
	return accessInfo(e, need.Name), err
}

// Explain implements explainer.
func (r *rules) Explain(ctx context.Context, p bot.Person, needs bot.Right, area bot.Area) (access.Explanation, error) {
	made, err := r.known(ctx)
	if err != nil {
		return access.Explanation{}, err
	}
	return made.Explain(ctx, p, needs, area)
}

// access answers for a running desk, which knows who people are.
func (o *office) access(w http.ResponseWriter, r *http.Request) error {
	if o.explain == nil {
		return bot.User("access.error.running")
	}
	team, user, ok := strings.Cut(r.URL.Query().Get("user"), "/")
	if !ok || user == "" {
		return bot.User("admin.error.user")
	}
	i, err := o.explain(r.Context(), bot.PersonID{Team: team, User: user}, r.URL.Query().Get("what"))
	if err != nil {
		return err
	}
	return answer(w, i)
}

func (p *Program) explain(ctx context.Context, id bot.PersonID, what string) (AccessInfo, error) {
	if id.Team == "" {
		ours, err := p.slack.Team(ctx)
		if err != nil {
			return AccessInfo{}, fmt.Errorf("which team is ours: %w", err)
		}
		id.Team = ours
	}
	who, err := p.people().Find(ctx, id)
	if errors.Is(err, bot.ErrNoPerson) {
		return AccessInfo{}, bot.User("access.error.person", "id", id.String())
	}
	if err != nil {
		return AccessInfo{}, fmt.Errorf("find person: %w", err)
	}
	return explain(ctx, p.rules, p.bot, who, what)
}

// noPeople is a directory without people, noRows a store without rows: for a bot
// of which only the table is looked at.
type noPeople struct{}

func (noPeople) Find(context.Context, bot.PersonID) (bot.Person, error) {
	return bot.Person{}, bot.ErrNoPerson
}

type noRows struct{}

func (noRows) Update(context.Context, func(bot.Tx) error) error { return errors.ErrUnsupported }
