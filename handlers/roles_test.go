package handlers_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"partnerdesk/bot"
	"partnerdesk/data/store"
	"partnerdesk/handlers"
	"partnerdesk/handlers/access"
	"partnerdesk/handlers/money"
)

// Whoever gets or loses a role leaves a line, once, and the chain stays whole.
func TestRoles_ChangesAreAudited(t *testing.T) {
	w := newMoneyWorld(t, access.SolutionProvider, money.Policy{})
	w.deps.Roles = &handlers.Roles{Book: w.Store, People: w.town, Listed: func(context.Context) ([]bot.PersonID, error) {
		return []bot.PersonID{boris, chen, dora, boris}, nil
	}, Team: func(context.Context) (string, error) { return "T1", nil }}
	look := func() {
		t.Helper()
		jobs := handlers.Jobs(handlers.JobOptions{Deps: w.deps, Store: w.Store})
		i := slices.IndexFunc(jobs, func(j bot.Job) bool { return j.Name == "roles" })
		if err := jobs[i].Run(t.Context(), w.clock()); err != nil {
			t.Fatal(err)
		}
	}
	lines := func() (got []string) {
		t.Helper()
		entries, err := w.Audited(t.Context(), "T1", "roles")
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			got = append(got, strings.TrimPrefix(e.Action, "role.")+" "+e.Object+" "+e.Person.User)
		}
		return got
	}
	look()
	look() // nothing new
	want := []string{"gained approver UBORIS", "gained can_approve UBORIS", "gained lead UCHEN", "gained can_approve UCHEN", "gained admin UDORA"}
	if got := lines(); !slices.Equal(got, want) {
		t.Fatalf("got %q, want %q", got, want)
	}
	w.start(t) // a restart forgets nothing
	w.deps.Roles.Book = w.Store
	w.town.gone[boris] = true
	w.grants = append(w.grants[:2:2], access.Grant{Who: chen.User, Roles: []bot.Role{bot.RoleApprover, bot.RoleStaff}})
	look()
	want = append(want, "lost approver UBORIS", "lost can_approve UBORIS", "lost lead UCHEN", "gained approver UCHEN", "lost admin UDORA")
	if got := lines(); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if v, err := w.Verify(t.Context(), store.VerifyOptions{AnyKey: true}); err != nil || !v.OK() {
		t.Errorf("%+v, %v", v, err)
	}
	if held, err := w.Holders(t.Context(), "T1"); err != nil || len(held) != 1 || held[0].Person != chen {
		t.Errorf("held: %+v, %v", held, err)
	}
}
