package partner

import (
	"context"
	"iter"
	"time"
)

// Receipt is what a write that succeeded leaves behind.
type Receipt struct {
	ID       string    // transaction id of the center; empty where it gives none
	SignedAt time.Time // UTC; no request of this write can take effect 15 minutes after it
}

// Funds moves cash between a partner and its customers and resellers. No call
// carries a reference of ours and none may ever be repeated blindly: see
// [EffectOf].
type Funds interface {
	// GrantCustomer gives cash of the payer to a resale customer of his.
	GrantCustomer(ctx context.Context, payer Account, customerID string, amount Fen) (Receipt, error)
	// ReclaimCustomer takes granted cash back to the payer.
	ReclaimCustomer(ctx context.Context, payer Account, customerID string, amount Fen) (Receipt, error)
	// GrantReseller gives cash of the operator to a reseller. Distributors only.
	GrantReseller(ctx context.Context, to Account, amount Fen) (Receipt, error)
	// ReclaimReseller takes cash back from a reseller. Distributors only.
	ReclaimReseller(ctx context.Context, from Account, amount Fen) (Receipt, error)
}

// AdjustmentKind says what an adjustment record records.
type AdjustmentKind string

// Kinds of adjustments (partner API sheet, section 3.5, 2026-11-20).
const (
	Granted   AdjustmentKind = "SOURCE_OPERATION_BEADJUST"
	Reclaimed AdjustmentKind = "SOURCE_OPERATION_BERETRIEVE"
	Unbound   AdjustmentKind = "SOURCE_OPERATION_BEUNBIND" // automatic, when an association ends
)

// Adjustment is one record of cash granted or taken back.
type Adjustment struct {
	TransID      string
	CustomerID   string // a customer or a reseller
	CustomerName string
	Kind         AdjustmentKind
	Amount       Fen
	At           time.Time // UTC
	Scene        string
	Memo         string
}

// AdjustmentQuery narrows adjustment records; zero fields do not narrow.
type AdjustmentQuery struct {
	CustomerID string // a customer, or a reseller of a distributor
	Kind       AdjustmentKind
	From, To   time.Time // UTC
	TransID    string
	Most       int
}

// BalanceSide chooses the account of a statement; it must be given.
type BalanceSide string

// Sides of a statement (partner API sheet, section 3.6, 2026-11-20).
const (
	CashSide   BalanceSide = "BALANCE_TYPE_DEBIT"
	CreditSide BalanceSide = "BALANCE_TYPE_CREDIT"
)

// StatementQuery narrows an account statement. The center works in days of
// UTC+8 and takes one year back when From is zero.
type StatementQuery struct {
	Side     BalanceSide
	Trade    string    // trade type as the center spells it, e.g. RECHARGE, BEADJUST; empty means all
	From, To time.Time // only their day in UTC+8 counts
	Most     int
}

// StatementRow is one line of an account statement.
type StatementRow struct {
	ID         string
	Detail     string // detail type, as the center spells it
	At         time.Time
	TradeID    string
	Change     Fen
	After      Fen
	Income     bool
	CustomerID string // only for grants, reclaims and unbinding
	Account    string
}

// Records lists what happened to cash.
type Records interface {
	// Adjustments yields grants and reclaims. Asking for somebody else's customer
	// yields nothing, without an error.
	Adjustments(ctx context.Context, of Account, q AdjustmentQuery) iter.Seq2[Adjustment, error]
	// Statement yields the account statement.
	Statement(ctx context.Context, of Account, q StatementQuery) iter.Seq2[StatementRow, error]
}
