package rest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/go-resty/resty/v2"

	"partnerdesk/handlers/partner"
	"partnerdesk/handlers/partner/aksk"
)

// call is one request in the making.
type call struct {
	op     string
	method string
	path   string // decoded
	query  query
	body   any        // marshalled once; nil sends none
	out    any        // filled from a 2xx answer; nil ignores it
	signed *time.Time // set to the time of the signature; nil does without
}

// write makes a call that changes something and returns when it was signed.
func (c *Client) write(ctx context.Context, q call) (time.Time, error) {
	var at time.Time
	q.signed = &at
	err := c.do(ctx, q)
	return at, err
}

// unclear is the error of a write that was answered with success but without
// what success brings: nobody knows what happened.
func unclear(op string, at time.Time) error {
	return &partner.Error{Op: op, Class: partner.Ambiguous, Effect: partner.EffectUnknown, Sent: true, SignedAt: at, Status: http.StatusOK, Code: partner.CodeDecode}
}

// do makes the call: as often as it takes for reads, exactly once for writes.
func (c *Client) do(ctx context.Context, q call) error {
	op := c.ops[q.op]
	if op.Reseller && c.opt.Kind != "" && c.opt.Kind != partner.Distributor {
		return &partner.Error{Op: q.op, Class: partner.NotAllowed, Code: partner.CodeKind}
	}
	if op.Money && len(c.money.ring.keys) == 0 {
		return &partner.Error{Op: q.op, Class: partner.NotAllowed, Code: partner.CodeNoMoneyKey}
	}
	body, err := encode(q.body)
	if err != nil {
		return &partner.Error{Op: q.op, Class: partner.BadInput, Code: partner.CodeField, Err: err}
	}
	for attempt := 1; ; attempt++ {
		fault := c.once(ctx, op, q, body)
		if fault == nil {
			c.able.Learn(q.op, nil)
			return nil
		}
		c.able.Learn(q.op, fault)
		if op.Write || attempt >= c.opt.Attempts || !passing(fault) || ctx.Err() != nil {
			return fault
		}
		wait := max(fault.Wait, c.backoff(attempt))
		if end, ok := ctx.Deadline(); ok && time.Until(end) < wait {
			return fault
		}
		c.opt.Log.Info("partner center read repeats", "op", q.op, "attempt", attempt, "class", string(fault.Class), "wait", wait)
		if c.opt.Sleep(ctx, wait) != nil {
			return fault
		}
	}
}

// passing says whether the same read may work a moment later.
func passing(e *partner.Error) bool {
	return e.Sent && (e.Class == partner.Throttled || e.Class == partner.Broken && e.Code != partner.CodeDecode)
}

// backoff doubles from a second and adds up to half of it at random (partner
// API sheet, section 9.6, 2026-11-20).
func (c *Client) backoff(attempt int) time.Duration {
	d := time.Second << (attempt - 1)
	return d + time.Duration(float64(d)*c.opt.Jitter()/2)
}

// once makes one attempt: rate, circuit, signature, wire, verdict.
func (c *Client) once(ctx context.Context, op partner.Operation, q call, body []byte) *partner.Error {
	base, from := c.endpoint, c.read
	if op.Case {
		base = c.cases
	}
	if op.Money {
		from = c.money
	} else if op.Write {
		from = c.act
	}
	fault := func(class partner.Class, code string, err error) *partner.Error {
		return &partner.Error{Op: op.Name, Class: class, Code: code, Err: err}
	}
	if _, err := from.ring.pick(); err != nil {
		return fault(partner.NotAllowed, partner.CodeCredentials, err)
	}
	if err := c.limits.wait(ctx, op.Name, op.PerSecond); err != nil {
		return fault(partner.Broken, "", err)
	}
	circuit := c.breakers[base.Host]
	if ok, left := circuit.allow(); !ok {
		e := fault(partner.Broken, partner.CodeCircuit, nil)
		e.Wait = left
		return e
	}
	var onWire atomic.Bool // a connection was there: from now on the outcome may be unknown
	onWire.Store(c.opt.Transport != nil)
	traced := httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { onWire.Store(true) }})
	u := url.URL{Scheme: base.Scheme, Host: base.Host, Path: q.path, RawQuery: q.query.values.Encode()}
	u.RawPath = escapePath(q.path)
	r := from.http.R().SetContext(traced)
	if body != nil {
		r.SetBody(body).SetHeader("Content-Type", "application/json")
	}
	for name, value := range q.query.header {
		r.SetHeader(name, value)
	}
	began := c.opt.Now()
	resp, err := r.Execute(q.method, u.String())
	e := c.verdict(op, q, resp, err, onWire.Load())
	class := partner.Class("")
	if e != nil {
		class = e.Class
	}
	c.opt.Observe(op.Name, class, c.opt.Now().Sub(began))
	ak, at := signature(r)
	if q.signed != nil {
		*q.signed = at
	}
	if e != nil && e.Sent {
		e.SignedAt = at
	}
	circuit.report(health(ctx, e))
	if resp != nil {
		circuit.clock(resp.Header().Get("Date"))
	}
	if ak != "" && resp != nil && resp.StatusCode() != 0 {
		from.ring.answered(ak, resp.StatusCode() == http.StatusUnauthorized)
	}
	return e
}

// verdict turns what came back into nil or an error that says all that is known.
func (c *Client) verdict(op partner.Operation, q call, resp *resty.Response, err error, onWire bool) *partner.Error {
	e := &partner.Error{Op: op.Name, Sent: onWire, Err: err}
	if resp != nil && resp.RawResponse != nil {
		e.Status = resp.StatusCode()
		e.RequestID = resp.Header().Get("X-Request-Id")
		e.Wait = retryAfter(resp.Header().Get("Retry-After"))
	}
	if e.Status == 0 { // no answer
		e.Class = partner.Broken
		if errors.Is(err, errNoKey) {
			e.Sent, e.Class, e.Code = false, partner.NotAllowed, partner.CodeCredentials
		}
		if onWire && op.Write {
			e.Class, e.Effect = partner.Ambiguous, partner.EffectUnknown
		}
		return e
	}
	e.Sent = true
	answer := resp.Body()
	shape := readFailure(answer)
	e.Code, e.Message = shape.code, shape.message
	if e.RequestID == "" {
		e.RequestID = shape.request
	}
	ok := e.Status/100 == 2
	if ok && err == nil && !shape.failed {
		if e.Err = read(answer, q.out); e.Err == nil {
			return nil
		}
	}
	if ok && !shape.failed { // cut short, or in a form we cannot read
		e.Class, e.Code = partner.Broken, partner.CodeDecode
		if err != nil {
			e.Code = ""
		}
		if op.Write {
			e.Class, e.Effect = partner.Ambiguous, partner.EffectUnknown
		}
		return e
	}
	e.Class = classOf(e.Status, e.Code)
	if slugItem(e) {
		e.Item = itemsOf(op)
	}
	switch {
	case e.Class == partner.Throttled:
		e.Effect = partner.EffectThrottled
	case op.Write && e.Class == partner.Broken:
		e.Class, e.Effect = partner.Ambiguous, partner.EffectUnknown
	}
	return e
}

// read decodes a successful answer. Nothing at all, as with 204, is only fine
// where nothing is expected; something unreadable never is.
func read(answer []byte, out any) error {
	if out == nil {
		if len(bytes.TrimSpace(answer)) == 0 {
			return nil
		}
		out = &struct{}{}
	}
	return json.Unmarshal(answer, out)
}

// health says what the result means for the circuit of the host.
func health(ctx context.Context, e *partner.Error) result {
	switch {
	case e == nil || e.Status != 0 && e.Status < 500:
		return hostFine
	case e.Status == 0 && (ctx.Err() != nil || e.Code == partner.CodeCredentials):
		return hostUnknown
	}
	return hostBad
}

// signature tells with which key, and when, the request was signed.
func signature(r *resty.Request) (ak string, at time.Time) {
	if r.RawRequest == nil {
		return "", time.Time{}
	}
	a, err := aksk.Parse(r.RawRequest.Header.Get("Authorization"))
	if err != nil {
		return "", time.Time{}
	}
	at, _ = time.Parse(aksk.DateForm, r.RawRequest.Header.Get("X-Sdk-Date"))
	return a.AK, at
}

// encode marshals once, without HTML escaping and without a line feed at the end.
func encode(v any) ([]byte, error) {
	if v == nil {
		return nil, nil
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

func retryAfter(s string) time.Duration {
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 || n > 3600 {
		return 0
	}
	return time.Duration(n) * time.Second
}
