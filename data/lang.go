package data

import (
	"embed"
	"fmt"
	"io/fs"

	"github.com/goccy/go-yaml"

	"partnerdesk/bot/lang"
)

// langFiles holds a folder per language and in it a file per field of work;
// both folders have the same files, and a key stands in one file only.
//
//go:embed lang/*/*.yaml
var langFiles embed.FS

// Messages reads every text people see, by language and key.
func Messages() (*lang.Catalog, error) {
	texts := map[lang.Tag]map[string]string{}
	home := map[string]string{} // key -> the file it stands in, the same in every language
	for _, tag := range lang.Tags() {
		folder, err := fs.Sub(langFiles, "lang/"+string(tag))
		if err != nil {
			return nil, fmt.Errorf("read messages: %w", err)
		}
		if texts[tag], err = readMessages(folder, home); err != nil {
			return nil, fmt.Errorf("read messages in %s: %w", tag, err)
		}
	}
	catalog, err := lang.New(texts)
	if err != nil {
		return nil, fmt.Errorf("messages: %w", err)
	}
	return catalog, nil
}

// readMessages reads one language's folder.
func readMessages(folder fs.FS, home map[string]string) (map[string]string, error) {
	names, err := fs.Glob(folder, "*.yaml")
	if err != nil {
		return nil, err
	}
	all := map[string]string{}
	for _, name := range names {
		raw, err := fs.ReadFile(folder, name)
		if err != nil {
			return nil, err
		}
		var m map[string]string
		if err := yaml.Unmarshal(raw, &m); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		for key, text := range m {
			if known, ok := home[key]; ok && known != name {
				return nil, fmt.Errorf("%s stands in %s and in %s", key, known, name)
			}
			home[key] = name
			all[key] = text
		}
	}
	return all, nil
}
