package slacksim

import (
	"cmp"
	"slices"
	"strings"
)

func conversationsList(c *call) (obj, error) {
	types := strings.Split(cmp.Or(c.str("types"), "public_channel"), ",")
	word := map[string]string{"channel": "public_channel", "group": "private_channel", "im": "im"}
	var seen []*conversation
	for _, id := range c.convOrder {
		conv := c.convs[id]
		visible := !conv.private && !conv.im || conv.has(c.opt.App.BotUserID)
		if visible && slices.Contains(types, word[conv.kind()]) && !(conv.archived && c.is("exclude_archived")) {
			seen = append(seen, conv)
		}
	}
	from, to, next := c.page(len(seen), 100, 1000)
	out := []obj{}
	for _, conv := range seen[from:to] {
		out = append(out, c.conversationJSON(conv))
	}
	return obj{"channels": out, "response_metadata": cursorOf(next)}, nil
}
