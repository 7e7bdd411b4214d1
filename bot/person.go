package bot

import (
	"context"
	"time"
)

// Person is what a door knows of somebody.
type Person struct {
	ID          PersonID
	Name        string   // as shown; for greeting only, never for rights
	Locale      string   // as the chat system reports it, e.g. zh-CN; empty when unknown
	Zone        string   // IANA name; empty when unknown
	Bot         bool     //
	Deactivated bool     //
	Guest       bool     // a guest of our own team
	External    bool     // of another team
	Groups      []string // ids of the user groups the person is in
}

// Directory tells who a person is. Find returns [ErrNoPerson] for somebody the
// door does not know, and may answer from a cache of a few minutes.
type Directory interface {
	Find(ctx context.Context, id PersonID) (Person, error)
}

// Quiet tells who wants no disturbance at the moment, as far as the chat system
// says. Away returns until when; zero for somebody who may be written to. It may
// answer from a cache of a few minutes.
type Quiet interface {
	Away(ctx context.Context, id PersonID) (until time.Time, err error)
}

// Account is the owner of a row: the operator itself or one of a distributor's
// resellers. It can only be made by [Operator] and [Reseller], so that no
// query is written without deciding whose rows it means.
type Account struct{ id string }

// Operator is the account of the company that runs the desk.
func Operator() Account { return Account{id: "operator"} }

// Reseller is the account of one reseller, by its indirect_partner_id.
func Reseller(indirectPartnerID string) Account {
	return Account{id: "reseller:" + indirectPartnerID}
}

// ParseAccount reads what [Account.String] wrote; ok is false for anything else.
func ParseAccount(s string) (a Account, ok bool) {
	if s == "operator" {
		return Operator(), true
	}
	const prefix = "reseller:"
	if len(s) > len(prefix) && s[:len(prefix)] == prefix {
		return Account{id: s}, true
	}
	return Account{}, false
}

// String returns "operator" or "reseller:ID", empty for the zero account.
func (a Account) String() string { return a.id }

// ResellerID returns the indirect_partner_id, empty for the operator.
func (a Account) ResellerID() string {
	const prefix = "reseller:"
	if len(a.id) > len(prefix) && a.id[:len(prefix)] == prefix {
		return a.id[len(prefix):]
	}
	return ""
}

// Role is an office a person holds in the desk.
type Role string

// The roles.
const (
	RoleStaff    Role = "staff"
	RoleApprover Role = "approver"
	RoleLead     Role = "lead"
	RoleTriager  Role = "triager"
	RoleEditor   Role = "editor"
	RoleAuditor  Role = "auditor"
	RoleAdmin    Role = "admin"
	RoleManager  Role = "ecosystem_manager"
)

// Roles lists every role.
func Roles() []Role {
	return []Role{RoleStaff, RoleApprover, RoleLead, RoleTriager, RoleEditor, RoleAuditor, RoleAdmin, RoleManager}
}

// Actor is a person whose rights have been established, at this moment, for
// this request.
type Actor struct {
	Person  Person
	Account Account // whose rows the person works on
	Huawei  bool    // employed by Huawei: sees no money and no customers
	Roles   []Role
	From    []string // what gave each role, e.g. approver<S0FINANCE or lead<id; names nobody
	Kind    string   // what the account is, in the corpus's words: solution_provider, distributor, reseller …
}

// Authorizer decides. The zero answer is no: it returns a [*Refusal] saying
// why, for anything not expressly allowed.
type Authorizer interface {
	// Authorize establishes the actor and checks the right and the area.
	Authorize(ctx context.Context, p Person, needs Right, area Area) (Actor, error)
	// Admit checks whether somebody may use an area from where they are; people
	// of other teams have their bound channel only.
	Admit(a Actor, area Area, in Place) error
	// Offers reports whether the operator has the area at all; what it has not
	// does not show in help.
	Offers(area Area) bool
}
