package rounds

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"partnerdesk/bot"
	"partnerdesk/data/kv/bolt"
	"partnerdesk/data/store"
	"partnerdesk/handlers/money"
	"partnerdesk/handlers/partner"
)

// snapshot is what a desk's rows say about money at a moment.
type snapshot struct {
	operations []money.Operation
	requests   []money.Request
	lists      []money.List
	frozen     bool
	audit      map[string][]bot.Entry // by operation
	claimed    map[string]string      // operation by claim
	twice      []string               // claims of two operations
	policy     money.Policy
}

func (s *snapshot) unknown() []money.Operation {
	return slices.DeleteFunc(slices.Clone(s.operations), func(o money.Operation) bool { return o.State != money.Unknown })
}

// busy says what is still to be decided, sent or found out; empty when all has come to rest.
func (s *snapshot) busy() string {
	for _, o := range s.operations {
		if slices.Contains([]money.State{money.Awaiting, money.Reserved, money.Sending, money.Unknown}, o.State) {
			return fmt.Sprintf("%s is %s (%s, %d looks, %d candidates)", o.ID, o.State, o.Kind, o.Looks, len(o.Candidates))
		}
	}
	for _, l := range s.lists {
		if slices.Contains([]money.ListState{money.ListSubmitted, money.ListAwaiting, money.ListApproved}, l.State) {
			return fmt.Sprintf("%s is %s", l.ID, l.State)
		}
	}
	for _, r := range s.requests {
		if r.State == money.Awaiting {
			return fmt.Sprintf("%s is %s", r.ID, r.State)
		}
	}
	if s.frozen {
		return "frozen"
	}
	return ""
}

// look stops a desk for as long as its file is copied, which is what a power cut at that moment would have left, and
// reads the copy.
func (t *moneyRunner) look(ctx context.Context) (*snapshot, error) {
	aside := filepath.Join(t.dir, "copy.db")
	defer func() { _ = os.Remove(aside) }()
	t.desk.signal(syscall.SIGSTOP)
	raw, err := os.ReadFile(filepath.Join(t.dir, "data", databaseName))
	t.desk.signal(syscall.SIGCONT)
	if err == nil {
		err = os.WriteFile(aside, raw, 0o600)
	}
	if err != nil {
		return nil, err
	}
	return t.read(ctx, aside, false)
}

// read reads a store that no desk holds; whole checks everything in it besides.
func (t *moneyRunner) read(ctx context.Context, path string, whole bool) (*snapshot, error) {
	db, err := bolt.Open(path, bolt.Options{})
	if err != nil {
		return nil, err
	}
	defer func() { _ = db.Close() }()
	s, err := store.View(ctx, db, store.Options{})
	if err != nil {
		return nil, err
	}
	if whole {
		if err := db.Check(ctx); err != nil {
			t.report.fault("database", err.Error())
		}
		if err := t.verified(ctx, s); err != nil {
			return nil, err
		}
	}
	got := &snapshot{audit: map[string][]bot.Entry{}, claimed: map[string]string{}, policy: money.Policy{Window: bankLag, Lag: bankLag}}
	var errs [4]error
	got.operations, errs[0] = s.EveryOperation(ctx, team)
	got.requests, errs[1] = s.EveryRequest(ctx, team)
	got.lists, errs[2] = s.EveryList(ctx, team)
	var freezes []money.Freeze
	freezes, errs[3] = s.Freezes(ctx, team)
	got.frozen = slices.ContainsFunc(freezes, money.Freeze.Set)
	for _, o := range got.operations {
		for _, p := range o.With(money.OK) {
			if got.claimed[p.Record] != "" {
				got.twice = append(got.twice, p.Record)
			}
			got.claimed[p.Record] = o.ID
		}
		if o.State == money.Draft {
			continue
		}
		entries, err := s.Audited(ctx, team, "operation/"+o.ID)
		if err != nil {
			return nil, err
		}
		got.audit[o.ID] = entries
	}
	return got, errors.Join(errs[:]...)
}

func (t *moneyRunner) verified(ctx context.Context, s *store.Store) error {
	v := &runner{report: &Report{}}
	err := v.verify(ctx, s, t.dir)
	for _, f := range v.report.Faults {
		t.report.fault("audit", f)
	}
	t.report.Entries, t.report.Seals = v.report.Entries, v.report.Seals
	letters, more := s.Posts(ctx, 1000)
	for _, l := range letters {
		t.report.fault("lost", fmt.Sprintf("post %s is %s: %s", l.ID, l.State, l.Reason))
	}
	return errors.Join(err, more)
}

// effects reads what the partner center did since the beginning, by what it was about.
func (t *moneyRunner) effects(ctx context.Context) (map[bucket][]string, error) {
	all := map[bucket][]string{}
	b := t.bank
	kinds := map[partner.AdjustmentKind]string{partner.Granted: "grant", partner.Reclaimed: "reclaim"}
	shops := b.world.Resellers()
	for r, err := range b.own.Adjustments(ctx, partner.Operator, partner.AdjustmentQuery{From: b.opened}) {
		if err != nil {
			return nil, err
		}
		side := "customer-"
		if slices.Contains(shops, r.CustomerID) {
			side = "reseller-"
		}
		at := bucket{side + kinds[r.Kind], r.CustomerID, r.Amount}
		all[at] = append(all[at], "trans/"+r.TransID)
	}
	for r, err := range b.own.CouponLog(ctx, partner.Operator, partner.CouponLogQuery{Operations: []partner.CouponOperation{partner.CouponIssue, partner.CouponReclaim}, From: b.opened}) {
		if err != nil {
			return nil, err
		}
		at, claim := bucket{string(money.IssueCoupon), r.CustomerID, r.Amount}, "coupon/"+r.CouponID
		if r.Operation == partner.CouponReclaim {
			at, claim = bucket{string(money.ReclaimCoupon), r.CustomerID, r.Amount}, "coupon-reclaim/"+r.CouponID
		}
		if r.Succeeded {
			all[at] = append(all[at], claim)
		}
	}
	for r, err := range b.own.QuotaLog(ctx, partner.QuotaLogQuery{From: b.opened}) {
		if err != nil {
			return nil, err
		}
		if at := (bucket{string(money.GiveQuota), string(r.Reseller), r.Amount}); r.Give && r.Succeeded {
			all[at] = append(all[at], "quota/"+r.QuotaID)
		}
	}
	return all, nil
}

// balance holds the ledger, the records of the partner center and the audit log against each other, to the fen.
func (t *moneyRunner) balance(ctx context.Context, s *snapshot) error {
	r := t.report
	records, err := t.effects(ctx)
	if err != nil {
		return err
	}
	for _, claim := range s.twice {
		r.fault("twice", "record "+claim+" is claimed by two operations")
	}
	r.Effects, r.Moved, r.Done, r.Audited, r.Mistaken, r.MistakenFen, r.Foreign = 0, 0, 0, 0, 0, 0, 0
	r.Kinds, r.Doubts, r.Released, r.Assigned = map[string]int{}, 0, 0, 0
	states, done := map[string]int{}, map[bucket][]string{}
	for _, o := range s.operations {
		states[string(o.State)]++
		r.Done += o.Moved()
		if o.State == money.Done {
			r.Kinds[string(o.Kind)]++
		}
		went := func(how func(bot.Entry) bool) int {
			return min(1, len(slices.DeleteFunc(slices.Clone(s.audit[o.ID]), func(e bot.Entry) bool { return e.Outcome != "ok" || !how(e) })))
		}
		r.Doubts += went(func(e bot.Entry) bool { return e.Facts["state"] == string(money.Unknown) })
		r.Released += went(func(e bot.Entry) bool { return e.Action == "money.release" })
		r.Assigned += went(func(e bot.Entry) bool { return e.Action == "money.assign" })
		r.Audited += t.lastMoved(s.audit[o.ID])
		if o.Works > 1 {
			r.fault("twice", fmt.Sprintf("%s was sent %d times", o.ID, o.Works))
		}
		for _, p := range o.Parties {
			at := bucket{string(o.Kind), p.ID, o.Amount}
			if p.Result == money.OK {
				done[at] = append(done[at], p.Record)
			}
		}
		if o.Approver == o.Requester && !o.Alone && o.State == money.Done {
			r.fault("alone", o.ID+" was approved by who asked for it")
		}
	}
	r.States = states
	for at, list := range records {
		own := slices.DeleteFunc(slices.Clone(list), t.bank.isForeign)
		r.Foreign += len(list) - len(own)
		r.Effects += len(own)
		r.Moved += at.amount * partner.Fen(len(own))
		if len(own) > 1 && at.kind != string(money.ReclaimCoupon) {
			r.fault("twice", fmt.Sprintf("%v has %d effects", at, len(own)))
		}
		if len(done[at]) < len(own) {
			r.fault("lost", fmt.Sprintf("%v took effect (%s) and the desk says %v", at, strings.Join(own, ", "), done[at]))
		}
	}
	for at, claims := range done {
		own := slices.DeleteFunc(slices.Clone(records[at]), t.bank.isForeign)
		if len(claims) <= len(own) {
			continue
		}
		if len(claims) == len(own)+1 && t.bank.isForeign(claims[0]) { // what no record can tell apart
			r.Mistaken++
			r.MistakenFen += at.amount
			continue
		}
		r.fault("invented", fmt.Sprintf("%v is done by %v, the partner center has %v", at, claims, own))
	}
	if r.Done != r.Audited {
		r.fault("audit", fmt.Sprintf("the ledger says %s, the audit log %s", r.Done, r.Audited))
	}
	return nil
}

// lastMoved is what the audit log says last of an operation.
func (t *moneyRunner) lastMoved(entries []bot.Entry) partner.Fen {
	for _, e := range slices.Backward(entries) {
		if v, ok := e.Facts["moved_fen"]; ok {
			n, err := strconv.ParseInt(v, 10, 64)
			if err != nil {
				t.report.fault("audit", err.Error())
			}
			return partner.Fen(n)
		}
	}
	return 0
}

// rest waits until everything is decided, sent and found out, with people deciding what only people can.
func (t *moneyRunner) rest(ctx context.Context, most time.Duration) (*snapshot, error) {
	var s *snapshot
	for end := time.Now().Add(most); ; {
		if !t.desk.alive() {
			return nil, errDied
		}
		var err error
		if s, err = t.look(ctx); err != nil {
			return nil, err
		}
		busy := s.busy()
		if busy == "" && t.bank.quiet() {
			return s, nil
		}
		if s.frozen {
			t.crowd.thaw(ctx)
		}
		if time.Now().After(end) {
			return s, t.unrested(ctx, s, busy)
		}
		if len(s.unknown()) > 0 {
			t.crowd.judgement(one(t.lots, approverA, approverB), s)
		}
		sleep(ctx, 700*time.Millisecond)
	}
}

// unrested tells what has not come to rest in time. What is unknown without a record waits for a person, whose forms may
// not have opened on a busy machine: the next round goes on with it.
func (t *moneyRunner) unrested(ctx context.Context, s *snapshot, busy string) error {
	records, err := t.effects(ctx)
	if err != nil {
		return err
	}
	open := s.unknown()
	for _, o := range open {
		for _, p := range o.With(money.InDoubt) {
			own := slices.DeleteFunc(slices.Clone(records[bucket{string(o.Kind), p.ID, o.Amount}]), func(claim string) bool { return t.bank.isForeign(claim) || s.claimed[claim] != "" })
			if len(own) > 0 {
				t.report.fault("unknown", fmt.Sprintf("%s, which %s explains: %s", o.ID, strings.Join(own, ", "), busy))
			}
		}
	}
	if len(open) == 0 {
		t.report.fault("unknown", busy)
	}
	t.report.Waited++
	return nil
}

// quiet says that all records of what was done show by now.
func (b *bank) quiet() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.clock.Now().After(b.last.Add(bankLag + 5*time.Second))
}
