package slacksim

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// shownMessages bounds how far back the page goes.
const shownMessages = 200

// pageData is everything the templates draw.
type pageData struct {
	Lang, DocTitle          string
	L                       map[string]string
	Team                    string
	Me                      face
	People                  []face
	Channels, Directs, Apps []entry
	At, AtName, Topic       string
	AtKind                  string // channel, private, im, app
	Partner                 face
	Members                 int
	Shared                  bool
	Tab                     string
	Tabs, CanWrite          bool
	Placeholder             string
	Messages                []messageView
	Thread                  *threadView
	Home, Modal             *viewView
	Commands                string     // JSON for the script
	Names                   string     // JSON for the script
	Words                   string     // JSON for the script
	Shortcuts, Globals      []Shortcut // of the menu of a message, and of the one that is everywhere
	Link                    string
	Linked                  bool
	Empty                   string
}

// face is a person or the app as the page draws it.
type face struct {
	ID, Name, Handle, Title, Initial, Tone string
	Lang                                   string
	App, External, Guest, Gone, Quiet      bool
}

// entry is a line of the sidebar.
type entry struct {
	ID, Name     string
	Face         face
	Here, Unread bool
	Fresh        int
	Private      bool
}

type threadView struct {
	Root    string
	Name    string
	Items   []messageView
	Replies string
}

func (w *Workspace) face(id string) face {
	u := w.users[id]
	f := face{ID: u.ID, Name: u.RealName, Handle: u.Name, Title: u.Title, Lang: u.language(), App: u.Bot,
		External: u.TeamID != w.opt.Team.ID, Guest: u.Guest, Gone: u.Deleted, Quiet: w.quietNow(id)}
	r, _ := utf8.DecodeRuneInString(u.RealName)
	f.Initial = string(unicode.ToUpper(r))
	f.Tone = "t" + strconv.Itoa(slices.Index(w.userOrder, id)%8)
	if u.Bot {
		f.Tone = "bot"
	}
	return f
}

// page gathers what somebody sees; ok is false when the address does not say who looks. The caller holds mu.
func (w *Workspace) page(at where) (pageData, bool) {
	p := pageData{Team: w.opt.Team.Name, Lang: "zh"}
	for _, id := range w.userOrder {
		if u := w.users[id]; !u.Bot && !u.Deleted {
			p.People = append(p.People, w.face(id))
		}
	}
	u := w.users[at.who]
	if u.ID == "" || u.Bot {
		p.L, p.DocTitle = w.labels["zh"], w.opt.Team.Name
		return p, false
	}
	p.Me, p.Lang, p.L = w.face(u.ID), u.language(), w.labels[u.language()]
	w.direct(w.opt.App.BotUserID, u.ID)
	c := w.convs[at.at]
	if c == nil || !c.has(u.ID) {
		c = w.firstConversation(u.ID)
	}
	p.sidebar(w, u, c)
	p.conversation(w, u, c, at)
	if v := w.top(u.ID); v != nil {
		p.Modal = w.drawView(u, v)
	}
	p.link(w)
	p.scripts(w, u)
	p.DocTitle = p.AtName + " · " + w.opt.Team.Name
	return p, true
}

func (w *Workspace) firstConversation(user string) *conversation {
	for _, id := range w.convOrder {
		if c := w.convs[id]; !c.im && c.has(user) {
			return c
		}
	}
	return w.direct(w.opt.App.BotUserID, user)
}

func (p *pageData) sidebar(w *Workspace, u User, here *conversation) {
	for _, id := range w.convOrder {
		c := w.convs[id]
		if !c.has(u.ID) {
			continue
		}
		e := entry{ID: c.id, Name: c.name, Here: c == here, Private: c.private}
		for _, m := range c.visible(u.ID) {
			if m.user != u.ID && m.ts > w.read[u.ID+"|"+c.id] {
				e.Fresh++
			}
		}
		e.Unread = e.Fresh > 0 && !e.Here
		if c.im {
			e.Face = w.face(c.other(u.ID))
			e.Name = e.Face.Name
			if e.Face.App {
				p.Apps = append(p.Apps, e)
				continue
			}
			p.Directs = append(p.Directs, e)
			continue
		}
		p.Channels = append(p.Channels, e)
	}
	if s := w.convs[here.id]; len(s.msgs) > 0 {
		w.read[u.ID+"|"+here.id] = s.msgs[len(s.msgs)-1].ts
	}
}

func (p *pageData) conversation(w *Workspace, u User, c *conversation, at where) {
	p.At, p.AtName, p.Topic, p.AtKind = c.id, c.name, c.topic, "channel"
	p.Members, p.Shared = len(c.members), c.shared
	p.CanWrite = !c.archived
	p.Placeholder = w.label(u, "write_to", "#"+c.name)
	if c.private {
		p.AtKind = "private"
	}
	if c.im {
		p.Partner = w.face(c.other(u.ID))
		p.AtName, p.AtKind = p.Partner.Name, "im"
		p.Placeholder = w.label(u, "write_to", p.AtName)
		if p.Partner.ID == w.opt.App.BotUserID {
			p.AtKind, p.Tabs, p.Tab = "app", w.opt.App.HomeTab, cmp.Or(at.tab, "messages")
			p.CanWrite = !w.opt.App.MessagesTabRO
			if h := w.homes[u.ID]; h != nil && p.Tab == "home" {
				p.Home = w.drawView(u, h)
			}
		}
	}
	p.Empty = w.label(u, "empty_"+p.AtKind, p.AtName)
	var top []*message
	for _, m := range c.visible(u.ID) {
		if m.thread == "" || m.broadcast {
			top = append(top, m)
		}
	}
	p.Messages = w.drawMessages(u, c, top[max(0, len(top)-shownMessages):], false)
	if root := c.find(at.thread); root != nil {
		items := []*message{root}
		for _, m := range c.visible(u.ID) {
			if m.thread == root.ts {
				items = append(items, m)
			}
		}
		p.Thread = &threadView{Root: root.ts, Name: p.AtName, Items: w.drawMessages(u, c, items, true),
			Replies: w.count(u, len(items)-1)}
	}
}

// link says how the app is joined.
func (p *pageData) link(w *Workspace) {
	n := len(w.sockets)
	p.Linked = n > 0 || w.opt.App.Transport == TransportHTTP
	switch {
	case w.opt.App.Transport == TransportHTTP:
		p.Link = "HTTP"
	case n == 0:
		p.Link = p.L["not_connected"]
	default:
		p.Link = "Socket Mode · " + strconv.Itoa(n)
	}
}

// scripts prepares what the composer offers while somebody types.
func (p *pageData) scripts(w *Workspace, u User) {
	var cmds, names []obj
	if u.TeamID == w.opt.Team.ID {
		for _, c := range w.opt.App.Commands {
			d := c.DescriptionEN
			if p.Lang == "zh" {
				d = c.DescriptionZH
			}
			cmds = append(cmds, obj{"name": c.Name, "hint": c.UsageHint, "text": d, "app": w.opt.App.Name})
		}
	}
	for _, id := range w.userOrder {
		if x := w.users[id]; !x.Deleted && id != slackbot && id != u.ID {
			names = append(names, obj{"name": x.Name, "text": x.RealName, "hint": x.Title})
		}
	}
	for _, s := range w.opt.App.Shortcuts {
		if s.OnMessage {
			p.Shortcuts = append(p.Shortcuts, s)
		} else {
			p.Globals = append(p.Globals, s)
		}
	}
	p.Commands, p.Names = string(marshal(cmds)), string(marshal(names))
	p.Words = string(marshal(map[string]string{"cancel": p.L["cancel"], "ok": p.L["ok"], "gone": p.L["gone"], "offline": p.L["offline"],
		"sending": p.L["sending"], "no_offers": p.L["no_offers"], "offers_failed": p.L["offers_failed"], "remove": p.L["remove"]}))
}

// when writes the time of a message in the reader's zone: clock for every day, divider for the day.
func (w *Workspace) when(u User, ts string) (clock, day string) {
	sec, _, _ := strings.Cut(ts, ".")
	n, _ := strconv.ParseInt(sec, 10, 64)
	loc := location(u.TZ)
	t, now := time.Unix(n, 0).In(loc), w.now().In(loc)
	clock = t.Format("15:04")
	switch {
	case sameDay(t, now):
		day = w.label(u, "today")
	case sameDay(t.AddDate(0, 0, 1), now):
		day = w.label(u, "yesterday")
	case u.language() == "zh":
		day = t.Format("2006年1月2日") + " 星期" + string([]rune("日一二三四五六")[t.Weekday()])
	default:
		day = t.Format("Monday, January 2, 2006")
	}
	return clock, day
}

func sameDay(a, b time.Time) bool {
	return a.Year() == b.Year() && a.YearDay() == b.YearDay()
}

type messageView struct {
	TS, Anchor, Clock, Day        string
	Face                          face
	Continued, Ephemeral, Edited  bool
	Command, Trouble, Also, Where string
	Text                          []span
	Blocks                        []blockView
	Files                         []SeenFile
	Replies                       string
	Repliers                      []face
	LastReply                     string
	Reactions                     []reactionView
	InThread, IsRoot              bool
}

type reactionView struct {
	Name, Glyph, Who string
	Count            int
	Mine             bool
}

func (w *Workspace) drawMessages(u User, c *conversation, list []*message, thread bool) []messageView {
	var out []messageView
	lastDay, lastUser, lastSec := "", "", int64(0)
	for i, m := range list {
		clock, day := w.when(u, m.ts)
		sec, _ := strconv.ParseInt(m.ts[:strings.IndexByte(m.ts, '.')], 10, 64)
		v := messageView{TS: m.ts, Anchor: "m" + strings.ReplaceAll(m.ts, ".", ""), Clock: clock, Face: w.face(m.user),
			Ephemeral: m.to != "", Edited: !m.edited.IsZero(), Command: strings.TrimSpace(m.command), Where: c.id, InThread: thread,
			IsRoot: thread && i == 0}
		if m.username != "" {
			v.Face.Name = m.username
		}
		if day != lastDay && !thread {
			v.Day = day
		}
		v.Continued = v.Day == "" && m.user == lastUser && sec-lastSec < 300 && m.to == "" && m.command == "" && !(thread && i == 1)
		lastDay, lastUser, lastSec = day, m.user, sec
		if m.to != "" {
			lastUser = ""
		}
		if m.trouble != "" {
			v.Trouble = w.label(u, "click_trouble")
		}
		if len(m.blocks) > 0 {
			s := m.values[u.ID]
			v.Blocks = w.drawBlocks(u, m.blocks, s, nil)
		} else {
			v.Text = w.mrkdwn(m.text, u.TZ)
		}
		for _, f := range m.files {
			v.Files = append(v.Files, f.seen())
		}
		if m.broadcast && !thread {
			v.Also = w.label(u, "replied_in_thread")
		}
		for _, r := range m.reactions {
			rv := reactionView{Name: r.name, Glyph: firstOf(emoji(r.name), ":"+r.name+":"), Count: len(r.users), Mine: slices.Contains(r.users, u.ID)}
			var who []string
			for _, x := range r.users {
				who = append(who, w.users[x].RealName)
			}
			rv.Who = strings.Join(who, ", ")
			v.Reactions = append(v.Reactions, rv)
		}
		if rs := w.threadOf(c, m, u.ID); len(rs) > 0 && !thread {
			v.Replies = w.count(u, len(rs))
			v.LastReply, _ = w.when(u, rs[len(rs)-1].ts)
			for _, r := range rs {
				if f := w.face(r.user); len(v.Repliers) < 4 && !slices.Contains(v.Repliers, f) {
					v.Repliers = append(v.Repliers, f)
				}
			}
		}
		out = append(out, v)
	}
	return out
}

// count says how many replies there are.
func (w *Workspace) count(u User, n int) string {
	if n == 1 {
		return w.label(u, "reply_one")
	}
	return w.label(u, "replies", strconv.Itoa(n))
}

// threadOf lists the replies a person sees.
func (w *Workspace) threadOf(c *conversation, m *message, user string) []*message {
	var out []*message
	for _, r := range c.visible(user) {
		if r.thread == m.ts {
			out = append(out, r)
		}
	}
	return out
}

func confirmJSON(c *confirmation) string {
	if c == nil {
		return ""
	}
	b, err := json.Marshal(obj{"title": c.Title.Text, "text": c.Text.Text, "ok": c.Confirm.Text, "no": c.Deny.Text, "style": c.Style})
	if err != nil {
		return ""
	}
	return string(b)
}
