package bot_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"partnerdesk/bot"
	"partnerdesk/bot/lang"
)

// memory is a store that keeps nothing but the last transaction, and runs every
// closure twice, as a store may.
type memory struct {
	posts []bot.Post
	audit []bot.Entry
	done  []string
	fail  error
}

type memoryTx struct{ m *memory }

func (t memoryTx) Post(p bot.Post) error              { t.m.posts = append(t.m.posts, p); return nil }
func (t memoryTx) Audit(e bot.Entry) error            { t.m.audit = append(t.m.audit, e); return nil }
func (t memoryTx) Done(key string, _ time.Time) error { t.m.done = append(t.m.done, key); return nil }

func (m *memory) Update(_ context.Context, fn func(bot.Tx) error) error {
	if m.fail != nil {
		return m.fail
	}
	if err := fn(memoryTx{&memory{}}); err != nil {
		return err
	}
	fresh := &memory{}
	if err := fn(memoryTx{fresh}); err != nil {
		return err
	}
	m.posts, m.audit, m.done = append(m.posts, fresh.posts...), append(m.audit, fresh.audit...), append(m.done, fresh.done...)
	return nil
}

// town knows a few people.
type town map[string]bot.Person

func (t town) Find(_ context.Context, id bot.PersonID) (bot.Person, error) {
	p, ok := t[id.User]
	if !ok {
		return bot.Person{}, bot.ErrNoPerson
	}
	p.ID = id
	return p, nil
}

// gate lets everybody do everything but approve, and has no reseller area.
type gate struct{}

func (gate) Authorize(_ context.Context, p bot.Person, needs bot.Right, _ bot.Area) (bot.Actor, error) {
	if p.Deactivated || needs == bot.RightApprove {
		return bot.Actor{}, &bot.Refusal{Reason: "role", Key: "refused"}
	}
	return bot.Actor{Person: p, Account: bot.Operator()}, nil
}

func (gate) Admit(_ bot.Actor, _ bot.Area, in bot.Place) error {
	if in.Channel == "C-ELSEWHERE" {
		return &bot.Refusal{Reason: "place", Key: "refusal.unlisted"}
	}
	return nil
}

func (gate) Offers(a bot.Area) bool { return a != bot.AreaReseller }

// screen is a door that shows forms.
type screen struct {
	opened  int
	expired bool
	broken  error
	shown   []bot.Form
	said    []bot.Reply
	look    func() // called before anything is shown; may be nil
}

func (s *screen) Open(context.Context, bot.Request, bot.FormWords) (string, error) {
	if s.expired {
		return "", bot.ErrTriggerExpired
	}
	s.opened++
	return "V1", nil
}
func (s *screen) Show(_ context.Context, _ string, f bot.Form) error {
	if s.look != nil {
		s.look()
	}
	s.shown = append(s.shown, f)
	return s.broken
}
func (s *screen) Say(_ context.Context, _ string, r bot.Reply) error {
	s.said = append(s.said, r)
	return s.broken
}

func catalog(t *testing.T) *lang.Catalog {
	t.Helper()
	zh, en := map[string]string{}, map[string]string{}
	for _, key := range []string{"refused", "error.internal", "error.deadline", "error.trigger", "error.stale_button", "told", "person.admin", "form.wait.title", "form.wait", "form.close", "bad", "file.too_large"} {
		zh[key], en[key] = "中:"+key, "en:"+key
	}
	zh["error.unknown_command"], en["error.unknown_command"] = "没有{name}，要{near}", "no {name}, want {near}"
	for _, name := range []string{"ask", "balance", "voucher"} {
		for _, part := range []string{"summary", "usage", "help"} {
			zh["command."+name+"."+part], en["command."+name+"."+part] = name, name
		}
	}
	zh["command.ask.alias"], en["command.ask.alias"] = "问", "ask"
	zh["command.balance.alias"], en["command.balance.alias"] = "余额", "balance"
	zh["command.voucher.alias"], en["command.voucher.alias"] = "代金券", "voucher"
	c, err := lang.New(map[lang.Tag]map[string]string{lang.Chinese: zh, lang.English: en})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

type world struct {
	*bot.Bot
	store  *memory
	screen *screen
	log    *bytes.Buffer
	ran    []bot.Request
}

func build(t *testing.T) *world {
	t.Helper()
	w := &world{store: &memory{}, screen: &screen{}, log: &bytes.Buffer{}}
	note := func(name string) bot.Handler {
		return func(_ context.Context, r bot.Request) (bot.Outcome, error) {
			w.ran = append(w.ran, r)
			return bot.Outcome{Reply: bot.Say(bot.Text(name + ":" + r.Text))}, nil
		}
	}
	fails := func(err error) bot.Handler {
		return func(context.Context, bot.Request) (bot.Outcome, error) { return bot.Outcome{}, err }
	}
	b, err := bot.New(bot.Options{
		Default: "ask", People: town{"U1": {Locale: "zh-CN"}, "U2": {Locale: "en-US"}}, Access: gate{}, Store: w.store, Forms: w.screen,
		Catalog: catalog(t), Log: slog.New(slog.NewTextHandler(w.log, nil)), Now: time.Now,
		Commands: []bot.Command{
			{Name: "ask", Needs: bot.RightAsk, Run: note("ask"), Actions: map[string]bot.Action{
				"panic":   {Run: func(context.Context, bot.Request) (bot.Outcome, error) { panic("secret value") }},
				"told":    {Run: fails(bot.User("told").Because(errors.New("CBC.0151 raw")))},
				"broken":  {Run: fails(errors.New("CBC.0999 raw"))},
				"late":    {Run: fails(context.DeadlineExceeded)},
				"approve": {Needs: bot.RightApprove, Run: note("approve")},
				"form": {Opens: true, Run: func(context.Context, bot.Request) (bot.Outcome, error) {
					return bot.Outcome{Reply: bot.Reply{Form: &bot.Form{Name: "ask.form"}}}, nil
				}},
				"words": {Opens: true, Run: func(context.Context, bot.Request) (bot.Outcome, error) {
					return bot.Outcome{Reply: bot.Say(bot.Text("no form today"))}, nil
				}},
				"large": {Run: func(context.Context, bot.Request) (bot.Outcome, error) {
					return bot.Outcome{Apply: func(tx bot.Tx) (bot.Reply, error) {
						reply := bot.Say(bot.Text("here it is"))
						reply.Files = []bot.File{{Name: "a.csv", Data: make([]byte, bot.MaxFiles+1)}}
						return reply, tx.Audit(bot.Entry{Action: "did"})
					}}, nil
				}},
				"form with file": {Opens: true, Run: func(context.Context, bot.Request) (bot.Outcome, error) {
					reply := bot.Say(bot.Text("no form today"))
					reply.Files = []bot.File{{Name: "a.csv", Data: []byte("a")}}
					return bot.Outcome{Reply: reply}, nil
				}},
				"apply": {Run: func(context.Context, bot.Request) (bot.Outcome, error) {
					return bot.Outcome{Apply: func(tx bot.Tx) (bot.Reply, error) {
						return bot.Say(bot.Text("applied")), tx.Audit(bot.Entry{Action: "did"})
					}}, nil
				}},
			}, Forms: map[string]bot.Submission{"form": {
				Check: func(_ context.Context, r bot.Request) (map[string]string, error) {
					if r.Values["x"] == "panic" {
						panic("x")
					}
					if r.Values["x"] == "" {
						return map[string]string{"x": "bad"}, nil
					}
					return nil, nil
				},
				Run: note("form"),
			}}},
			{Name: "balance", Needs: bot.RightRead, Area: bot.AreaMoney, Run: note("balance")},
			{Name: "voucher", Needs: bot.RightRead, Area: bot.AreaReseller, Run: note("voucher")},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	w.Bot = b
	return w
}

func request(kind bot.Kind, user, text string) bot.Request {
	return bot.Request{ID: "key-1", Door: "test", Kind: kind, Person: bot.PersonID{Team: "T1", User: user}, Text: text,
		Place: bot.Place{Team: "T1", Channel: "C1", Message: "1.1"}, Return: "https://secret.example/return"}
}

func TestHandle_RoutesText(t *testing.T) {
	cases := []struct{ name, text, want string }{
		{"a question goes to the default", "测试券额度是多少", "ask:测试券额度是多少"},
		{"a command's name", "balance", "balance:"},
		{"an alias with an object", "余额 acme", "balance:acme"},
		{"written with a slash", "/balance acme corp ltd inc", "balance:acme corp ltd inc"},
		{"a sentence that begins with a command's name", "balance of the account is missing, why", "ask:balance of the account is missing, why"},
		{"a Chinese sentence that begins with an alias", "余额 怎么提现", "ask:余额 怎么提现"},
		{"a command that does not exist", "/balanc acme", "没有balanc，要balance"},
		{"a path is no command", "/v2/accounts 是哪个接口", "ask:/v2/accounts 是哪个接口"},
		{"nothing", "  ", "ask:  "},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w := build(t)
			if _, err := w.Handle(t.Context(), request(bot.KindMention, "U1", c.text)); err != nil {
				t.Fatal(err)
			}
			if got := w.store.posts[0].Reply.Plain(); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func click(action string) bot.Request {
	r := request(bot.KindClick, "U2", "")
	r.Command, r.Action, r.Trigger = "ask", action, "trigger-secret"
	return r
}

func TestHandle_WordsErrors(t *testing.T) {
	cases := []struct{ name, action, want string }{
		{"a panic is our fault", "panic", "en:error.internal"},
		{"an error is our fault and its text stays in", "broken", "en:error.internal"},
		{"a user error has words of its own", "told", "en:told"},
		{"too slow", "late", "en:error.deadline"},
		{"refused", "approve", "en:refused"},
		{"a button of an older version", "gone", "en:error.stale_button"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w := build(t)
			if _, err := w.Handle(t.Context(), click(c.action)); err != nil {
				t.Fatal(err)
			}
			post := w.store.posts[0]
			if got := post.Reply.Plain(); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
			if !post.Reply.Private {
				t.Error("an error was said in public")
			}
			if len(w.store.done) != 1 || w.store.done[0] != "key-1" {
				t.Errorf("done = %v: an answered delivery must be done", w.store.done)
			}
			if log := w.log.String(); strings.Contains(log, "secret.example") || strings.Contains(log, "trigger-secret") {
				t.Errorf("a bearer secret is in the log: %s", log)
			}
		})
	}
}

func TestHandle_RefusalIsAudited(t *testing.T) {
	w := build(t)
	if _, err := w.Handle(t.Context(), click("approve")); err != nil {
		t.Fatal(err)
	}
	if len(w.ran) != 0 {
		t.Fatal("the handler ran all the same")
	}
	if len(w.store.audit) != 1 || w.store.audit[0].Action != "ask.approve" || w.store.audit[0].Facts["reason"] != "role" {
		t.Errorf("audit = %+v", w.store.audit)
	}
}

func TestHandle_UnknownPersonIsRefused(t *testing.T) {
	w := build(t)
	if _, err := w.Handle(t.Context(), request(bot.KindCommand, "U9", "")); err != nil {
		t.Fatal(err)
	}
	if got := w.store.posts[0].Reply.Plain(); !strings.Contains(got, "refused") {
		t.Errorf("got %q", got)
	}
}

func TestHandle_UnknownCommandNamesTheNearestOffered(t *testing.T) {
	w := build(t)
	r := request(bot.KindCommand, "U2", "")
	r.Command = "vouchr"
	if _, err := w.Handle(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	if got := w.store.posts[0].Reply.Plain(); !strings.HasPrefix(got, "no vouchr, want ") || strings.Contains(got, "voucher") {
		t.Errorf("got %q: a command that is not offered must not be named", got)
	}
}

func TestHandle_ApplyRunsInTheSameTransaction(t *testing.T) {
	w := build(t)
	if _, err := w.Handle(t.Context(), click("apply")); err != nil {
		t.Fatal(err)
	}
	if len(w.store.audit) != 1 || len(w.store.posts) != 1 || len(w.store.done) != 1 {
		t.Errorf("audit %d, posts %d, done %d; want one each although the closure ran twice", len(w.store.audit), len(w.store.posts), len(w.store.done))
	}
}

func TestHandle_NothingIsSaidWhenNothingIsKept(t *testing.T) {
	w := build(t)
	w.store.fail = errors.New("disk full")
	if _, err := w.Handle(t.Context(), request(bot.KindMention, "U1", "x")); err == nil {
		t.Error("a failed commit went unnoticed")
	}
}

func TestHandle_ADeliveryAnsweredElsewhereIsLeftAlone(t *testing.T) {
	w := build(t)
	w.store.fail = fmt.Errorf("store: %w", bot.ErrDecided)
	if _, err := w.Handle(t.Context(), request(bot.KindMention, "U1", "x")); err != nil {
		t.Errorf("got %v: it would be tried again", err)
	}
}

func TestHandle_AReturnAddressExpiresWithItsDelivery(t *testing.T) {
	w := build(t)
	r := request(bot.KindCommand, "U1", "x")
	r.Command, r.At = "ask", time.Now().Add(-time.Hour)
	if _, err := w.Handle(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	if to := w.store.posts[0].To; to.Kind != bot.TargetReturn || to.Expires.After(time.Now()) {
		t.Errorf("a return address an hour old is good until %v", to.Expires)
	}
}

func TestHandle_Forms(t *testing.T) {
	t.Run("a waiting form first, then the form", func(t *testing.T) {
		w := build(t)
		if _, err := w.Handle(t.Context(), click("form")); err != nil {
			t.Fatal(err)
		}
		if w.screen.opened != 1 || len(w.screen.shown) != 1 || w.screen.shown[0].Name != "ask.form" {
			t.Errorf("opened %d, shown %v", w.screen.opened, w.screen.shown)
		}
		if len(w.store.posts) != 0 || len(w.store.done) != 1 {
			t.Errorf("posts %d, done %d", len(w.store.posts), len(w.store.done))
		}
	})
	t.Run("words instead of a form are said once, in its place", func(t *testing.T) {
		w := build(t)
		if _, err := w.Handle(t.Context(), click("words")); err != nil {
			t.Fatal(err)
		}
		if len(w.screen.said) != 1 || len(w.store.posts) != 0 {
			t.Errorf("said %d, posted %d", len(w.screen.said), len(w.store.posts))
		}
	})
	t.Run("when the waiting form is gone the person gets a message", func(t *testing.T) {
		for action, want := range map[string]string{"words": "no form today", "form": "en:error.trigger"} {
			w := build(t)
			w.screen.broken = errors.New("view is gone")
			if _, err := w.Handle(t.Context(), click(action)); err != nil {
				t.Fatal(err)
			}
			if len(w.store.posts) != 1 || w.store.posts[0].Reply.Plain() != want {
				t.Errorf("%s: posts %v", action, w.store.posts)
			}
		}
	})
	t.Run("a desk that ends on the way leaves no form that waits for ever", func(t *testing.T) {
		w := build(t)
		w.screen.look = func() {
			if len(w.store.done) != 0 {
				t.Error("the request is done before the form stands: nobody would come back to it")
			}
		}
		if _, err := w.Handle(t.Context(), click("form")); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("a check that panics is an error", func(t *testing.T) {
		w := build(t)
		r := request(bot.KindSubmission, "U2", "")
		r.Command, r.Action, r.Values = "ask", "form", map[string]string{"x": "panic"}
		if _, err := w.Check(t.Context(), r); err == nil {
			t.Error("it went unnoticed")
		}
	})
	t.Run("a trigger that died is said", func(t *testing.T) {
		w := build(t)
		w.screen.expired = true
		if _, err := w.Handle(t.Context(), click("form")); err != nil {
			t.Fatal(err)
		}
		if got := w.store.posts[0].Reply.Plain(); got != "en:error.trigger" {
			t.Errorf("got %q", got)
		}
	})
	t.Run("a field at fault is worded and leaves no mark", func(t *testing.T) {
		w := build(t)
		r := request(bot.KindSubmission, "U2", "")
		r.Command, r.Action, r.Values = "ask", "form", map[string]string{"x": ""}
		faults, err := w.Check(t.Context(), r)
		if err != nil || faults["x"] != "en:bad" {
			t.Errorf("faults = %v, %v", faults, err)
		}
		if len(w.store.done)+len(w.store.posts) != 0 {
			t.Error("a check left a mark")
		}
		r.Values["x"] = "ok"
		if faults, err := w.Check(t.Context(), r); err != nil || len(faults) != 0 {
			t.Errorf("faults = %v, %v", faults, err)
		}
	})
}

func TestNew_NamesEveryFault(t *testing.T) {
	_, err := bot.New(bot.Options{
		Default: "gone", People: town{}, Access: gate{}, Store: &memory{}, Catalog: catalog(t), Now: time.Now,
		Commands: []bot.Command{
			{Name: "ask", Run: func(context.Context, bot.Request) (bot.Outcome, error) { return bot.Outcome{}, nil }},
			{Name: "ask", Run: func(context.Context, bot.Request) (bot.Outcome, error) { return bot.Outcome{}, nil }},
			{Name: "wordless", Run: func(context.Context, bot.Request) (bot.Outcome, error) { return bot.Outcome{}, nil }},
		},
	})
	if err == nil {
		t.Fatal("accepted")
	}
	for _, want := range []string{`"ask"`, "command.wordless.summary", `"gone"`} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%s is not named in: %v", want, err)
		}
	}
}
