package rest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"partnerdesk/handlers/partner"
	"partnerdesk/handlers/partner/aksk"
	"partnerdesk/handlers/partner/rest"
	"partnerdesk/handlers/partner/sandbox"
)

var noon = time.Date(2026, 11, 20, 4, 0, 0, 0, time.UTC)

func fixed() time.Time { return noon }

// bench is a sandbox over HTTP with a client that never sleeps.
type bench struct {
	*rest.Client
	world *sandbox.Sandbox
	slept *atomic.Int64 // number of pauses
}

func options(url string) rest.Options {
	return rest.Options{
		Endpoint: url, CaseEndpoint: url, AK: "AKREAD", SK: "SKREAD", Money: []aksk.Key{{AK: "AKMONEY", SK: "SKMONEY"}},
		DomainID: "0123456789abcdef0123456789abcdef", Now: fixed,
		Sleep:  func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
		Jitter: func() float64 { return 0 },
	}
}

func newWorld(t *testing.T, o sandbox.Options) *sandbox.Sandbox {
	t.Helper()
	o.Seed, o.AK, o.SK = 1, "AKREAD", "SKREAD"
	o.Keys = append(o.Keys, aksk.Key{AK: "AKMONEY", SK: "SKMONEY"})
	if o.Now == nil {
		o.Now = fixed
	}
	w, err := sandbox.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func newBench(t *testing.T, o sandbox.Options, change ...func(*rest.Options)) bench {
	t.Helper()
	b := bench{world: newWorld(t, o), slept: new(atomic.Int64)}
	srv := httptest.NewServer(b.world)
	t.Cleanup(srv.Close)
	opt := options(srv.URL)
	opt.Sleep = func(ctx context.Context, _ time.Duration) error { b.slept.Add(1); return ctx.Err() }
	for _, f := range change {
		f(&opt)
	}
	c, err := rest.New(opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	b.Client = c
	return b
}

// newClient is another client of the same world.
func newClient(t *testing.T, b bench) *rest.Client {
	t.Helper()
	opt := options("http://sandbox.test")
	opt.Transport = b.world
	c, err := rest.New(opt)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// against is a client of a server that answers as told.
func against(t *testing.T, h http.HandlerFunc, change ...func(*rest.Options)) *rest.Client {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	opt := options(srv.URL)
	for _, f := range change {
		f(&opt)
	}
	c, err := rest.New(opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func (b bench) all(t *testing.T, of partner.Account, q partner.CustomerQuery) []partner.Customer {
	t.Helper()
	var all []partner.Customer
	for cu, err := range b.Customers(t.Context(), of, q) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, cu)
	}
	return all
}

func TestBalance(t *testing.T) {
	b := newBench(t, sandbox.Options{})
	got, err := b.Balance(t.Context(), partner.Operator)
	if err != nil {
		t.Fatal(err)
	}
	if g, ok := got.Grantable(); !ok || g != 38652040-1500000 {
		t.Errorf("grantable = %s, %t", g, ok)
	}
	credit, ok := got.Row(partner.Credit)
	if !ok || credit.Amount != 13780055 || credit.Limit != 20000000 {
		t.Errorf("credit = %+v, %t", credit, ok)
	}
	if row, ok := got.Row(partner.Grantable); !ok || row.Amount == 0 {
		t.Errorf("reported grantable = %+v, %t", row, ok)
	}
	if !got.At.Equal(noon) {
		t.Errorf("at = %s", got.At)
	}
	_, err = b.Balance(t.Context(), "nobody")
	wantFault(t, err, partner.NotAllowed, "CBC.99000037", partner.EffectNone)
}

func TestCustomers(t *testing.T) {
	b := newBench(t, sandbox.Options{})
	tests := []struct {
		name string
		q    partner.CustomerQuery
		want []string // accounts
	}{
		{"by login", partner.CustomerQuery{Account: "acme"}, []string{"acme"}},
		{"by part of the name", partner.CustomerQuery{Name: "物联"}, []string{"jc-iot"}},
		{"by a name with spaces", partner.CustomerQuery{Name: "江城 物联"}, []string{"jc-iot"}},
		{"referral customers", partner.CustomerQuery{Association: partner.Referral}, []string{"xingye-games", "zilu-soft", "ludao-travel"}},
		{"two of many", partner.CustomerQuery{Most: 2}, []string{"acme", "qinghe-mfg"}},
		{"of a time", partner.CustomerQuery{From: noon.AddDate(0, -4, 0)}, []string{"acme", "qinghe-mfg"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, cu := range b.all(t, partner.Operator, tt.q) {
				got = append(got, cu.Account)
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
	acme := b.all(t, partner.Operator, partner.CustomerQuery{Account: "acme"})[0]
	byID := b.all(t, partner.Operator, partner.CustomerQuery{ID: acme.ID})
	if len(byID) != 1 || byID[0] != acme || acme.Association != partner.Resale || acme.Verification != partner.Verified || !acme.Enterprise {
		t.Errorf("acme = %+v; by id %+v", acme, byID)
	}
}

func TestCustomerBalances(t *testing.T) {
	b := newBench(t, sandbox.Options{})
	all := b.all(t, partner.Operator, partner.CustomerQuery{})
	var ids, referral []string
	for _, cu := range all {
		ids = append(ids, cu.ID)
		if cu.Association == partner.Referral {
			referral = append(referral, cu.ID)
		}
	}
	for i := range 150 {
		ids = append(ids, fmt.Sprintf("stranger-%d", i))
	}
	got, err := b.CustomerBalances(t.Context(), partner.Operator, append(ids, ids[0]))
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Found) != len(all)-len(referral) || len(got.Dropped) != len(referral)+150 {
		t.Errorf("found %d, dropped %d of %d", len(got.Found), len(got.Dropped), len(ids))
	}
	if f := got.Found[0]; f.CustomerID != ids[0] || f.Spendable != 1284050 || !f.HasSpendable || !f.HasDebt {
		t.Errorf("first = %+v", f)
	}
	if !slices.Contains(got.Dropped, referral[0]) {
		t.Error("a referral customer must be reported as dropped")
	}
	_, err = b.CustomerBalances(t.Context(), partner.Operator, []string{""})
	wantFault(t, err, partner.BadInput, partner.CodeField, partner.EffectNone)
}

func wantFault(t *testing.T, err error, class partner.Class, code string, effect partner.Effect) {
	t.Helper()
	e, ok := errors.AsType[*partner.Error](err)
	if !ok {
		t.Fatalf("err = %v, want a partner error", err)
	}
	if e.Class != class || e.Code != code || e.Effect != effect {
		t.Errorf("err = %v; class %s code %q effect %d, want %s %q %d", err, e.Class, e.Code, e.Effect, class, code, effect)
	}
	if !slices.Contains(partner.Keys(), e.Key()) {
		t.Errorf("key %q is not among Keys()", e.Key())
	}
}

func TestRead_Failures(t *testing.T) {
	reply := func(status int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Request-Id", "req-1")
			w.WriteHeader(status)
			io.WriteString(w, body)
		}
	}
	tests := []struct {
		name    string
		handler http.HandlerFunc
		class   partner.Class
		code    string
		tries   int
	}{
		{"business error with 200", reply(200, `{"error_code":"CBC.5001","error_msg":"x"}`), partner.NotAllowed, "CBC.5001", 1},
		{"parameter error", reply(400, `{"error_code":"CBC.0100","error_msg":"x"}`), partner.BadInput, "CBC.0100", 1},
		{"not allowed", reply(403, `{"error_code":"CBC.0151","error_msg":"x"}`), partner.NotAllowed, "CBC.0151", 1},
		{"iam shape", reply(403, `{"error":{"code":"IAM.0011","message":"x"}}`), partner.NotAllowed, "IAM.0011", 1},
		{"code and message", reply(404, `{"code":"X.1","message":"x"}`), partner.NotFound, "X.1", 1},
		{"bad signature", reply(401, `{"error_code":"APIGW.0301","error_msg":"x","request_id":"r"}`), partner.NotAllowed, "APIGW.0301", 1},
		{"bad signature with a throttling code", reply(401, `{"error_code":"APIG.0308"}`), partner.NotAllowed, "APIG.0308", 1},
		{"throttled", reply(429, `{"error_code":"CBC.0250"}`), partner.Throttled, "CBC.0250", 4},
		{"internal error", reply(500, `{"error_code":"CBC.0999"}`), partner.Broken, "CBC.0999", 4},
		{"html of a proxy", reply(502, `<html>bad gateway</html>`), partner.Broken, "", 4},
		{"truncated", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "500")
			io.WriteString(w, `{"account_balances":[`)
		}, partner.Broken, "", 4},
		{"dropped", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, partner.Broken, "", 4},
		{"no json", reply(200, `hello`), partner.Broken, partner.CodeDecode, 1},
		{"three decimals", reply(200, `{"account_balances":[{"account_type":1,"amount":1.005}]}`), partner.Broken, partner.CodeDecode, 1},
		{"redirect", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/elsewhere", http.StatusFound) }, partner.Broken, "", 4},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var tries atomic.Int64
			c := against(t, func(w http.ResponseWriter, r *http.Request) { tries.Add(1); tt.handler(w, r) })
			_, err := c.Balance(t.Context(), partner.Operator)
			wantFault(t, err, tt.class, tt.code, map[partner.Class]partner.Effect{partner.Throttled: partner.EffectThrottled}[tt.class])
			if got := int(tries.Load()); got != tt.tries {
				t.Errorf("tries = %d, want %d", got, tt.tries)
			}
		})
	}
}

func TestRead_MoneyForms(t *testing.T) {
	tests := []struct {
		name, json string
		want       partner.Fen
		known      bool
	}{
		{"number", `12.30`, 1230, true},
		{"quoted", `"12.30"`, 1230, true},
		{"whole", `12`, 1200, true},
		{"trailing zeros", `12.3000`, 1230, true},
		{"scientific", `1.23E+4`, 1230000, true},
		{"scientific zero", `0E-8`, 0, true},
		{"negative", `-0.01`, -1, true},
		{"null", `null`, 0, false},
		{"empty", `""`, 0, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := against(t, func(w http.ResponseWriter, _ *http.Request) {
				fmt.Fprintf(w, `{"customer_balances":[{"customer_id":"a","amount":%s}]}`, tt.json)
			})
			got, err := c.CustomerBalances(t.Context(), partner.Operator, []string{"a"})
			if err != nil {
				t.Fatal(err)
			}
			if f := got.Found[0]; f.Spendable != tt.want || f.HasSpendable != tt.known || f.HasDebt {
				t.Errorf("got %+v, want %d, %t", f, tt.want, tt.known)
			}
		})
	}
}

func TestRead_RecoversAndKeepsTheContext(t *testing.T) {
	var tries atomic.Int64
	flaky := func(w http.ResponseWriter, _ *http.Request) {
		if tries.Add(1) < 3 {
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		io.WriteString(w, `{"account_balances":[]}`)
	}
	var slept []time.Duration
	sleep := func(_ context.Context, d time.Duration) error { slept = append(slept, d); return nil }
	clock := noon // moves, so that the own rate limit needs no pause
	now := func() time.Time { clock = clock.Add(time.Second); return clock }
	c := against(t, flaky, func(o *rest.Options) { o.Sleep, o.Now = sleep, now })
	if _, err := c.Balance(t.Context(), partner.Operator); err != nil {
		t.Fatal(err)
	}
	if want := []time.Duration{7 * time.Second, 7 * time.Second}; !slices.Equal(slept, want) {
		t.Errorf("slept %v, want %v", slept, want)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 6*time.Second)
	defer cancel()
	tries.Store(0)
	if _, err := c.Balance(ctx, partner.Operator); partner.ClassOf(err) != partner.Throttled || tries.Load() != 1 {
		t.Errorf("a pause longer than the deadline must not start: %v after %d tries", err, tries.Load())
	}
}

func TestKeys_RestBeforeTheLock(t *testing.T) {
	world := newWorld(t, sandbox.Options{})
	srv := httptest.NewServer(world)
	t.Cleanup(srv.Close)
	clock := noon
	opt := options(srv.URL)
	opt.SK = "wrong"
	opt.Now = func() time.Time { return clock }
	c, err := rest.New(opt)
	if err != nil {
		t.Fatal(err)
	}
	for range 10 {
		if _, err := c.Balance(t.Context(), partner.Operator); partner.ClassOf(err) != partner.NotAllowed {
			t.Fatalf("err = %v", err)
		}
	}
	if got := len(world.Calls()); got != 3 {
		t.Errorf("the gateway saw %d wrong signatures, want 3", got)
	}
	opt.Keys = []aksk.Key{{AK: "AKREAD", SK: "SKREAD"}}
	opt.AK = "AKOLD"
	c, err = rest.New(opt)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Balance(t.Context(), partner.Operator); partner.ClassOf(err) != partner.NotAllowed {
		t.Errorf("first call with a withdrawn key: %v", err)
	}
	if _, err := c.Balance(t.Context(), partner.Operator); err != nil {
		t.Errorf("the second key must take over: %v", err)
	}
}

func TestCircuit(t *testing.T) {
	var tries atomic.Int64
	fine := new(atomic.Bool)
	clock := noon
	c := against(t, func(w http.ResponseWriter, _ *http.Request) {
		tries.Add(1)
		if !fine.Load() {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		io.WriteString(w, `{}`)
	}, func(o *rest.Options) { o.Now = func() time.Time { return clock } })
	for range 3 {
		c.Balance(t.Context(), partner.Operator)
	}
	_, err := c.Balance(t.Context(), partner.Operator)
	wantFault(t, err, partner.Broken, partner.CodeCircuit, partner.EffectNone)
	if got := tries.Load(); got != 5 {
		t.Errorf("tries = %d, want 5", got)
	}
	if s := c.Hosts()[0]; s.State != "open" || !s.Until.After(clock) {
		t.Errorf("state = %+v", s)
	}
	clock = clock.Add(31 * time.Second)
	fine.Store(true)
	if _, err := c.Balance(t.Context(), partner.Operator); err != nil {
		t.Errorf("after the pause: %v", err)
	}
	if s := c.Hosts()[0]; s.State != "closed" {
		t.Errorf("state = %+v", s)
	}
}

func TestNew_Options(t *testing.T) {
	tests := []struct {
		name string
		opt  rest.Options
		want []string
	}{
		{"nothing", rest.Options{}, []string{"keys: none given"}},
		{"everything wrong", rest.Options{Endpoint: "ftp://x", CaseEndpoint: "osm", AK: "a", Timeout: -1}, []string{"endpoint", "case endpoint", "keys", "timeout"}},
		{"a path", rest.Options{Endpoint: "https://h/v2", AK: "a", SK: "b"}, []string{"endpoint"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := rest.New(tt.opt)
			for _, w := range tt.want {
				if err == nil || !strings.Contains(err.Error(), w) {
					t.Errorf("err = %v, want %q in it", err, w)
				}
			}
		})
	}
}

func TestOptions_NeverPrintSecrets(t *testing.T) {
	opt := options("https://h")
	opt.SK = "hunter2"
	for _, s := range []string{fmt.Sprintf("%v", opt), fmt.Sprintf("%+v", opt), fmt.Sprintf("%#v", opt)} {
		if strings.Contains(s, "hunter2") || strings.Contains(s, "SKMONEY") {
			t.Errorf("secret leaks: %s", s)
		}
	}
}

func TestRead_Unreachable(t *testing.T) {
	srv := httptest.NewServer(nil)
	url := srv.URL
	srv.Close()
	c, err := rest.New(options(url))
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Balance(t.Context(), partner.Operator)
	wantFault(t, err, partner.Broken, "", partner.EffectNone)
	if e, _ := errors.AsType[*partner.Error](err); e.Sent {
		t.Error("nothing was sent")
	}
}

func itemOf(err error) string {
	e, ok := errors.AsType[*partner.Error](err)
	if !ok {
		return ""
	}
	return e.Item
}
