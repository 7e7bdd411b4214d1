package store_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"partnerdesk/bot"
	"partnerdesk/data/store"
)

func envelope(id string, at time.Time) bot.Envelope {
	return bot.Envelope{Key: id, Team: "T1", Conversation: "T1/C1/", Door: "slack", Kind: "event",
		Body: []byte(`{"response_url":"https://secret"}`), At: at, Received: at.Add(time.Second)}
}

func accept(t testing.TB, d *desk, e bot.Envelope) bot.Acceptance {
	t.Helper()
	got, err := d.Accept(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func waiting(t testing.TB, d *desk, limit int) string {
	t.Helper()
	list, err := d.Waiting(t.Context(), limit)
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, e := range list {
		ids = append(ids, e.Key)
	}
	return strings.Join(ids, " ")
}

func TestInbox_Repetitions(t *testing.T) {
	d := newDesk(t)
	e := envelope("T1/ev1", noon)
	for _, step := range []struct {
		name string
		do   func() error
		want bot.Acceptance
	}{
		{"new", nil, bot.Accepted},
		{"while unfinished", nil, bot.Unfinished},
		{"after a restart", func() error { d = d.reopen(t); return nil }, bot.Unfinished},
		{"when done", func() error {
			return d.Update(t.Context(), func(tx bot.Tx) error { return tx.Done(e.Key, noon) })
		}, bot.Answered},
		{"six days later", func() error { _, err := d.Sweep(t.Context(), noon.Add(6*day), 100); return err }, bot.Answered},
		{"eight days later", func() error { _, err := d.Sweep(t.Context(), noon.Add(8*day), 100); return err }, bot.Accepted},
	} {
		if step.do != nil {
			ok(t, step.do())
		}
		if got := accept(t, d, e); got != step.want {
			t.Errorf("%s: got %v, want %v", step.name, got, step.want)
		}
	}
}

func TestInbox_OneOfManyIsAccepted(t *testing.T) {
	d := newDesk(t)
	var mu sync.Mutex
	counts := map[bot.Acceptance]int{}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			got, err := d.Accept(t.Context(), envelope("T1/ev1", noon))
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			counts[got]++
		})
	}
	all.Wait()
	if counts[bot.Accepted] != 1 || counts[bot.Unfinished] != 7 {
		t.Errorf("got %v", counts)
	}
}

func TestInbox_WaitingByEventTime(t *testing.T) {
	d := newDesk(t)
	late := envelope("T1/late", time.Time{})
	late.Received = noon.Add(10 * time.Second)
	accept(t, d, envelope("T1/second", noon.Add(2*time.Second)))
	accept(t, d, late)
	accept(t, d, envelope("T1/first", noon.Add(time.Second)))
	accept(t, d, envelope("T0/other team", noon.Add(3*time.Second)))
	if got, want := waiting(t, d, 10), "T1/first T1/second T0/other team T1/late"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := waiting(t, d, 2), "T1/first T1/second"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	d = d.reopen(t)
	list, err := d.Waiting(t.Context(), 1)
	ok(t, err)
	e := envelope("T1/first", noon.Add(time.Second))
	if fmt.Sprint(list[0]) != fmt.Sprint(e) {
		t.Errorf("got %+v, want %+v", list[0], e)
	}
}

func TestInbox_EnvelopeGoesWhenDone(t *testing.T) {
	d := newDesk(t)
	e := envelope("T1/ev1", noon)
	e.Body = bytes.Repeat([]byte("secret…"), 60_000)
	accept(t, d, e)
	list, err := d.Waiting(t.Context(), 1)
	if err != nil || !bytes.Equal(list[0].Body, e.Body) {
		t.Fatalf("the body came back otherwise: %v", err)
	}
	d.do(t, func(tx bot.Tx) error { return tx.Done(e.Key, noon) })
	if left := d.rows(t, "inbox-body"); len(left) != 0 {
		t.Errorf("left: %q", left)
	}
	if got := waiting(t, d, 1); got != "" {
		t.Errorf("still waiting: %s", got)
	}
	e.Key, e.Body = "T1/ev2", make([]byte, 1<<20)
	if _, err := d.Accept(t.Context(), e); !errors.Is(err, store.ErrTooLarge) {
		t.Errorf("got %v, want %v", err, store.ErrTooLarge)
	}
}

func TestInbox_DoneTwice(t *testing.T) {
	d := newDesk(t)
	accept(t, d, envelope("T1/ev1", noon))
	answer := func(ctx context.Context) error {
		return d.Update(ctx, func(tx bot.Tx) error {
			if err := tx.Post(post("C1", "answer")); err != nil {
				return err
			}
			return tx.Done("T1/ev1", noon)
		})
	}
	ok(t, answer(t.Context()))
	if err := answer(t.Context()); !errors.Is(err, store.ErrAnswered) {
		t.Errorf("got %v, want %v", err, store.ErrAnswered)
	}
	if n, err := d.Depth(t.Context()); err != nil || n != 1 {
		t.Errorf("%d posts, %v, want one answer", n, err)
	}
	d.do(t, func(tx bot.Tx) error { return errors.Join(tx.Done("", noon), tx.Done("T1/unknown", noon)) })
}

func TestInbox_TriedAndAbandoned(t *testing.T) {
	d := newDesk(t)
	accept(t, d, envelope("T1/ev1", noon))
	for want := 1; want <= 3; want++ {
		if got, err := d.Tried(t.Context(), "T1/ev1"); err != nil || got != want {
			t.Errorf("got %d, %v, want %d", got, err, want)
		}
		d = d.reopen(t)
	}
	ok(t, d.Abandon(t.Context(), "T1/ev1", "three times", noon))
	if got := waiting(t, d, 1); got != "" {
		t.Errorf("still waiting: %s", got)
	}
	if got := accept(t, d, envelope("T1/ev1", noon)); got != bot.Answered {
		t.Errorf("got %v, want %v", got, bot.Answered)
	}
	_, tried := d.Tried(t.Context(), "T1/ev1")
	for call, err := range map[string]error{"tried": tried, "abandon unknown": d.Abandon(t.Context(), "T1/no", "", noon)} {
		if !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s: got %v, want %v", call, err, store.ErrNotFound)
		}
	}
}
