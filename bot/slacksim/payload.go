package slacksim

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// place is where a person found something to use: a message or a view.
type place struct {
	conv *conversation
	msg  *message
	view *view
}

// commandPayload is what a slash command delivers. The caller holds mu.
func (w *Workspace) commandPayload(u User, c *conversation, cmd SlashCommand, arg string) obj {
	if cmd.ShouldEscape {
		arg = w.linkNames(arg)
	}
	return obj{
		"token": "", "team_id": w.opt.Team.ID, "team_domain": w.opt.Team.Domain, "channel_id": c.id,
		"channel_name": c.wireName(), "user_id": u.ID, "user_name": u.Name, "command": cmd.Name, "text": arg,
		"api_app_id": w.opt.App.ID, "is_enterprise_install": "false",
		"response_url": w.newHook(hook{user: u.ID, channel: c.id, command: cmd.Name + " " + arg}),
		"trigger_id":   w.newTrigger(u.ID, c.id, ""),
	}
}

// interaction is the common part of interaction payloads. The caller holds mu.
func (w *Workspace) interaction(kind string, u User) obj {
	return obj{
		"type": kind, "token": "", "api_app_id": w.opt.App.ID, "enterprise": nil, "is_enterprise_install": false,
		"team": obj{"id": w.opt.Team.ID, "domain": w.opt.Team.Domain},
		"user": obj{"id": u.ID, "username": u.Name, "name": u.Name, "team_id": u.TeamID},
	}
}

// actionPayload is a click or a choice. The caller holds mu.
func (w *Workspace) actionPayload(u User, at place, b block, e *element, chosen any) obj {
	o := w.interaction("block_actions", u)
	action := obj{"type": e.Type, "action_id": e.ActionID, "block_id": b.BlockID, "action_ts": w.stamp()}
	if e.Type == "button" {
		action["text"] = e.raw["text"]
		if e.Value != "" {
			action["value"] = e.Value
		}
	} else {
		action[slot(e.Type)] = chosen
	}
	if e.Placeholder != nil {
		action["placeholder"] = e.raw["placeholder"]
	}
	o["actions"] = []obj{action}
	w.addPlace(o, u, at)
	return o
}

// addPlace adds container, message or view, state, response_url and trigger_id. The caller holds mu.
func (w *Workspace) addPlace(o obj, u User, at place) {
	if v := at.view; v != nil {
		o["container"] = obj{"type": "view", "view_id": v.id}
		o["view"] = w.wireView(v)
		parent := ""
		if v.kind == "modal" {
			parent = v.id
		}
		o["trigger_id"] = w.newTrigger(u.ID, v.channel, parent)
		return
	}
	m, c := at.msg, at.conv
	box := obj{"type": "message", "message_ts": m.ts, "channel_id": c.id, "is_ephemeral": m.to != ""}
	if m.thread != "" {
		box["thread_ts"] = m.thread
	}
	o["container"] = box
	o["channel"] = obj{"id": c.id, "name": c.wireName()}
	if m.to == "" {
		o["message"] = w.wire(c, m, true)
	}
	o["state"] = obj{"values": copyState(m.values[u.ID])}
	o["response_url"] = w.newHook(hook{user: u.ID, channel: c.id, thread: m.thread, original: m.ts})
	o["trigger_id"] = w.newTrigger(u.ID, c.id, "")
}

// submissionPayload is a submitted modal. The caller holds mu.
func (w *Workspace) submissionPayload(u User, v *view) obj {
	o := w.interaction("view_submission", u)
	o["view"], o["trigger_id"], o["response_urls"] = w.wireView(v), w.newTrigger(u.ID, v.channel, v.id), []obj{}
	return o
}

// closedPayload is a closed modal that asked to be told. The caller holds mu.
func (w *Workspace) closedPayload(u User, v *view, all bool) obj {
	o := w.interaction("view_closed", u)
	o["view"], o["is_cleared"] = w.wireView(v), all
	return o
}

// suggestionPayload asks for the options of an external select. The caller holds mu.
func (w *Workspace) suggestionPayload(u User, at place, b block, e *element, typed string) obj {
	o := w.interaction("block_suggestion", u)
	o["action_id"], o["block_id"], o["value"] = e.ActionID, b.BlockID, typed
	w.addPlace(o, u, at)
	delete(o, "response_url")
	delete(o, "trigger_id")
	delete(o, "state")
	return o
}

// shortcutPayload is a shortcut, on a message when m is set. The caller holds mu.
func (w *Workspace) shortcutPayload(u User, s Shortcut, c *conversation, m *message) obj {
	if m == nil {
		o := w.interaction("shortcut", u)
		o["callback_id"], o["action_ts"], o["trigger_id"] = s.CallbackID, w.stamp(), w.newTrigger(u.ID, "", "")
		return o
	}
	o := w.interaction("message_action", u)
	o["callback_id"], o["action_ts"], o["message_ts"] = s.CallbackID, w.stamp(), m.ts
	o["message"] = w.wire(c, m, true)
	o["channel"] = obj{"id": c.id, "name": c.wireName()}
	o["response_url"] = w.newHook(hook{user: u.ID, channel: c.id, thread: m.thread})
	o["trigger_id"] = w.newTrigger(u.ID, c.id, "")
	return o
}

// chosen turns what a person typed or picked into the wire value of an element. raw may name an option by its
// label or its value; several are separated by line breaks.
func (w *Workspace) chosen(e *element, raw string) (any, error) {
	key := slot(e.Type)
	var many []any
	for _, one := range strings.Split(raw, "\n") {
		one = strings.TrimSpace(one)
		if one == "" {
			continue
		}
		v, err := w.chosenOne(e, key, one)
		if err != nil {
			return nil, err
		}
		many = append(many, v)
	}
	switch {
	case isMany(key):
		if many == nil {
			many = []any{}
		}
		return many, nil
	case key == "value" && raw != "":
		return raw, nil
	case len(many) == 0:
		return nil, nil
	}
	return many[0], nil
}

func (w *Workspace) chosenOne(e *element, key, one string) (any, error) {
	switch strings.TrimSuffix(key, "s") {
	case "selected_option":
		for _, o := range e.rawOptions() {
			t, _ := o["text"].(obj)
			if text(o, "value") == one || text(t, "text") == one {
				return o, nil
			}
		}
		if strings.HasSuffix(e.Type, "external_select") {
			if o := offeredAs(append(slices.Clone(w.offered[e.ActionID]), e.rawInitial()...), one); o != nil {
				return o, nil
			}
		}
		return nil, fmt.Errorf("slacksim: %s has no option %q", e.ActionID, one)
	case "file":
		if f := w.files[one]; f != nil && f.done {
			return w.wireFile(f), nil
		}
		return nil, fmt.Errorf("slacksim: no file %q was uploaded", one)
	case "selected_user":
		if u := w.userNamed(one); u.ID != "" {
			return u.ID, nil
		}
		return nil, fmt.Errorf("slacksim: nobody is called %q", one)
	case "selected_channel", "selected_conversation":
		if c := w.channelNamed(one); c != nil {
			return c.id, nil
		}
		return nil, fmt.Errorf("slacksim: no conversation %q", one)
	case "selected_date_time":
		return strconv.ParseInt(one, 10, 64)
	}
	return one, nil
}

// rawInitial is what was chosen beforehand.
func (e *element) rawInitial() []obj {
	var out []obj
	list, _ := e.raw["initial_options"].([]any)
	for _, v := range append(list, e.raw["initial_option"]) {
		if o, ok := v.(obj); ok {
			out = append(out, o)
		}
	}
	return out
}

// rawOptions are the options as they stood on the wire, which is how payloads quote them.
func (e *element) rawOptions() []obj {
	var out []obj
	add := func(list any) {
		l, _ := list.([]any)
		for _, v := range l {
			if o, ok := v.(obj); ok {
				out = append(out, o)
			}
		}
	}
	add(e.raw["options"])
	groups, _ := e.raw["option_groups"].([]any)
	for _, g := range groups {
		if o, ok := g.(obj); ok {
			add(o["options"])
		}
	}
	return out
}
