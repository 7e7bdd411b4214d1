package handlers_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"partnerdesk/bot"
	"partnerdesk/handlers"
	"partnerdesk/handlers/access"
	"partnerdesk/handlers/alert"
)

// guard is a ward that watches: truths are what the one source says.
type guard struct {
	*ward
	truths handlers.Truths
	down   error
	looks  int
}

// newGuard: anna is staff, boris ecosystem manager, chen lead (English), dora admin.
func newGuard(t testing.TB) *guard {
	t.Helper()
	g := &guard{ward: newWard(t), truths: handlers.Truths{}}
	rules, err := access.New(access.Options{Kind: access.SolutionProvider, Team: "T1", Grants: []access.Grant{
		{Who: anna.User, Roles: []bot.Role{bot.RoleStaff}}, {Who: boris.User, Roles: []bot.Role{bot.RoleManager}},
		{Who: chen.User, Roles: []bot.Role{bot.RoleLead}}, {Who: dora.User, Roles: []bot.Role{bot.RoleAdmin}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	g.deps.Access, g.deps.Remind = rules, nil
	var kinds []alert.Kind
	for _, s := range alert.Specs() {
		if s.Kind != alert.SourceStale {
			kinds = append(kinds, s.Kind)
		}
	}
	g.deps.Alerts = &handlers.Alerts{Book: g.Store, People: g.town, Team: func(context.Context) (string, error) { return "T1", nil },
		Listed: func(context.Context) ([]bot.PersonID, error) {
			return []bot.PersonID{anna, boris, chen, dora, chen}, nil
		},
		Limits: handlers.AlertLimits{Stale: time.Hour},
		Probes: []handlers.Probe{{Name: "store", Kinds: kinds, Every: time.Minute, Read: func(context.Context, time.Time) (handlers.Truths, error) {
			g.looks++
			return g.truths, g.down
		}}},
	}
	return g
}

func (g *guard) true(k alert.Kind, objects ...string) {
	g.truths[k] = nil
	for _, o := range objects {
		g.truths[k] = append(g.truths[k], alert.Condition{Object: o, Args: []string{"id", o, "title", "客户星辰的券", "name", "星辰科技", "amount", "88.00", "date", "2026-12-31"}})
	}
}

// after lets time pass, a look a minute, and delivers.
func (g *guard) after(t testing.TB, minutes int) {
	t.Helper()
	for range minutes {
		g.now = g.now.Add(time.Minute)
		jobs := handlers.Jobs(handlers.JobOptions{Deps: g.deps, Store: g})
		if err := jobs[len(jobs)-1].Run(t.Context(), g.now); err != nil {
			t.Fatal(err)
		}
	}
	g.deliver(t)
}

func TestAlerts_ByClass(t *testing.T) {
	for _, c := range []struct {
		kind alert.Kind
		to   []bot.PersonID
	}{{alert.BackupOld, []bot.PersonID{dora}}, {alert.Arrears, []bot.PersonID{chen}}, {alert.WindowUnused, []bot.PersonID{chen, boris}}} {
		t.Run(string(c.kind), func(t *testing.T) {
			g := newGuard(t)
			g.true(c.kind, "x")
			g.after(t, 3)
			if len(g.dms) != len(c.to) {
				t.Fatalf("told %v, want %v", g.dms, c.to)
			}
			for _, who := range c.to {
				if len(g.to(who)) != 1 {
					t.Errorf("%s was not told", who)
				}
			}
		})
	}
}

// TestAlerts_TheManagerSeesNoNames hunts for the customer in what is shared.
func TestAlerts_TheManagerSeesNoNames(t *testing.T) {
	g := newGuard(t)
	for _, s := range alert.Specs() {
		if s.Kind != alert.SourceStale {
			g.true(s.Kind, "x1")
		}
	}
	delete(g.truths, alert.CenterDown) // it would mute the rest
	delete(g.truths, alert.CenterRefused)
	g.after(t, 10)
	if len(g.to(boris)) == 0 || len(g.to(chen)) < 8 {
		t.Fatalf("%d messages to the manager, %d to the lead", len(g.to(boris)), len(g.to(chen)))
	}
	for _, m := range g.to(boris) {
		for _, secret := range []string{"星辰", "88.00"} {
			if strings.Contains(m.text, secret) {
				t.Errorf("the manager reads %s:\n%s", secret, m.text)
			}
		}
	}
}

func TestAlerts_OneCardThatLives(t *testing.T) {
	g := newGuard(t)
	g.true(alert.Arrears, "a", "b", "c")
	g.after(t, 1)
	lead := g.to(chen)
	if len(lead) != 1 {
		t.Fatalf("got %v", lead)
	}
	has(t, lead[0], "Customers in arrears (3)", "owes ¥88.00", "the lead and the approvers")
	g.true(alert.Arrears, "b")
	g.after(t, 1)
	if lead = g.to(chen); len(lead) != 1 || lead[0].edits != 1 {
		t.Fatalf("got %v", lead)
	}
	has(t, lead[0], "Customers in arrears (1)")
	g.true(alert.Arrears)
	g.after(t, 1)
	has(t, g.to(chen)[0], "over since")
	g.true(alert.Arrears, "d") // back within the cool-down
	g.after(t, 11*60)
	if lead = g.to(chen); len(lead) != 1 {
		t.Fatalf("told again within the cool-down: %v", lead)
	}
	g.after(t, 60)
	if lead = g.to(chen); len(lead) != 2 {
		t.Fatalf("not told after the cool-down: %v", lead)
	}
	if g.looks < 600 {
		t.Errorf("%d looks", g.looks)
	}
}

func TestAlerts_TheCenterMutesWhatFollows(t *testing.T) {
	g := newGuard(t)
	g.true(alert.CenterDown, "center")
	g.true(alert.MoneyUnknown, "MO-1")
	g.true(alert.Arrears, "a")
	g.after(t, 60)
	if len(g.to(dora)) == 0 || len(g.to(chen)) != 0 {
		t.Fatalf("admin %v, lead %v", g.to(dora), g.to(chen))
	}
	g.true(alert.CenterDown)
	g.after(t, 2)
	if len(g.to(chen)) != 2 {
		t.Fatalf("what lasted is not told: %v", g.to(chen))
	}
	has(t, g.to(dora)[0], "已恢复")
}

func TestAlerts_ASourceThatFailsIsNamed(t *testing.T) {
	g := newGuard(t)
	g.true(alert.Arrears, "a")
	g.after(t, 1)
	g.down = errors.New("it is away")
	g.true(alert.Arrears)
	g.after(t, 30)
	has(t, g.to(chen)[0], "Customers in arrears (1)") // kept
	g.after(t, 35)
	admin := g.to(dora)
	if len(admin) != 1 {
		t.Fatalf("got %v", admin)
	}
	has(t, admin[0], "有的数据很久没读到", "数据文件与磁盘")
	g.down = nil
	g.after(t, 2)
	has(t, g.to(dora)[0], "已恢复")
	has(t, g.to(chen)[0], "over since")
}

// TestAlerts_KilledAtEveryCommit: each notice arrives once all the same.
func TestAlerts_KilledAtEveryCommit(t *testing.T) {
	for fuse := 1; fuse <= 8; fuse++ {
		g := newGuard(t)
		g.true(alert.Arrears, "a")
		g.true(alert.BackupOld, "b")
		g.fuse = fuse
		for range 4 {
			g.now = g.now.Add(time.Minute)
			jobs := handlers.Jobs(handlers.JobOptions{Deps: g.deps, Store: g})
			_ = jobs[len(jobs)-1].Run(t.Context(), g.now) // killed: the next run is another program's
			if g.dead {
				g.dead, g.fuse = false, 0
			}
		}
		g.deliver(t)
		if len(g.to(chen)) != 1 || len(g.to(dora)) != 1 || g.to(chen)[0].edits != 0 {
			t.Errorf("killed at commit %d: lead %v, admin %v", fuse, g.to(chen), g.to(dora))
		}
	}
}

// front opens the doors of the guard's desk for one person.
func (g *guard) says(t testing.TB, who bot.PersonID, kind bot.Kind, action, text string) string {
	t.Helper()
	b, err := bot.New(bot.Options{Commands: handlers.Commands(g.deps), Default: "ask", People: g.town, Access: g.deps.Access, Store: g, Catalog: g.deps.Catalog, Now: g.deps.Now})
	if err != nil {
		t.Fatal(err)
	}
	r := bot.Request{ID: "d" + action + text + g.now.String(), Door: "test", Kind: kind, Person: who, Command: "desk", Action: action, Text: text, Value: text, Place: bot.Place{Team: "T1", Channel: "D" + who.User, Direct: true}}
	before := len(g.dms)
	if _, err := b.Handle(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	g.deliver(t)
	if len(g.dms) <= before {
		t.Fatal("no answer")
	}
	return g.dms[len(g.dms)-1].text
}

func TestAlerts_WhoMayDoWhat(t *testing.T) {
	g := newGuard(t)
	g.true(alert.Arrears, "a")
	g.true(alert.BackupOld, "b")
	g.true(alert.WindowUnused, "DL-1")
	g.after(t, 3)
	cases := []struct {
		name string
		who  bot.PersonID
		say  string
		want []string
		not  []string
	}{
		{"the lead sees private and shared", chen, "alerts", []string{"Alerts now: 3", "arrears", "window-unused"}, nil},
		{"the admin sees ops", dora, "alerts", []string{"很久没有备份"}, []string{"客户欠费", "星辰"}},
		{"the manager sees what is shared, blind", boris, "alerts", []string{"权益快到期", "DL-1"}, []string{"星辰", "欠费", "备份"}},
		{"staff see none", anna, "alerts", []string{"审批"}, []string{"欠费", "备份"}},
		{"the admin mutes ops", dora, "alerts mute backup-old 3天", []string{"静音到"}, nil},
		{"the admin does not touch arrears", dora, "alerts mute arrears 3天", nil, []string{"静音到"}},
		{"the manager touches nothing", boris, "alerts ack window-unused", nil, []string{"不再重复提醒"}},
		{"the lead takes arrears", chen, "alerts take arrears", []string{"is yours"}, nil},
		{"no such kind", chen, "alerts mute quark", []string{"no alert “quark”", "arrears"}, nil},
		{"no such time", chen, "alerts mute arrears soon", []string{"“soon” is not understood"}, nil},
		{"history", chen, "alerts history arrears", []string{"told for the first time", "taken"}, nil},
		{"limits", chen, "alerts limits", []string{"Thresholds", "Customers in arrears"}, nil},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			g.now = g.now.Add(time.Second)
			got := g.says(t, c.who, bot.KindCommand, "", c.say)
			for _, want := range c.want {
				if !strings.Contains(got, want) {
					t.Errorf("no %q in\n%s", want, got)
				}
			}
			for _, not := range c.not {
				if strings.Contains(got, not) {
					t.Errorf("%q in\n%s", not, got)
				}
			}
		})
	}
	if card := g.to(chen); !strings.Contains(card[0].text, "Being dealt with by") && !strings.Contains(card[1].text, "Being dealt with by") {
		t.Errorf("the card does not say who took it: %v", card)
	}
}

func TestAlerts_AClickIsChecked(t *testing.T) {
	g := newGuard(t)
	g.true(alert.Arrears, "a")
	g.after(t, 1)
	if got := g.says(t, anna, bot.KindClick, "alert-ack", "arrears"); strings.Contains(got, "不再重复提醒") {
		t.Errorf("staff acknowledged: %s", got)
	}
	if got := g.says(t, chen, bot.KindClick, "alert-ack", "arrears"); !strings.Contains(got, "is not repeated before") {
		t.Errorf("got %s", got)
	}
	if got := g.says(t, chen, bot.KindClick, "alert-ack", "no-such"); strings.Contains(got, "is not repeated") {
		t.Errorf("got %s", got)
	}
}

// TestAlerts_AdminsGetMailToo, except about mail itself.
func TestAlerts_AdminsGetMailToo(t *testing.T) {
	g := newGuard(t)
	g.deps.Alerts.Mail = []string{"ops@example.com"}
	g.true(alert.BackupOld, "b")
	g.true(alert.MailDown, "m")
	g.true(alert.Arrears, "a")
	g.now = g.now.Add(time.Minute)
	jobs := handlers.Jobs(handlers.JobOptions{Deps: g.deps, Store: g})
	if err := jobs[len(jobs)-1].Run(t.Context(), g.now); err != nil {
		t.Fatal(err)
	}
	due, err := g.Due(t.Context(), g.now, 20)
	if err != nil {
		t.Fatal(err)
	}
	var mails []string
	for _, p := range due {
		if p.To.Kind == bot.TargetMail {
			if p.To.Address != "ops@example.com" || p.Lane != bot.LaneMail {
				t.Errorf("goes to %+v, lane %d", p.To, p.Lane)
			}
			mails = append(mails, p.Reply.Plain())
		}
	}
	if len(mails) != 1 || !strings.Contains(mails[0], "[partnerdesk] 告警：很久没有备份") {
		t.Errorf("got %q", mails)
	}
}
