package sandbox_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"partnerdesk/handlers/partner/aksk"
	"partnerdesk/handlers/partner/sandbox"
)

var (
	noon = time.Date(2026, 11, 20, 4, 0, 0, 0, time.UTC)
	key  = aksk.Key{AK: "AK", SK: "SK"}
)

// desk speaks to a sandbox by hand, with JSON of its own.
type desk struct {
	t     *testing.T
	s     *sandbox.Sandbox
	clock *time.Time
	key   aksk.Key
}

func newDesk(t *testing.T, o sandbox.Options) desk {
	t.Helper()
	clock := noon
	o.Seed, o.AK, o.SK = 1, "AK", "SK"
	o.Now = func() time.Time { return clock }
	s, err := sandbox.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return desk{t: t, s: s, clock: &clock, key: key}
}

type answer struct {
	status int
	body   map[string]any
	raw    string
}

func (a answer) code() string { s, _ := a.body["error_code"].(string); return s }

func (d desk) do(method, target string, body any, change ...func(*http.Request)) answer {
	d.t.Helper()
	var b []byte
	if body != nil {
		var err error
		if b, err = json.Marshal(body); err != nil {
			d.t.Fatal(err)
		}
	}
	r := httptest.NewRequest(method, "https://bss.example.com"+target, bytes.NewReader(b))
	if err := d.key.Sign(r, b, *d.clock); err != nil {
		d.t.Fatal(err)
	}
	for _, f := range change {
		f(r)
	}
	w := httptest.NewRecorder()
	d.s.ServeHTTP(w, r)
	raw, _ := io.ReadAll(w.Result().Body)
	a := answer{status: w.Code, raw: string(raw)}
	if bytes.HasPrefix(raw, []byte("{")) {
		if err := json.Unmarshal(raw, &a.body); err != nil {
			d.t.Fatalf("%s %s: %v in %s", method, target, err, raw)
		}
	}
	return a
}

type m = map[string]any

const (
	balances  = "/v2/accounts/partner-accounts/balances"
	customers = "/v2/partners/sub-customers/query"
	resellers = "/v2/partners/indirect-partners/query"
)

func TestGate_LocksAfterFiveWrongSignatures(t *testing.T) {
	d := newDesk(t, sandbox.Options{})
	wrong := d
	wrong.key.SK = "other"
	for range 5 {
		if a := wrong.do("GET", balances, nil); a.status != 401 || a.code() != "APIGW.0301" {
			t.Fatalf("got %+v", a)
		}
	}
	if a := d.do("GET", balances, nil); a.status != 200 {
		t.Fatalf("five in a row do not lock yet: %+v", a)
	}
	for range 6 {
		wrong.do("GET", balances, nil)
	}
	if a := d.do("GET", balances, nil); a.status != 401 || !strings.Contains(a.raw, "limit") {
		t.Errorf("six in a row lock: %+v", a)
	}
	*d.clock = d.clock.Add(5*time.Minute + time.Second)
	if a := d.do("GET", balances, nil); a.status != 200 {
		t.Errorf("after five minutes: %+v", a)
	}
}

func TestGate_Refuses(t *testing.T) {
	d := newDesk(t, sandbox.Options{Flow: 2})
	if a := d.do("GET", "/v2/nowhere", nil); a.status != 404 || a.code() != "APIG.0101" {
		t.Errorf("unknown path: %+v", a)
	}
	if a := d.do("GET", balances, nil, func(r *http.Request) { r.Header.Del("Authorization") }); a.status != 401 {
		t.Errorf("no signature: %+v", a)
	}
	late := d
	old := d.clock.Add(-16 * time.Minute)
	late.clock = &old
	if a := late.do("GET", balances, nil); a.status != 401 {
		t.Errorf("old signature: %+v", a)
	}
	d.do("GET", balances, nil)
	d.do("GET", balances, nil)
	if a := d.do("GET", balances, nil); a.status != 429 || a.code() != "CBC.0250" {
		t.Errorf("third call within a second: %+v", a)
	}
}

func TestRoles(t *testing.T) {
	tests := []struct {
		kind, target string
		status       int
		code         string
	}{
		{sandbox.Distributor, resellers, 200, ""},
		{sandbox.SolutionProvider, resellers, 403, "CBC.0151"},
		{sandbox.SolutionProvider, customers, 200, ""},
		{sandbox.Reseller, customers, 200, "CBC.5001"},
	}
	for _, tt := range tests {
		t.Run(tt.kind+tt.target, func(t *testing.T) {
			if a := newDesk(t, sandbox.Options{Kind: tt.kind}).do("POST", tt.target, m{}); a.status != tt.status || a.code() != tt.code {
				t.Errorf("got %+v, want %d %s", a, tt.status, tt.code)
			}
		})
	}
}

func TestCustomers_PagesAndFilters(t *testing.T) {
	d := newDesk(t, sandbox.Options{})
	first := d.do("POST", customers, m{"offset": 0, "limit": 10})
	second := d.do("POST", customers, m{"offset": 10, "limit": 10})
	if n := len(first.body["customer_infos"].([]any)) + len(second.body["customer_infos"].([]any)); float64(n) != first.body["count"] {
		t.Errorf("two pages hold %d of %v", n, first.body["count"])
	}
	for _, wrong := range []m{{"limit": 101}, {"limit": 0}, {"offset": -1}, {"customer": "a b"}, {"association_type": "3"}, {"associated_on_begin": "yesterday"}} {
		if a := d.do("POST", customers, wrong); a.status != 400 || a.code() != "CBC.0100" {
			t.Errorf("%v: %+v", wrong, a)
		}
	}
}

func TestNew_SameSeedSameWorld(t *testing.T) {
	a := newDesk(t, sandbox.Options{}).do("POST", customers, m{"limit": 100})
	b := newDesk(t, sandbox.Options{}).do("POST", customers, m{"limit": 100})
	if a.raw != b.raw || a.status != 200 {
		t.Errorf("two worlds of one seed differ:\n%s\n%s", a.raw, b.raw)
	}
	if _, err := sandbox.New(sandbox.Options{}); err == nil {
		t.Error("a sandbox without keys must not start")
	}
}

// A signature is refused when it is older than the window, which may be of
// seconds; a late one has no effect.
func TestGate_Window(t *testing.T) {
	d := newDesk(t, sandbox.Options{Window: 30 * time.Second})
	late := func(by time.Duration) func(*http.Request) {
		return func(*http.Request) { *d.clock = d.clock.Add(by) }
	}
	if a := d.do("GET", balances, nil, late(30*time.Second)); a.status != 200 {
		t.Errorf("within the window: %+v", a)
	}
	if a := d.do("GET", balances, nil, late(32*time.Second)); a.status != 401 {
		t.Errorf("outside it: %+v", a)
	}
}
