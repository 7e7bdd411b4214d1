package slacksim

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/mail"
	"net/url"
	"regexp"
	"slices"
	"strconv"
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
		for _, id := range w.userOrder {
			if u := w.users[id]; u.Name == p[3] || u.RealName == p[3] {
				return p[1] + "<@" + u.ID + ">"
			}
		}
		for _, g := range w.opt.Groups {
			if g.Handle == p[3] {
				return p[1] + "<!subteam^" + g.ID + ">"
			}
		}
		return m
	})
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
	w.mu.Lock()
	u, c, err := w.enter(user, conv)
	if err != nil {
		w.mu.Unlock()
		return "", err
	}
	if strings.TrimSpace(typed) == "" {
		w.mu.Unlock()
		return "", errors.New("slacksim: nothing to say")
	}
	m := &message{user: u.ID, text: truncate(w.linkNames(typed), limit(maxText).Max), thread: thread, broadcast: broadcast && thread != ""}
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

// submit sends a modal after the checks Slack's own client makes. values are by block id, then action id.
func (w *Workspace) submit(user string, v *view, values map[string]map[string]string) error {
	w.mu.Lock()
	u := w.users[user]
	if err := w.fillIn(u, v, values); err != nil {
		w.mu.Unlock()
		return err
	}
	if len(v.errors) > 0 {
		v.seq = w.touch()
		w.mu.Unlock()
		return nil
	}
	v.trouble = false
	payload := w.submissionPayload(u, v)
	w.mu.Unlock()

	answer, err := w.deliver(&delivery{kind: kindInteraction, payload: payload, answers: true})
	w.mu.Lock()
	defer w.mu.Unlock()
	if err == nil {
		err = w.answered(v, answer)
	}
	if err != nil {
		w.log.Warn("submission failed", "callback", v.callbackID, "error", err)
		v.trouble, v.seq = true, w.touch()
	}
	return nil
}

// fillIn stores what was typed and looks for what Slack's client refuses to send. The caller holds mu.
func (w *Workspace) fillIn(u User, v *view, values map[string]map[string]string) error {
	v.errors = map[string]string{}
	for _, b := range typed(v.blocks) {
		for _, e := range b.interactive() {
			raw, given := values[b.BlockID][e.ActionID]
			if given && e.initial() != nil {
				c, err := w.chosen(e, raw)
				if err != nil {
					return err
				}
				w.remember(u.ID, place{view: v}, b.BlockID, e, c)
			}
			if b.Type == "input" {
				if key, arg := fault(b, e, v.values[b.BlockID][e.ActionID][slot(e.Type)]); key != "" {
					v.errors[b.BlockID] = w.label(u, key, arg)
				}
			}
		}
	}
	return nil
}

// fault is the label of what is wrong with a value, empty when nothing is.
func fault(b block, e *element, v any) (string, string) {
	s, _ := v.(string)
	list, many := v.([]any)
	n := utf8.RuneCountInString(s)
	switch {
	case v == nil || s == "" && !many && isText(e.Type) || many && len(list) == 0:
		if b.Optional {
			return "", ""
		}
		return "field_required", ""
	case e.MinLength > 0 && n < e.MinLength:
		return "field_short", strconv.Itoa(e.MinLength)
	case isText(e.Type) && n > max(e.MaxLength, 0) && e.MaxLength > 0, e.Type == "plain_text_input" && n > limit(maxInputLength).Max:
		return "field_long", strconv.Itoa(firstPositive(e.MaxLength, limit(maxInputLength).Max))
	}
	switch e.Type {
	case "email_text_input":
		if _, err := mail.ParseAddress(s); err != nil {
			return "field_email", ""
		}
	case "url_text_input":
		if u, err := url.Parse(s); err != nil || u.Host == "" {
			return "field_url", ""
		}
	case "number_input":
		if _, err := strconv.ParseFloat(s, 64); err != nil || !e.IsDecimalAllowed && strings.Contains(s, ".") {
			return "field_number", ""
		}
	}
	return "", ""
}

func isText(kind string) bool { return slot(kind) == "value" }

func firstPositive(a, b int) int {
	if a > 0 {
		return a
	}
	return b
}

// answered does what the acknowledgement of a submission asks for. The caller holds mu.
func (w *Workspace) answered(v *view, raw json.RawMessage) error {
	var a struct {
		ResponseAction string            `json:"response_action"`
		Errors         map[string]string `json:"errors"`
		View           obj               `json:"view"`
	}
	if len(raw) > 0 {
		if err := json.Unmarshal(raw, &a); err != nil {
			return err
		}
	}
	switch a.ResponseAction {
	case "":
		w.pop(v)
	case "clear":
		w.modals[v.user] = nil
		w.touch()
	case "errors":
		known := map[string]bool{}
		for _, b := range typed(v.blocks) {
			known[b.BlockID] = b.Type == "input"
		}
		for id := range a.Errors {
			if !known[id] {
				return fmt.Errorf("errors name %q, which is no input block", id)
			}
		}
		if len(a.Errors) == 0 {
			return errors.New("errors are empty")
		}
		v.errors, v.seq = a.Errors, w.touch()
	case "update":
		blocks, err := checkView(a.View, "modal")
		if err != nil {
			return err
		}
		v.fill(a.View, blocks)
		v.renew(w)
	case "push":
		next, err := w.newView(any(a.View), "modal", v.user)
		if err != nil {
			return err
		}
		next.channel = v.channel
		return w.push(next)
	default:
		return fmt.Errorf("unknown response_action %q", a.ResponseAction)
	}
	return nil
}

// dismiss closes the top modal, or all of them, and tells the app where a view asked for it.
func (w *Workspace) dismiss(user string, all bool) {
	w.mu.Lock()
	u, stack := w.users[user], w.modals[user]
	if len(stack) == 0 {
		w.mu.Unlock()
		return
	}
	top := stack[len(stack)-1]
	all = all || top.clearOnClose
	gone := stack[len(stack)-1:]
	if all {
		gone = stack
	}
	w.modals[user] = stack[:len(stack)-len(gone)]
	var tell []obj
	for _, v := range slices.Backward(gone) {
		if v.notifyOnClose {
			tell = append(tell, w.closedPayload(u, v, all))
		}
	}
	w.touch()
	w.mu.Unlock()
	for _, p := range tell {
		_, _ = w.deliver(&delivery{kind: kindInteraction, payload: p}) // deliver logs; a person sees nothing of it
	}
}
