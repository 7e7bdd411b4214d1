package witness_test

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"partnerdesk/data/witness"
)

func TestKey(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys", "audit.key")
	if _, err := witness.LoadKey(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no key yet: %v", err)
	}
	first, err := witness.MakeKey(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := witness.MakeKey(path); !errors.Is(err, fs.ErrExist) {
		t.Errorf("made over another: %v", err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	again, err := witness.LoadKey(path)
	if err != nil || again.ID() != first.ID() {
		t.Fatalf("got %v, %v, want %v", again, err, first)
	}
	next, err := again.Rotate(path)
	if err != nil || next.ID() == first.ID() {
		t.Fatalf("got %v, %v", next, err)
	}
	loaded, err := witness.LoadKey(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, keys := range map[string]map[string]ed25519.PublicKey{"in the file": loaded.Trusted(), "for an auditor": public(t, loaded)} {
		if len(keys) != 2 || !ed25519.Verify(keys[first.ID()], []byte("m"), first.Sign([]byte("m"))) || !ed25519.Verify(keys[next.ID()], []byte("m"), loaded.Sign([]byte("m"))) {
			t.Errorf("%s: %d keys, or they do not verify", name, len(keys))
		}
	}
	text, err := os.ReadFile(path)
	if err != nil || strings.Count(string(text), "PRIVATE") != 2 { // one block: BEGIN and END
		t.Errorf("%s, %v", text, err)
	}
	if shown := fmt.Sprintf("%v %+v %#v", loaded, loaded, loaded); strings.Contains(shown, "private") || len(shown) > 60 {
		t.Errorf("printed as %s", shown)
	}
}

func public(t *testing.T, k *witness.Key) map[string]ed25519.PublicKey {
	t.Helper()
	keys, err := witness.ParsePublic(k.Public())
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func TestLoadKey_Refuses(t *testing.T) {
	dir := t.TempDir()
	open := filepath.Join(dir, "open.key")
	if _, err := witness.MakeKey(open); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(open, 0o644); err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(dir, "other.key")
	if err := os.WriteFile(other, []byte("hello"), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]error{open: witness.ErrExposed, other: witness.ErrNoKey} {
		if _, err := witness.LoadKey(path); !errors.Is(err, want) {
			t.Errorf("%s: got %v, want %v", path, err, want)
		}
	}
	if _, err := witness.ParsePublic([]byte("hello")); !errors.Is(err, witness.ErrNoKey) {
		t.Errorf("got %v", err)
	}
}

func TestFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "far", "seals.jsonl")
	f := witness.NewFile(path)
	last := func() string {
		t.Helper()
		line, err := f.Last()
		if err != nil {
			t.Fatal(err)
		}
		return string(line)
	}
	if got := last(); got != "" {
		t.Errorf("an absent file has %q", got)
	}
	long := strings.Repeat("x", 100<<10)
	for _, lines := range [][]string{{"one"}, {"two", "three"}, {long}} {
		var raw [][]byte
		for _, l := range lines {
			raw = append(raw, []byte(l))
		}
		if err := f.Append(raw...); err != nil {
			t.Fatal(err)
		}
		if got := last(); got != lines[len(lines)-1] {
			t.Errorf("last is %.20q", got)
		}
	}
	// A crash in the middle of a line.
	file, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = file.WriteString("fo")
	if err := errors.Join(err, file.Close()); err != nil {
		t.Fatal(err)
	}
	if got := last(); got != long {
		t.Errorf("last is %.20q, want the last whole line", got)
	}
	if err := f.Append([]byte("four")); err != nil {
		t.Fatal(err)
	}
	r, err := f.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	text, err := io.ReadAll(r)
	if want := "one\ntwo\nthree\n" + long + "\nfo\nfour\n"; err != nil || string(text) != want {
		t.Errorf("got %.40q, %v", text, err)
	}
}
