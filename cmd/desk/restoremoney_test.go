package desk_test

import (
	"errors"
	"io"
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

// opened runs do on the store of a desk that is stopped.
func opened(t *testing.T, c desk.Config, do func(s *store.Store)) {
	t.Helper()
	db, err := bolt.Open(filepath.Join(c.Data, "desk.db"), bolt.Options{})
	must(t, err)
	s, err := store.Open(t.Context(), db, store.Options{})
	must(t, err)
	do(s)
	must(t, db.Close())
}

// What a backup caught under way is unknown after the restore: nothing of it is
// ever sent, and the release asks for a person's word.
func TestRestore_Money(t *testing.T) {
	c := place(t)
	now := time.Now()
	states := []money.State{money.Draft, money.Awaiting, money.Reserved, money.Sending, money.Unknown, money.Done}
	opened(t, c, func(s *store.Store) {
		for i, state := range states {
			id := "MO-" + string(rune('A'+i))
			must(t, s.Update(t.Context(), func(tx bot.Tx) error {
				o := money.Operation{Team: "T1", ID: id, Rev: 3, Shown: 3, Account: bot.Operator(), Kind: money.GrantCustomer, State: state, Day: money.DayOf(now), Amount: partner.Yuan(100),
					Parties: []money.Party{{ID: "c" + id}}, Requester: bot.PersonID{Team: "T1", User: "U1"}, Created: now, Changed: now, Expires: now.Add(time.Hour)}
				if state == money.Unknown {
					o.Parties[0].Result, o.Started = money.InDoubt, now
				}
				return s.PutOperation(tx, o)
			}))
		}
		must(t, s.Update(t.Context(), func(tx bot.Tx) error {
			for _, state := range []money.ListState{money.ListDraft, money.ListSubmitted, money.ListAwaiting, money.ListApproved} {
				if err := s.PutList(tx, money.List{Team: "T1", ID: "ML-" + string(state), Rev: 1, Kind: money.GrantCustomer, Account: bot.Operator(), State: state, Created: now, Expires: now.Add(time.Hour)}); err != nil {
					return err
				}
			}
			return s.PutRequest(tx, money.Request{Team: "T1", ID: "RQ-1", Rev: 2, Kind: money.GrantReseller, Account: bot.Reseller("r1"), State: money.Awaiting, Amount: partner.Yuan(5),
				Requester: bot.PersonID{Team: "T1", User: "U9"}, Created: now, Expires: now.Add(time.Hour)})
		}))
	})
	a := admin(t, c)
	file, _, err := a.Backup(t.Context(), t.TempDir(), nil, now)
	must(t, err)
	must(t, a.Close())
	r, err := desk.Restore(t.Context(), c, parts(t, io.Discard), file, "", true)
	if err != nil || r.Unknown != 4 || r.InDoubt != partner.Yuan(400) {
		t.Fatalf("got %+v, %v", r, err)
	}
	opened(t, c, func(s *store.Store) {
		want := []money.State{money.Refused, money.Unknown, money.Unknown, money.Unknown, money.Unknown, money.Done}
		for i := range states {
			o, found, err := s.FindOperation(t.Context(), "T1", "MO-"+string(rune('A'+i)))
			if err != nil || !found || o.State != want[i] {
				t.Errorf("what was %s is %s, want %s (%v)", states[i], o.State, want[i], err)
			}
			if states[i] == money.Draft && !o.Watched() {
				t.Error("nobody watches what became of the preview")
			}
		}
		for _, state := range []money.ListState{money.ListDraft, money.ListSubmitted, money.ListAwaiting, money.ListApproved} {
			l, found, err := s.FindList(t.Context(), "T1", "ML-"+string(state))
			f := money.Facts{Approvers: []bot.PersonID{{Team: "T1", User: "U2"}, {Team: "T1", User: "U3"}}, Requests: true}
			if _, no := l.Approve(f.Approvers[0], l.Rev, f, time.Now()); err != nil || !found || no == nil {
				t.Errorf("the list that was %s is %s and can be approved: %v", state, l.State, err)
			}
			if _, no := l.Submit(l.Requester, l.Rev, f, time.Now()); no == nil {
				t.Errorf("the list that was %s can be submitted", state)
			}
		}
	})
	opened(t, c, func(s *store.Store) {
		if live, err := s.LiveRequests(t.Context()); err != nil || len(live) != 1 || live[0].State != money.Expired {
			t.Errorf("a request that waited: %+v, %v", live, err)
		}
	})
	a = admin(t, c)
	err = a.Ask(t.Context(), http.MethodPost, "/restore/release", nil, nil)
	if user, ok := errors.AsType[*bot.UserError](err); !ok || user.Key != "admin.error.money" || !slices.Contains(user.Args, "400.00") || !slices.Contains(user.Args, "4") {
		t.Errorf("got %v", err)
	}
	must(t, a.Ask(t.Context(), http.MethodPost, "/restore/release", url.Values{"money": {"checked"}}, nil))
}
