package money

import (
	"maps"
	"slices"
	"time"
)

// WatchFor is how long after a release the records are still looked at for the
// effect that was judged not to exist. No request can have one that late; what
// is waited for is a record that shows far later than records do.
const WatchFor = 7 * 24 * time.Hour

// Watched says that a late effect is still looked for.
func (o Operation) Watched() bool { return !o.Watch.IsZero() }

// LateLookAt is when the next look for a late effect is due: every quarter of an
// hour at first, then every hour, in the end every six, and once when the watch
// ends.
func (o Operation) LateLookAt() time.Time {
	every := 15 * time.Minute
	switch since := o.Looked.Sub(o.Settled); {
	case since > 48*time.Hour:
		every = 6 * time.Hour
	case since > 6*time.Hour:
		every = time.Hour
	}
	if next := o.Looked.Add(every); next.Before(o.Watch) {
		return next
	}
	return o.Watch
}

// effectBy is the last moment, by the partner center's clock, at which a request
// of the operation can have had an effect: a signature is held against that same
// clock. A record made later is somebody else's, such as a person's who did in
// the console what was judged not to have happened.
func (o Operation) effectBy(p Policy) time.Time {
	return o.signedBy().Add(p.Full().Window + CallTime)
}

// open is what a party is that a record can still explain.
func (o Operation) open() Result {
	if o.State == Unknown {
		return InDoubt
	}
	return Released
}

// LateLook takes in what a look at the records showed after a release. A single
// record that can be nobody else's is the effect after all: it is claimed, and
// the operation says so for ever. Several, or one that may be somebody else's,
// are left to a person. While another one like it is under way nothing is
// concluded: the record may be that one's.
func (o Operation) LateLook(records []Record, taken map[string]string, b Books, p Policy, now time.Time) (after Operation, books Books, claims []string) {
	if !o.State.Final() || !o.Watched() {
		return o, b, nil
	}
	if _, _, like := b.Lane.Like(o); like {
		return o, b, nil
	}
	records = slices.DeleteFunc(slices.Clone(records), func(r Record) bool { return taken[r.Claim] != "" || r.At.After(o.effectBy(p)) })
	o.Parties = slices.Clone(o.Parties)
	o.Looks++
	o.Looked = now.UTC()
	before := o.Candidates
	o.Candidates = nil
	for i := range o.Parties {
		side := &o.Parties[i]
		if side.Result != Released {
			continue
		}
		sure, maybe := o.fitting(records, side.ID)
		if len(sure) == 1 {
			side.Result, side.Record, side.Fault = OK, sure[0], ""
			claims = append(claims, sure[0])
			continue
		}
		o.Candidates = append(append(o.Candidates, sure...), maybe...)
	}
	if !now.Before(o.Watch) {
		o.Watch = time.Time{}
	}
	switch {
	case len(claims) > 0:
		o, b = o.appeared(b, now)
	case !slices.Equal(before, o.Candidates):
		o = o.moved(o.State, now)
	}
	return o, b, claims
}

// fitting lists the records that could be the effect on a party.
func (o Operation) fitting(records []Record, party string) (sure, maybe []string) {
	for _, r := range records {
		switch o.Match(r, party) {
		case Sure:
			if !slices.Contains(sure, r.Claim) {
				sure = append(sure, r.Claim)
			}
		case Maybe:
			if !slices.Contains(maybe, r.Claim) {
				maybe = append(maybe, r.Claim)
			}
		}
	}
	return sure, maybe
}

// appeared enters an effect that was judged not to exist: it counts towards the
// limits of the day on which it came to light.
func (o Operation) appeared(b Books, now time.Time) (Operation, Books) {
	o = o.moved(Done, now)
	o.Fault, o.Late, o.Settled = "", now.UTC(), now.UTC()
	if o.count(Released) == 0 {
		o.Watch, o.Candidates = time.Time{}, nil
	}
	b.Pool = b.Pool.put(Draw{Operation: o.ID, Amount: o.Moved(), Settled: now.UTC()}, now)
	if o.Day == "" {
		o.Day = DayOf(now)
	}
	e := o.entry()
	e.Total, e.Parties = o.Moved(), nil
	for _, p := range o.With(OK) {
		e.Parties = append(e.Parties, fingerprint(p.ID))
	}
	b.Days = maps.Clone(b.Days)
	if b.Days == nil {
		b.Days = map[string]Day{}
	}
	b.Days[o.Day] = b.Days[o.Day].put(o.ID, e)
	return o, b
}

// FromBackup is what an operation becomes that a backup caught before it was
// over. Between the backup and the restore it may have been submitted, approved
// and sent, so it is unknown: it is never sent from here, and is looked for like
// any other. A preview, which holds nothing, ends instead, and is watched. ok is
// false when it was over or unknown by then.
func (o Operation) FromBackup(backup, restored time.Time, b Books, now time.Time) (after Operation, books Books, ok bool) {
	switch o.State {
	case Sending:
		o.Restored = restored.UTC()
		o, b, err := o.Interrupted(b, now)
		return o, b, err == nil
	case Draft, Awaiting, Reserved:
	default:
		return o, b, false
	}
	draft := o.State == Draft
	o.Parties = slices.Clone(o.Parties)
	for i := range o.Parties {
		o.Parties[i].Result = InDoubt
		if draft {
			o.Parties[i].Result, o.Parties[i].Fault = Released, "money.fault.restored"
		}
	}
	o.Restored, o.Started, o.Signed, o.Works = restored.UTC(), backup.UTC(), restored.UTC(), o.Works+1
	if draft {
		o = o.moved(Refused, now)
		o.Fault, o.Settled, o.Watch, o.Shown = "money.fault.restored", now.UTC(), restored.Add(WatchFor).UTC(), o.Rev
		return o, b, true
	}
	o, b = o.finish(b, now)
	return o, b, true
}
