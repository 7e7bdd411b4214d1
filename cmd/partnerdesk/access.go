package main

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"partnerdesk/bot"
	"partnerdesk/cmd/desk"
)

// access says who may do what, and why.
func (p *program) access() *cobra.Command {
	c := &cobra.Command{Use: "explain USER COMMAND…", Short: p.words.T("cli.access.explain.short"), Long: p.words.T("cli.access.explain.long"), Args: func(_ *cobra.Command, args []string) error {
		if len(args) < 2 {
			return usageError{p.words.T("admin.need", "what", "USER COMMAND")}
		}
		return nil
	}}
	asJSON := p.jsonFlag(c)
	groups := c.Flags().StringArray("group", nil, p.words.T("cli.access.flag.group"))
	guest := c.Flags().Bool("guest", false, p.words.T("cli.access.flag.guest"))
	c.RunE = func(c *cobra.Command, args []string) error {
		config, err := p.load(nil)
		if err != nil {
			return err
		}
		who := bot.Person{ID: personID(config.Team, args[0]), Groups: *groups, Guest: *guest}
		what := strings.Join(args[1:], " ")
		var i desk.AccessInfo
		if desk.Runs(c.Context(), config) {
			err = p.admin(c.Context(), func(a *desk.Admin) error {
				return a.Ask(c.Context(), http.MethodGet, "/access", url.Values{"user": {who.ID.String()}, "what": {what}}, &i)
			})
		} else {
			i, err = desk.ExplainAccess(c.Context(), config, desk.Parts{Catalog: p.catalog, Now: time.Now}, who, what)
		}
		if err != nil {
			return err
		}
		if *asJSON {
			return p.json(i)
		}
		p.explainAccess(i, config.Admin)
		return nil
	}
	return p.group("access", c)
}

// personID reads TEAM/USER, USER or a mention as Slack writes it.
func personID(team, s string) bot.PersonID {
	s = strings.TrimPrefix(strings.Trim(s, "<>"), "@")
	if t, user, ok := strings.Cut(s, "/"); ok {
		return bot.PersonID{Team: t, User: user}
	}
	return bot.PersonID{Team: team, User: s}
}

func (p *program) explainAccess(i desk.AccessInfo, admin string) {
	line := func(key string, args ...string) { fmt.Fprintln(p.out, p.words.T(key, args...)) }
	all := func(list []string, prefix string) string {
		if len(list) == 0 {
			return p.words.T("access.none")
		}
		var worded []string
		for _, s := range list {
			if prefix != "" {
				s = p.words.T(prefix+s) + " (" + s + ")"
			}
			worded = append(worded, s)
		}
		return strings.Join(worded, ", ")
	}
	line("access.asked", "person", i.Person, "what", i.What)
	line("access.relation", "relation", p.words.T("access.relation."+i.Relation), "groups", all(i.Groups, ""))
	if i.Assumed {
		line("access.assumed")
	}
	for _, g := range i.Given {
		line("access.given", "at", "people["+strconv.Itoa(g.Number)+"]", "who", g.Who, "way", p.words.T("access.way."+g.Way), "roles", all(g.Roles, "access.role."))
	}
	line("access.roles", "roles", all(i.Roles, "access.role."), "employer", i.Employer)
	line("access.needs", "right", p.words.T("access.right."+i.Needs), "roles", all(i.Holders, "access.role."))
	if i.Lost != "" {
		line("access.lost." + i.Lost)
	}
	if i.Allowed && len(i.Places) > 0 {
		line("access.yes.places", "places", strings.Join(i.Places, ", "))
		return
	}
	if i.Allowed {
		line("access.yes")
		return
	}
	if admin == "" {
		admin = p.words.T("person.admin")
	}
	line("access.no", "text", p.words.T(i.Refusal, "admin", admin))
}
