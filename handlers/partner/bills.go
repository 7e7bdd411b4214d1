package partner

import (
	"context"
	"fmt"
	"iter"
	"time"
)

// Month is a bill cycle of the center, a month of UTC+8.
type Month struct {
	Year  int
	Month time.Month
}

// String writes YYYY-MM.
func (m Month) String() string { return fmt.Sprintf("%04d-%02d", m.Year, int(m.Month)) }

// Decimal is an amount of a bill or a usage: plain decimal digits with as many
// decimals as the center sent; empty when it sent none. Never computed with.
type Decimal string

// Consumption is one line of what a customer used. Amounts are in yuan.
type Consumption struct {
	ID                   string
	Cycle                string
	CustomerID           string
	Association          Association
	ServiceCode, Service string
	ResourceID, Resource string
	ResourceType         string
	Region               string
	Product              string
	ChargingMode         int // 1 subscription, 3 pay-per-use, 10 reserved instance, 11 savings plan
	Detail               int // bill detail type
	TradeID              string
	TradeTime            time.Time
	ConsumeTime          time.Time
	Usage                Decimal
	UsageType            string
	UsageMeasure         int
	Official             Decimal // list price
	Discount             Decimal
	Payment              Decimal // payable
	Cash, Credit, Coupon Decimal
	Flexi, Debt          Decimal
}

// ConsumptionQuery names the customer and the month; both are required.
type ConsumptionQuery struct {
	Cycle      Month
	CustomerID string
	Service    string // service type code
	Region     string
	Mode       int
	FromDay    string // YYYY-MM-DD inside the cycle; both days or none
	ToDay      string
	Most       int
}

// MonthlySum is what a resale customer spent on one resource type in a month.
type MonthlySum struct {
	CustomerID           string
	ServiceCode, Service string
	ResourceType         string
	BillType             int // 0 consumption, 1 unsubscribe, 2 write-off
	Mode                 int // charge mode
	Amount, Debt         Decimal
	Adjustment, Discount Decimal
	Parts                []MonthlyPart
}

// MonthlyPart says from which account how much of a sum came.
type MonthlyPart struct {
	Side   string // BALANCE_TYPE_…
	Amount Decimal
}

// MonthlyQuery names the month. Data goes up to the previous day.
type MonthlyQuery struct {
	Cycle      Month
	CustomerID string
	Modes      []int // charge modes; empty means all there are: 1, 3 and 11, one call each
	BillType   string
	Service    string
	Most       int // per mode
}

// Bills lists what customers spent.
type Bills interface {
	Consumption(ctx context.Context, of Account, q ConsumptionQuery) iter.Seq2[Consumption, error]
	// Consumers yields the ids of the customers that spent anything in the month.
	Consumers(ctx context.Context, m Month) iter.Seq2[string, error]
	Monthly(ctx context.Context, of Account, q MonthlyQuery) iter.Seq2[MonthlySum, error]
}

// ResourceType is a row of the catalogue.
type ResourceType struct{ Code, Name, Description, ServiceCode string }

// Catalogue lists names that change rarely; keep them for a day.
type Catalogue interface {
	ResourceTypes(ctx context.Context) iter.Seq2[ResourceType, error]
}

// ExpirePolicy says what becomes of a resource when its time is over.
type ExpirePolicy int

// Expiry policies (partner API sheet, section 7.5, 2026-11-20).
const (
	ExpireGrace      ExpirePolicy = 0
	ExpirePayPerUse  ExpirePolicy = 1
	ExpireAutoDelete ExpirePolicy = 2
	ExpireAutoRenew  ExpirePolicy = 3
	ExpireFreeze     ExpirePolicy = 4
	ExpireRetention  ExpirePolicy = 5
)

// ResourceStatus is the state of a subscribed resource.
type ResourceStatus int

// Resource states (partner API sheet, section 7.5, 2026-11-20).
const (
	ResourceInUse   ResourceStatus = 2
	ResourceClosed  ResourceStatus = 3
	ResourceFrozen  ResourceStatus = 4
	ResourceExpired ResourceStatus = 5
)

// Subscription is one yearly or monthly resource of a customer.
type Subscription struct {
	ID, ResourceID, Name string
	Region               string
	ServiceCode, Service string
	Type                 string
	Spec                 string
	Main                 bool
	Status               ResourceStatus
	From                 time.Time
	Expires              time.Time
	Policy               ExpirePolicy
	Project              string
}

// SubscriptionQuery narrows the resources of one customer, who must be named.
type SubscriptionQuery struct {
	CustomerID           string
	ResourceIDs          []string // at most 50
	OrderID              string
	OnlyMain             bool
	Status               []ResourceStatus
	ExpireFrom, ExpireTo time.Time
	Service              string
	Most                 int
}

// MaxResources is how many resource ids one call takes (partner API sheet,
// section 7.5, 2026-11-20).
const MaxResources = 50

// Subscriptions lists what will expire.
type Subscriptions interface {
	Subscriptions(ctx context.Context, q SubscriptionQuery) iter.Seq2[Subscription, error]
}

// RealNameResult is the result of a real-name review.
type RealNameResult struct {
	Filed   bool // false: no application was filed
	State   Verification
	Opinion string // only when rejected
}

// RealNames answers how far a customer's real-name verification is.
type RealNames interface {
	RealName(ctx context.Context, customerID string) (RealNameResult, error)
}
