package rest_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"partnerdesk/handlers/partner"
	"partnerdesk/handlers/partner/aksk"
	"partnerdesk/handlers/partner/rest"
	"partnerdesk/handlers/partner/sandbox"
)

// What is known of a write that did not come back with success.
func TestWrite_Outcomes(t *testing.T) {
	reply := func(status int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status); io.WriteString(w, body) }
	}
	tests := []struct {
		name   string
		do     http.HandlerFunc
		class  partner.Class
		effect partner.Effect
	}{
		{"refused with 400", reply(400, `{"error_code":"CBC.99005003"}`), partner.NotEnough, partner.EffectNone},
		{"refused with 200", reply(200, `{"error_code":"CBC.5021"}`), partner.NotAllowed, partner.EffectNone},
		{"an unknown code with 200", reply(200, `{"error_code":"CBC.424242"}`), partner.BadInput, partner.EffectNone},
		{"a known code with 500", reply(500, `{"error_code":"CBC.99005003"}`), partner.Ambiguous, partner.EffectUnknown},
		{"an internal error with 400", reply(400, `{"error_code":"CBC.0999"}`), partner.Ambiguous, partner.EffectUnknown},
		{"a page of some proxy with 404", reply(404, "<html>"), partner.NotFound, partner.EffectNone},
		{"a page of some proxy with 200", reply(200, "<html>"), partner.Ambiguous, partner.EffectUnknown},
		{"nothing with 200", reply(200, ""), partner.Ambiguous, partner.EffectUnknown},
		{"a list with 200", reply(200, "[]"), partner.Ambiguous, partner.EffectUnknown},
		{"a request timeout", reply(408, ""), partner.Ambiguous, partner.EffectUnknown},
		{"a redirect", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/x", http.StatusTemporaryRedirect) }, partner.Ambiguous, partner.EffectUnknown},
		{"flow control", reply(429, ""), partner.Throttled, partner.EffectThrottled},
		{"flow control of the gateway", reply(400, `{"error_code":"APIG.0308"}`), partner.Throttled, partner.EffectThrottled},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var sent atomic.Int64
			c := against(t, func(w http.ResponseWriter, r *http.Request) { sent.Add(1); tt.do(w, r) })
			_, err := c.GrantCustomer(t.Context(), "", "a", 100)
			if partner.ClassOf(err) != tt.class || partner.EffectOf(err) != tt.effect {
				t.Errorf("err = %v, effect %d; want %s, %d", err, partner.EffectOf(err), tt.class, tt.effect)
			}
			if sent.Load() != 1 {
				t.Errorf("sent %d times", sent.Load())
			}
		})
	}
}

func TestWrite_Unreachable(t *testing.T) {
	srv := httptest.NewServer(nil)
	url := srv.URL
	srv.Close()
	c, err := rest.New(options(url))
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.GrantCustomer(t.Context(), "", "a", 100)
	e, ok := errors.AsType[*partner.Error](err)
	if !ok || e.Sent || e.Effect != partner.EffectNone || e.Class != partner.Broken || !e.SignedAt.IsZero() {
		t.Errorf("err = %#v", err)
	}
}

func TestWrite_NoAnswerInTime(t *testing.T) {
	release := make(chan struct{})
	c := against(t, func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-release:
		case <-r.Context().Done():
		}
	}, func(o *rest.Options) { o.Timeout = 30 * time.Millisecond })
	defer close(release)
	_, err := c.GrantCustomer(t.Context(), "", "a", 100)
	wantFault(t, err, partner.Ambiguous, "", partner.EffectUnknown)
	if e, _ := errors.AsType[*partner.Error](err); !e.SignedAt.Equal(noon) {
		t.Errorf("signed at %s", e.SignedAt)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err = c.ReclaimCustomer(ctx, "", "a", 100)
	wantFault(t, err, partner.Ambiguous, "", partner.EffectUnknown)
}

func TestKeys_Temporary(t *testing.T) {
	temporary := aksk.Key{AK: "AKTEMP", SK: "SKTEMP", Token: "tokentokentoken"}
	b := newBench(t, sandbox.Options{Keys: []aksk.Key{temporary}}, func(o *rest.Options) { o.AK, o.SK, o.Keys = "", "", []aksk.Key{temporary} })
	if _, err := b.Balance(t.Context(), ""); err != nil {
		t.Error(err)
	}
	temporary.Token = "other"
	b = newBench(t, sandbox.Options{Keys: []aksk.Key{{AK: "AKTEMP", SK: "SKTEMP", Token: "tokentokentoken"}}},
		func(o *rest.Options) { o.AK, o.SK, o.Keys = "", "", []aksk.Key{temporary} })
	_, err := b.Balance(t.Context(), "")
	wantFault(t, err, partner.NotAllowed, "APIGW.0301", partner.EffectNone)
}
