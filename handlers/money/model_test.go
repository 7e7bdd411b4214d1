package money_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"partnerdesk/bot"
	"partnerdesk/handlers/money"
	"partnerdesk/handlers/partner"
)

// world is the partner center, the clock and the people of one run of the model.
// Nothing in it is shared with the rules.
type world struct {
	book     *money.Memory
	backup   *money.Memory
	backedUp time.Time
	stands   map[bot.PersonID]bot.PersonID
	released map[string]bool // by a second person, who answers for it
	restored bool
	alone    map[string]bool // what was sent without a second person, by the rules of that moment
	policy   money.Policy
	now      time.Time
	quota    partner.Fen
	approves map[bot.PersonID]bool
	asks     map[bot.PersonID]bool
	effects  []effect
	ids      []string
	calls    map[string]int
	clicks   map[string][]click // who approved, as the partner of the desk saw it
	count    int
}

// effect is a coupon that exists at the partner center.
type effect struct {
	record    money.Record
	operation string // empty: somebody in the partner center's own pages
	visible   time.Time
}

// lags are how late a record shows: mostly within what the policy allows for,
// now and then long after somebody has released the operation.
var lags = []time.Duration{0, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 14 * time.Minute, 3 * time.Hour, 50 * time.Hour}

type click struct {
	who bot.PersonID
	ok  bool // the person could approve at that moment
}

var people = []bot.PersonID{{Team: "T", User: "A"}, {Team: "T", User: "B"}, {Team: "T", User: "C"}}

func (w *world) approvers() (list []bot.PersonID) {
	for _, p := range people {
		if w.approves[p] {
			list = append(list, p)
		}
	}
	return list
}

func (w *world) facts(o money.Operation) money.Facts {
	return money.Facts{Approvers: w.approvers(), Requests: w.asks[o.Requester], Available: w.quota, Known: true, Read: w.now}
}

func (w *world) change(id string, claims []string, do money.Look) (before, after money.Operation, err error) {
	w.now = w.now.Add(time.Millisecond)
	return money.Change(w.book, nil, "T", id, w.now, claims, do)
}

// some is any operation, mostly one in a state in which the step can work.
func (w *world) some(t *rapid.T, states ...money.State) (money.Operation, bool) {
	ids := slices.DeleteFunc(slices.Clone(w.ids), func(id string) bool {
		o, _, _ := w.book.OperationIn(nil, "T", id)
		return !slices.Contains(states, o.State)
	})
	if len(ids) == 0 || rapid.IntRange(0, 9).Draw(t, "wild") == 0 {
		ids = w.ids
	}
	if len(ids) == 0 {
		return money.Operation{}, false
	}
	id := rapid.SampledFrom(ids).Draw(t, "operation")
	o, _, _ := w.book.OperationIn(nil, "T", id)
	return o, true
}

// rev is the one on the card, or an older one.
func rev(t *rapid.T, o money.Operation) int {
	if rapid.IntRange(0, 4).Draw(t, "stale") == 0 {
		return o.Rev - 1
	}
	return o.Rev
}

func (w *world) draft(t *rapid.T) {
	who := rapid.SampledFrom(people).Draw(t, "who")
	o := money.Operation{Team: "T", Kind: money.IssueCoupon, Account: bot.Operator(), Requester: who, Quota: "Q", Amount: partner.Yuan(int64(rapid.IntRange(1, 40).Draw(t, "yuan")))}
	for i := range rapid.IntRange(1, 3).Draw(t, "parties") {
		o.Parties = append(o.Parties, money.Party{ID: fmt.Sprintf("c%d", (i+rapid.IntRange(0, 3).Draw(t, "party"))%4+i*10)})
	}
	w.count++
	o.ID = money.ID(fmt.Sprint(w.count), 0)
	if _, found, _ := w.book.OperationIn(nil, "T", o.ID); found {
		return
	}
	o, err := money.New(o, w.now)
	if err != nil {
		t.Fatalf("draft: %v", err)
	}
	_ = w.book.PutOperation(nil, o)
	w.ids = append(w.ids, o.ID)
}

func (w *world) submit(t *rapid.T) {
	o, ok := w.some(t, money.Draft)
	if !ok {
		return
	}
	who, rev := o.Requester, rev(t, o)
	if rapid.IntRange(0, 5).Draw(t, "other") == 0 {
		who = rapid.SampledFrom(people).Draw(t, "who")
	}
	_, _, _ = w.change(o.ID, nil, money.Plain(func(o money.Operation, b money.Books) (money.Operation, money.Books, error) {
		return o.Submit(who, rev, b, w.facts(o), w.policy, w.now)
	}))
}

func (w *world) approve(t *rapid.T) {
	o, ok := w.some(t, money.Awaiting)
	if !ok {
		return
	}
	who, rev := rapid.SampledFrom(people).Draw(t, "who"), rev(t, o)
	_, after, err := w.change(o.ID, nil, money.Plain(func(o money.Operation, b money.Books) (money.Operation, money.Books, error) {
		return o.Approve(who, rev, b, w.facts(o), w.policy, w.now)
	}))
	if err == nil {
		if rev != o.Rev {
			t.Fatalf("a click on rev %d counted for rev %d", rev, o.Rev)
		}
		w.clicks[after.ID] = append(w.clicks[after.ID], click{who, w.approves[who]})
	}
}

func (w *world) decline(t *rapid.T) {
	if o, ok := w.some(t, money.Awaiting); ok {
		who, rev := rapid.SampledFrom(people).Draw(t, "who"), rev(t, o)
		_, _, _ = w.change(o.ID, nil, money.Plain(func(o money.Operation, b money.Books) (money.Operation, money.Books, error) {
			return o.Decline(who, rev, "no", b, w.facts(o), w.now)
		}))
	}
}

func (w *world) withdraw(t *rapid.T) {
	if o, ok := w.some(t, money.Draft, money.Awaiting, money.Reserved); ok {
		who, rev := rapid.SampledFrom(people).Draw(t, "who"), rev(t, o)
		_, _, _ = w.change(o.ID, nil, money.Plain(func(o money.Operation, b money.Books) (money.Operation, money.Books, error) {
			return o.Withdraw(who, rev, b, w.now)
		}))
	}
}

func (w *world) roles(t *rapid.T) {
	who := rapid.SampledFrom(people).Draw(t, "who")
	w.approves[who] = rapid.IntRange(0, 3).Draw(t, "approves") > 0
	w.asks[who] = rapid.IntRange(0, 5).Draw(t, "asks") > 0
}

func (w *world) freeze(t *rapid.T) {
	f, _ := w.book.FreezeIn(nil, "T", money.Everything)
	if !f.Set() {
		_ = w.book.PutFreeze(nil, "T", money.Everything, money.Freeze{Scope: money.Everything, At: w.now})
		return
	}
	if f, err := f.Thaw(rapid.SampledFrom(people).Draw(t, "who")); err == nil {
		_ = w.book.PutFreeze(nil, "T", money.Everything, f)
	}
}

func (w *world) pass(t *rapid.T) {
	w.now = w.now.Add(rapid.SampledFrom([]time.Duration{time.Second, time.Minute, 20 * time.Minute, 5 * time.Hour, 25 * time.Hour}).Draw(t, "wait"))
	w.expire(t)
}

func (w *world) expire(*rapid.T) {
	for _, id := range w.ids {
		_, _, _ = w.change(id, nil, money.Plain(func(o money.Operation, b money.Books) (money.Operation, money.Books, error) {
			o, b, _ = o.Expire(b, w.now)
			return o, b, nil
		}))
	}
}

// console spends the quota behind the desk's back.
func (w *world) console(t *rapid.T) {
	v := partner.Yuan(int64(rapid.IntRange(1, 40).Draw(t, "yuan")))
	if w.quota >= v {
		w.quota -= v
		w.effects = append(w.effects, effect{record: money.Record{Claim: fmt.Sprintf("coupon/X%d", len(w.effects)), Party: fmt.Sprintf("c%d", rapid.IntRange(1, 4).Draw(t, "party")),
			Amount: v, At: w.now, Remark: rapid.SampledFrom([]string{"", "by hand"}).Draw(t, "remark")}, visible: w.now})
	}
}

// send is the worker: it may die before the mark, before or after the call, and
// the answer may be lost.
func (w *world) send(t *rapid.T) {
	o, ok := w.some(t, money.Reserved)
	if !ok {
		return
	}
	f := w.facts(o)
	var snapshot []string
	for _, e := range w.effects {
		if !e.visible.After(w.now) {
			snapshot = append(snapshot, e.record.Claim)
		}
	}
	_, after, err := w.change(o.ID, nil, money.Plain(func(o money.Operation, b money.Books) (money.Operation, money.Books, error) {
		return o.Start(b, f, w.policy, snapshot, w.now)
	}))
	if err != nil {
		if user, is := errors.AsType[*bot.UserError](err); is && !errors.Is(err, money.ErrHold) && o.State == money.Reserved {
			_, _, _ = w.change(o.ID, nil, money.Plain(func(o money.Operation, b money.Books) (money.Operation, money.Books, error) {
				return o.Stop(b, user.Key, w.now)
			}))
		}
		return
	}
	w.alone[after.ID] = after.Alone
	fate := rapid.SampledFrom([]string{"fine", "fine", "refused", "lost before", "lost after", "dead before", "dead after"}).Draw(t, "fate")
	if fate == "dead before" {
		w.recover(t)
		return
	}
	out := money.Outcome{Signed: w.now, Done: map[string]string{}, Failed: map[string]string{}}
	switch fate {
	case "refused":
		out.Err = &partner.Error{Class: partner.NotAllowed}
	case "lost before":
		out.Err = &partner.Error{Class: partner.Ambiguous, Effect: partner.EffectUnknown}
	default:
		w.calls[after.ID]++
		for _, p := range after.Parties {
			if w.quota < after.Amount || p.ID == "c4" {
				out.Failed[p.ID] = "partner.err.quota"
				continue
			}
			w.quota -= after.Amount
			e := effect{record: money.Record{Claim: fmt.Sprintf("coupon/E%d", len(w.effects)), Party: p.ID, Amount: after.Amount, At: w.now, Remark: after.Memo(64)},
				operation: after.ID, visible: w.now.Add(rapid.SampledFrom(lags).Draw(t, "lag"))}
			w.effects = append(w.effects, e)
			out.Done[p.ID] = e.record.Claim
		}
		if fate == "lost after" {
			out = money.Outcome{Err: errors.New("connection reset"), Signed: w.now}
		}
	}
	if fate == "dead after" {
		w.recover(t)
		return
	}
	var claims []string
	for _, c := range out.Done {
		claims = append(claims, c)
	}
	if _, _, err := w.change(after.ID, claims, func(o money.Operation, b money.Books, taken map[string]string) (money.Operation, money.Books, []string, error) {
		return o.Settle(out, taken, b, w.now)
	}); err != nil {
		t.Fatalf("settle: %v", err)
	}
}

func (w *world) recover(*rapid.T) {
	for _, id := range w.ids {
		_, _, _ = w.change(id, nil, money.Plain(func(o money.Operation, b money.Books) (money.Operation, money.Books, error) {
			return o.Interrupted(b, w.now)
		}))
	}
}

func (w *world) look(*rapid.T) {
	var records []money.Record
	var claims []string
	for _, e := range w.effects {
		if !e.visible.After(w.now) {
			records, claims = append(records, e.record), append(claims, e.record.Claim)
		}
	}
	for _, id := range w.ids {
		_, _, _ = w.change(id, claims, func(o money.Operation, b money.Books, taken map[string]string) (money.Operation, money.Books, []string, error) {
			if o.State.Final() {
				o, b, claimed := o.LateLook(records, taken, b, w.policy, w.now)
				return o, b, claimed, nil
			}
			o, b, claimed := o.Reconcile(records, taken, b, w.policy, w.now)
			return o, b, claimed, nil
		})
	}
}

// stand names a deputy, with or without the right to approve.
func (w *world) stand(t *rapid.T) {
	w.stands[rapid.SampledFrom(people).Draw(t, "who")] = rapid.SampledFrom(people).Draw(t, "deputy")
}

func (w *world) Away(who bot.PersonID, _ time.Time) (bot.PersonID, bool) {
	d, ok := w.stands[who]
	return d, ok
}

func (w *world) Standing(who bot.PersonID) (bot.PersonID, bool) { return w.Away(who, w.now) }

// nudge asks people about what waits: only ever people who could approve it.
func (w *world) nudge(t *rapid.T) {
	o, ok := w.some(t, money.Awaiting)
	if !ok || o.State != money.Awaiting {
		return
	}
	step := rapid.SampledFrom([]money.Step{money.NudgeApprovers, money.NudgeDeputies, money.NudgeLeads, money.NudgeLast}).Draw(t, "step")
	asked := o.Asked(step, w.approvers(), w.approvers()[:min(1, len(w.approvers()))], w, w.now)
	for _, who := range asked {
		if who == o.Requester || !w.approves[who] {
			t.Fatalf("%s is asked to approve %s of %s", who, o.ID, o.Requester)
		}
	}
	if len(asked) == 0 && slices.ContainsFunc(w.approvers(), func(who bot.PersonID) bool { return who != o.Requester }) {
		t.Fatalf("nobody is asked about %s at step %s", o.ID, step)
	}
	_, after, _ := w.change(o.ID, nil, money.Plain(func(o money.Operation, b money.Books) (money.Operation, money.Books, error) {
		return o.Nudged(step, w.now), b, nil
	}))
	if after.Rev != o.Rev {
		t.Fatalf("a reminder made the card of %s outdated", o.ID)
	}
}

func (w *world) backUp(*rapid.T) { w.backup, w.backedUp = w.book.Copy(), w.now }

// restore goes back to the backup; what was made since is known to the partner
// center alone.
func (w *world) restore(*rapid.T) {
	if w.backup == nil {
		return
	}
	w.book, w.backup = w.backup, nil
	var kept []string
	for _, id := range w.ids {
		if _, found, _ := w.book.OperationIn(nil, "T", id); found {
			kept = append(kept, id)
		}
	}
	w.ids, w.restored = kept, true
	for _, id := range w.ids {
		_, _, _ = w.change(id, nil, money.Plain(func(o money.Operation, b money.Books) (money.Operation, money.Books, error) {
			o, b, _ = o.FromBackup(w.backedUp, w.now, b, w.now)
			return o, b, nil
		}))
	}
}

func (w *world) release(t *rapid.T) {
	if o, ok := w.some(t, money.Unknown); ok {
		who, rev := rapid.SampledFrom(people).Draw(t, "who"), rev(t, o)
		_, after, err := w.change(o.ID, nil, money.Plain(func(o money.Operation, b money.Books) (money.Operation, money.Books, error) {
			return o.Release(who, rev, "nothing in the records", b, w.facts(o), w.policy, w.now)
		}))
		if err == nil && (who == after.Requester || !w.approves[who]) {
			t.Fatalf("%s released %s", who, o.ID)
		}
		if err == nil {
			w.released[o.ID] = true
		}
	}
}

// judge is a person who, when absence counts, releases what is unknown.
func (w *world) judge(t *rapid.T) {
	w.recover(t)
	w.now = w.now.Add(40 * time.Minute)
	w.look(t)
	w.release(t)
}

// check holds the promises against what the partner center really has.
func (w *world) check(t *rapid.T) {
	per, sums := map[string]int{}, map[string]partner.Fen{}
	for _, e := range w.effects {
		if e.operation == "" {
			continue
		}
		per[e.operation+"/"+e.record.Party]++
		sums[e.operation] += e.record.Amount
		if n := per[e.operation+"/"+e.record.Party]; n > 1 {
			t.Fatalf("%s had %d effects on %s", e.operation, n, e.record.Party)
		}
	}
	alone := map[string]partner.Fen{}
	owner := map[string]string{}
	for _, id := range w.ids {
		o, _, _ := w.book.OperationIn(nil, "T", id)
		if w.calls[id] > 1 || o.Works > 1 {
			t.Fatalf("%s was sent %d times", id, w.calls[id])
		}
		for _, p := range o.Parties {
			if p.Record == "" {
				continue
			}
			if owner[p.Record] != "" {
				t.Fatalf("%s explains %s and %s", p.Record, owner[p.Record], id)
			}
			owner[p.Record] = id
		}
		if sums[id] == 0 {
			continue
		}
		if o.State.Final() && o.Moved() != sums[id] && !o.Watched() && !w.restored {
			t.Fatalf("%s is %s with %s moved, the partner center has %s", id, o.State, o.Moved(), sums[id])
		}
		if o.Late.IsZero() && w.released[id] {
			continue // a second person judged, and its effect is still to show
		}
		if !o.Late.IsZero() && !w.released[id] && o.Restored.IsZero() {
			t.Fatalf("%s is late and nobody released it", id)
		}
		if w.released[id] {
			continue
		}
		if w.alone[id] {
			alone[o.Requester.User+o.Day] += sums[id]
			continue
		}
		if !slices.ContainsFunc(w.clicks[id], func(c click) bool { return c.ok && c.who != o.Requester }) {
			t.Fatalf("%s moved %s and nobody but %s was asked", id, sums[id], o.Requester)
		}
	}
	for who, sum := range alone {
		if w.restored {
			break // what was made since the backup does not count in the restored day
		}
		if sum > w.policy.Threshold {
			t.Fatalf("%s moved %s alone, the threshold is %s", who, sum, w.policy.Threshold)
		}
	}
	if w.quota < 0 {
		t.Fatalf("the quota is %s", w.quota)
	}
}

// drain lets everything come to light.
func (w *world) drain(t *rapid.T) {
	w.recover(t)
	for range 3 {
		w.now = w.now.Add(40 * time.Minute)
		w.look(t)
	}
	for _, id := range w.ids {
		o, _, _ := w.book.OperationIn(nil, "T", id)
		if o.State == money.Unknown && !o.Releasable(w.policy, w.now) {
			t.Fatalf("%s stays unknown for ever", id)
		}
	}
	for range 8 {
		w.now = w.now.Add(24 * time.Hour)
		w.look(t)
	}
	var really, said partner.Fen
	for _, e := range w.effects {
		if slices.Contains(w.ids, e.operation) {
			really += e.record.Amount
		}
	}
	for _, id := range w.ids {
		o, _, _ := w.book.OperationIn(nil, "T", id)
		said += o.Moved()
	}
	if really != said {
		t.Fatalf("the partner center has %s of ours, the desk says %s", really, said)
	}
}

// TestModel_NobodyMovesMoneyAlone tries sequences of clicks, changes of roles and
// deputies, expiries, crashes, restarts, restores of a backup, releases and records
// that show after them, with somebody spending the same quota in the
// partner center's own pages.
func TestModel_NobodyMovesMoneyAlone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := &world{book: &money.Memory{}, stands: map[bot.PersonID]bot.PersonID{}, released: map[string]bool{}, alone: map[string]bool{}, now: time.Date(2026, 11, 20, 4, 0, 0, 0, time.UTC), quota: partner.Yuan(400), calls: map[string]int{}, clicks: map[string][]click{},
			policy:   money.Policy{Threshold: partner.Yuan(int64(rapid.SampledFrom([]int{0, 0, 50}).Draw(t, "threshold"))), PerOperation: partner.Yuan(100), PerPerson: partner.Yuan(250)},
			approves: map[bot.PersonID]bool{people[0]: true, people[1]: true}, asks: map[bot.PersonID]bool{people[0]: true, people[1]: true, people[2]: true}}
		t.Repeat(map[string]func(*rapid.T){
			"draft": w.draft, "submit": w.submit, "submit again": w.submit, "approve": w.approve, "approve again": w.approve, "decline": w.decline, "withdraw": w.withdraw,
			"roles": w.roles, "freeze": w.freeze, "time": w.pass, "console": w.console, "send": w.send, "send again": w.send, "restart": w.recover, "look": w.look,
			"release": w.release, "judge": w.judge, "look again": w.look, "deputy": w.stand, "remind": w.nudge, "back up": w.backUp, "restore": w.restore, "": w.check,
		})
		w.drain(t)
	})
}
