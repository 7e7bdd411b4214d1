package rest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"partnerdesk/handlers/partner"
)

// The types below read what the center really sends, not only what it says it
// sends: numbers quoted or not, null, absent, several forms of time.

// text reads a string, a number or a boolean as a string; null and anything
// structured leave it empty.
type text string

// UnmarshalJSON never fails on well-formed JSON.
func (t *text) UnmarshalJSON(b []byte) error {
	switch b[0] {
	case '"':
		var s string
		if err := json.Unmarshal(b, &s); err != nil {
			return err
		}
		*t = text(s)
	case 'n', '{', '[':
	default:
		*t = text(b)
	}
	return nil
}

// yuan reads money: 12.30, "12.30", null or "" (absent). Digits other than zero
// after the second decimal are an error: money is never rounded in silence.
type yuan struct {
	fen partner.Fen
	set bool
}

// UnmarshalJSON reads one amount.
func (y *yuan) UnmarshalJSON(b []byte) error {
	var s text
	if err := s.UnmarshalJSON(b); err != nil || s == "" {
		return err
	}
	plain, err := plainDecimal(strings.TrimSpace(string(s)))
	if err != nil {
		return err
	}
	if whole, fraction, ok := strings.Cut(plain, "."); ok && len(fraction) > 2 {
		if kept := strings.TrimRight(fraction[2:], "0"); kept == "" {
			plain = whole + "." + fraction[:2]
		}
	}
	y.fen, err = partner.ParseFen(plain)
	y.set = err == nil
	return err
}

// decimal reads an amount of a bill or a usage as plain decimal digits, of any
// number of decimals. Empty means absent.
type decimal string

// UnmarshalJSON reads one amount.
func (d *decimal) UnmarshalJSON(b []byte) error {
	var s text
	if err := s.UnmarshalJSON(b); err != nil || s == "" {
		return err
	}
	plain, err := plainDecimal(strings.TrimSpace(string(s)))
	*d = decimal(plain)
	return err
}

// plainDecimal checks that s is a JSON number and writes it without exponent.
func plainDecimal(s string) (string, error) {
	mantissa, exponent, scientific := strings.Cut(strings.ToLower(s), "e")
	digits, negative := strings.CutPrefix(mantissa, "-")
	whole, fraction, _ := strings.Cut(digits, ".")
	if whole+fraction == "" || strings.Trim(whole+fraction, "0123456789") != "" || strings.Count(digits, ".") > 1 {
		return "", fmt.Errorf("%q: %w", s, partner.ErrNotMoney)
	}
	if scientific {
		n, err := strconv.Atoi(exponent)
		if err != nil || n > 30 || n < -30 {
			return "", fmt.Errorf("%q: %w", s, partner.ErrNotMoney)
		}
		for ; n > 0; n-- {
			if fraction == "" {
				fraction = "0"
			}
			whole, fraction = whole+fraction[:1], fraction[1:]
		}
		for ; n < 0; n++ {
			if whole == "" {
				whole = "0"
			}
			whole, fraction = whole[:len(whole)-1], whole[len(whole)-1:]+fraction
		}
		whole = strings.TrimLeft(whole, "0")
	}
	if whole == "" {
		whole = "0"
	}
	if fraction != "" {
		whole += "." + fraction
	}
	if negative {
		whole = "-" + whole
	}
	return whole, nil
}

// number reads an integer, quoted or not; anything else is -1 with set false.
type number struct {
	n   int
	set bool
}

// UnmarshalJSON reads one integer.
func (n *number) UnmarshalJSON(b []byte) error {
	v, err := strconv.Atoi(strings.Trim(string(b), `"`))
	n.n, n.set = v, err == nil
	return nil
}

// flag reads true, "true", 1 and "1" as true.
type flag bool

// UnmarshalJSON reads one boolean.
func (f *flag) UnmarshalJSON(b []byte) error {
	switch string(bytes.ToLower(bytes.Trim(b, `"`))) {
	case "true", "1", "y", "yes":
		*f = true
	default:
		*f = false
	}
	return nil
}

// instant reads a time in any of the forms seen. A form without an offset is
// UTC+8: BSS sends offsets throughout, and OSM answers in X-Time-Zone, which we
// leave at its default GMT+8 (partner API sheet, section 6.3, 2026-11-20).
// Unreadable and empty are the zero time.
type instant struct{ time.Time }

// UnmarshalJSON reads one time, as text or as milliseconds since 1970.
func (i *instant) UnmarshalJSON(b []byte) error {
	var s text
	if err := s.UnmarshalJSON(b); err != nil {
		return err
	}
	i.Time = parseTime(string(s))
	return nil
}

func parseTime(s string) time.Time {
	s = strings.TrimSpace(s)
	if ms, err := strconv.ParseInt(s, 10, 64); err == nil && len(s) >= 12 {
		return time.UnixMilli(ms).UTC()
	}
	for _, form := range []string{time.RFC3339Nano, "2006-01-02T15:04:05Z0700", "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05 Z0700"} {
		if t, err := time.Parse(form, s); err == nil {
			return t.UTC()
		}
	}
	for _, form := range []string{"2006-01-02 15:04:05", "2006-01-02T15:04:05", "2006-01-02 15:04:05.999", time.DateOnly} {
		if t, err := time.ParseInLocation(form, s, china()); err == nil {
			return t.UTC()
		}
	}
	return time.Time{}
}

func china() *time.Location { return time.FixedZone("GMT+8", 8*3600) }

// stamp writes a time as the center takes it: UTC, 20 characters; empty for zero.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05Z")
}
