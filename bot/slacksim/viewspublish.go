package slacksim

// viewsPublish replaces a person's Home tab.
func viewsPublish(c *call) (obj, error) {
	if !c.opt.App.HomeTab {
		return nil, refuse("not_enabled")
	}
	u := c.users[c.str("user_id")]
	if u.ID == "" {
		return nil, refuse("user_not_found")
	}
	old := c.homes[u.ID]
	if h := c.str("hash"); h != "" && (old == nil || h != old.hash) {
		return nil, refuse("hash_conflict")
	}
	var spec any
	if _, err := c.decode("view", &spec); err != nil {
		return nil, refuse(codeArguments, "[ERROR] must be valid JSON"+pointer("/view"))
	}
	v, err := c.newView(spec, "home", u.ID)
	if err != nil {
		return nil, err
	}
	if old != nil {
		v.id, v.root = old.id, old.id
	}
	c.homes[u.ID] = v
	return obj{"view": c.wireView(v)}, nil
}
