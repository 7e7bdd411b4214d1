package handlers_test

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"iter"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"partnerdesk/bot"
	"partnerdesk/data"
	"partnerdesk/data/kv/bolt"
	"partnerdesk/data/kv/kvtest"
	"partnerdesk/data/store"
	"partnerdesk/handlers"
	"partnerdesk/handlers/access"
	"partnerdesk/handlers/partner"
	"partnerdesk/handlers/partner/rest"
	"partnerdesk/handlers/partner/sandbox"
	"partnerdesk/handlers/remind"
	"partnerdesk/handlers/worktime"
)

// ward is a desk with its store on disk and people who are reminded.
type ward struct {
	*store.Store
	deps *handlers.Deps
	town town
	now  time.Time
	dms  []dm
	fuse int // commits until the program is killed, before and after each; 0: never
	dead bool
}

// dm is a direct message as it stands now.
type dm struct {
	to     bot.PersonID
	object string
	text   string
	edits  int
}

var everyKill = flag.Bool("every-kill", false, "kill at every commit, not at every fifth")

var shanghai = time.FixedZone("Asia/Shanghai", 8*3600)

func newWard(t testing.TB) *ward {
	t.Helper()
	file, err := bolt.Open(filepath.Join(t.TempDir(), "desk.db"), bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = file.Close() })
	w := &ward{town: town{gone: map[bot.PersonID]bool{}}, now: noon}
	if w.Store, err = store.Open(t.Context(), kvtest.Twice(t, file), store.Options{}); err != nil {
		t.Fatal(err)
	}
	calendar, err := data.Calendar()
	if err != nil {
		t.Fatal(err)
	}
	rules, err := access.New(access.Options{Kind: access.SolutionProvider, Team: "T1", Grants: []access.Grant{
		{Who: anna.User, Roles: []bot.Role{bot.RoleStaff}}, {Who: boris.User, Roles: []bot.Role{bot.RoleManager}},
		{Who: chen.User, Roles: []bot.Role{bot.RoleLead}}, {Who: dora.User, Roles: []bot.Role{bot.RoleStaff}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	w.deps = &handlers.Deps{Catalog: messages(t), Zone: shanghai, Now: func() time.Time { return w.now }, Access: rules, Remind: &handlers.Reminders{
		Book: w.Store, Calendar: calendar, People: w.town, Listed: func(context.Context) ([]bot.PersonID, error) { return []bot.PersonID{anna, boris, chen, dora}, nil },
	}}
	return w
}

// Update is the store's, unless the program is killed before or after it.
func (w *ward) Update(ctx context.Context, fn func(bot.Tx) error) error {
	for _, commit := range []bool{true, false} {
		if w.fuse > 0 && !w.dead {
			w.fuse--
			w.dead = w.fuse == 0
		}
		if w.dead {
			return errKilled
		}
		if commit {
			if err := w.Store.Update(ctx, fn); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *ward) add(t testing.TB, d remind.Deadline) remind.Deadline {
	t.Helper()
	d.Team, d.Account, d.State = "T1", bot.Operator(), remind.Open
	d.Source = cmp.Or(d.Source, remind.People)
	if d.Kind == "" {
		d.Kind = remind.KindOf(d.Due, d.Repeats)
	}
	d.End, d.Created, d.Look = d.Due.End(shanghai), w.now, w.now
	if err := w.Store.Update(t.Context(), func(tx bot.Tx) error { return w.PutDeadline(tx, d) }); err != nil {
		t.Fatal(err)
	}
	return d
}

func parseShanghai(when string) (time.Time, error) {
	at, err := time.ParseInLocation("2006-01-02 15:04", when, shanghai)
	return at.UTC(), err
}

// at lets it be that time in Shanghai, runs the job and delivers.
func (w *ward) at(t testing.TB, when string) error {
	t.Helper()
	now, err := parseShanghai(when)
	if err != nil {
		t.Fatal(err)
	}
	w.now = now
	err = handlers.Jobs(handlers.JobOptions{Deps: w.deps, Store: w})[0].Run(t.Context(), w.now)
	if err == nil {
		w.deliver(t)
	}
	return err
}

// read lets the jobs of some sources run.
func (w *ward) read(t testing.TB, sources ...string) error {
	t.Helper()
	var faults []error
	for _, name := range sources {
		jobs := handlers.Jobs(handlers.JobOptions{Deps: w.deps, Store: w})
		i := slices.IndexFunc(jobs, func(j bot.Job) bool { return j.Name == "deadlines-"+name })
		if i < 0 {
			t.Fatalf("no source %s", name)
		}
		faults = append(faults, jobs[i].Run(t.Context(), w.now))
	}
	return errors.Join(faults...)
}

// deliver does what the sender does, with a chat system that never fails.
func (w *ward) deliver(t testing.TB) {
	t.Helper()
	for {
		due, err := w.Due(t.Context(), w.now, 10)
		if err != nil {
			t.Fatal(err)
		}
		if len(due) == 0 {
			return
		}
		for _, p := range due {
			receipt := bot.Receipt{Channel: "D", Message: fmt.Sprint(len(w.dms))}
			if err := w.Started(t.Context(), p.ID, w.now); err != nil {
				t.Fatal(err)
			}
			i := slices.IndexFunc(w.dms, func(m dm) bool { return m.object == p.Object && m.to == p.To.Person && p.Object != "" })
			if i >= 0 {
				w.dms[i].text = p.Reply.Plain()
				w.dms[i].edits++
			} else {
				w.dms = append(w.dms, dm{p.To.Person, p.Object, p.Reply.Plain(), 0})
			}
			if err := w.Sent(t.Context(), p.ID, receipt, w.now); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// to are the messages of a person.
func (w *ward) to(who bot.PersonID) (list []dm) {
	for _, m := range w.dms {
		if m.to == who {
			list = append(list, m)
		}
	}
	return list
}

func has(t testing.TB, m dm, words ...string) {
	t.Helper()
	for _, word := range words {
		if !strings.Contains(m.text, word) {
			t.Errorf("%q is not in the message to %s:\n%s", word, m.to, m.text)
		}
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// act does what a handler of /deadline does.
func (w *ward) act(t testing.TB, who bot.PersonID, action, value string) {
	t.Helper()
	for _, c := range handlers.Commands(w.deps) {
		if c.Name != "deadline" {
			continue
		}
		out, err := c.Actions[action].Run(t.Context(), bot.Request{Kind: bot.KindClick, Person: who, Place: bot.Place{Team: who.Team}, Value: value,
			Actor: bot.Actor{Person: bot.Person{ID: who}, Account: bot.Operator()}})
		must(t, err)
		must(t, w.Store.Update(t.Context(), func(tx bot.Tx) error {
			_, err := out.Apply(tx)
			return err
		}))
	}
	w.deliver(t)
}

// enter does what a subcommand does.
func (w *ward) enter(t testing.TB, who bot.PersonID, sub, text string) error {
	t.Helper()
	commands := handlers.Commands(w.deps)
	c := commands[slices.IndexFunc(commands, func(c bot.Command) bool { return c.Name == "deadline" })]
	out, err := c.Subs[sub].Run(t.Context(), bot.Request{Kind: bot.KindCommand, Person: who, Place: bot.Place{Team: who.Team}, Text: text,
		Actor: bot.Actor{Person: bot.Person{ID: who}, Account: bot.Operator()}})
	if err == nil && out.Apply != nil {
		must(t, w.Store.Update(t.Context(), func(tx bot.Tx) error {
			_, err := out.Apply(tx)
			return err
		}))
		w.deliver(t)
	}
	return err
}

func TestRemind_OneMessageADayThatLives(t *testing.T) {
	w := newWard(t)
	for i := range 12 {
		w.add(t, remind.Deadline{ID: fmt.Sprintf("DL-%02d", i), Title: fmt.Sprintf("thing %d", i), Due: worktime.On(2026, 12, 4), Owner: anna})
	}
	must(t, w.at(t, "2026-11-27 09:00"))
	got := w.to(anna)
	if len(got) != 1 {
		t.Fatalf("%d messages, want 1: %v", len(got), got)
	}
	has(t, got[0], "（12）", "thing 0", "thing 11", "还有 7 天")
	w.act(t, anna, "done", "DL-00")
	got = w.to(anna)
	if len(got) != 1 || got[0].edits == 0 {
		t.Fatalf("%d messages after one is done: %v", len(got), got)
	}
	has(t, got[0], "（11）", "✅ DL-00")
	must(t, w.at(t, "2026-11-27 09:01"))
	must(t, w.at(t, "2026-11-27 17:00"))
	if n := len(w.to(anna)); n != 1 {
		t.Errorf("%d messages at the end of the day", n)
	}
	has(t, w.to(anna)[0], "都看到了")
	for i := 1; i < 12; i++ {
		w.act(t, anna, "done", fmt.Sprintf("DL-%02d", i))
	}
	if text := w.to(anna)[0].text; !strings.Contains(text, "都处理了") || strings.Contains(text, "都看到了") {
		t.Errorf("nothing is left, and nothing is asked for:\n%s", text)
	}
}

func TestRemind_WhatPressesOpensANewMessage(t *testing.T) {
	w := newWard(t)
	w.add(t, remind.Deadline{ID: "DL-01", Title: "in a week", Due: worktime.On(2026, 12, 4), Owner: anna})
	must(t, w.at(t, "2026-11-27 09:00"))
	w.now = time.Date(2026, 11, 27, 6, 0, 0, 0, time.UTC)
	w.add(t, remind.Deadline{ID: "DL-02", Title: "today", Due: worktime.On(2026, 11, 27), Owner: anna})
	must(t, w.at(t, "2026-11-27 14:00"))
	got := w.to(anna)
	if len(got) != 2 {
		t.Fatalf("got %v", got)
	}
	has(t, got[0], "下面的新消息")
	has(t, got[1], "today", "最后提醒", "in a week")
}

func TestRemind_NobodyReacts(t *testing.T) {
	w := newWard(t)
	w.add(t, remind.Deadline{ID: "DL-01", Title: "ACME 的测试券", Due: worktime.On(2026, 12, 31), Owner: anna, Deputy: dora})
	must(t, w.at(t, "2026-12-31 09:00"))
	must(t, w.at(t, "2026-12-31 12:59"))
	if len(w.to(dora))+len(w.to(chen)) > 0 {
		t.Fatal("somebody else was told too early")
	}
	must(t, w.at(t, "2026-12-31 13:00"))
	must(t, w.at(t, "2026-12-31 16:00"))
	must(t, w.at(t, "2026-12-31 17:00"))
	for _, who := range []bot.PersonID{anna, dora, chen, boris} {
		if n := len(w.to(who)); n != 1 {
			t.Fatalf("%d messages to %s", n, who)
		}
	}
	has(t, w.to(dora)[0], "ACME 的测试券", "还没有人确认", "@UANNA")
	has(t, w.to(chen)[0], "ACME 的测试券", "For forwarding", "a benefit that ends on 31 December, due 2026-12-31")
	has(t, w.to(boris)[0], "12 月 31 日截止的权益")
	if strings.Contains(w.to(boris)[0].text, "ACME") {
		t.Error("the ecosystem manager sees a customer")
	}
}

func TestRemind_AcknowledgedIsNobodyElsesBusiness(t *testing.T) {
	w := newWard(t)
	w.add(t, remind.Deadline{ID: "DL-01", Title: "thing", Due: worktime.On(2026, 11, 27), Owner: anna, Deputy: dora})
	must(t, w.at(t, "2026-11-27 09:00"))
	w.act(t, anna, "ack", "2026-11-27")
	must(t, w.at(t, "2026-11-27 17:59"))
	if len(w.to(dora))+len(w.to(chen)) > 0 {
		t.Error("somebody else was told")
	}
	has(t, w.to(anna)[0], "已确认看到")
}

// TestRemind_WhatComesLaterDoesNotUndoAnAcknowledgement: a new line in the same
// message asks to be heard by itself.
func TestRemind_WhatComesLaterDoesNotUndoAnAcknowledgement(t *testing.T) {
	w := newWard(t)
	w.add(t, remind.Deadline{ID: "DL-01", Title: "thing", Due: worktime.On(2026, 11, 27), Owner: anna, Deputy: dora})
	must(t, w.at(t, "2026-11-27 09:00"))
	w.act(t, anna, "ack", "2026-11-27")
	w.add(t, remind.Deadline{ID: "DL-02", Title: "late one", Due: worktime.On(2026, 11, 27), Owner: anna, Deputy: dora})
	must(t, w.at(t, "2026-11-27 10:00"))
	must(t, w.at(t, "2026-11-27 15:00"))
	if got := w.to(dora); len(got) != 1 {
		t.Fatalf("got %v", got)
	} else if has(t, got[0], "late one"); strings.Contains(got[0].text, "thing") {
		t.Error("what was acknowledged went on to the deputy")
	}
	if got := w.to(anna); strings.Contains(got[len(got)-1].text, "已确认看到") {
		t.Error("the new line counts as seen")
	}
}

func TestRemind_WhatHasNoRoomIsCounted(t *testing.T) {
	w := newWard(t)
	for i := range remind.MostItems + 7 {
		w.add(t, remind.Deadline{ID: fmt.Sprintf("DL-%02d", i), Title: fmt.Sprintf("thing %d", i), Due: worktime.On(2026, 12, 4), Owner: anna})
	}
	must(t, w.at(t, "2026-11-27 09:00"))
	has(t, w.to(anna)[0], fmt.Sprintf("还有 %d 条", remind.MostItems+7-15))
}

func TestRemind_HoursMutesAndAbsence(t *testing.T) {
	w := newWard(t)
	must(t, w.Store.Update(t.Context(), func(tx bot.Tx) error {
		return w.PutHabits(tx, remind.Habits{Person: anna, Hours: worktime.Hours{From: 14 * time.Hour, To: 22 * time.Hour}, Muted: []remind.Kind{remind.Coupon}})
	}))
	w.add(t, remind.Deadline{ID: "DL-01", Title: "in a week", Due: worktime.On(2026, 12, 4), Owner: anna})
	w.add(t, remind.Deadline{ID: "DL-02", Kind: remind.Coupon, Title: "a coupon", Due: worktime.On(2026, 12, 4), Owner: anna})
	must(t, w.at(t, "2026-11-27 13:59"))
	if len(w.to(anna)) > 0 {
		t.Error("told outside her hours")
	}
	must(t, w.at(t, "2026-11-27 14:00"))
	if got := w.to(anna); len(got) != 1 || strings.Contains(got[0].text, "a coupon") {
		t.Fatalf("got %v", got)
	}
	away := time.Date(2026, 12, 4, 10, 0, 0, 0, time.UTC)
	w.deps.Remind.Away = func(context.Context, bot.PersonID) (time.Time, error) { return away, nil }
	must(t, w.at(t, "2026-12-03 15:00"))
	if len(w.to(anna)) != 1 {
		t.Error("disturbed")
	}
	must(t, w.at(t, "2026-12-04 14:00"))
	got := w.to(anna)
	if len(got) != 2 {
		t.Fatalf("got %v", got)
	}
	has(t, got[1], "in a week", "a coupon", "最后提醒") // nothing swallows a last call
	w.deps.Remind.Away = func(context.Context, bot.PersonID) (time.Time, error) { return away, errors.New("slack is down") }
	w.add(t, remind.Deadline{ID: "DL-03", Title: "unasked", Due: worktime.On(2026, 12, 10), Owner: anna})
	must(t, w.at(t, "2026-12-07 14:00"))
	has(t, w.to(anna)[2], "unasked")
}

func TestRemind_WhoLeftIsStoodInFor(t *testing.T) {
	w := newWard(t)
	w.town.gone[anna] = true
	w.add(t, remind.Deadline{ID: "DL-01", Title: "with a deputy", Due: worktime.On(2026, 12, 4), Owner: anna, Deputy: dora})
	w.add(t, remind.Deadline{ID: "DL-02", Title: "without one", Due: worktime.On(2026, 12, 4), Owner: anna})
	must(t, w.at(t, "2026-11-27 09:00"))
	if len(w.to(anna)) != 0 || len(w.to(dora)) != 1 || len(w.to(chen)) != 1 {
		t.Fatalf("got %v", w.dms)
	}
	has(t, w.to(dora)[0], "with a deputy")
	has(t, w.to(chen)[0], "without one")
}

func TestDeadline_HandedOn(t *testing.T) {
	w := newWard(t)
	w.add(t, remind.Deadline{ID: "DL-01", Title: "thing", Due: worktime.On(2026, 12, 4), Owner: anna})
	must(t, w.enter(t, anna, "assign", "DL-01 <@UDORA>"))
	has(t, w.to(dora)[0], "@UANNA", "交给了你", "DL-01 thing")
	must(t, w.at(t, "2026-11-27 09:00"))
	if len(w.to(anna)) != 0 || len(w.to(dora)) != 2 {
		t.Errorf("got %v", w.dms)
	}
	if err := w.enter(t, anna, "assign", "DL-01 <@UNOBODY>"); err == nil {
		t.Error("given to somebody who is not listed")
	}
	if err := w.enter(t, anna, "deputy", "DL-01 <@UDORA>"); err == nil {
		t.Error("the owner is the deputy")
	}
}

// TestRemind_Killed kills the program before and after every commit of a morning
// with two owners, last calls and people behind them; afterwards everything has
// been told once.
func TestRemind_Killed(t *testing.T) {
	kills, stride := 0, 5
	if *everyKill {
		stride = 1
	}
	for fuse := 1; ; fuse += stride {
		w := newWard(t)
		for i := range 8 {
			w.add(t, remind.Deadline{ID: fmt.Sprintf("DL-%02d", i), Title: fmt.Sprintf("thing %d!", i), Due: worktime.On(2026, 11, 27).Add(i % 2 * 3), Owner: []bot.PersonID{anna, dora}[i%2], Deputy: chen})
		}
		w.fuse = fuse
		killed := false
		for _, when := range []string{"2026-11-27 09:00", "2026-11-27 13:00", "2026-11-27 16:00", "2026-11-30 09:00"} {
			for try := range 3 {
				err := w.at(t, when)
				if err == nil {
					break
				}
				if !errors.Is(err, errKilled) || try == 2 {
					t.Fatal(err)
				}
				killed, w.dead = true, false
				must(t, w.Recover(t.Context()))
			}
		}
		w.check(t, fuse)
		if !killed {
			break
		}
		kills++
	}
	t.Logf("%d kills", kills)
}

func (w *ward) check(t *testing.T, fuse int) {
	t.Helper()
	rows, err := w.Deadlines(t.Context(), "T1", bot.Operator())
	must(t, err)
	for _, d := range rows {
		seen := map[string]bool{}
		for _, s := range d.Sent {
			k := fmt.Sprint(s.Rung, s.To)
			if seen[k] {
				t.Errorf("killed at %d: %s was told %s twice", fuse, d.ID, k)
			}
			seen[k] = true
		}
		if !seen[fmt.Sprint(remind.LastCall, remind.ToOwner)] {
			t.Errorf("killed at %d: %s never had its last call: %v", fuse, d.ID, d.Sent)
		}
		for _, l := range d.Listed {
			n := 0
			for _, m := range w.to(l.Person) {
				if strings.HasPrefix(m.object, "digest/"+l.Person.User+"/"+l.Day.String()+"/") && strings.Contains(m.text, d.Title) {
					n++
				}
			}
			if n != 1 {
				t.Errorf("killed at %d: %s stands in %d messages of %s to %s", fuse, d.ID, n, l.Day, l.Person)
			}
		}
	}
}

// failing is a partner center whose coupons cannot be read.
type failing struct{ handlers.ExpiringCenter }

func (failing) Coupons(context.Context, partner.Account, partner.CouponQuery) iter.Seq2[partner.Coupon, error] {
	return func(yield func(partner.Coupon, error) bool) { yield(partner.Coupon{}, errors.New("down")) }
}

func TestCenterDates(t *testing.T) {
	w := newWard(t)
	world, err := sandbox.New(sandbox.Options{Seed: 1, Kind: sandbox.SolutionProvider, AK: "AK", SK: "SK", Now: w.deps.Now})
	must(t, err)
	center, err := rest.New(rest.Options{Endpoint: "http://center.test", CaseEndpoint: "http://center.test", AK: "AK", SK: "SK", Transport: world, Now: w.deps.Now,
		Sleep: func(context.Context, time.Duration) error { return nil }})
	must(t, err)
	sync := func() error { return w.read(t, "quotas", "coupons", "subscriptions") }
	kinds := func() (n map[remind.Kind]int, stale int) {
		rows, err := w.Deadlines(t.Context(), "T1", bot.Operator())
		must(t, err)
		n = map[remind.Kind]int{}
		for _, d := range rows {
			n[d.Kind]++
			if d.Owner != chen || d.Source != remind.Center {
				t.Errorf("got %+v", d)
			}
			if d.Stale {
				stale++
			}
		}
		return n, stale
	}
	w.deps.Remind.Center = center
	must(t, sync())
	first, stale := kinds()
	if first[remind.Quota] == 0 || first[remind.Coupon] == 0 || first[remind.Subscription] == 0 || stale != 0 {
		t.Fatalf("got %v, %d stale", first, stale)
	}
	w.now = w.now.Add(6 * time.Hour)
	must(t, sync())
	if again, _ := kinds(); fmt.Sprint(again) != fmt.Sprint(first) {
		t.Errorf("a second look found %v, the first %v", again, first)
	}
	for range 2 {
		w.deps.Remind.Center = failing{center}
		if err := sync(); err == nil {
			t.Error("a source that fails is no fault of the job")
		}
	}
	w.deliver(t)
	if after, stale := kinds(); fmt.Sprint(after) != fmt.Sprint(first) || stale != first[remind.Coupon] {
		t.Errorf("got %v, %d stale", after, stale)
	}
	if got := w.to(chen); len(got) != 1 {
		t.Errorf("told %d times that it fails", len(got))
	} else {
		has(t, got[0], "issued coupons", "cannot be read")
	}
	w.deps.Remind.Center = center
	must(t, sync())
	if _, stale := kinds(); stale != 0 {
		t.Errorf("%d stale after it could be read again", stale)
	}
}
