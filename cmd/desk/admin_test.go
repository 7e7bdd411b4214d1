package desk_test

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"partnerdesk/bot"
	"partnerdesk/cmd/desk"
	"partnerdesk/data"
	"partnerdesk/data/backup"
	"partnerdesk/data/kv"
	"partnerdesk/data/kv/bolt"
	"partnerdesk/handlers/access"
)

// place is a data directory with its key and witness outside.
func place(t *testing.T) desk.Config {
	t.Helper()
	zone, err := time.LoadLocation("Asia/Shanghai")
	must(t, err)
	dir := t.TempDir()
	return desk.Config{Zone: zone, FAQ: few, Data: filepath.Join(dir, "data"), Audit: desk.AuditConfig{
		Key: filepath.Join(dir, "keys", "audit.key"), Witness: filepath.Join(dir, "keys", "audit.witness"),
	}}
}

func parts(t *testing.T, log io.Writer) desk.Parts {
	t.Helper()
	catalog, err := data.Messages()
	must(t, err)
	var level slog.LevelVar
	level.Set(slog.LevelDebug)
	return desk.Parts{Catalog: catalog, Log: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: &level})), Level: &level, Now: time.Now}
}

// running starts the demo on a data directory; stop ends it and waits.
func running(t *testing.T, c desk.Config) (d desk.Running, log *logs, stop func()) {
	t.Helper()
	log = &logs{}
	d, stop = start(t, c, parts(t, log), "socket", access.SolutionProvider)
	return d, log, stop
}

func admin(t *testing.T, c desk.Config) *desk.Admin {
	t.Helper()
	a, err := desk.OpenAdmin(t.Context(), c, parts(t, io.Discard))
	must(t, err)
	t.Cleanup(func() { _ = a.Close() })
	return a
}

func ask[T any](t *testing.T, a *desk.Admin, method, path string, query url.Values) T {
	t.Helper()
	var v T
	if err := a.Ask(t.Context(), method, path, query, &v); err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	return v
}

// key is the catalog key of an error that people can do something about.
func key(err error) string {
	if user, ok := errors.AsType[*bot.UserError](err); ok {
		return user.Key
	}
	return fmt.Sprint(err)
}

// refused leaves an audit entry with a person in it.
func refused(t *testing.T, d desk.Running) {
	t.Helper()
	p := d.Town.Person(guest).Test(t).Within(10 * time.Second).In("C0RANDOM01")
	must(t, p.Command("/ask", "测试券额度是多少"))
	sees(t, p, "还没有给你开通")
}

// verified seals and verifies. The desk's jobs write entries of their own, so it
// tries again when one came in between.
func verified(t *testing.T, a *desk.Admin) (v desk.VerifyInfo) {
	t.Helper()
	for until := time.Now().Add(10 * time.Second); ; {
		ask[desk.KeyInfo](t, a, http.MethodPost, "/audit/seal", nil)
		v = ask[desk.VerifyInfo](t, a, http.MethodPost, "/audit/verify", url.Values{"witness": {"own"}})
		if v.OK && v.Unsealed == 0 && v.Proven == v.Seals && v.Seals > 0 {
			return v
		}
		if !v.OK || time.Now().After(until) {
			t.Errorf("got %+v", v)
			return v
		}
	}
}

// A running desk explains by what the chat system says of a person; without one
// the same question has no answer here.
func TestAdmin_AccessExplained(t *testing.T) {
	c := place(t)
	_, _, stop := running(t, c)
	a := admin(t, c)
	of := func(user, what string) desk.AccessInfo {
		return ask[desk.AccessInfo](t, a, http.MethodGet, "/access", url.Values{"user": {user}, "what": {what}})
	}
	if i := of("/U0WANG0001", "voucher.approve"); !i.Allowed || i.Person != "T0PARTNER1/U0WANG0001" || !slices.Contains(i.Groups, "S0APPROVER") || i.Assumed {
		t.Errorf("got %+v", i)
	}
	if i := of("T0PARTNER1/"+guest, "ask"); i.Allowed || i.Relation != "guest" || i.Refusal != "refusal.unlisted" {
		t.Errorf("got %+v", i)
	}
	if i := of("T0HUAWEI01/U0CHEN0001", "/balance"); i.Allowed || i.Relation != "external" || i.Employer != "huawei" {
		t.Errorf("got %+v", i)
	}
	for query, want := range map[string]string{"user=T0PARTNER1/UNOBODY&what=ask": "access.error.person", "user=U1&what=ask": "admin.error.user", "user=/U0WANG0001&what=nosuch": "access.error.command"} {
		values, err := url.ParseQuery(query)
		must(t, err)
		if err := a.Ask(t.Context(), http.MethodGet, "/access", values, nil); key(err) != want {
			t.Errorf("%s: got %v, want %s", query, err, want)
		}
	}
	stop()
	if err := admin(t, c).Ask(t.Context(), http.MethodGet, "/access", url.Values{"user": {"T1/U1"}, "what": {"ask"}}, nil); key(err) != "access.error.running" {
		t.Errorf("stopped: got %v", err)
	}
}

// The same commands do the same on a running desk and on its files.
func TestAdmin_RunningAndStopped(t *testing.T) {
	c := place(t)
	d, log, stop := running(t, c)
	refused(t, d)
	info, err := os.Stat(filepath.Join(c.Data, "admin.sock"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("socket: %v, %v", info.Mode(), err)
	}
	everything := func(a *desk.Admin) []string {
		var names []string
		for _, s := range ask[[]desk.StreamInfo](t, a, http.MethodGet, "/audit/streams", nil) {
			names = append(names, s.Stream)
		}
		verified(t, a)
		if stats := ask[desk.DBInfo](t, a, http.MethodPost, "/db/check", nil); stats.Rows["audit"] < 2 || stats.Running != a.Running {
			t.Errorf("got %+v", stats)
		}
		for path, want := range map[string]string{
			"/inbox/retry?id=no": "admin.error.not_found", "/outbox/drop?id=no": "admin.error.not_found",
			"/restore/release?": "admin.error.not_quarantined", "/erase?user=U1": "admin.error.user",
		} {
			u, err := url.Parse(path)
			must(t, err)
			if err := a.Ask(t.Context(), http.MethodPost, u.Path, u.Query(), nil); key(err) != want {
				t.Errorf("%s: got %v, want %s", path, err, want)
			}
		}
		return names
	}
	a := admin(t, c)
	live := everything(a)
	if !a.Running || !slices.Contains(live, "desk/config") || !slices.ContainsFunc(live, func(s string) bool { return strings.Contains(s, "T0PARTNER1/"+guest) }) {
		t.Errorf("running %v: %q", a.Running, live)
	}
	if !strings.Contains(log.String(), "admin request") || !strings.Contains(log.String(), "by=os:") {
		t.Error("the log does not say who administers")
	}
	stop()
	if err := a.Ask(t.Context(), http.MethodGet, "/audit/streams", nil, nil); key(err) != "admin.error.gone" {
		t.Errorf("the desk is gone: %v", err)
	}
	b := admin(t, c)
	if stopped := everything(b); b.Running || !slices.Equal(stopped, live) {
		t.Errorf("running %v: %q, want %q", b.Running, stopped, live)
	}
}

func TestAdmin_NothingThere(t *testing.T) {
	c := place(t)
	if _, err := desk.OpenAdmin(t.Context(), c, parts(t, io.Discard)); key(err) != "admin.error.no_store" {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(c.Data); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("something was made: %v", err)
	}
}

// A socket path that the kernel would refuse for its length.
func TestAdmin_LongPath(t *testing.T) {
	c := place(t)
	c.Data = filepath.Join(c.Data, strings.Repeat("long", 30))
	_, _, _ = running(t, c)
	if a := admin(t, c); !a.Running {
		t.Error("the running desk was not found")
	}
}

// A person's name goes from the log, and the log stays whole.
func TestErase(t *testing.T) {
	c := place(t)
	d, _, _ := running(t, c)
	refused(t, d)
	a := admin(t, c)
	verified(t, a)
	who := "T0PARTNER1/" + guest
	if done := ask[desk.ErasedInfo](t, a, http.MethodPost, "/erase", url.Values{"user": {who}}); done.Rows < 2 {
		t.Errorf("got %+v", done)
	}
	if v := verified(t, a); v.Nameless != 1 {
		t.Errorf("got %+v", v)
	}
	resp, err := a.Do(t.Context(), http.MethodGet, "/audit/entries", nil, "", nil)
	must(t, err)
	text, err := io.ReadAll(resp.Body)
	must(t, errors.Join(err, resp.Body.Close()))
	witness, err := os.ReadFile(c.Audit.Witness)
	must(t, err)
	if strings.Contains(string(text)+string(witness), guest) || !strings.Contains(string(text), `"action":"erase"`) {
		t.Errorf("entries:\n%s\nwitness:\n%s", text, witness)
	}
}

// The drill: back up while the desk works, lose what came later, restore, look,
// release.
func TestRestore_Drill(t *testing.T) {
	c := place(t)
	d, _, stop := running(t, c)
	refused(t, d)
	a := admin(t, c)
	verified(t, a)
	dir := t.TempDir()
	file, m, err := a.Backup(t.Context(), dir, nil, time.Now())
	if err != nil || m.Entries < 2 || m.Rows["audit"] != m.Entries || m.Seal == 0 {
		t.Fatalf("got %s, %+v, %v", file, m, err)
	}
	refused(t, d)
	verified(t, a)
	if _, err := desk.Restore(t.Context(), c, parts(t, io.Discard), file, "", true); key(err) != "admin.error.live" {
		t.Errorf("over a live store: %v", err)
	}
	stop()
	stopped := admin(t, c)
	if v := ask[desk.VerifyInfo](t, stopped, http.MethodPost, "/audit/verify", url.Values{"witness": {"own"}}); !v.OK || v.Unsealed != 0 || v.Later != 0 {
		t.Errorf("a desk that stopped left something unsealed: %+v", v)
	}
	must(t, stopped.Close())
	if _, err := desk.Restore(t.Context(), c, parts(t, io.Discard), file, "", false); key(err) != "admin.error.store_exists" {
		t.Errorf("over a store: %v", err)
	}
	r, err := desk.Restore(t.Context(), c, parts(t, io.Discard), file, "", true)
	if err != nil || !r.Signed || r.Sealed != "" || r.Before == "" {
		t.Fatalf("got %+v, %v", r, err)
	}
	if _, err := os.Stat(r.Before); err != nil {
		t.Error(err)
	}

	d, log, _ := running(t, c)
	if !strings.Contains(log.String(), "quarantine") {
		t.Error("the log says nothing of the quarantine")
	}
	a = admin(t, c)
	if v := verified(t, a); v.SetAside == 0 {
		t.Errorf("got %+v", v)
	}
	if stats := ask[desk.DBInfo](t, a, http.MethodGet, "/db/stats", nil); stats.Quarantine == nil || stats.Quarantine.File != filepath.Base(file) {
		t.Errorf("got %+v", stats.Quarantine)
	}
	p := d.Town.Person(liLei).Test(t).Within(10 * time.Second).In(sales)
	before := len(p.Reads())
	_, err = p.Say("", "<@U0PDESK001> 测试券额度是多少")
	must(t, err)
	var waiting []desk.PostInfo
	for until := time.Now().Add(10 * time.Second); len(waiting) == 0 && time.Now().Before(until); {
		waiting = ask[[]desk.PostInfo](t, a, http.MethodGet, "/outbox", nil)
	}
	if len(waiting) != 1 || waiting[0].State != "waiting" || waiting[0].Attempts != 0 {
		t.Errorf("waiting: %+v", waiting)
	}
	if got := len(p.Reads()); got > before+1 { // their own question
		t.Errorf("%d messages were sent in quarantine", got-before-1)
	}
	must(t, a.Ask(t.Context(), http.MethodPost, "/restore/release", nil, nil))
	sees(t, p.InThread(p.Reads()[before].TS), "测试券", "来源")
}

func TestRestore_Refuses(t *testing.T) {
	c := place(t)
	dir := t.TempDir()
	junk := filepath.Join(dir, "junk.tar.gz")
	must(t, os.WriteFile(junk, []byte("hello"), 0o600))
	if _, err := desk.Restore(t.Context(), c, parts(t, io.Discard), junk, "", false); !errors.Is(err, backup.ErrNotBackup) {
		t.Errorf("got %v, want %v", err, backup.ErrNotBackup)
	}
	list, err := os.ReadDir(c.Data)
	if err != nil || len(list) != 0 {
		t.Errorf("left %v, %v", list, err)
	}
}

// A store whose audit log was changed cannot be backed up, and what was copied
// is not called a backup.
func TestBackup_BrokenChain(t *testing.T) {
	c := place(t)
	d, _, stop := running(t, c)
	refused(t, d)
	stop()
	path := filepath.Join(c.Data, "desk.db")
	text, err := os.ReadFile(path)
	must(t, err)
	changed := strings.ReplaceAll(string(text), `unlisted`, `approved`)
	if changed == string(text) {
		t.Fatal("nothing to change")
	}
	must(t, os.WriteFile(path, []byte(changed), 0o600))
	dir := t.TempDir()
	if _, _, err := admin(t, c).Backup(t.Context(), filepath.Join(dir, "b.tar.gz"), nil, time.Now()); !errors.Is(err, backup.ErrUnverified) {
		t.Errorf("got %v, want %v", err, backup.ErrUnverified)
	}
	list, err := filepath.Glob(dir + "/*")
	if err != nil || len(list) != 1 || filepath.Ext(list[0]) != ".unverified" {
		t.Errorf("left %q, %v", list, err)
	}
}

// What a running desk takes over from a new configuration, and what it records.
func TestReload(t *testing.T) {
	c := place(t)
	d, log, _ := running(t, c)
	next := d.Desk.Config()
	next.People = append(slices.Clone(next.People), access.Grant{Who: guest, Roles: []bot.Role{bot.RoleStaff}})
	next.FAQ.Sure, next.LogLevel, next.Addr = 0.99, slog.LevelDebug, "127.0.0.1:1"
	must(t, d.Desk.Reload(t.Context(), next, nil))
	for _, want := range []string{"changed=\"[FAQ.Sure LogLevel People]\"", "settings=[Addr]"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log does not say %s", want)
		}
	}
	p := d.Town.Person(guest).Test(t).Within(10 * time.Second).In("C0RANDOM01")
	must(t, p.Command("/ask", "测试券额度是多少"))
	sees(t, p, "2万")

	bad := d.Desk.Config()
	bad.People = []access.Grant{{Who: ""}}
	if err := d.Desk.Reload(t.Context(), bad, nil); err == nil {
		t.Error("a bad configuration was taken")
	}
	if err := d.Desk.Reload(t.Context(), desk.Config{}, errors.New("unreadable")); err == nil {
		t.Error("an unreadable configuration was taken")
	}
	must(t, p.Command("/ask", "充值预付的钱能先开发票吗"))
	sees(t, p, "已消费")

	a := admin(t, c)
	resp, err := a.Do(t.Context(), http.MethodGet, "/audit/entries", url.Values{"stream": {"desk/config"}}, "", nil)
	must(t, err)
	text, err := io.ReadAll(resp.Body)
	must(t, errors.Join(err, resp.Body.Close()))
	if n := strings.Count(string(text), `"outcome":"refused"`); n != 2 || !strings.Contains(string(text), d.Desk.Config().Hash()) {
		t.Errorf("%d refusals in %s", n, text)
	}
	if strings.Contains(string(text), "xoxb") {
		t.Errorf("a secret in %s", text)
	}
}

func TestReady(t *testing.T) {
	c := place(t)
	d, _, _ := running(t, c)
	get := func() int {
		resp, err := http.Get("http://" + d.Desk.Addr() + "/readyz")
		must(t, err)
		must(t, resp.Body.Close())
		return resp.StatusCode
	}
	becomes := func(what string, want int) {
		t.Helper()
		got := 0
		for until := time.Now().Add(10 * time.Second); got != want && time.Now().Before(until); {
			got = get()
		}
		if got != want {
			t.Errorf("%s: got %d, want %d", what, got, want)
		}
	}
	becomes("everything there", http.StatusOK)
	d.Town.Close()
	becomes("slack gone", http.StatusServiceUnavailable)
}

// Rows of an older version are backed up before they are changed.
func TestOpen_BacksUpBeforeAnUpgrade(t *testing.T) {
	c := place(t)
	_, _, stop := running(t, c)
	stop()
	schema := func(set string) (was string) {
		db, err := bolt.Open(filepath.Join(c.Data, "desk.db"), bolt.Options{})
		must(t, err)
		value, _, err := db.Get(t.Context(), "schema/-")
		must(t, err)
		if set != "" {
			must(t, db.Update(t.Context(), func(tx kv.Tx) error { return tx.Put("schema/-", []byte(set)) }))
		}
		must(t, db.Close())
		return string(value)
	}
	now := schema(`{"v":1,"schema":0}`)
	_, log, stop := running(t, c)
	stop()
	files, err := filepath.Glob(filepath.Join(c.Data, "before-upgrade", "*.tar.gz"))
	if err != nil || len(files) != 1 || !strings.Contains(log.String(), "backed up before the upgrade") {
		t.Fatalf("files %q, %v", files, err)
	}
	if got := schema(""); got != now {
		t.Errorf("schema %s, want %s", got, now)
	}
	out := filepath.Join(t.TempDir(), "desk.db")
	if m, err := backup.Extract(files[0], "", out); err != nil || m.Rows["audit"] == 0 {
		t.Errorf("got %+v, %v", m, err)
	}
}

// A store that cannot be used is one error, and nothing is made worse.
func TestOpen_Store(t *testing.T) {
	for _, s := range []struct {
		name string
		make func(t *testing.T, path string)
		want error
	}{
		{"in use", func(t *testing.T, path string) {
			db, err := bolt.Open(path, bolt.Options{})
			must(t, err)
			t.Cleanup(func() { _ = db.Close() })
		}, bolt.ErrLocked},
		{"damaged", func(t *testing.T, path string) {
			must(t, os.WriteFile(path, []byte(strings.Repeat("no database ", 2000)), 0o600))
		}, bolt.ErrDamaged},
	} {
		t.Run(s.name, func(t *testing.T) {
			c := place(t)
			must(t, os.MkdirAll(c.Data, 0o700))
			path := filepath.Join(c.Data, "desk.db")
			s.make(t, path)
			before, err := os.ReadFile(path)
			must(t, err)
			_, err = desk.Open(t.Context(), c, parts(t, io.Discard))
			if !errors.Is(err, desk.ErrStore) || !errors.Is(err, s.want) {
				t.Errorf("got %v, want %v", err, s.want)
			}
			if _, err := desk.OpenAdmin(t.Context(), c, parts(t, io.Discard)); !errors.Is(err, s.want) {
				t.Errorf("administration: got %v, want %v", err, s.want)
			}
			if after, err := os.ReadFile(path); err != nil || string(after) != string(before) {
				t.Errorf("the file has changed (%v)", err)
			}
		})
	}
}

// The hash of a configuration is the same for the same settings, another for
// others, and no secret shows in it.
func TestConfig_Hash(t *testing.T) {
	catalog, err := data.Messages()
	must(t, err)
	load := func(set map[string]string, env map[string]string) string {
		t.Helper()
		c, err := desk.Load(desk.Input{Set: set, Words: catalog.In("en"), Getenv: func(k string) string { return env[k] }})
		must(t, err)
		return c.Hash()
	}
	seen := map[string]string{}
	for name, c := range map[string]struct{ set, env map[string]string }{
		"nothing set":    {},
		"a level":        {set: map[string]string{"log.level": "warn"}},
		"a zone":         {set: map[string]string{"operator.zone": "UTC"}},
		"a secret":       {env: map[string]string{"SLACK_BOT_TOKEN": "xoxb-1"}},
		"another secret": {env: map[string]string{"SLACK_BOT_TOKEN": "xoxb-2"}},
	} {
		got := load(c.set, c.env)
		if got != load(c.set, c.env) {
			t.Errorf("%s: two hashes of one configuration", name)
		}
		if other, same := seen[got]; same {
			t.Errorf("%s and %s have one hash", name, other)
		}
		seen[got] = name
	}
}
