package opportunity_test

import (
	"maps"
	"strings"
	"testing"
	"time"

	"partnerdesk/bot"
	"partnerdesk/handlers/opportunity"
)

func policy() opportunity.Policy {
	text := opportunity.Text{ZH: "字", EN: "word"}
	p := opportunity.Policy{
		States: []opportunity.State{
			{ID: "draft", Label: text, Sure: opportunity.Certain, Next: []string{"submitted"}},
			{ID: "submitted", Label: text, Sure: opportunity.Inferred, Next: []string{"rejected"}},
			{ID: "rejected", Label: text, Sure: opportunity.Certain},
		},
		Sections: []opportunity.Section{{ID: "s", Label: text}},
		Fields: []opportunity.Field{
			{ID: "company", Section: "s", Kind: "line", Max: 10, Required: true, Label: text},
			{ID: "consent", Section: "s", Kind: "choice", Options: []string{"yes", "no"}, Required: true, Label: text},
		},
	}
	for _, id := range []string{"contact", "budget", "revenue", "vague"} {
		p.Rules = append(p.Rules, opportunity.Rule{ID: id, Label: text})
	}
	return p
}

func TestFaults(t *testing.T) {
	for _, c := range []struct {
		name string
		v    map[string]string
		want map[string]string
	}{
		{"all well", map[string]string{"company": "艾克美", "consent": "yes"}, nil},
		{"no consent", map[string]string{"company": "艾克美", "consent": "no"}, map[string]string{"consent": "opportunity.fault.consent"}},
		{"consent left out", map[string]string{"company": "艾克美"}, map[string]string{"consent": "opportunity.fault.empty"}},
		{"consent invented", map[string]string{"company": "艾克美", "consent": "maybe"}, map[string]string{"consent": "opportunity.fault.choice"}},
		{"blank company", map[string]string{"company": "  ", "consent": "yes"}, map[string]string{"company": "opportunity.fault.empty"}},
		{"long company", map[string]string{"company": strings.Repeat("长", 11), "consent": "yes"}, map[string]string{"company": "opportunity.fault.long"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := policy().Faults(c.v); !maps.Equal(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

func TestFindings(t *testing.T) {
	good := map[string]string{
		"contact_name": "王小明", "contact_phone": "13812345678", "budget": "50 万元/年", "timeline": "2027 年 3 月上线", "revenue": "yes",
		"need": "客户要把订单系统搬到云上，并做容灾", "presales": "拜访客户，方案交流",
	}
	for _, c := range []struct {
		name   string
		change map[string]string
		fails  string // the rule; empty: none
	}{
		{"good in Chinese", nil, ""},
		{"good in English", map[string]string{"need": "The customer moves its order system to the cloud", "presales": "visit", "budget": "CNY 500,000", "timeline": "live in March"}, ""},
		{"by mail only", map[string]string{"contact_phone": "", "contact_mail": "wang@example.com"}, ""},
		{"no way to reach the contact", map[string]string{"contact_phone": "问前台"}, "contact"},
		{"nobody named", map[string]string{"contact_name": ""}, "contact"},
		{"budget open", map[string]string{"budget": "待定"}, "budget"},
		{"no time", map[string]string{"timeline": "尽快"}, "budget"},
		{"time in words", map[string]string{"timeline": "明年一季度"}, ""},
		{"nothing new earned", map[string]string{"revenue": "no"}, "revenue"},
		{"vague need", map[string]string{"need": "想上云"}, "vague"},
		{"no key action", map[string]string{"presales": "无"}, "vague"},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := maps.Clone(good)
			maps.Copy(v, c.change)
			for _, f := range policy().Findings(v) {
				if f.OK == (f.Rule.ID == c.fails) {
					t.Errorf("rule %s: ok %v", f.Rule.ID, f.OK)
				}
			}
		})
	}
}

func TestSteps(t *testing.T) {
	noon := time.Date(2026, 11, 20, 4, 0, 0, 0, time.UTC)
	p := policy()
	o := opportunity.Opportunity{ID: "OP-7F3K", State: "draft"}
	if _, err := o.Move("submitted", p, noon); err == nil {
		t.Error("moved without a number")
	}
	o, err := o.Numbered("OPP1", p, noon)
	if err != nil || o.State != "submitted" || o.Since != noon {
		t.Fatalf("numbered: %+v, %v", o, err)
	}
	if _, err := o.Numbered("OPP1", p, noon); err == nil {
		t.Error("the same number twice")
	}
	if fixed, err := o.Numbered("OPP2", p, noon); err != nil || fixed.State != "submitted" || fixed.Number != "OPP2" {
		t.Errorf("a mistyped number cannot be corrected: %+v, %v", fixed, err)
	}
	if _, err := o.Move("draft", p, noon); err == nil {
		t.Error("moved back")
	}
	if o, err = o.Move("rejected", p, noon.Add(time.Hour)); err != nil || o.State != "rejected" || o.Since != noon.Add(time.Hour) {
		t.Errorf("moved: %+v, %v", o, err)
	}
	for range opportunity.MaxNotes + 5 {
		o = o.Update(bot.PersonID{User: "U1"}, "x", noon)
	}
	if len(o.Notes) != opportunity.MaxNotes {
		t.Errorf("%d notes", len(o.Notes))
	}
}

func TestCheck_NamesEveryFault(t *testing.T) {
	if err := policy().Check(); err != nil {
		t.Fatal(err)
	}
	p := policy()
	p.States[0].Next = []string{"nowhere"}
	p.Fields = p.Fields[:1]
	p.Rules[0].ID = "luck"
	err := p.Check()
	for _, want := range []string{"nowhere", "consent", "luck"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not name %s", err, want)
		}
	}
}
