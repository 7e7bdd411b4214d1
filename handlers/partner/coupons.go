package partner

import (
	"context"
	"iter"
	"time"
)

// CouponType is what a coupon is. It is not the quota's type code.
type CouponType int

// Coupon types (partner API sheet, section 4, 2026-11-20).
const (
	Voucher CouponType = 1 // 代金券
	Flexi   CouponType = 4 // 现金券
)

// CouponStatus is the state of a coupon.
type CouponStatus int

// Coupon states (partner API sheet, section 4.3, 2026-11-20).
const (
	CouponInactive  CouponStatus = 1 // legacy
	CouponUsable    CouponStatus = 2
	CouponUsed      CouponStatus = 3
	CouponExpired   CouponStatus = 4
	CouponReclaimed CouponStatus = 5
)

// Limits of coupon calls (partner API sheet, section 4.1, 2026-11-20). MaxMemo is
// not published; it is the length of the sibling fields.
const (
	MaxCustomers = 100
	MaxMemo      = 64 // characters
	MaxServices  = 10 // service types or products
)

// Issue asks for one coupon for each customer out of one quota.
type Issue struct {
	QuotaID     string
	CustomerIDs []string // at most 100, resale customers
	FaceValue   Fen      // of each coupon
	From, To    time.Time
	Services    []string // service type codes; empty inherits the quota's
	Products    []string
	Memo        string // can carry our reference
}

// Issued is what a call to issue coupons did, customer by customer.
type Issued struct {
	Coupons  []IssuedCoupon
	Failed   []Failure // ID is the customer
	Missing  []string  // customers mentioned neither way: unknown
	SignedAt time.Time
}

// IssuedCoupon is one coupon that now exists.
type IssuedCoupon struct{ CustomerID, CouponID string }

// Coupon is a coupon in a customer's hands.
type Coupon struct {
	ID         string
	CustomerID string
	Type       CouponType
	Status     CouponStatus
	FaceValue  Fen
	Balance    Fen
	From, To   time.Time
	Created    time.Time
	LastUsed   time.Time
	OrderID    string
	Plan       string
	Frozen     bool
	Limits     []Limit
}

// CouponQuery narrows coupons; zero fields do not narrow.
type CouponQuery struct {
	ID, CustomerID, OrderID string
	Type                    CouponType
	Status                  CouponStatus
	CreatedFrom, CreatedTo  time.Time
	ExpireFrom, ExpireTo    time.Time
	Most                    int
}

// CouponOperation is what a line of the coupon log records.
type CouponOperation int

// Coupon operations (partner API sheet, section 4.5, 2026-11-20).
const (
	CouponIssue         CouponOperation = 1
	CouponReclaim       CouponOperation = 2
	CouponUnbind        CouponOperation = 3
	CouponExpiry        CouponOperation = 4
	CouponUnsubscribe   CouponOperation = 5
	CouponRefundUndone  CouponOperation = 6
	CouponAssociated    CouponOperation = 7
	CouponModeSwitch    CouponOperation = 8
	CouponResellerMoved CouponOperation = 9
)

// CouponRecord is one line of the coupon log.
type CouponRecord struct {
	ID         string
	Operation  CouponOperation
	QuotaID    string
	QuotaType  QuotaType
	CouponID   string
	CustomerID string
	Amount     Fen
	At         time.Time
	Succeeded  bool
	Remark     string
}

// CouponLogQuery narrows the coupon log.
type CouponLogQuery struct {
	Operations []CouponOperation // at most 8
	QuotaID    string
	CouponIDs  []string // at most 100
	CustomerID string
	From, To   time.Time
	Most       int
}

// Coupons issues, lists and reclaims coupons of resale customers.
type Coupons interface {
	// Issue sends one call. Read all three parts of the answer: some customers may
	// have their coupon while others were refused.
	Issue(ctx context.Context, of Account, i Issue) (Issued, error)
	Coupons(ctx context.Context, of Account, q CouponQuery) iter.Seq2[Coupon, error]
	// ReclaimCoupon takes the whole rest of one usable coupon back. A refusal that
	// says it is gone already may mean that an earlier, unknown attempt worked.
	ReclaimCoupon(ctx context.Context, of Account, couponID string) (Receipt, error)
	CouponLog(ctx context.Context, of Account, q CouponLogQuery) iter.Seq2[CouponRecord, error]
}
