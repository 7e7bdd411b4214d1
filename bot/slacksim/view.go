package slacksim

import (
	"maps"
	"slices"
)

// state is what a person filled in: by block id, by action id.
type state = map[string]map[string]obj

// view is an open modal or a Home tab.
type view struct {
	id, kind, hash, root, previous string
	callbackID, externalID, meta   string
	title, submit, close           any
	clearOnClose, notifyOnClose    bool
	user, channel                  string
	blocks                         []obj
	values                         state
	errors                         map[string]string // by block id, as the app answered
	trouble                        bool              // the app did not answer a submission
	seq                            uint64
}

// newView checks a view and gives it an id. The caller holds mu.
func (w *Workspace) newView(spec any, kind, user string) (*view, error) {
	o, ok := spec.(obj)
	if !ok {
		return nil, refuse(codeArguments, "[ERROR] must provide an object"+pointer("/view"))
	}
	blocks, err := checkView(o, kind)
	if err != nil {
		return nil, err
	}
	ext := text(o, "external_id")
	if ext != "" && w.findView("", ext) != nil {
		return nil, refuse("duplicate_external_id")
	}
	v := &view{id: w.id("V"), user: user}
	v.fill(o, blocks)
	v.root = v.id
	v.renew(w)
	return v, nil
}

// fill takes over what the app said about a view.
func (v *view) fill(o obj, blocks []obj) {
	v.kind, v.callbackID, v.externalID, v.meta = text(o, "type"), text(o, "callback_id"), text(o, "external_id"), text(o, "private_metadata")
	v.title, v.submit, v.close = o["title"], o["submit"], o["close"]
	v.clearOnClose, _ = o["clear_on_close"].(bool)
	v.notifyOnClose, _ = o["notify_on_close"].(bool)
	v.blocks = blocks
	old := v.values
	v.values = initialState(blocks)
	for b, as := range v.values { // what was typed survives an update that keeps the same ids
		for a, val := range as {
			if was := old[b][a]; was != nil && was["type"] == val["type"] {
				as[a] = was
			}
		}
	}
	v.errors, v.trouble = nil, false
}

// renew gives a view a new hash. The caller holds mu.
func (v *view) renew(w *Workspace) {
	v.hash = w.stamp() + "." + secret(4)
	v.seq = w.touch()
}

// findView finds an open view. The caller holds mu.
func (w *Workspace) findView(id, external string) *view {
	match := func(v *view) bool {
		return v != nil && (id != "" && v.id == id || external != "" && v.externalID == external)
	}
	for _, h := range w.homes {
		if match(h) {
			return h
		}
	}
	for _, stack := range w.modals {
		for _, v := range stack {
			if match(v) {
				return v
			}
		}
	}
	return nil
}

// copyState is a state as it stands now, for what is encoded after mu is let go.
// Its innermost objects are replaced and never changed, so they can be shared.
func copyState(s state) state {
	out := make(state, len(s))
	for block, actions := range s {
		out[block] = maps.Clone(actions)
	}
	return out
}

// wireView is the view as payloads and answers show it. The caller holds mu.
func (w *Workspace) wireView(v *view) obj {
	o := obj{
		"id": v.id, "team_id": w.opt.Team.ID, "type": v.kind, "blocks": v.blocks, "private_metadata": v.meta,
		"callback_id": v.callbackID, "external_id": v.externalID, "hash": v.hash, "state": obj{"values": copyState(v.values)},
		"clear_on_close": v.clearOnClose, "notify_on_close": v.notifyOnClose, "root_view_id": v.root,
		"previous_view_id": nil, "app_id": w.opt.App.ID, "app_installed_team_id": w.opt.Team.ID, "bot_id": w.opt.App.BotID,
		"title": v.title, "submit": v.submit, "close": v.close,
	}
	if v.previous != "" {
		o["previous_view_id"] = v.previous
	}
	if v.kind == "home" {
		delete(o, "submit")
		delete(o, "close")
	}
	return o
}

// push lays a modal on a person's stack. The caller holds mu.
func (w *Workspace) push(v *view) error {
	stack := w.modals[v.user]
	if len(stack) >= limit(maxModals).Max {
		return refuse(limit(maxModals).Code)
	}
	if n := len(stack); n > 0 {
		v.previous, v.root = stack[n-1].id, stack[0].id
	}
	w.modals[v.user] = append(stack, v)
	v.seq = w.touch()
	return nil
}

// pop closes one modal and whatever lies on it. The caller holds mu.
func (w *Workspace) pop(v *view) {
	stack := w.modals[v.user]
	if i := slices.Index(stack, v); i >= 0 {
		w.modals[v.user] = stack[:i]
		w.touch()
	}
}

// top is the modal a person looks at, nil without one. The caller holds mu.
func (w *Workspace) top(user string) *view {
	if s := w.modals[user]; len(s) > 0 {
		return s[len(s)-1]
	}
	return nil
}
