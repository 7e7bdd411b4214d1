package slacksim

import (
	"path"
	"strconv"
)

// filesGetUploadURLExternal says where the bytes of a file go.
func filesGetUploadURLExternal(c *call) (obj, error) {
	if err := c.needs(scopeFiles); err != nil {
		return nil, err
	}
	name := c.str("filename")
	length, err := strconv.Atoi(c.str("length"))
	switch {
	case name == "" || name != path.Base(name):
		return nil, refuse(codeArguments, "[ERROR] missing required field: filename")
	case err != nil || length <= 0:
		return nil, refuse(codeArguments, "[ERROR] missing required field: length")
	case length > limit(maxUpload).Max:
		return nil, refuse(limit(maxUpload).Code)
	}
	f := &file{id: c.id("F"), name: name, title: name, length: length, secret: secret(16)}
	c.files[f.id] = f
	c.uploads[f.secret] = f.id
	return obj{"upload_url": c.url + "/upload/v1/" + f.secret, "file_id": f.id}, nil
}
