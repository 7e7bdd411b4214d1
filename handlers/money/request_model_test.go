package money_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"partnerdesk/bot"
	"partnerdesk/handlers/money"
	"partnerdesk/handlers/partner"
)

// crossing is the model with resellers that ask: every person may work for the
// distributor or for a reseller, and may change sides and roles at any moment.
// What the partner center has is kept apart from the rules, as in [world].
type crossing struct {
	book     money.Memory
	policy   money.Policy
	now      time.Time
	cash     partner.Fen
	employer map[bot.PersonID]bot.Account
	approves map[bot.PersonID]bool
	ids      []string
	count    int
	moved    map[string]partner.Fen // by request: what reached the reseller
	calls    map[string]int         // by request
	asked    map[string]bot.PersonID
	decided  map[string]bot.PersonID
}

var crowd = []bot.PersonID{{Team: "T", User: "A"}, {Team: "T", User: "B"}, {Team: "T", User: "C"}, {Team: "T", User: "R1"}, {Team: "U", User: "R2"}}

func (w *crossing) facts(requester bot.PersonID, asker bot.Account) money.Facts {
	f := money.Facts{Requests: w.employer[requester] == asker, Available: w.cash, Known: true, Read: w.now}
	for _, p := range crowd { // as the desk asks: the distributor's own people only
		if w.approves[p] && w.employer[p] == bot.Operator() {
			f.Approvers = append(f.Approvers, p)
		}
	}
	return f
}

func (w *crossing) some(t *rapid.T, states ...money.State) (money.Request, bool) {
	ids := slices.DeleteFunc(slices.Clone(w.ids), func(id string) bool {
		r, _, _ := w.book.RequestIn(nil, "T", id)
		return !slices.Contains(states, r.State)
	})
	if len(ids) == 0 || rapid.IntRange(0, 9).Draw(t, "wild") == 0 {
		ids = w.ids
	}
	if len(ids) == 0 {
		return money.Request{}, false
	}
	r, _, _ := w.book.RequestIn(nil, "T", rapid.SampledFrom(ids).Draw(t, "request"))
	return r, true
}

func (w *crossing) change(id string, do func(money.Request, money.Wishes) (money.Request, money.Wishes, error)) error {
	w.now = w.now.Add(time.Millisecond)
	_, _, err := money.ChangeRequest(&w.book, nil, "T", id, do)
	return err
}

func (w *crossing) draft(t *rapid.T) {
	who := rapid.SampledFrom(crowd).Draw(t, "who")
	w.count++
	r := money.Request{Team: "T", ID: money.RequestID(fmt.Sprint(w.count), 0), Kind: money.GrantReseller, Account: w.employer[who], Name: "x", Requester: who,
		Amount: partner.Yuan(int64(rapid.IntRange(1, 40).Draw(t, "yuan")))}
	if _, found, _ := w.book.RequestIn(nil, "T", r.ID); found {
		return
	}
	r, err := money.NewRequest(r, w.now)
	if (err == nil) != (w.employer[who] != bot.Operator()) {
		t.Fatalf("%s of %s drafts: %v", who, w.employer[who], err)
	}
	if err == nil {
		_ = w.book.PutRequest(nil, r)
		w.ids = append(w.ids, r.ID)
	}
}

// shown is the rev on the card, or an older one.
func shown(t *rapid.T, rev int) int {
	if rapid.IntRange(0, 4).Draw(t, "stale") == 0 {
		return rev - 1
	}
	return rev
}

func (w *crossing) send(t *rapid.T) {
	if r, ok := w.some(t, money.Draft); ok {
		who, rev := rapid.SampledFrom(append(slices.Clone(crowd), r.Requester, r.Requester, r.Requester)).Draw(t, "who"), shown(t, r.Rev)
		err := w.change(r.ID, func(r money.Request, a money.Wishes) (money.Request, money.Wishes, error) {
			return r.Submit(who, rev, a, w.facts(r.Requester, r.Account), w.policy, w.now)
		})
		if err == nil {
			w.asked[r.ID] = who
		}
	}
}

func (w *crossing) approve(t *rapid.T) {
	r, ok := w.some(t, money.Awaiting)
	if !ok {
		return
	}
	who, rev := rapid.SampledFrom(crowd).Draw(t, "who"), shown(t, r.Rev)
	w.now = w.now.Add(time.Millisecond)
	_, after, o, err := money.Carry(&w.book, nil, "T", r.ID, rev, money.Approval{Who: who, Facts: w.facts(r.Requester, r.Account), Policy: w.policy}, w.now)
	if err != nil {
		if now, _, _ := w.book.RequestIn(nil, "T", r.ID); now.Rev != r.Rev {
			t.Fatalf("a refused approval changed %s", r.ID)
		}
		return
	}
	switch {
	case rev != r.Rev || r.State != money.Awaiting:
		t.Fatalf("a click on rev %d of %s counted for rev %d, %s", rev, r.ID, r.Rev, r.State)
	case w.employer[who] != bot.Operator() || !w.approves[who] || who == r.Requester:
		t.Fatalf("%s of %s approved what %s asked", who, w.employer[who], r.Requester)
	case o.Alone || o.Account != bot.Operator() || o.Requester != r.Requester || after.Operation != o.ID || o.Asker() != r.Account:
		t.Fatalf("it became %+v", o)
	}
	w.decided[r.ID] = who
}

func (w *crossing) decline(t *rapid.T) {
	if r, ok := w.some(t, money.Awaiting); ok {
		who, rev := rapid.SampledFrom(crowd).Draw(t, "who"), shown(t, r.Rev)
		_ = w.change(r.ID, func(r money.Request, a money.Wishes) (money.Request, money.Wishes, error) {
			return r.Decline(who, rev, "no", a, w.facts(r.Requester, r.Account), w.now)
		})
	}
}

func (w *crossing) withdraw(t *rapid.T) {
	if r, ok := w.some(t, money.Draft, money.Awaiting); ok {
		who, rev := rapid.SampledFrom(crowd).Draw(t, "who"), shown(t, r.Rev)
		err := w.change(r.ID, func(r money.Request, a money.Wishes) (money.Request, money.Wishes, error) {
			return r.Withdraw(who, rev, a, w.now)
		})
		if err == nil && who != r.Requester {
			t.Fatalf("%s withdrew what %s asked", who, r.Requester)
		}
	}
}

// operation clicks on the operation itself, as an approver or a stranger would.
func (w *crossing) operation(t *rapid.T) {
	r, ok := w.some(t, money.Reserved)
	if !ok || r.Operation == "" {
		return
	}
	who := rapid.SampledFrom(crowd).Draw(t, "who")
	_, _, err := money.Change(&w.book, nil, "T", r.Operation, w.now, nil, money.Plain(func(o money.Operation, b money.Books) (money.Operation, money.Books, error) {
		return o.Approve(who, o.Rev, b, w.facts(r.Requester, r.Account), w.policy, w.now)
	}))
	if err == nil {
		t.Fatalf("%s approved %s once more", who, r.Operation)
	}
}

func (w *crossing) sides(t *rapid.T) {
	who := rapid.SampledFrom(crowd).Draw(t, "who")
	w.employer[who] = rapid.SampledFrom([]bot.Account{bot.Operator(), bot.Operator(), bot.Reseller("r1"), bot.Reseller("r2")}).Draw(t, "employer")
	w.approves[who] = rapid.Bool().Draw(t, "approves")
}

func (w *crossing) pass(t *rapid.T) {
	w.now = w.now.Add(rapid.SampledFrom([]time.Duration{time.Second, 31 * time.Minute, 5 * time.Hour, 49 * time.Hour}).Draw(t, "wait"))
	for _, id := range w.ids {
		_ = w.change(id, func(r money.Request, a money.Wishes) (money.Request, money.Wishes, error) {
			r, a, _ = r.Expire(a, w.now)
			return r, a, nil
		})
		if r, _, _ := w.book.RequestIn(nil, "T", id); r.Operation != "" {
			_, _, _ = money.Change(&w.book, nil, "T", r.Operation, w.now, nil, money.Plain(func(o money.Operation, b money.Books) (money.Operation, money.Books, error) {
				o, b, _ = o.Expire(b, w.now)
				return o, b, nil
			}))
		}
	}
}

// carry is the worker: it sends, or dies, or gets no answer.
func (w *crossing) carry(t *rapid.T) {
	r, ok := w.some(t, money.Reserved)
	if !ok || r.Operation == "" {
		return
	}
	change := func(do money.Look) (money.Operation, error) {
		w.now = w.now.Add(time.Millisecond)
		_, after, err := money.Change(&w.book, nil, "T", r.Operation, w.now, nil, do)
		return after, err
	}
	o, err := change(money.Plain(func(o money.Operation, b money.Books) (money.Operation, money.Books, error) {
		return o.Start(b, w.facts(o.Requester, o.Asker()), w.policy, nil, w.now)
	}))
	if err != nil {
		_, _ = change(money.Plain(func(o money.Operation, b money.Books) (money.Operation, money.Books, error) {
			return o.Stop(b, "money.no.requester", w.now)
		}))
		return
	}
	out := money.Outcome{Signed: w.now, Done: map[string]string{}}
	switch rapid.SampledFrom([]string{"fine", "fine", "refused", "lost"}).Draw(t, "fate") {
	case "refused":
		out.Err = &partner.Error{Class: partner.NotAllowed}
	case "lost":
		out.Err = &partner.Error{Class: partner.Ambiguous, Effect: partner.EffectUnknown}
	default:
		w.cash -= o.Amount
		w.calls[r.ID]++
		w.moved[r.ID] += o.Amount
		out.Done[o.Parties[0].ID] = money.ClaimOf(o.Kind, "TR"+o.ID)
	}
	if _, err := change(func(o money.Operation, b money.Books, taken map[string]string) (money.Operation, money.Books, []string, error) {
		return o.Settle(out, taken, b, w.now)
	}); err != nil {
		t.Fatal(err)
	}
}

// check holds the promises against what really reached the resellers.
func (w *crossing) check(t *rapid.T) {
	waiting := map[bot.Account]int{}
	for _, id := range w.ids {
		r, _, _ := w.book.RequestIn(nil, "T", id)
		if r.State == money.Awaiting {
			waiting[r.Account]++
		}
		if r.Operation != "" {
			o, found, _ := w.book.OperationIn(nil, "T", r.Operation)
			if !found || o.State != r.State || o.Parties[0].ID != r.Account.ResellerID() || o.Amount != r.Amount {
				t.Fatalf("%s is %s, its operation %+v", id, r.State, o)
			}
		}
		if (r.State == money.Done) != (w.moved[id] > 0) || w.moved[id] > 0 && w.moved[id] != r.Amount || w.calls[id] > 1 {
			t.Fatalf("%s is %s for %s, and %s moved in %d calls", id, r.State, r.Amount, w.moved[id], w.calls[id])
		}
		if w.moved[id] > 0 && (w.decided[id] == (bot.PersonID{}) || w.decided[id] == w.asked[id] || w.asked[id] != r.Requester) {
			t.Fatalf("%s was asked by %s and decided by %s", id, w.asked[id], w.decided[id])
		}
	}
	for _, of := range []bot.Account{bot.Reseller("r1"), bot.Reseller("r2")} {
		if a, _ := w.book.WishesIn(nil, "T", of); len(a.Waiting) != waiting[of] || waiting[of] > money.MostWaiting {
			t.Fatalf("%s has %d waiting, the book says %v", of, waiting[of], a.Waiting)
		}
	}
	if w.cash < 0 {
		t.Fatalf("%s are left", w.cash)
	}
}

// TestModel_NoResellerHelpsItself tries sequences of requests, clicks, changes of
// employer and role, expiries and lost answers: no reseller approves what it asks
// for, nobody moves money alone even far below the threshold, a request moves its
// amount once or nothing, and what is refused changes nothing.
func TestModel_NoResellerHelpsItself(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := &crossing{now: time.Date(2026, 11, 20, 4, 0, 0, 0, time.UTC), cash: partner.Yuan(200), policy: money.Policy{Threshold: partner.Yuan(1000), PerPerson: partner.Yuan(120)},
			employer: map[bot.PersonID]bot.Account{}, approves: map[bot.PersonID]bool{}, moved: map[string]partner.Fen{}, calls: map[string]int{}, asked: map[string]bot.PersonID{}, decided: map[string]bot.PersonID{}}
		for i, p := range crowd {
			w.employer[p], w.approves[p] = bot.Operator(), i != 2
		}
		w.employer[crowd[3]], w.employer[crowd[4]] = bot.Reseller("r1"), bot.Reseller("r2")
		t.Repeat(map[string]func(*rapid.T){
			"draft": w.draft, "send": w.send, "send again": w.send, "approve": w.approve, "approve again": w.approve, "decline": w.decline, "withdraw": w.withdraw,
			"click the operation": w.operation, "sides": w.sides, "time": w.pass, "carry out": w.carry, "carry out again": w.carry, "": w.check,
		})
	})
}
