package money

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"partnerdesk/bot"
	"partnerdesk/handlers/partner"
)

// Movement is one line of the partner center's records of value, whoever made it.
type Movement struct {
	Record
	Kind Kind   // the operation that leaves such a record; empty: the partner center moved it by itself
	Auto string // with an empty Kind: why, e.g. unbind or expiry
	Name string // of the party, where the record says so
	By   string // login of who did it there, where the record says so
}

// Expiry is why a coupon's rest went back when its time was over. Its date says
// so, and the deadlines told of it, so that it needs no word of anybody's.
const Expiry = "expiry"

// Mark is what a comparison of the ledger and the records found at fault.
type Mark string

// The marks.
const (
	NoRecord  Mark = "no_record" // the ledger says it is done, the records do not have it
	NoLedger  Mark = "no_ledger" // the records have it, the ledger does not: somebody in the console
	Automatic Mark = "automatic" // the partner center moved it by itself
	Differs   Mark = "differs"   // both have it, with another amount or another party
)

// Finding is one thing that neither side explains.
type Finding struct {
	Mark      Mark
	Kind      Kind
	Auto      string
	Operation string // the ledger's; with NoLedger the one that the remark names
	Claim     string // see [ClaimOf]; of what the partner center did by itself auto/ID
	Party     string // customer or reseller id
	Name      string // of the party; empty when neither side says
	Said      partner.Fen
	Found     partner.Fen
	At        time.Time // UTC
	By        string    // login of who did it at the partner center, where it is said

	First time.Time    // UTC; when it was found
	Told  time.Time    // UTC; when the lead was told; zero: not yet
	Gone  time.Time    // UTC; when it was explained after all; zero: it is not
	Acked time.Time    // UTC; when a lead acknowledged it
	Acker bot.PersonID // who did
	Note  string       // in whose words
}

// Key tells findings of a day apart.
func (f Finding) Key() string {
	return string(f.Mark) + "|" + f.Operation + "|" + f.Claim + "|" + f.Party + "|" + f.Auto + "|" + f.At.UTC().Format(time.RFC3339)
}

// Open says that nobody explained or acknowledged it.
func (f Finding) Open() bool { return f.Gone.IsZero() && f.Acked.IsZero() }

// Night is what the comparison of an account's ledger and records of a Shanghai
// day found, both ways.
type Night struct {
	Team    string
	Account bot.Account
	Day     string // e.g. 2026-11-20
	Rev     int
	Looked  time.Time // UTC; the latest comparison
	Looks   int
	// What the ledger says is done on that day and its records agree with.
	Operations int
	Agreed     partner.Fen
	Records    int // of that day, whatever they are
	Pending    int // records that an operation not decided yet may explain
	Findings   []Finding
	More       int  // findings beyond MostFindings
	Closed     bool // of a month's last day: the month's line is written
}

// MostFindings is how many findings of one day are kept one by one.
const MostFindings = 100

// Open lists what nobody explained or acknowledged.
func (n Night) Open() []Finding {
	return slices.DeleteFunc(slices.Clone(n.Findings), func(f Finding) bool { return !f.Open() })
}

// Untold lists what the lead has not heard of.
func (n Night) Untold() []Finding {
	return slices.DeleteFunc(n.Open(), func(f Finding) bool { return !f.Told.IsZero() })
}

// NightBook keeps what the comparisons found.
type NightBook interface {
	NightIn(tx bot.Tx, team string, of bot.Account, day string) (n Night, found bool, err error)
	PutNight(tx bot.Tx, n Night) error
	// Nights lists those of an account, the oldest day first.
	Nights(ctx context.Context, team string, of bot.Account) ([]Night, error)
	// EveryNight lists those of all accounts, for the operator.
	EveryNight(ctx context.Context, team string) ([]Night, error)
}

// Compare holds the ledger of an account and its records of a Shanghai day
// against each other, both ways. every are the operations of all accounts: a
// record may belong to another one's. moves reach a little beyond the day on both
// sides, so that an effect at midnight is found.
func Compare(team string, of bot.Account, day string, every []Operation, moves []Movement, now time.Time) Night {
	n := Night{Team: team, Account: of, Day: day, Looked: now.UTC(), Looks: 1}
	there := map[string]Movement{}
	for _, m := range moves {
		if m.Kind != "" {
			there[m.Claim] = m
		}
	}
	owner, names := map[string]string{}, map[string]string{}
	var undecided []Operation
	for _, o := range every {
		for _, p := range o.Parties {
			if names[p.ID] = p.Name; p.Result == OK {
				owner[p.Record] = o.ID
			}
		}
		if o.State == Sending || o.State == Unknown || o.Watched() {
			undecided = append(undecided, o)
		}
		if o.Account == of && !o.Started.IsZero() {
			n.said(o, day, there)
		}
	}
	for _, m := range moves {
		if DayOf(m.At) == day {
			n.found(m, owner, undecided)
		}
	}
	for i := range n.Findings {
		if f := &n.Findings[i]; f.Name == "" {
			f.Name = names[f.Party]
		}
	}
	slices.SortStableFunc(n.Findings, func(a, b Finding) int { return cmp.Or(a.At.Compare(b.At), strings.Compare(a.Key(), b.Key())) })
	if extra := len(n.Findings) - MostFindings; extra > 0 {
		n.Findings, n.More = n.Findings[:MostFindings], extra
	}
	return n
}

// said looks for the records of what the ledger says is done.
func (n *Night) said(o Operation, day string, there map[string]Movement) {
	mine := false
	for _, p := range o.With(OK) {
		m, found := there[p.Record]
		at := o.effectAt()
		if found {
			at = m.At
		}
		if DayOf(at) != day {
			continue
		}
		mine = true
		f := Finding{Kind: o.Kind, Operation: o.ID, Claim: p.Record, Party: p.ID, Said: o.Amount, At: at.UTC(), First: n.Looked}
		switch {
		case !found:
			f.Mark = NoRecord
		case m.Amount != o.Amount || m.Party != p.ID:
			f.Mark, f.Found = Differs, m.Amount
		default:
			n.Agreed += o.Amount
			continue
		}
		n.Findings = append(n.Findings, f)
	}
	if mine {
		n.Operations++
	}
}

// effectAt is when the effect of an operation is expected in the records, where
// they do not have it.
func (o Operation) effectAt() time.Time {
	if !o.Signed.IsZero() && o.Restored.IsZero() {
		return o.Signed
	}
	return o.Started
}

// found looks for the operation behind a record.
func (n *Night) found(m Movement, owner map[string]string, undecided []Operation) {
	n.Records++
	if m.Kind != "" && owner[m.Claim] != "" {
		return
	}
	f := Finding{Mark: NoLedger, Kind: m.Kind, Auto: m.Auto, Claim: m.Claim, Party: m.Party, Name: m.Name, Found: m.Amount, At: m.At.UTC(), By: m.By, First: n.Looked}
	if m.Kind == "" {
		if m.Auto == Expiry {
			return
		}
		f.Mark = Automatic
		n.Findings = append(n.Findings, f)
		return
	}
	for _, o := range undecided {
		if o.Kind == m.Kind && o.Match(m.Record, m.Party) != NoMatch && slices.ContainsFunc(o.Parties, func(p Party) bool { return p.ID == m.Party && p.Result == o.open() }) {
			n.Pending++ // the worker and the people behind it are on it
			return
		}
	}
	f.Operation = referred(m.Remark)
	n.Findings = append(n.Findings, f)
}

// referred is the operation that a remark begins with, empty for none.
func referred(remark string) string {
	id, _, ok := strings.Cut(strings.TrimPrefix(strings.TrimSpace(remark), "["), "]")
	if !ok || !strings.HasPrefix(id, "MO-") || len(id) > 20 {
		return ""
	}
	return id
}

// After is a comparison that follows an earlier one of the same day: what was
// told and acknowledged stays so, and what is no longer found is explained. news
// says that anything is different.
func (n Night) After(old Night, now time.Time) (after Night, news bool) {
	n.Rev, n.Looks, n.Closed = old.Rev, old.Looks+1, old.Closed
	was := map[string]Finding{}
	for _, f := range old.Findings {
		was[f.Key()] = f
	}
	n.Findings = slices.Clone(n.Findings)
	for i, f := range n.Findings {
		if o, is := was[f.Key()]; is {
			o.Gone = time.Time{}
			n.Findings[i] = o
			delete(was, f.Key())
		}
	}
	for _, key := range slices.Sorted(maps.Keys(was)) {
		o := was[key]
		if o.Gone.IsZero() {
			o.Gone = now.UTC()
		}
		if len(n.Findings) < MostFindings {
			n.Findings = append(n.Findings, o)
		}
	}
	news = n.Operations != old.Operations || n.Records != old.Records || n.Agreed != old.Agreed || n.Pending != old.Pending || n.More != old.More ||
		!slices.Equal(n.Findings, old.Findings)
	if news {
		n.Rev++
	}
	return n, news
}

// Tell marks what the lead is told now.
func (n Night) Tell(now time.Time) Night {
	n.Findings = slices.Clone(n.Findings)
	for i := range n.Findings {
		if f := &n.Findings[i]; f.Open() && f.Told.IsZero() {
			f.Told = now.UTC()
		}
	}
	n.Rev++
	return n
}

// Acknowledge notes a lead's word about one finding, or about all that are open
// when key is empty. What is gone or acknowledged by now is left alone; when
// nothing is left to do it is a user error.
func (n Night) Acknowledge(who bot.PersonID, key, note string, now time.Time) (Night, error) {
	if note == "" {
		return n, bot.User("money.no.reason")
	}
	n.Findings = slices.Clone(n.Findings)
	did := false
	for i := range n.Findings {
		f := &n.Findings[i]
		if key != "" && f.Key() != key || !f.Acked.IsZero() || key == "" && !f.Gone.IsZero() {
			continue
		}
		f.Acked, f.Acker, f.Note, did = now.UTC(), who, note, true
	}
	if !did {
		return n, bot.User("night.no.acked")
	}
	n.Rev++
	return n, nil
}

// Day bounds of records.
const (
	// NightBefore and NightAfter are how far the records reach beyond the day.
	NightBefore = time.Hour
	NightAfter  = 2 * time.Hour
	// NightBack is on how many nights a day is compared: records show late.
	NightBack = 3
)

// NightSpan is a Shanghai day in UTC.
func NightSpan(day string) (from, to time.Time, err error) {
	from, err = time.ParseInLocation(time.DateOnly, day, shanghai())
	return from.UTC(), from.UTC().Add(24 * time.Hour), err
}

// NightDays are the days to be compared at a moment, the oldest first.
func NightDays(now time.Time) (days []string) {
	for back := NightBack; back > 0; back-- {
		days = append(days, DayOf(now.Add(-time.Duration(back)*24*time.Hour)))
	}
	return days
}
