package slacksim

// chatUpdate changes a message of the app. Blocks that are not given stay; an empty list removes them. An
// ephemeral message cannot be found by it.
func chatUpdate(c *call) (obj, error) {
	conv, m, err := c.ownMessage("cant_update_message")
	if err != nil {
		return nil, err
	}
	if _, given := c.args["blocks"]; !given && c.str("markdown_text") == "" && m.blocks != nil {
		c.args["blocks"] = m.blocks
	}
	next, err := c.content()
	if err != nil {
		return nil, err
	}
	before := c.wire(conv, m, false)
	m.text, m.blocks, m.edited, m.trouble = next.text, next.blocks, c.now(), ""
	if next.attachments != nil {
		m.attachments = next.attachments
	}
	if next.metadata != nil {
		m.metadata = next.metadata
	}
	m.seq = c.touch()
	c.recordMessage("changed", conv, m)
	after := c.wire(conv, m, true)
	c.after = append(c.after, c.announceChange(conv, "message_changed", obj{"message": after, "previous_message": before}))
	return obj{"channel": conv.id, "ts": m.ts, "text": m.text, "message": after}, nil
}
