package slacksim

func chatDelete(c *call) (obj, error) {
	conv, m, err := c.ownMessage("cant_delete_message")
	if err != nil {
		return nil, err
	}
	before := c.wire(conv, m, false)
	c.remove(conv, m)
	c.after = append(c.after, c.announceChange(conv, "message_deleted", obj{"deleted_ts": m.ts, "previous_message": before}))
	return obj{"channel": conv.id, "ts": m.ts}, nil
}
