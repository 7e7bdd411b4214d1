// Package money holds the rules by which value moves at the partner center: how
// an operation goes from a draft to a receipt, who may push it on, what it
// reserves, what a result means and what an unknown one needs. It reads no clock,
// does no I/O and never calls anybody: a transition takes rows and facts and
// returns rows.
//
// The promises it keeps, whatever is clicked, restarted or raced:
//
//   - Above the threshold nobody moves value alone: somebody who asked for an
//     operation is never the one who approves it.
//   - An operation causes at most one call, and an unknown outcome is never
//     called again; a record at the partner center explains one operation only.
//   - What is on its way is reserved, so that limits and quotas hold for all
//     operations together.
package money

import (
	"slices"
	"time"

	"partnerdesk/bot"
	"partnerdesk/bot/lang"
	"partnerdesk/handlers/partner"
)

// Kind is what an operation does; its words are those of [partner.Operations].
type Kind string

// The kinds of operation.
const (
	IssueCoupon     Kind = "coupon-issue"     // 下发代金券
	ReclaimCoupon   Kind = "coupon-reclaim"   // 回收代金券
	GrantCustomer   Kind = "customer-grant"   // 向客户拨款
	ReclaimCustomer Kind = "customer-reclaim" // 回收客户拨款
	GrantReseller   Kind = "reseller-grant"   // 向云经销商拨款
	ReclaimReseller Kind = "reseller-reclaim" // 回收云经销商拨款
	GiveQuota       Kind = "quota-give"       // 发放代金券额度
	ReclaimQuota    Kind = "quota-reclaim"    // 回收代金券额度
)

// Kinds lists them.
func Kinds() []Kind {
	return []Kind{IssueCoupon, ReclaimCoupon, GrantCustomer, ReclaimCustomer, GrantReseller, ReclaimReseller, GiveQuota, ReclaimQuota}
}

// Reseller says that the other side is a reseller of the operator.
func (k Kind) Reseller() bool {
	return k == GrantReseller || k == ReclaimReseller || k == GiveQuota || k == ReclaimQuota
}

// Whole says that the call takes all there is, whatever that is by then: it
// carries no amount.
func (k Kind) Whole() bool { return k == ReclaimCoupon || k == ReclaimQuota }

// Coupon says that the operation is about coupons or their quotas, not cash.
func (k Kind) Coupon() bool {
	return k == IssueCoupon || k == ReclaimCoupon || k == GiveQuota || k == ReclaimQuota
}

// State is where an operation stands.
type State string

// The states.
const (
	Draft     State = "draft"             // previewed to who asks for it, nothing reserved
	Awaiting  State = "awaiting_approval" // reserved, waits for a second person
	Reserved  State = "reserved"          // may be sent; waits for the worker
	Sending   State = "sending"           // the call may be under way
	Done      State = "done"              // for at least one party
	Refused   State = "refused"           // by the partner center, an approver or a check; nothing moved
	Unknown   State = "unknown"           // nobody knows 待核对; never sent again
	Cancelled State = "cancelled"         // withdrawn by who asked for it
	Expired   State = "expired"           // nobody decided in time
)

// Final says that nothing happens to an operation any more.
func (s State) Final() bool {
	return s == Done || s == Refused || s == Cancelled || s == Expired
}

// Result is what is known of one party of an operation.
type Result string

// The results.
const (
	Pending  Result = ""         // not decided
	OK       Result = "done"     // it has the value; Record says which record proves it
	Failed   Result = "failed"   // nothing happened, Fault says why
	InDoubt  Result = "unknown"  // nobody knows
	Released Result = "released" // a person judged by the evidence that nothing happened
)

// Party is one counterparty of an operation and what came of it.
type Party struct {
	ID     string // customer id or reseller id
	Name   string // as shown; personal data when the customer is a person
	Result Result
	Record string // the claim that proves OK, e.g. trans/TR2026…; see [ClaimOf]
	Fault  string // catalog key, with Failed
}

// MaxParties is how many parties one operation takes: all records of a result
// are claimed in one transaction, which is small (package kv).
const MaxParties = 30

// MaxAmount bounds one party's amount, CNY 10 billion: far above anything real,
// far below an overflow of the sum.
const MaxAmount = partner.Fen(1e12)

// Operation is one call at the partner center that moves value, from the wish to
// the proof.
type Operation struct {
	Team    string
	ID      string // e.g. MO-7F3KQ, unique in the team; travels as our reference where the call carries one
	Rev     int    // counts up with every change; a click names the one it saw
	Seed    string // the delivery it was made from
	Kind    Kind
	Account bot.Account // whose books: who pays, owns the quota or gets the value back
	Parties []Party
	Amount  partner.Fen // for each party; of a whole reclaim what was there at the preview

	Quota    string    // quota id: the source of coupons and gifts, or the quota taken back
	Coupon   string    // coupon id, of a coupon reclaim
	From, To time.Time // validity of coupons, UTC; zero inherits the quota's
	Services []string  // service type codes that coupons are for; empty inherits the quota's
	Products []string  // product ids, the same way
	Remark   string    // the requester's words, without our reference
	List     string    // the list it carries out a part of; empty: it stands alone

	Seen Preview // what both people saw

	Requester      bot.PersonID
	RequesterRoles []bot.Role // at submission
	Lang           lang.Tag   // the requester's
	Place          bot.Place  // where receipts go; no channel means as a direct message
	Approver       bot.PersonID
	ApproverRoles  []bot.Role // at the click
	ApproverLang   lang.Tag
	Approved       time.Time // UTC
	Alone          bool      // stayed under the threshold, so no second person was needed
	CouldApprove   int       // how many could approve when it was submitted
	Decider        bot.PersonID
	Reason         string // why it was declined or released, in that person's words
	Policy         string // revision of the policy it was last checked under
	State          State
	Fault          string    // catalog key of why it was refused as a whole
	Day            string    // Shanghai day on which it is reserved; empty: not reserved
	Created        time.Time // UTC
	Changed        time.Time // UTC
	Expires        time.Time // UTC; meaningful before it is sent
	Started        time.Time // UTC; before the call was made
	Signed         time.Time // UTC; when the request was signed, zero when nobody knows
	Snapshot       []string  // claims of matching records that were there before the call
	Candidates     []string  // with Unknown: records that could be its effect, more than one
	Looks          int       // how often an unknown outcome was looked for
	Looked         time.Time // UTC
	Again          string    // the operation that tries the failed parties once more
	Request        string    // the reseller's request that it carries out, see [Request]
	Shown          int       // the rev that cards were last brought up to
	Works          int       // calls made; never above 1
	Settled        time.Time // UTC; when the outcome became known
	Watch          time.Time // UTC; until then a late effect of released parties is looked for; zero: none is
	Late           time.Time // UTC; when an effect appeared after the release; zero: none did
	Restored       time.Time // UTC; when it came out of a backup before it was over; zero: it did not
	Center         string    // the partner center's account that the desk works with, see handlers.Money
	RequesterFrom  []string  // what gave the requester the roles, at submission: role<grant
	ApproverFrom   []string  // what gave the approver the roles, at the click
	Nudges         []Nudge   // reminders given while it waited
}

// Preview is what both people saw before they decided.
type Preview struct {
	Available partner.Fen // what the source held
	Known     bool        // Available is known
	Ends      time.Time   // when the source or the coupon ends, UTC; zero: does not apply
	At        time.Time   // UTC; when it was read
	Source    string      // name of the source, as shown
}

// Asker is the account whose person asked: the operation's own, or the reseller
// whose request it carries out.
func (o Operation) Asker() bot.Account {
	if o.Request != "" && o.Kind.Reseller() && len(o.Parties) > 0 {
		return bot.Reseller(o.Parties[0].ID)
	}
	return o.Account
}

// Total is what the operation moves if all goes well.
func (o Operation) Total() partner.Fen { return o.Amount * partner.Fen(len(o.Parties)) }

// Moved is what it has moved for certain.
func (o Operation) Moved() partner.Fen {
	return o.Amount * partner.Fen(o.count(OK))
}

func (o Operation) count(r Result) (n int) {
	for _, p := range o.Parties {
		if p.Result == r {
			n++
		}
	}
	return n
}

// With returns the parties with a result.
func (o Operation) With(r Result) []Party {
	return slices.DeleteFunc(slices.Clone(o.Parties), func(p Party) bool { return p.Result != r })
}

// Partial says that some parties have their value and others were refused.
func (o Operation) Partial() bool {
	return o.State == Done && o.count(OK) < len(o.Parties)
}

// Live says that a worker still has to look at the operation: it may expire, has
// to be sent or reconciled, its cards are behind, or a late effect is looked for.
func (o Operation) Live() bool { return !o.State.Final() || o.Shown < o.Rev || o.Watched() }

// Source names what the operation draws on: operations with the same source
// share what it holds.
func (o Operation) Source() string {
	switch o.Kind {
	case IssueCoupon, GiveQuota, ReclaimQuota:
		return "quota/" + o.Quota
	case ReclaimCoupon:
		return "coupon/" + o.Coupon
	case ReclaimCustomer:
		return "customer/" + o.Parties[0].ID
	case ReclaimReseller:
		return "cash/reseller:" + o.Parties[0].ID
	}
	return "cash/" + o.Account.String()
}

// Reference is what stands in a remark where the call carries one.
func (o Operation) Reference() string { return "[" + o.ID + "]" }

// Memo is the remark as it is sent, at most most characters.
func (o Operation) Memo(most int) string {
	r := []rune(o.Reference() + " " + o.Remark)
	if len(r) > most {
		r = r[:most]
	}
	if o.Remark == "" {
		return o.Reference()
	}
	return string(r)
}
