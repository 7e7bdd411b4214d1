package slacksim

import (
	"fmt"
	"time"
)

// trigger is the right to open a modal for one person, once, within 3 s.
type trigger struct {
	user, channel string
	expires       time.Time
	used          bool
	parent        string // the view the person was looking at, for views.push
}

// newTrigger makes a trigger id. The caller holds mu.
func (w *Workspace) newTrigger(user, channel, parent string) string {
	w.serial++
	id := fmt.Sprintf("%d.%d.%s", w.now().UnixMilli(), w.serial, secret(16))
	w.triggers[id] = &trigger{user: user, channel: channel, parent: parent,
		expires: w.now().Add(w.opt.TriggerLife)}
	return id
}

// checkTrigger says whether a trigger id may be exchanged now. The caller holds mu.
func (w *Workspace) checkTrigger(id string) (*trigger, error) {
	t := w.triggers[id]
	switch {
	case t == nil:
		return nil, refuse("invalid_trigger_id")
	case t.used:
		return nil, refuse(limit(triggerUses).Code)
	case w.now().After(t.expires):
		return nil, refuse(limit(triggerLife).Code)
	}
	return t, nil
}
