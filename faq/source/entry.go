package source

import (
	"errors"
	"fmt"

	"partnerdesk/faq"
)

type topicYAML struct {
	ID string `yaml:"id"`
	ZH string `yaml:"zh"`
	EN string `yaml:"en"`
}

type textYAML struct {
	ZH string `yaml:"zh"`
	EN string `yaml:"en"`
}

func (t textYAML) text() faq.Text { return faq.Text{ZH: t.ZH, EN: t.EN} }

type bodyYAML struct {
	Fact       string   `yaml:"fact"`
	Conditions []string `yaml:"conditions"`
	NotStated  string   `yaml:"not_stated"`
	Notes      []string `yaml:"notes"`
}

func (b bodyYAML) body() faq.Body {
	return faq.Body{Fact: b.Fact, Conditions: b.Conditions, NotStated: b.NotStated, Notes: b.Notes}
}

// entryYAML is an entry as it is written; docs/corpus.md says what the fields mean.
type entryYAML struct {
	ID       string `yaml:"id"`
	Kind     string `yaml:"kind"`
	Parent   string `yaml:"parent"`
	Audience struct {
		Kinds  []string `yaml:"kinds"`
		Paths  []string `yaml:"paths"`
		Stages []string `yaml:"stages"`
		Plans  []string `yaml:"plans"`
	} `yaml:"audience"`
	Question textYAML `yaml:"question"`
	Ask      struct {
		ZH []string `yaml:"zh"`
		EN []string `yaml:"en"`
	} `yaml:"ask"`
	Answer struct {
		ZH bodyYAML `yaml:"zh"`
		EN bodyYAML `yaml:"en"`
	} `yaml:"answer"`
	Source struct {
		Place string   `yaml:"place"`
		Title textYAML `yaml:"title"`
		Cut   string   `yaml:"cut"`
	} `yaml:"source"`
	Recorded string `yaml:"recorded"`
	Verified struct {
		Date string `yaml:"date"`
		By   string `yaml:"by"`
	} `yaml:"verified"`
	EffectiveFrom string `yaml:"effective_from"`
	ValidUntil    string `yaml:"valid_until"`
	Next          []struct {
		Kind  string   `yaml:"kind"`
		Value string   `yaml:"value"`
		Text  textYAML `yaml:"text"`
	} `yaml:"next"`
	Related []string `yaml:"related"`
	Draft   bool     `yaml:"draft"`
}

func (y entryYAML) entry() (*faq.Entry, error) {
	e := &faq.Entry{
		ID:       y.ID,
		Kind:     faq.Kind(y.Kind),
		Parent:   y.Parent,
		Audience: faq.Audience{Kinds: y.Audience.Kinds, Paths: y.Audience.Paths, Stages: y.Audience.Stages, Plans: y.Audience.Plans},
		Question: y.Question.text(),
		Ask:      faq.Asks{ZH: y.Ask.ZH, EN: y.Ask.EN},
		Answer:   faq.Bodies{ZH: y.Answer.ZH.body(), EN: y.Answer.EN.body()},
		Source:   faq.Source{Place: y.Source.Place, Title: y.Source.Title.text(), Cut: y.Source.Cut},
		Verified: faq.Verified{By: y.Verified.By},
		Related:  y.Related,
		Draft:    y.Draft,
	}
	switch e.Kind {
	case "":
		e.Kind = faq.Policy
	case faq.Policy, faq.HowTo, faq.API, faq.Definition, faq.Unknown:
	default:
		return nil, fmt.Errorf("%s: kind: %q is none of policy, howto, api, definition, unknown", y.ID, y.Kind)
	}
	for _, n := range y.Next {
		e.Next = append(e.Next, faq.Step{Kind: n.Kind, Value: n.Value, Text: n.Text.text()})
	}
	var err [4]error
	e.Recorded, err[0] = day("recorded", y.Recorded)
	e.Verified.Date, err[1] = day("verified", y.Verified.Date)
	e.EffectiveFrom, err[2] = day("effective_from", y.EffectiveFrom)
	e.ValidUntil, err[3] = day("valid_until", y.ValidUntil)
	if err := errors.Join(err[:]...); err != nil {
		return nil, fmt.Errorf("%s: %w", y.ID, err)
	}
	var rerr error
	e.Rev, rerr = rev(y)
	return e, rerr
}
