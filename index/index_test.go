package index_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"partnerdesk/faq"
	"partnerdesk/index"
)

func corpus() *faq.Corpus {
	c := &faq.Corpus{}
	for i, q := range []string{"代金券额度是多少", "发票怎么开", "how to share an opportunity"} {
		c.Entries = append(c.Entries, &faq.Entry{
			ID: fmt.Sprintf("e%d", i), Question: faq.Text{ZH: q}, Answer: faq.Bodies{ZH: faq.Body{Fact: "答案"}},
		})
	}
	return c
}

func TestSearch(t *testing.T) {
	dir := t.TempDir()
	c := corpus()
	x, err := index.Open(t.Context(), c, index.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	for name, q := range map[string]struct {
		terms []faq.Term
		want  int // entry, -1 for no hit
	}{
		"a term":      {[]faq.Term{{Field: faq.FieldTerm, Token: "票", Boost: 1}}, 1},
		"a pair":      {[]faq.Term{{Field: faq.FieldPair, Token: "额 度", Boost: 1}}, 0},
		"a raw gram":  {[]faq.Term{{Field: faq.FieldRaw, Token: "opp", Boost: 1}}, 2},
		"a raw pair":  {[]faq.Term{{Field: faq.FieldRaw, Token: "代金", Boost: 1}}, 0},
		"nothing":     {[]faq.Term{{Field: faq.FieldTerm, Token: "nothing", Boost: 1}}, -1},
		"no terms":    {nil, -1},
		"two weights": {[]faq.Term{{Field: faq.FieldTerm, Token: "票", Boost: 0.1}, {Field: faq.FieldTerm, Token: "额", Boost: 5}}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := x.Search(t.Context(), q.terms, 10)
			if err != nil {
				t.Fatal(err)
			}
			switch {
			case q.want < 0 && len(got) > 0:
				t.Errorf("got %v, want none", got)
			case q.want >= 0 && (len(got) == 0 || got[0].Entry != fmt.Sprintf("e%d", q.want)):
				t.Errorf("got %v, want entry e%d first", got, q.want)
			}
		})
	}
	t.Run("limit", func(t *testing.T) {
		got, err := x.Search(t.Context(), []faq.Term{{Field: faq.FieldTerm, Token: "答", Boost: 1}}, 2)
		if err != nil || len(got) != 2 {
			t.Errorf("got %v, %v", got, err)
		}
	})
}

func TestUpdate(t *testing.T) {
	x, err := index.Open(t.Context(), corpus(), index.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	find := func(token string) string {
		got, err := x.Search(t.Context(), []faq.Term{{Field: faq.FieldTerm, Token: token, Boost: 1}}, 10)
		if err != nil {
			t.Fatal(err)
		}
		if len(got) == 0 {
			return ""
		}
		return got[0].Entry
	}
	edited := corpus()
	edited.Entries[1].Question.ZH = "工单怎么提"
	edited.Entries = append(edited.Entries[:2], &faq.Entry{ID: "e9", Question: faq.Text{ZH: "域名续费"}, Answer: faq.Bodies{ZH: faq.Body{Fact: "答案"}}})
	if err := x.Update(t.Context(), edited, "e1", "e2", "e9"); err != nil {
		t.Fatal(err)
	}
	for token, want := range map[string]string{"票": "", "工": "e1", "域": "e9", "额": "e0", "share": ""} {
		if got := find(token); got != want {
			t.Errorf("%s: got %q, want %q", token, got, want)
		}
	}
}

func TestClose_RemovesAPrivateIndexOnly(t *testing.T) {
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	private, err := index.Open(t.Context(), corpus(), index.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := private.Close(); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(tmp); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	dir := t.TempDir()
	given, err := index.Open(t.Context(), corpus(), index.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if err := given.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "bleve")); err != nil {
		t.Error(err)
	}
	again, err := index.Open(t.Context(), corpus(), index.Options{Dir: dir})
	if err != nil {
		t.Fatalf("open over an old index: %v", err)
	}
	again.Close()
}
