// Package metrics counts what the desk does, for Prometheus. The names and their
// labels stand in one table; what is not in it is not counted but for the fact,
// so a label can never carry what a person typed.
package metrics

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"partnerdesk/bot"
)

const namespace = "partnerdesk"

// metric is a line of the table.
type metric struct {
	name   string   // as the desk's code says it; shown as partnerdesk_NAME, counters with _total
	help   string   //
	timed  bool     // observed in seconds rather than counted
	labels []string //
}

// table lists every metric of the desk.
func table() []metric {
	return []metric{
		{name: "requests", help: "Requests answered, by command and outcome.", labels: []string{"command", "outcome"}},
		{name: "handle_seconds", help: "Time from taking a request to keeping its answer.", timed: true, labels: []string{"command"}},
		{name: "suggestions", help: "Keystrokes answered with what may be chosen, by command and outcome.", labels: []string{"command", "outcome"}},
		{name: "suggest_seconds", help: "Time to answer a keystroke.", timed: true, labels: []string{"command"}},
		{name: "deliveries", help: "Deliveries received, by kind and what became of them.", labels: []string{"kind", "outcome"}},
		{name: "signatures_refused", help: "Deliveries refused for their signature.", labels: []string{"reason"}},
		{name: "sockets", help: "Sockets opened, not opened, and acknowledgements lost.", labels: []string{"outcome"}},
		{name: "socket_replacements", help: "Sockets given up by ourselves, by why.", labels: []string{"reason"}},
		{name: "canaries", help: "Edits of our own message that Slack is to report back, by what became of them.", labels: []string{"outcome"}},
		{name: "ack_seconds", help: "Time from reading a delivery to acknowledging it.", timed: true, labels: []string{"kind"}},
		{name: "inbox_wait_seconds", help: "Time from receiving a delivery to working on it.", timed: true},
		{name: "inbox_abandoned", help: "Deliveries given up."},
		{name: "posts", help: "Posts, by target and what became of them.", labels: []string{"target", "outcome"}},
		{name: "uploads", help: "Steps of files on their way out, by the stage they reached.", labels: []string{"stage"}},
		{name: "post_seconds", help: "Time one delivery of a post took.", timed: true, labels: []string{"target"}},
	}
}

// Metrics implements [bot.Meter].
type Metrics struct {
	registry *prometheus.Registry
	counts   map[string]*prometheus.CounterVec
	times    map[string]*prometheus.HistogramVec
	labels   map[string]int
	unlisted *prometheus.CounterVec
}

var _ bot.Meter = (*Metrics)(nil)

// New builds the table's metrics in a registry of their own, beside those of the
// Go runtime and the process.
func New() *Metrics {
	m := &Metrics{registry: prometheus.NewRegistry(), counts: map[string]*prometheus.CounterVec{},
		times: map[string]*prometheus.HistogramVec{}, labels: map[string]int{}}
	for _, d := range table() {
		m.labels[d.name] = len(d.labels)
		if d.timed {
			h := prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: namespace, Name: d.name, Help: d.help,
				Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60}}, d.labels)
			m.registry.MustRegister(h)
			m.times[d.name] = h
			continue
		}
		c := prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Name: d.name + "_total", Help: d.help}, d.labels)
		m.registry.MustRegister(c)
		m.counts[d.name] = c
	}
	m.unlisted = prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Name: "unlisted_total",
		Help: "Counts under a name or with labels that are not in the table."}, []string{"kind"})
	m.registry.MustRegister(m.unlisted, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Count implements [bot.Meter].
func (m *Metrics) Count(name string, labels ...string) {
	c, ok := m.counts[name]
	if !ok || len(labels) != m.labels[name] {
		m.unlisted.WithLabelValues("count").Inc()
		return
	}
	c.WithLabelValues(labels...).Inc()
}

// Observe implements [bot.Meter].
func (m *Metrics) Observe(name string, seconds float64, labels ...string) {
	h, ok := m.times[name]
	if !ok || len(labels) != m.labels[name] {
		m.unlisted.WithLabelValues("observe").Inc()
		return
	}
	h.WithLabelValues(labels...).Observe(seconds)
}

// Gauge shows a value that is asked for when it is read, such as the depth of
// the outbox. A name given twice, or one of the table, is an error.
func (m *Metrics) Gauge(name, help string, value func() float64) error {
	return m.registry.Register(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Namespace: namespace, Name: name, Help: help}, value))
}

// Counter shows a value that only grows and is asked for when it is read. The name
// is given without its _total.
func (m *Metrics) Counter(name, help string, value func() float64) error {
	return m.registry.Register(prometheus.NewCounterFunc(prometheus.CounterOpts{Namespace: namespace, Name: name + "_total", Help: help}, value))
}

// Handler serves the metrics.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}
