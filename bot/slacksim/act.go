package slacksim

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// What people do, by ids; Person, the control calls and the page all come through here. None of these may be
// called with mu held. A failing app is not an error: the person sees Slack's message about it.

var (
	atName   = regexp.MustCompile(`(^|[\s(（，。,:：])([@#])([\p{L}\p{N}._-]+)`)
	bareLink = regexp.MustCompile(`https?://[^\s<>]+`)
	wireRef  = regexp.MustCompile(`&lt;([@#][A-Z0-9]+(?:\|[^&<>]*)?)&gt;`)
)

// linkNames does what Slack's composer does to a typed text: it escapes it, turns @name and #name into references
// and addresses into links. A reference already written as <@U…> is kept, as if it had been picked from the list.
func (w *Workspace) linkNames(s string) string {
	s = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(s)
	s = wireRef.ReplaceAllString(s, "<$1>")
	s = bareLink.ReplaceAllString(s, "<$0>")
	return atName.ReplaceAllStringFunc(s, func(m string) string {
		p := atName.FindStringSubmatch(m)
		if p[2] == "#" {
			for _, c := range w.convs {
				if c.name == p[3] {
					return p[1] + "<#" + c.id + "|" + c.name + ">"
				}
			}
			return m
		}
		if slices.Contains([]string{"here", "channel", "everyone"}, p[3]) {
			return p[1] + "<!" + p[3] + ">"
		}
		token, rest := w.mention(p[3])
		if token == "" {
			return m
		}
		return p[1] + token + rest
	})
}

// mention finds who is meant by a name that may run into the text behind it, as in @desk你好. The longest name
// wins; what is left of the text comes back with it.
func (w *Workspace) mention(s string) (token, rest string) {
	best := 0
	try := func(name, t string) {
		after, ok := strings.CutPrefix(s, name)
		glued := after != "" && after[0] < utf8.RuneSelf && !strings.HasPrefix(after, ".")
		if ok && !glued && len(name) > best {
			best, token, rest = len(name), t, after
		}
	}
	for _, id := range w.userOrder {
		try(w.users[id].Name, "<@"+id+">")
		try(w.users[id].RealName, "<@"+id+">")
	}
	for _, g := range w.opt.Groups {
		try(g.Handle, "<!subteam^"+g.ID+">")
	}
	return token, rest
}

// enter checks that a person can write in a conversation. The caller holds mu.
func (w *Workspace) enter(user, conv string) (User, *conversation, error) {
	u, c := w.users[user], w.convs[conv]
	switch {
	case u.ID == "":
		return u, nil, fmt.Errorf("slacksim: nobody has the id %q", user)
	case c == nil:
		return u, nil, fmt.Errorf("slacksim: no conversation %q", conv)
	case !c.has(user):
		return u, nil, fmt.Errorf("slacksim: %s is not in %s", u.Name, c.id)
	case c.archived:
		return u, nil, fmt.Errorf("slacksim: %s is archived", c.id)
	}
	return u, c, nil
}

// say posts a person's message and tells the app; it returns the ts.
func (w *Workspace) say(user, conv, thread, typed string, broadcast bool) (string, error) {
	return w.posted(user, conv, thread, typed, broadcast, nil)
}

// share posts a message with files that were uploaded before.
func (w *Workspace) share(user, conv, thread, typed string, ids []string) (string, error) {
	return w.posted(user, conv, thread, typed, false, ids)
}

func (w *Workspace) posted(user, conv, thread, typed string, broadcast bool, ids []string) (string, error) {
	w.mu.Lock()
	u, c, err := w.enter(user, conv)
	if err != nil {
		w.mu.Unlock()
		return "", err
	}
	if strings.TrimSpace(typed) == "" && len(ids) == 0 {
		w.mu.Unlock()
		return "", errors.New("slacksim: nothing to say")
	}
	var files []*file
	for _, id := range ids {
		f := w.files[id]
		if f == nil || !f.done || f.by != u.ID {
			w.mu.Unlock()
			return "", errors.New("slacksim: no file " + id + " was uploaded")
		}
		files = append(files, f)
	}
	m := &message{user: u.ID, text: truncate(w.linkNames(typed), limit(maxText).Max), thread: thread, broadcast: broadcast && thread != "", files: files}
	w.add(c, m)
	tell := w.announce(c, m)
	w.mu.Unlock()
	tell()
	return m.ts, nil
}

// command runs a slash command and shows what comes back with the acknowledgement.
func (w *Workspace) command(user, conv, thread, name, arg string) error {
	w.mu.Lock()
	u, c, err := w.enter(user, conv)
	if err != nil {
		w.mu.Unlock()
		return err
	}
	i := slices.IndexFunc(w.opt.App.Commands, func(s SlashCommand) bool { return s.Name == name })
	external := u.TeamID != w.opt.Team.ID
	if i < 0 || thread != "" || external {
		key := "command_unknown"
		if i >= 0 && thread != "" {
			key = "command_in_thread"
		}
		w.whisper(c, u.ID, thread, w.label(u, key, name))
		w.mu.Unlock()
		return nil
	}
	payload := w.commandPayload(u, c, w.opt.App.Commands[i], arg)
	w.mu.Unlock()

	answer, err := w.deliver(&delivery{kind: kindCommand, payload: payload, answers: true})
	w.mu.Lock()
	defer w.mu.Unlock()
	if err != nil {
		w.whisper(c, u.ID, "", w.label(u, "command_failed", name, err.Error()))
		return nil
	}
	var args obj
	if json.Unmarshal(answer, &args) != nil || len(args) == 0 {
		return nil
	}
	cl := &call{Workspace: w, args: args}
	if err := cl.respond(&hook{user: u.ID, channel: c.id, command: name + " " + arg}); err != nil {
		w.log.Warn("answer of a command refused", "command", name, "error", err)
	}
	w.later(cl.after)
	return nil
}

// later runs what a call left to do; the caller holds mu.
func (w *Workspace) later(after []func()) {
	if len(after) == 0 || w.closed {
		return
	}
	w.bg.Add(1)
	go func() {
		defer w.bg.Done()
		for _, do := range after {
			do()
		}
	}()
}

// findElement finds an element in a message or view by block and action id. The caller holds mu.
func (at place) findElement(blockID, actionID string) (block, *element) {
	blocks := at.blocks()
	for _, b := range typed(blocks) {
		if blockID != "" && b.BlockID != blockID {
			continue
		}
		for _, e := range b.interactive() {
			if e.ActionID == actionID {
				return b, e
			}
		}
	}
	return block{}, nil
}

func (at place) blocks() []obj {
	if at.view != nil {
		return at.view.blocks
	}
	return at.msg.blocks
}

// use clicks a button or chooses in a select, date picker and the like, where the app is told at once.
func (w *Workspace) use(user string, at place, blockID, actionID, raw string) error {
	w.mu.Lock()
	u := w.users[user]
	b, e := at.findElement(blockID, actionID)
	if e == nil {
		w.mu.Unlock()
		return fmt.Errorf("slacksim: nothing with action_id %q to use", actionID)
	}
	var chosen any
	if e.Type != "button" {
		v, err := w.chosen(e, raw)
		if err != nil {
			w.mu.Unlock()
			return err
		}
		chosen = v
		w.remember(u.ID, at, b.BlockID, e, v)
	}
	if b.Type == "input" && !b.DispatchAction {
		w.touch()
		w.mu.Unlock()
		return nil
	}
	payload := w.actionPayload(u, at, b, e, chosen)
	w.mu.Unlock()
	_, err := w.deliver(&delivery{kind: kindInteraction, payload: payload})
	w.mu.Lock()
	defer w.mu.Unlock()
	if m := at.msg; m != nil {
		m.trouble = ""
		if err != nil {
			m.trouble = e.ActionID
		}
		m.seq = w.touch()
	} else if err != nil {
		at.view.trouble, at.view.seq = true, w.touch()
	}
	return nil
}

// remember keeps what a person chose, for state.values. The caller holds mu.
func (w *Workspace) remember(user string, at place, blockID string, e *element, v any) {
	if e.initial() == nil {
		return
	}
	var s state
	if at.view != nil {
		s = at.view.values
	} else {
		if at.msg.values == nil {
			at.msg.values = map[string]state{}
		}
		if at.msg.values[user] == nil {
			at.msg.values[user] = initialState(at.msg.blocks)
		}
		s = at.msg.values[user]
	}
	if s[blockID] == nil {
		s[blockID] = map[string]obj{}
	}
	s[blockID][e.ActionID] = obj{"type": e.Type, slot(e.Type): v}
}
