package money

import (
	"time"

	"partnerdesk/bot"
	"partnerdesk/handlers/partner"
)

// RowResult is what came of a row.
type RowResult string

// The results of rows; each has a text.
const (
	RowFault    RowResult = "fault"   // of the file: it was never submitted
	RowWaits    RowResult = "waits"   // nothing has been sent
	RowOK       RowResult = "ok"      // with a record that proves it
	RowFailed   RowResult = "failed"  // refused, nothing moved; may be tried again
	RowUnknown  RowResult = "unknown" // nobody knows
	RowReleased RowResult = "released"
)

// Outcome is what came of a row, by the operation that carries it out; fault is a
// catalog key, record the claim that proves it.
func (l List) Outcome(r Row, o Operation) (result RowResult, fault, record string) {
	switch {
	case r.Operation == "" && r.Fault != "" && r.Field != FieldLimit:
		return RowFault, r.Fault, ""
	case r.Operation == "" && r.Fault != "":
		return RowFailed, r.Fault, ""
	case r.Operation == "" && l.State == ListOver:
		return RowFailed, "sheet.fault.never", ""
	case r.Operation == "":
		return RowWaits, "", ""
	}
	for _, p := range o.Parties {
		if p.ID != r.Party.ID {
			continue
		}
		switch {
		case p.Result == OK:
			return RowOK, "", p.Record
		case p.Result == InDoubt:
			return RowUnknown, "", ""
		case p.Result == Released:
			return RowReleased, p.Fault, ""
		case p.Result == Failed:
			return RowFailed, p.Fault, ""
		case o.State == Refused:
			return RowFailed, o.Fault, ""
		case o.State == Expired:
			return RowFailed, "sheet.fault.expired", ""
		case o.State == Cancelled:
			return RowFailed, "sheet.fault.withdrawn", ""
		}
	}
	return RowWaits, "", ""
}

// FieldLimit is the [Row.Field] of a row that was in order, and that a limit or
// the state of things refused when it was submitted.
const FieldLimit = "limit"

// Tally counts the results and what moved for certain.
func (l List) Tally(operations map[string]Operation) (n map[RowResult]int, moved partner.Fen) {
	n = map[RowResult]int{}
	for _, r := range l.Rows {
		result, _, _ := l.Outcome(r, operations[r.Operation])
		n[result]++
		if result == RowOK {
			moved += r.Amount
		}
	}
	return n, moved
}

// Over says that nothing of the list happens by itself any more.
func (l List) Over(operations map[string]Operation) bool {
	for _, id := range l.Operations() {
		if !operations[id].State.Final() {
			return false
		}
	}
	return true
}

// Settled says that everything of the list has ended or is unknown: there is a
// result to tell.
func (l List) Settled(operations map[string]Operation) bool {
	for _, id := range l.Operations() {
		if s := operations[id].State; !s.Final() && s != Unknown {
			return false
		}
	}
	return true
}

// End closes a list whose operations have all ended.
func (l List) End(now time.Time) List {
	if l.State == ListOver {
		return l
	}
	return l.moved(ListOver, now)
}

// Retry is the failed rows as a new draft, for a new look at all of them.
func (l List) Retry(operations map[string]Operation) (List, error) {
	next := List{Team: l.Team, Kind: l.Kind, Account: l.Account, Quota: l.Quota, From: l.From, To: l.To, File: l.File}
	for _, r := range l.Rows {
		if result, _, _ := l.Outcome(r, operations[r.Operation]); result == RowFailed || result == RowReleased {
			next.Rows = append(next.Rows, Row{Line: r.Line, Typed: r.Party.ID, Said: r.Amount.String(), Amount: r.Amount, Remark: r.Remark})
		}
	}
	if l.State != ListOver || len(next.Rows) == 0 {
		return next, bot.User("money.no.nothing_again", "id", l.ID)
	}
	return next, nil
}

// Void ends an operation of a list that its approval could not take on any more:
// nothing was sent.
func (o Operation) Void(b Books, fault string, now time.Time) (Operation, Books, error) {
	if err := o.at(o.Rev, Draft, Awaiting); err != nil {
		return o, b, err
	}
	o = o.moved(Refused, now)
	o.Fault, o.Settled = fault, now.UTC()
	o, b = b.release(o)
	return o, b, nil
}

// FromBackup is what a list becomes that a backup caught before it was over. Its
// operations are unknown by then, see [Operation.FromBackup]: nothing is made of
// it any more, and nobody can approve it. It ends when they do.
func (l List) FromBackup(now time.Time) List {
	switch l.State {
	case ListDraft, ListSubmitted:
		return l.moved(ListOver, now)
	case ListAwaiting, ListApproved:
		l.Expires = now.UTC()
		return l.moved(ListAwaiting, now)
	}
	return l
}
