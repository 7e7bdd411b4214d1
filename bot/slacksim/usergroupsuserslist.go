package slacksim

func usergroupsUsersList(c *call) (obj, error) {
	for _, g := range c.opt.Groups {
		if g.ID == c.str("usergroup") {
			return obj{"users": append([]string{}, g.Users...)}, nil
		}
	}
	return nil, refuse("no_such_subteam")
}
