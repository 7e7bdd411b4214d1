package slackapp

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/slack-go/slack"
)

// Canary is how the desk finds out that events do not reach it although its
// sockets look alive: it edits a message of its own in somebody's direct message
// with it, and Slack reports the edit back. An edit in a direct message is the one
// event that costs nothing more: the desk is subscribed to message.im and may write
// there anyway, Slack reports changes by the app itself too, nobody is notified of
// an edit, and one person at most ever sees it. A reaction would need a scope and a
// subscription that report everybody's.
type Canary struct {
	Person string         // whose direct message; empty: there is no canary
	Every  time.Duration  // between two; zero means 15 s
	Within time.Duration  // how long one may take to come back; zero means 10 s
	Least  int            // of the last Of so many must come back, else the oldest socket is replaced; zero means 3
	Of     int            // zero means 5
	Zone   *time.Location // of the moment that is shown; nil means the machine's
	// Text is what the person reads; at is the moment and must be part of it.
	Text func(at string) string
}

const (
	canaryType = "partnerdesk_canary"
	// mostRest is the longest pause between two sockets replaced for the canary:
	// when Slack itself sends nothing, new sockets do not help.
	mostRest = 10 * time.Minute
)

// canary is the state of it.
type canary struct {
	app *App
	o   Canary

	mu       sync.Mutex           // guards what follows
	channel  string               //
	message  string               // its ts; empty: not there yet
	away     map[string]time.Time // sent and not back, by what they say
	decided  []bool               // came back or not, the latest last
	proven   bool                 // one has come back: Slack does report them
	doubted  bool                 // it was said in the log that none has
	replaced time.Time            // when a socket was last replaced for it
	rest     time.Duration        // no other one before this has passed
}

func newCanary(a *App, o Canary) *canary {
	o.Every, o.Within = cmp.Or(o.Every, 15*time.Second), cmp.Or(o.Within, 10*time.Second)
	o.Of = cmp.Or(o.Of, 5)
	o.Least = min(cmp.Or(o.Least, 3), o.Of)
	if o.Text == nil {
		o.Text = func(at string) string { return at }
	}
	return &canary{app: a, o: o, away: map[string]time.Time{}}
}

// run sends canaries until ctx ends.
func (c *canary) run(ctx context.Context) {
	if c.o.Person == "" {
		return
	}
	wait := c.o.Every
	for pause(ctx, wait) {
		wait = c.o.Every
		c.judge(time.Now())
		if open, _, _, _ := c.app.Sockets(); open == 0 {
			continue // that nothing can come back is known
		}
		if err := c.send(ctx); err != nil && ctx.Err() == nil {
			c.app.o.Meter.Count("canaries", "not_sent")
			c.app.o.Log.Warn("canary not sent", "err", err)
			wait = max(wait, retryAfter(err))
			if code := codeOf(err); hopeless(err) || oneOf("user_not_found users_not_found cannot_dm_bot user_disabled channel_not_found", code) {
				wait = max(wait, mostRest)
			}
		}
	}
}

// send edits the message, or makes it when it is not there.
func (c *canary) send(ctx context.Context) error {
	if posted, err := c.settle(ctx); err != nil || posted {
		return err
	}
	now := time.Now()
	at := c.at()
	c.mu.Lock()
	channel, ts := c.channel, c.message
	c.away[at] = now
	c.mu.Unlock()
	_, _, _, err := c.app.api.UpdateMessageContext(ctx, channel, ts, c.content(at)...)
	if err != nil {
		c.mu.Lock()
		delete(c.away, at)
		if oneOf("message_not_found cant_update_message edit_window_closed", codeOf(err)) {
			c.message = "" // somebody deleted it
		}
		c.mu.Unlock()
		return fmt.Errorf("edit the canary: %w", err)
	}
	c.app.o.Meter.Count("canaries", "sent")
	return nil
}

// at is the moment as the message shows it, precise enough to tell two canaries
// apart.
func (c *canary) at() string {
	now := c.app.o.Now()
	if c.o.Zone != nil {
		now = now.In(c.o.Zone)
	}
	if c.o.Every >= time.Second {
		return now.Format("15:04:05")
	}
	return now.Format("15:04:05.000000")
}

func (c *canary) content(at string) []slack.MsgOption {
	return []slack.MsgOption{slack.MsgOptionText(c.o.Text(at), false),
		slack.MsgOptionMetadata(slack.SlackMetadata{EventType: canaryType, EventPayload: map[string]any{"at": at}})}
}

// settle finds the message of an earlier run, or posts one. That a post comes back
// is not waited for.
func (c *canary) settle(ctx context.Context) (posted bool, err error) {
	c.mu.Lock()
	there := c.message != ""
	c.mu.Unlock()
	if there {
		return false, nil
	}
	channel, err := c.app.rooms.with(ctx, c.o.Person)
	if err != nil {
		return false, fmt.Errorf("open the canary's conversation: %w", err)
	}
	old, err := c.app.api.GetConversationHistoryContext(ctx, &slack.GetConversationHistoryParameters{ChannelID: channel, Limit: 100, IncludeAllMetadata: true})
	if err != nil {
		return false, fmt.Errorf("look for the canary: %w", err)
	}
	ts := ""
	if i := slices.IndexFunc(old.Messages, func(m slack.Message) bool { return m.Metadata.EventType == canaryType }); i >= 0 {
		ts = old.Messages[i].Timestamp
	} else {
		if _, ts, err = c.app.api.PostMessageContext(ctx, channel, c.content(c.at())...); err != nil {
			return false, fmt.Errorf("post the canary: %w", err)
		}
		posted = true
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.channel, c.message = channel, ts
	return posted, nil
}

// echo is a change of a message, as an event reports it.
type echo struct{ channel, message, text string }

// heard takes the news of a change. One that is a canary's has come back.
func (c *canary) heard(e echo) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e.channel != c.channel || e.message != c.message {
		return
	}
	for at := range c.away {
		if strings.Contains(e.text, at) {
			delete(c.away, at)
			c.decide(true)
			c.rest, c.proven = 0, true
			c.app.o.Meter.Count("canaries", "returned")
		}
	}
}

// decide notes what became of one. The caller holds mu.
func (c *canary) decide(back bool) {
	c.decided = append(c.decided, back)
	if n := len(c.decided) - c.o.Of; n > 0 {
		c.decided = slices.Delete(c.decided, 0, n)
	}
}

// lost counts those of the last that did not come back. The caller holds mu.
func (c *canary) lost() int {
	n := 0
	for _, back := range c.decided {
		if !back {
			n++
		}
	}
	return n
}

// silent counts those that did not come back since one did. The caller holds mu.
func (c *canary) silent() int {
	n := 0
	for _, back := range slices.Backward(c.decided) {
		if back {
			break
		}
		n++
	}
	return n
}

// judge gives up on those that are away for too long, and replaces the oldest
// socket when too many are lost, all when all are.
func (c *canary) judge(now time.Time) {
	c.mu.Lock()
	for at, sent := range c.away {
		if now.Sub(sent) > c.o.Within {
			delete(c.away, at)
			c.decide(false)
			c.app.o.Meter.Count("canaries", "lost")
		}
	}
	lost := c.lost()
	if lost == c.o.Of && !c.proven && !c.doubted {
		// Not our sockets, it seems: nothing is judged by what has never worked.
		c.doubted = true
		c.app.o.Log.Warn("no canary has ever come back; nothing is concluded from that", "check", "the event subscription message.im of the app")
	}
	if !c.proven || lost <= c.o.Of-c.o.Least || now.Sub(c.replaced) < c.rest {
		c.mu.Unlock()
		return
	}
	c.replaced, c.rest = now, min(max(2*c.rest, c.o.Every), mostRest)
	none := c.silent() > c.o.Of-c.o.Least
	c.decided = nil
	if none {
		c.decided = []bool{false} // still nothing is proven
	}
	c.mu.Unlock()
	c.app.o.Log.Warn("events do not come back: slack sockets are replaced, the oldest first", "lost", lost, "of", c.o.Of, "all", none)
	for l := c.app.oldest(); l != nil; l = c.app.oldest() {
		c.app.replace(l, errDeaf, "canary")
		if !none {
			break // the others carry some
		}
	}
}

// deaf says that a socket was replaced for the canary and nothing has come back
// since.
func (c *canary) deaf() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.rest > 0 && len(c.decided) > 0 && c.lost() == len(c.decided)
}

// oldest is the socket that has been open longest, nil when none is.
func (a *App) oldest() *line {
	var oldest *line
	var since time.Time
	for _, l := range a.openLines() {
		if at, _, open := l.silence(time.Now()); open && (oldest == nil || at.Before(since)) {
			oldest, since = l, at
		}
	}
	return oldest
}

// validate reports what is wrong with the figures.
func (o Canary) validate() error {
	if o.Every < 0 || o.Within < 0 || o.Least < 0 || o.Of < 0 || o.Of > 100 || o.Of > 0 && o.Least > o.Of {
		return errors.New("slackapp: Canary has figures that make no sense")
	}
	return nil
}
