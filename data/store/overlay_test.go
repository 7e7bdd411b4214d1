package store_test

import (
	"reflect"
	"testing"
	"time"

	"partnerdesk/bot"
	"partnerdesk/faq"
)

func TestOverlays_TheLatestWordIsKept(t *testing.T) {
	s := newDesk(t).Store
	first := faq.Overlay{ID: "test-coupon-quota", Base: "r1", Verified: faq.Verified{Date: time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC), By: "赵小敏"}, By: "赵小敏", At: time.Date(2026, 11, 20, 3, 0, 0, 0, time.UTC)}
	second := first
	second.Edited, second.Verified = true, faq.Verified{}
	second.Question = faq.Text{ZH: "问？", EN: "Q?"}
	second.Answer = faq.Bodies{ZH: faq.Body{Fact: "答。", Conditions: []string{"一", "二"}, NotStated: "三", Notes: []string{"四"}}, EN: faq.Body{Fact: "A."}}
	for _, o := range []faq.Overlay{first, second} {
		if err := s.Update(t.Context(), func(tx bot.Tx) error { return s.PutOverlay(tx, "T1", o) }); err != nil {
			t.Fatal(err)
		}
	}
	got, err := s.Overlays(t.Context(), "T1")
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 1 || !reflect.DeepEqual(got[0], second) {
		t.Errorf("got %+v\nwant %+v", got, second)
	}
	if other, err := s.Overlays(t.Context(), "T2"); err != nil || len(other) != 0 {
		t.Errorf("another team sees %v, %v", other, err)
	}
}

func TestOverlays_AChangeIsHinted(t *testing.T) {
	s := newDesk(t).Store
	changed := s.OverlaysChanged(t.Context())
	if err := s.Update(t.Context(), func(tx bot.Tx) error { return s.PutOverlay(tx, "T1", faq.Overlay{ID: "a"}) }); err != nil {
		t.Fatal(err)
	}
	select {
	case <-changed:
	case <-time.After(10 * time.Second):
		t.Error("no hint came")
	}
}
