package slacksim

func authTest(c *call) (obj, error) {
	a := c.opt.App
	return obj{"url": c.Workspace.url + "/", "team": c.opt.Team.Name, "user": a.BotName, "team_id": c.opt.Team.ID,
		"user_id": a.BotUserID, "bot_id": a.BotID, "is_enterprise_install": false}, nil
}
