package rounds_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"partnerdesk/cmd/torture/rounds"
)

// TestMain lets the test binary be the desk that is tortured.
func TestMain(m *testing.M) {
	if rounds.IsChild(os.Getenv) {
		os.Exit(rounds.Child(context.Background(), os.Getenv, os.Stdin, os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

// TestRun tortures two desks for two rounds each; `make torture` does it for longer.
func TestRun(t *testing.T) {
	t.Parallel() // it waits more than it works
	if testing.Short() {
		t.Skip("takes a quarter of a minute")
	}
	var out bytes.Buffer
	r, err := rounds.Run(t.Context(), rounds.Options{Rounds: 4, Desks: 2, Seed: 3, Speed: 16, Brief: true, Keep: t.TempDir(), Out: &out})
	if err != nil {
		t.Fatal(err)
	}
	if !r.OK() {
		t.Errorf("%s\n%s", out.String(), r)
	}
	if r.Kills == 0 || r.Asks < 20 || r.Heard == 0 || r.Inbox == 0 || r.Entries == 0 || r.Chores == 0 || r.Backups == 0 || r.Read == 0 {
		t.Errorf("hardly a torture: %s", r)
	}
	if !strings.HasSuffix(r.String(), "unanswered: 0\ntwice: 0\nlost: 0\n") {
		t.Errorf("the report ends differently: %s", r)
	}
}

// TestRun_SeesBrokenPromises tortures a desk that posts twice and forgets commits.
func TestRun_SeesBrokenPromises(t *testing.T) {
	t.Parallel() // it waits more than it works
	if testing.Short() {
		t.Skip("takes some seconds")
	}
	// Whether a round gives it an occasion is partly chance: it gets a few.
	twice, lost := 0, 0
	for seed := uint64(3); seed < 8 && (twice == 0 || lost == 0); seed++ {
		r, err := rounds.Run(t.Context(), rounds.Options{Rounds: 1, Seed: seed, Speed: 32, Ask: "mention", Wait: 2 * time.Second, Keep: t.TempDir(), Only: "end", Brief: true, Bad: true})
		if err != nil {
			t.Fatal(err)
		}
		if r.OK() != (r.Twice == 0 && r.Lost == 0 && r.Unanswered == 0) {
			t.Errorf("the verdict does not fit: %s", r)
		}
		twice, lost = twice+r.Twice, lost+r.Lost
	}
	if twice == 0 || lost == 0 {
		t.Errorf("a bad desk passes: twice %d, lost %d", twice, lost)
	}
}

// TestWrites opens what a power cut could have left of the store at any moment of ten questions.
func TestWrites(t *testing.T) {
	t.Parallel() // it waits more than it works
	if testing.Short() {
		t.Skip("takes some seconds")
	}
	r, err := rounds.Writes(t.Context(), rounds.Options{Seed: 3})
	if errors.Is(err, rounds.ErrNoStrace) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	if !r.OK() || r.Asks == 0 || r.Commits == 0 {
		t.Error(r)
	}
}

// TestCuts starts a desk on each of its files cut short: it starts with every row, or it says in one line why not.
func TestCuts(t *testing.T) {
	t.Parallel() // it waits more than it works
	if testing.Short() {
		t.Skip("starts some thirty desks")
	}
	r, err := rounds.Cuts(t.Context(), rounds.Options{Seed: 3})
	if err != nil {
		t.Fatal(err)
	}
	if !r.OK() || r.Started == 0 || r.Refused == 0 {
		t.Error(r)
	}
}
