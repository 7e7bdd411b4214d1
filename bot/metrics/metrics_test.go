package metrics_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"partnerdesk/bot/metrics"
)

func TestMetrics(t *testing.T) {
	m := metrics.New()
	m.Count("requests", "ask", "ok")
	m.Count("requests", "ask", "ok")
	m.Observe("handle_seconds", 0.02, "ask")
	m.Count("inbox_abandoned")
	m.Count("requests", "too", "many", "labels")
	m.Count("no_such_metric")
	m.Observe("no_such_metric", 1)
	if err := m.Gauge("outbox_depth", "Posts that wait.", func() float64 { return 7 }); err != nil {
		t.Fatal(err)
	}
	if err := m.Gauge("outbox_depth", "again", func() float64 { return 8 }); err == nil {
		t.Error("a gauge was taken twice")
	}
	rec := httptest.NewRecorder()
	m.Handler().ServeHTTP(rec, httptest.NewRequest("GET", "/metrics", nil))
	for _, want := range []string{
		`partnerdesk_requests_total{command="ask",outcome="ok"} 2`,
		`partnerdesk_handle_seconds_count{command="ask"} 1`,
		"partnerdesk_inbox_abandoned_total 1",
		"partnerdesk_outbox_depth 7",
		`partnerdesk_unlisted_total{kind="count"} 2`,
		`partnerdesk_unlisted_total{kind="observe"} 1`,
		"go_goroutines",
	} {
		if !strings.Contains(rec.Body.String(), want) {
			t.Errorf("no %q", want)
		}
	}
}
