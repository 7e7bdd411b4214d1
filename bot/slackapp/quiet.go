package slackapp

import (
	"context"
	"fmt"
	"sync"
	"time"

	"partnerdesk/bot"
)

const (
	// quietFresh is how long an answer of Slack about somebody's notifications is used.
	quietFresh = 5 * time.Minute
	// deniedFresh is how long we do not ask again after Slack said that the app may not.
	deniedFresh = time.Hour
)

// quiets is a short memory of who wants no disturbance.
type quiets struct {
	mu     sync.Mutex // guards what follows
	known  map[bot.PersonID]knownQuiet
	denied time.Time // when Slack last said that the app may not ask; zero: it did not
}

type knownQuiet struct {
	from, until time.Time
	at          time.Time
}

// Away implements [bot.Quiet] by Slack's do-not-disturb. A person of another
// workspace, and everybody where the app lacks the scope dnd:read, is never known
// to be away. Of others Slack tells the schedule and not the snooze (Slack's page
// of dnd.info, 2026-11-20). Whether somebody is at the keyboard is not asked: to be
// idle is not to want peace.
func (a *App) Away(ctx context.Context, id bot.PersonID) (time.Time, error) {
	now := a.o.Now()
	q := &a.quiets
	q.mu.Lock()
	k, ok := q.known[id]
	denied := !q.denied.IsZero() && within(deniedFresh, q.denied, now)
	q.mu.Unlock()
	if !ok || !within(quietFresh, k.at, now) {
		me, err := a.who(ctx)
		if err != nil {
			return time.Time{}, err
		}
		if denied || id.Team != me.team {
			return time.Time{}, nil
		}
		if k, err = a.askQuiet(ctx, id, now); err != nil {
			return time.Time{}, err
		}
	}
	if now.Before(k.from) || !now.Before(k.until) {
		return time.Time{}, nil
	}
	return k.until, nil
}

// askQuiet asks Slack and remembers the answer.
func (a *App) askQuiet(ctx context.Context, id bot.PersonID, now time.Time) (knownQuiet, error) {
	k := knownQuiet{at: now}
	s, err := a.api.GetDNDInfoContext(ctx, &id.User)
	q := &a.quiets
	switch code := codeOf(err); {
	case oneOf("missing_scope not_allowed_token_type", code):
		a.o.Log.Warn("slack does not tell who wants no disturbance", "err", err, "check", "reinstall the app with the scope dnd:read")
		q.mu.Lock()
		defer q.mu.Unlock()
		q.denied = now
		return k, nil
	case oneOf("user_not_found user_not_visible", code): // who is gone is not disturbed; others decide that
	case err != nil:
		return k, fmt.Errorf("ask slack whether %s wants no disturbance: %w", id, err)
	case s.Enabled:
		k.from, k.until = time.Unix(int64(s.NextStartTimestamp), 0).UTC(), time.Unix(int64(s.NextEndTimestamp), 0).UTC()
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.known == nil || len(q.known) >= mostPeople {
		q.known = map[bot.PersonID]knownQuiet{}
	}
	q.known[id] = k
	return k, nil
}

var _ bot.Quiet = (*App)(nil)
