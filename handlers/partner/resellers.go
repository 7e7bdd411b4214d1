package partner

import (
	"context"
	"iter"
	"time"
)

// Reseller is one tier-2 partner of a distributor. Contact fields arrive
// unmasked.
type Reseller struct {
	ID          Account
	Name        string
	Account     string // login
	Phone, Mail string
	Associated  time.Time
	ManagerID   string
	ManagerName string
}

// ResellerQuery narrows resellers; zero fields do not narrow.
type ResellerQuery struct {
	ID       Account
	Account  string
	From, To time.Time // association time, UTC
	Most     int
}

// Resellers lists the resellers of a distributor.
type Resellers interface {
	Resellers(ctx context.Context, q ResellerQuery) iter.Seq2[Reseller, error]
}
