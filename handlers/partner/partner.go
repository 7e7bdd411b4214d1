// Package partner is the partner center in words: what a balance, a customer, a
// coupon or a case is, which small interfaces the skills use, and what can go
// wrong. It knows no wire format, no host and no key; packages rest and sandbox
// do.
//
// Units and zones everywhere: money is [Fen] (CNY), or a decimal string in yuan
// where bills carry more than two decimals; times are UTC. Text for people is
// never here, only catalog keys (see [Error.Key] and [Keys]).
package partner

// Kind says what the operator is in the partner programme; it decides which
// calls exist at all.
type Kind string

// Kinds of operators. Only the first two hold rights at the partner center.
const (
	SolutionProvider Kind = "solution_provider" // 解决方案提供商
	Distributor      Kind = "distributor"       // 总经销商
	ResellerKind     Kind = "reseller"          // 云经销商
	Software         Kind = "software"
	Service          Kind = "service"
	Integrator       Kind = "si"
)

// Account says whose books a call looks into: the operator's own, or those of
// one of its resellers (the value is its indirect_partner_id, at most 64
// characters). Every call takes one, so that nobody reads across accounts by
// leaving something out.
type Account string

// Operator is the account of the operator itself.
const Operator Account = ""

// Association is the cooperation type of a customer. Grants, reclaims, balances,
// coupons and monthly sums exist for resale customers only.
type Association string

// Cooperation types (partner API sheet, section 0, 2026-11-20).
const (
	Referral Association = "1" // 顾问销售: the customer pays Huawei Cloud
	Resale   Association = "2" // 代售: the partner pays
)

// Verification is the state of a customer's real-name verification.
type Verification string

// Real-name states (partner API sheet, section 5.2, 2026-11-20).
const (
	NotVerified  Verification = "-1"
	UnderReview  Verification = "0"
	Rejected     Verification = "1"
	Verified     Verification = "2"
	UnknownState Verification = "" // the center did not say
)
