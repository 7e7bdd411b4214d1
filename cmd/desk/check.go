package desk

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"partnerdesk/bot/lang"
	"partnerdesk/handlers/partner"
)

// The parts of an installation that [Check] can look at.
const (
	PartConfig  = "config"
	PartData    = "data"
	PartPartner = "partner"
	PartSlack   = "slack"
	PartMail    = "mail"
)

// CheckParts lists what [Check] can look at, in its order.
func CheckParts() []string { return []string{PartConfig, PartData, PartPartner, PartSlack, PartMail} }

// State says how a [Finding] turned out.
type State string

// The states.
const (
	StateFine    State = "fine"
	StateNote    State = "note"    // nothing to do, or nothing that could be tried
	StateWarning State = "warning" // it works, but something is missing or about to fail
	StateBroken  State = "broken"  // it does not work until somebody mends it
)

// Finding is one thing that was looked at, in words.
type Finding struct {
	Part  string `json:"part"`
	Check string `json:"check"`
	State State  `json:"state"`
	Text  string `json:"text"`
	Fix   string `json:"fix,omitempty"` // what to do

	// Code, Message and RequestID are the partner center's or Slack's own, to be
	// quoted to their support.
	Code      string `json:"code,omitempty"`
	Message   string `json:"message,omitempty"`
	RequestID string `json:"request_id,omitempty"`
}

// CheckOptions is what a check needs.
type CheckOptions struct {
	Catalog *lang.Catalog
	Words   lang.Words
	Parts   map[string]bool // which parts; nil means all
	Now     func() time.Time
	Step    func(part string) // told before each part; nil means nobody
}

// Check looks whether a desk with this configuration can work: keys, clocks,
// permission items, addresses, the way out, Slack's scopes and channels, the data
// directory. It changes nothing anywhere, and stops using a key at its first
// refusal.
func Check(ctx context.Context, c Config, o CheckOptions) []Finding {
	r := &report{o: o, c: c}
	for _, part := range []struct {
		name string
		look func(context.Context)
	}{
		{PartConfig, r.config}, {PartData, r.data}, {PartPartner, r.partner}, {PartSlack, r.slack}, {PartMail, r.mail},
	} {
		if o.Parts != nil && !o.Parts[part.name] {
			continue
		}
		if o.Step != nil {
			o.Step(part.name)
		}
		r.part = part.name
		part.look(ctx)
	}
	return r.found
}

// report collects what a check finds.
type report struct {
	o     CheckOptions
	c     Config
	part  string
	found []Finding
}

// add words a finding: the text is the catalog's check.KEY, what to do about it
// check.KEY.fix, where there is one.
func (r *report) add(check string, state State, key string, args ...string) *Finding {
	f := Finding{Part: r.part, Check: check, State: state, Text: r.o.Words.T("check."+key, args...)}
	if fix := "check." + key + ".fix"; r.o.Words.Has(fix) {
		f.Fix = r.o.Words.T(fix, args...)
	}
	r.found = append(r.found, f)
	return &r.found[len(r.found)-1]
}

// failed is a finding about a call of the partner center that did not work.
func (r *report) failed(check string, state State, err error, key string, args ...string) {
	e, ok := errors.AsType[*partner.Error](err)
	if !ok {
		r.add(check, state, key, append(args, "reason", err.Error())...)
		return
	}
	f := r.add(check, state, key, append(args, "reason", r.o.Words.T(e.Key()))...)
	f.Code, f.Message, f.RequestID = e.Code, e.Message, e.RequestID
	if e.Status == 0 && e.Err != nil {
		f.Message = e.Err.Error()
	}
}

// config looks at what Slack and the partner center need to be told.
func (r *report) config(context.Context) {
	err := r.c.ForSlack(r.o.Words)
	if err == nil {
		r.add("settings", StateFine, "config.fine")
		return
	}
	faults, ok := errors.AsType[*ConfigError](err)
	if !ok {
		faults = &ConfigError{Faults: []string{err.Error()}}
	}
	for _, text := range faults.Faults {
		r.found = append(r.found, Finding{Part: r.part, Check: "settings", State: StateBroken, Text: text})
	}
}

// data looks whether the data directory can be used.
func (r *report) data(ctx context.Context) {
	dir := r.c.Data
	if conn, err := dialAdmin(ctx, dir); err == nil {
		_ = conn.Close() // only to see that somebody is there
		r.add("directory", StateFine, "data.running", "path", dir)
		return
	}
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		above := filepath.Dir(dir)
		for !there(above) && above != filepath.Dir(above) {
			above = filepath.Dir(above)
		}
		if err := writable(above); err != nil {
			r.add("directory", StateBroken, "data.unwritable", "path", above, "reason", plainReason(err))
			return
		}
		r.add("directory", StateFine, "data.new", "path", dir)
	case err != nil:
		r.add("directory", StateBroken, "data.unwritable", "path", dir, "reason", plainReason(err))
	case !info.IsDir():
		r.add("directory", StateBroken, "data.no_directory", "path", dir)
	case info.Mode().Perm()&0o022 != 0:
		r.add("directory", StateBroken, "data.exposed", "path", dir)
	default:
		if err := writable(dir); err != nil {
			r.add("directory", StateBroken, "data.unwritable", "path", dir, "reason", plainReason(err))
			return
		}
		r.add("directory", StateFine, "data.fine", "path", dir)
	}
}

func there(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// writable makes a file in a directory and removes it.
func writable(dir string) error {
	f, err := os.CreateTemp(dir, ".check-*")
	if err != nil {
		return err
	}
	_, err = f.WriteString("check\n")
	return errors.Join(err, f.Close(), os.Remove(f.Name()))
}

// tooSlow bounds one look at the way to a host.
const tooSlow = 10 * time.Second

// reach looks at the way to a host without signing anything, and returns how far
// its clock is ahead of ours.
func (r *report) reach(ctx context.Context, address string) (skew time.Duration, known, ok bool) {
	u, err := url.Parse(address)
	if err != nil {
		r.add("reach", StateBroken, "unreachable", "url", address, "reason", err.Error())
		return 0, false, false
	}
	via, err := http.ProxyFromEnvironment(&http.Request{URL: u})
	if err != nil {
		r.add("reach", StateBroken, "unreachable.proxy", "url", address, "reason", err.Error())
		return 0, false, false
	}
	wire := http.DefaultTransport.(*http.Transport).Clone()
	wire.Proxy = http.ProxyURL(via)
	wire.DisableKeepAlives = true
	client := &http.Client{Transport: wire, Timeout: tooSlow, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	began := time.Now()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		r.add("reach", StateBroken, "unreachable", "url", address, "reason", err.Error())
		return 0, false, false
	}
	resp, err := client.Do(req)
	if err != nil {
		key := "unreachable" + wayOut(err)
		if via != nil && key == "unreachable" {
			key = "unreachable.proxy"
		}
		r.add("reach", StateBroken, key, "url", address, "reason", cause(err))
		return 0, false, false
	}
	_ = resp.Body.Close() // nothing of it is read
	if resp.StatusCode == http.StatusProxyAuthRequired {
		r.add("reach", StateBroken, "unreachable.proxy", "url", address, "reason", resp.Status)
		return 0, false, false
	}
	args := []string{"url", address, "ms", strconv.FormatInt(time.Since(began).Milliseconds(), 10)}
	if via != nil {
		r.add("reach", StateFine, "reach.proxy", append(args, "proxy", via.Redacted())...)
	} else {
		r.add("reach", StateFine, "reach", args...)
	}
	at, err := http.ParseTime(resp.Header.Get("Date"))
	return at.Sub(r.o.Now()).Round(time.Second), err == nil, true
}

// wayOut is the kind of trouble with the way to a host, as the end of a key.
func wayOut(err error) string {
	if _, is := errors.AsType[*net.DNSError](err); is {
		return ".dns"
	}
	if op, is := errors.AsType[*net.OpError](err); is && op.Op == "proxyconnect" {
		return ".proxy"
	}
	_, authority := errors.AsType[x509.UnknownAuthorityError](err)
	_, verify := errors.AsType[*tls.CertificateVerificationError](err)
	if authority || verify {
		return ".tls"
	}
	return ""
}

// cause leaves out what net/http says around an error: the address stands beside
// it already.
func cause(err error) string {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err.Error()
	}
	return err.Error()
}

// clock words how far a host's clock is from ours. It reports false when nothing
// signed now would be accepted.
func (r *report) clock(host string, skew, window time.Duration) bool {
	off := skew.Abs()
	args := []string{"host", host, "off", off.String()}
	key := "clock.slow"
	if skew < 0 {
		key = "clock.fast"
	}
	switch {
	case off > window:
		r.add("clock", StateBroken, key, args...)
		return false
	case off > window/3:
		r.add("clock", StateWarning, key, args...)
	default:
		r.add("clock", StateFine, "clock.fine", args...)
	}
	return true
}
