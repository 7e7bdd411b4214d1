package desk_test

import (
	"errors"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"partnerdesk/bot"
	"partnerdesk/cmd/desk"
	"partnerdesk/data/kv/bolt"
	"partnerdesk/data/store"
	"partnerdesk/handlers/money"
	"partnerdesk/handlers/partner"
)

// What was given up is listed, looked at, tried again and dropped.
func TestAdmin_DeadLetters(t *testing.T) {
	c := place(t)
	now := time.Now()
	db, err := bolt.Open(filepath.Join(c.Data, "desk.db"), bolt.Options{})
	must(t, err)
	s, err := store.Open(t.Context(), db, store.Options{})
	must(t, err)
	for _, id := range []string{"T1/one", "T1/two"} {
		_, err := s.Accept(t.Context(), bot.Envelope{Key: id, Team: "T1", Conversation: "T1/C1/", Door: "slack", Kind: "command", Body: []byte("secret words"), At: now, Received: now})
		must(t, err)
		must(t, s.Abandon(t.Context(), id, "nobody could read it", now))
		must(t, s.Update(t.Context(), func(tx bot.Tx) error {
			return tx.Post(bot.Post{To: bot.Target{Kind: bot.TargetPlace, Place: bot.Place{Team: "T1", Channel: "C" + id[3:]}}, Reply: bot.Say(bot.Text("secret words")), Created: now})
		}))
	}
	due, err := s.Due(t.Context(), now, 10)
	must(t, err)
	for _, p := range due {
		must(t, s.Started(t.Context(), p.ID, now))
		must(t, s.Bury(t.Context(), p.ID, "channel_not_found", now))
	}
	must(t, db.Close())

	a := admin(t, c)
	in := ask[[]desk.DeliveryInfo](t, a, http.MethodGet, "/inbox", nil)
	out := ask[[]desk.PostInfo](t, a, http.MethodGet, "/outbox", nil)
	if len(in) != 2 || in[0].State != "abandoned" || in[0].Reason != "nobody could read it" || len(out) != 2 || out[0].State != "dead" || out[0].Reason != "channel_not_found" {
		t.Fatalf("got %+v and %+v", in, out)
	}
	step := func(what, box, id, state string) {
		t.Helper()
		query := url.Values{"id": {id}}
		if box == "inbox" {
			if got := ask[desk.DeliveryInfo](t, a, http.MethodPost, "/inbox/"+what, query); got.State != state {
				t.Errorf("%s %s: got %+v, want %s", what, id, got, state)
			}
			return
		}
		if got := ask[desk.PostInfo](t, a, http.MethodPost, "/outbox/"+what, query); got.State != state {
			t.Errorf("%s %s: got %+v, want %s", what, id, got, state)
		}
	}
	step("retry", "inbox", in[0].ID, "received")
	step("drop", "inbox", in[1].ID, "done")
	step("retry", "outbox", out[0].ID, "waiting")
	step("drop", "outbox", out[1].ID, "dropped")
	if left := ask[[]desk.PostInfo](t, a, http.MethodGet, "/outbox", nil); len(left) != 1 || left[0].ID != out[0].ID {
		t.Errorf("left %+v", left)
	}
	if one := ask[desk.DeliveryInfo](t, a, http.MethodGet, "/inbox/one", url.Values{"id": {in[0].ID}}); one.State != "received" || one.Attempts != 0 {
		t.Errorf("got %+v", one)
	}
	stats := ask[desk.DBInfo](t, a, http.MethodGet, "/db/stats", nil)
	if stats.Rows["audit"] != 4 {
		t.Errorf("%d audit entries, want one for each step", stats.Rows["audit"])
	}
}

// A restored store with money that was approved is released only by somebody who
// says that it was compared.
func TestRelease_Money(t *testing.T) {
	c := place(t)
	db, err := bolt.Open(filepath.Join(c.Data, "desk.db"), bolt.Options{})
	must(t, err)
	s, err := store.Open(t.Context(), db, store.Options{})
	must(t, err)
	must(t, s.Isolate(t.Context(), store.Quarantine{Since: time.Now()}))
	must(t, s.Update(t.Context(), func(tx bot.Tx) error {
		return s.PutOperation(tx, money.Operation{Team: "T1", ID: "OP-1", Account: bot.Operator(), Kind: money.GrantCustomer, State: money.Reserved,
			Amount: partner.Yuan(300), Parties: []money.Party{{ID: "c1"}}, Created: time.Now()})
	}))
	must(t, db.Close())
	a := admin(t, c)
	err = a.Ask(t.Context(), http.MethodPost, "/restore/release", nil, nil)
	if user, ok := errors.AsType[*bot.UserError](err); !ok || user.Key != "admin.error.money" || !slices.Contains(user.Args, "300.00") {
		t.Errorf("got %v", err)
	}
	must(t, a.Ask(t.Context(), http.MethodPost, "/restore/release", url.Values{"money": {"checked"}}, nil))
}
