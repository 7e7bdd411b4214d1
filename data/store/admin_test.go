package store_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"partnerdesk/bot"
	"partnerdesk/data/store"
	"partnerdesk/handlers/question"
)

func states(t testing.TB, d *desk) string {
	t.Helper()
	list, err := d.Deliveries(t.Context(), 10)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range list {
		if len(e.Body) > 0 {
			t.Error("a list shows a body")
		}
		out = append(out, e.Key+" "+e.State)
	}
	return strings.Join(out, ", ")
}

func TestAdmin_Deliveries(t *testing.T) {
	d := newDesk(t)
	for _, id := range []string{"T1/a", "T1/b", "T1/c"} {
		accept(t, d, envelope(id, noon))
	}
	expect := func(want string) {
		t.Helper()
		if got := states(t, d); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	ok(t, d.Abandon(t.Context(), "T1/b", "broken", noon))
	ok(t, d.Abandon(t.Context(), "T1/c", "broken", noon))
	expect("T1/a received, T1/b abandoned, T1/c abandoned")
	if e, found, err := d.FindDelivery(t.Context(), "T1/b"); err != nil || !found || e.Reason != "broken" || !e.Decided.Equal(noon) {
		t.Errorf("got %+v, %v, %v", e, found, err)
	}
	ok(t, d.RetryDelivery(t.Context(), "T1/b"))
	ok(t, d.DropDelivery(t.Context(), "T1/c", noon))
	ok(t, d.DropDelivery(t.Context(), "T1/a", noon))
	expect("T1/b received")
	// What waits again is whole, and no sweep takes it.
	if _, err := d.Sweep(t.Context(), noon.Add(30*day), 100); err != nil {
		t.Fatal(err)
	}
	list, err := d.Waiting(t.Context(), 10)
	if err != nil || len(list) != 1 || len(list[0].Body) == 0 {
		t.Errorf("got %+v, %v", list, err)
	}
	for call, err := range map[string]error{
		"retry what waits": d.RetryDelivery(t.Context(), "T1/b"), "retry unknown": d.RetryDelivery(t.Context(), "T1/x"),
		"drop unknown": d.DropDelivery(t.Context(), "T1/x", noon),
	} {
		if !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s: got %v, want %v", call, err, store.ErrNotFound)
		}
	}
	if left := append(d.rows(t, "inbox-dead"), d.rows(t, "expiry")...); len(left) != 0 {
		t.Errorf("left: %q", left)
	}
}

func TestAdmin_Posts(t *testing.T) {
	d := newDesk(t)
	a := post("C1", "a1")
	a.To.Kind, a.To.Return, a.Object = bot.TargetReturn, "https://secret", "ticket/1"
	d.post(t, a, post("C1", "a2"), post("C2", "b1"))
	first := mustDue(t, d, noon)
	ok(t, d.Bury(t.Context(), first[0].ID, "gone", noon))
	ok(t, d.Started(t.Context(), first[1].ID, noon))
	list, err := d.Posts(t.Context(), 10)
	got := map[string]string{}
	for _, l := range list {
		got[l.Reply.Plain()] = l.State
	}
	if err != nil || len(got) != 3 || got["a1"] != "dead" || got["a2"] != "waiting" || got["b1"] != "sending" {
		t.Errorf("got %v, %v", got, err)
	}
	if err := d.DropPost(t.Context(), first[1].ID, noon); !errors.Is(err, store.ErrUnderWay) {
		t.Errorf("got %v, want %v", err, store.ErrUnderWay)
	}
	ok(t, d.RetryPost(t.Context(), first[0].ID, noon))
	again := mustDue(t, d, noon)
	if words(again) != "a2 a1" && words(again) != "a1 a2" {
		t.Fatalf("due: %s", words(again))
	}
	for _, p := range again {
		if p.ID == first[0].ID && p.To != (bot.Target{Kind: bot.TargetPerson, Person: a.To.Person}) {
			t.Errorf("it goes to %+v", p.To)
		}
		ok(t, d.DropPost(t.Context(), p.ID, noon))
	}
	due(t, d, noon, "")
	depth(t, d, 1) // the one under way
	for call, err := range map[string]error{
		"retry what is gone": d.RetryPost(t.Context(), first[0].ID, noon), "drop it": d.DropPost(t.Context(), first[0].ID, noon),
	} {
		if !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s: got %v, want %v", call, err, store.ErrNotFound)
		}
	}
	if left := d.rows(t, "outbox-dead"); len(left) != 0 {
		t.Errorf("left: %q", left)
	}
}

// operator is who does what only an admin does.
var operator = bot.PersonID{User: "os:root"}

func TestErase(t *testing.T) {
	d := newDesk(t)
	other := bot.PersonID{Team: "T1", User: "U11"} // whose id begins like the first's
	for _, who := range []bot.PersonID{asker, other} {
		ok(t, d.Seen(t.Context(), who, "zh-CN", noon))
		d.do(t, func(tx bot.Tx) error {
			a := asked("q-"+who.User, noon)
			a.Person = who
			return errors.Join(d.PutAsked(tx, a),
				d.PutRating(tx, question.Rating{Question: a.ID, Person: who, Mark: question.MarkWrong, Reason: "because", At: noon}),
				d.PutHandover(tx, question.Handover{Question: a.ID, Person: who, Account: bot.Operator(), Text: "why?", At: noon}),
				tx.Audit(bot.Entry{Stream: "object/1", Person: who, Action: "balance", At: noon}))
		})
	}
	for want := 7; want >= 0; want -= 7 { // a second time there is nothing left
		if got, err := d.Erase(t.Context(), asker, operator, noon); err != nil || got != want {
			t.Errorf("got %d, %v, want %d", got, err, want)
		}
	}
	gone, _, err := d.FindAsked(t.Context(), "T1", "q-U1")
	if err != nil || gone.Text != "" || gone.Person.User != "" || gone.Entry == "" {
		t.Errorf("got %+v, %v", gone, err)
	}
	kept, _, err := d.FindAsked(t.Context(), "T1", "q-U11")
	if err != nil || kept.Text == "" || kept.Person != other {
		t.Errorf("got %+v, %v", kept, err)
	}
	list, err := d.Audited(t.Context(), "T1", "object/1")
	if err != nil || len(list) != 2 || list[0].Person.User != "" || list[1].Person != other {
		t.Errorf("got %+v, %v", list, err)
	}
	if streams, err := d.Streams(t.Context(), "T1"); err != nil || len(streams) != 1 || streams[0] != "object/1" {
		t.Errorf("got %q, %v", streams, err)
	}
	if _, _, found, err := d.LastSeen(t.Context(), other); err != nil || !found {
		t.Errorf("the other person is gone too (%v)", err)
	}
}

// An ended context ends the long calls, too.
func TestAdmin_EndedContext(t *testing.T) {
	d := newDesk(t)
	everything(t, d)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, deliveries := d.Deliveries(ctx, 1)
	_, posts := d.Posts(ctx, 1)
	_, erased := d.Erase(ctx, asker, operator, noon)
	_, swept := d.Sweep(ctx, noon, 1)
	for call, err := range map[string]error{"deliveries": deliveries, "posts": posts, "erase": erased, "sweep": swept} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: got %v, want %v", call, err, context.Canceled)
		}
	}
}
