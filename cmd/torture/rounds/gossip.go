package rounds

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// secrets must stand nowhere but in the configuration.
func secrets() []string {
	return []string{botToken, appToken, signing, keyValue, keyID, "/response/"}
}

// private is what people said, and what must not even be seen by everybody in a channel.
func private() []string { return []string{plantedPhone, plantedMail, plantedWord} }

// gossip looks for what must not be there in all that the desks wrote to standard error, in all that they told an
// operator, in the transcript, and in what everybody reads in the channels.
func (t *runner) gossip() error {
	words := append(append(secrets(), private()...), questions...)
	for _, look := range []struct {
		file  string
		words []string
	}{
		{"desk.log", append(words, reason, "panic:")}, {"admin.log", append(words, reason)}, {"transcript.jsonl", append(secrets(), plantedWord)},
	} {
		raw, err := os.ReadFile(filepath.Join(t.dir, look.file))
		if errors.Is(err, fs.ErrNotExist) {
			continue // there was no time for it
		}
		if err != nil {
			return err
		}
		t.report.Read += int64(len(raw))
		for _, found := range told(raw, look.words) {
			t.report.fault("secret", look.file+" "+found)
		}
	}
	for i := range channels + 1 {
		at := triage
		if i < channels {
			at = channelID(i)
		}
		for _, m := range t.town.Person(watcher).In(at).Reads() {
			if m.From != botUser {
				continue
			}
			raw := []byte(m.Text + "\n" + string(m.Blocks))
			t.report.Read += int64(len(raw))
			for _, found := range told(raw, append(secrets(), private()...)) {
				t.report.fault("secret", "channel "+at+" "+found)
			}
		}
	}
	return nil
}

// told lists the words that stand in a text, with where they stand.
func told(text []byte, words []string) []string {
	var list []string
	for _, w := range words {
		if i := bytes.Index(text, []byte(w)); i >= 0 {
			from := bytes.LastIndexByte(text[:i], '\n') + 1
			list = append(list, fmt.Sprintf("tells %q: %s", w, strings.ToValidUTF8(string(text[from:min(len(text), i+200)]), "")))
		}
	}
	return list
}
