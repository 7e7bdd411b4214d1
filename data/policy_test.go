package data_test

import (
	"testing"

	"partnerdesk/data"
	"partnerdesk/handlers/opportunity"
)

func TestOpportunityPolicy_IsWhole(t *testing.T) {
	p, err := data.OpportunityPolicy()
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Rules) != 4 {
		t.Errorf("%d rules of validity, want the four published ones", len(p.Rules))
	}
	if l, ok := p.LimitOf("passed"); !ok || l.Days != 10 || l.Sure != opportunity.Certain {
		t.Errorf("limit of the verification: %+v, %v", l, ok)
	}
	certain := map[string]bool{"draft": true, "passed": true, "verified": true, "rejected": true}
	for _, s := range p.States {
		if (s.Sure == opportunity.Certain) != certain[s.ID] {
			t.Errorf("label of state %s is %s", s.ID, s.Sure)
		}
	}
}
