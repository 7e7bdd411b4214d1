package handlers_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"partnerdesk/bot"
	"partnerdesk/data/kv/bolt"
	"partnerdesk/data/store"
	"partnerdesk/handlers"
	"partnerdesk/handlers/access"
	"partnerdesk/handlers/money"
	"partnerdesk/handlers/partner"
	"partnerdesk/handlers/partner/aksk"
	"partnerdesk/handlers/partner/rest"
	"partnerdesk/handlers/partner/sandbox"
)

var (
	anna  = bot.PersonID{Team: "T1", User: "UANNA"} // staff
	boris = bot.PersonID{Team: "T1", User: "UBORIS"}
	chen  = bot.PersonID{Team: "T1", User: "UCHEN"}
	dora  = bot.PersonID{Team: "T1", User: "UDORA"} // admin
	rita  = bot.PersonID{Team: "T1", User: "URITA"} // staff of a reseller
)

// town knows everybody in the tests.
type town struct {
	gone   map[bot.PersonID]bool
	locale string // of everybody; empty: each their own
}

func (t town) Find(_ context.Context, id bot.PersonID) (bot.Person, error) {
	locale := cmp.Or(t.locale, "zh-CN")
	if id == chen && t.locale == "" {
		locale = "en-US"
	}
	if id.Team != "T1" { // Slack does not say what people of other teams speak
		locale = ""
	}
	return bot.Person{ID: id, Name: id.User, Locale: locale, Deactivated: t.gone[id], External: id.Team != "T1"}, nil
}

// errKilled is what a step returns in a program that is no more.
var errKilled = errors.New("killed")

// moneyWorld is a desk with its store on disk, a partner center in memory, and a
// fuse that ends the program at a chosen moment.
type moneyWorld struct {
	*store.Store
	db     *bolt.DB
	path   string
	world  *sandbox.Sandbox
	center *rest.Client
	deps   *handlers.Deps
	grants []access.Grant
	town   *town
	kind   access.OperatorKind

	mu   sync.Mutex // guards the fields below
	now  time.Time
	fuse int // commits and calls until the program is killed; 0: never
	dead bool
}

// clock moves on a little with every look at it, as clocks do.
func (w *moneyWorld) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(time.Millisecond)
	return w.now
}

func (w *moneyWorld) advance(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

// tick burns the fuse; true means the program is dead from here on.
func (w *moneyWorld) tick() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.dead {
		return true
	}
	if w.fuse > 0 {
		w.fuse--
		w.dead = w.fuse == 0
	}
	return w.dead
}

// Update is the store's, but a killed program commits nothing; it may be killed
// before a commit and after it.
func (w *moneyWorld) Update(ctx context.Context, fn func(bot.Tx) error) error {
	if w.tick() {
		return errKilled
	}
	if err := w.Store.Update(ctx, fn); err != nil {
		return err
	}
	if w.tick() {
		return errKilled
	}
	return nil
}

// RoundTrip is the way to the partner center: a killed program calls nobody, or
// dies before it reads the answer.
func (w *moneyWorld) RoundTrip(r *http.Request) (*http.Response, error) {
	if w.tick() {
		return nil, errKilled
	}
	answer, err := w.world.RoundTrip(r)
	if w.tick() {
		return nil, errKilled
	}
	return answer, err
}

func newMoneyWorld(t testing.TB, kind access.OperatorKind, policy money.Policy) *moneyWorld {
	t.Helper()
	w := &moneyWorld{now: noon, path: filepath.Join(t.TempDir(), "desk.db"), town: &town{gone: map[bot.PersonID]bool{}}}
	var err error
	w.world, err = sandbox.New(sandbox.Options{Seed: 1, Kind: string(kind), AK: "AK", SK: "SK", Now: w.clock})
	if err != nil {
		t.Fatal(err)
	}
	w.kind = kind
	w.connect(t)
	w.grants = []access.Grant{
		{Who: anna.User, Roles: []bot.Role{bot.RoleStaff}}, {Who: boris.User, Roles: []bot.Role{bot.RoleApprover}},
		{Who: chen.User, Roles: []bot.Role{bot.RoleLead}}, {Who: dora.User, Roles: []bot.Role{bot.RoleAdmin}},
	}
	w.deps = &handlers.Deps{Catalog: messages(t), Center: w.center, Zone: time.FixedZone("Asia/Shanghai", 8*3600), Now: w.clock, Access: roster{w, kind, t},
		Money: &handlers.Money{Center: w.center, People: w.town, Policy: policy, Listed: func(context.Context) ([]bot.PersonID, error) {
			return []bot.PersonID{anna, boris, chen, dora, rita}, nil
		}}}
	w.start(t)
	return w
}

// connect makes the client anew, as a program that starts does: what the last one
// remembered of the partner center, such as that it does not answer, is gone.
func (w *moneyWorld) connect(t testing.TB) {
	t.Helper()
	kind := w.kind
	var err error
	w.center, err = rest.New(rest.Options{
		Endpoint: "http://center.test", CaseEndpoint: "http://center.test", AK: "AK", SK: "SK", Money: []aksk.Key{{AK: "AK", SK: "SK"}},
		Kind: partner.Kind(kind), Transport: w, Now: w.clock, Attempts: 1,
		Sleep: func(_ context.Context, d time.Duration) error { return nil },
	})
	if err != nil {
		t.Fatal(err)
	}
}

// roster is the rules as the grants stand at the moment.
type roster struct {
	w    *moneyWorld
	kind access.OperatorKind
	t    testing.TB
}

func (r roster) rules() *access.Rules {
	rules, err := access.New(access.Options{Kind: r.kind, Team: "T1", Grants: r.w.grants})
	if err != nil {
		r.t.Error(err)
	}
	return rules
}

func (r roster) Authorize(ctx context.Context, p bot.Person, right bot.Right, area bot.Area) (bot.Actor, error) {
	return r.rules().Authorize(ctx, p, right, area)
}

func (r roster) Admit(a bot.Actor, area bot.Area, in bot.Place) error {
	return r.rules().Admit(a, area, in)
}

func (r roster) Offers(area bot.Area) bool { return r.rules().Offers(area) }

// start opens the store as the next run of the program does.
func (w *moneyWorld) start(t testing.TB) {
	t.Helper()
	if w.db != nil {
		if err := w.db.Close(); err != nil {
			t.Fatal(err)
		}
	}
	var err error
	if w.db, err = bolt.Open(w.path, bolt.Options{}); err != nil {
		t.Fatal(err)
	}
	db := w.db
	t.Cleanup(func() { _ = db.Close() })
	w.connect(t)
	w.deps.Center, w.deps.Money.Center = w.center, w.center
	if w.Store, err = store.Open(t.Context(), w.db, store.Options{}); err != nil {
		t.Fatal(err)
	}
	w.deps.Money.Book, w.deps.Money.Nights, w.deps.Rota = w.Store, w.Store, w.Store
	w.deps.Money.Lists = w.Store
	w.mu.Lock()
	w.dead, w.fuse = false, 0
	w.mu.Unlock()
}

func (w *moneyWorld) worker() *handlers.MoneyWorker {
	return handlers.NewMoneyWorker(handlers.MoneyWorkerOptions{Deps: w.deps, Store: w})
}

func (w *moneyWorld) round(t testing.TB) {
	t.Helper()
	if err := w.worker().Round(t.Context()); err != nil {
		t.Errorf("round: %v", err)
	}
}

// customers returns the resale customers, in the world's order.
func (w *moneyWorld) customers(t testing.TB) (list []partner.Customer) {
	t.Helper()
	for c, err := range w.center.Customers(t.Context(), partner.Operator, partner.CustomerQuery{Association: partner.Resale}) {
		if err != nil {
			t.Fatal(err)
		}
		if c.Frozen == 0 {
			list = append(list, c)
		}
	}
	return list
}

// quota returns the largest quota that can be issued from.
func (w *moneyWorld) quota(t testing.TB) (best partner.Quota) {
	t.Helper()
	for q, err := range w.center.Quotas(t.Context(), partner.Operator, partner.QuotaQuery{Status: []partner.QuotaStatus{partner.QuotaNormal}}) {
		if err != nil {
			t.Fatal(err)
		}
		if q.Balance > best.Balance && q.From.Before(w.clock()) && len(q.Limits) == 0 {
			best = q
		}
	}
	return best
}

var serial int
var serialMu sync.Mutex

func nextID() string {
	serialMu.Lock()
	defer serialMu.Unlock()
	serial++
	return fmt.Sprintf("OP-T%05d", serial)
}

// reserved makes an operation and takes it to the queue by the rules, with anna
// asking and boris approving.
func (w *moneyWorld) reserved(t testing.TB, o money.Operation) money.Operation {
	t.Helper()
	o.Team, o.ID, o.Requester, o.Lang = "T1", nextID(), anna, "zh-CN"
	if o.Account == (bot.Account{}) {
		o.Account = bot.Operator()
	}
	o, err := money.New(o, w.clock())
	if err != nil {
		t.Fatal(err)
	}
	f := money.Facts{Approvers: []bot.PersonID{boris, chen}, Requests: true}
	var after money.Operation
	err = w.Store.Update(t.Context(), func(tx bot.Tx) error {
		if err := w.PutOperation(tx, o); err != nil {
			return err
		}
		_, _, err := money.Change(w.Store, tx, "T1", o.ID, w.clock(), nil, money.Plain(func(o money.Operation, b money.Books) (money.Operation, money.Books, error) {
			return o.Submit(anna, 1, b, f, w.deps.Money.Policy, w.clock())
		}))
		if err != nil {
			return err
		}
		_, after, err = money.Change(w.Store, tx, "T1", o.ID, w.clock(), nil, money.Plain(func(o money.Operation, b money.Books) (money.Operation, money.Books, error) {
			return o.Approve(boris, 2, b, f, w.deps.Money.Policy, w.clock())
		}))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return after
}

func (w *moneyWorld) operation(t testing.TB, id string) money.Operation {
	t.Helper()
	o, found, err := w.FindOperation(t.Context(), "T1", id)
	if err != nil || !found {
		t.Fatalf("operation %s: %v, %v", id, found, err)
	}
	return o
}

// effects counts what the partner center did for an operation, by its records.
func (w *moneyWorld) effects(t testing.TB, o money.Operation) (n int, sum partner.Fen) {
	t.Helper()
	w.world.SetLag(0)
	if o.Kind == money.IssueCoupon {
		for r, err := range w.center.CouponLog(t.Context(), partner.Operator, partner.CouponLogQuery{QuotaID: o.Quota, Operations: []partner.CouponOperation{partner.CouponIssue}, From: noon}) {
			if err != nil {
				t.Fatal(err)
			}
			if r.Remark == o.Memo(partner.MaxMemo) {
				n, sum = n+1, sum+r.Amount
			}
		}
		return n, sum
	}
	for r, err := range w.center.Adjustments(t.Context(), partner.Operator, partner.AdjustmentQuery{CustomerID: o.Parties[0].ID, Kind: partner.Granted, From: noon}) {
		if err != nil {
			t.Fatal(err)
		}
		if r.Amount == o.Amount {
			n, sum = n+1, sum+r.Amount
		}
	}
	return n, sum
}

func yes(context.Context) (bool, error) { return true, nil }

func userErr(err error) (*bot.UserError, bool) { return errors.AsType[*bot.UserError](err) }

// left is what a quota has now.
func (w *moneyWorld) left(t testing.TB, id string) (partner.Fen, bool) {
	t.Helper()
	for q, err := range w.center.Quotas(t.Context(), partner.Operator, partner.QuotaQuery{IDs: []string{id}}) {
		if err != nil {
			t.Fatal(err)
		}
		return q.Balance, true
	}
	return 0, false
}
