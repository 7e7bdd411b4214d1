// Package console is the terminal door: one person, one conversation, the same
// bot as behind every other door.
package console

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"partnerdesk/bot"
	"partnerdesk/bot/lang"
)

// Person is who sits at the terminal.
func Person() bot.PersonID { return bot.PersonID{Team: "console", User: "you"} }

// Handler is the bot, as the console uses it.
type Handler interface {
	Handle(ctx context.Context, r bot.Request) (*bot.Form, error)
	Check(ctx context.Context, r bot.Request) (map[string]string, error)
	Suggest(ctx context.Context, r bot.Request) ([]bot.Option, error)
}

// Console reads lines and prints answers. It is the bot's [bot.Store] and
// [bot.Directory] as well: nothing outlives the session.
type Console struct {
	out     io.Writer
	words   lang.Words
	presses []Press
	count   int
}

// New returns a console that prints to out and speaks one language.
func New(out io.Writer, words lang.Words) *Console {
	return &Console{out: out, words: words}
}

var (
	_ bot.Store     = (*Console)(nil)
	_ bot.Directory = (*Console)(nil)
)

// Find implements [bot.Directory]: there is one person.
func (c *Console) Find(_ context.Context, id bot.PersonID) (bot.Person, error) {
	if id != Person() {
		return bot.Person{}, bot.ErrNoPerson
	}
	return bot.Person{ID: id, Name: "you", Locale: string(c.words.Tag())}, nil
}

// Update implements [bot.Store]: what is posted is printed once the closure has
// succeeded.
func (c *Console) Update(_ context.Context, fn func(bot.Tx) error) error {
	t := &tx{}
	if err := fn(t); err != nil {
		return err
	}
	for _, p := range t.posts {
		c.print(p.Reply)
	}
	return nil
}

type tx struct{ posts []bot.Post }

func (t *tx) Post(p bot.Post) error      { t.posts = append(t.posts, p); return nil }
func (*tx) Audit(bot.Entry) error        { return nil }
func (*tx) Done(string, time.Time) error { return nil }

func (c *Console) print(r bot.Reply) {
	text, presses := Render(r, 1)
	c.presses = presses
	fmt.Fprintf(c.out, "\n%s\n", text)
}

// Run answers line by line until the input ends or a person types "exit". A
// line starting with "/" is a command, a number presses a button of the last
// answer, a number with words behind it searches in a box of the last answer,
// anything else is a question.
func (c *Console) Run(ctx context.Context, h Handler, in io.Reader) error {
	fmt.Fprintf(c.out, "%s\n", c.words.T("console.welcome"))
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 1<<20)
	for {
		fmt.Fprint(c.out, "> ")
		if !lines.Scan() || ctx.Err() != nil {
			fmt.Fprintln(c.out)
			return lines.Err()
		}
		line := strings.TrimSpace(lines.Text())
		switch line {
		case "":
			continue
		case "exit", "quit", "退出":
			return nil
		}
		r := c.request(line)
		if found, ok := c.search(ctx, h, &r, line); ok && !found {
			continue
		}
		form, err := h.Handle(ctx, r)
		if err != nil {
			return err
		}
		if form != nil {
			if err := c.fill(ctx, h, *form, lines); err != nil {
				return err
			}
		}
	}
}

func (c *Console) request(line string) bot.Request {
	c.count++
	r := bot.Request{
		ID: "console-" + strconv.Itoa(c.count), Door: "console", Kind: bot.KindMessage, Person: Person(), Lang: c.words.Tag(),
		Place: bot.Place{Team: "console", Channel: "terminal", Direct: true}, Text: line, At: time.Now(),
	}
	if n, err := strconv.Atoi(line); err == nil && n >= 1 && n <= len(c.presses) && c.presses[n-1].From == "" {
		return c.press(r, c.presses[n-1])
	}
	if command, ok := strings.CutPrefix(line, "/"); ok {
		r.Kind = bot.KindCommand
		r.Command, r.Text, _ = strings.Cut(command, " ")
	}
	return r
}

// press is a click.
func (c *Console) press(r bot.Request, p Press) bot.Request {
	r.Kind, r.Text, r.Value = bot.KindClick, "", p.Value
	r.Command, r.Action, _ = strings.Cut(p.Action, ".")
	return r
}

// fill asks for a form's fields one by one, and again for those at fault.
func (c *Console) fill(ctx context.Context, h Handler, f bot.Form, lines *bufio.Scanner) error {
	fmt.Fprintf(c.out, "\n%s\n", f.Title)
	r := c.request("")
	r.Kind, r.State, r.Values = bot.KindSubmission, f.State, map[string]string{}
	r.Command, r.Action, _ = strings.Cut(f.Name, ".")
	missing := map[string]string{}
	for _, field := range f.Fields {
		missing[field.Name] = ""
	}
	for len(missing) > 0 {
		for _, field := range f.Fields {
			fault, ask := missing[field.Name]
			if !ask {
				continue
			}
			if fault != "" {
				fmt.Fprintf(c.out, "  ! %s\n", fault)
			}
			fmt.Fprintf(c.out, "%s: ", field.Label)
			if !lines.Scan() {
				return lines.Err()
			}
			r.Values[field.Name] = c.resolve(ctx, h, r, field, strings.TrimSpace(lines.Text()))
		}
		var err error
		if missing, err = h.Check(ctx, r); err != nil {
			return err
		}
	}
	_, err := h.Handle(ctx, r)
	return err
}
