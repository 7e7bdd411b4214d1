// Package aksk signs and verifies requests to Huawei Cloud's API gateway with
// an access key and a secret key (algorithm SDK-HMAC-SHA256; partner API sheet,
// section 9.1, 2026-11-20).
//
// [Key.Sign] is what a client calls last, when neither the URL nor a header nor
// the body changes any more. [Verify] is the other side, for a server that plays
// the gateway. Both build the same canonical request, pinned by fixed vectors in
// the tests, so that one cannot drift with the other.
package aksk

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Fixed names of the scheme (partner API sheet, section 9.1, 2026-11-20).
const (
	Algorithm = "SDK-HMAC-SHA256"  // first word of the Authorization header
	DateForm  = "20060102T150405Z" // layout of X-Sdk-Date, always UTC
	Window    = 15 * time.Minute   // largest accepted distance from server time, either side
	Unsigned  = "UNSIGNED-PAYLOAD" // value of X-Sdk-Content-Sha256 for bodies left out of the signature

	headerDate    = "X-Sdk-Date"
	headerContent = "X-Sdk-Content-Sha256"
	headerToken   = "X-Security-Token"
	headerAuth    = "Authorization"
)

// What can be wrong with a request. Verify returns these, wrapped.
var (
	ErrMissing   = errors.New("no authorization header")
	ErrMalformed = errors.New("malformed authorization")
	ErrUnknown   = errors.New("unknown access key")
	ErrWindow    = errors.New("signature time is outside the window")
	ErrSignature = errors.New("signature does not match")
	ErrToken     = errors.New("security token does not match")
)

// Key is one pair of keys; Token is only set for temporary ones.
type Key struct {
	AK    string
	SK    Secret
	Token Secret // sent and signed as X-Security-Token; empty for permanent keys
}

// Sign sets X-Sdk-Date, X-Security-Token (temporary keys only) and
// Authorization on r, and rewrites the query and the escaped path into their
// canonical form, so that what goes over the wire is what was signed. Signed are
// the host, every X- header present and the headers named in also.
//
// body must be the exact bytes that are sent. When r carries
// X-Sdk-Content-Sha256, its value stands for the body instead.
func (k Key) Sign(r *http.Request, body []byte, at time.Time, also ...string) error {
	query, err := canonicalQuery(r.URL.RawQuery)
	if err != nil {
		return fmt.Errorf("signing %s %s: %w", r.Method, r.URL.Path, err)
	}
	r.Header.Set(headerDate, at.UTC().Format(DateForm))
	r.Header.Del(headerAuth)
	if k.Token != "" {
		r.Header.Set(headerToken, k.Token.Reveal())
	}
	names := []string{"host"}
	for name := range r.Header {
		if low := strings.ToLower(name); strings.HasPrefix(low, "x-") {
			names = append(names, low)
		}
	}
	for _, name := range also {
		names = append(names, strings.ToLower(name))
	}
	slices.Sort(names)
	names = slices.Compact(names)
	r.URL.RawQuery = query
	r.URL.RawPath = encodePath(r.URL.Path)
	sig := k.signature(canonical(r, query, names, payload(r, body)), r.Header.Get(headerDate))
	r.Header.Set(headerAuth, Algorithm+" Access="+k.AK+", SignedHeaders="+strings.Join(names, ";")+", Signature="+sig)
	return nil
}

// Canonical returns the canonical request over the given signed headers (lower
// case, sorted). It is exported for the vectors and for explaining a mismatch.
func Canonical(r *http.Request, body []byte, signed []string) (string, error) {
	query, err := canonicalQuery(r.URL.RawQuery)
	if err != nil {
		return "", err
	}
	return canonical(r, query, signed, payload(r, body)), nil
}

func (k Key) signature(canonical, date string) string {
	sum := sha256.Sum256([]byte(canonical))
	mac := hmac.New(sha256.New, []byte(k.SK.Reveal()))
	mac.Write([]byte(Algorithm + "\n" + date + "\n" + hex.EncodeToString(sum[:])))
	return hex.EncodeToString(mac.Sum(nil))
}

func canonical(r *http.Request, query string, signed []string, payload string) string {
	var b strings.Builder
	b.Grow(256 + len(query))
	b.WriteString(strings.ToUpper(r.Method))
	b.WriteByte('\n')
	path := encodePath(r.URL.Path)
	b.WriteString(path)
	if !strings.HasSuffix(path, "/") {
		b.WriteByte('/')
	}
	b.WriteByte('\n')
	b.WriteString(query)
	b.WriteByte('\n')
	for _, name := range signed {
		b.WriteString(name)
		b.WriteByte(':')
		b.WriteString(strings.TrimSpace(headerValue(r, name)))
		b.WriteByte('\n')
	}
	b.WriteByte('\n')
	b.WriteString(strings.Join(signed, ";"))
	b.WriteByte('\n')
	b.WriteString(payload)
	return b.String()
}

func headerValue(r *http.Request, name string) string {
	if name != "host" {
		return r.Header.Get(name)
	}
	if r.Host != "" {
		return r.Host
	}
	return r.URL.Host
}

// payload is the sixth part of the canonical request.
func payload(r *http.Request, body []byte) string {
	if v := r.Header.Get(headerContent); v != "" {
		return v
	}
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

func canonicalQuery(raw string) (string, error) {
	if raw == "" {
		return "", nil
	}
	values, err := url.ParseQuery(raw)
	if err != nil {
		return "", fmt.Errorf("query: %w", err)
	}
	keys := make([]string, 0, len(values))
	for key := range values {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	var b strings.Builder
	for _, key := range keys {
		slices.Sort(values[key])
		for _, v := range values[key] {
			if b.Len() > 0 {
				b.WriteByte('&')
			}
			encode(&b, key)
			b.WriteByte('=')
			encode(&b, v)
		}
	}
	return b.String(), nil
}

func encodePath(path string) string {
	var b strings.Builder
	b.Grow(len(path) + 1)
	for i, segment := range strings.Split(path, "/") {
		if i > 0 {
			b.WriteByte('/')
		}
		encode(&b, segment)
	}
	return b.String()
}

// encode writes s percent-encoded, keeping only the unreserved characters.
func encode(b *strings.Builder, s string) {
	const upper = "0123456789ABCDEF"
	for i := range len(s) {
		c := s[i]
		if 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '_' || c == '.' || c == '~' {
			b.WriteByte(c)
			continue
		}
		b.WriteByte('%')
		b.WriteByte(upper[c>>4])
		b.WriteByte(upper[c&15])
	}
}
