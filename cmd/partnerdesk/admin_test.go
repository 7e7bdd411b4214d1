package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"partnerdesk/cmd/desk"
	"partnerdesk/data"
	"partnerdesk/data/kv"
	"partnerdesk/data/kv/bolt"
	"partnerdesk/handlers/access"
)

// machine is a place with a home, a data directory and an environment.
type machine struct {
	dir string
	env map[string]string
}

func newMachine(t *testing.T) *machine {
	t.Helper()
	dir := t.TempDir()
	return &machine{dir: dir, env: map[string]string{
		"HOME": dir, "LANG": "en_US.UTF-8", "PARTNERDESK_DATA": filepath.Join(dir, "data"), "PARTNERDESK_TEAM": "T0PARTNER1",
	}}
}

// run runs a command and returns its exit code and what it said.
func (m *machine) run(t *testing.T, args ...string) (code int, out, errOut string) {
	t.Helper()
	var o, e bytes.Buffer
	code = run(t.Context(), args, func(name string) string { return m.env[name] }, strings.NewReader(""), &o, &e)
	for _, text := range []string{o.String(), e.String()} {
		if strings.Contains(text, "[admin.") || strings.Contains(text, "[cli.") || strings.Contains(text, "{") && !strings.Contains(strings.Join(args, " "), "--json") && args[1] != "export" {
			t.Errorf("%q: a message is missing or has blanks: %s", args, text)
		}
	}
	return code, o.String(), e.String()
}

// serve runs a demo on the machine's data directory.
func (m *machine) serve(t *testing.T) (stop func()) {
	t.Helper()
	catalog, err := data.Messages()
	if err != nil {
		t.Fatal(err)
	}
	p := &program{getenv: func(name string) string { return m.env[name] }, catalog: catalog, words: catalog.In("en")}
	c, err := p.load(nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ready := make(chan bool, 1)
	var crew sync.WaitGroup
	crew.Go(func() {
		err := desk.Demo(ctx, c, desk.Parts{Catalog: catalog, Log: slog.New(slog.DiscardHandler), Now: time.Now},
			desk.DemoOptions{Addr: "127.0.0.1:0", Transport: "socket", Kind: access.SolutionProvider, Seed: 1, Ready: func(desk.Running) { ready <- true }})
		if err != nil {
			t.Errorf("demo: %v", err)
		}
		close(ready)
	})
	stop = func() {
		cancel()
		crew.Wait()
	}
	t.Cleanup(stop)
	if !<-ready {
		t.Fatal("the demo did not start")
	}
	return stop
}

// commands are what an admin does on any day, with what it says in English.
var commands = []struct {
	args string
	code int
	says string
	json bool // understands --json
}{
	{"audit list", exitOK, "desk/config", true},
	{"audit seal", exitOK, "Sealed.", true},
	{"audit show desk/config", exitOK, "config.start", true},
	{"audit show nothing", exitFailed, "There is no audit stream nothing", false},
	{"audit show", exitUsage, "STREAM", false},
	{"audit verify", exitOK, "proven up to seal", true},
	{"audit export", exitOK, `"action":"config.start"`, false},
	{"audit report", exitOK, "config.start", true},
	{"audit report --from 2999-01-01", exitOK, "None.", true},
	{"audit report --from yesterday", exitUsage, "YYYY-MM-DD", false},
	{"audit key", exitOK, "BEGIN PUBLIC KEY", true},
	{"audit sing", exitUsage, "audit sing", false},
	{"db stats", exitOK, "audit-head", true},
	{"db check", exitOK, "The structure is whole", true},
	{"inbox list", exitOK, "None.", true},
	{"inbox show X", exitFailed, "There is no X", false},
	{"inbox retry X", exitFailed, "There is no X", false},
	{"outbox list", exitOK, "None.", true},
	{"outbox drop", exitUsage, "ID", false},
	{"outbox drop X", exitFailed, "There is no X", false},
	{"erase U1", exitOK, "rows changed: 0", false},
	{"erase T1/U1", exitOK, "rows changed: 0", false},
	{"restore --release", exitFailed, "not in quarantine", false},
	{"audit rotate", exitOK, "The new key is", true},
	{"audit verify --lang zh", exitOK, "校验通过", false},
}

func TestAdmin_Commands(t *testing.T) {
	m := newMachine(t)
	stop := m.serve(t)
	t.Run("running", m.everyCommand)
	stop()
	t.Run("stopped", m.everyCommand)
}

func (m *machine) everyCommand(t *testing.T) {
	for _, c := range commands {
		args := strings.Fields(c.args)
		code, out, errOut := m.run(t, args...)
		if code != c.code || !strings.Contains(out+errOut, c.says) {
			t.Errorf("%s: exit %d, want %d: %s%s", c.args, code, c.code, out, errOut)
		}
		if (code == exitOK) != (errOut == "") || errOut != "" && strings.Count(errOut, "\n") != 1 {
			t.Errorf("%s: on stderr: %q", c.args, errOut)
		}
		if !c.json {
			continue
		}
		_, out, _ = m.run(t, append(args, "--json")...)
		for line := range strings.Lines(out) {
			if !json.Valid([]byte(line)) {
				t.Errorf("%s --json: %s", c.args, line)
			}
		}
	}
}

// A pair of age keys made for this test and used nowhere else.
const (
	testIdentity  = "AGE-SECRET-KEY-1JPHCL20QZS79MW2KWMV8E7L33CM42FZCYUP4FSZXUK56735QQHYS93KX07"
	testRecipient = "age1n55f7swun82npsa7ypel2hjjg3cyp64zcuh54jfwrx25nr5nv9nsvuj8kf"
)

// A backup to a person who holds the key, and back, on another machine.
func TestAdmin_EncryptedBackupElsewhere(t *testing.T) {
	m := newMachine(t)
	m.serve(t)()
	keys := filepath.Join(m.dir, "identity.txt")
	if err := os.WriteFile(keys, []byte(testIdentity), 0o600); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(m.dir, "b.tar.gz.age")
	for _, step := range []struct {
		args string
		code int
		says string
	}{
		{"backup " + file + " --to alice", exitFailed, "not an age recipient"},
		{"backup " + file + " --to " + testRecipient, exitOK, "Backed up and verified"},
		{"backup " + file, exitFailed, "exists already"},
		{"backup", exitUsage, "DIR|FILE"},
	} {
		if code, out, errOut := m.run(t, append(strings.Fields(step.args), "--lang=en")...); code != step.code || !strings.Contains(out+errOut, step.says) {
			t.Errorf("%s: exit %d: %s%s", step.args, code, out, errOut)
		}
	}
	other := newMachine(t)
	for _, step := range []struct {
		args string
		code int
		says string
	}{
		{"restore " + file, exitFailed, "give an age identity"},
		{"restore " + file + " --identity " + file, exitFailed, "age recipient or identity"},
		{"db stats", exitFailed, "There is no database"},
		{"restore " + file + " --identity " + keys, exitOK, "does not have the key of that time"},
		{"db stats", exitOK, "In quarantine"},
		{"audit verify", exitFailed, "a key nobody here knows"},
		{"restore " + file + " --identity " + keys, exitFailed, "--replace"},
	} {
		if code, out, errOut := other.run(t, append(strings.Fields(step.args), "--lang=en")...); code != step.code || !strings.Contains(out+errOut, step.says) {
			t.Errorf("%s: exit %d: %s%s", step.args, code, out, errOut)
		}
	}
}

// Each way in which the data directory cannot be used has one clear line and the
// same exit code, whoever asks.
func TestExit_Store(t *testing.T) {
	slack := map[string]string{"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1", "SLACK_API_URL": "http://127.0.0.1:1/", "PARTNERDESK_CONFIG": ""}
	for _, c := range []struct {
		name string
		make func(t *testing.T, path string)
		says string
	}{
		{"in use", func(t *testing.T, path string) {
			db, err := bolt.Open(path, bolt.Options{})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = db.Close() })
		}, "in use by another process"},
		{"damaged", func(t *testing.T, path string) {
			if err := os.WriteFile(path, []byte(strings.Repeat("x", 9000)), 0o600); err != nil {
				t.Fatal(err)
			}
		}, "is damaged and was left as it is"},
		{"newer", func(t *testing.T, path string) {
			db, err := bolt.Open(path, bolt.Options{})
			if err != nil {
				t.Fatal(err)
			}
			err = db.Update(t.Context(), func(tx kv.Tx) error { return tx.Put("schema/-", []byte(`{"v":1,"schema":99}`)) })
			if err := errors.Join(err, db.Close()); err != nil {
				t.Fatal(err)
			}
		}, "written by a later version"},
		{"open to others", func(t *testing.T, path string) {
			if err := os.Chmod(filepath.Dir(path), 0o777); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}, "make it 0700"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := newMachine(t)
			for k, v := range slack {
				m.env[k] = v
			}
			m.env["PARTNERDESK_CONFIG"] = filepath.Join(m.dir, "desk.yaml")
			if err := os.WriteFile(m.env["PARTNERDESK_CONFIG"], []byte("people: [{who: \"*\", roles: [staff]}]\nweb: {addr: \"127.0.0.1:0\"}\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Mkdir(m.env["PARTNERDESK_DATA"], 0o700); err != nil {
				t.Fatal(err)
			}
			c.make(t, filepath.Join(m.env["PARTNERDESK_DATA"], "desk.db"))
			for _, args := range [][]string{{"serve"}, {"db", "stats"}, {"backup", m.dir}} {
				code, out, errOut := m.run(t, append(args, "--lang=en")...)
				if code != exitStore || !strings.Contains(errOut, c.says) || strings.Count(errOut, "\n") != 1 || out != "" {
					t.Errorf("%q: exit %d: %s%s", args, code, out, errOut)
				}
			}
		})
	}
}
