package slacksim

func viewsUpdate(c *call) (obj, error) {
	v := c.findView(c.str("view_id"), c.str("external_id"))
	if v == nil {
		return nil, refuse("not_found")
	}
	if h := c.str("hash"); h != "" && h != v.hash {
		return nil, refuse("hash_conflict")
	}
	var spec obj
	if _, err := c.decode("view", &spec); err != nil || spec == nil {
		return nil, refuse(codeArguments, "[ERROR] must provide an object"+pointer("/view"))
	}
	blocks, err := checkView(spec, v.kind)
	if err != nil {
		return nil, err
	}
	if ext := text(spec, "external_id"); ext != "" && ext != v.externalID && c.findView("", ext) != nil {
		return nil, refuse("duplicate_external_id")
	}
	v.fill(spec, blocks)
	v.renew(c.Workspace)
	return obj{"view": c.wireView(v)}, nil
}
