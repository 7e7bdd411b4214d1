package slacksim

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"time"
)

// hook is one response_url: five uses within 30 minutes.
type hook struct {
	user, channel, thread string
	original              string // ts of the message the interaction came from, empty for a command
	command               string
	uses                  int
	made                  time.Time
}

// newHook makes a response_url. The caller holds mu.
func (w *Workspace) newHook(h hook) string {
	h.made = w.now()
	s := secret(18)
	w.hooks[s] = &h
	return w.url + "/response/" + s
}

func (w *Workspace) serveResponse(rw http.ResponseWriter, r *http.Request) {
	raw, err := io.ReadAll(http.MaxBytesReader(rw, r.Body, maxRequest))
	if err != nil {
		http.Error(rw, "invalid_payload", http.StatusBadRequest)
		return
	}
	var args obj
	if json.Unmarshal(raw, &args) != nil {
		http.Error(rw, "invalid_payload", http.StatusBadRequest)
		return
	}
	w.mu.Lock()
	h := w.hooks[r.PathValue("secret")]
	code := ""
	switch {
	case h == nil:
		code = "no_service"
	case w.now().Sub(h.made) > time.Duration(limit(responseLife).Max)*time.Minute:
		code = limit(responseLife).Code
	case h.uses >= limit(responseUses).Max:
		code = limit(responseUses).Code
	}
	if code != "" {
		w.mu.Unlock()
		writeJSON(rw, http.StatusNotFound, obj{"ok": false, "error": code})
		return
	}
	h.uses++
	c := &call{Workspace: w, args: args}
	err = c.respond(h)
	w.mu.Unlock()
	for _, do := range c.after {
		do()
	}
	if err != nil {
		w.log.Info("response_url refused", "error", err)
		ref, _ := err.(refusal)
		answer := obj{"ok": false, "error": ref.code}
		if len(ref.messages) > 0 {
			answer["response_metadata"] = obj{"messages": ref.messages}
		}
		writeJSON(rw, http.StatusBadRequest, answer)
		return
	}
	writeJSON(rw, http.StatusOK, obj{"ok": true})
}

// respond does what a response_url or the acknowledgement of a command asks for. The caller holds mu.
func (c *call) respond(h *hook) error {
	conv := c.convs[h.channel]
	if conv == nil {
		return refuse("channel_not_found")
	}
	orig := conv.find(h.original)
	if orig != nil && c.is("delete_original") {
		c.remove(conv, orig)
		return nil
	}
	if orig != nil && c.is("replace_original") {
		return c.replace(conv, orig)
	}
	m, err := c.content()
	if err != nil {
		return err
	}
	if m.thread = c.str("thread_ts"); m.thread == "" && c.str("response_type") != "in_channel" {
		m.thread = h.thread
	}
	if c.str("response_type") != "in_channel" {
		m.to, m.metadata = h.user, nil
		c.add(conv, m)
		h.original = firstOf(h.original, m.ts)
		return nil
	}
	m.command = h.command
	c.add(conv, m)
	h.original = firstOf(h.original, m.ts)
	c.after = append(c.after, c.announce(conv, m))
	return nil
}

// replace is replace_original: the message takes the new content, blocks included.
func (c *call) replace(conv *conversation, m *message) error {
	next, err := c.content()
	if err != nil {
		return err
	}
	before := c.wire(conv, m, false)
	m.text, m.blocks, m.attachments, m.trouble = next.text, next.blocks, next.attachments, ""
	if m.to == "" {
		m.edited = c.now()
		if next.metadata != nil {
			m.metadata = next.metadata
		}
	}
	m.seq = c.touch()
	c.recordMessage("changed", conv, m)
	if m.to == "" {
		c.after = append(c.after, c.announceChange(conv, "message_changed",
			obj{"message": c.wire(conv, m, true), "previous_message": before}))
	}
	return nil
}

func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// whisper shows a person an ephemeral message from Slackbot. The caller holds mu.
func (w *Workspace) whisper(c *conversation, user, thread, text string) {
	w.add(c, &message{user: slackbot, to: user, thread: thread, text: text})
}

// visible lists what a person sees in a conversation, replies and ephemerals included. The caller holds mu.
func (c *conversation) visible(user string) []*message {
	return slices.Collect(func(yield func(*message) bool) {
		for _, m := range c.msgs {
			if (m.to == "" || m.to == user) && !yield(m) {
				return
			}
		}
	})
}
