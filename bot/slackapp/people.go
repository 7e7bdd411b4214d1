package slackapp

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/slack-go/slack"

	"partnerdesk/bot"
)

const (
	// personFresh and groupFresh are how long an answer of Slack about somebody is used.
	personFresh = 5 * time.Minute
	groupFresh  = 5 * time.Minute
	// groupStale is how long the members of a group are still believed when Slack
	// does not answer.
	groupStale = 30 * time.Minute
	mostPeople = 20_000
)

// people is a short memory of who is who.
type people struct {
	app *App

	mu     sync.Mutex // guards what follows
	known  map[bot.PersonID]knownPerson
	groups map[string]knownGroup
}

type knownPerson struct {
	person bot.Person
	absent bool
	at     time.Time
}

type knownGroup struct {
	members []string
	at      time.Time
}

// within says that what was read then may still be used. What was read in the
// future, by a clock that was ahead, may not: nobody knows how old it is.
func within(most time.Duration, then, now time.Time) bool {
	age := now.Sub(then)
	return age >= 0 && age <= most
}

func newPeople(a *App) *people {
	return &people{app: a, known: map[bot.PersonID]knownPerson{}, groups: map[string]knownGroup{}}
}

// People is who is who in this workspace. Answers are up to five minutes old.
func (a *App) People() bot.Directory { return a.people }

var _ bot.Directory = (*people)(nil)

// Find implements [bot.Directory].
func (p *people) Find(ctx context.Context, id bot.PersonID) (bot.Person, error) {
	now := p.app.o.Now()
	p.mu.Lock()
	k, ok := p.known[id]
	p.mu.Unlock()
	if !ok || !within(personFresh, k.at, now) {
		var err error
		if k, err = p.ask(ctx, id, now); err != nil {
			return bot.Person{}, err
		}
	}
	if k.absent {
		return bot.Person{}, bot.ErrNoPerson
	}
	who := k.person
	for _, group := range p.app.o.Groups {
		members, err := p.members(ctx, group, now)
		if err != nil {
			return bot.Person{}, err
		}
		if slices.Contains(members, id.User) && !who.External {
			who.Groups = append(who.Groups, group)
		}
	}
	return who, nil
}

// ask asks Slack about a person and remembers the answer.
func (p *people) ask(ctx context.Context, id bot.PersonID, now time.Time) (knownPerson, error) {
	me, err := p.app.who(ctx)
	if err != nil {
		return knownPerson{}, err
	}
	k := knownPerson{at: now}
	u, err := p.app.api.GetUserInfoContext(ctx, id.User)
	switch {
	case oneOf("user_not_found user_not_visible", codeOf(err)):
		k.absent = true
	case err != nil:
		return knownPerson{}, fmt.Errorf("ask slack about %s: %w", id, err)
	default:
		k.person = personOf(u, id, me.team)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.known) >= mostPeople {
		clear(p.known)
	}
	p.known[id] = k
	return k, nil
}

func personOf(u *slack.User, id bot.PersonID, ours string) bot.Person {
	name := u.Profile.DisplayName
	if name == "" {
		name = u.RealName
	}
	return bot.Person{
		ID: id, Name: name, Locale: u.Locale, Zone: u.TZ,
		Bot:         u.IsBot || u.IsWorkflowBot || u.IsConnectorBot,
		Deactivated: u.Deleted,
		Guest:       u.IsRestricted || u.IsUltraRestricted,
		External:    u.IsStranger || u.TeamID != ours && !slices.Contains(u.Enterprise.Teams, ours),
	}
}

// members lists the people of a user group. When Slack does not answer, what it
// said a while ago still counts.
func (p *people) members(ctx context.Context, group string, now time.Time) ([]string, error) {
	p.mu.Lock()
	g, ok := p.groups[group]
	p.mu.Unlock()
	if ok && within(groupFresh, g.at, now) {
		return g.members, nil
	}
	members, err := p.app.api.GetUserGroupMembersContext(ctx, group)
	switch {
	case err == nil:
	case oneOf("no_such_subteam subteam_not_found", codeOf(err)):
		p.app.o.Log.Warn("user group does not exist", "group", group)
		members = nil
	case ok && within(groupStale, g.at, now):
		p.app.o.Log.Warn("user group not read, its former members count", "group", group, "err", err)
		return g.members, nil
	default:
		return nil, fmt.Errorf("ask slack about user group %s: %w", group, err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.groups[group] = knownGroup{members: members, at: now}
	return members, nil
}
