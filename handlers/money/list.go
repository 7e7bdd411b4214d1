package money

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"partnerdesk/bot"
	"partnerdesk/bot/lang"
	"partnerdesk/handlers/partner"
)

// List is a table of parties and amounts that somebody uploaded: tried out
// without any effect, shown to both people as one, and carried out as operations
// of its own. A list always takes two people, whatever the threshold: a slip in a
// table is as long as the table.
type List struct {
	Team    string
	ID      string // e.g. ML-7F3KQ, unique in the team
	Rev     int    // counts up with every change a person can see
	Seed    string // the delivery it was made from
	Kind    Kind   // IssueCoupon, GrantCustomer or GrantReseller
	Account bot.Account

	Quota    string    // of coupons
	From, To time.Time // validity of coupons, UTC; zero inherits the quota's
	File     string    // its name, as the person gave it
	Digest   string    // of what it says, see [List.Sum]
	Same     string    // a list handed over before that says the same; both people are warned
	Rows     []Row
	Seen     Preview

	State          ListState
	Requester      bot.PersonID
	RequesterRoles []bot.Role
	Lang           lang.Tag // the requester's
	Approver       bot.PersonID
	ApproverRoles  []bot.Role // at the click
	ApproverLang   lang.Tag
	Approved       time.Time // UTC
	Reason         string    // why it was declined
	CouldApprove   int
	Again          string    // the list that tries the failed rows once more
	Shown          int       // the rev that cards were last brought up to
	Told           int       // the rev of which the result was last sent as a file
	Created        time.Time // UTC
	Changed        time.Time // UTC
	Expires        time.Time // UTC; of a draft and of one that waits
}

// Row is a line of the file.
type Row struct {
	Line      int    // in the file, 1-based
	Typed     string // what stood for the party
	Said      string // what stood for the amount
	Party     Party  // found; empty with a fault of the party
	Amount    partner.Fen
	Remark    string
	Field     string   // with a fault: party, amount, remark or row
	Fault     string   // catalog key; empty: the row can be carried out
	Args      []string // of Fault
	Operation string   // that carries it out
}

// ListState is where a list stands.
type ListState string

// The states.
const (
	ListDraft     ListState = "draft"
	ListSubmitted ListState = "submitted" // its operations are being reserved, one by one
	ListAwaiting  ListState = "awaiting_approval"
	ListApproved  ListState = "approved" // its operations are being sent, one by one
	ListDeclined  ListState = "declined"
	ListWithdrawn ListState = "withdrawn"
	ListOver      ListState = "over" // nothing happens any more: every operation has ended
)

// Limits of a list. The rows are bounded by what one account may ask for on a
// day ([MostADay], [MostSides]), since a list of grants is an operation a row.
const (
	MaxRows     = 200
	MaxListFile = 1 << 20 // bytes
)

// Good are the rows that can be carried out.
func (l List) Good() []Row {
	return slices.DeleteFunc(slices.Clone(l.Rows), func(r Row) bool { return r.Fault != "" })
}

// Bad are the rows with a fault.
func (l List) Bad() []Row {
	return slices.DeleteFunc(slices.Clone(l.Rows), func(r Row) bool { return r.Fault == "" })
}

// Total is what the good rows move together.
func (l List) Total() (sum partner.Fen) {
	for _, r := range l.Good() {
		sum += r.Amount
	}
	return sum
}

// Live says that a worker still has to look at the list.
func (l List) Live() bool {
	return l.State != ListOver || l.Shown < l.Rev
}

// Sum is a fingerprint of what a list says, whatever file it comes in: the same
// parties with the same amounts under the same kind and quota.
func (l List) Sum() string {
	lines := []string{string(l.Kind), l.Account.String(), l.Quota}
	for _, r := range l.Rows {
		id := r.Party.ID
		if id == "" {
			id = r.Typed
		}
		lines = append(lines, id+"="+strconv.FormatInt(int64(r.Amount), 10))
	}
	slices.Sort(lines[3:])
	sum := sha256.Sum256([]byte(strings.Join(lines, "\n")))
	return hex.EncodeToString(sum[:12])
}

// Twice marks rows that name the same party: which one is meant nobody can tell.
// key is the catalog key; its argument is the other lines.
func (l *List) Twice(key string) {
	lines := map[string][]string{}
	for _, r := range l.Rows {
		if r.Party.ID != "" {
			lines[r.Party.ID] = append(lines[r.Party.ID], strconv.Itoa(r.Line))
		}
	}
	for i := range l.Rows {
		r := &l.Rows[i]
		if all := lines[r.Party.ID]; r.Fault == "" && len(all) > 1 {
			r.Field, r.Fault, r.Args = "row", key, []string{"lines", strings.Join(all, ", ")}
		}
	}
}

// Group is the rows that one operation carries out, by their index.
type Group struct {
	Rows   []int
	Amount partner.Fen
	Remark string
}

// Groups splits the good rows into operations: coupons of one amount and remark
// go together, at most [MaxParties] of them and no more than one operation may
// move; a grant is one call each. The same list always splits the same way.
func (l List) Groups(perOperation partner.Fen) (list []Group) {
	open := map[string]int{}
	for i, r := range l.Rows {
		if r.Fault != "" {
			continue
		}
		key := fmt.Sprintf("%d|%s", r.Amount, r.Remark)
		if at, found := open[key]; found && l.Kind == IssueCoupon && len(list[at].Rows) < MaxParties && r.Amount*partner.Fen(len(list[at].Rows)+1) <= perOperation {
			list[at].Rows = append(list[at].Rows, i)
			continue
		}
		open[key] = len(list)
		list = append(list, Group{Rows: []int{i}, Amount: r.Amount, Remark: r.Remark})
	}
	return list
}

// Operation is the draft of one group.
func (l List) Operation(n int, g Group, now time.Time) (Operation, error) {
	o := Operation{
		Team: l.Team, Seed: fmt.Sprintf("list/%s/%d", l.ID, n), List: l.ID, Kind: l.Kind, Account: l.Account, Amount: g.Amount, Quota: l.Quota,
		From: l.From, To: l.To, Remark: g.Remark, Seen: l.Seen, Requester: l.Requester, RequesterRoles: l.RequesterRoles, Lang: l.Lang,
	}
	for _, i := range g.Rows {
		o.Parties = append(o.Parties, Party{ID: l.Rows[i].Party.ID, Name: l.Rows[i].Party.Name})
	}
	return New(o, now)
}

// NewList makes a draft. The id is the caller's.
func NewList(l List, now time.Time) (List, error) {
	switch {
	case len(l.Rows) == 0:
		return l, bot.User("sheet.no.rows")
	case slices.ContainsFunc(l.Good(), func(r Row) bool { return r.Amount <= 0 || r.Amount > MaxAmount || r.Party.ID == "" }):
		return l, bot.User("money.no.amount")
	case len(l.Rows) > MaxRows:
		return l, bot.User("sheet.no.many", "count", strconv.Itoa(len(l.Rows)), "most", strconv.Itoa(MaxRows))
	case l.Kind != IssueCoupon && l.Kind != GrantCustomer && l.Kind != GrantReseller:
		return l, bot.User("money.no.kind")
	}
	l.State, l.Rev, l.Shown, l.Created, l.Changed, l.Expires = ListDraft, 1, 1, now.UTC(), now.UTC(), now.Add(draftFor).UTC()
	l.Digest = l.Sum()
	return l, nil
}

// ListID makes a readable id of a seed, e.g. ML-7F3KQ; see [ID].
func ListID(seed string, try int) string {
	return "ML-" + strings.TrimPrefix(ID("list "+seed, try), "MO-")
}

func (l List) at(rev int, states ...ListState) error {
	if !slices.Contains(states, l.State) {
		return bot.User("sheet.no.state."+string(l.State), "id", l.ID)
	}
	if rev != l.Rev {
		return bot.User("money.no.outdated", "id", l.ID)
	}
	return nil
}

func (l List) moved(s ListState, now time.Time) List {
	l.State, l.Rev, l.Changed = s, l.Rev+1, now.UTC()
	return l
}

// Submit hands the good rows over to be reserved. Rows with a fault stay behind.
func (l List) Submit(who bot.PersonID, rev int, f Facts, now time.Time) (List, error) {
	if err := l.at(rev, ListDraft); err != nil {
		return l, err
	}
	switch {
	case who != l.Requester:
		return l, bot.User("money.no.not_yours", "id", l.ID)
	case !f.Requests:
		return l, bot.User("money.no.requester")
	case !now.Before(l.Expires):
		return l, bot.User("sheet.no.old", "id", l.ID)
	case len(l.Good()) == 0:
		return l, bot.User("sheet.no.good")
	case len(f.Approvers) < MinApprovers || !slices.ContainsFunc(f.Approvers, func(a bot.PersonID) bool { return a != l.Requester }):
		return l, bot.User("money.no.approvers", "count", strconv.Itoa(len(f.Approvers)))
	case f.Known && f.Available < l.Total():
		return l, bot.User("money.no.source_short", "left", f.Available.String(), "need", l.Total().String())
	}
	l.CouldApprove = len(f.Approvers)
	return l.moved(ListSubmitted, now), nil
}

// Reserved records what became of the operations: rows that a limit refused have
// their fault by now.
func (l List) Reserved(p Policy, now time.Time) List {
	if l.State != ListSubmitted {
		return l
	}
	if len(l.Operations()) == 0 {
		return l.moved(ListOver, now)
	}
	l = l.moved(ListAwaiting, now)
	l.Expires = now.Add(p.Full().Decide).UTC()
	return l
}

// Operations are the ids of those that carry the list out, in its order.
func (l List) Operations() (ids []string) {
	for _, r := range l.Rows {
		if r.Operation != "" && !slices.Contains(ids, r.Operation) {
			ids = append(ids, r.Operation)
		}
	}
	return ids
}

// Approve lets the operations be approved, each by the rules that hold then.
func (l List) Approve(who bot.PersonID, rev int, f Facts, now time.Time) (List, error) {
	if err := l.judge(who, rev, f, now); err != nil {
		return l, err
	}
	l = l.moved(ListApproved, now)
	l.Approver, l.Approved = who, now.UTC()
	return l, nil
}

// Decline ends a list that waits, with the approver's reason.
func (l List) Decline(who bot.PersonID, rev int, reason string, f Facts, now time.Time) (List, error) {
	if err := l.judge(who, rev, f, now); err != nil {
		return l, err
	}
	if reason == "" {
		return l, bot.User("money.no.reason")
	}
	l = l.moved(ListDeclined, now)
	l.Approver, l.Reason = who, reason
	return l, nil
}

func (l List) judge(who bot.PersonID, rev int, f Facts, now time.Time) error {
	if err := l.at(rev, ListAwaiting); err != nil {
		return err
	}
	if err := f.decider(who, l.Requester, l.ID); err != nil {
		return err
	}
	switch {
	case !f.Requests:
		return bot.User("money.no.requester")
	case !now.Before(l.Expires):
		return bot.User("money.no.state.expired", "id", l.ID)
	}
	return nil
}

// Withdraw takes back what has not been sent; only who asked for it can.
func (l List) Withdraw(who bot.PersonID, rev int, now time.Time) (List, error) {
	if err := l.at(rev, ListDraft, ListAwaiting, ListApproved); err != nil {
		return l, err
	}
	if who != l.Requester {
		return l, bot.User("money.no.not_yours", "id", l.ID)
	}
	if l.State == ListDraft {
		l = l.moved(ListOver, now)
		l.Shown = l.Rev // nobody has a card of it
		return l, nil
	}
	return l.moved(ListWithdrawn, now), nil
}
