package rest_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"partnerdesk/handlers/partner"
	"partnerdesk/handlers/partner/rest"
	"partnerdesk/handlers/partner/sandbox"
)

// wait is a clock that moves only when somebody sleeps on it.
type wait struct {
	mu  sync.Mutex
	now time.Time
}

func (w *wait) Now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *wait) Sleep(ctx context.Context, d time.Duration) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
	return ctx.Err()
}

func TestRate_StaysBelowTheCenters(t *testing.T) {
	clock := &wait{now: noon}
	b := newBench(t, sandbox.Options{Flow: 10, Now: clock.Now}, func(o *rest.Options) { o.Now, o.Sleep = clock.Now, clock.Sleep })
	f := learn(t, b.Client)
	began := clock.Now()
	for range 50 {
		if _, err := b.Balance(t.Context(), ""); err != nil {
			t.Fatal(err)
		}
	}
	if took := clock.Now().Sub(began); took < 5*time.Second || took > 7*time.Second {
		t.Errorf("50 reads took %s of the clock, want about 6 s", took)
	}
	began = clock.Now()
	for range 5 {
		if _, err := b.GrantCustomer(t.Context(), "", f.acme, 1); err != nil {
			t.Fatal(err)
		}
	}
	if took := clock.Now().Sub(began); took < 1500*time.Millisecond {
		t.Errorf("5 grants took %s, want at most two a second", took)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	before := len(b.world.Calls())
	if _, err := b.GrantCustomer(ctx, "", f.acme, 1); partner.EffectOf(err) != partner.EffectNone || err == nil || len(b.world.Calls()) != before {
		t.Errorf("a cancelled write must not be sent: %v", err)
	}
}

func TestProxy_IsHonoured(t *testing.T) {
	var seen []string
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen = append(seen, r.URL.String())
		io.WriteString(w, `{"account_balances":[]}`)
	}))
	defer proxy.Close()
	u, err := url.Parse(proxy.URL)
	if err != nil {
		t.Fatal(err)
	}
	opt := options("http://bss.example.com")
	opt.Proxy = http.ProxyURL(u)
	c, err := rest.New(opt)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Balance(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	if len(seen) != 1 || seen[0] != "http://bss.example.com/v2/accounts/partner-accounts/balances" {
		t.Errorf("the proxy saw %v", seen)
	}
}

func TestObserveAndLanguage(t *testing.T) {
	var ops []string
	b := newBench(t, sandbox.Options{}, func(o *rest.Options) {
		o.Observe = func(op string, class partner.Class, _ time.Duration) { ops = append(ops, op+" "+string(class)) }
	})
	b.Balance(t.Context(), "nobody")
	regions, err := b.In(true).CaseRegions(t.Context())
	if err != nil || regions[0].Name != "CN North-Beijing4" {
		t.Errorf("regions = %+v, %v", regions, err)
	}
	regions, err = b.CaseRegions(t.Context())
	if err != nil || regions[0].Name != "华北-北京四" {
		t.Errorf("regions = %+v, %v", regions, err)
	}
	if len(ops) != 3 || ops[0] != "balance not_allowed" || ops[1] != "case-regions " {
		t.Errorf("observed %q", ops)
	}
}

func TestProbe(t *testing.T) {
	b := newBench(t, sandbox.Options{})
	b.world.Deny("FINANCE_040100")
	got := b.Probe(t.Context())
	if len(got) != 19 {
		t.Errorf("%d probes, want 19", len(got))
	}
	for _, p := range got {
		if denied := p.Op == "adjustments"; denied != (p.Err != nil) {
			t.Errorf("%s: %v", p.Op, p.Err)
		}
	}
	if got := b.Capabilities().Can("adjustments"); got != partner.MissingItems {
		t.Errorf("adjustments: %s", got)
	}
	for _, c := range b.world.Calls() {
		if c.Effect {
			t.Errorf("%s changed the world", c.Op)
		}
	}
	wrong := newBench(t, sandbox.Options{}, func(o *rest.Options) { o.SK = "wrong" })
	if got := wrong.Probe(t.Context()); len(got) != 1 || partner.ClassOf(got[0].Err) != partner.NotAllowed {
		t.Errorf("with a wrong key: %+v", got)
	}
	solution := newBench(t, sandbox.Options{Kind: sandbox.SolutionProvider}, func(o *rest.Options) { o.Kind = partner.SolutionProvider })
	for _, p := range solution.Probe(t.Context()) {
		if p.Err != nil {
			t.Errorf("%s: %v", p.Op, p.Err)
		}
	}
}
