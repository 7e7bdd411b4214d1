package desk

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"partnerdesk/handlers/access"
	"partnerdesk/handlers/partner"
)

// Evidence reads the audit log as somebody does who checks whether money moved by
// the rules: what was moved, who asked and who approved, and who held which role.
// It looks at nothing but the entries, so it can be repeated on an export.
type Evidence struct {
	operations map[string]*OperationInfo
	roles      []EntryInfo
}

// OperationInfo is an operation as its entries tell it.
type OperationInfo struct {
	ID            string      `json:"id"`
	Kind          string      `json:"kind"`
	Account       string      `json:"account"`
	Total         partner.Fen `json:"total_fen"`
	Moved         partner.Fen `json:"moved_fen"`
	State         string      `json:"state"`
	Requester     string      `json:"requester"` // team/user; empty when erased
	RequesterRole string      `json:"requester_roles,omitempty"`
	Approver      string      `json:"approver"`
	ApproverRole  string      `json:"approver_roles,omitempty"`
	CouldApprove  int         `json:"could_approve"` // how many could when it was submitted
	Policy        string      `json:"policy"`
	Released      string      `json:"released,omitempty"` // who gave up an unknown outcome
	Submitted     time.Time   `json:"submitted,omitzero"`
	Approved      time.Time   `json:"approved,omitzero"`
	Self          bool        `json:"self,omitempty"` // requester and approver are one
}

// RoleInfo is a role somebody held.
type RoleInfo struct {
	Person string    `json:"person"` // team/user; empty when erased
	Role   string    `json:"role"`
	Since  time.Time `json:"since"` // when it was first seen
}

// EvidenceInfo is the report of a period.
type EvidenceInfo struct {
	From       time.Time       `json:"from,omitzero"`
	To         time.Time       `json:"to,omitzero"` // exclusive
	Over       partner.Fen     `json:"over_fen"`
	Operations []OperationInfo `json:"operations"` // submitted or approved in the period, from Over on
	Approved   int             `json:"approved"`   // how many of all in the period a second person approved
	Alone      int             `json:"alone"`      // and how many went on without one, below the threshold
	Self       int             `json:"self"`       // approved by whoever asked: must be none
	On         time.Time       `json:"on"`         // the moment the roles are told of
	Approvers  []RoleInfo      `json:"approvers"`  // who could approve at that moment
	Roles      []RoleInfo      `json:"roles"`      // who held what beyond a member's role
	Nameless   int             `json:"nameless"`   // role entries whose person was erased
}

// Add takes an entry; those of one stream come in order.
func (v *Evidence) Add(e EntryInfo) {
	switch {
	case strings.HasPrefix(e.Action, "role.") && e.Stream == "roles":
		v.roles = append(v.roles, e)
	case strings.HasPrefix(e.Action, "money.") && strings.HasPrefix(e.Stream, "operation/") && e.Outcome == "ok":
		v.operation(e)
	}
}

func (v *Evidence) operation(e EntryInfo) {
	if v.operations == nil {
		v.operations = map[string]*OperationInfo{}
	}
	o := v.operations[e.Object]
	if o == nil {
		o = &OperationInfo{ID: e.Object}
		v.operations[e.Object] = o
	}
	fen := func(fact string) partner.Fen {
		n, _ := strconv.ParseInt(e.Facts[fact], 10, 64) // written by ourselves; absent means 0
		return partner.Fen(n)
	}
	o.Kind, o.State, o.Account, o.Policy = e.Facts["kind"], e.Facts["state"], e.Account, e.Facts["policy"]
	o.Total, o.Moved = fen("total_fen"), fen("moved_fen")
	switch e.Action {
	case "money.submit":
		o.Requester, o.RequesterRole, o.Submitted = e.Who, e.Facts["requester_roles"], e.At
		o.CouldApprove, _ = strconv.Atoi(e.Facts["could_approve"])
	case "money.approve":
		o.Approver, o.ApproverRole, o.Approved = e.Who, e.Facts["approver_roles"], e.At
	case "money.release":
		o.Released = e.Who
	}
	o.Self = o.Requester != "" && o.Requester == o.Approver
}

// Report is of what was submitted or approved from from on and before to (zero:
// without end), and of the roles held at on.
func (v *Evidence) Report(from, to time.Time, over partner.Fen, on time.Time) EvidenceInfo {
	r := EvidenceInfo{From: from, To: to, Over: over, On: on, Operations: []OperationInfo{}, Approvers: []RoleInfo{}, Roles: []RoleInfo{}}
	within := func(at time.Time) bool {
		return !at.IsZero() && !at.Before(from) && (to.IsZero() || at.Before(to))
	}
	for _, o := range v.operations {
		if !within(o.Submitted) && !within(o.Approved) {
			continue
		}
		switch {
		case o.Self:
			r.Self++
		case !o.Approved.IsZero():
			r.Approved++
		case o.Moved > 0:
			r.Alone++
		}
		if o.Total >= over || o.Self {
			r.Operations = append(r.Operations, *o)
		}
	}
	slices.SortFunc(r.Operations, func(a, b OperationInfo) int {
		return cmp.Or(a.Submitted.Compare(b.Submitted), cmp.Compare(a.ID, b.ID))
	})
	held, nameless := v.held(on)
	r.Nameless = nameless
	for _, h := range held {
		if h.Role == string(access.CanApprove) {
			r.Approvers = append(r.Approvers, h)
		} else {
			r.Roles = append(r.Roles, h)
		}
	}
	return r
}

// held replays the role entries up to a moment.
func (v *Evidence) held(on time.Time) (list []RoleInfo, nameless int) {
	type holding struct{ who, role string }
	since := map[holding]time.Time{}
	for _, e := range v.roles {
		if e.At.After(on) {
			continue
		}
		if e.Who == "" {
			nameless++
			continue
		}
		h := holding{e.Who, e.Object}
		if e.Action == "role.gained" {
			since[h] = e.At
		} else {
			delete(since, h)
		}
	}
	list = []RoleInfo{}
	for h, at := range since {
		list = append(list, RoleInfo{Person: h.who, Role: h.role, Since: at})
	}
	slices.SortFunc(list, func(a, b RoleInfo) int {
		return cmp.Or(cmp.Compare(a.Role, b.Role), cmp.Compare(a.Person, b.Person))
	})
	return list, nameless
}
