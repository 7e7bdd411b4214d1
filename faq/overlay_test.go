package faq_test

import (
	"testing"
	"time"

	"partnerdesk/faq"
)

func TestCorpusWith(t *testing.T) {
	shipped := func() *faq.Corpus {
		return &faq.Corpus{Entries: []*faq.Entry{
			{ID: "a", Rev: "a1", Question: faq.Text{ZH: "甲？"}, Answer: faq.Bodies{ZH: faq.Body{Fact: "甲。"}}},
			{ID: "b", Rev: "b1", Question: faq.Text{ZH: "乙？"}, Answer: faq.Bodies{ZH: faq.Body{Fact: "乙。"}}},
		}}
	}
	seen := faq.Verified{Date: time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC), By: "赵"}
	edit := faq.Overlay{ID: "a", Base: "a1", Edited: true, Question: faq.Text{ZH: "甲？"}, Answer: faq.Bodies{ZH: faq.Body{Fact: "改过的甲。"}}}

	t.Run("an edit replaces the text and the revision, and leaves the shipped one alone", func(t *testing.T) {
		c := shipped()
		got, conflicts := c.With([]faq.Overlay{edit})
		if e := got.Entry("a"); e.Answer.ZH.Fact != "改过的甲。" || e.Rev == "a1" || len(conflicts) != 0 {
			t.Errorf("got %q rev %s, conflicts %v", e.Answer.ZH.Fact, e.Rev, conflicts)
		}
		if c.Entries[0].Answer.ZH.Fact != "甲。" {
			t.Error("the shipped entry was changed")
		}
	})
	t.Run("a verification leaves the text", func(t *testing.T) {
		got, _ := shipped().With([]faq.Overlay{{ID: "b", Base: "b1", Verified: seen}})
		if e := got.Entry("b"); e.Verified != seen || e.Rev != "b1" {
			t.Errorf("got %+v rev %s", e.Verified, e.Rev)
		}
	})
	t.Run("a newer text under an edit is a conflict, and the edit stays", func(t *testing.T) {
		c := shipped()
		c.Entries[0].Rev = "a2"
		got, conflicts := c.With([]faq.Overlay{edit})
		if len(conflicts) != 1 || conflicts[0].Shipped.Rev != "a2" || got.Entry("a").Answer.ZH.Fact != "改过的甲。" {
			t.Errorf("conflicts %v", conflicts)
		}
	})
	t.Run("a newer text under a verification ends it", func(t *testing.T) {
		c := shipped()
		c.Entries[1].Rev = "b2"
		got, conflicts := c.With([]faq.Overlay{{ID: "b", Base: "b1", Verified: seen}})
		if len(conflicts) != 1 || !got.Entry("b").Verified.Date.IsZero() {
			t.Errorf("conflicts %v, verified %v", conflicts, got.Entry("b").Verified)
		}
	})
	t.Run("an entry that is gone is a conflict", func(t *testing.T) {
		_, conflicts := shipped().With([]faq.Overlay{{ID: "z", Base: "z1"}})
		if len(conflicts) != 1 || conflicts[0].Shipped != nil {
			t.Errorf("conflicts %v", conflicts)
		}
	})
}
