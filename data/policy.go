package data

import (
	"bytes"
	_ "embed" // the policy files
	"fmt"

	"github.com/goccy/go-yaml"

	"partnerdesk/handlers/opportunity"
)

//go:embed policy/opportunity.yaml
var opportunityFile []byte

type pair struct {
	ZH string `yaml:"zh"`
	EN string `yaml:"en"`
}

type opportunityPolicy struct {
	Recorded string `yaml:"recorded"`
	Menu     pair   `yaml:"menu"`
	States   []struct {
		ID   string   `yaml:"id"`
		ZH   string   `yaml:"zh"`
		EN   string   `yaml:"en"`
		Sure string   `yaml:"sure"`
		Next []string `yaml:"next"`
	} `yaml:"states"`
	Limits []struct {
		ID     string `yaml:"id"`
		Days   int    `yaml:"days"`
		State  string `yaml:"state"`
		Sure   string `yaml:"sure"`
		Source string `yaml:"source"`
	} `yaml:"limits"`
	Fields []struct {
		ID       string   `yaml:"id"`
		Section  string   `yaml:"section"`
		Kind     string   `yaml:"kind"`
		Options  []string `yaml:"options"`
		Max      int      `yaml:"max"`
		Required bool     `yaml:"required"`
		Sure     string   `yaml:"sure"`
		Rule     string   `yaml:"rule"`
		Private  string   `yaml:"private"`
		ZH       string   `yaml:"zh"`
		EN       string   `yaml:"en"`
		HintZH   string   `yaml:"hint_zh"`
		HintEN   string   `yaml:"hint_en"`
	} `yaml:"fields"`
	Sections []struct {
		ID string `yaml:"id"`
		ZH string `yaml:"zh"`
		EN string `yaml:"en"`
	} `yaml:"sections"`
	Rules []struct {
		ID string `yaml:"id"`
		ZH string `yaml:"zh"`
		EN string `yaml:"en"`
	} `yaml:"rules"`
}

// OpportunityPolicy reads what is published about sharing opportunities. An
// unknown key or an inner contradiction is an error.
func OpportunityPolicy() (opportunity.Policy, error) {
	var w opportunityPolicy
	if err := yaml.NewDecoder(bytes.NewReader(opportunityFile), yaml.Strict()).Decode(&w); err != nil {
		return opportunity.Policy{}, fmt.Errorf("read policy/opportunity.yaml: %w", err)
	}
	p := opportunity.Policy{Recorded: w.Recorded, Menu: opportunity.Text(w.Menu)}
	for _, s := range w.States {
		p.States = append(p.States, opportunity.State{ID: s.ID, Label: opportunity.Text{ZH: s.ZH, EN: s.EN}, Sure: opportunity.Sureness(s.Sure), Next: s.Next})
	}
	for _, l := range w.Limits {
		p.Limits = append(p.Limits, opportunity.Limit{ID: l.ID, Days: l.Days, State: l.State, Source: l.Source, Sure: opportunity.Sureness(l.Sure)})
	}
	for _, f := range w.Fields {
		p.Fields = append(p.Fields, opportunity.Field{ID: f.ID, Section: f.Section, Kind: f.Kind, Options: f.Options, Max: f.Max, Required: f.Required,
			Sure: opportunity.Sureness(f.Sure), Rule: f.Rule, Private: f.Private, Label: opportunity.Text{ZH: f.ZH, EN: f.EN}, Hint: opportunity.Text{ZH: f.HintZH, EN: f.HintEN}})
	}
	for _, s := range w.Sections {
		p.Sections = append(p.Sections, opportunity.Section{ID: s.ID, Label: opportunity.Text{ZH: s.ZH, EN: s.EN}})
	}
	for _, r := range w.Rules {
		p.Rules = append(p.Rules, opportunity.Rule{ID: r.ID, Label: opportunity.Text{ZH: r.ZH, EN: r.EN}})
	}
	return p, p.Check()
}
