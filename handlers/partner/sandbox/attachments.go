package sandbox

import (
	"encoding/base64"
	"path"
	"slices"
	"strings"
	"time"
)

// attachment is one uploaded file.
type attachment struct {
	ID, Name, From string
	Size           int
	At             time.Time
}

// Limits of attachments, as the documentation's example has them.
const (
	fileCount = 5
	fileMB    = 4
	fileTypes = "jpg jpeg bmp png gif txt zip docx msg eml xlsx pdf log ini mp4 mov"
	dayMB     = 40 // assumed: only the code for "too much today" is known
)

func (c *call) attach() (any, error) {
	var in struct {
		Name string `json:"accessory_name"`
		From string `json:"accessory_from"`
		Data string `json:"accessory_data"`
	}
	if c.decode(&in) != nil {
		return nil, wrong("body")
	}
	data, err := base64.StdEncoding.DecodeString(in.Data)
	kind := strings.ToLower(strings.TrimPrefix(path.Ext(in.Name), "."))
	if err != nil || in.Name == "" || tooLong(512, in.Name) || in.From != "incident" && in.From != "message" || len(data) == 0 || len(data) > fileMB<<20 ||
		!slices.Contains(strings.Fields(fileTypes), kind) {
		return nil, wrong("accessory_name, accessory_from, accessory_data")
	}
	today := len(data)
	for _, f := range c.Files {
		if c.now.Sub(f.At) < 24*time.Hour {
			today += f.Size
		}
	}
	if today > dayMB<<20 {
		return nil, osm("OSM.01010005")
	}
	id := c.hex(32)
	c.Files[id] = &attachment{ID: id, Name: in.Name, From: in.From, Size: len(data), At: c.now}
	return map[string]string{"accessory_id": id}, nil
}
