package sandbox_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"partnerdesk/handlers/partner/sandbox"
)

const (
	quotas      = "/v2/partners/coupon-quotas/query"
	adjustments = "/v3/accounts/partner-accounts/adjust-records"
	grant       = "/v2/accounts/partner-accounts/adjust-amount"
)

// control speaks to the unsigned side.
func (d desk) control(method, name string, body any) (int, string) {
	d.t.Helper()
	b, err := json.Marshal(body)
	if err != nil {
		d.t.Fatal(err)
	}
	w := httptest.NewRecorder()
	d.s.ServeHTTP(w, httptest.NewRequest(method, "https://bss.example.com/sandbox/"+name, bytes.NewReader(b)))
	raw, _ := io.ReadAll(w.Result().Body)
	return w.Code, string(raw)
}

func (d desk) acme() string {
	d.t.Helper()
	a := d.do("POST", customers, m{"account_name": "acme"})
	return a.body["customer_infos"].([]any)[0].(m)["customer_id"].(string)
}

func TestControl(t *testing.T) {
	d := newDesk(t, sandbox.Options{})
	acme := d.acme()
	if code, _ := d.control("POST", "faults", m{"op": "balance", "kind": sandbox.Throttle, "times": 2}); code != 204 {
		t.Fatalf("plan a fault: %d", code)
	}
	for i, want := range []int{429, 429, 200} {
		if a := d.do("GET", balances, nil); a.status != want {
			t.Errorf("call %d: %d, want %d", i, a.status, want)
		}
	}
	d.control("POST", "faults", m{"kind": sandbox.ErrorBefore, "times": 99})
	d.control("DELETE", "faults", nil)
	if a := d.do("GET", balances, nil); a.status != 200 {
		t.Errorf("after forgetting: %+v", a)
	}
	d.control("POST", "lag", m{"lag": "90s"})
	if a := d.do("POST", grant, m{"customer_id": acme, "amount": "1.00"}); a.status != 200 {
		t.Fatalf("grant: %+v", a)
	}
	today := adjustments + "?operation_time_begin=2026-11-20T04:00:00Z"
	if a := d.do("GET", today, nil); a.body["total_count"] != 0.0 {
		t.Errorf("a record shows before its lag: %s", a.raw)
	}
	d.control("POST", "clock", m{"advance": "2m"})
	if a := d.do("GET", today, nil); a.body["total_count"] != 1.0 {
		t.Errorf("a record does not show after its lag: %s", a.raw)
	}
	d.control("POST", "deny", m{"items": []string{"FINANCE_040100"}})
	if a := d.do("GET", adjustments, nil); a.status != 403 || a.code() != "CBC.0151" {
		t.Errorf("denied: %+v", a)
	}
	d.control("POST", "deny", m{"items": []string{}})
	if a := d.do("GET", adjustments, nil); a.status != 200 {
		t.Errorf("given back: %+v", a)
	}
	if code, calls := d.control("GET", "calls", nil); code != 200 || !strings.Contains(calls, `"customer-grant"`) {
		t.Errorf("calls: %d %s", code, calls)
	}
	for name, body := range map[string]m{"faults": {"kind": "x"}, "clock": {"advance": "soon"}, "lag": {"lag": ""}} {
		if code, _ := d.control("POST", name, body); code != 400 {
			t.Errorf("%s: %d, want 400", name, code)
		}
	}
	if code, _ := d.control("GET", "nothing", nil); code != 404 {
		t.Errorf("unknown control: %d", code)
	}
}

func TestFault_ByHeader(t *testing.T) {
	d := newDesk(t, sandbox.Options{})
	for kind, want := range map[string]int{sandbox.Throttle: 429, sandbox.ErrorAfter: 500, sandbox.GatewayAfter: 502, "latency=1ms": 200} {
		a := d.do("GET", balances, nil, func(r *http.Request) { r.Header.Set(sandbox.Header, kind) })
		if a.status != want {
			t.Errorf("%s: %d, want %d", kind, a.status, want)
		}
	}
}

func TestLanguage(t *testing.T) {
	d := newDesk(t, sandbox.Options{})
	english := func(r *http.Request) { r.Header.Set("X-Language", "en_US") }
	if a := d.do("POST", grant, m{"customer_id": "x", "amount": 1}); !strings.Contains(a.raw, "不是您的子客户") {
		t.Errorf("chinese: %s", a.raw)
	}
	if a := d.do("POST", grant, m{"customer_id": "x", "amount": 1}, english); !strings.Contains(a.raw, "Not your customer") {
		t.Errorf("english: %s", a.raw)
	}
}

func TestAmounts_AsTheCenterTakesThem(t *testing.T) {
	d := newDesk(t, sandbox.Options{})
	acme := d.acme()
	for _, tt := range []struct {
		name   string
		amount any
		status int
	}{
		{"a number", 1.5, 200}, {"a quoted number", "1.50", 200}, {"three decimals", "1.505", 400}, {"zero", 0, 400},
		{"negative", "-1.00", 400}, {"words", "ten", 400}, {"nothing", nil, 400}, {"a list", []int{1}, 400},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if a := d.do("POST", grant, m{"customer_id": acme, "amount": tt.amount}); a.status != tt.status {
				t.Errorf("got %+v, want %d", a, tt.status)
			}
		})
	}
}

func TestState_SurvivesARestart(t *testing.T) {
	file := filepath.Join(t.TempDir(), "world.json")
	d := newDesk(t, sandbox.Options{State: file})
	acme := d.acme()
	if a := d.do("POST", grant, m{"customer_id": acme, "amount": "77.01"}); a.status != 200 {
		t.Fatalf("grant: %+v", a)
	}
	again := newDesk(t, sandbox.Options{State: file, Seed: 99})
	if again.acme() != acme {
		t.Error("another world came back")
	}
	for _, target := range []string{balances, adjustments + "?limit=100", "/v2/servicerequest/cases"} {
		if a, b := d.do("GET", target, nil), again.do("GET", target, nil); a.raw != b.raw || a.status != 200 {
			t.Errorf("%s differs:\n%s\n%s", target, a.raw, b.raw)
		}
	}
	if a, b := d.do("POST", quotas, m{}), again.do("POST", quotas, m{}); a.raw != b.raw {
		t.Errorf("quotas differ:\n%s\n%s", a.raw, b.raw)
	}
}

func TestWorld_IsBelievable(t *testing.T) {
	d := newDesk(t, sandbox.Options{})
	soon := 0
	for _, q := range d.do("POST", quotas, m{"limit": 100}).body["quotas"].([]any) {
		to, err := time.Parse(time.RFC3339, q.(m)["expire_time"].(string))
		if err != nil {
			t.Fatal(err)
		}
		if left := to.Sub(noon); q.(m)["quota_status"] == 0.0 && left > 0 && left < 30*24*time.Hour {
			soon++
		}
		if balance := q.(m)["balance"].(string); strings.HasPrefix(balance, "-") {
			t.Errorf("quota with balance %s", balance)
		}
	}
	if soon < 2 {
		t.Errorf("%d quotas close to their end, want two or more", soon)
	}
	names := d.do("POST", customers, m{"limit": 100}).raw
	for _, want := range []string{`"acme"`, "艾克美", `"is_frozen":1`, `"verified_status":"0"`, `"association_type":"1"`} {
		if !strings.Contains(names, want) {
			t.Errorf("no customer with %s", want)
		}
	}
	if n := d.do("POST", resellers, m{}).body["count"]; n != 2.0 {
		t.Errorf("%v resellers, want 2", n)
	}
}
