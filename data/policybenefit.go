package data

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/goccy/go-yaml"

	"partnerdesk/handlers/benefit"
	"partnerdesk/handlers/partner"
	"partnerdesk/handlers/remind"
	"partnerdesk/handlers/worktime"
)

//go:embed policy/benefit/*.yaml
var benefitFiles embed.FS

type benefitRule struct {
	Kind     string   `yaml:"kind"`
	Order    int      `yaml:"order"`
	Recorded string   `yaml:"recorded"`
	Unique   string   `yaml:"unique"`
	Counts   bool     `yaml:"counts"`
	Most     int      `yaml:"most"`
	Name     pair     `yaml:"name"`
	Aliases  []string `yaml:"aliases"`
	Sources  []struct {
		ID    string `yaml:"id"`
		Entry string `yaml:"entry"`
		Cut   bool   `yaml:"cut"`
		ZH    string `yaml:"zh"`
		EN    string `yaml:"en"`
	} `yaml:"sources"`
	Stated []struct {
		Source string `yaml:"source"`
		ZH     string `yaml:"zh"`
		EN     string `yaml:"en"`
	} `yaml:"stated"`
	Unknown pair `yaml:"unknown"`
	Window  *struct {
		Field  string `yaml:"field"`
		Source string `yaml:"source"`
		From   string `yaml:"from"`
		To     string `yaml:"to"`
	} `yaml:"window"`
	Boxes []struct {
		ID     string `yaml:"id"`
		Source string `yaml:"source"`
		ZH     string `yaml:"zh"`
		EN     string `yaml:"en"`
	} `yaml:"boxes"`
	Fields []struct {
		ID       string `yaml:"id"`
		Kind     string `yaml:"kind"`
		Max      int    `yaml:"max"`
		Required bool   `yaml:"required"`
		Private  string `yaml:"private"`
		Options  []struct {
			ID string `yaml:"id"`
			ZH string `yaml:"zh"`
			EN string `yaml:"en"`
		} `yaml:"options"`
		ZH     string `yaml:"zh"`
		EN     string `yaml:"en"`
		HintZH string `yaml:"hint_zh"`
		HintEN string `yaml:"hint_en"`
	} `yaml:"fields"`
	States []struct {
		ID      string   `yaml:"id"`
		ZH      string   `yaml:"zh"`
		EN      string   `yaml:"en"`
		Sure    string   `yaml:"sure"`
		Next    []string `yaml:"next"`
		End     string   `yaml:"end"`
		Ceiling int64    `yaml:"ceiling"` // yuan
	} `yaml:"states"`
	Dates []struct {
		ID    string   `yaml:"id"`
		Field string   `yaml:"field"`
		Rule  string   `yaml:"rule"`
		Days  int      `yaml:"days"`
		In    []string `yaml:"in"`
		Boxes bool     `yaml:"boxes"`
		Left  bool     `yaml:"left"`
		When  *struct {
			Field string `yaml:"field"`
			Is    string `yaml:"is"`
		} `yaml:"when"`
		Ladder string `yaml:"ladder"`
		Source string `yaml:"source"`
		Sure   string `yaml:"sure"`
		ZH     string `yaml:"zh"`
		EN     string `yaml:"en"`
	} `yaml:"dates"`
}

// BenefitPolicy reads what is published about benefits, a file for each kind. An
// unknown key or an inner contradiction is an error.
func BenefitPolicy() (benefit.Policy, error) {
	names, err := fs.Glob(benefitFiles, "policy/benefit/*.yaml")
	if err != nil {
		return benefit.Policy{}, err
	}
	var read []benefitRule
	for _, name := range names {
		text, err := benefitFiles.ReadFile(name)
		if err != nil {
			return benefit.Policy{}, err
		}
		var w benefitRule
		if err := yaml.NewDecoder(bytes.NewReader(text), yaml.Strict()).Decode(&w); err != nil {
			return benefit.Policy{}, fmt.Errorf("read %s: %w", name, err)
		}
		read = append(read, w)
	}
	slices.SortFunc(read, func(a, b benefitRule) int { return a.Order - b.Order })
	var p benefit.Policy
	var faults []error
	for _, w := range read {
		r, err := w.words()
		p.Rules, faults = append(p.Rules, r), append(faults, err)
	}
	return p, errors.Join(append(faults, p.Check())...)
}

func (w benefitRule) words() (benefit.Rule, error) {
	r := benefit.Rule{Kind: benefit.Kind(w.Kind), Recorded: w.Recorded, Name: benefit.Text(w.Name), Aliases: w.Aliases, Unique: benefit.Unique(w.Unique),
		Counted: w.Counts, Most: w.Most, Unknown: benefit.Text(w.Unknown)}
	for _, s := range w.Sources {
		r.Sources = append(r.Sources, benefit.Source{ID: s.ID, Entry: s.Entry, Cut: s.Cut, Title: benefit.Text{ZH: s.ZH, EN: s.EN}})
	}
	for _, s := range w.Stated {
		r.Stated = append(r.Stated, benefit.Statement{Source: s.Source, Text: benefit.Text{ZH: s.ZH, EN: s.EN}})
	}
	for _, b := range w.Boxes {
		r.Boxes = append(r.Boxes, benefit.Box{ID: b.ID, Source: b.Source, Label: benefit.Text{ZH: b.ZH, EN: b.EN}})
	}
	for _, f := range w.Fields {
		field := benefit.Field{ID: f.ID, Kind: benefit.FieldKind(f.Kind), Max: f.Max, Required: f.Required, Private: benefit.Private(f.Private),
			Label: benefit.Text{ZH: f.ZH, EN: f.EN}, Hint: benefit.Text{ZH: f.HintZH, EN: f.HintEN}}
		for _, o := range f.Options {
			field.Options = append(field.Options, benefit.Option{ID: o.ID, Label: benefit.Text{ZH: o.ZH, EN: o.EN}})
		}
		r.Fields = append(r.Fields, field)
	}
	for _, s := range w.States {
		r.States = append(r.States, benefit.State{ID: s.ID, Label: benefit.Text{ZH: s.ZH, EN: s.EN}, Sure: benefit.Sureness(s.Sure), Next: s.Next,
			End: benefit.End(s.End), Ceiling: partner.Yuan(s.Ceiling)})
	}
	for _, d := range w.Dates {
		date := benefit.DateRule{ID: d.ID, Field: d.Field, Rule: d.Rule, Days: d.Days, In: d.In, Boxes: d.Boxes, Left: d.Left, Ladder: remind.Kind(d.Ladder),
			Source: d.Source, Sure: benefit.Sureness(d.Sure), Subject: benefit.Text{ZH: d.ZH, EN: d.EN}}
		if d.When != nil {
			date.When = &benefit.When{Field: d.When.Field, Is: d.When.Is}
		}
		r.Days = append(r.Days, date)
	}
	if w.Window == nil {
		return r, nil
	}
	from, err := worktime.ParseDate(w.Window.From)
	to, err2 := worktime.ParseDate(w.Window.To)
	r.Window = &benefit.Window{Field: w.Window.Field, Source: w.Window.Source, From: from, To: to}
	return r, errors.Join(err, err2)
}
