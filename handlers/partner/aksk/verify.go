package aksk

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Authorization is the parsed header of a signed request.
type Authorization struct {
	AK        string
	Signed    []string // lower-case header names as the client listed them
	Signature string   // lower-case hex
}

// Parse reads an Authorization header. It returns ErrMissing for an empty one
// and ErrMalformed for anything that is not of this scheme.
func Parse(header string) (Authorization, error) {
	if header == "" {
		return Authorization{}, ErrMissing
	}
	rest, ok := strings.CutPrefix(header, Algorithm+" ")
	if !ok {
		return Authorization{}, fmt.Errorf("%w: algorithm", ErrMalformed)
	}
	var a Authorization
	for part := range strings.SplitSeq(rest, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch name {
		case "Access":
			a.AK = value
		case "SignedHeaders":
			a.Signed = strings.Split(value, ";")
		case "Signature":
			a.Signature = value
		default:
			return Authorization{}, fmt.Errorf("%w: part %q", ErrMalformed, name)
		}
	}
	if a.AK == "" || len(a.Signed) == 0 || len(a.Signature) != sha256.Size*2 {
		return Authorization{}, fmt.Errorf("%w: incomplete", ErrMalformed)
	}
	return a, nil
}

// Verify checks r against k as the gateway does: the date is signed and within
// [Window] of now, every listed header counts, the body is the one signed, and
// the comparison takes the same time for every wrong signature.
func Verify(r *http.Request, body []byte, k Key, now time.Time) error {
	return VerifyWithin(r, body, k, now, Window)
}

// VerifyWithin is Verify with another window, for a world whose clock is not the
// usual one.
func VerifyWithin(r *http.Request, body []byte, k Key, now time.Time, window time.Duration) error {
	a, err := Parse(r.Header.Get(headerAuth))
	if err != nil {
		return err
	}
	if a.AK != k.AK {
		return ErrUnknown
	}
	if !slices.Contains(a.Signed, "x-sdk-date") || !slices.IsSorted(a.Signed) {
		return fmt.Errorf("%w: signed headers", ErrMalformed)
	}
	at, err := time.Parse(DateForm, r.Header.Get(headerDate))
	if err != nil {
		return fmt.Errorf("%w: date", ErrMalformed)
	}
	if d := now.Sub(at); d > window || d < -window {
		return fmt.Errorf("%w: off by %s", ErrWindow, d.Truncate(time.Second))
	}
	if err := verifyContent(r, body, a.Signed); err != nil {
		return err
	}
	if k.Token != "" && !hmac.Equal([]byte(r.Header.Get(headerToken)), []byte(k.Token.Reveal())) {
		return ErrToken
	}
	query, err := canonicalQuery(r.URL.RawQuery)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	want := k.signature(canonical(r, query, a.Signed, payload(r, body)), r.Header.Get(headerDate))
	if !hmac.Equal([]byte(want), []byte(a.Signature)) {
		return ErrSignature
	}
	return nil
}

// verifyContent refuses a declared body hash that is unsigned or untrue, so
// that the literal value in the canonical request cannot hide another body.
func verifyContent(r *http.Request, body []byte, signed []string) error {
	declared := r.Header.Get(headerContent)
	if declared == "" {
		return nil
	}
	if !slices.Contains(signed, strings.ToLower(headerContent)) {
		return fmt.Errorf("%w: unsigned %s", ErrMalformed, headerContent)
	}
	sum := sha256.Sum256(body)
	if declared != Unsigned && declared != hex.EncodeToString(sum[:]) {
		return ErrSignature
	}
	return nil
}
