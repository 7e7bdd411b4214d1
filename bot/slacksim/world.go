package slacksim

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// obj is a JSON object as it stood on the wire.
type obj = map[string]any

// conversation is a channel or, when people is set, a direct message between two.
type conversation struct {
	id, name, topic           string
	private, archived, shared bool
	members                   []string
	im                        bool
	msgs                      []*message // by ts, ascending
}

type message struct {
	ts, thread  string // thread is the parent's ts, empty at the top level
	user        string
	username    string // as chat.postMessage may override it
	fromApp     bool
	to          string // the only person who sees it; empty means everybody
	text        string
	blocks      []obj
	attachments []any
	files       []*file
	metadata    obj
	edited      time.Time
	broadcast   bool
	reactions   []reaction
	command     string // the slash command it answers in the open
	trouble     string // action id of a click the app did not acknowledge
	seq         uint64 // version of the world at which it last changed
	values      map[string]state
}

type reaction struct {
	name  string
	users []string
}

// touch says that the world has changed. The caller holds mu.
func (w *Workspace) touch() uint64 {
	w.version++
	close(w.changed)
	w.changed = make(chan struct{})
	return w.version
}

// wait blocks until ok is true or ctx ends. ok runs with mu held.
func (w *Workspace) wait(ctx context.Context, ok func() bool) error {
	for {
		w.mu.Lock()
		if ok() {
			w.mu.Unlock()
			return nil
		}
		changed := w.changed
		w.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Idle waits until no delivery is under way: everything people did has been acknowledged or given up.
// Work the app does after its acknowledgement is not seen by it.
func (w *Workspace) Idle(ctx context.Context) error {
	return w.wait(ctx, func() bool { return w.inFlight == 0 })
}

// id makes an id of Slack's look. The caller holds mu.
func (w *Workspace) id(prefix string) string {
	w.serial++
	return fmt.Sprintf("%s0%s%05d", prefix, strings.ToUpper(secret(3)), w.serial)
}

// secret is n random bytes in hexadecimal.
func secret(n int) string {
	b := make([]byte, n)
	rand.Read(b)
	return hex.EncodeToString(b)
}

// stamp is a message timestamp that was never given out before. The caller holds mu.
func (w *Workspace) stamp() string {
	us := max(w.now().UnixMicro(), w.lastTS+1)
	w.lastTS = us
	return fmt.Sprintf("%d.%06d", us/1_000_000, us%1_000_000)
}

func (w *Workspace) addConversation(c *conversation) {
	w.convs[c.id] = c
	w.convOrder = append(w.convOrder, c.id)
}

// direct finds or opens the direct message between two people. The caller holds mu.
func (w *Workspace) direct(a, b string) *conversation {
	for _, id := range w.convOrder {
		c := w.convs[id]
		if c.im && slices.Contains(c.members, a) && slices.Contains(c.members, b) {
			return c
		}
	}
	c := &conversation{id: w.id("D"), im: true, members: []string{a, b}}
	w.addConversation(c)
	w.touch()
	return c
}

// channelNamed finds a conversation by id, or a channel by name with or without "#". The caller holds mu.
func (w *Workspace) channelNamed(ref string) *conversation {
	if c := w.convs[ref]; c != nil {
		return c
	}
	name := strings.TrimPrefix(ref, "#")
	for _, id := range w.convOrder {
		if c := w.convs[id]; !c.im && c.name == name {
			return c
		}
	}
	return nil
}

// userNamed finds a person by id, or by handle or real name with or without "@". The caller holds mu.
func (w *Workspace) userNamed(ref string) User {
	if u := w.users[ref]; u.ID != "" {
		return u
	}
	name := strings.TrimPrefix(ref, "@")
	for _, id := range w.userOrder {
		if u := w.users[id]; u.Name == name || u.RealName == name {
			return u
		}
	}
	return User{}
}

// conversationFor finds a channel, or opens the direct message of asker with the person named. The caller holds
// mu.
func (w *Workspace) conversationFor(ref, asker string) *conversation {
	if c := w.channelNamed(ref); c != nil {
		return c
	}
	if u := w.userNamed(ref); u.ID != "" {
		return w.direct(asker, u.ID)
	}
	return nil
}

func (c *conversation) has(user string) bool { return slices.Contains(c.members, user) }

// other is the partner of user in a direct message.
func (c *conversation) other(user string) string {
	for _, m := range c.members {
		if m != user {
			return m
		}
	}
	return user
}

// kind is the word of event subscriptions: im, group or channel.
func (c *conversation) kind() string {
	switch {
	case c.im:
		return "im"
	case c.private:
		return "group"
	}
	return "channel"
}

// wireName is the channel_name of payloads.
func (c *conversation) wireName() string {
	switch {
	case c.im:
		return "directmessage"
	case c.private:
		return "privategroup"
	}
	return c.name
}

// at is where a message with this ts stands or would stand. Timestamps ascend and have the same length.
func (c *conversation) at(ts string) (int, bool) {
	return slices.BinarySearchFunc(c.msgs, ts, func(m *message, ts string) int { return strings.Compare(m.ts, ts) })
}

func (c *conversation) find(ts string) *message {
	if i, ok := c.at(ts); ok {
		return c.msgs[i]
	}
	return nil
}

// add appends a message and gives it its ts. The caller holds mu.
func (w *Workspace) add(c *conversation, m *message) {
	m.ts = w.stamp()
	c.msgs = append(c.msgs, m)
	m.seq = w.touch()
	if p := c.find(m.thread); p != nil && m.to == "" {
		p.seq = m.seq
	}
	w.recordMessage("message", c, m)
}

// remove deletes a message. The caller holds mu.
func (w *Workspace) remove(c *conversation, m *message) {
	c.msgs = slices.DeleteFunc(c.msgs, func(x *message) bool { return x == m })
	w.touch()
	w.record(Line{What: "removed", Channel: c.id, TS: m.ts})
}

// replies lists the public replies of a message. The caller holds mu.
func (c *conversation) replies(ts string) []*message {
	var out []*message
	first, _ := c.at(ts)
	for _, m := range c.msgs[first:] {
		if m.thread == ts && m.to == "" {
			out = append(out, m)
		}
	}
	return out
}

// wire is the message as history, events and interaction payloads show it. The caller holds mu.
func (w *Workspace) wire(c *conversation, m *message, withMetadata bool) obj {
	o := obj{"type": "message", "user": m.user, "text": m.text, "ts": m.ts, "team": w.opt.Team.ID}
	if m.fromApp {
		o["bot_id"], o["app_id"] = w.opt.App.BotID, w.opt.App.ID
		o["bot_profile"] = w.botProfile()
	}
	if m.username != "" {
		o["username"] = m.username
	}
	if m.blocks != nil {
		o["blocks"] = m.blocks
	}
	if m.attachments != nil {
		o["attachments"] = m.attachments
	}
	if len(m.files) > 0 {
		var fs []obj
		for _, f := range m.files {
			fs = append(fs, w.wireFile(f))
		}
		o["files"], o["subtype"], o["upload"] = fs, "file_share", false
	}
	if withMetadata && m.metadata != nil {
		o["metadata"] = m.metadata
	}
	if !m.edited.IsZero() {
		o["edited"] = obj{"user": m.user, "ts": fmt.Sprintf("%d.000000", m.edited.Unix())}
	}
	if m.thread != "" {
		o["thread_ts"] = m.thread
		if p := c.find(m.thread); p != nil {
			o["parent_user_id"] = p.user
		}
		if m.broadcast {
			o["subtype"] = "thread_broadcast"
		}
	} else if rs := c.replies(m.ts); len(rs) > 0 {
		var who []string
		for _, r := range rs {
			if !slices.Contains(who, r.user) {
				who = append(who, r.user)
			}
		}
		o["thread_ts"], o["reply_count"], o["latest_reply"] = m.ts, len(rs), rs[len(rs)-1].ts
		o["reply_users"], o["reply_users_count"] = who, len(who)
	}
	if len(m.reactions) > 0 {
		var rs []obj
		for _, r := range m.reactions {
			rs = append(rs, obj{"name": r.name, "users": r.users, "count": len(r.users)})
		}
		o["reactions"] = rs
	}
	if u := w.users[m.user]; u.TeamID != "" && u.TeamID != w.opt.Team.ID {
		o["team"], o["user_team"], o["source_team"] = u.TeamID, u.TeamID, u.TeamID
	}
	return o
}

func (w *Workspace) botProfile() obj {
	a := w.opt.App
	return obj{"id": a.BotID, "app_id": a.ID, "user_id": a.BotUserID, "name": a.Name, "deleted": false,
		"updated": 0, "team_id": w.opt.Team.ID}
}

// recode turns a value into another through its JSON form.
func recode(from, to any) error {
	b, err := json.Marshal(from)
	if err != nil {
		return err
	}
	return json.Unmarshal(b, to)
}
