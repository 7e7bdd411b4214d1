package slackapp

import (
	"context"
	"errors"
	"time"

	"github.com/slack-go/slack/socketmode"
)

// Errors of Ready.
var (
	errUnknown = errors.New("slack has not said yet who we are")
	errNoLine  = errors.New("no socket is open")
)

// Ready reports why nothing can come in from Slack at the moment; nil means that
// it can. With Socket Mode a socket must be open and have given a sign of life not
// long ago, and what the desk causes must come back as far as it is watched. With
// HTTP it is Slack that connects: all that can be known is that Slack knows us.
func (a *App) Ready(context.Context) error {
	if a.known().team == "" {
		return errUnknown
	}
	if a.o.Transport == HTTP {
		return nil
	}
	now, patience := time.Now(), a.rhythm.patience(a.o.Silence)
	err := errNoLine
	for _, l := range a.openLines() {
		if _, silent, open := l.silence(now); open {
			if silent <= patience {
				err = nil
				break
			}
			err = errSilent
		}
	}
	if err == nil && a.canary.deaf() {
		err = errDeaf
	}
	return err
}

// event notes what an event says of a socket: it is open from Slack's greeting to
// the next attempt to open it.
func (l *line) event(event socketmode.EventType) {
	switch event {
	case socketmode.EventTypeHello:
		l.hello()
	case socketmode.EventTypeConnecting, socketmode.EventTypeDisconnect, socketmode.EventTypeConnectionError, socketmode.EventTypeInvalidAuth:
		l.down()
	}
}
