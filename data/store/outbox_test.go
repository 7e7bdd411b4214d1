package store_test

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"partnerdesk/bot"
	"partnerdesk/data/store"
)

func post(channel, text string) bot.Post {
	return bot.Post{To: bot.Target{Kind: bot.TargetPlace, Person: bot.PersonID{Team: "T1", User: "U1"},
		Place: bot.Place{Team: "T1", Channel: channel}}, Reply: bot.Say(bot.Text(text)), Created: noon}
}

func (d *desk) post(t testing.TB, posts ...bot.Post) {
	t.Helper()
	d.do(t, func(tx bot.Tx) error {
		for _, p := range posts {
			if err := tx.Post(p); err != nil {
				return err
			}
		}
		return nil
	})
}

func mustDue(t testing.TB, d *desk, at time.Time) []bot.Pending {
	t.Helper()
	due, err := d.Due(t.Context(), at, 100)
	if err != nil {
		t.Fatal(err)
	}
	return due
}

func words(due []bot.Pending) string {
	var list []string
	for _, p := range due {
		list = append(list, p.Reply.Plain())
	}
	return strings.Join(list, " ")
}

// due checks what a worker would be given.
func due(t testing.TB, d *desk, at time.Time, want string) []bot.Pending {
	t.Helper()
	list := mustDue(t, d, at)
	if got := words(list); got != want {
		t.Errorf("due: got %q, want %q", got, want)
	}
	return list
}

func send(t testing.TB, d *desk, p bot.Pending, message string) {
	t.Helper()
	ok(t, d.Started(t.Context(), p.ID, noon))
	ok(t, d.Sent(t.Context(), p.ID, bot.Receipt{Channel: p.To.Place.Channel, Message: message}, noon))
}

func depth(t testing.TB, d *desk, want int) {
	t.Helper()
	if got, err := d.Depth(t.Context()); err != nil || got != want {
		t.Errorf("depth: got %d, %v, want %d", got, err, want)
	}
}

func TestOutbox_FIFOPerConversation(t *testing.T) {
	d := newDesk(t)
	d.post(t, post("C1", "a1"), post("C1", "a2"), post("C2", "b1"))
	d.post(t, post("C1", "a3"))
	depth(t, d, 4)
	list := due(t, d, noon, "a1 b1")
	ok(t, d.Started(t.Context(), list[0].ID, noon))
	due(t, d, noon, "b1") // a1 under way blocks its conversation
	depth(t, d, 4)
	ok(t, d.Sent(t.Context(), list[0].ID, bot.Receipt{Channel: "C1", Message: "1.1"}, noon))
	list = due(t, d, noon, "a2 b1")
	d = d.reopen(t)
	send(t, d, list[0], "1.2")
	send(t, d, list[1], "2.1")
	send(t, d, due(t, d, noon, "a3")[0], "1.3")
	due(t, d, noon, "")
	depth(t, d, 0)
	for _, err := range []error{d.Started(t.Context(), list[0].ID, noon), d.Sent(t.Context(), "T1.x", bot.Receipt{}, noon)} {
		if !errors.Is(err, store.ErrNotFound) {
			t.Errorf("got %v, want %v", err, store.ErrNotFound)
		}
	}
}

func TestOutbox_LanesOrderConversations(t *testing.T) {
	d := newDesk(t)
	lane := func(channel, text string, l bot.Lane, after time.Duration) bot.Post {
		p := post(channel, text)
		p.Lane, p.Created = l, noon.Add(after)
		return p
	}
	d.post(t, lane("C1", "digest", bot.LaneDigest, 0), lane("C2", "reminder", bot.LaneReminder, 0),
		lane("C3", "answer2", bot.LaneAnswer, 2*time.Second), lane("C4", "answer1", bot.LaneAnswer, time.Second),
		lane("C5", "money", bot.LaneMoney, 0))
	due(t, d, noon, "answer1 answer2 money reminder digest")
	if list, err := d.Due(t.Context(), noon, 2); err != nil || words(list) != "answer1 answer2" {
		t.Errorf("got %q, %v", words(list), err)
	}
	// An answer behind a digest pulls its conversation forward, in order.
	d.post(t, lane("C1", "urgent", bot.LaneAnswer, 3*time.Second))
	list := due(t, d, noon, "digest answer1 answer2 money reminder")
	send(t, d, list[0], "1")
	due(t, d, noon, "answer1 answer2 urgent money reminder")
}

func TestOutbox_RetryHoldsTheConversation(t *testing.T) {
	d := newDesk(t)
	d.post(t, post("C1", "a1"), post("C2", "b1"))
	p := due(t, d, noon, "a1 b1")[0]
	ok(t, d.Started(t.Context(), p.ID, noon))
	ok(t, d.Retry(t.Context(), p.ID, noon.Add(30*time.Second), "429", false))
	d.post(t, post("C1", "a2")) // does not shorten the wait
	d = d.reopen(t)
	due(t, d, noon.Add(29*time.Second), "b1")
	p = due(t, d, noon.Add(30*time.Second), "b1 a1")[1]
	if p.Attempts != 1 || p.Ambiguous || !p.Tried.Equal(noon) {
		t.Errorf("got %+v", p)
	}
	ok(t, d.Started(t.Context(), p.ID, noon.Add(30*time.Second)))
	ok(t, d.Retry(t.Context(), p.ID, noon.Add(time.Minute), "timeout", true))
	p = due(t, d, noon.Add(time.Minute), "b1 a1")[1]
	if p.Attempts != 2 || !p.Ambiguous {
		t.Errorf("got %+v", p)
	}
	send(t, d, p, "1.1")
	due(t, d, noon, "a2 b1")
}

// A desk that dies while it sends does not know what became of the post.
func TestOutbox_InterruptedIsAmbiguous(t *testing.T) {
	d := newDesk(t)
	d.post(t, post("C1", "a1"), post("C1", "a2"))
	p := due(t, d, noon, "a1")[0]
	ok(t, d.Started(t.Context(), p.ID, noon))
	d = d.reopen(t)
	again := due(t, d, noon, "a1")[0]
	if again.ID != p.ID || !again.Ambiguous || again.Attempts != 1 || !again.Tried.Equal(noon) {
		t.Errorf("got %+v", again)
	}
	d = d.reopen(t)
	due(t, d, noon, "a1")
}

func TestOutbox_AnEditFoldedInAfterListingIsSent(t *testing.T) {
	d := newDesk(t)
	card := func(text string) bot.Post {
		p := post("C1", text)
		p.Object = "ticket/17"
		return p
	}
	d.do(t, func(tx bot.Tx) error { return tx.Post(card("open")) })
	listed := mustDue(t, d, noon)
	d.do(t, func(tx bot.Tx) error { return tx.Post(card("claimed")) })
	ok(t, d.Started(t.Context(), listed[0].ID, noon))
	fresh, err := d.Read(t.Context(), listed[0].ID)
	ok(t, err)
	if got := fresh.Reply.Plain(); got != "claimed" {
		t.Errorf("the post being sent says %q: the edit would be lost", got)
	}
	if _, err := d.Read(t.Context(), "T1.nosuch"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("got %v, want %v", err, store.ErrNotFound)
	}
}

func TestOutbox_OneCardPerObject(t *testing.T) {
	d := newDesk(t)
	card := func(channel, text string) bot.Post {
		p := post(channel, text)
		p.Object = "ticket/17"
		return p
	}
	d.post(t, card("C1", "new"))
	d.post(t, post("C1", "talk"), card("C1", "edited"), card("C2", "elsewhere"))
	list := due(t, d, noon, "edited elsewhere") // folded, in the place of the first
	ok(t, d.Started(t.Context(), list[0].ID, noon))
	d.post(t, card("C1", "later"), card("C1", "latest")) // too late for the one under way
	ok(t, d.Sent(t.Context(), list[0].ID, bot.Receipt{Channel: "C1", Message: "17.1"}, noon))
	d = d.reopen(t)
	send(t, d, due(t, d, noon, "talk elsewhere")[0], "17.2")
	p := due(t, d, noon, "latest elsewhere")[0]
	if want := (bot.Receipt{Channel: "C1", Message: "17.1"}); p.Card != want {
		t.Errorf("card: got %+v, want %+v", p.Card, want)
	}
	// After an ambiguous try the words must stay what was perhaps sent.
	ok(t, d.Started(t.Context(), p.ID, noon))
	ok(t, d.Retry(t.Context(), p.ID, noon, "timeout", true))
	d.post(t, card("C1", "after the doubt"))
	p = due(t, d, noon, "elsewhere latest")[1]
	send(t, d, p, "")
	p = due(t, d, noon, "after the doubt elsewhere")[0]
	if p.Card.Message != "17.1" {
		t.Errorf("card: got %+v", p.Card)
	}
}

func TestOutbox_Redirect(t *testing.T) {
	d := newDesk(t)
	p := post("C1", "a1")
	p.To.Kind, p.To.Return, p.To.Expires = bot.TargetReturn, "https://secret", noon.Add(time.Minute)
	p.Object = "ticket/1"
	d.post(t, p, post("C1", "a2"))
	first := due(t, d, noon, "a1")[0]
	if first.To != p.To {
		t.Errorf("target: got %+v, want %+v", first.To, p.To)
	}
	ok(t, d.Started(t.Context(), first.ID, noon))
	direct := bot.Target{Kind: bot.TargetPerson, Person: p.To.Person}
	ok(t, d.Redirect(t.Context(), first.ID, direct))
	list := due(t, d, noon, "a2 a1")
	if list[1].To != direct || list[1].ID != first.ID {
		t.Errorf("got %+v", list[1])
	}
	place := list[0].To
	place.Kind = bot.TargetPrivate // the same conversation by another way
	ok(t, d.Started(t.Context(), list[0].ID, noon))
	ok(t, d.Redirect(t.Context(), list[0].ID, place))
	list = due(t, d, noon, "a2 a1")
	if list[0].To != place {
		t.Errorf("got %+v", list[0])
	}
	send(t, d, list[1], "dm.1")
	send(t, d, list[0], "1.1")
	depth(t, d, 0)
}

func TestOutbox_BuryUnblocks(t *testing.T) {
	d := newDesk(t)
	p := post("C1", "a1")
	p.To.Return = "https://secret"
	d.post(t, p, post("C1", "a2"), post("C1", "a3"))
	first := due(t, d, noon, "a1")[0]
	ok(t, d.Started(t.Context(), first.ID, noon))
	ok(t, d.Bury(t.Context(), first.ID, "channel_not_found", noon))
	due(t, d, noon, "a2")
	depth(t, d, 2)
	raw, _, err := d.db.Get(t.Context(), "outbox/T1/"+first.ID)
	if err != nil || strings.Contains(string(raw), "secret") || !strings.Contains(string(raw), "channel_not_found") {
		t.Errorf("the dead post is %s, %v", raw, err)
	}
	if err := d.Retry(t.Context(), first.ID, noon, "", false); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("got %v, want %v", err, store.ErrNotFound)
	}
}

func TestOutbox_IDs(t *testing.T) {
	d := newDesk(t)
	own := post("C1", "own")
	own.ID = "reminder:1"
	d.post(t, own, post("C1", "a"), post("C1", "a"))
	own.Reply = bot.Say(bot.Text("again"))
	d.post(t, own) // the same id waits already
	depth(t, d, 3)
	seen := map[string]bool{}
	for range 3 {
		p := mustDue(t, d, noon)[0]
		if seen[p.ID] || !strings.HasPrefix(p.ID, "T1.") {
			t.Errorf("id %s", p.ID)
		}
		seen[p.ID] = true
		send(t, d, p, "1")
	}
	d.post(t, post("C1", "a")) // at the same moment, in an empty queue
	if p := mustDue(t, d, noon)[0]; seen[p.ID] {
		t.Errorf("id %s was used before", p.ID)
	}
}

func TestOutbox_Backlog(t *testing.T) {
	d := newDesk(t)
	var err error
	n := 0
	for ; err == nil && n < 5000; n += 50 {
		err = d.Update(t.Context(), func(tx bot.Tx) error {
			for range 50 {
				if err := tx.Post(post("C1", "a")); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if !errors.Is(err, store.ErrBacklog) {
		t.Errorf("after %d posts: got %v, want %v", n, err, store.ErrBacklog)
	}
}

func TestOutbox_ReplyComesBackWhole(t *testing.T) {
	d := newDesk(t)
	inlines := []bot.Inline{bot.Text("<b>&\u0000"), bot.Bold("粗"), bot.Italic("i"), bot.Code("c"), bot.Markdown("*m*"),
		bot.Link{Text: "l", URL: "https://x"}, bot.Mention{Person: bot.PersonID{Team: "T1", User: "U2"}}}
	p := post("C1", "")
	p.Reply = bot.Reply{Private: true, Replace: true, Blocks: []bot.Block{
		bot.Heading{Text: "h"}, bot.Paragraph{Inlines: inlines}, bot.Note{Inlines: inlines}, bot.Divider{},
		bot.Search{Action: "a.b", From: "a.c", Text: "t"},
		bot.Fields{Items: []bot.Field{{Label: "l", Value: inlines}}},
		bot.List{Ordered: true, Items: [][]bot.Inline{inlines, {bot.Text("x")}}},
		bot.Table{Columns: []bot.Column{{Title: "t", Numeric: true}}, Rows: [][]string{{"1"}}},
		bot.Buttons{Items: []bot.Button{{Action: "a.b", Text: "t", Value: "v", Style: bot.StyleDanger,
			Confirm: &bot.Confirm{Title: "t", Text: "x", Yes: "y", No: "n"}}, {Text: "u", URL: "https://x"}}},
	}}
	p.Lane, p.Object = bot.LaneTicket, "ticket/1"
	d.post(t, p)
	d = d.reopen(t)
	got := mustDue(t, d, noon)[0].Post
	p.ID = got.ID
	if !reflect.DeepEqual(got, p) {
		t.Errorf("got  %s\nwant %s", fmt.Sprintf("%#v", got), fmt.Sprintf("%#v", p))
	}
}

// A post put back by a clock that was ahead does not wait until that time comes.
func TestOutbox_ClockSetBack(t *testing.T) {
	d := newDesk(t)
	d.post(t, post("C1", "one"))
	p := due(t, d, noon, "one")[0]
	ok(t, d.Started(t.Context(), p.ID, noon))
	ok(t, d.Retry(t.Context(), p.ID, noon.Add(bot.LongestWait), "it failed", false))
	due(t, d, noon, "")
	due(t, d, noon.Add(-2*time.Minute), "one")
	due(t, d, noon.Add(-72*time.Hour), "one")
	due(t, d, noon.Add(bot.LongestWait), "one")
}

func TestOutbox_OldestPost(t *testing.T) {
	d := newDesk(t)
	if at, err := d.OldestPost(t.Context()); err != nil || !at.IsZero() {
		t.Errorf("of nothing: %v, %v", at, err)
	}
	for i, c := range []string{"C2", "C1", "C1"} {
		p := post(c, "x")
		p.Created = noon.Add(time.Duration(i) * time.Minute)
		d.post(t, p)
	}
	if at, err := d.OldestPost(t.Context()); err != nil || !at.Equal(noon) {
		t.Errorf("got %v, %v, want %v", at, err, noon)
	}
}
