package store_test

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"partnerdesk/bot"
	"partnerdesk/bot/lang"
	"partnerdesk/handlers/money"
	"partnerdesk/handlers/partner"
)

func aRequest(id string) money.Request {
	return money.Request{
		Team: "T1", ID: id, Rev: 3, Seed: "T1/ev1", Kind: money.GiveQuota, Account: bot.Reseller("r/1"), Name: "甲", Amount: partner.Yuan(500), Flexi: true, Reason: "双十一",
		Requester: bot.PersonID{Team: "T1", User: "U1"}, RequesterRoles: []bot.Role{bot.RoleStaff}, RequesterFrom: []string{"staff<*"}, Lang: lang.Chinese, Place: bot.Place{Team: "T1", Channel: "C1"}, CouldApprove: 2,
		Decider: bot.PersonID{Team: "T1", User: "U2"}, DeciderRoles: []bot.Role{bot.RoleApprover}, DeciderFrom: []string{"approver<S1"}, DeciderLang: lang.English, Decided: noon, Why: "先查欠费", Operation: "MO-7F3KQ",
		State: money.Reserved, Fault: "x", Created: noon, Changed: noon, Submitted: noon, Expires: noon.Add(day), Settled: noon, Nudges: []money.Nudge{{Step: money.NudgeLast, At: noon}}, Shown: 2,
	}
}

// someRequests leaves a row of every family of requests.
func someRequests(d *desk, tx bot.Tx) error {
	r := aRequest("RQ-7F3KQ")
	r.Operation = ""
	return errors.Join(d.PutRequest(tx, r),
		d.PutWishes(tx, "T1", r.Account, money.Wishes{Waiting: map[string]money.Wish{r.ID: {Kind: r.Kind, Amount: r.Amount, Flexi: true}}}))
}

func TestRequest_KeepsEveryField(t *testing.T) {
	d := newDesk(t)
	want := aRequest("RQ-7F3KQ")
	for v, i := reflect.ValueOf(want), 0; i < v.NumField(); i++ {
		if v.Field(i).IsZero() {
			t.Errorf("the sample leaves %s empty", v.Type().Field(i).Name)
		}
	}
	wishes := money.Wishes{Waiting: map[string]money.Wish{want.ID: {Kind: want.Kind, Amount: want.Amount, Flexi: true}}}
	d.do(t, func(tx bot.Tx) error {
		return errors.Join(d.PutRequest(tx, want), d.PutWishes(tx, "T1", want.Account, wishes))
	})
	d = d.reopen(t)
	if got, found, err := d.FindRequest(t.Context(), "T1", want.ID); err != nil || !found || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v, %v, want %+v", got, found, err, want)
	}
	d.do(t, func(tx bot.Tx) error {
		got, err := d.WishesIn(tx, "T1", want.Account)
		if !reflect.DeepEqual(got, wishes) {
			t.Errorf("got %+v, want %+v", got, wishes)
		}
		return err
	})
}

// A list of one account never reaches into another's; a request never changes
// its account; what is over and shown needs no worker.
func TestRequest_ListsByAccount(t *testing.T) {
	d := newDesk(t)
	mine, other := aRequest("RQ-1"), aRequest("RQ-2")
	other.Account = bot.Reseller("r/2")
	over := aRequest("RQ-3")
	over.State, over.Shown = money.Done, over.Rev
	d.do(t, func(tx bot.Tx) error {
		return errors.Join(d.PutRequest(tx, mine), d.PutRequest(tx, other), d.PutRequest(tx, over))
	})
	list, err := d.Requests(t.Context(), "T1", bot.Reseller("r/1"))
	ok(t, err)
	if len(list) != 2 || list[0].ID != "RQ-1" || list[1].ID != "RQ-3" {
		t.Errorf("got %+v", list)
	}
	if all, err := d.EveryRequest(t.Context(), "T1"); err != nil || len(all) != 3 {
		t.Errorf("got %d, %v", len(all), err)
	}
	if live, err := d.LiveRequests(t.Context()); err != nil || len(live) != 2 {
		t.Errorf("%d live, %v", len(live), err)
	}
	mine.Account = bot.Reseller("r/2")
	if err := d.Update(t.Context(), func(tx bot.Tx) error { return d.PutRequest(tx, mine) }); err == nil {
		t.Error("a request changed its account")
	}
}

// What moved nothing goes after its time; what moved something stays.
func TestRequest_Sweep(t *testing.T) {
	d := newDesk(t)
	draft, declined, done := aRequest("RQ-1"), aRequest("RQ-2"), aRequest("RQ-3")
	for _, r := range []*money.Request{&draft, &declined} {
		r.Operation, r.Shown = "", r.Rev
	}
	draft.State, draft.Submitted = money.Expired, time.Time{}
	declined.State, done.State = money.Refused, money.Done
	d.do(t, func(tx bot.Tx) error {
		return errors.Join(d.PutRequest(tx, draft), d.PutRequest(tx, declined), d.PutRequest(tx, done))
	})
	for _, step := range []struct {
		after time.Duration
		left  int
	}{{day, 3}, {8 * day, 2}, {401 * day, 1}} {
		if _, err := d.Sweep(t.Context(), noon.Add(step.after), 100); err != nil {
			t.Fatal(err)
		}
		if list, err := d.EveryRequest(t.Context(), "T1"); err != nil || len(list) != step.left {
			t.Errorf("after %s %d are left, want %d, %v", step.after, len(list), step.left, err)
		}
	}
	if _, found, _ := d.FindRequest(t.Context(), "T1", "RQ-2"); found {
		t.Error("what was swept is still found")
	}
}

// Somebody of another team leaves rows with our desk; erasing them finds those.
func TestErase_PersonOfAnotherTeam(t *testing.T) {
	d := newDesk(t)
	r := aRequest("RQ-1")
	r.Operation, r.Requester = "", bot.PersonID{Team: "T2", User: "UEVE"}
	d.do(t, func(tx bot.Tx) error {
		return errors.Join(d.PutRequest(tx, r), tx.Audit(bot.Entry{Stream: "request/RQ-1", Team: "T1", Person: r.Requester, Action: "money.request.send", Outcome: "ok", At: noon}))
	})
	if n, err := d.Erase(t.Context(), r.Requester, operator, noon); err != nil || n != 2 {
		t.Errorf("%d rows changed, want 2, %v", n, err)
	}
	got, _, err := d.FindRequest(t.Context(), "T1", "RQ-1")
	if err != nil || got.Requester != (bot.PersonID{}) || got.Reason != "" || got.Decider != r.Decider {
		t.Errorf("got %+v, %v", got, err)
	}
	if v := verify(t, d, nil); !v.OK() {
		t.Errorf("got %+v", v)
	}
}
