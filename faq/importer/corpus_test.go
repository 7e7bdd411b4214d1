package importer_test

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"partnerdesk/faq"
	"partnerdesk/faq/importer"
	"partnerdesk/faq/source"
)

// TestWrite_DraftsAreACorpus reads drafts back the way the desk does, strictly.
func TestWrite_DraftsAreACorpus(t *testing.T) {
	out := t.TempDir()
	r := load(t, filepath.Join("testdata", "listing"), filepath.Join("testdata", "pages"))
	if _, err := importer.Write(out, r, time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)); err != nil {
		t.Fatal(err)
	}
	c, err := source.Only(nil, out)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Entries) != len(r.Drafts) {
		t.Fatalf("%d entries, %d drafts", len(c.Entries), len(r.Drafts))
	}
	for _, e := range c.Entries {
		if !e.Draft || e.Recorded.IsZero() || e.Topic.ID == "" {
			t.Errorf("%s: draft %v, recorded %v, topic %q", e.ID, e.Draft, e.Recorded, e.Topic.ID)
		}
		if n := utf8.RuneCountInString(e.Plain(faq.ZH)); n > 900 || strings.HasSuffix(e.Plain(faq.ZH), "…") && e.Source.Cut == "none" {
			t.Errorf("%s: %d runes", e.ID, n)
		}
		if len(e.Ask.ZH) == 0 && e.Kind != faq.Unknown {
			t.Errorf("%s has no other way of asking", e.ID)
		}
	}
}

// FuzzImport feeds anything in as a listing, a page and Markdown: nothing panics, every line is accounted for, and what
// is written can be read.
func FuzzImport(f *testing.F) {
	for _, s := range []string{
		"", "父主题:", "父主题: X", "什么是A? A是B。 父主题: C 什么是D? D是E。", "“““未闭合 > ", "操作步骤", "接口约束 URI GET /v2/x", "1、甲; 2、乙;", "\x00\x01",
		"<html><table><tr><td rowspan=99999 colspan=99999>x</table><h1>", "<h1>标题</h1><ol><li><ol><li>", "# 标题\n\n| a | b |\n|---|---|\n| 1 | 2 |\n", "---\ntitle: x\n---\n正文。",
		"https://a.example/x 名称 https://b.example", "最多可以添加5个邮箱。", "\xc4\xe3\xba\xc3", strings.Repeat("长", 3000) + "。", "a\u2028b\u0085c。 \"引号\" \\反斜杠",
		"当时,", "可以", "不能。", "A/B/C 怎么办?", "说明", ":::", "(((", "是是是是是是是。",
	} {
		f.Add([]byte(s), uint8(0))
		f.Add([]byte(s), uint8(1))
		f.Add([]byte(s), uint8(2))
	}
	f.Fuzz(func(t *testing.T, data []byte, how uint8) {
		if len(data) > 1<<16 {
			return
		}
		path := file(t, [...]string{"a.txt", "a.html", "a.md"}[how%3], data)
		r := load(t, path)
		p := r.Report
		if p.Read != p.Kept+p.Merged+p.Dropped+p.Failed {
			t.Fatalf("not accounted for: %+v", p)
		}
		if how%3 == 0 && len(p.Files) == 1 {
			lines := map[int]bool{}
			for _, l := range p.Lines {
				lines[l.Line] = true
			}
			if n := bytes.Count(data, []byte("\n")); p.Files[0].Units > len(lines) && n < 1000 {
				t.Fatalf("%d units, %d lines in the report", p.Files[0].Units, len(lines))
			}
		}
		out := t.TempDir()
		if _, err := importer.Write(out, r, time.Time{}); err != nil {
			t.Fatal(err)
		}
		if c, err := source.Only(nil, out); err != nil || len(c.Entries) != len(r.Drafts) {
			t.Fatalf("%d drafts do not read back: %v", len(r.Drafts), err)
		}
	})
}
