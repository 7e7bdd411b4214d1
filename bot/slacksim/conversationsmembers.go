package slacksim

func conversationsMembers(c *call) (obj, error) {
	conv, err := c.channel("channel")
	if err != nil {
		return nil, err
	}
	from, to, next := c.page(len(conv.members), 100, 1000)
	return obj{"members": append([]string{}, conv.members[from:to]...), "response_metadata": cursorOf(next)}, nil
}
