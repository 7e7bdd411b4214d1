package slacksim

func botsInfo(c *call) (obj, error) {
	a := c.opt.App
	if b := c.str("bot"); b != "" && b != a.BotID {
		return nil, refuse("bot_not_found")
	}
	return obj{"bot": obj{"id": a.BotID, "deleted": false, "name": a.Name, "updated": 0, "app_id": a.ID,
		"user_id": a.BotUserID, "icons": obj{}}}, nil
}
