package partner

import (
	"context"
	"time"
)

// AccountType is the kind of one row of a balance.
type AccountType int

// Account types (partner API sheet, section 1, 2026-11-20).
const (
	Cash      AccountType = 1
	Credit    AccountType = 2
	Bonus     AccountType = 5 // old business model
	Deposit   AccountType = 7 // old business model
	Grantable AccountType = 8 // as the center reports it; never added to anything
)

// BalanceRow is one account of a partner as the center reports it.
type BalanceRow struct {
	ID         string
	Type       AccountType
	Amount     Fen
	Designated Fen // ear-marked part of Amount; 0 when absent
	Limit      Fen // total credit limit; only for Credit
	Memo       string
}

// Balance is a partner's accounts at one moment.
type Balance struct {
	Rows []BalanceRow
	At   time.Time // UTC, when the answer arrived
}

// Row returns the first row of type t.
func (b Balance) Row(t AccountType) (BalanceRow, bool) {
	for _, r := range b.Rows {
		if r.Type == t {
			return r, true
		}
	}
	return BalanceRow{}, false
}

// Grantable returns what can be granted to customers and resellers: amount minus
// designated amount of the cash row. A row of type Grantable is not consulted.
// It is false when there is no cash row.
func (b Balance) Grantable() (Fen, bool) {
	r, ok := b.Row(Cash)
	return r.Amount - r.Designated, ok
}

// Accounts answers what a partner has.
type Accounts interface {
	// Balance returns the accounts of the operator or of one of its resellers.
	Balance(ctx context.Context, of Account) (Balance, error)
}

// MaxBalances is how many customers one call may ask for (partner API sheet,
// section 2, 2026-11-20); adapters cut longer lists into chunks.
const MaxBalances = 100

// CustomerBalance is what a resale customer has and owes.
type CustomerBalance struct {
	CustomerID string
	Spendable  Fen
	Debt       Fen
	// The center may leave either out; then it is unknown, not zero.
	HasSpendable, HasDebt bool
}

// CustomerBalances is the answer to a bulk question.
type CustomerBalances struct {
	Found   []CustomerBalance // in the order asked
	Dropped []string          // asked, but left out by the center: no resale customers of this account
	At      time.Time         // UTC, when the last answer arrived
}

// CustomerAccounts answers what customers have.
type CustomerAccounts interface {
	// CustomerBalances asks for any number of customers, 100 at a time. An error
	// in a later chunk is returned with what was found before it.
	CustomerBalances(ctx context.Context, of Account, ids []string) (CustomerBalances, error)
}
