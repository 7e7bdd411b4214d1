package sandbox

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
)

// fen is money in 分; on the wire it is a JSON number of yuan.
type fen int64

// quoted is money that the center sends as a string.
type quoted fen

func (f fen) String() string {
	sign := ""
	if f < 0 {
		sign, f = "-", -f
	}
	return fmt.Sprintf("%s%d.%02d", sign, int64(f)/100, int64(f)%100)
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (f *fen) UnmarshalJSON(b []byte) error {
	v, err := strconv.ParseInt(strings.Replace(string(b), ".", "", 1), 10, 64)
	*f = fen(v)
	return err
}

// MarshalJSON writes a number.
func (f fen) MarshalJSON() ([]byte, error) { return []byte(f.String()), nil }

// MarshalJSON writes a string.
func (q quoted) MarshalJSON() ([]byte, error) { return []byte(`"` + fen(q).String() + `"`), nil }

// amount reads money of a request: a number or a string, above zero, at most two
// decimals.
type amount struct {
	fen fen
	ok  bool
}

// UnmarshalJSON never fails: a wrong amount is refused by the operation.
func (a *amount) UnmarshalJSON(b []byte) error {
	whole, fraction, _ := strings.Cut(strings.Trim(string(b), `"`), ".")
	if len(fraction) > 2 || len(whole) > 12 {
		return nil
	}
	n, err := strconv.ParseUint(whole+(fraction + "00")[:2], 10, 63)
	a.fen, a.ok = fen(n), err == nil && n > 0
	return nil
}

// world is everything there is. Times are UTC. It carries JSON tags of its own
// accord: a state file is this struct.
type world struct {
	Operator  string // id of the calling partner
	Parties   map[string]*party
	Customers []*customer
	Denied    map[string]bool // permission items the calling account lacks
	Lag       time.Duration   // how late records show

	Adjustments []adjustment
	Changes     []change
	Quotas      []*quota
	Coupons     []*coupon
	CouponLog   []couponRecord
	QuotaLog    []quotaRecord
	Resources   []*resource
	Fees        []fee
	Cases       []*incident
	Files       map[string]*attachment

	rng     *rand.Rand
	catalog *catalog
}

// party is the operator or one of its resellers.
type party struct {
	ID, Name, Account string
	Cash, Designated  fen
	Credit, Limit     fen
	Phone, Mail       string
	Since             time.Time
	Manager           string
	Leaving           bool
}

// customer is one end customer.
type customer struct {
	ID, Name, Account string
	Owner             string // party id
	Type              string // 1 referral, 2 resale
	Cash, Debt        fen
	Granted           fen // part of Cash that came from the partner and can go back
	Label, Level      string
	Phone, Mail       string
	Since             time.Time
	Verified          string
	Person            bool
	Frozen            int
	Manager           string
}

func (w *world) hex(n int) string {
	const digits = "0123456789abcdef"
	b := make([]byte, n)
	for i := range b {
		b[i] = digits[w.rng.IntN(16)]
	}
	return string(b)
}

// customer returns the customer with the id, or nil.
func (w *world) customer(id string) *customer {
	for _, c := range w.Customers {
		if c.ID == id {
			return c
		}
	}
	return nil
}

// payer returns the party a call acts for: the operator, or a reseller of his.
func (w *world) payer(indirect string) (*party, error) {
	if indirect == "" {
		return w.Parties[w.Operator], nil
	}
	p, ok := w.Parties[indirect]
	if !ok || indirect == w.Operator {
		return nil, refuse(400, "CBC.99000037")
	}
	return p, nil
}

// stamp writes UTC, 20 characters; absent for zero.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05Z")
}
