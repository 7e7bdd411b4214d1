package partner

import (
	"context"
	"iter"
	"time"
)

// Customer is one sub-customer. Contact fields arrive unmasked: mask them before
// anybody reads them, and never cache them.
type Customer struct {
	ID           string
	Name         string // real-name; may be empty before verification
	Account      string // main login
	Associated   time.Time
	Association  Association
	Label        string
	CountryCode  string
	Phone        string
	Mail         string
	Verification Verification
	Enterprise   bool
	Frozen       int    // 0 no, 1 account, 2 account and resources
	Manager      string // login of the account manager; may be empty
	Level        string // V0 to V5
}

// CustomerQuery narrows a list of customers; zero fields do not narrow.
type CustomerQuery struct {
	ID          string
	Name        string // part of the real-name, at most 64 characters, no spaces
	Account     string // part of the login, likewise
	Label       string
	Association Association
	From, To    time.Time // association time, UTC
	Skip        int       // pass over this many first; only without Name and Account
	Most        int       // stop after this many; 0 means all
}

// Customers lists sub-customers.
type Customers interface {
	// Customers yields the customers of the account in the center's order. It
	// ends after the first error.
	Customers(ctx context.Context, of Account, q CustomerQuery) iter.Seq2[Customer, error]
}
