package rounds_test

import (
	"bytes"
	"testing"

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

// TestMoney_SeesBrokenPromises moves money with a desk that forgets commits and posts twice.
func TestMoney_SeesBrokenPromises(t *testing.T) {
	t.Parallel() // it waits more than it works
	if testing.Short() {
		t.Skip("takes half a minute")
	}
	r, err := rounds.Money(t.Context(), rounds.Options{Rounds: 1, Seed: 3, Speed: 16, Brief: true, Keep: t.TempDir(), Bad: true})
	if err != nil {
		t.Fatal(err)
	}
	if r.OK() {
		t.Errorf("a bad desk passes: %s", r)
	}
}
