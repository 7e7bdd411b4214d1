package slacksim

import (
	_ "embed"
	"encoding/json"
	"sync"
)

//go:embed web/emoji.json
var emojiJSON []byte

var emojiTable = sync.OnceValue(func() map[string]string {
	t := map[string]string{}
	if json.Unmarshal(emojiJSON, &t) != nil {
		return nil // held by a test
	}
	return t
})

// emoji is the character of a shortcode, empty for one this simulator does not draw.
func emoji(name string) string { return emojiTable()[name] }
