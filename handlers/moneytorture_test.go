package handlers_test

import (
	"flag"
	"math/rand/v2"
	"testing"
	"time"

	"partnerdesk/handlers/access"
	"partnerdesk/handlers/money"
	"partnerdesk/handlers/partner"
	"partnerdesk/handlers/partner/sandbox"
)

var tortured = flag.Int("torture", 60, "rounds of the torture of the money worker")

// TestMoney_Torture plays many rounds in one world: the program is killed at a
// random commit or call, the partner center errs with or without the effect,
// records show late, and somebody spends the same quota in the partner center's
// own pages. In the end both sides agree to the fen.
func TestMoney_Torture(t *testing.T) {
	w := newMoneyWorld(t, access.SolutionProvider, money.Policy{PerOperation: partner.Yuan(1e7), PerDay: partner.Yuan(1e8), PerPerson: partner.Yuan(1e8), PerParty: partner.Yuan(1e8)})
	random := rand.New(rand.NewPCG(20261120, 1))
	customers := w.customers(t)
	faults := []string{sandbox.Throttle, sandbox.ErrorBefore, sandbox.ErrorAfter, sandbox.GatewayAfter, sandbox.DropBefore, sandbox.DropAfter, sandbox.Truncate, sandbox.Internal200, sandbox.Empty200}
	var all []money.Operation
	killed, faulty, foreign := 0, 0, 0
	states := map[money.State]int{}
	rounds := *tortured / stride(1, 4)
	for i := range rounds {
		each := partner.Fen(100 + i) // so that each operation's records are its own
		o := money.Operation{Kind: money.GrantCustomer, Amount: each, Parties: []money.Party{{ID: customers[random.IntN(4)].ID, Name: "x"}}}
		if random.IntN(2) == 0 {
			o = w.issue(t, 1, customers[:1+random.IntN(3)]...)
			o.Amount = each
		}
		o = w.reserved(t, o)
		w.world.SetLag(time.Duration(random.IntN(6)) * time.Minute)
		if random.IntN(2) == 0 {
			faulty++
			if err := w.world.Inject(sandbox.Fault{Op: string(o.Kind), Kind: faults[random.IntN(len(faults))]}); err != nil {
				t.Fatal(err)
			}
		}
		if random.IntN(3) == 0 {
			w.mu.Lock()
			w.fuse = 1 + random.IntN(36)
			w.mu.Unlock()
		}
		_ = w.worker().Round(t.Context())
		w.mu.Lock()
		if w.dead {
			killed++
		}
		w.mu.Unlock()
		w.start(t)
		w.world.Forget()
		if o.Kind == money.IssueCoupon && random.IntN(3) == 0 {
			foreign++
			if _, err := w.center.Issue(t.Context(), partner.Operator, partner.Issue{QuotaID: o.Quota, CustomerIDs: []string{customers[0].ID}, FaceValue: each, Memo: "by hand"}); err != nil {
				t.Fatal(err)
			}
		}
		for range 9 {
			_ = w.worker().Round(t.Context())
			w.advance(5 * time.Minute)
		}
		after := w.operation(t, o.ID)
		states[after.State]++
		n, sum := w.effects(t, o)
		switch {
		case n > len(o.Parties):
			t.Fatalf("round %d: %d effects for %d parties", i, n, len(o.Parties))
		case sum != after.Moved():
			t.Fatalf("round %d: %s is %s with %s, the partner center has %s", i, o.ID, after.State, after.Moved(), sum)
		case after.State == money.Unknown:
			w.free(t, o)
		case !after.State.Final():
			t.Fatalf("round %d: %s is %s", i, o.ID, after.State)
		}
		all = append(all, o)
	}
	var said, really partner.Fen
	for _, o := range all {
		said += w.operation(t, o.ID).Moved()
		_, sum := w.effects(t, o)
		really += sum
	}
	if said != really {
		t.Errorf("the desk says %s, the partner center %s", said, really)
	}
	t.Logf("%d rounds: %d killed, %d with a fault, %d with a second actor; %v; %s moved on both sides", rounds, killed, faulty, foreign, states, said)
	if rounds >= 50 && (killed == 0 || faulty == 0 || foreign == 0 || states[money.Unknown] == 0 || states[money.Done] == 0) {
		t.Error("the torture was too mild")
	}
}
