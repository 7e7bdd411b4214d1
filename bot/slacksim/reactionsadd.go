package slacksim

import "slices"

func reactionsAdd(c *call) (obj, error) {
	conv, err := c.readable()
	if err != nil {
		return nil, err
	}
	m := conv.find(c.str("timestamp"))
	name := c.str("name")
	switch {
	case m == nil || m.to != "":
		return nil, refuse("message_not_found")
	case !emojiName.MatchString(name):
		return nil, refuse("invalid_name")
	}
	if !m.react(name, c.opt.App.BotUserID) {
		return nil, refuse("already_reacted")
	}
	m.seq = c.touch()
	return obj{}, nil
}

// react adds a reaction and reports whether it is new.
func (m *message) react(name, user string) bool {
	for i, r := range m.reactions {
		if r.name == name {
			if slices.Contains(r.users, user) {
				return false
			}
			m.reactions[i].users = append(r.users, user)
			return true
		}
	}
	m.reactions = append(m.reactions, reaction{name: name, users: []string{user}})
	return true
}
