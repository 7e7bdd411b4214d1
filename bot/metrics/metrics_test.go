package metrics_test

import (
	"io/fs"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
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
	if err := m.Counter("bytes", "Bytes.", func() float64 { return 9 }); err != nil {
		t.Fatal(err)
	}
	rec := httptest.NewRecorder()
	m.Handler().ServeHTTP(rec, httptest.NewRequest("GET", "/metrics", nil))
	for _, want := range []string{
		`partnerdesk_requests_total{command="ask",outcome="ok"} 2`,
		`partnerdesk_handle_seconds_count{command="ask"} 1`,
		"partnerdesk_inbox_abandoned_total 1",
		"partnerdesk_outbox_depth 7",
		"partnerdesk_bytes_total 9",
		`partnerdesk_unlisted_total{kind="count"} 2`,
		`partnerdesk_unlisted_total{kind="observe"} 1`,
		"go_goroutines",
	} {
		if !strings.Contains(rec.Body.String(), want) {
			t.Errorf("no %q", want)
		}
	}
}

// Every name the code counts under is in the table.
func TestMetrics_KnowEveryName(t *testing.T) {
	call := regexp.MustCompile(`[mM]eter\.(Count|Observe)\("([a-z_]+)"((?:, [^,()]*(?:\([^()]*\))?[^,()]*)*)\)`)
	root := filepath.Join("..", "..")
	found := 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		src, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, c := range call.FindAllStringSubmatch(string(src), -1) {
			found++
			m := metrics.New()
			labels := make([]string, strings.Count(c[3], ", "))
			for i := range labels {
				labels[i] = "x"
			}
			if c[1] == "Count" {
				m.Count(c[2], labels...)
			} else {
				m.Observe(c[2], 1, labels[:max(0, len(labels)-1)]...)
			}
			rec := httptest.NewRecorder()
			m.Handler().ServeHTTP(rec, httptest.NewRequest("GET", "/metrics", nil))
			if strings.Contains(rec.Body.String(), "partnerdesk_unlisted_total{") {
				t.Errorf("%s counts %s, which is not in the table like that", path, c[0])
			}
		}
		return nil
	})
	if err != nil || found < 10 {
		t.Errorf("%d names found, %v", found, err)
	}
}
