package slacksim

import "strings"

// conversationsOpen opens the direct message with one person. Group direct messages are not simulated.
func conversationsOpen(c *call) (obj, error) {
	bot := c.opt.App.BotUserID
	if id := c.str("channel"); id != "" {
		conv, err := c.channel("channel")
		if err != nil {
			return nil, err
		}
		return obj{"channel": c.conversationJSON(conv)}, nil
	}
	users := strings.Split(c.str("users"), ",")
	if users[0] == "" {
		return nil, refuse("users_list_not_supplied")
	}
	if len(users) > 1 {
		return nil, refuse("method_not_supported_for_channel_type")
	}
	u := c.users[users[0]]
	switch {
	case u.ID == "":
		return nil, refuse("user_not_found")
	case u.Deleted:
		return nil, refuse("user_disabled")
	case u.ID == bot:
		return nil, refuse("cannot_dm_bot")
	}
	before := len(c.convOrder)
	conv := c.direct(bot, u.ID)
	already := len(c.convOrder) == before
	out := obj{"channel": obj{"id": conv.id}, "no_op": already, "already_open": already}
	if c.is("return_im") {
		out["channel"] = c.conversationJSON(conv)
	}
	return out, nil
}
