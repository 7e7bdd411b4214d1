package bot

import (
	"cmp"
	"context"
	"strings"
	"unicode"
)

// call is a request's destination.
type call struct {
	name  string
	needs Right
	area  Area
	opens bool
	run   Handler

	suggest func(context.Context, Request) ([]Option, error)
}

// route finds what a request is for. Free text goes to the default command
// unless its first word names a command; an unknown slash command gets help
// with the nearest name.
func (b *Bot) route(r Request) (Request, call) {
	switch r.Kind {
	case KindMention, KindMessage:
		name, rest := firstWord(r.Text)
		if command, words, ok := b.spoken(r.Text); ok {
			r.Command, r.Text = command, words
		} else if command, ok := b.aliases[strings.ToLower(strings.TrimPrefix(name, "/"))]; ok && (rest != "" || strings.HasPrefix(name, "/") || command != b.o.Default) && b.standsAlone(name, rest, command) {
			r.Command, r.Text = command, rest
		} else if typed, ok := strings.CutPrefix(name, "/"); ok && isName(typed) {
			r.Command, r.Text = typed, rest // a command we do not have: say so
		} else {
			r.Command = b.o.Default
		}
	}
	c := b.commands[r.Command]
	if c == nil {
		near := b.nearest(r.Command)
		return r, call{name: "unknown", needs: RightAsk, run: func(context.Context, Request) (Outcome, error) {
			return Outcome{}, User("error.unknown_command", "name", clip(r.Command, 40), "near", near)
		}}
	}
	k := call{name: c.Name, needs: c.Needs, area: c.Area, run: c.Run}
	switch r.Kind {
	case KindCommand, KindMention, KindMessage:
		name, rest := firstWord(r.Text)
		if sub, ok := c.Subs[strings.ToLower(name)]; ok {
			r.Action, r.Text = strings.ToLower(name), rest
			k.name, k.run, k.opens = c.Name+"."+r.Action, sub.Run, sub.Opens && !(sub.Bare && r.Text != "")
			k.needs, k.area = cmp.Or(sub.Needs, k.needs), cmp.Or(sub.Area, k.area)
		}
	case KindClick:
		a, ok := c.Actions[r.Action]
		if !ok {
			k.run = func(context.Context, Request) (Outcome, error) { return Outcome{}, User("error.stale_button") }
			return r, k
		}
		k.name, k.run, k.opens = c.Name+"."+r.Action, a.Run, a.Opens
		k.needs, k.area = cmp.Or(a.Needs, k.needs), cmp.Or(a.Area, k.area)
	case KindSubmission:
		f, ok := c.Forms[r.Action]
		if !ok {
			k.run = func(context.Context, Request) (Outcome, error) { return Outcome{}, User("error.stale_button") }
			return r, k
		}
		k.name, k.run = c.Name+"."+r.Action, f.Run
		k.needs, k.area = cmp.Or(f.Needs, k.needs), cmp.Or(f.Area, k.area)
	case KindShortcut:
		s, ok := c.Shortcuts[r.Action]
		if !ok {
			k.run = func(context.Context, Request) (Outcome, error) { return Outcome{}, User("error.stale_button") }
			return r, k
		}
		k.name, k.run, k.opens = c.Name+"."+r.Action, s.Run, s.Opens
		k.needs = cmp.Or(s.Needs, k.needs)
	case KindSuggestion:
		s, ok := c.Suggests[r.Action]
		if !ok {
			return r, k
		}
		k.name, k.suggest = c.Name+"."+r.Action, s.Run
		k.needs = cmp.Or(s.Needs, k.needs)
	}
	return r, k
}

// isName reports whether a word could be the name of a command: letters and
// digits, as in "/balanc", unlike the path in "/v2/accounts".
func isName(s string) bool {
	return s != "" && strings.IndexFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '-' && r != '_' }) < 0
}

// standsAlone keeps "help me with an invoice" a question: a bare word is taken
// for a command only when it was written as one, stands alone, or is followed by
// no more than an object of one or two words.
func (b *Bot) standsAlone(name, rest, command string) bool {
	if strings.HasPrefix(name, "/") || rest == "" {
		return true
	}
	if command == "desk" {
		return false
	}
	return len(strings.Fields(rest)) <= 2 && len([]rune(rest)) <= 40 && !strings.ContainsAny(rest, "?？吗怎么")
}

func firstWord(s string) (word, rest string) {
	s = strings.TrimSpace(s)
	word, rest, _ = strings.Cut(s, " ")
	return word, strings.TrimSpace(rest)
}

// nearest returns the offered command whose name is closest to name, by the
// number of letters to change.
func (b *Bot) nearest(name string) string {
	best, least := b.o.Default, len(name)+len(b.o.Default)+1
	for _, n := range b.names {
		if !b.o.Access.Offers(b.commands[n].Area) {
			continue
		}
		if d := distance(strings.ToLower(name), n); d < least {
			best, least = n, d
		}
	}
	return best
}

func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	row := make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i := range x {
		diagonal := row[0]
		row[0] = i + 1
		for j := range y {
			up := row[j+1]
			cost := diagonal
			if x[i] != y[j] {
				cost++
			}
			row[j+1] = min(up+1, row[j]+1, cost)
			diagonal = up
		}
	}
	return row[len(y)]
}

// Requirement is what it takes to do something.
type Requirement struct {
	Name  string // command, or command.what
	Needs Right
	Area  Area
}

// Requires says what it takes to do what is typed: a command by its name or an
// alias, with or without its first word ("/voucher issue"), or a button or form
// of one ("voucher.approve"). ok is false for what does not exist.
func (b *Bot) Requires(typed string) (need Requirement, ok bool) {
	name, rest := firstWord(strings.TrimPrefix(strings.TrimSpace(typed), "/"))
	name, action, dotted := strings.Cut(strings.ToLower(name), ".")
	c := b.commands[b.aliases[name]]
	if c == nil {
		return Requirement{}, false
	}
	need = Requirement{Name: c.Name, Needs: c.Needs, Area: c.Area}
	if !dotted {
		action, _ = firstWord(strings.ToLower(rest))
	}
	var own Right
	sub, isSub := c.Subs[action]
	pressed, isAction := c.Actions[action]
	filled, isForm := c.Forms[action]
	switch {
	case isSub && !dotted:
		own = sub.Needs
	case isAction && dotted:
		own = pressed.Needs
	case isForm && dotted:
		own = filled.Needs
	default:
		return need, !dotted
	}
	return Requirement{Name: c.Name + "." + action, Needs: cmp.Or(own, c.Needs), Area: c.Area}, true
}
