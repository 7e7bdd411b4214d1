package slacksim

// scopeFilesRead is what reading a file needs.
const scopeFilesRead = "files:read"

// filesInfo tells of a file and where it lies.
func filesInfo(c *call) (obj, error) {
	if err := c.needs(scopeFilesRead); err != nil {
		return nil, err
	}
	f := c.files[c.str("file")]
	if f == nil || !f.done {
		return nil, refuse("file_not_found")
	}
	return obj{"file": c.wireFile(f), "comments": []obj{}, "paging": obj{"count": 0, "total": 0, "page": 1, "pages": 0}}, nil
}
