package handlers_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"strings"
	"testing"
	"time"

	"partnerdesk/bot"
	"partnerdesk/bot/lang"
	maildoor "partnerdesk/bot/mail"
	"partnerdesk/bot/mailsim"
	"partnerdesk/data"
	"partnerdesk/data/sheet"
	"partnerdesk/handlers"
	"partnerdesk/handlers/opportunity"
	"partnerdesk/handlers/remind"
	"partnerdesk/handlers/worktime"
)

// newPaper is a ward whose ecosystem manager gets mail.
func newPaper(t testing.TB, tag lang.Tag, addresses ...string) *ward {
	t.Helper()
	w := newWard(t)
	policy, err := data.OpportunityPolicy()
	if err != nil {
		t.Fatal(err)
	}
	w.deps.Policy, w.deps.Opportunities, w.deps.Calendars = policy, w.Store, maildoor.Calendars{}
	w.deps.Alerts = &handlers.Alerts{Book: w.Store, People: w.town, Listed: w.deps.Remind.Listed, Team: func(context.Context) (string, error) { return "T1", nil },
		Limits: handlers.AlertLimits{Verify: 3, Window: 45}}
	w.deps.Weekly = &handlers.Weekly{Book: w.Store, Addresses: addresses, Lang: tag, Partner: "星河云科技", CSV: func(s handlers.Sheet) ([]byte, error) {
		var out bytes.Buffer
		err := sheet.WriteCSV(&out, sheet.Table{Name: s.Name, Header: s.Header, Rows: s.Rows})
		return out.Bytes(), err
	}}
	w.tried(t, "opportunities")
	return w
}

// tried notes that a source of deadlines was looked at.
func (w *ward) tried(t testing.TB, name string) {
	t.Helper()
	must(t, w.Store.Update(t.Context(), func(tx bot.Tx) error {
		return w.PutSource(tx, remind.Source{Team: "T1", Name: name, Read: w.now})
	}))
}

// TestWeekly_WaitsForItsSources: a desk that has just been set up must not say
// that there is nothing before it has looked.
func TestWeekly_WaitsForItsSources(t *testing.T) {
	w := filled(t, lang.Chinese, "chen@example.net").withRegister(t, aLabel)
	w.weekly(t, "2026-11-16 09:00")
	if n := len(w.mails(t)); n != 0 {
		t.Errorf("%d mails before the register was read", n)
	}
	w.tried(t, "benefits")
	w.weekly(t, "2026-11-16 09:10")
	if n := len(w.mails(t)); n != 1 {
		t.Errorf("%d mails afterwards", n)
	}
}

// What must never reach the manager.
var hidden = []string{"北辰客户", "Acme Ltd", "88,888", "13800138000", "buyer@acme.example", "张采购", "50 万", "DL-OWN1"}

// filled holds shared dates and an opportunity that are full of names.
func filled(t testing.TB, tag lang.Tag, addresses ...string) *ward {
	t.Helper()
	w := newPaper(t, tag, addresses...)
	w.now = time.Date(2026, 11, 16, 1, 0, 0, 0, time.UTC)
	for i, title := range []string{"北辰客户的测试券 ¥88,888", "Acme Ltd 13800138000", "buyer@acme.example"} {
		kind := remind.YearEnd
		if i == 1 {
			kind = remind.Window
		}
		w.add(t, remind.Deadline{Source: remind.Benefits, ID: "DL-000" + string(rune('1'+i)), Kind: kind, Title: title, Due: worktime.On(2026, 12, 31-i), Owner: anna})
	}
	w.add(t, remind.Deadline{Source: remind.Desk, ID: "DL-0009", Kind: remind.Verification, Title: "OP-7F3K 北辰客户", Due: worktime.On(2026, 11, 19), Owner: anna})
	w.add(t, remind.Deadline{Source: remind.Desk, ID: "DL-0008", Kind: remind.Received, Title: "Acme Ltd", Due: worktime.On(2026, 11, 19), Owner: anna})
	w.add(t, remind.Deadline{ID: "DL-PRIV", Kind: remind.Plain, Title: "北辰客户私事", Due: worktime.On(2026, 12, 1), Owner: anna})
	w.add(t, remind.Deadline{ID: "DL-OWN1", Source: remind.People, Kind: remind.YearEnd, Title: "自己的年末总结", Due: worktime.On(2026, 12, 31), Owner: anna})
	o := opportunity.Opportunity{Team: "T1", ID: "OP-7F3K", Account: bot.Operator(), Owner: anna, State: "passed", Since: w.now.AddDate(0, 0, -11),
		Values: map[string]string{"company": "北辰客户", "contact_name": "张采购", "contact_phone": "13800138000", "contact_mail": "buyer@acme.example", "budget": "50 万"}, Opened: w.now, Changed: w.now}
	if err := w.Store.Update(t.Context(), func(tx bot.Tx) error { return w.PutOpportunity(tx, o) }); err != nil {
		t.Fatal(err)
	}
	return w
}

// weekly runs the job at a time in Shanghai.
func (w *ward) weekly(t testing.TB, when string) {
	t.Helper()
	now, err := time.ParseInLocation("2006-01-02 15:04", when, shanghai)
	if err != nil {
		t.Fatal(err)
	}
	w.now = now.UTC()
	for _, j := range handlers.Jobs(handlers.JobOptions{Deps: w.deps, Store: w}) {
		if j.Name == "weekly-mail" {
			if err := j.Run(t.Context(), w.now); err != nil && !w.dead {
				t.Fatal(err)
			}
		}
	}
}

// mails are those that wait, of all addresses.
func (w *ward) mails(t testing.TB) (list []bot.Pending) {
	t.Helper()
	posts, err := w.Posts(t.Context(), 1000)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range posts {
		if p.To.Kind == bot.TargetMail {
			list = append(list, p.Pending)
		}
	}
	return list
}

func TestWeekly_TheLayoutIsFixed(t *testing.T) {
	for _, c := range []struct {
		tag  lang.Tag
		want string
	}{
		{lang.Chinese, "week,partner,type,type_text,ref,due,days_left\n" +
			"2026-W47,星河云科技,ho,华为共享的机会点待接受,DL-0008,2026-11-19,3\n" +
			"2026-W47,星河云科技,verification,#,DL-0009,2026-11-19,3\n" +
			"2026-W47,星河云科技,year-end,12 月 31 日截止的权益,DL-0003,2026-12-29,43\n" +
			"2026-W47,星河云科技,window,@,DL-0002,2026-12-30,44\n" +
			"2026-W47,星河云科技,year-end,12 月 31 日截止的权益,DL-0001,2026-12-31,45\n"},
		{lang.English, "week,partner,type,type_text,ref,due,days_left\n" +
			"2026-W47,星河云科技,ho,an opportunity from Huawei to be accepted,DL-0008,2026-11-19,3\n" +
			"2026-W47,星河云科技,verification,#,DL-0009,2026-11-19,3\n" +
			"2026-W47,星河云科技,year-end,a benefit that ends on 31 December,DL-0003,2026-12-29,43\n" +
			"2026-W47,星河云科技,window,@,DL-0002,2026-12-30,44\n" +
			"2026-W47,星河云科技,year-end,a benefit that ends on 31 December,DL-0001,2026-12-31,45\n"},
	} {
		t.Run(string(c.tag), func(t *testing.T) {
			w := filled(t, c.tag, "chen@example.net")
			w.weekly(t, "2026-11-16 09:00")
			mails := w.mails(t)
			if len(mails) != 1 {
				t.Fatalf("%d mails", len(mails))
			}
			r := mails[0].Reply
			if h := r.Blocks[0].(bot.Heading).Text; h != "[partnerdesk-weekly] 2026-W47 星河云科技" {
				t.Errorf("subject %q", h)
			}
			verification := w.deps.Catalog.In(c.tag).T("deadline.kind.verification")
			window := w.deps.Catalog.In(c.tag).T("deadline.kind.window")
			if got := string(r.Files[0].Data); got != "\uFEFF"+strings.NewReplacer("@", window, "#", verification).Replace(c.want) {
				t.Errorf("csv\n%s", got)
			}
			if r.Files[0].Name != "partnerdesk-weekly-2026-W47.csv" || len(r.Files) != 2 || strings.Count(string(r.Files[1].Data), "BEGIN:VEVENT") != 5 {
				t.Errorf("files %v", r.Files)
			}
		})
	}
}

// TestWeekly_NoNamesNoAmounts sends the mail for real and hunts in every byte,
// as it came and decoded.
func TestWeekly_NoNamesNoAmounts(t *testing.T) {
	s, err := mailsim.New(mailsim.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	door, err := maildoor.New(maildoor.Options{Server: s.Addr(), From: "desk@example.com", Roots: s.Roots()})
	if err != nil {
		t.Fatal(err)
	}
	for _, tag := range lang.Tags() {
		w := filled(t, tag, "chen@example.net")
		w.weekly(t, "2026-11-16 09:00")
		for _, p := range w.mails(t) {
			if _, err := door.Send(t.Context(), p); err != nil {
				t.Fatal(err)
			}
		}
	}
	if len(s.Mails()) != 2 {
		t.Fatalf("%d mails", len(s.Mails()))
	}
	for _, m := range s.Mails() {
		text := string(m.Data) + opened(t, m.Data)
		if !strings.Contains(text, "DL-0001") || !strings.Contains(text, "DL-0009") || !strings.Contains(text, "BEGIN:VEVENT") {
			t.Errorf("not whole:\n%s", text)
		}
		for _, h := range append(hidden, "DL-PRIV", "OP-7F3K", "¥", "UANNA") {
			if strings.Contains(text, h) {
				t.Errorf("%q is in the mail:\n%s", h, text)
			}
		}
	}
}

// opened is everything in a mail, decoded.
func opened(t *testing.T, data []byte) string {
	t.Helper()
	m, err := mail.ReadMessage(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	var walk func(kind, encoding string, body io.Reader)
	walk = func(kind, encoding string, body io.Reader) {
		media, params, _ := mime.ParseMediaType(kind)
		if strings.HasPrefix(media, "multipart/") {
			r := multipart.NewReader(body, params["boundary"])
			for {
				p, err := r.NextRawPart()
				if errors.Is(err, io.EOF) {
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				walk(p.Header.Get("Content-Type"), p.Header.Get("Content-Transfer-Encoding"), p)
			}
		}
		switch encoding {
		case "quoted-printable":
			body = quotedprintable.NewReader(body)
		case "base64":
			body = base64.NewDecoder(base64.StdEncoding, body)
		}
		text, err := io.ReadAll(body)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(text)
	}
	walk(m.Header.Get("Content-Type"), m.Header.Get("Content-Transfer-Encoding"), m.Body)
	return all.String()
}

func TestWeekly_OnceOnTheFirstWorkingMorning(t *testing.T) {
	cases := []struct {
		name string
		runs []string
		want []int // mails after each run
	}{
		{"Monday at nine", []string{"2026-11-15 23:50", "2026-11-16 08:50", "2026-11-16 09:00", "2026-11-16 09:10", "2026-11-20 17:00"}, []int{0, 0, 1, 1, 1}},
		{"down until Wednesday night", []string{"2026-11-18 22:00", "2026-11-19 09:00", "2026-11-19 09:10"}, []int{0, 1, 1}},
		{"a holiday on Monday", []string{"2026-10-05 09:00", "2026-10-07 10:00", "2026-10-08 09:00"}, []int{0, 0, 1}},
		{"every week", []string{"2026-11-16 09:00", "2026-11-23 09:00", "2026-11-30 09:05"}, []int{1, 2, 3}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w := filled(t, lang.Chinese, "chen@example.net")
			for i, when := range c.runs {
				w.weekly(t, when)
				if got := len(w.mails(t)); got != c.want[i] {
					t.Errorf("%s: %d mails, want %d", when, got, c.want[i])
				}
			}
		})
	}
}

func TestWeekly_KilledAtEveryCommit(t *testing.T) {
	for fuse := 1; fuse <= 3; fuse++ {
		w := filled(t, lang.Chinese, "a@example.net", "b@example.net")
		w.fuse = fuse
		w.weekly(t, "2026-11-16 09:00")
		w.dead, w.fuse = false, 0
		w.weekly(t, "2026-11-16 09:10")
		if got := len(w.mails(t)); got != 2 {
			t.Errorf("killed at %d: %d mails, want one for each address", fuse, got)
		}
	}
}

func TestWeekly_WithoutAddressTheLeadForwards(t *testing.T) {
	w := filled(t, lang.Chinese)
	w.weekly(t, "2026-11-16 09:00")
	w.weekly(t, "2026-11-16 09:10")
	w.deliver(t)
	if len(w.mails(t)) != 0 || len(w.to(chen)) == 0 {
		t.Fatalf("mails %v, lead %v", w.mails(t), w.to(chen))
	}
	has(t, w.to(chen)[0], "[partnerdesk-weekly] 2026-W47", "can be forwarded", "DL-0001")
	for _, m := range w.dms {
		for _, h := range hidden {
			if strings.Contains(m.text, h) {
				t.Errorf("%q in\n%s", h, m.text)
			}
		}
	}
}

// TestAlerts_WhatIsSharedComesFromDates: what a person notes of Huawei's
// opportunity, a verification and a window each have an alert in time.
func TestAlerts_WhatIsSharedComesFromDates(t *testing.T) {
	w := filled(t, lang.Chinese)
	g := &guard{ward: w}
	g.now = time.Date(2026, 11, 18, 2, 0, 0, 0, time.UTC)
	b, err := bot.New(bot.Options{Commands: handlers.Commands(w.deps), Default: "ask", People: w.town, Access: w.deps.Access, Store: w, Catalog: w.deps.Catalog, Now: w.deps.Now})
	if err != nil {
		t.Fatal(err)
	}
	for i, text := range []string{"received ho-2026-77", "received HO-2026-77", "received 北辰 1"} {
		before := len(w.dms)
		r := bot.Request{ID: "r" + text + string(rune('a'+i)), Door: "test", Kind: bot.KindCommand, Person: anna, Command: "opportunity", Text: text, Place: bot.Place{Team: "T1", Channel: "D1", Direct: true}}
		w.now = w.now.Add(time.Second)
		if _, err := b.Handle(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		w.deliver(t)
		want := []string{"HO-2026-77，2026-11-23 周一 前要在伙伴中心接受或驳回（3 个工作日）", "已经记过", "请写伙伴中心里的单号"}[i]
		if len(w.dms) <= before || !strings.Contains(w.dms[len(w.dms)-1].text, want) {
			t.Errorf("%s: %v", text, w.dms[before:])
		}
	}
	w.dms = nil
	g.after(t, 2)
	var all string
	for _, m := range w.to(chen) {
		all += m.text + "\n"
	}
	for _, want := range []string{"An opportunity from Huawei is not accepted yet (1)", "DL-0009", "A benefit is about to lapse unused"} {
		if !strings.Contains(all, want) {
			t.Errorf("the lead does not read %q:\n%s", want, all)
		}
	}
}
