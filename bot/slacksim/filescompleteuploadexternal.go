package slacksim

// filesCompleteUploadExternal ends uploads and shares the files in a conversation. Doing it twice shares them twice:
// Slack does not say what it does then, and this is what an app has to be on its guard against.
func filesCompleteUploadExternal(c *call) (obj, error) {
	if err := c.needs(scopeFiles); err != nil {
		return nil, err
	}
	var wanted []struct {
		ID    string `json:"id"`
		Title string `json:"title"`
	}
	if there, err := c.decode("files", &wanted); err != nil || !there || len(wanted) == 0 {
		return nil, refuse(codeArguments, "[ERROR] missing required field: files")
	}
	m := &message{user: c.opt.App.BotUserID, fromApp: true, text: truncate(c.str("initial_comment"), limit(maxText).Max)}
	done := []obj{}
	for _, one := range wanted {
		f := c.files[one.ID]
		if f == nil || f.data == nil {
			return nil, refuse("file_not_found")
		}
		m.files = append(m.files, f)
	}
	conv := c.convs[c.str("channel_id")]
	if c.str("channel_id") != "" {
		if err := c.mayPost(conv); err != nil {
			return nil, err
		}
	}
	if ts := c.str("thread_ts"); ts != "" {
		if conv == nil {
			return nil, refuse("invalid_channel")
		}
		root := conv.find(ts)
		if root == nil || root.to != "" || root.thread != "" { // "never use a reply's ts value"
			return nil, refuse("thread_not_found")
		}
		m.thread = root.ts
	}
	if conv != nil {
		if err := c.throttle(conv); err != nil {
			return nil, err
		}
	}
	for i, f := range m.files {
		f.done = true
		if t := wanted[i].Title; t != "" {
			f.title = t
		}
		done = append(done, obj{"id": f.id, "title": f.title})
	}
	if conv != nil {
		c.add(conv, m)
		c.after = append(c.after, c.announce(conv, m))
	}
	return obj{"files": done}, nil
}
