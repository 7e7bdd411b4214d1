package slacksim

// viewsOpen opens a modal and ends whatever modals the person had open.
func viewsOpen(c *call) (obj, error) {
	t, spec, err := c.exchange()
	if err != nil {
		return nil, err
	}
	v, err := c.newView(spec, "modal", t.user)
	if err != nil {
		return nil, err
	}
	t.used = true
	v.channel = t.channel
	c.modals[t.user] = nil
	if err := c.push(v); err != nil {
		return nil, err
	}
	return obj{"view": c.wireView(v)}, nil
}

// exchange reads trigger_id and view, the arguments of views.open and views.push.
func (c *call) exchange() (*trigger, any, error) {
	id := c.str("trigger_id")
	if id == "" {
		id = c.str("interactivity_pointer")
	}
	t, err := c.checkTrigger(id)
	if err != nil {
		return nil, nil, err
	}
	var spec any
	if _, err := c.decode("view", &spec); err != nil {
		return nil, nil, refuse(codeArguments, "[ERROR] must be valid JSON"+pointer("/view"))
	}
	return t, spec, nil
}
