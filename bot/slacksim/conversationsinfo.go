package slacksim

func conversationsInfo(c *call) (obj, error) {
	conv, err := c.channel("channel")
	if err != nil {
		return nil, err
	}
	o := c.conversationJSON(conv)
	if c.is("include_num_members") {
		o["num_members"] = len(conv.members)
	}
	return obj{"channel": o}, nil
}

// channel is the conversation an argument names, as far as the app can see it: public channels, and the
// private ones and direct messages it is in.
func (c *call) channel(key string) (*conversation, error) {
	conv := c.convs[c.str(key)]
	if conv == nil || (conv.private || conv.im) && !conv.has(c.opt.App.BotUserID) {
		return nil, refuse("channel_not_found")
	}
	return conv, nil
}

// conversationJSON is a conversation as the app sees it. The caller holds mu.
func (w *Workspace) conversationJSON(c *conversation) obj {
	bot := w.opt.App.BotUserID
	o := obj{
		"id": c.id, "created": 0, "is_channel": !c.im && !c.private, "is_group": c.private, "is_im": c.im, "is_mpim": false,
		"is_private": c.private || c.im, "is_archived": c.archived, "is_ext_shared": c.shared, "is_shared": c.shared,
		"is_org_shared": false, "context_team_id": w.opt.Team.ID,
	}
	if c.im {
		o["user"] = c.other(bot)
		return o
	}
	o["name"], o["name_normalized"], o["is_member"], o["is_general"] = c.name, c.name, c.has(bot), false
	o["creator"] = slackbot
	o["topic"] = obj{"value": c.topic, "creator": "", "last_set": 0}
	o["purpose"] = obj{"value": "", "creator": "", "last_set": 0}
	return o
}
