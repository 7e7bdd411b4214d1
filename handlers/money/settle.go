package money

import (
	"errors"
	"slices"
	"strings"
	"time"

	"partnerdesk/bot"
	"partnerdesk/handlers/partner"
)

// Outcome is what a call brought back.
type Outcome struct {
	Err    error             // nil: the answer was read
	Done   map[string]string // party id: the claim that proves it, see [ClaimOf]
	Failed map[string]string // party id: catalog key of the reason
	Signed time.Time         // UTC; zero when nothing was signed or nobody knows
}

// ClaimOf names a record of the partner center for the operation that it
// explains. A coupon and a quota are taken back once in their life, so that their
// own id is the record of it.
func ClaimOf(k Kind, id string) string {
	switch k {
	case IssueCoupon:
		return "coupon/" + id
	case ReclaimCoupon:
		return "coupon-reclaim/" + id
	case GiveQuota:
		return "quota/" + id
	case ReclaimQuota:
		return "quota-reclaim/" + id
	}
	return "trans/" + id
}

// Settle records what the call brought back. taken names the operation that has
// claimed a record already; claims are to be kept with the operation. A party
// whose record belongs to another operation is in doubt: one record never
// explains two.
func (o Operation) Settle(r Outcome, taken map[string]string, b Books, now time.Time) (after Operation, books Books, claims []string, err error) {
	if o.State != Sending {
		return o, b, nil, bot.User("money.no.state."+string(o.State), "id", o.ID)
	}
	o.Parties = slices.Clone(o.Parties)
	o.Signed = r.Signed.UTC()
	for i := range o.Parties {
		p := &o.Parties[i]
		p.Result = InDoubt
		claim, done := r.Done[p.ID]
		fault, failed := r.Failed[p.ID]
		switch {
		case r.Err != nil && partner.EffectOf(r.Err) == partner.EffectUnknown:
		case r.Err != nil:
			p.Result, p.Fault = Failed, faultOf(r.Err)
			o.Fault = p.Fault
		case done && claim != "" && (taken[claim] == "" || taken[claim] == o.ID):
			p.Result, p.Record = OK, claim
			claims = append(claims, claim)
		case done:
		case failed:
			p.Result, p.Fault = Failed, fault
		}
	}
	o, b = o.finish(b, now)
	return o, b, claims, nil
}

// Interrupted is what an operation becomes that was being sent when the program
// ended, or whose result could not be kept.
func (o Operation) Interrupted(b Books, now time.Time) (Operation, Books, error) {
	if o.State != Sending {
		return o, b, bot.User("money.no.state."+string(o.State), "id", o.ID)
	}
	o.Parties = slices.Clone(o.Parties)
	for i := range o.Parties {
		if o.Parties[i].Result == Pending {
			o.Parties[i].Result = InDoubt
		}
	}
	o, b = o.finish(b, now)
	return o, b, nil
}

// finish derives the state from the parties and gives back what came to nothing.
func (o Operation) finish(b Books, now time.Time) (Operation, Books) {
	if o.count(InDoubt) > 0 {
		o = o.moved(Unknown, now)
		b.Lane = b.Lane.put(o, true)
		return o, b
	}
	o.Candidates, o.Settled = nil, now.UTC()
	if o.count(OK) == 0 {
		o = o.moved(Refused, now)
		if o.Fault == "" {
			o.Fault = o.Parties[0].Fault
		}
		return b.release(o)
	}
	o = o.moved(Done, now)
	o.Fault = ""
	b.Lane = b.Lane.drop(o.ID)
	b.Pool = b.Pool.put(Draw{Operation: o.ID, Amount: o.Moved(), Settled: now.UTC()}, now)
	if o.Day != "" && b.Days[o.Day].Entries != nil {
		e := o.entry()
		e.Total, e.Parties = o.Moved(), nil
		for _, p := range o.With(OK) {
			e.Parties = append(e.Parties, fingerprint(p.ID))
		}
		days := map[string]Day{}
		for d, v := range b.Days {
			days[d] = v
		}
		days[o.Day] = days[o.Day].put(o.ID, e)
		b.Days = days
	}
	return o, b
}

func faultOf(err error) string {
	if e, ok := errors.AsType[*partner.Error](err); ok {
		return e.Key()
	}
	return "partner.err." + string(partner.Broken)
}

// Record is a line of the partner center's records that could be the effect of
// an operation.
type Record struct {
	Claim  string // see [ClaimOf]
	Party  string // customer or reseller id
	Amount partner.Fen
	At     time.Time // UTC, the partner center's clock
	Remark string
}

// clockSlack is how far the partner center's clock may differ from ours: as far
// as it accepts a signature (partner API sheet, section 9.1, 2026-11-20).
const clockSlack = 15 * time.Minute

// Match is how well a record fits an operation.
type Match int

// The matches.
const (
	NoMatch Match = iota
	Maybe         // could be ours or anybody's: for a person to judge
	Sure          // new, right in every respect, with our reference where the call carries one
)

// Match says whether a record is the operation's effect on a party. A call that
// carries our reference is recognised by it alone, at the front of the remark:
// what people write behind it may name another operation.
func (o Operation) Match(r Record, party string) Match {
	switch {
	case r.Party != party || slices.Contains(o.Snapshot, r.Claim) || r.At.Before(o.Started.Add(-clockSlack)):
		return NoMatch
	case o.Kind == ReclaimCoupon:
		return sure(r.Claim == ClaimOf(ReclaimCoupon, o.Coupon))
	case o.Kind == ReclaimQuota && r.Claim != ClaimOf(ReclaimQuota, o.Quota), o.Kind != ReclaimQuota && r.Amount != o.Amount:
		return NoMatch
	case o.Kind != ReclaimQuota && o.Kind != IssueCoupon:
		return Sure
	case r.Remark == "":
		return Maybe
	}
	return sure(strings.HasPrefix(strings.TrimSpace(r.Remark), o.Reference()))
}

func sure(yes bool) Match {
	if yes {
		return Sure
	}
	return NoMatch
}

// Reconcile takes in what a look at the records showed. A single new record that
// nobody claimed explains a party; several, or one that may be somebody else's,
// are left to a person; none proves nothing. A record made when no request of the
// operation could have an effect any more is somebody else's, such as a person's
// who did the same in the console.
func (o Operation) Reconcile(records []Record, taken map[string]string, b Books, policy Policy, now time.Time) (after Operation, books Books, claims []string) {
	if o.State != Unknown {
		return o, b, nil
	}
	records = slices.DeleteFunc(slices.Clone(records), func(r Record) bool { return r.At.After(o.effectBy(policy)) })
	o.Parties = slices.Clone(o.Parties)
	o.Looks++
	o.Looked = now.UTC()
	before := o.Candidates
	o.Candidates = nil
	for i := range o.Parties {
		p := &o.Parties[i]
		if p.Result != InDoubt {
			continue
		}
		found := map[Match][]string{}
		for _, r := range records {
			if m := o.Match(r, p.ID); taken[r.Claim] == "" && !slices.Contains(found[m], r.Claim) {
				found[m] = append(found[m], r.Claim)
			}
		}
		if len(found[Sure]) == 1 {
			p.Result, p.Record = OK, found[Sure][0]
			claims = append(claims, found[Sure][0])
			continue
		}
		o.Candidates = append(append(o.Candidates, found[Sure]...), found[Maybe]...)
	}
	if len(claims) > 0 && o.count(InDoubt) == 0 {
		o, b = o.finish(b, now)
		return o, b, claims
	}
	if len(claims) > 0 || !slices.Equal(before, o.Candidates) {
		o = o.moved(Unknown, now)
	}
	return o, b, claims
}

// Assign is a person's word that one of several records is the effect.
func (o Operation) Assign(who bot.PersonID, rev int, party, claim string, taken map[string]string, b Books, f Facts, now time.Time) (after Operation, books Books, claims []string, err error) {
	if err := o.judge(who, rev, f, Unknown, Done, Refused); err != nil {
		return o, b, nil, err
	}
	if taken[claim] != "" || !slices.Contains(o.Candidates, claim) {
		return o, b, nil, bot.User("money.no.claimed")
	}
	o.Parties = slices.Clone(o.Parties)
	for i := range o.Parties {
		p := &o.Parties[i]
		if p.ID != party || p.Result != o.open() {
			continue
		}
		p.Result, p.Record, p.Fault, o.Decider = OK, claim, "", who
		o.Candidates = slices.DeleteFunc(slices.Clone(o.Candidates), func(c string) bool { return c == claim })
		if o.State == Unknown {
			o, b = o.finish(b, now)
		} else {
			o, b = o.appeared(b, now)
		}
		return o, b, []string{claim}, nil
	}
	return o, b, nil, bot.User("money.no.claimed")
}

// judge checks who may decide about an unknown outcome: an approver who did not
// ask for the operation.
func (o Operation) judge(who bot.PersonID, rev int, f Facts, states ...State) error {
	if err := o.at(rev, states...); err != nil {
		return err
	}
	return f.decider(who, o.Requester, o.ID)
}

// Releasable says that absence counts by now: the records were read after the
// last moment an effect could have shown. Candidates are for the person to judge.
func (o Operation) Releasable(p Policy, now time.Time) bool {
	at := o.ReleaseAt(p)
	return o.State == Unknown && !now.Before(at) && !o.Looked.Before(at)
}

// Release is a person's judgement, by the evidence, that nothing happened for
// the parties in doubt. It frees what they hold; nothing is sent again by it.
func (o Operation) Release(who bot.PersonID, rev int, reason string, b Books, f Facts, p Policy, now time.Time) (Operation, Books, error) {
	if err := o.judge(who, rev, f, Unknown); err != nil {
		return o, b, err
	}
	switch {
	case !o.Releasable(p, now):
		return o, b, bot.User("money.no.early", "time", o.ReleaseAt(p).In(shanghai()).Format("2006-01-02 15:04"))
	case reason == "":
		return o, b, bot.User("money.no.reason")
	}
	o.Parties = slices.Clone(o.Parties)
	for i := range o.Parties {
		if o.Parties[i].Result == InDoubt {
			o.Parties[i].Result, o.Parties[i].Fault = Released, "money.fault.released"
		}
	}
	o.Decider, o.Reason, o.Watch = who, reason, now.Add(WatchFor).UTC()
	o, b = o.finish(b, now)
	return o, b, nil
}

// Retry is a new draft for the parties that did not get their value.
func (o Operation) Retry(now time.Time) (Operation, error) {
	parties := append(o.With(Failed), o.With(Released)...)
	if !o.State.Final() || len(parties) == 0 || o.List != "" { // the list offers them again
		return o, bot.User("money.no.nothing_again", "id", o.ID)
	}
	for i := range parties {
		parties[i] = Party{ID: parties[i].ID, Name: parties[i].Name}
	}
	return New(Operation{
		Team: o.Team, Seed: "again/" + o.ID, Kind: o.Kind, Account: o.Account, Parties: parties, Amount: o.Amount, Quota: o.Quota, Coupon: o.Coupon,
		From: o.From, To: o.To, Services: o.Services, Products: o.Products, Remark: o.Remark,
	}, now)
}
