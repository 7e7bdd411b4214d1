package slacksim

func usergroupsList(c *call) (obj, error) {
	out := []obj{}
	for _, g := range c.opt.Groups {
		o := obj{"id": g.ID, "team_id": c.opt.Team.ID, "is_usergroup": true, "name": g.Name, "handle": g.Handle,
			"description": "", "is_external": false, "date_delete": 0, "user_count": len(g.Users)}
		if c.is("include_users") {
			o["users"] = append([]string{}, g.Users...)
		}
		out = append(out, o)
	}
	return obj{"usergroups": out}, nil
}
