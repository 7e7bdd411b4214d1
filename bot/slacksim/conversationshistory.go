package slacksim

import "slices"

func conversationsHistory(c *call) (obj, error) {
	conv, err := c.readable()
	if err != nil {
		return nil, err
	}
	var seen []*message
	for _, m := range slices.Backward(conv.msgs) {
		if m.to == "" && (m.thread == "" || m.broadcast) && c.inRange(m.ts) {
			seen = append(seen, m)
		}
	}
	return c.messages(conv, seen), nil
}

// readable is the conversation to read from; reading needs membership.
func (c *call) readable() (*conversation, error) {
	conv, err := c.channel("channel")
	if err != nil {
		return nil, err
	}
	if !conv.has(c.opt.App.BotUserID) {
		return nil, refuse("not_in_channel")
	}
	return conv, nil
}

// inRange applies oldest, latest and inclusive. Timestamps of this century compare as text.
func (c *call) inRange(ts string) bool {
	oldest, latest := c.str("oldest"), c.str("latest")
	if c.is("inclusive") {
		return (oldest == "" || ts >= oldest) && (latest == "" || ts <= latest)
	}
	return (oldest == "" || ts > oldest) && (latest == "" || ts < latest)
}

func (c *call) messages(conv *conversation, seen []*message) obj {
	from, to, next := c.page(len(seen), 100, 999)
	out := []obj{}
	for _, m := range seen[from:to] {
		out = append(out, c.wire(conv, m, c.is("include_all_metadata")))
	}
	return obj{"messages": out, "has_more": next != "", "response_metadata": cursorOf(next)}
}
