// Package rest is the partner center over HTTP: it implements the interfaces of
// package partner against the public partner APIs.
//
// What it promises: a write is signed and sent once and never repeated, and its
// failure says whether nothing happened, flow control turned it away, or nobody
// knows ([partner.Effect]). Reads are repeated on flow control and passing
// faults, with growing pauses. A refused signature is never signed again for the
// same call, and a key the gateway refuses rests before it would be locked.
package rest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/url"
	"time"

	"github.com/go-resty/resty/v2"

	"partnerdesk/handlers/partner"
	"partnerdesk/handlers/partner/aksk"
)

// Public addresses of the China site (partner API sheet, sections 0 and 6.0,
// 2026-11-20). The case host is also known under .cn, hence configurable.
const (
	DefaultEndpoint     = "https://bss.myhuaweicloud.com"
	DefaultCaseEndpoint = "https://osm.cn-south-1.myhuaweicloud.com"
)

// Options says how to reach the partner center. One read key is
// required; the zero value of everything else is useful.
type Options struct {
	Endpoint     string // scheme and host; empty means DefaultEndpoint
	CaseEndpoint string // empty means DefaultCaseEndpoint

	AK    string      // shorthand for one read key
	SK    aksk.Secret // belongs to AK
	Keys  []aksk.Key  // further read keys, valid at the same time during rotation, preferred first
	Money []aksk.Key  // keys for calls that move value; empty: such calls are refused before sending

	DomainID string       // 账号ID of the partner, sent as X-Domain-Id; may be empty
	Kind     partner.Kind // what the operator is; distributor-only calls are refused for others; empty: not checked
	English  bool         // names in English where the center offers them

	Timeout time.Duration                         // of one attempt; zero means 20 s
	Proxy   func(*http.Request) (*url.URL, error) // nil means none; http.ProxyURL or http.ProxyFromEnvironment

	Transport http.RoundTripper // instead of the network, e.g. a sandbox in this process; nil means the network

	Attempts int // of a read, the first included; zero means 4

	Now    func() time.Time                           // nil means time.Now
	Sleep  func(context.Context, time.Duration) error // nil means a real pause that ends with the context
	Jitter func() float64                             // in [0,1); nil means random
	Log    *slog.Logger                               // nil discards

	// Observe is told of every attempt, e.g. to count it; nil means nobody. The
	// class is empty for success; took includes the wire, not our own pauses.
	Observe func(op string, class partner.Class, took time.Duration)
}

// validate names every faulty field at once.
func (o Options) validate() error {
	var errs []error
	for field, value := range map[string]string{"endpoint": o.Endpoint, "case endpoint": o.CaseEndpoint} {
		u, err := url.Parse(value)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.Path != "" && u.Path != "/" {
			errs = append(errs, fmt.Errorf("%s: want http(s)://host[:port]", field))
		}
	}
	for _, k := range append(o.readKeys(), o.Money...) {
		if k.AK == "" || k.SK == "" {
			errs = append(errs, errors.New("keys: access key and secret key belong together"))
			break
		}
	}
	if len(o.readKeys()) == 0 {
		errs = append(errs, errors.New("keys: none given"))
	}
	if o.Timeout < 0 || o.Attempts < 0 {
		errs = append(errs, errors.New("timeout, attempts: not negative"))
	}
	return errors.Join(errs...)
}

func (o Options) readKeys() []aksk.Key {
	if o.AK == "" && o.SK == "" {
		return o.Keys
	}
	return append([]aksk.Key{{AK: o.AK, SK: o.SK}}, o.Keys...)
}

// Client speaks to the partner center. It is safe for concurrent use.
type Client struct {
	opt      Options
	endpoint *url.URL
	cases    *url.URL
	ops      map[string]partner.Operation
	idle     func()
	read     sender
	act      sender // writes that move no value: the read key on fresh connections
	money    sender
	limits   *limits
	breakers map[string]*breaker // by host
	able     *partner.Capabilities
}

// sender is one credential with the HTTP client that signs with it.
type sender struct {
	ring *ring
	http *resty.Client
}

// New returns a client, or every fault of the options at once. It makes no call.
func New(o Options) (*Client, error) {
	o.Endpoint = cmp.Or(o.Endpoint, DefaultEndpoint)
	o.CaseEndpoint = cmp.Or(o.CaseEndpoint, DefaultCaseEndpoint)
	o.Timeout = cmp.Or(o.Timeout, 20*time.Second)
	o.Attempts = cmp.Or(o.Attempts, 4)
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Sleep == nil {
		o.Sleep = pause
	}
	if o.Jitter == nil {
		o.Jitter = rand.Float64
	}
	if o.Observe == nil {
		o.Observe = func(string, partner.Class, time.Duration) {}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if err := o.validate(); err != nil {
		return nil, fmt.Errorf("partner center options: %w", err)
	}
	c := &Client{opt: o, ops: map[string]partner.Operation{}, limits: newLimits(o.Now, o.Sleep), breakers: map[string]*breaker{}, able: partner.NewCapabilities(o.Kind)}
	c.endpoint, _ = url.Parse(o.Endpoint)
	c.cases, _ = url.Parse(o.CaseEndpoint)
	for _, op := range partner.Operations() {
		c.ops[op.Name] = op
	}
	for _, host := range []string{c.endpoint.Host, c.cases.Host} {
		c.breakers[host] = newBreaker(o.Now)
	}
	reads := http.DefaultTransport.(*http.Transport).Clone()
	reads.Proxy = o.Proxy
	// A write never starts on a connection that the other side may just be
	// closing: that would be an unknown outcome for nothing.
	writes := reads.Clone()
	writes.DisableKeepAlives = true
	c.idle = func() { reads.CloseIdleConnections(); writes.CloseIdleConnections() }
	var forReads, forWrites http.RoundTripper = reads, writes
	if o.Transport != nil {
		forReads, forWrites = o.Transport, o.Transport
	}
	keys := newRing(o.readKeys(), o.Now)
	c.read = c.newSender(keys, forReads)
	c.act = c.newSender(keys, forWrites)
	c.money = c.newSender(newRing(o.Money, o.Now), forWrites)
	return c, nil
}

// Capabilities returns what is known of the operator's rights; it goes on
// learning from every call.
func (c *Client) Capabilities() *partner.Capabilities { return c.able }

// In returns the same client asking for names in English or in Chinese; keys,
// limits and circuits stay shared.
func (c *Client) In(english bool) *Client {
	other := *c
	other.opt.English = english
	return &other
}

// Close ends idle connections.
func (c *Client) Close() { c.idle() }

// maxAnswer bounds what is read of one answer.
const maxAnswer = 16 << 20

func (c *Client) newSender(keys *ring, t http.RoundTripper) sender {
	s := sender{ring: keys}
	s.http = resty.New().
		SetTransport(t).
		SetTimeout(c.opt.Timeout).
		SetRedirectPolicy(resty.NoRedirectPolicy()).
		SetResponseBodyLimit(maxAnswer).
		SetLogger(quiet{}).
		SetHeader("User-Agent", "partnerdesk").
		SetHeader("Accept", "application/json")
	if c.opt.DomainID != "" {
		s.http.SetHeader("X-Domain-Id", c.opt.DomainID)
	}
	s.http.SetPreRequestHook(func(_ *resty.Client, r *http.Request) error { return s.sign(r, c.opt.Now()) })
	return s
}

// quiet keeps resty from writing to the standard error; what matters is returned.
type quiet struct{}

func (quiet) Errorf(string, ...any) {}
func (quiet) Warnf(string, ...any)  {}
func (quiet) Debugf(string, ...any) {}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
