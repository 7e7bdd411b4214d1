package slacksim

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// TB is the part of testing.TB a Person needs to fail a test by itself.
type TB interface {
	Helper()
	Fatalf(format string, args ...any)
}

// Person acts in the workspace as one of its users and looks at what that user can see. Actions wait until what
// they act on is there, for Options.Patience; so do the Sees methods, which look at what changed since the
// person's last action. A Person belongs to one goroutine.
//
// Every method returns its error; with Person.Test it also ends the test, so that a test reads as a story.
type Person struct {
	w        *Workspace
	tb       TB
	id       string
	conv     string // where the person is looking
	thread   string // the thread open beside it
	home     bool   // looking at the app's Home tab
	mark     uint64 // version of the world at the last action
	patience time.Duration
}

// Person is the user with this id, handle or real name, looking at the direct message with the app.
func (w *Workspace) Person(who string) *Person {
	w.mu.Lock()
	defer w.mu.Unlock()
	p := &Person{w: w, patience: w.opt.Patience, id: who}
	if u := w.userNamed(who); u.ID != "" {
		p.id = u.ID
		p.conv = w.direct(w.opt.App.BotUserID, u.ID).id
	}
	return p
}

// Test makes every failing step end the test.
func (p *Person) Test(tb TB) *Person {
	p.tb = tb
	return p
}

// Within sets how long the person waits for things to appear.
func (p *Person) Within(d time.Duration) *Person {
	p.patience = d
	return p
}

// ID is the user id.
func (p *Person) ID() string { return p.id }

// Where is the id of the conversation the person is looking at.
func (p *Person) Where() string { return p.conv }

// In moves the person to a channel ("#name", name or id) or to the direct message with somebody ("@name" or id).
// Empty means the direct message with the app.
func (p *Person) In(where string) *Person {
	p.w.mu.Lock()
	defer p.w.mu.Unlock()
	if where == "" {
		where = p.w.opt.App.BotUserID
	}
	if c := p.w.conversationFor(where, p.id); c != nil {
		p.conv, p.thread, p.home = c.id, "", false
		return p
	}
	p.conv = where // the next action fails with this name
	return p
}

// InThread opens the thread of a message in the present conversation; empty closes it.
func (p *Person) InThread(ts string) *Person {
	p.thread = ts
	return p
}

func (p *Person) fail(err error) error {
	if err != nil && p.tb != nil {
		p.tb.Helper()
		p.tb.Fatalf("%s: %v", p.id, err)
	}
	return err
}

// begin marks the moment an action starts; Sees looks at what changes from here.
func (p *Person) begin() {
	p.w.mu.Lock()
	p.mark = p.w.version
	p.w.mu.Unlock()
}

// Command types a slash command where the person is, for instance Command("/balance", "acme").
func (p *Person) Command(name, arg string) error {
	p.begin()
	return p.fail(p.w.command(p.id, p.conv, p.thread, name, arg))
}

// Say posts a message in a channel or direct message, named as for In, and returns its ts; the person looks there
// afterwards. Empty means where the person is, in the open thread if there is one.
func (p *Person) Say(where, text string) (string, error) {
	if where != "" {
		p.In(where)
	}
	p.begin()
	ts, err := p.w.say(p.id, p.conv, p.thread, text, false)
	return ts, p.fail(err)
}

// Reply answers in the thread of a message where the person is, and returns the reply's ts.
func (p *Person) Reply(root, text string) (string, error) {
	p.begin()
	ts, err := p.w.say(p.id, p.conv, root, text, false)
	return ts, p.fail(err)
}

// Click presses the newest button with this text or action id: in the open modal, else on the Home tab when the
// person is there, else in the conversation.
func (p *Person) Click(what string) error { return p.fail(p.use(what, "")) }

// Choose picks in a select, overflow menu, date picker or the like, found by action id, placeholder or the label of
// its input; the choice is an option's text or value, a date, a person or a channel. Line breaks separate several.
func (p *Person) Choose(what, choice string) error { return p.fail(p.use(what, choice)) }

func (p *Person) use(what, raw string) error {
	p.begin()
	var at place
	var b block
	var e *element
	err := p.await(func() bool {
		at, b, e = p.find(what, raw)
		return e != nil
	})
	if err != nil {
		return fmt.Errorf("nothing called %q to use; there is: %s", what, p.show())
	}
	if strings.HasSuffix(e.Type, "external_select") {
		if raw, err = p.w.pick(p.id, at, b, e, raw); err != nil {
			return err
		}
	}
	return p.w.use(p.id, at, b.BlockID, e.ActionID, raw)
}

// find looks for an element, newest message first. With raw it wants one that takes a choice. The world is locked.
func (p *Person) find(what, raw string) (place, block, *element) {
	var best *element
	var bestBlock block
	for _, at := range p.places() {
		for _, b := range typed(at.blocks()) {
			for _, e := range b.interactive() {
				switch e.match(b, what) {
				case 2:
					return at, b, e
				case 1:
					if best == nil && (raw == "" || e.Type != "button") {
						best, bestBlock = e, b
					}
				}
			}
		}
		if best != nil {
			return at, bestBlock, best
		}
	}
	return place{}, block{}, nil
}

// match is 2 when what names the element exactly, 1 when it is part of its text, else 0.
func (e *element) match(b block, what string) int {
	names := []string{e.ActionID, e.Text.Text, b.BlockID}
	if e.Placeholder != nil {
		names = append(names, e.Placeholder.Text)
	}
	if b.Label != nil {
		names = append(names, b.Label.Text)
	}
	if slices.Contains(names[:2], what) || slices.Contains(names[3:], what) || b.Element != nil && b.BlockID == what {
		return 2
	}
	if what != "" && strings.Contains(e.Text.Text, what) {
		return 1
	}
	return 0
}

// places lists where the person could use something, most likely first. The world is locked.
func (p *Person) places() []place {
	if v := p.w.top(p.id); v != nil {
		return []place{{view: v}}
	}
	if p.home {
		if h := p.w.homes[p.id]; h != nil {
			return []place{{view: h}}
		}
		return nil
	}
	c := p.w.convs[p.conv]
	if c == nil {
		return nil
	}
	var out []place
	for _, m := range slices.Backward(c.visible(p.id)) {
		out = append(out, place{conv: c, msg: m})
	}
	return out
}

// Submit fills in the open modal and submits it. title may be empty for whichever modal is open. values are by
// block id, action id or label; for choices the text or value of an option, several separated by line breaks. What
// goes into an external select is typed into it first and chosen from what the app offers.
func (p *Person) Submit(title string, values map[string]string) error {
	p.begin()
	var v *view
	err := p.await(func() bool {
		v = p.w.top(p.id)
		return v != nil && v.submit != nil && (title == "" || strings.Contains(viewTitle(v), title))
	})
	if err != nil {
		return p.fail(fmt.Errorf("no modal %q to submit; there is: %s", title, p.show()))
	}
	fill, err := p.sort(v, values)
	if err != nil {
		return p.fail(err)
	}
	if err := p.lookUp(v, fill); err != nil {
		return p.fail(err)
	}
	return p.fail(p.w.submit(p.id, v, fill))
}

// lookUp looks up what was typed into the modal's external selects.
func (p *Person) lookUp(v *view, fill map[string]map[string]string) error {
	p.w.mu.Lock()
	blocks := typed(v.blocks)
	p.w.mu.Unlock()
	for _, b := range blocks {
		for _, e := range b.interactive() {
			wanted, given := fill[b.BlockID][e.ActionID]
			if !given || !strings.HasSuffix(e.Type, "external_select") {
				continue
			}
			value, err := p.w.pick(p.id, place{view: v}, b, e, wanted)
			if err != nil {
				return err
			}
			fill[b.BlockID][e.ActionID] = value
		}
	}
	return nil
}

// sort brings values under block and action ids.
func (p *Person) sort(v *view, values map[string]string) (map[string]map[string]string, error) {
	p.w.mu.Lock()
	blocks := typed(v.blocks)
	p.w.mu.Unlock()
	out := map[string]map[string]string{}
	for name, val := range values {
		found := false
		for _, b := range blocks {
			for _, e := range b.interactive() {
				if found || e.match(b, name) < 2 {
					continue
				}
				found = true
				if out[b.BlockID] == nil {
					out[b.BlockID] = map[string]string{}
				}
				out[b.BlockID][e.ActionID] = val
			}
		}
		if !found {
			return nil, fmt.Errorf("the modal has no input %q", name)
		}
	}
	return out, nil
}

// CloseModal closes the modal the person sees with its Close button.
func (p *Person) CloseModal() error {
	p.begin()
	p.w.dismiss(p.id, false)
	return nil
}

// OpenHome opens the app's Home tab.
func (p *Person) OpenHome() error {
	p.begin()
	p.home = true
	p.w.openApp(p.id, "home")
	return nil
}

// React adds a reaction to a message where the person is.
func (p *Person) React(ts, emoji string) error {
	p.begin()
	return p.fail(p.w.reactAs(p.id, p.conv, ts, emoji))
}

// Shortcut runs a global shortcut, or one on the message with this ts, by its name or callback id.
func (p *Person) Shortcut(name, ts string) error {
	p.begin()
	return p.fail(p.w.shortcut(p.id, p.conv, ts, name))
}

// await waits for a condition on the locked world.
func (p *Person) await(ok func() bool) error {
	ctx, cancel := context.WithTimeout(p.w.ctx, p.patience)
	defer cancel()
	if err := p.w.wait(ctx, ok); err != nil {
		return errors.New("waited in vain")
	}
	return nil
}
