package handlers_test

import (
	"fmt"
	"testing"
	"time"

	"partnerdesk/bot"
	"partnerdesk/handlers/access"
	"partnerdesk/handlers/money"
	"partnerdesk/handlers/partner"
	"partnerdesk/handlers/partner/sandbox"
)

func (w *moneyWorld) issue(t testing.TB, yuan int64, customers ...partner.Customer) money.Operation {
	o := money.Operation{Kind: money.IssueCoupon, Quota: w.quota(t).ID, Amount: partner.Yuan(yuan)}
	for _, c := range customers {
		o.Parties = append(o.Parties, money.Party{ID: c.ID, Name: c.Name})
	}
	return o
}

func grant(yuan int64, c partner.Customer) money.Operation {
	return money.Operation{Kind: money.GrantCustomer, Amount: partner.Yuan(yuan), Parties: []money.Party{{ID: c.ID, Name: c.Name}}}
}

func TestMoneyWorker_SendsOnce(t *testing.T) {
	w := newMoneyWorld(t, access.SolutionProvider, money.Policy{})
	customers := w.customers(t)
	for name, o := range map[string]money.Operation{"coupons": w.issue(t, 100, customers[:3]...), "cash": grant(300, customers[0])} {
		t.Run(name, func(t *testing.T) {
			o := w.reserved(t, o)
			for range 3 {
				w.round(t)
			}
			after := w.operation(t, o.ID)
			n, sum := w.effects(t, o)
			if after.State != money.Done || n != len(o.Parties) || sum != after.Moved() {
				t.Errorf("%s with %s moved, the partner center has %d records of %s", after.State, after.Moved(), n, sum)
			}
			if after.Shown != after.Rev {
				t.Errorf("cards show rev %d of %d", after.Shown, after.Rev)
			}
		})
	}
}

// Every fault of the partner center, on every kind of call: at most one effect,
// and once the records explain it both sides agree.
func TestMoneyWorker_Faults(t *testing.T) {
	for _, kind := range []string{sandbox.Throttle, sandbox.ErrorBefore, sandbox.ErrorAfter, sandbox.GatewayAfter, sandbox.DropBefore, sandbox.DropAfter,
		sandbox.Truncate, sandbox.Internal200, sandbox.Unauthorized, sandbox.Empty200} {
		for _, op := range []string{"coupon-issue", "customer-grant"} {
			t.Run(kind+"/"+op, func(t *testing.T) {
				w := newMoneyWorld(t, access.SolutionProvider, money.Policy{})
				customers := w.customers(t)
				o := grant(300, customers[0])
				if op == "coupon-issue" {
					o = w.issue(t, 100, customers[:3]...)
				}
				o = w.reserved(t, o)
				w.world.SetLag(5 * time.Minute)
				if err := w.world.Inject(sandbox.Fault{Op: op, Kind: kind}); err != nil {
					t.Fatal(err)
				}
				w.explain(t, o)
			})
		}
	}
}

// explain lets rounds pass until the operation is decided, or absence counts,
// and then holds both sides together.
func (w *moneyWorld) explain(t testing.TB, o money.Operation) {
	t.Helper()
	for range 12 {
		_ = w.worker().Round(t.Context())
		w.advance(5 * time.Minute)
		w.world.Forget()
	}
	after := w.operation(t, o.ID)
	n, sum := w.effects(t, o)
	if n > len(o.Parties) {
		t.Errorf("%d effects for %d parties", n, len(o.Parties))
	}
	switch {
	case after.State == money.Unknown && n > 0:
		t.Errorf("the records explain it and it is still unknown: %d of %s", n, sum)
	case after.State == money.Unknown && !after.Releasable(w.deps.Money.Policy, w.clock()):
		t.Errorf("nobody can ever release it: %+v", after)
	case after.Moved() != sum:
		t.Errorf("%s: the desk says %s, the partner center %s", after.State, after.Moved(), sum)
	}
}

// The program is killed before and after every commit and every call, one moment
// after the other.
// stride is the step of a test that walks through many moments: short under -short.
func stride(full, short int) int {
	if testing.Short() {
		return short
	}
	return full
}

func TestMoneyWorker_Killed(t *testing.T) {
	for _, kind := range []money.Kind{money.IssueCoupon, money.GrantCustomer} {
		t.Run(string(kind), func(t *testing.T) {
			w := newMoneyWorld(t, access.SolutionProvider, money.Policy{PerDay: partner.Yuan(1e7), PerPerson: partner.Yuan(1e7), PerParty: partner.Yuan(1e7)})
			customers := w.customers(t)
			done, unknown, moments := 0, 0, 0
			for fuse := 1; fuse < 80; fuse += stride(1, 4) {
				yuan := int64(10 + fuse) // so that records of different rounds differ
				o := grant(yuan, customers[0])
				if kind == money.IssueCoupon {
					o = w.issue(t, yuan, customers[:2]...)
				}
				o = w.reserved(t, o)
				w.mu.Lock()
				w.fuse = fuse
				w.mu.Unlock()
				_ = w.worker().Round(t.Context())
				w.mu.Lock()
				dead := w.dead
				w.mu.Unlock()
				w.start(t)
				if w.operation(t, o.ID).State == money.Sending {
					unknown++
				}
				w.explain(t, o)
				after := w.operation(t, o.ID)
				switch after.State {
				case money.Done:
					done++
				case money.Unknown: // nothing happened; a person says so
					if n, _ := w.effects(t, o); n != 0 {
						t.Fatalf("moment %d: %d effects behind an unknown one", fuse, n)
					}
					w.free(t, o)
				default:
					t.Fatalf("moment %d: %s, %s", fuse, after.State, after.Fault)
				}
				if moments = fuse; !dead {
					break
				}
			}
			if done == 0 || unknown == 0 || moments < 10 || moments == 79 {
				t.Errorf("%d moments, %d done, %d interrupted", moments, done, unknown)
			}
		})
	}
}

// free releases an unknown operation, as an approver who has seen the records.
func (w *moneyWorld) free(t testing.TB, o money.Operation) {
	t.Helper()
	err := w.Store.Update(t.Context(), func(tx bot.Tx) error {
		_, after, err := money.Change(w.Store, tx, "T1", o.ID, w.clock(), nil, money.Plain(func(o money.Operation, b money.Books) (money.Operation, money.Books, error) {
			return o.Release(boris, o.Rev, "no record", b, money.Facts{Approvers: []bot.PersonID{boris, chen}}, w.deps.Money.Policy, w.clock())
		}))
		if err == nil && after.State != money.Refused {
			t.Errorf("released and %s", after.State)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Nothing like an unknown operation starts, and nobody but a person ends it.
func TestMoneyWorker_UnknownBlocksItsLike(t *testing.T) {
	w := newMoneyWorld(t, access.SolutionProvider, money.Policy{})
	customers := w.customers(t)
	one, two, other := w.reserved(t, grant(300, customers[0])), w.reserved(t, grant(300, customers[0])), w.reserved(t, grant(300, customers[1]))
	if err := w.world.Inject(sandbox.Fault{Op: "customer-grant", Kind: sandbox.DropBefore}); err != nil {
		t.Fatal(err)
	}
	w.round(t)
	w.world.Forget()
	w.round(t)
	if got := w.operation(t, one.ID).State; got != money.Unknown {
		t.Fatalf("got %s, want unknown", got)
	}
	if got := w.operation(t, two.ID).State; got != money.Reserved {
		t.Errorf("one like it is %s", got)
	}
	if got := w.operation(t, other.ID).State; got != money.Done {
		t.Errorf("another customer's is %s", got)
	}
	for range 10 {
		w.advance(5 * time.Minute)
		w.round(t)
	}
	if got := w.operation(t, one.ID).State; got != money.Unknown {
		t.Fatalf("the desk alone made it %s", got)
	}
	w.free(t, one)
	w.round(t)
	if got := w.operation(t, two.ID).State; got != money.Done {
		t.Errorf("after the release it is %s", got)
	}
	if n, _ := w.effects(t, two); n != 1 {
		t.Errorf("%d effects", n)
	}
}

// Rights, limits and the freeze count at the send, not only at the click.
func TestMoneyWorker_ChecksAtTheSend(t *testing.T) {
	cases := map[string]struct {
		before func(t *testing.T, w *moneyWorld)
		want   money.State
		fault  string
	}{
		"the approver is no approver any more":      {func(_ *testing.T, w *moneyWorld) { w.grants[1].Roles = []bot.Role{bot.RoleStaff} }, money.Refused, "money.no.approver_gone"},
		"the approver has left":                     {func(_ *testing.T, w *moneyWorld) { w.town.gone[boris] = true }, money.Refused, "money.no.approver_gone"},
		"the requester has left":                    {func(_ *testing.T, w *moneyWorld) { w.town.gone[anna] = true }, money.Refused, "money.no.requester"},
		"one approver is left":                      {func(_ *testing.T, w *moneyWorld) { w.town.gone[chen] = true }, money.Refused, "money.no.approvers"},
		"the limit is lower now":                    {func(_ *testing.T, w *moneyWorld) { w.deps.Money.Policy.PerOperation = partner.Yuan(1) }, money.Refused, "money.no.per_operation"},
		"the desk is frozen":                        {func(t *testing.T, w *moneyWorld) { w.freeze(t, money.Everything) }, money.Reserved, ""},
		"the account is frozen":                     {func(t *testing.T, w *moneyWorld) { w.freeze(t, "operator") }, money.Reserved, ""},
		"another account is frozen":                 {func(t *testing.T, w *moneyWorld) { w.freeze(t, "reseller:x") }, money.Done, ""},
		"nobody sent it in time":                    {func(_ *testing.T, w *moneyWorld) { w.advance(25 * time.Hour) }, money.Expired, ""},
		"the store is in quarantine":                {func(_ *testing.T, w *moneyWorld) { w.deps.Money.Paused = yes }, money.Reserved, ""},
		"the balance was spent by somebody else":    {func(t *testing.T, w *moneyWorld) { w.spend(t) }, money.Refused, "partner.err.balance"},
		"the partner center does not answer a read": {func(_ *testing.T, w *moneyWorld) { w.world.Deny("FINANCE_040100") }, money.Reserved, ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w := newMoneyWorld(t, access.SolutionProvider, money.Policy{})
			o := w.reserved(t, grant(300, w.customers(t)[0]))
			c.before(t, w)
			_ = w.worker().Round(t.Context())
			got := w.operation(t, o.ID)
			if got.State != c.want || got.Fault != c.fault {
				t.Errorf("got %s, %q, want %s, %q", got.State, got.Fault, c.want, c.fault)
			}
			w.world.Deny()
			n, _ := w.effects(t, o)
			if want := map[money.State]int{money.Done: 1}[c.want]; n != want {
				t.Errorf("%d effects, want %d", n, want)
			}
		})
	}
}

func (w *moneyWorld) freeze(t testing.TB, scope string) {
	t.Helper()
	if err := w.Store.Update(t.Context(), func(tx bot.Tx) error {
		return w.PutFreeze(tx, "T1", scope, money.Freeze{Scope: scope, By: chen, At: w.clock()})
	}); err != nil {
		t.Fatal(err)
	}
}

// spend grants nearly all there is, in the partner center's own pages.
func (w *moneyWorld) spend(t testing.TB) {
	t.Helper()
	bal, err := w.center.Balance(t.Context(), partner.Operator)
	if err != nil {
		t.Fatal(err)
	}
	free, _ := bal.Grantable()
	if _, err := w.center.GrantCustomer(t.Context(), partner.Operator, w.customers(t)[1].ID, free-partner.Yuan(10)); err != nil {
		t.Fatal(err)
	}
}

// Some customers have their coupon, others were refused: only these are offered
// once more.
func TestMoneyWorker_PartialSuccess(t *testing.T) {
	w := newMoneyWorld(t, access.SolutionProvider, money.Policy{})
	customers := w.customers(t)
	var quota partner.Quota
	for q, err := range w.center.Quotas(t.Context(), partner.Operator, partner.QuotaQuery{Status: []partner.QuotaStatus{partner.QuotaNormal}}) {
		if err != nil {
			t.Fatal(err)
		}
		if len(q.Limits) > 0 && q.Balance == partner.Yuan(5000) { // one coupon for a customer
			quota = q
		}
	}
	issue := func(cs ...partner.Customer) money.Operation {
		o := w.issue(t, 100, cs...)
		o.Quota = quota.ID
		return w.reserved(t, o)
	}
	first := issue(customers[0])
	w.round(t)
	second := issue(customers[0], customers[1])
	w.round(t)
	if got := w.operation(t, first.ID); got.State != money.Done {
		t.Fatalf("the first is %s, %s", got.State, got.Fault)
	}
	got := w.operation(t, second.ID)
	if got.State != money.Done || !got.Partial() || got.Moved() != partner.Yuan(100) || got.Parties[0].Fault != "partner.err.coupon_cap" {
		t.Fatalf("got %+v", got)
	}
	again, err := got.Retry(w.clock())
	if err != nil || len(again.Parties) != 1 || again.Parties[0].ID != customers[0].ID {
		t.Errorf("offered again: %+v, %v", again.Parties, err)
	}
	if n, _ := w.effects(t, second); n != 1 {
		t.Errorf("%d effects", n)
	}
}

// Two hundred people ask at once for a quota that covers fifty.
func TestMoney_TwoHundredAtOnce(t *testing.T) {
	w := newMoneyWorld(t, access.SolutionProvider, money.Policy{PerDay: partner.Yuan(1e7), PerPerson: partner.Yuan(1e7), PerParty: partner.Yuan(1e7)})
	customers := w.customers(t)
	quota := w.quota(t)
	each := quota.Balance / 50
	f := money.Facts{Approvers: []bot.PersonID{boris, chen}, Requests: true, Available: quota.Balance, Known: true, Read: w.clock()}
	type answer struct {
		id  string
		err error
	}
	answers := make(chan answer)
	for i := range 200 {
		go func() {
			o := w.issue(t, 1, customers[i%4])
			o.Amount, o.Team, o.ID, o.Requester, o.Account = each, "T1", fmt.Sprintf("OP-Q%03d", i), anna, bot.Operator()
			o, err := money.New(o, w.clock())
			if err == nil {
				err = w.Store.Update(t.Context(), func(tx bot.Tx) error {
					if err := w.PutOperation(tx, o); err != nil {
						return err
					}
					_, _, err := money.Change(w.Store, tx, "T1", o.ID, w.clock(), nil, money.Plain(func(o money.Operation, b money.Books) (money.Operation, money.Books, error) {
						return o.Submit(anna, 1, b, f, w.deps.Money.Policy, w.clock())
					}))
					return err
				})
			}
			if err == nil {
				err = w.Store.Update(t.Context(), func(tx bot.Tx) error {
					_, _, err := money.Change(w.Store, tx, "T1", o.ID, w.clock(), nil, money.Plain(func(o money.Operation, b money.Books) (money.Operation, money.Books, error) {
						return o.Approve(boris, 2, b, f, w.deps.Money.Policy, w.clock())
					}))
					return err
				})
			}
			answers <- answer{o.ID, err}
		}()
	}
	var taken []string
	refused := map[string]int{}
	for range 200 {
		if a := <-answers; a.err == nil {
			taken = append(taken, a.id)
		} else if no, ok := userErr(a.err); ok {
			refused[no.Key]++
		} else {
			t.Error(a.err)
		}
	}
	if len(taken) != 50 || refused["money.no.source_short"] != 150 {
		t.Fatalf("%d taken, refused %v", len(taken), refused)
	}
	for range 60 { // operations on the same customer follow each other
		w.round(t)
		w.advance(time.Second)
	}
	issued := 0
	for _, id := range taken {
		o := w.operation(t, id)
		n, _ := w.effects(t, o)
		if o.State != money.Done || n != 1 {
			t.Errorf("%s is %s (%s) with %d effects", id, o.State, o.Fault, n)
		}
		issued += n
	}
	if left, _ := w.left(t, quota.ID); issued != 50 || left != quota.Balance-50*each {
		t.Errorf("%d issued, %s left of %s", issued, left, quota.Balance)
	}
}
