package faq_test

import (
	"slices"
	"testing"
	"time"

	"partnerdesk/data"
	"partnerdesk/faq"
	"partnerdesk/faq/source"
)

func TestLint(t *testing.T) {
	day := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	good := func() *faq.Entry {
		return &faq.Entry{
			ID: "good", Kind: faq.Policy, Recorded: day,
			Question: faq.Text{ZH: "额度多少", EN: "How large is the quota?"},
			Ask:      faq.Asks{ZH: []string{"有多少额度"}, EN: []string{"quota size"}},
			Answer:   faq.Bodies{ZH: faq.Body{Fact: "额度是2万。"}, EN: faq.Body{Fact: "The quota is 20,000 (2万)."}},
		}
	}
	for name, c := range map[string]struct {
		spoil func(e *faq.Entry)
		want  string
	}{
		"good":                   {func(*faq.Entry) {}, ""},
		"id":                     {func(e *faq.Entry) { e.ID = "Not_Kebab" }, "id"},
		"no English":             {func(e *faq.Entry) { e.Answer.EN = faq.Body{} }, "language"},
		"no other ways":          {func(e *faq.Entry) { e.Ask.ZH = nil }, "language"},
		"figures differ":         {func(e *faq.Entry) { e.Answer.EN.Fact = "The quota is 30,000." }, "figures"},
		"cut, nothing said":      {func(e *faq.Entry) { e.Source.Cut = "end" }, "not-stated"},
		"dangling":               {func(e *faq.Entry) { e.Related = []string{"nowhere"} }, "related"},
		"expired":                {func(e *faq.Entry) { e.ValidUntil = day.AddDate(0, 0, -1) }, "expired"},
		"not yet":                {func(e *faq.Entry) { e.EffectiveFrom = day.AddDate(0, 0, 1) }, "not-yet"},
		"never recorded":         {func(e *faq.Entry) { e.Recorded = time.Time{} }, "recorded"},
		"an empty way of asking": {func(e *faq.Entry) { e.Ask.EN = append(e.Ask.EN, " ") }, "ask"},
	} {
		t.Run(name, func(t *testing.T) {
			e := good()
			c.spoil(e)
			found := faq.Lint(&faq.Corpus{Entries: []*faq.Entry{e}}, day)
			if c.want == "" && len(found) > 0 || c.want != "" && !slices.ContainsFunc(found, func(f faq.Finding) bool { return f.Rule == c.want }) {
				t.Errorf("got %+v, want %q", found, c.want)
			}
		})
	}
	t.Run("near-duplicates", func(t *testing.T) {
		a, b := good(), good()
		b.ID = "twin"
		if found := faq.Lint(&faq.Corpus{Entries: []*faq.Entry{a, b}}, day); len(found) == 0 || found[0].Rule != "duplicate" {
			t.Errorf("got %+v", found)
		}
	})
}

func TestLint_Shipped(t *testing.T) {
	c, err := source.Load(data.FAQ)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range faq.Lint(c, time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)) {
		if !f.Warn {
			t.Errorf("%s:%d: %s: %s", f.File, f.Line, f.Rule, f.Text)
		}
	}
}
