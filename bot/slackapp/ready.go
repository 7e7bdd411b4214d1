package slackapp

import (
	"context"
	"errors"

	"github.com/slack-go/slack/socketmode"
)

// Errors of Ready.
var (
	errUnknown = errors.New("slack has not said yet who we are")
	errNoLine  = errors.New("no socket is open")
)

// Ready reports why nothing can come in from Slack at the moment; nil means that
// it can: Slack knows us, and with Socket Mode at least one socket is open.
func (a *App) Ready(context.Context) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case a.self.team == "":
		return errUnknown
	case a.o.Transport == Socket && len(a.open) == 0:
		return errNoLine
	}
	return nil
}

// line notes what an event says of a socket: it is open from Slack's greeting to
// the next attempt to open it.
func (a *App) line(n int, event socketmode.EventType) {
	switch event {
	case socketmode.EventTypeHello:
		a.mu.Lock()
		a.open[n] = true
		a.mu.Unlock()
	case socketmode.EventTypeConnecting, socketmode.EventTypeDisconnect, socketmode.EventTypeConnectionError, socketmode.EventTypeInvalidAuth:
		a.down(n)
	}
}

func (a *App) down(n int) {
	a.mu.Lock()
	delete(a.open, n)
	a.mu.Unlock()
}
