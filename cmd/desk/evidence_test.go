package desk_test

import (
	"fmt"
	"testing"
	"time"

	"partnerdesk/cmd/desk"
)

func TestEvidence_Report(t *testing.T) {
	day := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	var v desk.Evidence
	op := func(id, action, who, total, moved string, at time.Time) {
		v.Add(desk.EntryInfo{Stream: "operation/" + id, Object: id, Action: "money." + action, Who: who, At: at, Outcome: "ok", Account: "operator",
			Facts: map[string]string{"kind": "coupon-issue", "state": action, "total_fen": total, "moved_fen": moved, "could_approve": "2"}})
	}
	role := func(who, action, role string, at time.Time) {
		v.Add(desk.EntryInfo{Stream: "roles", Object: role, Action: "role." + action, Who: who, At: at, Outcome: "ok"})
	}
	op("MO-1", "submit", "T1/ANNA", "50000", "0", day)
	op("MO-1", "approve", "T1/BORIS", "50000", "0", day.Add(time.Hour))
	op("MO-1", "settle", "", "50000", "50000", day.Add(2*time.Hour))
	op("MO-2", "submit", "T1/BORIS", "100", "0", day)
	op("MO-2", "approve", "T1/BORIS", "100", "0", day.Add(time.Hour)) // cannot happen, and is seen all the same
	op("MO-3", "submit", "T1/ANNA", "200", "0", day)
	op("MO-3", "settle", "", "200", "200", day)
	op("MO-4", "submit", "T1/ANNA", "90000", "0", day.AddDate(0, 0, 5)) // of another period
	v.Add(desk.EntryInfo{Stream: "operation/MO-5", Object: "MO-5", Action: "money.approve", Who: "T1/EVE", At: day, Outcome: "refused"})
	role("T1/BORIS", "gained", "approver", day)
	role("T1/BORIS", "gained", "can_approve", day)
	role("T1/CHEN", "gained", "can_approve", day.Add(time.Hour))
	role("T1/BORIS", "lost", "can_approve", day.AddDate(0, 0, 1))
	role("", "gained", "lead", day)

	r := v.Report(day, day.AddDate(0, 0, 1), 50000, day.Add(3*time.Hour))
	if r.Approved != 1 || r.Self != 1 || r.Alone != 1 || r.Nameless != 1 {
		t.Errorf("approved %d, self %d, alone %d, nameless %d", r.Approved, r.Self, r.Alone, r.Nameless)
	}
	var ids []string
	for _, o := range r.Operations {
		ids = append(ids, o.ID)
	}
	if fmt.Sprint(ids) != "[MO-1 MO-2]" { // the small one is listed because of who approved it
		t.Errorf("lists %q", ids)
	}
	if o := r.Operations[0]; o.Requester != "T1/ANNA" || o.Approver != "T1/BORIS" || o.Moved != 50000 || o.CouldApprove != 2 {
		t.Errorf("got %+v", o)
	}
	if len(r.Approvers) != 2 || len(r.Roles) != 1 || r.Roles[0].Role != "approver" {
		t.Errorf("approvers %+v, roles %+v", r.Approvers, r.Roles)
	}
	if later := v.Report(day, time.Time{}, 0, day.AddDate(0, 0, 2)); len(later.Approvers) != 1 || later.Approvers[0].Person != "T1/CHEN" || len(later.Operations) != 4 {
		t.Errorf("later: %+v", later)
	}
}
