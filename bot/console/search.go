package console

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"partnerdesk/bot"
)

// search looks a line like "3 acme" up in the search box of that number. ok says
// that the line was one; found that the request now is the choice of the entry
// that was meant. When several may be, they are listed to be pressed.
func (c *Console) search(ctx context.Context, h Handler, r *bot.Request, line string) (found, ok bool) {
	number, typed, _ := strings.Cut(line, " ")
	n, err := strconv.Atoi(number)
	if err != nil || n < 1 || n > len(c.presses) || c.presses[n-1].From == "" {
		return false, false
	}
	box := c.presses[n-1]
	list := c.offered(ctx, h, *r, box.From, strings.TrimSpace(typed))
	if one := meant(list, typed); one != nil {
		*r = c.press(*r, Press{Action: box.Action, Value: one.Value})
		return true, true
	}
	if len(list) == 0 {
		fmt.Fprintf(c.out, "  ! %s\n", c.words.T("console.none"))
		return false, true
	}
	c.presses = nil
	c.list(list, func(o bot.Option) string {
		c.presses = append(c.presses, Press{Action: box.Action, Value: o.Value})
		return fmt.Sprintf("[%d %s]", len(c.presses), clean(o.Text))
	})
	return false, true
}

// mostListed is how many entries a list at the terminal shows.
const mostListed = 20

func (c *Console) list(list []bot.Option, line func(bot.Option) string) {
	group := ""
	for _, o := range list[:min(len(list), mostListed)] {
		if o.Group != group {
			group = o.Group
			fmt.Fprintf(c.out, "  %s\n", clean(group))
		}
		fmt.Fprintf(c.out, "    %s\n", line(o))
	}
	if more := len(list) - mostListed; more > 0 {
		fmt.Fprintf(c.out, "    %s\n", c.words.T("console.more", "count", strconv.Itoa(more)))
	}
}

// resolve turns what was typed into a field that searches into the values of the
// entries that were meant. What may mean several is listed, what means none is
// left as it is: in both cases the form's own check has the word.
func (c *Console) resolve(ctx context.Context, h Handler, r bot.Request, f bot.FormField, typed string) string {
	if f.Kind != bot.FieldSearch && f.Kind != bot.FieldSearchMany {
		return typed
	}
	names := []string{typed}
	if f.Kind == bot.FieldSearchMany {
		names = strings.FieldsFunc(typed, func(r rune) bool { return strings.ContainsRune(",，、;；", r) })
	}
	var values []string
	for _, name := range names {
		if name = strings.TrimSpace(name); name == "" {
			continue
		}
		list := c.offered(ctx, h, r, f.Search, name)
		if one := meant(list, name); one != nil {
			values = append(values, one.Value)
			continue
		}
		values = append(values, name)
		if len(list) > 0 {
			fmt.Fprintf(c.out, "  ? %s\n", c.words.T("console.several", "text", name))
			c.list(list, func(o bot.Option) string { return clean(o.Text) })
		}
	}
	return strings.Join(values, "\n")
}

// offered asks what may be chosen. A door shows an empty list for every error.
func (c *Console) offered(ctx context.Context, h Handler, r bot.Request, from, typed string) []bot.Option {
	r.Kind, r.Text, r.Values = bot.KindSuggestion, typed, nil
	r.Command, r.Action, _ = strings.Cut(from, ".")
	list, err := h.Suggest(ctx, r)
	if err != nil {
		return nil
	}
	return list
}

// meant is the entry of that very value or text, or the only one; nil for none.
func meant(list []bot.Option, typed string) *bot.Option {
	typed = strings.TrimSpace(typed)
	i := slices.IndexFunc(list, func(o bot.Option) bool { return strings.EqualFold(o.Value, typed) || strings.EqualFold(o.Text, typed) })
	if i < 0 && len(list) == 1 {
		i = 0
	}
	if i < 0 {
		return nil
	}
	return &list[i]
}
