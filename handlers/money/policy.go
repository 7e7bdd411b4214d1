package money

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"partnerdesk/handlers/partner"
)

// Policy is what the operator decided about money. The zero value is strict:
// every operation needs a second person. A zero limit means its default.
type Policy struct {
	// Threshold is what one person may move on a Shanghai day without a second
	// person, in sum; the default 0 means that every operation needs one.
	Threshold    partner.Fen
	PerOperation partner.Fen // default CNY 200,000
	PerPerson    partner.Fen // requested by one person on a Shanghai day; default CNY 500,000
	PerParty     partner.Fen // for one customer or reseller on a Shanghai day; default CNY 500,000
	PerDay       partner.Fen // of one account on a Shanghai day; default CNY 2,000,000

	Decide time.Duration // how long an approval may take; default 48 h
	Send   time.Duration // how long an approved operation may wait to be sent; default 24 h

	// Window is how long a signature is accepted (partner API sheet, section 9.1,
	// 2026-11-20: 15 minutes, the default). No request has an effect later.
	Window time.Duration
	// Lag is how late records may show what happened; not published, default 15
	// minutes.
	Lag time.Duration
}

// Full returns the policy with its defaults filled in.
func (p Policy) Full() Policy {
	p.Threshold = max(p.Threshold, 0)
	p.PerOperation = cmp.Or(max(p.PerOperation, 0), partner.Yuan(200_000))
	p.PerPerson = cmp.Or(max(p.PerPerson, 0), partner.Yuan(500_000))
	p.PerParty = cmp.Or(max(p.PerParty, 0), partner.Yuan(500_000))
	p.PerDay = cmp.Or(max(p.PerDay, 0), partner.Yuan(2_000_000))
	p.Decide = cmp.Or(max(p.Decide, 0), 48*time.Hour)
	p.Send = cmp.Or(max(p.Send, 0), 24*time.Hour)
	p.Window = cmp.Or(max(p.Window, 0), 15*time.Minute)
	p.Lag = cmp.Or(max(p.Lag, 0), 15*time.Minute)
	return p
}

// Revision names what the policy says, so that an operation can tell under which
// it was checked.
func (p Policy) Revision() string {
	p = p.Full()
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %d %d %d %d %s %s %s %s", p.Threshold, p.PerOperation, p.PerPerson, p.PerParty, p.PerDay, p.Decide, p.Send, p.Window, p.Lag))
	return hex.EncodeToString(sum[:4])
}

// CallTime is how long a call may take from the mark that it is under way: by
// then it was signed or it is not made any more.
const CallTime = time.Minute

// ReleaseAt is the moment from which absence counts as evidence: no request of
// the operation can have an effect any more, and what had one shows.
func (o Operation) ReleaseAt(p Policy) time.Time {
	p = p.Full()
	return o.signedBy().Add(p.Window + p.Lag)
}

// signedBy is the last moment at which the request can have been signed.
func (o Operation) signedBy() time.Time {
	if !o.Signed.IsZero() {
		return o.Signed
	}
	return o.Started.Add(CallTime)
}

// LookAt is when the next look at an unknown outcome is due: soon at first, then
// every quarter of an hour, and once right when absence begins to count.
func (o Operation) LookAt(p Policy) time.Time {
	waits := []time.Duration{10 * time.Second, 30 * time.Second, time.Minute, 3 * time.Minute, 10 * time.Minute}
	next := o.Looked.Add(15 * time.Minute)
	if o.Looks < len(waits) {
		next = o.Started.Add(waits[o.Looks])
	}
	if at := o.ReleaseAt(p); o.Looked.Before(at) && (next.After(at) || o.Looks >= len(waits)) {
		return at
	}
	return next
}

// shanghai is the zone in which days are counted: the partner center's own.
// China has kept UTC+8 without summer time since 1991.
func shanghai() *time.Location { return time.FixedZone("Asia/Shanghai", 8*60*60) }

// DayOf is the Shanghai day of a moment, e.g. 2026-11-20.
func DayOf(t time.Time) string { return t.In(shanghai()).Format(time.DateOnly) }
