package bot_test

import (
	"testing"

	"partnerdesk/bot"
)

func clicked(action string) bot.Request {
	return bot.Request{ID: "T1/1", Kind: bot.KindClick, Command: "ask", Action: action, Trigger: "t", Person: bot.PersonID{Team: "T1", User: "U1"},
		Place: bot.Place{Team: "T1", Channel: "C1"}}
}

// Too large a file is said in words, and nothing of what came with it is kept.
func TestHandle_FileTooLarge(t *testing.T) {
	w := build(t)
	if _, err := w.Handle(t.Context(), clicked("large")); err != nil {
		t.Fatal(err)
	}
	if len(w.store.posts) != 1 || w.store.posts[0].Reply.Plain() != "中:file.too_large" || len(w.store.posts[0].Reply.Files) != 0 {
		t.Errorf("posted %+v", w.store.posts)
	}
	if len(w.store.audit) != 0 || len(w.store.done) != 1 {
		t.Errorf("audit %v, done %v: want the request done and nothing else", w.store.audit, w.store.done)
	}
}

// Words that are shown in a form's place do not take the file with them.
func TestHandle_FileBesideAForm(t *testing.T) {
	w := build(t)
	if _, err := w.Handle(t.Context(), clicked("form with file")); err != nil {
		t.Fatal(err)
	}
	if len(w.screen.said) != 1 || len(w.store.posts) != 1 || len(w.store.posts[0].Reply.Files) != 1 || len(w.store.posts[0].Reply.Blocks) != 0 {
		t.Errorf("said %+v, posted %+v", w.screen.said, w.store.posts)
	}
}
