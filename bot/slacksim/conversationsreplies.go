package slacksim

func conversationsReplies(c *call) (obj, error) {
	conv, err := c.readable()
	if err != nil {
		return nil, err
	}
	root := conv.find(c.str("ts"))
	if root == nil || root.to != "" {
		return nil, refuse("thread_not_found")
	}
	if root.thread != "" {
		root = conv.find(root.thread)
	}
	seen := []*message{}
	if root != nil {
		seen = append(seen, root)
		for _, m := range conv.replies(root.ts) {
			if c.inRange(m.ts) {
				seen = append(seen, m)
			}
		}
	}
	return c.messages(conv, seen), nil
}
