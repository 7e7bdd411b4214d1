package rounds_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"partnerdesk/cmd/torture/rounds"
)

// TestMoney kills desks while people move money; `make torture` does it for longer.
func TestMoney(t *testing.T) {
	t.Parallel() // it waits more than it works
	if testing.Short() {
		t.Skip("takes half a minute")
	}
	var out bytes.Buffer
	r, err := rounds.Money(t.Context(), rounds.Options{Rounds: 2, Desks: 2, Seed: 3, Speed: 16, Keep: t.TempDir(), Out: &out})
	if err != nil {
		t.Fatal(err)
	}
	if !r.OK() {
		t.Errorf("%s\n%s", out.String(), r)
	}
	if r.Kills < 2 || r.Effects == 0 || r.Writes == 0 || r.Moved == 0 || r.Receipts == 0 || r.Entries == 0 {
		t.Errorf("hardly a torture: %s", r)
	}
}

// TestMoney_SeesBrokenPromises moves money with a partner center that carries everything out twice, as it would if the
// desk had sent it twice.
func TestMoney_SeesBrokenPromises(t *testing.T) {
	t.Parallel() // it waits more than it works
	if testing.Short() {
		t.Skip("takes half a minute")
	}
	r, err := rounds.Money(t.Context(), rounds.Options{Rounds: 1, Seed: 3, Speed: 32, Brief: true, Keep: t.TempDir(), Wait: 10 * time.Second, Bad: true})
	if err != nil {
		t.Fatal(err)
	}
	if r.OK() || !strings.Contains(r.String(), "has 2 effects") || strings.Contains(r.String(), "money twice: 0") {
		t.Errorf("a bad desk passes: %s", r)
	}
}
