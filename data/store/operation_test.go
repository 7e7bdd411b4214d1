package store_test

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"partnerdesk/bot"
	"partnerdesk/bot/lang"
	"partnerdesk/handlers/money"
	"partnerdesk/handlers/partner"
)

func anOperation(id string) money.Operation {
	return money.Operation{
		Team: "T1", ID: id, Rev: 4, Seed: "T1/ev1", Kind: money.IssueCoupon, Account: bot.Reseller("r/1"), Amount: partner.Yuan(500),
		Parties: []money.Party{{ID: "c1", Name: "甲", Result: money.OK, Record: "coupon/CP1"}, {ID: "c2", Name: "乙", Result: money.Failed, Fault: "partner.err.quota"}},
		Quota:   "Q1", Coupon: "CP0", From: noon, To: noon.Add(day), Services: []string{"hws.service.type.ec2"}, Products: []string{"P1"}, Remark: "双十一", List: "ML-22222",
		Seen:      money.Preview{Available: 12345, Known: true, Ends: noon.Add(day), At: noon, Source: "Q1"},
		Requester: bot.PersonID{Team: "T1", User: "U1"}, RequesterRoles: []bot.Role{bot.RoleStaff}, Lang: lang.Chinese, Place: bot.Place{Team: "T1", Channel: "C1"},
		Approver: bot.PersonID{Team: "T1", User: "U2"}, ApproverRoles: []bot.Role{bot.RoleApprover}, ApproverLang: lang.English, Approved: noon, Alone: true, CouldApprove: 3,
		Decider: bot.PersonID{Team: "T1", User: "U3"}, Reason: "看过记录", Policy: "abcd", State: money.Unknown, Fault: "x", Day: "2026-11-20",
		Created: noon, Changed: noon, Expires: noon.Add(day), Started: noon, Signed: noon, Snapshot: []string{"coupon/CP9"}, Candidates: []string{"coupon/CP8"},
		Looks: 2, Looked: noon, Again: "OP-22222", Request: "RQ-7F3KQ", Shown: 3, Works: 1, Settled: noon,
		Watch: noon.Add(day), Late: noon, Restored: noon, Center: "0123", RequesterFrom: []string{"staff<*"}, ApproverFrom: []string{"approver<S1"},
		Nudges: []money.Nudge{{Step: money.NudgeApprovers, At: noon}},
	}
}

// someMoney leaves a row of every family of operations.
func someMoney(d *desk, tx bot.Tx) error {
	o := anOperation("OP-7F3KQ")
	return errors.Join(d.PutOperation(tx, o),
		d.PutPool(tx, "T1", "quota/Q1", money.Pool{Draws: []money.Draw{{Operation: o.ID, Amount: 5, Settled: noon}}}),
		d.PutDay(tx, "T1", o.Account, "2026-11-20", money.Day{Entries: map[string]money.Entry{o.ID: {Person: "T1/U1", Each: 1, Total: 2, Parties: []string{"a"}, Alone: true}}}),
		d.PutLane(tx, "T1", o.Account, o.Kind, money.Lane{Busy: map[string]money.Passage{o.ID: {Parties: []string{"a"}, Unknown: true}}}),
		d.PutClaim(tx, "T1", "coupon/CP1", o.ID),
		d.PutNight(tx, aNight()), someRequests(d, tx),
		d.PutFreeze(tx, "T1", money.Everything, money.Freeze{Scope: money.Everything, By: o.Requester, At: noon, ThawBy: o.Approver}))
}

func TestOperation_KeepsEveryField(t *testing.T) {
	d := newDesk(t)
	want := anOperation("OP-7F3KQ")
	for v, i := reflect.ValueOf(want), 0; i < v.NumField(); i++ {
		if v.Field(i).IsZero() {
			t.Errorf("the sample leaves %s empty", v.Type().Field(i).Name)
		}
	}
	d.do(t, func(tx bot.Tx) error { return d.PutOperation(tx, want) })
	d = d.reopen(t)
	if got, found, err := d.FindOperation(t.Context(), "T1", want.ID); err != nil || !found || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v, %v, want %+v", got, found, err, want)
	}
}

func TestOperation_SharedRowsKeepEveryField(t *testing.T) {
	d := newDesk(t)
	d.do(t, func(tx bot.Tx) error { return someMoney(d, tx) })
	d = d.reopen(t)
	o := anOperation("OP-7F3KQ")
	d.do(t, func(tx bot.Tx) error {
		pool, err := d.PoolIn(tx, "T1", "quota/Q1")
		ok(t, err)
		if want := (money.Pool{Draws: []money.Draw{{Operation: o.ID, Amount: 5, Settled: noon}}}); !reflect.DeepEqual(pool, want) {
			t.Errorf("pool: got %+v, want %+v", pool, want)
		}
		days, err := d.DayIn(tx, "T1", o.Account, "2026-11-20")
		ok(t, err)
		if want := (money.Entry{Person: "T1/U1", Each: 1, Total: 2, Parties: []string{"a"}, Alone: true}); !reflect.DeepEqual(days.Entries[o.ID], want) {
			t.Errorf("day: got %+v, want %+v", days.Entries[o.ID], want)
		}
		lane, err := d.LaneIn(tx, "T1", o.Account, o.Kind)
		ok(t, err)
		if want := (money.Passage{Parties: []string{"a"}, Unknown: true}); !reflect.DeepEqual(lane.Busy[o.ID], want) {
			t.Errorf("lane: got %+v, want %+v", lane.Busy[o.ID], want)
		}
		freeze, err := d.FreezeIn(tx, "T1", money.Everything)
		ok(t, err)
		if want := (money.Freeze{Scope: money.Everything, By: o.Requester, At: noon, ThawBy: o.Approver}); !reflect.DeepEqual(freeze, want) {
			t.Errorf("freeze: got %+v, want %+v", freeze, want)
		}
		return d.PutFreeze(tx, "T1", money.Everything, money.Freeze{})
	})
	if list, err := d.Freezes(t.Context(), "T1"); err != nil || len(list) != 0 {
		t.Errorf("still frozen: %+v, %v", list, err)
	}
}

// A record explains one operation only, whoever comes second.
func TestOperation_AClaimIsForLife(t *testing.T) {
	d := newDesk(t)
	d.do(t, func(tx bot.Tx) error { return d.PutClaim(tx, "T1", "trans/TR1", "OP-A") })
	d.do(t, func(tx bot.Tx) error { return d.PutClaim(tx, "T1", "trans/TR1", "OP-A") })
	err := d.Update(t.Context(), func(tx bot.Tx) error {
		return errors.Join(d.PutClaim(tx, "T1", "trans/TR2", "OP-B"), d.PutClaim(tx, "T1", "trans/TR1", "OP-B"))
	})
	if !errors.Is(err, money.ErrClaimed) {
		t.Errorf("got %v, want %v", err, money.ErrClaimed)
	}
	d.do(t, func(tx bot.Tx) error {
		one, err := d.ClaimedBy(tx, "T1", "trans/TR1")
		ok(t, err)
		two, err := d.ClaimedBy(tx, "T1", "trans/TR2")
		if one != "OP-A" || two != "" {
			t.Errorf("claims: %q, %q", one, two)
		}
		return err
	})
}

func TestOperation_AccountsAreApart(t *testing.T) {
	d := newDesk(t)
	mine, other := anOperation("OP-A"), anOperation("OP-B")
	mine.Account, other.Account = bot.Reseller("a"), bot.Reseller("ab")
	d.do(t, func(tx bot.Tx) error { return errors.Join(d.PutOperation(tx, mine), d.PutOperation(tx, other)) })
	got, err := d.Operations(t.Context(), "T1", bot.Reseller("a"))
	if err != nil || len(got) != 1 || got[0].ID != "OP-A" {
		t.Errorf("got %+v, %v", got, err)
	}
	if all, err := d.EveryOperation(t.Context(), "T1"); err != nil || len(all) != 2 {
		t.Errorf("the operator sees %d, %v", len(all), err)
	}
	mine.Account = bot.Reseller("ab")
	if err := d.Update(t.Context(), func(tx bot.Tx) error { return d.PutOperation(tx, mine) }); err == nil {
		t.Error("an operation changed its account")
	}
}

func TestOperation_LiveUntilItIsOverAndShown(t *testing.T) {
	d := newDesk(t)
	o := anOperation("OP-A")
	live := func() int {
		list, err := d.LiveOperations(t.Context())
		ok(t, err)
		return len(list)
	}
	d.do(t, func(tx bot.Tx) error { return d.PutOperation(tx, o) })
	if live() != 1 {
		t.Error("an unknown operation is not live")
	}
	o.State = money.Done
	d.do(t, func(tx bot.Tx) error { return d.PutOperation(tx, o) })
	if live() != 1 {
		t.Error("its cards are behind and nobody looks")
	}
	o.Shown = o.Rev
	d.do(t, func(tx bot.Tx) error { return d.PutOperation(tx, o) })
	if live() != 1 {
		t.Error("a late effect is watched for and nobody looks")
	}
	o.Watch = time.Time{}
	d.do(t, func(tx bot.Tx) error { return d.PutOperation(tx, o) })
	if live() != 0 {
		t.Error("an operation that is over is still live")
	}
	if _, found, err := d.FindOperation(t.Context(), "T1", o.ID); err != nil || !found {
		t.Errorf("it is forgotten: %v, %v", found, err)
	}
	if _, err := d.Sweep(t.Context(), noon.Add(5000*day), 1000); err != nil {
		t.Fatal(err)
	}
	if _, found, err := d.FindOperation(t.Context(), "T1", o.ID); err != nil || !found {
		t.Errorf("a sweep took the proof away: %v, %v", found, err)
	}
}

// The shared rows fit their limits when they are as full as the rules allow.
func TestOperation_FullestRowsFit(t *testing.T) {
	d := newDesk(t)
	full := money.Day{Entries: map[string]money.Entry{}}
	for i := range money.MostADay {
		e := money.Entry{Person: "T0123456789/U0123456789", Each: 1e12, Total: 3e13, Alone: true}
		for range money.MostSides / money.MostADay {
			e.Parties = append(e.Parties, strings.Repeat("f", 16))
		}
		full.Entries[fmt.Sprintf("OP-%06d", i)] = e
	}
	var pool money.Pool
	for i := range money.MostHolders {
		pool.Draws = append(pool.Draws, money.Draw{Operation: fmt.Sprintf("OP-%06d", i), Amount: 3e13, Settled: noon.Add(time.Millisecond)})
	}
	wide := anOperation("OP-W")
	wide.Parties = nil
	for i := range money.MaxParties {
		wide.Parties = append(wide.Parties, money.Party{ID: strings.Repeat("c", 64), Name: strings.Repeat("名", 64), Record: strings.Repeat("r", 100), Result: money.OK, Fault: fmt.Sprint(i)})
	}
	d.do(t, func(tx bot.Tx) error {
		return errors.Join(d.PutDay(tx, "T1", bot.Operator(), "2026-11-20", full), d.PutPool(tx, "T1", "quota/Q", pool), d.PutOperation(tx, wide))
	})
}
