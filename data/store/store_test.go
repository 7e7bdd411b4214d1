package store_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"partnerdesk/bot"
	"partnerdesk/data/kv"
	"partnerdesk/data/kv/bolt"
	"partnerdesk/data/kv/kvtest"
	"partnerdesk/data/store"
	"partnerdesk/faq"
	"partnerdesk/handlers/access"
	"partnerdesk/handlers/money"
	"partnerdesk/handlers/question"
	"partnerdesk/handlers/ticket"
)

// noon is when the tests happen.
var noon = time.Date(2026, 11, 20, 4, 0, 0, 0, time.UTC)

const day = 24 * time.Hour

// desk is a store on a file, whose closures all run twice.
type desk struct {
	*store.Store
	db   kv.DB
	path string
}

func openDesk(t testing.TB, path string) *desk {
	t.Helper()
	file, err := bolt.Open(path, bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = file.Close() })
	db := kvtest.Twice(t, file)
	s, err := store.Open(t.Context(), db, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return &desk{s, db, path}
}

func newDesk(t testing.TB) *desk { return openDesk(t, filepath.Join(t.TempDir(), "desk.db")) }

// reopen closes the file and opens it as the next run of the program would.
func (d *desk) reopen(t testing.TB) *desk {
	t.Helper()
	if err := d.db.Close(); err != nil {
		t.Fatal(err)
	}
	return openDesk(t, d.path)
}

func (d *desk) do(t testing.TB, fn func(tx bot.Tx) error) {
	t.Helper()
	if err := d.Update(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

// rows lists the keys of a family, or of all.
func (d *desk) rows(t testing.TB, family string) []string {
	t.Helper()
	r := kv.Range{}
	if family != "" {
		r.Prefix = family + "/"
	}
	var keys []string
	for row, err := range kv.All(t.Context(), d.db, r) {
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, row.Key)
	}
	return keys
}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestOpen_RefusesNewer(t *testing.T) {
	d := newDesk(t)
	ok(t, d.db.Update(t.Context(), func(tx kv.Tx) error {
		return tx.Put("schema/-", []byte(`{"v":1,"schema":99}`))
	}))
	if _, err := store.Open(t.Context(), d.db, store.Options{}); !errors.Is(err, store.ErrNewer) {
		t.Errorf("got %v, want %v", err, store.ErrNewer)
	}
}

// everything leaves a row of every family.
func everything(t testing.TB, d *desk) {
	t.Helper()
	person := bot.PersonID{Team: "T1", User: "U1"}
	for i := range 3 {
		e := envelope(fmt.Sprintf("T1/ev%d", i), noon)
		if _, err := d.Accept(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	d.do(t, func(tx bot.Tx) error {
		err := errors.Join(
			d.PutAsked(tx, question.Asked{ID: "T1/ev0", Person: person, Account: bot.Operator(), Conversation: "T1/C1/", Text: "额度?", At: noon}),
			d.PutRating(tx, question.Rating{Question: "T1/ev0", Person: person, Mark: question.MarkWrong, At: noon}),
			d.PutHandover(tx, question.Handover{Question: "T1/ev0", Person: person, Account: bot.Reseller("r/1"), At: noon}),
			d.PutHolder(tx, access.Holder{Team: "T1", Person: person, Roles: []bot.Role{bot.RoleLead}, Since: noon}),
			d.PutOverlay(tx, "T1", faq.Overlay{ID: "test-coupon-quota", Base: "r1", At: noon}),
			tx.Audit(bot.Entry{Stream: "refusal/T1/U1/2026-11-20", Person: person, Action: "balance", At: noon}),
			tx.Done("T1/ev0", noon))
		for _, channel := range []string{"C1", "C2", "C3"} {
			p := post(channel, "hello")
			p.Object = "ticket/1"
			err = errors.Join(err, tx.Post(p))
		}
		return err
	})
	d.do(t, func(tx bot.Tx) error {
		return d.PutList(tx, money.List{Team: "T1", ID: "ML-22222", Account: bot.Operator(), State: money.ListAwaiting, Rows: []money.Row{{Line: 2}}})
	})
	d.do(t, func(tx bot.Tx) error {
		live := aTicket("PD-7F3K")
		live.Case = "TT1"
		waiting := aTicket("PD-8888")
		waiting.State, waiting.Nudged = ticket.Open, false
		return errors.Join(d.PutTicket(tx, live), d.PutTicket(tx, waiting), d.PutCaseWork(tx, aWork(live)), d.PutOpportunity(tx, anOpportunity()))
	})
	d.do(t, func(tx bot.Tx) error { return errors.Join(someMoney(d, tx), someRota(d, tx)) })
	ok(t, d.PutSnapshot(t.Context(), aSnapshot(1)))
	someDeadlines(t, d)
	someAlerts(t, d)
	d.do(t, func(tx bot.Tx) error { return errors.Join(d.PutBenefit(tx, aBenefit()), d.PutDraft(tx, aDraft())) })
	ok(t, d.Abandon(t.Context(), "T1/ev1", "broken", noon))
	ok(t, d.Seen(t.Context(), person, "zh-CN", noon))
	due := mustDue(t, d, noon)
	ok(t, d.Started(t.Context(), due[0].ID, noon))
	ok(t, d.Bury(t.Context(), due[1].ID, "gone", noon))
	if _, sealed, err := d.Seal(t.Context(), signer(), noon, nil); err != nil || !sealed {
		t.Fatal(sealed, err)
	}
	ok(t, d.Isolate(t.Context(), store.Quarantine{Since: noon}))
	ok(t, d.Pulse(t.Context(), noon))
	audited(t, d, 1)
}

func TestSchema_ListsEveryRow(t *testing.T) {
	d := newDesk(t)
	everything(t, d)
	d.post(t, withFile("C9", 10))
	seen := map[string]bool{}
	known := map[string]store.Family{}
	for _, f := range store.Schema() {
		known[f.Name] = f
	}
	for _, k := range d.rows(t, "") {
		if strings.HasPrefix(k, kv.FencePrefix) {
			continue
		}
		parts := strings.Split(k, "/")
		f, listed := known[parts[0]]
		if !listed {
			t.Errorf("%s: family %s is not in the schema", k, parts[0])
			continue
		}
		seen[f.Name] = true
		if want := len(strings.Split(f.Key, "/")); len(parts)-1 != want {
			t.Errorf("%s has %d parts, the schema says %s", k, len(parts)-1, f.Key)
		}
		if !strings.HasPrefix(f.Key, "-") && parts[1] != "T1" {
			t.Errorf("%s does not start with the team", k)
		}
	}
	for name := range known {
		if !seen[name] {
			t.Errorf("no row of family %s was written", name)
		}
	}
}

func TestRows_KeepUnknownFields(t *testing.T) {
	d := newDesk(t)
	who := bot.PersonID{Team: "T1", User: "U1"}
	ok(t, d.db.Update(t.Context(), func(tx kv.Tx) error {
		return tx.Put("person/T1/U1", []byte(`{"v":7,"locale":"en-US","mood":{"now":"good"}}`))
	}))
	ok(t, d.Seen(t.Context(), who, "zh-CN", noon))
	value, _, err := d.db.Get(t.Context(), "person/T1/U1")
	ok(t, err)
	var got map[string]any
	ok(t, json.Unmarshal(value, &got))
	if fmt.Sprint(got["mood"]) != "map[now:good]" || got["v"] != 7.0 || got["locale"] != "zh-CN" {
		t.Errorf("got %s", value)
	}
}

func TestPerson(t *testing.T) {
	d := newDesk(t)
	who := bot.PersonID{Team: "T1", User: "U1"}
	if _, _, found, err := d.LastSeen(t.Context(), who); err != nil || found {
		t.Errorf("nobody was here: %v, %v", found, err)
	}
	for _, step := range []struct {
		name   string
		locale string
		at     time.Time
		want   string
	}{
		{"first", "zh-CN", noon, "zh-CN 04:00"},
		{"soon again, nothing new", "", noon.Add(time.Minute), "zh-CN 04:00"},
		{"another locale", "en-US", noon.Add(2 * time.Minute), "en-US 04:02"},
		{"later", "", noon.Add(2 * time.Hour), "en-US 06:00"},
		{"the clock went back", "zh-CN", noon, "zh-CN 06:00"},
	} {
		t.Run(step.name, func(t *testing.T) {
			ok(t, d.Seen(t.Context(), who, step.locale, step.at))
			locale, at, _, err := d.LastSeen(t.Context(), who)
			if got := locale + " " + at.Format("15:04"); err != nil || got != step.want {
				t.Errorf("got %s, %v, want %s", got, err, step.want)
			}
		})
	}
}

func TestSweep(t *testing.T) {
	d := newDesk(t)
	everything(t, d)
	count := func(family string) int { return len(d.rows(t, family)) }
	sweep := func(at time.Time) {
		t.Helper()
		if _, err := d.Sweep(t.Context(), at, 1000); err != nil {
			t.Fatal(err)
		}
	}
	sweep(noon.Add(7*day - time.Second))
	if got := count("inbox"); got != 3 {
		t.Errorf("%d deliveries before their time", got)
	}
	sweep(noon.Add(7 * day))
	if in, body := count("inbox"), count("inbox-body"); in != 1 || body != 1 {
		t.Errorf("after 7 days: %d deliveries, %d bodies, want the one that waits", in, body)
	}
	if got := count("outbox-conv"); got != 2 {
		t.Errorf("after 7 days: %d conversations, want the two that wait", got)
	}
	sweep(noon.Add(30 * day))
	if out, dead := count("outbox"), count("outbox-dead"); out != 2 || dead != 0 {
		t.Errorf("after 30 days: %d posts, %d dead", out, dead)
	}
	if got := count("ask"); got != 1 {
		t.Errorf("after 30 days: %d questions", got)
	}
	sweep(noon.Add(90 * day))
	if answer, ask, last := count("answer"), count("ask"), count("ask-last"); answer+ask+last != 0 {
		t.Errorf("after 90 days: %d answers, %d questions, %d latest", answer, ask, last)
	}
	sweep(noon.Add(500 * day))
	for _, family := range []string{"card", "rating", "handover"} {
		if got := count(family); got != 0 {
			t.Errorf("after 500 days: %d of %s", got, family)
		}
	}
	if got := count("audit"); got != 2 {
		t.Errorf("%d audit entries", got)
	}
}

// A sweep is many small transactions, however much has expired.
func TestSweep_Bounded(t *testing.T) {
	d := newDesk(t)
	const n = 200
	for i := range n {
		ok(t, d.Update(t.Context(), func(tx bot.Tx) error {
			return d.PutRating(tx, question.Rating{Question: fmt.Sprintf("q%03d", i), Person: bot.PersonID{Team: "T1", User: "U1"}, At: noon})
		}))
	}
	later := noon.Add(1000 * day)
	first, err := d.Sweep(t.Context(), later, 50)
	if err != nil || first != 50 {
		t.Errorf("got %d, %v, want 50", first, err)
	}
	rest, err := d.Sweep(t.Context(), later, 1000)
	if err != nil || rest != n-50 {
		t.Errorf("got %d, %v, want %d", rest, err, n-50)
	}
	if left := d.rows(t, ""); len(left) != 1 {
		t.Errorf("left: %q", left)
	}
}

// A row written again lives on from then.
func TestSweep_RowWrittenAgain(t *testing.T) {
	d := newDesk(t)
	rate := func(at time.Time) {
		t.Helper()
		d.do(t, func(tx bot.Tx) error {
			return d.PutRating(tx, question.Rating{Question: "q", Person: bot.PersonID{Team: "T1", User: "U1"}, At: at})
		})
	}
	rate(noon)
	rate(noon.Add(300 * day))
	for _, c := range []struct{ after, want int }{{400, 1}, {699, 1}, {700, 0}} {
		if _, err := d.Sweep(t.Context(), noon.Add(time.Duration(c.after)*day), 100); err != nil {
			t.Fatal(err)
		}
		if got := len(d.rows(t, "rating")); got != c.want {
			t.Errorf("after %d days: %d rows, want %d", c.after, got, c.want)
		}
	}
	if left := d.rows(t, "expiry"); len(left) != 0 {
		t.Errorf("left: %q", left)
	}
}
