package source_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"partnerdesk/data"
	"partnerdesk/faq"
	"partnerdesk/faq/source"
)

const entry = `topic:
  id: coupons
  zh: 券
  en: Coupons
entries:
  - id: quota
    kind: policy
    question: {zh: 额度是多少？, en: How large is the quota?}
    answer:
      zh: {fact: 额度是2万。}
      en: {fact: "The quota is 20,000."}
    recorded: 2026-11-20
  - id: other
    kind: unknown
    question: {zh: 有效期？, en: Validity?}
    answer:
      zh: {fact: 资料没写。}
      en: {fact: Not stated.}
`

func fsys(faqYAML string) fstest.MapFS {
	return fstest.MapFS{
		"faq/a.yaml":            {Data: []byte(faqYAML)},
		"terms/trade.yaml":      {Data: []byte("objects:\n  quota: [额度, quota]\n")},
		"terms/traditional.txt": {Data: []byte("# pairs\n額额\n")},
		"terms/alike.txt":       {Data: []byte("券卷\n")},
	}
}

func TestLoad(t *testing.T) {
	c, err := source.Load(fsys(entry))
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Entries) != 2 || len(c.Topics) != 1 {
		t.Fatalf("%d entries, %d topics", len(c.Entries), len(c.Topics))
	}
	e := c.Entry("quota")
	if e == nil || e.Topic.Name.EN != "Coupons" || e.File != "faq/a.yaml" || e.Line != 6 || e.Rev == "" || e.Recorded.Format("2006-01-02") != "2026-11-20" {
		t.Errorf("got %+v", e)
	}
	if c.Entry("other").Kind != faq.Unknown {
		t.Errorf("kind %q", c.Entry("other").Kind)
	}
	if got := c.Lexicon.Read("額度").Terms; len(got) != 1 || got[0].Text != "#quota" {
		t.Errorf("terms %v", got)
	}
}

func TestLoad_RevisionFollowsTheContent(t *testing.T) {
	a, err := source.Load(fsys(entry))
	if err != nil {
		t.Fatal(err)
	}
	b, err := source.Load(fsys("# moved down a line\n" + strings.Replace(entry, "额度是2万", "额度是3万", 1)))
	if err != nil {
		t.Fatal(err)
	}
	if a.Entry("quota").Rev == b.Entry("quota").Rev {
		t.Error("the revision did not change with the answer")
	}
	if a.Entry("other").Rev != b.Entry("other").Rev {
		t.Error("the revision of an entry that only moved changed")
	}
}

func TestLoad_FaultsNameFileAndLine(t *testing.T) {
	for name, c := range map[string]struct{ yaml, want string }{
		"unknown field":   {strings.Replace(entry, "kind: policy", "knd: policy", 1), "faq/a.yaml:7"},
		"unknown kind":    {strings.Replace(entry, "kind: policy", "kind: rumour", 1), "faq/a.yaml:6"},
		"broken date":     {strings.Replace(entry, "2026-11-20", "yesterday", 1), "faq/a.yaml:6"},
		"broken YAML":     {entry + "  - id: [", "faq/a.yaml:"},
		"id used twice":   {strings.Replace(entry, "id: other", "id: quota", 1), "already used in faq/a.yaml:6"},
		"no answer":       {strings.Replace(strings.Replace(entry, "fact: 资料没写。", "", 1), "fact: Not stated.", "", 1), "no answer fact"},
		"wrong type":      {strings.Replace(entry, "recorded: 2026-11-20", "related: {a: b}", 1), "faq/a.yaml:"},
		"no id":           {strings.Replace(entry, "id: other", "parent: x", 1), "entry without id"},
		"topic is a list": {strings.Replace(entry, "  id: coupons\n  zh: 券\n  en: Coupons", "  - a", 1), "faq/a.yaml:"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := source.Load(fsys(c.yaml))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want it to name %q", err, c.want)
			}
		})
	}
}

func TestLoad_Directories(t *testing.T) {
	dir := t.TempDir()
	own := strings.Replace(strings.Replace(entry, "额度是2万", "额度是5万", 1), "id: other", "id: third", 1)
	if err := os.WriteFile(filepath.Join(dir, "own.yaml"), []byte(own), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := source.Load(fsys(entry), dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Entries) != 3 || !strings.Contains(c.Entry("quota").Answer.ZH.Fact, "5万") {
		t.Errorf("the directory did not replace the shipped entry: %d entries, %q", len(c.Entries), c.Entry("quota").Answer.ZH.Fact)
	}
	only, err := source.Only(fsys(entry), dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(only.Entries) != 2 || only.Entry("other") != nil {
		t.Errorf("%d entries, want the directory's two", len(only.Entries))
	}
	if _, err := source.Load(fsys(entry), filepath.Join(dir, "missing")); err == nil {
		t.Error("a missing directory is no error")
	}
}

// TestLoad_HeardLinesHaveAnEntry holds terms/heard.yaml to the ids of the shipped entries.
func TestLoad_HeardLinesHaveAnEntry(t *testing.T) {
	c, err := source.Load(data.FAQ)
	if err != nil {
		t.Fatal(err)
	}
	heard, err := data.FAQ.ReadFile("terms/heard.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(heard)) {
		id, _, ok := strings.Cut(strings.TrimSpace(line), ": [")
		if ok && c.Entry(id) == nil {
			t.Errorf("no entry %q", id)
		}
	}
}

func TestLoad_Shipped(t *testing.T) {
	c, err := source.Load(data.FAQ)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Entries) < 100 {
		t.Errorf("only %d entries", len(c.Entries))
	}
	for in, want := range map[string]string{"代金券額度": "#voucher-quota", "總經銷商": "#distributor", "Tier-2 partners": "#reseller"} {
		if got := c.Lexicon.Read(in).Terms; len(got) == 0 || got[0].Text != want {
			t.Errorf("%s: %v, want %s", in, got, want)
		}
	}
}
