package store_test

import (
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"partnerdesk/bot"
	"partnerdesk/data/store"
	"partnerdesk/handlers/question"
)

var asker = bot.PersonID{Team: "T1", User: "U1"}

func asked(id string, at time.Time) question.Asked {
	return question.Asked{ID: id, Person: asker, Account: bot.Reseller("7"), Conversation: "T1/C1/9.1", Text: "额度？",
		Understood: "测试券额度？", Lang: "zh", Verdict: "sure", Entry: "test-coupon-quota", Rev: "abc", Confidence: 0.9, At: at}
}

func TestQuestion_Asked(t *testing.T) {
	d := newDesk(t)
	want := asked("T1/ev1", noon)
	for range 2 { // a repetition overwrites itself
		d.do(t, func(tx bot.Tx) error { return d.PutAsked(tx, want) })
	}
	d = d.reopen(t)
	if got, found, err := d.FindAsked(t.Context(), "T1", "T1/ev1"); err != nil || !found || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v, %v, want %+v", got, found, err, want)
	}
	if _, found, err := d.FindAsked(t.Context(), "T2", "T1/ev1"); err != nil || found {
		t.Errorf("another team finds it: %v, %v", found, err)
	}
}

func TestQuestion_LastAsked(t *testing.T) {
	d := newDesk(t)
	for _, a := range []question.Asked{asked("one", noon), asked("three", noon.Add(2*time.Minute)), asked("two", noon.Add(time.Minute))} {
		d.do(t, func(tx bot.Tx) error { return d.PutAsked(tx, a) })
	}
	other := bot.PersonID{Team: "T1", User: "U2"}
	for _, c := range []struct {
		name         string
		who          bot.PersonID
		conversation string
		since        time.Time
		want         string
	}{
		{"the latest, in whatever order they came", asker, "T1/C1/9.1", noon, "three"},
		{"none that young", asker, "T1/C1/9.1", noon.Add(3 * time.Minute), ""},
		{"elsewhere", asker, "T1/C1/", noon, ""},
		{"somebody else", other, "T1/C1/9.1", noon, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, found, err := d.LastAsked(t.Context(), c.who, c.conversation, c.since)
			if err != nil || got.ID != c.want || found != (c.want != "") {
				t.Errorf("got %q, %v, %v, want %q", got.ID, found, err, c.want)
			}
		})
	}
}

// The words go when their time has come, what was answered stays for its own.
func TestQuestion_Retentions(t *testing.T) {
	d := newDesk(t)
	s, err := store.Open(t.Context(), d.db, store.Options{KeepAsks: 10 * day})
	ok(t, err)
	ok(t, s.Update(t.Context(), func(tx bot.Tx) error { return s.PutAsked(tx, asked("q", noon)) }))
	for _, c := range []struct {
		after int
		text  string
		found bool
	}{{9, "额度？", true}, {10, "", true}, {90, "", false}} {
		if _, err := s.Sweep(t.Context(), noon.Add(time.Duration(c.after)*day), 100); err != nil {
			t.Fatal(err)
		}
		got, found, err := s.FindAsked(t.Context(), "T1", "q")
		if err != nil || found != c.found || got.Text != c.text {
			t.Errorf("after %d days: %q, %v, %v", c.after, got.Text, found, err)
		}
	}
}

func TestQuestion_LongAndStrangeWords(t *testing.T) {
	d := newDesk(t)
	for name, text := range map[string]string{
		"long":     strings.Repeat("券", 40_000),
		"quotes":   strings.Repeat(`"\`, 40_000),
		"markup":   strings.Repeat("<!channel>&", 10_000),
		"controls": strings.Repeat("\x00\x1b", 40_000) + "券",
		"broken":   strings.Repeat("\xff", 40_000) + "券",
	} {
		a := asked(name, noon)
		a.Text, a.Understood = text, text
		d.do(t, func(tx bot.Tx) error { return d.PutAsked(tx, a) })
		got, _, err := d.FindAsked(t.Context(), "T1", name)
		if err != nil || got.Text == "" || !utf8.ValidString(got.Text) || strings.ContainsRune(got.Text, 0) {
			t.Errorf("%s: %.20q, %v", name, got.Text, err)
		}
	}
}

func TestQuestion_Rating(t *testing.T) {
	d := newDesk(t)
	rate := func(user string, mark question.Mark, reason string) {
		t.Helper()
		d.do(t, func(tx bot.Tx) error {
			return d.PutRating(tx, question.Rating{Question: "q", Person: bot.PersonID{Team: "T1", User: user},
				Entry: "e", Rev: "r", Mark: mark, Reason: reason, At: noon})
		})
	}
	rate("U1", question.MarkHelpful, "")
	rate("U2", question.MarkUseless, "")
	rate("U1", question.MarkWrong, "out of date")
	list, err := d.Ratings(t.Context(), "T1")
	ok(t, err)
	want := []question.Rating{
		{Question: "q", Person: asker, Entry: "e", Rev: "r", Mark: question.MarkWrong, Reason: "out of date", At: noon},
		{Question: "q", Person: bot.PersonID{Team: "T1", User: "U2"}, Entry: "e", Rev: "r", Mark: question.MarkUseless, At: noon},
	}
	if !reflect.DeepEqual(list, want) {
		t.Errorf("got %+v, want %+v", list, want)
	}
}

func TestQuestion_Handover(t *testing.T) {
	d := newDesk(t)
	h := question.Handover{Question: "q", Person: asker, Account: bot.Reseller("7"), Place: bot.Place{Team: "T1", Channel: "C1"}, Text: "why?", At: noon}
	again := h
	again.Text = "changed"
	for _, h := range []question.Handover{h, again} {
		d.do(t, func(tx bot.Tx) error { return d.PutHandover(tx, h) })
	}
	list, err := d.Handovers(t.Context(), "T1", bot.Reseller("7"))
	if want := []question.Handover{h}; err != nil || !reflect.DeepEqual(list, want) {
		t.Errorf("got %+v, %v, want %+v", list, err, want)
	}
	for _, other := range []bot.Account{bot.Operator(), bot.Reseller("77"), {}} {
		if list, err := d.Handovers(t.Context(), "T1", other); err != nil || len(list) != 0 {
			t.Errorf("%q sees %+v, %v", other, list, err)
		}
	}
}

func TestQuestion_ForeignTransaction(t *testing.T) {
	a, b := newDesk(t), newDesk(t)
	err := a.Update(t.Context(), func(tx bot.Tx) error { return b.PutAsked(tx, asked("q", noon)) })
	if err == nil {
		t.Error("rows were put through the transaction of another store")
	}
}
