package slacksim

func usersList(c *call) (obj, error) {
	from, to, next := c.page(len(c.userOrder), 200, 1000)
	members := []obj{}
	for _, id := range c.userOrder[from:to] {
		members = append(members, c.userJSON(c.users[id], c.is("include_locale")))
	}
	return obj{"members": members, "cache_ts": c.now().Unix(), "response_metadata": cursorOf(next)}, nil
}
