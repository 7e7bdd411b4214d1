package slacksim

import (
	"slices"
	"strings"
)

// subscribed says whether the app asked for an event, by its subscription name.
func (w *Workspace) subscribed(name string) bool { return slices.Contains(w.opt.App.Events, name) }

// event wraps an inner event the way the Events API does. The caller holds mu.
func (w *Workspace) event(inner obj) *delivery {
	team, shared := w.opt.Team.ID, false
	if ch := text(inner, "channel"); ch != "" && w.convs[ch] != nil {
		shared = w.convs[ch].shared
	}
	stop := false
	return &delivery{kind: kindEvent, noRetry: &stop, payload: obj{
		"token": "", "team_id": team, "context_team_id": team, "context_enterprise_id": nil, "api_app_id": w.opt.App.ID,
		"type": "event_callback", "event_id": w.id("Ev"), "event_time": w.now().Unix(), "event_context": secret(12),
		"is_ext_shared_channel": shared,
		"authorizations": []obj{{"enterprise_id": nil, "team_id": team, "user_id": w.opt.App.BotUserID, "is_bot": true,
			"is_enterprise_install": false}},
		"event": inner,
	}}
}

// announce tells the app about a new message, if it can see it and asked for it. It is called with mu held and
// returns what to do without it.
func (w *Workspace) announce(c *conversation, m *message) func() {
	bot := w.opt.App.BotUserID
	if m.to != "" || !c.has(bot) {
		return func() {}
	}
	var out []*delivery
	inner := w.wire(c, m, true)
	inner["channel"], inner["event_ts"] = c.id, m.ts
	delete(inner, "reply_count")
	if !m.fromApp {
		inner["client_msg_id"] = secret(16)
	}
	if w.subscribed("message." + subscription(c)) {
		full := clone(inner)
		full["channel_type"] = c.kind()
		d := w.event(full)
		d.echo = m.fromApp
		out = append(out, d)
	}
	if !m.fromApp && !c.im && strings.Contains(m.text, "<@"+bot+">") && w.subscribed("app_mention") {
		mention := clone(inner)
		mention["type"] = "app_mention"
		delete(mention, "subtype")
		out = append(out, w.event(mention))
	}
	return func() {
		for _, d := range out {
			w.publish(d)
		}
	}
}

// announceChange tells the app that a message was changed or deleted. The caller holds mu.
func (w *Workspace) announceChange(c *conversation, subtype string, more obj) func() {
	if !c.has(w.opt.App.BotUserID) || !w.subscribed("message."+subscription(c)) {
		return func() {}
	}
	ts := w.stamp()
	inner := obj{"type": "message", "subtype": subtype, "hidden": true, "channel": c.id, "channel_type": c.kind(), "ts": ts, "event_ts": ts}
	for k, v := range more {
		inner[k] = v
	}
	d := w.event(inner)
	d.echo = true
	return func() { w.publish(d) }
}

// subscription is the conversation's word in message.* subscriptions.
func subscription(c *conversation) string {
	switch c.kind() {
	case "im":
		return "im"
	case "group":
		return "groups"
	}
	return "channels"
}

func clone(o obj) obj {
	out := make(obj, len(o))
	for k, v := range o {
		out[k] = v
	}
	return out
}

// text reads a string field of a JSON object; anything else reads as empty.
func text(o obj, key string) string {
	s, _ := o[key].(string)
	return s
}
