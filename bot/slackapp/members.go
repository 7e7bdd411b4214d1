package slackapp

import "context"

// Members lists the people of a user group of this workspace, as believed for up
// to five minutes, and for half an hour while Slack does not answer.
func (a *App) Members(ctx context.Context, group string) ([]string, error) {
	return a.people.members(ctx, group, a.o.Now())
}

// Team is the id of this workspace, asked of Slack once.
func (a *App) Team(ctx context.Context) (string, error) {
	me, err := a.who(ctx)
	return me.team, err
}
