package money

import (
	"slices"
	"strconv"
	"time"

	"partnerdesk/bot"
	"partnerdesk/bot/lang"
	"partnerdesk/handlers/partner"
)

// Request is what a reseller's person asks of the distributor: cash or a quota
// of coupons. It moves nothing and holds nothing of the distributor's: limits and
// sources are the distributor's own and nobody else learns of them. What an
// approver's click makes of it is an [Operation] in the distributor's books, held
// against everything any other one is, see [Carry].
//
// The requester works for the other side, so a request is never carried out
// alone, whatever the threshold; its approver is the second person. A reseller's
// person never approves one.
type Request struct {
	Team    string
	ID      string // e.g. RQ-7F3KQ, unique in the team
	Rev     int    // counts up with every change; a click names the one it saw
	Seed    string // the delivery it was made from
	Kind    Kind   // GrantReseller or GiveQuota
	Account bot.Account
	Name    string // of the reseller, as the distributor sees it
	Amount  partner.Fen
	Flexi   bool   // of a quota: for flexi-purchase coupons, not vouchers
	Reason  string // the requester's words

	Requester      bot.PersonID
	RequesterRoles []bot.Role // at submission
	RequesterFrom  []string   // which grant gave them
	Lang           lang.Tag   // the requester's
	Place          bot.Place  // where receipts go; no channel means as a direct message
	CouldApprove   int        // how many could approve when it was submitted
	Decider        bot.PersonID
	DeciderRoles   []bot.Role // at the click
	DeciderFrom    []string   // which grant gave them
	DeciderLang    lang.Tag
	Decided        time.Time // UTC
	Why            string    // why it was declined, in the decider's words
	Operation      string    // the operation that carries it out
	State          State     // Awaiting: the distributor; from the approval on that of the operation
	Fault          string    // catalog key of why nothing moved
	Created        time.Time // UTC
	Changed        time.Time // UTC
	Submitted      time.Time // UTC
	Expires        time.Time // UTC; meaningful before it is decided
	Settled        time.Time // UTC; when it was over
	Nudges         []Nudge   // reminders given while it waits
	Shown          int       // the rev that cards were last brought up to
}

// MostWaiting is how many requests one reseller can have waiting.
const MostWaiting = 10

// MaxReason is how long a reason is kept, in runes.
const MaxReason = 200

// Wishes is what one account has waiting, by request: the same thing is not asked
// for twice.
type Wishes struct{ Waiting map[string]Wish }

// Wish is what one request that waits asks for.
type Wish struct {
	Kind   Kind
	Amount partner.Fen
	Flexi  bool
}

func (r Request) wish() Wish { return Wish{Kind: r.Kind, Amount: r.Amount, Flexi: r.Flexi} }

func (a Wishes) put(r Request) Wishes {
	next := map[string]Wish{r.ID: r.wish()}
	for id, w := range a.Waiting {
		next[id] = w
	}
	return Wishes{next}
}

func (a Wishes) drop(id string) Wishes {
	next := map[string]Wish{}
	for k, w := range a.Waiting {
		if k != id {
			next[k] = w
		}
	}
	return Wishes{next}
}

// Live says that a worker still has to look at the request: it may expire, or
// its cards are behind.
func (r Request) Live() bool { return !r.State.Final() || r.Shown < r.Rev }

// NewRequest makes a draft, which only its requester sees. The id is the
// caller's.
func NewRequest(r Request, now time.Time) (Request, error) {
	if err := r.Check(); err != nil {
		return r, err
	}
	r.State, r.Rev, r.Created, r.Changed = Draft, 1, now.UTC(), now.UTC()
	r.Expires, r.Shown = now.Add(draftFor).UTC(), 1
	return r, nil
}

// Check says what is wrong with a request in itself.
func (r Request) Check() error {
	switch {
	case r.Kind != GrantReseller && r.Kind != GiveQuota, r.Flexi && r.Kind != GiveQuota:
		return bot.User("money.no.kind")
	case r.Account.ResellerID() == "":
		return bot.User("request.no.account")
	case r.Amount <= 0 || r.Amount > MaxAmount:
		return bot.User("money.no.amount")
	}
	return nil
}

func (r Request) at(rev int, states ...State) error {
	if !slices.Contains(states, r.State) {
		return bot.User("request.no.state."+string(r.State), "id", r.ID)
	}
	if rev != r.Rev {
		return bot.User("money.no.outdated", "id", r.ID)
	}
	return nil
}

func (r Request) moved(s State, now time.Time) Request {
	r.State, r.Rev, r.Changed = s, r.Rev+1, now.UTC()
	return r
}

// Submit puts a draft before the distributor's approvers. What is refused here
// says nothing of the distributor but that nobody could approve.
func (r Request) Submit(who bot.PersonID, rev int, a Wishes, f Facts, p Policy, now time.Time) (Request, Wishes, error) {
	p = p.Full()
	if err := r.at(rev, Draft); err != nil {
		return r, a, err
	}
	switch {
	case who != r.Requester:
		return r, a, bot.User("money.no.not_yours", "id", r.ID)
	case !f.Requests:
		return r, a, bot.User("request.no.requester")
	case !now.Before(r.Expires):
		return r, a, bot.User("request.no.state.expired", "id", r.ID)
	case len(a.Waiting) >= MostWaiting:
		return r, a, bot.User("request.no.waiting", "most", strconv.Itoa(MostWaiting))
	}
	if err := r.Check(); err != nil {
		return r, a, err
	}
	for id, w := range a.Waiting {
		if w == r.wish() {
			return r, a, bot.User("request.no.twin", "id", id)
		}
	}
	if f.people(r.operation()) != nil {
		return r, a, bot.User("request.no.approvers")
	}
	r = r.moved(Awaiting, now)
	r.Submitted, r.Expires, r.CouldApprove = now.UTC(), now.Add(p.Decide).UTC(), len(f.Approvers)
	return r, a.put(r), nil
}

// decides checks who may decide about a request that waits: somebody who can
// approve in the distributor's name, and did not ask.
func (r Request) decides(who bot.PersonID, rev int, f Facts, now time.Time) error {
	if err := r.at(rev, Awaiting); err != nil {
		return err
	}
	if err := f.decider(who, r.Requester, r.ID); err != nil {
		return err
	}
	if !now.Before(r.Expires) {
		return bot.User("request.no.state.expired", "id", r.ID)
	}
	return nil
}

// approve is the request as approved; [Carry] makes the operation along with it.
func (r Request) approve(who Approval, rev int, operation string, now time.Time) (Request, error) {
	if err := r.decides(who.Who, rev, who.Facts, now); err != nil {
		return r, err
	}
	r = r.moved(Reserved, now)
	r.Decider, r.DeciderRoles, r.DeciderFrom, r.DeciderLang, r.Decided, r.Operation = who.Who, who.Roles, who.From, who.Lang, now.UTC(), operation
	return r, nil
}

// Decline ends a request that waits, with the approver's reason.
func (r Request) Decline(who bot.PersonID, rev int, reason string, a Wishes, f Facts, now time.Time) (Request, Wishes, error) {
	if err := r.decides(who, rev, f, now); err != nil {
		return r, a, err
	}
	if reason == "" {
		return r, a, bot.User("money.no.reason")
	}
	r = r.over(Refused, now)
	r.Decider, r.Why, r.Fault, r.Decided = who, reason, "request.fault.declined", now.UTC()
	return r, a.drop(r.ID), nil
}

// Withdraw takes back what nobody has decided about; only who asked can.
func (r Request) Withdraw(who bot.PersonID, rev int, a Wishes, now time.Time) (Request, Wishes, error) {
	if err := r.at(rev, Draft, Awaiting); err != nil {
		return r, a, err
	}
	if who != r.Requester {
		return r, a, bot.User("money.no.not_yours", "id", r.ID)
	}
	wasDraft := r.State == Draft
	r = r.over(Cancelled, now)
	if wasDraft {
		r.Shown = r.Rev // nobody has a card of it
	}
	return r, a.drop(r.ID), nil
}

// Expire ends what nobody decided in time; ok is false when it is not time.
func (r Request) Expire(a Wishes, now time.Time) (after Request, wishes Wishes, ok bool) {
	if r.State != Draft && r.State != Awaiting || now.Before(r.Expires) {
		return r, a, false
	}
	wasDraft := r.State == Draft
	r = r.over(Expired, now)
	if wasDraft {
		r.Shown = r.Rev
	}
	return r, a.drop(r.ID), true
}

func (r Request) over(s State, now time.Time) Request {
	r = r.moved(s, now)
	r.Settled = now.UTC()
	return r
}

// follow takes over what became of the operation that carries the request out.
func (r Request) follow(o Operation) Request {
	if r.State == o.State || o.State == Draft || o.State == Awaiting {
		return r
	}
	r = r.moved(o.State, o.Changed)
	r.Fault = o.Fault
	if o.State.Final() {
		r.Settled = o.Changed
	}
	return r
}

// operation is what carries the request out, in the distributor's books.
func (r Request) operation() Operation {
	return Operation{
		Team: r.Team, Seed: "request/" + r.ID, Kind: r.Kind, Account: bot.Operator(), Amount: r.Amount, Request: r.ID,
		Parties: []Party{{ID: r.Account.ResellerID(), Name: r.Name}}, Remark: r.Reason,
		Requester: r.Requester, RequesterRoles: r.RequesterRoles, RequesterFrom: r.RequesterFrom, Lang: r.Lang, Place: r.Place,
	}
}

// Waiting is the request as an operation that waits for approval, for what is the
// same of both: when who is reminded of it. It is never kept.
func (r Request) Waiting() Operation {
	o := r.operation()
	o.ID, o.Rev, o.State, o.Changed, o.Expires, o.Nudges = r.ID, r.Rev, r.State, r.Submitted, r.Expires, r.Nudges
	return o
}

// Nudged records a reminder. The revision stays: a click still means what was
// seen.
func (r Request) Nudged(s Step, now time.Time) Request {
	r.Nudges = append(slices.Clone(r.Nudges), Nudge{s, now.UTC()})
	return r
}

// Would is the operation that a quota of the distributor's would carry the
// request out with; for looking at the source before anybody decides.
func (r Request) Would(quota string) Operation {
	o := r.operation()
	o.Quota = quota
	return o
}
