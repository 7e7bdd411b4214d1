package data

import (
	"embed"
	"fmt"

	"github.com/goccy/go-yaml"

	"partnerdesk/bot/lang"
)

//go:embed lang/*.yaml
var langFiles embed.FS

// Messages reads every text people see, by language and key.
func Messages() (*lang.Catalog, error) {
	texts := map[lang.Tag]map[string]string{}
	for _, tag := range lang.Tags() {
		name := "lang/" + string(tag) + ".yaml"
		raw, err := langFiles.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("read messages: %w", err)
		}
		m := map[string]string{}
		if err := yaml.Unmarshal(raw, &m); err != nil {
			return nil, fmt.Errorf("read messages %s: %w", name, err)
		}
		texts[tag] = m
	}
	catalog, err := lang.New(texts)
	if err != nil {
		return nil, fmt.Errorf("messages: %w", err)
	}
	return catalog, nil
}
