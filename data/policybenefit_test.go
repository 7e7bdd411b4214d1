package data_test

import (
	"strings"
	"testing"
	"time"

	"partnerdesk/data"
	"partnerdesk/faq/source"
	"partnerdesk/handlers/benefit"
	"partnerdesk/handlers/partner"
)

// Every rule names an entry of the corpus that says the same: recorded on the
// same day, with the same title, and with the same figures.
func TestBenefitPolicy_StatesWhatTheCorpusStates(t *testing.T) {
	p, err := data.BenefitPolicy()
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Rules) != 8 {
		t.Errorf("%d kinds, want eight", len(p.Rules))
	}
	corpus, err := source.Load(data.FAQ)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range p.Rules {
		for _, s := range r.Sources {
			e := corpus.Entry(s.Entry)
			if e == nil {
				t.Errorf("%s: no entry %s", r.Kind, s.Entry)
				continue
			}
			if e.Source.Title.ZH != s.Title.ZH || e.Recorded.Format(time.DateOnly) != r.Recorded {
				t.Errorf("%s: source %s is %q of %s, the entry says %q of %s", r.Kind, s.ID, s.Title.ZH, r.Recorded, e.Source.Title.ZH, e.Recorded.Format(time.DateOnly))
			}
			if s.Cut != (e.Source.Cut != "none") {
				t.Errorf("%s: source %s: cut is %v, the entry says %s", r.Kind, s.ID, s.Cut, e.Source.Cut)
			}
		}
	}
}

func TestBenefitPolicy_Figures(t *testing.T) {
	p, err := data.BenefitPolicy()
	if err != nil {
		t.Fatal(err)
	}
	coupon, _ := p.Rule(benefit.TestCoupon)
	for state, want := range map[string]partner.Fen{"uncertified": partner.Yuan(20000), "cloud": partner.Yuan(100000), "advanced": partner.Yuan(300000)} {
		if s, known := coupon.State(state); !known || s.Ceiling != want {
			t.Errorf("ceiling of %s: %v, want %v", state, s.Ceiling, want)
		}
	}
	label, _ := p.Rule(benefit.Label)
	if len(label.Boxes) != 3 || !label.Shared() {
		t.Errorf("a label has %d boxes, shared %v", len(label.Boxes), label.Shared())
	}
	customers, _ := p.Rule(benefit.Registration)
	if customers.Most != 100 || customers.Days[0].Days != 15 || customers.Shared() {
		t.Errorf("registrations: %+v", customers)
	}
	for _, r := range p.Rules {
		if len(r.Unknown.ZH) == 0 || !strings.Contains(r.Unknown.ZH, "没有写") {
			t.Errorf("%s does not say what is not stated", r.Kind)
		}
	}
}
