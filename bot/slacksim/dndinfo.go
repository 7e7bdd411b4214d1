package slacksim

import (
	"errors"
	"time"
)

// quiet are the hours in which somebody wants no notifications.
type quiet struct{ from, until time.Time }

// dndInfo tells a person's do-not-disturb. The snooze_* fields are left out: Slack shows them to oneself only.
func dndInfo(c *call) (obj, error) {
	u := c.users[c.str("user")]
	if u.ID == "" {
		return nil, refuse("user_not_found")
	}
	q, ok := c.quiet[u.ID]
	if !ok || !c.now().Before(q.until) {
		return obj{"dnd_enabled": false, "next_dnd_start_ts": 1, "next_dnd_end_ts": 1}, nil
	}
	return obj{"dnd_enabled": true, "next_dnd_start_ts": q.from.Unix(), "next_dnd_end_ts": q.until.Unix()}, nil
}

// SetQuiet says when a person, named by id, handle or real name, wants no notifications; a zero until ends it.
func (w *Workspace) SetQuiet(who string, from, until time.Time) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	u := w.userNamed(who)
	switch {
	case u.ID == "":
		return errors.New("slacksim: nobody is called " + who)
	case until.IsZero():
		delete(w.quiet, u.ID)
	default:
		w.quiet[u.ID] = quiet{from, until}
	}
	w.touch()
	return nil
}

// quietNow says whether a person wants no notifications at the moment. The caller holds mu.
func (w *Workspace) quietNow(id string) bool {
	q, ok := w.quiet[id]
	return ok && !w.now().Before(q.from) && w.now().Before(q.until)
}

// quietFor makes it quiet for some minutes from now on; none ends it.
func (w *Workspace) quietFor(who string, minutes int) error {
	if minutes <= 0 {
		return w.SetQuiet(who, time.Time{}, time.Time{})
	}
	return w.SetQuiet(who, w.now(), w.now().Add(time.Duration(minutes)*time.Minute))
}
