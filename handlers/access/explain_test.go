package access_test

import (
	"errors"
	"testing"

	"partnerdesk/bot"
	"partnerdesk/handlers/access"
)

// Whatever is asked, the explanation is of the decision that is made.
func TestExplain_IsTheDecision(t *testing.T) {
	persons := []bot.Person{
		person("T1", "U1", nil), person("T1", "U-ADMIN", nil), person("T1", "U-GUEST", func(p *bot.Person) { p.Guest = true }),
		person("T2", "U-HUAWEI", nil), person("T2", "U-BOUND", nil), person("T2", "U-UNBOUND", nil), person("T2", "U1", nil), person("T1", "U2", func(p *bot.Person) { p.Groups = []string{"S-APPROVERS"} }),
		person("T1", "U1", func(p *bot.Person) { p.Bot = true }), person("T1", "U1", func(p *bot.Person) { p.Deactivated = true }),
	}
	for _, kind := range access.OperatorKinds() {
		r, err := access.New(access.Options{Kind: kind, Team: "T1", Grants: append(grants(), access.Grant{Who: "U-BOUND", Team: "T2", Roles: []bot.Role{bot.RoleStaff}, Channel: "C-BOUND"},
			access.Grant{Who: "U-UNBOUND", Team: "T2", Roles: []bot.Role{bot.RoleStaff}})})
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range persons {
			for _, right := range []bot.Right{bot.RightAsk, bot.RightRead, bot.RightRequest, bot.RightTriage, bot.RightEdit, bot.RightApprove, bot.RightExport, bot.RightAudit, bot.RightConfigure} {
				for _, area := range []bot.Area{bot.AreaDesk, bot.AreaMoney, bot.AreaReseller} {
					e, err := r.Explain(t.Context(), p, right, area)
					if err != nil {
						t.Fatal(err)
					}
					actor, err := r.Authorize(t.Context(), p, right, area)
					if err == nil {
						err = r.Admit(actor, area, bot.Place{Team: "T1", Channel: "C-BOUND"})
					}
					no, _ := errors.AsType[*bot.Refusal](err)
					if e.Allowed() != (err == nil) || (no != nil && e.Refusal.Reason != no.Reason) {
						t.Errorf("%s as %s, %s in %q: explained %v, decided %v", kind, p.ID, right, area, e.Refusal, err)
					}
					if err == nil && (len(e.Given) == 0 || len(e.Through) == 0 || e.Lost != "" || len(e.Roles) != len(actor.Roles)) {
						t.Errorf("%s as %s may %s, and nothing says why: %+v", kind, p.ID, right, e)
					}
					if no != nil && no.Reason == "role" && len(e.Through) > 0 && e.Lost == "" {
						t.Errorf("%s as %s may not %s in spite of %v, and nothing says why", kind, p.ID, right, e.Through)
					}
				}
			}
		}
	}
}
