package backup_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"partnerdesk/data/backup"
)

var noon = time.Date(2026, 11, 20, 4, 0, 0, 0, time.UTC)

// options make a backup of text, as if it were a database.
func options(text string, to ...string) backup.Options {
	return backup.Options{
		Made: noon, Program: "test", Recipients: to,
		Copy: func(_ context.Context, w io.Writer) error {
			_, err := io.WriteString(w, text)
			return err
		},
		Verify: func(_ context.Context, database string, m *backup.Manifest) error {
			got, err := os.ReadFile(database)
			if err == nil && string(got) != text {
				err = errors.New("other text")
			}
			m.Rows = map[string]uint64{"rows": 3}
			return err
		},
	}
}

func files(t *testing.T, dir string) []string {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range list {
		names = append(names, f.Name())
	}
	return names
}

func TestBackup_ThereAndBack(t *testing.T) {
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	other, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Repeat("rows and rows\n", 5000)
	for _, c := range []struct {
		name       string
		to         []string
		identities string
		file       string
		want       error
	}{
		{"plain", nil, "", "partnerdesk-20261120-040000.tar.gz", nil},
		{"encrypted", []string{identity.Recipient().String()}, identity.String(), "partnerdesk-20261120-040000.tar.gz.age", nil},
		{"to two people", []string{identity.Recipient().String() + "\n" + other.Recipient().String()}, "# mine\n" + other.String(), "partnerdesk-20261120-040000.tar.gz.age", nil},
		{"encrypted, no identity", []string{identity.Recipient().String()}, "", "partnerdesk-20261120-040000.tar.gz.age", backup.ErrEncrypted},
		{"encrypted, another's identity", []string{identity.Recipient().String()}, other.String(), "partnerdesk-20261120-040000.tar.gz.age", backup.ErrEncrypted},
		{"an identity that is none", nil, "hello", "partnerdesk-20261120-040000.tar.gz", backup.ErrRecipient},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "made")
			file, made, err := backup.Create(t.Context(), dir, options(text, c.to...))
			if err != nil {
				t.Fatal(err)
			}
			if got := files(t, dir); !slices.Equal(got, []string{c.file}) || filepath.Base(file) != c.file {
				t.Errorf("made %s, there are %q", file, got)
			}
			if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("mode %v, %v", info.Mode(), err)
			}
			out := filepath.Join(dir, "desk.db")
			m, err := backup.Extract(file, c.identities, out)
			if !errors.Is(err, c.want) {
				t.Fatalf("got %v, want %v", err, c.want)
			}
			got, rerr := os.ReadFile(out)
			if c.want != nil {
				if !errors.Is(rerr, os.ErrNotExist) {
					t.Errorf("left %d bytes, %v", len(got), rerr)
				}
				return
			}
			if string(got) != text || m.SHA256 != made.SHA256 || m.Rows["rows"] != 3 || !m.Made.Equal(noon) {
				t.Errorf("got %d bytes, %+v", len(got), m)
			}
		})
	}
}

func TestCreate_Refuses(t *testing.T) {
	broken := errors.New("chain broken")
	for _, c := range []struct {
		name   string
		change func(o *backup.Options)
		want   error
		left   []string
	}{
		{"a copy that does not verify", func(o *backup.Options) {
			o.Verify = func(context.Context, string, *backup.Manifest) error { return broken }
		}, backup.ErrUnverified, []string{"b.tar.gz.unverified"}},
		{"a copy that breaks off", func(o *backup.Options) {
			o.Copy = func(_ context.Context, w io.Writer) error {
				_, _ = io.WriteString(w, "ro")
				return io.ErrUnexpectedEOF
			}
		}, io.ErrUnexpectedEOF, nil},
		{"a recipient that is none", func(o *backup.Options) { o.Recipients = []string{"alice"} }, backup.ErrRecipient, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			o := options("rows")
			c.change(&o)
			if _, _, err := backup.Create(t.Context(), filepath.Join(dir, "b.tar.gz"), o); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
			if got := files(t, dir); !slices.Equal(got, c.left) {
				t.Errorf("left %q, want %q", got, c.left)
			}
		})
	}
	t.Run("a name that is taken", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "b.tar.gz")
		for _, want := range []error{nil, backup.ErrExists} {
			if _, _, err := backup.Create(t.Context(), path, options("rows")); !errors.Is(err, want) {
				t.Errorf("got %v, want %v", err, want)
			}
		}
	})
}

// No byte of what comes out may differ: what is not whole is refused, wherever
// it was cut or changed.
func TestExtract_EveryByte(t *testing.T) {
	dir := t.TempDir()
	text := "the rows of the desk"
	file, _, err := backup.Create(t.Context(), filepath.Join(dir, "b.tar.gz"), options(text))
	if err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	broken, out := filepath.Join(dir, "broken"), filepath.Join(dir, "out")
	try := func(content []byte) (string, error) {
		if err := os.WriteFile(broken, content, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := backup.Extract(broken, "", out)
		if err != nil {
			return "", err
		}
		got, err := os.ReadFile(out)
		if err := errors.Join(err, os.Remove(out)); err != nil {
			t.Fatal(err)
		}
		return string(got), nil
	}
	for at := range whole {
		changed := bytes.Clone(whole)
		changed[at] ^= 0x10
		if got, err := try(changed); err == nil && got != text {
			t.Errorf("byte %d: got %q", at, got)
		}
		if _, err := try(whole[:at]); !errors.Is(err, backup.ErrNotBackup) {
			t.Errorf("cut at %d: got %v", at, err)
		}
	}
	if got, err := try(whole); err != nil || got != text {
		t.Errorf("whole: %q, %v", got, err)
	}
}

func TestExtract_Newer(t *testing.T) {
	dir := t.TempDir()
	o := options("rows")
	o.Verify = func(_ context.Context, _ string, m *backup.Manifest) error {
		m.Format = 99
		return nil
	}
	_, _, err := backup.Create(t.Context(), filepath.Join(dir, "b.tar.gz"), o)
	if !errors.Is(err, backup.ErrNewer) {
		t.Errorf("got %v, want %v", err, backup.ErrNewer)
	}
}
