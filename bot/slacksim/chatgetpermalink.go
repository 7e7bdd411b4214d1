package slacksim

import "strings"

func chatGetPermalink(c *call) (obj, error) {
	conv, err := c.channel("channel")
	if err != nil {
		return nil, err
	}
	m := conv.find(c.str("message_ts"))
	if m == nil || m.to != "" {
		return nil, refuse("message_not_found")
	}
	return obj{"channel": conv.id, "permalink": c.permalink(conv, m)}, nil
}

// permalink is an address of the simulator's own page, so that following it works. The caller holds mu.
func (w *Workspace) permalink(c *conversation, m *message) string {
	u := w.url + "/archives/" + c.id + "/p" + strings.ReplaceAll(m.ts, ".", "")
	if m.thread != "" {
		u += "?thread_ts=" + m.thread + "&cid=" + c.id
	}
	return u
}
