package slacksim

// viewsPush lays a modal on the one whose button was clicked.
func viewsPush(c *call) (obj, error) {
	t, spec, err := c.exchange()
	if err != nil {
		return nil, err
	}
	if c.top(t.user) == nil || t.parent == "" {
		return nil, refuse("not_found")
	}
	v, err := c.newView(spec, "modal", t.user)
	if err != nil {
		return nil, err
	}
	v.channel = t.channel
	if err := c.push(v); err != nil {
		return nil, err
	}
	t.used = true
	return obj{"view": c.wireView(v)}, nil
}
