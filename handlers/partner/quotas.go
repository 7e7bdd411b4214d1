package partner

import (
	"context"
	"iter"
	"time"
)

// QuotaType is what coupons a quota is for. It is not the coupon's type code.
type QuotaType int

// Quota types (partner API sheet, section 4, 2026-11-20).
const (
	VoucherQuota QuotaType = 0 // 代金券额度
	FlexiQuota   QuotaType = 1 // 现金券额度
)

// QuotaStatus is the state of a quota.
type QuotaStatus int

// Quota states (partner API sheet, sections 4.2 and 4.8, 2026-11-20).
const (
	QuotaNormal    QuotaStatus = 0
	QuotaVoid      QuotaStatus = 3 // expired or set void
	QuotaAdjusting QuotaStatus = 4 // visible, cannot issue
	QuotaFrozen    QuotaStatus = 5
	QuotaReclaimed QuotaStatus = 6 // given quotas only
)

// Quota is a right to issue coupons.
type Quota struct {
	ID       string
	Type     QuotaType
	Status   QuotaStatus
	Value    Fen // granted
	Balance  Fen // left
	Created  time.Time
	Updated  time.Time
	From, To time.Time // validity
	Limits   []Limit

	// The fields below are set for quotas given to resellers only.
	Reseller     Account
	ResellerName string
	ParentID     string
}

// Limit is one restriction of a quota or a coupon, as the center states it.
type Limit struct {
	Key    string // e.g. productId, cycleType
	Values []LimitValue
}

// LimitValue is one value of a limit; Name is often empty.
type LimitValue struct{ Value, Name string }

// QuotaQuery narrows quotas; zero fields do not narrow, but the type: the center
// lists one type at a time.
type QuotaQuery struct {
	IDs                  []string // at most 50
	Status               []QuotaStatus
	Type                 QuotaType
	ExpireFrom, ExpireTo time.Time
	Most                 int
}

// Limits of quota calls (partner API sheet, sections 4.2, 4.6 and 4.7, 2026-11-20).
const (
	MaxQuotaIDs     = 50
	MaxResellers    = 100 // of one gift
	MaxQuotaReclaim = 10  // quotas in one reclaim
	MaxRemark       = 256 // characters of a reclaim's remark
)

// QuotaGift gives part of the operator's quota to resellers.
type QuotaGift struct {
	QuotaID   string
	Resellers []Account // at most 100
	Amount    Fen       // for each of them
}

// QuotaResult is what a batch over quotas did, one by one.
type QuotaResult struct {
	Done     []QuotaDone
	Failed   []Failure // ID is the reseller (gift) or the quota (reclaim)
	Missing  []string  // asked, but mentioned neither way: unknown
	SignedAt time.Time
}

// QuotaDone is one quota given or taken back.
type QuotaDone struct {
	ID      string  // the new quota (gift) or the reclaimed one
	To      Account // gift only
	Balance Fen     // reclaim only: what is left of the quota
}

// Failure is one part of a batch that was refused while others may have worked.
type Failure struct {
	ID      string
	Class   Class
	Code    string
	Message string // the center's own, for admins
}

// Key is the catalog key of the text a person reads.
func (f Failure) Key() string { return (&Error{Class: f.Class, Code: f.Code}).Key() }

// GivenQuery narrows quotas given to resellers.
type GivenQuery struct {
	QuotaID, ParentID string
	Reseller          Account
	Most              int
}

// QuotaRecord is one line of the log of gifts and reclaims.
type QuotaRecord struct {
	ID           string
	Operator     string // login
	Give         bool   // false: reclaim
	QuotaID      string
	ParentID     string
	Amount       Fen
	At           time.Time
	Succeeded    bool
	Reseller     Account
	ResellerName string
	Remark       string
}

// QuotaLogQuery narrows the log.
type QuotaLogQuery struct {
	QuotaID, ParentID string
	Reseller          Account
	From, To          time.Time
	Most              int
}

// Quotas lists the quotas of an account.
type Quotas interface {
	// Quotas yields the quotas of the operator or of one of its resellers.
	Quotas(ctx context.Context, of Account, q QuotaQuery) iter.Seq2[Quota, error]
}

// ResellerQuotas moves quotas between a distributor and its resellers.
type ResellerQuotas interface {
	GiveQuota(ctx context.Context, g QuotaGift) (QuotaResult, error)
	// ReclaimQuotas takes up to 10 quotas back; remark can carry our reference.
	ReclaimQuotas(ctx context.Context, ids []string, remark string) (QuotaResult, error)
	GivenQuotas(ctx context.Context, q GivenQuery) iter.Seq2[Quota, error]
	QuotaLog(ctx context.Context, q QuotaLogQuery) iter.Seq2[QuotaRecord, error]
}
