package partner

import (
	"context"
	"iter"
	"slices"
	"time"
)

// CaseStatus is the state of a Huawei case 华为云工单; unknown numbers stay as
// they are.
type CaseStatus int

// Case states (partner API sheet, section 6.1, 2026-11-20).
const (
	CaseWaiting    CaseStatus = 0  // 待受理
	CaseInProgress CaseStatus = 1  // 处理中
	CaseConfirm    CaseStatus = 2  // 待确认结果
	CaseFinished   CaseStatus = 3  // 已完成
	CaseCancelled  CaseStatus = 4  // 已撤销
	CaseSuspended  CaseStatus = 5  // 暂停
	CaseInvalid    CaseStatus = 12 // 无效
	CaseDeleted    CaseStatus = 13 // 已删除
	CaseFeedback   CaseStatus = 17 // 待反馈: the customer must answer
)

// Final says that nothing more will happen to the case.
func (s CaseStatus) Final() bool {
	return slices.Contains([]CaseStatus{CaseFinished, CaseCancelled, CaseInvalid, CaseDeleted}, s)
}

// CaseAction is what a person may do to a case.
type CaseAction string

// Case actions (partner API sheet, section 6.6, 2026-11-20). Deleting is not
// offered.
const (
	CancelCase CaseAction = "cancel" // 撤销
	CloseCase  CaseAction = "close"  // 关闭
	UrgeCase   CaseAction = "press"  // 催单
)

// Allowed says whether the action fits the state, by the rules of the console.
func (a CaseAction) Allowed(in CaseStatus) bool {
	switch a {
	case CancelCase:
		return in == CaseWaiting
	case CloseCase:
		return in == CaseInProgress || in == CaseConfirm || in == CaseFeedback
	case UrgeCase:
		return in == CaseWaiting || in == CaseInProgress
	}
	return false
}

// Limits of case calls (partner API sheet, sections 6.2 to 6.7, 2026-11-20).
// MaxReply is not published; it is the length of the sibling text fields.
const (
	MaxDescription  = 1200
	MaxReply        = 400
	MaxComment      = 400
	MaxAttachments  = 5
	MaxSearchWords  = 3
	FaultCase       = "5" // case type of a problem type that needs a region
	ConsultCase     = "0"
	AnyTimeReminder = "0"
)

// CaseCategory is a sub-category of cases with its products.
type CaseCategory struct {
	ID, Name string
	Products []CaseProduct
}

// CaseProduct is a product type a case can be about.
type CaseProduct struct{ ID, Name, Description string }

// CaseProblem is a problem type; Type decides whether a region is required.
type CaseProblem struct{ ID, Name, Type string }

// CaseSeverities lists severities; one must be chosen when Show is true.
type CaseSeverities struct {
	Show bool
	List []Named
}

// Named is an id with the name people read, in the language asked for.
type Named struct{ ID, Name string }

// CaseExtra is one extra parameter that a problem type asks for.
type CaseExtra struct {
	Key, Name, Description, Tips string
	Type                         int
	Required, Shown, Sensitive   bool
	Length                       int
	Default, Choices             string
}

// CaseQuota is how many cases of a type may be opened.
type CaseQuota struct{ Total, Unused int }

// AttachmentLimits bound what can be attached; read them live.
type AttachmentLimits struct {
	Count int
	Bytes int64
	Types []string // extensions without dot, lower case
}

// CaseRequest asks for a new case. Strip secrets before filling it.
type CaseRequest struct {
	ProblemID   string // problem type
	CategoryID  string // sub-category; may be empty
	ProductID   string
	RegionID    string // required for faults
	SeverityID  string // required where severities are shown
	Description string // at most 1200 characters
	Extras      map[string]string
	Attachments []string // ids, at most 5
	Phone, Area string   // only registered contacts work without a code
	Mail        string
	RemindAt    string // AnyTimeReminder or a window such as 09:00-18:00
}

// CaseSummary is a case in a list.
type CaseSummary struct {
	ID           string
	Status       CaseStatus
	Problem      string
	Category     string
	Product      string
	Region       string
	Description  string
	Resolution   string
	Created      time.Time
	Confirmed    time.Time
	CustomerID   string
	CustomerName string
}

// CaseDetail is a case with what was said so far.
type CaseDetail struct {
	CaseSummary
	Severity string
	Comment  string
	Messages []CaseMessage
}

// CaseMessage is one message of a case.
type CaseMessage struct {
	ID          string // may be empty; then time and content tell messages apart
	FromHuawei  bool   // an engineer, not the customer
	Author      string
	Content     string // untrusted text
	At          time.Time
	First       bool
	Attachments []Named
}

// CaseQuery narrows cases; zero fields do not narrow.
type CaseQuery struct {
	Words      []string // at most 3, 64 characters each; matched against the description
	ID         string
	Status     []CaseStatus
	From, To   time.Time
	CustomerID string
	Most       int
}

// CaseCatalogue lists what a case form needs; keep it for a day.
type CaseCatalogue interface {
	CaseCategories(ctx context.Context) ([]CaseCategory, error)
	CaseProblems(ctx context.Context, productID string) ([]CaseProblem, error)
	CaseSeverities(ctx context.Context, productID, problemID string) (CaseSeverities, error)
	CaseRegions(ctx context.Context) ([]Named, error)
	CaseExtras(ctx context.Context, problemID, categoryID, productID string) ([]CaseExtra, error)
	CaseQuota(ctx context.Context, problemID, productID string) (CaseQuota, error)
	AttachmentLimits(ctx context.Context) (AttachmentLimits, error)
}

// CaseRights answers what the account may do with cases.
type CaseRights interface {
	// CaseAgreement says whether the newest ticket agreement is signed. Signing it
	// is for a person at the console.
	CaseAgreement(ctx context.Context) (bool, error)
	MayCreateCases(ctx context.Context) (bool, error)
	MayProcessCustomerCases(ctx context.Context) (bool, error)
}

// Cases opens and follows Huawei cases. Writes have no idempotency key: put a
// reference into the description and reconcile an unknown outcome by listing.
type Cases interface {
	CreateCase(ctx context.Context, r CaseRequest) (Receipt, error)
	Cases(ctx context.Context, q CaseQuery) iter.Seq2[CaseSummary, error]
	Case(ctx context.Context, id string) (CaseDetail, error)
	CaseStatus(ctx context.Context, id string) (CaseStatus, error)
	CaseMessages(ctx context.Context, id string) iter.Seq2[CaseMessage, error]
	ReplyCase(ctx context.Context, id, text string, attachments []string) (Receipt, error)
	ActOnCase(ctx context.Context, id string, do CaseAction, comment string) (Receipt, error)
	// Attach uploads one file for a new case or for a reply; the receipt's ID is
	// the attachment id.
	Attach(ctx context.Context, name string, data []byte, forReply bool) (Receipt, error)
}
