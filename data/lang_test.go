package data_test

import (
	"regexp"
	"testing"

	"partnerdesk/bot/lang"
	"partnerdesk/data"
)

func TestMessages_BothLanguagesHaveTheSameKeysAndBlanks(t *testing.T) {
	catalog, err := data.Messages()
	if err != nil {
		t.Fatal(err)
	}
	if len(catalog.Keys()) == 0 {
		t.Fatal("no messages at all")
	}
}

func TestMessages_ChineseIsChineseAndEnglishIsEnglish(t *testing.T) {
	catalog, err := data.Messages()
	if err != nil {
		t.Fatal(err)
	}
	// The button that leads to the other language is written in that language.
	swapped := map[string]bool{"ask.other_language": true}
	neutral := map[string]bool{"command.desk.usage": true, "audience.and": true, "ask.title": true}
	for _, key := range catalog.Keys() {
		if swapped[key] || neutral[key] {
			continue
		}
		if text := catalog.Text(lang.Chinese, key); lang.Of(text) != lang.Chinese {
			t.Errorf("%s in Chinese has no Chinese character: %q", key, text)
		}
	}
}

// Chinese text has Chinese punctuation: no half-width mark follows or precedes a
// Chinese character, and no half-width bracket stands around or beside one.
func TestMessages_ChinesePunctuationIsFullWidth(t *testing.T) {
	catalog, err := data.Messages()
	if err != nil {
		t.Fatal(err)
	}
	half := regexp.MustCompile(`[\p{Han}）”》】][,:;!?()]|[,:;!?()] ?[\p{Han}（“《【]`)
	for _, key := range catalog.Keys() {
		text := catalog.Text(lang.Chinese, key)
		if found := half.FindString(text); found != "" {
			t.Errorf("%s has half-width punctuation at %q: %q", key, found, text)
		}
	}
}
