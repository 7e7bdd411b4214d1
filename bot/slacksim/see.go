package slacksim

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// Seen is a message, modal or Home tab as a person sees it.
type Seen struct {
	TS        string          `json:"ts,omitempty"`
	Thread    string          `json:"thread,omitempty"` // ts of the parent
	Channel   string          `json:"channel,omitempty"`
	From      string          `json:"from,omitempty"` // user id
	View      string          `json:"view,omitempty"` // id of the modal or Home tab
	Title     string          `json:"title,omitempty"`
	Text      string          `json:"text"`              // what stands there, formatting taken off
	Buttons   []string        `json:"buttons,omitempty"` // texts of the buttons, in order
	Ephemeral bool            `json:"ephemeral,omitempty"`
	Edited    bool            `json:"edited,omitempty"`
	Reactions []string        `json:"reactions,omitempty"`
	Mentions  []string        `json:"mentions,omitempty"` // who is notified: "<@U…>", "<!subteam^S…>", "<!channel>"…
	Trouble   string          `json:"trouble,omitempty"`  // action id of a click that got no answer
	Errors    []string        `json:"errors,omitempty"`   // under the inputs of a modal
	Files     []SeenFile      `json:"files,omitempty"`
	Metadata  json.RawMessage `json:"metadata,omitempty"`
	Blocks    json.RawMessage `json:"blocks,omitempty"`
}

// Has says whether every word stands in the text, the title, the buttons, the errors or the files' names.
func (s Seen) Has(words ...string) bool {
	all := s.Title + "\n" + s.Text + "\n" + strings.Join(s.Buttons, "\n") + "\n" + strings.Join(s.Errors, "\n")
	for _, f := range s.Files {
		all += "\n" + f.Title + "\n" + f.Name
	}
	for _, w := range words {
		if !strings.Contains(all, w) {
			return false
		}
	}
	return true
}

// look describes a message to a person. The caller holds mu.
func (w *Workspace) look(c *conversation, m *message, zone string) Seen {
	s := Seen{TS: m.ts, Thread: m.thread, Channel: c.id, From: m.user, Ephemeral: m.to != "", Edited: !m.edited.IsZero(), Trouble: m.trouble}
	s.Text, s.Buttons = w.plainBlocks(m.blocks, zone)
	if len(m.blocks) == 0 {
		s.Text = w.plain(m.text, zone)
	}
	for _, f := range m.files {
		s.Files = append(s.Files, f.seen())
	}
	for _, r := range m.reactions {
		s.Reactions = append(s.Reactions, r.name)
	}
	s.Mentions = append(mentions.FindAllString(m.text, -1), mentioned(m.blocks)...)
	s.Metadata = marshal(m.metadata)
	s.Blocks = marshal(m.blocks)
	return s
}

var mentions = regexp.MustCompile(`<(?:@[A-Z0-9]+|!here|!channel|!everyone|!subteam\^[A-Z0-9]+)[^>]*>`)

// mentioned lists the mentions in blocks: those in mrkdwn and markdown, and the elements of rich text.
func mentioned(v any) []string {
	var out []string
	switch x := v.(type) {
	case []obj:
		for _, o := range x {
			out = append(out, mentioned(o)...)
		}
	case []any:
		for _, o := range x {
			out = append(out, mentioned(o)...)
		}
	case obj:
		switch text(x, "type") {
		case "mrkdwn", "markdown":
			return mentions.FindAllString(text(x, "text"), -1)
		case "user":
			return []string{"<@" + text(x, "user_id") + ">"}
		case "usergroup":
			return []string{"<!subteam^" + text(x, "usergroup_id") + ">"}
		case "broadcast":
			return []string{"<!" + text(x, "range") + ">"}
		}
		for _, key := range slices.Sorted(maps.Keys(x)) {
			out = append(out, mentioned(x[key])...)
		}
	}
	return out
}

// lookView describes a modal or Home tab. The caller holds mu.
func (w *Workspace) lookView(v *view) Seen {
	s := Seen{View: v.id, Title: viewTitle(v), Blocks: marshal(v.blocks)}
	s.Text, s.Buttons = w.plainBlocks(v.blocks, w.users[v.user].TZ)
	for _, b := range typed(v.blocks) {
		if e := v.errors[b.BlockID]; e != "" {
			s.Errors = append(s.Errors, e)
		}
	}
	if v.trouble {
		s.Errors = append(s.Errors, w.label(w.users[v.user], "modal_trouble"))
	}
	return s
}

func marshal[T any](v T) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil || string(b) == "null" {
		return nil
	}
	return b
}

func viewTitle(v *view) string {
	o, _ := v.title.(obj)
	return text(o, "text")
}

// Sees waits for a message where the person is that changed since their last action and has all the words. The
// newest one wins.
func (p *Person) Sees(words ...string) (Seen, error) {
	if p.tb != nil {
		p.tb.Helper()
	}
	var found Seen
	err := p.await(func() bool {
		c := p.w.convs[p.conv]
		if c == nil {
			return false
		}
		for i := len(c.msgs) - 1; i >= 0; i-- {
			m := c.msgs[i]
			if m.seq <= p.mark || m.to != "" && m.to != p.id {
				continue
			}
			if found = p.w.look(c, m, p.w.users[p.id].TZ); found.Has(words...) {
				return true
			}
		}
		return false
	})
	if err != nil {
		return Seen{}, p.fail(fmt.Errorf("no message with %q; there is: %s", words, p.show()))
	}
	return found, nil
}

// SeesModal waits for an open modal that has all the words, in whatever place.
func (p *Person) SeesModal(words ...string) (Seen, error) {
	if p.tb != nil {
		p.tb.Helper()
	}
	var found Seen
	err := p.await(func() bool {
		v := p.w.top(p.id)
		if v == nil {
			return false
		}
		found = p.w.lookView(v)
		return found.Has(words...)
	})
	if err != nil {
		return Seen{}, p.fail(fmt.Errorf("no modal with %q; there is: %s", words, p.show()))
	}
	return found, nil
}

// SeesNoModal waits until no modal is open.
func (p *Person) SeesNoModal() error {
	if p.await(func() bool { return p.w.top(p.id) == nil }) != nil {
		return p.fail(fmt.Errorf("a modal is still open: %s", p.show()))
	}
	return nil
}

// SeesHome waits for the Home tab to have all the words.
func (p *Person) SeesHome(words ...string) (Seen, error) {
	var found Seen
	err := p.await(func() bool {
		h := p.w.homes[p.id]
		if h == nil {
			return false
		}
		found = p.w.lookView(h)
		return found.Has(words...)
	})
	if err != nil {
		return Seen{}, p.fail(fmt.Errorf("the Home tab does not have %q", words))
	}
	return found, nil
}

// Reads lists everything the person sees where they are, oldest first, replies and ephemeral messages included.
func (p *Person) Reads() []Seen {
	p.w.mu.Lock()
	defer p.w.mu.Unlock()
	return p.w.reads(p.id, p.conv)
}

// Modals lists the person's open modals, the one on top last.
func (p *Person) Modals() []Seen {
	p.w.mu.Lock()
	defer p.w.mu.Unlock()
	return p.w.openModals(p.id)
}

func (w *Workspace) reads(user, conv string) []Seen {
	out := []Seen{}
	c := w.convs[conv]
	if c == nil || !c.has(user) && (c.private || c.im) {
		return out
	}
	for _, m := range c.visible(user) {
		out = append(out, w.look(c, m, w.users[user].TZ))
	}
	return out
}

func (w *Workspace) openModals(user string) []Seen {
	out := []Seen{}
	for _, v := range w.modals[user] {
		out = append(out, w.lookView(v))
	}
	return out
}

// show is a short picture of what the person sees, for failure messages.
func (p *Person) show() string {
	var b strings.Builder
	for _, m := range p.Modals() {
		fmt.Fprintf(&b, "\n  modal %q: %s %v %v", m.Title, m.Text, m.Buttons, m.Errors)
	}
	all := p.Reads()
	for _, m := range all[max(0, len(all)-5):] {
		fmt.Fprintf(&b, "\n  %s: %s %v", m.From, m.Text, m.Buttons)
	}
	if b.Len() == 0 {
		return "nothing"
	}
	return b.String()
}
