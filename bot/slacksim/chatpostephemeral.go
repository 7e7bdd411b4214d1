package slacksim

func chatPostEphemeral(c *call) (obj, error) {
	conv := c.convs[c.str("channel")]
	if err := c.mayPost(conv); err != nil {
		return nil, err
	}
	user := c.str("user")
	if c.users[user].ID == "" || !conv.has(user) {
		return nil, refuse("user_not_in_channel")
	}
	m, err := c.content()
	if err != nil {
		return nil, err
	}
	if err := c.throttle(conv); err != nil {
		return nil, err
	}
	m.to, m.thread, m.metadata = user, c.str("thread_ts"), nil
	c.add(conv, m)
	return obj{"message_ts": m.ts}, nil
}
