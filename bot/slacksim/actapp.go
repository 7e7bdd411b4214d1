package slacksim

import (
	"fmt"
	"slices"
)

// openApp opens the app's Home or Messages tab and tells the app.
func (w *Workspace) openApp(user, tab string) {
	w.mu.Lock()
	u := w.users[user]
	if u.ID == "" || !w.subscribed("app_home_opened") {
		w.mu.Unlock()
		return
	}
	ts := w.stamp()
	inner := obj{"type": "app_home_opened", "user": u.ID, "channel": w.direct(w.opt.App.BotUserID, u.ID).id, "tab": tab, "event_ts": ts}
	if h := w.homes[user]; h != nil && tab == "home" {
		inner["view"] = w.wireView(h)
	}
	d := w.event(inner)
	w.mu.Unlock()
	w.publish(d)
}

// reactAs adds a person's reaction.
func (w *Workspace) reactAs(user, conv, ts, emoji string) error {
	w.mu.Lock()
	u, c, err := w.enter(user, conv)
	if err != nil {
		w.mu.Unlock()
		return err
	}
	m := c.find(ts)
	if m == nil || !emojiName.MatchString(emoji) {
		w.mu.Unlock()
		return fmt.Errorf("slacksim: no message %s to react to with %q", ts, emoji)
	}
	tell := func() {}
	if m.react(emoji, u.ID) {
		m.seq = w.touch()
		if c.has(w.opt.App.BotUserID) && w.subscribed("reaction_added") {
			d := w.event(obj{"type": "reaction_added", "user": u.ID, "reaction": emoji, "item_user": m.user,
				"item": obj{"type": "message", "channel": c.id, "ts": ts}, "event_ts": w.stamp()})
			tell = func() { w.publish(d) }
		}
	}
	w.mu.Unlock()
	tell()
	return nil
}

// shortcut runs a shortcut by name or callback id; ts names the message it is used on.
func (w *Workspace) shortcut(user, conv, ts, name string) error {
	w.mu.Lock()
	u := w.users[user]
	i := slices.IndexFunc(w.opt.App.Shortcuts, func(s Shortcut) bool {
		return (s.Name == name || s.CallbackID == name) && s.OnMessage == (ts != "")
	})
	if i < 0 || u.ID == "" {
		w.mu.Unlock()
		return fmt.Errorf("slacksim: no shortcut %q", name)
	}
	var c *conversation
	var m *message
	if ts != "" {
		c = w.convs[conv]
		if c != nil {
			m = c.find(ts)
		}
		if m == nil {
			w.mu.Unlock()
			return fmt.Errorf("slacksim: no message %s", ts)
		}
	}
	payload := w.shortcutPayload(u, w.opt.App.Shortcuts[i], c, m)
	w.mu.Unlock()
	_, err := w.deliver(&delivery{kind: kindInteraction, payload: payload})
	if err != nil {
		w.mu.Lock()
		defer w.mu.Unlock()
		thread := ""
		if m != nil {
			thread = m.thread
		} else {
			c = w.direct(w.opt.App.BotUserID, u.ID)
		}
		w.whisper(c, u.ID, thread, w.label(u, "shortcut_failed", name, err.Error()))
	}
	return nil
}
